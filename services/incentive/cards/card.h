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
 * for each 100 %. An accelerator is a band with a steeper rate; below a threshold nothing is given.
 *
 * A line may have axes (card_axes.h): the attainments of other lines then choose the row of points or rates that its
 * bands have.
 *
 * A line may also deduct: so many points for each whole step that the measure is above a limit. An index joins the
 * attainments of several measures (held to 0..100 %): the least of them, their product, or their mean; its parts are
 * lines of their own behind it, which weigh nothing and are shown.
 */
#ifndef BIHUAN_INCENTIVE_CARD_H
#define BIHUAN_INCENTIVE_CARD_H

#include "calc/scorecard.h"
#include "refdata/refdata.h"

#include "bihuan/incentive.pb-c.h"

#define CARD_LINES_MAX 64 /* with the parts of indexes */
#define CARD_PARTS_MAX 8
#define CARD_TIES_MAX  4

enum gate_kind { GATE_NONE = 0, GATE_AT_MOST, GATE_AT_LEAST };
enum index_join { JOIN_NONE = 0, JOIN_LEAST, JOIN_PRODUCT, JOIN_MEAN };

struct card_axes;

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
    struct rate_table table;      /* not for gates; with axes that of the first row */
    const struct card_axes *axes; /* NULL: one dimension */
    enum gate_kind gate;
    int64_t gate_limit;
    int64_t gate_factor_ppm;
    bool deducts;
    int64_t deduct_over, deduct_per; /* in units of the measure; per > 0 */
    int64_t threshold_ppm;           /* 0 none */
    bool carries;                    /* what is above the cap goes into the next period */
    enum index_join join;            /* of an index, which has no measure of its own */
    size_t part_count;               /* of an index: the lines behind it */
    uint32_t channel_id, product_id; /* 0: all; with either, sums are those of slices */
    uint32_t slices[2];              /* of the measure, or of the two of a ratio; 0 none */
    size_t part_of;                  /* of a part: number of its index's line from 1; 0 none */
    uint32_t part_weight;            /* of a part of a mean */
};

/* Whether a line is weighed into points: neither gate, deduction nor part. */
static inline bool card_line_weighs(const struct card_line *line)
{
    return line->gate == GATE_NONE && !line->deducts && !line->part_of;
}

/* How units are ranked, made ready. */
struct card_ranking {
    const Bihuan__ScorecardRanking *doc; /* NULL: by score alone, all together */
    uint32_t min_measure;                /* 0 none */
    int64_t min_target;
    uint32_t ties[CARD_TIES_MAX]; /* measures */
    size_t tie_count;
};

struct card {
    struct arena arena; /* owns all below */
    const Bihuan__Scorecard *doc;
    struct card_line *lines; /* in the document's order */
    size_t line_count;
    struct scorecard calc; /* of the lines that weigh, in their order */
    int32_t from_day;      /* of the periods that it scores; INT32_MIN any */
    uint32_t under_id;     /* 0: all units of its type */
    struct card_ranking ranking;
    bool has_axes; /* some line has */
};

/* One problem with a document; `pointer` is relative to it: "/lines/2/weight_bp". */
typedef void card_problem_fn(void *arg, const char *pointer, const char *code, const char *message);

/* Reports every problem; returns how many there are. `base` is the card that it refines as it is now; NULL where it
 * refines none, or one that isn't there. */
size_t card_check(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                  const Bihuan__Scorecard *base, card_problem_fn *problem, void *arg);

/* The first day of periods that a document scores; INT32_MIN any. -1: no day. */
int card_from_day(const Bihuan__Scorecard *doc, int32_t *from_day);

/* Words of the contract; *_NONE, RATE_UNSET where unknown. */
enum rate_kind card_rate_of(const char *word);
enum gate_kind card_gate_of(const char *word);
enum index_join card_join_of(const char *word);
/* Bands give points; else rates. */
bool card_pays_points(enum rate_kind kind);

/* card_limits.c: what a refinement and a ranking must keep to. */
typedef void card_report_fn(void *check, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void card_check_refinement(const Bihuan__Scorecard *doc, const Bihuan__Scorecard *base, card_report_fn *report,
                           void *check);
void card_check_ranking(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                        card_report_fn *report, void *check);

/* `doc` is copied. A measure that is no longer known is an error. */
int card_new(struct card **out, const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
             struct err *err);
void card_destroy(struct card **card);

#endif
