/* payday: pay of two cities over two months, on real planning, incentive and gateway; facts of the test's own in
 * feedback's place, and commands (command.h).
 *
 * Province P over the cities C1 and C2. Periods 2026M09 and 2026M10, whose days all weigh the same. Measure new (order
 * lines), each city's target of each month 100. A scorecard by it alone; pay plans are the test's.
 */
#ifndef BIHUAN_TESTS_SUPPORT_PAYDAY_H
#define BIHUAN_TESTS_SUPPORT_PAYDAY_H

#include "support/fake_feedback.h"
#include "support/stack.h"

#include "bihuan/incentive_pay.pb-c.h"

#define PAYDAY_BUCKETS 16

struct payday {
    struct stack stack;
    uint64_t published[PAYDAY_BUCKETS]; /* by feedback, by bucket */
};
extern struct payday payday;

/* Fixtures of a group of tests. */
int payday_start(void **state);
int payday_stop(void **state);

/* What must be answered, and what must be refused by this code. */
ProtobufCMessage *payday_must(uint32_t type, const char *json);
void payday_refused(uint32_t type, const char *json, const char *code);

/* A fact of `count` at the unit on the day, of the first or another version; taken back with a negative count. */
void payday_fact(struct fake_events *events, uint16_t bucket, const char *key, const char *unit, const char *day,
                 int64_t count, bool taken_back);
void payday_version(struct fake_events *events, uint16_t bucket, const char *key, const char *unit, const char *day,
                    int64_t count, bool taken_back, uint32_t number);
/* All feeds are complete to the day before this one. */
void payday_complete(struct fake_events *events, const char *day_after);
/* Sends what was gathered and waits until there are so many credits in all. */
void payday_send(struct fake_events *events, long credits);
/* Both cities are scored up to the day, soon. */
bool payday_scored(const char *day);

Bihuan__CalculatePayReply *payday_calculate(const char *period);
/* Of a run; 0 the last. */
Bihuan__PayResult *payday_pay(const char *unit, const char *period, uint32_t run);
Bihuan__GetPayStatementReply *payday_statement(const char *unit, const char *period);
/* The ledger is what is worked out anew. */
void payday_verified(void);
/* What the ledger's entries come to, by SQL over e (entries) and u (their units). */
long payday_sum(const char *where);

#endif
