/* The command line against a real gateway and planning: manifests in, lists out, exit codes. */
#include "base/buf.h"
#include "support/command.h"
#include "support/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    stack.extra[0] = "--utc-offset=+09:00";
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    command_open(&stack, &web, "manifests");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static const char catalog[] =
    "kind: Targets\ntable: targets.csv\n---\n"
    "kind: Units\ntable: units.csv\n---\n"
    "kind: Measures\n"
    "items:\n"
    "- {code: revenue, title_zh: 收入, title_en: Revenue, fact: order_line, value: amount, unit: 元, direction: "
    "higher,\n"
    "   class: outcome}\n"
    "---\n"
    "kind: Periods\nitems: [{code: 2026Q4, from: 2026-10-01, until: 2027-01-01, calendar: std}]\n---\n"
    "kind: Calendars\n"
    "items:\n"
    "- code: std\n"
    "  classes: [{class: working, weight: 100}, {class: weekend, weight: 150}]\n"
    "---\n"
    "kind: Channels\nitems: [{code: own, name: 自有厅}]\n---\n"
    "kind: Products\nitems: [{code: phone5g, name: 5G, parent: phones}, {code: phones, name: 终端}]\n";

static void write_manifests(void)
{
    command_put("all.yaml", catalog);
    command_put("units.csv", "code,name,type,parent,channel,from\n"
                             "o-1,厅一,outlet,city-1,own,2026-01-01\n"
                             "city-1,南京,city,prov,,2026-01-01\n"
                             "prov,江苏,province,,,2026-01-01\n");
    command_put("targets.csv",
                "period,unit,measure,amount\n2026Q4,prov,revenue,1000.5\n2026Q4,city-1,revenue,1000.5\n");
    command_put("publish.yaml", "kind: Publish\nperiod: 2026Q4\nreason: first\n");
}

static void manifests_come_into_force(void **state)
{
    (void)state;
    write_manifests();
    command_expect("apply -f all.yaml", 0, "Units");
    command_expect("apply -f .", 0, "version 1 published");
    if (!strstr(command_output, "Units            0        0          3"))
        fail_msg("%s", command_output);
    command_expect("apply -f . -o json", 0, "\"unchanged\": 3");
    command_expect("get units", 0, "city-1");
    command_expect("get units o-1 -o csv", 0, "o-1,厅一,outlet,city-1,own,2026-01-01,");
    command_expect("get units nobody", 1, "there is no \"nobody\"");
    command_expect("get units --filter type=city -o json", 0, "\"code\": \"city-1\"");
    command_expect("get targets --filter period=2026Q4 -o csv", 0, "2026Q4,prov,,,revenue,1000.5");
    command_expect("get plans 2026Q4", 0, "first");
    command_expect("get measures revenue --lang zh", 0, "编码");
}

static void measures_of_other_kinds(void **state)
{
    (void)state;
    command_put("kinds.yaml",
                "kind: Measures\n"
                "items:\n"
                "- code: buyers\n"
                "  title_zh: 购买客户数\n"
                "  title_en: Buying customers\n"
                "  value: distinct\n"
                "  distinct: { key: customer, window: month, within: city }\n"
                "- code: each\n"
                "  title_zh: 客均收入\n"
                "  title_en: Revenue a customer\n"
                "  value: ratio\n"
                "  ratio: { of: revenue, over: buyers, decimals: 2 }\n"
                "- { code: ticket, title_zh: 客单价, title_en: Ticket, value: average, average_of: amount }\n");
    command_expect("apply -f kinds.yaml", 0, "Measures");
    command_expect("apply -f kinds.yaml -o json", 0, "\"unchanged\": 5");
    command_expect("get measures ticket.over", 0, "count");
    command_put("kinds.yaml", "kind: Measures\n"
                              "items:\n"
                              "- code: worse\n"
                              "  title_zh: x\n"
                              "  title_en: x\n"
                              "  value: ratio\n"
                              "  ratio:\n"
                              "    of: revenue\n"
                              "    over: each\n");
    command_expect("apply -f kinds.yaml", 1, "kinds.yaml:9:5: ratio/over: ");
}

static void a_dry_run_changes_nothing(void **state)
{
    (void)state;
    command_put("more.yaml",
                "kind: Units\nitems: [{code: city-2, name: 苏州, type: city, parent: prov, from: 2026-01-01}]\n");
    command_expect("apply -f more.yaml --dry-run", 0, "Units city-2 created");
    command_expect("get units city-2", 1, "there is no");
}

static void refusals_name_the_line(void **state)
{
    (void)state;
    command_put("wrong.yaml", "kind: Units\n"
                              "items:\n"
                              "- {code: c-1, name: 一, type: city, parent: prov, from: 2026-01-01}\n"
                              "- code: c-2\n"
                              "  name: 二\n"
                              "  type: city\n"
                              "  parent: nowhere\n"
                              "  from: 2026-01-01\n");
    command_expect("apply -f wrong.yaml", 1, "wrong.yaml:7:3: parent: ");
    command_expect("get units c-1", 1, "there is no");
    command_put("wrong.csv", "code,name,type,parent,from\nc-3,三,city,prov,2026-01-01\nc-4,四,ctiy,prov,2026-01-01\n");
    command_put("wrong.yaml", "kind: Units\ntable: wrong.csv\n");
    command_expect("apply -f wrong.yaml", 1, "wrong.csv:3: type: ");
    command_put("wrong.yaml", "kind: Unit\nitems: []\n");
    command_expect("apply -f wrong.yaml", 1, "did you mean \"Units\"");
    command_expect("apply -f nothing.yaml", 1, "could not open");
    command_expect("apply", 2, "-f FILE|DIR");
}

/* More than one piece, children before their parents in the file. */
static void many_items_go_in_pieces(void **state)
{
    struct buf text = { 0 };

    (void)state;
    buf_append_text(&text, "code,name,type,parent,from\n");
    for (int i = 0; i < 900; i++)
        buf_printf(&text, "shop-%03d,店%d,outlet,area-%d,2026-01-01\n", i, i, i % 9);
    for (int i = 0; i < 9; i++)
        buf_printf(&text, "area-%d,区%d,county,city-1,2026-01-01\n", i, i);
    command_put("many.csv", buf_text(&text));
    command_put("many.yaml", "kind: Units\ntable: many.csv\n");
    buf_fini(&text);
    command_expect("apply -f many.yaml", 0, "909");
    command_expect("get units --all -o csv", 0, "shop-899");
    command_expect("get units --limit 600 -o csv", 0, "--all shows them");
}

static void tokens_by_hand(void **state)
{
    char secret[64], arguments[256];

    (void)state;
    command_expect("token create wang -p plan.read --days 30", 0, "bih_");
    snprintf(secret, sizeof secret, "%.47s", strstr(command_output, "bih_"));
    snprintf(arguments, sizeof arguments, "get units --token %s --limit 1", secret);
    command_expect(arguments, 0, "CODE");
    snprintf(arguments, sizeof arguments, "apply -f more.yaml --token %s", secret);
    command_expect(arguments, 1, "lacks the permission plan.write");
    command_expect("token list", 0, "plan.read");
    command_expect("token revoke 2", 0, "revoked");
    snprintf(arguments, sizeof arguments, "get units --token %s", secret);
    command_expect(arguments, 1, "revoked");
    command_expect("token create x", 1, "at least one permission");
}

static void trouble_has_its_exit_code(void **state)
{
    (void)state;
    command_expect("get unit", 2, "did you mean \"units\"");
    command_expect("status -o xml", 2, "table, json and csv");
    command_expect("--lang zh status --url http://127.0.0.1:1", 3, "网关没有应答");
    command_expect("status --url http://127.0.0.1:1", 3, "is it up, and named by --url or BIHUAN_URL?");
    command_expect("get units --token bih_x", 1, "Not signed in");
    command_expect("get units --token bih_x", 1, "BIHUAN_TOKEN_FILE");
    command_expect("target explain city-1 --period 2026Q4", 2, "wants --period P and --measure M");
    command_expect("status", 1, "planning");        /* three daemons don't run */
    command_expect("status", 1, "2026-10-05 11:0"); /* in the zone that the gateway says */
    command_expect("status --readers", 1, "IN BUCKETS");
    command_expect("status --readers -o csv", 1, "planning,feedback,0,0,0"); /* nothing there that it had to read */
    command_expect("version", 0, "bihuan ");
    command_expect("--help --lang zh", 0, "命令");
    command_expect("", 2, "Targets:");
    command_expect("feed", 2, "feed load");
    command_expect("help target gap", 0, "--measure");
}

static void watching(void **state)
{
    struct pollfd watched = { .events = POLLIN };
    FILE *pipe;
    char command[512], line[1024] = "";

    (void)state;
    snprintf(command, sizeof command, "timeout 20 '%s/bihuan' watch --topics plan -o json --count 1",
             getenv("BIHUAN_BIN"));
    pipe = popen(command, "r");
    assert_non_null(pipe);
    watched.fd = fileno(pipe);
    for (int i = 0; i < 30 && poll(&watched, 1, 500) == 0; i++) { /* the watcher may come later than a change */
        command_put("x.yaml", i % 2 ? "kind: Channels\nitems: [{code: own, name: 厅A}]\n"
                                    : "kind: Channels\nitems: [{code: own, name: 厅B}]\n");
        command_expect("apply -f x.yaml", 0, "Channels");
    }
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_string_equal(line, "{\"topic\":\"plan\",\"data\":{}}\n");
    assert_int_equal(pclose(pipe), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(manifests_come_into_force), cmocka_unit_test(measures_of_other_kinds),
        cmocka_unit_test(a_dry_run_changes_nothing), cmocka_unit_test(refusals_name_the_line),
        cmocka_unit_test(many_items_go_in_pieces),   cmocka_unit_test(tokens_by_hand),
        cmocka_unit_test(trouble_has_its_exit_code), cmocka_unit_test(watching),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
