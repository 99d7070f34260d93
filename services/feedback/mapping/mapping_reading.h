/* mapping_reading: one record on its way to a fact. mapping.c fetches the texts and goes through the steps, which stand
 * by subject in the other files. A step is 0, or -1 with the reason why the row waits. */
#ifndef BIHUAN_FEEDBACK_MAPPING_READING_H
#define BIHUAN_FEEDBACK_MAPPING_READING_H

#include "feedback/mapping/mapping_internal.h"
#include "feedback/mapping/reasons.h"

#define SHOWN_MAX 80 /* bytes of a value in a message */

struct value {
    const char *text;
    uint32_t len;
};

struct reading {
    const struct mapping *mapping;
    const struct binding *binding;
    const struct csv_record *record;
    const char *nth; /* see mapping_read() */
    const struct reference *reference;
    int64_t now;
    struct arena *arena;
    struct order_line *line;
    struct reject_reason *why;
    struct value values[FIELD_COUNT];
    bool reverses; /* the row names another record, which it takes back */
    bool returns;  /* the row names another record, of which it is a return by itself (Feed.returns) */
};

/* --- mapping.c --- */
int reading_reject(struct reading *r, Bihuan__RejectReason reason, const char *column, const char *value,
                   size_t value_len, const char *message);
/* The column of a field, with its value. */
int reading_reject_field(struct reading *r, enum fact_field field, Bihuan__RejectReason reason, const char *remedy);

/* --- mapping_key.c: by what a record is known --- */
/* Whether the row names the record that it takes back, whose key is read then, or that it's a return of. */
int reading_find_original(struct reading *r);
int reading_key(struct reading *r);
/* The key of the record that a return is of becomes its subject. */
int reading_original(struct reading *r);
/* Of what the row says, not of ids or defaults that depend on when it was read. */
int64_t reading_hash(const struct reading *r);

/* --- mapping_values.c: times, numbers, states, texts --- */
int reading_time(struct reading *r);
int reading_operation(struct reading *r);
int reading_quantity(struct reading *r);
/* What a row that takes another back says of how much: GIVES_ bits. */
uint16_t reading_gives(const struct reading *r);
int reading_amount(struct reading *r);
int reading_customer(struct reading *r);
int reading_subject(struct reading *r);
int reading_photos(struct reading *r);
/* A further column of money that can't be read. */
int reading_reject_sum(struct reading *r, int place, const char *code);
/* Of a row that isn't recorded: totals add it up all the same. */
int64_t reading_amount_if_any(const struct reading *r);

/* --- mapping_units.c: planning's units, channels and products --- */
int reading_units(struct reading *r);
int reading_codes(struct reading *r);

#endif
