/* pay_plans: see pay_plans.h. */
#include "incentive/plans/pay_plans.h"

#include "incentive/cards/card_lint.h"
#include "incentive/plans/pay_plan_store.h"
#include "incentive/scoring/try_cards.h"
#include "obs/log.h"
#include "payplan/payplan_lint.h"
#include "refdata/documents.h"

#include <stdlib.h>
#include <string.h>

#define KIND "pay_plan"

struct measures {
    const struct refdata *refdata;
    int money_scale;
};

static bool find_measure(void *arg, const char *code, struct payplan_measure *out)
{
    const struct measures *measures = arg;
    const struct ref_measure *measure = refdata_measure_by_code(measures->refdata, code);

    if (!measure || !measure->additive || measure->level)
        return false;
    *out = (struct payplan_measure) { measure->money, ref_measure_scale(measure, measures->money_scale) };
    return true;
}

/* --- making ----------------------------------------------------------------------------------------------------------
 */

struct making {
    struct pay_plans *plans;
    struct measures measures;
    bool strict;
};

static int take_plan(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct making *making = arg;
    struct payplan *plan = NULL;

    if (payplan_new(&plan, (const Bihuan__PayPlan *)message, find_measure, &making->measures,
                    making->measures.money_scale, err) != 0) {
        if (making->strict)
            return -1;
        log_error("pay_plan_unusable", "error=\"%s\"", err->text);
        err_clear(err);
        return 0;
    }
    making->plans->list = realloc(making->plans->list, (making->plans->count + 1) * sizeof(struct payplan *));
    if (!making->plans->list)
        abort();
    making->plans->list[making->plans->count++] = plan;
    return 0;
}

static struct making making_of(struct pay_plans *plans, struct incentive *state, struct tx *tx, bool strict)
{
    return (struct making) { plans, { state->refdata, runtime_money_scale(tx_runtime(tx)) }, strict };
}

int pay_plans_load(struct pay_plans *plans, struct incentive *state, struct tx *tx, struct err *err)
{
    struct making making = making_of(plans, state, tx, false);

    return documents_each(tx, KIND, &bihuan__pay_plan__descriptor, take_plan, &making, err);
}

int pay_plans_make(struct pay_plans *plans, struct incentive *state, struct tx *tx, Bihuan__PayPlan *const *docs,
                   size_t count, struct err *err)
{
    struct making making = making_of(plans, state, tx, true);

    for (size_t i = 0; i < count; i++)
        if (take_plan(&making, &docs[i]->base, err) != 0)
            return -1;
    return 0;
}

int pay_plans_load_run(struct pay_plans *plans, struct incentive *state, struct tx *tx, uint32_t run_id,
                       struct err *err)
{
    Bihuan__PayPlan **docs;
    size_t count;

    if (pay_plan_store_of_run(tx, run_id, &docs, &count, err) != 0)
        return -1;
    return pay_plans_make(plans, state, tx, docs, count, err);
}

void pay_plans_fini(struct pay_plans *plans)
{
    for (size_t i = 0; i < plans->count; i++)
        payplan_destroy(&plans->list[i]);
    free(plans->list);
    *plans = (struct pay_plans) { 0 };
}

const struct payplan *pay_plans_find(const struct pay_plans *plans, uint32_t id)
{
    for (size_t i = 0; i < plans->count; i++)
        if (plans->list[i]->doc->id == id)
            return plans->list[i];
    return NULL;
}

const struct payplan *pay_plans_by_code(const struct pay_plans *plans, const char *code)
{
    for (size_t i = 0; i < plans->count; i++)
        if (strcmp(plans->list[i]->doc->code, code) == 0)
            return plans->list[i];
    return NULL;
}

/* --- checking --------------------------------------------------------------------------------------------------------
 */

struct problem_call {
    struct tx *tx;
    const char *pointer;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct problem_call *call = arg;

    tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s%s", call->pointer, pointer), code, "%s", message);
}

static void check_names(struct tx *tx, const Bihuan__PayPlan *doc, const char *pointer)
{
    const struct refdata *refdata = state_of(tx)->refdata;
    struct arena *arena = tx_arena(tx);

    if (doc->under[0] && !refdata_unit_by_code(refdata, doc->under))
        tx_problem(tx, arena_printf(arena, "%s/under", pointer), "unknown_unit", "there is no unit \"%s\"", doc->under);
    for (size_t i = 0; i < doc->n_consents; i++)
        if (!payplan_consent_known(doc->consents[i]))
            tx_problem(tx, arena_printf(arena, "%s/consents/%zu", pointer, i), "unknown_consent",
                       "\"%s\" isn't a warning of the check: use cliff, unreachable_band, falling_rate or rich",
                       doc->consents[i]);
    for (size_t i = 0; i < doc->n_components; i++) {
        const Bihuan__PayComponent *component = doc->components[i];

        if (component->linked_to[0] && strcmp(component->linked_to, "parent") != 0 &&
            !refdata_unit_by_code(refdata, component->linked_to))
            tx_problem(tx, arena_printf(arena, "%s/components/%zu/linked_to", pointer, i), "unknown_unit",
                       "there is no unit \"%s\": use parent, or a unit's code", component->linked_to);
        for (size_t j = 0; j < component->n_products; j++)
            if (!refdata_product_by_code(refdata, component->products[j]))
                tx_problem(tx, arena_printf(arena, "%s/components/%zu/products/%zu", pointer, i, j), "unknown_product",
                           "there is no product \"%s\"", component->products[j]);
    }
}

void pay_plans_check(struct tx *tx, const Bihuan__PayPlan *doc, const char *pointer)
{
    struct measures measures = { state_of(tx)->refdata, runtime_money_scale(tx_runtime(tx)) };
    struct problem_call call = { tx, pointer };

    payplan_check(doc, find_measure, &measures, measures.money_scale, add_problem, &call);
    check_names(tx, doc, pointer);
}

struct consent_call {
    struct tx *tx;
    const Bihuan__PayPlan *doc;
    const char *pointer;
};

static void need_consent(void *arg, const char *component, const char *code, const char *words, bool consented)
{
    struct consent_call *call = arg;
    size_t i = 0;

    while (i < call->doc->n_components && strcmp(call->doc->components[i]->code, component) != 0)
        i++;
    if (!consented)
        tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s/components/%zu", call->pointer, i), code,
                   "%s; put \"%s\" into the plan's consents to stand for it", words, code);
}

/* Doubts are only looked for in what can be computed. */
static int check_doubts(struct tx *tx, const Bihuan__PayPlan *doc, const char *pointer, struct err *err)
{
    struct measures measures = { state_of(tx)->refdata, runtime_money_scale(tx_runtime(tx)) };
    struct consent_call call = { tx, doc, pointer };
    struct payplan *plan = NULL;

    if (payplan_new(&plan, doc, find_measure, &measures, measures.money_scale, err) != 0)
        return -1;
    payplan_lint(plan, strcmp(tx_language(tx), "zh") == 0, need_consent, &call);
    payplan_destroy(&plan);
    return 0;
}

static bool same_but_version(const Bihuan__PayPlan *plan, const Bihuan__PayPlan *existing, struct arena *arena)
{
    Bihuan__PayPlan a = *plan, b = *existing;
    size_t len;
    uint8_t *x, *y;

    a.version = b.version = a.id = b.id = 0;
    len = bihuan__pay_plan__get_packed_size(&a);
    if (len != bihuan__pay_plan__get_packed_size(&b))
        return false;
    x = arena_alloc(arena, len + 1);
    y = arena_alloc(arena, len + 1);
    bihuan__pay_plan__pack(&a, x);
    bihuan__pay_plan__pack(&b, y);
    return memcmp(x, y, len) == 0;
}

static int check_plan(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                      struct err *err)
{
    Bihuan__PayPlan *doc = (Bihuan__PayPlan *)item;
    const Bihuan__PayPlan *old = (const Bihuan__PayPlan *)existing;
    size_t before = tx_problem_count(tx);

    pay_plans_check(tx, doc, pointer);
    if (tx_problem_count(tx) == before && check_doubts(tx, doc, pointer, err) != 0)
        return -1;
    doc->version = !old ? 1 : old->version + !same_but_version(doc, old, tx_arena(tx));
    return 0;
}

/* --- requests --------------------------------------------------------------------------------------------------------
 */

int pay_plans_apply(struct tx *tx, const void *message, struct err *err)
{
    static const struct documents_kind kind = { KIND, &bihuan__pay_plan__descriptor, check_plan };
    const Bihuan__ApplyPayPlansRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &kind, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    for (size_t i = 0; !request->dry_run && i < result.changed_count; i++)
        if (pay_plan_store_put(tx, (const Bihuan__PayPlan *)result.changed[i], err) != 0)
            return -1;
    return tx_reply(tx, &result.reply->base, err);
}

int pay_plans_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListPayPlansRequest *request = message;
    Bihuan__ListPayPlansReply reply = BIHUAN__LIST_PAY_PLANS_REPLY__INIT;
    Bihuan__PayPlan *one;
    ProtobufCMessage *found = NULL, **items;

    if (!request->code[0]) {
        if (documents_list(tx, KIND, &bihuan__pay_plan__descriptor, request->page, NULL, NULL, &items, &reply.n_items,
                           &reply.next, err) != 0)
            return -1;
        reply.items = (Bihuan__PayPlan **)items;
        return tx_reply(tx, &reply.base, err);
    }
    if (request->version) {
        if (pay_plan_store_get(tx, request->code, request->version, &one, err) != 0)
            return -1;
    } else {
        if (documents_get(tx, KIND, &bihuan__pay_plan__descriptor, request->code, &found, err) != 0)
            return -1;
        one = (Bihuan__PayPlan *)found;
    }
    reply.items = &one;
    reply.n_items = one != NULL;
    return tx_reply(tx, &reply.base, err);
}

struct finding_call {
    struct tx *tx;
    const char *plan;
    Bihuan__PayFinding **list;
    size_t count;
};

static void take_finding(void *arg, const char *component, const char *code, const char *words, bool consented)
{
    struct finding_call *call = arg;
    struct arena *arena = tx_arena(call->tx);
    Bihuan__PayFinding *finding = arena_new(arena, Bihuan__PayFinding);
    Bihuan__PayFinding **list = arena_array(arena, Bihuan__PayFinding *, call->count + 1);

    bihuan__pay_finding__init(finding);
    finding->plan = arena_strdup(arena, call->plan);
    finding->component = arena_strdup(arena, component);
    finding->code = arena_strdup(arena, code);
    finding->words = arena_strdup(arena, words);
    finding->consented = consented;
    if (call->count)
        memcpy(list, call->list, call->count * sizeof *list);
    call->list = list;
    call->list[call->count++] = finding;
}

static void take_card_finding(void *arg, const char *measure, const char *code, const char *words)
{
    take_finding(arg, measure, code, words, false);
}

void pay_plans_findings(const struct pay_plans *plans, struct card *const *cards, size_t card_count, struct tx *tx,
                        Bihuan__PayFinding ***findings, size_t *count)
{
    struct finding_call call = { .tx = tx };
    bool zh = strcmp(tx_language(tx), "zh") == 0;

    for (size_t i = 0; i < plans->count; i++) {
        call.plan = plans->list[i]->doc->code;
        payplan_lint(plans->list[i], zh, take_finding, &call);
    }
    for (size_t i = 0; i < card_count; i++) {
        call.plan = cards[i]->doc->code;
        card_lint(cards[i], zh, take_card_finding, &call);
    }
    *findings = call.list;
    *count = call.count;
}

static int lint(struct incentive *state, struct tx *tx, const Bihuan__LintPayPlansRequest *request,
                struct pay_plans *plans, struct try_cards *cards, struct err *err)
{
    if (try_cards_make(state, tx, request->scorecards, request->n_scorecards, cards, err) != 0)
        return -1;
    for (size_t i = 0; i < request->n_items; i++)
        pay_plans_check(tx, request->items[i], arena_printf(tx_arena(tx), "/items/%zu", i));
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (request->n_items || request->n_scorecards)
        return pay_plans_make(plans, state, tx, request->items, request->n_items, err);
    return pay_plans_load(plans, state, tx, err);
}

/* Those in force, without their older versions. */
static void newest_cards(const struct incentive *state, struct tx *tx, struct try_cards *out)
{
    out->cards = arena_array(tx_arena(tx), struct card *, state->card_count + 1);
    for (size_t i = 0; i < state->card_count; i++)
        if (state_is_newest(state, state->cards[i]->doc))
            out->cards[out->count++] = state->cards[i];
}

int pay_plans_lint(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__LintPayPlansReply reply = BIHUAN__LINT_PAY_PLANS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    struct pay_plans plans = { 0 };
    struct try_cards cards = { 0 };
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = lint(state, tx, message, &plans, &cards, err);
    if (rc == 0 && !cards.made_count && !((const Bihuan__LintPayPlansRequest *)message)->n_items)
        newest_cards(state, tx, &cards);
    if (rc == 0)
        pay_plans_findings(&plans, cards.made_count ? cards.made : cards.cards,
                           cards.made_count ? cards.made_count : cards.count, tx, &reply.items, &reply.n_items);
    state_read_done(state);
    pay_plans_fini(&plans);
    try_cards_fini(&cards);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
