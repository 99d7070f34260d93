/* Rows that are equal and both real, in files without document numbers: each counts once, however often and in
 * whatever way its file is read. The till's rows are known by shop, minute and article, and by which of these they are.
 */
#include "support/check.h"
#include "support/delivery.h"
#include "support/receiving.h"

#include "text/pbjson.h"

#include "bihuan/feedback.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 6000 /* of a long file; batches have 5 */

static struct stack stack;

#define FEED(more, maps)                                                                                               \
    "{\"code\":\"till\",\"title\":\"t\",\"sender\":\"till\",\"fact\":\"order_line\",\"key\":[\"shop\",\"at\","         \
    "\"what\","                                                                                                        \
    "\"#nth\"],\"watermark\":\"none\"," more "\"filters\":[{\"column\":\"kind\",\"values\":[\"sale\"]}],"              \
    "\"columns\":[{\"field\":\"time\",\"column\":\"at\",\"format\":\"yyyy-MM-dd HH:mm\"},{\"field\":\"unit\","         \
    "\"column\":\"shop\",\"map\":\"m\"},{\"field\":\"amount\",\"column\":\"yuan\"}],\"maps\":[{\"name\":\"m\","        \
    "\"entries\":[" maps "{\"from\":\"one\",\"to\":\"S1\"}]}]}"
#define HEAD "at,shop,what,yuan,kind\n"

RECEIVING_GROUP(stack, .feeds = "{\"items\":[" FEED("", "") "]}", .flags = { "--batch-rows=5" })

static void put(const char *name, const char *text)
{
    delivery_put(&stack, "till", name, text);
}

/* Recorded on a day: rows and yuan. */
static void await_day(int day, const char *want)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT count(*) || ' ' || coalesce(sum(amount) / 10000, 0)::bigint FROM feedback.order_line WHERE day ="
             " '2026-11-%02d'",
             day);
    delivery_await(&stack, sql, want);
}

/* The second tea is a sale as the first one was; the row that isn't taken counts among its like all the same. */
static void both_count(void **state)
{
    (void)state;
    put("a.csv", HEAD "2026-11-01 09:00,one,tea,3,sale\n2026-11-01 09:00,one,tea,3,void\n"
                      "2026-11-01 09:00,one,tea,3,sale\n2026-11-01 09:00,one,nut,5,sale\n"
                      "2026-11-01 09:01,one,tea,3,sale\n");
    delivery_await_file(&stack, "a.csv", "loaded 5 4 0 ");
    await_day(1, "4 14");
    delivery_await(
        &stack, "SELECT string_agg(record_key, ' ' ORDER BY row_no) FROM feedback.order_line WHERE day = '2026-11-01'",
        "one|2026-11-01 09:00|tea|1 one|2026-11-01 09:00|tea|3 one|2026-11-01 09:00|nut|1 one|2026-11-01 09:01|tea|1");
}

/* By its bytes, and by its rows where it comes with one more; small files that come together, too. */
static void delivered_again_they_count_once(void **state)
{
    (void)state;
    stack_kill(&stack, "feedback", "a", SIGKILL);
    put("b1.csv", HEAD "2026-11-02 09:00,one,tea,3,sale\n2026-11-02 09:00,one,tea,3,sale\n");
    put("b2.csv", HEAD "2026-11-02 09:00,one,tea,3,sale\n2026-11-02 09:00,one,tea,3,sale\n");
    put("b3.csv", HEAD "2026-11-02 09:00,one,tea,3,sale\n2026-11-02 09:00,one,tea,3,sale\n"
                       "2026-11-02 09:00,one,tea,3,sale\n");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    delivery_await_file(&stack, "b1.csv", "loaded 2 2 0 ");
    delivery_await_file(&stack, "b2.csv", "duplicate 0 0 0 the same bytes as file 2, \"b1.csv\"");
    delivery_await_file(&stack, "b3.csv", "loaded 3 1 2 ");
    await_day(2, "3 9");
}

/* Rows with the same key say different amounts here: one that is counted wrongly contradicts another. */
static const char FOUR[] = HEAD "2026-11-03 09:00,one,tea,1,sale\n2026-11-03 09:00,one,tea,2,sale\n"
                                "2026-11-03 09:00,one,tea,4,sale\n2026-11-03 09:00,one,tea,8,sale\n";

static void gone_on_with_from_the_midst_they_are_the_same(void **state)
{
    char sql[300];

    (void)state;
    put("c.csv", FOUR);
    delivery_await_file(&stack, "c.csv", "loaded 4 4 0 ");
    for (int done = 1; done < 4; done++) {
        stack_kill(&stack, "feedback", "a", SIGKILL);
        snprintf(sql, sizeof sql,
                 "UPDATE feedback.feed_file SET state = 'loading', done_at = NULL, done_offset = %zu, done_line = %d,"
                 " done_row = %d, rows_read = 0, accepted = 0, duplicate = 0 WHERE name = 'c.csv'",
                 sizeof HEAD - 1 + (size_t)done * strlen("2026-11-03 09:00,one,tea,1,sale\n"), done + 2, done + 1);
        free(pg_value(&stack.pg, sql));
        put("c.csv", FOUR);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
        snprintf(sql, sizeof sql, "loaded %d 0 %d ", 4 - done, 4 - done);
        delivery_await_file(&stack, "c.csv", sql);
    }
    await_day(3, "4 15");
}

static void read_again_from_a_row_on_they_are_the_same(void **state)
{
    struct err err;

    (void)state;
    if (receiving_act(&stack, "c.csv", "retry", 3, "to see", &err) != 0)
        fail_msg("%s", err.text);
    delivery_await_file(&stack, "c.csv", "loaded 2 0 2 ");
    await_day(3, "4 15");
}

static void killed_in_its_midst_a_long_file_counts_once(void **state)
{
    static char text[ROWS * 40 + 100];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", HEAD);

    (void)state;
    for (int i = 0; i < ROWS; i++) /* each of 40 keys comes 150 times */
        len += (size_t)snprintf(text + len, sizeof text - len, "2026-11-04 09:%02d,one,tea,%d,sale\n", i % 40, i % 7);
    put("d.csv", text);
    for (int i = 0; i < 4; i++) {
        usleep(150000);
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
    delivery_await_file(&stack, "d.csv", "loaded 6000 6000 0 ");
    await_day(4, "6000 17997"); /* 857 times 0 + ... + 6, and 0 */
}

static uint64_t release(void)
{
    Bihuan__ReleaseRejectsRequest request = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    request.feed = receiving_text("till");
    if (stack_ask(&stack, "feedback", MSG(RELEASE_REJECTS), &request.base, &reply, &err) != 0)
        fail_msg("%s", err.text);
    return ((Bihuan__ReleaseRejectsReply *)reply)->released;
}

static void mend(uint64_t row, const char *data)
{
    Bihuan__MendRejectsRequest request = BIHUAN__MEND_REJECTS_REQUEST__INIT;
    Bihuan__MendedRow mended = BIHUAN__MENDED_ROW__INIT, *rows[] = { &mended };
    struct err err;

    mended.id = (uint64_t)pg_number(&stack.pg, "SELECT id FROM feedback.feed_file WHERE name = 'e.csv'") << 32 | row;
    mended.data = receiving_text(data);
    request.rows = rows;
    request.n_rows = 1;
    request.note = receiving_text("asked");
    if (stack_ask(&stack, "feedback", MSG(MEND_REJECTS), &request.base, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

/* Out of quarantine, together or one by one, a row keeps the number that it has in its file. One that was mended to be
 * of other rows' like takes none of theirs. */
static void waiting_rows_keep_their_numbers(void **state)
{
    (void)state;
    put("e.csv", HEAD "2026-11-05 09:00,one,tea,1,sale\n2026-11-05 09:00,one,tea,two,sale\n"
                      "2026-11-05 09:00,new,tea,4,sale\n2026-11-05 09:00,new,tea,8,sale\n"
                      "2026-11-05 09:00,one,tea,16,sale\n2026-11-05 09:00,lost,tea,32,sale\n"
                      "2026-11-05 09:00,one,tea,64,sale,\n");
    delivery_await_file(&stack, "e.csv", "partial 7 2 0 ");
    stack_apply(&stack, MSG(APPLY_FEEDS), "{\"items\":[" FEED("", "{\"from\":\"new\",\"to\":\"S1\"},") "]}");
    CHECK_INT(release(), 2);
    mend(2, "2026-11-05 09:00,one,tea,2,sale");
    mend(6, "2026-11-05 09:00,one,tea,32,sale");
    mend(7, "2026-11-05 09:00,one,tea,64,sale");
    delivery_await(&stack,
                   "SELECT string_agg(replace(record_key, '2026-11-05 09:00|tea|', ''), ' ' ORDER BY row_no) FROM"
                   " (SELECT regexp_replace(record_key, '[|][0-9]+:([0-9]+)$', '|file:\\1') AS record_key, row_no FROM "
                   "feedback.order_line WHERE"
                   " day = '2026-11-05') r",
                   "one|1 one|2 new|1 new|2 one|3 one|file:6 one|file:7");
    await_day(5, "7 127");
    delivery_await_file(&stack, "e.csv", "loaded 7 7 0 ");
    put("e2.csv", HEAD "2026-11-05 09:00,one,tea,1,sale\n2026-11-05 09:00,one,tea,2,sale\n"
                       "2026-11-05 09:00,new,tea,4,sale\n2026-11-05 09:00,new,tea,8,sale\n"
                       "2026-11-05 09:00,one,tea,16,sale\n");
    delivery_await_file(&stack, "e2.csv", "loaded 5 0 5 ");
}

static void rows_by_request_are_counted_in_theirs(void **state)
{
    static const char TEXT[] = HEAD "2026-11-06 09:00,one,tea,3,sale\n2026-11-06 09:00,one,tea,3,sale\n";
    Bihuan__AppendRecordsRequest append = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct err err;

    (void)state;
    append.feed = receiving_text("till");
    append.name = receiving_text("live-1.csv");
    append.data = (ProtobufCBinaryData) { sizeof TEXT - 1, (uint8_t *)(uintptr_t)TEXT };
    for (int i = 0; i < 2; i++)
        if (stack_ask(&stack, "feedback", MSG(APPEND_RECORDS), &append.base, NULL, &err) != 0)
            fail_msg("%s", err.text);
    await_day(6, "2 6");
}

static void a_trial_shows_them(void **state)
{
    Bihuan__TryFeedRequest request = BIHUAN__TRY_FEED_REQUEST__INIT;
    static const char TEXT[] = HEAD "2026-11-07 09:00,one,tea,3,sale\n2026-11-07 09:00,one,tea,3,sale\n";
    const Bihuan__TryFeedReply *reply;
    ProtobufCMessage *message;
    struct err err;

    (void)state;
    request.feed = receiving_text("till");
    request.name = receiving_text("f.csv");
    request.data = (ProtobufCBinaryData) { sizeof TEXT - 1, (uint8_t *)(uintptr_t)TEXT };
    if (stack_ask(&stack, "feedback", MSG(TRY_FEED), &request.base, &message, &err) != 0)
        fail_msg("%s", err.text);
    reply = (const Bihuan__TryFeedReply *)message;
    CHECK_INT(reply->taken, 2);
    assert_string_equal(reply->rows[0]->record_key, "one|2026-11-07 09:00|tea|1");
    assert_string_equal(reply->rows[1]->record_key, "one|2026-11-07 09:00|tea|2");
}

/* The way to correct them: of a day there are as many as its last file says. */
static void a_day_is_replaced(void **state)
{
    static const char ROW[] = "2026-11-08 09:00,one,tea,3,sale\n";
    static const int counts[] = { 3, 1, 4 };
    char text[400], name[40], want[20];

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS),
                "{\"items\":[{\"code\":\"days\",\"title\":\"d\",\"sender\":\"days\",\"fact\":\"order_line\",\"key\":"
                "[\"shop\",\"what\",\"#nth\"],\"watermark\":\"none\",\"files\":\"d_{yyyyMMdd}_{nn}.csv\",\"sequence\":"
                "{\"daily\":true},\"replaces\":\"day\",\"columns\":[{\"field\":\"time\",\"column\":\"at\",\"format\":"
                "\"yyyy-MM-dd HH:mm\"},{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"m\"},{\"field\":\"amount\","
                "\"column\":\"yuan\"}],\"maps\":[{\"name\":\"m\",\"entries\":[{\"from\":\"one\",\"to\":\"S1\"}]}]}]}");
    for (int i = 0; i < 3; i++) {
        int len = snprintf(text, sizeof text, "%s", HEAD);

        for (int row = 0; row < counts[i]; row++)
            len += snprintf(text + len, sizeof text - (size_t)len, "%s", ROW);
        snprintf(name, sizeof name, "d_20261108_%02d.csv", i + 1);
        delivery_put(&stack, "days", name, text);
        snprintf(want, sizeof want, "%d", 3 * counts[i]);
        delivery_await(
            &stack,
            "SELECT (sum(amount) / 10000)::bigint FROM (SELECT DISTINCT ON (record_key) amount FROM"
            " feedback.order_line WHERE day = '2026-11-08' AND operation = 0 ORDER BY record_key, version DESC) x",
            want);
    }
}

/* What another file would have to name such a row for isn't taken. */
static void what_would_correct_them_is_refused(void **state)
{
    static const struct {
        const char *feed, *pointer, *code;
    } rows[] = {
        { FEED("\"original\":[\"shop\",\"at\",\"what\",\"kind\"],", ""), "/original", "uncorrectable" },
        { FEED("\"files\":\"f_{n}.csv\",\"deletes\":\"d_{n}.csv\",", ""), "/deletes", "uncorrectable" },
        { "{\"code\":\"u\",\"title\":\"t\",\"sender\":\"u\",\"fact\":\"order_line\",\"key\":[\"#nth\",\"shop\"],"
          "\"watermark\":\"none\",\"columns\":[{\"field\":\"time\",\"column\":\"at\"},{\"field\":\"unit\",\"column\":"
          "\"shop\"}]}",
          "/key/0", "bad_key" },
        { "{\"code\":\"u\",\"title\":\"t\",\"sender\":\"u\",\"fact\":\"order_line\",\"key\":[\"#nth\"],"
          "\"watermark\":\"none\",\"columns\":[{\"field\":\"time\",\"column\":\"at\"},{\"field\":\"unit\",\"column\":"
          "\"shop\"}]}",
          "/key", "bad_key" },
        { "{\"code\":\"u\",\"title\":\"t\",\"sender\":\"u\",\"fact\":\"order_line\",\"key\":[\"shop\",\"#nth\"],"
          "\"watermark\":\"none\",\"columns\":[{\"field\":\"time\",\"column\":\"at\"},{\"field\":\"unit\",\"column\":"
          "\"shop\"},{\"field\":\"version\",\"column\":\"v\"}]}",
          "/columns", "uncorrectable" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct message_type *type = message_type_find(MSG(APPLY_FEEDS));
        ProtobufCMessage *request;
        struct err err;
        char text[1200];

        snprintf(text, sizeof text, "{\"items\":[%s]}", rows[i].feed);
        assert_int_equal(pbjson_parse(type->payload, text, strlen(text), &stack.arena, &request, &err), 0);
        err_clear(&err);
        CHECK_INT(stack_ask(&stack, "feedback", MSG(APPLY_FEEDS), request, NULL, &err), -1);
        if (strcmp(err.code, rows[i].code) != 0 || !strstr(err.text, rows[i].pointer))
            fail_msg("row %zu: %s: %s", i, err.code, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_count),
        cmocka_unit_test(delivered_again_they_count_once),
        cmocka_unit_test(gone_on_with_from_the_midst_they_are_the_same),
        cmocka_unit_test(read_again_from_a_row_on_they_are_the_same),
        cmocka_unit_test(killed_in_its_midst_a_long_file_counts_once),
        cmocka_unit_test(waiting_rows_keep_their_numbers),
        cmocka_unit_test(rows_by_request_are_counted_in_theirs),
        cmocka_unit_test(a_trial_shows_them),
        cmocka_unit_test(a_day_is_replaced),
        cmocka_unit_test(what_would_correct_them_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
