/* Summaries of reports against the test's own arithmetic over what it wrote: random reports of four shops in two
 * cities, some of them returned, some never submitted. BIHUAN_SEED repeats a run. */
#include "bus/message.h"
#include "support/check.h"
#include "support/seed.h"
#include "support/stack.h"

#include "text/pbjson.h"

#include "bihuan/feedback_reports.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPORTS 90
#define SHOPS   4
#define CITIES  2
#define CHOICES 3

static const char *const shops[SHOPS] = { "O1", "O2", "O3", "O4" }; /* the first two stand in C1 */
static const char *const cities[CITIES] = { "C1", "C2" };
static const char *const choices[CHOICES] = { "rain", "shine", "snow" };
static struct stack stack;
static uint64_t seed, state_of_random;

/* What was written and stands. */
static struct written {
    int shop, choice, number;
    bool stands;
} written[REPORTS];

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- writing -------------------------------------------------------------------------------------------------------
 */
static const char *in_quotes(const char *text)
{
    char *out = arena_strdup(&stack.arena, text);

    for (char *c = out; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return out;
}

static void write_one(struct written *w)
{
    const Bihuan__SaveReportReply *saved;
    char json[300];
    int fate = pick(6); /* 0: never submitted, 1: returned, 2: returned and submitted again */

    *w = (struct written) { pick(SHOPS), pick(CHOICES), pick(50) - 25, fate > 1 };
    stack.person = "writer";
    snprintf(json, sizeof json,
             "{'template':'note','unit':'%s','values':[{'name':'n','value':'%d'},{'name':'sky','value':'%s'}]}",
             shops[w->shop], w->number, choices[w->choice]);
    saved = (const Bihuan__SaveReportReply *)stack_apply(&stack, MSG(SAVE_REPORT), in_quotes(json));
    if (fate == 0)
        return;
    snprintf(json, sizeof json, "{'id':'%s'}", saved->report->id);
    stack_apply(&stack, MSG(SUBMIT_REPORT), in_quotes(json));
    if (fate > 2)
        return;
    stack.person = "reader";
    snprintf(json, sizeof json, "{'id':'%s','reason':'no'}", saved->report->id);
    stack_apply(&stack, MSG(RETURN_REPORT), in_quotes(json));
    if (fate == 1)
        return;
    stack.person = "writer";
    w->number = pick(50) - 25;
    snprintf(json, sizeof json, "{'id':'%s','values':[{'name':'n','value':'%d'}]}", saved->report->id, w->number);
    stack_apply(&stack, MSG(SUBMIT_REPORT), in_quotes(json));
}

/* --- the test's own way --------------------------------------------------------------------------------------------
 */
static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The numbers that stand in a city (below 0: of all), of a shop (below 0: any), in order. */
static int numbers_of(int city, int shop, int choice, int out[REPORTS])
{
    int count = 0;

    for (int i = 0; i < REPORTS; i++)
        if (written[i].stands && written[i].shop / 2 == city && (shop < 0 || written[i].shop == shop) &&
            (choice < 0 || written[i].choice == choice))
            out[count++] = written[i].number;
    qsort(out, (size_t)count, sizeof *out, ascending);
    return count;
}

static uint32_t told(const Bihuan__SummarizeReportsReply *reply, const char *city, const char *choice)
{
    for (size_t i = 0; i < reply->n_tallies; i++)
        if (strcmp(reply->tallies[i]->city, city) == 0 && strcmp(reply->tallies[i]->choice, choice) == 0)
            return reply->tallies[i]->count;
    return 0;
}

static void check(const Bihuan__SummarizeReportsReply *reply, int city, int shop)
{
    int sorted[REPORTS], count = numbers_of(city, shop, -1, sorted);
    const Bihuan__ReportNumbers *numbers = NULL;
    const Bihuan__ReportCount *counts = NULL;

    for (size_t i = 0; i < reply->n_numbers; i++)
        if (strcmp(reply->numbers[i]->city, cities[city]) == 0)
            numbers = reply->numbers[i];
    for (size_t i = 0; i < reply->n_counts; i++)
        if (strcmp(reply->counts[i]->city, cities[city]) == 0)
            counts = reply->counts[i];
    CHECK_INT(counts ? counts->reports : 0, count);
    CHECK_INT(counts ? counts->due : 0, 0);
    if (!count)
        return;
    assert_non_null(numbers);
    CHECK_INT(numbers->count, count);
    CHECK_INT(numbers->min, sorted[0]);
    CHECK_INT(numbers->median, sorted[(count - 1) / 2]);
    CHECK_INT(numbers->max, sorted[count - 1]);
    for (int c = 0; c < CHOICES; c++) {
        int chosen[REPORTS];

        CHECK_INT(told(reply, cities[city], choices[c]), numbers_of(city, shop, c, chosen));
    }
}

static void summaries_are_what_was_written(void **state)
{
    (void)state;
    for (int i = 0; i < REPORTS; i++)
        write_one(&written[i]);
    stack.person = "reader";
    {
        const Bihuan__SummarizeReportsReply *all = (const Bihuan__SummarizeReportsReply *)stack_apply(
            &stack, MSG(SUMMARIZE_REPORTS), "{}");

        check(all, 0, -1);
        check(all, 1, -1);
    }
    for (int shop = 0; shop < SHOPS; shop++) {
        char json[40];

        snprintf(json, sizeof json, "{'unit':'%s'}", shops[shop]);
        check((const Bihuan__SummarizeReportsReply *)stack_apply(&stack, MSG(SUMMARIZE_REPORTS), in_quotes(json)),
              shop / 2, shop);
    }
}

static void other_filters_leave_nothing(void **state)
{
    static const char *const none[] = { "{'theme':'price'}", "{'template':'other'}", "{'until':'2026-11-25'}",
                                        "{'from':'2026-11-26'}" };

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        const Bihuan__SummarizeReportsReply *reply = (const Bihuan__SummarizeReportsReply *)stack_apply(
            &stack, MSG(SUMMARIZE_REPORTS), in_quotes(none[i]));

        CHECK_INT(reply->n_counts + reply->n_tallies + reply->n_numbers, 0);
    }
}

/* --- set-up --------------------------------------------------------------------------------------------------------
 */
static bool knows_units(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.ref_unit") == 7;
}

#define UNIT(code, type, parent)                                                                                       \
    "{'code':'" code "','name':'" code "','type':'" type "','relations':[{'parent':'" parent "','from':'2026-01-01'}]" \
    "}"

static int set_up(void **state)
{

    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T08:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_apply(
        &stack, MSG(APPLY_UNITS),
        in_quotes("{'items':[{'code':'P','name':'P','type':'province'}," UNIT("C1", "city", "P") "," UNIT(
            "C2", "city", "P") "," UNIT("O1", "outlet", "C1") "," UNIT("O2", "outlet",
                                                                       "C1") "," UNIT("O3", "outlet",
                                                                                      "C2") "," UNIT("O4", "outlet",
                                                                                                     "C2") "]}"));
    assert_true(stack_until(knows_units, NULL, 20));
    stack_apply(&stack, MSG(APPLY_REPORT_TEMPLATES),
                in_quotes("{'items':[{'code':'note','title_zh':'n','title_en':'n','theme':'market',"
                          "'unit_types':['outlet'],'recurrence':'free','fields':["
                          "{'name':'n','title_zh':'n','title_en':'n','kind':'number'},"
                          "{'name':'sky','title_zh':'s','title_en':'s','kind':'choice','choices':["
                          "{'code':'rain'},{'code':'shine'},{'code':'snow'}]}]}]}"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(summaries_are_what_was_written),
                                        cmocka_unit_test(other_filters_leave_nothing) };

    return cmocka_run_group_tests_name("report_summary", tests, set_up, tear_down);
}
