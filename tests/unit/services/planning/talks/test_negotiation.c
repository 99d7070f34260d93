/* Who may answer for a unit's targets: every combination of rights and earlier words, against the rule said by hand. */
#include "support/check.h"

#include "planning/talks/negotiation.h"

#include <stdio.h>
#include <string.h>

static const char *const from_above[] = { "propose", "grant", "decline", "recall", "remind" };
static const char *const from_below[] = { "accept", "ask" };

static void expect(const char *answer, const struct talk_wish *wish, enum talk_verdict want)
{
    enum talk_verdict have = talk_decide(answer, wish);

    if (have != want)
        fail_msg("%s, here %d, elsewhere %d, offered %d, asked %d: %d, not %d", answer, wish->here, wish->elsewhere,
                 wish->offered, wish->asked, have, want);
}

static void test_a_role_counts_where_it_is_held(void **state)
{
    (void)state;
    for (int bits = 0; bits < 4; bits++) {
        struct talk_wish nobody = { .offered = bits & 1, .asked = bits & 2 };
        struct talk_wish other_place = { .elsewhere = true, .offered = bits & 1, .asked = bits & 2 };

        for (int i = 0; i < 5; i++) {
            expect(from_above[i], &nobody, TALK_WRONG_ROLE);
            expect(from_above[i], &other_place, TALK_WRONG_UNIT);
        }
        for (int i = 0; i < 2; i++) {
            expect(from_below[i], &nobody, TALK_WRONG_ROLE);
            expect(from_below[i], &other_place, TALK_WRONG_UNIT);
        }
    }
}

static void test_nobody_speaks_for_both_sides(void **state)
{
    (void)state;
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct talk_wish plain = { .here = true, .elsewhere = elsewhere };
        struct talk_wish offered = { .here = true, .elsewhere = elsewhere, .offered = true };
        struct talk_wish asked = { .here = true, .elsewhere = elsewhere, .asked = true };

        for (int i = 0; i < 2; i++) {
            expect(from_below[i], &plain, TALK_YES);
            expect(from_below[i], &offered, TALK_OWN_OFFER);
            expect(from_below[i], &asked, TALK_YES); /* something else instead, or after all what there is */
        }
        for (int i = 0; i < 5; i++) {
            bool settles = strcmp(from_above[i], "grant") == 0 || strcmp(from_above[i], "decline") == 0;

            expect(from_above[i], &plain, TALK_YES);
            expect(from_above[i], &offered, TALK_YES); /* once more */
            expect(from_above[i], &asked, settles ? TALK_OWN_REQUEST : TALK_YES);
        }
    }
}

static void test_each_answer_needs_one_right(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_string_equal(talk_right(from_above[i]), "offer");
    for (int i = 0; i < 2; i++)
        assert_string_equal(talk_right(from_below[i]), "answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_role_counts_where_it_is_held),
        cmocka_unit_test(test_nobody_speaks_for_both_sides),
        cmocka_unit_test(test_each_answer_needs_one_right),
    };

    return cmocka_run_group_tests_name("negotiation", tests, NULL, NULL);
}
