/* Planning on a real daemon: what is applied is kept and published; what is wrong is refused whole, with its place. */
#include "support/check.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "text/pbjson.h"

static struct stack stack;

static void apply_catalog(void)
{
    stack_apply(&stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"自有营业厅\"}]}");
    stack_apply(&stack, MSG(APPLY_PRODUCTS),
                "{\"items\":[{\"code\":\"mobile\",\"name\":\"移动\"},"
                "{\"code\":\"5g\",\"name\":\"5G套餐\",\"parent\":\"mobile\",\"list_price\":\"129\"}]}");
    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增用户\",\"title_en\":\"New\",\"value\":\"count\","
                "\"filter\":{\"products\":[\"mobile\"]}}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"cn\",\"classes\":[{\"class\":\"working\",\"weight\":100},"
                "{\"class\":\"weekend\",\"weight\":120},{\"class\":\"holiday\",\"weight\":80}],"
                "\"days\":[{\"date\":\"2026-10-01\",\"class\":\"holiday\",\"name\":\"国庆节\"}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\","
                "\"until\":\"2027-01-01\",\"calendar\":\"cn\"}]}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]},"
                "{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]}]}");
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

static void test_catalog_is_published(void **state)
{
    (void)state;
    apply_catalog();
    CHECK_INT(pg_number(&stack.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0"), 6);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream"), 6);
    apply_catalog(); /* the same again: nothing changes, nothing is published */
    CHECK_INT(pg_number(&stack.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0"), 6);
}

static void test_refusals_name_their_place(void **state)
{
    static const struct {
        const char *why;
        uint32_t type;
        const char *json;
        const char *place;
    } rows[] = {
        { "unknown parent", MSG(APPLY_UNITS),
          "{\"items\":[{\"code\":\"X\",\"name\":\"x\",\"type\":\"city\",\"relations\":[{\"parent\":\"nobody\",\"from\":"
          "\"2026-01-01\"}]}]}",
          "/items/0/relations/0/parent: parent \"nobody\" is not a known unit" },
        { "a cycle", MSG(APPLY_UNITS),
          "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\",\"relations\":[{\"parent\":\"C1\","
          "\"from\":\"2026-01-01\"}]}]}",
          "/items/0/relations/0/parent" },
        { "unknown type", MSG(APPLY_UNITS), "{\"items\":[{\"code\":\"Y\",\"name\":\"y\",\"type\":\"planet\"}]}",
          "/items/0/type: type \"planet\" is none of province" },
        { "a definition that was published", MSG(APPLY_MEASURES),
          "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新\",\"title_en\":\"N\",\"value\":\"amount\"}]}",
          "/items/0: measure" },
        { "day outside the calendar", MSG(APPLY_PERIODS),
          "{\"items\":[{\"code\":\"Z\",\"from\":\"2026-02-30\",\"until\":\"2026-04-01\",\"calendar\":\"cn\"}]}",
          "/items/0/from: from \"2026-02-30\" is not a date" },
        { "a target of nothing", MSG(APPLY_TARGETS),
          "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"0\"}]}",
          "/items/0/amount" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        if (ask_json(rows[i].type, rows[i].json, NULL, &err) == 0)
            fail_msg("%s was taken", rows[i].why);
        if (!strstr(err.text, rows[i].place))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].place);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0"), 6);
}

static void test_plan_must_add_up(void **state)
{
    Bihuan__PublishPlanReply *reply;
    struct err err;

    (void)state;
    stack_apply(&stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"100\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"60\"},"
                "{\"period\":\"2026Q4\",\"unit\":\"C2\",\"measure\":\"new\",\"amount\":\"41\"}]}");
    assert_int_equal(ask_json(MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}", NULL, &err), -1);
    assert_non_null(strstr(err.text, "add up to 101"));
    stack_apply(&stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"C2\",\"measure\":\"new\",\"amount\":\"40\"}]}");
    reply = (Bihuan__PublishPlanReply *)stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}");
    CHECK_INT(reply->plan->version, 1);
    CHECK_INT(reply->plan->lines, 3);
    reply = (Bihuan__PublishPlanReply *)stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}");
    assert_true(reply->unchanged);
}

static void test_a_move_keeps_history(void **state)
{
    Bihuan__ListUnitsReply *reply;

    (void)state;
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"O1\",\"name\":\"厅\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":"
                "[{\"parent\":\"C1\",\"from\":\"2026-01-01\"}]}]}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"O1\",\"name\":\"厅\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":"
                "[{\"parent\":\"C2\",\"from\":\"2026-11-01\"}]}]}");
    reply = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS),
                                                  "{\"parent\":\"C1\",\"day\":\"2026-10-31\"}");
    CHECK_INT(reply->n_items, 1);
    assert_string_equal(reply->items[0]->relations[0]->until, "2026-11-01");
    reply = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS),
                                                  "{\"parent\":\"C2\",\"day\":\"2026-11-01\"}");
    CHECK_INT(reply->n_items, 1);
}

static void test_killed_it_comes_back(void **state)
{
    Bihuan__ListUnitsReply *reply;

    (void)state;
    stack_kill(&stack, "planning", "a", SIGKILL);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    pg_kill(&stack.pg);
    pg_run_again(&stack.pg);
    reply = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS), "{}");
    CHECK_INT(reply->n_items, 4);
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"O2\",\"name\":\"店\",\"type\":\"outlet\","
                "\"relations\":[{\"parent\":\"C2\",\"from\":\"2026-01-01\"}]}]}");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream"),
              pg_number(&stack.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0"));
}

static void test_no_rights_on_others(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&stack.pg, "SELECT has_schema_privilege('bihuan_feedback', 'planning', 'USAGE')::int"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT has_table_privilege('bihuan_feedback', 'planning.document', 'SELECT')::int"),
              0);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
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
        cmocka_unit_test(test_catalog_is_published), cmocka_unit_test(test_refusals_name_their_place),
        cmocka_unit_test(test_plan_must_add_up),     cmocka_unit_test(test_a_move_keeps_history),
        cmocka_unit_test(test_killed_it_comes_back), cmocka_unit_test(test_no_rights_on_others),
    };

    return cmocka_run_group_tests_name("planning", tests, setup, teardown);
}
