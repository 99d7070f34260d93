/* bihuan-gateway: the HTTP API. */
#include "gateway/gateway.h"

int main(int argc, char **argv)
{
    return runtime_main(&gateway_service, argc, argv);
}
