/* cut_into: the shorter periods that a period is cut into. See cut_phase.h. */
#include "planning/cuts/cut_phase.h"

#include "calc/periods.h"

#include <stdlib.h>

static int by_day(const void *a, const void *b)
{
    const struct cut_out *x = a, *y = b;

    return x->period->from_day < y->period->from_day ? -1 : x->period->from_day > y->period->from_day;
}

static bool lies_within(const struct ref_period *inner, const struct ref_period *outer)
{
    return period_lies_within(inner->from_day, inner->until_day, outer->from_day, outer->until_day);
}

static void add_out(struct cut *cut, const struct ref_period *period)
{
    cut->outs[cut->out_count].changes = arena_array(tx_arena(cut->tx), struct slice_change, 2 * cut->source_count);
    cut->outs[cut->out_count++].period = period;
}

static bool is_named(const struct cut *cut, const struct ref_period *period)
{
    for (size_t i = 0; i < cut->out_count; i++)
        if (cut->outs[i].period == period)
            return true;
    return false;
}

static void find_named(struct cut *cut)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    for (size_t i = 0; i < request->n_into; i++) {
        const struct ref_period *period = refdata_period_by_code(refdata_of(cut->tx), request->into[i]);
        const char *at = arena_printf(tx_arena(cut->tx), "/into/%zu", i);

        if (!period)
            tx_problem(cut->tx, at, "unknown_code", "period \"%s\" is not known", request->into[i]);
        else if (!lies_within(period, cut->period))
            tx_problem(cut->tx, at, "not_within",
                       "period \"%s\" doesn't lie within \"%s\"; of one that goes beyond it define the part within as a"
                       " period of its own",
                       period->code, cut->period->code);
        else if (is_named(cut, period))
            tx_problem(cut->tx, at, "duplicate", "period \"%s\" is named twice", period->code);
        else
            add_out(cut, period);
    }
}

static int find_tiles(struct cut *cut, struct err *err)
{
    const struct ref_period **tiles = arena_array(tx_arena(cut->tx), const struct ref_period *,
                                                  cut->period->inner_count + 1);
    size_t count;

    if (cut_find_tiles(cut->period, cut->request->kind, tiles, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        add_out(cut, tiles[i]);
    return 0;
}

int cut_find_periods(struct cut *cut, struct err *err)
{
    uint32_t limit = refdata_period_limit(refdata_of(cut->tx));
    int32_t day = cut->period->from_day;

    cut->outs = arena_array(tx_arena(cut->tx), struct cut_out, cut->request->n_into + limit);
    if (cut->request->n_into)
        find_named(cut);
    else if (find_tiles(cut, err) != 0)
        return -1;
    if (tx_problem_count(cut->tx))
        return tx_refuse(cut->tx, err);
    qsort(cut->outs, cut->out_count, sizeof *cut->outs, by_day);
    for (size_t i = 0; i < cut->out_count && day == cut->outs[i].period->from_day; i++)
        day = cut->outs[i].period->until_day;
    if (day != cut->period->until_day)
        return err_fail(err, ERR_CONFLICT, "periods_gap",
                        "the periods within \"%s\" don't follow each other from its first day to its last; name those"
                        " that do in `into`",
                        cut->period->code);
    return 0;
}
