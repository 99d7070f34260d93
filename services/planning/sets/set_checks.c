/* set_checks: see set_checks.h. */
#include "planning/sets/set_checks.h"

#include "planning/ledger/cell_store.h"

static int load(struct tx *tx, const struct set_member *member, struct check *check, struct err *err)
{
    check->period = member->period;
    check->version = &member->works;
    if (check_load(tx, check, err) != 0)
        return -1;
    return check->slice_count ? 0
                              : err_fail(err, ERR_CONFLICT, "no_targets",
                                         "period \"%s\" has no target; apply targets first", member->period->code);
}

int set_checks_load(struct tx *tx, const struct plan_set *set, struct check **out, struct err *err)
{
    struct check *checks = arena_array(tx_arena(tx), struct check, set->count);

    for (size_t i = 0; i < set->count; i++) {
        checks[i].set = checks;
        checks[i].set_count = set->count;
        checks[i].each = true;
        if (load(tx, &set->members[i], &checks[i], err) != 0)
            return -1;
    }
    *out = checks;
    return 0;
}

int set_checks_run(struct tx *tx, struct check *checks, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (check_run(tx, &checks[i], err) != 0)
            return -1;
    return 0;
}

uint32_t slices_lines(const struct slice *slices, size_t count)
{
    uint32_t lines = 0;

    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < slices[s].count; i++)
            lines += slices[s].cells[i].amount > 0;
    return lines;
}

int set_checks_lines(const struct plan_set *set, const struct check *checks, struct err *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (slices_lines(checks[i].slices, checks[i].slice_count))
            return 0;
    return err_fail(err, ERR_CONFLICT, "no_targets", "period \"%s\" has no target; apply targets first",
                    set->members[0].period->code);
}

/* The others only for what they have. */
static int add_others(struct tx *tx, struct check *check, const struct plan_set *set, struct err *err)
{
    struct check *members = arena_array(tx_arena(tx), struct check, set->count);

    for (size_t i = 0; i < set->count; i++) {
        struct slice *slices;

        members[i] = (struct check) { .period = set->members[i].period, .version = &set->members[i].works };
        if (members[i].period == check->period) {
            members[i] = *check;
            continue;
        }
        if (cell_store_slices(tx, members[i].period->id, members[i].version->version, NULL, true, &slices,
                              &members[i].slice_count, err) != 0)
            return -1;
        members[i].slices = slices;
    }
    check->set = members;
    check->set_count = set->count;
    return 0;
}

int set_checks_of(struct tx *tx, struct check *check, struct err *err)
{
    struct version_row works, in_force;
    struct plan_set *set = arena_new(tx_arena(tx), struct plan_set);

    if (version_store_current(tx, check->period->id, &works, &in_force, err) != 0 || check_load(tx, check, err) != 0)
        return -1;
    check->behind = check->version->version != works.version && check->version->version != in_force.version;
    if (check->behind || check->version->version != works.version)
        return 0;
    return plan_set_of(tx, check->period, set, err) != 0 ? -1 : add_others(tx, check, set, err);
}
