/* heard: see heard.h. */
#include "support/heard.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

/* --- a moment at which nothing waits --- */

static const char TABLES[] =
    "SELECT json_build_object('rows', (SELECT coalesce(json_agg(json_build_object('id', id, 'receiver', receiver,"
    " 'event', event, 'alert', alert_id, 'state', state, 'title', title, 'attempts', attempts, 'error', last_error,"
    " 'carrier', merged_into)"
    " ORDER BY queued_at), '[]') FROM monitoring.delivery WHERE receiver LIKE 'f-%'), 'told',"
    " (SELECT coalesce(json_agg(json_build_object('receiver', receiver, 'alert', alert_id, 'open', open, 'reached',"
    " reached)), '[]') FROM monitoring.told WHERE receiver LIKE 'f-%'))";

/* What came so far, of the caller: a test that fails may not hold the lock. */
static json_t *copy_of(struct fake_receiver *fake)
{
    json_t *copy;

    pthread_mutex_lock(&fake->lock);
    copy = json_deep_copy(fake->got);
    pthread_mutex_unlock(&fake->lock);
    return copy;
}

struct taking {
    struct heard *heard;
    struct stack *stack;
    struct fake_receiver *fake, *late;
};

static bool take(void *arg)
{
    struct taking *taking = arg;
    struct heard *heard = taking->heard;
    char *before = pg_value(&taking->stack->pg, TABLES), *after;
    json_t *tables = json_loads(before, 0, NULL);
    bool same;

    heard_free(heard);
    heard->rows = json_incref(json_object_get(tables, "rows"));
    heard->told = json_incref(json_object_get(tables, "told"));
    heard->got = copy_of(taking->fake);
    heard->late = copy_of(taking->late);
    json_decref(tables);
    after = pg_value(&taking->stack->pg, TABLES);
    same = strcmp(before, after) == 0;
    free(before);
    free(after);
    return same && !heard_count(heard, NULL, "waiting");
}

void heard_take(struct heard *heard, struct stack *stack, struct fake_receiver *fake, struct fake_receiver *late)
{
    struct taking taking = { heard, stack, fake, late };

    *heard = (struct heard) { .rows = NULL };
    if (!stack_until(take, &taking, 40))
        fail_msg("waiting: %s", pg_value(&stack->pg, "SELECT string_agg(receiver || ' ' || event || ' ' || attempts ||"
                                                     " ' ' || last_error, '; ') FROM monitoring.delivery WHERE state ="
                                                     " 'waiting'"));
}

void heard_free(struct heard *heard)
{
    json_decref(heard->rows);
    json_decref(heard->told);
    json_decref(heard->got);
    json_decref(heard->late);
    *heard = (struct heard) { .rows = NULL };
}

size_t heard_count(const struct heard *heard, const char *receiver, const char *state)
{
    size_t i, count = 0;
    json_t *row;

    json_array_foreach(heard->rows, i, row)
    {
        count += (!receiver || strcmp(text(row, "receiver"), receiver) == 0) && strcmp(text(row, "state"), state) == 0;
    }
    return count;
}

/* --- one receiver --- */

struct ear {
    const struct heard *heard;
    const char *receiver;
    bool in_order;
    json_t *bytes; /* id: what came under it first */
    json_t *taken; /* ids */
    json_t *open;  /* alert: told that it fired, and not yet that it is over */
    json_t *last;  /* alert: the last that was said of it by itself */
};

static const json_t *row_of(const struct ear *ear, const char *id)
{
    size_t i;
    json_t *row;

    json_array_foreach(ear->heard->rows, i, row)
    {
        if (strcmp(text(row, "id"), id) == 0 && strcmp(text(row, "receiver"), ear->receiver) == 0)
            return row;
    }
    fail_msg("%s got %s, which nobody decided", ear->receiver, id);
    return NULL;
}

/* What was decided that it is told of the alert, for words; never freed: the test is over. */
static char *decided(const struct ear *ear, const char *alert)
{
    json_t *rows = json_array(), *row;
    size_t i;

    json_array_foreach(ear->heard->rows, i, row)
    {
        if (strcmp(text(row, "receiver"), ear->receiver) == 0 &&
            (!text(row, "alert")[0] || strcmp(text(row, "alert"), alert) == 0))
            json_array_append(rows, row);
    }
    return json_dumps(rows, 0);
}

/* An end that it refused for good, and that was no longer so when it could have been sent again. */
static bool end_lapsed(const struct ear *ear, const char *alert)
{
    size_t i;
    json_t *row;

    json_array_foreach(ear->heard->rows, i, row)
    {
        if (strcmp(text(row, "receiver"), ear->receiver) == 0 && strcmp(text(row, "alert"), alert) == 0 &&
            strcmp(text(row, "state"), "lapsed") == 0 && strcmp(text(row, "event"), "resolved") == 0)
            return !ear->in_order;
    }
    return false;
}

/* One alert's news: a beginning, an end, or between them. A digest may overtake a message about one of its alerts that
 * has to be tried again: true is told by itself, false by a digest alone. */
static void check_news(struct ear *ear, const char *alert, const char *event, bool digest)
{
    bool begins = strcmp(event, "fired") == 0;
    bool ends = strcmp(event, "resolved") == 0 || strcmp(event, "expired") == 0;
    json_t *known = json_object_get(ear->open, alert);

    if (!digest && json_is_true(known) && begins && !end_lapsed(ear, alert))
        fail_msg("%s heard twice that %s fired: %s", ear->receiver, alert, decided(ear, alert));
    if (ends && !known)
        fail_msg("%s heard that %s is over, and not that it fired: %s", ear->receiver, alert, decided(ear, alert));
    if (ends)
        json_object_del(ear->open, alert);
    else
        json_object_set_new(ear->open, alert,
                            json_boolean((!digest && (begins || ear->in_order)) || json_is_true(known)));
}

/* What was taken is what was decided under its id. */
static void check_event(struct ear *ear, const char *id, const char *body)
{
    const json_t *row = row_of(ear, id);
    json_t *event = json_loads(body, 0, NULL), *part;
    const char *type = text(event, "type"), *alert = text(event, "subject");
    bool about = strncmp(type, "bihuan.alert.", 13) == 0;
    const char *said = strrchr(type, '.');
    size_t i;

    assert_string_equal(text(event, "id"), id);
    assert_string_equal(said ? said + 1 : "", text(row, "event"));
    assert_string_equal(about ? alert : "", text(row, "alert"));
    assert_string_equal(text(row, "state"), "sent");
    if (about) {
        check_news(ear, alert, said + 1, false);
        json_object_set_new(ear->last, alert, json_string(said + 1));
    }
    json_array_foreach(json_object_get(json_object_get(event, "data"), "parts"), i, part)
        check_news(ear, text(part, "alert"), text(part, "event"), true);
    json_decref(event);
}

/* A digest that nobody took, sent again, tells how things stand now. */
static bool is_renewed(const struct ear *ear, const char *id, const char *body)
{
    return !json_object_get(ear->taken, id) && strstr(body, "\"bihuan.notice.digest\"");
}

static void listen(struct ear *ear, const json_t *one)
{
    const char *id = text(one, "id"), *body = text(one, "body");
    const json_t *before = json_object_get(ear->bytes, id);
    bool reached = json_is_true(json_object_get(one, "took")) || json_is_true(json_object_get(one, "half"));

    if (before && strcmp(json_string_value(before), body) != 0 && !is_renewed(ear, id, body))
        fail_msg("%s got %s twice with different words: %s, then %s", ear->receiver, id, json_string_value(before),
                 body);
    if (!before)
        json_object_set_new(ear->bytes, id, json_string(body));
    if (!reached || json_object_get(ear->taken, id))
        return; /* again: with the same id */
    json_object_set_new(ear->taken, id, json_true());
    check_event(ear, id, body);
}

static void listen_to(struct ear *ear, const json_t *got)
{
    size_t i;
    json_t *one;

    json_array_foreach(got, i, one)
    {
        if (strcmp(text(one, "path") + 1, ear->receiver) == 0)
            listen(ear, one);
    }
}

/* The ledger has as open what the receiver knows so, no more and no less, and as reached what it took last. */
static void check_ledger(const struct ear *ear)
{
    size_t i, count = 0;
    json_t *told;

    json_array_foreach(ear->heard->told, i, told)
    {
        const char *alert = text(told, "alert");
        bool open = json_is_true(json_object_get(told, "open"));

        if (strcmp(text(told, "receiver"), ear->receiver) != 0)
            continue;
        count += open;
        if (open && !json_object_get(ear->open, alert))
            fail_msg("%s doesn't know that %s is open: %s", ear->receiver, alert, decided(ear, alert));
        if (strcmp(text(told, "reached"), text(ear->last, alert)) != 0)
            fail_msg("%s took \"%s\" last of %s, and the ledger says \"%s\": %s", ear->receiver, text(ear->last, alert),
                     alert, text(told, "reached"), decided(ear, alert));
    }
    if (count != json_object_size(ear->open))
        fail_msg("%s knows of %zu open alerts, the ledger of %zu", ear->receiver, json_object_size(ear->open), count);
}

size_t heard_check(const struct heard *heard, const char *receiver, bool in_order)
{
    struct ear ear = { heard, receiver, in_order, json_object(), json_object(), json_object(), json_object() };
    size_t sent = heard_count(heard, receiver, "sent"), count;

    listen_to(&ear, heard->got);
    listen_to(&ear, heard->late);
    count = json_object_size(ear.taken);
    if (sent != count)
        fail_msg("%s took %zu messages, %zu were sent", receiver, count, sent);
    CHECK_INT(heard_count(heard, receiver, "dead"), 0);
    check_ledger(&ear);
    json_decref(ear.bytes);
    json_decref(ear.taken);
    json_decref(ear.open);
    json_decref(ear.last);
    return count;
}

bool heard_refused(const struct heard *heard, const char *receiver)
{
    json_t *came = json_object(), *one;
    bool refused = false;
    size_t i;

    json_array_foreach(heard->late, i, one)
    {
        const char *id = text(one, "id");

        json_object_set_new(came, id, json_integer(json_integer_value(json_object_get(came, id)) + 1));
    }
    json_array_foreach(heard->rows, i, one)
    {
        refused |= strcmp(text(one, "receiver"), receiver) == 0 &&
                   json_integer_value(json_object_get(one, "attempts")) >
                       json_integer_value(json_object_get(came, text(one, "id")));
    }
    json_decref(came);
    return refused;
}

/* --- a chat --- */

/* What it took, as texts, and which of them is taken for which row. */
struct robot {
    const struct heard *heard;
    const char *receiver;
    json_t *said;
    json_t *used;   /* by place among what was said */
    json_t *places; /* by id of a row */
    json_t *lines;  /* by carrier and title: how often it was found there */
};

static void collect_said(struct robot *robot, const char *path)
{
    size_t i;
    json_t *one;

    json_array_foreach(robot->heard->got, i, one)
    {
        json_t *body;

        if (strcmp(text(one, "path"), path) != 0 || !json_is_true(json_object_get(one, "took")))
            continue;
        body = json_loads(text(one, "body"), 0, NULL);
        json_array_append_new(robot->said, json_string(text(json_object_get(body, "content"), "text")));
        json_array_append_new(robot->used, json_false());
        json_decref(body);
    }
}

/* Whether the text has the title so many times. */
static bool has(const char *said, const char *title, json_int_t times)
{
    for (const char *at = strstr(said, title); at; at = strstr(at + strlen(title), title))
        if (--times <= 0)
            return true;
    return false;
}

/* Whether the text has all that was merged into the row. */
static bool carries(const struct robot *robot, const char *said, const char *carrier)
{
    size_t i;
    json_t *row;

    json_array_foreach(robot->heard->rows, i, row)
    {
        if (strcmp(text(row, "carrier"), carrier) == 0 && !has(said, text(row, "title"), 1))
            return false;
    }
    return true;
}

/* The first message from a place on that begins with the row's title and isn't another's. */
static void find_place(struct robot *robot, const json_t *row, json_int_t from)
{
    const char *title = text(row, "title"), *id = text(row, "id");

    for (size_t i = (size_t)from; i < json_array_size(robot->said); i++) {
        const char *said = json_string_value(json_array_get(robot->said, i));

        if (json_is_true(json_array_get(robot->used, i)) || strncmp(said, title, strlen(title)) != 0 ||
            !carries(robot, said, id))
            continue;
        json_array_set_new(robot->used, i, json_true());
        json_object_set_new(robot->places, id, json_integer((json_int_t)i));
        return;
    }
    fail_msg("the robot was told %s less often than decided, or not after what came before it: %s", title,
             json_dumps(robot->said, 0));
}

/* It stands in the message that it was merged into, as often as rows of its title were. */
static void find_carried(struct robot *robot, const json_t *row, json_int_t from)
{
    const char *title = text(row, "title"), *carrier = text(row, "carrier");
    const json_t *place = json_object_get(robot->places, carrier);
    char key[600];
    json_int_t times;

    snprintf(key, sizeof key, "%s %s", carrier, title);
    times = json_integer_value(json_object_get(robot->lines, key)) + 1;
    json_object_set_new(robot->lines, key, json_integer(times));
    if (!place || json_integer_value(place) < from)
        fail_msg("the robot was told %s before what came before it, or never", title);
    if (!has(json_string_value(json_array_get(robot->said, (size_t)json_integer_value(place))), title, times))
        fail_msg("the robot was told %s in one message fewer than %d times", title, (int)times);
    json_object_set_new(robot->places, text(row, "id"), json_integer(json_integer_value(place)));
}

/* What is of no alert has no order, and others may be merged into it; what is of one keeps the order of its rows. */
static void place_rows(struct robot *robot, bool about)
{
    json_t *last = json_object(), *row; /* alert: where the row before stands */
    size_t i;

    json_array_foreach(robot->heard->rows, i, row)
    {
        const char *alert = text(row, "alert"), *state = text(row, "state");

        if (strcmp(text(row, "receiver"), robot->receiver) != 0 || !text(row, "title")[0] || !*alert == about)
            continue;
        if (strcmp(state, "sent") == 0)
            find_place(robot, row, json_integer_value(json_object_get(last, alert)));
        else if (strcmp(state, "merged") == 0)
            find_carried(robot, row, json_integer_value(json_object_get(last, alert)));
        else
            fail_msg("what the robot was to be told is %s: %s", state, text(row, "title"));
        if (*alert)
            json_object_set(last, alert, json_object_get(robot->places, text(row, "id")));
    }
    json_decref(last);
}

void heard_check_robot(const struct heard *heard, const char *receiver, const char *path)
{
    struct robot robot = { heard, receiver, json_array(), json_array(), json_object(), json_object() };

    collect_said(&robot, path);
    place_rows(&robot, false);
    place_rows(&robot, true);
    json_decref(robot.said);
    json_decref(robot.used);
    json_decref(robot.places);
    json_decref(robot.lines);
}
