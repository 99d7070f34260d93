/* pay_book: credits gathered by payee and component, and netted to order lines. Pure, in memory.
 *
 * A target is one component of one payee under one plan. Credits come in any order, often more than once a record
 * (corrections, reversals); a line is all that came of one record. What is late for a closed period is kept apart in
 * the line. The day of a line is that of its highest version in time (late where nothing came in time), so that no
 * order of arrival matters. Memory: 24 bytes and the record's text for a row, 20 bytes for each target that it is given
 * to; pay_book_fini frees it. Aborts when the machine has none.
 */
#ifndef BIHUAN_INCENTIVE_PAY_BOOK_H
#define BIHUAN_INCENTIVE_PAY_BOOK_H

#include "base/buf.h"
#include "payplan/payplan_compute.h"

/* What all that is given of one row of credits shares. */
struct pay_book_row {
    uint64_t hash;
    uint32_t key; /* offset of the text; both are filled by pay_book_row */
    int32_t day, counts_day;
    uint16_t version;
    bool late;
};

struct pay_book_item {
    int64_t value;
    uint32_t row, target;
};

struct pay_book {
    struct pay_book_row *rows;
    size_t row_count, row_cap;
    struct pay_book_item *items;
    size_t count, cap;
    struct buf keys;
    uint32_t *order; /* of items by target, after pay_book_settle */
    uint32_t *first; /* by target: index into order; target_count + 1 */
};

/* A row of the record "sender|record"; what follows may be given of it. Keys hold 4 GiB together, rows and items 4
 * billion each. */
uint32_t pay_book_add_row(struct pay_book *book, const char *sender, const char *record,
                          const struct pay_book_row *row);
void pay_book_give(struct pay_book *book, uint32_t row, uint32_t target, int64_t value);

/* Bytes that it takes, by and by. */
size_t pay_book_size(const struct pay_book *book);
/* Forgets what was given to targets from this one on, and rows that were given to nobody else; rows get other numbers.
 */
void pay_book_cut(struct pay_book *book, uint32_t target);
/* Forgets all. */
void pay_book_clear(struct pay_book *book);

/* After the last credit: by target. */
void pay_book_settle(struct pay_book *book, uint32_t target_count);
/* The order lines of one target, netted, lines of nothing left out, in order of arrival; in the arena, ids borrowed
 * from the book. What is late counts only where it was known within late_days of the line's day, or adds to it; 0
 * always. */
void pay_book_lines(const struct pay_book *book, uint32_t target, uint32_t late_days, struct arena *arena,
                    struct payplan_line **lines, size_t *count);
void pay_book_fini(struct pay_book *book);

#endif
