/* receiver: where notices go, as the engine uses it. Kept in struct monitoring under its lock. */
#ifndef BIHUAN_SERVICES_MONITORING_RECEIVER_H
#define BIHUAN_SERVICES_MONITORING_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "bihuan/monitoring.pb-c.h"

struct channel;

struct receiver {
    char code[65];
    char language[8];
    char subtree[65]; /* "" all */
    int min_severity, mention_severity;
    bool off;
    bool digest; /* what is news comes each working morning in one message, but for what is critical */
    const struct channel *channel;
    Bihuan__Receiver *document; /* owned; with its secrets */
};

#endif
