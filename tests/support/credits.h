/* credits: a small organisation whose sales are credited by rules, on real daemons: planning, a feedback of the test's
 * own, incentive. What is credited is read from the table by SQL of its own.
 *
 *   P province    C1, C2 cities    S1, S2 outlets of C1, S3 outlet of C2    E enterprise office of P    V1 sales person
 * of S1 PM: a person who is product manager (role pm) at C1 and sells by V1 products F over F1; G    measures rev
 * (amount), new (count) periods 2026M09, 2026M10 with targets of C1 (new), so that they can be closed
 */
#ifndef BIHUAN_TESTS_SUPPORT_CREDITS_H
#define BIHUAN_TESTS_SUPPORT_CREDITS_H

#include "support/fake_feedback.h"
#include "support/stack.h"

#include "bihuan/incentive_crediting.pb-c.h"

struct credit_scene {
    struct stack stack;
    uint64_t published[16];
};

void credits_start(struct credit_scene *scene);
void credits_stop(struct credit_scene *scene);

/* One contribution: `measure` "rev" in units of 10^-4 yuan, or "new". seller "" none. */
struct credit_sale {
    uint16_t bucket;
    const char *key;
    uint32_t version;
    const char *unit, *seller, *product, *day, *measure;
    int64_t value;
    bool taken_back;
};
void credits_add(struct credit_scene *scene, struct fake_events *events, const struct credit_sale *sale);
/* One record as it says itself, of any kind of facts: of system "crm". */
struct credit_record {
    uint16_t bucket;
    const char *fact, *key, *day;
    uint32_t version;
    const char *unit, *product;       /* NULL none */
    const char *customer, *reference; /* NULL none */
    int64_t amount, quantity;
    uint8_t state; /* rank; 0: the usual one */
    bool undoes;
    const char *measure; /* NULL: it contributes to none */
    int64_t value;       /* with its sign */
};
void credits_say(struct credit_scene *scene, struct fake_events *events, const struct credit_record *record);
/* The same where it refers to a record of another sender than "crm": "crm/bill". */
void credits_say_of(struct credit_scene *scene, struct fake_events *events, const struct credit_record *record,
                    const char *of);
/* All feeds are complete to the day before this one. */
void credits_complete(struct credit_scene *scene, struct fake_events *events, const char *day);
/* Sends what was gathered and waits until it is booked. */
void credits_send(struct credit_scene *scene, struct fake_events *events);

/* Applies {"items":[...]} of rules and waits until credits are worked out anew; ends the test when refused. */
void credits_rules(struct credit_scene *scene, const char *items);
void credits_settle(struct credit_scene *scene);

/* What is credited to a unit for a record and measure ("" all): all rows together, and of one kind (0 recorded ...). */
long credits_of(struct credit_scene *scene, const char *unit, const char *key, const char *measure);
long credits_kind(struct credit_scene *scene, const char *unit, const char *key, const char *measure, int kind);
/* Any number over the view of all pairs: columns unit, key, sender, version, back, measure, value, kind, rule, reason,
 * day, counts_day, late, run, at (its recorded row). `sql`: what comes behind SELECT. */
long credits_number(struct credit_scene *scene, const char *sql);

/* incentive compares itself with the table and the rules; ends the test where it differs. */
void credits_verify(struct credit_scene *scene, const char *why);

uint32_t credits_unit(struct credit_scene *scene, const char *code);
int credits_ask(struct credit_scene *scene, uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err);

#endif
