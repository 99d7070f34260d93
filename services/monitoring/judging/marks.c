/* marks: how far each feed says it is complete, and the business day that may be judged. */
#include "monitoring/monitoring.h"

#include "obs/log.h"

#include <stdio.h>
#include <string.h>

static const struct stmt PUT = {
    "mark_put", "INSERT INTO feed_mark (feed_id, feed, through, silent, seqs) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (feed_id) DO UPDATE SET feed = excluded.feed, through = excluded.through,"
                " silent = excluded.silent, seqs = excluded.seqs"
};

static struct feed_mark *mark_of(struct monitoring *m, uint32_t feed_id)
{
    for (size_t i = 0; i < m->feed_count; i++)
        if (m->feeds[i].id == feed_id)
            return &m->feeds[i];
    if (m->feed_count == FEEDS_MAX)
        return NULL;
    m->feeds[m->feed_count] = (struct feed_mark) { .id = feed_id };
    return &m->feeds[m->feed_count++];
}

static int store(struct tx *tx, const struct feed_mark *mark, struct err *err)
{
    struct db_args args;
    int64_t seqs[BUCKETS_MAX];

    for (uint32_t i = 0; i < mark->seq_count; i++)
        seqs[i] = (int64_t)mark->seqs[i];
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)mark->id);
    db_arg_text(&args, mark->feed);
    db_arg_time(&args, mark->through_us);
    db_arg_bool(&args, mark->silent);
    db_arg_i64_array(&args, seqs, mark->seq_count);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

/* Takes a feed's new watermark; it counts once everything that was recorded before it is read. */
int on_watermark(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__WatermarkMoved *event = message;
    struct monitoring *m = monitoring_write(tx);
    struct feed_mark *mark = mark_of(m, event->feed_id);

    if (mark) {
        snprintf(mark->feed, sizeof mark->feed, "%.64s", event->feed);
        mark->through_us = event->through;
        mark->silent = event->silent;
        mark->seq_count = 0;
        for (size_t i = 0; i < event->n_seq && i < BUCKETS_MAX; i++)
            mark->seqs[mark->seq_count++] = event->seq[i];
    }
    m->watch_marks = true;
    if (parts_on_watermark(tx, event, err) != 0)
        return -1;
    if (mark)
        return store(tx, mark, err);
    log_error("feed_left_out", "feed=%s error=\"more than %d feeds; nothing waits for this one\"", event->feed,
              FEEDS_MAX);
    return 0;
}

static int take_mark(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct monitoring *m = arg;
    struct feed_mark *mark = count == 5 ? mark_of(m, (uint32_t)copy_cell_int(&cells[0])) : NULL;
    int64_t seqs[BUCKETS_MAX];
    int n;

    if (!mark)
        return err_set(err, "malformed row in feed_mark");
    snprintf(mark->feed, sizeof mark->feed, "%.*s", (int)cells[1].len, (const char *)cells[1].bytes);
    mark->through_us = copy_cell_time(&cells[2]);
    mark->silent = cells[3].bytes[0] != 0;
    n = copy_cell_ints(&cells[4], seqs, BUCKETS_MAX);
    for (int i = 0; i < n && i < BUCKETS_MAX; i++)
        mark->seqs[i] = (uint64_t)seqs[i];
    mark->seq_count = n > 0 ? (uint32_t)n : 0;
    return 0;
}

int marks_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    m->feed_count = 0;
    return copy_out(tx_db(tx),
                    "COPY (SELECT feed_id, feed, through, silent, seqs FROM feed_mark) TO STDOUT (FORMAT binary)",
                    take_mark, m, NULL, err);
}

static bool is_read(struct tx *tx, const struct feed_mark *mark)
{
    for (uint32_t b = 0; b < mark->seq_count; b++)
        if (tx_position(tx, "feedback", (uint16_t)b) < mark->seqs[b])
            return false;
    return true;
}

/* Whether the feed is left behind: what it brings is frozen by itself, the rest goes on. */
static bool is_late(const struct monitoring *m, uint32_t feed_id)
{
    for (size_t i = 0; i < m->parts.count; i++)
        if (m->parts.items[i].feed_id == feed_id && !m->parts.items[i].unit_id)
            return m->parts.items[i].condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_LATE;
    return false;
}

int64_t marks_through(const struct monitoring *m)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < m->feed_count; i++)
        if (!m->feeds[i].silent && !is_late(m, m->feeds[i].id) && m->feeds[i].through_us < least)
            least = m->feeds[i].through_us;
    return least == INT64_MAX ? 0 : least;
}

int32_t marks_day(struct tx *tx)
{
    const struct monitoring *m = monitoring_of(tx);
    int64_t through = marks_through(m);
    int32_t day;

    if (!through)
        return INT32_MIN;
    for (size_t i = 0; i < m->feed_count; i++)
        if (!is_read(tx, &m->feeds[i]))
            return INT32_MIN;
    day = clock_day(runtime_clock(tx_runtime(tx)), through) - 1; /* `through` is exclusive */
    return day < today(tx) ? day : today(tx) - 1;                /* no feed knows today before it is over */
}
