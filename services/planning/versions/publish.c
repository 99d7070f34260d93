/* publish: a version becomes the plan in force. */
#include "planning/baselines/baselines.h"
#include "planning/ledger/cell_store.h"
#include "planning/sets/set_checks.h"

#include <string.h>

#define LINES_A_PART 2000

/* A version of the set on its way into force. */
struct coming {
    const struct check *check;
    struct version_row *works;
    Bihuan__Calendar *calendar;
};

/* --- parts ---------------------------------------------------------------------------------------------------------
 */
/* Lines gathered until a part is full. */
struct parts {
    struct tx *tx;
    Bihuan__PlanPublished event;
    const struct coming *of;
    Bihuan__Baseline **set; /* that its last part brings into force, too */
    size_t set_count;
    uint32_t units[LINES_A_PART], channels[LINES_A_PART], products[LINES_A_PART], measures[LINES_A_PART];
    int64_t amounts[LINES_A_PART];
    size_t count;
};

static int send_part(struct parts *parts, struct err *err)
{
    Bihuan__PlanPublished *event = &parts->event;
    bool last = ++event->part == event->parts;

    event->unit_id = parts->units;
    event->channel_id = parts->channels;
    event->product_id = parts->products;
    event->measure_id = parts->measures;
    event->amount = parts->amounts;
    event->calendar = last ? parts->of->calendar : NULL;
    event->set = parts->set;
    event->n_set = last ? parts->set_count : 0;
    event->n_unit_id = event->n_channel_id = event->n_product_id = event->n_measure_id = event->n_amount = parts->count;
    parts->count = 0;
    return tx_publish(parts->tx, 0, MSG(PLAN_PUBLISHED), "", &event->base, err);
}

static int send_slice(struct parts *parts, const struct slice *slice, struct err *err)
{
    for (size_t i = 0; i < slice->count; i++) {
        if (slice->cells[i].amount == 0)
            continue; /* no target */
        parts->units[parts->count] = slice->cells[i].unit_id;
        parts->channels[parts->count] = slice->key.channel_id;
        parts->products[parts->count] = slice->key.product_id;
        parts->measures[parts->count] = slice->key.measure_id;
        parts->amounts[parts->count] = slice->cells[i].amount;
        if (++parts->count == LINES_A_PART && send_part(parts, err) != 0)
            return -1;
    }
    return 0;
}

static int send_parts(struct parts *parts, const struct coming *of, bool waits, struct err *err)
{
    uint32_t lines = (uint32_t)of->works->lines;

    bihuan__plan_published__init(&parts->event);
    parts->of = of;
    parts->event.period_id = of->check->period->id;
    parts->event.version = of->works->version;
    parts->event.parts = lines ? (lines + LINES_A_PART - 1) / LINES_A_PART : 1; /* it has nothing beside others */
    parts->event.waits = waits;
    for (size_t s = 0; s < of->check->slice_count; s++)
        if (send_slice(parts, &of->check->slices[s], err) != 0)
            return -1;
    return parts->count || !lines ? send_part(parts, err) : 0;
}

/* The calendar is left out where it is the last one's. */
static Bihuan__Baseline *baseline_of(struct tx *tx, const struct coming *of, const struct coming *last)
{
    Bihuan__Baseline *out = arena_new(tx_arena(tx), Bihuan__Baseline);

    bihuan__baseline__init(out);
    out->id = of->check->period->id;
    out->code = of->check->period->code;
    out->version = of->works->version;
    if (!of->calendar || !last->calendar || of->calendar->version != last->calendar->version ||
        strcmp(of->calendar->code, last->calendar->code) != 0)
        out->calendar = of->calendar;
    return out;
}

/* One after the other; readers take all into use with the last part of the last. */
static int send_set(struct tx *tx, const struct coming *coming, size_t count, struct err *err)
{
    struct parts *parts = arena_new(tx_arena(tx), struct parts);
    const struct coming *last = &coming[count - 1];

    *parts = (struct parts) { .tx = tx };
    for (size_t i = 0; i + 1 < count; i++)
        if (send_parts(parts, &coming[i], true, err) != 0)
            return -1;
    parts->set = arena_array(tx_arena(tx), Bihuan__Baseline *, count);
    for (size_t i = 0; i + 1 < count; i++)
        parts->set[parts->set_count++] = baseline_of(tx, &coming[i], last);
    return send_parts(parts, last, false, err);
}

/* --- may it be published? ------------------------------------------------------------------------------------------
 */
/* Slices of both ascend by key, cells by unit. A cell of 0 is none. */
static bool is_same(const struct check *check)
{
    size_t s = 0, h = 0, i = 0, k = 0;

    for (;;) {
        const struct cell *now = NULL, *past = NULL;

        while (s < check->slice_count && !now)
            if (i == check->slices[s].count) {
                s++;
                i = 0;
            } else if (check->slices[s].cells[i].amount == 0) {
                i++;
            } else {
                now = &check->slices[s].cells[i++];
            }
        while (h < check->history_count && !past)
            if (k == check->history[h].count) {
                h++;
                k = 0;
            } else if (check->history[h].cells[k].amount == 0) {
                k++;
            } else {
                past = &check->history[h].cells[k++];
            }
        if (!now || !past)
            return !now && !past;
        if (slice_key_compare(&check->slices[s].key, &check->history[h].key) != 0 || now->unit_id != past->unit_id ||
            now->amount != past->amount)
            return false;
    }
}

bool version_needs_approval(struct tx *tx)
{
    return strcmp(runtime_setting(tx_runtime(tx), "plan_approval"), "required") == 0;
}

static int check_state(struct tx *tx, const struct set_member *member, struct err *err)
{
    const struct version_row *works = &member->works;

    if (strcmp(works->state, "approved") == 0)
        return 0;
    if (strcmp(works->state, "submitted") == 0)
        return err_fail(err, ERR_CONFLICT, "not_approved",
                        "version %u of period \"%s\" waits for approval; approve it, or return it", works->version,
                        member->period->code);
    if (version_needs_approval(tx))
        return err_fail(err, ERR_CONFLICT, "not_approved",
                        "version %u of period \"%s\" is a draft, and this installation publishes approved ones only;"
                        " submit it first",
                        works->version, member->period->code);
    return 0;
}

static int check_states(struct tx *tx, const struct plan_set *set, struct err *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (check_state(tx, &set->members[i], err) != 0)
            return -1;
    return version_needs_approval(tx) ? plan_set_by_another(tx, set, "publish", err) : 0;
}

/* *same: drafts that say nothing else than what is in force. */
static int find_same(struct tx *tx, const struct plan_set *set, const struct check *checks, bool *same, struct err *err)
{
    bool moves;

    *same = true;
    for (size_t i = 0; i < set->count && *same; i++) {
        const struct version_row *works = &set->members[i].works;

        if (baseline_moves(tx, set->members[i].period, works, &moves, err) != 0)
            return -1;
        *same = strcmp(works->state, "draft") == 0 && works->base && !moves && is_same(&checks[i]);
    }
    return 0;
}

static int reply_plan(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                      Bihuan__PublishPlanReply *reply, struct err *err)
{
    Bihuan__Plan *plan = arena_new(tx_arena(tx), Bihuan__Plan);

    bihuan__plan__init(plan);
    plan->period = period->code;
    plan->version = row->version;
    plan->lines = (uint32_t)row->lines;
    plan->reason = (char *)(uintptr_t)row->reason;
    plan->published_by = (char *)(uintptr_t)row->published_by;
    plan->published_at = row->published_at;
    reply->plan = plan;
    return tx_reply(tx, &reply->base, err);
}

static int reply_unchanged(struct tx *tx, const struct ref_period *period, const struct version_row *in_force,
                           struct err *err)
{
    Bihuan__PublishPlanReply reply = BIHUAN__PUBLISH_PLAN_REPLY__INIT;

    reply.unchanged = true;
    return reply_plan(tx, period, in_force, &reply, err);
}

/* --- the handler ---------------------------------------------------------------------------------------------------
 */
static int bring_into_force(struct tx *tx, struct coming *coming, const char *reason, struct err *err)
{
    const struct check *check = coming->check;
    struct version_row *works = coming->works;

    works->lines = (int32_t)slices_lines(check->slices, check->slice_count);
    works->published_by = tx_principal(tx)->person;
    works->published_at = tx_now(tx);
    if (reason[0])
        works->reason = reason;
    if ((works->base && version_store_supersede(tx, works->period_id, works->base, err) != 0) ||
        cell_store_keep(tx, works->period_id, works->version, check->slices, check->slice_count, err) != 0 ||
        version_step(tx, works, "published", reason, err) != 0)
        return -1;
    return baseline_fix(tx, check->period, works, &coming->calendar, err);
}

static int publish_set(struct tx *tx, const Bihuan__PublishPlanRequest *request, struct plan_set *set,
                       const struct check *checks, struct err *err)
{
    struct coming *coming = arena_array(tx_arena(tx), struct coming, set->count);
    Bihuan__PublishPlanReply reply = BIHUAN__PUBLISH_PLAN_REPLY__INIT;

    if (check_settle(tx, checks, set->count, request->consents, request->n_consents, &reply.warnings, &reply.n_warnings,
                     err) != 0 ||
        plan_set_check_reasons(set, request->reason, err) != 0)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        coming[i] = (struct coming) { .check = &checks[i], .works = &set->members[i].works };
        if (bring_into_force(tx, &coming[i], request->reason, err) != 0)
            return -1;
    }
    if (send_set(tx, coming, set->count, err) != 0)
        return -1;
    plan_set_others(tx, set, &reply.set, &reply.n_set);
    return reply_plan(tx, set->members[0].period, &set->members[0].works, &reply, err);
}

int on_publish_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PublishPlanRequest *request = message;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const struct set_named named = {
        request->period, { request->version, request->revision }, request->set, request->n_set
    };
    struct version_row works, in_force;
    struct plan_set set;
    struct check *checks;
    bool same;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    if (!works.version && !in_force.version)
        return err_fail(err, ERR_CONFLICT, "no_targets", "period \"%s\" has no target; apply targets first",
                        request->period);
    if (!works.version)
        return stale_check(tx, period, &in_force, named.seen, err) != 0 ? -1
                                                                        : reply_unchanged(tx, period, &in_force, err);
    if (plan_set_read(tx, &named, NULL, NULL, false, &set, err) != 0 || check_states(tx, &set, err) != 0 ||
        set_checks_load(tx, &set, &checks, err) != 0 || set_checks_lines(&set, checks, err) != 0 ||
        find_same(tx, &set, checks, &same, err) != 0)
        return -1;
    if (same)
        return reply_unchanged(tx, period, &set.members[0].in_force, err);
    return set_checks_run(tx, checks, set.count, err) != 0 ? -1 : publish_set(tx, request, &set, checks, err);
}
