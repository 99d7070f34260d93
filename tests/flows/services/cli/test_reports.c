/* Reports from the field from the command line, through the gateway, by those who write and those who read them. */
#include "support/check.h"
#include "support/command.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;
static char city[128], office[128];

static void expect(const char *token, const char *arguments, int code, const char *words)
{
    char line[1024];

    snprintf(line, sizeof line, "%s%s %s", *token ? "--token " : "", token, arguments);
    command_expect(line, code, words);
}

static void make_token(const char *arguments, char *out, size_t cap)
{
    const char *at;

    expect("", arguments, 0, "bih_");
    at = strstr(command_output, "bih_");
    snprintf(out, cap, "%.*s", (int)strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."),
             at);
}

static const char templates[] = "kind: ReportTemplates\n"
                                "items:\n"
                                "- code: week\n"
                                "  title_zh: 竞争周报\n"
                                "  title_en: Competitors of the week\n"
                                "  theme: competitor\n"
                                "  unit_types: [city]\n"
                                "  recurrence: weekly\n"
                                "  due_days: 2\n"
                                "  from: 2026-11-23\n"
                                "  fields:\n"
                                "  - { name: moves, title_zh: 动向, title_en: Moves, kind: text, required: true }\n"
                                "  - { name: price, title_zh: 价格, title_en: Price, kind: money, min: \"0\" }\n";

static bool is_owed(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.report") == 1;
}

static void written(void **state)
{
    (void)state;
    command_put("templates.yaml", templates);
    expect("", "apply -f templates.yaml --dry-run", 0, "");
    expect("", "apply -f templates.yaml", 0, "");
    expect("", "-o csv report templates", 0, "week,竞争周报,");
    expect("", "report templates week", 0, "price  价格");
    expect("", "report templates nothing", 1, "there is no template");
    assert_true(stack_until(is_owed, NULL, 20));
    expect(city, "-o csv report due", 0, "week.C1.2026-W48,competitor,C1,C1,2026-W48,2026-12-01,owed,");
    expect(city, "--lang zh report due", 0, "待交");
    expect(city, "report draft week C1 --set price=-1", 0, "moves  it must be filled in");
    expect(city, "report draft week", 2, "wants TEMPLATE UNIT");
    expect(city, "report draft week C1 --set price", 2, "is not NAME=VALUE");
    expect(city, "report submit week.C1.2026-W48", 1, "less than 0");
    expect(city, "report submit week.C1.2026-W48 --set price=39.9 --set moves=降价", 0, "submitted");
    expect(city, "report rate week.C1.2026-W48 90 --reason mine", 1, "lacks the permission report.rate");
}

static void judged(void **state)
{
    (void)state;
    expect(office, "report show week.C1.2026-W48", 0, "moves  降价");
    expect(office, "report rate week.C1.2026-W48 ninety", 2, "0 to 100");
    expect(office, "report return week.C1.2026-W48", 1, "say what is to be mended");
    expect(office, "report return week.C1.2026-W48 --reason 'which shop?'", 0, "returned");
    expect(city, "report show week.C1.2026-W48", 0, "returned because: which shop?");
    expect(city, "report submit week.C1.2026-W48 --set moves=东门店降价", 0, "submitted");
    expect(office, "report rate week.C1.2026-W48 90 --reason precise", 0, "rated");
    expect(office, "-o json report list --state submitted", 0, "\"rating\": 90");
    expect(office, "-o csv report summary", 0, "C1,competitor,1,1,1,0,1\n");
    expect(office, "report summary", 0, "39.9000");
    expect(office, "report summary --scores", 2, "--from");
    /* in time, complete, rated 90: 30 + 20 + 20 + 27 */
    expect(office, "report summary --scores --from 2026-11-23 --until 2026-11-30", 0, "97.00%");
    expect(office, "-o csv report summary --scores --from 2026-11-23 --until 2026-11-30", 0, ",97.0000\n");
    expect(office, "report draft week C1", 1, "lacks the permission report.write");
}

static bool knows_units(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.ref_unit") == 2;
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"P\",\"type\":\"province\"},{\"code\":\"C1\",\"name\":\"C\","
                "\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]}]}");
    assert_true(stack_until(knows_units, NULL, 20));
    command_open(&stack, &web, "files");
    make_token("token create city -p report.read -p report.write --subtree C1", city, sizeof city);
    make_token("token create office -p report.read -p report.rate", office, sizeof office);
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(written), cmocka_unit_test(judged) };

    return cmocka_run_group_tests_name("cli_reports", tests, set_up, tear_down);
}
