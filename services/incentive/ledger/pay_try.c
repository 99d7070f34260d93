/* pay_try: plans tried on a period's facts beside those in force: who would win and lose, and what it costs. Nothing is
 * written. */
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_cost.h"
#include "incentive/ledger/pay_query.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/scoring/scoring.h"
#include "incentive/scoring/try_cards.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 500

/* What everybody comes to under one set of plans, in units of 10^-digits. */
struct trial {
    struct incentive *state;
    struct tx *tx;
    const struct ref_period *period;
    struct pay_plans plans;
    struct try_cards cards;
    struct scoring scoring; /* by the cards */
    int64_t *score;         /* by unit, where cards are tried */
    uint32_t *rank;         /* the same; 0 none */
    int digits;             /* finest of both sets */
    int64_t *earned;        /* by unit */
    bool *paid;
    Bihuan__PayCost **costs;
    struct phasing_point at;
};

static int64_t scaled(int64_t amount, int from, int to)
{
    for (; from < to; from++)
        amount *= 10;
    return amount;
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct trial *trial = arg;
    int64_t *volume = arena_array(scratch, int64_t, slot->plan->feed_count + 1), earned[PAYPLAN_COMPONENTS_MAX];

    pay_eval_volumes(slot, results, volume);
    trial->paid[slot->unit_id] = true;
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        earned[c] = results[c].out.earned;
        trial->earned[slot->unit_id] += scaled(earned[c], slot->plan->digits, trial->digits);
    }
    return pay_cost_add(trial->costs, &trial->plans, slot, volume, earned, trial->at, scratch, err);
}

static int run_trial(struct trial *trial, const bool *within, struct err *err)
{
    struct pay_eval eval = { .state = trial->state,
                             .tx = trial->tx,
                             .period = trial->period,
                             .plans = &trial->plans,
                             .within = within,
                             .scoring = trial->cards.made_count ? &trial->scoring : NULL };
    uint32_t limit = refdata_unit_limit(trial->state->refdata);

    trial->earned = arena_array(tx_arena(trial->tx), int64_t, limit + 1);
    trial->paid = arena_array(tx_arena(trial->tx), bool, limit + 1);
    trial->costs = pay_cost_new(&trial->plans, tx_arena(trial->tx));
    if (pay_eval_prepare(&eval, err) != 0)
        return -1;
    return pay_eval_run(&eval, take_slot, trial, err);
}

/* --- today's plans and the tried ones --------------------------------------------------------------------------------
 */

/* A tried plan takes the place of the one with its code; the rest stays. */
static int load_plans(struct trial *today, struct trial *tried, const Bihuan__TryPayRequest *request, struct err *err)
{
    Bihuan__PayPlan **docs;
    size_t n = 0;

    if (pay_plans_load(&today->plans, today->state, today->tx, err) != 0)
        return -1;
    docs = arena_array(tx_arena(today->tx), Bihuan__PayPlan *, today->plans.count + request->n_items + 1);
    for (size_t p = 0; p < today->plans.count; p++) {
        const Bihuan__PayPlan *doc = today->plans.list[p]->doc;
        bool replaced = false;

        for (size_t i = 0; i < request->n_items; i++)
            replaced = replaced || strcmp(request->items[i]->code, doc->code) == 0;
        if (!replaced)
            docs[n++] = (Bihuan__PayPlan *)(uintptr_t)doc;
    }
    for (size_t i = 0; i < request->n_items; i++) {
        request->items[i]->id = UINT32_MAX - (uint32_t)i; /* only to tell them apart */
        docs[n++] = request->items[i];
    }
    return pay_plans_make(&tried->plans, tried->state, tried->tx, docs, n, err);
}

static void find_digits(struct trial *today, struct trial *tried)
{
    int digits = 0;

    for (size_t p = 0; p < today->plans.count; p++)
        digits = today->plans.list[p]->digits > digits ? today->plans.list[p]->digits : digits;
    for (size_t p = 0; p < tried->plans.count; p++)
        digits = tried->plans.list[p]->digits > digits ? tried->plans.list[p]->digits : digits;
    today->digits = tried->digits = digits;
}

/* --- scores ----------------------------------------------------------------------------------------------------------
 */

static void take_score(void *arg, uint32_t unit_id, int64_t score_milli, uint32_t rank)
{
    struct trial *trial = arg;

    if (unit_id >= refdata_unit_limit(trial->state->refdata))
        return;
    trial->score[unit_id] = score_milli;
    trial->rank[unit_id] = rank;
}

static void make_room(struct trial *trial)
{
    uint32_t limit = refdata_unit_limit(trial->state->refdata);

    trial->score = arena_array(tx_arena(trial->tx), int64_t, limit + 1);
    trial->rank = arena_array(tx_arena(trial->tx), uint32_t, limit + 1);
}

/* As they stand, and as the tried cards would have them. */
static int score_both(struct trial *today, struct trial *tried, struct err *err)
{
    make_room(today);
    make_room(tried);
    if (!tried->cards.made_count)
        return 0;
    if (pay_store_scores(today->tx, today->period->id, take_score, today, err) != 0 ||
        try_cards_score(tried->state, tried->tx, tried->period, &tried->cards, &tried->scoring, err) != 0)
        return -1;
    for (size_t i = 0; i < tried->scoring.count; i++)
        if (tried->scoring.units[i].outcome.defined)
            take_score(tried, tried->scoring.units[i].unit_id, tried->scoring.units[i].outcome.score,
                       tried->scoring.units[i].rank);
    return 0;
}

/* --- the answer ------------------------------------------------------------------------------------------------------
 */

static int by_difference(const void *pa, const void *pb)
{
    const Bihuan__TryPayRow *a = *(Bihuan__TryPayRow *const *)pa, *b = *(Bihuan__TryPayRow *const *)pb;

    int64_t x = a->score_tried - a->score_today, y = b->score_tried - b->score_today;

    if (a->difference != b->difference)
        return a->difference > b->difference ? -1 : 1;
    if (x != y)
        return x > y ? -1 : 1;
    return strcmp(a->unit, b->unit);
}

static void add_row(const struct trial *today, const struct trial *tried, const struct ref_unit *unit,
                    Bihuan__TryPayReply *reply)
{
    Bihuan__TryPayRow *row = arena_new(tx_arena(today->tx), Bihuan__TryPayRow);

    bihuan__try_pay_row__init(row);
    row->unit = unit->code;
    row->unit_name = unit->name;
    row->today = today->earned[unit->id];
    row->tried = tried->earned[unit->id];
    row->difference = row->tried - row->today;
    row->digits = (uint32_t)today->digits;
    row->score_today = today->score[unit->id];
    row->score_tried = tried->score[unit->id];
    row->rank_today = today->rank[unit->id];
    row->rank_tried = tried->rank[unit->id];
    reply->today += row->today;
    reply->tried += row->tried;
    reply->winners += row->difference > 0;
    reply->losers += row->difference < 0;
    reply->payees++;
    reply->items[reply->n_items++] = row;
}

/* Of those that the asker sees: who has a score by the tried cards, or has one now. */
static bool is_scored(const struct trial *today, const struct trial *tried, const bool *within, uint32_t unit_id)
{
    return (!within || within[unit_id]) && (today->rank[unit_id] || tried->rank[unit_id]);
}

/* The most gained and the most lost, where there are too many. */
static void keep_ends(Bihuan__TryPayReply *reply)
{
    if (reply->n_items)
        qsort(reply->items, reply->n_items, sizeof *reply->items, by_difference);
    if (reply->n_items <= ROWS_MAX)
        return;
    memmove(reply->items + ROWS_MAX / 2, reply->items + reply->n_items - ROWS_MAX / 2,
            ROWS_MAX / 2 * sizeof *reply->items);
    reply->n_items = ROWS_MAX;
}

static int try_plans(struct trial *today, struct trial *tried, const Bihuan__TryPayRequest *request,
                     Bihuan__TryPayReply *reply, struct err *err)
{
    uint32_t limit = refdata_unit_limit(today->state->refdata);
    const uint32_t *units;
    bool *within = NULL;
    size_t count;

    for (size_t i = 0; i < request->n_items; i++)
        pay_plans_check(today->tx, request->items[i], arena_printf(tx_arena(today->tx), "/items/%zu", i));
    if (try_cards_make(tried->state, tried->tx, request->scorecards, request->n_scorecards, &tried->cards, err) != 0)
        return -1;
    if (tx_problem_count(today->tx))
        return tx_refuse(today->tx, err);
    if (pay_period_by_code(today->state, request->period, &today->period, err) != 0 ||
        pay_visible_units(today->state, today->tx, "", request->under, today->period, &units, &count, err) != 0 ||
        load_plans(today, tried, request, err) != 0)
        return -1;
    if (units) {
        within = arena_array(tx_arena(today->tx), bool, limit + 1);
        for (size_t i = 0; i < count; i++)
            within[units[i]] = true;
    }
    tried->period = today->period;
    today->at = tried->at = pay_progress_at(today->period, today->state->as_of);
    find_digits(today, tried);
    if (score_both(today, tried, err) != 0 || run_trial(today, within, err) != 0 || run_trial(tried, within, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(today->tx), Bihuan__TryPayRow *, limit + 1);
    for (uint32_t u = 1; u < limit; u++)
        if (today->paid[u] || tried->paid[u] || is_scored(today, tried, within, u))
            add_row(today, tried, refdata_unit(today->state->refdata, u), reply);
    keep_ends(reply);
    reply->digits = (uint32_t)today->digits;
    reply->costs = tried->costs;
    reply->n_costs = pay_cost_count(tried->costs, &tried->plans);
    pay_plans_findings(&tried->plans, tried->cards.made, tried->cards.made_count, today->tx, &reply->findings,
                       &reply->n_findings);
    return tx_reply(today->tx, &reply->base, err);
}

int pay_try(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__TryPayReply reply = BIHUAN__TRY_PAY_REPLY__INIT;
    struct trial today = { .state = state_of(tx), .tx = tx }, tried = today;
    int rc;

    if (state_read(today.state, err) != 0)
        return -1;
    rc = try_plans(&today, &tried, message, &reply, err);
    state_read_done(today.state);
    pay_plans_fini(&today.plans);
    pay_plans_fini(&tried.plans);
    try_cards_fini(&tried.cards);
    return rc;
}
