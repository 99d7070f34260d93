/* The way of a material: every state, forwards and back, with and without something to localise. */
#include "planning/guides/material_steps.h"

#include "support/check.h"

static void steps(void **state)
{
    static const struct {
        enum material_state from;
        bool back, localise;
        int to; /* -1: none */
        uint32_t by;
    } rows[] = {
        { MATERIAL_REQUESTED, false, true, MATERIAL_DESIGNED, 1 },
        { MATERIAL_DESIGNED, false, true, MATERIAL_LOCALISED, 2 },
        { MATERIAL_LOCALISED, false, true, MATERIAL_SHIPPED, 3 },
        { MATERIAL_SHIPPED, false, true, -1, 0 },
        { MATERIAL_CONFIRMED, false, true, -1, 0 },
        { MATERIAL_REQUESTED, true, true, -1, 1 },
        { MATERIAL_DESIGNED, true, true, MATERIAL_REQUESTED, 2 },
        { MATERIAL_LOCALISED, true, true, MATERIAL_DESIGNED, 3 },
        { MATERIAL_SHIPPED, true, true, -1, 0 },
        { MATERIAL_REQUESTED, false, false, MATERIAL_DESIGNED, 1 },
        { MATERIAL_DESIGNED, false, false, MATERIAL_SHIPPED, 3 },
        { MATERIAL_DESIGNED, true, false, MATERIAL_REQUESTED, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct material_units units = { 1, rows[i].localise ? 2 : 0, 3 };
        enum material_state next;
        bool moved = material_step(rows[i].from, &units, rows[i].back, &next);

        if (moved != (rows[i].to >= 0) || (moved && (int)next != rows[i].to))
            fail_msg("row %zu: %s", i, moved ? material_word(next) : "none");
        CHECK_INT(material_step_unit(rows[i].from, &units), rows[i].by);
    }
}

static void words(void **state)
{
    (void)state;
    for (int i = MATERIAL_REQUESTED; i <= MATERIAL_CONFIRMED; i++)
        CHECK_INT(material_state_of(material_word((enum material_state)i)), i);
    CHECK_INT(material_state_of("lost"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(steps), cmocka_unit_test(words) };

    return cmocka_run_group_tests_name("material_steps", tests, NULL, NULL);
}
