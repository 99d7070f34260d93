/* Killed at any moment: the same files are loaded twice, once in peace and once while daemons and PostgreSQL are killed
 * with SIGKILL at random moments. Progress, scores, alerts and the effects of the streams must be the same, no stream
 * may have a gap, no notice may be lost (one that comes twice carries the same id), and what the ledger of the told
 * says last of an alert is what its receiver heard last. Many of the kills have to meet work.
 *
 * BIHUAN_KILLS sets the number of kills (20), BIHUAN_SEED repeats a run. */
#include "support/check.h"
#include "support/effects.h"
#include "support/seed.h"
#include "support/stack.h"
#include "support/web.h"

#include "base/buf.h"
#include "runtime/clock.h"
#include "text/dates.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OUTLETS 12
#define A_DAY   40 /* lines of an outlet that is on plan */

/* Monitoring begins a period with a day that is at most four days old: those before the last ones are told. */
#define LAST_DAYS 3

static int days = 24; /* a file each, from 2026-10-01 on; more where there are many kills */

/* The four that have streams, and the gateway. */
static const char *const DAEMONS[] = { "planning", "feedback", "monitoring", "incentive", "gateway" };
enum { DOMAIN_DAEMONS = 4 };

struct outcome {
    char *progress, *facts, *scores, *alerts, *notices, *told, *credits;
    long lines;
};

static struct stack stack;
static pid_t receiver;
static char receiver_log[128];
static uint64_t seed;

static void day_text(char out[DATE_TEXT_MAX], int index)
{
    date_print(out, date_of(2026, 10, 1) + index);
}

static void start_receiver(int port)
{
    const char *bin = getenv("BIHUAN_BIN");
    char program[256];
    char text[16];

    snprintf(program, sizeof program, "%s/bihuan-demo", bin ? bin : "build/debug/bin");
    snprintf(text, sizeof text, "%d", port);
    snprintf(receiver_log, sizeof receiver_log, "%s/receiver.log", stack.dir);
    receiver = fork();
    if (receiver == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, "receiver", "--port", text, "--log", receiver_log, "--secret", SECRET, (char *)NULL);
        _exit(127);
    }
}

/* --- manifests --- */

static void apply_units(void)
{
    struct buf json = { 0 };

    buf_printf(&json, "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"}");
    for (int i = 0; i < OUTLETS; i++)
        buf_printf(&json,
                   ",{\"code\":\"O%d\",\"name\":\"厅%d\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":"
                   "[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]}",
                   i, i);
    buf_printf(&json, "]}");
    stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
    buf_reset(&json);
    buf_printf(&json, "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"%d\"}",
               OUTLETS * 92 * A_DAY);
    for (int i = 0; i < OUTLETS; i++)
        buf_printf(&json,
                   ",{\"period\":\"2026Q4\",\"unit\":\"O%d\",\"measure\":\"new\",\"amount\":\"%d\"},"
                   "{\"period\":\"2026Q4\",\"unit\":\"O%d\",\"measure\":\"each\",\"amount\":\"8\"}",
                   i, 92 * A_DAY, i);
    buf_printf(&json, "]}");
    stack_apply(&stack, MSG(APPLY_TARGETS), buf_text(&json));
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}");
    buf_fini(&json);
}

static void apply_all(int port)
{
    char json[400];

    stack_apply(&stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"营业厅\"}]}");
    stack_apply(&stack, MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"5g\",\"name\":\"5G\",\"list_price\":\"100\"}]}");
    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增\",\"title_en\":\"New\",\"value\":\"count\"},"
                "{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"Revenue\",\"value\":\"amount\"},"
                "{\"code\":\"buyers\",\"title_zh\":\"客户\",\"title_en\":\"Buyers\",\"value\":\"distinct\","
                "\"distinct\":{\"key\":\"customer\",\"window\":\"month\",\"within\":\"outlet\"}},"
                "{\"code\":\"each\",\"title_zh\":\"客均\",\"title_en\":\"Each\",\"value\":\"ratio\","
                "\"ratio\":{\"of\":\"new\",\"over\":\"buyers\",\"decimals\":2}}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\","
                "\"until\":\"2027-01-01\",\"calendar\":\"flat\"}]}");
    apply_units();
    stack_apply(
        &stack, MSG(APPLY_FEEDS),
        "{\"items\":[{\"code\":\"orders\",\"title\":\"orders\",\"sender\":\"bss\",\"fact\":\"order_line\","
        "\"files\":\"orders_{yyyyMMdd}.csv\",\"key\":[\"no\"],\"columns\":["
        "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyy-MM-dd\"},{\"field\":\"unit\",\"column\":\"unit\"},"
        "{\"field\":\"product\",\"column\":\"product\"},{\"field\":\"amount\",\"column\":\"amount\"},"
        "{\"field\":\"version\",\"column\":\"version\"},{\"field\":\"operation\",\"column\":\"op\"},"
        "{\"field\":\"customer\",\"column\":\"who\"}]}]}");
    stack_apply(
        &stack, MSG(APPLY_RULES),
        "{\"items\":[{\"code\":\"lag-new\",\"title_zh\":\"滞后\",\"title_en\":\"Lag\",\"kind\":\"lag\",\"measure\":"
        "\"new\","
        "\"unit_types\":[\"outlet\"],\"every_node\":true,\"significance_ppm\":20000,\"severity\":\"warning\"},"
        "{\"code\":\"lag-each\",\"title_zh\":\"客均\",\"title_en\":\"Each\",\"kind\":\"lag\",\"measure\":\"each\","
        "\"every_node\":true,\"severity\":\"warning\"}]}");
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"ops\",\"url\":\"http://127.0.0.1:%d/hook\",\"secret\":\"" SECRET
             "\",\"language\":\"zh\"}]}",
             port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_apply(&stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"outlet\",\"title_zh\":\"厅\",\"title_en\":\"Outlet\",\"unit_type\":\"outlet\","
                "\"lines\":["
                "{\"measure\":\"each\",\"weight_bp\":2000},"
                "{\"measure\":\"new\",\"weight_bp\":8000,\"rate\":\"interpolated\",\"bands\":[{\"from_ppm\":0,"
                "\"points_milli\":0},"
                "{\"from_ppm\":1500000,\"points_milli\":150000}]}]}]}");
}

/* --- files
 * -------------------------------------------------------------------------------------------------------------------
 */

/* A correction names another customer: who counts for the one before is then another line. */
static int who(int index, int n, int version)
{
    return (index * 3 + n * 7 + version * 11) % 97;
}

/* Every fourth sells half of the plan, and in the last days so much that it is ahead and its alert ends. */
static int lines_of(int outlet, int index)
{
    if (outlet % 4 != 3)
        return A_DAY;
    return index < days - LAST_DAYS ? A_DAY / 2 : A_DAY * days / 4;
}

/* Lines of one day. With corrections of lines of the day before (some ahead of their originals), cancellations, and
 * repeated lines. */
static void drop_day(int index)
{
    char date[DATE_TEXT_MAX];
    char dir[200];
    char path[300];
    char hidden[300];
    int year, month, dom;
    int32_t day = date_of(2026, 10, 1) + index;
    FILE *file;

    date_print(date, day);
    date_split(day, &year, &month, &dom);
    snprintf(dir, sizeof dir, "%s/data/inbox/orders", stack.dir);
    mkdir(dir, 0700);
    snprintf(hidden, sizeof hidden, "%s/.part", dir);
    snprintf(path, sizeof path, "%s/orders_%04d%02d%02d.csv", dir, year, month, dom);
    file = fopen(hidden, "w");
    fprintf(file, "no,day,unit,product,amount,version,op,who\n");
    for (int o = 0; o < OUTLETS; o++)
        for (int n = 0; n < lines_of(o, index); n++) {
            fprintf(file, "%d-%d-%d,%s,O%d,5g,%d.50,1,record,c%d\n", index, o, n, date, o, 50 + n, who(index, n, 1));
            if (n % 10 == 3) /* corrected in the same file */
                fprintf(file, "%d-%d-%d,%s,O%d,5g,%d.75,2,record,c%d\n", index, o, n, date, o, 60 + n,
                        who(index, n, 2));
            if (n % 10 == 5) /* repeated */
                fprintf(file, "%d-%d-%d,%s,O%d,5g,%d.50,1,record,c%d\n", index, o, n, date, o, 50 + n,
                        who(index, n, 1));
            if (n % 20 == 7) /* the next day's line is cancelled before it comes */
                fprintf(file, "%d-%d-%d,%s,O%d,5g,0,1,cancel,\n", index + 1, o, n, date, o);
        }
    fclose(file);
    rename(hidden, path);
}

/* --- settled? --- */

/* Nothing is left to be done of the first `files`: loaded, read by the others, judged, scored and told. */
static bool done_with(int files)
{
    char sql[200], last[DATE_TEXT_MAX];

    day_text(last, files - 1);
    if (pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state IN ('loaded', 'partial')") != files)
        return false;
    if (pg_number(&stack.pg,
                  "SELECT count(*) FROM feedback.bus_head h, unnest(ARRAY['monitoring', 'incentive']) r(who)"
                  " WHERE h.seq > 0 AND h.seq > coalesce((SELECT seq FROM (SELECT 'monitoring' AS who, * FROM"
                  " monitoring.bus_position UNION ALL SELECT 'incentive', * FROM incentive.bus_position) p"
                  " WHERE p.who = r.who AND p.bucket = h.bucket AND p.source = 'feedback'), 0)") != 0)
        return false;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.judged WHERE day = '%s'", last);
    if (pg_number(&stack.pg, sql) != 1)
        return false;
    if (pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting'") != 0)
        return false;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM incentive.score WHERE as_of = '%s'", last);
    return pg_number(&stack.pg, sql) == OUTLETS;
}

static bool begun(void *arg)
{
    (void)arg;
    return done_with(days - LAST_DAYS);
}

static bool settled(void *arg)
{
    (void)arg;
    return done_with(days);
}

static char *digest(const char *select)
{
    char sql[1200];

    snprintf(sql, sizeof sql, "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM (%s) t",
             select);
    return pg_value(&stack.pg, sql);
}

static void take_outcome(struct outcome *out)
{
    out->progress = digest("SELECT unit_id, day, u.m, sum(u.v) FROM monitoring.progress, unnest(measures, sums) u(m, v)"
                           " GROUP BY 1, 2, 3 HAVING sum(u.v) <> 0");
    out->facts = digest(
        "SELECT record_key, operation, version, day, unit_id, amount, contributions FROM feedback.order_line");
    out->scores = digest("SELECT unit_id, score_milli, rank, as_of FROM incentive.score");
    out->alerts = digest("SELECT id, state, unit_id FROM monitoring.alert");
    out->notices = digest("SELECT receiver, alert_id, event, state FROM monitoring.delivery");
    out->told = digest("SELECT alert_id, receiver, event, open, reached FROM monitoring.told");
    out->credits = digest("SELECT unit_id, day, record_key, version, taken_back, contributions FROM incentive.credit");
    out->lines = pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line");
}

static void check_streams(void)
{
    for (int i = 0; i < DOMAIN_DAEMONS; i++) {
        char sql[400];

        snprintf(
            sql, sizeof sql,
            "SELECT count(*) FROM %s.bus_head h LEFT JOIN (SELECT bucket, count(*) AS n, min(seq) AS first, max(seq)"
            " AS last FROM %s.bus_stream GROUP BY bucket) s USING (bucket) WHERE h.seq <> coalesce(s.n, 0)"
            " OR h.seq <> coalesce(s.last, 0)",
            DAEMONS[i], DAEMONS[i]);
        CHECK_INT(pg_number(&stack.pg, sql), 0);
    }
}

/* What the receiver's own log says of the message's alert becomes what it knows of it. Every message in the log is one
 * that the tables have as sent, about that alert, with that event; again with the same bytes. */
static void hear(json_t *ids, json_t *last, const json_t *entry)
{
    json_t *body = json_object_get(entry, "body");
    const char *id = json_string_value(json_object_get(entry, "id"));
    const char *alert = json_string_value(json_object_get(body, "subject"));
    const char *type = json_string_value(json_object_get(body, "type"));
    const json_t *before = json_object_get(ids, id);
    char sql[300];

    assert_true(json_is_true(json_object_get(entry, "verified")));
    assert_int_equal(strncmp(type, "bihuan.alert.", 13), 0);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM monitoring.delivery WHERE id = '%s' AND state = 'sent' AND alert_id = '%s' AND event"
             " = '%s'",
             id, alert, type + 13);
    if (pg_number(&stack.pg, sql) != 1)
        fail_msg("the receiver got %s, %s of %s, which the tables don't have as sent", id, type, alert);
    if (before && !json_equal(before, body))
        fail_msg("the receiver got %s twice with different words", id);
    json_object_set(ids, id, body);
    json_object_set_new(last, alert, json_string(type + 13));
}

/* The receiver's log as its alerts stand by it: {alert: event}, the caller's. Every message that the tables have as
 * sent is there. */
static json_t *heard(void)
{
    FILE *file = fopen(receiver_log, "r");
    json_t *ids = json_object(), *last = json_object();
    static char line[65536];

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        json_t *entry = json_loads(line, 0, NULL);

        assert_non_null(entry);
        hear(ids, last, entry);
        json_decref(entry);
    }
    fclose(file);
    CHECK_INT(json_object_size(ids),
              pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE state = 'sent'"));
    json_decref(ids);
    return last;
}

/* What the receiver heard last of each alert is what the ledger says that it was told and took last, and how the alert
 * stands: nobody is left who knows as open what is over, or has never heard of what fires. */
static void check_heard(void)
{
    json_t *last = heard(), *rows, *row;
    char *text = pg_value(&stack.pg, "SELECT json_agg(json_build_object('alert', a.id, 'state', a.state, 'told',"
                                     " coalesce(t.event, ''), 'reached', coalesce(t.reached, ''), 'open',"
                                     " coalesce(t.open, false))) FROM monitoring.alert a LEFT JOIN monitoring.told t"
                                     " ON t.alert_id = a.id WHERE t.receiver IS NOT NULL OR a.state IN ('firing',"
                                     " 'taken', 'acting')");
    size_t i, over = 0;

    rows = json_loads(text, 0, NULL);
    free(text);
    json_array_foreach(rows, i, row)
    {
        const char *alert, *state, *told, *reached, *event;
        int open, ends;

        assert_int_equal(json_unpack(row, "{s:s, s:s, s:s, s:s, s:b}", "alert", &alert, "state", &state, "told", &told,
                                     "reached", &reached, "open", &open),
                         0);
        event = json_string_value(json_object_get(last, alert));
        ends = event && (strcmp(event, "resolved") == 0 || strcmp(event, "expired") == 0);
        if (!event || strcmp(event, told) != 0 || strcmp(event, reached) != 0 || open == ends ||
            ends != (strcmp(state, "resolved") == 0 || strcmp(state, "expired") == 0))
            fail_msg("%s is %s; told %s, reached %s, %s; the receiver heard %s last", alert, state, told, reached,
                     open ? "open" : "over", event ? event : "nothing");
        over += (size_t)ends;
    }
    CHECK_INT(json_array_size(rows), json_object_size(last));
    assert_true(over > 0);
    json_decref(rows);
    json_decref(last);
}

/* --- the two runs --- */

/* How far the work is: what was written to streams and read from them, files, messages sent. */
static long work_done(void)
{
    char sql[800] = "SELECT (SELECT count(*) FROM feedback.feed_file WHERE state IN ('loaded', 'partial'))"
                    " + (SELECT count(*) FROM monitoring.delivery WHERE state = 'sent')";

    for (int i = 0; i < DOMAIN_DAEMONS; i++)
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql),
                 " + (SELECT coalesce(sum(seq), 0) FROM %s.bus_head)%s%s%s", DAEMONS[i],
                 i ? " + (SELECT coalesce(sum(seq), 0) FROM " : "", i ? DAEMONS[i] : "", i ? ".bus_position)" : "");
    return pg_number(&stack.pg, sql);
}

struct going {
    long done; /* as it was at the kill before */
    int files;
};

static bool goes_on(void *arg)
{
    const struct going *going = arg;

    return work_done() > going->done || done_with(going->files);
}

/* Whether it meets work: something is to be done, and some of it was done since the kill before. Half of the kills wait
 * for that; the others (`soon`) follow one another at once, and meet daemons that have just come back. */
static bool kill_one(uint64_t *state, struct going *going, bool soon)
{
    uint64_t who = random_next(state) % 6;
    long by_now;
    bool busy;

    if (!soon)
        (void)stack_until(goes_on, going, 5);
    usleep((useconds_t)(random_next(state) % (soon ? 60000 : 200000)));
    by_now = work_done();
    busy = by_now > going->done && !done_with(going->files);
    going->done = by_now;
    if (who == 5) {
        pg_kill(&stack.pg);
        pg_run_again(&stack.pg);
    } else {
        stack_kill(&stack, DAEMONS[who], "a", SIGKILL);
        stack_start(&stack, DAEMONS[who], "a");
    }
    return busy;
}

static long log_size(const char *service)
{
    char path[200];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s-a.log", stack.dir, service);
    return stat(path, &info) == 0 ? (long)info.st_size : 0;
}

/* Each daemon has a standby; the active ones are frozen in the middle of their work for longer than a lease lasts, the
 * standbys go on, and the woken ones must not get one write in. */
static void freeze_and_wake(int *dropped)
{
    long read_before[DOMAIN_DAEMONS];

    drop_day((*dropped)++);
    usleep(300000);
    for (int i = 0; i < DOMAIN_DAEMONS; i++)
        stack_kill(&stack, DAEMONS[i], "a", SIGSTOP);
    while (*dropped < days)
        drop_day((*dropped)++);
    if (!stack_until(settled, NULL, 120))
        fail_msg("the standbys did not finish within 120 s");
    for (int i = 0; i < DOMAIN_DAEMONS; i++) {
        read_before[i] = log_size(DAEMONS[i]);
        stack_kill(&stack, DAEMONS[i], "a", SIGCONT);
    }
    sleep(4);
    for (int i = 0; i < DOMAIN_DAEMONS; i++) {
        char command[200];

        /* only what it said after it woke; one frozen inside a transaction loses that first */
        snprintf(command, sizeof command, "tail -c +%ld %s/%s-a.log | grep -qE 'standing_by|transaction_lost'",
                 read_before[i] + 1, stack.dir, DAEMONS[i]);
        if (system(command) != 0)
            fail_msg("%s-a woke without noticing that its buckets are gone", DAEMONS[i]);
    }
}

/* The command that an operator would run: running results against the facts, recomputed. */
static void verify(const struct web *web)
{
    const char *bin = getenv("BIHUAN_BIN");
    char command[400];

    snprintf(command, sizeof command, "BIHUAN_TOKEN=%s %s/bihuan --url http://127.0.0.1:%d verify > %s/verify.log 2>&1",
             web->token, bin ? bin : "build/debug/bin", web->port, stack.dir);
    if (system(command) != 0) {
        snprintf(command, sizeof command, "cat %s/verify.log >&2", stack.dir);
        (void)!system(command);
        fail_msg("bihuan verify found a difference");
    }
}

/* Files up to that many, and kills while they are loaded; how many of these met work. */
static int load_under_fire(int kills, int files, int *dropped, uint64_t *state)
{
    int first = *dropped, busy = 0;
    struct going going = { .done = work_done() };

    for (int i = 0; i < kills; i++) {
        while (*dropped < files && *dropped - first <= i * (files - first) / kills)
            drop_day((*dropped)++);
        going.files = *dropped;
        busy += kill_one(state, &going, i % 2);
    }
    while (*dropped < files)
        drop_day((*dropped)++);
    return busy;
}

static void run_once(int kills, bool freeze, struct outcome *out)
{
    int port = web_free_port();
    uint64_t state = seed;
    int dropped = 0, busy = 0;
    char today[DATE_TEXT_MAX];
    struct web web;

    stack_new(&stack);
    day_text(today, days);
    snprintf(stack.clock, sizeof stack.clock, "%sT10:00:00+08:00@%ld", today, (long)(clock_real_us() / 1000000));
    start_receiver(port);
    for (int i = 0; i < DOMAIN_DAEMONS; i++)
        stack_start(&stack, DAEMONS[i], "a");
    for (int i = 0; i < DOMAIN_DAEMONS; i++)
        stack_wait_ready(&stack, DAEMONS[i]);
    for (int i = 0; freeze && i < DOMAIN_DAEMONS; i++)
        stack_start(&stack, DAEMONS[i], "b");
    web_start(&web, &stack);
    apply_all(port);
    busy = load_under_fire(kills / 2, days - LAST_DAYS, &dropped, &state);
    if (!stack_until(begun, NULL, 120))
        fail_msg("the first files were not judged and told within 120 s");
    if (freeze)
        freeze_and_wake(&dropped);
    busy += load_under_fire(kills - kills / 2, days, &dropped, &state);
    if (kills)
        printf("%d of %d kills met work\n", busy, kills);
    assert_true(busy >= kills / 3);
    if (!stack_until(settled, NULL, 120))
        fail_msg("it did not settle within 120 s after the last kill");
    take_outcome(out);
    check_streams();
    check_heard();
    effects_check_alerts(&stack.pg);
    effects_check_scores(&stack.pg);
    verify(&web);
    kill(receiver, SIGTERM);
    waitpid(receiver, NULL, 0);
    stack_free(&stack);
}

static struct outcome peace;

static void free_outcome(struct outcome *out)
{
    free(out->progress);
    free(out->facts);
    free(out->scores);
    free(out->alerts);
    free(out->notices);
    free(out->told);
    free(out->credits);
}

static int in_peace(void **state)
{
    (void)state;
    run_once(0, false, &peace);
    return 0;
}

static int forget_peace(void **state)
{
    (void)state;
    free_outcome(&peace);
    return 0;
}

static void check_equal(const struct outcome *war)
{
    CHECK_INT(war->lines, peace.lines);
    assert_string_equal(war->facts, peace.facts);
    assert_string_equal(war->progress, peace.progress);
    assert_string_equal(war->credits, peace.credits);
    assert_string_equal(war->scores, peace.scores);
    assert_string_equal(war->alerts, peace.alerts);
    assert_string_equal(war->notices, peace.notices);
    assert_string_equal(war->told, peace.told);
}

static void test_a_frozen_instance_writes_nothing(void **state)
{
    struct outcome war;

    (void)state;
    run_once(0, true, &war);
    check_equal(&war);
    free_outcome(&war);
}

static int kills_wanted(void)
{
    const char *text = getenv("BIHUAN_KILLS");

    return text ? atoi(text) : 20;
}

static void test_kills_change_nothing(void **state)
{
    int kills = kills_wanted();
    struct outcome war;

    (void)state;
    run_once(kills, false, &war);
    check_equal(&war);
    printf("%d kills, %ld fact rows: equal\n", kills, war.lines);
    free_outcome(&war);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kills_change_nothing),
                                        cmocka_unit_test(test_a_frozen_instance_writes_nothing) };

    seed = test_seed();
    if (kills_wanted() > 100)
        days = 84;
    return cmocka_run_group_tests_name("kill", tests, in_peace, forget_peace);
}
