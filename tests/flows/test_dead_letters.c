/* What was given up is told again under the id that it had, on real daemons, to receivers of which nobody knows whether
 * they took it: one takes each message and cuts the line, one takes it and says 400, one really took none. Whether a
 * person sends it again or the alert would be news to the receiver once more: one fact, one receiver, one id; and what
 * is no longer so isn't sent.
 *
 * Ten a day are planned for each outlet; an alert fires a day after 10 of 300 are missing. Today is 13 November, later
 * the 16th. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/month.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct month month;
static struct fake_receiver fake;

static const struct {
    const char *code;
    enum fake_answer answer;
    const char *subtree;
} receivers[] = { { "cut", FAKE_CLOSES, "S1" }, { "denies", FAKE_DENIES, "" }, { "moved", FAKE_FORWARD, "" } };
#define RECEIVERS (sizeof receivers / sizeof receivers[0])

static void all_fail(bool fail)
{
    for (size_t i = 0; i < RECEIVERS; i++) {
        char path[20];

        snprintf(path, sizeof path, "/%s", receivers[i].code);
        fake_receiver_set(&fake, path, fail ? receivers[i].answer : FAKE_TAKES, -1);
    }
}

/* Sold by S1, S2, S4 on the day; 10 is by plan. */
static void day(int number, int s1, int s2, int s4)
{
    const int sold[] = { s1, s2, s4 };
    const char *const units[] = { "S1", "S2", "S4" };

    for (int i = 0; i < 3; i++)
        if (sold[i])
            month_fact(&month, (struct month_fact) { "bss", units[i], "new", number, sold[i], NULL, NULL });
    month_complete(&month, number);
}

static bool nothing_waits(void *arg)
{
    (void)arg;
    return pg_number(&month.stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting'") == 0;
}

/* A day passes for what waits, with seven tries: its next one is the last. */
static void give_up(void)
{
    free(pg_value(&month.stack.pg, "UPDATE monitoring.delivery SET queued_at = queued_at - interval '25 hours',"
                                   " attempts = greatest(attempts, 7) WHERE receiver = 'cut' AND state = 'waiting'"));
    assert_true(stack_until(nothing_waits, NULL, 20));
}

static long count_of(const char *what, const char *unit, const char *receiver)
{
    bool dead = strcmp(what, "dead") == 0;
    char sql[300];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.%s WHERE receiver = '%s' AND alert_id = '%s' AND %s",
             dead ? "delivery" : "told", receiver, month_alert(&month, "lag", unit)->id,
             dead ? "state = 'dead'" : "open");
    return pg_number(&month.stack.pg, sql);
}

/* Under how many ids the receiver was sent that of the alert, taken or not. */
static size_t ids_of(const char *receiver, const char *unit, const char *event)
{
    json_t *ids = json_object(), *one;
    char path[20], type[40], id[20];
    size_t i, count;

    snprintf(path, sizeof path, "/%s", receiver);
    snprintf(type, sizeof type, "bihuan.alert.%s", event);
    snprintf(id, sizeof id, "%s", month_alert(&month, "lag", unit)->id);
    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        json_t *body = json_loads(json_string_value(json_object_get(one, "body")), 0, NULL);
        const char *got = json_string_value(json_object_get(body, "type"));
        const char *subject = json_string_value(json_object_get(body, "subject"));

        if (strcmp(json_string_value(json_object_get(one, "path")), path) == 0 && got && strcmp(got, type) == 0 &&
            subject && strcmp(subject, id) == 0)
            json_object_set_new(ids, json_string_value(json_object_get(one, "id")), json_true());
        json_decref(body);
    }
    pthread_mutex_unlock(&fake.lock);
    count = json_object_size(ids);
    json_decref(ids);
    return count;
}

/* What was decided to be told of the alert and taken by now, in the order in which it went. */
static void check_sent(const char *receiver, const char *unit, const char *want)
{
    char sql[300], *sent;

    snprintf(sql, sizeof sql,
             "SELECT coalesce(string_agg(event, ' ' ORDER BY sent_at), '') FROM monitoring.delivery WHERE receiver ="
             " '%s' AND alert_id = '%s' AND state = 'sent'",
             receiver, month_alert(&month, "lag", unit)->id);
    sent = pg_value(&month.stack.pg, sql);
    assert_string_equal(sent, want);
    free(sent);
}

/* The 9th: nobody sells, three alerts fire, and every message is given up: for all that is known, nobody heard. */
static void what_is_given_up_is_untold(void **state)
{
    (void)state;
    all_fail(true);
    day(9, 0, 0, 0);
    give_up();
    for (size_t i = 0; i < RECEIVERS; i++) {
        CHECK_INT(count_of("dead", "S1", receivers[i].code), 1);
        CHECK_INT(count_of("open", "S1", receivers[i].code), 0);
    }
    all_fail(false);
}

static uint32_t again(const char *field, const char *value, uint32_t *lapsed)
{
    char json[120];
    Bihuan__SendAgainReply *reply;

    snprintf(json, sizeof json, "{\"%s\":\"%s\"}", field, value);
    reply = (Bihuan__SendAgainReply *)stack_apply(&month.stack, MSG(SEND_AGAIN), json);
    *lapsed = reply->lapsed;
    return reply->count;
}

static char *dead_id(const char *receiver, const char *unit)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT id FROM monitoring.delivery WHERE state = 'dead' AND receiver = '%s' AND alert_id = '%s'",
             receiver, month_alert(&month, "lag", unit)->id);
    return pg_value(&month.stack.pg, sql);
}

/* S2's is sent again by hand, by its id, to one of them; the other then hears it as well. On the 10th S1 and S2 are
 * three points worse: to S1's receivers that it fired is told again, since they never said that they took it, and then
 * that it is worse. */
static void one_fact_has_one_id(void **state)
{
    static const char *const codes[] = { "denies", "moved" };
    uint32_t lapsed;
    char *id;

    (void)state;
    id = dead_id("denies", "S2");
    CHECK_INT(again("id", id, &lapsed), 1);
    CHECK_INT(lapsed, 0);
    free(id);
    CHECK_INT(count_of("open", "S2", "denies"), 1);
    day(10, 0, 0, 20);
    assert_true(stack_until(nothing_waits, NULL, 20));
    for (size_t i = 0; i < RECEIVERS; i++) {
        CHECK_INT(ids_of(receivers[i].code, "S1", "fired"), 1);
        CHECK_INT(ids_of(receivers[i].code, "S1", "worsened"), 1);
        check_sent(receivers[i].code, "S1", "fired worsened");
        CHECK_INT(count_of("open", "S1", receivers[i].code), 1);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_INT(ids_of(codes[i], "S2", "fired"), 1);
        check_sent(codes[i], "S2", "fired worsened");
    }
}

/* S4 was over on the 10th, which nobody was told who hadn't heard that it fired. On the 11th it fires anew: that is
 * another fact, and what was given up of the first time isn't sent any more. */
static void what_is_no_longer_so_lapses(void **state)
{
    struct err err;
    uint32_t lapsed;
    char *id, json[60];

    (void)state;
    check_sent("denies", "S4", "");
    day(11, 10, 10, 0);
    assert_true(stack_until(nothing_waits, NULL, 20));
    check_sent("denies", "S4", "fired");
    CHECK_INT(ids_of("denies", "S4", "fired"), 2);
    id = dead_id("denies", "S4");
    snprintf(json, sizeof json, "{\"id\":\"%s\"}", id);
    CHECK_INT(stack_try(&month.stack, MSG(SEND_AGAIN), json, &err), -1);
    assert_non_null(strstr(err.text, "is about what is over"));
    free(id);
    CHECK_INT(again("receiver", "denies", &lapsed), 0);
    CHECK_INT(lapsed, 1);
    CHECK_INT(count_of("dead", "S4", "denies"), 0);
    check_sent("denies", "S4", "fired");
}

/* Two ends of the 12th are given up. Sent again by then S4's would say that an alert is over that fires since the 13th;
 * S2's still holds. */
static void an_end_that_is_overtaken_lapses(void **state)
{
    uint32_t lapsed;

    (void)state;
    all_fail(true);
    day(12, 10, 30, 20);
    give_up();
    CHECK_INT(count_of("dead", "S4", "denies"), 1);
    all_fail(false);
    month_go_to(&month, 16);
    day(13, 10, 10, 0);
    assert_true(stack_until(nothing_waits, NULL, 20));
    CHECK_INT(again("receiver", "denies", &lapsed), 1);
    CHECK_INT(lapsed, 1);
    assert_true(stack_until(nothing_waits, NULL, 20));
    check_sent("denies", "S4", "fired fired");
    CHECK_INT(count_of("open", "S4", "denies"), 1);
    check_sent("denies", "S2", "fired worsened resolved");
    CHECK_INT(ids_of("denies", "S2", "resolved"), 1);
    CHECK_INT(count_of("open", "S2", "denies"), 0);
}

/* What the receiver took or may have taken of the alert since `from` messages, in order, each id once. */
static void check_heard(const char *receiver, const char *unit, size_t from, const char *want)
{
    char path[20], heard[200] = "", alert[20];
    json_t *ids = json_object(), *one;
    size_t i;

    snprintf(path, sizeof path, "/%s", receiver);
    snprintf(alert, sizeof alert, "%s", month_alert(&month, "lag", unit)->id);
    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one)
    {
        const char *body = json_string_value(json_object_get(one, "body"));
        const char *id = json_string_value(json_object_get(one, "id"));
        const char *type = strstr(body, "bihuan.alert.");
        bool reached = json_is_true(json_object_get(one, "took")) || json_is_true(json_object_get(one, "half"));

        if (i < from || strcmp(json_string_value(json_object_get(one, "path")), path) != 0 || !reached || !type ||
            !strstr(body, alert) || json_object_get(ids, id))
            continue;
        json_object_set_new(ids, id, json_true());
        snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s%.*s", *heard ? " " : "",
                 (int)strcspn(type + 13, "\""), type + 13);
    }
    pthread_mutex_unlock(&fake.lock);
    json_decref(ids);
    assert_string_equal(heard, want);
}

static size_t came(void)
{
    size_t count;

    pthread_mutex_lock(&fake.lock);
    count = json_array_size(fake.got);
    pthread_mutex_unlock(&fake.lock);
    return count;
}

/* On the 14th S2's alert fires, which a redirect refuses one of them, but not before the 15th, when it is over and that
 * waits to be told. Without the beginning that is no news. Whoever sends the end again sends both. */
static void no_end_without_a_beginning(void **state)
{
    uint32_t lapsed;
    size_t from;
    char *id;

    (void)state;
    again("receiver", "moved", &lapsed); /* the end of the 12th */
    assert_true(stack_until(nothing_waits, NULL, 20));
    from = came();
    fake_receiver_set(&fake, "/moved", FAKE_500, -1);
    day(14, 10, 0, 10);
    day(15, 10, 20, 10);
    CHECK_INT(count_of("dead", "S2", "moved"), 0);
    fake_receiver_set(&fake, "/moved", FAKE_FORWARD, 1);
    assert_true(stack_until(nothing_waits, NULL, 20));
    check_heard("moved", "S2", from, "");
    check_heard("denies", "S2", from, "fired resolved");
    CHECK_INT(count_of("dead", "S2", "moved"), 2);
    id = pg_value(&month.stack.pg, "SELECT id FROM monitoring.delivery WHERE state = 'dead' AND event = 'resolved' AND"
                                   " receiver = 'moved' AND last_error = 'its beginning was given up'");
    assert_non_null(id);
    CHECK_INT(again("id", id, &lapsed), 2);
    CHECK_INT(lapsed, 0);
    free(id);
    assert_true(stack_until(nothing_waits, NULL, 20));
    check_heard("moved", "S2", from, "fired resolved");
    CHECK_INT(count_of("open", "S2", "moved"), 0);
}

static int set_up(void **state)
{
    (void)state;
    month_start_on(&month, "2026-11-13");
    month_plan(&month, "S1 new 300;S2 new 300;S4 new 300");
    fake_receiver_start(&fake);
    for (size_t i = 0; i < RECEIVERS; i++)
        month_ask(&month, MSG(APPLY_RECEIVERS),
                  "{'items':[{'code':'%s','url':'http://127.0.0.1:%d/%s','secret':'" SECRET "','subtree':'%s'}]}",
                  receivers[i].code, fake.port, receivers[i].code, receivers[i].subtree);
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'lag','kind':'lag','measure':'new','significance_ppm':1000000,'enter_gap_bp':-200,"
              "'clear_gap_bp':-100,'dwell_days':1,'clear_days':1}]}");
    month_facts(&month, "bss", "S1", "new", 1, 7, 10);
    month_facts(&month, "bss", "S2", "new", 1, 7, 10);
    month_facts(&month, "bss", "S4", "new", 1, 7, 10);
    day(8, 10, 10, 10);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_stop(&month);
    fake_receiver_stop(&fake);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_up_is_untold),  cmocka_unit_test(one_fact_has_one_id),
        cmocka_unit_test(what_is_no_longer_so_lapses), cmocka_unit_test(an_end_that_is_overtaken_lapses),
        cmocka_unit_test(no_end_without_a_beginning),
    };

    return cmocka_run_group_tests_name("dead letters", tests, set_up, tear_down);
}
