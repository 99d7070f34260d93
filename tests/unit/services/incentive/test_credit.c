/* Crediting: which day a fact counts on, what is refused, shares that add up; marks of feeds. */
#include "support/check.h"
#include "support/seed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "incentive/closing/closing.h"
#include "incentive/crediting/credit.h"
#include "incentive/crediting/mark.h"

static void test_counts_day(void **state)
{
    /* January, February, the quarter of both, and a week behind it */
    static const struct closed_period closed[] = { { 1, 0, 31 }, { 2, 31, 59 }, { 3, 0, 90 }, { 4, 90, 97 } };
    static const struct {
        const char *why;
        size_t closed;
        int32_t day, want;
        uint32_t late_for;
    } rows[] = {
        { "nothing is closed", 0, 10, 10, 0 },
        { "late for January: February's first day", 1, 10, 31, 1 },
        { "its last day is in it", 1, 30, 31, 1 },
        { "the day behind isn't", 1, 31, 31, 0 },
        { "January and February closed: March", 2, 10, 59, 1 },
        { "late for the shortest that holds the day", 3, 40, 90, 2 },
        { "one closed period leads into the next", 4, 40, 97, 2 },
        { "in the quarter, in no month", 3, 70, 90, 3 },
        { "behind all", 4, 97, 97, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t late_for = 99;
        int32_t day = credit_counts_day(closed, rows[i].closed, rows[i].day, &late_for);

        if (day != rows[i].want || late_for != rows[i].late_for)
            fail_msg("%s: day %d late for %u", rows[i].why, day, late_for);
    }
}

static void test_pairs(void **state)
{
    static const int64_t values[] = { 0, 1, -1, INT64_MAX, INT64_MIN };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        uint8_t pair[CREDIT_PAIR_LEN];
        uint16_t measure;
        int64_t value;

        credit_pack_pair(pair, (uint16_t)(1023 - i), values[i]);
        credit_read_pair(pair, &measure, &value);
        CHECK_INT(measure, 1023 - i);
        CHECK_INT(value, values[i]);
    }
}

static void test_shares_add_up(void **state)
{
    uint64_t seed = test_seed();

    (void)state;
    for (uint64_t round = 0; round < 2000; round++) {
        int64_t values[40], total = 0, c = 0, sum = 0;
        int64_t points = (int64_t)(hash_mix(seed + round) % 200000);

        for (size_t i = 0; i < 40; i++)
            total += values[i] = (int64_t)(hash_mix(seed + round * 41 + i) % 1000) - 300;
        for (size_t i = 0; i < 40; i++) {
            int64_t before = credit_share_to(points, total, c);

            c += values[i];
            sum += credit_share_to(points, total, c) - before;
        }
        if (sum != (total > 0 ? points : 0))
            fail_msg("seed %lu round %lu: shares sum to %ld of %ld", (unsigned long)seed, (unsigned long)round,
                     (long)sum, (long)points);
    }
}

static void test_order_and_reversal(void **state)
{
    (void)state;
    for (int64_t c = 0; c < 500; c++) { /* side by side, whatever stands before them */
        int64_t order = credit_share_to(33333, 700, c + 7) - credit_share_to(33333, 700, c);
        int64_t reversal = credit_share_to(33333, 700, c) - credit_share_to(33333, 700, c + 7);

        CHECK_INT(order + reversal, 0);
    }
}

static void test_malformed(void **state)
{
    Bihuan__FactsRecorded batch = BIHUAN__FACTS_RECORDED__INIT;
    char *keys[] = { (char *)(uintptr_t) "k" };
    uint32_t one[] = { 1 }, big[] = { 1U << 20 };
    protobuf_c_boolean no[] = { 0 };
    int32_t day[] = { 20000 };
    int64_t value[] = { 5 };
    struct err err;

    (void)state;
    batch.n_record_key = 1;
    batch.record_key = keys;
    assert_int_equal(credit_check(&batch, &err), -1);
    assert_string_equal(err.code, "bad_columns");
    batch.n_version = batch.n_taken_back = batch.n_unit_id = batch.n_seller_id = batch.n_channel_id = 1;
    batch.n_product_id = batch.n_day = batch.n_contributions = batch.n_measure_id = batch.n_value = 1;
    batch.version = batch.unit_id = batch.seller_id = batch.channel_id = batch.product_id = batch.contributions = one;
    batch.measure_id = one;
    batch.taken_back = no;
    batch.day = day;
    batch.value = value;
    assert_int_equal(credit_check(&batch, &err), 0);
    batch.contributions = big;
    assert_int_equal(credit_check(&batch, &err), -1);
    batch.contributions = one;
    batch.unit_id = big;
    assert_int_equal(credit_check(&batch, &err), -1);
    assert_string_equal(err.code, "bad_unit");
}

static void test_marks(void **state)
{
    struct marks marks = { 0 };
    uint64_t early[] = { 5, 5 }, late[] = { 9, 9 };
    uint64_t at_five[] = { 5, 6 }, at_nine[] = { 9, 9 };

    (void)state;
    CHECK_INT(marks_through(&marks, at_nine, 2), 0);
    marks_add(&marks, 1, 100, false, early, 2);
    marks_add(&marks, 1, 200, false, late, 2);
    CHECK_INT(marks_through(&marks, at_five, 2), 100); /* the second isn't read up to */
    CHECK_INT(marks_through(&marks, at_nine, 2), 200);
    marks_add(&marks, 2, 150, false, early, 2);
    CHECK_INT(marks_through(&marks, at_nine, 2), 150); /* the earliest of the feeds */
    marks_set_silent(&marks, 2, true);
    CHECK_INT(marks_through(&marks, at_nine, 2), 200);
    marks_set_silent(&marks, 1, true);
    CHECK_INT(marks_through(&marks, at_nine, 2), 200); /* all silent: the latest */
    marks_add(&marks, 3, 400, false, late, 2);
    CHECK_INT(marks_through(&marks, at_five, 2), 0); /* a feed that speaks, not yet read up to */
    marks_prune(&marks, 1, 200);
    CHECK_INT(marks.count, 3);
    marks_clear(&marks);
}

static void test_digest_knows_no_order(void **state)
{
    struct credit_found a = { .sender = "crm", .record_key = "1", .pairs = (const uint8_t *)"", .unit_id = 1 };
    struct credit_found b = a;
    struct digest_sum x = { 0 }, y = { 0 };
    uint8_t hash_a[DIGEST_LEN], hash_b[DIGEST_LEN], out_x[DIGEST_LEN], out_y[DIGEST_LEN];

    (void)state;
    b.record_key = "2";
    digest_of(&a, hash_a);
    digest_of(&b, hash_b);
    assert_memory_not_equal(hash_a, hash_b, DIGEST_LEN);
    digest_add(&x, hash_a);
    digest_add(&x, hash_b);
    digest_add(&y, hash_b);
    digest_add(&y, hash_a);
    digest_bytes(&x, out_x);
    digest_bytes(&y, out_y);
    assert_memory_equal(out_x, out_y, DIGEST_LEN);
    digest_add(&y, hash_a);
    digest_bytes(&y, out_y);
    assert_memory_not_equal(out_x, out_y, DIGEST_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_day),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_shares_add_up),
        cmocka_unit_test(test_order_and_reversal),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_digest_knows_no_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
