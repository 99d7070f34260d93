/* credit: see credit.h. */
#include "incentive/crediting/credit.h"

#include "calc/cube.h"
#include "calc/fixed.h"

#include <endian.h>
#include <string.h>

static const struct closed_period *shortest_with(const struct closed_period *closed, size_t count, int32_t day)
{
    const struct closed_period *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (day >= closed[i].from_day && day < closed[i].until_day &&
            (!best || closed[i].until_day - closed[i].from_day < best->until_day - best->from_day))
            best = &closed[i];
    return best;
}

int32_t credit_counts_day(const struct closed_period *closed, size_t count, int32_t day, uint32_t *late_for)
{
    const struct closed_period *at = count ? shortest_with(closed, count, day) : NULL;

    *late_for = at ? at->period_id : 0;
    while (at) {
        day = at->until_day;
        at = shortest_with(closed, count, day);
    }
    return day;
}

static int check_columns(const Bihuan__FactsRecorded *b, struct err *err)
{
    size_t n = b->n_record_key;

    if (b->n_version != n || b->n_taken_back != n || b->n_unit_id != n || b->n_seller_id != n || b->n_channel_id != n ||
        b->n_product_id != n || b->n_day != n || b->n_contributions != n || b->n_measure_id != b->n_value)
        return err_fail(err, ERR_INVALID, "bad_columns", "the columns of recorded facts differ in length");
    return 0;
}

int credit_check(const Bihuan__FactsRecorded *batch, struct err *err)
{
    uint64_t sum = 0;

    if (check_columns(batch, err) != 0)
        return -1;
    for (size_t i = 0; i < batch->n_contributions; i++)
        sum += batch->contributions[i];
    if (sum != batch->n_value)
        return err_fail(err, ERR_INVALID, "bad_columns", "%llu contributions are announced, %zu came",
                        (unsigned long long)sum, batch->n_value);
    for (size_t i = 0; i < batch->n_unit_id; i++)
        if (batch->unit_id[i] >= CUBE_UNIT_MAX)
            return err_fail(err, ERR_INVALID, "bad_unit", "unit id %u is beyond the limit", batch->unit_id[i]);
    for (size_t i = 0; i < batch->n_measure_id; i++)
        if (batch->measure_id[i] >= CUBE_MEASURE_MAX)
            return err_fail(err, ERR_INVALID, "bad_measure", "measure id %u is beyond the limit", batch->measure_id[i]);
    return 0;
}

void credit_pack_pair(uint8_t out[CREDIT_PAIR_LEN], uint16_t measure, int64_t value)
{
    uint16_t m = htobe16(measure);
    uint64_t v = htobe64((uint64_t)value);

    memcpy(out, &m, sizeof m);
    memcpy(out + sizeof m, &v, sizeof v);
}

void credit_read_pair(const uint8_t pair[CREDIT_PAIR_LEN], uint16_t *measure, int64_t *value)
{
    uint16_t m;
    uint64_t v;

    memcpy(&m, pair, sizeof m);
    memcpy(&v, pair + sizeof m, sizeof v);
    *measure = be16toh(m);
    *value = (int64_t)be64toh(v);
}

int64_t credit_share_to(int64_t points, int64_t total, int64_t c)
{
    int64_t out;

    if (total <= 0 || fixed_mul_div(points, c, total, ROUND_HALF_UP, &out, NULL) != 0)
        return 0;
    return out;
}
