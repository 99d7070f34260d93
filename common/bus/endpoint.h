/* endpoint: where the instances of a service are on the bus.
 *
 * An instance has a base: "ipc:///run/bihuan/planning-a" or "tcp://host:7100", optionally followed by "|" and its CURVE
 * public key. Its PUB socket is at base + ".pub" (ipc) or at the port (tcp), its ROUTER at base + ".req" or port + 1.
 */
#ifndef BIHUAN_BUS_ENDPOINT_H
#define BIHUAN_BUS_ENDPOINT_H

#include "base/err.h"

#include <stddef.h>

#define ENDPOINT_MAX 256

struct endpoint {
    char pub[ENDPOINT_MAX];
    char req[ENDPOINT_MAX];
    char server_key[41]; /* "" none */
};

int endpoint_parse(struct endpoint *out, const char *text, struct err *err);

/* Instances of `service` from a setting "planning=base,base;feedback=base"; where it isn't listed, or the setting is
 * "", the two usual names in the run folder: ipc://<run_dir>/<service>-a and -b. Returns how many, -1 on error. */
int endpoint_peers(const char *setting, const char *run_dir, const char *service, struct endpoint *out, int cap,
                   struct err *err);

#endif
