/* Waiting rows mended: recorded as they should have come, all of a request or none; what came stays, and what files
 * brought stays accounted for to the last fen. */
#include "support/check.h"
#include "support/delivery.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack stack;

/* orders: GBK with a header. fixed: widths in bytes. */
#define ORDERS(more)                                                                                                   \
    "{\"code\":\"orders\",\"title\":\"t\",\"sender\":\"a\",\"fact\":\"order_line\",\"key\":[\"id\"],"                  \
    "\"encoding\":\"GBK\",\"watermark\":\"none\",\"maps\":[{\"name\":\"m\",\"entries\":[{\"from\":\"\xe7\x91\x8b\","   \
    "\"to\":\"S1\"}" more "]}],\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},"          \
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"m\"},{\"field\":\"amount\",\"column\":\"yuan\"}]}"
static const char FEEDS[] = "{\"items\":[" ORDERS(
    "") ","
        "{\"code\":\"wide\",\"title\":\"t\",\"sender\":\"b\",\"fact\":\"order_line\",\"format\":\"fixed\",\"key\":["
        "\"id\"],"
        "\"encoding\":\"GBK\",\"watermark\":\"none\",\"width_unit\":\"bytes\",\"no_header\":true,\"layout\":[{\"name\":"
        "\"id\",\"start\":1,\"length\":2},{\"name\":\"day\",\"start\":3,\"length\":8},{\"name\":\"shop\",\"start\":11,"
        "\"length\":2}],\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},"
        "{\"field\":\"unit\",\"column\":\"shop\"}]}]}";
static const char FEEDS_WITH_FAR[] = "{\"items\":[" ORDERS(",{\"from\":\"far\",\"to\":\"S1\"}") "]}";

RECEIVING_GROUP(stack, .feeds = FEEDS)

struct row {
    const char *file;
    uint64_t number;
    const char *data;
};

static int mend(const struct row *rows, size_t count, const char *note, struct err *err)
{
    Bihuan__MendRejectsRequest request = BIHUAN__MEND_REJECTS_REQUEST__INIT;
    Bihuan__MendedRow mended[8], *pointers[8];
    char sql[200];

    for (size_t i = 0; i < count; i++) {
        snprintf(sql, sizeof sql, "SELECT max(id) FROM feedback.feed_file WHERE name = '%s'", rows[i].file);
        bihuan__mended_row__init(&mended[i]);
        mended[i].id = (uint64_t)pg_number(&stack.pg, sql) << 32 | rows[i].number;
        mended[i].data = receiving_text(rows[i].data);
        pointers[i] = &mended[i];
    }
    request.rows = pointers;
    request.n_rows = count;
    request.note = receiving_text(note);
    err_clear(err);
    return stack_ask(&stack, "feedback", MSG(MEND_REJECTS), &request.base, NULL, err);
}

/* read, waiting, recorded: rows and amounts in ten-thousandths. */
static const char SUMS[] = "SELECT rows_read || ' ' || suspended || ' ' || accepted || ' ' || duplicate || ' | ' ||"
                           " read_amount || ' ' || suspended_amount || ' ' || stored_amount || ' ' || state FROM"
                           " feedback.feed_file WHERE name = 'o.csv'";

/* Of four rows one is right; "1000.5" comes with a letter for a digit, one has a day that isn't, one an unknown shop.
 */
static void a_row_is_recorded_as_it_should_have_come(void **state)
{
    const struct row good = { "o.csv", 2, "m2,20261120,\xe7\x91\x8b,1000.5" };
    struct err err;

    (void)state;
    delivery_put(&stack, "orders", "o.csv",
                 "id,day,shop,yuan\nm1,20261120,\xac\x7c,1\nm2,20261120,\xac\x7c,10O0.5\nm3,20261320,\xac\x7c,4\n"
                 "m4,20261120,x,8\n");
    delivery_await(&stack, SUMS, "4 3 1 0 | 130000 120000 10000 partial");
    CHECK_INT(mend(&good, 1, "", &err), -1);
    assert_non_null(strstr(err.text, "/note"));
    CHECK_INT(mend(&good, 1, "letter for a digit, asked by telephone", &err), 0);
    delivery_await(&stack, SUMS, "4 2 2 0 | 10135000 120000 10015000 partial");
    delivery_await(&stack,
                   "SELECT amount || ' ' || row_no || ' ' || unit_id FROM feedback.order_line WHERE record_key = 'm2'",
                   "10005000 2 4");
    /* what came is there, and who said what it should have been */
    delivery_await(
        &stack,
        "SELECT encode(raw, 'escape') || ' ' || convert_from(mended, 'UTF8') || ' ' || mended_by || ': ' || mend_note"
        " FROM feedback.reject WHERE row_no = 2",
        "m2,20261120,\\254|,10O0.5 m2,20261120,\xe7\x91\x8b,1000.5 tester: letter for a digit, asked by telephone");
    CHECK_INT(mend(&good, 1, "twice", &err), -1);
    assert_string_equal(err.code, "not_waiting");
}

/* One that still can't be read holds up the others, and each is told by its place. */
static void all_are_mended_or_none(void **state)
{
    const struct row rows[] = { { "o.csv", 3, "m3,20261120,\xe7\x91\x8b,4" }, { "o.csv", 4, "m4,20261120,y,8" } };
    const struct row right = { "o.csv", 4, "m4,20261120,\xe7\x91\x8b,9" };
    struct err err;

    (void)state;
    CHECK_INT(mend(rows, 2, "asked", &err), -1);
    assert_string_equal(err.code, "unmapped");
    assert_non_null(strstr(err.text, "/rows/1/data"));
    assert_non_null(strstr(err.text, "\"y\""));
    delivery_await(&stack, SUMS, "4 2 2 0 | 10135000 120000 10015000 partial");
    delivery_await(&stack, "SELECT count(*) FROM feedback.reject WHERE NOT released AND mended IS NOT NULL", "0");
    CHECK_INT(mend(rows, 1, "asked", &err), 0);
    CHECK_INT(mend(&right, 1, "asked", &err), 0);
    delivery_await(&stack, SUMS, "4 0 4 0 | 10145000 0 10145000 loaded");
}

/* A row that contradicts what is recorded by now goes on waiting. */
static void a_mended_row_is_judged_like_any_other(void **state)
{
    const struct row other = { "p.csv", 1, "m1,20261120,\xe7\x91\x8b,2" },
                     same = { "p.csv", 1, "m1,20261120,\xe7\x91\x8b,1" };
    struct err err;

    (void)state;
    delivery_put(&stack, "orders", "p.csv", "id,day,shop,yuan\nm1,20261120,z,1\n");
    delivery_await(&stack, "SELECT suspended FROM feedback.feed_file WHERE name = 'p.csv'", "1");
    CHECK_INT(mend(&other, 1, "asked", &err), -1);
    assert_string_equal(err.code, "version_conflict");
    CHECK_INT(mend(&same, 1, "asked", &err), 0);
    delivery_await(&stack, "SELECT duplicate || ' ' || state FROM feedback.feed_file WHERE name = 'p.csv'", "1 loaded");
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE record_key = 'm1'", "1");
}

static void widths_in_bytes_take_ascii(void **state)
{
    const struct row wide = { "w.txt", 1, "w120261120\xe7\x91\x8b" }, ascii = { "w.txt", 1, "w120261120S1" };
    struct err err;

    (void)state;
    delivery_put(&stack, "wide", "w.txt", "w120261120\xac\x7c\n");
    delivery_await(&stack, "SELECT suspended FROM feedback.feed_file WHERE name = 'w.txt'", "1");
    CHECK_INT(mend(&wide, 1, "asked", &err), -1);
    CHECK_INT(mend(&ascii, 1, "asked", &err), 0);
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE record_key = 'w1'", "1");
}

/* What would be dropped in silence is refused; an end of line behind the row isn't. */
static void one_row_is_mended_by_one(void **state)
{
    const struct row two = { "q.csv", 1, "q1,20261120,\xe7\x91\x8b,2\nq2,20261120,\xe7\x91\x8b,3" },
                     odd = { "q.csv", 1, "q1,20261120,\xe7\x91\x8b,2\n\n?" },
                     one = { "q.csv", 1, "q1,20261120,\xe7\x91\x8b,2\r\n" };
    struct err err;

    (void)state;
    delivery_put(&stack, "orders", "q.csv", "id,day,shop,yuan\nq1,20261120,z,1\n");
    delivery_await(&stack, "SELECT suspended FROM feedback.feed_file WHERE name = 'q.csv'", "1");
    CHECK_INT(mend(&two, 1, "asked", &err), -1);
    assert_string_equal(err.code, "several_rows");
    assert_non_null(strstr(err.text, "/rows/0/data"));
    CHECK_INT(mend(&odd, 1, "asked", &err), -1);
    assert_string_equal(err.code, "several_rows");
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE record_key LIKE 'q%'", "0");
    CHECK_INT(mend(&one, 1, "asked", &err), 0);
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE record_key = 'q1'", "1");
}

#define LONG 70000

static uint64_t release(const char *feed)
{
    Bihuan__ReleaseRejectsRequest request = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    ProtobufCMessage *message;
    struct err err;

    request.feed = receiving_text(feed);
    CHECK_INT(stack_ask(&stack, "feedback", MSG(RELEASE_REJECTS), &request.base, &message, &err), 0);
    return ((const Bihuan__ReleaseRejectsReply *)message)->released;
}

static void read_again(const char *file)
{
    Bihuan__ActOnFileRequest request = BIHUAN__ACT_ON_FILE_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT max(id) FROM feedback.feed_file WHERE name = '%s'", file);
    request.id = (uint64_t)pg_number(&stack.pg, sql);
    request.action = receiving_text("retry");
    CHECK_INT(stack_ask(&stack, "feedback", MSG(ACT_ON_FILE), &request.base, &reply, &err), 0);
}

/* Of a row longer than what is kept only its file has all: the row says so, when it waits and when it is released. */
static void a_row_that_is_cut_says_the_way(void **state)
{
    static const char says[] = "SELECT reason || ' ' || (message LIKE '%not list it%first 64 kB%--retry%')::int FROM"
                               " feedback.reject r JOIN feedback.feed_file f ON f.id = file_id WHERE name = 'long.csv'"
                               " AND NOT r.released";
    char *text = malloc(LONG + 200);
    int at = sprintf(text, "id,day,shop,yuan,note\nlong,20261120,far,1,");

    (void)state;
    memset(text + at, 'n', LONG);
    sprintf(text + at + LONG, "\n");
    delivery_put(&stack, "orders", "long.csv", text);
    delivery_await(&stack, says, "unmapped 1");
    free(pg_value(&stack.pg, "UPDATE feedback.reject SET message = 'as it was told before' WHERE length(raw) = 65536"));
    CHECK_INT(release("orders"), 0);
    delivery_await(
        &stack,
        "SELECT count(*) FROM feedback.reject WHERE NOT released AND length(raw) = 65536 AND reason = 'unmapped' AND"
        " message LIKE '%first 64 kB%--retry%'",
        "1");
    sprintf(text + at, "\n"); /* what it would say if it were short enough */
    delivery_put(&stack, "orders", "short.csv", text);
    delivery_await(
        &stack,
        "SELECT (message LIKE '%first 64 kB%')::int FROM feedback.reject r JOIN feedback.feed_file f ON f.id = file_id"
        " WHERE name = 'short.csv'",
        "0");
    stack_apply(&stack, MSG(APPLY_FEEDS), FEEDS_WITH_FAR);
    read_again("long.csv");
    delivery_await(&stack, "SELECT state || ' ' || accepted FROM feedback.feed_file WHERE name = 'long.csv'",
                   "loaded 1");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_recorded_as_it_should_have_come),
        cmocka_unit_test(all_are_mended_or_none),
        cmocka_unit_test(a_mended_row_is_judged_like_any_other),
        cmocka_unit_test(widths_in_bytes_take_ascii),
        cmocka_unit_test(one_row_is_mended_by_one),
        cmocka_unit_test(a_row_that_is_cut_says_the_way),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
