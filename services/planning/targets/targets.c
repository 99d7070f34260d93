/* targets: drafts in, a published baseline out. */
#include "planning/planning.h"
#include "planning/targets/target_store.h"

#include "text/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_A_PART  2000
#define PROBLEMS_MAX  50
#define CHANGES_SHOWN 200

static struct planning *planning_of(struct tx *tx)
{
    return tx_state(tx);
}

static int scale_of(struct tx *tx, const struct ref_measure *measure)
{
    return measure->money ? runtime_money_scale(tx_runtime(tx)) : 0;
}

/* --- drafts --- */

static void unknown(struct tx *tx, const char *pointer, const char *field, const char *code)
{
    tx_problem(tx, place(tx, pointer, field), "unknown_code", "%s \"%s\" is not known; apply it first", field, code);
}

/* Codes to ids, text to amount; what is wrong becomes a problem. */
static struct target_row read_line(struct tx *tx, const Bihuan__TargetLine *line, const char *pointer)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    const struct ref_period *period = refdata_period_by_code(refdata, line->period);
    const struct ref_unit *unit = refdata_unit_by_code(refdata, line->unit);
    const struct ref_measure *measure = refdata_measure_by_code(refdata, line->measure);
    const struct ref_channel *channel = refdata_channel_by_code(refdata, line->channel);
    const struct ref_product *product = refdata_product_by_code(refdata, line->product);
    struct target_row row = { 0 };
    struct err why;

    if (!period)
        unknown(tx, pointer, "period", line->period);
    if (!unit)
        unknown(tx, pointer, "unit", line->unit);
    if (!measure)
        unknown(tx, pointer, "measure", line->measure);
    if (line->channel[0] && !channel)
        unknown(tx, pointer, "channel", line->channel);
    if (line->product[0] && !product)
        unknown(tx, pointer, "product", line->product);
    if (measure && decimal_parse(line->amount, strlen(line->amount), scale_of(tx, measure), 0, &row.amount, &why) != 0)
        tx_problem(tx, place(tx, pointer, "amount"), why.code, "%s", why.text);
    else if (measure && row.amount <= 0)
        tx_problem(tx, place(tx, pointer, "amount"), "not_positive",
                   "a target must be above 0; leave the line out where there is none");
    if (!period || !unit || !measure)
        return row;
    row.period_id = period->id;
    row.unit_id = unit->id;
    row.measure_id = measure->id;
    row.channel_id = channel ? channel->id : 0;
    row.product_id = product ? product->id : 0;
    return row;
}

static void note_change(struct tx *tx, Bihuan__ApplyReply *reply, const Bihuan__TargetLine *line, int64_t before)
{
    Bihuan__Change *change;

    if (before)
        reply->changed++;
    else
        reply->created++;
    if (reply->n_changes == CHANGES_SHOWN)
        return;
    change = arena_new(tx_arena(tx), Bihuan__Change);
    bihuan__change__init(change);
    change->code = arena_printf(tx_arena(tx), "%s %s %s%s%s%s%s", line->period, line->unit, line->measure,
                                line->channel[0] ? " " : "", line->channel, line->product[0] ? " " : "", line->product);
    change->action = (char *)(uintptr_t)(before ? "changed" : "created");
    change->difference = arena_printf(tx_arena(tx), "amount: %s", line->amount);
    reply->changes[reply->n_changes++] = change;
}

int on_apply_targets(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyTargetsRequest *request = message;
    struct arena *arena = tx_arena(tx);
    struct target_row *rows = arena_array(arena, struct target_row, request->n_items);
    int64_t *before = arena_array(arena, int64_t, request->n_items);
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;

    for (size_t i = 0; i < request->n_items; i++)
        rows[i] = read_line(tx, request->items[i], arena_printf(arena, "/items/%zu", i));
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (target_store_drafts_of(tx, rows, request->n_items, before, err) != 0)
        return -1;
    reply.dry_run = request->dry_run;
    reply.changes = arena_array(arena, Bihuan__Change *, CHANGES_SHOWN);
    for (size_t i = 0; i < request->n_items; i++)
        if (before[i] == rows[i].amount)
            reply.unchanged++;
        else
            note_change(tx, &reply, request->items[i], before[i]);
    if (!request->dry_run && target_store_put_drafts(tx, rows, request->n_items, err) != 0)
        return err->cls == ERR_INTERNAL && strcmp(err->code, "21000") == 0
                   ? err_fail(err, ERR_INVALID, "duplicate_line", "the same target stands twice in this request")
                   : -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- do the children add up? --- */

static int by_key(const void *a, const void *b)
{
    const struct target_row *x = a;
    const struct target_row *y = b;

    if (x->unit_id != y->unit_id)
        return x->unit_id < y->unit_id ? -1 : 1;
    if (x->measure_id != y->measure_id)
        return x->measure_id < y->measure_id ? -1 : 1;
    if (x->channel_id != y->channel_id)
        return x->channel_id < y->channel_id ? -1 : 1;
    return x->product_id < y->product_id ? -1 : x->product_id > y->product_id;
}

static void report_sum(struct tx *tx, const struct target_row *parent, int64_t sum, bool complete)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    const struct ref_measure *measure = refdata_measure(refdata, parent->measure_id);
    int scale = scale_of(tx, measure);
    char want[DECIMAL_TEXT_MAX];
    char have[DECIMAL_TEXT_MAX];

    decimal_print(want, parent->amount, scale, 0);
    decimal_print(have, sum, scale, 0);
    tx_problem(tx, "/period", "sum_differs",
               "unit \"%s\", measure \"%s\": its children's targets add up to %s, %s its own %s; correct one of them",
               refdata_unit(refdata, parent->unit_id)->code, measure->code, have,
               complete ? "which is not" : "which is more than", want);
}

/* Children that are open when the period begins: closed ones get no targets. */
static size_t open_children(struct tx *tx, uint32_t unit_id, int32_t day)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    size_t count = tree_children(refdata_tree(refdata), unit_id, day, NULL, 0);
    uint32_t *children = arena_array(tx_arena(tx), uint32_t, count);
    size_t open = 0;

    tree_children(refdata_tree(refdata), unit_id, day, children, count);
    for (size_t i = 0; i < count; i++)
        open += refdata_unit(refdata, children[i])->closed_day > day;
    return open;
}

/* `up` are the drafts again with unit_id replaced by the parent's, sorted. */
static void check_sums(struct tx *tx, const struct ref_period *period, const struct target_row *drafts, size_t count)
{
    const struct tree *tree = refdata_tree(planning_of(tx)->refdata);
    struct target_row *up = arena_array(tx_arena(tx), struct target_row, count);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t parent = tree_parent(tree, drafts[i].unit_id, period->from_day);

        if (parent == TREE_NONE)
            continue;
        up[n] = drafts[i];
        up[n++].unit_id = parent;
    }
    qsort(up, n, sizeof *up, by_key);
    for (size_t i = 0; i < n && tx_problem_count(tx) < PROBLEMS_MAX;) {
        const struct target_row *own = bsearch(&up[i], drafts, count, sizeof *drafts, by_key);
        size_t first = i;
        int64_t sum = 0;
        size_t children;

        while (i < n && by_key(&up[first], &up[i]) == 0)
            if (__builtin_add_overflow(sum, up[i++].amount, &sum))
                sum = INT64_MAX; /* certainly more than any target */
        children = open_children(tx, up[first].unit_id, period->from_day);
        if (own && (sum > own->amount || (children == i - first && sum != own->amount)))
            report_sum(tx, own, sum, children == i - first);
    }
}

/* --- publishing --- */

static int publish_part(struct tx *tx, const struct target_row *rows, size_t count, Bihuan__PlanPublished *event,
                        struct err *err)
{
    struct arena *arena = tx_arena(tx);
    uint32_t *columns[4];
    int64_t *amounts = arena_array(arena, int64_t, count);

    for (int c = 0; c < 4; c++)
        columns[c] = arena_array(arena, uint32_t, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = rows[i].unit_id;
        columns[1][i] = rows[i].channel_id;
        columns[2][i] = rows[i].product_id;
        columns[3][i] = rows[i].measure_id;
        amounts[i] = rows[i].amount;
    }
    event->unit_id = columns[0];
    event->channel_id = columns[1];
    event->product_id = columns[2];
    event->measure_id = columns[3];
    event->amount = amounts;
    event->n_unit_id = event->n_channel_id = event->n_product_id = event->n_measure_id = event->n_amount = count;
    return tx_publish(tx, 0, MSG(PLAN_PUBLISHED), "", &event->base, err);
}

static int publish_parts(struct tx *tx, uint32_t period_id, uint32_t version, const struct target_row *rows,
                         size_t count, struct err *err)
{
    uint32_t parts = (uint32_t)((count + LINES_A_PART - 1) / LINES_A_PART);

    for (uint32_t part = 0; part < parts; part++) {
        Bihuan__PlanPublished event = BIHUAN__PLAN_PUBLISHED__INIT;
        size_t from = (size_t)part * LINES_A_PART;

        event.period_id = period_id;
        event.version = version;
        event.part = part + 1;
        event.parts = parts;
        if (publish_part(tx, rows + from, count - from < LINES_A_PART ? count - from : LINES_A_PART, &event, err) != 0)
            return -1;
    }
    return 0;
}

int on_publish_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PublishPlanRequest *request = message;
    const struct ref_period *period = refdata_period_by_code(planning_of(tx)->refdata, request->period);
    Bihuan__PublishPlanReply reply = BIHUAN__PUBLISH_PLAN_REPLY__INIT;
    Bihuan__Plan plan = BIHUAN__PLAN__INIT;
    struct target_row *rows;
    size_t count;
    uint32_t last;
    bool differs;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (target_store_drafts(tx, period->id, &rows, &count, err) != 0 ||
        target_store_last(tx, period->id, &last, &differs, err) != 0)
        return -1;
    if (!count)
        return err_fail(err, ERR_CONFLICT, "no_targets", "period \"%s\" has no target; apply targets first",
                        request->period);
    check_sums(tx, period, rows, count);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (last && differs && !request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "a revision of a published plan needs a reason");
    plan.period = request->period;
    plan.version = differs || !last ? last + 1 : last;
    plan.lines = (uint32_t)count;
    plan.reason = request->reason;
    plan.published_by = tx_principal(tx)->person;
    plan.published_at = tx_now(tx);
    reply.plan = &plan;
    reply.unchanged = last && !differs;
    if (!reply.unchanged && (target_store_publish(tx, &plan, period->id, err) != 0 ||
                             publish_parts(tx, period->id, plan.version, rows, count, err) != 0))
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- lists
 * ---------------------------------------------------------------------------------------------------------------------
 */

static Bihuan__TargetLine *line_of(struct tx *tx, const struct target_row *row, const char *period)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, row->unit_id);
    const struct ref_measure *measure = refdata_measure(refdata, row->measure_id);
    const struct ref_channel *channel = refdata_channel(refdata, row->channel_id);
    const struct ref_product *product = refdata_product(refdata, row->product_id);
    Bihuan__TargetLine *line = arena_new(tx_arena(tx), Bihuan__TargetLine);
    char amount[DECIMAL_TEXT_MAX];

    bihuan__target_line__init(line);
    decimal_print(amount, row->amount, measure ? scale_of(tx, measure) : 0, 0);
    line->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    line->measure = arena_strdup(tx_arena(tx), measure ? measure->code : "");
    line->channel = arena_strdup(tx_arena(tx), channel ? channel->code : "");
    line->product = arena_strdup(tx_arena(tx), product ? product->code : "");
    line->period = (char *)(uintptr_t)period;
    line->amount = arena_strdup(tx_arena(tx), amount);
    return line;
}

static int list_targets(struct tx *tx, const Bihuan__ListTargetsRequest *request, struct err *err)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    const struct ref_period *period = refdata_period_by_code(refdata, request->period);
    const struct ref_unit *unit = refdata_unit_by_code(refdata, request->unit);
    const struct ref_measure *measure = refdata_measure_by_code(refdata, request->measure);
    Bihuan__ListTargetsReply reply = BIHUAN__LIST_TARGETS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct target_row after = { 0 };
    struct target_row *rows;

    if (!period || (request->unit[0] && !unit) || (request->measure[0] && !measure))
        return err_fail(err, ERR_NOT_FOUND, "unknown_code", "%s \"%s\" is not known",
                        !period                     ? "period"
                        : request->unit[0] && !unit ? "unit"
                                                    : "measure",
                        !period                     ? request->period
                        : request->unit[0] && !unit ? request->unit
                                                    : request->measure);
    if (request->page && request->page->cursor[0] &&
        sscanf(request->page->cursor, "%" SCNu32 ".%" SCNu32 ".%" SCNu32 ".%" SCNu32, &after.unit_id, &after.measure_id,
               &after.channel_id, &after.product_id) != 4)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor is not one of ours");
    if (target_store_page(tx, period->id, unit ? unit->id : 0, measure ? measure->id : 0, &after, limit, &rows,
                          &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetLine *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = line_of(tx, &rows[i], request->period);
    if (reply.n_items == limit) {
        const struct target_row *last = &rows[limit - 1];

        reply.next = arena_printf(tx_arena(tx), "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, last->unit_id,
                                  last->measure_id, last->channel_id, last->product_id);
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_targets(struct tx *tx, const void *message, struct err *err)
{
    struct planning *planning = planning_of(tx);
    int rc;

    pthread_rwlock_rdlock(&planning->lock);
    rc = list_targets(tx, message, err);
    pthread_rwlock_unlock(&planning->lock);
    return rc;
}

static int list_plans(struct tx *tx, const Bihuan__ListPlansRequest *request, struct err *err)
{
    const struct refdata *refdata = planning_of(tx)->refdata;
    const struct ref_period *period = refdata_period_by_code(refdata, request->period);
    Bihuan__ListPlansReply reply = BIHUAN__LIST_PLANS_REPLY__INIT;
    struct db_rows rows;

    if (request->period[0] && !period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (target_store_plans(tx, period ? period->id : 0, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Plan *, rows.count);
    reply.n_items = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        const struct ref_period *of = refdata_period(refdata, (uint32_t)db_i32(&rows, i, 0));
        Bihuan__Plan *plan = arena_new(tx_arena(tx), Bihuan__Plan);

        bihuan__plan__init(plan);
        plan->period = arena_strdup(tx_arena(tx), of ? of->code : "");
        plan->version = (uint32_t)db_i32(&rows, i, 1);
        plan->lines = (uint32_t)db_i32(&rows, i, 2);
        plan->reason = arena_strdup(tx_arena(tx), db_text(&rows, i, 3));
        plan->published_by = arena_strdup(tx_arena(tx), db_text(&rows, i, 4));
        plan->published_at = db_time(&rows, i, 5);
        reply.items[i] = plan;
    }
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}

int on_list_plans(struct tx *tx, const void *message, struct err *err)
{
    struct planning *planning = planning_of(tx);
    int rc;

    pthread_rwlock_rdlock(&planning->lock);
    rc = list_plans(tx, message, err);
    pthread_rwlock_unlock(&planning->lock);
    return rc;
}
