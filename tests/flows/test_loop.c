/* The loop on real daemons: an order file comes in, progress lags, an alert reaches a receiver, an action answers it,
 * the score explains itself down to the order line; the gap closes and the alert is over.
 *
 * Two outlets in two cities have a target of 920 for 92 days of equal weight: 10 a day. O1 sells 10 a day, O2 sells 4.
 * At the end of day n O2's gap is (4n/920 - n/92) = -0.6522 n points: -5.2 on day 8, so with two days of dwell it fires
 * on day 9. */
#include "support/check.h"
#include "support/stack.h"
#include "support/web.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "runtime/clock.h"
#include "text/dates.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct stack stack;
static pid_t receiver;
static int receiver_port;
static char receiver_log[128];

static void start_receiver(void)
{
    char program[256];
    char port[16];
    const char *bin = getenv("BIHUAN_BIN");

    receiver_port = web_free_port();
    snprintf(program, sizeof program, "%s/bihuan-demo", bin ? bin : "build/debug/bin");
    snprintf(port, sizeof port, "%d", receiver_port);
    snprintf(receiver_log, sizeof receiver_log, "%s/receiver.log", stack.dir);
    receiver = fork();
    if (receiver == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, "receiver", "--port", port, "--log", receiver_log, "--secret", SECRET, (char *)NULL);
        _exit(127);
    }
}

static int delivered(const char *what)
{
    FILE *file = fopen(receiver_log, "r");
    char line[8192];
    int count = 0;

    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        count += strstr(line, what) != NULL;
    fclose(file);
    return count;
}

static void apply_all(void)
{
    char json[512];

    stack_apply(&stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"营业厅\"}]}");
    stack_apply(&stack, MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"5g\",\"name\":\"5G\",\"list_price\":\"100\"}]}");
    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增\",\"title_en\":\"New users\",\"value\":\"count\"},"
                "{\"code\":\"off\",\"title_zh\":\"异价\",\"title_en\":\"Off list\",\"value\":\"count\","
                "\"direction\":\"lower\",\"filter\":{\"price\":\"off_list\",\"price_band_ppm\":50000}}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\","
                "\"until\":\"2027-01-01\",\"calendar\":\"flat\"}]}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]},"
                "{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]},"
                "{\"code\":\"O1\",\"name\":\"一厅\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":[{"
                "\"parent\":\"C1\",\"from\":\"2026-01-01\"}]},"
                "{\"code\":\"O2\",\"name\":\"二厅\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":[{"
                "\"parent\":\"C2\",\"from\":\"2026-01-01\"}]}]}");
    stack_apply(&stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"1840\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"920\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"C2\",\"measure\":\"new\",\"amount\":\"920\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"O1\",\"measure\":\"new\",\"amount\":\"920\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"O2\",\"measure\":\"new\",\"amount\":\"920\"}]}");
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}");
    stack_apply(
        &stack, MSG(APPLY_FEEDS),
        "{\"items\":[{\"code\":\"orders\",\"title\":\"orders\",\"sender\":\"bss\",\"fact\":\"order_line\","
        "\"files\":\"orders_{yyyyMMdd}.csv\",\"key\":[\"no\"],\"columns\":["
        "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyy-MM-dd\"},{\"field\":\"unit\",\"column\":\"unit\"},"
        "{\"field\":\"product\",\"column\":\"product\"},{\"field\":\"amount\",\"column\":\"amount\"}]}]}");
    stack_apply(&stack, MSG(APPLY_RULES),
                "{\"items\":[{\"code\":\"lag-new\",\"title_zh\":\"滞后\",\"title_en\":\"Lag\",\"kind\":\"lag\","
                "\"measure\":\"new\","
                "\"significance_ppm\":20000,\"severity\":\"warning\"},"
                "{\"code\":\"off-list\",\"title_zh\":\"异价\",\"title_en\":\"Off "
                "list\",\"kind\":\"threshold\",\"measure\":\"off\","
                "\"unit_types\":[\"outlet\"],\"limit\":\"1\",\"severity\":\"major\"}]}");
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"ops\",\"url\":\"http://127.0.0.1:%d/hook\",\"secret\":\"" SECRET "\","
             "\"language\":\"en\"}]}",
             receiver_port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_apply(&stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"outlet\",\"title_zh\":\"厅\",\"title_en\":\"Outlet\",\"unit_type\":\"outlet\","
                "\"lines\":["
                "{\"measure\":\"new\",\"weight_bp\":10000,\"rate\":\"interpolated\",\"bands\":[{\"from_ppm\":0,"
                "\"points_milli\":0},"
                "{\"from_ppm\":1000000,\"points_milli\":100000}]}]}]}");
}

/* One file a day; O1 sells `first` lines, O2 `second`, numbered so that no number comes twice. */
static void drop_day(int32_t day, int first, int second, int price, const char *mark)
{
    char date[DATE_TEXT_MAX];
    char path[256];
    char hidden[300];
    int year, month, dom;
    FILE *file;

    date_print(date, day);
    date_split(day, &year, &month, &dom);
    snprintf(path, sizeof path, "%s/data/inbox/orders", stack.dir);
    mkdir(path, 0700);
    snprintf(hidden, sizeof hidden, "%s/.part", path);
    snprintf(path + strlen(path), sizeof path - strlen(path), "/orders_%04d%02d%02d.csv", year, month, dom);
    file = fopen(hidden, "w");
    fprintf(file, "no,day,unit,product,amount\n");
    for (int i = 0; i < first + second; i++)
        fprintf(file, "%s%02d%02d-%d,%s,%s,5g,%d.00\n", mark, month, dom, i, date, i < first ? "O1" : "O2", price);
    fclose(file);
    rename(hidden, path);
}

static bool caught_up(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_head h WHERE h.seq > 0 AND (h.seq > coalesce("
                                "(SELECT seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket AND p.source ="
                                " 'feedback'), 0) OR h.seq > coalesce((SELECT seq FROM incentive.bus_position p WHERE"
                                " p.bucket = h.bucket AND p.source = 'feedback'), 0))") == 0;
}

static bool loaded(void *arg)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE sender < 1000") == *(const int *)arg &&
           caught_up(NULL);
}

static Bihuan__ListAlertsReply *alerts(const char *json)
{
    return (Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), json);
}

static bool lag_fired(void *arg)
{
    (void)arg;
    return alerts("{\"rule\":\"lag-new\"}")->n_items == 1;
}

static bool was_told(void *arg)
{
    return delivered(arg) >= 1;
}

static void test_a_lag_is_announced_once(void **state)
{
    int lines = 19 * 14;
    Bihuan__ListAlertsReply *reply;

    (void)state;
    for (int32_t d = 0; d < 19; d++)
        drop_day(date_of(2026, 10, 1) + d, 10, 4, 100, "A");
    assert_true(stack_until(loaded, &lines, 60));
    assert_true(stack_until(lag_fired, NULL, 20));
    reply = alerts("{\"rule\":\"lag-new\"}");
    assert_string_equal(reply->items[0]->unit, "C2"); /* the province is mentioned, the outlet gathered */
    CHECK_INT(reply->items[0]->inputs->actual, 76);
    CHECK_INT(reply->items[0]->inputs->planned, 190);
    CHECK_INT(reply->items[0]->inputs->gap_bp, -1239);
    assert_string_equal(reply->items[0]->inputs->as_of, "2026-10-19");
    assert_true(stack_until(was_told, (void *)(uintptr_t) "bihuan.alert.fired", 20));
    CHECK_INT(delivered("bihuan.alert.fired"), 1);
    CHECK_INT(delivered("12.39 points behind"), 1);
}

static void test_progress_is_the_same_number(void **state)
{
    Bihuan__GetProgressReply *reply = (Bihuan__GetProgressReply *)stack_apply(
        &stack, MSG(GET_PROGRESS), "{\"unit\":\"P\",\"measure\":\"new\",\"by\":\"children\"}");

    (void)state;
    CHECK_INT(reply->n_items, 2);
    assert_string_equal(reply->items[0]->unit, "C2"); /* worst first */
    CHECK_INT(reply->items[0]->actual, 76);
    CHECK_INT(reply->items[0]->gap_bp, -1239);
    CHECK_INT(reply->items[1]->actual, 190);
    CHECK_INT(reply->items[1]->gap_bp, 0);
    reply = (Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS),
                                                    "{\"unit\":\"P\",\"measure\":\"new\",\"by\":\"channel\"}");
    CHECK_INT(reply->n_items, 1);
    CHECK_INT(reply->items[0]->actual, 19 * 14);
}

static bool scored(void *arg)
{
    Bihuan__ListScoresReply *reply = (Bihuan__ListScoresReply *)stack_apply(
        &stack, MSG(LIST_SCORES), "{\"period\":\"2026Q4\",\"unit_type\":\"outlet\"}");

    (void)arg;
    return reply->n_items == 2 && strcmp(reply->items[0]->as_of, "2026-10-19") == 0;
}

static void test_a_score_explains_itself(void **state)
{
    Bihuan__ListScoresReply *scores;
    Bihuan__GetStatementReply *statement;
    int64_t shares = 0;

    (void)state;
    assert_true(stack_until(scored, NULL, 20));
    scores = (Bihuan__ListScoresReply *)stack_apply(&stack, MSG(LIST_SCORES),
                                                    "{\"period\":\"2026Q4\",\"unit_type\":\"outlet\"}");
    assert_string_equal(scores->items[0]->unit, "O1");
    CHECK_INT(scores->items[0]->score_milli, 100000);
    CHECK_INT(scores->items[0]->rank, 1);
    CHECK_INT(scores->items[1]->score_milli, 40000); /* 76 of 190 */
    statement = (Bihuan__GetStatementReply *)stack_apply(
        &stack, MSG(GET_STATEMENT),
        "{\"unit\":\"O2\",\"period\":\"2026Q4\",\"measure\":\"new\",\"page\":{\"limit\":500}}");
    CHECK_INT(statement->statement->credit_count, 76);
    for (size_t i = 0; i < statement->statement->n_credits; i++)
        shares += statement->statement->credits[i]->points_milli;
    CHECK_INT(shares, 40000);
}

static bool threshold_fired(void *arg)
{
    (void)arg;
    return alerts("{\"rule\":\"off-list\"}")->n_items == 1;
}

static void test_a_threshold_fires_at_once(void **state)
{
    int lines = 19 * 14 + 1;

    (void)state;
    drop_day(date_of(2026, 10, 20), 1, 0, 33, "B"); /* a product of 100 sold for 33 */
    assert_true(stack_until(loaded, &lines, 30));
    assert_true(stack_until(threshold_fired, NULL, 10));
    assert_string_equal(alerts("{\"rule\":\"off-list\"}")->items[0]->unit, "O1");
}

static bool says_two(void *arg)
{
    Bihuan__ListAlertsReply *list = alerts("{\"rule\":\"off-list\"}");

    (void)arg;
    return list->n_items == 1 && list->items[0]->inputs->actual == 2;
}

/* One more of them: the alert says what progress says, and is the same alert, told once. */
static void test_it_says_what_the_sum_is_now(void **state)
{
    int lines = 19 * 14 + 2;
    Bihuan__ExplainAlertReply *why;
    char json[64];

    (void)state;
    drop_day(date_of(2026, 10, 20), 1, 0, 33, "C");
    assert_true(stack_until(loaded, &lines, 30));
    assert_true(stack_until(says_two, NULL, 10));
    snprintf(json, sizeof json, "{\"id\":\"%s\"}", alerts("{\"rule\":\"off-list\"}")->items[0]->id);
    why = (Bihuan__ExplainAlertReply *)stack_apply(&stack, MSG(EXPLAIN_ALERT), json);
    CHECK_INT(why->n_history, 1);
    CHECK_INT(why->history[0]->inputs->actual, 1); /* when it fired */
    assert_true(why->n_deliveries <= 1);
}

static void test_an_action_answers_it(void **state)
{
    Bihuan__Alert *alert = alerts("{\"rule\":\"lag-new\"}")->items[0];
    char json[256];
    Bihuan__OpenActionReply *reply;
    Bihuan__ExplainAlertReply *why;

    (void)state;
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"note\":\"on it\"}", alert->id);
    stack_apply(&stack, MSG(TAKE_ALERT), json);
    snprintf(json, sizeof json,
             "{\"alert\":\"%s\",\"cause\":\"two sellers ill\",\"owner\":\"li\",\"due\":\"2026-10-25\","
             "\"promised_gain\":\"50\"}",
             alert->id);
    reply = (Bihuan__OpenActionReply *)stack_apply(&stack, MSG(OPEN_ACTION), json);
    assert_string_equal(reply->action->state, "open");
    CHECK_INT(reply->action->baseline_actual, 80 - 4 + 0); /* as judged at 19 October: 76 */
    snprintf(json, sizeof json, "{\"id\":\"%s\"}", alert->id);
    why = (Bihuan__ExplainAlertReply *)stack_apply(&stack, MSG(EXPLAIN_ALERT), json);
    assert_string_equal(why->alert->state, "acting");
    assert_true(why->n_history >= 3); /* firing (critical: at once), taken, acting */
    CHECK_INT(why->n_deliveries, 1);
}

static bool lag_over(void *arg)
{
    (void)arg;
    return alerts("{\"rule\":\"lag-new\"}")->n_items == 0;
}

static void test_it_is_over_when_the_gap_is_closed(void **state)
{
    int lines = 19 * 14 + 2 + 3 * 140;

    (void)state;
    for (int32_t d = 0; d < 3; d++)
        drop_day(date_of(2026, 10, 21) + d, 20, 120, 100, "C");
    assert_true(stack_until(loaded, &lines, 30));
    assert_true(stack_until(lag_over, NULL, 20));
    assert_true(stack_until(was_told, (void *)(uintptr_t) "bihuan.alert.resolved", 20));
    CHECK_INT(delivered("bihuan.alert.resolved"), 1);
}

static void test_memory_and_tables_agree(void **state)
{
    Bihuan__VerifyProgressReply *progress;

    (void)state;
    for (int round = 0; round < 2; round++) {
        progress = (Bihuan__VerifyProgressReply *)stack_apply(&stack, MSG(VERIFY_PROGRESS), "{}");
        CHECK_INT(progress->n_differences, 0);
        CHECK_INT(pg_number(&stack.pg, "SELECT sum(u.v) FROM monitoring.progress p, unnest(p.measures, p.sums) u(m, v)"
                                       " WHERE u.m = 1"),
                  19 * 14 + 2 + 3 * 140);
        if (round == 0)
            stack_kill(&stack, "monitoring", "a", SIGKILL);
        if (round == 0)
            stack_start(&stack, "monitoring", "a");
        stack_wait_ready(&stack, "monitoring");
    }
}

static int setup(void **state)
{
    static const char *const services[] = { "planning", "feedback", "monitoring", "incentive" };

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-23T10:00:00+08:00@%ld", (long)(clock_real_us() / 1000000));
    start_receiver();
    for (int i = 0; i < 4; i++)
        stack_start(&stack, services[i], "a");
    for (int i = 0; i < 4; i++)
        stack_wait_ready(&stack, services[i]);
    apply_all();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kill(receiver, SIGTERM);
    waitpid(receiver, NULL, 0);
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lag_is_announced_once),           cmocka_unit_test(test_progress_is_the_same_number),
        cmocka_unit_test(test_a_score_explains_itself),           cmocka_unit_test(test_a_threshold_fires_at_once),
        cmocka_unit_test(test_it_says_what_the_sum_is_now),       cmocka_unit_test(test_an_action_answers_it),
        cmocka_unit_test(test_it_is_over_when_the_gap_is_closed), cmocka_unit_test(test_memory_and_tables_agree),
    };

    return cmocka_run_group_tests_name("loop", tests, setup, teardown);
}
