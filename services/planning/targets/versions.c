/* versions: the way of a version from draft to approval, and the list of versions. */
#include "planning/targets/check.h"

#include "planning/baselines/baselines.h"
#include "planning/targets/cell_store.h"
#include "planning/targets/scope.h"
#include "planning/targets/stale.h"

#include <string.h>

static Bihuan__PlanVersion *bare_message(struct tx *tx, const struct version_row *row)
{
    Bihuan__PlanVersion *out = arena_new(tx_arena(tx), Bihuan__PlanVersion);

    bihuan__plan_version__init(out);
    out->period = code_of_period(tx, row->period_id);
    out->version = row->version;
    out->state = (char *)(uintptr_t)row->state;
    out->began_from = row->base;
    out->reason = (char *)(uintptr_t)row->reason;
    out->lines = (uint32_t)row->lines;
    out->opened_by = (char *)(uintptr_t)row->opened_by;
    out->opened_at = row->opened_at;
    out->submitted_by = (char *)(uintptr_t)(row->submitted_by ? row->submitted_by : "");
    out->submitted_at = row->submitted_at;
    out->approved_by = (char *)(uintptr_t)(row->approved_by ? row->approved_by : "");
    out->approved_at = row->approved_at;
    out->published_by = (char *)(uintptr_t)(row->published_by ? row->published_by : "");
    out->published_at = row->published_at;
    out->revision = row->revision;
    return out;
}

int version_message(struct tx *tx, const struct version_row *row, Bihuan__PlanVersion **out, struct err *err)
{
    struct scope scope = scope_of(tx);
    int64_t lines;

    *out = bare_message(tx, row);
    if (baseline_describe(tx, refdata_period(refdata_of(tx), row->period_id), row, *out, err) != 0 ||
        version_store_moves(tx, row->period_id, row->version, &(*out)->moves, &(*out)->n_moves, err) != 0 ||
        version_store_consents(tx, row->period_id, row->version, &(*out)->consents, NULL, &(*out)->n_consents, err) !=
            0)
        return -1;
    if (row->lines && scope.whole)
        return 0;
    if (cell_store_count(tx, row->period_id, row->version, scope.whole ? NULL : scope.units, scope.count, &lines,
                         err) != 0)
        return -1;
    (*out)->lines = (uint32_t)lines;
    return 0;
}

static int reply_version(struct tx *tx, const struct version_row *row, struct err *err)
{
    Bihuan__PlanVersionReply reply = BIHUAN__PLAN_VERSION_REPLY__INIT;

    return version_message(tx, row, &reply.version, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

/* The version in the works, which must be as it was seen and in one of two states. */
static int in_works(struct tx *tx, const char *code, struct seen seen, const char *state, const char *or_state,
                    const struct ref_period **period, struct version_row *works, struct err *err)
{
    struct version_row in_force;

    *period = refdata_period_by_code(refdata_of(tx), code);
    if (!*period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", code);
    if (version_store_current(tx, (*period)->id, works, &in_force, err) != 0)
        return -1;
    if (!works->version)
        return err_fail(err, ERR_CONFLICT, "no_draft", "period \"%s\" has no version in the works", code);
    if (stale_check(tx, *period, works, seen, err) != 0)
        return -1;
    if (strcmp(works->state, state) != 0 && strcmp(works->state, or_state) != 0)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "version %u of period \"%s\" is %s, not %s", works->version,
                        code, works->state, state);
    return 0;
}

int on_submit_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SubmitPlanRequest *request = message;
    const struct seen seen = { request->version, request->revision };
    struct version_row works;
    struct check check = { .version = &works };
    size_t warning_count;
    char **warnings;

    if (in_works(tx, request->period, seen, "draft", "draft", &check.period, &works, err) != 0)
        return -1;
    if (works.base && !works.reason[0] && !request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "a revision of a published plan needs a reason");
    if (check_load(tx, &check, err) != 0)
        return -1;
    if (!check.slice_count)
        return err_fail(err, ERR_CONFLICT, "no_targets", "period \"%s\" has no target; apply targets first",
                        request->period);
    if (check_run(tx, &check, err) != 0 ||
        check_settle(tx, &check, request->consents, request->n_consents, &warnings, &warning_count, err) != 0)
        return -1;
    if (request->reason[0])
        works.reason = request->reason;
    works.submitted_by = tx_principal(tx)->person;
    works.submitted_at = tx_now(tx);
    return version_step(tx, &works, "submitted", request->reason, err) != 0 ? -1 : reply_version(tx, &works, err);
}

int version_by_another(struct tx *tx, const struct version_row *works, const char *verb, struct err *err)
{
    const char *person = tx_principal(tx)->person;
    bool submitted, changed;

    if (version_store_wrote(tx, works->period_id, works->version, person, &submitted, &changed, err) != 0)
        return -1;
    if (submitted || changed)
        return err_fail(err, ERR_FORBIDDEN, submitted ? "own_submission" : "own_change",
                        "\"%s\" %s version %u and so can't %s it; somebody else must", person,
                        submitted ? "submitted" : "changed targets in", works->version, verb);
    return 0;
}

int on_approve_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApprovePlanRequest *request = message;
    const struct seen seen = { request->version, request->revision };
    const struct ref_period *period;
    struct version_row works;

    if (in_works(tx, request->period, seen, "submitted", "submitted", &period, &works, err) != 0)
        return -1;
    if (version_by_another(tx, &works, "approve", err) != 0)
        return -1;
    works.approved_by = tx_principal(tx)->person;
    works.approved_at = tx_now(tx);
    return version_step(tx, &works, "approved", request->reason, err) != 0 ? -1 : reply_version(tx, &works, err);
}

int on_return_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReturnPlanRequest *request = message;
    const struct seen seen = { request->version, request->revision };
    const struct ref_period *period;
    struct version_row works;

    if (in_works(tx, request->period, seen, "submitted", "approved", &period, &works, err) != 0)
        return -1;
    if (!tx_may(tx, "plan.approve") && strcmp(works.submitted_by, tx_principal(tx)->person) != 0)
        return err_fail(err, ERR_FORBIDDEN, "permission",
                        "only who may approve plans, or \"%s\" who submitted it, returns version %u",
                        works.submitted_by, works.version);
    if (!request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "returning a version needs a reason");
    works.submitted_at = works.approved_at = 0;
    if (version_store_end_consents(tx, works.period_id, works.version, err) != 0)
        return -1;
    return version_step(tx, &works, "draft", request->reason, err) != 0 ? -1 : reply_version(tx, &works, err);
}

int on_revise_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RevisePlanRequest *request = message;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    struct version_row works, in_force;
    uint32_t begins_as;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (!request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "a revision of a published plan needs a reason");
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    if (works.version)
        return err_fail(err, ERR_CONFLICT, "in_works", "version %u of period \"%s\" is in the works already",
                        works.version, request->period);
    if (!in_force.version)
        return err_fail(err, ERR_CONFLICT, "nothing_published",
                        "period \"%s\" has no published plan; apply targets to its first", request->period);
    if (works_for_change(tx, period, request->reason, false, &works, &begins_as, err) != 0)
        return -1;
    return reply_version(tx, &works, err);
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
static int list_versions(struct tx *tx, const Bihuan__ListPlanVersionsRequest *request, struct err *err)
{
    Bihuan__ListPlanVersionsReply reply = BIHUAN__LIST_PLAN_VERSIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), after[2];
    const struct ref_period *period;
    struct version_row *rows;
    size_t count;

    if (find_period(tx, request->period, &period, err) != 0 || read_cursor(request->page, after, 2, err) != 0)
        return -1;
    if (version_store_list(tx, period ? period->id : 0, false, after[0], after[1], limit, &rows, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__PlanVersion *, count);
    for (size_t i = 0; i < count; i++)
        if ((!request->version || rows[i].version == request->version) &&
            version_message(tx, &rows[i], &reply.items[reply.n_items++], err) != 0)
            return -1;
    if (count == limit) {
        const uint32_t last[] = { rows[count - 1].period_id, rows[count - 1].version };

        reply.next = make_cursor(tx, last, 2);
    }
    return tx_reply(tx, &reply.base, err);
}

static int list_plans(struct tx *tx, const Bihuan__ListPlansRequest *request, struct err *err)
{
    Bihuan__ListPlansReply reply = BIHUAN__LIST_PLANS_REPLY__INIT;
    const struct ref_period *period;
    struct version_row *rows;

    if (find_period(tx, request->period, &period, err) != 0 ||
        version_store_list(tx, period ? period->id : 0, true, 0, 0, 500, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Plan *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++) {
        Bihuan__Plan *plan = reply.items[i] = arena_new(tx_arena(tx), Bihuan__Plan);

        bihuan__plan__init(plan);
        plan->period = code_of_period(tx, rows[i].period_id);
        plan->version = rows[i].version;
        plan->lines = (uint32_t)rows[i].lines;
        plan->reason = (char *)(uintptr_t)rows[i].reason;
        plan->published_by = (char *)(uintptr_t)rows[i].published_by;
        plan->published_at = rows[i].published_at;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_plan_versions(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_versions, message, err);
}

int on_list_plans(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_plans, message, err);
}
