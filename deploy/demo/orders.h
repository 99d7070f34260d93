/* orders: what the province sells day by day, and the files in which its systems tell of it. */
#ifndef BIHUAN_DEMO_ORDERS_H
#define BIHUAN_DEMO_ORDERS_H

#include "province.h"

#include <stdbool.h>
#include <stdint.h>

enum row_state { ROW_PLACED, ROW_COMPLETED, ROW_CANCELLED };

/* What is wrong with a row: made so that the quarantine has something to show. */
enum flaw { FLAW_NONE, FLAW_DATE, FLAW_AMOUNT, FLAW_UNIT, FLAW_FIELDS, FLAW_PRODUCT, FLAW_COUNT };

/* One line of an order as a system writes it. */
struct row {
    int64_t second;  /* local time, seconds since 1970-01-01 local */
    int64_t amount;  /* fen */
    int32_t day;     /* of the order number */
    uint32_t number; /* of the order within its feed and day */
    int32_t customer;
    int32_t unit, seller, place; /* units; place may be UNIT_NONE */
    int16_t line, version, product, quantity;
    uint8_t feed, channel, state, flaw;
};

struct day_file {
    struct row *rows;
    size_t count, cap;
};

struct demand;

/* `scale` multiplies the number of lines; nothing is told of days after `until`. */
struct demand *demand_new(const struct province *province, uint64_t seed, int scale, int32_t until);
void demand_free(struct demand **demand);

/* Works out one day; days must follow each other from 2026-07-01 on. Files are those delivered for that day, with what
 * was held back from the days before; they stay valid until the next call. */
void demand_day(struct demand *demand, int32_t day, struct day_file files[FEED_COUNT]);

#endif
