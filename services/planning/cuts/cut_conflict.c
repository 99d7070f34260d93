/* cut_conflict: bounds over periods, channels or products that contradict each other, in words. See cut.h. */
#include "planning/cuts/column_conflict.h"
#include "planning/cuts/cut.h"

#define SHOWN_MAX 50

static void say_total(struct cut *cut, const struct slice_key *key, const struct spread *spread,
                      const struct column_conflict *found)
{
    struct tx *tx = cut->tx;

    tx_problem(
        tx, "/unit", "bounds_conflict",
        "unit \"%s\" has %s of \"%s\": the %zu bounds named here contradict that and each other; lift one of them",
        code_of_unit(tx, spread->outline->unit[found->node]),
        amount_text(tx, key->measure_id, spread->amount[found->node]), code_of_measure(tx, key->measure_id),
        found->count);
}

static void say_bound(struct cut *cut, const struct slice_key *key, const struct spread *spread,
                      const struct column_bound *bound, char *const *columns, bool total_counts)
{
    struct tx *tx = cut->tx;
    const char *unit = code_of_unit(tx, spread->outline->unit[bound->node]);
    const char *value = amount_text(tx, key->measure_id, bound->value);

    if (bound->amount)
        tx_problem(tx, "/unit", "bounds_conflict", "unit \"%s\", %s: no more than %s can be there, it has no more",
                   unit, columns[bound->column], value);
    else
        tx_problem(tx, "/unit", "bounds_conflict", "unit \"%s\", %s: %s %s%s", unit, columns[bound->column],
                   bound->is_upper ? "at most" : "at least", value,
                   total_counts ? "" : " contradicts the others named here");
}

int cut_refuse_columns(struct cut *cut, const struct slice_key *key, const struct spread *spread, char *const *columns,
                       struct err *err)
{
    struct column_conflict found;

    if (!column_conflict_find(spread, cut->scratch, &found))
        return 0;
    if (found.total_counts)
        say_total(cut, key, spread, &found);
    for (size_t i = 0; i < found.count && tx_problem_count(cut->tx) < SHOWN_MAX; i++)
        say_bound(cut, key, spread, &found.bounds[i], columns, found.total_counts);
    return tx_refuse(cut->tx, err);
}
