/* The effect of a record: by hand, and as a property: no order, doubling or splitting of deliveries changes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "feedback/facts/effect.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAYS  8
#define UNITS 4
#define ROWS  10

static int16_t measure_one[] = { 1 };

static struct order_line row(enum operation operation, int32_t version, int32_t day, uint32_t unit, int64_t *value)
{
    struct order_line line = { .operation = operation,
                               .version = version,
                               .day = day,
                               .unit = unit,
                               .content_hash = version * 31 + day * 7 + unit };

    if (operation == OPERATION_RECORD)
        line.contributions = (struct contributions) { measure_one, value, 1 };
    return line;
}

static void add(struct effect effect, int sign, int64_t sums[UNITS][DAYS])
{
    for (int i = 0; i < effect.count; i++)
        sums[effect.lines[i].line->unit][effect.lines[i].day] += (effect.lines[i].negative ? -sign : sign) *
                                                                 effect.lines[i].line->contributions.values[0];
}

/* Delivers rows in the order given, each judged beside those before, and adds up what is announced. */
static void deliver(struct order_line *const *rows, size_t count, int64_t sums[UNITS][DAYS])
{
    const struct order_line *known[ROWS * 4];
    size_t known_count = 0;

    memset(sums, 0, sizeof(int64_t) * UNITS * DAYS);
    for (size_t i = 0; i < count; i++) {
        struct effect old = effect_of(known, known_count), now;
        enum arrival arrival = effect_arrival(known, known_count, rows[i]);

        if (arrival == ARRIVAL_DUPLICATE)
            continue;
        assert_int_not_equal(arrival, ARRIVAL_CONFLICT);
        known[known_count++] = rows[i];
        now = effect_of(known, known_count);
        if (arrival == ARRIVAL_SUPERSEDED)
            assert_true(effect_equal(&old, &now));
        add(old, -1, sums);
        add(now, 1, sums);
    }
}

static void test_by_hand(void **state)
{
    int64_t ten = 10, twelve = 12, sums[UNITS][DAYS];
    struct order_line first = row(OPERATION_RECORD, 12, 1, 1, &ten), second = row(OPERATION_RECORD, 20, 2, 2, &twelve),
                      cancel = row(OPERATION_CANCEL, 13, 3, 0, NULL);
    struct order_line *early[] = { &cancel, &second, &first };

    (void)state;
    deliver(early, 1, sums);
    assert_int_equal(sums[2][3], 0);
    deliver(early, 3, sums);
    assert_int_equal(sums[1][1], 0);
    assert_int_equal(sums[2][2], 12);
    assert_int_equal(sums[2][3], -12);
}

/* A reversal is held to what it says, whatever its sign. */
static void test_what_reversals_give(void **state)
{
    static const int64_t two[] = { 7, 9 }, back[] = { -7, 0 };
    struct order_line record = { .amount = 129, .quantity = 2, .sums = two, .sum_count = 2 };
    struct order_line reversal = { .operation = OPERATION_CANCEL, .amount = -50, .quantity = 1 };

    (void)state;
    assert_null(effect_differs(&reversal, &record)); /* says nothing: all of it */
    reversal.gives = GIVES_AMOUNT;
    assert_string_equal(effect_differs(&reversal, &record), "amount");
    reversal.amount = -129;
    assert_null(effect_differs(&reversal, &record));
    reversal.amount = 129;
    assert_null(effect_differs(&reversal, &record));
    reversal.gives |= GIVES_QUANTITY;
    assert_string_equal(effect_differs(&reversal, &record), "quantity");
    reversal.quantity = -2;
    reversal.sums = back;
    reversal.sum_count = 2;
    reversal.gives |= GIVES_SUM(0);
    assert_null(effect_differs(&reversal, &record));
    reversal.gives |= GIVES_SUM(1);
    assert_string_equal(effect_differs(&reversal, &record), "further sum");
}

static void test_same_version_other_content(void **state)
{
    int64_t ten = 10;
    struct order_line a = row(OPERATION_RECORD, 12, 1, 1, &ten), b = a;
    const struct order_line *known[] = { &a };

    (void)state;
    b.content_hash++;
    assert_int_equal(effect_arrival(known, 1, &b), ARRIVAL_CONFLICT);
    assert_int_equal(effect_arrival(known, 1, &a), ARRIVAL_DUPLICATE);
    b.version = 11;
    assert_int_equal(effect_arrival(known, 1, &b), ARRIVAL_SUPERSEDED);
}

static void test_any_order(void **state)
{
    unsigned seed = (unsigned)test_seed();

    (void)state;
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        int64_t values[ROWS], want[UNITS][DAYS], got[UNITS][DAYS];
        struct order_line lines[ROWS], *order[ROWS * 3];
        size_t count = 1 + (size_t)rand() % ROWS, total = count;

        for (size_t i = 0; i < count; i++) {
            values[i] = rand() % 100 + 1;
            lines[i] = row(rand() % 4 ? OPERATION_RECORD : OPERATION_CANCEL, (int32_t)i * 3, rand() % DAYS,
                           (uint32_t)(rand() % UNITS), &values[i]);
            order[i] = &lines[i];
        }
        deliver(order, count, want);
        for (size_t i = 0; i < count; i++) /* some come again */
            if (rand() % 2)
                order[total++] = &lines[i];
        for (size_t i = total; i-- > 1;) {
            size_t j = (size_t)rand() % (i + 1);
            struct order_line *swap = order[i];

            order[i] = order[j];
            order[j] = swap;
        }
        deliver(order, total, got);
        if (memcmp(want, got, sizeof want) != 0)
            fail_msg("round %d: another order gives other sums", round);
    }
}

static struct order_line of_kind(enum fact_kind kind, const char *subject)
{
    struct order_line line = row(OPERATION_RECORD, order_version(1, 1), 1, 1, NULL);

    line.contributions.count = 0;
    line.sender = fact_kind_sender(kind);
    line.state = 1;
    line.customer = "c";
    line.customer_len = 1;
    line.subject = subject;
    line.subject_len = (uint32_t)strlen(subject);
    return line;
}

/* What contributes to nothing is told by its kind; a level's reading never. */
static void test_told_without_contributions(void **state)
{
    static const struct {
        enum fact_kind kind;
        const char *subject;
        int lines;
    } want[] = { { FACT_ORDER_LINE, "", 0 },   { FACT_ORDER_LINE, "x", 0 }, { FACT_PAYMENT, "", 0 },
                 { FACT_PAYMENT, "O1", 1 },    { FACT_BILL, "O1", 1 },      { FACT_ACTIVATION, "O1", 1 },
                 { FACT_VISIT, "O1", 0 },      { FACT_QUOTE, "", 1 },       { FACT_OPPORTUNITY, "", 1 },
                 { FACT_REGISTRATION, "", 1 }, { FACT_CONTRACT, "", 1 },    { FACT_ARREARS, "B1", 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct order_line line = of_kind(want[i].kind, want[i].subject);
        const struct order_line *rows[] = { &line };
        struct effect effect = effect_of(rows, 1);

        if (effect.count != want[i].lines)
            fail_msg("%s with subject \"%s\": %d lines", fact_kind_info(want[i].kind)->word, want[i].subject,
                     effect.count);
    }
}

static bool changes(const struct order_line *old, const struct order_line *now)
{
    const struct order_line *a[] = { old }, *b[] = { now };
    struct effect x = effect_of(a, 1), y = effect_of(b, 1);

    return !effect_equal(&x, &y);
}

/* A version that says another customer, subject or amount is told; another state only of what is followed by it. */
static void test_what_a_version_changes(void **state)
{
    int64_t ten = 10;
    struct order_line quote = of_kind(FACT_QUOTE, "P1"), other = quote, order = of_kind(FACT_ORDER_LINE, "");

    (void)state;
    assert_false(changes(&quote, &other));
    other.state = 4;
    assert_true(changes(&quote, &other));
    other = quote;
    other.customer = "d";
    assert_true(changes(&quote, &other));
    other = quote;
    other.subject_len = 1;
    assert_true(changes(&quote, &other));
    order.contributions = (struct contributions) { measure_one, &ten, 1 };
    other = order;
    assert_false(changes(&order, &other));
    other.state = 4;
    assert_false(changes(&order, &other));
    other.amount = 7;
    assert_true(changes(&order, &other));
    other = order;
    other.customer_len = 0;
    assert_true(changes(&order, &other));
}

/* Only the very row read again takes its own place, and only where all but what its codes mean is the same. */
static void test_the_row_read_again(void **state)
{
    int64_t value = 1, sums[] = { 5 }, others[] = { 6 };
    struct order_line was = row(OPERATION_RECORD, 1, 1, 1, &value), next[9];

    (void)state;
    was.file_id = 7;
    was.row = 3;
    was.amount = 100;
    was.sums = sums;
    was.sum_count = 1;
    for (size_t i = 0; i < 9; i++)
        next[i] = was;
    next[0].unit = 2; /* a map says so */
    next[0].content_hash++;
    next[1].row = 4;
    next[2].file_id = 8;
    next[3].amount = 101;
    next[4].occurred_at = 1;
    next[5].state = 2;
    next[6].quantity = 2;
    next[7].sums = others;
    next[8].operation = OPERATION_CANCEL;
    assert_true(effect_is_reread(&was, &next[0]));
    for (size_t i = 1; i < 9; i++)
        if (effect_is_reread(&was, &next[i]))
            fail_msg("row %zu isn't what it was", i);
    was.file_id = next[0].file_id = 0; /* of no file: nothing says that it is the same row */
    assert_false(effect_is_reread(&was, &next[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_what_reversals_give),
        cmocka_unit_test(test_same_version_other_content),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_told_without_contributions),
        cmocka_unit_test(test_what_a_version_changes),
        cmocka_unit_test(test_the_row_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
