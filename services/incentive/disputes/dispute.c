/* dispute: see dispute.h. */
#include "incentive/disputes/dispute.h"

#include "incentive/disputes/adjust.h"
#include "incentive/disputes/dispute_store.h"
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_query.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4000

static const struct {
    const char *from, *step, *to;
} moves[] = {
    { "open", "assign", "assigned" },     { "assigned", "assign", "assigned" },    { "open", "accept", "accepted" },
    { "assigned", "accept", "accepted" }, { "open", "refuse", "refused" },         { "assigned", "refuse", "refused" },
    { "open", "withdraw", "withdrawn" },  { "assigned", "withdraw", "withdrawn" },
};

const char *dispute_next(const char *state, const char *step)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (strcmp(moves[i].from, state) == 0 && strcmp(moves[i].step, step) == 0)
            return moves[i].to;
    return NULL;
}

static const char *who(struct tx *tx)
{
    return tx_principal(tx) ? tx_principal(tx)->person : "";
}

/* --- as a message ----------------------------------------------------------------------------------------------------
 */

static Bihuan__Dispute *as_message(struct tx *tx, const struct dispute_row *row)
{
    const struct refdata *refdata = state_of(tx)->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, row->unit_id);
    const struct ref_period *period = refdata_period(refdata, row->period_id);
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct arena *arena = tx_arena(tx);
    Bihuan__Dispute *out = arena_new(arena, Bihuan__Dispute);

    bihuan__dispute__init(out);
    out->id = row->id;
    out->unit = arena_strdup(arena, unit ? unit->code : "");
    out->period = arena_strdup(arena, period ? period->code : "");
    out->about = (char *)(uintptr_t)row->about;
    out->line = (char *)(uintptr_t)row->line;
    out->component = (char *)(uintptr_t)row->component;
    out->expected = (char *)(uintptr_t)row->expected;
    out->words = (char *)(uintptr_t)row->words;
    out->evidence = (char *)(uintptr_t)row->evidence;
    out->state = (char *)(uintptr_t)row->state;
    out->raised_by = (char *)(uintptr_t)row->raised_by;
    out->raised_at = row->raised_at;
    out->assignee = (char *)(uintptr_t)row->assignee;
    out->decision = (char *)(uintptr_t)row->decision;
    out->decided_by = (char *)(uintptr_t)row->decided_by;
    out->decided_at = row->decided_at;
    out->adjustment = row->adjustment_id;
    if (row->due != INT32_MIN) {
        out->due = arena_alloc(arena, DATE_TEXT_MAX);
        date_print(out->due, row->due);
        out->overdue = today > row->due && dispute_next(row->state, "accept");
    }
    return out;
}

static int tell(struct tx *tx, uint64_t id, struct err *err)
{
    Bihuan__DisputeMoved event = BIHUAN__DISPUTE_MOVED__INIT;
    Bihuan__DisputeReply reply = BIHUAN__DISPUTE_REPLY__INIT;
    struct dispute_row *rows;
    size_t count;

    if (dispute_store_list(tx, id, NULL, 0, "", 0, 1, &rows, &count, err) != 0)
        return -1;
    reply.dispute = count ? as_message(tx, &rows[0]) : NULL;
    if (!reply.dispute)
        return err_set(err, "dispute %llu isn't there", (unsigned long long)id);
    event.id = id;
    event.unit = reply.dispute->unit;
    event.period = reply.dispute->period;
    event.state = reply.dispute->state;
    if (tx_publish(tx, 0, MSG(DISPUTE_MOVED), arena_printf(tx_arena(tx), "%llu", (unsigned long long)id), &event.base,
                   err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- raising ---------------------------------------------------------------------------------------------------------
 */

static void check_texts(struct tx *tx, const Bihuan__Dispute *dispute)
{
    const struct {
        const char *field, *text;
        bool needed;
    } texts[] = { { "words", dispute->words, true },
                  { "expected", dispute->expected, false },
                  { "evidence", dispute->evidence, false },
                  { "line", dispute->line, strcmp(dispute->about, "credit") == 0 } };

    if (strcmp(dispute->about, "credit") != 0 && strcmp(dispute->about, "earning") != 0 &&
        strcmp(dispute->about, "missing") != 0)
        tx_problem(tx, "/dispute/about", "bad_about", "\"%s\" isn't known: use credit, earning or missing",
                   dispute->about);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *at = arena_printf(tx_arena(tx), "/dispute/%s", texts[i].field);

        if (texts[i].needed && !texts[i].text[0])
            tx_problem(tx, at, "missing_value", "say what it is about");
        if (strlen(texts[i].text) > TEXT_MAX)
            tx_problem(tx, at, "too_long", "give at most %d bytes", TEXT_MAX);
    }
}

int dispute_raise(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__Dispute *dispute = ((const Bihuan__RaiseDisputeRequest *)message)->dispute;
    struct incentive *state = state_of(tx);
    struct dispute_row row = { .raised_by = who(tx), .raised_at = tx_now(tx) };
    const struct ref_period *period;
    const struct ref_unit *unit;

    if (!dispute)
        return err_fail(err, ERR_INVALID, "missing_value", "name the dispute");
    if (state_visible_unit(state, tx, dispute->unit, &unit, err) != 0 ||
        pay_period_by_code(state, dispute->period, &period, err) != 0)
        return -1;
    check_texts(tx, dispute);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    row.unit_id = unit->id;
    row.period_id = period->id;
    row.about = dispute->about;
    row.line = dispute->line;
    row.component = dispute->component;
    row.expected = dispute->expected;
    row.words = dispute->words;
    row.evidence = dispute->evidence;
    if (dispute_store_put(tx, &row, &row.id, err) != 0 ||
        dispute_store_add_step(tx, row.id, "raised", dispute->words, err) != 0)
        return -1;
    return tell(tx, row.id, err);
}

/* --- moving ----------------------------------------------------------------------------------------------------------
 */

/* The period of the dispute while its pay is open, else the first one behind it that is. */
static int find_open(struct tx *tx, const struct dispute_row *row, const struct ref_period **out, struct err *err)
{
    const struct refdata *refdata = state_of(tx)->refdata;
    const struct ref_period *period = refdata_period(refdata, row->period_id);
    struct pay_period_row at;

    while (period) {
        const struct ref_period *next = NULL;

        if (pay_period_store_get(tx, period->id, &at, err) != 0)
            return -1;
        if (!pay_period_is_closed(&at)) {
            *out = period;
            return 0;
        }
        for (uint32_t i = 1; i < refdata_period_limit(refdata); i++) {
            const struct ref_period *other = refdata_period(refdata, i);

            if (other && pay_period_before(refdata, other) == period)
                next = other;
        }
        period = next;
    }
    return err_fail(err, ERR_CONFLICT, "no_open_period", "there is no open period to book the adjustment in");
}

/* The plan that has the component, else the first that pays units of the type. */
static const struct payplan *find_plan(const struct pay_plans *plans, const struct dispute_row *row,
                                       const struct ref_unit *unit)
{
    const struct payplan *typed = NULL;

    for (size_t p = 0; p < plans->count; p++) {
        const Bihuan__PayPlan *doc = plans->list[p]->doc;
        bool pays = false;

        for (size_t i = 0; i < doc->n_unit_types; i++)
            pays = pays || strcmp(doc->unit_types[i], unit->type) == 0;
        if (!pays)
            continue;
        typed = typed ? typed : plans->list[p];
        for (size_t c = 0; c < doc->n_components; c++)
            if (strcmp(doc->components[c]->code, row->component) == 0)
                return plans->list[p];
    }
    return typed;
}

static int accept_with(struct tx *tx, const Bihuan__MoveDisputeRequest *request, struct dispute_row *row,
                       const struct ref_unit *unit, struct err *err)
{
    struct pay_plans plans = { 0 };
    const struct ref_period *period = NULL;
    const struct payplan *plan;
    int rc;

    if (find_open(tx, row, &period, err) != 0)
        return -1;
    rc = pay_plans_load(&plans, state_of(tx), tx, err);
    plan = find_plan(&plans, row, unit);
    if (rc == 0 && !plan)
        rc = err_fail(err, ERR_CONFLICT, "no_plan", "no pay plan pays unit %s", unit->code);
    if (rc == 0)
        rc = adjust_propose(tx, &plans, unit, period, plan->doc->code, request->amount, request->reason, row->id,
                            &row->adjustment_id, err);
    pay_plans_fini(&plans);
    return rc;
}

static int assign_to(struct tx *tx, const Bihuan__MoveDisputeRequest *request, struct dispute_row *row, struct err *err)
{
    struct err trouble;

    if (!request->assignee[0])
        tx_problem(tx, "/assignee", "missing_value", "say who looks into it");
    if (!request->due[0] || date_parse(request->due, strlen(request->due), &row->due, &trouble) != 0)
        tx_problem(tx, "/due", "bad_date", "give the day until which it is to be decided");
    row->assignee = request->assignee;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static int apply_step(struct tx *tx, const Bihuan__MoveDisputeRequest *request, struct dispute_row *row,
                      const struct ref_unit *unit, struct err *err)
{
    bool withdraws = strcmp(request->step, "withdraw") == 0;

    if (strcmp(request->step, "assign") == 0)
        return assign_to(tx, request, row, err);
    if (!withdraws && !request->reason[0])
        return err_fail(err, ERR_INVALID, "missing_value", "say why it is decided so (reason)");
    if (withdraws && strcmp(row->raised_by, who(tx)) != 0)
        return err_fail(err, ERR_FORBIDDEN, "not_yours", "%s raised it, and alone may withdraw it", row->raised_by);
    if (!withdraws && strcmp(row->raised_by, who(tx)) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_work", "%s raised it: somebody else decides", row->raised_by);
    if (!withdraws && !tx_may(tx, "pay.write"))
        return err_fail(err, ERR_FORBIDDEN, "forbidden", "deciding needs the permission pay.write");
    row->decision = request->reason;
    row->decided_by = who(tx);
    row->decided_at = tx_now(tx);
    return strcmp(request->step, "accept") == 0 && request->amount[0] ? accept_with(tx, request, row, unit, err) : 0;
}

int dispute_move(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MoveDisputeRequest *request = message;
    struct incentive *state = state_of(tx);
    const struct ref_unit *unit;
    struct dispute_row *rows;
    const char *next;
    size_t count;

    if (dispute_store_list(tx, request->id, NULL, 0, "", 0, 1, &rows, &count, err) != 0)
        return -1;
    unit = count && request->id ? refdata_unit(state->refdata, rows[0].unit_id) : NULL;
    if (!unit || state_visible_unit(state, tx, unit->code, &unit, err) != 0)
        return err_fail(err, ERR_NOT_FOUND, "no_such_dispute", "there is no dispute %llu",
                        (unsigned long long)request->id);
    next = dispute_next(rows[0].state, request->step);
    if (!next)
        return err_fail(err, ERR_CONFLICT, "bad_step", "dispute %llu is %s: \"%s\" isn't a step from there",
                        (unsigned long long)request->id, rows[0].state, request->step);
    if (strcmp(request->step, "assign") == 0 && !tx_may(tx, "pay.write"))
        return err_fail(err, ERR_FORBIDDEN, "forbidden", "assigning needs the permission pay.write");
    if (apply_step(tx, request, &rows[0], unit, err) != 0)
        return -1;
    rows[0].state = next;
    if (dispute_store_move(tx, &rows[0], err) != 0 ||
        dispute_store_add_step(tx, request->id, request->step, request->reason, err) != 0)
        return -1;
    return tell(tx, request->id, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

static int list(struct tx *tx, const Bihuan__ListDisputesRequest *request, Bihuan__ListDisputesReply *reply,
                struct err *err)
{
    uint32_t limit = page_limit(request->page);
    const uint32_t *units;
    struct dispute_row *rows;
    size_t count, unit_count;

    if (pay_visible_units(state_of(tx), tx, request->unit, "", NULL, &units, &unit_count, err) != 0 ||
        dispute_store_list(tx, request->id, units, unit_count, request->state,
                           request->page ? strtoull(request->page->cursor, NULL, 10) : 0, limit, &rows, &count,
                           err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__Dispute *, count + 1);
    for (size_t i = 0; i < count; i++)
        reply->items[reply->n_items++] = as_message(tx, &rows[i]);
    if (count == limit)
        reply->next = arena_printf(tx_arena(tx), "%llu", (unsigned long long)rows[count - 1].id);
    return 0;
}

int dispute_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListDisputesReply reply = BIHUAN__LIST_DISPUTES_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = list(tx, message, &reply, err);
    state_read_done(state);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
