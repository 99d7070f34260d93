/* plan_checks: what a plan must hold to be saved, and to be submitted. */
#include "planning/plans/plans.h"
#include "planning/planning.h"

#include "text/decimal.h"

#include <string.h>

#define STEPS_MAX 200
#define YEARS     3

/* --- figures --- */

int plan_amount(struct tx *tx, const char *measure, const char *text, int64_t *out, struct err *err)
{
    const struct ref_measure *of = refdata_measure_by_code(refdata_of(tx), measure);

    if (!of)
        return err_fail(err, ERR_INVALID, "unknown_measure", "measure \"%s\" is not known", measure);
    return decimal_parse(text, strlen(text), ref_measure_scale(of, runtime_money_scale(tx_runtime(tx))), 0, out, err);
}

static void check_amount(struct tx *tx, const Bihuan__AccountFigures *figures, const char *pointer, const char *text)
{
    struct err why;
    int64_t amount;

    if (text[0] && plan_amount(tx, figures->measure, text, &amount, &why) != 0)
        tx_problem(tx, pointer, why.code, "%s", why.text);
}

/* Negotiated figures are moved by offers only. What was named for another measure, or to another approver, is void: it
 * would be agreed to by who never saw it. */
static void carry_offers(Bihuan__AccountFigures *figures, const Bihuan__AccountFigures *old, bool same_approver)
{
    static char nothing[] = "";
    bool stand = old && same_approver && strcmp(old->measure, figures->measure) == 0;

    figures->proposed = stand ? old->proposed : nothing;
    figures->offered = stand ? old->offered : nothing;
    figures->agreed = stand ? old->agreed : nothing;
}

static void check_figures(struct tx *tx, Bihuan__AccountFigures *figures, const Bihuan__AccountFigures *old)
{
    const struct ref_measure *measure = refdata_measure_by_code(refdata_of(tx), figures->measure);

    if (!measure) {
        tx_problem(tx, "/plan/figures/measure", "unknown_measure", "measure \"%s\" is not known", figures->measure);
        return;
    }
    if (!measure->additive)
        tx_problem(tx, "/plan/figures/measure", "not_additive",
                   "measure \"%s\" is a ratio: figures of customers add up to the unit's, ratios don't",
                   figures->measure);
    if (figures->n_sales > YEARS)
        tx_problem(tx, "/plan/figures/sales", "bad_count", "sales of at most %d years", YEARS);
    for (size_t i = 0; i < figures->n_sales; i++)
        check_amount(tx, figures, arena_printf(tx_arena(tx), "/plan/figures/sales/%zu", i), figures->sales[i]);
    check_amount(tx, figures, "/plan/figures/spend", figures->spend);
    if (old && strcmp(old->measure, figures->measure) != 0 && old->agreed[0])
        tx_problem(tx, "/plan/figures/measure", "agreed", "a figure of \"%s\" is agreed; the measure stays",
                   old->measure);
}

uint32_t plan_share_ppm(struct tx *tx, const Bihuan__AccountFigures *figures)
{
    int64_t sales, spend;

    if (figures->n_sales != YEARS || plan_amount(tx, figures->measure, figures->sales[YEARS - 1], &sales, NULL) != 0 ||
        plan_amount(tx, figures->measure, figures->spend, &spend, NULL) != 0 || spend <= 0 || sales < 0)
        return 0;
    return sales >= spend ? 1000000 : (uint32_t)((__int128)sales * 1000000 / spend);
}

/* --- sections and steps --- */

static void check_sections(struct tx *tx, const Bihuan__WorkPlan *plan)
{
    const char *const *known = plan_sections(plan->kind);

    for (size_t i = 0; known && i < plan->n_sections; i++) {
        check_word(tx, arena_printf(tx_arena(tx), "/plan/sections/%zu", i), "code", plan->sections[i]->code, known);
        for (size_t k = 0; k < i; k++)
            if (strcmp(plan->sections[k]->code, plan->sections[i]->code) == 0)
                tx_problem(tx, arena_printf(tx_arena(tx), "/plan/sections/%zu/code", i), "duplicate_code",
                           "section \"%s\" stands twice", plan->sections[i]->code);
    }
}

static int check_step(struct tx *tx, const Bihuan__WorkPlan *plan, size_t index, struct err *err)
{
    Bihuan__PlanStep *step = plan->steps[index];
    const char *at = arena_printf(tx_arena(tx), "/plan/steps/%zu", index);
    ProtobufCMessage *person;

    if (!step->number)
        step->number = index ? plan->steps[index - 1]->number + 1 : 1;
    if (index && step->number <= plan->steps[index - 1]->number)
        tx_problem(tx, place(tx, at, "number"), "out_of_order", "numbers of steps go up");
    if (!step->text[0])
        tx_problem(tx, place(tx, at, "text"), "missing_value", "a step says what is done");
    (void)check_date(tx, at, "due", step->due, true, 0);
    if (documents_get(tx, "person", &bihuan__person__descriptor, step->owner, &person, err) != 0)
        return -1;
    if (!person)
        tx_problem(tx, place(tx, at, "owner"), "unknown_person", "person \"%s\" is not known; a step has one owner",
                   step->owner);
    step->state = (char *)(uintptr_t) "open";
    step->result = step->done_by = (char *)(uintptr_t) "";
    step->done_at = 0;
    step->overdue = false;
    return 0;
}

int plan_check_saved(struct tx *tx, Bihuan__WorkPlan *plan, const Bihuan__WorkPlan *old, struct err *err)
{
    if (!plan->title[0])
        tx_problem(tx, "/plan/title", "missing_value", "a plan needs a title");
    if (!plan_sections(plan->kind))
        tx_problem(tx, "/plan/kind", "unknown_word", "kind \"%s\" is none of local, account", plan->kind);
    check_sections(tx, plan);
    if (plan->n_steps > STEPS_MAX)
        tx_problem(tx, "/plan/steps", "too_many", "a plan has at most %d steps", STEPS_MAX);
    for (size_t i = 0; i < plan->n_steps && i < STEPS_MAX; i++)
        if (check_step(tx, plan, i, err) != 0)
            return -1;
    if ((strcmp(plan->kind, "account") == 0) != (plan->figures != NULL))
        tx_problem(tx, "/plan/figures", "missing_value", "an account plan, and no other, has figures");
    if (plan->figures) {
        check_figures(tx, plan->figures, old ? old->figures : NULL);
        carry_offers(plan->figures, old ? old->figures : NULL, old && strcmp(old->approver, plan->approver) == 0);
    }
    if ((strcmp(plan->kind, "account") == 0) != (plan->customer[0] != '\0'))
        tx_problem(tx, "/plan/customer", "missing_value", "an account plan, and no other, names its customer");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

int plan_check_submitted(struct tx *tx, const Bihuan__WorkPlan *plan, struct err *err)
{
    const char *const *needed = plan_sections(plan->kind);

    for (size_t i = 0; needed && needed[i]; i++)
        if (!plan_section(plan, needed[i])[0])
            tx_problem(tx, arena_printf(tx_arena(tx), "/sections/%s", needed[i]), "missing_value",
                       "section \"%s\" is empty; save it first", needed[i]);
    if (!plan->n_steps)
        tx_problem(tx, "/steps", "missing_value", "a plan without steps can't be followed; save at least one");
    if (plan->figures && (plan->figures->n_sales != YEARS || !plan->figures->spend[0]))
        tx_problem(tx, "/figures", "missing_value", "the sales of three years and the customer's spend are needed");
    if (plan->figures && !plan->figures->proposed[0])
        tx_problem(tx, "/figures/proposed", "missing_value", "propose the target figure first");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}
