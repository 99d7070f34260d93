/* assign: what the rules make of one contribution: its entries beside the recorded row. No I/O.
 *
 * For a recorded contribution of v at unit U:
 *   a partition     given -v at U, and shares that come to v
 *   an exclusion    excluded -v at U
 *   each overlay    +o at its receiver, and eliminations that come to -o where the receiver's line upwards meets those
 * of the units that share v, each by its part of v (largest remainder); none where they never meet
 *   a rule that earns by what comes in: excluded -v at U, for the reason awaits_cash, awaits_bill or awaits_activation;
 * what comes in adds its parts later (joins/release.h) Rules, receivers and
 * reasons are those of the fact's own day, eliminations of the day that counts. Every amount of -v is the negated
 * amount of v, so what takes a contribution back takes back its entries.
 */
#ifndef BIHUAN_INCENTIVE_ASSIGN_H
#define BIHUAN_INCENTIVE_ASSIGN_H

#include "incentive/crediting/holders.h"
#include "incentive/crediting/rule.h"
#include "incentive/joins/customers.h"
#include "incentive/joins/registrations.h"

/* Stored: never renumbered. */
enum entry_kind {
    ENTRY_RECORDED = 0,
    ENTRY_GIVEN = 1,
    ENTRY_SHARE = 2,
    ENTRY_OVERLAY = 3,
    ENTRY_ELIMINATION = 4,
    ENTRY_EXCLUDED = 5,
};
#define ENTRY_KINDS 6

/* "recorded", "given" ...; "" where it is none. And back: -1. */
const char *entry_kind_word(int kind);
int entry_kind_of(const char *word);

#define NO_RECEIVER "no_receiver"
#define NO_AMOUNT   "no_amount" /* what its record comes to isn't known, so no part of it can be */
/* The reason for which a contribution waits; NULL for EARNS_ORDER. And whether a reason is one of these. */
const char *assign_awaits(enum rule_earns earns);
bool assign_is_awaiting(const char *reason);

struct credit_entry {
    enum entry_kind kind;
    uint16_t measure;
    uint32_t unit_id, rule_id, rule_version;
    const char *reason; /* "" none; borrowed from the rules, static, or of the call */
    int64_t value;
};

struct credit_entries {
    struct credit_entry *list; /* owned; grows */
    size_t count, cap;
};
void entries_add(struct credit_entries *entries, struct credit_entry entry);
void entries_fini(struct credit_entries *entries);

/* A recorded row, as far as rules look at it. */
struct credit_fact {
    uint32_t unit_id, seller_id, channel_id, product_id;
    int32_t day, counts_day;
    bool has_record; /* the following are known */
    int64_t amount, quantity;
    const char *customer; /* borrowed, not terminated */
    size_t customer_len;
};

/* What has to come in for all of a fact's contributions; 0: nothing, so they wait for nothing. */
int64_t assign_due(const struct rule *rule, const struct credit_fact *fact);

/* What rules are read with; borrowed. */
struct credit_world {
    const struct rules *rules;
    const struct refdata *refdata;
    const struct holders *holders; /* settled */
    const struct customers *customers;
    const struct registrations *registrations;
};

/* The rule that shares or excludes the contribution; NULL none. */
const struct rule *assign_rule(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure,
                               int64_t value);
/* Whether a rule's overlays are added. */
bool assign_adds(const struct credit_world *world, const struct rule *rule, const struct credit_fact *fact,
                 uint32_t measure, int64_t value);

/* Appends the entries of one contribution, eliminations last. */
int assign_entries(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure, int64_t value,
                   struct credit_entries *out, struct err *err);

/* Appends the entries of a part of a contribution, as if all of it had been that much: by the rule of the whole value.
 * Entries of the whole are those of all parts, each less the part before. */
int assign_part(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure, int64_t whole,
                int64_t part, struct credit_entries *out, struct err *err);

/* Appends the eliminations that go with the partition and overlays of one contribution (`entries`, one measure), by the
 * tree of the day that counts. */
int assign_eliminations(const struct credit_world *world, const struct credit_fact *fact, int64_t value,
                        const struct credit_entry *entries, size_t count, struct credit_entries *out, struct err *err);

#endif
