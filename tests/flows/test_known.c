/* Progress of a past day as it was known then and as it is known now, on real daemons: an order that is reported late
 * isn't in yesterday's view as it was known yesterday, and is in it as known today; one that is taken back is in it as
 * known before that. By unit, child, channel, product and of a ratio; by request, route and command.
 *
 * Ten a day and two payments by S1 from the 1st to the 12th, which is judged on the 13th. On the 14th five more of the
 * 9th are reported, of product a through the hall, and three of the 10th are taken back. */
#include "support/check.h"
#include "support/command.h"
#include "support/month.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>

static struct month month;
static struct web web;

static const Bihuan__Progress *row_of(const char *fields, const char *product)
{
    const Bihuan__GetProgressReply *reply = (const Bihuan__GetProgressReply *)month_ask(
        &month, MSG(GET_PROGRESS), "{'period':'2026M11',%s}", fields);

    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->product, product) == 0)
            return reply->items[i];
    return NULL;
}

static int64_t actual(const char *fields)
{
    return row_of(fields, "")->actual;
}

static void of_yesterday(void **state)
{
    static const struct {
        const char *asked;
        int64_t sold;
    } rows[] = {
        { "'as_of':'2026-11-12'", 122 },
        { "'as_of':'2026-11-12','known':'2026-11-14'", 122 },
        { "'as_of':'2026-11-12','known':'2026-11-13'", 120 },
        { "'as_of':'2026-11-09'", 95 },
        { "'as_of':'2026-11-09','known':'2026-11-13'", 90 },
        { "'as_of':'2026-11-10','known':'2026-11-13'", 100 },
        { "'as_of':'2026-11-08','known':'2026-11-13'", 80 },
        { "'known':'2026-11-13'", 130 }, /* what came of the 13th before it was judged belongs to it */
        { "'as_of':'2026-11-13'", 132 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char fields[120];

        for (int unit = 0; unit < 2; unit++) {
            snprintf(fields, sizeof fields, "'unit':'%s','measure':'new',%s", unit ? "P" : "S1", rows[i].asked);
            if (actual(fields) != rows[i].sold)
                fail_msg("%s: %ld, not %ld", fields, (long)actual(fields), (long)rows[i].sold);
        }
    }
    assert_string_equal(row_of("'unit':'S1','measure':'new','known':'2026-11-13'", "")->as_of, "2026-11-13");
}

static void by_parts_and_as_a_ratio(void **state)
{
    (void)state;
    CHECK_INT(actual("'unit':'C1','by':'children','measure':'new','as_of':'2026-11-12','known':'2026-11-13'"), 120);
    CHECK_INT(row_of("'unit':'P','by':'product','measure':'new','as_of':'2026-11-12'", "a")->actual, 5);
    assert_null(row_of("'unit':'P','by':'product','measure':'new','as_of':'2026-11-12','known':'2026-11-13'", "a"));
    CHECK_INT(actual("'unit':'P','by':'channel','measure':'new','as_of':'2026-11-12'"), 5);
    CHECK_INT(actual("'unit':'S1','measure':'each','as_of':'2026-11-12'"), 508); /* 122 / 24 */
    CHECK_INT(actual("'unit':'S1','measure':'each','as_of':'2026-11-12','known':'2026-11-13'"), 500);
}

/* The gap as it was: 120 of 300 is what was planned for twelve days. */
static void the_gap_as_it_was(void **state)
{
    (void)state;
    CHECK_INT(row_of("'unit':'S1','measure':'new','as_of':'2026-11-12','known':'2026-11-13'", "")->gap_bp, 0);
    CHECK_INT(row_of("'unit':'S1','measure':'new','as_of':'2026-11-12'", "")->gap_bp, 66);
}

static void what_cant_be_known_is_refused(void **state)
{
    static const struct {
        const char *query, *code;
    } rows[] = {
        { "known=2026-11-12", "not_recorded" }, /* the daemon was first started on the 13th */
        { "known=2026-11-13&now=true", "known_and_now" },
        { "known=yesterday", "bad_date" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[100];
        struct web_reply reply;

        snprintf(path, sizeof path, "/api/v1/progress?unit=S1&%s", rows[i].query);
        reply = web_ask(&web, "GET", path, web.token, NULL, NULL);
        if (reply.status < 400 || !strstr(reply.text, rows[i].code))
            fail_msg("%s: %ld %s", path, (long)reply.status, reply.text);
        web_reply_free(&reply);
    }
}

static void by_command(void **state)
{
    (void)state;
    command_expect("progress S1 --measure new --as-of 2026-11-12 --known 2026-11-13 -o csv", 0, ",120,");
    command_expect("progress S1 --measure new --as-of 2026-11-12 -o csv", 0, ",122,");
    command_expect("progress S1 --known 2026-11-12", 1, "recorded since 2026-11-13");
}

static void facts(void)
{
    month_facts(&month, "bss", "S1", "new", 1, 12, 10);
    month_facts(&month, "bss", "S1", "paid", 1, 12, 2);
}

static int set_up(void **state)
{
    (void)state;
    month_begin(&month, &(struct month_scene) {
                            .today = "2026-11-13",
                            .measures = "{'code':'each','title_zh':'均','title_en':'each','value':'ratio','ratio':"
                                        "{'of':'new','over':'paid','decimals':2}}",
                            .targets = "S1 new 300",
                            .facts = facts,
                            .complete = 12 });
    month_go_to(&month, 14);
    month_fact(&month, (struct month_fact) { "bss", "S1", "new", 9, 5, "hall", "a" });
    month_fact(&month, (struct month_fact) { "bss", "S1", "new", 10, -3, NULL, NULL });
    month_facts(&month, "bss", "S1", "new", 13, 13, 10);
    month_complete(&month, 13);
    web_start(&web, &month.stack);
    command_open(&month.stack, &web, "cli");
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
        cmocka_unit_test(of_yesterday),      cmocka_unit_test(by_parts_and_as_a_ratio),
        cmocka_unit_test(the_gap_as_it_was), cmocka_unit_test(what_cant_be_known_is_refused),
        cmocka_unit_test(by_command),
    };

    return cmocka_run_group_tests_name("known", tests, set_up, tear_down);
}
