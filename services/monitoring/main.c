/* bihuan-monitoring: progress, alerts, corrective actions, delivery. */
#include "monitoring/service.h"

int main(int argc, char **argv)
{
    return runtime_main(&monitoring_service, argc, argv);
}
