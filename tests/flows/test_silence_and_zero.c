/* No data and no sales, from real files on: a city whose part of a feed fell silent is told as that and as nothing
 * else, while an outlet that sells nothing beside a live feed is told as that; once the silent city
 * speaks again, its outlets are judged by what it says. */
#include "support/check.h"
#include "support/delivery.h"
#include "support/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOON_S 60
#define A_DAY  10
#define LAST   26 /* of November, on the 27th at ten */
#define HEARD  18 /* the last day of C2 */
#define SOLD   19 /* the last day on which S3 sold */
#define ENOUGH 4000

static struct stack stack;

#define COUNT(rule, unit)                                                                                              \
    "SELECT count(*) FROM monitoring.alert a JOIN monitoring.document r ON r.kind = 'rule' AND r.id = a.rule_id JOIN " \
    "monitoring.document u ON"                                                                                         \
    " u.kind = 'unit' AND u.id = a.unit_id WHERE a.state = 'firing' AND r.code " rule " AND u.code " unit

/* Beside those of LOOP_CITIES. */
static const char MORE_UNITS[] =
    "{\"items\":["
    "{\"code\":\"S5\",\"name\":\"h\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\",\"from\":\"2026-01-01\"}]},"
    "{\"code\":\"S4\",\"name\":\"g\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C3\",\"from\":\"2026-01-01\"}]}"
    "]}";

static const char FEEDS[] =
    "{\"items\":[{\"code\":\"sales\",\"title\":\"t\",\"sender\":\"bss\",\"fact\":\"order_line\",\"files\":"
    "\"sales_{city}_{yyyyMMdd}.csv\",\"silent_after_hours\":30,\"cities\":{\"by\":\"name\",\"units\":[\"C1\",\"C2\","
    "\"C3\"]},\"key\":[\"1\"],\"no_header\":true,\"columns\":[{\"field\":\"time\",\"column\":\"2\",\"format\":"
    "\"yyyy-MM-dd HH:mm:ss\"},{\"field\":\"unit\",\"column\":\"3\"}]}]}";

/* --- files --- */

static void add_rows(char *text, const char *shop, int day, int count)
{
    size_t at = strlen(text);

    for (int i = 0; i < count; i++, at = strlen(text))
        snprintf(text + at, ENOUGH - at, "%s-%d-%d,2026-11-%02d 09:00:00,%s\n", shop, day, i, day, shop);
}

static void put(const char *city, int day, const char *text)
{
    char name[64];

    snprintf(name, sizeof name, "sales_%s_202611%02d.csv", city, day);
    delivery_put(&stack, "sales", name, text);
}

static void deliver(int day, bool c2_too)
{
    char c1[ENOUGH] = "", c2[ENOUGH] = "", c3[ENOUGH] = "";

    add_rows(c1, "S1", day, A_DAY);
    add_rows(c2, "S2", day, day <= HEARD ? A_DAY : 0);
    add_rows(c2, "S5", day, 1);
    add_rows(c3, "S3", day, day <= SOLD ? A_DAY : 0);
    add_rows(c3, "S4", day, A_DAY);
    put("C1", day, c1);
    if (c2_too)
        put("C2", day, c2);
    put("C3", day, c3);
}

/* --- the scene --- */

static void apply_plan(void)
{
    char json[2000] = "{\"items\":[";
    static const struct {
        const char *unit;
        int a_day;
    } units[] = { { "P", 4 * A_DAY + 1 }, { "C1", A_DAY }, { "C2", A_DAY + 1 }, { "C3", 2 * A_DAY }, { "S1", A_DAY },
                  { "S2", A_DAY },        { "S3", A_DAY }, { "S4", A_DAY },     { "S5", 1 } };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        snprintf(json + strlen(json), sizeof json - strlen(json),
                 "%s{\"period\":\"2026M11\",\"unit\":\"%s\",\"measure\":\"new\",\"amount\":\"%d\"}", i ? "," : "",
                 units[i].unit, 30 * units[i].a_day);
    strcat(json, "]}");
    stack_apply(&stack, MSG(APPLY_TARGETS), json);
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026M11\"}");
}

static void apply_all(void)
{
    stack_apply(&stack, MSG(APPLY_UNITS), LOOP_CITIES);
    stack_apply(&stack, MSG(APPLY_UNITS), MORE_UNITS);
    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增\",\"title_en\":\"New\",\"value\":\"count\"}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\",\"weight\":1},{\"class\":"
                "\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026M11\",\"from\":\"2026-11-01\",\"until\":\"2026-12-01\",\"calendar\":"
                "\"flat\"}]}");
    apply_plan();
    stack_apply(&stack, MSG(APPLY_RULES),
                "{\"items\":[{\"code\":\"silent\",\"title_zh\":\"静默\",\"title_en\":\"Silent\",\"kind\":"
                "\"feed_silent\",\"severity\":\"major\"},"
                "{\"code\":\"zero\",\"title_zh\":\"零销量\",\"title_en\":\"Zero\",\"kind\":\"zero_sales\",\"measure\":"
                "\"new\",\"unit_types\":[\"outlet\"],\"severity\":\"warning\"},"
                "{\"code\":\"lag\",\"title_zh\":\"滞后\",\"title_en\":\"Lag\",\"kind\":\"lag\",\"measure\":\"new\","
                "\"every_node\":true,\"severity\":\"warning\"}]}");
    /* nobody listens there: what is wanted is the message as it was written */
    stack_apply(&stack, MSG(APPLY_RECEIVERS),
                "{\"items\":[{\"code\":\"ops\",\"url\":\"http://127.0.0.1:1/hook\",\"secret\":"
                "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\",\"language\":\"en\"}]}");
    stack_apply(&stack, MSG(APPLY_FEEDS), FEEDS);
}

static const char *const DAEMONS[] = { "planning", "feedback", "monitoring" };

/* At ten of that day of November. */
static void start(int day)
{
    snprintf(stack.clock, sizeof stack.clock, "2026-11-%02dT10:00:00+08:00@%lld", day, (long long)time(NULL));
    for (size_t i = 0; i < sizeof DAEMONS / sizeof DAEMONS[0]; i++)
        stack_start(&stack, DAEMONS[i], "a");
    for (size_t i = 0; i < sizeof DAEMONS / sizeof DAEMONS[0]; i++)
        stack_wait_ready(&stack, DAEMONS[i]);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    setenv("BIHUAN_SCAN_MS", "50", 1);
    setenv("BIHUAN_FEED_CLEAR_S", "0", 1); /* a feed that is back is back */
    start(LAST + 1);
    apply_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static bool is_one(void *arg)
{
    return pg_number(&stack.pg, arg) == 1;
}

static void await_one(const char *sql)
{
    if (!stack_until(is_one, (void *)(uintptr_t)sql, SOON_S))
        fail_msg(
            "not so: %s\nfiring: %s", sql,
            pg_value(&stack.pg,
                     "SELECT string_agg(r.code || ' ' || a.unit_id || ' ' || a.state, ', ')"
                     " FROM monitoring.alert a JOIN monitoring.document r ON r.kind = 'rule' AND r.id = a.rule_id"));
}

/* --- tests --- */

/* S2 was heard of eight days ago, when it sold as planned; S3 sold nothing for seven days while S4 of its city did. */
static void silence_is_told_once_and_zero_as_zero(void **state)
{
    (void)state;
    for (int day = 1; day <= LAST; day++)
        deliver(day, day <= HEARD);
    await_one("SELECT count(*) FROM monitoring.judged WHERE day = '2026-11-26'");
    await_one(COUNT("= 'zero'", "= 'S3'"));
    await_one(COUNT("= 'silent'", "= 'C2'"));
    CHECK_INT(pg_number(&stack.pg, COUNT("= 'silent'", "<> 'C2'")), 0);
    CHECK_INT(pg_number(&stack.pg, COUNT("<> 'silent'", "IN ('C2', 'S2', 'S5', 'C1', 'S1', 'S4')")), 0);
    CHECK_INT(pg_number(&stack.pg, COUNT("= 'zero'", "<> 'S3'")), 0);
}

/* Of C3's two outlets one lags: whoever is told of the city hears where it comes from, and of how many. */
static void the_message_says_of_how_many(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&stack.pg, COUNT("= 'lag'", "= 'C3'")), 1);
    await_one("SELECT count(*) FROM monitoring.delivery d JOIN monitoring.alert a ON a.id = d.alert_id JOIN"
              " monitoring.document u ON u.kind = 'unit' AND u.id = a.unit_id WHERE u.code = 'C3' AND"
              " position('of the shortfall comes from these 1 of 2'::bytea IN d.body) > 0");
}

/* A day later C2's files say that S2 sold nothing while its neighbour did: now it is zero sales, and no silence. */
static void what_it_says_then_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DAEMONS / sizeof DAEMONS[0]; i++)
        stack_kill(&stack, DAEMONS[i], "a", SIGKILL);
    start(LAST + 2);
    for (int day = HEARD + 1; day <= LAST; day++) {
        char text[ENOUGH] = "";

        add_rows(text, "S5", day, 1);
        put("C2", day, text);
    }
    deliver(LAST + 1, true);
    await_one("SELECT count(*) FROM monitoring.judged WHERE day = '2026-11-27'");
    await_one(COUNT("= 'zero'", "= 'S2'"));
    await_one("SELECT (count(*) = 0)::int FROM monitoring.alert a JOIN monitoring.document r ON r.kind = 'rule' AND"
              " r.id = a.rule_id WHERE r.code = 'silent' AND a.state = 'firing'");
    CHECK_INT(pg_number(&stack.pg, COUNT("= 'zero'", "NOT IN ('S2', 'S3')")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_told_once_and_zero_as_zero),
        cmocka_unit_test(the_message_says_of_how_many),
        cmocka_unit_test(what_it_says_then_counts),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
