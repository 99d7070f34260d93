/* moves: see moves.h. */
#include "planning/cycle/moves.h"

#include <string.h>

const char *const duty_words[] = { "drive",   "plan",    "draft",      "develop",   "input", "review",
                                   "approve", "execute", "coordinate", "supervise", NULL };

unsigned duty_of(const char *word)
{
    for (unsigned i = 0; duty_words[i]; i++)
        if (strcmp(duty_words[i], word) == 0)
            return 1U << i;
    return 0;
}

/* A stage that is done still takes notes: what was learned afterwards belongs to the record. */
static const struct {
    const char *word;
    unsigned duties;
    bool in_waiting_stage;
} moves[] = {
    [MOVE_SUBMIT] = { "submit", DUTY_WRITES, false },
    [MOVE_RETURN] = { "return", DUTY_RETURNS, false },
    [MOVE_APPROVE] = { "approve", DUTY_APPROVE, false },
    [MOVE_NOTE] = { "note", DUTY_ANY, true },
    [MOVE_ATTACH] = { "attach", DUTY_WRITES | DUTY_INPUT | DUTY_EXECUTE, false },
};

/* Every legal pair; what isn't listed is refused. */
static const struct {
    enum work_state from;
    enum move move;
    enum work_state to;
} table[] = {
    { WORK_OPEN, MOVE_SUBMIT, WORK_SUBMITTED },
    { WORK_RETURNED, MOVE_SUBMIT, WORK_SUBMITTED },
    { WORK_SUBMITTED, MOVE_RETURN, WORK_RETURNED },
    { WORK_SUBMITTED, MOVE_APPROVE, WORK_APPROVED },
    { WORK_OPEN, MOVE_ATTACH, WORK_OPEN },
    { WORK_RETURNED, MOVE_ATTACH, WORK_RETURNED },
    { WORK_OPEN, MOVE_NOTE, WORK_OPEN },
    { WORK_SUBMITTED, MOVE_NOTE, WORK_SUBMITTED },
    { WORK_RETURNED, MOVE_NOTE, WORK_RETURNED },
    { WORK_APPROVED, MOVE_NOTE, WORK_APPROVED },
};

const char *move_word(enum move move)
{
    return moves[move].word;
}

unsigned move_duties(enum move move)
{
    return moves[move].duties;
}

const char *stage_word(enum stage_state state)
{
    static const char *const words[] = { "waiting", "open", "done" };

    return words[state];
}

enum verdict move_decide(const struct move_case *wish, enum work_state *next)
{
    unsigned need = moves[wish->move].duties;

    if (!(wish->here & need))
        return wish->elsewhere & need ? VERDICT_WRONG_UNIT : VERDICT_WRONG_ROLE;
    if (wish->revision != wish->expected)
        return VERDICT_STALE;
    if (wish->stage == STAGE_WAITING && !moves[wish->move].in_waiting_stage)
        return VERDICT_STAGE_CLOSED;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].from != wish->state || table[i].move != wish->move)
            continue;
        if (wish->move == MOVE_APPROVE && wish->own)
            return VERDICT_OWN_DRAFT;
        if (wish->move == MOVE_SUBMIT && wish->lacks_file)
            return VERDICT_NO_FILE;
        *next = table[i].to;
        return VERDICT_YES;
    }
    return VERDICT_WRONG_STATE;
}

size_t stages_settle(struct stage_case *stages, size_t count)
{
    size_t moved = 0;

    for (size_t i = 0; i < count; i++) {
        bool before_open = i == 0 || stages[i - 1].state != STAGE_WAITING;

        if (stages[i].state == STAGE_WAITING && before_open && !stages[i].gates_left) {
            stages[i].state = STAGE_OPEN;
            moved++;
        }
        if (stages[i].state == STAGE_OPEN && !stages[i].left) {
            stages[i].state = STAGE_DONE;
            moved++;
        }
    }
    return moved;
}
