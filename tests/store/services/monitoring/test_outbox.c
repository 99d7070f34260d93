/* The outbox's tables: what is forgotten and what the ledger keeps, and that messages go in the order of the queue. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/stack.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_ones_are_forgotten),
        cmocka_unit_test(the_queue_is_in_order_of_writing),
    };

    return cmocka_run_group_tests_name("outbox", tests, set_up, tear_down);
}
