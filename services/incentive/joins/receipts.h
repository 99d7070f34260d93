/* receipts: what comes in for a record part by part, and what each part releases. No I/O.
 *
 * Receipts of a record count in the order of their days (then sender and key), whatever the order of their arrival. Of
 * what is due for the record (its amount; of activations its quantity) each collects what it adds to the sum so far,
 * held between nothing and all of it; the rest is excess. What is released of a value v by the sum c of what is due d
 * is round(v * c / d), half away from zero, and a receipt releases the difference to the sum before it: so all receipts
 * together release what their sum does, and what is paid in full releases exactly everything. A receipt that is taken
 * back, and a refund, are receipts below zero, on their own day. Of a record below zero (a return) the same is true
 * with the signs turned.
 */
#ifndef BIHUAN_INCENTIVE_RECEIPTS_H
#define BIHUAN_INCENTIVE_RECEIPTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receipt {
    const char *sender, *key; /* of the payment, bill or activation */
    int kind;                 /* enum fact_kind */
    int32_t day;
    int64_t amount; /* quantity, of activations */
    bool undoes;    /* takes another day's receipt back */
};

struct receipt_part {
    int64_t before, after; /* collected of what is due */
    int64_t excess;        /* amount less what it collects */
};

/* Nets rows of the same receipt and day, leaves out those that come to nothing, and puts the rest into order. Returns
 * how many are left. A row's sign must be in its amount already. */
size_t receipts_net(struct receipt *list, size_t count);

/* parts[i] of list[i]. due isn't 0. ERR_TOO_LARGE where sums don't fit. */
int receipts_apply(const struct receipt *list, size_t count, int64_t due, struct receipt_part *parts, struct err *err);

/* What of `value` is released once `collected` of `due` is. */
int receipts_released(int64_t value, int64_t collected, int64_t due, int64_t *out, struct err *err);

#endif
