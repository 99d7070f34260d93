/* cut_how: what a cut keeps of how it came to each cell. See cut.h. */
#include "planning/cuts/cut.h"

#include "calc/fixed.h"
#include "calc/phasing.h"

#include <string.h>

int cut_roll(const struct cut *cut, int64_t *by_node, struct err *err)
{
    const struct outline *o = &cut->outline;

    for (uint32_t n = o->count; n-- > 0;) {
        int64_t sum = 0;

        if (by_node[n] >= 0)
            continue;
        for (uint32_t c = 0; c < o->child_count[n]; c++)
            if (fixed_add(sum, by_node[o->first_child[n] + c], &sum, err) != 0)
                return err_prefix(err, "could not sum the weights");
        by_node[n] = sum;
    }
    return 0;
}

/* What stands above the leaves of a cut straight to them is a sum. */
static bool is_sum(const struct cut *cut, const struct decompose_node *node)
{
    return cut->over == CUT_LEAVES && node->child_count;
}

void cut_how_shared(struct cut *cut, const struct decompose_node *nodes, struct cut_how *how)
{
    const struct outline *o = &cut->outline;
    uint8_t *hows = arena_array(cut->scratch, uint8_t, o->count);
    uint32_t *parents = arena_array(cut->scratch, uint32_t, o->count);
    int64_t *columns = arena_array(cut->scratch, int64_t, 3 * o->count);

    for (uint32_t n = 1; n < o->count; n++) {
        hows[n] = is_sum(cut, &nodes[n]) ? CELL_SUMMED : CELL_SHARED;
        parents[n] = cut->over == CUT_LEAVES ? o->unit[0] : o->unit[o->parent[n]];
        columns[n] = nodes[n].part.weight;
        columns[o->count + n] = nodes[n].part.lower;
        columns[2 * o->count + n] = nodes[n].part.upper;
    }
    how->how = hows;
    how->parent = parents;
    how->weight = columns;
    how->lower = columns + o->count;
    how->upper = columns + 2 * o->count;
}

struct spread_trace *cut_spread_trace(struct cut *cut, size_t columns)
{
    struct arena *arena = cut->scratch;
    struct spread_trace *trace = arena_new(arena, struct spread_trace);
    size_t cells = cut->outline.count * columns;

    trace->by = arena_array(arena, uint8_t, cells);
    trace->weight = arena_array(arena, int64_t, cells);
    trace->lower = arena_array(arena, int64_t, cells);
    trace->upper = arena_array(arena, int64_t, cells);
    trace->rest = arena_array(arena, int64_t, cells);
    trace->rest_weight = arena_array(arena, int64_t, cells);
    trace->rest_room = arena_array(arena, int64_t, cells);
    trace->rest_least = arena_array(arena, int64_t, cells);
    for (size_t i = 0; i < cells; i++)
        trace->rest[i] = trace->rest_weight[i] = -1;
    return trace;
}

static void add_rest(const struct spread *s, uint32_t node, size_t k, struct cut_how *how)
{
    size_t at = node * s->columns + k;

    if (s->trace->rest_weight[at] >= 0)
        how->head.rests[how->head.rest_count++] = (struct cell_rest) { .parent = s->outline->unit[node],
                                                                       .weight = s->trace->rest_weight[at],
                                                                       .lower = s->trace->rest_least[at],
                                                                       .upper = s->trace->rest_room[at],
                                                                       .share = s->trace->rest[at] };
}

static const uint8_t HOW_OF[] = { CELL_SHARED, CELL_ACROSS, CELL_PHASED, CELL_SUMMED }; /* by enum spread_by */

void cut_how_spread(struct cut *cut, const struct spread *s, size_t k, struct cut_how *how)
{
    const struct outline *o = &cut->outline;
    uint8_t *hows = arena_array(cut->scratch, uint8_t, o->count);
    uint32_t *parents = arena_array(cut->scratch, uint32_t, o->count);
    int64_t *columns = arena_array(cut->scratch, int64_t, 4 * o->count);

    how->head.rests = arena_array(cut->scratch, struct cell_rest, 2 * o->count);
    for (uint32_t n = 0; n < o->count; n++) {
        size_t at = n * s->columns + k;

        hows[n] = HOW_OF[s->trace->by[at]];
        parents[n] = hows[n] == CELL_SHARED && n && s->amount[n] >= 0 ? o->unit[o->parent[n]] : 0;
        columns[n] = hows[n] == CELL_PHASED ? s->amount[n] : s->trace->weight[at];
        columns[o->count + n] = s->trace->lower[at];
        columns[2 * o->count + n] = s->trace->upper[at];
        columns[3 * o->count + n] = s->ideal[at];
        add_rest(s, n, k, how);
    }
    how->how = hows;
    how->parent = parents;
    how->weight = columns;
    how->lower = columns + o->count;
    how->upper = columns + 2 * o->count;
    how->ideal = columns + 3 * o->count;
    how->head.column = (uint32_t)k;
    how->head.columns = (uint32_t)s->columns;
}

void cut_how_all(const struct outline *outline, struct arena *arena, enum cell_how what, struct cut_how *how)
{
    uint8_t *hows = arena_array(arena, uint8_t, outline->count);

    memset(hows, what, outline->count);
    how->how = hows;
}

/* --- shorter periods: the longer one's units against those that are there then
 * ----------------------------------------
 */
struct phased_how {
    const struct spread *s;
    size_t k;
    const struct cut_how *source; /* by node of the spread */
    uint8_t *how;
    uint32_t *parent;
    int64_t *columns[4]; /* weight, lower, upper, ideal */
};

static size_t rests_needed(const struct spread *s, size_t k)
{
    size_t count = 2 * s->outline->count;

    for (uint32_t n = 0; n < s->outline->count; n++)
        count += s->trace->by[n * s->columns + k] == SPREAD_ACROSS ? s->columns : 0;
    return count;
}

/* A part of the split that isn't a cell here, or is more there than its part. */
static void add_absent(const struct spread *s, uint32_t node, size_t k, struct cut_how *how)
{
    size_t at = node * s->columns + k;

    how->head.rests[how->head.rest_count++] = (struct cell_rest) { .parent = s->outline->unit[s->outline->parent[node]],
                                                                   .unit = s->outline->unit[node],
                                                                   .weight = s->trace->weight[at],
                                                                   .lower = s->trace->lower[at],
                                                                   .upper = s->trace->upper[at],
                                                                   .share = s->out[at] };
}

static void add_other_columns(const struct spread *s, uint32_t node, size_t k, struct cut_how *how)
{
    for (size_t other = 0; other < s->columns; other++)
        if (other != k)
            how->head.rests[how->head.rest_count++] =
                (struct cell_rest) { .parent = s->outline->unit[node],
                                     .unit = (uint32_t)other,
                                     .weight = s->trace->weight[node * s->columns + other],
                                     .lower = s->trace->lower[node * s->columns + other],
                                     .upper = s->trace->upper[node * s->columns + other],
                                     .share = s->out[node * s->columns + other],
                                     .across = true };
}

/* Whether the longer period's curve alone says the amount; not where it goes through what months have. */
static bool by_curve(const struct slice_trace *trace, int64_t total, int64_t amount)
{
    const struct phasing_point through = { trace->curve_through, trace->curve_total, 0 };
    const struct phasing_point before = { trace->curve_before, trace->curve_total, 0 };

    return phasing_plan_shown(total, through) - phasing_plan_shown(total, before) == amount;
}

static void copy_node(struct phased_how *p, uint32_t from, uint32_t to)
{
    p->how[to] = p->source->how[from];
    if (p->how[to] == CELL_PHASED &&
        !by_curve(&p->source->head, p->source->weight[from], p->s->out[from * p->s->columns + p->k]))
        p->how[to] = CELL_KNOTTED;
    p->parent[to] = p->source->parent[from];
    p->columns[0][to] = p->source->weight[from];
    p->columns[1][to] = p->source->lower[from];
    p->columns[2][to] = p->source->upper[from];
    p->columns[3][to] = p->source->ideal[from];
}

static void match_nodes(struct phased_how *p, const struct outline *m, const int64_t *amounts, struct cut_how *how)
{
    const struct outline *o = p->s->outline;

    for (uint32_t n = 0; n < o->count; n++) {
        uint32_t node = outline_node(m, o->unit[n]);
        bool same = node != OUTLINE_NONE && amounts[node] == p->s->out[n * p->s->columns + p->k];

        if (p->s->amount[n] < 0)
            continue;
        if (same)
            copy_node(p, n, node);
        else if (p->source->how[n] == CELL_SHARED && n)
            add_absent(p->s, n, p->k, how);
        if (same && p->how[node] == CELL_ACROSS)
            add_other_columns(p->s, n, p->k, how);
        if (!same && node != OUTLINE_NONE)
            p->how[node] = CELL_SUMMED;
    }
}

void cut_how_phased(struct cut *cut, const struct spread *s, size_t k, const struct outline *m, const int64_t *amounts,
                    struct cut_how *how)
{
    struct cut_how source = { .head = how->head };
    struct phased_how p = { .s = s,
                            .k = k,
                            .source = &source,
                            .how = arena_array(cut->scratch, uint8_t, m->count),
                            .parent = arena_array(cut->scratch, uint32_t, m->count) };

    cut_how_spread(cut, s, k, &source);
    how->head = source.head;
    how->head.rests = arena_array(cut->scratch, struct cell_rest, rests_needed(s, k));
    for (size_t i = 0; i < source.head.rest_count; i++)
        how->head.rests[i] = source.head.rests[i];
    for (size_t c = 0; c < 4; c++)
        p.columns[c] = arena_array(cut->scratch, int64_t, m->count);
    match_nodes(&p, m, amounts, how);
    how->how = p.how;
    how->parent = p.parent;
    how->weight = p.columns[0];
    how->lower = p.columns[1];
    how->upper = p.columns[2];
    how->ideal = p.columns[3];
}
