/* links_serve: requests from other daemons and from this process: to the writer, to a reader thread, or answered here.
 */
#include "bus/wire.h"
#include "obs/log.h"
#include "runtime/archivist.h"
#include "runtime/links_internal.h"

#include <stdlib.h>
#include <string.h>

/* --- requests in --- */

static void refuse(struct runtime *rt, struct frame *identity, bus_reply_fn *reply, void *reply_arg, const char *id,
                   const struct err *err)
{
    struct buf out = { 0 };

    tx_pack_problem(NULL, err, &out);
    links_send(rt,
               output_reply(identity, reply, reply_arg, id, (uint32_t)err_http_status(err->cls), out.data, out.len));
    buf_fini(&out);
}

static bool offer_request(struct runtime *rt, const struct handler *handler, struct frame identity, bus_reply_fn *reply,
                          void *reply_arg, struct frame envelope, struct frame payload, int64_t due_us)
{
    struct input *input = calloc(1, sizeof *input);

    if (!input)
        abort();
    *input = (struct input) { .kind = INPUT_REQUEST,
                              .handler = handler,
                              .identity = identity,
                              .envelope = envelope,
                              .payload = payload,
                              .due_us = due_us,
                              .reply = reply,
                              .reply_arg = reply_arg,
                              .len = payload.len };
    if (inputs_offer(rt->inputs, input))
        return true;
    free(input);
    return false;
}

static bool offer_question(struct runtime *rt, const struct handler *handler, struct frame identity,
                           bus_reply_fn *reply, void *reply_arg, struct frame envelope, struct frame payload,
                           int64_t due_us)
{
    struct question *question = calloc(1, sizeof *question);

    if (!question)
        abort();
    *question = (struct question) { .handler = handler,
                                    .identity = identity,
                                    .envelope = envelope,
                                    .payload = payload,
                                    .due_us = due_us,
                                    .reply = reply,
                                    .reply_arg = reply_arg };
    if (readers_offer(rt, question))
        return true;
    free(question);
    return false;
}

/* Finds the room for a request: writer, reader or the loop itself. 0 taken, 1 answered here, -1 with *err. */
static int dispatch(struct runtime *rt, const Bihuan__RequestEnvelope *request, struct frame identity,
                    bus_reply_fn *reply, void *reply_arg, struct frame envelope, struct frame payload, struct err *err)
{
    const struct handler *handler = runtime_handler(rt, HANDLER_REQUEST, request->type, NULL);
    int64_t due_us = clock_monotonic_us() + request->deadline_ms * INT64_C(1000);
    bool ok;

    if (request->type == MSG(STATUS)) {
        struct buf out = { 0 };

        probe_status(rt, &out);
        links_send(rt, output_reply(&identity, reply, reply_arg, request->id, 200, out.data, out.len));
        buf_fini(&out);
        return 1;
    }
    if (request->type == MSG(READ_UP_TO)) {
        Bihuan__ReadUpToRequest *told = bihuan__read_up_to_request__unpack(NULL, payload.len, payload.data);

        if (!told)
            return err_fail(err, ERR_INVALID, "bad_message", "could not decode READ_UP_TO");
        archivist_told(rt, told);
        bihuan__read_up_to_request__free_unpacked(told, NULL);
        links_send(rt, output_reply(&identity, reply, reply_arg, request->id, 200, "", 0));
        return 1;
    }
    if (handler && !atomic_load(&rt->active)) {
        char reason[RUNTIME_REASONS_MAX];

        runtime_get_reason(rt, reason, sizeof reason);
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "%s is not ready: %s", rt->service->name,
                        reason[0] ? reason : "it starts");
    }
    if (handler) {
        ok = offer_request(rt, handler, identity, reply, reply_arg, envelope, payload, due_us);
    } else {
        handler = runtime_handler(rt, HANDLER_QUERY, request->type, NULL);
        if (!handler && request->type != MSG(REPLAY))
            return err_fail(err, ERR_NOT_FOUND, "no_such_request", "%s does not answer requests of type %u",
                            rt->service->name, request->type);
        ok = offer_question(rt, handler, identity, reply, reply_arg, envelope, payload, due_us);
    }
    if (!ok)
        return err_fail(err, ERR_BUSY, "busy", "%s has too many requests waiting; try again", rt->service->name);
    return 0;
}

void links_take_request(struct runtime *rt, struct frame identity, bus_reply_fn *reply, void *reply_arg,
                        struct frame envelope, struct frame payload)
{
    Bihuan__RequestEnvelope *request = envelope.len <= 65536
                                           ? bihuan__request_envelope__unpack(NULL, envelope.len, envelope.data)
                                           : NULL;
    struct err err;
    int rc;

    err_clear(&err);
    if (!request)
        rc = err_fail(&err, ERR_INVALID, "bad_envelope", "could not decode the request's envelope");
    else if (payload.len > MESSAGE_MAX_LEN)
        rc = err_fail(&err, ERR_TOO_LARGE, "message_too_large", "a request of %zu bytes is over the limit of %zu",
                      payload.len, MESSAGE_MAX_LEN);
    else
        rc = dispatch(rt, request, identity, reply, reply_arg, envelope, payload, &err);
    if (rc < 0)
        refuse(rt, &identity, reply, reply_arg, request ? request->id : "", &err);
    if (rc != 0) {
        free(identity.data);
        free(envelope.data);
        free(payload.data);
    }
    if (request)
        bihuan__request_envelope__free_unpacked(request, NULL);
}

void links_on_router(void *arg, const struct zframe *frames, int count)
{
    struct links *links = arg;

    if (count != 4 || frames[1].len != 0) {
        metrics_count(links->rt->metrics, "messages_dropped_total", "Malformed or oversized bus messages.", "", 1);
        log_warn("message_dropped", "from=request frames=%d reason=malformed", count);
        return;
    }
    links_take_request(links->rt, frame_copy(frames[0].data, frames[0].len), NULL, NULL,
                       frame_copy(frames[2].data, frames[2].len), frame_copy(frames[3].data, frames[3].len));
}
