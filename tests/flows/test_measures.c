/* Definitions on recorded facts: tried before they are published, and changed afterwards.
 *
 * A measure that is redefined must come to what an installation would have that defined it so from the start. "late" is
 * published counting phones and redefined, in the midst of files, to count the pieces of all television in any state;
 * "ever" was defined like that before the first file. In every service, for every unit and day range, both must be the
 * same; and what "late" would come to was said by the trial. Orders are random; BIHUAN_SEED repeats a run. */
#include "base/buf.h"
#include "support/check.h"
#include "support/loop.h"
#include "support/seed.h"

#include "text/pbjson.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_measures.pb-c.h"
#include "bihuan/planning.pb-c.h"

static struct stack stack;
static uint64_t seed, state_of_random;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

static int ask_json(uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&stack, message->service, type, request, reply, err);
}

/* Orders of September in several versions and states, some of them cancelled; `first` numbers them on. */
static void drop_orders(const char *name, int first, int count)
{
    static const char *const shops[] = { "O1", "O2", "O3" }, *const whats[] = { "phone", "tv", "tv-big" },
                             *const states[] = { "placed", "completed", "cancelled" };
    struct buf file = { 0 };

    buf_append_text(&file, "id,when,shop,what,qty,money,state,v\n");
    for (int i = first; i < first + count; i++) {
        int day = 1 + pick(30), shop = pick(3), versions = 1 + pick(2);

        for (int v = 1; v <= versions; v++)
            buf_printf(&file, "n-%d,2026-09-%02d 10:00:00,%s,%s,%d,%d.5,%s,%d\n", i, day, shops[shop], whats[pick(3)],
                       1 + pick(4), pick(1000), states[pick(8) ? pick(2) : 2], v);
    }
    loop_drop(&stack, "orders", name, file.data, file.len);
    buf_fini(&file);
}

static const char new_definition[] = "'value':'quantity','filter':{'products':['tv'],'states':['placed','completed']}";

static char *double_quoted(const char *json)
{
    char *out = arena_strdup(&stack.arena, json);

    for (char *c = out; *c; c++)
        if (*c == '\'')
            *c = '"';
    return out;
}

static Bihuan__TryMeasureReply *try_new(const char *more)
{
    char json[600];

    snprintf(json, sizeof json, "{'definition':{'code':'x','title_zh':'x','title_en':'x',%s}%s}", new_definition, more);
    return (Bihuan__TryMeasureReply *)stack_apply(&stack, MSG(TRY_MEASURE), double_quoted(json));
}

static void a_trial_says_what_it_would_count(void **state)
{
    static const char *const outlets[] = { "O1", "O2", "O3" };
    struct loop_sums sums;
    Bihuan__TryMeasureReply *reply;
    int64_t total = 0, days = 0;

    (void)state;
    drop_orders("orders_20260930.csv", 0, 400);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "2026-09-01", "2026-10-01");
    for (int i = 0; i < 3; i++)
        total += loop_sum_of(&sums, loop_unit(&stack, outlets[i]), loop_measure(&stack, "ever"));
    assert_true(total > 0);
    reply = try_new(",'from':'2026-09-01','until':'2026-10-01','by_day':true");
    CHECK_INT(reply->total, total);
    CHECK_INT(reply->buckets_read, reply->buckets);
    for (size_t i = 0; i < reply->n_days; i++)
        days += reply->days[i]->value;
    CHECK_INT(days, total);
    CHECK_INT(reply->n_top, reply->units);
    for (size_t i = 0; i < reply->n_top; i++)
        CHECK_INT(reply->top[i]->value,
                  loop_sum_of(&sums, loop_unit(&stack, reply->top[i]->unit), loop_measure(&stack, "ever")));
    /* a day range, a subtree, a published measure by its code */
    sums = loop_agree(&stack, "2026-09-05", "2026-09-15");
    CHECK_INT(try_new(",'from':'2026-09-05','until':'2026-09-15','unit':'C2'")->total,
              loop_sum_of(&sums, loop_unit(&stack, "O3"), loop_measure(&stack, "ever")));
    reply = (Bihuan__TryMeasureReply *)stack_apply(
        &stack, MSG(TRY_MEASURE), "{\"measure\":\"ever\",\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"top\":1}");
    CHECK_INT(reply->total, total);
    CHECK_INT(reply->n_top, 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.document WHERE kind = 'measure'"), 2);
}

static void trials_are_refused(void **state)
{
    static const struct {
        const char *why, *json, *says;
    } rows[] = {
        { "an unknown product", "{\"definition\":{\"value\":\"count\",\"filter\":{\"products\":[\"tv\",\"radio\"]}}}",
          "/definition/filter/products/1: product \"radio\" is not known" },
        { "an unknown value", "{\"definition\":{\"value\":\"weight\"}}", "/definition/value" },
        { "an unknown state", "{\"definition\":{\"value\":\"count\",\"filter\":{\"states\":[\"lost\"]}}}",
          "/definition/filter/states/0" },
        { "an unknown fact", "{\"definition\":{\"value\":\"count\",\"fact\":\"dream\"}}", "/definition/fact" },
        { "an unknown unit", "{\"measure\":\"ever\",\"unit\":\"O9\"}", "unit \"O9\" is not known" },
        { "an unknown measure", "{\"measure\":\"never\"}", "measure \"never\" is not known" },
        { "days without days", "{\"measure\":\"ever\",\"by_day\":true}", "need from and until" },
        { "what is no day", "{\"measure\":\"ever\",\"from\":\"2026-02-30\"}", "2026-02-30" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        if (ask_json(MSG(TRY_MEASURE), rows[i].json, NULL, &err) == 0)
            fail_msg("%s was tried", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
}

static void apply_late(const char *fields, const char *more, const char *says)
{
    char json[600];
    struct err err;

    snprintf(json, sizeof json, "{'items':[{'code':'late','title_zh':'晚','title_en':'Late',%s}]%s}", fields, more);
    if (ask_json(MSG(APPLY_MEASURES), double_quoted(json), NULL, &err) == 0) {
        if (says)
            fail_msg("%s was taken", fields);
    } else if (!says || !strstr(err.text, says)) {
        fail_msg("%s: %s", fields, err.text);
    }
}

static void what_may_not_change(void **state)
{
    (void)state;
    apply_late(new_definition, "", "apply it with redefine");
    apply_late("'value':'amount'", ",'redefine':true", "define a new code");
    apply_late("'value':'count','credit':'unit'", ",'redefine':true", "define a new code");
    apply_late("'value':'count','direction':'lower'", ",'redefine':true", "define a new code");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reissue"), 0);
}

static void redefined_is_as_if_from_the_start(void **state)
{
    static const char *const ranges[][2] = {
        { "2026-09-01", "2026-10-01" }, { "2026-09-01", "2026-09-02" }, { "2026-09-10", "2026-09-20" }, { "", "" }
    };
    static const char *const units[] = { "O1", "O2", "O3" };
    uint32_t late = loop_measure(&stack, "late"), ever = loop_measure(&stack, "ever");
    struct loop_sums before = loop_agree(&stack, "", ""), sums;
    int64_t seen = 0, differed = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        differed += loop_sum_of(&before, loop_unit(&stack, units[i]), late) !=
                    loop_sum_of(&before, loop_unit(&stack, units[i]), ever);
    assert_true(differed > 0);
    /* files before, under way and after, with corrections of what was counted by the old definition */
    drop_orders("orders_20260929.csv", 300, 300);
    apply_late(new_definition, ",'redefine':true", NULL);
    drop_orders("orders_20260928.csv", 0, 200);
    stack_kill(&stack, "feedback", "a", 9);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    drop_orders("orders_20260927.csv", 600, 200);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up_reissued(&stack);
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        sums = loop_agree(&stack, ranges[r][0], ranges[r][1]); /* recomputed, monitoring's and incentive's */
        for (int i = 0; i < 3; i++) {
            uint32_t unit = loop_unit(&stack, units[i]);

            if (loop_sum_of(&sums, unit, late) != loop_sum_of(&sums, unit, ever))
                fail_msg("seed %" PRIu64 ": %s of %s..%s: %" PRId64 ", not %" PRId64, seed, units[i], ranges[r][0],
                         ranges[r][1], loop_sum_of(&sums, unit, late), loop_sum_of(&sums, unit, ever));
            seen += loop_sum_of(&sums, unit, late);
        }
    }
    assert_true(seen > 0);
}

static int setup(void **state)
{
    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'phone','name':'p'},{'code':'tv','name':'t'},"
               "{'code':'tv-big','name':'b','parent':'tv'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'late','title_zh':'晚','title_en':'Late','value':'count',"
               "'filter':{'products':['phone']}},{'code':'ever','title_zh':'早','title_en':'Ever',%s}]}",
               new_definition);
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'P','type':'province'},"
               "{'code':'C1','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O3','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'s','fact':'order_line',"
                    "'files':'orders_{yyyyMMdd}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                    "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                    "{'field':'quantity','column':'qty'},{'field':'amount','column':'money'},"
                    "{'field':'state','column':'state','map':'state'},{'field':'version','column':'v'},"
                    "{'field':'operation','column':'state','map':'operation'}],"
                    "'maps':[{'name':'operation','entries':[{'from':'placed','to':'record'},"
                    "{'from':'completed','to':'record'},{'from':'cancelled','to':'cancel'}]},"
                    "{'name':'state','pass':true}]}]}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_says_what_it_would_count),
        cmocka_unit_test(trials_are_refused),
        cmocka_unit_test(what_may_not_change),
        cmocka_unit_test(redefined_is_as_if_from_the_start),
    };

    return cmocka_run_group_tests_name("measures", tests, setup, teardown);
}
