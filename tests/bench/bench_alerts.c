/* bench_alerts: what the rules do to people, on invented sales whose truth is known. The engine is the real one: facts
 * of a month go to real daemons, and the rule is tried over them day by day with dwell, roots and all.
 *
 *   healthy    outlets that sell as planned: how many of them get an alert in the month (at most 3 %), with the
 * calendar's weights, and beside it where every day counts the same though weekends and the month's end sell more
 *   lagging    eight cities of 100 outlets, one of them at 75 % from the first day on: messages in the month (at most
 * 50: that something fired, got worse, is over), and on which working day the city is named (at most the fifth)
 *   band       how often the month ends inside the forecast's 80 % band (77 to 83 %): counts small and large, counts
 * with more spread than chance, and money choice     what the chosen method is off by beside the one that is never
 * changed: hardly more where that one is right, and less where the calendar is wrong or the pace breaks
 *
 * Judges itself, but for a smoke run, whose few outlets say nothing. Usage: bench_alerts [--smoke] [--forecast] [seed]
 */
#include "support/check.h"
#include "support/loop.h"

#include "bench/facts_scene.h"

#include "base/buf.h"
#include "base/hash.h"
#include "calc/forecast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/monitoring.pb-c.h"

#define CITIES          8
#define DAYS            30    /* of November 2026, which begins on a Sunday */
#define FIRST_DAY       20758 /* 2026-11-01 */
#define HEALTHY         4     /* measures on which all do as planned */
#define LAGGING         4     /* on which city C3 does 75 % */
#define MEASURES        (HEALTHY + LAGGING)
#define DISPERSION_MOST 10 /* the setting dispersion_most */
#define LAME            3

static struct facts_scene scene;
static int outlets = 800;
static uint64_t seed = 1;
static bool smoke, forecast_only, failed;

/* --- chance --- */

static uint64_t state_of_random;

static double uniform(void)
{
    return (double)(hash_mix(state_of_random += UINT64_C(0x9E3779B97F4A7C15)) >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(2 * M_PI * uniform());
}

static int64_t poisson(double mean)
{
    double product = 1, limit = exp(-mean);
    int64_t n = -1;

    if (mean > 60) /* its normal form is near enough */
        return (int64_t)fmax(0, floor(mean + sqrt(mean) * normal() + 0.5));
    do {
        product *= uniform();
        n++;
    } while (product > limit);
    return n;
}

/* --- the month --- */

/* Weekends sell nearly twice as much, the last four days three times. */
static int64_t weight_of(int day)
{
    return day >= DAYS - 4 ? 30 : (day + 7) % 7 == 0 || day % 7 == 6 ? 18 : 10;
}

static double share_of(int day)
{
    int64_t total = 0;

    for (int d = 0; d < DAYS; d++)
        total += weight_of(d);
    return (double)weight_of(day) / (double)total;
}

static int64_t target_of(int outlet)
{
    return 30 + (int64_t)(hash_mix((uint64_t)outlet + 77) % 271); /* 30 to 300 */
}

static void apply_month(const char *period, const char *calendar, const char *days)
{
    loop_apply(&scene.stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'%s','classes':[{'class':'working','weight':10},{'class':'weekend','weight':%d},"
               "{'class':'campaign','weight':30}],'days':[%s]}]}",
               calendar, days[0] ? 18 : 10, days);
    loop_apply(&scene.stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'%s','from':'2026-11-01','until':'2026-12-01','calendar':'%s'}]}", period, calendar);
}

static void apply_units(void)
{
    struct facts_units units = { .count = 0 };
    char code[32], parent[32];

    facts_unit(&scene, &units, "P", "province", "");
    for (int c = 0; c < CITIES; c++) {
        snprintf(code, sizeof code, "C%d", c);
        facts_unit(&scene, &units, code, "city", "P");
    }
    for (int i = 0; i < outlets; i++) {
        snprintf(code, sizeof code, "S%d", i);
        snprintf(parent, sizeof parent, "C%d", i % CITIES);
        facts_unit(&scene, &units, code, "outlet", parent);
    }
    facts_units_end(&scene, &units);
}

static void apply_targets(int measure)
{
    struct buf json = { 0 };
    int64_t cities[CITIES] = { 0 }, all = 0;

    buf_append_text(&json, "{\"items\":[");
    for (int i = 0; i < outlets; i++) {
        buf_printf(&json, "{\"period\":\"M11\",\"unit\":\"S%d\",\"measure\":\"m%d\",\"amount\":\"%lld\"},", i, measure,
                   (long long)target_of(i));
        cities[i % CITIES] += target_of(i);
    }
    for (int c = 0; c < CITIES; c++) {
        buf_printf(&json, "{\"period\":\"M11\",\"unit\":\"C%d\",\"measure\":\"m%d\",\"amount\":\"%lld\"},", c, measure,
                   (long long)cities[c]);
        all += cities[c];
    }
    buf_printf(&json, "{\"period\":\"M11\",\"unit\":\"P\",\"measure\":\"m%d\",\"amount\":\"%lld\"}]}", measure,
               (long long)all);
    stack_apply(&scene.stack, MSG(APPLY_TARGETS), buf_text(&json));
    buf_fini(&json);
}

/* --- facts --- */

static int64_t sold(int outlet, int day, int measure)
{
    double pace = measure >= HEALTHY && outlet % CITIES == LAME ? 0.75 : 1;

    return poisson((double)target_of(outlet) * share_of(day) * pace);
}

static void day_of_facts(int day, uint32_t first_unit, const uint32_t *measures)
{
    for (int i = 0; i < outlets; i++) {
        facts_row(&scene, first_unit + (uint32_t)i, FIRST_DAY + day);
        for (int m = 0; m < MEASURES; m++)
            facts_value(&scene, measures[m], sold(i, day, m));
        if (i % FACTS_ROWS == FACTS_ROWS - 1 || i == outlets - 1)
            facts_end(&scene, (uint16_t)(i / FACTS_ROWS % FACTS_BUCKETS));
    }
}

static void publish_facts(void)
{
    uint32_t measures[MEASURES], first = loop_unit(&scene.stack, "S0");
    char code[16];

    for (int m = 0; m < MEASURES; m++) {
        snprintf(code, sizeof code, "m%d", m);
        measures[m] = loop_measure(&scene.stack, code);
    }
    for (int day = 0; day < DAYS; day++)
        day_of_facts(day, first, measures);
    facts_mark(&scene, FIRST_DAY + DAYS - 1);
    facts_send(&scene);
    facts_wait_read(&scene, 120);
}

/* --- what the rule does --- */

static void limit(const char *what, double value, double least, double most)
{
    bool kept = value >= least && value <= most;

    printf("%s: %.2f (%.2f to %.2f)%s\n", what, value, least, most, kept || smoke ? "" : " MISSED");
    failed = failed || (!kept && !smoke);
}

static const Bihuan__TryRuleReply *try_rule(int measure, const char *more)
{
    char json[400];

    snprintf(json, sizeof json,
             "{\"rule\":{\"code\":\"x\",\"kind\":\"lag\",\"measure\":\"m%d\",\"min_shortfall\":\"3\"%s},\"days\":%d}",
             measure, more, DAYS);
    return (const Bihuan__TryRuleReply *)stack_apply(&scene.stack, MSG(TRY_RULE), json);
}

static double healthy_share(void)
{
    double units = 0;

    for (int m = 0; m < HEALTHY; m++)
        units += try_rule(m, ",\"every_node\":true,\"unit_types\":[\"outlet\"]")->units;
    return units / HEALTHY / outlets;
}

/* Working days up to the day on which the lagging city is named, that one counted; 99 never. */
static int named_on(const Bihuan__TryRuleReply *reply)
{
    int working = 0;

    for (int day = 0; day < DAYS; day++) {
        char text[32];

        working += (day + 7) % 7 != 0 && day % 7 != 6;
        snprintf(text, sizeof text, "2026-11-%02d", day + 1);
        for (size_t i = 0; i < reply->n_items; i++)
            if (strcmp(reply->items[i]->unit, "C3") == 0 && strcmp(reply->items[i]->event, "fired") == 0 &&
                strcmp(reply->items[i]->day, text) == 0)
                return working;
    }
    return 99;
}

static void measure_lagging(void)
{
    double messages = 0;
    int latest = 0;

    for (int m = HEALTHY; m < MEASURES; m++) {
        const Bihuan__TryRuleReply *reply = try_rule(m, "");
        int day = named_on(reply);

        messages += reply->fired + reply->worsened + reply->over;
        latest = day > latest ? day : latest;
        printf("m%d: %u fired, %u got worse (%u by a step of the gap, %u by half of the chance, %u by severity), %u "
               "over\n",
               m, reply->fired, reply->worsened, reply->worsened_gap, reply->worsened_hit, reply->worsened_severity,
               reply->over);
    }
    limit("messages in a month, one city of eight lagging", messages / LAGGING, 1, 50);
    limit("working days until the city is named, the slowest of four", latest, 1, 5);
}

static void start(const char *days)
{
    memset(&scene, 0, sizeof scene);
    facts_start(&scene, "2026-12-01T10:00:00");
    for (int m = 0; m < MEASURES; m++)
        loop_apply(&scene.stack, MSG(APPLY_MEASURES),
                   "{'items':[{'code':'m%d','title_zh':'m','title_en':'m','value':'count'}]}", m);
    apply_month("M11", "shop", days);
    apply_units();
    for (int m = 0; m < MEASURES; m++)
        apply_targets(m);
    loop_publish(&scene.stack, "M11");
    facts_wait_read(&scene, 120);
    publish_facts();
}

/* --- the forecast: its band, and whether choosing among methods pays --- */

#define PAST 3 /* months before the one that is forecast, alike in kind */

struct sales {
    const char *what;
    double least, most; /* expected in the month */
    double spread;      /* of the unit's own pace around its plan */
    double dispersion;  /* variance of a day over its mean */
    bool money;
    bool blind;    /* the calendar doesn't know of weekends and the month's end */
    double breaks; /* what the pace of the second half is to that of the first */
};

/* What came of the forecasts of one kind. */
struct outcome {
    double inside, all;
    double error, leaning, actual; /* of what was chosen, and of the method that is never changed; of what came */
};

static int64_t day_of(const struct sales *sales, double mean)
{
    double shape, sum = 0;
    int64_t n;

    if (sales->dispersion > 1) { /* a day that is good or bad as a whole */
        shape = 1 + sqrt((sales->dispersion - 1) / fmax(mean, 1)) * normal();
        mean *= fmax(0.05, shape);
    }
    n = poisson(mean);
    if (!sales->money)
        return n;
    for (int64_t i = 0; i < n; i++)
        sum += exp(4 + 0.7 * normal());
    return llround(sum * 100);
}

static void month_of(const struct sales *sales, double expected, double pace, int64_t *days)
{
    for (int d = 0; d < DAYS; d++)
        days[d] = day_of(sales,
                         expected * share_of(d) * pace * (d >= DAYS / 2 && sales->breaks > 0 ? sales->breaks : 1));
}

static int64_t sum_of(const int64_t *days)
{
    int64_t sum = 0;

    for (int d = 0; d < DAYS; d++)
        sum += days[d];
    return sum;
}

/* Three months and so many days of a fourth; then what is said of its end, and what came. */
static void one_unit(const struct sales *sales, const struct phasing_curve *curve, int32_t elapsed, struct outcome *out)
{
    double expected = sales->least * pow(sales->most / sales->least, uniform());
    double pace = fmax(0.2, 1 + sales->spread * normal());
    double unit = sales->money ? exp(4 + 0.7 * 0.7 / 2) * 100 : 1;
    int64_t days[PAST + 1][DAYS], cumulative[DAYS + 1];
    struct forecast_record record = { .trials = 0 };
    struct forecast_series series = {
        .curve = curve, .bac = llround(expected * unit), .count_unit = !sales->money, .dispersion_most = DISPERSION_MOST
    };
    struct phasing_curve shape;
    struct landing chosen, leaning;

    for (int month = 0; month <= PAST; month++) {
        month_of(sales, expected, pace, days[month]);
        series.shape = month && forecast_shape(curve, days[month - 1], DAYS, cumulative, &shape) ? &shape : NULL;
        series.days = days[month];
        series.day_count = month == PAST ? elapsed : DAYS;
        forecast_review(&series, NULL, false, &record);
        if (month < PAST) {
            series.before = (struct dispersion) { 0 };
            dispersion_add(&series.before, curve, days[month], DAYS, 1);
        }
    }
    chosen = forecast_land(&series, record.method, elapsed, NULL);
    leaning = forecast_land(&series, FORECAST_LEANING, elapsed, NULL);
    out->all += 1;
    out->inside += chosen.band_defined && chosen.low <= sum_of(days[PAST]) && sum_of(days[PAST]) <= chosen.high;
    out->error += fabs((double)(chosen.value - sum_of(days[PAST])));
    out->leaning += fabs((double)(leaning.value - sum_of(days[PAST])));
    out->actual += (double)sum_of(days[PAST]);
}

static void measure_kind(const struct sales *sales, const struct phasing_curve *curve, struct outcome *all)
{
    struct outcome out = { 0 };
    int rounds = smoke ? 200 : 8000;
    char what[120];

    for (int i = 0; i < rounds; i++)
        one_unit(sales, curve, 7 + i % 18, &out); /* after 7 to 24 days */
    if (!sales->blind && !(sales->breaks > 0)) {
        snprintf(what, sizeof what, "inside the 80 %% band, %s", sales->what);
        limit(what, 100 * out.inside / out.all, 77, 83);
        all->inside += out.inside;
        all->all += out.all;
    } else {
        printf("inside the 80 %% band, %s: %.2f\n", sales->what, 100 * out.inside / out.all);
    }
    printf("  off by %.2f %%, without a choice by %.2f %%\n", 100 * out.error / out.actual,
           100 * out.leaning / out.actual);
    snprintf(what, sizeof what, "error of what was chosen to that of one method, %s", sales->what);
    limit(what, out.error / out.leaning, 0, sales->blind ? 0.9 : 1.03);
}

static void measure_band(void)
{
    static const struct sales kinds[] = {
        { "small counts", 10, 60, 0.1, 1, false, false, 0 },
        { "large counts", 200, 3000, 0.1, 1, false, false, 0 },
        { "counts of good and bad days", 200, 3000, 0.1, 2.5, false, false, 0 },
        { "money", 60, 2000, 0.1, 1.5, true, false, 0 },
        { "counts whose calendar knows no weekends", 200, 3000, 0.1, 1, false, true, 0 },
        { "counts that slow down in each month", 200, 3000, 0.1, 1, false, false, 0.6 },
    };
    int64_t weights[2][DAYS], cumulative[2][DAYS + 1];
    struct phasing_curve curves[2];
    struct outcome all = { 0 };

    for (int d = 0; d < DAYS; d++) {
        weights[0][d] = weight_of(d);
        weights[1][d] = 1;
    }
    for (int i = 0; i < 2; i++)
        if (phasing_curve_init(&curves[i], FIRST_DAY, weights[i], DAYS, cumulative[i], NULL) != 0)
            abort();
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        measure_kind(&kinds[k], &curves[kinds[k].blind], &all);
    limit("inside the 80 % band, all that go by their calendar", 100 * all.inside / all.all, 77, 83);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        smoke = smoke || strcmp(argv[i], "--smoke") == 0;
        forecast_only = forecast_only || strcmp(argv[i], "--forecast") == 0;
        if (strtoull(argv[i], NULL, 10))
            seed = strtoull(argv[i], NULL, 10);
    }
    outlets = smoke ? 80 : 800;
    state_of_random = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    measure_band();
    if (forecast_only)
        return failed;
    start("{'date':'2026-11-27','class':'campaign'},{'date':'2026-11-28','class':'campaign'},"
          "{'date':'2026-11-29','class':'campaign'},{'date':'2026-11-30','class':'campaign'}");
    limit("healthy outlets with an alert in a month, %", 100 * healthy_share(), 0, 3);
    measure_lagging();
    facts_stop(&scene);
    state_of_random = seed;
    start("");
    printf("the same where every day counts alike: %.2f %%\n", 100 * healthy_share());
    facts_stop(&scene);
    return failed;
}
