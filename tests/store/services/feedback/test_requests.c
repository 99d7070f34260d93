/* Files and rows that come by request, through a real feedback daemon: in pieces, twice, two under one name. */
#include "support/check.h"
#include "support/orders.h"

#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback.pb-c.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

static void test_upload_and_append(void **state)
{
    static const char TEXT[] = ORDERS_HEAD "u1,2026-11-10 09:00:00,S1,,plan5g,1,completed,1\n";
    Bihuan__UploadChunkRequest chunk = BIHUAN__UPLOAD_CHUNK_REQUEST__INIT;
    Bihuan__AppendRecordsRequest append = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    chunk.feed = append.feed = receiving_text("orders");
    chunk.name = receiving_text("orders_20261110_1.csv");
    chunk.data = (ProtobufCBinaryData) { 20, (uint8_t *)(uintptr_t)TEXT };
    for (int i = 0; i < 2; i++) /* the same piece twice */
        assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    chunk.offset = 21;
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), -1);
    assert_string_equal(err.code, "bad_offset");
    chunk.offset = 20;
    chunk.last = true;
    chunk.data = (ProtobufCBinaryData) { sizeof TEXT - 21, (uint8_t *)(uintptr_t)TEXT + 20 };
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    orders_wait("orders_20261110_1.csv", 20);
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    orders_expect("orders_20261110_1.csv", "loaded", 1, 1, 0, 0, 0);

    append.name = receiving_text("live-1.csv");
    append.data = (ProtobufCBinaryData) { strlen(ORDERS_HEAD "a1,2026-11-11 09:00:00,S1,,plan5g,1,completed,1\n"),
                                          (uint8_t *)(uintptr_t)ORDERS_HEAD
                                          "a1,2026-11-11 09:00:00,S1,,plan5g,1,completed,1\n" };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(APPEND_RECORDS), &append.base, &reply, &err), 0);
        assert_int_equal(((Bihuan__AppendRecordsReply *)reply)->file->accepted, 1);
    }
    append.data.len--;
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(APPEND_RECORDS), &append.base, &reply, &err), -1);
    assert_string_equal(err.code, "name_in_use");
    assert_int_equal(orders_recount(4, 2, "2026-11-10", "2026-11-12"), 2);
}

/* Rows by request with a key; the status, and what was accepted or the problem's code. */
static uint32_t append_keyed(const char *key, const char *name, const char *text, char *code)
{
    Bihuan__AppendRecordsRequest append = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct buf out = { 0 };
    uint32_t status = 0;
    void *socket;

    append.feed = receiving_text("orders");
    append.name = receiving_text(name);
    append.data = (ProtobufCBinaryData) { strlen(text), (uint8_t *)(uintptr_t)text };
    socket = stack_send(&orders_stack, "feedback", "a", MSG(APPEND_RECORDS), key, &append.base);
    assert_non_null(socket);
    assert_int_equal(stack_receive(socket, 10000, &status, &out), 0);
    zmq_close(socket);
    if (status == 200) {
        Bihuan__AppendRecordsReply *reply = bihuan__append_records_reply__unpack(NULL, out.len, out.data);

        snprintf(code, 32, "%s %d", reply->file->name, (int)reply->file->accepted);
        bihuan__append_records_reply__free_unpacked(reply, NULL);
    } else {
        Bihuan__Problem *problem = bihuan__problem__unpack(NULL, out.len, out.data);

        snprintf(code, 32, "%s", problem->code);
        bihuan__problem__free_unpacked(problem, NULL);
    }
    buf_fini(&out);
    return status;
}

/* A request is answered once for its key, whatever it was, whether it counts, is refused or comes again changed. */
static void test_appended_again(void **state)
{
    static const char ROW[] = ORDERS_HEAD "again1,2026-11-13 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = ORDERS_HEAD "again2,2026-11-13 09:00:00,S1,,plan5g,1,completed,1\n";
    char code[32];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(append_keyed("key-1", "keyed-1.csv", ROW, code), 200);
        assert_string_equal(code, "keyed-1.csv 1");
    }
    assert_int_equal(append_keyed("key-1", "keyed-2.csv", OTHER, code), 422);
    assert_string_equal(code, "idempotency_key_reused");
    assert_int_equal(append_keyed("key-2", "keyed-1.csv", OTHER, code), 409);
    assert_string_equal(code, "name_in_use");
    assert_int_equal(append_keyed("key-2", "keyed-2.csv", OTHER, code), 200); /* a refusal keeps no key */
    assert_string_equal(code, "keyed-2.csv 1");
    assert_int_equal(append_keyed("key-3", "keyed-2.csv", OTHER, code), 200); /* the same file under a new key */
    assert_int_equal(orders_recount(4, 2, "2026-11-13", "2026-11-14"), 2);
}

/* Of two uploads under one name only one comes through, and as it was sent. */
static void test_two_uploads_of_one_name(void **state)
{
    static const char NAME[] = "orders_20261114_1.csv", ROW[] = "t1,2026-11-14 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = "t2,2026-11-14 09:00:00,S1,,plan5g,2,completed,1\n";
    size_t head = strlen(ORDERS_HEAD);

    (void)state;
    orders_upload(NAME, 0, "xx,", false, "");
    orders_upload(NAME, 0, ORDERS_HEAD, false, "upload_under_way");
    {
        char part[256];
        struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };

        orders_inbox(".orders_20261114_1.csv.part", part);
        assert_int_equal(utimensat(AT_FDCWD, part, long_ago, 0), 0);
    }
    orders_upload(NAME, 0, ORDERS_HEAD, false, ""); /* the first was given up */
    orders_upload(NAME, 0, ORDERS_HEAD, false, ""); /* a second one begins the same ... */
    orders_upload(NAME, head, ROW, false, "");
    orders_upload(NAME, head, OTHER, false, "upload_under_way"); /* ... and goes on otherwise */
    orders_upload(NAME, 0, ORDERS_HEAD, false, "");
    orders_upload(NAME, head, ROW, true, "");
    orders_wait(NAME, 20);
    orders_upload(NAME, head, ROW, true, ""); /* the answer was lost */
    orders_upload(NAME, head, OTHER, true, "bad_offset");
    orders_expect(NAME, "loaded", 1, 1, 0, 0, 0);
    assert_int_equal(orders_recount(4, 1, "2026-11-14", "2026-11-15"), 10000);
}

static void test_streams_carry_the_same_sums(void **state)
{
    (void)state;
    orders_expect_streams();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload_and_append),
        cmocka_unit_test(test_appended_again),
        cmocka_unit_test(test_two_uploads_of_one_name),
        cmocka_unit_test(test_streams_carry_the_same_sums),
    };

    return cmocka_run_group_tests(tests, orders_set_up, orders_tear_down);
}
