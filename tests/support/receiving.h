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

#endif
