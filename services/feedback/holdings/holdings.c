/* holdings: see holdings.h. */
#include "feedback/holdings/holdings.h"

#include "feedback/files/reopen.h"
#include "feedback/holdings/holding_store.h"
#include "feedback/measures/reissue.h"
#include "feedback/reports/reports.h"
#include "feedback/state.h"
#include "text/dates.h"
#include "text/decimal.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"

#include <string.h>

#define A_TURN    500
#define SHOWN     500
#define YEAR_DAYS 365

static int32_t today_of(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

bool holdings_follow(int16_t sender)
{
    return fact_kind_of_sender(sender) == FACT_OPPORTUNITY;
}

/* --- records -------------------------------------------------------------------------------------------------------
 */
static struct opportunity opportunity_of(const struct snapshot *snapshot, const struct live_record *record,
                                         int32_t today)
{
    const struct order_line *line = record->live ? record->live : record->row;
    uint8_t state = record->live ? line->state : FACT_STATE_CANCELLED;
    bool open = state <= HOLDING_OPEN_LAST;

    return (struct opportunity) { .bucket = line->bucket,
                                  .sender = line->sender,
                                  .key = line->key,
                                  .customer = line->customer,
                                  .unit = line->site,
                                  .seller = open ? reference_holder(snapshot->reference, line->seller, today)
                                                 : line->seller,
                                  .product = line->product,
                                  .state = state,
                                  .amount = line->amount,
                                  .moved_day = line->day,
                                  .open = open };
}

int holdings_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                  struct err *err)
{
    struct opportunity *rows = arena_array(tx_arena(tx), struct opportunity, count);

    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (holdings_follow(records[i].row->sender))
            rows[found++] = opportunity_of(snapshot, &records[i], today_of(tx));
    return found ? holding_store_put(tx, rows, found, err) : 0;
}

/* --- hand-overs ----------------------------------------------------------------------------------------------------
 */
int on_person_handed_over(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PersonHandedOver *event = message;
    struct feedback *feedback = tx_state(tx);
    bool named;

    if (!event->to_unit_id || !event->n_from_unit_id)
        return 0; /* the units keep what they hold */
    if (holding_store_hand_over(tx, event->from_unit_id, event->n_from_unit_id, event->to_unit_id, event->from_day,
                                err) != 0 ||
        holding_store_apply(tx, today_of(tx), err) != 0 ||
        holding_store_names(tx, event->from_unit_id, event->n_from_unit_id, event->from_day, &named, err) != 0)
        return -1;
    feedback->dirty = true;
    if (reopen_ask(tx, err) != 0) /* rows that name a seat closed since then are the successor's */
        return -1;
    return named ? reissue_ask(tx, err) : 0;
}

static int publish(struct tx *tx, const struct snapshot *snapshot, const struct opportunity *row, struct err *err)
{
    Bihuan__OpportunityChanged event = BIHUAN__OPPORTUNITY_CHANGED__INIT;

    event.sender = (char *)(uintptr_t)snapshot_sender_name(snapshot, row->sender);
    event.key = (char *)(uintptr_t)row->key;
    event.unit_id = row->unit;
    event.seller_id = row->seller;
    event.product_id = row->product;
    event.customer = (char *)(uintptr_t)row->customer;
    event.state = (char *)(uintptr_t)fact_state_name(FACT_OPPORTUNITY, row->state);
    event.amount = row->amount;
    event.moved_day = row->moved_day;
    event.open = row->open;
    return tx_publish(tx, row->bucket, MSG(OPPORTUNITY_CHANGED), row->key, &event.base, err);
}

int holdings_timer(struct tx *tx, const void *message, struct err *err)
{
    const struct snapshot *snapshot;
    struct opportunity *rows;
    size_t count;

    (void)message;
    if (holding_store_apply(tx, today_of(tx), err) != 0 ||
        holding_store_announce(tx, A_TURN, &rows, &count, err) != 0 ||
        (count && state_snapshot(tx, &snapshot, err) != 0))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (publish(tx, snapshot, &rows[i], err) != 0)
            return -1;
    return 0;
}

/* --- what a unit holds ---------------------------------------------------------------------------------------------
 */
static char *date_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)(text ? text : "");
}

static char *unit_code(const struct snapshot *snapshot, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(snapshot->reference, id);

    return borrow(unit ? unit->code : "");
}

/* Whose the seats are that a unit sells by, and those that were handed over to it: of a day. */
struct held_by {
    uint32_t unit;
    int32_t day;
    uint32_t *sellers; /* it, and who handed over to it by then */
    size_t count;
};

/* Of today they are kept; of another day the facts tell. */
static int find_opportunities(struct tx *tx, const struct held_by *by, struct opportunity **rows,
                              Bihuan__ListHoldingsReply *reply, struct err *err)
{
    size_t *count = &reply->n_opportunities;
    uint32_t *total = &reply->opportunity_count;

    return by->day == today_of(tx)
               ? holding_store_of(tx, by->unit, SHOWN, rows, count, total, err)
               : holding_store_of_day(tx, by->sellers, by->count, by->day, SHOWN, rows, count, total, err);
}

static int add_opportunities(struct tx *tx, const struct snapshot *snapshot, const struct held_by *by,
                             Bihuan__ListHoldingsReply *reply, struct err *err)
{
    struct opportunity *rows;

    if (find_opportunities(tx, by, &rows, reply, err) != 0)
        return -1;
    reply->opportunities = arena_array(tx_arena(tx), Bihuan__HeldOpportunity *, reply->n_opportunities);
    for (size_t i = 0; i < reply->n_opportunities; i++) {
        Bihuan__HeldOpportunity *out = reply->opportunities[i] = arena_new(tx_arena(tx), Bihuan__HeldOpportunity);
        const struct ref_product *product = reference_product(snapshot->reference, rows[i].product);
        char amount[DECIMAL_TEXT_MAX];

        bihuan__held_opportunity__init(out);
        decimal_print(amount, rows[i].amount, runtime_money_scale(tx_runtime(tx)), 0);
        out->sender = arena_strdup(tx_arena(tx), snapshot_sender_name(snapshot, rows[i].sender));
        out->key = borrow(rows[i].key);
        out->unit = unit_code(snapshot, rows[i].unit);
        out->customer = borrow(rows[i].customer);
        out->product = borrow(product ? product->code : "");
        out->state = borrow(fact_state_name(FACT_OPPORTUNITY, rows[i].state));
        out->amount = arena_strdup(tx_arena(tx), amount);
        out->moved = date_text(tx, rows[i].moved_day);
    }
    return 0;
}

/* Who handed over to the unit by then: its customers are theirs too, as far as nobody served them since. */
static struct held_by sellers_of(struct tx *tx, const struct snapshot *snapshot, uint32_t unit, int32_t day)
{
    uint32_t limit = reference_unit_limit(snapshot->reference);
    struct held_by by = { .unit = unit, .day = day, .sellers = arena_array(tx_arena(tx), uint32_t, limit + 1) };

    for (uint32_t id = 1; id < limit; id++)
        if (reference_unit(snapshot->reference, id) && reference_holder(snapshot->reference, id, day) == unit)
            by.sellers[by.count++] = id;
    return by;
}

static int add_customers(struct tx *tx, const struct held_by *by, Bihuan__ListHoldingsReply *reply, struct err *err)
{
    struct holding_customer *rows;

    if (holding_store_customers(tx, by->sellers, by->count, by->day - YEAR_DAYS, by->day, SHOWN, &rows,
                                &reply->n_customers, &reply->customer_count, err) != 0)
        return -1;
    reply->customers = arena_array(tx_arena(tx), Bihuan__HeldCustomer *, reply->n_customers);
    for (size_t i = 0; i < reply->n_customers; i++) {
        Bihuan__HeldCustomer *out = reply->customers[i] = arena_new(tx_arena(tx), Bihuan__HeldCustomer);

        bihuan__held_customer__init(out);
        out->customer = borrow(rows[i].customer);
        out->last_day = date_text(tx, rows[i].last_day);
        out->facts = rows[i].facts;
    }
    return 0;
}

static int list_holdings(struct tx *tx, const struct snapshot *snapshot, const Bihuan__ListHoldingsRequest *request,
                         struct err *err)
{
    Bihuan__ListHoldingsReply reply = BIHUAN__LIST_HOLDINGS_REPLY__INIT;
    uint32_t unit = reference_unit_id(snapshot->reference, request->unit, strlen(request->unit));
    int32_t day = today_of(tx);
    struct held_by by;
    struct err why;

    if (!unit || !report_in_scope(tx, snapshot->reference, unit))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (request->day[0] && date_parse(request->day, strlen(request->day), &day, &why) != 0)
        return err_fail(err, ERR_INVALID, "bad_date", "day \"%s\" is not a date as yyyy-MM-dd", request->day);
    reply.unit = request->unit;
    reply.day = date_text(tx, day);
    by = sellers_of(tx, snapshot, unit, day);
    return add_opportunities(tx, snapshot, &by, &reply, err) != 0 || add_customers(tx, &by, &reply, err) != 0
               ? -1
               : tx_reply(tx, &reply.base, err);
}

int on_list_holdings(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    int rc = snapshot ? list_holdings(tx, snapshot, message, err)
                      : err_fail(err, ERR_UNAVAILABLE, "not_ready", "nothing is known of planning yet; ask again");

    snapshot_drop(&snapshot);
    return rc;
}
