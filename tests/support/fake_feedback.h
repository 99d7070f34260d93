/* fake_feedback: a daemon of the test's own in feedback's place, that publishes what the test gives it. */
#ifndef BIHUAN_TESTS_SUPPORT_FAKE_FEEDBACK_H
#define BIHUAN_TESTS_SUPPORT_FAKE_FEEDBACK_H

#include "base/buf.h"
#include "support/stack.h"

#include "bihuan/feedback.pb-c.h"

/* Starts it as service "feedback", instance "a" of the stack, which stops it. Again after a stack_kill. */
void fake_feedback_start(struct stack *stack);

/* Gathers events, in order; published by fake_feedback_send in one transaction. Zeroed is empty. */
struct fake_events {
    struct buf packed;
};
void fake_feedback_add(struct fake_events *events, uint16_t bucket, uint32_t type, const ProtobufCMessage *message);
void fake_feedback_send(struct stack *stack, struct fake_events *events);

#endif
