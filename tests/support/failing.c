/* failing: see failing.h. */
#include "support/failing.h"

#include "support/check.h"
#include "support/loop.h"
#include "support/web.h"

#include "bihuan/monitoring.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static const struct {
    const char *code;
    enum fake_answer answer;
    int count;
} hooks[] = {
    { "f-429", FAKE_429, 1 },       { "f-500", FAKE_500, 2 },   { "f-hangs", FAKE_HANGS, 1 },
    { "f-moved", FAKE_FORWARD, 1 }, { "f-slow", FAKE_SLOW, 2 }, { "f-cut", FAKE_CLOSES, 1 },
    { "f-closed", FAKE_TAKES, 0 },
};
#define HOOKS (sizeof hooks / sizeof hooks[0])

const char FAILING_CODES[] = "'f-429','f-500','f-hangs','f-moved','f-slow','f-cut','f-closed','f-inside'";

void failing_apply(struct failing *failing, struct stack *stack, const char *subtree)
{
    *failing = (struct failing) { .late_port = web_free_port() };
    fake_receiver_start(&failing->fake);
    for (size_t i = 0; i < HOOKS; i++) {
        char path[40];
        int port = strcmp(hooks[i].code, "f-closed") == 0 ? failing->late_port : failing->fake.port;

        snprintf(path, sizeof path, "/%s", hooks[i].code);
        fake_receiver_set(&failing->fake, path, hooks[i].answer, hooks[i].count);
        loop_apply_soon(stack, MSG(APPLY_RECEIVERS),
                        "{'items':[{'code':'%s','url':'http://127.0.0.1:%d%s','secret':'" SECRET
                        "','language':'en','min_severity':'warning','subtree':'%s'}]}",
                        hooks[i].code, port, path, subtree);
    }
    fake_receiver_set(&failing->fake, "/feishu", FAKE_BUSY, 2);
    loop_apply_soon(stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'f-inside','kind':'feishu','url':'http://127.0.0.1:%d/"
                    "feishu','secret':'k','language':'zh','min_severity':'warning',"
                    "'subtree':'%s'}]}",
                    failing->fake.port, subtree);
}

void failing_stop(struct failing *failing)
{
    fake_receiver_stop(&failing->fake);
    if (failing->opened)
        fake_receiver_stop(&failing->late);
}

/* --- at the end --- */

static bool was_refused(void *arg)
{
    struct stack *stack = arg;

    return pg_number(&stack->pg,
                     "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'f-closed' AND attempts > 0") > 0;
}

void failing_open(struct failing *failing, struct stack *stack)
{
    if (failing->opened)
        return;
    assert_true(stack_until(was_refused, stack, 20));
    fake_receiver_start_at(&failing->late, failing->late_port);
    failing->opened = true;
}

static bool nothing_waits(void *arg)
{
    struct stack *stack = arg;

    return pg_number(&stack->pg, "SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting' AND receiver LIKE"
                                 " 'f-%'") == 0;
}

static void wait_for_all(struct stack *stack)
{
    if (!stack_until(nothing_waits, stack, 40))
        fail_msg("waiting: %s", pg_value(&stack->pg, "SELECT string_agg(receiver || ' ' || event || ' ' || attempts ||"
                                                     " ' ' || last_error, '; ') FROM monitoring.delivery WHERE state ="
                                                     " 'waiting'"));
}

/* What a receiver took, each id once: is it what was decided? Returns how many. */
struct taken {
    struct stack *stack;
    const char *receiver;
    json_t *ids, *open; /* alert: told that it fired, and not yet that it is over */
    bool in_order;      /* false: one that refused for good; what goes on may have come before the beginning */
};

/* What was decided to be told of the alert, for words. */
static char *decided(const struct taken *taken, const char *alert)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT string_agg(event || ' ' || state || ' ' || id || ' ' || created_at, '; ' ORDER BY queued_at) FROM"
             " monitoring.delivery WHERE receiver = '%s' AND alert_id IN ('%s', '')",
             taken->receiver, alert);
    return pg_value(&taken->stack->pg, sql);
}

/* One alert's news: a beginning, an end, or between them. A digest may overtake a message about one of its alerts that
 * has to be tried again: true is told by itself, false by a digest alone. */
static void check_news(struct taken *taken, const char *alert, const char *event, bool digest)
{
    bool ends = strcmp(event, "resolved") == 0 || strcmp(event, "expired") == 0;
    json_t *known = json_object_get(taken->open, alert);

    bool begins = strcmp(event, "fired") == 0;

    if (!digest && json_is_true(known) && begins)
        fail_msg("%s heard twice that %s fired: %s", taken->receiver, alert, decided(taken, alert));
    if (ends && !known)
        fail_msg("%s heard that %s is over, and not that it fired: %s", taken->receiver, alert, decided(taken, alert));
    if (ends)
        json_object_del(taken->open, alert);
    else
        json_object_set_new(taken->open, alert,
                            json_boolean((!digest && (begins || taken->in_order)) || json_is_true(known)));
}

static void check_event(struct taken *taken, const char *id, const char *body)
{
    json_t *event = json_loads(body, 0, NULL), *part;
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *alert = json_string_value(json_object_get(event, "subject"));
    bool about = type && strncmp(type, "bihuan.alert.", 13) == 0;
    char sql[500];
    size_t i;

    assert_string_equal(json_string_value(json_object_get(event, "id")), id);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM monitoring.delivery WHERE id = '%s' AND receiver = '%s' AND '%s' LIKE '%%.' || event"
             " AND alert_id = '%s'",
             id, taken->receiver, type, about ? alert : "");
    if (pg_number(&taken->stack->pg, sql) != 1)
        fail_msg("%s took %s about %s under %s, which nobody decided", taken->receiver, type, alert, id);
    if (about)
        check_news(taken, alert, type + 13, false);
    json_array_foreach(json_object_get(json_object_get(event, "data"), "parts"), i, part)
        check_news(taken, json_string_value(json_object_get(part, "alert")),
                   json_string_value(json_object_get(part, "event")), true);
    json_decref(event);
}

/* What came so far, of the caller: a test that fails may not hold the lock. */
static json_t *copy_of(struct fake_receiver *fake)
{
    json_t *copy;

    pthread_mutex_lock(&fake->lock);
    copy = json_deep_copy(fake->got);
    pthread_mutex_unlock(&fake->lock);
    return copy;
}

static void check_taken(struct fake_receiver *fake, struct taken *taken)
{
    json_t *got = copy_of(fake), *one;
    char path[40];
    size_t i;

    snprintf(path, sizeof path, "/%s", taken->receiver);
    json_array_foreach(got, i, one)
    {
        const char *id = json_string_value(json_object_get(one, "id"));
        bool reached = json_is_true(json_object_get(one, "took")) || json_is_true(json_object_get(one, "half"));

        if (strcmp(json_string_value(json_object_get(one, "path")), path) != 0 || !reached ||
            json_object_get(taken->ids, id))
            continue; /* again: with the same id */
        json_object_set_new(taken->ids, id, json_true());
        check_event(taken, id, json_string_value(json_object_get(one, "body")));
    }
    json_decref(got);
}

static int check_one(struct failing *failing, struct stack *stack, const char *receiver)
{
    bool closed = strcmp(receiver, "f-closed") == 0;
    struct taken taken = { stack, receiver, json_object(), json_object(), strcmp(receiver, "f-moved") != 0 };
    int count;
    char sql[300];

    check_taken(closed ? &failing->late : &failing->fake, &taken);
    count = (int)json_object_size(taken.ids);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.delivery WHERE receiver = '%s' AND state = 'sent'",
             receiver);
    if (pg_number(&stack->pg, sql) != count)
        fail_msg("%s took %d messages, %ld were sent", receiver, count, pg_number(&stack->pg, sql));
    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.told WHERE receiver = '%s' AND open", receiver);
    if (pg_number(&stack->pg, sql) != (long)json_object_size(taken.open))
        fail_msg("%s knows of %zu open alerts, the ledger of %ld", receiver, json_object_size(taken.open),
                 pg_number(&stack->pg, sql));
    json_decref(taken.ids);
    json_decref(taken.open);
    return count;
}

/* Of the robot, which takes several at once: every title that was decided was said. */
static void check_robot(struct failing *failing, struct stack *stack)
{
    long all = pg_number(&stack->pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'f-inside' AND state IN"
                                     " ('sent', 'merged') AND title <> ''");

    json_t *got = copy_of(&failing->fake);

    assert_true(all > 0);
    for (long n = 0; n < all; n++) {
        bool said = false;
        char sql[300], *title;
        json_t *one;
        size_t i;

        snprintf(sql, sizeof sql,
                 "SELECT title FROM monitoring.delivery WHERE receiver = 'f-inside' AND state IN ('sent', 'merged')"
                 " AND title <> '' ORDER BY queued_at, id OFFSET %ld LIMIT 1",
                 n);
        title = pg_value(&stack->pg, sql);
        json_array_foreach(got, i, one)
            said |= strcmp(json_string_value(json_object_get(one, "path")), "/feishu") == 0 &&
                    json_is_true(json_object_get(one, "took")) &&
                    strstr(json_string_value(json_object_get(one, "body")), title) != NULL;
        if (!said)
            fail_msg("the robot was never told %s", title);
        free(title);
    }
    json_decref(got);
}

void failing_agree(struct failing *failing, struct stack *stack, int least)
{
    struct err err;

    failing_open(failing, stack);
    wait_for_all(stack);
    assert_true(fake_receiver_asked(&failing->fake, "/f-moved") > fake_receiver_took(&failing->fake, "/f-moved"));
    CHECK_INT(fake_receiver_asked(&failing->fake, "/stolen"), 0);
    (void)stack_try(stack, MSG(SEND_AGAIN), "{\"receiver\":\"f-moved\"}", &err);
    wait_for_all(stack);
    CHECK_INT(pg_number(&stack->pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver LIKE 'f-%' AND state ="
                                    " 'dead'"),
              0);
    for (size_t i = 0; i < HOOKS; i++)
        if (check_one(failing, stack, hooks[i].code) < least)
            fail_msg("%s took fewer than %d messages", hooks[i].code, least);
    check_robot(failing, stack);
}
