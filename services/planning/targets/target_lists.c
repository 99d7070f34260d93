/* target_lists: pages of targets, and the check on request. */
#include "planning/sets/set_checks.h"
#include "planning/ledger/cell_store.h"
#include "planning/targets/scope.h"
#include "planning/weights/weights.h"

#include <string.h>

static Bihuan__TargetLine *line_of(struct tx *tx, const struct cell_row *row, const char *period)
{
    Bihuan__TargetLine *line = arena_new(tx_arena(tx), Bihuan__TargetLine);

    bihuan__target_line__init(line);
    line->unit = code_of_unit(tx, row->cell.unit_id);
    line->measure = code_of_measure(tx, row->key.measure_id);
    line->channel = code_of_channel(tx, row->key.channel_id);
    line->product = code_of_product(tx, row->key.product_id);
    line->period = (char *)(uintptr_t)period;
    line->amount = amount_text(tx, row->key.measure_id, row->cell.amount);
    if (row->cell.hedge)
        line->hedge = amount_text(tx, row->key.measure_id, row->cell.hedge);
    line->revision = row->cell.revision;
    return line;
}

/* In force, else the draft; with `draft` the other way round. */
static int choose_version(struct tx *tx, const Bihuan__ListTargetsRequest *request, const struct ref_period *period,
                          struct version_row *out, struct err *err)
{
    struct version_row works, in_force;

    if (request->version)
        return version_to_read(tx, period, request->version, out, err);
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    *out = works.version && (request->draft || !in_force.version) ? works : in_force;
    return 0;
}

static int list_targets(struct tx *tx, const Bihuan__ListTargetsRequest *request, struct err *err)
{
    Bihuan__ListTargetsReply reply = BIHUAN__LIST_TARGETS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), after[4];
    const struct ref_period *period;
    const struct ref_unit *unit;
    const struct ref_measure *measure;
    struct version_row version;
    struct cell_row *rows;
    struct scope scope;

    if (!request->period[0])
        return err_fail(err, ERR_NOT_FOUND, "unknown_code", "period \"\" is not known");
    if (find_period(tx, request->period, &period, err) != 0 ||
        scope_find_unit(tx, period, request->unit, &unit, err) != 0 ||
        find_measure(tx, request->measure, &measure, err) != 0 || read_cursor(request->page, after, 4, err) != 0 ||
        choose_version(tx, request, period, &version, err) != 0)
        return -1;
    scope = scope_of(tx, period);
    if (cell_store_page(tx, period->id, version.version, unit ? unit->id : 0, measure ? measure->id : 0,
                        &(struct cell_row) { .key = { after[0], after[1], after[2] }, .cell = { .unit_id = after[3] } },
                        scope.whole ? NULL : scope.units, scope.count, limit, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetLine *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = line_of(tx, &rows[i], request->period);
    reply.version = version.version;
    reply.state = (char *)(uintptr_t)version.state;
    reply.revision = version.revision;
    if (reply.n_items == limit) {
        const struct cell_row *last = &rows[limit - 1];
        const uint32_t next[] = { last->key.measure_id, last->key.channel_id, last->key.product_id,
                                  last->cell.unit_id };

        reply.next = make_cursor(tx, next, 4);
    }
    return tx_reply(tx, &reply.base, err);
}

static int lint_plan(struct tx *tx, const Bihuan__LintPlanRequest *request, struct err *err)
{
    Bihuan__LintPlanReply reply = BIHUAN__LINT_PLAN_REPLY__INIT;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    struct scope scope = scope_of(tx, period);
    struct version_row version;
    struct check check = { .version = &version, .scope = &scope, .period = period };
    struct slice *history;

    if (!check.period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (version_to_read(tx, check.period, request->version, &version, err) != 0)
        return -1;
    if (request->against[0]) {
        if (weights_as_slices(tx, request->against, &history, &check.history_count, err) != 0)
            return -1;
        check.history = history;
    }
    if (set_checks_of(tx, &check, err) != 0 || check_run(tx, &check, err) != 0 ||
        check_consented(tx, &check, &reply.consented, &reply.n_consented, err) != 0)
        return -1;
    reply.period = request->period;
    reply.version = version.version;
    reply.errors = check.errors;
    reply.warnings = check.warnings;
    reply.items = check.findings;
    reply.n_items = check.finding_count;
    reply.notices = check.notices;
    reply.revision = version.revision;
    return tx_reply(tx, &reply.base, err);
}

int on_list_targets(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_targets, message, err);
}

int on_lint_plan(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, lint_plan, message, err);
}
