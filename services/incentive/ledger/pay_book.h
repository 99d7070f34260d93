/* pay_book: credits gathered by payee and component, and netted to order lines. Pure, in memory.
 *
 * A slot is one payee under one plan. Credits come in any order, often more than once a record (corrections,
 * reversals); a line is all that came of one record. What is late for a closed period is kept apart in the line. The
 * day of a line is that of its highest version in time (late where nothing came in time), so that no order of arrival
 * matters. Memory: 40 bytes a credit and the text of each record once; pay_book_fini frees it. Aborts when the machine
 * has none.
 */
#ifndef BIHUAN_INCENTIVE_PAY_BOOK_H
#define BIHUAN_INCENTIVE_PAY_BOOK_H

#include "base/buf.h"
#include "payplan/payplan_compute.h"

struct pay_credit_item {
    uint64_t hash;
    int64_t value;
    uint32_t slot, key; /* key: offset of the text */
    int32_t day, counts_day;
    uint16_t component, version;
    bool late;
};

struct pay_book {
    struct pay_credit_item *items;
    size_t count, cap;
    struct buf keys;
    uint32_t *order; /* by slot, after pay_book_settle */
    uint64_t *first; /* by slot: index into order; slot_count + 1 */
    uint32_t slot_count;
};

/* The text of a record, "sender|record"; what follows may be added under it. Keys hold 4 GiB together. */
struct pay_book_key {
    uint32_t at;
    uint64_t hash;
};
struct pay_book_key pay_book_key(struct pay_book *book, const char *sender, const char *record);
void pay_book_add(struct pay_book *book, const struct pay_book_key *key, const struct pay_credit_item *item);

/* After the last credit: by slot. */
void pay_book_settle(struct pay_book *book, uint32_t slot_count);
/* The order lines of one slot and component, netted, lines of nothing left out; in the arena, ids borrowed from the
 * book. What is late counts only where it was known within late_days of the line's day, or adds to it; 0 always. */
void pay_book_lines(const struct pay_book *book, uint32_t slot, uint16_t component, uint32_t late_days,
                    struct arena *arena, struct payplan_line **lines, size_t *count);
void pay_book_fini(struct pay_book *book);

#endif
