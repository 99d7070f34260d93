/* score: one unit's score by its card, every step kept; and the scores and ranks of all units of a period. No I/O.
 *
 * Attainment is actual / planned to date, the plan being target * C of the target's own curve (refdata_phase: through
 * what shorter periods have), unrounded; at the period's end C is 1 and attainment is actual / target. A measure where
 * lower is better reads 2 - actual / planned. Rounded toward minus infinity to a ppm. What is shown adds up: the lines'
 * weighted points are the weighted score, the counted weights are 10,000 (both by largest remainder).
 *
 * A ratio's value is what its two sums come to; its target is a level, the same on every day, so attainment is value /
 * level. Without a value (nothing to divide by) the line is as without target, and a gate over it holds.
 */
#ifndef BIHUAN_INCENTIVE_SCORE_H
#define BIHUAN_INCENTIVE_SCORE_H

#include "calc/cube.h"
#include "incentive/cards/card.h"
#include "incentive/scoring/carry.h"

struct score_input {
    int64_t actual, target;   /* target 0: none */
    int64_t parts[2];         /* of a ratio, whose actual isn't read */
    int64_t carried;          /* points from the period before */
    struct phased_point plan; /* planned to date; den 0: target * C of the period's calendar */
};

enum gate_state { GATE_STATE_NONE = 0, GATE_PASSED, GATE_FAILED };

struct score_line {
    int64_t actual, target;
    int64_t planned; /* to date, as shown: rounded */
    bool by_parts;   /* the plan goes through targets of shorter periods */
    struct attainment attainment;
    int64_t points;   /* after floor and cap */
    uint32_t weight;  /* as it counted; basis points */
    int64_t weighted; /* points * weight */
    enum gate_state gate;
    int64_t carried;  /* points from the period before, part of points */
    int64_t excess;   /* above the cap, for the next period */
    int64_t deducted; /* points that a deduction takes */
    bool no_row;      /* of a table with axes: one of them has no attainment */
    bool no_value;    /* of a ratio, as the next */
    int64_t parts[2];
};

struct score_outcome {
    bool defined;
    const char *reason; /* static: why there is no score, or why it is zero; "" */
    int64_t weighted;   /* sum of the lines */
    int64_t score;      /* after gates, deductions, floor and cap */
    int64_t deducted;   /* all of them */
};

/* actual / plan to date, see above. A plan <= 0 is undefined. */
struct attainment score_attainment(bool lower_is_better, int64_t actual, struct fixed_ratio plan);

/* For card_axes_table(): of a unit's lines. */
struct attainment score_line_attainment(const void *lines, size_t line);

/* `inputs` and `lines` follow the card's lines; `at` is how far the period's calendar has gone. A score that leaves the
 * range of numbers is undefined, "overflow". */
void score_unit(const struct card *card, const struct score_input *inputs, struct phasing_point at,
                struct score_line *lines, struct score_outcome *out);

/* What an index comes to from its parts' lines: each held to 0..100 %, undefined ones left out, a product rounded down
 * at each step, a mean at the end. */
struct attainment score_join(const struct card_line *index, const struct score_line *parts);

/* num[i] / den cut into integers that sum to `total`, which is the rounded sum of them; largest remainder, ties by
 * order. den > 0. */
void score_cut(int64_t total, const int64_t *num, size_t count, int64_t den, int64_t *parts);

/* Where sums are: of measures, and of slices by their numbers. */
struct score_sums {
    const struct cube *cube, *slices;
    const struct carries *carries; /* NULL none */
};

struct scored_unit {
    const struct card *card;
    uint32_t unit_id;
    uint32_t rank, of;
    uint32_t peers_id;    /* unit whose group it is ranked in, 0 all of the card */
    const char *grade;    /* of the card; NULL none */
    const char *unranked; /* static: why it has a score, but no rank; NULL */
    bool honoured;
    struct score_outcome outcome;
    struct score_line *lines; /* card->line_count */
};

struct scoring {
    const struct ref_period *period;
    int32_t as_of; /* last day that counts */
    struct phasing_point at;
    struct scored_unit *units;
    size_t count;
};

/* Of a period's cards the one of a unit, refinements by the tree of the day; NULL none. */
const struct card *score_card(const struct refdata *refdata, struct card *const *cards, size_t count,
                              const struct ref_unit *unit, int32_t day);

/* All units of all types with a card (`cards`: those that score the period), recomputed from the sums; the result lives
 * in the arena. as_of lies in the period. */
int score_all(const struct refdata *refdata, const struct score_sums *have, struct card *const *cards,
              size_t card_count, const struct ref_period *period, int32_t as_of, struct arena *arena,
              struct scoring *out, struct err *err);

/* One unit alone, without rank. */
int score_one(const struct refdata *refdata, const struct score_sums *have, const struct card *card, uint32_t unit_id,
              const struct ref_period *period, int32_t as_of, struct arena *arena, struct scored_unit *out,
              struct err *err);

/* Numbers only: no titles and words. Lives in the arena, borrows codes. */
Bihuan__Score *score_message(const struct scored_unit *unit, const struct refdata *refdata,
                             const struct ref_period *period, int32_t as_of, struct arena *arena);

#endif
