/* bench_pay: how long pay takes for a whole province: a quarter calculated from its credits, the same again against
 * what is booked, verified, and closed with a sealed statement for each payee. Usage: bench_pay [contributions,
 * 5000000] [payees, 20000]. The credits are written into the table as intake does, since it is pay that is measured;
 * bench_incentive measures intake. */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive_pay.pb-c.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#define MEASURES 8
#define PAIRS    4 /* contributions of a record */

static struct stack stack;

static void apply_measures(void)
{
    struct buf json = { 0 };

    for (int m = 1; m <= MEASURES; m++)
        buf_printf(&json, "%s{\"code\":\"m%d\",\"title_zh\":\"m\",\"title_en\":\"m\",\"value\":\"%s\"}",
                   m > 1 ? "," : "{\"items\":[", m, m % 2 ? "count" : "amount");
    buf_append_text(&json, "]}");
    stack_apply(&stack, MSG(APPLY_MEASURES), buf_text(&json));
    buf_fini(&json);
}

static void apply_units(uint32_t units)
{
    struct buf json = { 0 };

    for (uint32_t at = 0; at <= units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i <= units; i++)
            buf_printf(&json,
                       i ? "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"U0\","
                           "\"from\":\"2026-01-01\"}]}"
                         : "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"province\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
        buf_reset(&json);
    }
    buf_fini(&json);
}

static void apply_targets(uint32_t units)
{
    struct buf json = { 0 };

    for (uint32_t at = 1; at <= units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i <= units; i++)
            buf_printf(&json, "%s{\"period\":\"2026Q4\",\"unit\":\"U%u\",\"measure\":\"m1\",\"amount\":\"40\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_TARGETS), buf_text(&json));
        buf_reset(&json);
    }
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"bench\"}");
    buf_fini(&json);
}

/* A component a measure: the first over its target, the others over volume; the second is held back in part. */
static void apply_pay_plan(void)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[{\"code\":\"pay\",\"from\":\"2026-01-01\",\"unit_types\":[\"outlet\"],"
                           "\"components\":[{\"code\":\"c1\",\"kind\":\"rate\",\"measure\":\"m1\",\"bands\":[{\"from_"
                           "ppm\":0,\"amount\":\"5\"},{\"from_ppm\":1000000,\"amount\":\"8\"}]}");
    for (int m = 2; m <= MEASURES; m++)
        buf_printf(
            &json,
            ",{\"code\":\"c%d\",\"kind\":\"rate\",\"measure\":\"m%d\",\"over\":\"volume\",%s\"bands\":[{\"from\":"
            "\"0\",%s},{\"from\":\"30\",%s}]}",
            m, m, m == 2 ? "\"hold_ppm\":300000,\"hold_days\":90," : "",
            m % 2 ? "\"amount\":\"1.5\"" : "\"rate_ppm\":30000", m % 2 ? "\"amount\":\"2\"" : "\"rate_ppm\":40000");
    buf_append_text(&json, "]}]}");
    stack_apply(&stack, MSG(APPLY_PAY_PLANS), buf_text(&json));
    buf_fini(&json);
}

static bool takes_card(void *arg)
{
    struct err err;

    (void)arg;
    return stack_try(
               &stack, MSG(APPLY_SCORECARDS),
               "{\"items\":[{\"code\":\"o\",\"unit_type\":\"outlet\",\"lines\":[{\"measure\":\"m1\",\"weight_bp\":"
               "10000}]}]}",
               &err) == 0;
}

/* Records in order of day, as they come in; pairs big-endian. */
static void write_credits(uint64_t contributions, uint32_t units)
{
    char sql[2000];
    uint64_t records = contributions / PAIRS;

    snprintf(sql, sizeof sql,
             "INSERT INTO incentive.credit (source_seq, counts_day, day, unit_id, seller_id, channel_id, product_id,"
             " version, bucket, source_row, taken_back, sender, record_key, contributions)"
             " SELECT 0, d, d, (SELECT id FROM incentive.document WHERE kind = 'unit' AND code = 'U1')"
             " + (n * 7919 %% %u)::int, 0, 0, 0, 1, (n %% 16)::int, (n %% 256)::int, false, 'crm', 'ORD2026' || "
             "lpad(n::text, 10, '0'),"
             " (SELECT string_agg(int2send((m + p + n %% 2 * %d)::int2) || int8send(CASE (m + p) %% 2 WHEN 0 THEN"
             " 100000 + n %% 900000 ELSE 1 END), '' ORDER BY p) FROM generate_series(0, %d) p)"
             " FROM generate_series(0::bigint, %llu - 1) n CROSS JOIN LATERAL (SELECT '2026-10-01'::date + (n * 92 / "
             "%llu)::int"
             " AS d) x CROSS JOIN (SELECT min(id) AS m FROM incentive.document WHERE kind = 'measure') y",
             units, PAIRS, PAIRS - 1, (unsigned long long)records, (unsigned long long)records);
    free(pg_value(&stack.pg, sql));
    free(pg_value(&stack.pg, "ANALYZE incentive.credit"));
}

static ProtobufCMessage *timed(const char *what, uint32_t type, const char *json)
{
    int64_t begin = clock_monotonic_us();
    ProtobufCMessage *reply = stack_apply(&stack, type, json);

    printf("%s: %.2f s\n", what, (double)(clock_monotonic_us() - begin) / 1e6);
    fflush(stdout);
    return reply;
}

static void show_memory(void)
{
    char command[120];

    snprintf(command, sizeof command,
             "awk '/VmHWM|VmRSS/{printf \"%%s %%d MB  \", $1, $2/1024} END {print \"\"}' /proc/%d/status",
             (int)stack_pid(&stack, "incentive", "a"));
    if (system(command) != 0)
        printf("no figures\n");
}

static void measure(void)
{
    const Bihuan__CalculatePayReply *calculated;
    const Bihuan__VerifyPayReply *verified;

    calculated = (const Bihuan__CalculatePayReply *)timed("calculated and booked", MSG(CALCULATE_PAY),
                                                          "{\"period\":\"2026Q4\"}");
    printf("%u entries for %u payees\n", calculated->entries, calculated->changed);
    show_memory();
    calculated = (const Bihuan__CalculatePayReply *)timed("calculated again", MSG(CALCULATE_PAY),
                                                          "{\"period\":\"2026Q4\"}");
    printf("%u entries\n", calculated->entries);
    verified = (const Bihuan__VerifyPayReply *)timed("verified", MSG(VERIFY_PAY), "{}");
    printf("%llu lines of %u payees, %u differences\n", (unsigned long long)verified->lines, verified->payees,
           verified->different);
    if (verified->different)
        exit(1);
    timed("scores closed", MSG(CLOSE_PERIOD), "{\"period\":\"2026Q4\",\"force\":true}");
    timed("calculated after it", MSG(CALCULATE_PAY), "{\"period\":\"2026Q4\"}");
    stack.person = "second";
    stack_apply(&stack, MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026Q4\",\"step\":\"review\"}");
    timed("statements of all", MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026Q4\",\"step\":\"close\"}");
    printf("%ld statements, %ld MB\n", pg_number(&stack.pg, "SELECT count(*) FROM incentive.pay_statement"),
           pg_number(&stack.pg, "SELECT sum(octet_length(file)) / 1048576 FROM incentive.pay_statement"));
    show_memory();
    timed("one statement", MSG(GET_PAY_STATEMENT), "{\"unit\":\"U1\",\"period\":\"2026Q4\"}");
}

int main(int argc, char **argv)
{
    uint64_t contributions = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000000;
    uint32_t payees = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;

    stack_new(&stack);
    stack.extra[0] = NULL;
    stack_start(&stack, "planning", "a");
    fake_feedback_start(&stack);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_wait_ready(&stack, "incentive");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    apply_measures();
    apply_units(payees);
    apply_targets(payees);
    if (!stack_until(takes_card, NULL, 60))
        return 1;
    apply_pay_plan();
    stack_kill(&stack, "incentive", "a", 9);
    write_credits(contributions, payees);
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    printf("%llu contributions, %u payees, %d measures\n", (unsigned long long)contributions, payees, MEASURES);
    show_memory();
    measure();
    stack_free(&stack);
    return 0;
}
