/* The memory of a call, growing buffers, errors, and the hashes that stored data depends on. */
#include "support/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Buckets and content hashes are in the data base: a change of these values loses every record's original. */
static void hashes_never_change(void **state)
{
    static const struct {
        const char *sender, *key;
        uint64_t want;
        uint16_t bucket;
    } records[] = {
        { "crm", "SO20260101-000001", 0x6e696f92c54aa739ULL, 9 },
        { "crm", "SO20260101-000002", 0x94d908ee1b84e0a0ULL, 0 },
        { "boss", "1", 0x62a776810474a4eaULL, 10 },
        { "", "", 0x4d33a93727192487ULL, 7 },
        { "crm", "", 0xba8c06d032bea72aULL, 10 },
        { "\xE6\xB8\xA0\xE9\x81\x93", "\xE8\xAE\xA2\xE5\x8D\x95", 0x71c5e3e186232fdfULL, 15 },
    };
    static const struct {
        const char *text;
        uint64_t seed, want;
    } texts[] = {
        { "", 0, 0xefd01f60ba992926ULL },
        { "a", 0, 0x82a2a958a9bece5bULL },
        { "a", 1, 0x86ede49b2924d824ULL },
        { "CREATE TABLE x ();", 0, 0xd4ade6067205d954ULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        uint64_t got = hash_record(records[i].sender, records[i].key, strlen(records[i].key));

        if (got != records[i].want || hash_bucket(got, 16) != records[i].bucket)
            fail_msg("{ \"%s\", \"%s\", 0x%016" PRIx64 "ULL, %d },", records[i].sender, records[i].key, got,
                     hash_bucket(got, 16));
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t got = hash_bytes(texts[i].text, strlen(texts[i].text), texts[i].seed);

        if (got != texts[i].want)
            fail_msg("{ \"%s\", %" PRIu64 ", 0x%016" PRIx64 "ULL },", texts[i].text, texts[i].seed, got);
    }
}

static void buckets_are_even(void **state)
{
    int count[16] = { 0 };

    (void)state;
    for (int i = 0; i < 16000; i++) {
        char key[32];
        int len = snprintf(key, sizeof key, "SO%08d", i);

        count[hash_bucket(hash_record("crm", key, (size_t)len), 16)]++;
    }
    for (int b = 0; b < 16; b++)
        if (count[b] < 850 || count[b] > 1150)
            fail_msg("bucket %d has %d of 16000", b, count[b]);
    assert_true(hash_record("a", "b:c", 3) != hash_record("a:b", "c", 1));
    assert_true(hash_record("ab", "c", 1) != hash_record("a", "bc", 2));
}

#define PIECES 136

static void arena_gives_zeroed_aligned_memory(void **state)
{
    struct arena arena;
    uint8_t *pieces[PIECES];

    (void)state;
    arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        for (size_t k = 0; k < PIECES; k++) {
            pieces[k] = arena_alloc(&arena, k * 37);
            assert_int_equal((uintptr_t)pieces[k] % 16, 0);
            for (size_t i = 0; i < k * 37; i++)
                assert_int_equal(pieces[k][i], 0);
            memset(pieces[k], (int)k, k * 37);
        }
        for (size_t k = 0; k < PIECES; k++) /* none overlaps another */
            for (size_t i = 0; i < k * 37; i++)
                assert_int_equal(pieces[k][i], k);
        arena_reset(&arena);
        assert_int_equal(arena.used_len, 0);
    }
    /* larger than any block, and then small ones again */
    memset(arena_alloc(&arena, (size_t)3 << 20), 1, (size_t)3 << 20);
    assert_string_equal(arena_printf(&arena, "%s-%d", "u", 7), "u-7");
    assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
    assert_memory_equal(arena_memdup(&arena, "a\0b", 3), "a\0b", 3);
    assert_non_null(arena_memdup(&arena, NULL, 0));
    arena_fini(&arena);
    arena_fini(&arena); /* twice does no harm */
}

static void buf_grows(void **state)
{
    struct buf buf = { 0 };
    char long_text[3000];

    (void)state;
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
    buf_append(&buf, NULL, 0);
    buf_put_u8(&buf, 0x01);
    buf_put_be16(&buf, 0x0203);
    buf_put_be32(&buf, 0x04050607);
    buf_put_be64(&buf, 0x08090a0b0c0d0e0fULL);
    assert_memory_equal(buf.data, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 15);
    buf_reset(&buf);
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    for (int i = 0; i < 20; i++)
        buf_printf(&buf, "%s%d;", long_text, i);
    assert_int_equal(buf.len, 20 * 2999 + 10 * 2 + 10 * 3);
    assert_string_equal(buf_text(&buf) + buf.len - 4, "x19;");
    buf_fini(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.cap, 0);
}

static void errors_carry_their_words(void **state)
{
    struct err err;
    char long_text[2 * ERR_TEXT_MAX];

    (void)state;
    assert_int_equal(err_fail(&err, ERR_CONFLICT, "stale", "version %d is stale", 3), -1);
    assert_int_equal(err.cls, ERR_CONFLICT);
    assert_string_equal(err.code, "stale");
    assert_int_equal(err_prefix(&err, "plan %s", "2026-Q1"), -1);
    assert_string_equal(err.text, "plan 2026-Q1: version 3 is stale");
    memset(long_text, 'y', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    assert_int_equal(err_set(&err, "%s", long_text), -1);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    assert_int_equal(err_prefix(&err, "%s", long_text), -1);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    assert_int_equal(err.cls, ERR_INTERNAL);
    assert_int_equal(err_set(NULL, "nobody asks"), -1);
    assert_int_equal(err_prefix(NULL, "nobody asks"), -1);
    err_clear(&err);
    assert_int_equal(err.cls, ERR_NONE);
    assert_int_equal(err_http_status(ERR_NONE), 200);
    assert_int_equal(err_http_status(ERR_INVALID), 422);
    assert_int_equal(err_http_status(ERR_FENCED), 503);
    assert_int_equal(err_http_status(ERR_DEADLINE), 504);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(hashes_never_change), cmocka_unit_test(buckets_are_even),
                                        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
                                        cmocka_unit_test(buf_grows), cmocka_unit_test(errors_carry_their_words) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
