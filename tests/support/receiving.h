/* receiving: a feedback daemon alone, with planning's data put into its tables, that takes files at once. */
#ifndef BIHUAN_TESTS_SUPPORT_RECEIVING_H
#define BIHUAN_TESTS_SUPPORT_RECEIVING_H

#include "support/stack.h"

struct receiving {
    const char *feeds;     /* JSON of ApplyFeeds; NULL none */
    const char *reference; /* SQL; NULL: the province P with outlets S1 and S2, of which S2 is closed on 2026-11-01 */
    void (*put)(void);     /* puts more into the tables; NULL nothing */
    const char *flags[8];  /* further flags of the daemon, such as "--batch-rows=2" */
};

/* The business clock stands at 2026-11-25 10:00 and goes on. Ready when it returns. */
void receiving_start(struct stack *stack, const struct receiving *scene);
/* Kills the daemon and starts it again: what was put into its tables counts from then on. */
void receiving_again(struct stack *stack);
/* Messages want writable text. */
char *receiving_text(const char *text);

/* A group of tests on such a daemon: its set-up and tear-down. */
#define RECEIVING_GROUP(stack, ...)                                                                                    \
    static int set_up(void **state)                                                                                    \
    {                                                                                                                  \
        static const struct receiving scene = { __VA_ARGS__ };                                                         \
                                                                                                                       \
        (void)state;                                                                                                   \
        receiving_start(&(stack), &scene);                                                                             \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static int tear_down(void **state)                                                                                 \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        stack_free(&(stack));                                                                                          \
        return 0;                                                                                                      \
    }
/* The tear-down alone, where a set-up does more. */
#define RECEIVING_TEAR_DOWN(stack)                                                                                     \
    static int tear_down(void **state)                                                                                 \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        stack_free(&(stack));                                                                                          \
        return 0;                                                                                                      \
    }

/* Puts a measure over order lines into the daemon's tables: its code, and what it adds up. */
void receiving_put_measure(struct stack *stack, uint32_t id, const char *code, const char *value);
/* Sum of a measure at a unit over all buckets, worked out of the facts again, from..until ("" no limit); unit and
 * measure 0: of all. Waits while facts are walked again after a definition changed. */
int64_t receiving_recount(struct stack *stack, uint32_t unit, uint32_t measure, const char *from, const char *until);
/* An operator's act on the newest file of that name, tried for some seconds while it isn't in the archive yet: 0, or -1
 * with *err. */
int receiving_act(struct stack *stack, const char *name, const char *action, uint64_t row, const char *reason,
                  struct err *err);

#endif
