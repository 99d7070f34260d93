/* What a gap is made of where parts have no targets of their own, on real daemons: units below, channels, products;
 * what they did in as many days before the period says what they would have had to do, and where nothing does they are
 * one row, "others". By hand, to the 20th of November: each city has 600 for 30 days, so 400 by then. */
#include "support/check.h"
#include "support/month.h"

#include <string.h>

static struct month month;

static const Bihuan__ExplainAlertReply *why(const char *unit)
{
    return (const Bihuan__ExplainAlertReply *)month_ask(&month, MSG(EXPLAIN_ALERT), "{'id':'%s'}",
                                                        month_alert(&month, "lag", unit)->id);
}

static void check(const Bihuan__SliceContributor *part, const char *code, int64_t planned, int64_t actual,
                  uint32_t share_ppm, bool estimated)
{
    assert_string_equal(part->code, code);
    CHECK_INT(part->planned, planned);
    CHECK_INT(part->actual, actual);
    CHECK_INT(part->deficit, planned - actual);
    CHECK_INT(part->share_ppm, share_ppm);
    CHECK_INT(part->estimated, estimated);
}

/* From 12 to 31 October S1 sold 120 and S2 80: 240 and 160 of the 400. They did 40 and 160. */
static void units_without_targets(void **state)
{
    const Bihuan__ExplainAlertReply *reply = why("C1");

    (void)state;
    CHECK_INT(reply->alert->inputs->planned, 400);
    CHECK_INT(reply->alert->inputs->actual, 200);
    CHECK_INT(reply->n_by_child, 1); /* S2 lacks nothing */
    check(reply->by_child[0], "S1", 240, 40, 1000000, true);
}

/* The hall has 150 of the 600, 100 by now, and did 40. The agents did all of the rest in October: 300, and did 160. */
static void a_channel_beside_one_with_a_target(void **state)
{
    const Bihuan__ExplainAlertReply *reply = why("C1");

    (void)state;
    CHECK_INT(reply->n_by_channel, 2);
    check(reply->by_channel[0], "agent", 300, 160, 700000, true);
    check(reply->by_channel[1], "hall", 100, 40, 300000, false);
    CHECK_INT(reply->by_channel[1]->target, 150);
}

/* S1 sold a, which stands beneath 5g; S2 fix, which lacks nothing. */
static void a_family_of_products(void **state)
{
    const Bihuan__ExplainAlertReply *reply = why("C1");

    (void)state;
    CHECK_INT(reply->n_by_product, 1);
    check(reply->by_product[0], "5g", 240, 40, 1000000, true);
}

/* Nothing is known of C2 before November; S3 did 100. */
static void others_where_nothing_is_known(void **state)
{
    const Bihuan__ExplainAlertReply *reply = why("C2");

    (void)state;
    CHECK_INT(reply->n_by_child, 1);
    check(reply->by_child[0], "", 400, 100, 1000000, true);
    assert_string_equal(reply->by_child[0]->name, "others");
    CHECK_INT(reply->n_by_channel, 1);
    check(reply->by_channel[0], "", 400, 100, 1000000, true);
    CHECK_INT(reply->n_by_product, 1);
    check(reply->by_product[0], "", 400, 100, 1000000, true);
}

static void facts(void)
{
    for (int day = -19; day <= 20; day++) {
        month_fact(&month, (struct month_fact) { "bss", "S1", "new", day, day < 1 ? 6 : 2, "hall", "a" });
        month_fact(&month, (struct month_fact) { "bss", "S2", "new", day, day < 1 ? 4 : 8, "agent", "fix" });
        if (day >= 1)
            month_fact(&month, (struct month_fact) { "bss", "S3", "new", day, 5, "hall", "b" });
    }
}

static int set_up(void **state)
{
    (void)state;
    month_begin(
        &month,
        &(struct month_scene) {
            .today = "2026-11-21",
            .targets = "C1 new 600;C2 new 600;C1 new 150 hall",
            .rules = "{'code':'lag','kind':'lag','measure':'new','unit_types':['city'],'significance_ppm':1000000}",
            .facts = facts,
            .complete = 20 });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_stop(&month);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_without_targets),
        cmocka_unit_test(a_channel_beside_one_with_a_target),
        cmocka_unit_test(a_family_of_products),
        cmocka_unit_test(others_where_nothing_is_known),
    };

    return cmocka_run_group_tests_name("gap parts", tests, set_up, tear_down);
}
