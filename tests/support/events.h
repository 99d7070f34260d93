/* events: what a service has published, read from its stream. */
#ifndef BIHUAN_TESTS_SUPPORT_EVENTS_H
#define BIHUAN_TESTS_SUPPORT_EVENTS_H

#include "support/stack.h"

/* All events of the type in bucket 0 of the service's stream, in order; in the stack's arena. */
size_t events_of(struct stack *stack, const char *service, uint32_t type, ProtobufCMessage ***out);

#endif
