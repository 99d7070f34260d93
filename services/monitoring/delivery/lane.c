/* lane: one receiver as the sender sees it. See sender.h. */
#include "monitoring/delivery/secret.h"
#include "monitoring/delivery/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stmt LANE = { "delivery_lane", "SELECT tokens_milli, filled_at, blocked_until FROM delivery_lane"
                                                   " WHERE receiver = $1" };

struct lane *lane_find(struct sender *sender, const char *receiver, int peer)
{
    for (size_t i = 0; i < sender->lane_count; i++)
        if (sender->lanes[i].peer == peer && strcmp(sender->lanes[i].receiver, receiver) == 0)
            return &sender->lanes[i];
    return NULL;
}

struct lane *lane_get(struct sender *sender, const char *receiver, int peer, const struct channel *channel)
{
    struct lane *lane = lane_find(sender, receiver, peer);

    if (lane && channel && lane->channel != channel) { /* another kind under the same code: its rate begins anew */
        lane->channel = channel;
        lane->rate = (struct rate) { 0 };
        lane->blocked_us = lane->paused_us = 0;
    }
    if (lane || sender->lane_count == sizeof sender->lanes / sizeof sender->lanes[0])
        return lane;
    lane = &sender->lanes[sender->lane_count++];
    *lane = (struct lane) { .peer = peer, .channel = channel };
    snprintf(lane->receiver, sizeof lane->receiver, "%.64s", receiver);
    return lane;
}

bool lane_is_free(struct sender *sender, const struct lane *lane)
{
    bool free;

    pthread_mutex_lock(&sender->lock);
    free = !lane->busy;
    pthread_mutex_unlock(&sender->lock);
    return free;
}

void lane_set_busy(struct sender *sender, struct lane *lane, bool busy)
{
    pthread_mutex_lock(&sender->lock);
    lane->busy = busy;
    pthread_mutex_unlock(&sender->lock);
}

/* After a start the bucket is as it was left; what was on its way then may not have been counted, so one is taken. */
void lane_load(struct sender *sender, struct lane *lane)
{
    struct db_args args;
    struct db_rows rows;

    if (lane->loaded)
        return;
    db_args_init(&args, &sender->arena);
    db_arg_text(&args, lane->receiver);
    if (sender_query(sender, &LANE, &args, &rows) != 0)
        return;
    if (rows.count) {
        lane->rate = (struct rate) { db_i64(&rows, 0, 0) - 1000, db_time(&rows, 0, 1) };
        lane->blocked_us = db_time(&rows, 0, 2);
    }
    if (lane->rate.tokens_milli < 0)
        lane->rate.tokens_milli = 0;
    db_rows_fini(&rows);
    lane->loaded = true;
}

int64_t lane_ready_us(const struct lane *lane, int64_t now_us)
{
    int64_t ready = rate_ready_us(&lane->rate, lane->channel->per_minute, lane->channel->at_once, now_us);

    if (lane->blocked_us > ready)
        ready = lane->blocked_us;
    return lane->paused_us > ready ? lane->paused_us : ready;
}

int64_t sender_first_pause_us(const struct sender *sender)
{
    return runtime_setting_int(sender->m->rt, "retry_first_ms") * INT64_C(1000);
}

void lane_failed(const struct sender *sender, struct lane *lane, int64_t now_us)
{
    lane->failed++;
    lane->paused_us = now_us + lane_pause_us(sender_first_pause_us(sender), lane->failed);
}

/* --- receivers -----------------------------------------------------------------------------------------------------
 */

Bihuan__Receiver *receiver_copy(struct monitoring *m, struct arena *arena, const char *code)
{
    uint8_t *bytes = NULL;
    size_t len = 0;

    pthread_rwlock_rdlock(&m->lock);
    for (size_t i = 0; !bytes && i < m->receiver_count; i++)
        if (strcmp(m->receivers[i].code, code) == 0) {
            len = bihuan__receiver__get_packed_size(m->receivers[i].document);
            bytes = arena_alloc(arena, len + 1);
            bihuan__receiver__pack(m->receivers[i].document, bytes);
        }
    pthread_rwlock_unlock(&m->lock);
    return bytes ? bihuan__receiver__unpack(&arena->allocator, len, bytes) : NULL;
}

int receiver_secret(struct monitoring *m, struct arena *arena, const Bihuan__Receiver *receiver,
                    struct channel_secret *out, struct err *err)
{
    const char *folder = runtime_setting(m->rt, "secrets_dir");
    struct channel_secret file;

    *out = secret_parse(arena, receiver->secret);
    if (!receiver->secret_file[0])
        return 0;
    if (!*folder)
        folder = arena_printf(arena, "%s/secrets", runtime_setting(m->rt, "data_dir"));
    if (secret_read(arena, folder, receiver->secret_file, &file, err) != 0)
        return -1;
    if (file.address[0])
        out->address = file.address;
    if (file.key_count) {
        memcpy(out->keys, file.keys, sizeof out->keys);
        out->key_count = file.key_count;
    }
    return 0;
}
