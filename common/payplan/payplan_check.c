/* payplan_check: every problem of a plan's document, with where it stands and what helps. */
#include "payplan/payplan_checking.h"
#include "payplan/payplan_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AMOUNT_MAX INT64_C(1000000000000000) /* in the pay's unit */

void payplan_report(struct payplan_checking *check, const char *field, const char *code, const char *fmt, ...)
{
    char pointer[128], message[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (check->component == SIZE_MAX)
        snprintf(pointer, sizeof pointer, "/%s", field);
    else
        snprintf(pointer, sizeof pointer, "/components/%zu/%s", check->component, field);
    check->problem(check->arg, pointer, code, message);
    check->count++;
}

int64_t payplan_check_amount(struct payplan_checking *check, const char *field, const char *text, int scale,
                             bool needed)
{
    struct err err;
    int64_t value = 0;
    bool given = false;

    if (payplan_decimal(text, scale, &given, &value, &err) != 0)
        payplan_report(check, field, "bad_amount", "\"%s\" isn't an amount with at most %d decimals: %s", text, scale,
                       err.text);
    else if (needed && !given)
        payplan_report(check, field, "missing_value", "give an amount");
    else if (value > AMOUNT_MAX || value < 0)
        payplan_report(check, field, "amount_range", "%s is out of range: give 0 or more", text);
    return value;
}

static void check_share(struct payplan_checking *check, const char *field, uint32_t ppm)
{
    if (ppm > FIXED_PPM)
        payplan_report(check, field, "bad_share", "a share of %u isn't between 0 and 1000000", ppm);
}

bool payplan_check_measure(struct payplan_checking *check, const char *field, const char *code,
                           struct payplan_measure *out)
{
    if (check->measure(check->measure_arg, code, out))
        return true;
    payplan_report(check, field, "unknown_measure",
                   "\"%s\" isn't a measure whose contributions add up: name one that planning defined", code);
    return false;
}

/* --- bands -----------------------------------------------------------------------------------------------------------
 */

static int64_t band_begin(struct payplan_checking *check, const Bihuan__PayComponent *doc, size_t i, int scale,
                          bool attainment)
{
    const Bihuan__PayBand *band = doc->bands[i];
    char field[64];

    if (attainment) {
        snprintf(field, sizeof field, "bands/%zu/from", i);
        if (band->from[0])
            payplan_report(check, field, "not_used", "over attainment a band begins at from_ppm of the target");
        return band->from_ppm;
    }
    snprintf(field, sizeof field, "bands/%zu/from_ppm", i);
    if (band->from_ppm)
        payplan_report(check, field, "not_used", "over volume a band begins at from");
    snprintf(field, sizeof field, "bands/%zu/from", i);
    return payplan_check_amount(check, field, band->from, scale, false);
}

static void check_rate(struct payplan_checking *check, const Bihuan__PayComponent *doc, size_t i, enum rate_kind kind,
                       bool money)
{
    const Bihuan__PayBand *band = doc->bands[i];
    bool by_amount = kind == RATE_FLAT || !money;
    char field[64];

    snprintf(field, sizeof field, "bands/%zu/%s", i, by_amount ? "rate_ppm" : "amount");
    if (by_amount ? band->rate_ppm != 0 : band->amount[0] != 0)
        payplan_report(check, field, "not_used", "%s",
                       by_amount ? "a count is paid by an amount for one: give amount"
                                 : "an amount is paid by its share: give rate_ppm");
    snprintf(field, sizeof field, "bands/%zu/%s", i, by_amount ? "amount" : "rate_ppm");
    if (by_amount)
        payplan_check_amount(check, field, band->amount, kind == RATE_FLAT ? check->digits : check->digits + 6, true);
    else if (band->rate_ppm < 0 || band->rate_ppm > FIXED_PPM)
        payplan_report(check, field, "bad_rate",
                       "a rate of %lld isn't between 0 and 1000000: more than all of an amount "
                       "isn't paid",
                       (long long)band->rate_ppm);
}

static void check_no_rate(struct payplan_checking *check, const Bihuan__PayBand *band, size_t i)
{
    char field[64];

    snprintf(field, sizeof field, "bands/%zu/%s", i, band->amount[0] ? "amount" : "rate_ppm");
    if (band->amount[0] || band->rate_ppm)
        payplan_report(check, field, "not_used", "with axes the rates stand in the rows");
}

static void check_bands(struct payplan_checking *check, const Bihuan__PayComponent *doc,
                        const struct payplan_measure *measure)
{
    enum rate_kind kind = payplan_rate_of(doc->rate);
    bool attainment = !doc->over[0] || strcmp(doc->over, "attainment") == 0;
    int64_t before = -1;

    if (kind == RATE_UNSET)
        payplan_report(check, "rate", "bad_rate", "rate \"%s\" isn't known: use graduated, slab, interpolated or flat",
                       doc->rate);
    if (!attainment && strcmp(doc->over, "volume") != 0)
        payplan_report(check, "over", "bad_over", "\"%s\" isn't known: use attainment or volume", doc->over);
    if (doc->n_bands == 0 || doc->n_bands > PAYPLAN_BANDS_MAX)
        payplan_report(check, "bands", "band_count", "give 1 to %d bands", PAYPLAN_BANDS_MAX);
    for (size_t i = 0; i < doc->n_bands; i++) {
        int64_t lo = band_begin(check, doc, i, measure->scale, attainment);

        if (lo <= before) {
            char field[64];

            snprintf(field, sizeof field, "bands/%zu/%s", i, attainment ? "from_ppm" : "from");
            payplan_report(check, field, "rate_unsorted", "band %zu doesn't begin above the one before it: sort them",
                           i + 1);
        }
        before = lo;
        if (doc->n_axes)
            check_no_rate(check, doc->bands[i], i);
        else
            check_rate(check, doc, i, kind, measure->money);
    }
    if (attainment ? doc->threshold[0] != 0 : doc->threshold_ppm != 0)
        payplan_report(check, attainment ? "threshold" : "threshold_ppm", "not_used", "use %s here",
                       attainment ? "threshold_ppm" : "threshold");
    payplan_check_amount(check, "threshold", doc->threshold, measure->scale, false);
}

/* --- kinds -----------------------------------------------------------------------------------------------------------
 */

static void check_limits(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    int64_t floor = payplan_check_amount(check, "floor", doc->floor, check->digits, false);
    int64_t cap = payplan_check_amount(check, "cap", doc->cap, check->digits, false);

    if (doc->cap[0] && floor > cap)
        payplan_report(check, "floor", "rate_limits", "the floor %s is above the cap %s", doc->floor, doc->cap);
    if (doc->excess[0] && strcmp(doc->excess, "lost") != 0 && strcmp(doc->excess, "carried") != 0)
        payplan_report(check, "excess", "bad_excess", "\"%s\" isn't known: use lost or carried", doc->excess);
    if (strcmp(doc->excess, "carried") == 0 && !doc->cap[0])
        payplan_report(check, "excess", "not_used", "without a cap nothing is carried");
}

static void check_days(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    int32_t from, until;
    struct err err;

    if (payplan_day(doc->from, INT32_MIN, &from, &err) != 0 || payplan_day(doc->until, INT32_MAX, &until, &err) != 0)
        payplan_report(check, "from", "bad_date", "%s", err.text);
    else if (from >= until)
        payplan_report(check, "until", "bad_interval", "%s isn't behind %s", doc->until, doc->from);
}

static void check_measured(struct payplan_checking *check, const Bihuan__PayComponent *doc, enum payplan_kind kind)
{
    struct payplan_measure measure = { 0 };

    if (!payplan_check_measure(check, "measure", doc->measure, &measure))
        return;
    if (measure.money && measure.scale < check->digits)
        payplan_report(check, "measure", "digits",
                       "the installation keeps amounts with %d decimals; pay can't have more", measure.scale);
    if (kind == PAY_RATE) {
        check_bands(check, doc, &measure);
        payplan_check_axes(check, doc, &measure);
    } else if (measure.money)
        payplan_report(check, "measure", "spiff_count", "a spiff is an amount for each: name a measure that counts");
    else
        payplan_check_amount(check, "amount", doc->amount, check->digits + 6, true);
    check_days(check, doc);
    check_limits(check, doc);
}

static void check_factors(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    if (doc->n_factors > PAYPLAN_BANDS_MAX)
        payplan_report(check, "factors", "band_count", "give at most %d factors", PAYPLAN_BANDS_MAX);
    for (size_t i = 1; i < doc->n_factors; i++)
        if (doc->factors[i]->score_milli <= doc->factors[i - 1]->score_milli)
            payplan_report(check, "factors", "rate_unsorted",
                           "factor %zu doesn't begin above the one before it: sort them", i + 1);
}

static void check_rewards(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    if (!doc->n_rewards)
        payplan_report(check, "rewards", "missing_value", "give the rewards by rank");
    for (size_t i = 0; i < doc->n_rewards; i++) {
        const Bihuan__PayReward *reward = doc->rewards[i];
        char field[64];

        snprintf(field, sizeof field, "rewards/%zu/amount", i);
        payplan_check_amount(check, field, reward->amount, check->digits, true);
        snprintf(field, sizeof field, "rewards/%zu/from_rank", i);
        if (reward->from_rank == 0 || reward->to_rank < reward->from_rank)
            payplan_report(check, field, "bad_interval", "ranks %u to %u are none", reward->from_rank, reward->to_rank);
        if (i > 0 && reward->from_rank <= doc->rewards[i - 1]->to_rank)
            payplan_report(check, field, "rate_overlap", "rank %u is rewarded twice", reward->from_rank);
    }
}

static void check_contest(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    struct payplan_measure measure = { 0 };

    if (payplan_check_measure(check, "measure", doc->measure, &measure))
        payplan_check_amount(check, "threshold", doc->threshold, measure.scale, false);
    if (doc->n_products || strcmp(doc->of, "own") == 0)
        payplan_report(check, doc->n_products ? "products" : "of", "not_used",
                       "a contest goes by all that is sold of its measure at or below the payee: define a measure that "
                       "counts what is meant");
    check_days(check, doc);
    check_rewards(check, doc);
}

static void check_hold(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    struct payplan_measure measure;

    check_share(check, "hold_ppm", doc->hold_ppm);
    if (!doc->hold_ppm && (doc->hold_days || doc->hold_measure[0] || doc->hold_cash))
        payplan_report(check, "hold_ppm", "missing_value", "say which share is held back");
    if (doc->hold_ppm && !doc->hold_days && !doc->hold_measure[0] && !doc->hold_cash)
        payplan_report(check, "hold_days", "missing_value", "say when it is released: hold_days, hold_cash, or a gate");
    if (doc->hold_measure[0] && payplan_check_measure(check, "hold_measure", doc->hold_measure, &measure))
        payplan_check_amount(check, "hold_limit", doc->hold_limit, measure.scale, true);
    if (payplan_clawback_of(doc->clawback) == CLAWBACK_UNSET)
        payplan_report(check, "clawback", "bad_clawback", "\"%s\" isn't known: use recompute or line", doc->clawback);
    if (payplan_lift_of(doc->lift) == TELESCOPE_LIFT_UNSET)
        payplan_report(check, "lift", "bad_lift", "\"%s\" isn't known: use crossing or spread", doc->lift);
    if (doc->of[0] && strcmp(doc->of, "own") != 0 && strcmp(doc->of, "beneath") != 0)
        payplan_report(check, "of", "bad_of", "\"%s\" isn't known: use own or beneath", doc->of);
}

static void check_component(struct payplan_checking *check, const Bihuan__PayComponent *doc)
{
    enum payplan_kind kind = payplan_kind_of(doc->kind);
    struct payplan_measure told;

    switch (kind) {
    case PAY_RATE:
    case PAY_SPIFF:
        check_measured(check, doc, kind);
        break;
    case PAY_SCORE:
        check_share(check, "base_ppm", doc->base_ppm);
        payplan_check_amount(check, "amount", doc->amount, check->digits, true);
        check_factors(check, doc);
        break;
    case PAY_LINKED:
        check_share(check, "linked_ppm", doc->linked_ppm);
        payplan_check_amount(check, "amount", doc->amount, check->digits, true);
        if (!doc->linked_to[0])
            payplan_report(check, "linked_to", "missing_value", "say whose score it follows: parent, or a unit");
        break;
    case PAY_RANK:
        check_rewards(check, doc);
        break;
    case PAY_CONTEST:
        check_contest(check, doc);
        break;
    case PAY_KIND_NONE:
        payplan_report(check, "kind", "bad_kind", "\"%s\" isn't known: use rate, score, linked, spiff, rank or contest",
                       doc->kind);
    }
    if ((kind == PAY_SCORE || kind == PAY_LINKED || kind == PAY_RANK) && doc->measure[0])
        payplan_check_measure(check, "measure", doc->measure, &told);
    if (kind != PAY_RATE && (doc->n_axes || doc->n_rows))
        payplan_report(check, "axes", "not_used", "only a rate has a table");
    check_hold(check, doc);
}

/* --- the plan --------------------------------------------------------------------------------------------------------
 */

static void check_head(struct payplan_checking *check, const Bihuan__PayPlan *doc)
{
    struct err err;
    int32_t from, until;

    if (check->digits < 0 || check->digits > check->money_scale)
        payplan_report(check, "smallest", "bad_smallest",
                       "\"%s\" isn't known: use 1, 0.1, 0.01 ... with at most %d decimals", doc->smallest,
                       check->money_scale);
    if (check->digits < 0)
        check->digits = 2;
    if (payplan_rounding_of(doc->rounding) == ROUND_UNSET)
        payplan_report(check, "rounding", "bad_rounding",
                       "\"%s\" isn't known: use half_up, half_even, down, up or floor", doc->rounding);
    if (payplan_cadence_of(doc->cadence) == PERIOD_KINDS)
        payplan_report(check, "cadence", "bad_cadence", "\"%s\" isn't known: use month, quarter, half or year",
                       doc->cadence);
    if (!doc->from[0])
        payplan_report(check, "from", "missing_value", "give the first day in force");
    if (payplan_day(doc->from, 0, &from, &err) != 0 || payplan_day(doc->until, INT32_MAX, &until, &err) != 0)
        payplan_report(check, "from", "bad_date", "%s", err.text);
    else if (from >= until)
        payplan_report(check, "until", "bad_interval", "%s isn't behind %s", doc->until, doc->from);
    if (!doc->n_unit_types)
        payplan_report(check, "unit_types", "missing_value", "say which types of units are paid");
    if (doc->prorate[0] && strcmp(doc->prorate, "days") != 0 && strcmp(doc->prorate, "none") != 0)
        payplan_report(check, "prorate", "bad_prorate", "\"%s\" isn't known: use days or none", doc->prorate);
    payplan_check_amount(check, "budget", doc->budget, check->digits, false);
    if (doc->over_budget[0] && strcmp(doc->over_budget, "told") != 0 && strcmp(doc->over_budget, "refused") != 0)
        payplan_report(check, "over_budget", "bad_over_budget", "\"%s\" isn't known: use told or refused",
                       doc->over_budget);
    if (strcmp(doc->over_budget, "refused") == 0 && !doc->budget[0])
        payplan_report(check, "over_budget", "not_used", "without a budget nothing is above it");
    if (doc->draw) {
        payplan_check_amount(check, "draw/least", doc->draw->least, check->digits, true);
        check_share(check, "draw/recovery_ppm", doc->draw->recovery_ppm);
    }
}

size_t payplan_check(const Bihuan__PayPlan *doc, payplan_measure_fn *measure, void *measure_arg, int money_scale,
                     payplan_problem_fn *problem, void *arg)
{
    struct payplan_checking check = { .doc = doc,
                                      .measure = measure,
                                      .measure_arg = measure_arg,
                                      .problem = problem,
                                      .arg = arg,
                                      .money_scale = money_scale,
                                      .digits = payplan_digits_of(doc->smallest),
                                      .component = SIZE_MAX };

    check_head(&check, doc);
    if (doc->n_components == 0 || doc->n_components > PAYPLAN_COMPONENTS_MAX)
        payplan_report(&check, "components", "component_count", "give 1 to %d components", PAYPLAN_COMPONENTS_MAX);
    for (size_t i = 0; i < doc->n_components; i++) {
        check.component = i;
        if (!doc->components[i]->code[0])
            payplan_report(&check, "code", "missing_value", "give the component a code");
        for (size_t j = 0; j < i; j++)
            if (strcmp(doc->components[i]->code, doc->components[j]->code) == 0)
                payplan_report(&check, "code", "twice", "component \"%s\" stands twice", doc->components[i]->code);
        check_component(&check, doc->components[i]);
    }
    return check.count;
}
