/* asker: see asker.h. */
#include "feedback/tmf/asker_internal.h"

#include "feedback/tmf/ask_plan.h"
#include "obs/log.h"

#include "bihuan/feedback_tmf.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS    500
#define WAIT_MS    100
#define ASKERS_MAX 16

struct askers {
    size_t count;
    struct asker items[ASKERS_MAX];
    pthread_mutex_t lock; /* over `serving` of all */
};

/* --- the writer ----------------------------------------------------------------------------------------------------
 */

static void on_done(void *arg, int rc, const struct err *err)
{
    struct asker *asker = arg;

    pthread_mutex_lock(&asker->lock);
    asker->busy = false;
    asker->rc = rc;
    if (rc != 0 && err)
        asker->err = *err;
    pthread_cond_signal(&asker->settled);
    pthread_mutex_unlock(&asker->lock);
}

int asker_post(struct asker *asker, handler_fn *fn, void *message, struct err *err)
{
    int rc;

    asker->busy = true; /* nobody else looks yet */
    err_clear(&asker->err);
    if (runtime_post(asker->rt, fn, message, on_done, asker) != 0) {
        asker->busy = false;
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon doesn't take answers now");
    }
    pthread_mutex_lock(&asker->lock);
    while (asker->busy && !runtime_stopping(asker->rt)) {
        struct timespec at;

        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_nsec += WAIT_MS * 1000000;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&asker->settled, &asker->lock, &at);
    }
    rc = asker->busy ? err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops") : asker->rc;
    if (!asker->busy && rc != 0)
        *err = asker->err;
    pthread_mutex_unlock(&asker->lock);
    return rc;
}

/* --- whom, and when ------------------------------------------------------------------------------------------------
 */

static bool connect_once(struct asker *asker)
{
    if (!asker->db)
        return db_open(&asker->db, runtime_setting(asker->rt, "database_url"), "feedback", true, NULL) == 0;
    return db_alive(asker->db) || db_reopen(asker->db, NULL) == 0;
}

static struct source_row *find(struct source_row *rows, size_t count, uint32_t feed_id)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].feed_id == feed_id)
            return &rows[i];
    return NULL;
}

static bool wants(const struct mapping *mapping)
{
    return mapping->feed->asks && *mapping->feed->asks->url;
}

static bool is_due(const struct asker *asker, const Bihuan__TmfSource *asks, const struct source_row *row)
{
    return !row || strcmp(row->url, asks->url) != 0 || row->hurried != row->served ||
           ask_due(asks, row->asked_at, row->failures) <= clock_business_us(runtime_clock(asker->rt));
}

/* An event only referred to something. Who fails is left alone until its turn comes. */
static bool is_referred(const struct source_row *row)
{
    return row && row->referred && !row->failures;
}

bool asker_note(struct asker *asker, const struct source_row *row)
{
    struct err err;

    asker->note = *row; /* the writer may still hold it when the daemon stops */
    err_clear(&err);
    if (runtime_stopping(asker->rt))
        return false;
    if (asker_post(asker, tmf_note_source, &asker->note, &err) == 0)
        return true;
    log_warn("tmf_source_not_noted", "feed=%s error=\"%s\"", row->feed, err.text);
    return false;
}

/* A feed that asks nobody any more may still be registered. */
static void serve_left(struct asker *asker, const struct mapping *mapping, struct source_row *row)
{
    static const Bihuan__TmfSource usual = BIHUAN__TMF_SOURCE__INIT;
    const Bihuan__TmfSource *asks = mapping->feed->asks ? mapping->feed->asks : &usual;
    int64_t now = clock_business_us(runtime_clock(asker->rt));

    if (!row || !*row->hub_id || (*row->hub_error && ask_due(asks, row->asked_at, 1) > now))
        return;
    ask_source_leave(asker, asks, row);
    asker_note(asker, row);
}

static void serve(struct asker *asker, const struct mapping *mapping, struct source_row *row)
{
    struct source_row fresh = { .feed_id = mapping->feed_id,
                                .feed = mapping->feed->code,
                                .url = "",
                                .error = "",
                                .hub = "",
                                .hub_for = "",
                                .hub_id = "",
                                .hub_error = "" };
    uint64_t wishes;

    if (!wants(mapping)) {
        serve_left(asker, mapping, row);
        return;
    }
    if (!is_due(asker, mapping->feed->asks, row)) {
        if (is_referred(row)) {
            ask_source_referred(asker, mapping, row);
            asker_note(asker, row);
        }
        return;
    }
    row = row ? row : &fresh;
    wishes = row->hurried; /* whoever hurries it from here on wants it asked once more */
    ask_source(asker, mapping, row);
    row->served = wishes;
    asker_note(asker, row);
}

/* --- who asks whom ------------------------------------------------------------------------------------------------
 */

/* A sender is asked by one thread at a time, so that a slow one with many feeds doesn't take up all of them. */
static bool claim(struct asker *asker, const char *sender)
{
    struct askers *all = asker->all;
    bool is_free = true;

    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < all->count && is_free; i++)
        is_free = strcmp(all->items[i].serving, sender) != 0;
    if (is_free)
        snprintf(asker->serving, sizeof asker->serving, "%s", sender);
    pthread_mutex_unlock(&all->lock);
    return is_free;
}

static void give_back(struct asker *asker)
{
    pthread_mutex_lock(&asker->all->lock);
    asker->serving[0] = 0;
    pthread_mutex_unlock(&asker->all->lock);
}

static bool may_be_due(const struct asker *asker, const struct mapping *mapping, const struct source_row *row)
{
    return wants(mapping) ? is_due(asker, mapping->feed->asks, row) || is_referred(row) : row && *row->hub_id;
}

/* What stood in the list may be old by now: another thread may have asked in between. */
static void serve_claimed(struct asker *asker, const struct mapping *mapping)
{
    struct source_row *rows;
    size_t count;

    if (source_store_list(asker->db, &asker->arena, mapping->feed->code, &rows, &count, NULL) == 0)
        serve(asker, mapping, find(rows, count, mapping->feed_id));
}

static void look(struct asker *asker)
{
    struct snapshot *snapshot = runtime_active(asker->rt) ? state_shown(asker->feedback) : NULL;
    struct source_row *rows;
    size_t count;
    bool any = false;

    for (size_t i = 0; snapshot && i < snapshot->mapping_count && !any; i++)
        any = snapshot->mappings[i].feed->asks != NULL;
    if (any && connect_once(asker) && source_store_list(asker->db, &asker->arena, "", &rows, &count, NULL) == 0)
        for (size_t i = 0; i < snapshot->mapping_count && !runtime_stopping(asker->rt); i++) {
            const struct mapping *mapping = &snapshot->mappings[i];

            if (!may_be_due(asker, mapping, find(rows, count, mapping->feed_id)) ||
                !claim(asker, mapping->feed->sender))
                continue;
            serve_claimed(asker, mapping);
            give_back(asker);
        }
    snapshot_drop(&snapshot);
}

static void *asker_main(void *arg)
{
    struct asker *asker = arg;

    while (!runtime_stopping(asker->rt)) {
        look(asker);
        if (!asker->busy) /* else the writer may hold what is in there */
            arena_reset(&asker->arena);
        (void)usleep(LOOK_MS * 1000);
    }
    return NULL;
}

static int start_one(struct askers *all, struct runtime *rt, struct err *err)
{
    struct asker *asker = &all->items[all->count];

    asker->all = all;
    asker->rt = rt;
    asker->feedback = runtime_state(rt);
    asker->http = http_new();
    if (!asker->http)
        return err_set(err, "no memory for HTTP");
    pthread_mutex_init(&asker->lock, NULL);
    pthread_cond_init(&asker->settled, NULL);
    arena_init(&asker->arena);
    pthread_mutex_lock(&all->lock);
    all->count++;
    pthread_mutex_unlock(&all->lock);
    if (pthread_create(&asker->thread, NULL, asker_main, asker) != 0)
        return err_set(err, "could not start a thread that asks senders");
    return 0;
}

int askers_start(struct askers **out, struct runtime *rt, struct err *err)
{
    static struct askers all; /* a process has one; it outlives the inputs that hold its messages */
    int wanted = (int)runtime_setting_int(rt, "tmf_askers");

    pthread_mutex_init(&all.lock, NULL);
    *out = &all;
    for (int i = 0; i < wanted && i < ASKERS_MAX; i++)
        if (start_one(&all, rt, err) != 0)
            return -1;
    return 0;
}

void askers_stop(struct askers *all)
{
    for (size_t i = 0; i < all->count; i++)
        http_stop(all->items[i].http);
    for (size_t i = 0; i < all->count; i++) {
        struct asker *asker = &all->items[i];

        pthread_join(asker->thread, NULL);
        http_free(&asker->http);
        db_close(&asker->db);
        buf_fini(&asker->page.body);
        arena_fini(&asker->arena);
    }
}

/* --- people --------------------------------------------------------------------------------------------------------
 */

static Bihuan__TmfSourceState *show(struct tx *tx, const struct source_row *row)
{
    Bihuan__TmfSourceState *out = arena_new(tx_arena(tx), Bihuan__TmfSourceState);

    bihuan__tmf_source_state__init(out);
    out->feed = (char *)(uintptr_t)row->feed;
    out->url = (char *)(uintptr_t)row->url;
    out->through = row->through;
    out->asked_at = row->asked_at;
    out->seen = row->seen;
    out->missed = row->missed;
    out->failures = row->failures;
    out->error = (char *)(uintptr_t)row->error;
    out->hub = (char *)(uintptr_t)row->hub;
    out->hub_id = (char *)(uintptr_t)row->hub_id;
    out->hub_error = (char *)(uintptr_t)row->hub_error;
    return out;
}

int on_list_tmf_sources(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListTmfSourcesRequest *request = message;
    Bihuan__ListTmfSourcesReply reply = BIHUAN__LIST_TMF_SOURCES_REPLY__INIT;
    struct source_row *rows;
    size_t count;

    if (source_store_list(tx_db(tx), tx_arena(tx), request->feed, &rows, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TmfSourceState *, count + 1);
    for (; reply.n_items < count; reply.n_items++)
        reply.items[reply.n_items] = show(tx, &rows[reply.n_items]);
    return tx_reply(tx, &reply.base, err);
}

int on_ask_tmf_source(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AskTmfSourceRequest *request = message;
    Bihuan__AskTmfSourceReply reply = BIHUAN__ASK_TMF_SOURCE_REPLY__INIT;
    const struct snapshot *snapshot;
    const struct mapping *mapping;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed(snapshot, request->feed);
    if (!mapping)
        return err_fail(err, ERR_NOT_FOUND, "unknown_feed", "there is no feed \"%s\"", request->feed);
    if (!wants(mapping))
        return err_fail(err, ERR_CONFLICT, "asks_nobody", "feed \"%s\" has no asks.url: add it to its manifest",
                        request->feed);
    if (source_store_hurry(tx, mapping->feed_id, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}
