/* rule_take: a rule's document as the engine uses it. See rules.h. */
#include "monitoring/actions/actions.h"
#include "monitoring/kinds/kind.h"
#include "monitoring/rules/rules.h"

#include "text/decimal.h"
#include "text/utf8.h"

#include <stdio.h>
#include <string.h>

static int64_t amount(struct tx *tx, const char *text, const struct ref_measure *measure)
{
    int64_t value = 0;

    if (text[0] && decimal_parse(text, strlen(text), measure_scale(tx, measure), 0, &value, NULL) != 0)
        return 0;
    return value;
}

/* ",a,b," */
static void list(char *out, size_t cap, char *const *codes, size_t count)
{
    size_t len = 0;

    out[0] = 0;
    for (size_t i = 0; i < count && len + 68 < cap; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%.64s,", len ? "" : ",", codes[i]);
}

static void take_words(const Bihuan__Rule *item, struct rule *out)
{
    snprintf(out->code, sizeof out->code, "%.64s", item->code);
    snprintf(out->title[0], sizeof out->title[0], "%s", item->title_en);
    snprintf(out->title[1], sizeof out->title[1], "%s", item->title_zh);
    utf8_mend(out->title[0]);
    utf8_mend(out->title[1]);
    snprintf(out->measure, sizeof out->measure, "%.64s", item->measure);
    snprintf(out->severity, sizeof out->severity, "%.15s", item->severity);
    snprintf(out->subtree, sizeof out->subtree, "%.64s", item->subtree);
    snprintf(out->channel, sizeof out->channel, "%.64s", item->channel);
    snprintf(out->product, sizeof out->product, "%.64s", item->product);
    snprintf(out->against, sizeof out->against, "%.64s", item->against);
    snprintf(out->ladder, sizeof out->ladder, "%.64s", item->ladder);
    list(out->unit_types, sizeof out->unit_types, item->unit_types, item->n_unit_types);
    list(out->unit_channels, sizeof out->unit_channels, item->unit_channels, item->n_unit_channels);
    for (size_t i = 0; i < item->n_levels; i++)
        if (item->levels[i] < RULE_LEVELS_MAX)
            out->levels |= 1U << item->levels[i];
}

void rule_take(struct tx *tx, const Bihuan__Rule *item, struct rule *out)
{
    const struct ref_measure *measure = refdata_measure_by_code(monitoring_of(tx)->refdata, item->measure);
    const struct kind *kind = kind_parse(item->kind);
    struct ref_ratio ratio;

    *out = (struct rule) { .id = item->id,
                           .kind = kind ? kind->kind : RULE_LAG,
                           .enter_gap_bp = item->enter_gap_bp,
                           .clear_gap_bp = item->clear_gap_bp,
                           .dwell_days = item->dwell_days,
                           .clear_days = item->clear_days,
                           .significance_ppm = item->significance_ppm,
                           .hit_below_ppm = rule_or(item->hit_below_ppm, RULE_HIT_BELOW_PPM),
                           .landing_below_ppm = rule_or(item->landing_below_ppm, RULE_LANDING_BELOW_PPM),
                           .hit_critical_ppm = rule_or(item->hit_critical_ppm, RULE_HIT_CRITICAL_PPM),
                           .catch_up_critical_milli = rule_or(item->catch_up_critical_milli, RULE_CATCH_UP_MILLI),
                           .hit_back_ppm = rule_or(item->hit_back_ppm, RULE_HIT_BACK_PPM),
                           .landing_back_ppm = rule_or(item->landing_back_ppm, RULE_LANDING_BACK_PPM),
                           .ewma_weight_ppm = rule_or(item->ewma_weight_ppm, RULE_EWMA_WEIGHT_PPM),
                           .ewma_limit_milli = rule_or(item->ewma_limit_milli, RULE_EWMA_LIMIT_MILLI),
                           .attainment_least_ppm = rule_or(item->attainment_least_ppm, RULE_ATTAINMENT_LEAST_PPM),
                           .ahead_bp = item->ahead_bp,
                           .deviations_milli = item->deviations_milli,
                           .peers_least = item->peers_least,
                           .days = item->days,
                           .undercut_bp = item->undercut_bp,
                           .through_quiet = item->through_quiet,
                           .off = item->off,
                           .every_node = item->every_node,
                           .reopen_days = item->reopen_days ? item->reopen_days : ACTION_REOPEN_DAYS };
    take_words(item, out);
    out->min_shortfall = amount(tx, item->min_shortfall, measure);
    out->limit = amount(tx, item->limit, measure);
    if (measure && measure_ratio(tx, measure, &ratio) && ratio.over)
        out->least = amount(tx, item->least, ratio.over);
}
