/* What may be a code, and how long a page is. */
#include "support/check.h"

#include "refdata/documents.h"
#include "refdata/documents_diff.h"

#include "bihuan/planning.pb-c.h"

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

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* Fields, and what came to and went from a list; nothing of ids. */
static void differences(void **state)
{
    Bihuan__UnitRelation a = BIHUAN__UNIT_RELATION__INIT, b = BIHUAN__UNIT_RELATION__INIT, c = b;
    Bihuan__UnitRelation *before[] = { &a }, *after[] = { &b, &c };
    Bihuan__Unit old = BIHUAN__UNIT__INIT, now = BIHUAN__UNIT__INIT;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    old.id = 1;
    now.id = 2;
    old.name = text_of("旧");
    now.name = text_of("新");
    a.parent = b.parent = text_of("C1");
    a.from = b.from = text_of("2026-01-01");
    b.until = c.from = text_of("2026-11-01");
    c.parent = text_of("C2");
    old.n_relations = 1;
    old.relations = before;
    now.n_relations = 2;
    now.relations = after;
    assert_string_equal(documents_diff(&arena, &old.base, &now.base),
                        "name: \"旧\" -> \"新\"; relations: - {parent: \"C1\", from: \"2026-01-01\"}"
                        " + {parent: \"C1\", from: \"2026-01-01\", until: \"2026-11-01\"}"
                        " + {parent: \"C2\", from: \"2026-11-01\"}");
    arena_fini(&arena);
}

/* A list that grew by many, and a value that is too long to show, cut between its characters. */
static void long_differences(void **state)
{
    char *aliases[10];
    Bihuan__Product old = BIHUAN__PRODUCT__INIT, now = BIHUAN__PRODUCT__INIT;
    struct arena arena;
    char name[1000] = "";
    const char *text;

    (void)state;
    arena_init(&arena);
    for (int i = 0; i < 10; i++)
        aliases[i] = arena_printf(&arena, "a%d", i);
    for (int i = 0; i < 200; i++)
        strcat(name, "字");
    now.name = name;
    now.n_aliases = 10;
    now.aliases = aliases;
    text = documents_diff(&arena, &old.base, &now.base);
    assert_non_null(strstr(text, "字...; aliases: + \"a0\" + \"a1\""));
    assert_non_null(strstr(text, "\"a7\" and 2 more"));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(codes), cmocka_unit_test(pages), cmocka_unit_test(differences),
                                        cmocka_unit_test(long_differences) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
