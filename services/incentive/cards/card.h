/* card: a scorecard checked and made ready to score by.
 *
 * Lines with a weight are measures turned into points by a rate table; lines with a gate weigh nothing and multiply the
 * score by their factor where they fail. Points are milli-points (100,000 = 100 points), attainment is ppm.
 *
 *   interpolated  points of a band at its beginning, straight to the next band's; the last band holds its points
 *   slab          points of the band that is reached
 *   graduated     each band's rate for the part of the attainment inside it
 *   flat          attainment times the rate of the band that is reached
 * Without bands: interpolated and slab give 100 points at 100 % (interpolated from 0), graduated and flat 100 points
 * for each 100 %.
 */
#ifndef BIHUAN_INCENTIVE_CARD_H
#define BIHUAN_INCENTIVE_CARD_H

#include "calc/scorecard.h"
#include "refdata/refdata.h"

#include "bihuan/incentive.pb-c.h"

#define CARD_LINES_MAX 64

enum gate_kind { GATE_NONE = 0, GATE_AT_MOST, GATE_AT_LEAST };

struct card_line {
    const Bihuan__ScorecardLine *doc;
    uint32_t measure_id;
    int scale;  /* decimals of the measure's values */
    bool level; /* what there is at the end of a day: told as such, scored as a ratio over 1 */
    bool ratio; /* the next three are of one: what is divided; id 0 is 1 */
    uint32_t part_ids[2];
    const char *part_codes[2];
    struct ratio_unit unit;
    bool lower_is_better;
    struct rate_table table; /* not for gates */
    enum gate_kind gate;
    int64_t gate_limit;
    int64_t gate_factor_ppm;
};

struct card {
    struct arena arena; /* owns all below */
    const Bihuan__Scorecard *doc;
    struct card_line *lines; /* in the document's order */
    size_t line_count;
    struct scorecard calc; /* of the lines without a gate, in their order */
};

/* One problem with a document; `pointer` is relative to it: "/lines/2/weight_bp". */
typedef void card_problem_fn(void *arg, const char *pointer, const char *code, const char *message);

/* Reports every problem; returns how many there are. */
size_t card_check(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                  card_problem_fn *problem, void *arg);

/* `doc` is copied. A measure that is no longer known is an error. */
int card_new(struct card **out, const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
             struct err *err);
void card_destroy(struct card **card);

#endif
