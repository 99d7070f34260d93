/* slice_sums: see slice_sums.h. */
#include "monitoring/progress/slice_sums.h"

#define SLICES_OF(table, and)                                                                                          \
    "SELECT p.unit_id, CASE WHEN $4::int = 0 THEN p.channel_id ELSE p.product_id END AS member, p.day,"                \
    " sum(u.v)::bigint FROM " table " p, unnest(p.measures, p.sums) u(m, v)"                                           \
    " WHERE p.day BETWEEN $1 AND $2 AND u.m = $3::smallint" and                                                        \
        " GROUP BY 1, 2, 3"
static const struct stmt SLICES = { "progress_slices", SLICES_OF("progress", "") };
static const struct stmt LATE = { "progress_late_slices", SLICES_OF("progress_late", " AND p.known_day > $5") };

static int add(struct tx *tx, const struct slice_range *range, bool late, int64_t *sums, uint32_t limit,
               struct err *err)
{
    const struct tree *tree = refdata_tree(monitoring_of(tx)->refdata);
    bool level = range->measure->level;
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, level ? 0 : range->from_day);
    db_arg_date(&args, range->to_day);
    db_arg_i16(&args, (int16_t)range->measure->id);
    db_arg_i32(&args, range->by_product);
    if (late)
        db_arg_date(&args, range->known_day);
    if (db_query(tx_db(tx), late ? &LATE : &SLICES, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        uint32_t member = (uint32_t)db_i32(&rows, i, 1);

        if (member < limit && tree_is_under(tree, (uint32_t)db_i32(&rows, i, 0), range->unit_id,
                                            level ? range->to_day : db_date(&rows, i, 2)))
            sums[member] += late ? -db_i64(&rows, i, 3) : db_i64(&rows, i, 3);
    }
    db_rows_fini(&rows);
    return 0;
}

int slice_sums(struct tx *tx, const struct slice_range *range, int64_t *sums, uint32_t limit, struct err *err)
{
    if (add(tx, range, false, sums, limit, err) != 0)
        return -1;
    return range->known_day ? add(tx, range, true, sums, limit, err) : 0;
}
