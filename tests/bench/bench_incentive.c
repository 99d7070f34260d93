/* bench_incentive: how fast the daemon books facts that wait in feedback's streams, and what the queries cost then.
 * Usage: bench_incentive [facts, 1000000] [units, 8000] */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "bihuan/envelope.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#define ROWS    256
#define BUCKETS 16

static struct stack stack;
static uint64_t published[BUCKETS];

static void batch_of(struct fake_events *events, uint16_t bucket, uint64_t first, uint32_t units)
{
    static char names[ROWS][24];
    static char *keys[ROWS];
    static uint32_t version[ROWS], unit[ROWS], none[ROWS], product[ROWS], contributions[ROWS], measure[2 * ROWS];
    static protobuf_c_boolean back[ROWS];
    static int32_t day[ROWS];
    static int64_t value[2 * ROWS], at[ROWS];
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;

    for (size_t i = 0; i < ROWS; i++) {
        uint64_t n = first + i;

        snprintf(names[i], sizeof names[i], "ORD2026%010lu", (unsigned long)n);
        keys[i] = names[i];
        version[i] = 1;
        unit[i] = (uint32_t)(2 + hash_mix(n) % (units - 1));
        product[i] = 1;
        contributions[i] = 2;
        day[i] = 20727 + (int32_t)(n / 40000 % 91); /* from 2026-10-01 */
        measure[2 * i] = 1;
        measure[2 * i + 1] = 2;
        value[2 * i] = 1;
        value[2 * i + 1] = 990000 + (int64_t)(n % 100) * 10000;
        at[i] = (int64_t)n;
    }
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = ROWS;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = ROWS;
    facts.n_measure_id = facts.n_value = 2 * ROWS;
    facts.record_key = keys;
    facts.version = version;
    facts.taken_back = back;
    facts.unit_id = unit;
    facts.seller_id = facts.channel_id = none;
    facts.product_id = product;
    facts.day = day;
    facts.contributions = contributions;
    facts.measure_id = measure;
    facts.value = value;
    facts.occurred_at = at;
    fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &facts.base);
    published[bucket]++;
}

static void publish(uint64_t facts, uint32_t units)
{
    struct fake_events events = { 0 };

    for (uint64_t n = 0; n < facts; n += ROWS) {
        batch_of(&events, (uint16_t)(n / ROWS % BUCKETS), n, units);
        if (events.packed.len > (3U << 20))
            fake_feedback_send(&stack, &events);
    }
    fake_feedback_send(&stack, &events);
}

static void plan(uint32_t units)
{
    struct buf json = { 0 };

    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新\",\"title_en\":\"n\",\"value\":\"count\"},"
                "{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"r\",\"value\":\"amount\"}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    for (uint32_t at = 0; at < units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i < units; i++)
            buf_printf(&json,
                       i ? "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"outlet\",\"relations\":[{\"parent\":"
                           "\"U0\",\"from\":\"2026-01-01\"}]}"
                         : "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"province\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
        buf_reset(&json);
    }
    stack_apply(&stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"U1\",\"measure\":\"new\","
                "\"amount\":\"100\"}]}");
    stack_apply(&stack, MSG(PUBLISH_PLAN),
                "{\"period\":\"2026Q4\",\"reason\":\"bench\",\"consents\":[\"empty_leaf\"]}");
    buf_fini(&json);
}

static bool caught_up(void *arg)
{
    Bihuan__StatusRequest request = BIHUAN__STATUS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    const Bihuan__StatusReply *status;
    struct err err;
    int done = 0;

    (void)arg;
    if (stack_ask(&stack, "incentive", MSG(STATUS), &request.base, &message, &err) != 0)
        return false;
    status = (const Bihuan__StatusReply *)message;
    for (size_t i = 0; i < status->n_readers; i++)
        if (strcmp(status->readers[i]->stream, "feedback") == 0 && status->readers[i]->bucket < BUCKETS)
            done += status->readers[i]->position == published[status->readers[i]->bucket];
    return done == BUCKETS;
}

static double ask_ms(uint32_t type, const char *json)
{
    int64_t begin = clock_monotonic_us();

    stack_apply(&stack, type, json);
    return (double)(clock_monotonic_us() - begin) / 1e3;
}

static void show_process(const char *when)
{
    char command[160];

    printf("%s: ", when);
    fflush(stdout);
    snprintf(command, sizeof command,
             "awk '/VmRSS/{printf \"resident %%d MB, \", $2/1024}' /proc/%d/status; "
             "awk '{printf \"cpu %%.2f s\\n\", ($14+$15)/100}' /proc/%d/stat",
             (int)stack_pid(&stack, "incentive", "a"), (int)stack_pid(&stack, "incentive", "a"));
    if (system(command) != 0)
        printf("?\n");
}

int main(int argc, char **argv)
{
    uint64_t facts = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint32_t units = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 8000;
    int64_t begin;
    double seconds;

    stack_new(&stack);
    stack_start(&stack, "planning", "a");
    fake_feedback_start(&stack);
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    plan(units);
    publish(facts, units);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    begin = clock_monotonic_us();
    if (!stack_until(caught_up, NULL, 300))
        return 1;
    seconds = (double)(clock_monotonic_us() - begin) / 1e6;
    printf("booked %lu facts in %.2f s: %.0f facts/s (replay by feedback included)\n", (unsigned long)facts, seconds,
           (double)facts / seconds);
    show_process("after booking");
    stack_apply(&stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"o\",\"unit_type\":\"outlet\",\"lines\":["
                "{\"measure\":\"new\",\"weight_bp\":10000}]}]}");
    begin = clock_monotonic_us();
    stack_kill(&stack, "incentive", "a", SIGKILL);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    printf("start after a crash: %.2f s\n", (double)(clock_monotonic_us() - begin) / 1e6);
    show_process("after loading");
    printf("verify, one bucket: %.0f ms\n", ask_ms(MSG(VERIFY_SCORES), "{\"bucket\":1}"));
    printf("close a quarter: %.0f ms\n", ask_ms(MSG(CLOSE_PERIOD), "{\"period\":\"2026Q4\",\"force\":true}"));
    printf("statement of one outlet, first page: %.0f ms\n",
           ask_ms(MSG(GET_STATEMENT), "{\"period\":\"2026Q4\",\"unit\":\"U1\"}"));
    show_process("at the end");
    stack_free(&stack);
    return 0;
}
