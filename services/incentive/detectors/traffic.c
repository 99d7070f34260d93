/* traffic: units whose activations have far less traffic than those of others of their type; see patterns.h. */
#include "incentive/detectors/patterns.h"

#include "refdata/sums.h"

#include <stdlib.h>
#include <string.h>

#define SHARE_PPM 100000
#define UNIT_TYPE "outlet"
#define PER       1000000 /* traffic of an activation, in millionths of the measure's unit */

struct used {
    uint32_t unit_id;
    int64_t activations, traffic, each; /* each: traffic of one activation, by PER */
};

static int by_each(const void *pa, const void *pb)
{
    const struct used *a = pa, *b = pb;

    if (a->each != b->each)
        return a->each < b->each ? -1 : 1;
    return a->unit_id < b->unit_id ? -1 : a->unit_id > b->unit_id;
}

static int sum_of(struct pattern_call *call, const struct ref_measure *measure, uint32_t unit_id, int64_t *sum,
                  struct err *err)
{
    return measure_sum(call->state->refdata, call->state->cube, measure, unit_id, call->period->from_day,
                       call->period->until_day - 1, sum, err);
}

/* All of the type, whoever asks: the median is that of all. */
static int gather(struct pattern_call *call, const struct ref_measure *activations, const struct ref_measure *traffic,
                  struct used *list, size_t *count, struct err *err)
{
    const char *type = call->request->unit_type[0] ? call->request->unit_type : UNIT_TYPE;

    *count = 0;
    for (uint32_t u = 1; u < refdata_unit_limit(call->state->refdata); u++) {
        const struct ref_unit *unit = refdata_unit(call->state->refdata, u);
        struct used *used = &list[*count];

        if (!unit || strcmp(unit->type, type) != 0)
            continue;
        *used = (struct used) { .unit_id = u };
        if (sum_of(call, activations, u, &used->activations, err) != 0 ||
            sum_of(call, traffic, u, &used->traffic, err) != 0)
            return -1;
        if (used->activations <= 0)
            continue;
        used->each = (int64_t)((__int128)used->traffic * PER / used->activations);
        ++*count;
    }
    return 0;
}

static int tell_lines(struct pattern_call *call, const struct ref_measure *measure, uint32_t unit_id,
                      Bihuan__Pattern *pattern, struct err *err)
{
    const struct credit_filter filter = { .kind = 0, .measure_id = measure->id, .rule = "", .reason = "" };
    const struct credit_place place = { call->scope.from_day, "", "", -1, false, 0, 0, 0, 0 };
    struct subtree subtree;
    struct credit_found *rows;
    size_t count;

    state_subtree(call->state, call->tx, unit_id, call->scope.from_day, call->scope.until_day - 1, &subtree);
    if (credit_store_ledger(call->tx, subtree.units, subtree.count, call->scope.from_day, call->scope.until_day - 1,
                            &filter, &place, call->limit, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        Bihuan__PatternLine *line = pattern_line(call, pattern, rows[i].unit_id, rows[i].sender, rows[i].record_key,
                                                 rows[i].day);

        for (size_t at = 0; line && at + CREDIT_PAIR_LEN <= rows[i].pairs_len; at += CREDIT_PAIR_LEN) {
            uint16_t id;
            int64_t value;

            credit_read_pair(rows[i].pairs + at, &id, &value);
            line->value = id == measure->id ? value : line->value;
        }
    }
    return 0;
}

static int tell(struct pattern_call *call, const struct ref_measure *activations, const struct ref_measure *traffic,
                const struct used *used, int64_t median, struct err *err)
{
    const struct ref_unit *unit = refdata_unit(call->state->refdata, used->unit_id);
    Bihuan__Pattern *pattern = pattern_add(call);

    if (!pattern)
        return 0;
    pattern->unit = arena_strdup(tx_arena(call->tx), unit->code);
    pattern->unit_name = arena_strdup(tx_arena(call->tx), unit->name);
    pattern->count = (uint64_t)used->activations;
    pattern->traffic = used->traffic;
    pattern->expected = (int64_t)((__int128)median * used->activations / PER);
    pattern->scale = (uint32_t)ref_measure_scale(traffic, runtime_money_scale(tx_runtime(call->tx)));
    return tell_lines(call, activations, used->unit_id, pattern, err);
}

int patterns_traffic(struct pattern_call *call, struct err *err)
{
    uint32_t share = call->request->share_ppm ? call->request->share_ppm : SHARE_PPM;
    uint32_t limit = refdata_unit_limit(call->state->refdata);
    struct used *list = arena_array(tx_arena(call->tx), struct used, limit + 1);
    const struct ref_measure *activations, *traffic;
    int64_t median;
    size_t count;

    if (pattern_measure(call, call->request->measure, "measure", &activations, err) != 0 ||
        pattern_measure(call, call->request->traffic, "traffic", &traffic, err) != 0 ||
        gather(call, activations, traffic, list, &count, err) != 0)
        return -1;
    call->reply->looked = (uint32_t)count;
    if (!count)
        return 0;
    qsort(list, count, sizeof *list, by_each);
    median = list[(count - 1) / 2].each;
    for (size_t i = 0; i < count && (__int128)list[i].each * 1000000 < (__int128)median * share; i++)
        if (credit_scope_has(&call->scope, list[i].unit_id) &&
            tell(call, activations, traffic, &list[i], median, err) != 0)
            return -1;
    return 0;
}
