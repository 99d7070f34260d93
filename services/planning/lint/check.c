/* check: see check.h. */
#include "planning/lint/check.h"

#include "base/hash.h"
#include "calc/periods.h"
#include "planning/lint/check_axes.h"
#include "planning/baselines/baselines.h"
#include "planning/ledger/cell_store.h"
#include "planning/edits/held.h"
#include "planning/lint/history.h"
#include "planning/talks/negotiation_store.h"

#include <stdlib.h>
#include <string.h>

struct wording {
    struct tx *tx;
    struct check *check;
    uint32_t count[LINT_CODES];
    size_t cap;
};

const struct check *check_member(const struct check *check, const struct ref_period *period)
{
    for (size_t i = 0; i < check->set_count; i++)
        if (check->set[i].period == period)
            return &check->set[i];
    return check->period == period ? check : NULL;
}

static bool is_part(const struct ref_period *period, const struct ref_period *whole, const uint32_t *parts,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i] == period->id)
            return true;
    return !parts && period_lies_within(period->from_day, period->until_day, whole->from_day, whole->until_day);
}

bool check_speaks_for(const struct check *check, const struct ref_period *whole, const uint32_t *parts, size_t count)
{
    if (!check->each)
        return true;
    for (size_t i = 0; i < check->set_count; i++)
        if (check->set[i].period == whole)
            return check->period == whole;
    for (size_t i = 0; i < check->set_count; i++)
        if (is_part(check->set[i].period, whole, parts, count))
            return check->set[i].period == check->period;
    return false;
}

/* --- words ---------------------------------------------------------------------------------------------------------
 */
static char *sum_words(struct tx *tx, const struct lint_finding *f)
{
    return arena_printf(
        tx_arena(tx),
        "unit \"%s\", measure \"%s\": its children's targets add up to %s, %s its own %s; correct one of them",
        code_of_unit(tx, f->unit_id), code_of_measure(tx, f->key.measure_id),
        amount_text(tx, f->key.measure_id, f->have), f->complete ? "which is not" : "which is more than",
        amount_text(tx, f->key.measure_id, f->want));
}

static char *words_of(struct tx *tx, const struct ref_period *period, const struct lint_finding *f)
{
    struct arena *arena = tx_arena(tx);
    const char *unit = code_of_unit(tx, f->unit_id), *measure = code_of_measure(tx, f->key.measure_id);

    switch (f->code) {
    case LINT_SUM_DIFFERS:
        return sum_words(tx, f);
    case LINT_UNIT_CLOSED:
        return arena_printf(
            arena, "unit \"%s\" has a target and isn't there in the period; set it to 0, or transfer it to another",
            unit);
    case LINT_NO_CURVE:
        return arena_printf(arena, "period \"%s\" has no calendar that phases it; apply \"%s\"", period->code,
                            period->calendar);
    case LINT_WEEKS_DIFFER:
        return arena_printf(arena, "unit \"%s\", measure \"%s\": period \"%s\" has %s, its days have %s; cut it again",
                            unit, measure, code_of_period(tx, f->period_id),
                            amount_text(tx, f->key.measure_id, f->have), amount_text(tx, f->key.measure_id, f->want));
    case LINT_ESTIMATED:
        return arena_printf(arena,
                            "period \"%s\" is phased by calendar \"%s\", which is estimated: its days off aren't"
                            " announced; when they are, apply them and move the plan to them (rephase)",
                            period->code, period->calendar);
    case LINT_UNIT_CLOSES:
        return arena_printf(arena, "unit \"%s\" has a target and goes before the period ends", unit);
    case LINT_EMPTY_LEAF:
        return arena_printf(arena, "unit \"%s\" has no target, units beside it have some", unit);
    case LINT_MISSING_MEASURE:
        return arena_printf(arena, "unit \"%s\" has no target of \"%s\", units beside it have one", unit, measure);
    case LINT_ZERO:
        return arena_printf(arena, "unit \"%s\" has a target of 0 of \"%s\"; it won't be published", unit, measure);
    case LINT_JUMP:
    case LINT_UNREACHABLE:
        return arena_printf(arena, "unit \"%s\" has %s of \"%s\", where %s was before", unit,
                            amount_text(tx, f->key.measure_id, f->have), measure,
                            amount_text(tx, f->key.measure_id, f->want));
    case LINT_PERIODS_GAP:
        return arena_printf(arena, "the shorter periods within \"%s\" leave %lld of its days out", period->code,
                            (long long)f->have);
    case LINT_OUT_OF_BOUNDS:
        return arena_printf(arena, "unit \"%s\" has %s of \"%s\", which is not %s %s", unit,
                            amount_text(tx, f->key.measure_id, f->have), measure,
                            f->have < f->want ? "at least" : "at most", amount_text(tx, f->key.measure_id, f->want));
    case LINT_PERIODS_DIFFER:
        return arena_printf(arena, "unit \"%s\", measure \"%s\": the shorter periods of \"%s\" add up to %s, not %s",
                            unit, measure, code_of_period(tx, f->period_id),
                            amount_text(tx, f->key.measure_id, f->have), amount_text(tx, f->key.measure_id, f->want));
    case LINT_SLICES_DIFFER:
        return arena_printf(
            arena,
            "unit \"%s\", measure \"%s\"%s%s%s%s: the shorter periods of \"%s\" add up to %s, not %s;"
            " each period was cut over channels or products for itself, and this isn't cut over periods",
            unit, measure, f->key.channel_id ? ", channel " : "", code_of_channel(tx, f->key.channel_id),
            f->key.product_id ? ", product " : "", code_of_product(tx, f->key.product_id),
            code_of_period(tx, f->period_id), amount_text(tx, f->key.measure_id, f->have),
            amount_text(tx, f->key.measure_id, f->want));
    case LINT_CHANNELS_DIFFER:
        return arena_printf(arena, "unit \"%s\", measure \"%s\": its channels add up to %s, which is more than its %s",
                            unit, measure, amount_text(tx, f->key.measure_id, f->have),
                            amount_text(tx, f->key.measure_id, f->want));
    case LINT_PRODUCTS_DIFFER:
        return arena_printf(
            arena,
            "unit \"%s\", measure \"%s\": its products%s%s%s add up to %s, which is more than its %s for "
            "them together; correct one of them",
            unit, measure, f->key.product_id ? " below \"" : "", code_of_product(tx, f->key.product_id),
            f->key.product_id ? "\"" : "", amount_text(tx, f->key.measure_id, f->have),
            amount_text(tx, f->key.measure_id, f->want));
    case LINT_NO_HISTORY:
        return arena_printf(arena,
                            "nothing past is known of \"%s\": no results of a year before or of the period before, no "
                            "targets of a year before; jumps aren't seen (weights learn brings results)",
                            measure);
    case LINT_CUT_DIFFERS:
        return axes_words(tx, f);
    case LINT_OPEN_REQUEST:
        return arena_printf(arena, "unit \"%s\" asked for a change and has no answer", unit);
    default:
        return arena_strdup(arena, "");
    }
}

/* In whatever order they are found. */
static uint64_t hash_of(const struct lint_finding *f)
{
    const int64_t parts[] = { f->unit_id, f->key.measure_id, f->key.channel_id, f->key.product_id,
                              f->have,    f->want,           f->period_id,      f->complete };

    return hash_bytes(parts, sizeof parts, f->code);
}

static void note(void *arg, const struct lint_finding *f)
{
    struct wording *w = arg;
    struct check *check = w->check;
    Bihuan__LintFinding *finding;

    check->seen[f->code] = true;
    check->hash[f->code] += hash_of(f);
    if (f->unit_id && check->scope && !scope_holds(check->scope, f->unit_id))
        return;
    *(lint_rules[f->code].severity == LINT_ERROR     ? &check->errors
      : lint_rules[f->code].severity == LINT_WARNING ? &check->warnings
                                                     : &check->notices) += 1;
    if (w->count[f->code]++ >= CHECK_SHOWN)
        return;
    finding = arena_new(tx_arena(w->tx), Bihuan__LintFinding);
    bihuan__lint_finding__init(finding);
    finding->code = (char *)(uintptr_t)lint_rules[f->code].code;
    finding->severity = (char *)(uintptr_t)lint_severities[lint_rules[f->code].severity];
    finding->unit = code_of_unit(w->tx, f->unit_id);
    finding->measure = code_of_measure(w->tx, f->key.measure_id);
    finding->channel = code_of_channel(w->tx, f->key.channel_id);
    finding->product = code_of_product(w->tx, f->key.product_id);
    finding->message = words_of(w->tx, check->period, f);
    check->findings[check->finding_count++] = finding;
}

/* --- what concerns the period --------------------------------------------------------------------------------------
 */
/* Days of the period that no shorter period holds, where there is any within it; months beside weeks are one cover: a
 * day is held when any holds it, a week that goes beyond a month too. */
static int64_t days_left_out(struct tx *tx, const struct ref_period *period)
{
    size_t days = (size_t)(period->until_day - period->from_day);
    bool *held = arena_array(tx_arena(tx), bool, days), any = false;
    int64_t out = 0;

    for (uint32_t id = 1; id < refdata_period_limit(refdata_of(tx)); id++) {
        const struct ref_period *p = refdata_period(refdata_of(tx), id);

        if (!p || p->from_day >= period->until_day || p->until_day <= period->from_day ||
            p->until_day - p->from_day >= (int32_t)days)
            continue;
        any = any || period_lies_within(p->from_day, p->until_day, period->from_day, period->until_day);
        for (int32_t day = p->from_day; day < p->until_day; day++)
            if (day >= period->from_day && day < period->until_day)
                held[day - period->from_day] = true;
    }
    for (size_t day = 0; any && day < days; day++)
        out += !held[day];
    return out;
}

static void note_outside(void *arg, const struct slice_key *key, const struct cell *cell, int64_t lower, int64_t upper)
{
    const struct lint_finding finding = { .code = LINT_OUT_OF_BOUNDS,
                                          .unit_id = cell->unit_id,
                                          .key = *key,
                                          .have = cell->amount,
                                          .want = cell->amount < lower ? lower : upper };

    note(arg, &finding);
}

static int check_period(struct tx *tx, struct wording *w, struct err *err)
{
    const struct check *check = w->check;
    struct lint_finding finding = { .code = LINT_NO_CURVE };
    Bihuan__Calendar *calendar;
    uint32_t *asking;
    size_t count;

    if (!check->period->has_curve)
        note(w, &finding);
    if (baseline_calendar(tx, check->period, check->version, &calendar, err) != 0)
        return -1;
    finding.code = LINT_ESTIMATED;
    if (calendar && calendar->estimated)
        note(w, &finding);
    finding.code = LINT_PERIODS_GAP;
    finding.have = days_left_out(tx, check->period);
    if (finding.have)
        note(w, &finding);
    if (negotiation_store_asking(tx, check->period->id, check->version->version, &asking, &count, err) != 0)
        return -1;
    finding = (struct lint_finding) { .code = LINT_OPEN_REQUEST };
    for (size_t i = 0; i < count; i++) {
        finding.unit_id = asking[i];
        note(w, &finding);
    }
    finding = (struct lint_finding) { .code = LINT_NO_HISTORY };
    for (size_t i = 0; i < check->without_count; i++) {
        finding.key.measure_id = check->without_history[i];
        note(w, &finding);
    }
    return 0;
}

static int severity_order(const Bihuan__LintFinding *finding)
{
    static const int order[LINT_SEVERITIES] = { [LINT_ERROR] = 0, [LINT_WARNING] = 1, [LINT_NOTICE] = 2 };
    int severity = 0;

    while (severity < LINT_NOTICE && strcmp(lint_severities[severity], finding->severity) != 0)
        severity++;
    return order[severity];
}

static int errors_first(const void *a, const void *b)
{
    const Bihuan__LintFinding *const *x = a, *const *y = b;
    int order = severity_order(*x) - severity_order(*y);

    if (order == 0)
        order = strcmp((*x)->code, (*y)->code);
    if (order == 0)
        order = strcmp((*x)->unit, (*y)->unit);
    return order ? order : strcmp((*x)->measure, (*y)->measure);
}

/* The tree of products, by id. */
static void add_products(struct tx *tx, struct lint_input *input)
{
    uint32_t limit = refdata_product_limit(refdata_of(tx)), *parents = arena_array(tx_arena(tx), uint32_t, limit);

    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_product *product = refdata_product(refdata_of(tx), id);

        parents[id] = product ? product->parent_id : 0;
    }
    input->product_parent = parents;
    input->product_limit = limit;
}

int check_run(struct tx *tx, struct check *check, struct err *err)
{
    struct wording w = { .tx = tx, .check = check };
    struct outline outline;
    struct lint_input input = { .outline = &outline,
                                .slices = check->slices,
                                .slice_count = check->slice_count,
                                .history = check->history,
                                .history_count = check->history_count };
    bool *closes, *level = arena_array(tx_arena(tx), bool, refdata_measure_limit(refdata_of(tx)));

    for (uint32_t id = 1; id < refdata_measure_limit(refdata_of(tx)); id++)
        level[id] = !adds_up(tx, id, AXIS_UNITS);
    input.level = level;
    period_outline(tx, check->period, &outline);
    input.closed = closed_units(tx, check->period->from_day);
    closes = closed_units(tx, check->period->until_day - 1);
    for (uint32_t unit = 0; unit < outline.unit_limit; unit++)
        closes[unit] = closes[unit] && !input.closed[unit];
    input.closes = closes;
    add_products(tx, &input);
    check->findings = arena_array(tx_arena(tx), Bihuan__LintFinding *, LINT_CODES * CHECK_SHOWN);
    if (check_period(tx, &w, err) != 0 ||
        held_outside(tx, check->period, check->slices, check->slice_count, note_outside, &w, err) != 0 ||
        check_periods(tx, check, note, &w, err) != 0 || check_axes(tx, check, note, &w, err) != 0)
        return -1;
    lint_cells(&input, tx_arena(tx), note, &w);
    qsort(check->findings, check->finding_count, sizeof *check->findings, errors_first);
    return 0;
}

int check_load(struct tx *tx, struct check *check, struct err *err)
{
    struct slice *slices, *history = NULL;
    uint32_t *without = NULL;

    if (cell_store_slices(tx, check->period->id, check->version->version, NULL, true, &slices, &check->slice_count,
                          err) != 0)
        return -1;
    check->slices = slices;
    if (check->history || !check->version->version)
        return 0;
    if (check->version->base ? cell_store_slices(tx, check->period->id, check->version->base, NULL, true, &history,
                                                 &check->history_count, err) != 0
                             : history_load(tx, check->period, slices, check->slice_count, &history,
                                            &check->history_count, &without, &check->without_count, err) != 0)
        return -1;
    check->history = history;
    check->without_history = without;
    return 0;
}
