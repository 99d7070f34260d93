/* compare_store: see compare_store.h. */
#include "feedback/control/compare_store.h"

#include "refdata/fact_kinds.h"
#include "text/dates.h"

#include <string.h>

/* What holds of each record: its highest version, and whether a cancel lies beside it. One day of a record may differ
 * between the two, so the days around are read as well; a pair counts where one of its days is asked for. */
#define SIDE(name, sender)                                                                                             \
    name " AS (SELECT DISTINCT ON (record_key) record_key, day, unit_id, product_id, quantity, amount, state,"         \
         " seller_id, channel_id, customer,"                                                                           \
         " file_id, row_no, EXISTS (SELECT 1 FROM order_line c WHERE c.bucket = l.bucket AND c.sender = l.sender AND"  \
         " c.record_key = l.record_key AND c.operation = 1) AS cancelled FROM order_line l WHERE sender = " sender     \
         " AND operation = 0 AND day >= $3::date - 45 AND day < $4::date + 45 ORDER BY record_key, version DESC)"
#define OF(side, name)                                                                                                 \
    " " side ".record_key IS NOT NULL AS has_" name ", " side ".day AS " name "_day, " side ".unit_id AS " name        \
    "_unit, " side ".product_id AS " name "_product, " side ".quantity AS " name "_quantity, " side ".amount AS " name \
    "_amount, " side ".cancelled AS " name "_cancelled, " side ".file_id AS " name "_file, " side ".row_no AS " name   \
    "_row, " side ".state AS " name "_state, " side ".seller_id AS " name "_seller, " side ".channel_id AS " name      \
    "_channel, " side ".customer AS " name "_customer,"
#define SAME                                                                                                           \
    " (a.day, a.unit_id, a.product_id, a.quantity, a.amount, a.cancelled, a.state) = (b.day, b.unit_id, b.product_id," \
    " b.quantity, b.amount, b.cancelled, b.state) AND (NOT $5 OR a.seller_id = b.seller_id) AND (NOT $6 OR"            \
    " a.channel_id = b.channel_id) AND (NOT $7 OR a.customer = b.customer) AS same"
#define PAIRS                                                                                                          \
    "WITH " SIDE("a", "$1") ", " SIDE("b", "$2") ", p AS (SELECT coalesce(a.record_key, b.record_key) AS key," OF(     \
        "a", "a") OF("b", "b") SAME " FROM a FULL JOIN b ON a.record_key = b.record_key WHERE (a.day >= $3 AND a.day"  \
                                    " < $4) OR (b.day >= $3 AND b.day < $4))"

static const struct stmt SUMS = {
    "compare_sums", PAIRS
    " SELECT count(*) FILTER (WHERE has_a AND has_b), count(*) FILTER (WHERE same), count(*) FILTER (WHERE NOT"
    " has_b), count(*) FILTER (WHERE NOT has_a), coalesce(sum(a_amount) FILTER (WHERE NOT a_cancelled AND a_day >="
    " $3 AND a_day < $4), 0)::bigint, coalesce(sum(b_amount) FILTER (WHERE NOT b_cancelled AND b_day >= $3 AND"
    " b_day < $4), 0)::bigint FROM p"
};
static const struct stmt LIST_PAIRS = {
    "compare_list", PAIRS
    " SELECT key, has_a, has_b, a_day, a_unit, a_product, a_quantity, a_amount, a_cancelled, coalesce((SELECT name"
    " FROM feed_file f WHERE f.id = a_file), ''), a_row, a_state, a_seller, a_channel, a_customer, b_day, b_unit, "
    "b_product, b_quantity, b_amount,"
    " b_cancelled, coalesce((SELECT name FROM feed_file f WHERE f.id = b_file), ''), b_row, b_state, b_seller, "
    "b_channel,"
    " b_customer FROM p WHERE same IS NOT TRUE AND key > $8 ORDER BY key LIMIT $9::int"
};

static void range_args(struct db_args *args, struct tx *tx, const struct compare_range *range)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i16(args, range->sender);
    db_arg_i16(args, range->with);
    db_arg_date(args, range->from);
    db_arg_date(args, range->until);
    db_arg_bool(args, range->sellers);
    db_arg_bool(args, range->channels);
    db_arg_bool(args, range->customers);
}

int compare_store_sums(struct tx *tx, const struct compare_range *range, Bihuan__CompareFeedsReply *reply,
                       struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    range_args(&args, tx, range);
    if (db_query(tx_db(tx), &SUMS, &args, &rows, err) != 0)
        return -1;
    reply->both = (uint64_t)db_i64(&rows, 0, 0);
    reply->same = (uint64_t)db_i64(&rows, 0, 1);
    reply->only_feed = (uint64_t)db_i64(&rows, 0, 2);
    reply->only_with = (uint64_t)db_i64(&rows, 0, 3);
    reply->amount = db_i64(&rows, 0, 4);
    reply->amount_with = db_i64(&rows, 0, 5);
    db_rows_fini(&rows);
    return 0;
}

/* Columns from `at` on: day, unit, product, quantity, amount, cancelled, file, row, state, seller, channel, customer.
 */
static Bihuan__FeedSide *read_side(struct tx *tx, const struct db_rows *rows, int i, int at, int16_t sender)
{
    struct arena *arena = tx_arena(tx);
    Bihuan__FeedSide *side = arena_new(arena, Bihuan__FeedSide);
    char *day = arena_alloc(arena, DATE_TEXT_MAX);

    bihuan__feed_side__init(side);
    date_print(day, db_date(rows, i, at));
    side->day = day;
    side->unit = arena_printf(arena, "%d", db_i32(rows, i, at + 1));
    side->product = arena_printf(arena, "%d", db_i32(rows, i, at + 2));
    side->quantity = db_i64(rows, i, at + 3);
    side->amount = db_i64(rows, i, at + 4);
    side->cancelled = db_bool(rows, i, at + 5);
    side->file = arena_strdup(arena, db_text(rows, i, at + 6));
    side->row = db_i64(rows, i, at + 7);
    side->state = (char *)(uintptr_t)fact_state_name(fact_kind_of_sender(sender), (uint8_t)db_i16(rows, i, at + 8));
    side->seller = arena_printf(arena, "%d", db_i32(rows, i, at + 9));
    side->channel = arena_printf(arena, "%d", db_i32(rows, i, at + 10));
    side->customer = arena_strdup(arena, db_text(rows, i, at + 11));
    return side;
}

int compare_store_list(struct tx *tx, const struct compare_range *range, const char *after, uint32_t limit,
                       Bihuan__FeedDifference ***out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    range_args(&args, tx, range);
    db_arg_text(&args, after);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LIST_PAIRS, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), Bihuan__FeedDifference *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__FeedDifference *item = arena_new(tx_arena(tx), Bihuan__FeedDifference);

        bihuan__feed_difference__init(item);
        item->key = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        item->feed = db_bool(&rows, i, 1) ? read_side(tx, &rows, i, 3, range->sender) : NULL;
        item->with = db_bool(&rows, i, 2) ? read_side(tx, &rows, i, 15, range->with) : NULL;
        (*out)[i] = item;
    }
    db_rows_fini(&rows);
    return 0;
}
