/* merge: what waits at a robot that takes no more now becomes one message: a line for each, under an id of its own.
 * Only what was never tried: of what was tried it isn't known whether it arrived, and it keeps its id. Nor what goes on
 * from that: it would come before. */
#include "monitoring/delivery/outbox.h"
#include "monitoring/delivery/sender.h"

#include "bus/wire.h"

#include <string.h>

#define MERGED_MAX 500
#define ITEMS_MAX  200
#define CALLED_MAX 20

static const struct stmt CROWD = { "delivery_merge_crowd",
                                   "SELECT d.id, d.body FROM delivery d WHERE d.receiver = $1 AND d.next_at <= $2"
                                   " AND " SENDER_MERGEABLE " ORDER BY d.queued_at LIMIT $3::int" };
static const struct stmt MERGED = { "delivery_merged", "UPDATE delivery SET state = 'merged', merged_into = $2"
                                                       " WHERE id = ANY($1::text[]) AND state = 'waiting'" };

struct merging {
    struct tx *tx;
    Bihuan__Notice *out;
    const char **ids;
    size_t count;
};

static void call(Bihuan__Notice *out, char *who)
{
    for (size_t i = 0; i < out->n_mentions; i++)
        if (strcmp(out->mentions[i], who) == 0)
            return;
    if (out->n_mentions < CALLED_MAX)
        out->mentions[out->n_mentions++] = who;
}

static int take_row(struct merging *merging, const struct db_rows *rows, int row, struct err *err)
{
    struct arena *arena = tx_arena(merging->tx);
    Bihuan__Notice *out = merging->out, *notice;
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 1, &len);

    if (message_unpack(&bihuan__notice__descriptor, body, len, arena, (ProtobufCMessage **)&notice, err) != 0)
        return -1;
    merging->ids[merging->count++] = notice->id;
    out->language = notice->language;
    out->at = tx_now(merging->tx);
    if (severity_rank(notice->severity) > severity_rank(out->severity))
        out->severity = notice->severity;
    if (out->n_items < ITEMS_MAX)
        out->items[out->n_items++] = notice->title;
    else
        out->more++;
    for (size_t i = 0; i < notice->n_mentions; i++)
        call(out, notice->mentions[i]);
    return 0;
}

static int put(struct merging *merging, const struct receiver *receiver, struct err *err)
{
    struct tx *tx = merging->tx;
    Bihuan__Notice *out = merging->out;
    struct buf body = { 0 };
    struct db_args args;
    char id[ALERT_ID_LEN];
    int rc;

    make_id(id, merging->ids[0], merging->ids[merging->count - 1], receiver->code, "merged");
    out->id = out->thread = arena_strdup(tx_arena(tx), id);
    out->title = arena_printf(
        tx_arena(tx), strcmp(out->language, "zh") == 0 ? "【合并】%zu 条通知" : "%zu notices in one", merging->count);
    wire_pack(&out->base, &body);
    rc = outbox_put(tx,
                    &(struct outbox_row) { .id = out->id,
                                           .receiver = receiver->code,
                                           .channel = receiver->channel->name,
                                           .alert = "",
                                           .event = out->event,
                                           .title = out->title,
                                           .thread = out->thread,
                                           .body = body.data,
                                           .len = body.len },
                    err);
    buf_fini(&body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text_array(&args, merging->ids, merging->count);
    db_arg_text(&args, id);
    return rc != 0 ? -1 : db_exec(tx_db(tx), &MERGED, &args, NULL, err);
}

int on_merge(struct tx *tx, const void *message, struct err *err)
{
    const struct outcome *outcome = message;
    const struct receiver *receiver = receiver_find(monitoring_of(tx), outcome->receiver);
    Bihuan__Notice out = BIHUAN__NOTICE__INIT;
    struct merging merging = { .tx = tx, .out = &out };
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, outcome->receiver);
    db_arg_time(&args, clock_real_us());
    db_arg_i32(&args, MERGED_MAX);
    if (!receiver || db_query(tx_db(tx), &CROWD, &args, &rows, err) != 0)
        return receiver ? -1 : 0;
    out.event = (char *)(uintptr_t)notice_event_word(NOTICE_DIGEST);
    out.items = arena_array(tx_arena(tx), char *, ITEMS_MAX);
    out.mentions = arena_array(tx_arena(tx), char *, CALLED_MAX);
    merging.ids = arena_array(tx_arena(tx), const char *, rows.count + 1);
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = take_row(&merging, &rows, i, err);
    db_rows_fini(&rows);
    return rc != 0 ? -1 : merging.count < 2 ? 0 : put(&merging, receiver, err);
}
