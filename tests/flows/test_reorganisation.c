/* Moves, mergers, closures and hand-overs on real daemons. Whatever happens to the tree, a result belongs to the parent
 * of its day: what each city has is worked out here by hand from the orders and the days.
 *
 * Two cities of two outlets; every outlet sells one piece a day at 100.00 from 1 to 30 October 2026. O2 moves from C1
 * to C2 on the 11th; C2 merges into C1 on the 21st.
 *
 *            days 1-10        11-20                 21-30
 *   C1       O1, O2           O1                    O1, O2, O3, O4
 *   C2       O3, O4           O2, O3, O4            -
 */
#include "base/buf.h"
#include "support/check.h"
#include "support/loop.h"

#include "text/pbjson.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"

static struct stack stack;

static int ask_json(uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&stack, message->service, type, request, reply, err);
}

static void drop_days(const char *name, int from, int to)
{
    static const char *const outlets[] = { "O1", "O2", "O3", "O4" };
    struct buf file = { 0 };

    buf_append_text(&file, "no,day,unit,product,amount,state\n");
    for (int day = from; day <= to; day++)
        for (int i = 0; i < 4; i++)
            buf_printf(&file, "%s-%d,2026-10-%02d,%s,5g,100,completed\n", outlets[i], day, day, outlets[i]);
    loop_drop(&stack, "orders", name, file.data, file.len);
    loop_wait_inbox(&stack, "orders", 60);
    buf_fini(&file);
}

/* Pieces that monitoring counts for a unit by that day. */
static long pieces(const char *unit, const char *as_of)
{
    char json[200];
    Bihuan__GetProgressReply *reply;

    snprintf(json, sizeof json,
             "{\"unit\":\"%s\",\"measure\":\"new\",\"period\":\"2026Q4\",\"as_of\":\"%s\",\"depth\":0}", unit, as_of);
    reply = (Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
    return reply->n_items ? (long)reply->items[0]->actual : 0;
}

static void a_preview_changes_nothing(void **state)
{
    Bihuan__ReorganiseReply *reply;

    (void)state;
    reply = (Bihuan__ReorganiseReply *)stack_apply(
        &stack, MSG(MERGE_UNITS), "{\"dry_run\":true,\"unit\":\"C2\",\"into\":\"C1\",\"from\":\"2026-10-21\"}");
    assert_true(reply->dry_run);
    CHECK_INT(reply->change->unit_count, 4); /* C2 itself, O3, O4, and the office that C2 guided */
    CHECK_INT(reply->change->role_count, 1);
    assert_string_equal(reply->change->roles[0]->person, "li");
    assert_string_equal(reply->change->roles[0]->unit_after, "C1");
    CHECK_INT(reply->change->n_targets, 2);
    CHECK_INT(reply->change->targets[0]->published, 1);
    CHECK_INT(reply->change->targets[0]->drafts, 0); /* no revision is open */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.reorganisation"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type IN (51, 52)"), 0);
}

static void a_move_takes_later_results_along(void **state)
{
    Bihuan__ReorganiseReply *reply;

    (void)state;
    drop_days("orders_20261010.csv", 1, 10);
    reply = (Bihuan__ReorganiseReply *)stack_apply(
        &stack, MSG(MOVE_UNIT), "{\"unit\":\"O2\",\"parent\":\"C2\",\"from\":\"2026-10-11\",\"reason\":\"nearer\"}");
    CHECK_INT(reply->change->id, 1);
    assert_string_equal(reply->change->units[0]->before, "C1");
    drop_days("orders_20261020.csv", 11, 20);
    loop_catch_up(&stack);
    CHECK_INT(pieces("C1", "2026-10-10"), 20);
    CHECK_INT(pieces("C1", "2026-10-20"), 30);
    CHECK_INT(pieces("C2", "2026-10-10"), 20);
    CHECK_INT(pieces("C2", "2026-10-20"), 50);
    CHECK_INT(pieces("P", "2026-10-20"), 80);
}

static void a_merger_gives_everything_on(void **state)
{
    Bihuan__ListUnitsReply *units;
    Bihuan__ListPeopleReply *people;

    (void)state;
    stack_apply(&stack, MSG(MERGE_UNITS),
                "{\"unit\":\"C2\",\"into\":\"C1\",\"from\":\"2026-10-21\",\"reason\":\"one city\"}");
    drop_days("orders_20261030.csv", 21, 30);
    loop_catch_up(&stack);
    CHECK_INT(pieces("C1", "2026-10-20"), 30); /* what was before stays */
    CHECK_INT(pieces("C2", "2026-10-20"), 50);
    CHECK_INT(pieces("C1", "2026-10-30"), 70);
    CHECK_INT(pieces("C2", "2026-10-30"), 50);
    CHECK_INT(pieces("P", "2026-10-30"), 120);
    units = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS), "{\"code\":\"C2\"}");
    assert_string_equal(units->items[0]->closed, "2026-10-21");
    assert_string_equal(units->items[0]->successor, "C1");
    units = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS),
                                                  "{\"dotted\":\"C1\",\"day\":\"2026-10-21\"}");
    CHECK_INT(units->n_items, 1);
    assert_string_equal(units->items[0]->code, "F");
    people = (Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE),
                                                    "{\"unit\":\"C1\",\"role\":\"manager\",\"day\":\"2026-10-21\"}");
    CHECK_INT(people->n_items, 1);
    assert_string_equal(people->items[0]->code, "li");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 51"), 2);
    (void)loop_agree(&stack, "2026-10-01", "2026-11-01"); /* recomputed, all agree */
}

/* A closed unit sells nothing more: its rows wait, and say so. A correction of what it sold counts below the heir. */
static void a_closed_unit_only_takes_back(void **state)
{
    struct buf file = { 0 };

    (void)state;
    stack_apply(&stack, MSG(CLOSE_UNIT), "{\"unit\":\"O4\",\"from\":\"2026-10-31\",\"reason\":\"rent\"}");
    loop_catch_up(&stack);
    buf_append_text(&file, "no,day,unit,product,amount,state\nO4-31,2026-10-31,O4,5g,100,completed\n"
                           "O4-30,2026-10-31,O4,5g,100,cancelled\n");
    loop_drop(&stack, "orders", "orders_20261031.csv", file.data, file.len);
    loop_wait_inbox(&stack, "orders", 60);
    buf_fini(&file);
    loop_catch_up(&stack);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE reason = 'unit_closed'"), 1);
    CHECK_INT(pieces("C1", "2026-10-31"), 69);
    CHECK_INT(pieces("P", "2026-10-31"), 119);
    /* opened again, the row counts */
    stack_apply(&stack, MSG(CLOSE_UNIT), "{\"unit\":\"O4\",\"reason\":\"rent paid\"}");
    loop_catch_up(&stack);
    stack_apply(&stack, MSG(RELEASE_REJECTS), "{\"feed\":\"orders\"}");
    loop_catch_up(&stack);
    CHECK_INT(pieces("P", "2026-10-31"), 120);
}

/* The calendar lifts a month's last day to three: 92 days weigh 92 + 3 * 2 = 98; by 30 October 30, by the 31st 33. */
static void month_ends_weigh_more(void **state)
{
    static const struct {
        const char *as_of;
        uint32_t ppm; /* rounded down */
    } rows[] = { { "2026-10-30", 306122 }, { "2026-10-31", 336734 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[200];
        Bihuan__GetProgressReply *reply;

        snprintf(json, sizeof json, "{\"unit\":\"C1\",\"measure\":\"new\",\"period\":\"2026Q4\",\"as_of\":\"%s\"}",
                 rows[i].as_of);
        reply = (Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
        assert_in_range(reply->items[0]->curve_ppm, rows[i].ppm, rows[i].ppm + 1);
    }
}

static void one_product_many_spellings(void **state)
{
    struct buf file = { 0 };
    struct err err;

    (void)state;
    buf_append_text(&file, "no,day,unit,product,amount,state\nA-1,2026-10-31,O1,5G 畅享,100,completed\n"
                           "A-2,2026-10-31,O1,FIVEG,100,completed\n");
    loop_drop(&stack, "orders", "orders_20261101.csv", file.data, file.len);
    loop_wait_inbox(&stack, "orders", 60);
    buf_fini(&file);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE reason = 'unknown_product'"), 2);
    stack_apply(&stack, MSG(APPLY_PRODUCTS),
                "{\"items\":[{\"code\":\"5g\",\"name\":\"5G\",\"aliases\":[\"5G 畅享\",\"FIVEG\"]}]}");
    loop_catch_up(&stack);
    stack_apply(&stack, MSG(RELEASE_REJECTS), "{\"feed\":\"orders\"}");
    loop_catch_up(&stack);
    CHECK_INT(pieces("P", "2026-10-31"), 122);
    /* one spelling, one product */
    assert_int_equal(ask_json(MSG(APPLY_PRODUCTS),
                              "{\"items\":[{\"code\":\"4g\",\"name\":\"4G\",\"aliases\":[\"FIVEG\"]}]}", NULL, &err),
                     -1);
    assert_non_null(strstr(err.text, "stands for product \"5g\" already"));
    assert_int_equal(ask_json(MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"FIVEG\",\"name\":\"x\"}]}", NULL, &err),
                     -1);
    assert_non_null(strstr(err.text, "is another spelling of product \"5g\""));
    /* a spelling may go from one to another */
    stack_apply(&stack, MSG(APPLY_PRODUCTS),
                "{\"items\":[{\"code\":\"4g\",\"name\":\"4G\",\"aliases\":[\"FIVEG\"]},"
                "{\"code\":\"5g\",\"name\":\"5G\",\"aliases\":[\"5G 畅享\"]}]}");
    loop_catch_up(&stack);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.ref_product_alias a JOIN feedback.ref_product p"
                                   " ON p.id = a.product_id WHERE p.code = '4g' AND a.alias = 'FIVEG'"),
              1);
}

static void a_leaver_is_succeeded(void **state)
{
    Bihuan__ListPeopleReply *people;
    Bihuan__ReorganiseReply *reply;

    (void)state;
    reply = (Bihuan__ReorganiseReply *)stack_apply(
        &stack, MSG(HAND_OVER),
        "{\"person\":\"li\",\"successor\":\"sun\",\"from\":\"2026-12-01\",\"reason\":\"retires\",\"pass_roles\":true}");
    CHECK_INT(reply->change->role_count, 2); /* one ends, one begins */
    people = (Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE),
                                                    "{\"unit\":\"C1\",\"role\":\"manager\",\"day\":\"2026-11-30\"}");
    CHECK_INT(people->n_items, 1);
    assert_string_equal(people->items[0]->code, "li");
    assert_string_equal(people->items[0]->successor, "sun");
    people = (Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE),
                                                    "{\"unit\":\"C1\",\"role\":\"manager\",\"day\":\"2026-12-01\"}");
    CHECK_INT(people->n_items, 1);
    assert_string_equal(people->items[0]->code, "sun");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 52"), 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.reorganisation"), 5);
}

static void refusals(void **state)
{
    static const struct {
        const char *why;
        uint32_t type;
        const char *json, *says;
    } rows[] = {
        { "no reason", MSG(MOVE_UNIT), "{\"unit\":\"O1\",\"parent\":\"P\",\"from\":\"2026-12-01\"}", "needs a reason" },
        { "below itself", MSG(MOVE_UNIT),
          "{\"unit\":\"C1\",\"parent\":\"O1\",\"from\":\"2026-12-01\",\"reason\":\"r\"}", "itself or below it" },
        { "where it is", MSG(MOVE_UNIT), "{\"unit\":\"O1\",\"parent\":\"C1\",\"from\":\"2026-12-01\",\"reason\":\"r\"}",
          "under \"C1\" on that day already" },
        { "under a closed unit", MSG(MOVE_UNIT),
          "{\"unit\":\"O1\",\"parent\":\"C2\",\"from\":\"2026-12-01\",\"reason\":\"r\"}", "closed by then" },
        { "by a manifest, too", MSG(APPLY_UNITS),
          "{\"items\":[{\"code\":\"O1\",\"name\":\"o\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\",\"from\":"
          "\"2026-12-01\"}]}]}",
          "closed by then" },
        { "merged twice", MSG(MERGE_UNITS),
          "{\"unit\":\"C2\",\"into\":\"C1\",\"from\":\"2026-12-01\",\"reason\":\"r\"}", "is closed already" },
        { "another type", MSG(MERGE_UNITS),
          "{\"unit\":\"O1\",\"into\":\"C1\",\"from\":\"2026-12-01\",\"reason\":\"r\"}",
          "cannot be merged into a city" },
        { "a closure over children", MSG(CLOSE_UNIT), "{\"unit\":\"C1\",\"from\":\"2026-12-01\",\"reason\":\"r\"}",
          "is under it on that day or later" },
        { "what was merged opens no more", MSG(CLOSE_UNIT), "{\"unit\":\"C2\",\"reason\":\"r\"}", "was merged into" },
        { "closed by a manifest", MSG(APPLY_UNITS),
          "{\"items\":[{\"code\":\"O1\",\"name\":\"o\",\"type\":\"outlet\",\"closed\":\"2026-12-01\"}]}",
          "by a request of its own" },
        { "nobody succeeds", MSG(HAND_OVER),
          "{\"person\":\"sun\",\"successor\":\"nobody\",\"from\":\"2026-12-02\",\"reason\":\"r\"}", "is not known" },
        { "who has left hands nothing over", MSG(HAND_OVER),
          "{\"person\":\"li\",\"successor\":\"sun\",\"from\":\"2026-12-02\",\"reason\":\"r\"}", "left on 2026-12-01" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        if (ask_json(rows[i].type, rows[i].json, NULL, &err) == 0)
            fail_msg("%s was done", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.reorganisation"), 5);
}

static void apply_units(void)
{
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},"
               "{'code':'F','name':'渠道室','type':'office','relations':[{'parent':'P','from':'2026-01-01'}],"
               "'dotted':[{'to':'C2','kind':'functional','from':'2026-01-01'}]},"
               "{'code':'C1','name':'一市','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'二市','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'1','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O2','name':'2','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O3','name':'3','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'O4','name':'4','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
}

/* The manifests that set all this up, applied once more, undo none of it. */
static void old_manifests_undo_nothing(void **state)
{
    (void)state;
    apply_units();
    loop_catch_up(&stack);
    CHECK_INT(pieces("C1", "2026-10-20"), 30);
    CHECK_INT(pieces("C2", "2026-10-30"), 50);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-05T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5G'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新增','title_en':'New','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}],"
               "'month_end_ppm':[3000000]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    apply_units();
    loop_apply(&stack, MSG(APPLY_PEOPLE),
               "{'items':[{'code':'li','name':'李','roles':[{'role':'manager','unit':'C2','from':'2026-01-01'}]},"
               "{'code':'sun','name':'孙'}]}");
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'items':[{'period':'2026Q4','unit':'C1','measure':'new','amount':'300'},"
               "{'period':'2026Q4','unit':'C2','measure':'new','amount':'300'},"
               "{'period':'2026Q4','unit':'P','measure':'new','amount':'900'}]}");
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'2026Q4','consents':['empty_leaf']}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'bss','fact':'order_line',"
                    "'files':'orders_{yyyyMMdd}.csv','key':['no'],'columns':["
                    "{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'unit'},"
                    "{'field':'product','column':'product'},{'field':'amount','column':'amount'},"
                    "{'field':'operation','column':'state','map':'operation'}],"
                    "'maps':[{'name':'operation','entries':[{'from':'completed','to':'record'},"
                    "{'from':'cancelled','to':'cancel'}]}]}]}");
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
        cmocka_unit_test(a_preview_changes_nothing),    cmocka_unit_test(a_move_takes_later_results_along),
        cmocka_unit_test(a_merger_gives_everything_on), cmocka_unit_test(a_closed_unit_only_takes_back),
        cmocka_unit_test(month_ends_weigh_more),        cmocka_unit_test(one_product_many_spellings),
        cmocka_unit_test(a_leaver_is_succeeded),        cmocka_unit_test(refusals),
        cmocka_unit_test(old_manifests_undo_nothing),
    };

    return cmocka_run_group_tests_name("reorganisation", tests, setup, teardown);
}
