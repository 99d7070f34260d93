/* rule_check: what may be applied as a rule of crediting; see rule.h. */
#include "incentive/crediting/rule.h"

#include "calc/fixed.h"
#include "refdata/documents.h"
#include "refdata/fact_kinds.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DAYS_MAX 3660 /* of a registration */

struct check {
    const Bihuan__CreditingRule *doc;
    const struct refdata *refdata;
    int money_scale;
    rule_problem_fn *problem;
    void *arg;
    size_t count;
};

static void report(struct check *check, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void report(struct check *check, const char *pointer, const char *code, const char *fmt, ...)
{
    char message[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    check->problem(check->arg, pointer, code, message);
    check->count++;
}

/* --- when ------------------------------------------------------------------------------------------------------------
 */

static void check_measures(struct check *check, const Bihuan__CreditingWhen *when)
{
    char at[64];

    if (!when->n_measures && !when->n_facts)
        report(check, "/when", "missing", "name the measures, or the kinds of facts, that the rule is about");
    for (size_t i = 0; i < when->n_measures; i++) {
        const struct ref_measure *measure = refdata_measure_by_code(check->refdata, when->measures[i]);

        snprintf(at, sizeof at, "/when/measures/%zu", i);
        if (!measure)
            report(check, at, "unknown_measure", "measure \"%s\" isn't defined: define it in planning first",
                   when->measures[i]);
        else if (!measure->additive && !measure->level)
            report(check, at, "ratio", "\"%s\" is a ratio, which has no contributions: name its parts, %s and %s",
                   measure->code, measure->of, measure->over);
        else if (measure->level && check->doc->n_overlays)
            report(check, at, "level_overlay",
                   "\"%s\" is what there is at a day's end: it can be shared, but takes no overlays", measure->code);
    }
    for (size_t i = 0; i < when->n_facts; i++) {
        snprintf(at, sizeof at, "/when/facts/%zu", i);
        if (fact_kind_parse(when->facts[i]) == FACT_NONE)
            report(check, at, "unknown_fact", "\"%s\" is no kind of facts: see `bihuan feed kinds`", when->facts[i]);
        else if (fact_kind_is_level(fact_kind_parse(when->facts[i])) && check->doc->n_overlays)
            report(check, at, "level_overlay", "\"%s\" are levels: they can be shared, but take no overlays",
                   when->facts[i]);
    }
}

static void check_names(struct check *check, const Bihuan__CreditingWhen *when)
{
    char at[64];

    for (size_t i = 0; i < when->n_channels; i++)
        if (!refdata_channel_by_code(check->refdata, when->channels[i])) {
            snprintf(at, sizeof at, "/when/channels/%zu", i);
            report(check, at, "unknown_channel", "there is no channel \"%s\"", when->channels[i]);
        }
    for (size_t i = 0; i < when->n_products; i++)
        if (!refdata_product_by_code(check->refdata, when->products[i])) {
            snprintf(at, sizeof at, "/when/products/%zu", i);
            report(check, at, "unknown_product", "there is no product \"%s\"", when->products[i]);
        }
    for (size_t i = 0; i < when->n_units; i++)
        if (!refdata_unit_by_code(check->refdata, when->units[i])) {
            snprintf(at, sizeof at, "/when/units/%zu", i);
            report(check, at, "unknown_unit", "there is no unit \"%s\"", when->units[i]);
        }
}

/* Decimals of all measures that the rule is about; -1 where they differ. */
static int scale_of(const struct check *check, const Bihuan__CreditingWhen *when)
{
    int scale = -2;

    for (uint32_t id = 1; id < refdata_measure_limit(check->refdata); id++) {
        const struct ref_measure *measure = refdata_measure(check->refdata, id);
        bool named = !when->n_measures, of_kind = !when->n_facts;
        int own;

        if (!measure)
            continue;
        for (size_t i = 0; i < when->n_measures; i++)
            named = named || strcmp(when->measures[i], measure->code) == 0;
        for (size_t i = 0; i < when->n_facts; i++)
            of_kind = of_kind || strcmp(when->facts[i], measure->fact) == 0;
        if (!named || !of_kind || (!measure->additive && !measure->level))
            continue;
        own = ref_measure_scale(measure, check->money_scale);
        if (scale != -2 && scale != own)
            return -1;
        scale = own;
    }
    return scale < 0 ? 0 : scale;
}

static bool check_amount(struct check *check, const char *at, const char *text, int scale, int64_t *out)
{
    struct err err;

    if (!text[0])
        return false;
    if (scale < 0)
        report(check, at, "mixed_scales",
               "an amount needs measures that are counted in the same unit: money, or pieces");
    else if (decimal_parse(text, strlen(text), scale, 0, out, &err) != 0)
        report(check, at, "bad_amount", "\"%s\" isn't a number: %s", text, err.text);
    else if (*out < 0)
        report(check, at, "bad_amount", "amounts are compared without their sign: give 0 or more");
    else
        return true;
    return false;
}

static void check_when(struct check *check)
{
    static const Bihuan__CreditingWhen nothing = BIHUAN__CREDITING_WHEN__INIT;
    const Bihuan__CreditingWhen *when = check->doc->when ? check->doc->when : &nothing;
    enum rule_seller seller;
    int scale = scale_of(check, when);
    int64_t min = 0, max = 0;
    bool has_min, has_max;

    check_measures(check, when);
    check_names(check, when);
    has_min = check_amount(check, "/when/min", when->min, scale, &min);
    has_max = check_amount(check, "/when/max", when->max, scale, &max);
    if (has_min && has_max && min >= max)
        report(check, "/when/max", "empty_range", "nothing is at least %s and below %s", when->min, when->max);
    if (!rule_seller_of(when->seller, &seller))
        report(check, "/when/seller", "bad_seller", "\"%s\" isn't known: use known, none, or leave it out",
               when->seller);
}

/* --- shares ----------------------------------------------------------------------------------------------------------
 */

static void check_owners(struct check *check, const Bihuan__CreditingShare *share, const char *at)
{
    char pointer[96];

    if (!share->n_owners)
        report(check, at, "missing", "name the owners of products");
    for (size_t i = 0; i < share->n_owners; i++) {
        snprintf(pointer, sizeof pointer, "%s/owners/%zu", at, i);
        if (!refdata_product_by_code(check->refdata, share->owners[i]->product))
            report(check, pointer, "unknown_product", "there is no product \"%s\"", share->owners[i]->product);
        if (!refdata_unit_by_code(check->refdata, share->owners[i]->unit))
            report(check, pointer, "unknown_unit", "there is no unit \"%s\"", share->owners[i]->unit);
    }
}

static void check_share(struct check *check, const Bihuan__CreditingShare *share, const char *at)
{
    enum share_to to = share_to_of(share->to);

    if (to == SHARE_UNKNOWN)
        report(check, at, "bad_receiver",
               "\"%s\" isn't known: use unit, seller, above, named, role, owner, holder or registration", share->to);
    if (share->ppm < 1 || share->ppm > FIXED_PPM)
        report(check, at, "bad_share", "a share of %u ppm isn't between 1 and 1000000", share->ppm);
    if (share->unit[0] && !refdata_unit_by_code(check->refdata, share->unit))
        report(check, at, "unknown_unit", "there is no unit \"%s\"", share->unit);
    if (to == SHARE_NAMED && !share->unit[0])
        report(check, at, "missing", "name the unit");
    if (to == SHARE_ABOVE && !share->unit_type[0])
        report(check, at, "missing", "name the type of the unit above");
    if (to == SHARE_ROLE && !share->role[0])
        report(check, at, "missing", "name the role");
    if (to == SHARE_OWNER)
        check_owners(check, share, at);
    if (share->days > DAYS_MAX || (share->days && to != SHARE_REGISTRATION))
        report(check, at, "bad_days", "days are those of a registration, at most %d", DAYS_MAX);
    if (share->otherwise[0] && strcmp(share->otherwise, "unit") != 0 && strcmp(share->otherwise, "exclude") != 0)
        report(check, at, "bad_otherwise", "\"%s\" isn't known: use unit, exclude, or leave it out", share->otherwise);
}

/* What comes in is joined to whole contributions: levels have none, and a rule that adds alone decides on nothing. */
static void check_earns(struct check *check)
{
    const Bihuan__CreditingRule *doc = check->doc;
    const Bihuan__CreditingWhen *when = doc->when;
    enum rule_earns earns;

    if (!rule_earns_of(doc->earns, &earns))
        report(check, "/earns", "bad_earns", "\"%s\" isn't known: use order, activation, bill or cash", doc->earns);
    if (earns == EARNS_ORDER)
        return;
    if (doc->exclude[0])
        report(check, "/earns", "exclude_earns", "what is excluded isn't credited by %s either: leave one out",
               doc->earns);
    if (doc->n_overlays && !doc->n_shares)
        report(check, "/earns", "overlay_earns",
               "overlays go with the rule that decides: let that one say earns, or give shares here as well");
    for (size_t i = 0; when && i < when->n_measures; i++) {
        const struct ref_measure *measure = refdata_measure_by_code(check->refdata, when->measures[i]);

        if (measure && measure->level)
            report(check, "/earns", "level_earns",
                   "\"%s\" is what there is at a day's end: it is not paid part by part", measure->code);
    }
    for (size_t i = 0; when && i < when->n_facts; i++)
        if (fact_kind_is_level(fact_kind_parse(when->facts[i])))
            report(check, "/earns", "level_earns", "\"%s\" are levels: they are not paid part by part", when->facts[i]);
}

static void check_shares(struct check *check, const char *field, Bihuan__CreditingShare *const *shares, size_t count,
                         size_t max)
{
    char at[64];

    if (count > max) {
        snprintf(at, sizeof at, "/%s", field);
        report(check, at, "too_many", "%zu are more than %zu", count, max);
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(at, sizeof at, "/%s/%zu", field, i);
        check_share(check, shares[i], at);
    }
}

static void check_parts(struct check *check)
{
    const Bihuan__CreditingRule *doc = check->doc;
    uint64_t sum = 0;

    check_shares(check, "shares", doc->shares, doc->n_shares, RULE_SHARES_MAX);
    check_shares(check, "overlays", doc->overlays, doc->n_overlays, RULE_OVERLAYS_MAX);
    for (size_t i = 0; i < doc->n_shares; i++)
        sum += doc->shares[i]->ppm;
    if (doc->n_shares && sum != FIXED_PPM)
        report(check, "/shares", "shares_sum", "the shares come to %llu ppm, not to 1000000: adjust them",
               (unsigned long long)sum);
    check_earns(check);
    if (doc->exclude[0] && (doc->n_shares || doc->n_overlays))
        report(check, "/exclude", "exclude_shares",
               "what is excluded isn't credited: leave out the shares, or exclude");
    if (doc->exclude[0] && !code_valid(doc->exclude))
        report(check, "/exclude", "bad_reason", "a reason is a code: letters, digits, '.', '_', '-'");
}

size_t rule_check(const Bihuan__CreditingRule *doc, const struct refdata *refdata, int money_scale, int32_t first_day,
                  rule_problem_fn *problem, void *arg)
{
    struct check check = { doc, refdata, money_scale, problem, arg, 0 };
    int32_t from_day, until_day;
    char day[DATE_TEXT_MAX];
    bool ends;

    if (rule_days(doc, &from_day, &until_day) != 0) {
        report(&check, "/from", "bad_date", "from and until are dates as 2026-10-01, or empty");
        return check.count;
    }
    if (until_day < from_day)
        report(&check, "/until", "bad_days", "it would end before it begins");
    if (from_day < first_day) {
        date_print(day, first_day);
        report(&check, "/from", "day_closed",
               "days before %s lie in closed periods, whose credits never change: let it begin on %s or later", day,
               day);
    }
    ends = doc->from[0] && until_day == from_day;
    if (!ends && !doc->n_shares && !doc->exclude[0] && !doc->n_overlays && !doc->earns[0])
        report(&check, "/shares", "missing", "give shares, overlays, a reason to exclude, or say what earns");
    check_when(&check);
    check_parts(&check);
    return check.count;
}
