/* verify: sums of contributions by (unit, measure) from several sides, compared. Pure. */
#ifndef BIHUAN_CLI_VERIFY_H
#define BIHUAN_CLI_VERIFY_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verify_sum {
    uint32_t unit, measure;
    int64_t value;
};

struct verify_sums {
    struct verify_sum *items; /* by unit and measure; zeros left out */
    size_t count;
};

/* Out of the columns unit_id, measure_id, value of an answer; -1 where they aren't equally long. */
int verify_read(const json_t *answer, struct verify_sums *out);
void verify_fini(struct verify_sums *sums);

/* The answers stand at the same position of the bucket's stream. */
bool verify_same_position(const json_t *a, const json_t *b, size_t bucket);

/* Names of units and measures by id; may be NULL. */
typedef const char *verify_name_fn(void *arg, bool measure, uint32_t id);

/* One line for each (unit, measure) where they differ; returns how many. */
size_t verify_compare(const char *left_name, const struct verify_sums *left, const char *right_name,
                      const struct verify_sums *right, verify_name_fn *name, void *arg, struct buf *out);

#endif
