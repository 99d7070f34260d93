/* What may be a code, and how long a page is. */
#include "support/check.h"

#include "refdata/documents.h"

#include <string.h>

static void codes(void **state)
{
    static const char *const good[] = { "a",       "7",
                                        "city-07", "2026Q4",
                                        "A.b_c-d", "0123456789012345678901234567890123456789012345678901234567890123" };
    static const char *const bad[] = {
        "",    "-a",           ".a",  "_a",  "a b",
        "a/b", "\xE5\x9F\x8E", "a\n", "a,b", "01234567890123456789012345678901234567890123456789012345678901234"
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!code_valid(good[i]))
            fail_msg("\"%s\" is a code", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (code_valid(bad[i]))
            fail_msg("\"%s\" is no code", bad[i]);
}

static void pages(void **state)
{
    Bihuan__Page page = BIHUAN__PAGE__INIT;

    (void)state;
    CHECK_INT(page_limit(NULL), 100);
    CHECK_INT(page_limit(&page), 100);
    page.limit = 1;
    CHECK_INT(page_limit(&page), 1);
    page.limit = 500;
    CHECK_INT(page_limit(&page), 500);
    page.limit = UINT32_MAX;
    CHECK_INT(page_limit(&page), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(codes), cmocka_unit_test(pages) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
