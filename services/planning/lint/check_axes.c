/* check_axes: see check_axes.h. */
#include "planning/lint/check_axes.h"

#include "planning/axes/space.h"

char *axes_words(struct tx *tx, const struct lint_finding *f)
{
    const char *channel = code_of_channel(tx, f->key.channel_id), *product = code_of_product(tx, f->key.product_id);

    return arena_printf(tx_arena(tx),
                        "unit \"%s\", measure \"%s\"%s%s%s%s in period \"%s\": it was cut completely over %s, which now"
                        " have %s together, not %s; cut it again, correct them, or mark the cut as partial",
                        code_of_unit(tx, f->unit_id), code_of_measure(tx, f->key.measure_id),
                        channel[0] ? ", channel " : "", channel, product[0] ? ", product " : "", product,
                        code_of_period(tx, f->period_id), f->axis, amount_text(tx, f->key.measure_id, f->have),
                        amount_text(tx, f->key.measure_id, f->want));
}

static void report_law(const struct space *space, const struct law *law, lint_report *report, void *arg)
{
    int64_t *sums = arena_array(space->arena, int64_t, space->limit);

    law_sums(space, law, true, sums);
    for (uint32_t u = 0; u < space->limit; u++) {
        const struct lint_finding finding = { .code = LINT_CUT_DIFFERS,
                                              .unit_id = u,
                                              .key = law->row->key,
                                              .have = sums[u],
                                              .want = law->whole->was[u],
                                              .period_id = law->row->period_id,
                                              .axis = axis_words[law->row->axis] };

        if (law_covers(law, u) && sums[u] != law->whole->was[u])
            report(arg, &finding);
    }
}

static bool is_reported(const struct check *check, const struct law *law)
{
    const struct cut_row *row = law->row;

    if (row->axis == AXIS_PERIODS)
        return !check->behind && check_speaks_for(check, law->whole->period, row->into, row->into_count);
    return law->whole->period == check->period;
}

static int check_measure(struct tx *tx, const struct check *check, uint32_t measure_id, struct arena *scratch,
                         lint_report *report, void *arg, struct err *err)
{
    struct space space;

    space_init(&space, tx, measure_id, scratch);
    space.check = check;
    if (space_all_laws(&space, check->period, err) != 0)
        return -1;
    for (size_t i = 0; i < space.law_count; i++)
        if (space.laws[i]->broken && is_reported(check, space.laws[i]))
            report_law(&space, space.laws[i], report, arg);
    return 0;
}

/* Measures of which anything was cut, each once. */
static int find_measures(struct tx *tx, const struct check *check, bool *cut, struct err *err)
{
    struct cut_row *rows, *longer;
    size_t count, longer_count;

    if (cut_store_load(tx, check->period->id, check->version->version, 0, &rows, &count, err) != 0 ||
        cut_store_longer(tx, check->period->id, 0, &longer, &longer_count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        cut[rows[i].key.measure_id] = true;
    for (size_t i = 0; i < longer_count; i++)
        cut[longer[i].key.measure_id] = true;
    return 0;
}

int check_axes(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err)
{
    uint32_t limit = refdata_measure_limit(refdata_of(tx));
    bool *cut = arena_array(tx_arena(tx), bool, limit);
    struct arena scratch; /* of one measure */
    int rc = 0;

    if (find_measures(tx, check, cut, err) != 0)
        return -1;
    arena_init(&scratch);
    for (uint32_t id = 1; id < limit && rc == 0; id++) {
        rc = cut[id] ? check_measure(tx, check, id, &scratch, report, arg, err) : 0;
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
    return rc;
}
