/* holding_store: the SQL of opportunities and hand-overs. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_FEEDBACK_HOLDING_STORE_H
#define BIHUAN_FEEDBACK_HOLDING_STORE_H

#include "runtime/runtime.h"

#define HOLDING_OPEN_LAST 4 /* state: lead to negotiated; won, lost and cancelled are closed */

struct opportunity {
    uint16_t bucket;
    int16_t sender;
    const char *key, *customer;
    uint32_t unit, seller, product;
    uint8_t state;
    int64_t amount;
    int32_t moved_day;
    bool open;
};

/* Inserts or replaces them, to be announced. */
int holding_store_put(struct tx *tx, const struct opportunity *rows, size_t count, struct err *err);
/* Some that weren't announced; they count as announced then. */
int holding_store_announce(struct tx *tx, uint32_t limit, struct opportunity **rows, size_t *count, struct err *err);
/* Open ones of a holder by key; *total all of them. */
int holding_store_of(struct tx *tx, uint32_t seller, uint32_t limit, struct opportunity **rows, size_t *count,
                     uint32_t *total, struct err *err);

/* The same as they stood on a day, by what is dated up to it: those that any of the sellers held. */
int holding_store_of_day(struct tx *tx, const uint32_t *sellers, size_t seller_count, int32_t day, uint32_t limit,
                         struct opportunity **rows, size_t *count, uint32_t *total, struct err *err);

struct holding_customer {
    const char *customer;
    int32_t last_day;
    uint32_t facts;
};
/* Customers whose last fact with a seller, of days first..last, names one of the sellers; by code. */
int holding_store_customers(struct tx *tx, const uint32_t *sellers, size_t seller_count, int32_t first, int32_t last,
                            uint32_t limit, struct holding_customer **rows, size_t *count, uint32_t *total,
                            struct err *err);

int holding_store_hand_over(struct tx *tx, const uint32_t *from, size_t count, uint32_t to, int32_t day,
                            struct err *err);
/* Open opportunities go to who takes over on the day or before, in the order of days. */
int holding_store_apply(struct tx *tx, int32_t day, struct err *err);
/* Whether facts of the day or later name one of the units as seller. */
int holding_store_names(struct tx *tx, const uint32_t *units, size_t count, int32_t day, bool *named, struct err *err);

#endif
