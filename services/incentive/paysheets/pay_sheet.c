/* pay_sheet: see pay_sheet.h. */
#include "incentive/paysheets/pay_sheet.h"

#include <stdlib.h>
#include <string.h>

static int take_entry(void *arg, const struct pay_entry_row *row, struct err *err)
{
    struct pay_sheet_entries *entries = arg;
    struct pay_entry_row copy = *row;

    (void)err;
    copy.component = arena_strdup(&entries->arena, row->component);
    copy.cause = arena_strdup(&entries->arena, row->cause);
    copy.by = arena_strdup(&entries->arena, row->by);
    if (row->lines)
        copy.lines = arena_memdup(&entries->arena, row->lines, row->lines_len);
    if (entries->count == entries->cap) {
        entries->cap = entries->cap ? entries->cap * 2 : 256;
        entries->rows = realloc(entries->rows, entries->cap * sizeof *entries->rows);
        if (!entries->rows)
            abort();
    }
    entries->rows[entries->count++] = copy;
    return 0;
}

int pay_sheet_entries_load(struct pay_sheet_entries *entries, struct tx *tx, uint32_t period_id, uint32_t run_id,
                           uint32_t unit_id, struct err *err)
{
    *entries = (struct pay_sheet_entries) { 0 };
    arena_init(&entries->arena);
    return pay_store_booked_in(tx, period_id, run_id, unit_id, take_entry, entries, err);
}

void pay_sheet_entries_fini(struct pay_sheet_entries *entries)
{
    arena_fini(&entries->arena);
    free(entries->rows);
    *entries = (struct pay_sheet_entries) { 0 };
}

void pay_sheet_fini(struct pay_sheet *sheet)
{
    buf_fini(&sheet->body);
    pay_packer_fini(&sheet->packer);
}

void pay_sheet_begin(struct pay_sheet *sheet, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(sheet->state->refdata, unit_id);
    struct paysheet_head head = { .unit = unit ? unit->code : "",
                                  .unit_name = unit ? unit->name : "",
                                  .unit_type = unit ? unit->type : "",
                                  .period = sheet->period->code,
                                  .from_day = sheet->period->from_day,
                                  .until_day = sheet->period->until_day,
                                  .run = sheet->run_id,
                                  .money_scale = sheet->money_scale };

    sheet->format = 1;
    buf_reset(&sheet->body);
    json_out_init(&sheet->json, &sheet->body);
    paysheet_begin(&sheet->json, &head);
}

void pay_sheet_plan(struct pay_sheet *sheet, const struct pay_slot *slot, const struct pay_result *results,
                    struct arena *scratch)
{
    struct paysheet_result *out = arena_array(scratch, struct paysheet_result, slot->plan->component_count + 1);
    int format = paysheet_format_of(slot->plan);

    for (size_t c = 0; c < slot->plan->component_count; c++) {
        out[c].in = slot->basis[c].in;
        out[c].in.lines = results[c].lines;
        out[c].in.line_count = results[c].line_count;
        out[c].out = results[c].out;
    }
    sheet->format = format > sheet->format ? format : sheet->format;
    paysheet_plan(&sheet->json, slot->plan, out);
}

/* --- entries and totals ----------------------------------------------------------------------------------------------
 */

static const char *plan_code(const struct pay_sheet *sheet, uint32_t plan_id)
{
    const struct payplan *plan = pay_plans_find(sheet->plans, plan_id);

    return plan ? plan->doc->code : "";
}

static int write_entry(struct pay_sheet *sheet, const struct pay_entry_row *row, struct arena *scratch, struct err *err)
{
    const struct ref_period *period = refdata_period(sheet->state->refdata, row->period_id);
    struct paysheet_entry entry = { .id = row->entry_id,
                                    .period = period ? period->code : "",
                                    .plan = plan_code(sheet, row->plan_id),
                                    .component = row->component,
                                    .kind = pay_kind_word(row->kind),
                                    .cause = row->cause,
                                    .by = row->by,
                                    .amount = row->amount,
                                    .at = row->at };
    struct paysheet_line *out;
    struct pay_line *lines;
    size_t count = 0;

    if (row->lines && pay_lines_unpack(&sheet->packer, row->lines, row->lines_len, scratch, &lines, &count, err) != 0)
        return -1;
    out = arena_array(scratch, struct paysheet_line, count + 1);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct paysheet_line) { lines[i].id, lines[i].day, lines[i].amount };
    entry.lines = out;
    entry.line_count = count;
    paysheet_entry(&sheet->json, &entry);
    return 0;
}

static void add_to_total(const struct pay_sheet *sheet, const struct pay_entry_row *row, struct paysheet_total *total)
{
    enum pay_group group = pay_group_of(row->kind);
    bool own = row->period_id == sheet->period->id;

    if (row->kind == PAY_CARRIED)
        return;
    if (group == GROUP_DRAW || group == GROUP_RECOVERY)
        total->draw += row->amount;
    else if (own && group == GROUP_EARNED)
        total->earned += row->amount;
    else if (own && (group == GROUP_HELD || group == GROUP_RELEASED))
        total->held += row->amount;
    else
        total->other += row->amount;
    total->payable += row->amount;
}

static void write_totals(struct pay_sheet *sheet, const struct pay_entry_row *rows, size_t count, struct arena *scratch)
{
    struct paysheet_total *totals = arena_array(scratch, struct paysheet_total, count + 1);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct payplan *plan = pay_plans_find(sheet->plans, rows[i].plan_id);
        const char *code = plan_code(sheet, rows[i].plan_id);
        size_t at = 0;

        while (at < n && strcmp(totals[at].plan, code) != 0)
            at++;
        if (at == n)
            totals[n++] = (struct paysheet_total) { .plan = code,
                                                    .currency = plan && plan->doc->currency[0] ? plan->doc->currency
                                                                                               : "CNY",
                                                    .digits = rows[i].digits };
        add_to_total(sheet, &rows[i], &totals[at]);
    }
    paysheet_end(&sheet->json, totals, n);
}

int pay_sheet_end(struct pay_sheet *sheet, const struct pay_entry_row *rows, size_t count, struct arena *scratch,
                  struct err *err)
{
    paysheet_entries(&sheet->json);
    for (size_t i = 0; i < count; i++)
        if (write_entry(sheet, &rows[i], scratch, err) != 0)
            return -1;
    write_totals(sheet, rows, count, scratch);
    return 0;
}
