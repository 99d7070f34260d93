/* telescope: see telescope.h. */
#include "calc/telescope.h"

#include <stdlib.h>
#include <string.h>

#include "calc/apportion.h"

static int by_time_and_id(const void *pa, const void *pb)
{
    const struct telescope_line *a = pa, *b = pb;

    if (a->event_time != b->event_time)
        return a->event_time < b->event_time ? -1 : 1;
    return strcmp(a->id, b->id);
}

static int sort_lines(struct telescope_line *lines, size_t count, struct err *err)
{
    size_t sorted = 1;

    while (sorted < count && by_time_and_id(&lines[sorted - 1], &lines[sorted]) < 0)
        sorted++;
    if (sorted >= count) /* mostly: whoever keeps lines keeps them in this order */
        return 0;
    qsort(lines, count, sizeof *lines, by_time_and_id);
    for (size_t i = 1; i < count; i++)
        if (by_time_and_id(&lines[i - 1], &lines[i]) == 0)
            return err_fail(err, ERR_INVALID, "duplicate_line", "line \"%s\" is there twice", lines[i].id);
    return 0;
}

/* What the earlier lines gain when the band changes from that of `before` to that of `after`. */
static int slab_lift(const struct rate_table *table, enum rounding mode, int64_t before, int64_t after,
                     int64_t paid_before, int64_t *lift, struct err *err)
{
    size_t k = rate_table_band(table, after);
    int64_t at_new_rate;

    *lift = 0;
    if (table->kind != RATE_SLAB || k == RATE_NO_BAND || k == rate_table_band(table, before) ||
        (table->has_threshold && after < table->threshold))
        return 0;
    if (rate_table_payout_on(table, after, before, mode, &at_new_rate, err) != 0)
        return -1;
    return fixed_sub(at_new_rate, paid_before, lift, err);
}

static int pay_in_order(const struct rate_table *table, enum rounding mode, struct telescope_line *lines, size_t count,
                        struct telescope_sum *sum, struct err *err)
{
    if (rate_table_payout(table, 0, mode, &sum->opening, err) != 0)
        return -1;
    sum->amount = 0;
    sum->total = sum->opening;
    for (size_t i = 0; i < count; i++) {
        int64_t c, paid;

        if (fixed_add(sum->amount, lines[i].amount, &c, err) != 0 ||
            rate_table_payout(table, c, mode, &paid, err) != 0 ||
            slab_lift(table, mode, sum->amount, c, sum->total, &lines[i].lift, err) != 0 ||
            fixed_sub(paid, sum->total, &lines[i].payout, err) != 0)
            return err_prefix(err, "line \"%s\"", lines[i].id);
        sum->amount = c;
        sum->total = paid;
    }
    return 0;
}

static int spread(struct telescope_line *lines, size_t count, const struct telescope_sum *sum, struct arena *scratch,
                  struct err *err)
{
    struct apportion_part *parts = arena_array(scratch, struct apportion_part, count);
    int64_t due;

    for (size_t i = 0; i < count; i++) {
        parts[i].id = i;
        parts[i].weight = lines[i].amount;
    }
    if (fixed_sub(sum->total, sum->opening, &due, err) != 0 ||
        apportion_split_signed(due, parts, count, scratch, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        lines[i].payout = parts[i].share;
        lines[i].lift = 0;
    }
    return 0;
}

int telescope_lines(const struct rate_table *table, enum telescope_lift lift, enum rounding mode,
                    struct telescope_line *lines, size_t count, struct arena *scratch, struct telescope_sum *sum,
                    struct err *err)
{
    struct telescope_sum s;

    if (sort_lines(lines, count, err) != 0 || pay_in_order(table, mode, lines, count, &s, err) != 0)
        return -1;
    if (table->kind == RATE_SLAB && lift == TELESCOPE_LIFT_SPREAD && s.amount > 0 &&
        spread(lines, count, &s, scratch, err) != 0)
        return -1;
    *sum = s;
    return 0;
}

int telescope_clawback(const struct rate_table *table, enum clawback_policy policy, enum rounding mode, int64_t total,
                       int64_t line_amount, int64_t line_payout, int64_t *out, struct err *err)
{
    int64_t without, paid, kept;

    switch (policy) {
    case CLAWBACK_LINE:
        return fixed_sub(0, line_payout, out, err);
    case CLAWBACK_RECOMPUTE:
        if (fixed_sub(total, line_amount, &without, err) != 0 ||
            rate_table_payout(table, total, mode, &paid, err) != 0 ||
            rate_table_payout(table, without, mode, &kept, err) != 0)
            return -1;
        return fixed_sub(kept, paid, out, err);
    case CLAWBACK_UNSET:
        break;
    }
    return err_fail(err, ERR_INVALID, "clawback_policy", "the plan names no clawback policy");
}
