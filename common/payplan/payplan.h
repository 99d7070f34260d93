/* payplan: a pay plan as it is computed with: its document checked and made ready.
 *
 * Shared by incentive, which pays by it, and by whoever recomputes a statement away from it; so what is known of
 * measures comes through a function, and nothing here asks a data base.
 *
 * Units:     pay in 10^-digits of the currency (digits of the plan's `smallest`); measures in their stored units
 *            (10^-scale); rates and shares in ppm; a band's amount for one is turned into ppm of the pay's unit.
 * Errors:    0, or -1 with *err.
 */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_H
#define BIHUAN_PAYPLAN_PAYPLAN_H

#include "base/arena.h"
#include "calc/periods.h"
#include "calc/rate_grid.h"
#include "calc/telescope.h"

#include "bihuan/incentive_pay.pb-c.h"

#define PAYPLAN_COMPONENTS_MAX 32
#define PAYPLAN_BANDS_MAX      64
#define PAYPLAN_DIGITS_MAX     4

struct payplan_measure {
    bool money;
    int scale; /* decimals of its stored values */
};
/* False where the measure isn't known, or can't be paid for (it doesn't add up). */
typedef bool payplan_measure_fn(void *arg, const char *code, struct payplan_measure *out);

enum payplan_kind { PAY_KIND_NONE = 0, PAY_RATE, PAY_SCORE, PAY_LINKED, PAY_SPIFF, PAY_RANK, PAY_CONTEST };

/* What a further dimension of a rate table goes by; see PayAxis. */
enum payplan_axis_kind {
    AXIS_NONE = 0,
    AXIS_ATTAINMENT, /* ppm of the target as prorated */
    AXIS_VOLUME,     /* stored units */
    AXIS_SCORE,      /* milli-points */
    AXIS_MONTHS,
    AXIS_TYPE, /* number of the band that names it */
    AXIS_CHANNEL,
};
struct payplan_axis {
    const Bihuan__PayAxis *doc;
    enum payplan_axis_kind kind;
    struct payplan_measure measure; /* of ATTAINMENT and VOLUME */
};

struct payplan_component {
    const Bihuan__PayComponent *doc;
    enum payplan_kind kind;
    struct payplan_measure measure; /* of RATE, SPIFF and CONTEST; of others where `fed` */
    bool fed;                       /* it takes order lines */
    bool over_attainment;
    bool own; /* only what the payee itself sold */
    /* Bands as declared: `lo` in ppm of the target or in stored units; see payplan_table(). */
    struct rate_table table;
    struct payplan_axis axes[RATE_GRID_AXES_MAX];
    size_t axis_count;      /* 0: a table of one dimension */
    struct rate_grid *grid; /* with axes: over `table`, whose bands have no rates of their own */
    size_t feed;            /* sums that it takes: this one, and one for each axis behind it; see payplan.feed_count */
    enum telescope_lift lift;
    enum clawback_policy clawback;
    bool carries;              /* what is above the cap goes into the next period */
    int64_t amount;            /* score, linked */
    int64_t *reward;           /* rank, contest: by reward */
    struct rate_table factors; /* score: LINEAR over milli-points, gives ppm */
    int64_t hold_limit;
    struct payplan_measure hold_measure;
};

struct payplan {
    const Bihuan__PayPlan *doc; /* copied */
    struct arena arena;         /* owns all below */
    int digits;
    enum rounding rounding;
    enum period_kind cadence;
    int32_t from_day, until_day; /* until is exclusive; INT32_MAX open */
    bool prorated;
    int64_t budget; /* 0 none */
    bool capped;    /* above the budget nothing is reviewed or closed */
    bool has_draw;
    int64_t draw_least;
    int64_t draw_recovery_ppm;
    bool draw_owed;
    struct payplan_component *components;
    size_t component_count;
    size_t feed_count; /* of all components: each has one for its measure and one for each axis */
};

/* How many places (payplan_compute.h) a component goes by: its axes, or a contest's one. */
static inline size_t payplan_place_count(const struct payplan_component *component)
{
    return component->kind == PAY_CONTEST ? 1 : component->axis_count;
}

/* One problem with a document; `pointer` is relative to it: "/components/2/cap". */
typedef void payplan_problem_fn(void *arg, const char *pointer, const char *code, const char *message);

/* Reports every problem of the document; returns how many there are. Whether units and products exist is the
 * caller's to see. */
size_t payplan_check(const Bihuan__PayPlan *doc, payplan_measure_fn *measure, void *measure_arg, int money_scale,
                     payplan_problem_fn *problem, void *arg);

/* Makes a plan that passed the check. */
int payplan_new(struct payplan **out, const Bihuan__PayPlan *doc, payplan_measure_fn *measure, void *measure_arg,
                int money_scale, struct err *err);
void payplan_destroy(struct payplan **plan);

/* The component's table in stored units of the measure, for a target that counts days_in_force of days: a band begins
 * at the first unit that reaches it. Bands that a small target leaves empty are passed over. Of a component over
 * volume the table as it is. `row` says which rates hold; 0 without axes. In the arena; *empty where there is no target
 * to reckon by. */
int payplan_table(const struct payplan_component *component, size_t row, int64_t target, int32_t days_in_force,
                  int32_t days, struct arena *arena, struct rate_table *out, bool *empty, struct err *err);

/* Days of [from_day, until_day) on which the plan is in force. */
int32_t payplan_days(const struct payplan *plan, int32_t from_day, int32_t until_day);

#endif
