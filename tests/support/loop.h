/* loop: the whole loop of a stack: planning, feedback, monitoring and incentive, fed with files and asked for sums. */
#ifndef BIHUAN_TESTS_SUPPORT_LOOP_H
#define BIHUAN_TESTS_SUPPORT_LOOP_H

#include "support/stack.h"

/* Starts the four daemons, with a feedback that looks for files often, and waits until they are ready. */
void loop_start(struct stack *stack);

/* ApplyUnits: the province P, cities C1 to C3 below it, and below each of these an outlet, S1 to S3. */
extern const char LOOP_CITIES[];

/* stack_apply with JSON in which ' stands for ", filled in as by printf. */
void loop_apply(struct stack *stack, uint32_t type, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, tried again for some seconds while it is refused: a service may not have heard of a name yet. */
void loop_apply_soon(struct stack *stack, uint32_t type, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Publishes the period's draft, standing for whatever the check warns of. */
void loop_publish(struct stack *stack, const char *period);

/* Puts a file into the inbox of a feed, complete at once. */
void loop_drop(struct stack *stack, const char *feed, const char *name, const void *bytes, size_t len);
/* The same with what is at `path`, copied. */
void loop_drop_file(struct stack *stack, const char *feed, const char *name, const char *path);
/* Waits until it is read and archived; ends the test program with feedback's log after `seconds`. */
void loop_wait_file(struct stack *stack, const char *feed, const char *name, int seconds);
/* Waits until everything that was dropped is read and archived; ends as above. */
void loop_wait_inbox(struct stack *stack, const char *feed, int seconds);
/* Waits until all have read planning's stream to its end, monitoring and incentive feedback's as well; ends the test
 * program after 60 s, or when events are parked. */
void loop_catch_up(struct stack *stack);
/* The same, and feedback has told anew whatever a definition, a map or a unit's dates changed. */
void loop_catch_up_reissued(struct stack *stack);

/* Sums of (unit, measure) over the days from..until (exclusive; "" no limit), in that order, without zeros. */
struct loop_sum {
    uint32_t unit, measure;
    int64_t value;
};
struct loop_sums {
    struct loop_sum *items;
    size_t count;
};
/* As the service says: "feedback" works them out of the facts again, "monitoring" and "incentive" compare memory with
 * tables on the way; a difference ends the test program. In the stack's arena. */
struct loop_sums loop_sums(struct stack *stack, const char *service, const char *from, const char *until);
int64_t loop_sum_of(const struct loop_sums *sums, uint32_t unit, uint32_t measure);
/* All three agree, else the test fails with the first difference. Returns feedback's. */
struct loop_sums loop_agree(struct stack *stack, const char *from, const char *until);

/* planning's ids; the test program ends where there is none. */
uint32_t loop_unit(struct stack *stack, const char *code);
uint32_t loop_measure(struct stack *stack, const char *code);

/* The daemons, NULL-terminated, are killed and find themselves at another moment of business time:
 * "2026-10-23T22:00:00". */
void loop_go_to(struct stack *stack, const char *const *services, const char *moment);
/* Waits until SQL answers that number; ends the test otherwise. */
void loop_wait_number(struct stack *stack, const char *sql, long want);

#endif
