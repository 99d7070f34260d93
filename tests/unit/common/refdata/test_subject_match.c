/* What subjects a measure's filter takes. */
#include "support/check.h"

#include "refdata/subject_match.h"

#include <string.h>

static void subjects_match(void **state)
{
    static const struct {
        const char *pattern, *subject;
        bool want;
    } rows[] = {
        { "satisfaction", "satisfaction", true },
        { "satisfaction", "satisfactions", false },
        { "satisfaction", "satisfactio", false },
        { "satisfaction", "Satisfaction", false },
        { "satisfaction", "", false },
        { "home/*", "home/S1", true },
        { "home/*", "home/", true },
        { "home/*", "home", false },
        { "home/*", "homes/S1", false },
        { "home/*", "a/home/S1", false },
        { "a*b", "a*b", true },
        { "a*b", "axb", false },
        { "\xe6\xbb\xa1*", "\xe6\xbb\xa1\xe6\x84\x8f", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (subject_matches(rows[i].pattern, rows[i].subject, strlen(rows[i].subject)) != rows[i].want)
            fail_msg("\"%s\" of \"%s\"", rows[i].subject, rows[i].pattern);
}

static void patterns_that_no_subject_fits(void **state)
{
    char text[123];

    (void)state;
    assert_false(subject_pattern_fits(""));
    assert_false(subject_pattern_fits("*"));
    assert_true(subject_pattern_fits("x"));
    memset(text, 'x', sizeof text);
    text[122] = 0;
    assert_false(subject_pattern_fits(text));
    text[120] = '*';
    text[121] = 0;
    assert_true(subject_pattern_fits(text));
    text[120] = 0;
    assert_true(subject_pattern_fits(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_match),
        cmocka_unit_test(patterns_that_no_subject_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
