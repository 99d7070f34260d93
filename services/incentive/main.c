/* bihuan-incentive: scores, ranks, statements, period close. */
#include "incentive/handlers.h"

int main(int argc, char **argv)
{
    return runtime_main(&incentive_service, argc, argv);
}
