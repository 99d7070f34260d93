/* quotes: what quotes for one customer say about those who made them: that several sellers quote it, and that one
 * undercuts another [恶意杀价]. Pure.
 *
 * A seller is who quoted, or the unit where the quote names nobody. Prices are compared for one piece of one product.
 * Whoever quotes later, or at the same time, and lower undercuts; the same seller may lower its own price.
 */
#ifndef BIHUAN_SERVICES_MONITORING_QUOTES_H
#define BIHUAN_SERVICES_MONITORING_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quote {
    uint32_t seller;
    uint32_t product; /* 0 none: it is compared with no other */
    int64_t amount;   /* stored units, for `quantity`; a quantity below 1 counts as 1 */
    int64_t quantity;
    int64_t at_us;
    int32_t day;
    const char *customer;
    const char *file; /* where it stands: "" nowhere */
    int64_t row;
};

/* The latest quote of each seller into `out` (room for count), in the order of time. Returns how many sellers. */
size_t quotes_sellers(const struct quote *rows, size_t count, const struct quote **out);

/* By how much, in ppm of the price of `before`, the price of `quote` is lower; 0 where it doesn't undercut it. */
uint32_t quote_undercuts(const struct quote *before, const struct quote *quote);

/* The deepest cut of at least `least_ppm`, of several alike that of the later quote. False: nobody undercuts. */
struct quote_cut {
    const struct quote *before, *quote;
    uint32_t ppm;
};
bool quotes_deepest(const struct quote *rows, size_t count, uint32_t least_ppm, struct quote_cut *out);

#endif
