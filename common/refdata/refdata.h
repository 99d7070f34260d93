/* refdata: a reader's copy of what planning published: units with their dated tree, channels, products, measures,
 * periods with their curves, targets.
 *
 * The events carry whole documents; a handler stores them (refdata_on_*) in the service's own tables and in memory.
 * After a lost transaction refdata_load() fills memory from the tables again.
 *
 * Threads:   one writer or many readers; the service locks.
 * Pointers:  to entries stay valid until the next refdata_on_* or refdata_load.
 */
#ifndef BIHUAN_REFDATA_REFDATA_H
#define BIHUAN_REFDATA_REFDATA_H

#include "calc/phased.h"
#include "calc/ratio.h"
#include "calc/tree.h"
#include "refdata/calendars.h"
#include "runtime/runtime.h"

#include "bihuan/planning.pb-c.h"

struct ref_unit {
    uint32_t id;
    char *code, *name, *type;
    uint32_t channel_id; /* 0 none */
    int32_t closed_day;  /* first day on which it is closed, INT32_MAX open; it keeps its place in the tree */
};

struct ref_product {
    uint32_t id;
    char *code, *name;
    char *parent;       /* its code; "" none */
    uint32_t parent_id; /* 0 none, or not known yet: what comes with it or later */
};

struct ref_channel {
    uint32_t id;
    char *code, *name;
};

struct ref_measure {
    uint32_t id;
    char *code, *title_zh, *title_en, *unit;
    char *fact; /* kind of facts that it counts; "" of a ratio */
    bool money; /* value is an amount: shown with the installation's decimals */
    bool lower_is_better;
    /* Sums of parts are the whole. What doesn't add up (a ratio) has no contributions, and its targets are levels; this
     * is the one place that says so. */
    bool additive;
    /* Of what doesn't add up over time alone: its value is what there is at the end of a day, the sum of all
     * contributions up to it (refdata/sums.h), and adds over units, channels and products. */
    bool level;
    char *of, *over; /* of a ratio: codes of its parts; "" */
    int64_t times;
    int decimals;
};

/* A ratio with its parts; of a level the measure itself over NULL, which stands for 1. */
struct ref_ratio {
    const struct ref_measure *of, *over;
    struct ratio_unit unit;
};

/* Weeks beside months (or quarters): what a week that crosses the beginning of a month has behind it is what the weeks
 * have up to its end less what the months before have. All of the shortest period that both follow each other through.
 */
struct ref_crossing {
    const struct ref_period **weeks, **months; /* by day; NULL: there is no such period */
    uint32_t week_count, month_count;
    const struct ref_period *week;         /* that crosses; NULL: the month begins with a week */
    uint32_t weeks_through, months_before; /* how many of them end with that week, and before the month */
    int32_t from, until;                   /* the month's first day, the day behind the week */
};

struct ref_period {
    uint32_t id;
    char *code;
    int32_t from_day, until_day; /* until is exclusive */
    char *calendar;
    bool has_curve;               /* false: its calendar isn't known yet */
    struct phasing_curve curve;   /* by the calendar that its plan was published with, else by the newest one */
    struct ref_curve days;        /* what `curve` borrows from */
    bool estimated;               /* that calendar's year wasn't announced */
    uint32_t calendar_version;    /* of that calendar */
    bool has_hours;               /* its calendar says what part of a day falls into each hour */
    int32_t hours[PHASING_HOURS]; /* ppm, 1,000,000 together */
    uint32_t plan_version;        /* of the targets in force, 0 none */
    uint32_t first_version;       /* of those kept beside them: the first published; the same unless it was revised */
    struct ref_curve first_days;  /* by the first one's calendar */
    uint32_t baseline;            /* version that the calendar was kept with; 0: none was kept */
    const struct ref_period **inner; /* shorter ones within it, those first that go before others for the same days */
    uint32_t inner_count;
    struct ref_crossing crossing; /* of a week: inside it; of others: at the first day */
};

/* One target: unit x measure x channel x product; channel or product 0: all. */
struct ref_key {
    uint32_t unit_id, measure_id, channel_id, product_id;
};

struct refdata;

struct refdata *refdata_new(void);
void refdata_destroy(struct refdata **refdata);

/* From the tables; forgets what was in memory. */
int refdata_load(struct refdata *refdata, struct tx *tx, struct err *err);

/* Handlers' bodies: store and take over. */
int refdata_on_units(struct refdata *refdata, struct tx *tx, const Bihuan__UnitsChanged *event, struct err *err);
int refdata_on_channels(struct refdata *refdata, struct tx *tx, const Bihuan__ChannelsChanged *event, struct err *err);
int refdata_on_products(struct refdata *refdata, struct tx *tx, const Bihuan__ProductsChanged *event, struct err *err);
int refdata_on_measures(struct refdata *refdata, struct tx *tx, const Bihuan__MeasuresDefined *event, struct err *err);
int refdata_on_calendar(struct refdata *refdata, struct tx *tx, const Bihuan__CalendarPublished *event,
                        struct err *err);
int refdata_on_periods(struct refdata *refdata, struct tx *tx, const Bihuan__PeriodsOpened *event, struct err *err);
/* *in_force: the last part came, the version is now the one in memory, with all that come into force with it. */
int refdata_on_plan(struct refdata *refdata, struct tx *tx, const Bihuan__PlanPublished *event, bool *in_force,
                    struct err *err);

/* Keeps the calendar with the version of a period's plan, which goes by it whatever calendar comes later; NULL: the
 * newest. The first one kept stays beside it. */
int refdata_keep_baseline(struct refdata *refdata, struct tx *tx, uint32_t period_id, uint32_t version,
                          const Bihuan__Calendar *calendar, struct err *err);

const struct tree *refdata_tree(const struct refdata *refdata);
/* By id or code; NULL where unknown. */
const struct ref_unit *refdata_unit(const struct refdata *refdata, uint32_t id);
const struct ref_unit *refdata_unit_by_code(const struct refdata *refdata, const char *code);
const struct ref_channel *refdata_channel(const struct refdata *refdata, uint32_t id);
const struct ref_channel *refdata_channel_by_code(const struct refdata *refdata, const char *code);
const struct ref_product *refdata_product(const struct refdata *refdata, uint32_t id);
const struct ref_product *refdata_product_by_code(const struct refdata *refdata, const char *code);
const struct ref_measure *refdata_measure(const struct refdata *refdata, uint32_t id);
const struct ref_measure *refdata_measure_by_code(const struct refdata *refdata, const char *code);
const struct ref_period *refdata_period(const struct refdata *refdata, uint32_t id);
const struct ref_period *refdata_period_by_code(const struct refdata *refdata, const char *code);
/* Decimals of a measure's values: the installation's for money, a ratio's own, else 0. NULL: 0. */
int ref_measure_scale(const struct ref_measure *measure, int money_scale);
/* false where the measure is neither a ratio nor a level, or one of its parts isn't known (yet). */
bool refdata_ratio(const struct refdata *refdata, const struct ref_measure *measure, int money_scale,
                   struct ref_ratio *out);
/* The period that holds a day: the shortest where several do. NULL none. */
const struct ref_period *refdata_period_of(const struct refdata *refdata, int32_t day);
/* Whether a day is worked: by the calendar of a period that holds it, else by a calendar that names it, else by the
 * week. */
bool refdata_works(const struct refdata *refdata, int32_t day);
/* One more than the highest id. */
uint32_t refdata_unit_limit(const struct refdata *refdata);
uint32_t refdata_measure_limit(const struct refdata *refdata);
uint32_t refdata_period_limit(const struct refdata *refdata);
uint32_t refdata_channel_limit(const struct refdata *refdata);
uint32_t refdata_product_limit(const struct refdata *refdata);
/* First unit without a parent on `day`, by id; NULL none. */
const struct ref_unit *refdata_root(const struct refdata *refdata, int32_t day);

/* Fetches the place in memory of a target that refdata_target() is asked for soon: in a walk through all units most of
 * the time would be spent waiting for it. */
void refdata_target_soon(const struct refdata *refdata, uint32_t period, struct ref_key key);
/* Target of the version in force; 0 where there is none (targets are > 0). channel or product 0: all. */
int64_t refdata_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                       uint32_t channel, uint32_t product);
/* The same of the first published version. */
int64_t refdata_first_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                             uint32_t channel, uint32_t product);

/* --- targets with their curves (phases.c) --- */

/* Which baseline: that in force, or the first published. */
enum ref_baseline { REF_IN_FORCE, REF_FIRST };

/* Target of a key in a period; 0 none. */
typedef int64_t ref_amount_fn(const void *arg, const struct ref_period *period);

/* A target of a period with its curve: that of the calendar, through what the shorter periods within it have: quarters,
 * months, and weeks; where a week crosses the beginning of a month, through what both sides of it have by the sums of
 * weeks and of months until then, where these come to the same in the end. The parts live in `scratch`. The period has
 * a curve. */
void refdata_phase_by(const struct ref_period *period, int64_t target, ref_amount_fn *amount, const void *arg,
                      enum ref_baseline baseline, struct arena *scratch, struct phased *out);

/* The same of published targets. False: there is no target, or no curve. Levels (of measures that don't add up) have
 * none. */
bool refdata_phase(const struct refdata *refdata, const struct ref_period *period, const struct ref_key *key,
                   enum ref_baseline baseline, struct arena *scratch, struct phased *out);

#endif
