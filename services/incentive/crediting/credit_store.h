/* credit_store: the SQL of credits. Rows are encoded as events are booked and written by one COPY per transaction. */
#ifndef BIHUAN_INCENTIVE_CREDIT_STORE_H
#define BIHUAN_INCENTIVE_CREDIT_STORE_H

#include "incentive/crediting/credit.h"
#include "refdata/fact_rows.h"
#include "runtime/runtime.h"

/* Rows encoded and not yet written; owned by the writer. Zeroed is empty. */
struct credit_rows {
    struct copy_in encoded; /* used for its buffer only */
    uint64_t count;
};

/* What rows of one event share, and one of them. */
struct credit_row {
    uint64_t source_seq;
    uint16_t bucket;
    const char *sender;
    size_t sender_len;
    size_t row; /* index into the event */
    int32_t counts_day;
    uint32_t late_for;           /* 0: not late */
    const struct fact_row *said; /* what its record says; NULL not known */
};

/* Appends one row with `count` contributions (ids and values). */
void credit_rows_add(struct credit_rows *rows, const struct credit_row *row, const Bihuan__FactsRecorded *batch,
                     const uint32_t *measures, const int64_t *values, size_t count);
/* Writes what was gathered; nothing to do when there is none. On failure the transaction is lost. */
int credit_rows_write(struct credit_rows *rows, struct tx *tx, struct err *err);
void credit_rows_drop(struct credit_rows *rows);

/* Calls each(arg, ...) for all credits, in no order, with pairs as stored. */
typedef int credit_sum_fn(void *arg, uint32_t unit_id, int32_t counts_day, const uint8_t *pairs, size_t pairs_len,
                          struct err *err);
int credit_store_each(struct tx *tx, credit_sum_fn *each, void *arg, struct err *err);
/* All credits with what slices are cut by. */
struct credit_slim {
    uint32_t unit_id, channel_id, product_id;
    int32_t counts_day;
};
typedef int credit_slim_fn(void *arg, const struct credit_slim *row, const uint8_t *pairs, size_t pairs_len,
                           struct err *err);
int credit_store_each_slim(struct tx *tx, credit_slim_fn *each, void *arg, struct err *err);
/* Recorded rows alone, of one bucket, by the facts' own days from..until (exclusive). */
int credit_store_each_recorded(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, credit_sum_fn *each,
                               void *arg, struct err *err);

/* Which credits, and where to go on. */
struct credit_place {
    int32_t counts_day;
    const char *sender, *record_key;
    int32_t version;
    bool taken_back;
    uint32_t unit_id; /* an order may credit its seller and its unit, each by other measures */
    /* The same may be said again, by later events: a measure redefined, a distinct count that came back. */
    uint64_t source_seq;
    int16_t source_row;
    int32_t entry_no; /* 0: the recorded row; its entries follow it */
};

struct credit_found {
    int32_t counts_day, day;
    uint32_t unit_id, product_id, late_for;
    const char *sender, *record_key; /* in the call's arena */
    int32_t version;
    bool taken_back;
    const uint8_t *pairs;
    size_t pairs_len;
    uint64_t source_seq; /* with credit_store_page alone, as the next */
    int16_t source_row;
    int kind; /* enum entry_kind; 0: recorded, and nothing in the next */
    int32_t entry_no;
    uint32_t channel_id;
    uint32_t seller_id; /* with credit_store_ledger and _record alone, as the next */
    uint32_t run;
    uint32_t rule_id, rule_version;
    const char *reason; /* in the call's arena */
};

/* At most `limit` rows of the units that count on the days from..to (both), behind `after`, in order of day, sender,
 * record, version, reversal last, unit, and as they were said. */
int credit_store_page(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                      const struct credit_place *after, uint32_t limit, struct credit_found **rows, size_t *count,
                      struct err *err);

/* What the ledger is asked for. kind -1: all; measure 0, rule and reason "": all. */
struct credit_filter {
    int kind;
    uint32_t measure_id;
    const char *rule, *reason;
};
/* The same for the ledger; `units` NULL: all. */
int credit_store_ledger(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                        const struct credit_filter *filter, const struct credit_place *after, uint32_t limit,
                        struct credit_found **rows, size_t *count, struct err *err);
/* All rows of a record, as they came, each with its entries behind it; of one day, unless `day` is INT32_MIN. */
int credit_store_record(struct tx *tx, const char *sender, const char *record_key, int32_t day,
                        struct credit_found **rows, size_t *count, struct err *err);

/* The same rows without order, for counting. */
int credit_store_each_of(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from_day, int32_t to_day,
                         credit_slim_fn *each, void *arg, struct err *err);

/* All rows that count on the days from..to, with all that a digest covers. */
typedef int credit_row_fn(void *arg, const struct credit_found *row, struct err *err);
int credit_store_each_row(struct tx *tx, int32_t from_day, int32_t to_day, credit_row_fn *each, void *arg,
                          struct err *err);

/* Rows that came late and count on the days from..to, in order of the period that they came late for. */
int credit_store_each_late(struct tx *tx, int32_t from_day, int32_t to_day, credit_row_fn *each, void *arg,
                           struct err *err);

/* Contributions that came after the close of a period, without what rules made of them. */
int credit_store_late_count(struct tx *tx, uint32_t period_id, uint32_t *count, struct err *err);

#endif
