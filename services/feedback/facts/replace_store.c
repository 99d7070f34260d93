/* replace_store: see replace_store.h. */
#include "feedback/facts/replace_store.h"

#define SAME_DAY "x.feed_id = f.feed_id AND x.file_day = f.file_day AND x.city = f.city AND x.sequence_no IS NOT NULL"

static const struct stmt HIGHEST = { "replace_highest",
                                     "SELECT x.id, x.sequence_no FROM feed_file f JOIN feed_file x ON " SAME_DAY
                                     " AND x.state IN ('loaded', 'partial', 'superseded') WHERE f.id = $1"
                                     " ORDER BY x.sequence_no DESC, x.id DESC LIMIT 1" };
static const struct stmt LEFT_OUT = {
    "replace_left_out",
    "SELECT o.bucket, o.record_key FROM feed_file f JOIN feed_file x ON " SAME_DAY
    " AND x.state IN ('loaded', 'partial', 'superseded') JOIN order_line o ON o.file_id = x.id"
    " WHERE f.id = $1 AND o.sender = $2 AND o.operation = 0 GROUP BY 1, 2 HAVING max(o.version) < $3 ORDER BY 1, 2"
};
static const struct stmt SUPERSEDE = {
    "replace_supersede", "UPDATE feed_file x SET state = 'superseded' FROM feed_file f WHERE f.id = $1 AND " SAME_DAY
                         " AND x.sequence_no < f.sequence_no AND x.state IN ('loaded', 'partial')"
};

int replace_store_highest(struct tx *tx, uint64_t file_id, uint64_t *id, int64_t *number, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    if (db_query(tx_db(tx), &HIGHEST, &args, &rows, err) != 0)
        return -1;
    *id = rows.count ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    *number = rows.count ? db_i64(&rows, 0, 1) : 0;
    db_rows_fini(&rows);
    return 0;
}

int replace_store_left_out(struct tx *tx, uint64_t file_id, int16_t sender, int32_t version, struct replace_key **out,
                           size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i16(&args, sender);
    db_arg_i32(&args, version);
    if (db_query(tx_db(tx), &LEFT_OUT, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct replace_key, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct replace_key) { (uint16_t)db_i16(&rows, i, 0), arena_strdup(arena, db_text(&rows, i, 1)) };
    db_rows_fini(&rows);
    return 0;
}

int replace_store_supersede(struct tx *tx, uint64_t highest, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)highest);
    return db_exec(tx_db(tx), &SUPERSEDE, &args, NULL, err);
}
