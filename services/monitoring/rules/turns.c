/* turns: see turns.h. */
#include "monitoring/rules/turns.h"

#include "monitoring/monitoring.h"

#define DAY_US (86400 * SECOND)

static const struct stmt SINCE_PUT = {
    "turns_since_put", "INSERT INTO turns_since (at) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM turns_since)"
};
static const struct stmt FIRST = { "turns_first", "SELECT min(at) FROM turns_since" };
static const struct stmt FORGET[] = {
    { "turns_forget_feeds",
      "DELETE FROM feed_turn t WHERE at < $1 AND (condition = 0 OR EXISTS (SELECT 1 FROM feed_turn l WHERE l.feed_id ="
      " t.feed_id AND l.unit_id = t.unit_id AND l.at > t.at AND l.at < $1))" },
    { "turns_forget_happenings",
      "DELETE FROM happening_turn t WHERE at < $1 AND (NOT begins OR EXISTS (SELECT 1 FROM happening_turn l WHERE "
      "l.kind"
      " = t.kind AND l.subject = t.subject AND l.unit_id = t.unit_id AND l.at > t.at AND l.at < $1))" },
    { "turns_forget_opportunities",
      "DELETE FROM opportunity_turn t WHERE at < $1 AND (NOT open OR EXISTS (SELECT 1 FROM opportunity_turn l WHERE"
      " l.sender = t.sender AND l.key = t.key AND l.at > t.at AND l.at < $1))" },
};

/* By what the turns of a kind are read. */
enum turns_of { OF_FEEDS, OF_HAPPENINGS, OF_OPPORTUNITIES };
static const struct stmt MOMENTS[] = {
    [OF_FEEDS] = { "turns_feeds", "SELECT DISTINCT at, '' FROM feed_turn WHERE at > $1 AND at <= $2 AND $4 <> ''"
                                  " ORDER BY 1 LIMIT $3::int" },
    [OF_HAPPENINGS] = { "turns_happenings",
                        "SELECT DISTINCT at, subject FROM happening_turn WHERE at > $1 AND at <= $2 AND kind = $4"
                        " ORDER BY 1, 2 LIMIT $3::int" },
    [OF_OPPORTUNITIES] = { "turns_opportunities",
                           "SELECT DISTINCT least($2, date_trunc('hour', at) + interval '1 hour'), '' FROM"
                           " opportunity_turn WHERE at > $1 AND at <= $2 AND $4 <> '' ORDER BY 1 LIMIT $3::int" },
};
static const struct stmt SINCE[] = {
    [OF_FEEDS] = { "turns_since_feeds", "SELECT least((SELECT min(at) FROM turns_since), (SELECT min(at) FROM feed_turn"
                                        " WHERE at > 'epoch'))" },
    [OF_HAPPENINGS] = { "turns_since_happenings",
                        "SELECT least((SELECT min(at) FROM turns_since), (SELECT min(at) FROM happening_turn"
                        " WHERE at > 'epoch'))" },
    [OF_OPPORTUNITIES] = { "turns_since_opportunities",
                           "SELECT least((SELECT min(at) FROM turns_since), (SELECT min(at) FROM opportunity_turn"
                           " WHERE at > 'epoch'))" },
};

/* False: rules of the kind go by quotes. */
static bool turns_of(const struct kind *kind, enum turns_of *out)
{
    *out = kind->by == KIND_BY_FEED                                                     ? OF_FEEDS
           : kind->kind == RULE_OPPORTUNITY_STILL || kind->kind == RULE_SHARED_CUSTOMER ? OF_OPPORTUNITIES
                                                                                        : OF_HAPPENINGS;
    return kind->kind != RULE_QUOTE_SHARED && kind->kind != RULE_QUOTE_UNDERCUT;
}

int64_t turns_now(struct tx *tx)
{
    const Bihuan__Envelope *event = tx_event(tx);

    return event && event->occurred_at ? event->occurred_at : tx_now(tx);
}

int turns_begin(struct tx *tx, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &SINCE_PUT, &args, NULL, err);
}

int turns_first_day(struct tx *tx, int32_t *out, struct err *err)
{
    struct db_rows rows;

    *out = INT32_MAX;
    if (db_query(tx_db(tx), &FIRST, NULL, &rows, err) != 0)
        return -1;
    if (!db_is_null(&rows, 0, 0))
        *out = clock_day(runtime_clock(tx_runtime(tx)), db_time(&rows, 0, 0));
    db_rows_fini(&rows);
    return 0;
}

int turns_forget(struct tx *tx, struct err *err)
{
    for (size_t i = 0; i < sizeof FORGET / sizeof FORGET[0]; i++) {
        struct db_args args;

        db_args_init(&args, tx_arena(tx));
        db_arg_time(&args, tx_now(tx) - TURNS_KEEP_DAYS * DAY_US);
        if (db_exec(tx_db(tx), &FORGET[i], &args, NULL, err) != 0)
            return -1;
    }
    return 0;
}

int turns_moments(struct tx *tx, const struct kind *kind, int64_t from_us, int64_t until_us, size_t most,
                  struct turns_moment **out, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    enum turns_of of;
    struct db_args args;
    struct db_rows rows;

    *count = 0;
    if (!turns_of(kind, &of))
        return 0;
    db_args_init(&args, arena);
    db_arg_time(&args, from_us);
    db_arg_time(&args, until_us);
    db_arg_i32(&args, (int32_t)most);
    db_arg_text(&args, kind->word);
    if (db_query(tx_db(tx), &MOMENTS[of], &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct turns_moment, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct turns_moment) { db_time(&rows, i, 0),
                                            of == OF_HAPPENINGS ? arena_strdup(arena, db_text(&rows, i, 1)) : NULL };
    *count = (size_t)rows.count;
    db_rows_fini(&rows);
    return 0;
}

int turns_since(struct tx *tx, const struct kind *kind, int64_t *out, struct err *err)
{
    enum turns_of of;
    struct db_rows rows;

    *out = 0;
    if (!turns_of(kind, &of))
        return 0;
    if (db_query(tx_db(tx), &SINCE[of], NULL, &rows, err) != 0)
        return -1;
    if (rows.count && !db_is_null(&rows, 0, 0))
        *out = db_time(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
