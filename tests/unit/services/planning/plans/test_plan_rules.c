/* States of local and account plans, the sections of each kind, and steps carried over to a new version. */
#include "planning/plans/plan_rules.h"

#include "support/check.h"

#include <string.h>

static void states_and_acts(void **state)
{
    /* by act: for draft, submitted, returned, approved, superseded; -1 refused */
    static const int want[][5] = {
        [PLAN_SAVE] = { PLAN_DRAFT, -1, PLAN_RETURNED, -1, -1 },
        [PLAN_SUBMIT] = { PLAN_SUBMITTED, -1, PLAN_SUBMITTED, -1, -1 },
        [PLAN_RETURN] = { -1, PLAN_RETURNED, -1, -1, -1 },
        [PLAN_APPROVE] = { -1, PLAN_APPROVED, -1, -1, -1 },
        [PLAN_REVISE] = { -1, -1, -1, PLAN_APPROVED, -1 },
        [PLAN_OFFER] = { PLAN_DRAFT, PLAN_SUBMITTED, PLAN_RETURNED, -1, -1 },
        [PLAN_STEP] = { -1, -1, -1, PLAN_APPROVED, -1 },
        [PLAN_PROPOSE] = { PLAN_DRAFT, PLAN_SUBMITTED, PLAN_RETURNED, -1, -1 },
    };

    (void)state;
    for (int act = PLAN_SAVE; act < PLAN_ACTS; act++)
        for (int from = PLAN_DRAFT; from <= PLAN_SUPERSEDED; from++) {
            enum plan_state next;
            int got = plan_next((enum plan_state)from, (enum plan_act)act, &next) ? (int)next : -1;

            if (got != want[act][from])
                fail_msg("%s of %s: %d", plan_act_word((enum plan_act)act), plan_state_word((enum plan_state)from),
                         got);
        }
}

static void words_and_sections(void **state)
{
    size_t local = 0, account = 0;

    (void)state;
    for (int i = PLAN_DRAFT; i <= PLAN_SUPERSEDED; i++)
        CHECK_INT(plan_state_of(plan_state_word((enum plan_state)i)), i);
    for (int i = PLAN_SAVE; i < PLAN_ACTS; i++)
        CHECK_INT(plan_act_of(plan_act_word((enum plan_act)i)), i);
    CHECK_INT(plan_state_of("lost"), -1);
    CHECK_INT(plan_act_of(""), -1);
    while (plan_sections("local")[local])
        local++;
    while (plan_sections("account")[account])
        account++;
    CHECK_INT(local, 9);
    CHECK_INT(account, 5);
    assert_null(plan_sections("other"));
}

static Bihuan__PlanStep step(uint32_t number, const char *word, const char *result)
{
    Bihuan__PlanStep out = BIHUAN__PLAN_STEP__INIT;

    out.number = number;
    out.state = (char *)(uintptr_t)word;
    out.result = (char *)(uintptr_t)result;
    return out;
}

static void finished_steps_are_carried_over(void **state)
{
    Bihuan__PlanStep a[] = { step(1, "done", "r1"), step(2, "open", ""), step(3, "dropped", "r3") };
    Bihuan__PlanStep b[] = { step(1, "open", ""), step(2, "open", ""), step(4, "open", "") };
    Bihuan__PlanStep *from_steps[] = { &a[0], &a[1], &a[2] }, *to_steps[] = { &b[0], &b[1], &b[2] };
    Bihuan__WorkPlan from = BIHUAN__WORK_PLAN__INIT, to = BIHUAN__WORK_PLAN__INIT;

    (void)state;
    from.steps = from_steps;
    to.steps = to_steps;
    from.n_steps = to.n_steps = 3;
    plan_carry_steps(&from, &to);
    assert_string_equal(b[0].state, "done");
    assert_string_equal(b[0].result, "r1");
    assert_string_equal(b[1].state, "open");
    assert_string_equal(b[2].state, "open");
    CHECK_INT(plan_open_steps(&to), 2);
    CHECK_INT(plan_open_steps(&from), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_and_acts),
        cmocka_unit_test(words_and_sections),
        cmocka_unit_test(finished_steps_are_carried_over),
    };

    return cmocka_run_group_tests_name("plan_rules", tests, NULL, NULL);
}
