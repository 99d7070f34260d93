/* reissue: see reissue.h. */
#include "feedback/measures/reissue.h"

#include "feedback/facts/announce.h"
#include "feedback/levels/level_book.h"
#include "feedback/measures/contribution.h"
#include "feedback/facts/fact_store.h"
#include "feedback/measures/record_walk.h"
#include "feedback/measures/distinct_book.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <stdio.h>
#include <string.h>

#define PIECE_ROWS 5000
#define TURN_US    (400 * INT64_C(1000)) /* of the writer's time, once a second */

static const struct stmt ASK = { "reissue_ask", "INSERT INTO reissue (bucket, after_sender, after_key)"
                                                " SELECT b, 0, '' FROM unnest($1::smallint[]) b ON CONFLICT (bucket)"
                                                " DO UPDATE SET after_sender = 0, after_key = ''" };
static const struct stmt NEXT = { "reissue_next",
                                  "SELECT bucket, after_sender, after_key FROM reissue ORDER BY bucket LIMIT 1" };
static const struct stmt MOVE = { "reissue_move",
                                  "UPDATE reissue SET after_sender = $2, after_key = $3 WHERE bucket = $1" };
static const struct stmt END = { "reissue_end", "DELETE FROM reissue WHERE bucket = $1" };
static const struct stmt PENDING = { "reissue_pending", "SELECT EXISTS (SELECT 1 FROM reissue WHERE bucket = $1)" };

int reissue_ask(struct tx *tx, struct err *err)
{
    uint32_t count = runtime_bucket_count(tx_runtime(tx));
    int16_t *buckets = arena_array(tx_arena(tx), int16_t, count);
    struct db_args args;
    bool any;

    if (fact_store_any(tx, &any, err) != 0)
        return -1;
    if (!any)
        return 0;
    for (uint32_t b = 0; b < count; b++)
        buckets[b] = (int16_t)b;
    db_args_init(&args, tx_arena(tx));
    db_arg_i16_array(&args, buckets, count);
    log_info("reissue_asked", "buckets=%u", count);
    return db_exec(tx_db(tx), &ASK, &args, NULL, err);
}

int reissue_pending(struct tx *tx, uint16_t bucket, bool *pending, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)bucket);
    if (db_query(tx_db(tx), &PENDING, &args, &rows, err) != 0)
        return -1;
    *pending = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

/* --- a piece -------------------------------------------------------------------------------------------------------
 */

struct piece {
    struct tx *tx;
    const struct snapshot *snapshot;
    struct arena *arena;
    struct announce *announce;
    uint16_t bucket;
    int16_t sender;
    const struct order_line *changed[PIECE_ROWS];
    size_t changed_count;
    struct live_record *records; /* all of the piece */
    size_t record_count;
};

static bool same_contributions(const struct contributions *a, const struct contributions *b)
{
    return a->count == b->count &&
           (!a->count || (memcmp(a->measures, b->measures, a->count * sizeof a->measures[0]) == 0 &&
                          memcmp(a->values, b->values, a->count * sizeof a->values[0]) == 0));
}

static int speak_for(struct piece *p, int16_t sender, struct err *err)
{
    if (sender == p->sender)
        return 0;
    if (announce_flush(p->announce, err) != 0)
        return -1;
    p->sender = sender;
    announce_to(p->announce, p->bucket, sender);
    return 0;
}

static int again(void *arg, struct order_line *rows, size_t count, struct err *err)
{
    struct piece *p = arg;
    struct order_line *fresh = arena_memdup(p->arena, rows, count * sizeof rows[0]);
    const struct order_line **old_rows = arena_array(p->arena, const struct order_line *, count);
    const struct order_line **new_rows = arena_array(p->arena, const struct order_line *, count);
    size_t before = p->changed_count;
    struct effect old, now;

    for (size_t i = 0; i < count; i++) {
        contribution_compute(p->snapshot->reference, &fresh[i], p->arena);
        old_rows[i] = &rows[i];
        new_rows[i] = &fresh[i];
        if (rows[i].unit != fresh[i].unit || rows[i].seller != fresh[i].seller ||
            !same_contributions(&rows[i].contributions, &fresh[i].contributions))
            p->changed[p->changed_count++] = &fresh[i];
    }
    p->records[p->record_count++] = (struct live_record) { &fresh[0], effect_live(new_rows, count), true };
    if (p->changed_count == before)
        return 0;
    old = effect_of(old_rows, count);
    now = effect_of(new_rows, count);
    if (speak_for(p, rows[0].sender, err) != 0)
        return -1;
    return announce_change(p->announce, &old, &now, err);
}

static int move_on(struct tx *tx, const struct record_walk *walk, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)walk->bucket);
    if (walk->ended)
        return db_exec(tx_db(tx), &END, &args, NULL, err);
    db_arg_i16(&args, walk->sender);
    db_arg_text(&args, walk->key);
    return db_exec(tx_db(tx), &MOVE, &args, NULL, err);
}

static int run_piece(struct tx *tx, struct record_walk *walk, struct arena *arena, struct err *err)
{
    struct piece *p = arena_new(arena, struct piece);

    p->tx = tx;
    p->arena = arena;
    p->bucket = walk->bucket;
    p->sender = -1;
    if (state_snapshot(tx, &p->snapshot, err) != 0)
        return -1;
    p->announce = announce_new(tx, p->snapshot);
    p->records = arena_array(arena, struct live_record, PIECE_ROWS);
    if (record_walk_next(tx, walk, PIECE_ROWS, arena, again, p, err) != 0 || announce_flush(p->announce, err) != 0)
        return -1;
    if (p->changed_count && fact_store_set_contributions(tx, walk->bucket, p->changed, p->changed_count, err) != 0)
        return -1;
    if (distinct_book(tx, p->snapshot, p->records, p->record_count, arena, err) != 0 ||
        level_book(tx, p->snapshot, p->records, p->record_count, true, arena, err) != 0)
        return -1;
    return move_on(tx, walk, err);
}

static int next_walk(struct tx *tx, struct record_walk *walk, bool *found, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT, NULL, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found) {
        *walk = (struct record_walk) { .bucket = (uint16_t)db_i16(&rows, 0, 0), .sender = db_i16(&rows, 0, 1) };
        snprintf(walk->key, sizeof walk->key, "%s", db_text(&rows, 0, 2));
    }
    db_rows_fini(&rows);
    return 0;
}

int reissue_go_on(struct tx *tx, const void *message, struct err *err)
{
    int64_t until = clock_monotonic_us() + TURN_US;
    bool found = true;
    int rc = 0;

    (void)message;
    while (rc == 0 && found && clock_monotonic_us() < until) {
        struct record_walk walk;
        struct arena arena;

        if (next_walk(tx, &walk, &found, err) != 0)
            return -1;
        if (!found)
            break;
        arena_init(&arena);
        rc = run_piece(tx, &walk, &arena, err);
        arena_fini(&arena);
    }
    return rc;
}
