/* history: see history.h. */
#include "planning/lint/history.h"

#include "planning/ledger/cell_store.h"
#include "planning/weights/weights.h"

#include "text/dates.h"

#include <string.h>

/* --- periods -------------------------------------------------------------------------------------------------------
 */
const struct ref_period *history_year_before(const struct refdata *refdata, const struct ref_period *period)
{
    int32_t from = date_add_months(period->from_day, -12), until = date_add_months(period->until_day, -12);

    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *p = refdata_period(refdata, id);

        if (p && p->from_day == from && p->until_day == until)
            return p;
    }
    return NULL;
}

const struct ref_period *history_last_before(const struct refdata *refdata, const struct ref_period *period)
{
    int32_t days = period->until_day - period->from_day;
    const struct ref_period *last = NULL;

    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *p = refdata_period(refdata, id);
        int32_t length = p ? p->until_day - p->from_day : 0;

        if (p && p->until_day <= period->from_day && length * 5 >= days * 4 && length * 4 <= days * 5 &&
            (!last || p->until_day > last->until_day))
            last = p;
    }
    return last;
}

/* --- what is known of them -----------------------------------------------------------------------------------------
 */
struct search {
    struct tx *tx;
    const char *measure, *period;
    const char *set; /* found: its code */
};

static int take_set(void *arg, const ProtobufCMessage *message, struct err *err)
{
    const Bihuan__WeightSet *set = (const Bihuan__WeightSet *)message;
    struct search *search = arg;

    (void)err;
    if (strcmp(set->kind, "history") == 0 && strcmp(set->measure, search->measure) == 0 &&
        strcmp(set->period, search->period) == 0)
        search->set = set->code;
    return 0;
}

static int results_of(struct tx *tx, uint32_t measure_id, const struct ref_period *period, struct slice **slices,
                      size_t *count, struct err *err)
{
    struct search search = { .tx = tx, .measure = code_of_measure(tx, measure_id) };

    *count = 0;
    if (!period)
        return 0;
    search.period = period->code;
    if (documents_each(tx, "weight_set", &bihuan__weight_set__descriptor, take_set, &search, err) != 0)
        return -1;
    return search.set ? weights_as_slices(tx, search.set, slices, count, err) : 0;
}

static int targets_of(struct tx *tx, uint32_t measure_id, const struct ref_period *period, struct slice **slices,
                      size_t *count, struct err *err)
{
    const struct cell_filter filter = { .measure_id = measure_id };
    struct version_row works, in_force;

    *count = 0;
    if (!period)
        return 0;
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    return in_force.version ? cell_store_slices(tx, period->id, in_force.version, &filter, true, slices, count, err)
                            : 0;
}

/* --- together ------------------------------------------------------------------------------------------------------
 */
struct gathered {
    struct tx *tx;
    struct slice *slices;
    size_t count;
};

static void append(struct gathered *all, const struct slice *slices, size_t count)
{
    struct slice *more = arena_array(tx_arena(all->tx), struct slice, all->count + count);

    if (all->count)
        memcpy(more, all->slices, all->count * sizeof *more);
    if (count)
        memcpy(more + all->count, slices, count * sizeof *more);
    all->slices = more;
    all->count += count;
}

int history_load(struct tx *tx, const struct ref_period *period, const struct slice *slices, size_t slice_count,
                 struct slice **history, size_t *history_count, uint32_t **without, size_t *without_count,
                 struct err *err)
{
    const struct ref_period *year = history_year_before(refdata_of(tx), period),
                            *last = history_last_before(refdata_of(tx), period);
    struct gathered all = { .tx = tx };

    *without = arena_array(tx_arena(tx), uint32_t, slice_count);
    *without_count = 0;
    for (size_t s = 0; s < slice_count; s++) {
        uint32_t measure = slices[s].key.measure_id;
        struct slice *found = NULL;
        size_t count = 0;

        if (s > 0 && slices[s - 1].key.measure_id == measure)
            continue;
        if (results_of(tx, measure, year, &found, &count, err) != 0 ||
            (!count && results_of(tx, measure, last, &found, &count, err) != 0) ||
            (!count && targets_of(tx, measure, year, &found, &count, err) != 0))
            return -1;
        append(&all, found, count);
        if (!count)
            (*without)[(*without_count)++] = measure;
    }
    *history = all.slices;
    *history_count = all.count;
    return 0;
}
