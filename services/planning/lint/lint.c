/* lint: see lint.h. */
#include "planning/lint/lint.h"

#include "planning/lint/lint_parts.h"

#include "calc/fixed.h"

#include <string.h>

const char *const lint_severities[LINT_SEVERITIES] = { "warning", "error", "notice" };

const struct lint_rule lint_rules[LINT_CODES] = {
    [LINT_SUM_DIFFERS] = { "sum_differs", LINT_ERROR },
    [LINT_UNIT_CLOSED] = { "unit_closed", LINT_ERROR },
    [LINT_NO_CURVE] = { "no_curve", LINT_ERROR },
    [LINT_UNIT_CLOSES] = { "unit_closes", LINT_WARNING },
    [LINT_EMPTY_LEAF] = { "empty_leaf", LINT_WARNING },
    [LINT_MISSING_MEASURE] = { "missing_measure", LINT_WARNING },
    [LINT_ZERO] = { "zero_target", LINT_WARNING },
    [LINT_JUMP] = { "jump", LINT_WARNING },
    [LINT_UNREACHABLE] = { "unreachable", LINT_WARNING },
    [LINT_PERIODS_GAP] = { "periods_gap", LINT_WARNING },
    [LINT_OUT_OF_BOUNDS] = { "out_of_bounds", LINT_WARNING },
    [LINT_PERIODS_DIFFER] = { "periods_differ", LINT_ERROR },
    [LINT_CHANNELS_DIFFER] = { "channels_differ", LINT_ERROR },
    [LINT_PRODUCTS_DIFFER] = { "products_differ", LINT_ERROR },
    [LINT_CUT_DIFFERS] = { "cut_differs", LINT_ERROR },
    [LINT_OPEN_REQUEST] = { "open_request", LINT_WARNING },
    [LINT_WEEKS_DIFFER] = { "weeks_differ", LINT_ERROR },
    [LINT_SLICES_DIFFER] = { "slices_differ", LINT_WARNING },
    [LINT_ESTIMATED] = { "estimated_calendar", LINT_WARNING },
    [LINT_NO_HISTORY] = { "no_history", LINT_NOTICE },
};

struct work {
    const struct lint_input *input;
    lint_report *report;
    void *arg;
    int64_t *amount; /* by node, of the slice at hand */
    int64_t *below;  /* so too: own, else what the topmost cells below it have together; LINT_NO_CELL: nobody has any */
    uint32_t *slices_of; /* by node: how many slices have a cell of it */
    uint32_t measures;   /* different ones */
    bool *has_measure;   /* by node * measures */
    uint32_t *measure;   /* its id */
};

static void report(const struct work *work, enum lint_code code, uint32_t unit, const struct slice_key *key,
                   int64_t have, int64_t want)
{
    struct lint_finding finding = { .code = code, .unit_id = unit, .have = have, .want = want };

    if (key)
        finding.key = *key;
    work->report(work->arg, &finding);
}

/* Levels are the same for parts as for the whole: nothing adds up to anything. */
static bool is_level(const struct lint_input *input, const struct slice *slice)
{
    return input->level && input->level[slice->key.measure_id];
}

/* --- one slice ------------------------------------------------------------------------------------------------------
 */
static void check_sum(const struct work *work, const struct slice *slice, uint32_t node)
{
    const struct outline *o = work->input->outline;
    struct lint_finding finding = {
        .code = LINT_SUM_DIFFERS, .unit_id = o->unit[node], .key = slice->key, .want = work->amount[node]
    };
    uint32_t having = 0;

    for (uint32_t c = 0; c < o->child_count[node]; c++) {
        int64_t below = work->below[o->first_child[node] + c];

        having += work->amount[o->first_child[node] + c] != LINT_NO_CELL;
        finding.have = fixed_add_saturated(finding.have, below == LINT_NO_CELL ? 0 : below);
    }
    finding.complete = having == o->child_count[node];
    if (finding.have > finding.want || (finding.complete && finding.have != finding.want))
        work->report(work->arg, &finding);
}

void lint_below(const struct outline *o, const int64_t *amount, int64_t *below)
{
    for (uint32_t node = o->count; node-- > 0;) {
        int64_t sum = LINT_NO_CELL;

        for (uint32_t c = 0; c < o->child_count[node]; c++) {
            int64_t of_child = below[o->first_child[node] + c];

            if (of_child != LINT_NO_CELL)
                sum = sum == LINT_NO_CELL ? of_child : fixed_add_saturated(sum, of_child);
        }
        below[node] = amount[node] != LINT_NO_CELL ? amount[node] : sum;
    }
}

static void check_history(const struct work *work, const struct slice *slice, const struct slice *history)
{
    for (size_t i = 0, k = 0; history && i < slice->count; i++) {
        int64_t now = slice->cells[i].amount, past, far;

        while (k < history->count && history->cells[k].unit_id < slice->cells[i].unit_id)
            k++;
        if (k == history->count)
            return;
        if (history->cells[k].unit_id != slice->cells[i].unit_id || history->cells[k].amount <= 0)
            continue;
        past = history->cells[k].amount;
        far = now > past ? now - past : past - now;
        if (now / LINT_REACH > past || (now / LINT_REACH == past && now % LINT_REACH))
            report(work, LINT_UNREACHABLE, slice->cells[i].unit_id, &slice->key, now, past);
        else if ((__int128)far * FIXED_PPM > (__int128)past * LINT_JUMP_PPM)
            report(work, LINT_JUMP, slice->cells[i].unit_id, &slice->key, now, past);
    }
}

static void check_slice(struct work *work, const struct slice *slice, uint32_t measure)
{
    const struct lint_input *input = work->input;
    const struct outline *o = input->outline;

    for (uint32_t node = 0; node < o->count; node++)
        work->amount[node] = LINT_NO_CELL;
    for (size_t i = 0; i < slice->count; i++) {
        uint32_t unit = slice->cells[i].unit_id, node = outline_node(o, unit);

        if (unit < o->unit_limit && input->closed[unit]) {
            if (slice->cells[i].amount) /* 0: it was taken from it */
                report(work, LINT_UNIT_CLOSED, unit, &slice->key, 0, 0);
            continue;
        }
        if (unit < o->unit_limit && input->closes[unit])
            report(work, LINT_UNIT_CLOSES, unit, &slice->key, 0, 0);
        if (slice->cells[i].amount == 0)
            report(work, LINT_ZERO, unit, &slice->key, 0, 0);
        if (node == OUTLINE_NONE)
            continue;
        work->amount[node] = slice->cells[i].amount;
        work->slices_of[node]++;
        work->has_measure[(size_t)node * work->measures + measure] = true;
    }
    if (is_level(input, slice))
        return;
    lint_below(o, work->amount, work->below);
    for (uint32_t node = 0; node < o->count; node++)
        if (o->child_count[node] && work->amount[node] != LINT_NO_CELL)
            check_sum(work, slice, node);
}

/* --- across slices -------------------------------------------------------------------------------------------------
 */
/* Among siblings some have what others lack. */
static void check_siblings(const struct work *work, uint32_t parent)
{
    const struct outline *o = work->input->outline;
    uint32_t first = o->first_child[parent], count = o->child_count[parent];
    bool any = false;

    for (uint32_t c = 0; c < count; c++)
        any = any || work->slices_of[first + c];
    for (uint32_t c = 0; any && c < count; c++)
        if (!work->slices_of[first + c])
            report(work, LINT_EMPTY_LEAF, o->unit[first + c], NULL, 0, 0);
    for (uint32_t m = 0; any && m < work->measures; m++) {
        struct slice_key key = { .measure_id = work->measure[m] };
        bool have = false;

        for (uint32_t c = 0; c < count; c++)
            have = have || work->has_measure[(size_t)(first + c) * work->measures + m];
        for (uint32_t c = 0; have && c < count; c++)
            if (work->slices_of[first + c] && !work->has_measure[(size_t)(first + c) * work->measures + m])
                report(work, LINT_MISSING_MEASURE, o->unit[first + c], &key, 0, 0);
    }
}

static uint32_t count_measures(const struct lint_input *input)
{
    uint32_t count = 0;

    for (size_t s = 0; s < input->slice_count; s++)
        count += s == 0 || input->slices[s].key.measure_id != input->slices[s - 1].key.measure_id;
    return count;
}

void lint_cells(const struct lint_input *input, struct arena *scratch, lint_report *report_fn, void *arg)
{
    struct work work = { .input = input, .report = report_fn, .arg = arg, .measures = count_measures(input) };
    uint32_t measure = 0;
    size_t past = 0;

    work.amount = arena_array(scratch, int64_t, input->outline->count);
    work.slices_of = arena_array(scratch, uint32_t, input->outline->count);
    work.has_measure = arena_array(scratch, bool, (size_t)input->outline->count *work.measures);
    work.below = arena_array(scratch, int64_t, input->outline->count);
    work.measure = arena_array(scratch, uint32_t, work.measures);
    for (size_t s = 0; s < input->slice_count; s++) {
        const struct slice *slice = &input->slices[s];

        measure += s > 0 && slice->key.measure_id != slice[-1].key.measure_id;
        work.measure[measure] = slice->key.measure_id;
        check_slice(&work, slice, measure);
        while (past < input->history_count && slice_key_compare(&input->history[past].key, &slice->key) < 0)
            past++;
        if (past < input->history_count && slice_key_compare(&input->history[past].key, &slice->key) == 0)
            check_history(&work, slice, &input->history[past]);
    }
    for (uint32_t node = 0; node < input->outline->count; node++)
        if (input->outline->child_count[node])
            check_siblings(&work, node);
    lint_parts(input, report_fn, arg);
}
