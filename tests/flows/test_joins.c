/* Credits by cash, bill, activation, customer and registration on real daemons, each worked out by hand; and as laws
 * over random orders and receipts (the seed is printed): in whatever order they arrive the same is credited on the same
 * days, what is paid in full is credited as if it hadn't waited, and what was taken back is credited to nobody. Sums
 * are read by SQL of the test's own. */
#include "support/check.h"
#include "support/credits.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct credit_scene scene;

/* --- saying ----------------------------------------------------------------------------------------------------------
 */

static void say(const struct credit_record *record)
{
    struct fake_events events = { 0 };

    credits_say(&scene, &events, record);
    credits_send(&scene, &events);
    credits_settle(&scene);
}

static struct credit_record order(const char *key, const char *product, const char *day, int64_t amount)
{
    return (struct credit_record) { .bucket = 3,
                                    .fact = "order_line",
                                    .key = key,
                                    .day = day,
                                    .unit = "S1",
                                    .product = product,
                                    .amount = amount,
                                    .quantity = 1,
                                    .measure = "rev",
                                    .value = amount };
}

static struct credit_record receipt(const char *fact, const char *key, const char *of, const char *day, int64_t amount)
{
    return (struct credit_record) { .bucket = 7,
                                    .fact = fact,
                                    .key = key,
                                    .day = day,
                                    .unit = "S1",
                                    .reference = of,
                                    .amount = amount,
                                    .quantity = 1 };
}

static void pay(const char *key, const char *of, const char *day, int64_t amount)
{
    struct credit_record record = receipt("payment", key, of, day, amount);

    say(&record);
}

static void undo(struct credit_record record, const char *day)
{
    record.day = day;
    record.undoes = true;
    record.value = -record.value;
    say(&record);
}

/* What units have for a record: credited on a day ("" all), as "S1 60, C1 40". */
static void expect(const char *why, const char *key, const char *day, const char *want)
{
    char sql[600];
    char *have;

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(string_agg(unit || ' ' || sum, ', ' ORDER BY unit), '') FROM (SELECT unit, sum(value) FROM"
        " incentive.test_pair WHERE key = '%s' AND ('%s' = '' OR counts_day::text = '%s') GROUP BY unit HAVING"
        " sum(value) <> 0) s",
        key, day, day);
    have = pg_value(&scene.stack.pg, sql);
    if (strcmp(have, want) != 0)
        fail_msg("%s: %s on \"%s\" is \"%s\", want \"%s\"", why, key, day, have, want);
    free(have);
}

static long waiting(const char *key, const char *reason)
{
    char sql[200];

    snprintf(
        sql, sizeof sql,
        "coalesce(-sum(value), 0)::bigint FROM incentive.test_pair WHERE key = '%s' AND kind = 5 AND reason = '%s'",
        key, reason);
    return credits_number(&scene, sql);
}

/* Receipts of an order as they are listed: "key day applied excess reason". */
static void expect_receipts(const char *key, const char *reason, const char *want)
{
    const Bihuan__ListReceiptsReply *reply;
    ProtobufCMessage *message = NULL;
    char json[160], have[1000] = "";
    size_t len = 0;
    struct err err;

    snprintf(json, sizeof json, "{\"sender\":\"crm\",\"record_key\":\"%s\",\"reason\":\"%s\"}", key, reason);
    if (credits_ask(&scene, MSG(LIST_RECEIPTS), json, &message, &err) != 0)
        fail_msg("%s", err.text);
    reply = (const Bihuan__ListReceiptsReply *)message;
    for (size_t i = 0; i < reply->n_items; i++)
        len += (size_t)snprintf(have + len, sizeof have - len, "%s%s %s %ld %ld%s%s", i ? ", " : "",
                                reply->items[i]->record_key, reply->items[i]->day + 5, (long)reply->items[i]->applied,
                                (long)reply->items[i]->excess, *reply->items[i]->reason ? " " : "",
                                reply->items[i]->reason);
    assert_string_equal(have, want);
}

/* What is told of why a record is credited so. */
static void expect_words(const char *key, const char *want)
{
    ProtobufCMessage *message = NULL;
    const Bihuan__ExplainCreditReply *reply;
    char json[80];
    struct err err;

    snprintf(json, sizeof json, "{\"sender\":\"crm\",\"record_key\":\"%s\"}", key);
    if (credits_ask(&scene, MSG(EXPLAIN_CREDIT), json, &message, &err) != 0)
        fail_msg("%s", err.text);
    reply = (const Bihuan__ExplainCreditReply *)message;
    assert_int_equal(reply->n_reasons, 1);
    if (!strstr(reply->reasons[0]->explanation, want))
        fail_msg("\"%s\" doesn't say \"%s\"", reply->reasons[0]->explanation, want);
}

/* --- by hand ---------------------------------------------------------------------------------------------------------
 */

#define TEAM "\"shares\":[{\"to\":\"unit\",\"ppm\":600000},{\"to\":\"above\",\"unit_type\":\"city\",\"ppm\":400000}]"

static void rules(void)
{
    credits_rules(&scene, "{\"code\":\"cash\",\"from\":\"2026-09-01\",\"order\":1,\"earns\":\"cash\",\"when\":{"
                          "\"measures\":[\"rev\"],\"products\":[\"F\"]}," TEAM "},"
                          "{\"code\":\"plain\",\"from\":\"2026-09-01\",\"order\":2,\"when\":{\"measures\":[\"rev\"],"
                          "\"products\":[\"G\"]}," TEAM "}");
}

/* 101 in three parts: of 34, 67 and 101 the outlet has 20.4, 40.2 and 60.6, its city 13.6, 26.8 and 40.4; each receipt
 * gives the difference, on its own day. */
static void test_part_payments(void **state)
{
    struct credit_record sale = order("O1", "F", "2026-09-03", 9999);

    (void)state;
    sale.value = 101;
    say(&sale);
    expect("nothing is paid", "O1", "", "");
    CHECK_INT(waiting("O1", "awaits_cash"), 101);
    pay("P1", "O1", "2026-09-05", 3333);
    expect("a third", "O1", "2026-09-05", "C1 14, S1 20");
    CHECK_INT(waiting("O1", "awaits_cash"), 67);
    expect_words("O1", "shares it: S1 +0.0020, C1 +0.0014; not credited: 0.0067");
    pay("P3", "O1", "2026-10-02", 3333);
    pay("P2", "O1", "2026-09-10", 3333); /* later told, earlier paid */
    expect("second", "O1", "2026-09-10", "C1 13, S1 20");
    expect("third", "O1", "2026-10-02", "C1 13, S1 21");
    expect("all", "O1", "", "C1 40, S1 61");
    CHECK_INT(waiting("O1", "awaits_cash"), 0);
    expect_receipts("O1", "", "P1 09-05 3333 0, P2 09-10 3333 0, P3 10-02 3333 0");
    credits_verify(&scene, "part payments");
}

static void test_void_and_refund(void **state)
{
    struct credit_record sale = order("O2", "F", "2026-09-03", 1000), first;

    (void)state;
    say(&sale);
    first = receipt("payment", "V1", "O2", "2026-09-05", 400);
    say(&first);
    pay("V2", "O2", "2026-09-06", 600);
    expect("paid", "O2", "", "C1 400, S1 600");
    undo(first, "2026-09-08"); /* voided, at its own day */
    expect("on the day", "O2", "2026-09-08", "C1 -160, S1 -240");
    expect("what is left", "O2", "", "C1 240, S1 360");
    pay("V3", "O2", "2026-09-09", -100); /* a refund is a payment below zero */
    expect("refund", "O2", "2026-09-09", "C1 -40, S1 -60");
    credits_verify(&scene, "void and refund");
}

static void test_before_the_order(void **state)
{
    struct credit_record sale = order("O3", "F", "2026-09-12", 500);

    (void)state;
    pay("E1", "O3", "2026-09-05", 200);
    expect("no order yet", "O3", "", "");
    expect_receipts("O3", "", "E1 09-05 0 200 waits");
    say(&sale);
    expect("on the order's day", "O3", "2026-09-12", "C1 80, S1 120");
    expect_receipts("O3", "", "E1 09-05 200 0");
    credits_verify(&scene, "before the order");
}

static void test_overpaid(void **state)
{
    struct credit_record sale = order("O4", "F", "2026-09-12", 500);

    (void)state;
    say(&sale);
    pay("X1", "O4", "2026-09-13", 400);
    pay("X2", "O4", "2026-09-14", 300);
    expect("no more than all", "O4", "", "C1 200, S1 300");
    expect_receipts("O4", "", "X1 09-13 400 0, X2 09-14 100 200 overpaid");
    expect_receipts("O4", "overpaid", "X2 09-14 100 200 overpaid");
    pay("X3", "O4", "2026-09-15", -200); /* what was too much is given back */
    expect("the same", "O4", "", "C1 200, S1 300");
    expect_receipts("O4", "repaid", "X3 09-15 0 -200 repaid");
}

/* Paid, then taken back: nobody keeps anything, whether the money was given back or not; its releases are undone on the
 * day of the cancellation. */
static void test_taken_back(void **state)
{
    struct credit_record sale = order("O5", "F", "2026-09-12", 500);

    (void)state;
    say(&sale);
    pay("B1", "O5", "2026-09-14", 500);
    undo(sale, "2026-09-20");
    expect("paid", "O5", "2026-09-14", "C1 200, S1 300");
    expect("taken back", "O5", "2026-09-20", "C1 -200, S1 -300");
    pay("B2", "O5", "2026-09-21", -500);
    expect("nobody", "O5", "", "");
    CHECK_INT(waiting("O5", "awaits_cash"), 0);
    credits_verify(&scene, "taken back");
}

/* A payment of a bill is one of the order that the bill is for, whichever of the three comes first; where a rule earns
 * by bills, the bill itself is what comes in. */
static void test_bills(void **state)
{
    struct credit_record sale = order("O6", "F", "2026-09-12", 800);
    struct credit_record bill = receipt("bill", "B6", "O6", "2026-09-15", 800);
    struct credit_record payment = receipt("payment", "L1", "B6", "2026-09-16", 200);
    struct fake_events events = { 0 };

    (void)state;
    credits_say_of(&scene, &events, &payment, "crm/bill");
    credits_send(&scene, &events);
    say(&sale);
    expect("nobody knows the bill", "O6", "", "");
    say(&bill);
    expect("joined by its bill", "O6", "2026-09-16", "C1 80, S1 120");
    credits_rules(&scene, "{\"code\":\"billed\",\"from\":\"2026-09-12\",\"until\":\"2026-09-13\",\"order\":0,"
                          "\"earns\":\"bill\",\"when\":{\"measures\":[\"rev\"],\"products\":[\"F\"],\"min\":\"0.08\","
                          "\"max\":\"0.0801\"}}");
    expect("billed", "O6", "2026-09-15", "S1 800");
    expect("no longer by cash", "O6", "2026-09-16", "");
    credits_verify(&scene, "bills");
}

static void test_activations(void **state)
{
    struct credit_record sale = order("O7", "G", "2026-09-18", 1000), one;

    (void)state;
    credits_rules(&scene, "{\"code\":\"live\",\"from\":\"2026-09-18\",\"until\":\"2026-09-19\",\"order\":0,\"earns\":"
                          "\"activation\",\"when\":{\"measures\":[\"rev\"],\"products\":[\"G\"]}}");
    sale.quantity = 4;
    say(&sale);
    one = receipt("activation", "A1", "O7", "2026-09-19", 0);
    one.quantity = 3;
    say(&one);
    expect("three of four", "O7", "", "S1 750");
    one.key = "A2";
    one.quantity = 1;
    one.state = 1; /* asked for, not active */
    say(&one);
    expect("still", "O7", "", "S1 750");
    CHECK_INT(waiting("O7", "awaits_activation"), 250);
    credits_verify(&scene, "activations");
}

/* A rule that no longer waits, and one that does again: what was booked follows. */
static void test_rule_changed(void **state)
{
    struct credit_record sale = order("O8", "F", "2026-09-25", 1000);

    (void)state;
    say(&sale);
    pay("C1", "O8", "2026-09-26", 250);
    expect("a quarter", "O8", "", "C1 100, S1 150");
    credits_rules(&scene,
                  "{\"code\":\"at-once\",\"from\":\"2026-09-25\",\"until\":\"2026-09-26\",\"order\":0,\"when\":{"
                  "\"measures\":[\"rev\"],\"products\":[\"F\"]}," TEAM "}");
    expect("at once", "O8", "2026-09-25", "C1 400, S1 600");
    expect("no more", "O8", "2026-09-26", "");
    credits_rules(&scene,
                  "{\"code\":\"at-once\",\"from\":\"2026-09-25\",\"until\":\"2026-09-25\",\"order\":0,\"when\":{"
                  "\"measures\":[\"rev\"],\"products\":[\"F\"]}," TEAM "}");
    expect("as before", "O8", "2026-09-26", "C1 100, S1 150");
    expect("nothing at once", "O8", "2026-09-25", "");
    credits_verify(&scene, "rule changed");
}

/* --- customers -------------------------------------------------------------------------------------------------------
 */

static void sell_to(const char *key, const char *customer, const char *day)
{
    struct credit_record sale = order(key, "", day, 100);

    sale.customer = customer;
    say(&sale);
}

static void hold(const char *json)
{
    struct err err;

    if (credits_ask(&scene, MSG(APPLY_CUSTOMER_HOLDINGS), json, NULL, &err) != 0)
        fail_msg("%s", err.text);
    credits_settle(&scene);
}

static void test_holders(void **state)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    (void)state;
    hold("{\"items\":[{\"customer\":\"Acme\",\"holder\":\"PM\",\"from\":\"2026-09-01\"},{\"customer\":\"Acme\","
         "\"holder\":\"E\",\"from\":\"2026-09-10\",\"until\":\"2026-09-20\"}]}");
    credits_rules(&scene,
                  "{\"code\":\"accounts\",\"from\":\"2026-09-01\",\"order\":9,\"when\":{\"measures\":[\"rev\"]},"
                  "\"shares\":[{\"to\":\"holder\",\"ppm\":700000,\"otherwise\":\"exclude\"},{\"to\":\"unit\","
                  "\"ppm\":300000}]}");
    sell_to("H1", "Acme", "2026-09-05"); /* PM sells by V1 */
    expect("the account manager", "H1", "", "S1 30, V1 70");
    sell_to("H2", "Acme", "2026-09-15");
    expect("an office", "H2", "", "E 70, S1 30");
    sell_to("H3", "Acme", "2026-09-20");
    expect("whose time is over", "H3", "", "S1 30");
    CHECK_INT(waiting("H3", "no_holder"), 70);
    sell_to("H4", "Nobody", "2026-09-15");
    CHECK_INT(waiting("H4", "no_holder"), 70);
    sell_to("H5", NULL, "2026-09-15");
    CHECK_INT(waiting("H5", "no_customer"), 70);
    hold("{\"items\":[{\"customer\":\"Acme\",\"holder\":\"C2\",\"from\":\"2026-09-20\"}]}"); /* told late */
    expect("held after all", "H3", "", "C2 70, S1 30");
    assert_int_equal(credits_ask(&scene, MSG(APPLY_CUSTOMER_HOLDINGS),
                                 "{\"items\":[{\"customer\":\"\",\"holder\":\"PM\"},{\"customer\":\"A\",\"holder\":"
                                 "\"nobody\",\"from\":\"2026-9\"}]}",
                                 NULL, &err),
                     -1);
    assert_int_equal(credits_ask(&scene, MSG(LIST_CUSTOMER_HOLDINGS), "{\"customer\":\"Acme\",\"day\":\"2026-09-15\"}",
                                 &reply, &err),
                     0);
    assert_int_equal(((Bihuan__ListCustomerHoldingsReply *)reply)->n_items, 1);
    assert_string_equal(((Bihuan__ListCustomerHoldingsReply *)reply)->items[0]->holder, "E");
    credits_verify(&scene, "holders");
}

static void test_registrations(void **state)
{
    struct credit_record deal = { .bucket = 5,
                                  .fact = "registration",
                                  .key = "R1",
                                  .day = "2026-09-05",
                                  .unit = "S3",
                                  .product = "G",
                                  .customer = "Beta",
                                  .quantity = 10 };
    ProtobufCMessage *reply = NULL;
    struct credit_record sale;
    struct err err;

    (void)state;
    credits_rules(&scene, "{\"code\":\"deals\",\"from\":\"2026-09-01\",\"until\":\"2026-09-18\",\"order\":1,\"when\":{"
                          "\"measures\":[\"rev\"],\"products\":[\"G\"]},\"shares\":[{\"to\":\"registration\",\"ppm\":"
                          "1000000,\"days\":5}]}");
    sale = order("D1", "G", "2026-09-08", 100);
    sale.customer = "Beta";
    say(&sale);
    expect("nobody registered it: it stays", "D1", "", "S1 100");
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE key = 'D1' AND reason = 'no_registration'"
                                     " AND kind = 2"),
              1);
    say(&deal); /* told after the sale, made before it */
    expect("registered", "D1", "", "S3 100");
    deal.key = "R2";
    deal.day = "2026-09-07";
    deal.unit = "C2";
    deal.quantity = 0; /* as the rule says: 5 days */
    say(&deal);
    expect("the first has it", "D1", "", "S3 100");
    sale.key = "D2";
    sale.day = "2026-09-16";
    say(&sale);
    expect("lapsed", "D2", "", "S1 100");
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE key = 'D2' AND kind = 2 AND reason ="
                                     " 'registration_lapsed'"),
              1);
    deal.key = "R1";
    deal.unit = "S3";
    deal.quantity = 10;
    undo(deal, "2026-09-06"); /* taken back on the second day: the other one has it, from its day on */
    expect("the second", "D1", "", "C2 100");
    assert_int_equal(
        credits_ask(&scene, MSG(LIST_REGISTRATIONS), "{\"customer\":\"Beta\",\"day\":\"2026-09-05\"}", &reply, &err),
        0);
    assert_int_equal(((Bihuan__ListRegistrationsReply *)reply)->n_items, 1);
    assert_string_equal(((Bihuan__ListRegistrationsReply *)reply)->items[0]->until, "2026-09-06");
    credits_verify(&scene, "registrations");
}

static int set_up(void **state)
{
    (void)state;
    credits_start(&scene);
    rules();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    credits_stop(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part_payments),
        cmocka_unit_test(test_void_and_refund),
        cmocka_unit_test(test_before_the_order),
        cmocka_unit_test(test_overpaid),
        cmocka_unit_test(test_taken_back),
        cmocka_unit_test(test_rule_changed),
        cmocka_unit_test(test_bills),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_registrations),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
