/* reference: planning's units, channels, products and measures, resolved and quick to ask. Immutable once sealed.
 *
 * Filled by _add_*, then sealed: codes become ids, families of products and lists of channels become bit sets. Parents
 * and channels that aren't known (yet) count as none. Ids are planning's; 0 is none. Texts are copied.
 * Threads: one filler; any number of readers after reference_seal().
 */
#ifndef BIHUAN_FEEDBACK_REFERENCE_H
#define BIHUAN_FEEDBACK_REFERENCE_H

#include "base/arena.h"
#include "base/err.h"
#include "feedback/facts/order_line.h"
#include "refdata/age_range.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bihuan/planning.pb-c.h"

#define REFERENCE_ID_MAX   (1U << 22) /* ids are small integers; above this one is not believed */
#define REFERENCE_MEASURES 256

struct ref_relation {
    const char *parent_code;
    uint32_t parent;
    int32_t from_day, until_day;
};

struct ref_unit {
    uint32_t id; /* 0: no such unit */
    const char *code;
    const char *channel_code;
    const char *type;
    bool is_city, is_person;
    int32_t closed_day; /* first day on which it takes no results, INT32_MAX open */
    uint32_t channel;   /* its own, 0 none */
    struct ref_relation *relations;
    uint32_t relation_count, relation_cap;
};

/* What policy sets in a channel, 0 all, on the days [from, until). */
struct ref_price {
    const char *channel_code;
    uint32_t channel; /* UINT32_MAX: one that isn't known (yet) */
    int32_t from_day, until_day;
    int64_t price;
};

struct ref_product {
    uint32_t id;
    const char *code;
    const char *parent_code;
    uint32_t parent;
    bool has_price;
    int64_t price; /* of one piece, 10^-scale */
    struct ref_price *policy;
    uint32_t policy_count, policy_cap;
};

struct ref_channel {
    uint32_t id;
    const char *code;
};

enum distinct_key {
    DISTINCT_CUSTOMER,
    DISTINCT_SELLER,
    DISTINCT_PRODUCT,
    DISTINCT_PLACE,
    DISTINCT_UNIT,
    DISTINCT_SUBJECT
};
enum distinct_window { WINDOW_DAY, WINDOW_WEEK, WINDOW_MONTH, WINDOW_QUARTER, WINDOW_YEAR, WINDOW_EVER };

/* When a record must have been taken back to count; CANCEL_NONE: it counts itself. */
enum cancel_window {
    CANCEL_NONE,
    CANCEL_ANY,
    CANCEL_AFTER_DAY,
    CANCEL_AFTER_WEEK,
    CANCEL_AFTER_MONTH,
    CANCEL_AFTER_QUARTER,
    CANCEL_AFTER_YEAR
};

/* What a record says about its sale; bits of ref_measure.has. */
enum {
    HAS_CUSTOMER = 1,
    HAS_SELLER = 2,
    HAS_CHANNEL = 4,
    HAS_PRODUCT = 8,
    HAS_PLACE = 16,
    HAS_SUBJECT = 32,
    HAS_PHOTO = 64
};

/* A measure ready to be applied to order lines. Ratios aren't: they are worked out from their parts by readers. */
struct ref_measure {
    uint32_t id;
    const char *code;
    enum fact_kind fact;
    enum { VALUE_AMOUNT, VALUE_QUANTITY, VALUE_COUNT, VALUE_DISTINCT } value;
    enum distinct_key distinct_key; /* of VALUE_DISTINCT, as the next two */
    enum distinct_window distinct_window;
    const char *within; /* type of unit; "" everywhere */
    uint64_t *products; /* bit set by product id; NULL any */
    uint64_t *channels; /* NULL any */
    uint32_t states;    /* bit by order_state */
    bool off_list, off_policy;
    uint32_t band_ppm;
    bool outside;
    bool has_age; /* the next holds */
    struct age_range age;
    int32_t holds_days;    /* of levels: for so long a reading counts; 0 until the next */
    uint32_t has;          /* HAS_...: all of them are given */
    char *const *subjects; /* one of them; subject_match.h */
    size_t subject_count;  /* 0 any */
    enum cancel_window cancelled;
    int32_t cancelled_days; /* from the window's end; 0 any number */
    bool running;           /* its value at a day is the sum of all up to then */
};

struct reference;

struct reference *reference_new(int money_scale);
void reference_destroy(struct reference **reference);

int reference_add_unit(struct reference *reference, uint32_t id, const char *code, const char *type,
                       const char *channel, int32_t closed_day, struct err *err);
int reference_add_relation(struct reference *reference, uint32_t unit, const char *parent, int32_t from_day,
                           int32_t until_day, struct err *err);
int reference_add_channel(struct reference *reference, uint32_t id, const char *code, struct err *err);
int reference_add_product(struct reference *reference, uint32_t id, const char *code, const char *parent,
                          const char *list_price, struct err *err);
/* A price that policy sets for a product that was added; channel "" is all. */
int reference_add_price(struct reference *reference, uint32_t product, const char *channel, int32_t from_day,
                        int32_t until_day, const char *price, struct err *err);
/* Another spelling of a product that was added; a product's own code goes before it. */
void reference_add_alias(struct reference *reference, const char *alias, uint32_t product);
/* Whether the definition is one that facts contribute to: ratios are not, nor what says something we don't know. */
bool reference_counts(const Bihuan__Measure *measure);
/* One that doesn't count is left out. */
int reference_add_measure(struct reference *reference, const Bihuan__Measure *measure, struct err *err);
/* A hand-over: what names the unit `from` counts for `to` from the day on. In the order of their days. */
void reference_add_hand_over(struct reference *reference, uint32_t from, uint32_t to, int32_t day);
void reference_seal(struct reference *reference);

/* Ids by code, 0 where there is none. */
uint32_t reference_unit_id(const struct reference *reference, const char *code, size_t len);
uint32_t reference_channel_id(const struct reference *reference, const char *code, size_t len);
uint32_t reference_product_id(const struct reference *reference, const char *code, size_t len); /* or by alias */

/* NULL where there is none. */
const struct ref_unit *reference_unit(const struct reference *reference, uint32_t id);
const struct ref_channel *reference_channel(const struct reference *reference, uint32_t id);
const struct ref_product *reference_product(const struct reference *reference, uint32_t id);
const struct ref_measure *reference_measures(const struct reference *reference, size_t *count);
/* One of them by id; NULL where facts don't contribute to it. */
const struct ref_measure *reference_measure(const struct reference *reference, uint32_t id);
uint32_t reference_unit_limit(const struct reference *reference); /* ids are below it */
bool reference_has_distinct(const struct reference *reference);
bool reference_has_cancels(const struct reference *reference);                      /* one counts cancels */
const char *reference_measure_code(const struct reference *reference, uint32_t id); /* "" none */
/* Whom a measure credits with a line. */
uint32_t reference_credited(const struct reference *reference, uint32_t measure, const struct order_line *line);

/* What a contribution of a line comes to in an effect: of measures that count cancels nothing for the line itself, and
 * the value for its cancel where that comes when it must; of others the value, turned for a cancel. `day`: of the line
 * or of its cancel. */
int64_t reference_effect(const struct reference *reference, uint32_t measure, int64_t value,
                         const struct order_line *line, int32_t day, bool cancel);
/* The price of one piece by policy in a channel on a day, else the list's. False: there is none. */
bool reference_price(const struct reference *reference, uint32_t product, uint32_t channel, int32_t day,
                     int64_t *price);
/* Facts of that sender count for nothing: they are there to be compared. */
void reference_set_witness(struct reference *reference, int16_t sender);
bool reference_is_witness(const struct reference *reference, int16_t sender);
/* Who holds on that day what a sales person's unit held: itself, where it wasn't handed over by then. */
uint32_t reference_holder(const struct reference *reference, uint32_t unit, int32_t day);

/* By the tree of that day; 0 none. */
uint32_t reference_parent(const struct reference *reference, uint32_t unit, int32_t day);
/* The unit itself or the nearest above it that is of the type. */
uint32_t reference_above(const struct reference *reference, uint32_t unit, const char *type, int32_t day);
uint32_t reference_city(const struct reference *reference, uint32_t unit, int32_t day);
/* The unit's own channel, or that of the nearest above it that has one. */
uint32_t reference_channel_of(const struct reference *reference, uint32_t unit, int32_t day);
/* The same of `product` and all above it: is `family` among them? */
bool reference_product_is_under(const struct reference *reference, uint32_t product, uint32_t family);

#endif
