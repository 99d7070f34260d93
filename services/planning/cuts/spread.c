/* spread: see spread.h. */
#include "planning/cuts/spread.h"

#include "calc/decompose.h"
#include "calc/fixed.h"

#include <string.h>

static int64_t below(const struct outline *o, const int64_t *amount, uint32_t node)
{
    int64_t sum = 0;

    for (uint32_t c = 0; c < o->child_count[node]; c++) {
        int64_t child = amount[o->first_child[node] + c];

        if (child > 0 && __builtin_add_overflow(sum, child, &sum))
            return INT64_MAX;
    }
    return sum;
}

void spread_own(const struct outline *outline, const int64_t *amount, int64_t *own)
{
    for (uint32_t n = 0; n < outline->count; n++) {
        int64_t sum = below(outline, amount, n);

        own[n] = amount[n] < 0 ? 0 : sum > amount[n] ? amount[n] : amount[n] - sum;
    }
}

/* Whether the node's columns are cut over its children. */
static bool *find_holding(const struct spread *s, struct arena *arena)
{
    const struct outline *o = s->outline;
    bool *holds = arena_array(arena, bool, o->count);

    for (uint32_t n = 0; n < o->count; n++)
        holds[n] = s->amount[n] >= 0 && below(o, s->amount, n) <= s->amount[n];
    return holds;
}

static void sum_ideals(const struct spread *s, const bool *holds)
{
    const struct outline *o = s->outline;

    for (uint32_t n = o->count; n-- > 1;) {
        uint32_t parent = o->parent[n];

        if (s->amount[n] < 0 || parent == OUTLINE_NONE || !holds[parent])
            continue;
        for (size_t k = 0; k < s->columns; k++)
            s->ideal[parent * s->columns + k] += s->ideal[n * s->columns + k];
    }
}

static void trace_part(const struct spread *s, size_t at, const struct decompose_part *part, enum spread_by by)
{
    s->trace->by[at] = (uint8_t)by;
    s->trace->weight[at] = part->weight;
    s->trace->lower[at] = part->lower;
    s->trace->upper[at] = part->upper;
}

static void trace_rest(const struct spread *s, size_t at, const struct decompose_part *part)
{
    s->trace->rest[at] = part->share;
    s->trace->rest_weight[at] = part->weight;
    s->trace->rest_room[at] = part->upper;
    s->trace->rest_least[at] = part->lower;
}

/* One of those that share a node's columns. */
struct row {
    uint32_t node;             /* OUTLINE_NONE: the rest of the parent */
    int64_t total, given, due; /* due: ideal up to the column, less what was given, in parts of a unit */
    int64_t least, most;       /* what it has by the end of the column */
};

/* What the row can take of column k so that the later columns can still hold the remainder within their bounds. */
static void range_of(const struct spread *s, const struct row *row, size_t k, int64_t *lower, int64_t *upper)
{
    int64_t left = row->total - row->given, least = 0, most = 0;

    *lower = 0;
    *upper = left;
    if (row->node == OUTLINE_NONE) {
        *lower = k + 1 == s->columns ? left : 0;
    } else {
        for (size_t later = k + 1; later < s->columns; later++) {
            size_t at = row->node * s->columns + later;

            least = s->lower[at] > left - least ? left : least + s->lower[at];
            most = s->upper[at] > left - most ? left : most + s->upper[at];
        }
        *lower = left - most > s->lower[row->node * s->columns + k] ? left - most
                                                                    : s->lower[row->node * s->columns + k];
        *upper = left - least < s->upper[row->node * s->columns + k] ? left - least
                                                                     : s->upper[row->node * s->columns + k];
    }
    if (row->least != SPREAD_ANY_LEAST && row->least - row->given > *lower)
        *lower = row->least - row->given;
    if (row->most != SPREAD_ANY_MOST && row->most - row->given < *upper)
        *upper = row->most - row->given;
}

/* --- one node over its columns --------------------------------------------------------------------------------------
 */
static bool is_reached(const struct spread *s, uint32_t node)
{
    int64_t given = 0;

    for (size_t k = 0; s->least && k < s->columns; k++) {
        size_t at = node * s->columns + k;

        given += s->out[at];
        if (given < s->least[at] || given > s->most[at])
            return false;
    }
    return true;
}

/* Column by column, where what columns have together is bounded: as near to its ideal as that leaves it. The parts are
 * held at what they got. */
static int cut_top_by_columns(const struct spread *s, uint32_t node, struct decompose_part *parts, struct err *err)
{
    struct row row = { .node = node, .total = s->amount[node] };
    size_t at = node * s->columns;
    __int128 ideal = 0;
    int64_t unit;

    for (size_t k = 0; k < s->columns; k++)
        ideal += s->ideal[at + k];
    unit = row.total ? (int64_t)(ideal / row.total) : 0;
    for (size_t k = 0; k < s->columns; k++) {
        int64_t lower, upper, share;

        row.least = s->least[at + k];
        row.most = s->most[at + k];
        row.due += s->ideal[at + k];
        range_of(s, &row, k, &lower, &upper);
        if (lower > upper || upper < 0)
            return err_fail(err, ERR_INVALID, "bounds_conflict", "the bounds of the columns leave no way");
        share = unit ? (row.due + unit / 2) / unit : 0;
        share = fixed_clamp(share, lower, upper);
        row.given += share;
        row.due -= share * unit;
        s->out[at + k] = parts[k].share = parts[k].lower = parts[k].upper = share;
    }
    return 0;
}

static int cut_top(const struct spread *s, uint32_t node, struct arena *arena, struct err *err)
{
    struct decompose_part *parts = arena_array(arena, struct decompose_part, s->columns);
    size_t at = node * s->columns;

    for (size_t k = 0; k < s->columns; k++)
        parts[k] = (struct decompose_part) {
            .id = k, .weight = s->ideal[at + k], .lower = s->lower[at + k], .upper = s->upper[at + k]
        };
    if (decompose_split(s->amount[node], parts, s->columns, arena, err) != 0)
        return -1;
    for (size_t k = 0; k < s->columns; k++)
        s->out[at + k] = parts[k].share;
    if (!is_reached(s, node) && cut_top_by_columns(s, node, parts, err) != 0)
        return -1;
    for (size_t k = 0; s->trace && k < s->columns; k++)
        trace_part(s, at + k, &parts[k], SPREAD_ACROSS);
    return 0;
}

/* --- children under their parent ------------------------------------------------------------------------------------
 */

static size_t find_rows(const struct spread *s, uint32_t parent, struct row *rows)
{
    const struct outline *o = s->outline;
    int64_t rest = s->amount[parent];
    size_t count = 0;

    for (uint32_t c = 0; c < o->child_count[parent]; c++) {
        uint32_t child = o->first_child[parent] + c;

        if (s->amount[child] < 0)
            continue;
        rows[count++] = (struct row) { .node = child, .total = s->amount[child] };
        rest -= s->amount[child];
    }
    if (count && rest > 0)
        rows[count++] = (struct row) { .node = OUTLINE_NONE, .total = rest };
    return count;
}

static int64_t ideal_of(const struct spread *s, uint32_t parent, const struct row *rows, size_t count, size_t i,
                        size_t k)
{
    int64_t rest;

    if (rows[i].node != OUTLINE_NONE)
        return s->ideal[rows[i].node * s->columns + k];
    rest = s->ideal[parent * s->columns + k];
    for (size_t r = 0; r + 1 < count; r++) /* the rest stands last */
        rest -= s->ideal[rows[r].node * s->columns + k];
    return rest;
}

/* What the row has by the end of column k; the rest has what the children leave its parent, where all say it. */
static void find_reach(const struct spread *s, uint32_t parent, struct row *rows, size_t count, size_t i, size_t k)
{
    size_t at = (rows[i].node == OUTLINE_NONE ? parent : rows[i].node) * s->columns + k;

    rows[i].least = s->least ? s->least[at] : SPREAD_ANY_LEAST;
    rows[i].most = s->least ? s->most[at] : SPREAD_ANY_MOST;
    for (size_t r = 0; rows[i].node == OUTLINE_NONE && r + 1 < count; r++) {
        bool any = rows[i].least == SPREAD_ANY_LEAST || rows[i].most == SPREAD_ANY_MOST ||
                   rows[r].least == SPREAD_ANY_LEAST || rows[r].most == SPREAD_ANY_MOST;

        rows[i].least = any ? SPREAD_ANY_LEAST : rows[i].least - rows[r].least;
        rows[i].most = any ? SPREAD_ANY_MOST : rows[i].most - rows[r].most;
    }
}

/* `unit`: how many parts a unit has, as the parent's ideals say. */
static int cut_column(const struct spread *s, uint32_t parent, struct row *rows, size_t count, size_t k, int64_t unit,
                      struct decompose_part *parts, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        rows[i].due += ideal_of(s, parent, rows, count, i, k);
        parts[i] = (struct decompose_part) { .id = rows[i].node, .weight = rows[i].due > 0 ? rows[i].due : 0 };
        find_reach(s, parent, rows, count, i, k);
        range_of(s, &rows[i], k, &parts[i].lower, &parts[i].upper);
    }
    if (decompose_split(s->out[parent * s->columns + k], parts, count, arena, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        rows[i].given += parts[i].share;
        rows[i].due -= parts[i].share * unit;
        if (rows[i].node != OUTLINE_NONE)
            s->out[rows[i].node * s->columns + k] = parts[i].share;
        if (s->trace && rows[i].node != OUTLINE_NONE)
            trace_part(s, rows[i].node * s->columns + k, &parts[i], SPREAD_BELOW);
        else if (s->trace)
            trace_rest(s, parent * s->columns + k, &parts[i]);
    }
    return 0;
}

static int cut_children(const struct spread *s, uint32_t parent, struct row *rows, struct decompose_part *parts,
                        struct arena *arena, struct err *err)
{
    size_t count = find_rows(s, parent, rows);
    __int128 ideal = 0;
    int64_t unit;

    if (count == 0)
        return 0;
    for (size_t k = 0; k < s->columns; k++)
        ideal += s->ideal[parent * s->columns + k];
    unit = s->amount[parent] ? (int64_t)(ideal / s->amount[parent]) : 0;
    for (size_t k = 0; k < s->columns; k++)
        if (cut_column(s, parent, rows, count, k, unit, parts, arena, err) != 0)
            return -1;
    return 0;
}

int spread_down(struct spread *s, struct arena *arena, struct err *err)
{
    const struct outline *o = s->outline;
    const bool *holds = find_holding(s, arena);
    struct row *rows = arena_array(arena, struct row, o->count + 1);
    struct decompose_part *parts = arena_array(arena, struct decompose_part, o->count + 1);

    sum_ideals(s, holds);
    for (uint32_t n = 0; n < o->count; n++) {
        uint32_t parent = o->parent[n];

        if (s->amount[n] < 0)
            continue;
        if (parent == OUTLINE_NONE || !holds[parent]) {
            for (size_t k = 0; s->preset && s->trace && k < s->columns; k++)
                s->trace->by[n * s->columns + k] = SPREAD_PRESET;
            if (!s->preset && cut_top(s, n, arena, err) != 0)
                return -1;
        }
        if (holds[n] && cut_children(s, n, rows, parts, arena, err) != 0)
            return -1;
    }
    return 0;
}
