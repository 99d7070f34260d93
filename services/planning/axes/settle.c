/* settle: see settle.h. */
#include "planning/axes/settle.h"

#include "planning/axes/share_days.h"
#include "planning/axes/weeks.h"

#include "planning/targets/scope.h"

#include <string.h>

#define STEPS_MAX 4000 /* far more than laws that can follow from one edit */
#define AGAIN_MAX 3    /* how often a law may change what others changed before it is given up */

const char *sheet_words(struct tx *tx, const struct sheet *sheet)
{
    return slice_words(tx, &sheet->key, sheet->period);
}

static bool any_touched(const struct law *law)
{
    bool touched = law->whole->role != SHEET_FREE;

    for (size_t p = 0; p < law->part_count; p++)
        touched = touched || law->parts[p]->role != SHEET_FREE;
    return touched;
}

static bool any_part(const struct law *law, enum sheet_role role)
{
    for (size_t p = 0; p < law->part_count; p++)
        if (law->parts[p]->role == role)
            return true;
    return false;
}

/* Some part of it did. */
static bool has_changed(const struct law *law)
{
    return any_part(law, SHEET_MEANT) || any_part(law, SHEET_ROSE) || any_part(law, SHEET_SHARED);
}

/* Reads the laws of all slices that changed so far. */
static int reach(struct space *space, struct err *err)
{
    for (size_t s = 0; s < space->sheet_count; s++)
        if (space->sheets[s]->role != SHEET_FREE && space_laws(space, space->sheets[s], err) != 0)
            return -1;
    return 0;
}

static struct law *next_law(const struct space *space, uint32_t *unit)
{
    struct law *best = NULL;

    for (size_t i = 0; i < space->law_count; i++) {
        struct law *law = space->laws[i];
        uint32_t found;

        if (law->broken || (best && best->whole->depth >= law->whole->depth) || !any_touched(law))
            continue;
        (void)law_now(space, law, &found);
        if (found == TREE_NONE)
            continue;
        best = law;
        *unit = found;
    }
    return best;
}

/* --- the whole follows ----------------------------------------------------------------------------------------------
 */
static int refuse_below(const struct space *space, const struct sheet *sheet, uint32_t unit, struct err *err)
{
    if (scope_check_unit(space->tx, sheet->period, refdata_unit(refdata_of(space->tx), unit), true, err) != 0)
        return -1;
    return err_fail(err, ERR_CONFLICT, "below_zero", "unit \"%s\", %s would fall below 0",
                    code_of_unit(space->tx, unit), sheet_words(space->tx, sheet));
}

static int rise(struct space *space, struct law *law, const int64_t *sums, struct err *err)
{
    struct sheet *whole = law->whole;
    uint32_t root = law->row->unit_id;
    int64_t more = !law_covers(law, root) ? 0 : sums[root] - whole->now[root];

    for (uint32_t u = 0; u < space->limit; u++) {
        if (!law_covers(law, u))
            continue;
        if (sums[u] < 0)
            return refuse_below(space, whole, u, err);
        whole->now[u] = sums[u];
    }
    for (uint32_t u = whole->parent[root]; u != TREE_NONE; u = whole->parent[u]) {
        if (whole->now[u] == AXES_NONE)
            continue;
        if (__builtin_add_overflow(whole->now[u], more, &whole->now[u]) || whole->now[u] < 0)
            return refuse_below(space, whole, u, err);
    }
    whole->role = SHEET_ROSE;
    whole->by = law;
    whole->changes++;
    return 0;
}

static int refuse_tangle(const struct space *space, const struct law *law, uint32_t unit, struct err *err)
{
    static const char *const over[] = { "channels", "products", "shorter periods" };

    if (scope_check_unit(space->tx, law->whole->period, refdata_unit(refdata_of(space->tx), unit), true, err) != 0)
        return -1;
    return err_fail(err, ERR_CONFLICT, "axes_conflict",
                    "unit \"%s\", %s: its %s can't follow, they are fixed by other sums; cut it over %s again"
                    " (decompose --over %s), or change the parts one by one",
                    code_of_unit(space->tx, unit), sheet_words(space->tx, law->whole), over[law->row->axis],
                    over[law->row->axis], axis_words[law->row->axis]);
}

static int share(struct space *space, struct law *law, bool again, struct err *err)
{
    if (law_share(space, law, again, err) != 0)
        return -1;
    for (size_t p = 0; p < law->part_count; p++)
        law->parts[p]->changes += law->parts[p]->role == SHEET_SHARED;
    return 0;
}

static int mend(struct space *space, struct law *law, uint32_t unit, struct err *err)
{
    enum sheet_role role = law->whole->role;
    const int64_t *sums = law_now(space, law, &(uint32_t) { 0 });

    if (has_changed(law) && (role == SHEET_FREE || (role == SHEET_ROSE && law->whole->by == law)))
        return rise(space, law, sums, err);
    if (any_part(law, SHEET_FREE))
        return share(space, law, false, err);
    /* all were changed by other laws, elsewhere in the tree perhaps */
    if (law->again++ < AGAIN_MAX && (any_part(law, SHEET_ROSE) || any_part(law, SHEET_SHARED)))
        return share(space, law, true, err);
    if (law->again < 2 * AGAIN_MAX && role != SHEET_MEANT)
        return rise(space, law, sums, err);
    return refuse_tangle(space, law, unit, err);
}

/* Some part isn't what the edit is about. */
static bool may_follow(const struct law *law)
{
    for (size_t p = 0; p < law->part_count; p++)
        if (law->parts[p]->role != SHEET_MEANT)
            return true;
    return false;
}

/* Where months followed weeks the others stay as they are while they fit. */
static int must_fit(struct space *space, struct law *law, bool led, bool *must, struct err *err)
{
    struct weeks weeks;
    int64_t nearest;
    bool found;

    *must = !led;
    if (!led)
        return 0;
    if (weeks_find(space, law, &weeks, &found, err) != 0)
        return -1;
    for (uint32_t u = 0; found && u < space->limit && !*must; u++)
        *must = law_covers(law, u) && weeks_broken(&weeks, u, false, &nearest);
    return 0;
}

/* Weeks are what their days have by the months: where these changed they are shared anew, though their sum may hold
 * (two months that give and take). *more: other laws may have to follow. */
static int follow_days(struct space *space, bool led, bool *more, struct err *err)
{
    bool must;

    *more = false;
    for (size_t i = 0; i < space->law_count; i++) {
        struct law *law = space->laws[i];
        struct share_days days;

        if (law->broken || law->by_days || law->row->axis != AXIS_PERIODS || !may_follow(law))
            continue;
        if (share_days_find(space, law, &days, err) != 0)
            return -1;
        if (!share_days_any_changed(space, &days))
            continue;
        if (must_fit(space, law, led, &must, err) != 0)
            return -1;
        if (!must)
            continue;
        law->by_days = *more = true;
        if (share(space, law, true, err) != 0)
            return -1;
    }
    return 0;
}

static int settle_laws(struct space *space, struct err *err)
{
    uint32_t unit = TREE_NONE;
    struct law *law = NULL;

    for (int step = 0; step < STEPS_MAX; step++) {
        if (reach(space, err) != 0)
            return -1;
        law = next_law(space, &unit);
        if (!law)
            break;
        if (mend(space, law, unit, err) != 0)
            return -1;
    }
    return law ? refuse_tangle(space, law, unit, err) : 0;
}

int space_settle(struct space *space, struct err *err)
{
    bool more = true, led;

    if (reach(space, err) != 0 || weeks_lead(space, &led, err) != 0)
        return -1;
    while (more)
        if (settle_laws(space, err) != 0 || follow_days(space, led, &more, err) != 0)
            return -1;
    if (weeks_check(space, err) != 0)
        return -1;
    weeks_step(space);
    for (size_t i = 0; i < space->law_count; i++) {
        space->laws[i]->again = 0;
        space->laws[i]->by_days = false;
    }
    for (size_t s = 0; s < space->sheet_count; s++) {
        space->sheets[s]->role = SHEET_FREE;
        space->sheets[s]->by = NULL;
    }
    return 0;
}
