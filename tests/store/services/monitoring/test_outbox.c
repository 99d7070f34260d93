/* The outbox's tables: what is forgotten and what the ledger keeps, and that messages go in the order of the queue. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/stack.h"

#include "bus/wire.h"

#include "bihuan/monitoring.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack stack;
static struct fake_receiver fake;

#define RUN(...)                                                                                                       \
    do {                                                                                                               \
        char sql_[700];                                                                                                \
                                                                                                                       \
        snprintf(sql_, sizeof sql_, __VA_ARGS__);                                                                      \
        free(pg_value(&stack.pg, sql_));                                                                               \
    } while (0)

/* A row of the outbox, so many days old; `told`: "open" or "closed" in the ledger, NULL nothing there. */
struct row {
    const char *id, *state;
    int days;
    const char *merged_into, *told;
    bool stays;
};

static void put(const struct row *row)
{
    RUN("INSERT INTO monitoring.delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
        " last_error, created_at, queued_at, notice, body, merged_into) VALUES ('%s', 'nobody', 'webhook', 'of-%s', "
        "'fired',"
        " '', '%s', 1, now() + interval '1 year', '', now(), now() - interval '%d days', false, 'x', '%s')",
        row->id, row->id, row->state, row->days, row->merged_into);
    if (row->told)
        RUN("INSERT INTO monitoring.told (alert_id, receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread,"
            " reached, queued_at) VALUES ('of-%s', 'nobody', 'fired', %s, 1, 0, 0, now(), '', 'fired', now())",
            row->id, strcmp(row->told, "open") == 0 ? "true" : "false");
}

static bool is_there(const char *id)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.delivery WHERE id = '%s'", id);
    return pg_number(&stack.pg, sql) > 0;
}

static bool is_gone(void *arg)
{
    return !is_there(arg);
}

static void restart(void)
{
    stack_kill(&stack, "monitoring", "a", SIGTERM);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
}

static void old_ones_are_forgotten(void **state)
{
    static const struct row rows[] = {
        { "old", "sent", 401, "", NULL, false },
        { "given-up", "dead", 401, "", NULL, false },
        { "over", "sent", 401, "", "closed", false },
        { "lapsed", "lapsed", 401, "", NULL, false },
        { "young", "sent", 399, "", NULL, true },
        { "waits", "waiting", 401, "", NULL, true },
        { "still-open", "sent", 401, "", "open", true },
        /* one message told of two alerts: it stays as long as either is open */
        { "carrier", "sent", 401, "", NULL, true },
        { "carried", "merged", 401, "carrier", "open", true },
        { "light-carrier", "sent", 401, "", NULL, false },
        { "light", "merged", 401, "light-carrier", "closed", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        put(&rows[i]);
    restart();
    assert_true(stack_until(is_gone, (void *)(uintptr_t) "old", 30));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is_there(rows[i].id) != rows[i].stays)
            fail_msg("%s %s", rows[i].id, rows[i].stays ? "is gone" : "is still there");
}

/* --- the queue --- */

static bool both_came(void *arg)
{
    (void)arg;
    return fake_receiver_took(&fake, "/webhook") >= 2;
}

/* The end was written last, though its id comes first; each is what the receiver was told last, once it has it. */
static void the_queue_is_in_order_of_writing(void **state)
{
    static const char *const events[] = { "fired", "resolved" };
    const char *first, *second;
    char json[300];

    (void)state;
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"ops\",\"url\":\"http://127.0.0.1:%d/webhook\",\"secret\":"
             "\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
             fake.port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    for (int i = 0; i < 2; i++)
        RUN("INSERT INTO monitoring.delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
            " last_error, created_at, queued_at, notice, body) VALUES ('%s', 'ops', 'webhook', 'a1', '%s', '', "
            "'waiting', 0,"
            " now(), '', now(), now() + interval '%d ms', false, '{}')",
            i ? "a-later" : "b-sooner", events[i], i);
    RUN("INSERT INTO monitoring.told (alert_id, receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread,"
        " reached, queued_at) VALUES ('a1', 'ops', 'resolved', false, 1, 0, 0, now(), '', '', now())");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    assert_true(stack_until(both_came, NULL, 20));
    pthread_mutex_lock(&fake.lock);
    first = json_string_value(json_object_get(json_array_get(fake.got, 0), "id"));
    second = json_string_value(json_object_get(json_array_get(fake.got, 1), "id"));
    pthread_mutex_unlock(&fake.lock);
    assert_string_equal(first, "b-sooner");
    assert_string_equal(second, "a-later");
    assert_true(stack_until(is_gone, (void *)(uintptr_t) "a-later' AND state = 'waiting", 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.told WHERE alert_id = 'a1' AND reached = 'resolved'"
                                   " AND reached_at IS NOT NULL"),
              1);
}

/* --- what is given up --- */

/* A message of the outbox, and of an alert the ledger with its thread. */
static void put_message(const char *id, const char *alert, const char *event, const char *state,
                        const char *merged_into, const char *thread)
{
    RUN("INSERT INTO monitoring.delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
        " last_error, created_at, queued_at, notice, body, merged_into, thread) VALUES ('%s', 'denies', 'webhook', "
        "'%s',"
        " '%s', '', '%s', 0, now(), '', now(), clock_timestamp(), false, '{}', '%s', '%s')",
        id, alert, event, state, merged_into, thread);
}

static void put_told(const char *alert, const char *event, const char *thread)
{
    RUN("INSERT INTO monitoring.told (alert_id, receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread,"
        " reached, queued_at) VALUES ('%s', 'denies', '%s', true, 1, 0, 0, now(), '%s', '', now())",
        alert, event, thread);
}

static bool denied(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'denies' AND state ="
                                " 'waiting'") == 0;
}

static char *open_ones(void)
{
    return pg_value(&stack.pg, "SELECT coalesce(string_agg(alert_id, ' ' ORDER BY alert_id), '') FROM monitoring.told"
                               " WHERE receiver = 'denies' AND open");
}

static void check_open(const char *want)
{
    char *open = open_ones();

    assert_string_equal(open, want);
    free(open);
}

/* Who heard of an alert by a digest, by a message merged with others, or because it came up to them knows of it, though
 * what followed was refused; who was to hear of it by what was refused doesn't, until that is sent again. */
static void the_ledger_knows_who_heard(void **state)
{
    char json[200];

    (void)state;
    fake_receiver_set(&fake, "/denies", FAKE_DENIES, -1);
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"denies\",\"url\":\"http://127.0.0.1:%d/denies\","
             "\"secret\":\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
             fake.port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    put_message("digest-went", "", "digest", "sent", "", "digest-went");
    put_told("by-digest", "worsened", "digest-went");
    put_message("digest-went-2", "by-digest", "worsened", "waiting", "", "digest-went");
    put_message("merged-went", "", "digest", "sent", "", "merged-went");
    put_message("merged-1", "by-merged", "fired", "merged", "merged-went", "merged-1");
    put_told("by-merged", "worsened", "merged-1");
    put_message("merged-2", "by-merged", "worsened", "waiting", "", "merged-1");
    put_message("up-1", "by-ladder", "escalated", "sent", "", "up-1");
    put_told("by-ladder", "worsened", "up-1");
    put_message("up-2", "by-ladder", "worsened", "waiting", "", "up-1");
    put_message("digest-new", "", "digest", "waiting", "", "digest-new");
    put_told("of-digest", "fired", "digest-new");
    put_message("merged-new", "", "digest", "waiting", "", "merged-new");
    put_message("merged-3", "of-merged", "fired", "merged", "merged-new", "merged-3");
    put_told("of-merged", "fired", "merged-3");
    put_message("once-1", "once", "fired", "sent", "", "once-1"); /* of a time before */
    put_message("once-2", "once", "fired", "waiting", "", "once-2");
    put_told("once", "fired", "once-2");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    assert_true(stack_until(denied, NULL, 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'denies' AND state ="
                                   " 'dead'"),
              6);
    check_open("by-digest by-ladder by-merged");
    fake_receiver_set(&fake, "/denies", FAKE_TAKES, -1);
    stack_apply(&stack, MSG(SEND_AGAIN), "{\"receiver\":\"denies\"}");
    check_open("by-digest by-ladder by-merged of-digest of-merged once");
    assert_true(stack_until(denied, NULL, 20));
    CHECK_INT(fake_receiver_took(&fake, "/denies"), 6);
}

/* --- what is merged --- */

/* A message of the chat "group" that waits, as monitoring writes it. */
static void put_notice(const char *id, const char *alert, const char *event, int attempts)
{
    Bihuan__Notice notice = BIHUAN__NOTICE__INIT;
    struct buf body = { 0 };
    char hex[400] = "";

    notice.id = notice.title = (char *)(uintptr_t)id;
    notice.event = (char *)(uintptr_t)event;
    notice.language = (char *)(uintptr_t) "en";
    wire_pack(&notice.base, &body);
    for (size_t i = 0; i < body.len; i++)
        snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", body.data[i]);
    buf_fini(&body);
    RUN("INSERT INTO monitoring.delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
        " last_error, created_at, queued_at, notice, body, thread) VALUES ('%s', 'group', 'wecom', '%s', '%s', '%s',"
        " 'waiting', %d, now() + interval '%d hours', '', now(), clock_timestamp(), true, '\\x%s', '%s')",
        id, alert, event, id, attempts, attempts, hex, id);
}

static bool some_are_merged(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'group' AND state ="
                                " 'merged'") >= 2;
}

/* A chat takes no more just now. What was never tried is merged; but not what goes on from a beginning that is to be
 * tried again in an hour, nor an end behind a digest that may have told its beginning. */
static void no_end_is_merged_before_its_beginning(void **state)
{
    char json[200], *merged;

    (void)state;
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"group\",\"kind\":\"wecom\",\"url\":\"http://127.0.0.1:%d/wecom?key=k\"}]}",
             fake.port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    put_notice("tried", "g1", "fired", 1);
    put_notice("g1-over", "g1", "resolved", 0);
    put_notice("g2-fired", "g2", "fired", 0);
    put_notice("g2-over", "g2", "resolved", 0);
    put_notice("morning", "", "digest", 1);
    put_notice("g3-over", "g3", "resolved", 0);
    put_notice("g4-fired", "g4", "fired", 0);
    RUN("INSERT INTO monitoring.delivery_lane VALUES ('group', 0, now(), now())");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    assert_true(stack_until(some_are_merged, NULL, 20));
    merged = pg_value(&stack.pg, "SELECT string_agg(id, ' ' ORDER BY id) FROM monitoring.delivery WHERE receiver ="
                                 " 'group' AND state = 'merged'");
    assert_string_equal(merged, "g2-fired g2-over g4-fired");
    free(merged);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE id IN ('g1-over', 'g3-over') AND"
                                   " state = 'waiting'"),
              2);
}

/* --- what an Alertmanager never learned ----------------------------------------------------------------------------
 */

/* In tables of its own, apart from the daemon. Digests were written for "am", which takes none, of the alerts a, b and
 * c: of b more was said since, c is over, a was told before, in another thread; d was told by the digest of a webhook.
 */
static const char UNSAID[] =
    "CREATE SCHEMA apart; SET search_path = apart; CREATE TABLE delivery (LIKE monitoring.delivery INCLUDING ALL);"
    "CREATE TABLE told (LIKE monitoring.told INCLUDING ALL); CREATE TABLE held (LIKE monitoring.held INCLUDING ALL);"
    "INSERT INTO delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at, last_error,"
    " created_at, notice, body, thread) SELECT id, receiver, channel, alert, event, '', state, 0, now(), '', now(),"
    " true, 'x', thread FROM (VALUES ('beat', 'am', 'alertmanager', '', 'heartbeat', 'waiting', 'beat'),"
    " ('digest', 'am', 'alertmanager', '', 'digest', 'waiting', 'digest'),"
    " ('once', 'am', 'alertmanager', 'a', 'fired', 'sent', 'once'),"
    " ('other', 'hook', 'webhook', '', 'digest', 'waiting', 'other'),"
    " ('test', 'am', 'alertmanager', '', 'test', 'waiting', 'test'),"
    " ('worse', 'am', 'alertmanager', 'b', 'worsened', 'waiting', 'digest'))"
    " v (id, receiver, channel, alert, event, state, thread);"
    "INSERT INTO told (alert_id, receiver, event, open, severity, gap_bp, hit_ppm, told_at, thread, reached, queued_at)"
    " SELECT alert, receiver, 'fired', open, 1, 0, 0, '2026-10-06T23:00:00Z', thread, '', now() FROM (VALUES"
    " ('a', 'am', true, 'digest'), ('b', 'am', true, 'digest'), ('c', 'am', false, 'digest'),"
    " ('d', 'hook', true, 'other')) v (alert, receiver, open, thread);";

static void what_waited_for_ever_is_told(void **state)
{
    const char *source = getenv("BIHUAN_SOURCE");
    char path[300], sql[8000], *found;
    size_t len = strlen(UNSAID);
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/services/monitoring/schema/0288_state_unsaid.sql", source ? source : ".");
    file = fopen(path, "r");
    assert_non_null(file);
    memcpy(sql, UNSAID, len);
    len += fread(sql + len, 1, sizeof sql - len - 1, file);
    fclose(file);
    sql[len] = 0;
    free(pg_value(&stack.pg, sql));
    found = pg_value(&stack.pg, "SELECT string_agg(alert_id || ' ' || receiver || ' ' || (since ="
                                " '2026-10-06T23:00:00Z'), ', ') FROM apart.held");
    assert_string_equal(found, "a am true"); /* it is told what nothing else told */
    free(found);
    found = pg_value(&stack.pg, "SELECT string_agg(alert_id, ' ' ORDER BY alert_id) FROM apart.told WHERE open");
    assert_string_equal(found, "b d");
    free(found);
    found = pg_value(&stack.pg, "SELECT string_agg(id || ' ' || state, ', ' ORDER BY id) FROM apart.delivery");
    assert_string_equal(found, "beat lapsed, digest lapsed, once sent, other waiting, test waiting, worse waiting");
    free(found);
    RUN("RESET search_path");
}

static int set_up(void **state)
{
    (void)state;
    fake_receiver_start(&fake);
    stack_new(&stack);
    stack.monitoring[0] = "--receiver_hosts=127.0.0.1";
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    fake_receiver_stop(&fake);
    return 0;
}

/* --- another clock --- */

static bool a_test_came(void *arg)
{
    (void)arg;
    return fake_receiver_took(&fake, "/clock") >= 1;
}

/* Whoever wrote before was an hour ahead: what is written now stands behind it all the same, and is sent at once. */
static void no_row_is_older_than_one_before(void **state)
{
    char json[300];

    (void)state;
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    RUN("INSERT INTO monitoring.delivery (id, receiver, channel, alert_id, event, title, state, attempts, next_at,"
        " last_error, created_at, queued_at, notice, body) VALUES ('ahead', 'nobody', 'webhook', 'a9', 'fired', '',"
        " 'sent', 1, now(), '', now(), now() + interval '1 hour', false, 'x')");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"clock\",\"url\":\"http://127.0.0.1:%d/clock\",\"secret\":"
             "\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
             fake.port);
    stack_apply(&stack, MSG(APPLY_RECEIVERS), json);
    stack_apply(&stack, MSG(TEST_RECEIVER), "{\"receiver\":\"clock\"}");
    assert_true(stack_until(a_test_came, NULL, 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery t JOIN monitoring.delivery a ON a.id ="
                                   " 'ahead' AND a.queued_at < t.queued_at WHERE t.receiver = 'clock'"),
              1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_ones_are_forgotten),       cmocka_unit_test(the_queue_is_in_order_of_writing),
        cmocka_unit_test(the_ledger_knows_who_heard),   cmocka_unit_test(no_end_is_merged_before_its_beginning),
        cmocka_unit_test(what_waited_for_ever_is_told), cmocka_unit_test(no_row_is_older_than_one_before),
    };

    return cmocka_run_group_tests_name("outbox", tests, set_up, tear_down);
}
