/* Who may do what with a deliverable in which state, and which stages open: the whole table, and worked examples. */
#include "planning/cycle/moves.h"

#include "support/check.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A wish that is granted; each row spoils one thing. */
static struct move_case good(enum move move)
{
    return (struct move_case) { .move = move,
                                .state = move == MOVE_RETURN || move == MOVE_APPROVE ? WORK_SUBMITTED : WORK_OPEN,
                                .stage = STAGE_OPEN,
                                .here = DUTY_ANY,
                                .revision = 3,
                                .expected = 3 };
}

static void states_and_moves(void **state)
{
    static const struct {
        enum move move;
        enum work_state from, to;
    } rows[] = {
        { MOVE_SUBMIT, WORK_OPEN, WORK_SUBMITTED },
        { MOVE_SUBMIT, WORK_RETURNED, WORK_SUBMITTED },
        { MOVE_RETURN, WORK_SUBMITTED, WORK_RETURNED },
        { MOVE_APPROVE, WORK_SUBMITTED, WORK_APPROVED },
        { MOVE_ATTACH, WORK_OPEN, WORK_OPEN },
        { MOVE_ATTACH, WORK_RETURNED, WORK_RETURNED },
        { MOVE_NOTE, WORK_OPEN, WORK_OPEN },
        { MOVE_NOTE, WORK_SUBMITTED, WORK_SUBMITTED },
        { MOVE_NOTE, WORK_RETURNED, WORK_RETURNED },
        { MOVE_NOTE, WORK_APPROVED, WORK_APPROVED },
    };
    size_t count = 0;

    (void)state;
    for (int move = MOVE_SUBMIT; move <= MOVE_ATTACH; move++)
        for (int from = WORK_OPEN; from <= WORK_APPROVED; from++) {
            struct move_case wish = good((enum move)move);
            enum work_state next = WORK_OPEN;
            enum verdict verdict;
            bool listed = false;

            wish.state = (enum work_state)from;
            verdict = move_decide(&wish, &next);
            for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                if ((int)rows[i].move == move && (int)rows[i].from == from) {
                    listed = true;
                    CHECK_INT(next, rows[i].to);
                }
            CHECK_INT(verdict, listed ? VERDICT_YES : VERDICT_WRONG_STATE);
            count += listed;
        }
    CHECK_INT(count, sizeof rows / sizeof rows[0]);
}

static void duties_give_rights(void **state)
{
    static const struct {
        const char *word;
        const char *moves; /* all that it gives */
    } rows[] = {
        { "drive", "note" },
        { "plan", "submit attach note" },
        { "draft", "submit attach note" },
        { "develop", "submit attach note" },
        { "input", "attach note" },
        { "review", "return note" },
        { "approve", "return approve note" },
        { "execute", "attach note" },
        { "coordinate", "note" },
        { "supervise", "note" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int move = MOVE_SUBMIT; move <= MOVE_ATTACH; move++) {
            struct move_case wish = good((enum move)move);
            enum work_state next;
            bool want = strstr(rows[i].moves, move_word((enum move)move)) != NULL;

            wish.here = duty_of(rows[i].word);
            CHECK_INT(move_decide(&wish, &next), want ? VERDICT_YES : VERDICT_WRONG_ROLE);
            wish.here = 0;
            wish.elsewhere = duty_of(rows[i].word);
            CHECK_INT(move_decide(&wish, &next), want ? VERDICT_WRONG_UNIT : VERDICT_WRONG_ROLE);
        }
    CHECK_INT(duty_of("own"), 0);
}

static void each_reason_to_refuse(void **state)
{
    enum work_state next = WORK_OPEN;
    struct move_case wish = good(MOVE_APPROVE);

    (void)state;
    wish.own = true;
    CHECK_INT(move_decide(&wish, &next), VERDICT_OWN_DRAFT);
    wish.move = MOVE_RETURN; /* to take back one's own is allowed */
    CHECK_INT(move_decide(&wish, &next), VERDICT_YES);
    wish = good(MOVE_SUBMIT);
    wish.own = true;
    CHECK_INT(move_decide(&wish, &next), VERDICT_YES);
    wish.lacks_file = true;
    CHECK_INT(move_decide(&wish, &next), VERDICT_NO_FILE);
    wish = good(MOVE_SUBMIT);
    wish.expected = 2;
    CHECK_INT(move_decide(&wish, &next), VERDICT_STALE);
    wish.expected = 0;
    CHECK_INT(move_decide(&wish, &next), VERDICT_STALE);
    for (int move = MOVE_SUBMIT; move <= MOVE_ATTACH; move++) {
        wish = good((enum move)move);
        wish.stage = STAGE_WAITING;
        CHECK_INT(move_decide(&wish, &next), move == MOVE_NOTE ? VERDICT_YES : VERDICT_STAGE_CLOSED);
        wish.stage = STAGE_DONE;
        CHECK_INT(move_decide(&wish, &next), VERDICT_YES);
    }
    /* who has no right learns nothing of state or revision */
    wish = good(MOVE_APPROVE);
    wish.here = DUTY_DRAFT;
    wish.expected = 1;
    wish.stage = STAGE_WAITING;
    CHECK_INT(move_decide(&wish, &next), VERDICT_WRONG_ROLE);
}

static void stages_open_in_order(void **state)
{
    struct stage_case stages[] = { { STAGE_WAITING, 0, 2 }, { STAGE_WAITING, 2, 1 }, { STAGE_WAITING, 0, 1 } };

    (void)state;
    CHECK_INT(stages_settle(stages, 3), 1); /* the first has no gate; the third waits for the second */
    CHECK_INT(stages[0].state, STAGE_OPEN);
    CHECK_INT(stages[1].state, STAGE_WAITING);
    CHECK_INT(stages[2].state, STAGE_WAITING);
    CHECK_INT(stages_settle(stages, 3), 0);
    stages[1].gates_left = 0;
    stages[0].left = 0;
    CHECK_INT(stages_settle(stages, 3), 3);
    CHECK_INT(stages[0].state, STAGE_DONE);
    CHECK_INT(stages[1].state, STAGE_OPEN);
    CHECK_INT(stages[2].state, STAGE_OPEN);
    stages[2].left = 0; /* a later one may be done before an earlier one */
    CHECK_INT(stages_settle(stages, 3), 1);
    CHECK_INT(stages[2].state, STAGE_DONE);
    CHECK_INT(stages[1].state, STAGE_OPEN);
}

/* Opened by override: the ones behind it may follow by their own gates, those before stay. */
static void an_override_opens_what_follows(void **state)
{
    struct stage_case stages[] = {
        { STAGE_OPEN, 0, 2 }, { STAGE_WAITING, 1, 1 }, { STAGE_OPEN, 3, 1 }, { STAGE_WAITING, 0, 1 }
    };

    (void)state;
    CHECK_INT(stages_settle(stages, 4), 1);
    CHECK_INT(stages[1].state, STAGE_WAITING);
    CHECK_INT(stages[3].state, STAGE_OPEN);
}

/* Laws, over stages at random: none opens with a gate before it or while the one before waits, none is done with
 * something left, and what has settled stays. */
static void settling_keeps_its_laws(void **state)
{
    unsigned seed = (unsigned)test_seed();

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct stage_case before[6], after[6];
        size_t count = 1 + (size_t)rand_r(&seed) % 6, changed = 0;

        for (size_t i = 0; i < count; i++)
            before[i] = after[i] = (struct stage_case) { (enum stage_state)(rand_r(&seed) % 3),
                                                         (size_t)rand_r(&seed) % 2, (size_t)rand_r(&seed) % 3 };
        (void)stages_settle(after, count);
        for (size_t i = 0; i < count; i++) {
            bool opened = before[i].state == STAGE_WAITING && after[i].state != STAGE_WAITING;
            bool free_way = i == 0 || after[i - 1].state != STAGE_WAITING;

            assert_true(after[i].state >= before[i].state);
            assert_true(opened == (before[i].state == STAGE_WAITING && free_way && !after[i].gates_left));
            if (before[i].state != STAGE_DONE && after[i].state != STAGE_WAITING)
                assert_true((after[i].state == STAGE_DONE) == (after[i].left == 0));
            changed += after[i].state != before[i].state;
        }
        assert_true(changed <= count);
        CHECK_INT(stages_settle(after, count), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_and_moves),
        cmocka_unit_test(duties_give_rights),
        cmocka_unit_test(each_reason_to_refuse),
        cmocka_unit_test(stages_open_in_order),
        cmocka_unit_test(an_override_opens_what_follows),
        cmocka_unit_test(settling_keeps_its_laws),
    };

    return cmocka_run_group_tests_name("moves", tests, NULL, NULL);
}
