/* payplan_compute: see payplan_compute.h. */
#include "payplan/payplan_compute.h"

#include "payplan/payplan_axes.h"

#include <stdlib.h>
#include <string.h>

/* --- rate tables -----------------------------------------------------------------------------------------------------
 */

struct rated {
    const struct payplan *plan;
    const struct payplan_component *component;
    struct rate_table table; /* cap less what of it was carried in */
    int64_t carried;         /* part of what was carried in that the cap leaves */
};

/* min(cap, F + in) = in' + min(cap - in', F) with in' = min(in, cap). */
static void carry_in(struct rated *rated, int64_t carried_in)
{
    struct rate_table *table = &rated->table;

    if (!rated->component->carries || carried_in <= 0)
        return;
    rated->carried = carried_in < table->cap ? carried_in : table->cap;
    table->cap -= rated->carried;
    if (table->has_floor && table->floor > table->cap)
        table->floor = table->cap;
}

/* What is above the cap: F without it, and what was carried in, less what is paid. */
static int carry_out(const struct rated *rated, int64_t volume, int64_t carried_in, int64_t paid, int64_t *out,
                     struct err *err)
{
    struct rate_table open = rated->table;
    int64_t all;

    *out = 0;
    if (!rated->component->carries)
        return 0;
    open.has_cap = false;
    if (rate_table_payout(&open, volume, rated->plan->rounding, &all, err) != 0 ||
        fixed_add(all, carried_in - rated->carried, &all, err) != 0)
        return -1;
    *out = all > paid ? all - paid : 0;
    return 0;
}

static int telescope(const struct rated *rated, struct payplan_line *lines, size_t count, bool with_late,
                     struct arena *scratch, struct telescope_sum *sum, struct err *err)
{
    struct telescope_line *parts = arena_array(scratch, struct telescope_line, count + 1);

    for (size_t i = 0; i < count; i++)
        parts[i] = (struct telescope_line) { lines[i].day, lines[i].id,
                                             lines[i].amount + (with_late ? lines[i].late : 0), 0, 0 };
    if (telescope_lines(&rated->table, rated->component->lift, rated->plan->rounding, parts, count, scratch, sum,
                        err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) { /* the lines are in the same order */
        lines[i].payout = parts[i].payout;
        lines[i].lift = parts[i].lift;
    }
    return 0;
}

/* A line taken back loses its payout; what came on top is paid at the rates reached by then. */
static int pay_late_line(const struct rated *rated, struct payplan_line *line, int64_t *running, struct err *err)
{
    enum rounding mode = rated->plan->rounding;
    int64_t before, after, next;

    if (line->amount != 0 && (line->late < 0) != (line->amount < 0)) {
        line->lift = 0;
        return fixed_mul_div(line->payout, line->amount + line->late, line->amount, mode, &line->payout, err);
    }
    if (fixed_add(*running, line->late, &next, err) != 0 ||
        rate_table_payout(&rated->table, *running, mode, &before, err) != 0 ||
        rate_table_payout(&rated->table, next, mode, &after, err) != 0)
        return -1;
    *running = next;
    return fixed_add(line->payout, after - before, &line->payout, err);
}

static int by_day_and_id(const void *pa, const void *pb)
{
    const struct payplan_line *a = pa, *b = pb;

    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return strcmp(a->id, b->id);
}

static void sort_lines(const struct payplan_input *input)
{
    size_t sorted = 1;

    while (sorted < input->line_count && by_day_and_id(&input->lines[sorted - 1], &input->lines[sorted]) <= 0)
        sorted++;
    if (sorted < input->line_count) /* mostly they are: lines come as they were sold */
        qsort(input->lines, input->line_count, sizeof *input->lines, by_day_and_id);
}

static int pay_lines(const struct rated *rated, const struct payplan_input *input, struct arena *scratch,
                     struct payplan_output *out, struct err *err)
{
    bool by_line = rated->component->clawback == CLAWBACK_LINE;
    struct telescope_sum sum;
    int64_t running;

    sort_lines(input);
    if (telescope(rated, input->lines, input->line_count, !by_line, scratch, &sum, err) != 0)
        return -1;
    running = sum.amount;
    for (size_t i = 0; by_line && i < input->line_count; i++)
        if (input->lines[i].late && pay_late_line(rated, &input->lines[i], &running, err) != 0)
            return -1;
    out->opening = sum.opening + rated->carried;
    out->earned = out->opening;
    for (size_t i = 0; i < input->line_count; i++) {
        out->earned += input->lines[i].payout;
        out->volume += input->lines[i].amount + input->lines[i].late;
    }
    return carry_out(rated, sum.amount, input->carried_in, sum.total + rated->carried, &out->carried_out, err);
}

/* Attainment of the target as prorated, toward minus infinity. */
static int attain(const struct payplan_input *input, struct payplan_output *out, struct err *err)
{
    __int128 num, den;

    if (input->target <= 0 || input->days_in_force <= 0)
        return 0;
    if (fixed_mul128((__int128)out->volume * FIXED_PPM, input->days, &num, err) != 0 ||
        fixed_mul128(input->target, input->days_in_force, &den, err) != 0)
        return -1;
    return fixed_div_round(num, den, ROUND_FLOOR, &out->attainment_ppm, err);
}

/* *missing: "" or why there is nothing to reckon by. */
static int rated_of(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, struct arena *scratch, struct rated *out,
                    struct payplan_output *shown, const char **missing, struct err *err)
{
    bool empty;

    *out = (struct rated) { .plan = plan, .component = component };
    if (payplan_axes_place(component, input, shown, missing, err) != 0 ||
        payplan_table(component, shown->row, input->target, input->days_in_force, input->days, scratch, &out->table,
                      &empty, err) != 0)
        return -1;
    *missing = empty ? "no_target" : *missing;
    carry_in(out, input->carried_in);
    return 0;
}

/* Nothing is earned, but what was carried in. */
static void pay_none(const struct rated *rated, const struct payplan_input *input, const char *reason,
                     struct payplan_output *out)
{
    for (size_t i = 0; i < input->line_count; i++) {
        input->lines[i].payout = input->lines[i].lift = 0;
        out->volume += input->lines[i].amount + input->lines[i].late;
    }
    sort_lines(input);
    out->opening = out->earned = rated->carried;
    out->carried_out = rated->component->carries ? input->carried_in - rated->carried : 0;
    out->reason = out->earned ? "" : reason;
}

static int pay_rated(const struct payplan *plan, const struct payplan_component *component,
                     const struct payplan_input *input, struct arena *scratch, struct payplan_output *out,
                     struct err *err)
{
    const char *missing;
    struct rated rated;

    if (rated_of(plan, component, input, scratch, &rated, out, &missing, err) != 0)
        return -1;
    if (missing[0]) {
        pay_none(&rated, input, missing, out);
        return 0;
    }
    if (pay_lines(&rated, input, scratch, out, err) != 0)
        return -1;
    out->reason = out->earned ? "" : out->volume > 0 ? "below_threshold" : "nothing_sold";
    return attain(input, out, err);
}

/* --- pay by a score --------------------------------------------------------------------------------------------------
 */

/* amount * in_force / days * (whole * 10^6 + part * factor) / 10^12, rounded once. */
static int scored(const struct payplan *plan, const struct payplan_input *input, int64_t amount, int64_t whole_ppm,
                  int64_t part_ppm, int64_t factor_ppm, int64_t *out, struct err *err)
{
    __int128 share = (__int128)whole_ppm * FIXED_PPM + (__int128)part_ppm * factor_ppm, num, den;

    if (fixed_mul128((__int128)amount * input->days_in_force, share, &num, err) != 0 ||
        fixed_mul128((__int128)FIXED_PPM * FIXED_PPM, input->days, &den, err) != 0)
        return -1;
    return fixed_div_round(num, den, plan->rounding, out, err);
}

/* *fixed: what doesn't follow the score. */
static int pay_score(const struct payplan *plan, const struct payplan_component *component,
                     const struct payplan_input *input, struct payplan_output *out, int64_t *fixed, struct err *err)
{
    int64_t base = component->doc->base_ppm, factor = 0;

    if (input->has_score && rate_table_payout(&component->factors, input->score_milli, ROUND_FLOOR, &factor, err) != 0)
        return -1;
    if (scored(plan, input, component->amount, base, FIXED_PPM - base, factor, &out->opening, err) != 0 ||
        scored(plan, input, component->amount, base, 0, 0, fixed, err) != 0)
        return -1;
    out->reason = !input->has_score ? "no_score" : "";
    return 0;
}

/* amount * ((1 - l) + l * S); without a score of the other the linked part isn't paid. */
static int pay_linked_to(const struct payplan *plan, const struct payplan_component *component,
                         const struct payplan_input *input, struct payplan_output *out, int64_t *fixed, struct err *err)
{
    int64_t linked = component->doc->linked_ppm, score_ppm = input->has_score ? input->score_milli * 10 : 0;

    out->reason = !input->has_score ? "no_score" : "";
    return scored(plan, input, component->amount, FIXED_PPM - linked, 0, 0, fixed, err) != 0
               ? -1
               : scored(plan, input, component->amount, FIXED_PPM - linked, linked, score_ppm, &out->opening, err);
}

static void pay_rank(const struct payplan_component *component, const struct payplan_input *input,
                     struct payplan_output *out)
{
    const Bihuan__PayComponent *doc = component->doc;

    out->reason = input->rank ? "" : "no_rank";
    if (component->kind == PAY_CONTEST && input->places)
        out->volume = input->places[0].given;
    for (size_t i = 0; i < doc->n_rewards; i++)
        if (input->rank >= doc->rewards[i]->from_rank && input->rank <= doc->rewards[i]->to_rank)
            out->opening = component->reward[i];
}

/* --- told by order lines ---------------------------------------------------------------------------------------------
 */

/* By the line what was taken back after the close loses its own; recomputed, it counts as if it had never been. */
static int64_t counted(const struct payplan_component *component, const struct payplan_line *line)
{
    return component->clawback == CLAWBACK_LINE ? line->amount : line->amount + line->late;
}

/* What follows a score or a rank, as the lines' shares of their sum: line_n = round(V c_n / C) - round(V c_n-1 / C),
 * which come to V exactly. Of a sum that isn't above 0 there are no shares: it stays with the opening. */
static int tell_by_lines(const struct payplan *plan, const struct payplan_component *component,
                         const struct payplan_input *input, int64_t fixed, struct payplan_output *out, struct err *err)
{
    int64_t sum = 0, running = 0, before = 0, after, variable = out->opening - fixed;

    sort_lines(input);
    for (size_t i = 0; i < input->line_count; i++) {
        input->lines[i].payout = input->lines[i].lift = 0;
        sum += counted(component, &input->lines[i]);
        if (component->kind != PAY_CONTEST) /* of which the sum that was ranked is told */
            out->volume += input->lines[i].amount + input->lines[i].late;
    }
    out->earned = out->opening;
    if (sum <= 0)
        return 0;
    out->opening = out->earned = fixed;
    for (size_t i = 0; i < input->line_count; i++) {
        struct payplan_line *line = &input->lines[i];

        running += counted(component, line);
        if (fixed_mul_div(variable, running, sum, plan->rounding, &after, err) != 0)
            return -1;
        line->payout = after - before;
        before = after;
        if (component->clawback == CLAWBACK_LINE && line->late && (line->late < 0) != (line->amount < 0) &&
            line->amount &&
            fixed_mul_div(line->payout, line->amount + line->late, line->amount, plan->rounding, &line->payout, err) !=
                0)
            return -1;
        out->earned += line->payout;
    }
    return 0;
}

/* --- the component ---------------------------------------------------------------------------------------------------
 */

static int hold(const struct payplan *plan, const struct payplan_component *component,
                const struct payplan_input *input, struct payplan_output *out, struct err *err)
{
    int64_t ppm = component->doc->hold_ppm;

    if (fixed_mul_ppm(out->opening, ppm, plan->rounding, &out->held_opening, err) != 0)
        return -1;
    out->held = out->held_opening;
    for (size_t i = 0; i < input->line_count; i++) {
        struct payplan_line *line = &input->lines[i];

        if (fixed_mul_ppm(line->payout, ppm, plan->rounding, &line->held, err) != 0)
            return -1;
        out->held += line->held;
    }
    return 0;
}

int payplan_compute(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, struct arena *scratch, struct payplan_output *out,
                    struct err *err)
{
    int64_t fixed = 0;
    int rc = 0;

    *out = (struct payplan_output) { .reason = "" };
    switch (component->kind) {
    case PAY_RATE:
    case PAY_SPIFF:
        rc = pay_rated(plan, component, input, scratch, out, err);
        break;
    case PAY_SCORE:
        rc = pay_score(plan, component, input, out, &fixed, err);
        break;
    case PAY_LINKED:
        rc = pay_linked_to(plan, component, input, out, &fixed, err);
        break;
    case PAY_RANK:
    case PAY_CONTEST:
        pay_rank(component, input, out);
        break;
    case PAY_KIND_NONE:
        rc = err_fail(err, ERR_INVALID, "bad_kind", "component %s has no kind", component->doc->code);
    }
    if (rc == 0 && component->kind != PAY_RATE && component->kind != PAY_SPIFF)
        rc = tell_by_lines(plan, component, input, fixed, out, err);
    return rc != 0 ? err_prefix(err, "component %s", component->doc->code) : hold(plan, component, input, out, err);
}

int payplan_project(const struct payplan *plan, const struct payplan_component *component,
                    const struct payplan_input *input, const int64_t *volumes, int64_t num, int64_t den,
                    struct arena *scratch, int64_t *earned, struct err *err)
{
    struct payplan_place places[RATE_GRID_AXES_MAX];
    struct payplan_line line = { .id = "", .day = 0 };
    struct payplan_input whole = *input;
    struct payplan_output out;

    if (fixed_mul_div(volumes[0], num, den, ROUND_HALF_UP, &line.amount, err) != 0)
        return -1;
    for (size_t a = 0; a < component->axis_count; a++) {
        places[a] = input->places[a];
        places[a].late = 0;
        if (fixed_mul_div(volumes[1 + a], num, den, ROUND_HALF_UP, &places[a].volume, err) != 0)
            return -1;
    }
    whole.places = component->axis_count ? places : input->places;
    whole.lines = &line;
    whole.line_count = component->kind == PAY_RATE || component->kind == PAY_SPIFF;
    if (payplan_compute(plan, component, &whole, scratch, &out, err) != 0)
        return -1;
    *earned = out.earned;
    return 0;
}
