/* plan_rules: see plan_rules.h. */
#include "planning/plans/plan_rules.h"

#include <string.h>

static const char *const state_words[] = { "draft", "submitted", "returned", "approved", "superseded" };
static const char *const act_words[] = { "save", "submit", "return", "approve", "revise", "offer", "step", "propose" };

/* Every legal pair. */
static const struct {
    enum plan_state from;
    enum plan_act act;
    enum plan_state to;
} table[] = {
    { PLAN_DRAFT, PLAN_SAVE, PLAN_DRAFT },          { PLAN_RETURNED, PLAN_SAVE, PLAN_RETURNED },
    { PLAN_DRAFT, PLAN_SUBMIT, PLAN_SUBMITTED },    { PLAN_RETURNED, PLAN_SUBMIT, PLAN_SUBMITTED },
    { PLAN_SUBMITTED, PLAN_RETURN, PLAN_RETURNED }, { PLAN_SUBMITTED, PLAN_APPROVE, PLAN_APPROVED },
    { PLAN_APPROVED, PLAN_REVISE, PLAN_APPROVED },  { PLAN_APPROVED, PLAN_STEP, PLAN_APPROVED },
    { PLAN_DRAFT, PLAN_OFFER, PLAN_DRAFT },         { PLAN_RETURNED, PLAN_OFFER, PLAN_RETURNED },
    { PLAN_SUBMITTED, PLAN_OFFER, PLAN_SUBMITTED }, { PLAN_DRAFT, PLAN_PROPOSE, PLAN_DRAFT },
    { PLAN_RETURNED, PLAN_PROPOSE, PLAN_RETURNED }, { PLAN_SUBMITTED, PLAN_PROPOSE, PLAN_SUBMITTED },
};

static int find_word(const char *const *words, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

const char *plan_state_word(enum plan_state state)
{
    return state_words[state];
}

int plan_state_of(const char *word)
{
    return find_word(state_words, PLAN_SUPERSEDED + 1, word);
}

const char *plan_act_word(enum plan_act act)
{
    return act_words[act];
}

int plan_act_of(const char *word)
{
    return find_word(act_words, PLAN_ACTS, word);
}

bool plan_next(enum plan_state state, enum plan_act act, enum plan_state *next)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].from == state && table[i].act == act) {
            *next = table[i].to;
            return true;
        }
    return false;
}

const char *const *plan_sections(const char *kind)
{
    static const char *const local[] = { "situation", "volume_target", "cost_target", "areas",      "time",
                                         "strategy",  "organisation",  "control",     "evaluation", NULL };
    static const char *const account[] = { "business", "outlook", "competition", "weak_points", "visits", NULL };

    return strcmp(kind, "local") == 0 ? local : strcmp(kind, "account") == 0 ? account : NULL;
}

const char *plan_section(const Bihuan__WorkPlan *plan, const char *code)
{
    for (size_t i = 0; i < plan->n_sections; i++)
        if (strcmp(plan->sections[i]->code, code) == 0)
            return plan->sections[i]->text;
    return "";
}

static bool is_open(const Bihuan__PlanStep *step)
{
    return strcmp(step->state, "open") == 0;
}

void plan_carry_steps(const Bihuan__WorkPlan *from, Bihuan__WorkPlan *to)
{
    for (size_t i = 0; i < from->n_steps; i++)
        for (size_t k = 0; !is_open(from->steps[i]) && k < to->n_steps; k++) {
            if (to->steps[k]->number != from->steps[i]->number)
                continue;
            to->steps[k]->state = from->steps[i]->state;
            to->steps[k]->result = from->steps[i]->result;
            to->steps[k]->done_by = from->steps[i]->done_by;
            to->steps[k]->done_at = from->steps[i]->done_at;
        }
}

size_t plan_open_steps(const Bihuan__WorkPlan *plan)
{
    size_t open = 0;

    for (size_t i = 0; i < plan->n_steps; i++)
        open += is_open(plan->steps[i]);
    return open;
}
