/* customers: who holds which customer from when to when. No I/O.
 *
 * Of what is said of a customer the holding counts that begins last, on the day or before; nobody holds where it has
 * ended, or says nobody. So a later holding ends the one before it, and an end of its own leaves the customer free.
 */
#ifndef BIHUAN_INCENTIVE_CUSTOMERS_H
#define BIHUAN_INCENTIVE_CUSTOMERS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct customer_holding {
    const char *customer, *holder; /* holder: code of a unit or a person; "" nobody */
    int32_t from_day, until_day;   /* until is exclusive */
};

struct customers {
    struct customer_holding *list; /* by customer, then from_day */
    size_t count, cap;
    struct arena texts;
    bool started;
};

/* Zeroed is empty. Takes the texts over; to be added in order of customer (bytewise), then day. */
void customers_add(struct customers *customers, const struct customer_holding *holding);
void customers_clear(struct customers *customers);
/* "" nobody, or no customer. `customer` needs no terminating 0. */
const char *customers_holder(const struct customers *customers, const char *customer, size_t len, int32_t day);

#endif
