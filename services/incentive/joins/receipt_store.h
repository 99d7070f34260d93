/* receipt_store: the SQL of what comes in, of records that are to be joined, and of entries that wait or were released.
 * Results live in the call's arena; -1 loses the transaction unless it is said otherwise. */
#ifndef BIHUAN_INCENTIVE_RECEIPT_STORE_H
#define BIHUAN_INCENTIVE_RECEIPT_STORE_H

#include "incentive/crediting/entry_store.h"
#include "incentive/joins/receipts.h"

/* Rows encoded and not yet written. Zeroed is empty. */
struct receipt_rows {
    struct copy_in receipts, due;
    uint64_t receipt_count, due_count;
};

struct receipt_row {
    uint16_t bucket;
    uint64_t source_seq;
    int16_t source_row;
    int kind;
    const char *sender, *key, *of_sender, *of_key;
    size_t of_key_len;
    int32_t day;
    bool undoes;
    int64_t amount; /* with its sign */
};
void receipt_rows_add(struct receipt_rows *rows, const struct receipt_row *row);
/* The record is to be joined. */
void receipt_rows_due(struct receipt_rows *rows, uint16_t bucket, const char *sender, size_t sender_len,
                      const char *key, size_t key_len);
int receipt_rows_write(struct receipt_rows *rows, struct tx *tx, struct err *err);
void receipt_rows_drop(struct receipt_rows *rows);

struct record_name {
    const char *sender, *key;
};

/* Whether any record is to be joined. */
int receipt_store_any_due(struct tx *tx, bool *any, struct err *err);
/* Takes at most `limit` names out of those that are due, in their order, and puts the orders of bills beside them. */
int receipt_store_take_due(struct tx *tx, uint32_t limit, struct record_name **names, size_t *count, struct err *err);
/* All records with entries of receipts that count on a day are due. */
int receipt_store_due_of_day(struct tx *tx, int32_t counts_day, struct err *err);

/* Entries of a record that wait, and those that receipts released. */
struct joined_entry {
    size_t record;           /* index of the name that was asked for */
    struct recorded_row row; /* without fact.counts_day */
    struct stored_entry stored;
    const char *receipt; /* "sender|key" of a receipt that released it; "" it waits */
};
int receipt_store_entries(struct tx *tx, const struct record_name *names, size_t count, struct joined_entry **entries,
                          size_t *entry_count, struct err *err);

/* What came in for records: by themselves and by their bills. Not netted; in order of `record`. */
struct record_receipt {
    size_t record;
    struct receipt receipt;
};
int receipt_store_receipts(struct tx *tx, const struct record_name *names, size_t count,
                           struct record_receipt **receipts, size_t *receipt_count, struct err *err);

/* Names behind `after` of records that anything but bills of theirs came in for, in order; at most `limit`. */
int receipt_store_names(struct tx *tx, const struct record_name *after, uint32_t limit, struct record_name **names,
                        size_t *count, struct err *err);

/* Entries of receipts of a bucket, by their own days from..until (exclusive), for verifying. Borrowed for the call. */
typedef int released_fn(void *arg, const struct record_name *name, const struct credit_entry *entry, struct err *err);
int receipt_store_each_released(struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day, released_fn *each,
                                void *arg, struct err *err);

#endif
