/* What receipts release, by hand (part payments, rounding, void, refund, overpayment, returns), and as laws over random
 * receipts: the order of arrival changes nothing, releases add up to what is collected, what is paid in full releases
 * everything, what takes a value back takes back its parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "incentive/joins/receipts.h"
#include "support/seed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX 12

/* A receipt, what it collects of 10000 due and its excess, and what it releases of a value of 100. */
struct row {
    const char *key;
    int32_t day;
    int64_t amount;
    bool undoes;
    int64_t collects, excess, releases;
};

static void check_rows(const char *what, const struct row *rows, size_t count, int64_t due, int64_t value)
{
    struct receipt list[MAX];
    struct receipt_part parts[MAX];
    struct err err;

    for (size_t i = 0; i < count; i++) /* the last comes first */
        list[count - 1 - i] = (struct receipt) { "s", rows[i].key, 0, rows[i].day, rows[i].amount, rows[i].undoes };
    assert_int_equal(receipts_net(list, count), count);
    assert_int_equal(receipts_apply(list, count, due, parts, &err), 0);
    for (size_t i = 0; i < count; i++) {
        int64_t before, after;

        assert_int_equal(receipts_released(value, parts[i].before, due, &before, &err), 0);
        assert_int_equal(receipts_released(value, parts[i].after, due, &after, &err), 0);
        if (strcmp(list[i].key, rows[i].key) != 0 || parts[i].after - parts[i].before != rows[i].collects ||
            parts[i].excess != rows[i].excess || after - before != rows[i].releases)
            fail_msg("%s: receipt %zu is %s, collects %" PRId64 ", excess %" PRId64 ", releases %" PRId64, what, i,
                     list[i].key, parts[i].after - parts[i].before, parts[i].excess, after - before);
    }
}

#define CHECK_ROWS(what, due, value, ...)                                                                              \
    do {                                                                                                               \
        const struct row rows_[] = { __VA_ARGS__ };                                                                    \
        check_rows(what, rows_, sizeof rows_ / sizeof rows_[0], due, value);                                           \
    } while (0)

static void test_by_hand(void **state)
{
    (void)state;
    /* 100 in three thirds: 33.33 -> 33, 66.66 -> 67 (34 more), 100 (33 more) */
    CHECK_ROWS("three receipts", 9999, 100, { "a", 1, 3333, false, 3333, 0, 33 }, { "b", 2, 3333, false, 3333, 0, 34 },
               { "c", 3, 3333, false, 3333, 0, 33 });
    /* a count of 1: at half of the price it is reached, and half away from zero */
    CHECK_ROWS("one piece", 10000, 1, { "a", 1, 4999, false, 4999, 0, 0 }, { "b", 2, 1, false, 1, 0, 1 },
               { "c", 3, 5000, false, 5000, 0, 0 });
    CHECK_ROWS("voided", 10000, 100, { "a", 1, 6000, false, 6000, 0, 60 }, { "b", 2, 4000, false, 4000, 0, 40 },
               { "a", 5, -6000, true, -6000, 0, -60 }, { "c", 6, 6000, false, 6000, 0, 60 });
    CHECK_ROWS("refunded in part", 10000, 100, { "a", 1, 10000, false, 10000, 0, 100 },
               { "r", 4, -2500, false, -2500, 0, -25 });
    CHECK_ROWS("overpaid", 10000, 100, { "a", 1, 9000, false, 9000, 0, 90 }, { "b", 2, 3000, false, 1000, 2000, 10 },
               { "r", 3, -2000, false, 0, -2000, 0 }, { "q", 4, -1000, false, -1000, 0, -10 });
    CHECK_ROWS("given back before it came", 10000, 100, { "r", 1, -500, false, 0, -500, 0 },
               { "a", 2, 10500, false, 10000, 500, 100 });
    CHECK_ROWS("a return", -10000, -100, { "a", 1, -4000, false, -4000, 0, -40 },
               { "b", 2, -7000, false, -6000, -1000, -60 }, { "c", 3, 1000, false, 0, 1000, 0 });
    CHECK_ROWS("a return's wrong way", -10000, -100, { "a", 1, 500, false, 0, 500, 0 });
}

/* A correction on the same day leaves what it says last; what comes to nothing is left out. */
static void test_netting(void **state)
{
    struct receipt list[] = {
        { "s", "b", 0, 2, 70, false }, { "s", "a", 0, 1, -50, true }, { "s", "a", 0, 1, 60, false },
        { "t", "a", 0, 1, 5, false },  { "s", "a", 0, 1, 50, false }, { "s", "c", 0, 2, 9, false },
        { "s", "c", 0, 2, -9, true },  { "s", "b", 0, 3, -70, true },
    };

    (void)state;
    assert_int_equal(receipts_net(list, 8), 4);
    assert_string_equal(list[0].key, "a");
    assert_int_equal(list[0].amount, 60);
    assert_false(list[0].undoes);
    assert_string_equal(list[1].sender, "t");
    assert_string_equal(list[2].key, "b");
    assert_int_equal(list[2].day, 2);
    assert_int_equal(list[3].amount, -70);
    assert_true(list[3].undoes);
}

static int64_t released_by(struct receipt *list, size_t count, int64_t due, int64_t value, int64_t by_day[16])
{
    struct receipt_part parts[MAX * 2];
    int64_t sum = 0;
    struct err err;

    memset(by_day, 0, 16 * sizeof by_day[0]);
    count = receipts_net(list, count);
    assert_int_equal(receipts_apply(list, count, due, parts, &err), 0);
    for (size_t i = 0; i < count; i++) {
        int64_t before, after;

        assert_int_equal(receipts_released(value, parts[i].before, due, &before, &err), 0);
        assert_int_equal(receipts_released(value, parts[i].after, due, &after, &err), 0);
        by_day[list[i].day] += after - before;
        sum += after - before;
    }
    return sum;
}

static void shuffle(struct receipt *list, size_t count)
{
    for (size_t i = count; i-- > 1;) {
        size_t k = (size_t)rand() % (i + 1);
        struct receipt swap = list[i];

        list[i] = list[k];
        list[k] = swap;
    }
}

static void test_laws(void **state)
{
    static const char *const keys[] = { "a", "b", "c", "d" };

    (void)state;
    srand((unsigned)test_seed());
    for (int round = 0; round < 20000; round++) {
        struct receipt list[MAX], again[MAX];
        int64_t due = 1 + rand() % 1000, value = rand() % 2001 - 1000, sum = 0, one[16], other[16];
        size_t count = 1 + (size_t)rand() % MAX;

        for (size_t i = 0; i + 1 < count; i++) {
            list[i] = (struct receipt) { "s", keys[rand() % 4], 0, rand() % 16, rand() % 601 - 200, false };
            sum += list[i].amount;
        }
        /* the last, whatever was paid before, pays the rest: in full */
        list[count - 1] = (struct receipt) { "s", "last", 0, 15, due - sum, false };
        memcpy(again, list, sizeof list);
        shuffle(again, count);
        assert_int_equal(released_by(list, count, due, value, one), value);
        assert_int_equal(released_by(again, count, due, value, other), value);
        assert_memory_equal(one, other, sizeof one);
        memcpy(again, list, sizeof list);
        released_by(again, count - 1, due, -value, other); /* takes back what it gives, day by day, paid or not */
        memcpy(again, list, sizeof list);
        released_by(again, count - 1, due, value, one);
        for (int day = 0; day < 16; day++)
            assert_int_equal(one[day] + other[day], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_netting),
        cmocka_unit_test(test_laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
