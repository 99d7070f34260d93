/* duty_store: see duty_store.h. */
#include "monitoring/duties/duty_store.h"

#include "monitoring/rules/turns.h"
#include "text/utf8.h"

static const struct stmt BEGIN = {
    "happening_put",
    "INSERT INTO happening (kind, subject, unit_id, since, until, detail, detail_zh)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, subject, unit_id) DO UPDATE SET until = excluded.until,"
    " detail = excluded.detail, detail_zh = excluded.detail_zh"
};
/* Of one moment the last one said holds. */
#define AT_ONCE                                                                                                        \
    "ON CONFLICT (kind, subject, unit_id, at) DO UPDATE SET begins = excluded.begins, since = excluded.since, detail"  \
    " = excluded.detail, detail_zh = excluded.detail_zh"
/* What begins anew in the same words is no turn. */
static const struct stmt BEGIN_TURN = {
    "happening_turn_put",
    "INSERT INTO happening_turn (at, kind, subject, unit_id, begins, since, detail, detail_zh) SELECT $1, $2, $3, $4,"
    " true, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM happening WHERE kind = $2 AND subject = $3 AND unit_id = $4"
    " AND detail = $6) " AT_ONCE
};
#define GONE(where)                                                                                                    \
    "WITH gone AS (DELETE FROM happening WHERE " where " RETURNING *) INSERT INTO happening_turn (at, kind, subject,"  \
    " unit_id, begins, since, detail, detail_zh) SELECT $1, kind, subject, unit_id, false, since, detail, detail_zh"   \
    " FROM gone " AT_ONCE
static const struct stmt END_AT = { "happening_end_at",
                                    GONE("kind = $2 AND subject = $3 AND unit_id = ANY ($4::int[])") };
static const struct stmt END_ALL = { "happening_end", GONE("kind = $2 AND subject = $3") };
static const struct stmt FORGET = { "happening_forget", GONE("until <= $2") };
/* What was so at a moment: the last turn of each up to then. */
#define HAPPENED(kind, and, at)                                                                                        \
    "(SELECT * FROM (SELECT DISTINCT ON (subject, unit_id) * FROM happening_turn WHERE kind = " kind and               \
        " AND at <= " at " ORDER BY subject, unit_id, at DESC) t WHERE begins)"
#define ROWS_OF(source)                                                                                                \
    "SELECT unit_id, detail, detail_zh FROM " source " h WHERE kind = $1 AND subject = $2 AND ($3::date IS NULL OR"    \
    " since <= $3) ORDER BY unit_id"
static const struct stmt ROWS = { "happening_rows", ROWS_OF("happening") };
static const struct stmt ROWS_AT = { "happening_rows_at", ROWS_OF(HAPPENED("$1", " AND subject = $2", "$4")) };
#define SUBJECTS_OF(source) "SELECT DISTINCT subject FROM " source " h WHERE kind = $1 ORDER BY subject"
static const struct stmt SUBJECTS = { "happening_subjects", SUBJECTS_OF("happening") };
static const struct stmt SUBJECTS_AT = { "happening_subjects_at", SUBJECTS_OF(HAPPENED("$1", "", "$2")) };
static const struct stmt PUT_OPEN = {
    "opportunity_put",
    "INSERT INTO opportunity (sender, key, unit_id, seller_id, product_id, customer, amount, moved_day)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sender, key) DO UPDATE SET unit_id = excluded.unit_id,"
    " seller_id = excluded.seller_id, product_id = excluded.product_id, customer = excluded.customer,"
    " amount = excluded.amount, moved_day = excluded.moved_day"
};
static const struct stmt DROP_OPEN = { "opportunity_drop", "DELETE FROM opportunity WHERE sender = $1 AND key = $2" };
static const struct stmt OPEN_TURN = {
    "opportunity_turn_put",
    "INSERT INTO opportunity_turn (at, sender, key, open, unit_id, seller_id, customer,"
    " moved_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sender, key, at) DO UPDATE SET open"
    " = excluded.open, unit_id = excluded.unit_id, seller_id = excluded.seller_id, customer ="
    " excluded.customer, moved_day = excluded.moved_day"
};
/* The open ones of a moment. */
#define OPENED(at)                                                                                                     \
    "(SELECT * FROM (SELECT DISTINCT ON (sender, key) * FROM opportunity_turn WHERE at <= " at                         \
    " ORDER BY sender, key, at DESC) t WHERE open)"
#define STILL_OF(source)                                                                                               \
    "SELECT coalesce(nullif(seller_id, 0), unit_id) AS holder, count(*) || ' open, the longest since '"                \
    " || min(moved_day), count(*) || '个未推进的商机，最早停在' || min(moved_day) FROM " source                        \
    " o WHERE moved_day <= $1 GROUP BY 1 ORDER BY 1"
static const struct stmt STILL = { "opportunity_still", STILL_OF("opportunity") };
static const struct stmt STILL_AT = { "opportunity_still_at", STILL_OF(OPENED("$2")) };
#define HOLDERS(source)                                                                                                \
    "SELECT customer, coalesce(nullif(seller_id, 0), unit_id) AS holder, min(key) AS key FROM " source                 \
    " o WHERE customer <> '' GROUP BY 1, 2"
#define SELLERS_OF(source)                                                                                             \
    "WITH h AS (" HOLDERS(source) ") SELECT holder, 'opportunity ' || key, '商机' || key FROM h WHERE customer = $1" \
                                  " AND (SELECT count(*) FROM h o WHERE o.customer = $1) > 1 ORDER BY holder"
static const struct stmt SELLERS = { "opportunity_sellers", SELLERS_OF("opportunity") };
static const struct stmt SELLERS_AT = { "opportunity_sellers_at", SELLERS_OF(OPENED("$2")) };
#define SHARED_OF(source) "SELECT customer FROM (" HOLDERS(source) ") h GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
static const struct stmt SHARED = { "opportunity_shared", SHARED_OF("opportunity") };
static const struct stmt SHARED_AT = { "opportunity_shared_at", SHARED_OF(OPENED("$1")) };

int duty_store_begin(struct tx *tx, const struct happening *h, uint32_t unit_id, const char *kind, int32_t today,
                     struct err *err)
{
    const char *detail = utf8_mend(arena_strdup(tx_arena(tx), h->detail));
    const char *detail_zh = utf8_mend(arena_strdup(tx_arena(tx), h->detail_zh));
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, turns_now(tx));
    db_arg_text(&args, kind);
    db_arg_text(&args, h->subject);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_date(&args, h->since ? h->since : today);
    db_arg_text(&args, detail);
    db_arg_text(&args, detail_zh);
    if (db_later(tx_db(tx), &BEGIN_TURN, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    db_arg_text(&args, h->subject);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_date(&args, h->since ? h->since : today);
    if (h->forgotten)
        db_arg_date(&args, today + HAPPENING_DAYS);
    else
        db_arg_null(&args);
    db_arg_text(&args, detail);
    db_arg_text(&args, detail_zh);
    return db_exec(tx_db(tx), &BEGIN, &args, NULL, err);
}

int duty_store_end(struct tx *tx, const struct happening *h, const char *kind, struct err *err)
{
    int32_t *units = arena_array(tx_arena(tx), int32_t, h->unit_count + 1);
    struct db_args args;

    for (size_t i = 0; i < h->unit_count; i++)
        units[i] = (int32_t)h->units[i];
    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, turns_now(tx));
    db_arg_text(&args, kind);
    db_arg_text(&args, h->subject);
    if (!h->unit_count)
        return db_exec(tx_db(tx), &END_ALL, &args, NULL, err);
    db_arg_i32_array(&args, units, h->unit_count);
    return db_exec(tx_db(tx), &END_AT, &args, NULL, err);
}

int duty_store_forget(struct tx *tx, int32_t today, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, turns_now(tx));
    db_arg_date(&args, today);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}

static int read_rows(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct duty_row **out,
                     size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct duty_row, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct duty_row) { (uint32_t)db_i32(&rows, i, 0), arena_strdup(tx_arena(tx), db_text(&rows, i, 1)),
                                        arena_strdup(tx_arena(tx), db_text(&rows, i, 2)) };
    db_rows_fini(&rows);
    return 0;
}

static int read_texts(struct tx *tx, const struct stmt *stmt, const struct db_args *args, char ***out, size_t *count,
                      struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), char *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
    db_rows_fini(&rows);
    return 0;
}

int duty_store_rows(struct tx *tx, const char *kind, const char *subject, int32_t until, int64_t at_us,
                    struct duty_row **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    db_arg_text(&args, subject);
    if (until == INT32_MAX)
        db_arg_null(&args);
    else
        db_arg_date(&args, until);
    if (at_us)
        db_arg_time(&args, at_us);
    return read_rows(tx, at_us ? &ROWS_AT : &ROWS, &args, out, count, err);
}

int duty_store_subjects(struct tx *tx, const char *kind, int64_t at_us, char ***out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    if (at_us)
        db_arg_time(&args, at_us);
    return read_texts(tx, at_us ? &SUBJECTS_AT : &SUBJECTS, &args, out, count, err);
}

static int opportunity_turn(struct tx *tx, const Bihuan__OpportunityChanged *event, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, turns_now(tx));
    db_arg_text(&args, event->sender);
    db_arg_text(&args, event->key);
    db_arg_bool(&args, event->open);
    db_arg_i32(&args, (int32_t)event->unit_id);
    db_arg_i32(&args, (int32_t)event->seller_id);
    db_arg_text(&args, event->customer);
    db_arg_date(&args, event->moved_day);
    return db_later(tx_db(tx), &OPEN_TURN, &args, NULL, err);
}

int duty_store_opportunity(struct tx *tx, const Bihuan__OpportunityChanged *event, struct err *err)
{
    struct db_args args;

    if (opportunity_turn(tx, event, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, event->sender);
    db_arg_text(&args, event->key);
    if (!event->open)
        return db_exec(tx_db(tx), &DROP_OPEN, &args, NULL, err);
    db_arg_i32(&args, (int32_t)event->unit_id);
    db_arg_i32(&args, (int32_t)event->seller_id);
    db_arg_i32(&args, (int32_t)event->product_id);
    db_arg_text(&args, event->customer);
    db_arg_i64(&args, event->amount);
    db_arg_date(&args, event->moved_day);
    return db_exec(tx_db(tx), &PUT_OPEN, &args, NULL, err);
}

int duty_store_still(struct tx *tx, int32_t moved_until, int64_t at_us, struct duty_row **out, size_t *count,
                     struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, moved_until);
    if (at_us)
        db_arg_time(&args, at_us);
    return read_rows(tx, at_us ? &STILL_AT : &STILL, &args, out, count, err);
}

int duty_store_sellers(struct tx *tx, const char *customer, int64_t at_us, struct duty_row **out, size_t *count,
                       struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, customer);
    if (at_us)
        db_arg_time(&args, at_us);
    return read_rows(tx, at_us ? &SELLERS_AT : &SELLERS, &args, out, count, err);
}

int duty_store_shared(struct tx *tx, int64_t at_us, char ***out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    if (at_us)
        db_arg_time(&args, at_us);
    return read_texts(tx, at_us ? &SHARED_AT : &SHARED, &args, out, count, err);
}
