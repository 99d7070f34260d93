/* retake: see retake.h. */
#include "feedback/tmf/retake.h"

#include "feedback/state.h"
#include "feedback/tmf/listener.h"
#include "feedback/tmf/listening.h"
#include "feedback/tmf/tmf_store.h"
#include "obs/log.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_EVENTS 100
#define TURN_US     (300 * INT64_C(1000)) /* of the writer's time */

struct retaking {
    struct tx *tx;
    const char *feed;
    struct tmf_retake_place place;
    uint64_t taken;
    bool passed; /* one that can't be taken in was passed over */
};

/* It stays an event, whether it counts or not, but is no longer one that nobody knows. */
static int take_in(struct retaking *r, struct listening *l, const struct tmf_unknown *event, struct err *err)
{
    bool is_new;

    if (tmf_store_known(r->tx, &l->key, event->digest, l->digest, &is_new, err) != 0)
        return -1;
    if (!is_new && (l->event.has_time || !tmf_event_refers(&l->event))) /* it came once more since */
        return 0;
    r->taken++;
    if (listening_take(l, err) != 0)
        return -1;
    return listening_record(l, arena_printf(tx_arena(r->tx), "event-%s", l->id), err);
}

/* What can't be read, or is of a type that still nobody knows, stays as it is. */
static int look_at(struct retaking *r, struct listening *l, const struct tmf_unknown *event, struct err *err)
{
    json_t *root = NULL;
    struct err why;
    bool taken = false;
    int rc = 0;

    err_clear(&why);
    l->now = event->received_at;
    if (json_text_load(event->body, event->len, &root, &why) == 0 && listening_read(l, root, "", &taken, &why) != 0) {
        rc = why.cls == ERR_INVALID ? 0 : -1;
        *err = why;
    } else if (taken) {
        rc = take_in(r, l, event, err);
    } else if (root && !l->event.unknown) { /* of a resource that its feed doesn't take */
        rc = tmf_store_ignored(r->tx, l->mapping->feed_id, event->digest, err);
    }
    json_decref(root);
    return rc;
}

/* One that fails must not keep the others waiting: what is done in this turn is undone, and it is passed over in the
 * next one, which ends behind it. */
static int look_or_pass(struct retaking *r, const struct tmf_unknown *event, struct err *err)
{
    struct feedback *feedback = tx_state(r->tx);
    struct listening l;
    int rc;

    if (memcmp(feedback->unfit_event, event->digest, TMF_DIGEST_LEN) == 0) {
        log_warn("tmf_event_not_retaken", "feed=%s type=\"%.80s\"", r->feed, event->type);
        r->passed = true;
        return 0;
    }
    if (listening_begin(&l, r->tx, r->feed, err) != 0)
        return -1;
    rc = look_at(r, &l, event, err);
    buf_fini(&l.lines);
    if (rc != 0 && err->cls != ERR_UNAVAILABLE && err->cls != ERR_FENCED && err->cls != ERR_BUSY)
        memcpy(feedback->unfit_event, event->digest, TMF_DIGEST_LEN);
    return rc;
}

static int look_at_page(struct retaking *r, bool *more, struct err *err)
{
    struct tmf_unknown *events;
    size_t count;

    if (tmf_store_unknown(r->tx, &r->place, PAGE_EVENTS, &events, &count, err) != 0)
        return -1;
    *more = count == PAGE_EVENTS;
    for (size_t i = 0; i < count && !r->passed; i++) {
        if (look_or_pass(r, &events[i], err) != 0)
            return -1;
        r->place.type = events[i].type;
        r->place.at = events[i].received_at;
        memcpy(r->place.digest, events[i].digest, TMF_DIGEST_LEN);
    }
    *more = *more || r->passed;
    return 0;
}

static int look_on(struct retaking *r, bool *more, struct err *err)
{
    int64_t until = clock_monotonic_us() + TURN_US;

    while (*more && !r->passed && clock_monotonic_us() < until)
        if (look_at_page(r, more, err) != 0)
            return -1;
    if (r->taken)
        log_info("tmf_events_retaken", "feed=%s count=%" PRIu64, r->feed, r->taken);
    return *more ? tmf_store_retake_move(r->tx, &r->place, err) : tmf_store_retake_end(r->tx, r->place.feed_id, err);
}

int tmf_retake_feed(struct tx *tx, uint32_t feed_id, struct err *err)
{
    return tmf_store_retake(tx, feed_id, err);
}

int tmf_retake(struct tx *tx, const void *message, struct err *err)
{
    struct feedback *feedback = tx_state(tx);
    struct retaking r = { .tx = tx };
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    const char *pointer;
    bool found, more = true;

    (void)message;
    if (!feedback->retake_asked) { /* since the start */
        feedback->retake_asking = true;
        return tmf_store_retake(tx, 0, err);
    }
    if (tmf_store_retaking(tx, &r.place, &found, err) != 0 || (found && state_snapshot(tx, &snapshot, err) != 0))
        return -1;
    if (!found)
        return 0;
    mapping = snapshot_feed_by_id(snapshot, r.place.feed_id);
    if (!mapping || tmf_unfit(mapping, &pointer))
        return tmf_store_retake_end(tx, r.place.feed_id, err);
    r.feed = mapping->feed->code;
    return look_on(&r, &more, err);
}
