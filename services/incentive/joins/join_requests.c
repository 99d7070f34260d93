/* join_requests: see join_requests.h. receipt_list.c: receipts. */
#include "incentive/joins/join_requests.h"

#include "incentive/crediting/recredit.h"
#include "incentive/state.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define CUSTOMER_MAX 200 /* bytes, as feedback takes them */

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    if (day == INT32_MIN || day == INT32_MAX)
        return (char *)(uintptr_t) "";
    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- holdings applied ------------------------------------------------------------------------------------------------
 */

static void check_day(struct tx *tx, size_t item, const char *field, const char *text, int32_t otherwise, int32_t *out)
{
    *out = otherwise;
    if (text[0] && date_parse(text, strlen(text), out, NULL) != 0)
        tx_problem(tx, arena_printf(tx_arena(tx), "/items/%zu/%s", item, field), "bad_date",
                   "\"%.40s\" is not a date as 2026-10-01", text);
}

static bool is_person(const struct incentive *state, const char *code)
{
    for (size_t i = 0; i < state->crediting.holders.count; i++)
        if (strcmp(state->crediting.holders.list[i].person, code) == 0)
            return true;
    return false;
}

static void check_item(struct tx *tx, size_t item, const Bihuan__CustomerHolding *of, struct customer_holding *out)
{
    struct incentive *state = state_of(tx);

    *out = (struct customer_holding) { .customer = of->customer, .holder = of->holder };
    if (!of->customer[0] || strlen(of->customer) > CUSTOMER_MAX)
        tx_problem(tx, arena_printf(tx_arena(tx), "/items/%zu/customer", item), "bad_customer",
                   "name the customer as facts do, in 1 to %d bytes", CUSTOMER_MAX);
    if (of->holder[0] && !refdata_unit_by_code(state->refdata, of->holder) && !is_person(state, of->holder))
        tx_problem(tx, arena_printf(tx_arena(tx), "/items/%zu/holder", item), "unknown_holder",
                   "\"%.80s\" is neither a unit nor a person with a role: define it in planning first", of->holder);
    check_day(tx, item, "from", of->from, INT32_MIN, &out->from_day);
    check_day(tx, item, "until", of->until, INT32_MAX, &out->until_day);
    if (out->until_day <= out->from_day)
        tx_problem(tx, arena_printf(tx_arena(tx), "/items/%zu/until", item), "bad_days",
                   "it would end before it begins");
}

static void add_change(struct tx *tx, Bihuan__ApplyReply *reply, const char *customer, bool is_new)
{
    Bihuan__Change *change = arena_new(tx_arena(tx), Bihuan__Change);

    bihuan__change__init(change);
    change->code = borrow(customer);
    change->action = borrow(is_new ? "created" : "changed");
    reply->changes[reply->n_changes++] = change;
    *(is_new ? &reply->created : &reply->changed) += 1;
}

/* Puts it where it isn't there yet; *first_day is the earliest day that any of them moves. */
static int put(struct tx *tx, const struct customer_holding *holding, bool dry_run, Bihuan__ApplyReply *reply,
               int32_t *first_day, struct err *err)
{
    struct customer_holding old;
    bool found;

    if (holding_store_get(tx, holding->customer, holding->from_day, &old, &found, err) != 0)
        return -1;
    if (found && old.until_day == holding->until_day && strcmp(old.holder, holding->holder) == 0) {
        reply->unchanged++;
        return 0;
    }
    add_change(tx, reply, holding->customer, !found);
    *first_day = holding->from_day < *first_day ? holding->from_day : *first_day;
    return dry_run ? 0 : holding_store_put(tx, holding, err);
}

static int take_effect(struct tx *tx, uint32_t changed, int32_t first_day, struct err *err)
{
    Bihuan__CustomerHoldingsChanged event = BIHUAN__CUSTOMER_HOLDINGS_CHANGED__INIT;
    struct incentive *state = state_of(tx);

    state_write(state);
    if (holding_store_load(tx, &state->crediting.customers, err) != 0 ||
        (state->crediting.rules.held && recredit_want(state, tx, first_day, "holdings", err) != 0))
        return -1;
    event.changed = changed;
    event.from = day_text(tx, first_day);
    return tx_publish(tx, 0, MSG(CUSTOMER_HOLDINGS_CHANGED), "", &event.base, err);
}

int holdings_apply(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCustomerHoldingsRequest *request = message;
    struct customer_holding *holdings = arena_array(tx_arena(tx), struct customer_holding, request->n_items + 1);
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;
    int32_t first_day = INT32_MAX;

    for (size_t i = 0; i < request->n_items; i++)
        check_item(tx, i, request->items[i], &holdings[i]);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    reply.dry_run = request->dry_run;
    reply.changes = arena_array(tx_arena(tx), Bihuan__Change *, request->n_items + 1);
    for (size_t i = 0; i < request->n_items; i++)
        if (put(tx, &holdings[i], request->dry_run, &reply, &first_day, err) != 0)
            return -1;
    if (reply.n_changes && !request->dry_run && take_effect(tx, (uint32_t)reply.n_changes, first_day, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- holdings listed -------------------------------------------------------------------------------------------------
 */

/* A cursor is "day customer"; the first page's comes before all. */
static void read_cursor(struct tx *tx, const Bihuan__Page *page, struct customer_holding *after)
{
    const char *cursor = page ? page->cursor : "";
    char *end = NULL;

    *after = (struct customer_holding) { .customer = "", .from_day = INT32_MIN };
    if (!cursor[0])
        return;
    after->from_day = (int32_t)strtol(cursor, &end, 10);
    after->customer = arena_strdup(tx_arena(tx), *end ? end + 1 : "");
}

static int read_day(const char *text, int32_t *out, struct err *err)
{
    *out = INT32_MIN;
    return text[0] ? date_parse(text, strlen(text), out, err) : 0;
}

int holdings_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCustomerHoldingsRequest *request = message;
    Bihuan__ListCustomerHoldingsReply reply = BIHUAN__LIST_CUSTOMER_HOLDINGS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct customer_holding after, *rows;
    int32_t day;
    size_t count;

    read_cursor(tx, request->page, &after);
    if (read_day(request->day, &day, err) != 0 ||
        holding_store_page(tx, request->customer, request->holder, day, &after, limit + 1, &rows, &count, err) != 0)
        return -1;
    reply.n_items = count > limit ? limit : count;
    reply.items = arena_array(tx_arena(tx), Bihuan__CustomerHolding *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++) {
        Bihuan__CustomerHolding *out = reply.items[i] = arena_new(tx_arena(tx), Bihuan__CustomerHolding);

        bihuan__customer_holding__init(out);
        out->customer = borrow(rows[i].customer);
        out->holder = borrow(rows[i].holder);
        out->from = day_text(tx, rows[i].from_day);
        out->until = day_text(tx, rows[i].until_day);
    }
    if (count > limit)
        reply.next = arena_printf(tx_arena(tx), "%d %s", rows[limit - 1].from_day, rows[limit - 1].customer);
    return tx_reply(tx, &reply.base, err);
}

/* --- registrations ---------------------------------------------------------------------------------------------------
 */

static Bihuan__DealRegistration *registration_message(struct incentive *state, struct tx *tx,
                                                      const struct registration_found *row)
{
    Bihuan__DealRegistration *out = arena_new(tx_arena(tx), Bihuan__DealRegistration);
    const struct ref_product *product = refdata_product(state->refdata, row->is.product_id);
    const struct ref_unit *unit = refdata_unit(state->refdata, row->is.unit_id);

    bihuan__deal_registration__init(out);
    out->sender = borrow(row->sender);
    out->record_key = borrow(row->key);
    out->customer = borrow(row->is.customer);
    out->product = arena_strdup(tx_arena(tx), product ? product->code : "");
    out->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    out->from = day_text(tx, row->is.from_day);
    out->days = (uint32_t)row->is.days;
    out->until = day_text(tx, row->is.days ? registration_until(&row->is, row->is.days) : row->is.ended_day);
    return out;
}

static int list_registrations(struct incentive *state, struct tx *tx, const Bihuan__ListRegistrationsRequest *request,
                              Bihuan__ListRegistrationsReply *reply, struct err *err)
{
    const struct ref_unit *unit = request->unit[0] ? refdata_unit_by_code(state->refdata, request->unit) : NULL;
    uint32_t limit = page_limit(request->page);
    uint32_t skip = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    struct registration_found *rows;
    int32_t day;
    size_t count;

    if (request->unit[0] && !unit)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "there is no unit \"%s\"", request->unit);
    if (read_day(request->day, &day, err) != 0 ||
        registration_store_page(tx, request->customer, unit ? unit->id : 0, day, REGISTRATION_DAYS, skip, limit + 1,
                                &rows, &count, err) != 0)
        return -1;
    reply->n_items = count > limit ? limit : count;
    reply->items = arena_array(tx_arena(tx), Bihuan__DealRegistration *, reply->n_items + 1);
    for (size_t i = 0; i < reply->n_items; i++)
        reply->items[i] = registration_message(state, tx, &rows[i]);
    if (count > limit)
        reply->next = arena_printf(tx_arena(tx), "%u", skip + limit);
    return 0;
}

int registrations_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListRegistrationsReply reply = BIHUAN__LIST_REGISTRATIONS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = list_registrations(state, tx, message, &reply, err);
    state_read_done(state);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
