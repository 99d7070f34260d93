/* bench_latency: from an order to the alert it causes. A near-real-time sender appends small batches over the bus at a
 * fixed rate, whether answered or not; one order in some is sold off the list's price in an outlet of its own, where a
 * threshold rule without dwell fires. Counted from the moment the batch was due to the alert on monitoring's PUB
 * socket. The yardstick is a committed insert of one row: the path holds two commits, feedback's and monitoring's. What
 * the machine itself adds is shown beside it: how long the slowest of such commits took with nothing else going on, and
 * how late this program, which has next to nothing to do, came to send what was due.
 *
 *   bench_latency [orders a second] [--smoke]
 */
#include "bench/scene.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bus/wire.h"
#include "runtime/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define LEAST       5 /* orders of a batch */
#define MOST        25
#define PROBE_EVERY 8 /* batches */
#define WARM_S      2
#define COMMITS     4000
#define SILENT_US   (10 * INT64_C(1000000)) /* after the last batch: what hasn't come by then is lost */

struct request {
    int64_t due_us; /* from the start */
    long probe;     /* outlet of the order off price, -1 none */
    struct buf envelope, payload;
};

static struct scene scene;
static struct request *requests;
static long request_count;
static long order_count;
static int64_t due_of[SCENE_UNITS]; /* by outlet: when the batch with its order was due; 0 none */
static double alerts[SCENE_UNITS], answers[200000], late[200000], commits[COMMITS];
static size_t alert_count, answer_count, commit_count, refused;

static void add_rows(struct buf *csv, long count, long second, long probe)
{
    char line[256];

    buf_append_text(csv, "id,when,shop,what,n,money,who\n");
    for (long i = 0; i < count; i++, order_count++) {
        bool off = probe >= 0 && i == count / 2;

        snprintf(line, sizeof line, "NRT%012ld,2026-11-30 10:%02ld:%02ld,S%ld,p%ld,1,%s,c%ld\n", order_count,
                 second / 60 % 60, second % 60, off ? probe : order_count * 7919 % SCENE_UNITS,
                 1 + order_count % SCENE_PRODUCTS, off ? "33.00" : "100.00", order_count % 100000);
        buf_append_text(csv, line);
    }
}

static void make_request(struct request *request, long number, int64_t due_us, long count, long probe)
{
    Bihuan__AppendRecordsRequest message = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct buf csv = { 0 };
    char name[32], id[32];

    *request = (struct request) { .due_us = due_us, .probe = probe };
    add_rows(&csv, count, (long)(due_us / 1000000), probe);
    snprintf(name, sizeof name, "nrt%ld.csv", number);
    snprintf(id, sizeof id, "%ld", number);
    message.feed = (char *)(uintptr_t) "orders";
    message.name = name;
    message.data.data = csv.data;
    message.data.len = csv.len;
    wire_pack(&message.base, &request->payload);
    stack_pack_envelope(&scene.stack, MSG(APPEND_RECORDS), id, name, &request->envelope);
    buf_fini(&csv);
}

static void make_requests(long rate, int seconds)
{
    long cap = rate * seconds / LEAST + 1;
    int64_t due = 0;
    unsigned seed = 1;
    long probe = 0;

    requests = calloc((size_t)cap, sizeof *requests);
    if (!requests)
        abort();
    while (due < seconds * INT64_C(1000000)) {
        long count = LEAST + rand_r(&seed) % (MOST - LEAST + 1);
        bool off = due > WARM_S * INT64_C(1000000) && request_count % PROBE_EVERY == 0 && probe < SCENE_UNITS;

        make_request(&requests[request_count], request_count, due, count, off ? probe++ : -1);
        request_count++;
        due += count * INT64_C(1000000) / rate;
    }
}

static void *connect_to(int type, const char *which)
{
    void *socket = zmq_socket(scene.stack.zmq, type);
    char endpoint[160];
    int zero = 0;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s", scene.stack.dir, which);
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof zero);
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "monitoring.", strlen("monitoring."));
    zmq_connect(socket, endpoint);
    return socket;
}

/* Receives a message of `count` frames; the last two into the buffers. False when there is none. */
static bool receive(void *socket, struct buf *envelope, struct buf *payload, int count)
{
    for (int i = 0; i < count; i++) {
        zmq_msg_t part;

        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            return false;
        }
        if (i >= count - 2) {
            struct buf *out = i == count - 1 ? payload : envelope;

            buf_reset(out);
            buf_append(out, zmq_msg_data(&part), zmq_msg_size(&part));
        }
        zmq_msg_close(&part);
    }
    return true;
}

static void take_event(const struct buf *packed, const struct buf *bytes, int64_t now)
{
    Bihuan__Envelope *envelope = bihuan__envelope__unpack(NULL, packed->len, packed->data);
    ProtobufCMessage *message;
    struct arena arena;
    const uint8_t *payload;
    size_t len;

    arena_init(&arena);
    if (envelope && envelope->type == MSG(ALERT_CHANGED) &&
        wire_open_payload(envelope, bytes->data, bytes->len, &arena, &payload, &len, NULL) == 0 &&
        message_unpack(&bihuan__alert_changed__descriptor, payload, len, &arena, &message, NULL) == 0) {
        long outlet = atol(((Bihuan__AlertChanged *)message)->alert->unit + 1);

        if (outlet >= 0 && outlet < SCENE_UNITS && due_of[outlet]) {
            alerts[alert_count++] = (double)(now - due_of[outlet]) / 1e3;
            due_of[outlet] = 0;
        }
    }
    arena_fini(&arena);
    if (envelope)
        bihuan__envelope__free_unpacked(envelope, NULL);
}

static void take_answer(const struct buf *packed, int64_t start, int64_t now)
{
    Bihuan__ReplyEnvelope *reply = bihuan__reply_envelope__unpack(NULL, packed->len, packed->data);
    long number = reply ? atol(reply->id) : 0;

    refused += !reply || reply->status != 200;
    if (requests[number].due_us > WARM_S * INT64_C(1000000))
        answers[answer_count++] = (double)(now - start - requests[number].due_us) / 1e3;
    if (reply)
        bihuan__reply_envelope__free_unpacked(reply, NULL);
}

static void take_all(void *feedback, void *monitoring, int64_t start)
{
    struct buf envelope = { 0 }, payload = { 0 };

    while (receive(monitoring, &envelope, &payload, 3))
        take_event(&envelope, &payload, clock_monotonic_us());
    while (receive(feedback, &envelope, &payload, 3))
        take_answer(&envelope, start, clock_monotonic_us());
    buf_fini(&envelope);
    buf_fini(&payload);
}

/* Until something comes in or `until` has come: zmq_poll() counts in milliseconds, a sender on time can't. */
static void wait_for(void *feedback, void *monitoring, int64_t until)
{
    void *sockets[] = { feedback, monitoring };
    struct pollfd fds[2];
    int64_t left = until - clock_monotonic_us();
    struct timespec wait = { left / 1000000, left % 1000000 * 1000 };

    for (int i = 0; i < 2; i++) {
        size_t len = sizeof fds[i].fd;
        int events = 0;
        size_t events_len = sizeof events;

        zmq_getsockopt(sockets[i], ZMQ_EVENTS, &events, &events_len);
        if (left <= 0 || events & ZMQ_POLLIN)
            return;
        zmq_getsockopt(sockets[i], ZMQ_FD, &fds[i].fd, &len);
        fds[i].events = POLLIN;
    }
    (void)ppoll(fds, 2, &wait, NULL);
}

static void send_request(void *feedback, struct request *request, int64_t start)
{
    late[request - requests] = (double)(clock_monotonic_us() - start - request->due_us) / 1e3;
    if (request->probe >= 0)
        due_of[request->probe] = start + request->due_us;
    zmq_send(feedback, "", 0, ZMQ_SNDMORE);
    zmq_send(feedback, request->envelope.data, request->envelope.len, ZMQ_SNDMORE);
    zmq_send(feedback, request->payload.data, request->payload.len, 0);
    buf_fini(&request->envelope);
    buf_fini(&request->payload);
}

static void run(long probes)
{
    void *feedback = connect_to(ZMQ_DEALER, "feedback-a.req");
    void *monitoring = connect_to(ZMQ_SUB, "monitoring-a.pub");
    int64_t start, silent;
    long next = 0;

    usleep(500000); /* a subscription takes a moment */
    start = clock_monotonic_us();
    silent = start + requests[request_count - 1].due_us + SILENT_US;
    while ((next < request_count || (long)alert_count < probes) && clock_monotonic_us() < silent) {
        while (next < request_count && start + requests[next].due_us <= clock_monotonic_us())
            send_request(feedback, &requests[next++], start);
        wait_for(feedback, monitoring,
                 next < request_count ? start + requests[next].due_us : clock_monotonic_us() + 10000);
        take_all(feedback, monitoring, start);
    }
    zmq_close(feedback);
    zmq_close(monitoring);
}

static void report(long rate, long probes)
{
    double commit = scene_quantile(commits, commit_count, 0.5) * 1e3;

    printf("  %ld orders in %ld batches, %zu refused; answered after p50 %.1f ms, p99 %.1f ms\n", order_count,
           request_count, refused, scene_quantile(answers, answer_count, 0.5),
           scene_quantile(answers, answer_count, 0.99));
    printf("  %zu of %ld alerts came; at worst %.1f ms; load average %.1f\n", alert_count, probes,
           scene_quantile(alerts, alert_count, 1), scene_load_average());
    printf("  the machine: a commit alone p50 %.2f ms, p99 %.2f ms, at worst %.1f ms; batches were sent too late by p99"
           " %.1f ms, at worst %.1f ms\n",
           commit, scene_quantile(commits, commit_count, 0.99) * 1e3, scene_quantile(commits, commit_count, 1) * 1e3,
           scene_quantile(late, (size_t)request_count, 0.99), scene_quantile(late, (size_t)request_count, 1));
    printf("order to alert p50 %.1f ms, p99 %.1f ms (target 10.0) at %ld orders/s; a commit takes %.2f ms: p50 is %.1f"
           " of two\n",
           scene_quantile(alerts, alert_count, 0.5), scene_quantile(alerts, alert_count, 0.99), rate, commit,
           scene_quantile(alerts, alert_count, 0.5) / (2 * commit));
}

int main(int argc, char **argv)
{
    static const char *const further[] = { "monitoring", "incentive", NULL };
    long rate = scene_arguments(&scene, argc, argv, 5000, 5000);
    long probes = 0;

    scene_start(&scene, further);
    stack_apply(&scene.stack, MSG(APPLY_RULES),
                "{\"items\":[{\"code\":\"off-list\",\"title_zh\":\"异价\",\"title_en\":\"o\",\"kind\":\"threshold\","
                "\"measure\":\"off\",\"unit_types\":[\"outlet\"],\"limit\":\"1\",\"severity\":\"major\"}]}");
    scene_load(&scene, "before.csv", scene.smoke ? 20000 : 200000);
    scene_catch_up(&scene, "monitoring");
    scene_catch_up(&scene, "incentive");
    scene_run(&scene, "CHECKPOINT");
    sync(); /* what making the scene wrote is no longer on its way to the disk */
    commit_count = scene.smoke ? COMMITS / 20 : COMMITS;
    scene_commits(&scene, commits, commit_count);
    make_requests(rate, WARM_S + (scene.smoke ? 4 : 15));
    for (long i = 0; i < request_count; i++)
        probes += requests[i].probe >= 0;
    run(probes);
    report(rate, probes);
    free(requests);
    scene_at_most(&scene, "batches refused", (double)refused, 0);
    scene_at_most(&scene, "alerts that never came", (double)(probes - (long)alert_count), 0);
    scene_at_most(&scene, "order to alert, p99 in ms", scene_quantile(alerts, alert_count, 0.99), 10);
    scene_stop(&scene);
    return scene_verdict(&scene);
}
