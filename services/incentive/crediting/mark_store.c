/* mark_store: see mark_store.h. */
#include "incentive/crediting/mark_store.h"

static const struct stmt PUT = {
    "mark_put", "INSERT INTO feed_mark (feed_id, through, silent, seq) VALUES ($1, $2, $3, $4)"
                " ON CONFLICT (feed_id, through) DO UPDATE SET silent = excluded.silent, seq = excluded.seq"
};
static const struct stmt SILENT = { "mark_silent", "UPDATE feed_mark SET silent = $2 WHERE feed_id = $1" };
static const struct stmt PRUNE = { "mark_prune", "DELETE FROM feed_mark WHERE feed_id = $1 AND through < $2" };
static const struct stmt LOAD = { "mark_load", "SELECT m.feed_id, m.through, m.silent, s.seq FROM feed_mark m"
                                               " LEFT JOIN LATERAL unnest(m.seq) WITH ORDINALITY s (seq, n) ON true"
                                               " ORDER BY m.feed_id, m.through, s.n" };

int mark_store_put(struct tx *tx, uint32_t feed_id, int64_t through_us, bool silent, const uint64_t *seq,
                   size_t seq_count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_time(&args, through_us);
    db_arg_bool(&args, silent);
    db_arg_i64_array(&args, (const int64_t *)seq, seq_count);
    if (db_exec(tx_db(tx), &PUT, &args, NULL, err) != 0)
        return -1;
    return mark_store_set_silent(tx, feed_id, silent, err);
}

int mark_store_set_silent(struct tx *tx, uint32_t feed_id, bool silent, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_bool(&args, silent);
    return db_exec(tx_db(tx), &SILENT, &args, NULL, err);
}

int mark_store_prune(struct tx *tx, uint32_t feed_id, int64_t below_us, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_time(&args, below_us);
    return db_exec(tx_db(tx), &PRUNE, &args, NULL, err);
}

static void take_mark(struct marks *marks, const struct db_rows *rows, int first, int end)
{
    uint64_t seq[BUCKETS_MAX];
    size_t count = 0;

    for (int r = first; r < end && count < BUCKETS_MAX; r++)
        if (!db_is_null(rows, r, 3))
            seq[count++] = (uint64_t)db_i64(rows, r, 3);
    marks_add(marks, (uint32_t)db_i32(rows, first, 0), db_time(rows, first, 1), db_bool(rows, first, 2), seq, count);
}

int mark_store_load(struct tx *tx, struct marks *marks, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &LOAD, NULL, &rows, err) != 0)
        return -1;
    for (int r = 0, end; r < rows.count; r = end) {
        for (end = r + 1; end < rows.count && db_i32(&rows, end, 0) == db_i32(&rows, r, 0) &&
                          db_time(&rows, end, 1) == db_time(&rows, r, 1);)
            end++;
        take_mark(marks, &rows, r, end);
    }
    db_rows_fini(&rows);
    return 0;
}
