/* publish: a version becomes the plan in force. */
#include "planning/baselines/baselines.h"
#include "planning/targets/cell_store.h"
#include "planning/targets/check.h"
#include "planning/targets/stale.h"

#include <string.h>

#define LINES_A_PART 2000

/* --- parts ---------------------------------------------------------------------------------------------------------
 */
/* Lines gathered until a part is full. */
struct parts {
    struct tx *tx;
    Bihuan__PlanPublished event;
    Bihuan__Calendar *calendar; /* with the last one */
    uint32_t units[LINES_A_PART], channels[LINES_A_PART], products[LINES_A_PART], measures[LINES_A_PART];
    int64_t amounts[LINES_A_PART];
    size_t count;
};

static int send_part(struct parts *parts, struct err *err)
{
    Bihuan__PlanPublished *event = &parts->event;

    event->part++;
    event->unit_id = parts->units;
    event->channel_id = parts->channels;
    event->product_id = parts->products;
    event->measure_id = parts->measures;
    event->amount = parts->amounts;
    event->calendar = event->part == event->parts ? parts->calendar : NULL;
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

static int send_parts(struct tx *tx, const struct check *check, uint32_t lines, Bihuan__Calendar *calendar,
                      struct err *err)
{
    struct parts *parts = arena_new(tx_arena(tx), struct parts);

    parts->tx = tx;
    parts->calendar = calendar;
    bihuan__plan_published__init(&parts->event);
    parts->event.period_id = check->period->id;
    parts->event.version = check->version->version;
    parts->event.parts = (lines + LINES_A_PART - 1) / LINES_A_PART;
    for (size_t s = 0; s < check->slice_count; s++)
        if (send_slice(parts, &check->slices[s], err) != 0)
            return -1;
    return parts->count ? send_part(parts, err) : 0;
}

/* --- may it be published? ------------------------------------------------------------------------------------------
 */
static uint32_t count_lines(const struct slice *slices, size_t count)
{
    uint32_t lines = 0;

    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < slices[s].count; i++)
            lines += slices[s].cells[i].amount > 0;
    return lines;
}

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

static int check_state(struct tx *tx, const struct ref_period *period, const struct version_row *works, struct err *err)
{
    bool required = version_needs_approval(tx);

    if (strcmp(works->state, "approved") == 0)
        return required ? version_by_another(tx, works, "publish", err) : 0;
    if (strcmp(works->state, "submitted") == 0)
        return err_fail(err, ERR_CONFLICT, "not_approved",
                        "version %u of period \"%s\" waits for approval; approve it, or return it", works->version,
                        period->code);
    if (required)
        return err_fail(err, ERR_CONFLICT, "not_approved",
                        "version %u of period \"%s\" is a draft, and this installation publishes approved ones only;"
                        " submit it first",
                        works->version, period->code);
    return 0;
}

static int reply_plan(struct tx *tx, const struct ref_period *period, const struct version_row *row, bool unchanged,
                      char **warnings, size_t warning_count, struct err *err)
{
    Bihuan__PublishPlanReply reply = BIHUAN__PUBLISH_PLAN_REPLY__INIT;
    Bihuan__Plan plan = BIHUAN__PLAN__INIT;

    plan.period = period->code;
    plan.version = row->version;
    plan.lines = (uint32_t)row->lines;
    plan.reason = (char *)(uintptr_t)row->reason;
    plan.published_by = (char *)(uintptr_t)row->published_by;
    plan.published_at = row->published_at;
    reply.plan = &plan;
    reply.unchanged = unchanged;
    reply.warnings = warnings;
    reply.n_warnings = warning_count;
    return tx_reply(tx, &reply.base, err);
}

/* --- the handler ---------------------------------------------------------------------------------------------------
 */
static int bring_into_force(struct tx *tx, const struct check *check, struct version_row *works, const char *reason,
                            struct err *err)
{
    Bihuan__Calendar *calendar;

    works->lines = (int32_t)count_lines(check->slices, check->slice_count);
    works->published_by = tx_principal(tx)->person;
    works->published_at = tx_now(tx);
    if (reason[0])
        works->reason = reason;
    if ((works->base && version_store_supersede(tx, works->period_id, works->base, err) != 0) ||
        cell_store_keep(tx, works->period_id, works->version, check->slices, check->slice_count, err) != 0)
        return -1;
    if (version_step(tx, works, "published", reason, err) != 0 ||
        baseline_fix(tx, check->period, works, &calendar, err) != 0)
        return -1;
    return send_parts(tx, check, (uint32_t)works->lines, calendar, err);
}

int on_publish_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PublishPlanRequest *request = message;
    struct check check = { .period = refdata_period_by_code(refdata_of(tx), request->period) };
    struct version_row works, in_force;
    size_t warning_count;
    char **warnings;
    bool draft, moves;

    if (!check.period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (version_store_current(tx, check.period->id, &works, &in_force, err) != 0)
        return -1;
    if ((works.version || in_force.version) &&
        stale_check(tx, check.period, works.version ? &works : &in_force,
                    (struct seen) { request->version, request->revision }, err) != 0)
        return -1;
    if (!works.version && in_force.version)
        return reply_plan(tx, check.period, &in_force, true, NULL, 0, err);
    check.version = &works;
    draft = strcmp(works.state, "draft") == 0;
    if ((works.version && check_state(tx, check.period, &works, err) != 0) || check_load(tx, &check, err) != 0)
        return -1;
    if (!count_lines(check.slices, check.slice_count))
        return err_fail(err, ERR_CONFLICT, "no_targets", "period \"%s\" has no target; apply targets first",
                        request->period);
    if (baseline_moves(tx, check.period, &works, &moves, err) != 0)
        return -1;
    if (draft && works.base && !moves && is_same(&check))
        return reply_plan(tx, check.period, &in_force, true, NULL, 0, err);
    if (check_run(tx, &check, err) != 0 ||
        check_settle(tx, &check, request->consents, request->n_consents, &warnings, &warning_count, err) != 0)
        return -1;
    if (works.base && !works.reason[0] && !request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "a revision of a published plan needs a reason");
    if (bring_into_force(tx, &check, &works, request->reason, err) != 0)
        return -1;
    return reply_plan(tx, check.period, &works, false, warnings, warning_count, err);
}
