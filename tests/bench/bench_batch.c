/* bench_batch: from a batch of 5,000 facts being there to the alert that one of them causes. Real planning and
 * monitoring, facts in feedback's place, in one transaction over all buckets; the last row is sold off the list's price
 * in an outlet of its own, where a threshold rule without dwell fires. Counted from the batch's last message on
 * feedback's PUB socket to the alert on monitoring's, both seen by the bench itself. Judges itself at length: 30 ms of
 * all but one in a hundred (a smoke run prints alone). Beside it what monitoring works for a batch, which other
 * programs can't change.
 *
 * Usage: bench_batch [--smoke] */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/loop.h"

#include "base/buf.h"
#include "bus/wire.h"
#include "runtime/clock.h"

#include "bench/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "bihuan/common.pb-c.h"

#define OUTLETS 5000
#define BATCH   5000
#define ROWS    250
#define BUCKETS 16
#define MOST    200
#define DAY     20758 /* 2026-11-01 */

static struct stack stack;
static uint32_t first_unit, sold, off_list;

/* --- the scene --- */

static void apply_units(void)
{
    struct buf json = { 0 };

    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'p','type':'province'}]}");
    for (int i = 0; i < OUTLETS; i++) {
        buf_printf(&json,
                   "%s{\"code\":\"S%d\",\"name\":\"s\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"P\",\"from\":"
                   "\"2026-01-01\"}]}",
                   i % 1000 ? "," : "{\"items\":[", i);
        if (i % 1000 != 999)
            continue;
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
        buf_reset(&json);
    }
    buf_fini(&json);
}

static void begin(void)
{
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-02T10:00:00+08:00@%lld", (long long)time(NULL));
    fake_feedback_start(&stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "monitoring");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'M11','from':'2026-11-01','until':'2026-12-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'sold','title_zh':'m','title_en':'m','value':'count'},"
               "{'code':'off','title_zh':'m','title_en':'m','value':'count'}]}");
    apply_units();
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'off','kind':'threshold','measure':'off','unit_types':['outlet'],'limit':'1'},"
                    "{'code':'many','kind':'threshold','measure':'sold','unit_types':['outlet'],'limit':'1000000'}]}");
    first_unit = loop_unit(&stack, "S0");
    sold = loop_measure(&stack, "sold");
    off_list = loop_measure(&stack, "off");
}

/* Rows of all outlets in turn; the last of the batch is the outlet `probe`'s, off the list's price. */
static void add_message(struct fake_events *events, int from, int probe)
{
    static uint32_t one[ROWS], none[ROWS], unit[ROWS], contributions[ROWS], measure[ROWS + 1];
    static char *keys[ROWS];
    static protobuf_c_boolean back[ROWS];
    static int32_t days[ROWS];
    static int64_t at[ROWS], value[ROWS + 1];
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    bool last = from + ROWS == BATCH;

    for (int i = 0; i < ROWS; i++) {
        keys[i] = (char *)(uintptr_t) "k";
        one[i] = contributions[i] = 1;
        unit[i] = first_unit + (uint32_t)((from + i) % OUTLETS);
        days[i] = DAY;
        measure[i] = sold;
        value[i] = 1;
    }
    if (last) {
        unit[ROWS - 1] = first_unit + (uint32_t)probe;
        contributions[ROWS - 1] = 2;
        measure[ROWS] = off_list;
        value[ROWS] = 1;
    }
    facts.sender = (char *)(uintptr_t) "bss";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = ROWS;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = ROWS;
    facts.n_measure_id = facts.n_value = ROWS + (size_t)last;
    facts.record_key = keys;
    facts.version = one;
    facts.taken_back = back;
    facts.unit_id = unit;
    facts.seller_id = facts.channel_id = facts.product_id = none;
    facts.day = days;
    facts.contributions = contributions;
    facts.measure_id = measure;
    facts.value = value;
    facts.occurred_at = at;
    fake_feedback_add(events, (uint16_t)(from / ROWS % BUCKETS), MSG(FACTS_RECORDED), &facts.base);
}

/* --- what is seen --- */

struct listener {
    void *feedback, *monitoring;
};

static void *listen_to(const char *service)
{
    void *socket = zmq_socket(stack.zmq, ZMQ_SUB);
    char endpoint[160];
    int zero = 0;

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s-a.pub", stack.dir, service);
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

/* Seconds of a processor that the daemon has worked. */
static double worked(void)
{
    char path[64], line[1024] = "", *rest;
    unsigned long user = 0, kernel = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)stack_pid(&stack, "monitoring", "a"));
    file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && (rest = strrchr(line, ')')))
        (void)sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static double one_batch(const struct listener *listener, int probe)
{
    struct fake_events events = { 0 };

    for (int from = 0; from < BATCH; from += ROWS)
        add_message(&events, from, probe);
    fake_feedback_send(&stack, &events); /* answers when it is committed, just before or after it is published */
    return watch(listener);
}

int main(int argc, char **argv)
{
    bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    int count = smoke ? 5 : MOST;
    struct listener listener;
    double times[MOST], work, p99;

    begin();
    listener = (struct listener) { listen_to("feedback"), listen_to("monitoring") };
    usleep(500000); /* a subscription takes a moment */
    for (int i = 0; i < 3; i++)
        (void)one_batch(&listener, MOST + i); /* warm */
    work = -worked();
    for (int i = 0; i < count; i++)
        times[i] = one_batch(&listener, i);
    work += worked();
    p99 = scene_quantile(times, (size_t)count, 0.99);
    printf(
        "batch of %d facts to alert p50 %.1f ms, p99 %.1f ms (target 30.0), worst %.1f ms; worked %.1f ms a batch; load"
        " average %.1f\n",
        BATCH, scene_quantile(times, (size_t)count, 0.5), p99, scene_quantile(times, (size_t)count, 1),
        work * 1e3 / count, scene_load_average());
    zmq_close(listener.feedback);
    zmq_close(listener.monitoring);
    stack_free(&stack);
    if (!smoke && p99 > 30) {
        fprintf(stderr, "more than 30 ms\n");
        return 1;
    }
    return 0;
}
