/* verify: sums of contributions by (unit, measure) as three sides hold them, compared. Pure. */
#ifndef BIHUAN_CLI_VERIFY_H
#define BIHUAN_CLI_VERIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verify_side { VERIFY_FACTS, VERIFY_MONITORING, VERIFY_INCENTIVE, VERIFY_SIDES };

struct verify_sum {
    uint32_t unit, measure;
    int64_t value[VERIFY_SIDES];
};

struct verify_sums {
    struct verify_sum *items;
    size_t count, cap;
};

/* Adds the columns unit_id, measure_id, value of an answer; -1 where they aren't equally long. */
int verify_add(struct verify_sums *sums, enum verify_side side, const json_t *answer);
/* Brings them into the order of unit and measure, each once; what is zero on all sides is left out. */
void verify_settle(struct verify_sums *sums);
void verify_fini(struct verify_sums *sums);

/* Where an answer stands on the stream of a bucket; -1 where it doesn't say. */
int64_t verify_position(const json_t *answer, uint32_t bucket);

/* Names of units and measures by id; may be NULL, and answer NULL. */
typedef const char *verify_name_fn(void *arg, bool measure, uint32_t id);

/* Rows {unit, measure, facts, monitoring, monitoring_off, incentive, incentive_off} of settled sums that differ; *_off:
 * that side less the facts, left out where it is zero. A new array. */
json_t *verify_differences(const struct verify_sums *sums, verify_name_fn *name, void *arg);

#endif
