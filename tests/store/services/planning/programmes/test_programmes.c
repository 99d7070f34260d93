/* Cross-sell programmes on a real daemon: who may offer, agree, approve and end, in which order, and what is refused.
 */
#include "bus/message.h"
#include "support/check.h"
#include "support/stack.h"

#include "text/pbjson.h"

#include "bihuan/planning_programmes.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define OFFER                                                                                                          \
    "{\"code\":\"fibre\",\"name\":\"宽带\",\"offered_by\":\"CENTRE\",\"products\":[\"card\"],\"sellers\":[\"C1\","   \
    "\"C2\"],"                                                                                                         \
    "\"office\":\"OFFICE\",\"budget_of\":\"P\",\"from\":\"2026-10-01\",\"until\":\"2027-01-01\",\"reward\":\"%s\","    \
    "\"budget\":\"5000\"}"

static struct stack stack;
static Bihuan__Programme *now; /* as the last answer said */

static int ask(const char *person, uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    stack.person = person;
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&stack, message->service, type, request, reply, err);
}

/* code NULL: it is done; else refused with that code, and nothing changed. */
static void offer_as(const char *person, const char *reward, const char *code)
{
    char item[600], json[700];
    struct err err;
    int rc;

    snprintf(item, sizeof item, OFFER, reward);
    snprintf(json, sizeof json, "{\"items\":[%s]}", item);
    rc = ask(person, MSG(APPLY_PROGRAMMES), json, NULL, &err);
    if (code ? rc == 0 || strcmp(err.code, code) != 0 : rc != 0)
        fail_msg("%s offers %s: %d %s: %s", person, reward, rc, err.code, err.text);
}

static void answer_as(const char *person, const char *unit, const char *part, unsigned revision, const char *extra,
                      const char *code, const char *state)
{
    Bihuan__ConsentProgrammeReply *reply;
    char json[300];
    struct err err;
    int rc;

    snprintf(json, sizeof json, "{\"code\":\"fibre\",\"unit\":\"%s\",\"part\":\"%s\",\"revision\":%u%s}", unit, part,
             revision, extra);
    rc = ask(person, MSG(CONSENT_PROGRAMME), json, (ProtobufCMessage **)&reply, &err);
    if (code ? rc == 0 || strcmp(err.code, code) != 0 : rc != 0)
        fail_msg("%s answers for %s: %d %s: %s", person, unit, rc, err.code, err.text);
    if (code)
        return;
    now = reply->programme;
    assert_string_equal(now->state, state);
}

static unsigned revision(void)
{
    Bihuan__ListProgrammesReply *reply;
    struct err err;

    assert_int_equal(ask("tester", MSG(LIST_PROGRAMMES), "{\"code\":\"fibre\"}", (ProtobufCMessage **)&reply, &err), 0);
    assert_int_equal(reply->n_items, 1);
    now = reply->items[0];
    return now->revision;
}

static void only_the_offering_unit_offers(void **state)
{
    (void)state;
    offer_as("city1", "10", "wrong_unit");
    offer_as("centre", "6000", "too_small");
    offer_as("centre", "-1", "bad_amount");
    offer_as("centre", "10", NULL);
    CHECK_INT(revision(), 1);
    assert_string_equal(now->state, "offered");
    assert_string_equal(now->offered_by_person, "centre");
    offer_as("centre", "10", NULL); /* the same again changes nothing */
    CHECK_INT(revision(), 1);
}

static void consents_come_in_order(void **state)
{
    (void)state;
    answer_as("city1", "C2", "", 1, "", "wrong_unit", NULL);
    answer_as("city1", "C1", "office", 1, "", "other_part", NULL);
    answer_as("office", "CENTRE", "", 1, "", "no_part", NULL);
    answer_as("centre", "OFFICE", "", 1, "", "own_offer", NULL); /* holds a role there too */
    answer_as("boss", "P", "", 1, "", "waits_for", NULL);
    answer_as("city1", "C1", "", 7, "", "stale_version", NULL);
    answer_as("city1", "C1", "", 1, ",\"refuse\":true", "missing_value", NULL);
    answer_as("city1", "C1", "", 1, "", NULL, "offered");
    answer_as("city1", "C1", "", 2, "", "consent_given", NULL);
    answer_as("office", "OFFICE", "", 2, "", NULL, "offered");
    answer_as("boss", "P", "", 3, "", "waits_for", NULL); /* the second city */
}

/* What was agreed to is another offer now: everybody is asked again. */
static void a_changed_offer_is_asked_again(void **state)
{
    (void)state;
    offer_as("centre", "12", NULL);
    CHECK_INT(revision(), 4);
    CHECK_INT(now->n_consents, 0);
    answer_as("city1", "C1", "", 3, "", "stale_version", NULL);
    answer_as("city1", "C1", "", 4, "", NULL, "offered");
    answer_as("city2", "C2", "seller", 5, "", NULL, "offered");
    answer_as("office", "OFFICE", "", 6, "", NULL, "agreed");
    answer_as("boss", "P", "budget", 7, ",\"note\":\"until the money is gone\"", NULL, "approved");
    CHECK_INT(now->n_consents, 4);
    assert_string_equal(now->consents[3]->person, "boss");
    offer_as("centre", "13", "closed_stage");
    answer_as("city2", "C2", "", 8, "", "closed_stage", NULL);
}

static void it_ends_once(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(
        ask("city1", MSG(END_PROGRAMME), "{\"code\":\"fibre\",\"revision\":8,\"reason\":\"x\"}", NULL, &err), -1);
    assert_string_equal(err.code, "wrong_unit");
    assert_int_equal(ask("centre", MSG(END_PROGRAMME),
                         "{\"code\":\"fibre\",\"revision\":8,\"reason\":\"x\",\"day\":"
                         "\"2027-01-01\"}",
                         NULL, &err),
                     -1);
    assert_string_equal(err.code, "bad_day");
    assert_int_equal(
        ask("centre", MSG(END_PROGRAMME), "{\"code\":\"fibre\",\"revision\":8,\"reason\":\"sold out\"}", NULL, &err),
        0);
    CHECK_INT(revision(), 9);
    assert_string_equal(now->state, "ended");
    assert_string_equal(now->until, "2026-10-20");
    assert_string_equal(now->note, "sold out");
    /* one offer as made, seven answers and changes, one end: each was published whole */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 70"), 9);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-20T10:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    stack_apply(&stack, MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"card\",\"name\":\"卡\"}]}");
    stack_apply(&stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"CENTRE\",\"name\":\"心\",\"type\":\"centre\",\"relations\":[{\"parent\":\"P\",\"from\":"
                "\"2026-01-01\"}]},"
                "{\"code\":\"OFFICE\",\"name\":\"室\",\"type\":\"office\",\"relations\":[{\"parent\":\"P\",\"from\":"
                "\"2026-01-01\"}]},"
                "{\"code\":\"C1\",\"name\":\"一\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":"
                "\"2026-01-01\"}]},"
                "{\"code\":\"C2\",\"name\":\"二\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":"
                "\"2026-01-01\"}]}]}");
    stack_apply(
        &stack, MSG(APPLY_PEOPLE),
        "{\"items\":["
        "{\"code\":\"centre\",\"name\":\"a\",\"roles\":[{\"role\":\"manager\",\"unit\":\"CENTRE\",\"from\":\"2026-01-"
        "01\"},"
        "{\"role\":\"guest\",\"unit\":\"OFFICE\",\"from\":\"2026-01-01\"}]},"
        "{\"code\":\"office\",\"name\":\"b\",\"roles\":[{\"role\":\"manager\",\"unit\":\"OFFICE\",\"from\":\"2026-01-"
        "01\"},"
        "{\"role\":\"guest\",\"unit\":\"CENTRE\",\"from\":\"2026-01-01\"}]},"
        "{\"code\":\"boss\",\"name\":\"c\",\"roles\":[{\"role\":\"manager\",\"unit\":\"P\",\"from\":\"2026-01-01\"}]},"
        "{\"code\":\"city1\",\"name\":\"d\",\"roles\":[{\"role\":\"manager\",\"unit\":\"C1\",\"from\":\"2026-01-01\"}]}"
        ","
        "{\"code\":\"city2\",\"name\":\"e\",\"roles\":[{\"role\":\"manager\",\"unit\":\"C2\",\"from\":\"2026-01-01\"}]}"
        "]}");
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_offering_unit_offers),
        cmocka_unit_test(consents_come_in_order),
        cmocka_unit_test(a_changed_offer_is_asked_again),
        cmocka_unit_test(it_ends_once),
    };
    return cmocka_run_group_tests_name("programmes", tests, set_up, tear_down);
}
