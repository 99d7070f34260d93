/* pay_query: see pay_query.h. */
#include "incentive/ledger/pay_query.h"

#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_store.h"
#include "payplan/payplan_axes.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int pay_visible_units(struct incentive *state, struct tx *tx, const char *unit, const char *under,
                      const struct ref_period *period, const uint32_t **units, size_t *count, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);
    const char *own = principal && principal->subtree ? principal->subtree : "";
    const char *top = unit[0] ? unit : under[0] ? under : own;
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    const struct ref_unit *found;
    struct subtree subtree;
    uint32_t *one;

    *units = NULL;
    *count = 0;
    if (!top[0])
        return 0;
    if (state_visible_unit(state, tx, top, &found, err) != 0)
        return -1;
    if (unit[0]) {
        one = arena_new(tx_arena(tx), uint32_t);
        *one = found->id;
        *units = one;
        *count = 1;
        return 0;
    }
    if (period)
        today = period->until_day - 1;
    state_subtree(state, tx, found->id, today, today, &subtree);
    *units = subtree.units;
    *count = subtree.count;
    return 0;
}

/* --- results ---------------------------------------------------------------------------------------------------------
 */

struct list_call {
    struct incentive *state;
    struct tx *tx;
    const struct ref_period *period;
    struct pay_plans plans; /* in force now */
    struct pay_plans run;   /* as the calculation that is shown went by; empty where none is */
    Bihuan__ListPayReply *reply;
    uint32_t last_unit, last_plan;
};

static const struct payplan *plan_of(const struct list_call *call, uint32_t plan_id)
{
    const struct payplan *plan = pay_plans_find(&call->run, plan_id);

    return plan ? plan : pay_plans_find(&call->plans, plan_id);
}

static void take_sum(void *arg, const struct pay_sum_row *row)
{
    struct list_call *call = arg;
    struct arena *arena = tx_arena(call->tx);
    const struct ref_unit *unit = refdata_unit(call->state->refdata, row->unit_id);
    const struct payplan *plan = plan_of(call, row->plan_id);
    Bihuan__PayResult *result = arena_new(arena, Bihuan__PayResult);

    bihuan__pay_result__init(result);
    result->unit = arena_strdup(arena, unit ? unit->code : "");
    result->unit_name = arena_strdup(arena, unit ? unit->name : "");
    result->plan = arena_strdup(arena, plan ? plan->doc->code : "");
    result->plan_version = row->plan_version;
    result->period = call->period->code;
    result->digits = (uint32_t)row->digits;
    result->earned = row->earned;
    result->held = -row->held;
    result->draw = row->draw;
    result->other = row->other;
    result->payable = row->earned + row->held + row->draw + row->other;
    result->paid = -row->paid;
    call->reply->items[call->reply->n_items++] = result;
    call->last_unit = row->unit_id;
    call->last_plan = row->plan_id;
}

static const char *component_title(const struct payplan *plan, const char *code, bool zh)
{
    for (size_t c = 0; plan && c < plan->component_count; c++) {
        const Bihuan__PayComponent *doc = plan->components[c].doc;

        if (strcmp(doc->code, code) == 0)
            return zh && doc->title_zh[0] ? doc->title_zh : doc->title_en[0] ? doc->title_en : doc->code;
    }
    return code;
}

static const struct payplan_component *component_of(const struct payplan *plan, const char *code)
{
    for (size_t c = 0; plan && c < plan->component_count; c++)
        if (strcmp(plan->components[c].doc->code, code) == 0)
            return &plan->components[c];
    return NULL;
}

/* The row that a payee has reached, and by what. */
static void tell_cell(struct list_call *call, const struct payplan_component *component, const struct pay_part_row *row,
                      Bihuan__PayPart *part)
{
    struct arena *arena = tx_arena(call->tx);
    struct payplan_input in = row->basis.in;
    struct payplan_output out = { 0 };
    const char *missing;
    struct err err;

    if (!component->axis_count)
        return;
    in.places = pay_part_places(row, component, arena);
    if (payplan_axes_place(component, &in, &out, &missing, &err) == 0 && !missing[0])
        part->cell = (char *)(uintptr_t)payplan_axes_words(component, out.row, &out,
                                                           strcmp(tx_language(call->tx), "zh") == 0, arena);
}

static void take_part(void *arg, const struct pay_part_row *row)
{
    struct list_call *call = arg;
    struct arena *arena = tx_arena(call->tx);
    const struct payplan *plan = plan_of(call, row->plan_id);
    const struct payplan_component *component = component_of(plan, row->component);
    Bihuan__PayPart *part = arena_new(arena, Bihuan__PayPart);
    Bihuan__PayResult *result = NULL;

    for (size_t i = 0; plan && i < call->reply->n_items; i++)
        if (strcmp(call->reply->items[i]->plan, plan->doc->code) == 0)
            result = call->reply->items[i];
    if (!result || !component)
        return;
    bihuan__pay_part__init(part);
    part->component = arena_strdup(arena, row->component);
    part->title = arena_strdup(arena, component_title(plan, row->component, strcmp(tx_language(call->tx), "zh") == 0));
    part->kind = arena_strdup(arena, component->doc->kind);
    part->volume = row->out.volume;
    part->target = row->basis.in.target;
    part->attainment_ppm = (uint32_t)row->out.attainment_ppm;
    part->score_milli = row->basis.in.score_milli;
    part->rank = row->basis.in.rank;
    part->earned = row->out.earned;
    part->carried_in = row->basis.in.carried_in;
    part->carried_out = row->out.carried_out;
    part->held = row->out.held;
    part->lines = row->lines;
    part->reason = (char *)(uintptr_t)row->out.reason;
    part->scale = (uint32_t)component->measure.scale;
    tell_cell(call, component, row, part);
    result->parts[result->n_parts++] = part;
}

static int add_parts(struct list_call *call, uint32_t run_id, uint32_t unit_id, struct err *err)
{
    for (size_t i = 0; i < call->reply->n_items; i++)
        call->reply->items[i]->parts = arena_array(tx_arena(call->tx), Bihuan__PayPart *, PAYPLAN_COMPONENTS_MAX);
    return pay_store_parts(call->tx, run_id, unit_id, take_part, call, err);
}

/* Plans as the period's last calculation up to `run` went by them, 0 the last of all, beside those in force: a result
 * of then has components that the plan may have no more. */
static int load_plans(struct list_call *call, uint32_t run, uint32_t *run_id, struct err *err)
{
    if (pay_plans_load(&call->plans, call->state, call->tx, err) != 0 ||
        pay_store_run_of(call->tx, call->period->id, run ? run : UINT32_MAX >> 1, run_id, err) != 0)
        return -1;
    return *run_id ? pay_plans_load_run(&call->run, call->state, call->tx, *run_id, err) : 0;
}

static int list(struct list_call *call, const Bihuan__ListPayRequest *request, struct err *err)
{
    uint32_t limit = page_limit(request->page), after_unit = 0, after_plan = 0;
    const struct payplan *plan = NULL;
    uint32_t run_id;
    const uint32_t *units;
    size_t count;

    if (pay_period_by_code(call->state, request->period, &call->period, err) != 0 ||
        pay_visible_units(call->state, call->tx, request->unit, request->under, call->period, &units, &count, err) !=
            0 ||
        load_plans(call, request->run, &run_id, err) != 0)
        return -1;
    if (request->plan[0] && !(plan = pay_plans_by_code(&call->run, request->plan)) &&
        !(plan = pay_plans_by_code(&call->plans, request->plan)))
        return err_fail(err, ERR_NOT_FOUND, "no_such_plan", "there is no pay plan \"%s\"", request->plan);
    if (request->page && request->page->cursor[0] &&
        sscanf(request->page->cursor, "%u.%u", &after_unit, &after_plan) != 2)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor isn't one that was given: begin without one");
    call->reply->items = arena_array(tx_arena(call->tx), Bihuan__PayResult *, limit + 1);
    if (pay_store_sums(call->tx, call->period->id, request->run, units, count, plan ? plan->doc->id : 0, after_unit,
                       after_plan, limit, take_sum, call, err) != 0)
        return -1;
    if (call->reply->n_items == limit)
        call->reply->next = arena_printf(tx_arena(call->tx), "%u.%u", call->last_unit, call->last_plan);
    return request->unit[0] && count && run_id ? add_parts(call, run_id, units[0], err) : 0;
}

int pay_query_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListPayReply reply = BIHUAN__LIST_PAY_REPLY__INIT;
    struct list_call call = { .state = state_of(tx), .tx = tx, .reply = &reply };
    int rc;

    if (state_read(call.state, err) != 0)
        return -1;
    rc = list(&call, message, err);
    if (rc == 0)
        rc = tx_reply(tx, &reply.base, err);
    state_read_done(call.state);
    pay_plans_fini(&call.plans);
    pay_plans_fini(&call.run);
    return rc;
}

/* --- entries ---------------------------------------------------------------------------------------------------------
 */

struct entries_call {
    struct list_call *list;
    Bihuan__ListPayEntriesReply *reply;
    bool with_lines;
    struct pay_packer packer;
    uint64_t last;
};

static int give_lines(struct pay_packer *packer, struct arena *arena, const struct pay_entry_row *row,
                      Bihuan__PayEntry *entry, struct err *err)
{
    struct pay_line *lines;
    size_t count;

    if (pay_lines_unpack(packer, row->lines, row->lines_len, arena, &lines, &count, err) != 0)
        return -1;
    entry->lines = arena_array(arena, Bihuan__PayLine *, count + 1);
    for (size_t i = 0; i < count; i++) {
        Bihuan__PayLine *line = arena_new(arena, Bihuan__PayLine);

        bihuan__pay_line__init(line);
        line->line = (char *)(uintptr_t)lines[i].id;
        line->day = arena_alloc(arena, DATE_TEXT_MAX);
        date_print(line->day, lines[i].day);
        line->amount = lines[i].amount;
        entry->lines[entry->n_lines++] = line;
    }
    return 0;
}

static int take_entry(void *arg, const struct pay_entry_row *row, struct err *err)
{
    struct entries_call *call = arg;
    struct arena *arena = tx_arena(call->list->tx);
    const struct refdata *refdata = call->list->state->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, row->unit_id);
    const struct ref_period *period = refdata_period(refdata, row->period_id);
    const struct ref_period *booked_in = refdata_period(refdata, row->booked_in);
    const struct payplan *plan = plan_of(call->list, row->plan_id);
    Bihuan__PayEntry *entry = arena_new(arena, Bihuan__PayEntry);

    bihuan__pay_entry__init(entry);
    entry->id = row->entry_id;
    entry->run = row->run_id;
    entry->unit = arena_strdup(arena, unit ? unit->code : "");
    entry->period = arena_strdup(arena, period ? period->code : "");
    entry->booked_in = arena_strdup(arena, booked_in ? booked_in->code : "");
    entry->plan = arena_strdup(arena, plan ? plan->doc->code : "");
    entry->plan_version = row->plan_version;
    entry->component = arena_strdup(arena, row->component);
    entry->kind = (char *)(uintptr_t)pay_kind_word(row->kind);
    entry->amount = row->amount;
    entry->digits = (uint32_t)row->digits;
    entry->cause = arena_strdup(arena, row->cause);
    entry->at = row->at;
    entry->by = arena_strdup(arena, row->by);
    call->last = row->entry_id;
    call->reply->items[call->reply->n_items++] = entry;
    return call->with_lines && row->lines ? give_lines(&call->packer, arena, row, entry, err) : 0;
}

static int list_entries(struct entries_call *call, const Bihuan__ListPayEntriesRequest *request, struct err *err)
{
    struct list_call *list_call = call->list;
    struct pay_entry_page page = { .run_id = request->run,
                                   .kind = pay_kind_parse(request->kind),
                                   .limit = page_limit(request->page) };

    if (request->kind[0] && page.kind == PAY_NONE)
        return err_fail(err, ERR_INVALID, "bad_kind", "\"%s\" isn't a kind of entry", request->kind);
    if (request->lines && !request->unit[0])
        return err_fail(err, ERR_INVALID, "lines_of_one", "lines are shown with the entries of one unit: name it");
    if (request->period[0]) {
        if (pay_period_by_code(list_call->state, request->period, &list_call->period, err) != 0)
            return -1;
        page.booked_in = list_call->period->id;
    }
    if (pay_visible_units(list_call->state, list_call->tx, request->unit, "", list_call->period, &page.units,
                          &page.unit_count, err) != 0 ||
        pay_plans_load(&list_call->plans, list_call->state, list_call->tx, err) != 0)
        return -1;
    page.after = request->page ? strtoull(request->page->cursor, NULL, 10) : 0;
    call->with_lines = request->lines;
    call->reply->items = arena_array(tx_arena(list_call->tx), Bihuan__PayEntry *, page.limit + 1);
    if (pay_store_entries(list_call->tx, &page, take_entry, call, err) != 0)
        return -1;
    if (call->reply->n_items == page.limit)
        call->reply->next = arena_printf(tx_arena(list_call->tx), "%llu", (unsigned long long)call->last);
    return 0;
}

int pay_query_entries(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListPayEntriesReply reply = BIHUAN__LIST_PAY_ENTRIES_REPLY__INIT;
    struct list_call list_call = { .state = state_of(tx), .tx = tx };
    struct entries_call call = { .list = &list_call, .reply = &reply };
    int rc;

    if (state_read(list_call.state, err) != 0)
        return -1;
    rc = list_entries(&call, message, err);
    if (rc == 0)
        rc = tx_reply(tx, &reply.base, err);
    state_read_done(list_call.state);
    pay_packer_fini(&call.packer);
    pay_plans_fini(&list_call.plans);
    return rc;
}
