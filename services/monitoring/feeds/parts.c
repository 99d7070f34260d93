/* parts: see parts.h. */
#include "monitoring/feeds/parts.h"

#include "monitoring/monitoring.h"
#include "monitoring/rules/turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE   BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_LIVE
#define SILENT BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SILENT

static const struct stmt PUT = {
    "feed_part_put",
    "INSERT INTO feed_part (feed_id, unit_id, feed, sender, fact, condition, since, through, volume, expected,"
    " told) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (feed_id, unit_id) DO UPDATE SET feed ="
    " excluded.feed, sender = excluded.sender, fact = excluded.fact, condition = excluded.condition, since ="
    " excluded.since, through = excluded.through, volume = excluded.volume, expected = excluded.expected,"
    " told = excluded.told"
};
static const struct stmt FORGET = { "feed_part_forget", "DELETE FROM feed_part WHERE feed_id = $1 AND unit_id = $2" };
static const struct stmt ALL = {
    "feed_part_all", "SELECT feed_id, unit_id, feed, sender, fact, condition, since, through, volume, expected,"
                     " told FROM feed_part ORDER BY feed_id, unit_id"
};

static const struct stmt TURN = {
    "feed_turn_put", "INSERT INTO feed_turn (at, feed_id, unit_id, feed, condition, through, volume,"
                     " expected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (feed_id, unit_id, at)"
                     " DO UPDATE SET feed = excluded.feed, condition = excluded.condition, through ="
                     " excluded.through, volume = excluded.volume, expected = excluded.expected"
};
static const struct stmt ALL_AT = {
    "feed_part_at", "SELECT feed_id, unit_id, feed, condition, through, volume, expected FROM (SELECT DISTINCT ON"
                    " (feed_id, unit_id) * FROM feed_turn WHERE at <= $1 ORDER BY feed_id, unit_id, at DESC) t"
                    " WHERE condition <> 0 ORDER BY feed_id, unit_id"
};

void parts_fini(struct parts *parts)
{
    free(parts->items);
    *parts = (struct parts) { .items = NULL };
}

const char *parts_condition_word(Bihuan__FeedConditionKind condition)
{
    static const char *const words[] = { "", "live", "late", "suspect", "silent" };

    return condition >= 0 && (size_t)condition < sizeof words / sizeof words[0] ? words[condition] : "";
}

bool parts_has_parts(const struct parts *parts, uint32_t feed_id)
{
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].feed_id == feed_id && parts->items[i].unit_id)
            return true;
    return false;
}

/* The one of (feed, unit), made where there is none. */
static struct feed_part *part_of(struct parts *parts, uint32_t feed_id, uint32_t unit_id)
{
    size_t at = 0;

    while (at < parts->count && (parts->items[at].feed_id < feed_id ||
                                 (parts->items[at].feed_id == feed_id && parts->items[at].unit_id < unit_id)))
        at++;
    if (at < parts->count && parts->items[at].feed_id == feed_id && parts->items[at].unit_id == unit_id)
        return &parts->items[at];
    if (parts->count == parts->cap) {
        parts->cap = parts->cap ? 2 * parts->cap : 32;
        parts->items = realloc(parts->items, parts->cap * sizeof *parts->items);
        if (!parts->items)
            abort();
    }
    memmove(&parts->items[at + 1], &parts->items[at], (parts->count++ - at) * sizeof *parts->items);
    parts->items[at] = (struct feed_part) { .feed_id = feed_id, .unit_id = unit_id, .condition = LIVE };
    return &parts->items[at];
}

static int store(struct tx *tx, const struct feed_part *part, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)part->feed_id);
    db_arg_i32(&args, (int32_t)part->unit_id);
    db_arg_text(&args, part->feed);
    db_arg_text(&args, part->sender);
    db_arg_text(&args, part->fact);
    db_arg_i16(&args, (int16_t)part->condition);
    db_arg_time(&args, part->since_us);
    db_arg_time(&args, part->through_us);
    db_arg_i64(&args, part->volume);
    db_arg_i64(&args, part->expected);
    db_arg_bool(&args, part->told);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int parts_load(struct monitoring *m, struct tx *tx, struct err *err)
{
    struct db_rows rows;

    m->parts.count = 0;
    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        struct feed_part *part = part_of(&m->parts, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1));

        snprintf(part->feed, sizeof part->feed, "%.64s", db_text(&rows, i, 2));
        snprintf(part->sender, sizeof part->sender, "%.64s", db_text(&rows, i, 3));
        snprintf(part->fact, sizeof part->fact, "%.32s", db_text(&rows, i, 4));
        part->condition = (Bihuan__FeedConditionKind)db_i16(&rows, i, 5);
        part->since_us = db_time(&rows, i, 6);
        part->through_us = db_time(&rows, i, 7);
        part->volume = db_i64(&rows, i, 8);
        part->expected = db_i64(&rows, i, 9);
        part->told = db_bool(&rows, i, 10);
    }
    db_rows_fini(&rows);
    return 0;
}

int parts_at(struct tx *tx, int64_t at_us, struct parts *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    out->count = 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, at_us);
    if (db_query(tx_db(tx), &ALL_AT, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        struct feed_part *part = part_of(out, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1));

        snprintf(part->feed, sizeof part->feed, "%.64s", db_text(&rows, i, 2));
        part->condition = (Bihuan__FeedConditionKind)db_i16(&rows, i, 3);
        part->through_us = db_time(&rows, i, 4);
        part->volume = db_i64(&rows, i, 5);
        part->expected = db_i64(&rows, i, 6);
    }
    db_rows_fini(&rows);
    return 0;
}

/* Keeps that it stands otherwise than before. */
static int turn(struct tx *tx, const struct feed_part *part, bool gone, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, turns_now(tx));
    db_arg_i32(&args, (int32_t)part->feed_id);
    db_arg_i32(&args, (int32_t)part->unit_id);
    db_arg_text(&args, part->feed);
    db_arg_i16(&args, gone ? 0 : (int16_t)part->condition);
    db_arg_time(&args, part->through_us);
    db_arg_i64(&args, part->volume);
    db_arg_i64(&args, part->expected);
    return db_later(tx_db(tx), &TURN, &args, NULL, err);
}

static int forget(struct tx *tx, struct parts *parts, uint32_t feed_id, uint32_t unit_id, struct err *err)
{
    struct db_args args;

    if (turn(tx, &(struct feed_part) { .feed_id = feed_id, .unit_id = unit_id }, true, err) != 0)
        return -1;
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].feed_id == feed_id && parts->items[i].unit_id == unit_id) {
            memmove(&parts->items[i], &parts->items[i + 1], (--parts->count - i) * sizeof *parts->items);
            break;
        }
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32(&args, (int32_t)unit_id);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}

/* Takes over how a feed or a part of it stands. */
int on_feed_condition(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FeedCondition *event = message;
    struct monitoring *m = monitoring_write(tx);
    struct feed_part *part, *whole;
    bool turns;

    m->watch_marks = m->watch_feeds = true;
    if (event->gone)
        return forget(tx, &m->parts, event->feed_id, event->unit_id, err);
    part = part_of(&m->parts, event->feed_id, event->unit_id);
    turns = !part->feed[0] || part->condition != event->condition;
    snprintf(part->feed, sizeof part->feed, "%.64s", event->feed);
    snprintf(part->fact, sizeof part->fact, "%.32s", event->fact);
    part->told = true;
    part->condition = event->condition;
    part->since_us = event->since;
    part->through_us = event->through;
    part->volume = (int64_t)event->volume;
    part->expected = (int64_t)event->expected;
    if (event->unit_id) { /* the whole feed's marks say who sends */
        whole = part_of(&m->parts, event->feed_id, 0);
        part = part_of(&m->parts, event->feed_id, event->unit_id); /* the array may have moved */
        snprintf(part->sender, sizeof part->sender, "%s", whole->sender);
    }
    return turns && turn(tx, part, false, err) != 0 ? -1 : store(tx, part, err);
}

int parts_on_watermark(struct tx *tx, const Bihuan__WatermarkMoved *event, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct feed_part *part = part_of(&m->parts, event->feed_id, 0);
    Bihuan__FeedConditionKind condition = event->silent ? SILENT : LIVE;
    bool turns = !part->feed[0] || (!part->told && part->condition != condition);

    m->watch_feeds = true;
    snprintf(part->feed, sizeof part->feed, "%.64s", event->feed);
    snprintf(part->sender, sizeof part->sender, "%.64s", event->sender);
    snprintf(part->fact, sizeof part->fact, "%.32s", event->fact);
    part->through_us = event->through;
    if (!part->told && part->condition != condition)
        part->since_us = tx_now(tx);
    if (!part->told)
        part->condition = condition;
    for (size_t i = 0; i < m->parts.count; i++)
        if (m->parts.items[i].feed_id == event->feed_id && m->parts.items[i].unit_id)
            snprintf(m->parts.items[i].sender, sizeof m->parts.items[i].sender, "%.64s", event->sender);
    return turns && turn(tx, part, false, err) != 0 ? -1 : store(tx, part, err);
}
