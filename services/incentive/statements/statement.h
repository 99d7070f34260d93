/* statement: what a unit's score is made of: lines in words, late facts, and the credits with their shares. */
#ifndef BIHUAN_INCENTIVE_STATEMENT_H
#define BIHUAN_INCENTIVE_STATEMENT_H

#include "incentive/scoring/score.h"
#include "incentive/state.h"

/* Late facts that count in a period, summed by unit (and all above it on the day they count), period they came late
 * for, and measure. */
struct late_sum {
    uint32_t unit_id, late_for, measure;
    int64_t value;
};

struct late_sums {
    struct late_sum *list; /* sorted; freed by late_sums_fini */
    size_t count, cap;
};

/* From the table, for the days from..to. With `only` != 0 for that unit alone. Needs the lock. */
int late_sums_load(struct late_sums *sums, const struct incentive *state, struct tx *tx, int32_t from_day,
                   int32_t to_day, uint32_t only, struct err *err);
void late_sums_fini(struct late_sums *sums);

/* Score in words, period and adjustments; without credits, count and hash. In the call's arena. Needs the lock. */
Bihuan__Statement *statement_make(const struct incentive *state, struct tx *tx, const struct scored_unit *unit,
                                  const struct ref_period *period, int32_t as_of, const struct late_sums *late,
                                  bool zh);

/* Where a page of credits goes on. */
struct statement_cursor {
    uint32_t line;
    int64_t running; /* sum of the line's contributions so far */
    int64_t total;   /* of the line, when its first credit was told */
    int64_t points;
    uint64_t count; /* of all credits */
    struct credit_place place;
};
/* As text for a client and back; -1 ERR_INVALID for a text that isn't ours. In the arena. */
char *statement_cursor_print(const struct statement_cursor *cursor, struct arena *arena);
int statement_cursor_parse(const char *text, struct arena *arena, struct statement_cursor *out, struct err *err);

/* GET_STATEMENT */
int statement_query(struct tx *tx, const void *message, struct err *err);

#endif
