/* month: November 2026 as monitoring sees it: real planning and monitoring, and facts, marks and conditions of feeds as
 * the test gives them in feedback's place. All days weigh the same, so a target of 300 is ten a day.
 *
 * Province P over the cities C1 and C2; C1 over the outlets S1 and S2, C2 over S3 and S4; S1 and S3 sell through the
 * channel "hall", S2 and S4 through "agent". Product 5g with a and b beneath, and fix. Measures new (order lines), paid
 * (payments), rev (amount of order lines). Today is the 25th.
 */
#ifndef BIHUAN_TESTS_SUPPORT_MONTH_H
#define BIHUAN_TESTS_SUPPORT_MONTH_H

#include "support/fake_feedback.h"
#include "support/stack.h"

#include "bihuan/feedback_conditions.pb-c.h"
#include "bihuan/monitoring.pb-c.h"

struct month {
    struct stack stack;
    struct fake_events events; /* gathered, sent by month_send */
    uint64_t published[16];
    int records;
};

void month_start(struct month *month);
/* The same with another day as today: "2026-11-13". */
void month_start_on(struct month *month, const char *day);
/* Monitoring is killed and finds itself at ten o'clock of another day of November; 31 is 1 December, 0 is 31 October,
 * here and wherever a day is named. */
void month_go_to(struct month *month, int day);
void month_stop(struct month *month);

/* Targets as "S1 new 300;P new 1200"; published. A word more is the channel, one behind that the product ("-" all). */
void month_plan(struct month *month, const char *targets);

/* A fact of `value` of the measure at the unit on the day of November, from the sender; value < 0 takes back. */
struct month_fact {
    const char *sender, *unit, *measure;
    int day;
    int64_t value;
    const char *channel, *product; /* NULL none */
};
void month_fact(struct month *month, struct month_fact fact);
/* The same value on each of the days. */
void month_facts(struct month *month, const char *sender, const char *unit, const char *measure, int from, int to,
                 int64_t value);
/* The feed (id 1, 2 ...; of this sender and kind of fact) is complete to the end of the day. */
void month_mark(struct month *month, uint32_t feed, const char *sender, const char *fact, int day, bool silent);
/* How a feed (unit NULL) or its part stands. */
void month_condition(struct month *month, uint32_t feed, const char *fact, const char *unit,
                     Bihuan__FeedConditionKind condition, int day);
/* Sends what was gathered and waits until monitoring has read and judged it. */
void month_send(struct month *month);
/* The feed of orders (1) is complete to the end of the day, and that is sent and judged with what was gathered. */
void month_complete(struct month *month, int day);
/* Waits until monitoring has read planning's stream. */
void month_catch_up(struct month *month);

/* A month as most tests begin it: what is planned, who is told, by which rules, what was sold, complete to a day. */
struct month_scene {
    const char *today;             /* NULL the 25th */
    const char *measures, *people; /* what is applied: items in JSON with ' for "; NULL none; further measures */
    const char *targets;           /* as of month_plan; NULL none */
    const char *receivers, *rules; /* items as above */
    void (*facts)(void);           /* gathers them, or does more; NULL none */
    int complete;                  /* a day of November; 0 nothing is sent yet */
};
void month_begin(struct month *month, const struct month_scene *scene);

/* JSON with ' for ". */
ProtobufCMessage *month_ask(struct month *month, uint32_t type, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Alerts of the rule in a state ("" open, "all"), those gathered under others as well; `unit` "" or exactly that. */
int month_count(struct month *month, const char *rule, const char *state, const char *unit);
/* The unit's alert of the rule in whatever state; ends the test where there is none. */
const Bihuan__Alert *month_alert(struct month *month, const char *rule, const char *unit);

#endif
