/* Who holds a customer, and who registered it first, on which day: by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "incentive/joins/customers.h"
#include "incentive/joins/registrations.h"

#include <limits.h>
#include <string.h>

static void test_holders(void **state)
{
    static const struct customer_holding said[] = {
        { "Acme", "ann", INT32_MIN, INT32_MAX }, { "Acme", "bob", 10, 20 }, { "Acme", "", 30, INT32_MAX },
        { "Acme", "cat", 40, INT32_MAX },        { "Acme2", "dan", 5, 6 },  { "\xe5\x8d\x8e", "eve", 1, INT32_MAX },
    };
    static const struct {
        const char *customer;
        int32_t day;
        const char *holder;
    } want[] = {
        { "Acme", -5, "ann" }, { "Acme", 9, "ann" },  { "Acme", 10, "bob" },        { "Acme", 19, "bob" },
        { "Acme", 20, "" }, /* bob's ended; ann's was ended by bob's */
        { "Acme", 29, "" },    { "Acme", 35, "" },    { "Acme", 40, "cat" },        { "Acme", 4000, "cat" },
        { "Acme2", 4, "" },    { "Acme2", 5, "dan" }, { "Acme2", 6, "" },           { "Acm", 15, "" },
        { "Acme22", 5, "" },   { "", 5, "" },         { "\xe5\x8d\x8e", 2, "eve" }, { "zz", 2, "" },
    };
    struct customers customers = { 0 };

    (void)state;
    assert_string_equal(customers_holder(&customers, "Acme", 4, 1), "");
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        customers_add(&customers, &said[i]);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const char *have = customers_holder(&customers, want[i].customer, strlen(want[i].customer), want[i].day);

        if (strcmp(have, want[i].holder) != 0)
            fail_msg("%s on %d is held by \"%s\", want \"%s\"", want[i].customer, want[i].day, have, want[i].holder);
    }
    customers_clear(&customers);
}

static void test_registrations(void **state)
{
    /* unit 1 first, until day 30; unit 2 of the same customer, for longer; unit 3 took its own back on day 12 */
    static const struct registration said[] = {
        { "Acme", 0, 1, 10, INT32_MAX, 20 },
        { "Acme", 0, 2, 15, INT32_MAX, 60 },
        { "Beta", 0, 3, 5, 12, 90 },
        { "Beta", 0, 4, 20, INT32_MAX, 0 }, /* as the rule says: 7 */
    };
    static const struct {
        const char *customer;
        int32_t day;
        uint32_t unit;
        bool lapsed;
    } want[] = {
        { "Acme", 9, 0, false },   { "Acme", 10, 1, false }, { "Acme", 16, 1, false }, { "Acme", 29, 1, false },
        { "Acme", 30, 2, true },   { "Acme", 74, 2, true },  { "Acme", 75, 0, true },  { "Beta", 11, 3, false },
        { "Beta", 12, 0, true },   { "Beta", 20, 4, true },  { "Beta", 26, 4, true },  { "Beta", 27, 0, true },
        { "Gamma", 12, 0, false }, { "", 12, 0, false },
    };
    struct registrations registrations = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        registrations_add(&registrations, &said[i]);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        bool lapsed;
        uint32_t have = registrations_unit(&registrations, NULL, want[i].customer, strlen(want[i].customer), 0,
                                           want[i].day, 7, &lapsed);

        if (have != want[i].unit || lapsed != want[i].lapsed)
            fail_msg("%s on %d is unit %u's, lapsed %d", want[i].customer, want[i].day, have, lapsed);
    }
    registrations_clear(&registrations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_registrations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
