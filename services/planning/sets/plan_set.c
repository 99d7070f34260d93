/* plan_set: see plan_set.h. */
#include "planning/sets/plan_set.h"

#include "planning/sets/set_store.h"

#include <stdlib.h>
#include <string.h>

/* --- which are tied -------------------------------------------------------------------------------------------------
 */
/* By period id: in the set. Grows until no tie has one end inside only. */
static void spread(const struct set_tie *ties, size_t count, bool *inside, uint32_t limit)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < count; i++) {
            uint32_t whole = ties[i].whole, part = ties[i].part;

            if (whole >= limit || part >= limit || inside[whole] == inside[part])
                continue;
            inside[whole] = inside[part] = grew = true;
        }
    }
}

static int order(const void *a, const void *b)
{
    const struct ref_period *x = ((const struct set_member *)a)->period, *y = ((const struct set_member *)b)->period;
    const int64_t left[] = { y->until_day - y->from_day, x->from_day, x->id },
                  right[] = { x->until_day - x->from_day, y->from_day, y->id };

    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

/* The versions in the works of all periods inside, `first` before the others. */
static int gather(struct tx *tx, const bool *inside, const struct ref_period *first, struct plan_set *out,
                  struct err *err)
{
    uint32_t *open;
    size_t count;

    if (set_store_open(tx, &open, &count, err) != 0)
        return -1;
    *out = (struct plan_set) { .members = arena_array(tx_arena(tx), struct set_member, count) };
    for (size_t i = 0; i < count; i++) {
        struct set_member *member = &out->members[out->count];

        member->period = refdata_period(refdata_of(tx), open[i]);
        if (!member->period || !inside[open[i]])
            continue;
        if (version_store_current(tx, open[i], &member->works, &member->in_force, err) != 0)
            return -1;
        out->count += member->works.version > 0;
    }
    if (out->count)
        qsort(out->members, out->count, sizeof *out->members, order);
    for (size_t i = 1; i < out->count; i++)
        if (out->members[i].period == first) {
            struct set_member member = out->members[i];

            memmove(&out->members[1], &out->members[0], i * sizeof member);
            out->members[0] = member;
        }
    return 0;
}

static int find(struct tx *tx, const struct ref_period *const *seeds, size_t seed_count, struct plan_set *out,
                struct err *err)
{
    uint32_t limit = refdata_period_limit(refdata_of(tx));
    bool *inside = arena_array(tx_arena(tx), bool, limit);
    struct set_tie *ties;
    size_t count;

    if (set_store_ties(tx, &ties, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < seed_count; i++)
        inside[seeds[i]->id] = true;
    spread(ties, count, inside, limit);
    return gather(tx, inside, seeds[0], out, err);
}

int plan_set_of(struct tx *tx, const struct ref_period *period, struct plan_set *out, struct err *err)
{
    struct version_row works, in_force;

    *out = (struct plan_set) { 0 };
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    return works.version ? find(tx, &period, 1, out, err) : 0;
}

bool plan_set_leads(const struct plan_set *set)
{
    return set->count < 2 || order(&set->members[0], &set->members[1]) < 0;
}

int plan_set_check_open(struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct plan_set set;

    if (find(tx, &period, 1, &set, err) != 0)
        return -1;
    for (size_t i = 0; i < set.count; i++)
        if (strcmp(set.members[i].works.state, "draft") != 0)
            return err_fail(err, ERR_CONFLICT, "version_submitted",
                            "version %u of period \"%s\" is %s, and a cut over periods ties period \"%s\" to it, which"
                            " takes no change so long; return it to draft first",
                            set.members[i].works.version, set.members[i].period->code, set.members[i].works.state,
                            period->code);
    return 0;
}

/* --- what a step names ----------------------------------------------------------------------------------------------
 */
static const Bihuan__PlanSeen *named_as(const struct set_named *named, const struct ref_period *period)
{
    for (size_t i = 0; i < named->set_count; i++)
        if (strcmp(named->set[i]->period, period->code) == 0)
            return named->set[i];
    return NULL;
}

/* The periods that are named; the first one first. */
static int read_seeds(struct tx *tx, const struct set_named *named, const struct ref_period ***out, size_t *count,
                      struct err *err)
{
    const struct ref_period **seeds = arena_array(tx_arena(tx), const struct ref_period *, named->set_count + 1);

    *count = 0;
    seeds[(*count)++] = refdata_period_by_code(refdata_of(tx), named->period);
    if (!seeds[0])
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", named->period);
    for (size_t i = 0; i < named->set_count; i++) {
        const struct ref_period *period = refdata_period_by_code(refdata_of(tx), named->set[i]->period);

        if (period)
            seeds[(*count)++] = period;
        else
            tx_problem(tx, arena_printf(tx_arena(tx), "/set/%zu/period", i), "unknown_code",
                       "period \"%s\" is not known", named->set[i]->period);
    }
    *out = seeds;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static bool holds(const struct plan_set *set, const struct ref_period *period)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->members[i].period == period)
            return true;
    return false;
}

static int check_seeds(const struct plan_set *set, const struct ref_period *const *seeds, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!holds(set, seeds[i]))
            return err_fail(err, ERR_CONFLICT, "no_draft", "period \"%s\" has no version in the works", seeds[i]->code);
    return 0;
}

/* What is named is as it was seen. */
static int check_seen(struct tx *tx, const struct set_named *named, const struct plan_set *set, struct err *err)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct set_member *member = &set->members[i];
        const Bihuan__PlanSeen *other = i ? named_as(named, member->period) : NULL;
        const struct seen seen = other ? (struct seen) { other->version, other->revision } : named->seen;

        if ((i == 0 || other) && stale_check(tx, member->period, &member->works, seen, err) != 0)
            return -1;
    }
    return 0;
}

static int check_named(struct tx *tx, const struct set_named *named, const struct plan_set *set, struct err *err)
{
    for (size_t i = 1; i < set->count; i++)
        if (!named_as(named, set->members[i].period))
            tx_problem(tx, "/set", "set_not_named",
                       "version %u of period \"%s\" takes this step too, a cut over periods ties them together: look at"
                       " it, and name it with its revision (now %u)",
                       set->members[i].works.version, set->members[i].period->code, set->members[i].works.revision);
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static bool is_in(const struct version_row *works, const char *state, const char *or_state)
{
    return !state || strcmp(works->state, state) == 0 || strcmp(works->state, or_state) == 0;
}

static int check_state(const struct plan_set *set, size_t i, const char *state, struct err *err)
{
    const struct set_member *member = &set->members[i];

    if (i == 0)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "version %u of period \"%s\" is %s, not %s",
                        member->works.version, member->period->code, member->works.state, state);
    return err_fail(err, ERR_CONFLICT, "wrong_state",
                    "version %u of period \"%s\", which takes this step with period \"%s\", is %s, not %s; return them"
                    " to draft first",
                    member->works.version, member->period->code, set->members[0].period->code, member->works.state,
                    state);
}

int plan_set_read(struct tx *tx, const struct set_named *named, const char *state, const char *or_state, bool mixed,
                  struct plan_set *out, struct err *err)
{
    const struct ref_period **seeds = NULL;
    size_t count = 0, kept = 0;

    if (read_seeds(tx, named, &seeds, &count, err) != 0 || find(tx, seeds, count, out, err) != 0 ||
        check_seeds(out, seeds, count, err) != 0 || check_seen(tx, named, out, err) != 0 ||
        check_named(tx, named, out, err) != 0)
        return -1;
    for (size_t i = 0; i < out->count; i++) {
        if (is_in(&out->members[i].works, state, or_state))
            out->members[kept++] = out->members[i];
        else if (i == 0 || !mixed)
            return check_state(out, i, state, err);
    }
    out->count = kept;
    return 0;
}

int plan_set_check_reasons(const struct plan_set *set, const char *reason, struct err *err)
{
    for (size_t i = 0; i < set->count && !reason[0]; i++)
        if (set->members[i].works.base && !set->members[i].works.reason[0])
            return err_fail(err, ERR_INVALID, "reason_needed",
                            "a revision of a published plan needs a reason, that of period \"%s\" has none",
                            set->members[i].period->code);
    return 0;
}

int plan_set_by_another(struct tx *tx, const struct plan_set *set, const char *verb, struct err *err)
{
    for (size_t i = 0; i < set->count; i++)
        if (version_by_another(tx, &set->members[i].works, verb, err) != 0)
            return i ? err_prefix(err, "period \"%s\"", set->members[i].period->code) : -1;
    return 0;
}

void plan_set_others(struct tx *tx, const struct plan_set *set, Bihuan__PlanSeen ***out, size_t *count)
{
    *out = arena_array(tx_arena(tx), Bihuan__PlanSeen *, set->count);
    *count = 0;
    for (size_t i = 1; i < set->count; i++) {
        Bihuan__PlanSeen *seen = arena_new(tx_arena(tx), Bihuan__PlanSeen);

        bihuan__plan_seen__init(seen);
        seen->period = set->members[i].period->code;
        seen->version = set->members[i].works.version;
        seen->revision = set->members[i].works.revision;
        (*out)[(*count)++] = seen;
    }
}
