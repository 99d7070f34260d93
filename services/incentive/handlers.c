/* handlers: what the daemon answers to; see handlers.h. Events of planning and feedback change memory and tables; the
 * scores follow by a timer, requests and queries stand in the files of their topics. */
#include "incentive/handlers.h"

#include "incentive/joins/join_requests.h"

#include "incentive/acts/act_requests.h"
#include "incentive/cards/card_requests.h"
#include "incentive/closing/closing.h"
#include "incentive/contracts/contracts.h"
#include "incentive/crediting/booking.h"
#include "incentive/crediting/credit_queries.h"
#include "incentive/crediting/mark_store.h"
#include "incentive/crediting/recredit.h"
#include "incentive/crediting/rule_requests.h"
#include "incentive/detectors/patterns.h"
#include "incentive/disputes/adjust.h"
#include "incentive/disputes/dispute.h"
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_payment.h"
#include "incentive/ledger/pay_period.h"
#include "incentive/ledger/pay_query.h"
#include "incentive/paysheets/pay_close.h"
#include "incentive/plans/pay_plans.h"
#include "incentive/queries.h"
#include "incentive/scoring/scoring.h"
#include "incentive/scoring/top.h"
#include "incentive/statements/statement.h"
#include "incentive/verify.h"
#include "obs/log.h"

#include <stdio.h>
#include <string.h>

extern const struct migration incentive_migrations[];

/* --- planning --------------------------------------------------------------------------------------------------------
 */

static struct incentive *change(struct tx *tx)
{
    struct incentive *state = state_of(tx);

    state_write(state);
    state->dirty = true;
    return state;
}

/* What rules of crediting name or lean on has changed: open days are worked out anew. */
static int credit_anew(struct incentive *state, struct tx *tx, const char *cause, struct err *err)
{
    crediting_remake(&state->crediting, state->refdata, tx);
    return recredit_want(state, tx, RULE_FIRST_DAY, cause, err);
}

static int on_units(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    pay_memory_mark_all(&state->pay);
    return refdata_on_units(state->refdata, tx, message, err) != 0 ? -1 : credit_anew(state, tx, "units", err);
}

static int on_people(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    return crediting_on_people(&state->crediting, state->refdata, tx, message, err) != 0
               ? -1
               : recredit_want(state, tx, RULE_FIRST_DAY, "people", err);
}

static int on_channels(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    if (refdata_on_channels(state->refdata, tx, message, err) != 0)
        return -1;
    crediting_remake(&state->crediting, state->refdata, tx);
    return 0;
}

static int on_products(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    pay_memory_mark_all(&state->pay);
    state->slices.stale = state->slices.stale || state->slices.count;
    return refdata_on_products(state->refdata, tx, message, err) != 0 ? -1 : credit_anew(state, tx, "products", err);
}

/* Scales and directions of the cards' lines come from the measures. */
static int on_measures(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    pay_memory_mark_all(&state->pay);
    if (refdata_on_measures(state->refdata, tx, message, err) != 0 || credit_anew(state, tx, "measures", err) != 0)
        return -1;
    return state_load_cards(state, tx, err);
}

static int on_calendar(struct tx *tx, const void *message, struct err *err)
{
    return refdata_on_calendar(change(tx)->refdata, tx, message, err);
}

static int on_periods(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = change(tx);

    pay_memory_mark_all(&state->pay);
    return refdata_on_periods(state->refdata, tx, message, err) != 0 ? -1 : state_load_carries(state, tx, err);
}

static int on_plan(struct tx *tx, const void *message, struct err *err)
{
    bool in_force;

    return refdata_on_plan(change(tx)->refdata, tx, message, &in_force, err);
}

/* --- feedback --------------------------------------------------------------------------------------------------------
 */

static struct credit_fact fact_of(const struct credit_row *row, const Bihuan__FactsRecorded *batch)
{
    const struct fact_row *said = row->said;
    size_t i = row->row;

    return (struct credit_fact) { .unit_id = batch->unit_id[i],
                                  .seller_id = batch->seller_id[i],
                                  .channel_id = batch->channel_id[i],
                                  .product_id = batch->product_id[i],
                                  .day = batch->day[i],
                                  .counts_day = row->counts_day,
                                  .has_record = said != NULL,
                                  .amount = said ? said->amount : 0,
                                  .quantity = said ? said->quantity : 0,
                                  .customer = said ? said->customer : NULL,
                                  .customer_len = said ? said->customer_len : 0 };
}

static int credit_by_rules(struct incentive *state, struct tx *tx, const struct credit_row *row,
                           const Bihuan__FactsRecorded *batch, size_t first, struct err *err)
{
    size_t i = row->row;
    const struct recorded_row recorded = { .source_seq = row->source_seq,
                                           .bucket = row->bucket,
                                           .source_row = (int16_t)i,
                                           .fact = fact_of(row, batch),
                                           .version = (int32_t)batch->version[i],
                                           .late_for = row->late_for,
                                           .taken_back = batch->taken_back[i],
                                           .sender = row->sender,
                                           .record_key = batch->record_key[i],
                                           .sender_len = row->sender_len,
                                           .key_len = strlen(batch->record_key[i]) };

    return booking_add(state, tx, &recorded, batch->measure_id + first, batch->value + first, batch->contributions[i],
                       err);
}

/* One fact: its row for the table, its contributions into the sums. Facts behind the day up to which scores stand
 * don't move them, so a load of today's orders costs no scoring. */
static int book_fact(struct incentive *state, struct tx *tx, struct credit_row *row, const Bihuan__FactsRecorded *batch,
                     size_t first, struct err *err)
{
    size_t count = batch->contributions[row->row];
    uint32_t unit_id = batch->unit_id[row->row];

    row->counts_day = credit_counts_day(state->closed, state->closed_count, batch->day[row->row], &row->late_for);
    credit_rows_add(&state->rows, row, batch, batch->measure_id + first, batch->value + first, count);
    state->dirty = state->dirty || row->counts_day <= state->as_of;
    pay_memory_mark(&state->pay, unit_id);
    if (state->crediting.rules.count && credit_by_rules(state, tx, row, batch, first, err) != 0)
        return err_prefix(err, "record %s", batch->record_key[row->row]);
    if (!credit_in_window(row->counts_day))
        return 0;
    for (size_t i = first; i < first + count; i++)
        if (cube_add(state->cube, unit_id, batch->measure_id[i], 0, 0, row->counts_day, batch->value[i], err) != 0 ||
            slices_add(&state->slices, state->slices.cube, state->refdata, unit_id, batch->measure_id[i],
                       batch->channel_id[row->row], batch->product_id[row->row], row->counts_day, batch->value[i],
                       err) != 0)
            return err_prefix(err, "record %s", batch->record_key[row->row]);
    return 0;
}

/* Sums lie scattered over a province's units, and waiting for memory is most of what booking costs: so it is asked for
 * some facts before. */
#define SERIES_AHEAD 16
#define VALUES_AHEAD 8
struct ahead {
    size_t row, first;
};

static void look_ahead(const struct incentive *state, const Bihuan__FactsRecorded *batch, struct ahead *ahead,
                       size_t until, bool values)
{
    for (; ahead->row < until && ahead->row < batch->n_record_key; ahead->row++) {
        size_t end = ahead->first + batch->contributions[ahead->row];

        for (; ahead->first < end; ahead->first++)
            cube_prefetch(state->cube, batch->unit_id[ahead->row], batch->measure_id[ahead->first],
                          batch->day[ahead->row], values);
    }
}

static int on_facts(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FactsRecorded *batch = message;
    struct incentive *state = state_of(tx);
    struct credit_row row = { .bucket = tx_bucket(tx), .sender = batch->sender, .sender_len = strlen(batch->sender) };
    struct ahead series = { 0 }, values = { 0 };
    struct fact_rows said;
    struct fact_row at;

    if (tx_position(tx, "planning", 0) < batch->planning_seq)
        return err_fail(err, ERR_BUSY, "wait", "facts wait for planning's position %lu",
                        (unsigned long)batch->planning_seq);
    if (credit_check(batch, err) != 0 || fact_rows_init(&said, batch, err) != 0)
        return -1;
    state_write(state);
    row.source_seq = tx_event(tx) ? tx_event(tx)->seq : 0;
    row.said = said.kind != FACT_NONE ? &at : NULL;
    while (fact_rows_next(&said, &at)) {
        row.row = at.index;
        look_ahead(state, batch, &series, at.index + SERIES_AHEAD, false);
        look_ahead(state, batch, &values, at.index + VALUES_AHEAD, true);
        joins_take(state, row.bucket, row.source_seq, &said, &at);
        if (batch->contributions[at.index] && book_fact(state, tx, &row, batch, at.contributions, err) != 0)
            return -1;
    }
    return 0;
}

static int on_watermark(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__WatermarkMoved *event = message;
    struct incentive *state = state_of(tx);
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));
    uint64_t positions[BUCKETS_MAX];
    int64_t counts;

    state_write(state);
    for (uint32_t b = 0; b < buckets; b++)
        positions[b] = tx_position(tx, "feedback", (uint16_t)b);
    counts = marks_of_feed(&state->marks, event->feed_id, positions, buckets);
    marks_prune(&state->marks, event->feed_id, counts);
    marks_add(&state->marks, event->feed_id, event->through, event->silent, event->seq, event->n_seq);
    if (mark_store_put(tx, event->feed_id, event->through, event->silent, event->seq, event->n_seq, err) != 0)
        return -1;
    return mark_store_prune(tx, event->feed_id, counts, err);
}

static int on_silent(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FeedSilent *event = message;
    struct incentive *state = state_of(tx);

    state_write(state);
    marks_set_silent(&state->marks, event->feed_id, event->silent);
    return mark_store_set_silent(tx, event->feed_id, event->silent, err);
}

/* --- in order --------------------------------------------------------------------------------------------------------
 * While state is made anew an event waits for the acts before it; else it is kept where planning's came among the
 * facts.
 */

#define PLANNING_IN_ORDER(fn)                                                                                          \
    static int fn##_in_order(struct tx *tx, const void *message, struct err *err)                                      \
    {                                                                                                                  \
        return acts_before_planning(tx, err) != 0 ? -1 : fn(tx, message, err);                                         \
    }
#define FACTS_IN_ORDER(fn)                                                                                             \
    static int fn##_in_order(struct tx *tx, const void *message, struct err *err)                                      \
    {                                                                                                                  \
        return acts_before_facts(tx, err) != 0 ? -1 : fn(tx, message, err);                                            \
    }
PLANNING_IN_ORDER(on_units)
PLANNING_IN_ORDER(on_people)
PLANNING_IN_ORDER(on_channels)
PLANNING_IN_ORDER(on_products)
PLANNING_IN_ORDER(on_measures)
PLANNING_IN_ORDER(on_calendar)
PLANNING_IN_ORDER(on_periods)
PLANNING_IN_ORDER(on_plan)
FACTS_IN_ORDER(on_facts)
FACTS_IN_ORDER(on_watermark)
FACTS_IN_ORDER(on_silent)

/* What feedback says besides is of no matter here, but for its place in the stream: marks count by positions. */
static int on_other(struct tx *tx, const void *message, struct err *err)
{
    (void)message;
    return acts_before_facts(tx, err);
}

/* --- the service -----------------------------------------------------------------------------------------------------
 */

static int start(struct runtime *rt, struct err *err)
{
    state_init(runtime_state(rt));
    if (pay_keys_ensure(rt, err) != 0) { /* scores go on; a close of pay will say it again */
        log_error("statement_key", "error=\"%s\"", err->text);
        err_clear(err);
    }
    return 0;
}

static void stop(struct runtime *rt)
{
    state_fini(runtime_state(rt));
}

static int load(struct tx *tx, struct err *err)
{
    return state_load(state_of(tx), tx, err);
}

static void drop(struct runtime *rt)
{
    state_drop(runtime_state(rt));
}

static int before_commit(struct tx *tx, struct err *err)
{
    struct incentive *state = state_of(tx);

    if (credit_rows_write(&state->rows, tx, err) != 0 || entry_rows_write(&state->crediting.rows, tx, err) != 0)
        return -1;
    return joins_write(&state->joins, tx, err);
}

static void after_commit(struct runtime *rt)
{
    state_done(runtime_state(rt));
}

static const char *const reads[] = { "planning", "feedback", NULL };

static const struct setting settings[] = {
    { "score_interval_ms", SETTING_INT, "2000",
      "scores are recomputed at most this often (milliseconds) while facts come in", 100, 3600000 },
    { "pay_credits_kb", SETTING_INT, "196608",
      "memory (kB) for the credits that pay is worked out of; more are read in several passes", 1, 16777216 },
    { "rebuild", SETTING_INT, "0",
      "1: make scores and pay anew from the streams, in an empty schema that has incentive's own stream", 0, 1 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};

static const struct handler handlers[] = {
    HANDLE_EVENT("planning", UNITS_CHANGED, on_units_in_order),
    HANDLE_EVENT("planning", PEOPLE_CHANGED, on_people_in_order),
    HANDLE_EVENT("planning", CHANNELS_CHANGED, on_channels_in_order),
    HANDLE_EVENT("planning", PRODUCTS_CHANGED, on_products_in_order),
    HANDLE_EVENT("planning", MEASURES_DEFINED, on_measures_in_order),
    HANDLE_EVENT("planning", CALENDAR_PUBLISHED, on_calendar_in_order),
    HANDLE_EVENT("planning", PERIODS_OPENED, on_periods_in_order),
    HANDLE_EVENT("planning", PLAN_PUBLISHED, on_plan_in_order),
    HANDLE_EVENT("feedback", FACTS_RECORDED, on_facts_in_order),
    HANDLE_EVENT("feedback", WATERMARK_MOVED, on_watermark_in_order),
    HANDLE_EVENT("feedback", FEED_SILENT, on_silent_in_order),
    HANDLE_EVENT("feedback", FILE_FINISHED, on_other),
    HANDLE_EVENT("feedback", FILE_MISSING, on_other),
    HANDLE_EVENT("feedback", TOTALS_DIFFER, on_other),
    HANDLE_EVENT("feedback", FEED_CONDITION, on_other),
    HANDLE_EVENT("feedback", OPPORTUNITY_CHANGED, on_other),
    HANDLE_EVENT("feedback", QUOTES_RECORDED, on_other),
    HANDLE_EVENT("feedback", REPORT_SUBMITTED, on_other),
    HANDLE_EVENT("feedback", REPORT_OVERDUE, on_other),
    HANDLE_EVENT("feedback", REPORT_DUE_SOON, on_other),
    HANDLE_REQUEST_IN_SCOPE(APPLY_SCORECARDS, "rule.write", act_cards_apply),
    HANDLE_REQUEST(APPLY_CREDITING_RULES, "rule.write", act_rules_apply),
    HANDLE_REQUEST(CLOSE_PERIOD, "score.finalise", act_closing_request),
    HANDLE_QUERY_IN_SCOPE(LIST_SCORECARDS, "score.read", cards_list),
    HANDLE_QUERY_IN_SCOPE(LIST_SCORES, "score.read", query_scores),
    HANDLE_QUERY_IN_SCOPE(LIST_TOP, "score.read", top_list),
    HANDLE_QUERY_IN_SCOPE(GET_STATEMENT, "score.read", statement_query),
    HANDLE_QUERY(LIST_CREDITING_RULES, "score.read", rules_list),
    HANDLE_QUERY(LIST_CREDITING_RUNS, "score.read", runs_list),
    HANDLE_QUERY_IN_SCOPE(LIST_CREDITS, "score.read", credits_list),
    HANDLE_QUERY_IN_SCOPE(EXPLAIN_CREDIT, "score.read", credit_explain),
    HANDLE_QUERY_IN_SCOPE(LIST_CREDIT_TOTALS, "score.read", credit_totals),
    HANDLE_QUERY(LIST_CLOSINGS, "score.read", query_closings),
    HANDLE_QUERY(VERIFY_SCORES, "status.read", verify_query),
    HANDLE_TIMER(SECOND / 4, recredit_timer),
    HANDLE_TIMER(SECOND / 4, joins_timer),
    HANDLE_REQUEST(APPLY_CUSTOMER_HOLDINGS, "rule.write", act_holdings_apply),
    HANDLE_QUERY(LIST_CUSTOMER_HOLDINGS, "score.read", holdings_list),
    HANDLE_QUERY(LIST_REGISTRATIONS, "score.read", registrations_list),
    HANDLE_QUERY(LIST_RECEIPTS, "score.read", receipts_list),
    HANDLE_REQUEST(APPLY_PAY_PLANS, "pay.write", act_pay_plans_apply),
    HANDLE_QUERY(LIST_PAY_PLANS, "pay.read", pay_plans_list),
    HANDLE_QUERY(LINT_PAY_PLANS, "pay.read", pay_plans_lint),
    HANDLE_REQUEST(CALCULATE_PAY, "pay.write", act_pay_calculate),
    HANDLE_REQUEST(MOVE_PAY_PERIOD, "pay.approve", act_pay_period_move),
    HANDLE_QUERY_IN_SCOPE(LIST_PAY_PERIODS, "pay.read", pay_period_list),
    HANDLE_QUERY_IN_SCOPE(LIST_PAY, "pay.read", pay_query_list),
    HANDLE_QUERY_IN_SCOPE(LIST_PAY_ENTRIES, "pay.read", pay_query_entries),
    HANDLE_QUERY_IN_SCOPE(FIND_PATTERNS, "pay.read", patterns_find),
    HANDLE_QUERY_IN_SCOPE(TRY_PAY, "pay.read", pay_try),
    HANDLE_QUERY(VERIFY_PAY, "status.read", pay_verify),
    HANDLE_QUERY_IN_SCOPE(GET_PAY_STATEMENT, "pay.read", pay_statement_get),
    HANDLE_QUERY_IN_SCOPE(GET_STATEMENT_KEY, "score.read", pay_statement_key),
    HANDLE_REQUEST_IN_SCOPE(PROPOSE_ADJUSTMENT, "pay.write", act_adjust_on_propose),
    HANDLE_REQUEST_IN_SCOPE(DECIDE_ADJUSTMENT, "pay.approve", act_adjust_on_decide),
    HANDLE_QUERY_IN_SCOPE(LIST_ADJUSTMENTS, "pay.read", adjust_list),
    HANDLE_REQUEST(EXPORT_PAYMENTS, "pay.approve", act_pay_payment_export),
    HANDLE_REQUEST(ACKNOWLEDGE_PAYMENTS, "pay.approve", act_pay_payment_acknowledge),
    HANDLE_QUERY_IN_SCOPE(LIST_PAYMENTS, "pay.read", pay_payment_list),
    HANDLE_REQUEST_IN_SCOPE(RAISE_DISPUTE, "pay.dispute", act_dispute_raise),
    HANDLE_REQUEST_IN_SCOPE(MOVE_DISPUTE, "pay.dispute", act_dispute_move),
    HANDLE_QUERY_IN_SCOPE(LIST_DISPUTES, "pay.dispute", dispute_list),
    HANDLE_REQUEST_IN_SCOPE(PLACE_INTERNAL_ORDER, "contract.act", act_contracts_place),
    HANDLE_REQUEST_IN_SCOPE(MOVE_INTERNAL_ORDER, "contract.act", act_contracts_move),
    HANDLE_REQUEST_IN_SCOPE(DECIDE_INTERNAL_ORDER, "contract.decide", act_contracts_decide),
    HANDLE_QUERY_IN_SCOPE(LIST_INTERNAL_ORDERS, "score.read", contracts_list),
    HANDLE_QUERY_IN_SCOPE(LIST_CONTRACT_BALANCES, "score.read", contracts_balances),
    HANDLE_TIMER(2 * SECOND, contracts_timer),
    HANDLE_TIMER(SECOND / 4, acts_timer),
    HANDLE_TIMER(SECOND / 4, scoring_timer),
    HANDLERS_END,
};

const struct service incentive_service = {
    .name = "incentive",
    .gather_us =
        20000, /* a batch is to be booked in 60 ms; else nobody waits for a score, and the others need the disk */
    .reads = reads,
    .handlers = handlers,
    .migrations = incentive_migrations,
    .settings = settings,
    .state_size = sizeof(struct incentive),
    .start = start,
    .stop = stop,
    .load = load,
    .drop = drop,
    .before_commit = before_commit,
    .after_commit = after_commit,
};
