/* listener: see listener.h. */
#include "feedback/tmf/listener.h"

#include "feedback/tmf/listening.h"
#include "obs/log.h"

#include "bihuan/feedback_tmf.pb-c.h"

#include <stdio.h>
#include <string.h>

#define EVENT_MAX ((size_t)512 << 10)

static void count(const struct listening *l, const char *path)
{
    char labels[80];

    snprintf(labels, sizeof labels, "outcome=\"%s\"", l->outcome);
    metrics_count(runtime_metrics(tx_runtime(l->tx)), "tmf_events_total", "TM Forum events received.", labels, 1);
    if (strcmp(l->outcome, "ignored") == 0 || strcmp(l->outcome, "unknown") == 0)
        log_warn(arena_printf(tx_arena(l->tx), "tmf_event_%s", l->outcome), "feed=%s type=\"%.80s\" path=\"%.80s\"",
                 l->mapping->feed->code, l->event.type, path);
}

static int receive(struct listening *l, const json_t *root, const Bihuan__ReceiveTmfRequest *request, struct err *err)
{
    bool taken, is_new;

    l->outcome = "ignored";
    if (listening_read(l, root, request->path, &taken, err) != 0)
        return -1;
    if (!taken)
        return l->event.unknown ? listening_keep(l, root, request->data.data, request->data.len, err) : 0;
    l->outcome = "seen";
    if (tmf_store_event(l->tx, &l->key, l->digest, request->data.data, request->data.len, &is_new, err) != 0)
        return -1;
    /* without a time, one that only names its resource looks like the one before it */
    if (!is_new && (l->event.has_time || !tmf_event_refers(&l->event)))
        return 0;
    if (listening_take(l, err) != 0)
        return -1;
    return listening_record(l, arena_printf(tx_arena(l->tx), "event-%s", l->id), err);
}

static int answer(struct listening *l, struct err *err)
{
    Bihuan__ReceiveTmfReply reply = BIHUAN__RECEIVE_TMF_REPLY__INIT;

    reply.status = l->mapping->feed->tmf_answer ? l->mapping->feed->tmf_answer : 204;
    reply.outcome = (char *)(uintptr_t)l->outcome;
    reply.id = l->id;
    reply.rows = l->rows;
    return tx_reply(l->tx, &reply.base, err);
}

int on_receive_tmf(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReceiveTmfRequest *request = message;
    struct listening l;
    json_t *root = NULL;
    int rc;

    if (listening_begin(&l, tx, request->feed, err) != 0)
        return -1;
    if (request->data.len > EVENT_MAX)
        return err_fail(err, ERR_TOO_LARGE, "too_large", "an event is at most %zu bytes", EVENT_MAX);
    if (json_text_load(request->data.data, request->data.len, &root, err) != 0)
        return -1;
    rc = receive(&l, root, request, err);
    if (rc == 0) {
        count(&l, request->path);
        rc = answer(&l, err);
    }
    json_decref(root);
    buf_fini(&l.lines);
    return rc;
}
