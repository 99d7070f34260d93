/* The rules of internal orders: every move and no other, deadlines, what may be asked for, who owes what in the end. */
#include "support/check.h"
#include "support/seed.h"

#include "incentive/contracts/contract.h"

#include <stdio.h>
#include <string.h>

enum { BUYER = 1, SELLER, ARBITER, STRANGER };

static struct contract order(void)
{
    return (struct contract) { .title = "t",
                               .quality = "",
                               .pay_plan = "",
                               .buyer_id = BUYER,
                               .seller_id = SELLER,
                               .arbiter_id = ARBITER,
                               .amount = 1000,
                               .damages = 300,
                               .due = 100,
                               .claim_days = 7,
                               .answer_days = 3,
                               .state = "offered",
                               .since = 90,
                               .delivered = CONTRACT_NO_DAY,
                               .claim = { "", 0, "" },
                               .counter = { "", 0, "" },
                               .settled = { "", 0, "" },
                               .settled_on = CONTRACT_NO_DAY };
}

static const struct contract_demand none = { "", 0, "" };

static void go(struct contract *contract, const char *step, const char *kind, int64_t amount, uint32_t cause,
               int32_t day)
{
    const struct contract_move *move = contract_find(contract->state, step, kind);
    const struct contract_demand demand = { kind, amount, "p" };

    if (!move)
        fail_msg("%s: no step %s %s", contract->state, step, kind);
    contract_apply(contract, move, &demand, cause, day);
}

/* From each state each step: where it leads and who takes it; whatever isn't here isn't a move. */
static void test_moves(void **state)
{
    static const char *const states[] = { "offered", "agreed",  "delivered", "claimed",   "countered",
                                          "tripped", "settled", "declined",  "withdrawn", "lapsed" };
    static const char *const steps[] = { "agree",   "decline", "withdraw", "deliver", "claim", "accept",
                                         "counter", "contest", "trip",     "decide",  "lapse" };
    static const struct {
        const char *from, *step, *kind, *to;
        uint32_t actor;
    } want[] = {
        { "offered", "agree", "", "agreed", SELLER },
        { "offered", "decline", "", "declined", SELLER },
        { "offered", "withdraw", "", "withdrawn", BUYER },
        { "agreed", "deliver", "", "delivered", SELLER },
        { "agreed", "claim", "damages", "claimed", BUYER },
        { "agreed", "trip", "", "tripped", ARBITER },
        { "delivered", "claim", "payment", "claimed", SELLER },
        { "delivered", "claim", "damages", "claimed", BUYER },
        { "delivered", "trip", "", "tripped", ARBITER },
        { "claimed", "accept", "", "settled", BUYER }, /* the claim below is of payment */
        { "claimed", "counter", "", "countered", BUYER },
        { "claimed", "trip", "", "tripped", ARBITER },
        { "countered", "accept", "", "settled", SELLER },
        { "countered", "contest", "", "tripped", SELLER },
        { "countered", "trip", "", "tripped", ARBITER },
        { "tripped", "decide", "", "settled", ARBITER },
    };
    struct contract contract = order();
    size_t found = 0;

    (void)state;
    contract.claim.kind = "payment";
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct contract_move *move = contract_find(want[i].from, want[i].step, want[i].kind);

        if (!move || strcmp(move->to, want[i].to) != 0 || contract_actor(&contract, move->side) != want[i].actor)
            fail_msg("%s -%s-> %s", want[i].from, want[i].step, move ? move->to : "nothing");
    }
    for (size_t s = 0; s < sizeof states / sizeof states[0]; s++)
        for (size_t p = 0; p < sizeof steps / sizeof steps[0]; p++)
            found += contract_find(states[s], steps[p], "") != NULL;
    CHECK_INT(found, sizeof want / sizeof want[0] - 1);       /* a claim from delivered stands for two */
    assert_null(contract_find("agreed", "claim", "payment")); /* nothing is delivered */
}

static void test_deadlines(void **state)
{
    struct contract contract = order();
    static const char *const ends[] = { "tripped", "settled", "declined", "withdrawn", "lapsed" };

    (void)state;
    CHECK_INT(contract_deadline(&contract), 100);
    assert_string_equal(contract_overdue("offered")->to, "lapsed");
    go(&contract, "agree", "", 0, 0, 92);
    CHECK_INT(contract_deadline(&contract), 107); /* due day and seven */
    assert_string_equal(contract_overdue("agreed")->to, "tripped");
    go(&contract, "deliver", "", 0, 0, 95);
    CHECK_INT(contract_deadline(&contract), 102); /* delivered and seven */
    go(&contract, "claim", "payment", 1000, 0, 96);
    CHECK_INT(contract_deadline(&contract), 99); /* three to answer */
    go(&contract, "counter", "damages", 100, 0, 98);
    CHECK_INT(contract_deadline(&contract), 101);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        contract.state = ends[i];
        CHECK_INT(contract_deadline(&contract), CONTRACT_NO_DAY);
    }
}

static void test_days(void **state)
{
    struct contract contract = order();
    const struct contract_move *claim = contract_find("agreed", "claim", "damages");
    struct err err;

    (void)state;
    contract.state = "agreed";
    assert_int_equal(contract_check_day(&contract, claim, 100, &err), -1);
    assert_string_equal(err.code, "not_due");
    assert_int_equal(contract_check_day(&contract, claim, 101, &err), 0);
    assert_int_equal(contract_check_day(&contract, contract_find("agreed", "trip", ""), 100, &err), -1);
    assert_int_equal(contract_check_day(&contract, contract_find("agreed", "deliver", ""), 90, &err), 0);
    contract.state = "delivered";
    assert_int_equal(contract_check_day(&contract, contract_find("delivered", "claim", "payment"), 90, &err), 0);
}

static void test_demands(void **state)
{
    static const struct {
        struct contract_demand demand;
        int64_t least;
        const char *code; /* "" is taken */
    } rows[] = {
        { { "payment", 1000, "" }, 1, "" },         { { "payment", 1001, "" }, 1, "bad_amount" },
        { { "payment", 0, "" }, 1, "bad_amount" },  { { "payment", 0, "" }, 0, "" },
        { { "damages", 300, "" }, 1, "" },          { { "damages", 301, "" }, 1, "bad_amount" },
        { { "damages", -1, "" }, 0, "bad_amount" }, { { "", 1, "" }, 0, "bad_kind" },
        { { "interest", 1, "" }, 0, "bad_kind" },
    };
    struct contract contract = order();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;
        int rc;

        err_clear(&err);
        rc = contract_check_demand(&contract, &rows[i].demand, rows[i].least, &err);
        if ((rc == 0) != !rows[i].code[0] || (rc != 0 && strcmp(err.code, rows[i].code) != 0))
            fail_msg("row %zu: %d %s", i, rc, err.code);
    }
}

/* Each way to an end, and what is owed then. */
static void test_settlements(void **state)
{
    struct contract paid = order(), owed = order(), countered = order(), passed = order(), nothing = order();

    (void)state;
    go(&paid, "agree", "", 0, 0, 91);
    go(&paid, "deliver", "", 0, 0, 95);
    CHECK_INT(paid.delivered, 95);
    go(&paid, "claim", "payment", 900, 0, 96);
    go(&paid, "accept", "", 0, 0, 97);
    assert_string_equal(paid.settled.kind, "payment");
    CHECK_INT(paid.settled.amount, 900);
    CHECK_INT(paid.settled_from, BUYER);
    CHECK_INT(paid.settled_to, SELLER);
    CHECK_INT(paid.settled_on, 97);

    go(&owed, "agree", "", 0, 0, 91);
    go(&owed, "claim", "damages", 300, 0, 101);
    go(&owed, "accept", "", 0, 0, 102);
    CHECK_INT(owed.settled_from, SELLER);
    CHECK_INT(owed.settled_to, BUYER);
    CHECK_INT(owed.settled.amount, 300);

    /* payment is claimed, damages are countered, and accepted by who claimed */
    countered = paid;
    countered.state = "claimed";
    countered.settled = none;
    go(&countered, "counter", "damages", 120, 0, 98);
    go(&countered, "accept", "", 0, 0, 99);
    assert_string_equal(countered.settled.kind, "damages");
    CHECK_INT(countered.settled.amount, 120);
    CHECK_INT(countered.settled_from, SELLER);

    passed = owed;
    passed.state = "tripped";
    go(&passed, "decide", "damages", 200, STRANGER, 110);
    CHECK_INT(passed.settled_from, STRANGER); /* who caused it, though it had no side */
    CHECK_INT(passed.settled_to, BUYER);

    nothing.state = "tripped";
    go(&nothing, "decide", "payment", 0, 0, 110);
    assert_string_equal(nothing.state, "settled");
    assert_string_equal(nothing.settled.kind, "");
    CHECK_INT(nothing.settled_from, 0);
    CHECK_INT(nothing.settled_on, 110);
}

/* Whatever is done in any order by any clock: an order ends, after at most one claim, one counter and one decision;
 * what is owed lies within the terms and is never owed to oneself. */
static void test_any_walk_ends(void **state)
{
    uint64_t seed = test_seed();
    int count;
    const struct contract_move *moves = contract_moves(&count);

    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct contract contract = order();
        int32_t day = 90;
        int steps = 0;

        while (steps < 20) {
            const struct contract_move *may[32];
            const char *kind;
            size_t n = 0;

            for (int i = 0; i < count; i++)
                if (strcmp(moves[i].from, contract.state) == 0)
                    may[n++] = &moves[i];
            if (!n)
                break;
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            day += (int32_t)(seed >> 60);
            kind = (seed >> 40) & 1 ? "payment" : "damages";
            contract_apply(&contract, may[(seed >> 33) % n],
                           &(struct contract_demand) { may[(seed >> 33) % n]->kind ? may[(seed >> 33) % n]->kind : kind,
                                                       (int64_t)((seed >> 20) % 301), "p" },
                           (seed >> 42) & 1 ? STRANGER : 0, day);
            steps++;
        }
        assert_true(steps <= 6); /* agree, deliver, claim, counter, contest, decide */
        assert_true(contract.settled.amount <= contract.amount);
        if (contract.settled.kind[0])
            assert_true(contract.settled_from != contract.settled_to && contract.settled.amount > 0);
        assert_int_equal(contract_deadline(&contract), CONTRACT_NO_DAY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),   cmocka_unit_test(test_deadlines),   cmocka_unit_test(test_days),
        cmocka_unit_test(test_demands), cmocka_unit_test(test_settlements), cmocka_unit_test(test_any_walk_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
