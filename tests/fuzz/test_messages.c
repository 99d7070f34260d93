/* Messages of every type, whole and broken: what comes over the bus and in bodies of requests never does harm, and what
 * we write we read back. */
#include "support/check.h"

#include "fuzz/fuzz.h"

#include "bus/message.h"
#include "bus/wire.h"
#include "text/pbjson.h"

#define TYPES_MAX 4096

static const ProtobufCMessageDescriptor *descriptors[2 * TYPES_MAX];
static size_t descriptor_count;

static const char *const no_words[] = { NULL };

static int list_types(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TYPES_MAX; i++) {
        const struct message_type *type = message_type_find(i);

        if (type && type->payload)
            descriptors[descriptor_count++] = type->payload;
        if (type && type->reply)
            descriptors[descriptor_count++] = type->reply;
    }
    descriptors[descriptor_count++] = &bihuan__envelope__descriptor;
    descriptors[descriptor_count++] = &bihuan__request_envelope__descriptor;
    descriptors[descriptor_count++] = &bihuan__heartbeat__descriptor;
    return 0;
}

/* Exactly sized memory, so that a read behind the end is seen. */
static uint8_t *exact(const struct buf *bytes)
{
    uint8_t *out = malloc(bytes->len ? bytes->len : 1);

    assert_non_null(out);
    if (bytes->len)
        memcpy(out, bytes->data, bytes->len);
    return out;
}

static void assert_same(const ProtobufCMessage *a, const struct buf *packed, const char *how)
{
    struct buf again = { 0 };

    buf_reserve(&again, 1);
    wire_pack(a, &again);
    if (again.len != packed->len || memcmp(again.data, packed->data, packed->len) != 0)
        fail_msg("%s: %s is no longer the same", a->descriptor->name, how);
    buf_fini(&again);
}

static void unpacks_anything(void **state)
{
    struct fuzz fuzz;
    struct arena arena;

    (void)state;
    fuzz_begin(&fuzz);
    arena_init(&arena);
    while (fuzz_more(&fuzz)) {
        const ProtobufCMessageDescriptor *type = descriptors[fuzz_below(&fuzz, descriptor_count)];
        struct buf bytes = { 0 };
        struct err err = { 0 };
        ProtobufCMessage *message;
        uint8_t *copy;

        buf_reserve(&bytes, 1);
        wire_pack(fuzz_message(&fuzz, type, &arena, 0), &bytes);
        if (message_unpack(type, bytes.data, bytes.len, &arena, &message, &err) != 0)
            fail_msg("%s: %s", type->name, err.text);
        assert_same(message, &bytes, "packed and unpacked");
        fuzz_break(&fuzz, &bytes, no_words);
        copy = exact(&bytes);
        if (message_unpack(type, copy, bytes.len, &arena, &message, &err) == 0) {
            struct buf text = { 0 };
            struct json_out json;

            json_out_init(&json, &text);
            pbjson_write(message, &json);
            buf_fini(&text);
        } else if (!err.text[0]) {
            fail_msg("%s was refused without a word", type->name);
        }
        free(copy);
        buf_fini(&bytes);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

static void reads_any_json(void **state)
{
    static const char *const words[] = { "null",    "{}", "[",           "]",
                                         "1e999",   "-0", "\"\\ud800\"", "9223372036854775808",
                                         "\"id\":", ",",  "true",        "\\u0000",
                                         NULL };
    struct fuzz fuzz;
    struct arena arena;

    (void)state;
    fuzz_begin(&fuzz);
    arena_init(&arena);
    while (fuzz_more(&fuzz)) {
        const ProtobufCMessageDescriptor *type = descriptors[fuzz_below(&fuzz, descriptor_count)];
        const ProtobufCMessage *message = fuzz_message(&fuzz, type, &arena, 0);
        struct buf text = { 0 };
        struct buf bytes = { 0 };
        struct json_out json;
        struct err err = { 0 };
        ProtobufCMessage *back;
        uint8_t *copy;

        buf_reserve(&bytes, 1);
        wire_pack(message, &bytes);
        json_out_init(&json, &text);
        pbjson_write(message, &json);
        if (pbjson_parse(type, (const char *)text.data, text.len, &arena, &back, &err) != 0)
            fail_msg("%s: %s in %s", type->name, err.text, buf_text(&text));
        assert_same(back, &bytes, "written as JSON and read back");
        fuzz_break(&fuzz, &text, words);
        copy = exact(&text);
        if (pbjson_parse(type, (const char *)copy, text.len, &arena, &back, &err) != 0 && !err.text[0])
            fail_msg("%s was refused without a word", type->name);
        free(copy);
        buf_fini(&text);
        buf_fini(&bytes);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

static void opens_any_payload(void **state)
{
    struct fuzz fuzz;
    struct arena arena;

    (void)state;
    fuzz_begin(&fuzz);
    arena_init(&arena);
    while (fuzz_more(&fuzz)) {
        const ProtobufCMessageDescriptor *type = descriptors[fuzz_below(&fuzz, descriptor_count)];
        Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
        struct buf bytes = { 0 };
        struct err err = { 0 };
        const uint8_t *out;
        uint8_t *copy;
        size_t len;

        buf_reserve(&bytes, 1);
        if (fuzz_below(&fuzz, 2)) { /* long enough to be compressed */
            Bihuan__ReplayReply reply = BIHUAN__REPLAY_REPLY__INIT;
            ProtobufCBinaryData one = { 2000 + fuzz_below(&fuzz, 9000), NULL };

            one.data = arena_alloc(&arena, one.len);
            reply.n_payload = 1;
            reply.payload = &one;
            assert_int_equal(wire_pack_payload(&reply.base, &envelope, &bytes, &err), 0);
        } else {
            assert_int_equal(wire_pack_payload(fuzz_message(&fuzz, type, &arena, 0), &envelope, &bytes, &err), 0);
        }
        assert_int_equal(wire_open_payload(&envelope, bytes.data, bytes.len, &arena, &out, &len, &err), 0);
        assert_int_equal(len, envelope.raw_len);
        if (fuzz_below(&fuzz, 2))
            fuzz_break(&fuzz, &bytes, no_words);
        if (!fuzz_below(&fuzz, 3))
            envelope.raw_len = (uint32_t)fuzz_next(&fuzz) >> fuzz_below(&fuzz, 24);
        if (!fuzz_below(&fuzz, 4))
            envelope.codec = (uint32_t)fuzz_below(&fuzz, 4);
        copy = exact(&bytes);
        if (wire_open_payload(&envelope, copy, bytes.len, &arena, &out, &len, &err) == 0 && len > 0) {
            volatile uint8_t last = out[len - 1];
            ProtobufCMessage *message;

            (void)last;
            (void)message_unpack(type, out, len, &arena, &message, &err);
        }
        free(copy);
        buf_fini(&bytes);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(unpacks_anything), cmocka_unit_test(reads_any_json),
                                        cmocka_unit_test(opens_any_payload) };

    return cmocka_run_group_tests(tests, list_types, NULL);
}
