/* entry_store: the SQL of entries, the rows that rules of crediting add to recorded ones (see assign.h). */
#ifndef BIHUAN_INCENTIVE_ENTRY_STORE_H
#define BIHUAN_INCENTIVE_ENTRY_STORE_H

#include "incentive/crediting/assign.h"
#include "incentive/crediting/credit_store.h"

/* A recorded row. Texts are borrowed and not terminated. */
struct recorded_row {
    uint64_t source_seq;
    uint16_t bucket;
    int16_t source_row;
    struct credit_fact fact;
    int32_t version;
    uint32_t late_for; /* 0: not late */
    bool taken_back;
    const char *sender, *record_key;
    size_t sender_len, key_len;
    const char *feed; /* that brought it; NULL not known. Read by entry_store_each_... alone */
    size_t feed_len;
    const char *receipt; /* "sender|key" of the receipt that releases its entries; NULL none */
};

/* An entry as stored; `no` from 1 within its row. */
struct stored_entry {
    struct credit_entry entry;
    int32_t no;
};

/* Appends an entry of the row. run 0: when the fact came. */
void entry_rows_add(struct credit_rows *rows, const struct recorded_row *row, const struct credit_entry *entry,
                    int32_t no, uint32_t run);
/* Writes what was gathered; nothing to do when there is none. On failure the transaction is lost. */
int entry_rows_write(struct credit_rows *rows, struct tx *tx, struct err *err);

/* Recorded rows with the entries that they have, in no order. All is borrowed for the call. */
typedef int recorded_fn(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                        const struct stored_entry *entries, size_t count, struct err *err);
/* Of the rows that count on a day. */
int entry_store_each_of_day(struct tx *tx, int32_t counts_day, recorded_fn *each, void *arg, struct err *err);
/* Of a bucket, by the facts' own days from..until (exclusive). */
int entry_store_each_recorded(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, recorded_fn *each,
                              void *arg, struct err *err);

/* Of all buckets, by the facts' own days from..until (exclusive). */
int entry_store_each_of_days(struct tx *tx, int32_t from_day, int32_t until_day, recorded_fn *each, void *arg,
                             struct err *err);

/* What entries of a record's version come to for a measure, eliminations left out; in the call's arena. */
int entry_store_net(struct tx *tx, const struct recorded_row *row, uint32_t measure, struct credit_entry **entries,
                    size_t *count, struct err *err);

#endif
