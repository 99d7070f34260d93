/* share: a whole's parts share what it has, at every unit at once. See settle.h. */
#include "planning/axes/settle.h"

#include "calc/decompose.h"
#include "planning/axes/share_days.h"
#include "planning/axes/weeks.h"
#include "planning/cuts/cut.h"
#include "planning/cuts/spread.h"

#include <stdlib.h>
#include <string.h>

/* The free parts of one law as columns over the units that it covers. */
struct sharing {
    bool again, pinned;
    struct space *space;
    struct law *law;
    struct outline outline; /* closed units too: they still have what they have */
    struct sheet **column;
    size_t columns;
    int64_t *amount, *own; /* by node: what is shared; -1: nothing */
    int64_t *present;      /* by node * columns: what the column has at and below */
    int64_t *lower, *upper;
    struct spread spread;
    struct share_days days;
    struct weeks weeks; /* beside months */
    bool fits;          /* that are to be fitted */
};

static bool takes_part(const struct sharing *s, const struct sheet *part)
{
    return s->again ? part->role != SHEET_MEANT : part->role == SHEET_FREE;
}

/* By node of `full`; -1: the whole has no cell. */
static int find_amounts(struct sharing *s, const struct outline *full, int64_t *amount, struct err *err)
{
    struct space *space = s->space;
    const struct law *law = s->law;
    int64_t *fixed = arena_array(tx_arena(space->tx), int64_t, space->limit);

    for (size_t p = 0; p < law->part_count; p++)
        if (!takes_part(s, law->parts[p]))
            law_sums_of(space, law, law->parts[p], false, fixed);
    for (uint32_t n = 0; n < full->count; n++) {
        uint32_t unit = full->unit[n];

        amount[n] = -1;
        if (!law_covers(law, unit))
            continue;
        amount[n] = law->whole->now[unit] - fixed[unit];
        if (amount[n] < 0)
            return err_fail(err, ERR_CONFLICT, "below_zero",
                            "unit \"%s\", %s: its parts would have more than it; lower another part first",
                            code_of_unit(space->tx, unit), sheet_words(space->tx, law->whole));
    }
    return 0;
}

/* Only units that have something to share: each below the next above that has. */
static void keep_sharing(struct sharing *s, const struct outline *full, const int64_t *amount)
{
    struct arena *arena = tx_arena(s->space->tx);
    struct outline *o = &s->outline;
    uint32_t *above = arena_array(arena, uint32_t, full->count), *next = arena_array(arena, uint32_t, full->count),
             *first = arena_array(arena, uint32_t, full->count + 1), *of = arena_array(arena, uint32_t, full->count);

    outline_like(o, full, arena);
    for (uint32_t n = 0; n <= full->count; n++)
        first[n] = OUTLINE_NONE;
    for (uint32_t n = 0; n < full->count; n++) {
        uint32_t parent = full->parent[n];

        above[n] = parent == OUTLINE_NONE || amount[parent] >= 0 ? parent : above[parent];
    }
    for (uint32_t n = full->count; n-- > 0;) { /* the lists end up ascending */
        uint32_t list = above[n] == OUTLINE_NONE ? full->count : above[n];

        if (amount[n] < 0)
            continue;
        next[n] = first[list];
        first[list] = n;
    }
    for (uint32_t n = first[full->count]; n != OUTLINE_NONE; n = next[n])
        of[outline_add(o, full->unit[n], OUTLINE_NONE)] = n;
    for (uint32_t node = 0; node < o->count; node++) {
        o->first_child[node] = o->count;
        for (uint32_t n = first[of[node]]; n != OUTLINE_NONE; n = next[n])
            of[outline_add(o, full->unit[n], node)] = n;
        o->child_count[node] = o->count - o->first_child[node];
    }
    s->amount = arena_array(arena, int64_t, o->count);
    for (uint32_t node = 0; node < o->count; node++)
        s->amount[node] = amount[of[node]];
}

static void find_present(struct sharing *s)
{
    struct space *space = s->space;
    int64_t *sums = arena_array(tx_arena(space->tx), int64_t, space->limit);

    for (size_t k = 0; k < s->columns; k++) {
        memset(sums, 0, space->limit * sizeof *sums);
        law_sums_of(space, s->law, s->column[k], false, sums);
        for (uint32_t n = 0; n < s->outline.count; n++)
            s->present[n * s->columns + k] = sums[s->outline.unit[n]];
    }
}

/* What the column has of the node beside those below it that are counted. */
static int64_t own_present(const struct sharing *s, uint32_t node, size_t k)
{
    const struct outline *o = &s->outline;
    int64_t own = s->present[node * s->columns + k];

    for (uint32_t c = 0; c < o->child_count[node]; c++)
        own -= s->present[(o->first_child[node] + c) * s->columns + k];
    return own > 0 ? own : 0;
}

/* In proportion to what the columns have of it now, else of who stands above it. False: nobody has any. */
static bool find_weights(const struct sharing *s, uint32_t node, struct decompose_part *parts)
{
    int64_t sum = 0;

    for (size_t k = 0; k < s->columns; k++)
        sum |= parts[k].weight = own_present(s, node, k);
    for (uint32_t at = node; !sum && at != OUTLINE_NONE; at = s->outline.parent[at])
        for (size_t k = 0; k < s->columns; k++) {
            parts[k].weight = s->present[at * s->columns + k] > 0 ? s->present[at * s->columns + k] : 0;
            sum |= parts[k].weight;
        }
    return sum != 0;
}

/* Shorter periods of which nothing is there yet are weighed by the curve. */
static void weigh_by_curve(const struct sharing *s, struct decompose_part *parts)
{
    const struct ref_period *whole = s->law->whole->period;

    for (size_t k = 0; k < s->columns && s->law->row->axis == AXIS_PERIODS && whole->has_curve; k++)
        parts[k].weight = phasing_plan_range(&whole->curve, INT64_C(1) << 40, s->column[k]->period->from_day,
                                             s->column[k]->period->until_day - 1);
}

/* Weeks by the days of what months have. False: there are none, or they don't fit. */
static bool weigh_by_days(const struct sharing *s, uint32_t node, int64_t scale, struct decompose_part *parts,
                          struct arena *scratch)
{
    int64_t *weights = arena_array(scratch, int64_t, s->columns);
    bool any = share_days_weigh(&s->days, node, s->own[node], scale, s->column, s->columns, scratch, weights);

    for (size_t k = 0; k < s->columns && any; k++)
        parts[k].weight = weights[k];
    return any;
}

static bool is_there(const struct sharing *s, size_t k, uint32_t unit)
{
    const struct ref_unit *entry = refdata_unit(refdata_of(s->space->tx), unit);

    return !entry || entry->closed_day > s->column[k]->period->from_day;
}

static int find_ideals(struct sharing *s, struct err *err)
{
    struct arena *arena = tx_arena(s->space->tx);
    struct decompose_part *parts = arena_array(arena, struct decompose_part, s->columns);
    struct arena scratch; /* of one unit's curve */
    int64_t most = 1, scale;
    int rc = 0;

    for (uint32_t n = 0; n < s->outline.count; n++)
        most = s->amount[n] > most ? s->amount[n] : most;
    scale = cut_parts(most);
    arena_init(&scratch);
    for (uint32_t n = 0; n < s->outline.count && rc == 0; n++) {
        if (s->own[n] <= 0)
            continue;
        for (size_t k = 0; k < s->columns; k++)
            parts[k] = (struct decompose_part) { .id = k, .upper = DECOMPOSE_FREE };
        if (!weigh_by_days(s, n, scale, parts, &scratch) && !find_weights(s, n, parts))
            weigh_by_curve(s, parts);
        arena_reset(&scratch);
        for (size_t k = 0; k < s->columns; k++) /* amounts can be large: only proportions count */
            while (parts[k].weight > DECOMPOSE_WEIGHT_MAX / (int64_t)(s->columns * 2))
                for (size_t j = 0; j < s->columns; j++)
                    parts[j].weight /= 2;
        rc = decompose_split(s->own[n] * scale, parts, s->columns, arena, err);
        for (size_t k = 0; k < s->columns; k++)
            s->spread.ideal[n * s->columns + k] = parts[k].share;
    }
    arena_fini(&scratch);
    return rc;
}

/* Where nothing changes for a unit and all below it, its columns stay as they are. */
static void pin_unchanged(struct sharing *s)
{
    const struct outline *o = &s->outline;
    bool *same = arena_array(tx_arena(s->space->tx), bool, o->count);

    for (uint32_t n = o->count; n-- > 0;) {
        int64_t sum = 0;

        for (size_t k = 0; k < s->columns; k++)
            sum += s->present[n * s->columns + k];
        same[n] = sum == s->amount[n] && !share_days_changed(&s->days, o->unit[n]);
        for (uint32_t c = 0; c < o->child_count[n]; c++)
            same[n] = same[n] && same[o->first_child[n] + c];
        for (size_t k = 0; k < s->columns && same[n]; k++)
            s->lower[n * s->columns + k] = s->upper[n * s->columns + k] = s->present[n * s->columns + k];
    }
}

/* Locks, floors and ceilings of the parts' cells; a unit that is closed by then gives, and gets nothing. */
static int find_bounds(struct sharing *s, struct err *err)
{
    struct tx *tx = s->space->tx;

    for (size_t k = 0; k < s->columns; k++) {
        const struct sheet *column = s->column[k];
        struct cut cut = { .tx = tx, .period = column->period };
        size_t count;
        const struct bound_row *rows;

        if (bound_store_load(tx, column->period->id, column->key.measure_id, 0, NULL, 0, &cut.bounds, &cut.bound_count,
                             err) != 0)
            return -1;
        for (uint32_t n = 0; n < s->outline.count; n++)
            s->upper[n * s->columns + k] = is_there(s, k, s->outline.unit[n]) ? DECOMPOSE_FREE
                                                                              : s->present[n * s->columns + k];
        rows = cut_bounds_of(&cut, &column->key, &count);
        for (size_t i = 0; i < count; i++) {
            uint32_t node = outline_node(&s->outline, rows[i].unit_id);
            const struct cell *cell = slice_find(&column->slice, rows[i].unit_id);

            if (node == OUTLINE_NONE || !is_there(s, k, rows[i].unit_id))
                continue;
            if (cut_bounds(&cut, &rows[i], cell, &s->lower[node * s->columns + k], &s->upper[node * s->columns + k],
                           err) != 0)
                return -1;
        }
    }
    return 0;
}

/* Those below which others are shared for themselves: nobody stands above them, or has less than they have together. */
static bool is_top(const struct sharing *s, uint32_t node)
{
    const struct outline *o = &s->outline;
    uint32_t parent = o->parent[node];
    int64_t left = parent == OUTLINE_NONE ? -1 : s->amount[parent];

    for (uint32_t c = 0; left >= 0 && c < o->child_count[parent]; c++)
        left -= s->amount[o->first_child[parent] + c] <= left ? s->amount[o->first_child[parent] + c] : left + 1;
    return left < 0;
}

/* Where nothing changes at the top each column keeps what it has there. */
static void preset_tops(struct sharing *s)
{
    s->spread.preset = true;
    for (uint32_t n = 0; n < s->outline.count && s->spread.preset; n++) {
        int64_t sum = 0;

        for (size_t k = 0; k < s->columns; k++)
            sum += s->spread.out[n * s->columns + k] = s->present[n * s->columns + k];
        if ((sum != s->amount[n] || share_days_changed(&s->days, s->outline.unit[n])) && is_top(s, n))
            s->spread.preset = false;
    }
}

/* --- what comes of it -----------------------------------------------------------------------------------------------
 */
static int add_to(struct sharing *s, struct sheet *part, uint32_t unit, int64_t more, struct err *err)
{
    if (part->now[unit] == AXES_NONE)
        part->now[unit] = 0;
    if (__builtin_add_overflow(part->now[unit], more, &part->now[unit]) || part->now[unit] < 0)
        return err_fail(err, ERR_CONFLICT, "below_zero", "unit \"%s\", %s would fall below 0",
                        code_of_unit(s->space->tx, unit), sheet_words(s->space->tx, part));
    return 0;
}

/* What a unit has more of its own goes up the tree of the part's own first day. */
static int add_own(struct sharing *s, size_t k, uint32_t node, int64_t more, struct err *err)
{
    struct sheet *part = s->column[k];
    uint32_t at = node, unit;

    while (part->now[s->outline.unit[at]] == AXES_NONE && !is_there(s, k, s->outline.unit[at]) &&
           s->outline.parent[at] != OUTLINE_NONE)
        at = s->outline.parent[at];
    unit = s->outline.unit[at];
    if (add_to(s, part, unit, more, err) != 0)
        return -1;
    for (unit = part->parent[unit]; unit != TREE_NONE; unit = part->parent[unit])
        if (part->now[unit] != AXES_NONE && add_to(s, part, unit, more, err) != 0)
            return -1;
    return 0;
}

static int64_t change_at(const struct sharing *s, uint32_t node, size_t k)
{
    size_t at = node * s->columns + k;

    return s->spread.out[at] - s->present[at];
}

/* Rises before falls: on the way nothing drops below 0 that doesn't in the end. */
static int write_column(struct sharing *s, size_t k, bool rises, struct err *err)
{
    const struct outline *o = &s->outline;

    for (uint32_t n = 0; n < o->count; n++) {
        int64_t more = change_at(s, n, k);

        for (uint32_t c = 0; c < o->child_count[n]; c++)
            more -= change_at(s, o->first_child[n] + c, k);
        if (more && (more > 0) == rises && add_own(s, k, n, more, err) != 0)
            return -1;
    }
    return 0;
}

static int by_first_day(const void *a, const void *b)
{
    const struct sheet *const *x = a, *const *y = b;

    return (*x)->period->from_day < (*y)->period->from_day ? -1 : (*x)->period->from_day > (*y)->period->from_day;
}

static int prepare(struct sharing *s, struct err *err)
{
    struct space *space = s->space;
    struct arena *arena = tx_arena(space->tx);
    const struct law *law = s->law;
    struct outline full;
    int64_t *amount;
    size_t cells;

    s->columns = 0;
    s->column = arena_array(arena, struct sheet *, law->part_count);
    for (size_t p = 0; p < law->part_count; p++)
        if (takes_part(s, law->parts[p]))
            s->column[s->columns++] = law->parts[p];
    if (law->row->axis == AXIS_PERIODS) /* what a column leaves is made up in the next: by day */
        qsort(s->column, s->columns, sizeof *s->column, by_first_day);
    outline_below(&full, refdata_tree(refdata_of(space->tx)), law->whole->period->from_day, law->row->unit_id, 0, NULL,
                  arena);
    amount = arena_array(arena, int64_t, full.count);
    if (find_amounts(s, &full, amount, err) != 0)
        return -1;
    keep_sharing(s, &full, amount);
    cells = s->outline.count * s->columns;
    s->own = arena_array(arena, int64_t, s->outline.count);
    s->present = arena_array(arena, int64_t, cells);
    s->lower = arena_array(arena, int64_t, cells);
    s->upper = arena_array(arena, int64_t, cells);
    s->spread = (struct spread) { .outline = &s->outline,
                                  .columns = s->columns,
                                  .amount = s->amount,
                                  .ideal = arena_array(arena, int64_t, cells),
                                  .lower = s->lower,
                                  .upper = s->upper,
                                  .out = arena_array(arena, int64_t, cells) };
    if (s->fits) {
        int64_t *least = arena_array(arena, int64_t, cells), *most = arena_array(arena, int64_t, cells);

        if (weeks_bound(&s->weeks, &s->outline, s->column, s->columns, least, most)) {
            s->spread.least = least;
            s->spread.most = most;
        }
    }
    find_present(s);
    share_days_take(space, &s->days, &s->outline);
    spread_own(&s->outline, s->amount, s->own);
    return 0;
}

/* Who isn't concerned is left alone, unless there is no other way; then weeks needn't fit yet (weeks_check()). */
static int find_shares(struct sharing *s, struct err *err)
{
    bool beside = s->fits;

    for (s->pinned = true;; s->pinned = false) {
        if (prepare(s, err) != 0 || find_bounds(s, err) != 0 || find_ideals(s, err) != 0)
            return -1;
        if (s->pinned)
            pin_unchanged(s);
        preset_tops(s);
        if (spread_down(&s->spread, tx_arena(s->space->tx), err) == 0)
            return 0;
        if (strcmp(err->code, "bounds_conflict") != 0 || (!s->pinned && !s->fits))
            return -1;
        s->fits = beside && s->pinned;
        err_clear(err);
    }
}

int law_share(struct space *space, struct law *law, bool again, struct err *err)
{
    struct sharing s = { .again = again, .space = space, .law = law };
    bool *given;

    if (share_days_find(space, law, &s.days, err) != 0 || weeks_find(space, law, &s.weeks, &s.fits, err) != 0)
        return -1;
    if (find_shares(&s, err) != 0) {
        if (strcmp(err->code, "bounds_conflict") != 0)
            return -1;
        return err_fail(err, ERR_CONFLICT, "bounds_conflict",
                        "unit \"%s\", %s: locks, floors and ceilings of its parts over %s leave no way to follow; lift"
                        " one, or cut it over %s again",
                        code_of_unit(space->tx, law->row->unit_id), sheet_words(space->tx, law->whole),
                        axis_words[law->row->axis], axis_words[law->row->axis]);
    }
    given = arena_array(tx_arena(space->tx), bool, space->limit);
    for (uint32_t u = 0; u < space->limit; u++)
        given[u] = law_covers(law, u);
    for (size_t k = 0; k < s.columns; k++) {
        if (write_column(&s, k, true, err) != 0 || write_column(&s, k, false, err) != 0 ||
            sheet_refit(space, s.column[k], law->row->unit_id, given, err) != 0)
            return -1;
        s.column[k]->role = SHEET_SHARED;
    }
    return 0;
}
