/* versions: the way of a version from draft to approval, and the list of versions. */
#include "planning/sets/set_checks.h"

#include "planning/baselines/baselines.h"
#include "planning/ledger/cell_store.h"
#include "planning/targets/scope.h"

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

/* Those that take each step with it, where it is in the works. */
static int add_set(struct tx *tx, const struct version_row *row, Bihuan__PlanVersion *out, struct err *err)
{
    const struct ref_period *period = refdata_period(refdata_of(tx), row->period_id);
    struct plan_set set;

    if (!period || strcmp(row->state, "published") == 0 || strcmp(row->state, "superseded") == 0)
        return 0;
    if (plan_set_of(tx, period, &set, err) != 0)
        return -1;
    plan_set_others(tx, &set, &out->set, &out->n_set);
    return 0;
}

int version_message(struct tx *tx, const struct version_row *row, Bihuan__PlanVersion **out, struct err *err)
{
    struct scope scope = scope_of(tx, refdata_period(refdata_of(tx), row->period_id));
    int64_t lines;

    *out = bare_message(tx, row);
    if (add_set(tx, row, *out, err) != 0 ||
        baseline_describe(tx, refdata_period(refdata_of(tx), row->period_id), row, *out, err) != 0 ||
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

static int reply_set(struct tx *tx, const struct plan_set *set, struct err *err)
{
    Bihuan__PlanVersionReply reply = BIHUAN__PLAN_VERSION_REPLY__INIT;

    if (version_message(tx, &set->members[0].works, &reply.version, err) != 0)
        return -1;
    plan_set_others(tx, set, &reply.set, &reply.n_set);
    return tx_reply(tx, &reply.base, err);
}

static int submit(struct tx *tx, struct version_row *works, const char *reason, struct err *err)
{
    if (reason[0])
        works->reason = reason;
    works->submitted_by = tx_principal(tx)->person;
    works->submitted_at = tx_now(tx);
    return version_step(tx, works, "submitted", reason, err);
}

int on_submit_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SubmitPlanRequest *request = message;
    const struct set_named named = {
        request->period, { request->version, request->revision }, request->set, request->n_set
    };
    struct plan_set set;
    struct check *checks;
    size_t warning_count;
    char **warnings;

    if (plan_set_read(tx, &named, "draft", "draft", false, &set, err) != 0 ||
        plan_set_check_reasons(&set, request->reason, err) != 0 || set_checks_load(tx, &set, &checks, err) != 0 ||
        set_checks_lines(&set, checks, err) != 0 || set_checks_run(tx, checks, set.count, err) != 0 ||
        check_settle(tx, checks, set.count, request->consents, request->n_consents, &warnings, &warning_count, err) !=
            0)
        return -1;
    for (size_t i = 0; i < set.count; i++)
        if (submit(tx, &set.members[i].works, request->reason, err) != 0)
            return -1;
    return reply_set(tx, &set, err);
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
    const struct set_named named = {
        request->period, { request->version, request->revision }, request->set, request->n_set
    };
    struct plan_set set;

    if (plan_set_read(tx, &named, "submitted", "submitted", false, &set, err) != 0 ||
        plan_set_by_another(tx, &set, "approve", err) != 0)
        return -1;
    for (size_t i = 0; i < set.count; i++) {
        struct version_row *works = &set.members[i].works;

        works->approved_by = tx_principal(tx)->person;
        works->approved_at = tx_now(tx);
        if (version_step(tx, works, "approved", request->reason, err) != 0)
            return -1;
    }
    return reply_set(tx, &set, err);
}

static int check_may_return(struct tx *tx, const struct plan_set *set, struct err *err)
{
    for (size_t i = 0; i < set->count && !tx_may(tx, "plan.approve"); i++) {
        const struct version_row *works = &set->members[i].works;

        if (strcmp(works->submitted_by, tx_principal(tx)->person) != 0)
            return err_fail(err, ERR_FORBIDDEN, "permission",
                            "only who may approve plans, or \"%s\" who submitted it, returns version %u of period"
                            " \"%s\"",
                            works->submitted_by, works->version, set->members[i].period->code);
    }
    return 0;
}

int on_return_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReturnPlanRequest *request = message;
    const struct set_named named = {
        request->period, { request->version, request->revision }, request->set, request->n_set
    };
    struct plan_set set;

    if (plan_set_read(tx, &named, "submitted", "approved", true, &set, err) != 0 ||
        check_may_return(tx, &set, err) != 0)
        return -1;
    if (!request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "returning a version needs a reason");
    for (size_t i = 0; i < set.count; i++) {
        struct version_row *works = &set.members[i].works;

        works->submitted_at = works->approved_at = 0;
        if (version_store_end_consents(tx, works->period_id, works->version, err) != 0 ||
            version_step(tx, works, "draft", request->reason, err) != 0)
            return -1;
    }
    return reply_set(tx, &set, err);
}

int on_revise_plan(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RevisePlanRequest *request = message;
    Bihuan__PlanVersionReply reply = BIHUAN__PLAN_VERSION_REPLY__INIT;
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
    if (works_for_change(tx, period, request->reason, false, &works, &begins_as, err) != 0 ||
        version_message(tx, &works, &reply.version, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
/* Of limit + 1 that were asked for, leaves a page's, and says where the next one goes on; "" there is none. */
static char *next_versions(struct tx *tx, const struct version_row *rows, size_t *count, uint32_t limit)
{
    if (*count <= limit)
        return (char *)(uintptr_t) "";
    *count = limit;
    return make_cursor(tx, (const uint32_t[]) { rows[limit - 1].period_id, rows[limit - 1].version }, 2);
}

static int list_versions(struct tx *tx, const Bihuan__ListPlanVersionsRequest *request, struct err *err)
{
    Bihuan__ListPlanVersionsReply reply = BIHUAN__LIST_PLAN_VERSIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), after[2];
    const struct ref_period *period;
    struct version_row *rows;
    size_t count;

    if (find_period(tx, request->period, &period, err) != 0 || read_cursor(request->page, after, 2, err) != 0)
        return -1;
    if (version_store_list(tx, period ? period->id : 0, request->version, false, after, limit + 1, &rows, &count,
                           err) != 0)
        return -1;
    reply.next = next_versions(tx, rows, &count, limit);
    reply.items = arena_array(tx_arena(tx), Bihuan__PlanVersion *, count);
    for (size_t i = 0; i < count; i++)
        if (version_message(tx, &rows[i], &reply.items[reply.n_items++], err) != 0)
            return -1;
    return tx_reply(tx, &reply.base, err);
}

static int list_plans(struct tx *tx, const Bihuan__ListPlansRequest *request, struct err *err)
{
    Bihuan__ListPlansReply reply = BIHUAN__LIST_PLANS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), after[2];
    const struct ref_period *period;
    struct version_row *rows;

    if (find_period(tx, request->period, &period, err) != 0 || read_cursor(request->page, after, 2, err) != 0 ||
        version_store_list(tx, period ? period->id : 0, 0, true, after, limit + 1, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.next = next_versions(tx, rows, &reply.n_items, limit);
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
