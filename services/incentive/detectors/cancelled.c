/* cancelled: orders of a period's last days that were taken back since, against those of the days before; see
 * patterns.h. An order counts as taken back where all that it contributed comes to nothing. */
#include "incentive/detectors/patterns.h"

#include "base/hash.h"
#include "incentive/crediting/entry_store.h"
#include "incentive/detectors/chance.h"

#include <stdlib.h>
#include <string.h>

#define TAIL_DAYS  5
#define LATER_DAYS 400   /* what takes back may carry its own day */
#define CHANCE_PPM 50000 /* what is likelier isn't told */

/* An order that something was taken back of. */
struct undone {
    uint64_t key;
    uint32_t unit_id;
    int32_t day, back; /* sold on; INT32_MAX: not seen yet. Taken back on (counts) */
    int64_t net, value;
    const char *sender, *record_key; /* of those of the last days; in the call's arena */
};

struct unit_orders {
    uint64_t sold[2], back[2]; /* of the days before, of the last days */
};

struct orders {
    struct pattern_call *call;
    uint32_t measure_id;
    int32_t from_day, until_day, tail_from;
    struct undone *list; /* sorted by key once gathered */
    size_t count, cap;
    struct unit_orders *units;
    uint32_t unit_limit;
};

static bool value_of(const struct orders *orders, const uint8_t *pairs, size_t len, int64_t *value)
{
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;

        credit_read_pair(pairs + at, &measure, value);
        if (measure == orders->measure_id)
            return true;
    }
    return false;
}

static uint64_t key_of(const struct recorded_row *row)
{
    return hash_bytes(row->record_key, row->key_len, hash_bytes(row->sender, row->sender_len, 1));
}

static int gather(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                  const struct stored_entry *entries, size_t entry_count, struct err *err)
{
    struct orders *orders = arg;
    int64_t value;

    (void)entries;
    (void)entry_count;
    (void)err;
    if (!row->taken_back || !value_of(orders, pairs, pairs_len, &value))
        return 0;
    if (orders->count == orders->cap) {
        orders->cap = orders->cap ? orders->cap * 2 : 1024;
        orders->list = realloc(orders->list, orders->cap * sizeof *orders->list);
        if (!orders->list)
            abort();
    }
    orders->list[orders->count++] = (struct undone) { .key = key_of(row), .day = INT32_MAX, .back = INT32_MIN };
    return 0;
}

static int by_key(const void *pa, const void *pb)
{
    const struct undone *a = pa, *b = pb;

    return a->key < b->key ? -1 : a->key > b->key;
}

static void sort_once(struct orders *orders)
{
    size_t kept = 0;

    if (orders->count)
        qsort(orders->list, orders->count, sizeof *orders->list, by_key);
    for (size_t i = 0; i < orders->count; i++)
        if (!kept || orders->list[kept - 1].key != orders->list[i].key)
            orders->list[kept++] = orders->list[i];
    orders->count = kept;
}

static bool is_sold_here(const struct orders *orders, uint32_t unit_id, int32_t day)
{
    return day >= orders->from_day && day < orders->until_day && unit_id < orders->unit_limit &&
           credit_scope_has(&orders->call->scope, unit_id);
}

static void take_undone(struct orders *orders, struct undone *undone, const struct recorded_row *row, int64_t value)
{
    undone->net += value;
    if (row->taken_back) {
        undone->back = row->fact.counts_day > undone->back ? row->fact.counts_day : undone->back;
        return;
    }
    if (row->fact.day >= undone->day)
        return;
    undone->day = row->fact.day;
    undone->unit_id = row->fact.unit_id;
    undone->value = value;
    if (undone->day >= orders->tail_from && !undone->sender) {
        undone->sender = arena_strndup(tx_arena(orders->call->tx), row->sender, row->sender_len);
        undone->record_key = arena_strndup(tx_arena(orders->call->tx), row->record_key, row->key_len);
    }
}

static int count_row(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                     const struct stored_entry *entries, size_t entry_count, struct err *err)
{
    struct orders *orders = arg;
    const struct undone wanted = { .key = key_of(row) };
    struct undone *undone;
    int64_t value;

    (void)entries;
    (void)entry_count;
    (void)err;
    if (!value_of(orders, pairs, pairs_len, &value))
        return 0;
    undone = orders->count ? bsearch(&wanted, orders->list, orders->count, sizeof wanted, by_key) : NULL;
    if (undone)
        take_undone(orders, undone, row, value);
    else if (is_sold_here(orders, row->fact.unit_id, row->fact.day))
        orders->units[row->fact.unit_id].sold[row->fact.day >= orders->tail_from]++;
    return 0;
}

/* --- telling ---------------------------------------------------------------------------------------------------------
 */

static void count_undone(struct orders *orders)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct undone *undone = &orders->list[i];
        bool tail = undone->day >= orders->tail_from;

        if (undone->day == INT32_MAX || !is_sold_here(orders, undone->unit_id, undone->day))
            continue;
        orders->units[undone->unit_id].sold[tail]++;
        orders->units[undone->unit_id].back[tail] += undone->net == 0;
    }
}

static void tell(struct orders *orders, uint32_t unit_id, uint32_t chance)
{
    struct pattern_call *call = orders->call;
    const struct ref_unit *unit = refdata_unit(call->state->refdata, unit_id);
    const struct ref_measure *measure = refdata_measure(call->state->refdata, orders->measure_id);
    const struct unit_orders *of = &orders->units[unit_id];
    Bihuan__Pattern *pattern = pattern_add(call);

    if (!pattern || !unit)
        return;
    pattern->unit = arena_strdup(tx_arena(call->tx), unit->code);
    pattern->unit_name = arena_strdup(tx_arena(call->tx), unit->name);
    pattern->count = of->back[1];
    pattern->of = of->sold[1];
    pattern->rest = of->back[0];
    pattern->rest_of = of->sold[0];
    pattern->chance_ppm = chance;
    for (size_t i = 0; i < orders->count; i++) {
        const struct undone *undone = &orders->list[i];
        Bihuan__PatternLine *line;

        if (undone->unit_id != unit_id || undone->net || undone->day < orders->tail_from ||
            !is_sold_here(orders, unit_id, undone->day))
            continue;
        line = pattern_line(call, pattern, unit_id, undone->sender, undone->record_key, undone->day);
        if (!line)
            return;
        line->value = undone->value;
        line->scale = (uint32_t)ref_measure_scale(measure, runtime_money_scale(tx_runtime(call->tx)));
        line->taken_back = pattern_day(call, undone->back);
    }
}

static int count_all(struct orders *orders, struct err *err)
{
    struct tx *tx = orders->call->tx;
    int32_t until = orders->until_day + LATER_DAYS;

    if (entry_store_each_of_days(tx, orders->from_day, until, gather, orders, err) != 0)
        return -1;
    sort_once(orders);
    return entry_store_each_of_days(tx, orders->from_day, until, count_row, orders, err);
}

static int look(struct orders *orders, struct err *err)
{
    struct pattern_call *call = orders->call;

    patterns_unlock(call);
    if (count_all(orders, err) != 0 || patterns_lock(call, err) != 0)
        return -1;
    count_undone(orders);
    for (uint32_t u = 0; u < orders->unit_limit; u++) {
        const struct unit_orders *of = &orders->units[u];
        uint32_t chance = chance_of_more(of->back[1], of->sold[1], of->back[0], of->sold[0]);

        call->reply->looked += of->sold[0] + of->sold[1] > 0;
        if (of->back[1] && chance <= CHANCE_PPM)
            tell(orders, u, chance);
    }
    return 0;
}

int patterns_cancelled(struct pattern_call *call, struct err *err)
{
    uint32_t days = call->request->days ? call->request->days : TAIL_DAYS;
    struct orders orders = { .call = call, .unit_limit = refdata_unit_limit(call->state->refdata) };
    const struct ref_measure *measure;
    int rc;

    if (pattern_measure(call, call->request->measure, "measure", &measure, err) != 0)
        return -1;
    if (days >= (uint32_t)(call->period->until_day - call->period->from_day))
        return err_fail(err, ERR_INVALID, "out_of_range", "days: the period has no days before those");
    orders.measure_id = measure->id;
    orders.from_day = call->period->from_day;
    orders.until_day = call->period->until_day;
    orders.tail_from = orders.until_day - (int32_t)days;
    orders.units = arena_array(tx_arena(call->tx), struct unit_orders, orders.unit_limit + 1);
    rc = look(&orders, err);
    free(orders.list);
    return rc;
}
