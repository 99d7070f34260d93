/* People and their roles on a real data base: who holds what on which day, what is kept, what is refused. */
#include "planning/organisation/people.h"
#include "runtime/runtime_internal.h"
#include "support/check.h"
#include "support/stack.h"

#include "text/dates.h"
#include "text/pbjson.h"

#include "bihuan/planning.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack stack;

static int32_t day(const char *text)
{
    int32_t out = 0;
    struct err err;

    assert_int_equal(date_parse(text, strlen(text), &out, &err), 0);
    return out;
}

/* Asks by the interface that the other rooms of planning use, on the tables that the daemon wrote. */
struct asker {
    struct runtime *rt;
    struct db *db;
    struct tx tx;
};

static void asker_open(struct asker *asker)
{
    char url[256];
    struct err err;

    asker->rt = calloc(1, sizeof *asker->rt);
    assert_non_null(asker->rt);
    pg_url(&stack.pg, "planning", url, sizeof url);
    if (db_open(&asker->db, url, "planning", true, &err) != 0)
        fail_msg("%s", err.text);
    tx_init(&asker->tx, asker->rt, asker->db, NULL);
}

static void asker_close(struct asker *asker)
{
    tx_fini(&asker->tx);
    db_close(&asker->db);
    free(asker->rt);
}

static uint32_t unit_id(const char *code)
{
    char json[128];
    Bihuan__ListUnitsReply *reply;

    snprintf(json, sizeof json, "{\"code\":\"%s\"}", code);
    reply = (Bihuan__ListUnitsReply *)stack_apply(&stack, MSG(LIST_UNITS), json);
    assert_int_equal(reply->n_items, 1);
    return reply->items[0]->id;
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

static void roles_hold_from_day_to_day(void **state)
{
    static const struct {
        const char *why, *person, *role, *unit, *day;
        bool want;
    } rows[] = {
        { "the day before", "wang", "approver", "C1", "2026-02-28", false },
        { "its first day", "wang", "approver", "C1", "2026-03-01", true },
        { "its last day", "wang", "approver", "C1", "2026-05-31", true },
        { "the day that it ends", "wang", "approver", "C1", "2026-06-01", false },
        { "without an end", "wang", "drafter", "C2", "2031-01-01", true },
        { "not the unit above", "wang", "drafter", "P", "2026-07-01", false },
        { "another role", "wang", "reviewer", "C2", "2026-07-01", false },
        { "again later", "wang", "approver", "C1", "2026-09-01", true },
        { "on the last day here", "li", "approver", "C2", "2026-08-31", true },
        { "who has left holds nothing", "li", "approver", "C2", "2026-09-01", false },
        { "nobody of that name", "zhao", "approver", "C1", "2026-04-01", false },
    };
    struct asker asker;

    (void)state;
    stack_apply(&stack, MSG(APPLY_PEOPLE),
                "{\"items\":[{\"code\":\"wang\",\"name\":\"王\",\"roles\":["
                "{\"role\":\"approver\",\"unit\":\"C1\",\"from\":\"2026-03-01\",\"until\":\"2026-06-01\"},"
                "{\"role\":\"approver\",\"unit\":\"C1\",\"from\":\"2026-09-01\"},"
                "{\"role\":\"drafter\",\"unit\":\"C2\",\"from\":\"2026-01-01\"}]},"
                "{\"code\":\"li\",\"name\":\"李\",\"leaves\":\"2026-09-01\",\"roles\":["
                "{\"role\":\"approver\",\"unit\":\"C2\",\"from\":\"2026-01-01\"}]}]}");
    asker_open(&asker);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool holds = !rows[i].want;
        struct err err;

        assert_int_equal(people_holds(&asker.tx, rows[i].person, rows[i].role, unit_id(rows[i].unit), day(rows[i].day),
                                      &holds, &err),
                         0);
        if (holds != rows[i].want)
            fail_msg("%s", rows[i].why);
    }
    asker_close(&asker);
}

static void roles_are_listed(void **state)
{
    struct asker asker;
    struct role_at *list;
    const char **people;
    size_t count;
    struct err err;

    (void)state;
    asker_open(&asker);
    assert_int_equal(people_roles(&asker.tx, "wang", day("2026-04-01"), &list, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].role, "approver");
    CHECK_INT(list[0].unit_id, unit_id("C1"));
    assert_string_equal(list[1].role, "drafter");
    CHECK_INT(list[1].unit_id, unit_id("C2"));
    assert_int_equal(people_roles(&asker.tx, "wang", day("2025-12-31"), &list, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(people_with(&asker.tx, "approver", unit_id("C2"), day("2026-04-01"), &people, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_string_equal(people[0], "li");
    asker_close(&asker);
}

static void more_roles_join_those_kept(void **state)
{
    Bihuan__ListPeopleReply *reply;
    Bihuan__ApplyReply *applied;

    (void)state;
    /* the open one gets an end, one more comes, the rest stays */
    stack_apply(&stack, MSG(APPLY_PEOPLE),
                "{\"items\":[{\"code\":\"wang\",\"name\":\"王\",\"roles\":["
                "{\"role\":\"drafter\",\"unit\":\"C2\",\"from\":\"2026-01-01\",\"until\":\"2027-01-01\"},"
                "{\"role\":\"executor\",\"unit\":\"C2\",\"from\":\"2026-02-01\"}]}]}");
    reply = (Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE), "{\"code\":\"wang\"}");
    assert_int_equal(reply->n_items, 1);
    assert_int_equal(reply->items[0]->n_roles, 4);
    assert_string_equal(reply->items[0]->roles[2]->until, "2027-01-01");
    /* entered by mistake: from and until the same day */
    stack_apply(&stack, MSG(APPLY_PEOPLE),
                "{\"items\":[{\"code\":\"wang\",\"name\":\"王\",\"roles\":["
                "{\"role\":\"executor\",\"unit\":\"C2\",\"from\":\"2026-02-01\",\"until\":\"2026-02-01\"}]}]}");
    reply = (Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE), "{\"code\":\"wang\"}");
    assert_int_equal(reply->items[0]->n_roles, 3);
    /* the same again changes nothing, publishes nothing */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 50"), 3);
    applied = (Bihuan__ApplyReply *)stack_apply(&stack, MSG(APPLY_PEOPLE),
                                                "{\"items\":[{\"code\":\"wang\",\"name\":\"王\"}]}");
    CHECK_INT(applied->unchanged, 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 50"), 3);
}

static size_t listed(const char *json)
{
    return ((Bihuan__ListPeopleReply *)stack_apply(&stack, MSG(LIST_PEOPLE), json))->n_items;
}

static void lists_choose(void **state)
{
    (void)state;
    CHECK_INT(listed("{}"), 2);
    CHECK_INT(listed("{\"unit\":\"C2\",\"day\":\"2026-04-01\"}"), 2);
    CHECK_INT(listed("{\"unit\":\"C2\",\"role\":\"approver\",\"day\":\"2026-04-01\"}"), 1);
    CHECK_INT(listed("{\"unit\":\"C2\",\"role\":\"approver\",\"day\":\"2026-09-01\"}"), 0);
    CHECK_INT(listed("{\"role\":\"approver\",\"day\":\"2026-07-01\"}"), 1);
    stack.subtree = "C1"; /* who sees one city sees those who have a role there */
    CHECK_INT(listed("{}"), 1);
    stack.subtree = NULL;
}

static void refusals(void **state)
{
    static const struct {
        const char *why, *json, *says;
    } rows[] = {
        { "unknown unit",
          "{\"items\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"r\",\"unit\":\"nowhere\",\"from\":\"2026-"
          "01-01\"}]}]}",
          "/items/0/roles/0/unit: unit \"nowhere\" is not known" },
        { "no from", "{\"items\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"r\",\"unit\":\"C1\"}]}]}",
          "/items/0/roles/0/from" },
        { "ends before it begins",
          "{\"items\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"r\",\"unit\":\"C1\",\"from\":\"2026-02-"
          "01\","
          "\"until\":\"2026-01-01\"}]}]}",
          "until 2026-01-01 is before from 2026-02-01" },
        { "a role that is no code",
          "{\"items\":[{\"code\":\"x\",\"name\":\"x\",\"roles\":[{\"role\":\"a b\",\"unit\":\"C1\",\"from\":\"2026-02-"
          "01\"}]}]}",
          "/items/0/roles/0/role" },
        { "the same role twice at once",
          "{\"items\":[{\"code\":\"wang\",\"name\":\"王\",\"roles\":[{\"role\":\"approver\",\"unit\":\"C1\",\"from\":"
          "\"2026-05-01\",\"until\":\"2026-07-01\"}]}]}",
          "begins before the one from 2026-03-01 ends" },
        { "no name", "{\"items\":[{\"code\":\"x\"}]}", "/items/0/name" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;

        if (ask_json(MSG(APPLY_PEOPLE), rows[i].json, NULL, &err) == 0)
            fail_msg("%s was taken", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
    CHECK_INT(listed("{}"), 2);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-"
                "01-01\"}]},{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\","
                "\"from\":\"2026-01-01\"}]}]}");
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
        cmocka_unit_test(roles_hold_from_day_to_day),
        cmocka_unit_test(roles_are_listed),
        cmocka_unit_test(more_roles_join_those_kept),
        cmocka_unit_test(lists_choose),
        cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests_name("people", tests, setup, teardown);
}
