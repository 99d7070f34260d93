/* A real Alertmanager is told of alerts: they appear, come back after it was killed and has forgotten all, and are over
 * when they are over; a member of its cluster that is away holds up nobody; one that is picky gets all but what it
 * refuses. On a route with quiet hours it learns by night what is so, and never waits for a morning or gets a message.
 * A real Prometheus reads the metrics of all five daemons, and promtool finds nothing amiss in them. Skipped, aloud,
 * where Debian's packages prometheus-alertmanager and prometheus aren't installed. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/loop.h"
#include "support/shops.h"
#include "support/web.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOPS 3

static struct stack stack;
static struct web web, alertmanager, prometheus;
static struct fake_receiver fake;
static pid_t alertmanager_pid, prometheus_pid;

/* --- programs ------------------------------------------------------------------------------------------------------
 */

static bool is_installed(const char *program)
{
    char command[96];

    snprintf(command, sizeof command, "command -v %s >/dev/null", program);
    return system(command) == 0; /* NOLINT(bugprone-command-processor): words of our own */
}

static bool listens(void *arg)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good;

    at.sin_port = htons((uint16_t) * (const int *)arg);
    good = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return good;
}

/* Runs a program with its output in a log, and waits until it listens. */
static pid_t run(char *const argv[], const char *log, int port)
{
    pid_t pid = fork();

    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(fd, 1);
        dup2(fd, 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (!stack_until(listens, &port, 20))
        fail_msg("%s doesn't listen on port %d, see %s", argv[0], port, log);
    return pid;
}

static void end(pid_t *pid, int signal)
{
    if (*pid <= 0)
        return;
    kill(*pid, signal);
    waitpid(*pid, NULL, 0);
    *pid = 0;
}

static const char *at_dir(const char *name)
{
    static char paths[8][160];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", stack.dir, name);
    return path;
}

static char *flag(const char *name, const char *value)
{
    static char flags[16][256];
    static int next;
    char *text = flags[next++ % 16];

    snprintf(text, sizeof flags[0], "--%s=%s", name, value);
    return text;
}

static char *address(int port)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ % 4];

    snprintf(text, sizeof texts[0], "127.0.0.1:%d", port);
    return text;
}

/* Grouped as the shipped sample, only quicker. */
static void start_alertmanager(const char *storage)
{
    FILE *file = fopen(at_dir("alertmanager.yml"), "w");
    char *argv[] = { (char *)(uintptr_t) "prometheus-alertmanager",
                     flag("config.file", at_dir("alertmanager.yml")),
                     flag("storage.path", at_dir(storage)),
                     flag("web.listen-address", address(alertmanager.port)),
                     flag("cluster.listen-address", ""),
                     NULL };

    fprintf(file,
            "route: { receiver: hook, group_by: [province, measure], group_wait: 0s, group_interval: 1s }\n"
            "receivers:\n- name: hook\n  webhook_configs:\n  - { url: 'http://127.0.0.1:%d/amhook', send_resolved: true"
            " }\n",
            fake.port);
    fclose(file);
    alertmanager_pid = run(argv, at_dir("alertmanager.log"), alertmanager.port);
}

static void start_prometheus(void)
{
    static const char *const names[] = STACK_SERVICES;
    FILE *file = fopen(at_dir("prometheus.yml"), "w");
    char *argv[] = { (char *)(uintptr_t) "prometheus", flag("config.file", at_dir("prometheus.yml")),
                     flag("storage.tsdb.path", at_dir("tsdb")), flag("web.listen-address", address(prometheus.port)),
                     NULL };

    fprintf(file, "global: { scrape_interval: 1s }\nscrape_configs:\n- job_name: bihuan\n  static_configs:\n");
    for (int i = 0; i < 5; i++)
        fprintf(file, "  - { targets: ['127.0.0.1:%d'], labels: { daemon: %s } }\n", stack.metrics_ports[i], names[i]);
    fclose(file);
    prometheus_pid = run(argv, at_dir("prometheus.log"), prometheus.port);
}

/* --- the scene -----------------------------------------------------------------------------------------------------
 */

static int setup(void **state)
{
    (void)state;
    if (!is_installed("prometheus-alertmanager") || !is_installed("prometheus") || !is_installed("promtool")) {
        print_message("skipped: prometheus-alertmanager and prometheus are not installed\n");
        exit(77);
    }
    stack_new(&stack);
    fake_receiver_start(&fake);
    alertmanager.port = web_free_port();
    prometheus.port = web_free_port();
    for (int i = 0; i < 5; i++)
        stack.metrics_ports[i] = web_free_port();
    snprintf(stack.clock, sizeof stack.clock, "2026-10-06T10:00:00+08:00@%ld", (long)time(NULL));
    stack.monitoring[0] = "--alertmanager-every-s=1";
    stack.monitoring[1] = "--public-url=https://bihuan.example/";
    stack.monitoring[2] = "--heartbeat-receiver=robot"; /* at 08:30; it is ten */
    start_alertmanager("am1");
    loop_start(&stack);
    web_start(&web, &stack);
    start_prometheus();
    shops_apply(&stack, SHOPS);
    loop_apply(&stack, MSG(APPLY_RECEIVERS),
               "{'items':[{'code':'am','kind':'alertmanager','url':'http://127.0.0.1:%d','peers':["
               "'http://127.0.0.1:%d'],'language':'zh'},"
               "{'code':'picky','kind':'alertmanager','url':'http://127.0.0.1:%d/picky','language':'en'},"
               "{'code':'robot','kind':'feishu','url':'http://127.0.0.1:%d/feishu/hook/k','min_severity':'critical'}]}",
               alertmanager.port, web_free_port(), fake.port, fake.port);
    fake_receiver_set(&fake, "/picky/api/v2/alerts", FAKE_PICKY, -1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end(&prometheus_pid, SIGTERM);
    end(&alertmanager_pid, SIGTERM);
    fake_receiver_stop(&fake);
    stack_free(&stack);
    return 0;
}

/* Alerts that Alertmanager holds as active, without a test, which lasts a minute there. */
static size_t active(void)
{
    struct web_reply reply = web_ask(
        &alertmanager, "GET", "/api/v2/alerts?active=true&filter=alertname%3D%22SalesThreshold%22", NULL, NULL, NULL);
    size_t count = json_array_size(reply.json);

    web_reply_free(&reply);
    return count;
}

static bool all_active(void *arg)
{
    (void)arg;
    return active() == SHOPS;
}

static bool none_active(void *arg)
{
    (void)arg;
    return active() == 0;
}

/* --- the tests -----------------------------------------------------------------------------------------------------
 */

static void test_alerts_appear(void **state)
{
    struct web_reply reply;

    (void)state;
    shops_sell(&stack, "orders_20261005.csv", SHOPS, 1, 33);
    assert_true(stack_until(all_active, NULL, 10));
    reply = web_ask(&alertmanager, "GET", "/api/v2/alerts?filter=unit%3D%22O2%22", NULL, NULL, NULL);
    CHECK_INT(json_array_size(reply.json), 1);
    assert_string_equal(web_text(&reply, "0.labels.alertname"), "SalesThreshold");
    assert_string_equal(web_text(&reply, "0.labels.org_level"), "outlet");
    assert_string_equal(web_text(&reply, "0.labels.province"), "P");
    assert_string_equal(web_text(&reply, "0.labels.measure"), "off");
    assert_string_equal(web_text(&reply, "0.labels.severity"), ""); /* it changes: no part of the identity */
    assert_string_equal(web_text(&reply, "0.annotations.severity"), "major");
    assert_string_equal(web_text(&reply, "0.annotations.summary"), "【预警】2厅 异价达到限值");
    assert_true(strncmp(web_text(&reply, "0.generatorURL"), "https://bihuan.example/alerts/", 30) == 0);
    web_reply_free(&reply);
}

/* The page of monitoring says so; the file of the 5th brought the feed to the end of that day in Shanghai. */
static bool page_says(void *arg)
{
    struct web page = { .port = stack.metrics_ports[2] };
    struct web_reply reply = web_ask(&page, "GET", "/metrics", NULL, NULL, NULL);
    char want[160];
    bool says;

    snprintf(want, sizeof want, "bihuan_monitoring_alerts{level=\"outlet\",state=\"firing\",severity=\"major\"} %d\n",
             *(int *)arg);
    says = strstr(reply.text, want) &&
           strstr(reply.text, "bihuan_monitoring_feed_watermark_timestamp_seconds{feed=\"orders\"} 1791216000\n");
    web_reply_free(&reply);
    return says;
}

static void a1_19_pages_count_alerts_and_show_watermarks(void **state)
{
    int shops = SHOPS;

    (void)state;
    assert_true(stack_until(page_says, &shops, 10));
}

static void test_they_come_back_after_it_forgot(void **state)
{
    (void)state;
    end(&alertmanager_pid, SIGKILL);
    start_alertmanager("am2"); /* an empty storage */
    assert_true(stack_until(all_active, NULL, 10));
}

/* One is refused, though alone; the others are taken, again and again. */
static bool picky_is_settled(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg,
                     "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'picky' AND state = 'sent'") ==
               SHOPS - 1 &&
           pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'picky' AND state = 'dead'"
                                " AND last_error LIKE 'HTTP status 400%'") == 1;
}

static void test_one_bad_alert_spoils_no_other(void **state)
{
    (void)state;
    assert_true(stack_until(picky_is_settled, NULL, 10));
    assert_true(fake_receiver_took(&fake, "/picky/api/v2/alerts") >= SHOPS - 1);
}

static bool hook_heard_of_the_end(void *arg)
{
    bool heard = false;
    size_t i;
    json_t *one;

    (void)arg;
    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "path")), "/amhook") == 0 &&
            strstr(json_string_value(json_object_get(one, "body")), "\"status\":\"resolved\",\"alerts\""))
            heard = true;
    }
    pthread_mutex_unlock(&fake.lock);
    return heard;
}

static bool ledger_agrees(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM monitoring.told WHERE receiver = 'am' AND NOT open AND reached ="
                                " 'resolved'") == SHOPS;
}

static void test_they_are_over(void **state)
{
    (void)state;
    shops_sell(&stack, "orders_20261006.csv", SHOPS, 2, 100);
    assert_true(stack_until(none_active, NULL, 10));
    assert_true(stack_until(hook_heard_of_the_end, NULL, 10)); /* it said so, it didn't lapse */
    assert_true(stack_until(ledger_agrees, NULL, 10));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting'"), 0);
}

static void test_a_test_says_what_came_of_it(void **state)
{
    struct web_reply reply = web_do(&web, "POST", "/api/v1/receivers/am/test", "{}");
    char path[96];
    bool sent = false;

    (void)state;
    snprintf(path, sizeof path, "/api/v1/deliveries/%s", web_text(&reply, "delivery.id"));
    web_reply_free(&reply);
    for (int i = 0; i < 100 && !sent; i++) {
        reply = web_do(&web, "GET", path, NULL);
        sent = strcmp(web_text(&reply, "delivery.state"), "sent") == 0;
        web_reply_free(&reply);
        usleep(50000);
    }
    assert_true(sent);
}

static bool robot_heard(void *arg)
{
    (void)arg;
    return fake_receiver_took(&fake, "/feishu/hook/k") >= 1;
}

/* Once a day, and not again because monitoring was killed. */
static void a1_19_each_morning_it_says_that_it_is_there(void **state)
{
    size_t i;
    json_t *one;

    (void)state;
    assert_true(stack_until(robot_heard, NULL, 15));
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'robot'"), 1);
    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "path")), "/feishu/hook/k") == 0)
            assert_non_null(strstr(json_string_value(json_object_get(one, "body")), "2026-10-06 监测服务正常"));
    }
    pthread_mutex_unlock(&fake.lock);
}

/* --- metrics -------------------------------------------------------------------------------------------------------
 */

static void a1_19_promtool_finds_nothing_amiss(void **state)
{
    static const char *const names[] = STACK_SERVICES;

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct web page = { .port = stack.metrics_ports[i] };
        struct web_reply reply = web_ask(&page, "GET", "/metrics", NULL, NULL, NULL);
        FILE *tool = popen("promtool check metrics", "w");

        CHECK_INT(reply.status, 200);
        assert_true(strlen(reply.text) > 200);
        fwrite(reply.text, 1, strlen(reply.text), tool);
        if (pclose(tool) != 0)
            fail_msg("promtool doesn't like the page of %s", names[i]);
        web_reply_free(&reply);
    }
}

/* The value of an instant query with one result; "" where there is none yet. */
static void query(const char *text, char out[32])
{
    char path[256];
    struct web_reply reply;

    snprintf(path, sizeof path, "/api/v1/query?query=%s", text);
    reply = web_ask(&prometheus, "GET", path, NULL, NULL, NULL);
    snprintf(out, 32, "%s", web_text(&reply, "data.result.0.value.1"));
    web_reply_free(&reply);
}

static bool five_are_up(void *arg)
{
    char value[32];

    (void)arg;
    query("sum(up)", value);
    return strcmp(value, "5") == 0;
}

static bool notices_are_counted(void *arg)
{
    char value[32];

    (void)arg;
    query("bihuan_monitoring_notices_total%7Bchannel%3D%22alertmanager%22,result%3D%22sent%22%7D", value);
    if (strtol(value, NULL, 10) < 3)
        return false;
    query("bihuan_monitoring_outbox_depth", value);
    return strcmp(value, "0") == 0;
}

static void a1_19_prometheus_reads_them(void **state)
{
    (void)state;
    assert_true(stack_until(five_are_up, NULL, 15));
    assert_true(stack_until(notices_are_counted, NULL, 15));
}

/* --- nights --------------------------------------------------------------------------------------------------------
 */

/* Feedback and monitoring are killed and find themselves at another time. */
static void go_to(const char *moment)
{
    static const char *const services[] = { "feedback", "monitoring", NULL };

    loop_go_to(&stack, services, moment);
}

static void wait_count(const char *sql, long want)
{
    loop_wait_number(&stack, sql, want);
}

/* Three more outlets, 4 to 6, each with an order of 6 October at a price; a higher version takes the place of the one
 * before. */
static void sell(const char *file, int version, int price)
{
    struct buf text = { 0 };

    buf_append_text(&text, "no,v,day,unit,product,amount\n");
    for (int i = SHOPS + 1; i <= 2 * SHOPS; i++)
        buf_printf(&text, "n%d,%d,2026-10-06,O%d,5g,%d.00\n", i, version, i, price);
    loop_drop(&stack, "orders", file, text.data, text.len);
    loop_wait_file(&stack, "orders", file, 30);
    buf_fini(&text);
}

static void open_outlets(void)
{
    for (int i = SHOPS + 1; i <= 2 * SHOPS; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'O%d','name':'%d厅','type':'outlet','channel':'hall','relations':[{'parent':'P',"
                   "'from':'2026-01-01'}]}]}",
                   i, i);
    loop_catch_up(&stack);
}

/* Nothing waits, and no row for an Alertmanager speaks of no alert but a test that somebody asked for. */
static void nothing_hangs(void)
{
    wait_count("SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting'", 0);
    wait_count("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'am' AND alert_id = '' AND event <> 'test'",
               0);
    wait_count("SELECT count(*) FROM monitoring.held WHERE receiver = 'am'", 0);
}

static bool page_says_none_waits(void *arg)
{
    struct web page = { .port = stack.metrics_ports[2] };
    struct web_reply reply = web_ask(&page, "GET", "/metrics", NULL, NULL, NULL);
    bool says = strstr(reply.text, "bihuan_monitoring_outbox_depth 0\n") &&
                strstr(reply.text, "bihuan_monitoring_outbox_oldest_seconds 0\n");

    (void)arg;
    web_reply_free(&reply);
    return says;
}

/* A team that quiet hours spare hears in the morning, in one message. */
static void a1_11_a_night_holds_back_no_state(void **state)
{
    (void)state;
    loop_apply_soon(&stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'team','kind':'feishu','url':'http://127.0.0.1:%d/feishu/hook/team'}]}",
                    fake.port);
    loop_apply_soon(&stack, MSG(APPLY_ROUTES), "{'items':[{'code':'all','receivers':['am','team']}]}");
    open_outlets();
    go_to("2026-10-07T22:00:00");
    sell("orders_20261007.csv", 1, 33);
    wait_count("SELECT count(*) FROM monitoring.alert WHERE state = 'firing'", SHOPS);
    wait_count("SELECT count(*) FROM monitoring.held WHERE receiver = 'team'", SHOPS);
    assert_true(stack_until(all_active, NULL, 10));
    wait_count("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'team'", 0);
    nothing_hangs();
    go_to("2026-10-08T08:05:00");
    wait_count("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'team' AND event = 'digest'"
               " AND state = 'sent'",
               1);
    assert_int_equal(active(), SHOPS);
    nothing_hangs();
}

/* What it was told by night, or by a digest, it is told the end of. */
static void a1_07_the_end_of_what_it_was_told_by_night(void **state)
{
    (void)state;
    go_to("2026-10-08T22:00:00");
    sell("orders_20261008.csv", 2, 100);
    wait_count("SELECT count(*) FROM monitoring.told WHERE receiver = 'am' AND NOT open AND reached = 'resolved'",
               2 * SHOPS);
    assert_true(stack_until(none_active, NULL, 10));
    wait_count("SELECT count(*) FROM monitoring.told WHERE receiver = 'team' AND open", SHOPS); /* until the morning */
    nothing_hangs();
}

/* Neither that nothing is open nor that monitoring is there is a state. */
static void a1_12_a_digest_is_no_state(void **state)
{
    (void)state;
    loop_apply_soon(&stack, MSG(APPLY_ROUTES), "{'items':[{'code':'all','receivers':['am','team'],'digest':true}]}");
    wait_count("SELECT count(*) FROM monitoring.digest", 1); /* the first one comes with the next morning */
    stack.monitoring[2] = "--heartbeat-receiver=am";
    go_to("2026-10-09T08:31:00");
    wait_count("SELECT count(*) FROM monitoring.delivery WHERE receiver = 'team' AND event = 'heartbeat'"
               " AND state = 'sent'",
               1);
    nothing_hangs();
    assert_true(stack_until(page_says_none_waits, NULL, 15));
}

/* What fired before it was on the route it learns when the digest is due, alert by alert. */
static void a1_12_a_digest_brings_what_it_missed(void **state)
{
    (void)state;
    loop_apply_soon(&stack, MSG(APPLY_ROUTES), "{'items':[{'code':'all','receivers':['team'],'digest':true}]}");
    sell("orders_20261009.csv", 3, 33);
    wait_count("SELECT count(*) FROM monitoring.alert WHERE state = 'firing'", SHOPS);
    loop_apply_soon(&stack, MSG(APPLY_ROUTES), "{'items':[{'code':'all','receivers':['am','team'],'digest':true}]}");
    go_to("2026-10-12T08:31:00");
    assert_true(stack_until(all_active, NULL, 10));
    nothing_hangs();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alerts_appear),
        cmocka_unit_test(a1_19_pages_count_alerts_and_show_watermarks),
        cmocka_unit_test(test_they_come_back_after_it_forgot),
        cmocka_unit_test(test_one_bad_alert_spoils_no_other),
        cmocka_unit_test(test_they_are_over),
        cmocka_unit_test(test_a_test_says_what_came_of_it),
        cmocka_unit_test(a1_19_each_morning_it_says_that_it_is_there),
        cmocka_unit_test(a1_19_promtool_finds_nothing_amiss),
        cmocka_unit_test(a1_19_prometheus_reads_them),
        cmocka_unit_test(a1_11_a_night_holds_back_no_state),
        cmocka_unit_test(a1_07_the_end_of_what_it_was_told_by_night),
        cmocka_unit_test(a1_12_a_digest_is_no_state),
        cmocka_unit_test(a1_12_a_digest_brings_what_it_missed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
