/* bench_batch: from a batch of 5,000 facts being there to the alert that one of them causes. Real planning and
 * monitoring, facts in feedback's place, in one transaction over all buckets; the last row is sold off the list's price
 * in an outlet of its own, where a threshold rule without dwell fires. Counted from the batch's last message on
 * feedback's PUB socket to the alert on monitoring's, both seen by the bench itself; a receiver is told. Judges itself
 * at length: 30 ms of all but one in a hundred, and 300 MB at the most that it ever had (a smoke run prints alone).
 * Beside it what monitoring works for a batch, which other programs can't change, and what a raw COPY of as many rows
 * into a table like that of progress takes, of which the figure is a multiple.
 *
 * A batch is offered every 100 ms: 50,000 facts a second, ten times what bench_latency offers. Batches one behind the
 * other without any pause would measure how the data base's log keeps up, which is bench_intake's and bench_loop's.
 *
 * Usage: bench_batch [--smoke] */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/loop.h"

#include "bus/wire.h"
#include "runtime/clock.h"

#include "bench/facts_scene.h"
#include "bench/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "bihuan/common.pb-c.h"

#define OUTLETS  5000
#define BATCH    5000
#define ROWS     250
#define MOST     200
#define EVERY_US 100000
#define DAY      20758 /* 2026-11-01 */

static struct facts_scene scene;
static struct fake_receiver receiver;
static uint32_t first_unit, sold, off_list;

/* --- the scene --- */

static void apply_units(void)
{
    struct facts_units units = { .count = 0 };
    char code[16];

    facts_unit(&scene, &units, "P", "province", "");
    for (int i = 0; i < OUTLETS; i++) {
        snprintf(code, sizeof code, "S%d", i);
        facts_unit(&scene, &units, code, "outlet", "P");
    }
    facts_units_end(&scene, &units);
}

static void begin(void)
{
    facts_start(&scene, "2026-11-02T10:00:00");
    facts_flat_period(&scene, "M11", "2026-11-01", "2026-12-01");
    loop_apply(&scene.stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'sold','title_zh':'m','title_en':'m','value':'count'},"
               "{'code':'off','title_zh':'m','title_en':'m','value':'count'}]}");
    apply_units();
    fake_receiver_start(&receiver);
    loop_apply_soon(&scene.stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'ops','url':'http://127.0.0.1:%d/ops','secret':"
                    "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw','language':'en'}]}",
                    receiver.port);
    loop_apply_soon(&scene.stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'off','kind':'threshold','measure':'off','unit_types':['outlet'],'limit':'1'},"
                    "{'code':'many','kind':'threshold','measure':'sold','unit_types':['outlet'],'limit':'1000000'}]}");
    first_unit = loop_unit(&scene.stack, "S0");
    sold = loop_measure(&scene.stack, "sold");
    off_list = loop_measure(&scene.stack, "off");
}

/* Rows of all outlets in turn; the last of the batch is the outlet `probe`'s, off the list's price. */
static void add_message(int from, int probe)
{
    for (int i = from; i < from + ROWS; i++) {
        bool last = i == BATCH - 1;

        facts_row(&scene, first_unit + (uint32_t)(last ? probe : i % OUTLETS), DAY);
        facts_value(&scene, sold, 1);
        if (last)
            facts_value(&scene, off_list, 1);
    }
    facts_end(&scene, (uint16_t)(from / ROWS % FACTS_BUCKETS));
}

/* --- what is seen --- */

struct listener {
    void *feedback, *monitoring;
};

static void *listen_to(const char *service)
{
    void *socket = zmq_socket(scene.stack.zmq, ZMQ_SUB);
    char endpoint[160];
    int zero = 0;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s-a.pub", scene.stack.dir, service);
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, service, strlen(service));
    zmq_connect(socket, endpoint);
    return socket;
}

/* Takes what has come; the number of messages of the type among it. */
static int take(void *socket, uint32_t type)
{
    int count = 0;

    for (;;) {
        int frame = 0, more = 1;

        while (more) {
            size_t size = sizeof more;
            zmq_msg_t part;

            zmq_msg_init(&part);
            if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
                zmq_msg_close(&part);
                return count;
            }
            if (frame++ == 1) {
                Bihuan__Envelope *envelope = bihuan__envelope__unpack(NULL, zmq_msg_size(&part), zmq_msg_data(&part));

                count += envelope && envelope->type == type;
                if (envelope)
                    bihuan__envelope__free_unpacked(envelope, NULL);
            }
            zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
            zmq_msg_close(&part);
        }
    }
}

/* Milliseconds from the batch's last message to the alert; ends the bench where none comes. */
static double watch(const struct listener *listener)
{
    zmq_pollitem_t items[] = { { listener->feedback, 0, ZMQ_POLLIN, 0 }, { listener->monitoring, 0, ZMQ_POLLIN, 0 } };
    int64_t start = clock_monotonic_us(), there = 0, raised = 0;
    int messages = 0;

    while (!there || !raised) {
        zmq_poll(items, 2, 1);
        messages += take(listener->feedback, MSG(FACTS_RECORDED));
        if (!there && messages >= BATCH / ROWS)
            there = clock_monotonic_us();
        if (take(listener->monitoring, MSG(ALERT_CHANGED)))
            raised = clock_monotonic_us();
        if (clock_monotonic_us() - start > INT64_C(30000000)) {
            fprintf(stderr, "no alert after 30 s (%d messages seen)\n", messages);
            exit(1);
        }
    }
    return raised > there ? (double)(raised - there) / 1e3 : 0;
}

static double one_batch(const struct listener *listener, int probe)
{
    for (int from = 0; from < BATCH; from += ROWS)
        add_message(from, probe);
    facts_send(&scene);
    return watch(listener);
}

/* --- the yardstick --- */

#define COPIES 20

/* Milliseconds of a raw COPY of a batch's rows, committed. */
static double copy_rows(struct scene *seen)
{
    double times[COPIES];
    struct buf rows = { 0 };

    scene_run(seen, "CREATE TABLE twin (LIKE monitoring.progress)");
    for (int i = 0; i < BATCH; i++)
        buf_printf(&rows, "%d\t2026-11-01\t%u\t0\t0\t{%u}\t{1}\n", i % FACTS_BUCKETS,
                   first_unit + (uint32_t)(i % OUTLETS), sold);
    for (int i = 0; i < COPIES; i++) {
        int64_t from = clock_monotonic_us();

        PQclear(PQexec(seen->conn, "COPY twin FROM STDIN"));
        PQputCopyData(seen->conn, (const char *)rows.data, (int)rows.len);
        PQputCopyEnd(seen->conn, NULL);
        for (PGresult *result; (result = PQgetResult(seen->conn));)
            PQclear(result);
        times[i] = (double)(clock_monotonic_us() - from) / 1e3;
    }
    buf_fini(&rows);
    if (scene_number(seen, "SELECT count(*) FROM twin") != (long)COPIES * BATCH) {
        fprintf(stderr, "the rows weren't copied\n");
        exit(1);
    }
    return scene_median(times, COPIES);
}

/* Prints the figures; whether they are within the targets. */
static bool report(double *times, int count, double work)
{
    struct scene seen = { .stack = scene.stack };
    double p50 = scene_quantile(times, (size_t)count, 0.5), p99 = scene_quantile(times, (size_t)count, 0.99), copy;
    long peak = scene_peak_mb(&seen, "monitoring");
    char url[256];

    seen.conn = PQconnectdb(pg_url(&scene.stack.pg, "", url, sizeof url));
    copy = copy_rows(&seen);
    PQfinish(seen.conn);
    printf(
        "batch of %d facts to alert p50 %.1f ms, p99 %.1f ms (target 30.0), worst %.1f ms; worked %.1f ms a batch; at"
        " most %ld MB (target 300); raw COPY of the rows %.1f ms, p50 is %.2f of it; told of %d; load average %.1f\n",
        BATCH, p50, p99, scene_quantile(times, (size_t)count, 1), work * 1e3 / count, peak, copy, p50 / copy,
        fake_receiver_took(&receiver, "/ops"), scene_load_average());
    return p99 <= 30 && peak <= 300;
}

int main(int argc, char **argv)
{
    bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    int count = smoke ? 5 : MOST;
    struct listener listener;
    double times[MOST], work;
    bool good;

    begin();
    listener = (struct listener) { listen_to("feedback"), listen_to("monitoring") };
    usleep(500000); /* a subscription takes a moment */
    for (int i = 0; i < 3; i++)
        (void)one_batch(&listener, MOST + i); /* warm */
    work = -facts_worked(&scene);
    for (int i = 0; i < count; i++) {
        int64_t next = clock_monotonic_us() + EVERY_US, now;

        times[i] = one_batch(&listener, i);
        if ((now = clock_monotonic_us()) < next)
            usleep((useconds_t)(next - now));
    }
    work += facts_worked(&scene);
    good = report(times, count, work);
    zmq_close(listener.feedback);
    zmq_close(listener.monitoring);
    facts_stop(&scene);
    fake_receiver_stop(&receiver);
    if (!smoke && !good) {
        fprintf(stderr, "more than 30 ms or 300 MB\n");
        return 1;
    }
    return 0;
}
