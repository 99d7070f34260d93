/* `bihuan verify` against the whole loop: it agrees after a load and while facts come in, and finds what was tampered
 * with in memory or in a table. */
#include "base/buf.h"
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/web.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEAD  "id,when,shop,what,qty,money\n"
#define FACTS 600 /* of the first file */

static struct stack stack;
static struct web web;
static int rows; /* dropped so far */

static void drop(int number, int count)
{
    struct buf file = { 0 };
    char name[64];

    buf_append_text(&file, HEAD);
    for (int i = 0; i < count; i++, rows++)
        buf_printf(&file, "order-%d,2026-09-%02d 10:00:00,S%d,phone,%d,%d.5\n", rows, rows % 30 + 1, rows % 3 + 1,
                   rows % 2 + 1, rows);
    snprintf(name, sizeof name, "f_20261001_%d.csv", number);
    loop_drop(&stack, "orders", name, file.data, file.len);
    buf_fini(&file);
}

static void test_agrees_after_a_load(void **state)
{
    (void)state;
    drop(1, FACTS);
    loop_wait_inbox(&stack, "orders", 60);
    command_expect("verify", 0, "6 sums over 600 facts agree");
    command_expect("verify --from 2026-09-01 --until 2026-09-02", 0, "over 600 facts agree");
    command_expect("verify -o json", 0, "\"equal\": true");
    command_expect("verify --lang zh", 0, "一致: 6 个合计");
    command_expect("verify --from yesterday", 1, "yesterday");
    command_expect("verify --timeout soon", 2, "not a number");
}

/* Each part is compared at one position of its stream, wherever the others stand by then. */
static void test_agrees_while_facts_come_in(void **state)
{
    (void)state;
    for (int i = 2; i < 12; i++) {
        drop(i, 2000);
        if (i % 3 == 0)
            command_expect("verify", 0, "agree");
    }
    loop_wait_inbox(&stack, "orders", 120);
    command_expect("verify", 0, "6 sums over 20600 facts agree");
}

static void change_a_row(const char *by)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "UPDATE monitoring.progress SET sums = ARRAY(SELECT v %s FROM unnest(sums) v)"
             " WHERE ctid = (SELECT min(ctid) FROM monitoring.progress WHERE unit_id = %u AND cardinality(sums) = 2)",
             by, loop_unit(&stack, "S2"));
    free(pg_value(&stack.pg, sql));
}

static void restart(const char *service)
{
    stack_kill(&stack, service, "a", SIGTERM);
    stack_start(&stack, service, "a");
    stack_wait_ready(&stack, service);
}

static void test_finds_a_changed_row(void **state)
{
    (void)state;
    change_a_row("+ 5"); /* under the feet of the daemon: its memory is right still */
    command_expect("verify", 1, "S2 pieces: the table holds ");
    command_expect("verify", 1,
                   "4 differences in 6 sums over 20600 facts"); /* two measures, in the table and in the sums */
    restart("monitoring");
    command_expect("verify", 1, "2 differences in 6 sums over 20600 facts");
    if (!strstr(command_output, "MONITORING  OFF BY") || !strstr(command_output, "S2    pieces ") ||
        !strstr(command_output, "      5  "))
        fail_msg("%s", command_output);
    command_expect("verify -o csv", 1, "S2,pieces,");
    command_expect("verify -o json", 1, "\"monitoring_off\": 5");
    change_a_row("- 5");
    restart("monitoring");
    command_expect("verify", 0, "6 sums over 20600 facts agree");
}

static void test_finds_lost_credits(void **state)
{
    (void)state;
    stack_kill(&stack, "incentive", "a", SIGTERM);
    free(pg_value(&stack.pg, "DELETE FROM incentive.credit WHERE ctid = (SELECT min(ctid) FROM incentive.credit)"));
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    command_expect("verify -o json", 1, "\"incentive_off\": -");
}

static void apply_plan(void)
{
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'phone','name':'Phone'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'},"
               "{'code':'pieces','title_zh':'件数','title_en':'Pieces','value':'quantity'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'Province','type':'province'}]}");
    for (int i = 1; i <= 3; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'S%d','name':'Shop','type':'outlet','relations':[{'parent':'P',"
                   "'from':'2026-01-01'}]}]}",
                   i);
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'Orders','sender':'boss','fact':'order_line',"
                    "'files':'f_{yyyyMMdd}_{n+}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                    "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                    "{'field':'quantity','column':'qty'},{'field':'amount','column':'money'}]}]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    loop_start(&stack);
    apply_plan();
    loop_catch_up(&stack); /* or rows would wait for units that feedback hasn't heard of */
    command_open(&stack, &web, "files");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_after_a_load),
        cmocka_unit_test(test_agrees_while_facts_come_in),
        cmocka_unit_test(test_finds_a_changed_row),
        cmocka_unit_test(test_finds_lost_credits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
