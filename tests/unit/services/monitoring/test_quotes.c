/* Who quoted a customer, and who undercuts whom, by hand. */
#include "support/check.h"

#include "monitoring/duties/quotes.h"

#include <string.h>

#define FIVE_G 1
#define FIX    2

/* seller, product, amount, quantity, time, row */
#define Q(seller, product, amount, quantity, at, row)                                                                  \
    {                                                                                                                  \
        seller, product, amount, quantity, at, 0, "K", "f", row                                                        \
    }

static void a_lower_price_of_another(void **state)
{
    static const struct {
        const char *why;
        struct quote before, quote;
        uint32_t ppm;
    } rows[] = {
        { "a tenth lower", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 90, 1, 20, 2), 100000 },
        { "of the same day", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 90, 1, 10, 2), 100000 },
        { "for nothing", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 0, 1, 20, 2), 1000000 },
        { "its own price", Q(1, FIVE_G, 100, 1, 10, 1), Q(1, FIVE_G, 50, 1, 20, 2), 0 },
        { "the same price", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 100, 1, 20, 2), 0 },
        { "a higher price", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 101, 1, 20, 2), 0 },
        { "it was there first", Q(1, FIVE_G, 100, 1, 20, 1), Q(2, FIVE_G, 90, 1, 10, 2), 0 },
        { "another product", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIX, 90, 1, 20, 2), 0 },
        { "no product", Q(1, 0, 100, 1, 10, 1), Q(2, 0, 90, 1, 20, 2), 0 },
        { "three for the price of two", Q(1, FIVE_G, 200, 2, 10, 1), Q(2, FIVE_G, 200, 3, 20, 2), 333333 },
        { "two for twice the price", Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 200, 2, 20, 2), 0 },
        { "pieces that nobody gave are one", Q(1, FIVE_G, 100, 0, 10, 1), Q(2, FIVE_G, 50, -3, 20, 2), 500000 },
        { "less than a millionth is seen", Q(1, FIVE_G, 10000000, 1, 10, 1), Q(2, FIVE_G, 9999999, 1, 20, 2), 1 },
        { "a price of nothing has nothing below", Q(1, FIVE_G, 0, 1, 10, 1), Q(2, FIVE_G, 0, 1, 20, 2), 0 },
        { "as large as they get", Q(1, FIVE_G, INT64_MAX, 1, 10, 1), Q(2, FIVE_G, INT64_MAX / 2, INT64_MAX, 20, 2),
          999999 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (quote_undercuts(&rows[i].before, &rows[i].quote) != rows[i].ppm)
            fail_msg("%s: %u", rows[i].why, quote_undercuts(&rows[i].before, &rows[i].quote));
}

static void latest_of_each_seller(void **state)
{
    static const struct quote rows[] = { Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 90, 1, 20, 2),
                                         Q(1, FIVE_G, 85, 1, 30, 3), Q(3, FIX, 10, 1, 15, 4) };
    const struct quote *out[4];

    (void)state;
    CHECK_INT(quotes_sellers(rows, 4, out), 3);
    CHECK_INT(out[0]->seller, 3);
    CHECK_INT(out[1]->seller, 2);
    CHECK_INT(out[2]->seller, 1);
    CHECK_INT(out[2]->amount, 85);
    CHECK_INT(quotes_sellers(rows, 1, out), 1);
    CHECK_INT(quotes_sellers(rows, 0, out), 0);
}

/* Back and forth: 100, 90, 85, 72: the deepest is the last against the first, 28 %. */
static void the_deepest_cut(void **state)
{
    static const struct quote rows[] = { Q(1, FIVE_G, 100, 1, 10, 1), Q(2, FIVE_G, 90, 1, 20, 2),
                                         Q(1, FIVE_G, 85, 1, 30, 3), Q(2, FIVE_G, 72, 1, 40, 4) };
    struct quote_cut cut;

    (void)state;
    assert_true(quotes_deepest(rows, 4, 1, &cut));
    CHECK_INT(cut.ppm, 280000);
    CHECK_INT(cut.before->row, 1);
    CHECK_INT(cut.quote->row, 4);
    assert_true(quotes_deepest(rows, 3, 50000, &cut)); /* 10 % for the second, 5.6 for the third */
    CHECK_INT(cut.quote->row, 2);
    assert_false(quotes_deepest(rows, 3, 100001, &cut));
    assert_false(quotes_deepest(rows, 1, 1, &cut));
    assert_false(quotes_deepest(rows, 0, 1, &cut));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lower_price_of_another),
        cmocka_unit_test(latest_of_each_seller),
        cmocka_unit_test(the_deepest_cut),
    };

    return cmocka_run_group_tests_name("quotes", tests, NULL, NULL);
}
