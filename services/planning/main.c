/* bihuan-planning: the plan side of the loop. */
#include "planning/service.h"

int main(int argc, char **argv)
{
    return runtime_main(&planning_service, argc, argv);
}
