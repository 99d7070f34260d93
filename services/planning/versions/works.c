/* works: the version in the works, its steps, and acts that change its cells. See targets.h. */
#include "planning/sets/plan_set.h"
#include "planning/ledger/cell_store.h"
#include "planning/ledger/ledger_store.h"
#include "planning/talks/negotiation_store.h"
#include "planning/targets/scope.h"
#include "planning/targets/targets.h"

#include <string.h>

static int publish_move(struct tx *tx, const struct version_row *row, const char *reason, struct err *err)
{
    Bihuan__PlanMoved event = BIHUAN__PLAN_MOVED__INIT;

    event.period_id = row->period_id;
    event.version = row->version;
    event.state = (char *)(uintptr_t)row->state;
    event.person = tx_principal(tx)->person;
    event.reason = (char *)(uintptr_t)reason;
    return tx_publish(tx, 0, MSG(PLAN_MOVED), "", &event.base, err);
}

int version_step(struct tx *tx, struct version_row *row, const char *to, const char *reason, struct err *err)
{
    const char *from = row->state;

    row->state = to;
    if (version_store_change(tx, row, err) != 0 ||
        version_store_add_move(tx, row, from, reason, tx_principal(tx)->person, err) != 0)
        return -1;
    return publish_move(tx, row, reason, err);
}

static int open_draft(struct tx *tx, const struct version_row *in_force, const char *reason,
                      const struct slice_change *changes, size_t count, struct version_row *works, struct err *err)
{
    *works = (struct version_row) { .period_id = in_force->period_id,
                                    .version = in_force->version + 1,
                                    .base = in_force->version,
                                    .revision = 1,
                                    .state = "draft",
                                    .reason = reason,
                                    .opened_by = tx_principal(tx)->person,
                                    .opened_at = tx_now(tx) };
    if (version_store_add(tx, works, err) != 0 ||
        version_store_add_move(tx, works, "", reason, works->opened_by, err) != 0 ||
        publish_move(tx, works, reason, err) != 0)
        return -1;
    return in_force->version
               ? cell_store_copy(tx, works->period_id, in_force->version, works->version, changes, count, err)
               : 0;
}

static int find_works(struct tx *tx, const struct ref_period *period, const char *reason, bool dry_run,
                      const struct slice_change *changes, size_t count, struct version_row *works, uint32_t *begins_as,
                      struct err *err)
{
    struct version_row in_force;

    if (version_store_current(tx, period->id, works, &in_force, err) != 0)
        return -1;
    if (works->version && strcmp(works->state, "draft") != 0)
        return err_fail(err, ERR_CONFLICT, "version_submitted",
                        "version %u of period \"%s\" is %s and takes no change; return it to draft first",
                        works->version, period->code, works->state);
    if (plan_set_check_open(tx, period, err) != 0)
        return -1;
    *begins_as = works->version ? works->version : in_force.version;
    if (works->version)
        return 0;
    if (scope_check_open(tx, period, err) != 0)
        return -1;
    return dry_run ? 0 : open_draft(tx, &in_force, reason, changes, count, works, err);
}

int works_for_change(struct tx *tx, const struct ref_period *period, const char *reason, bool dry_run,
                     struct version_row *works, uint32_t *begins_as, struct err *err)
{
    return find_works(tx, period, reason, dry_run, NULL, 0, works, begins_as, err);
}

int works_for_changes(struct tx *tx, const struct ref_period *period, const char *reason, struct slice_change *changes,
                      size_t count, struct version_row *works, struct err *err)
{
    uint32_t begins_as;

    (void)act_changes(changes, count);
    return find_works(tx, period, reason, false, changes, count, works, &begins_as, err);
}

int version_to_read(struct tx *tx, const struct ref_period *period, uint32_t version, struct version_row *out,
                    struct err *err)
{
    struct version_row in_force;

    if (version ? version_store_get(tx, period->id, version, out, err) != 0
                : version_store_current(tx, period->id, out, &in_force, err) != 0)
        return -1;
    if (!version && !out->version)
        *out = in_force;
    if (out->version)
        return 0;
    return version
               ? err_fail(err, ERR_NOT_FOUND, "no_version", "period \"%s\" has no version %u", period->code, version)
               : err_fail(err, ERR_NOT_FOUND, "no_targets", "period \"%s\" has no targets yet", period->code);
}

/* Cells that stay as they are needn't be there, unless a decomposition wants to be explained. Returns how many
 * change. */
static uint32_t mark_unchanged(struct slice_change *change)
{
    uint32_t changed = 0;
    size_t kept = 0;

    for (size_t i = 0; i < change->count; i++) {
        struct cell_change *cell = &change->cells[i];

        cell->same = cell_stays(cell);
        changed += !cell->same;
        if (!cell->same || change->details)
            change->cells[kept++] = *cell;
    }
    change->count = kept;
    return changed;
}

uint32_t act_changes(struct slice_change *changes, size_t count)
{
    uint32_t changed = 0;

    for (size_t s = 0; s < count; s++)
        changed += mark_unchanged(&changes[s]);
    return changed;
}

/* By unit id: whether a target of the unit becomes another amount. */
static bool *changed_units(struct tx *tx, const struct slice_change *changes, size_t count)
{
    uint32_t limit = refdata_unit_limit(refdata_of(tx));
    bool *changed = arena_array(tx_arena(tx), bool, limit);

    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < changes[s].count; i++)
            if (changes[s].cells[i].unit_id < limit && changes[s].cells[i].before != changes[s].cells[i].after)
                changed[changes[s].cells[i].unit_id] = true;
    return changed;
}

/* Who accepted other amounts than these is asked again. */
static int reopen_talks(struct tx *tx, const struct act *act, uint32_t revision, const struct slice_change *changes,
                        size_t count, struct err *err)
{
    uint32_t *units;
    size_t unit_count;
    bool *changed;

    if (negotiation_store_accepted(tx, act->period_id, act->version, &units, &unit_count, err) != 0)
        return -1;
    changed = unit_count ? changed_units(tx, changes, count) : NULL;
    for (size_t u = 0; u < unit_count; u++) {
        struct talk_row row = {
            .unit_id = units[u], .state = TALK_PROPOSED, .since = tx_now(tx), .revision = revision
        };
        Bihuan__NegotiationStep step = BIHUAN__NEGOTIATION_STEP__INIT;

        if (units[u] >= refdata_unit_limit(refdata_of(tx)) || !changed[units[u]])
            continue;
        step.unit = code_of_unit(tx, units[u]);
        step.answer = (char *)(uintptr_t)TALK_CHANGED;
        step.from = (char *)(uintptr_t)talk_states[TALK_ACCEPTED];
        step.to = (char *)(uintptr_t)talk_states[TALK_PROPOSED];
        step.person = tx_principal(tx)->person;
        step.at = tx_now(tx);
        step.reason = (char *)(uintptr_t)act->reason;
        if (negotiation_store_put(tx, act->period_id, act->version, &row, &step, err) != 0)
            return -1;
    }
    return 0;
}

static struct ledger_act row_of(struct tx *tx, const struct act *act)
{
    return (struct ledger_act) { .period_id = act->period_id,
                                 .version = act->version,
                                 .kind = act->kind,
                                 .person = tx_principal(tx)->person,
                                 .reason = act->reason,
                                 .at = tx_now(tx),
                                 .spec = act->spec };
}

int book_note(struct tx *tx, const struct act *act, struct err *err)
{
    struct ledger_act row = row_of(tx, act);

    if (version_store_bump(tx, act->period_id, act->version, &row.revision, err) != 0)
        return -1;
    return ledger_store_add(tx, &row, err);
}

int book_act(struct tx *tx, const struct act *act, struct slice_change *changes, size_t count, uint64_t *number,
             uint32_t *changed, struct err *err)
{
    struct ledger_act row = row_of(tx, act);

    *number = 0;
    *changed = act_changes(changes, count);
    if (!*changed)
        return 0;
    if (scope_check_changes(tx, refdata_period(refdata_of(tx), act->period_id), changes, count, err) != 0)
        return -1;
    if (version_store_bump(tx, act->period_id, act->version, &row.revision, err) != 0 ||
        ledger_store_add(tx, &row, err) != 0 || ledger_store_add_blocks(tx, &row, changes, count, err) != 0)
        return -1;
    *number = row.act;
    if (reopen_talks(tx, act, row.revision, changes, count, err) != 0)
        return -1;
    return cell_store_write(tx, act->period_id, act->version, row.act, changes, count, err);
}
