/* paysheet_check: a statement recomputed from its own contents; see paysheet.h. */
#include "payplan/paysheet.h"

#include "calc/pay.h"
#include "text/dates.h"
#include "text/pbjson.h"

#include <stdlib.h>
#include <string.h>

struct checking {
    int format;
    const json_t *body;
    const json_t *components; /* of the plan that is looked at */
    struct paysheet_report *report;
    struct arena arena;
    const char *period;
    int money_scale;
};

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static int differs(struct err *err, const char *where, const char *what, int64_t stated, int64_t recomputed)
{
    return err_fail(err, ERR_INVALID, "differs", "%s: %s is stated as %lld and recomputed as %lld", where, what,
                    (long long)stated, (long long)recomputed);
}

static int same(struct err *err, const char *where, const char *what, int64_t stated, int64_t recomputed)
{
    return stated == recomputed ? 0 : differs(err, where, what, stated, recomputed);
}

static bool axis_measure(const json_t *component, const json_t *described, const char *code,
                         struct payplan_measure *out)
{
    const json_t *axis;
    size_t a;

    json_array_foreach(json_object_get(component, "axes"), a, axis)
    {
        *out = (struct payplan_measure) { json_is_true(json_object_get(axis, "money")), (int)number(axis, "scale") };
        if (strcmp(text(json_array_get(json_object_get(described, "axes"), a), "measure"), code) == 0)
            return true;
    }
    return false;
}

static bool find_measure(void *arg, const char *code, struct payplan_measure *out)
{
    const struct checking *c = arg;
    const json_t *component, *doc = json_object_get(json_object_get(c->body, "plan"), "components");
    size_t i;

    json_array_foreach(c->components, i, component)
    {
        const json_t *described = json_array_get(doc, i);

        *out = (struct payplan_measure) { json_is_true(json_object_get(component, "money")),
                                          (int)number(component, "scale") };
        if (strcmp(text(described, "measure"), code) == 0)
            return true;
        *out = (struct payplan_measure) { false, (int)number(component, "gate_scale") };
        if (strcmp(text(described, "hold_measure"), code) == 0 || axis_measure(component, described, code, out))
            return true;
    }
    return false;
}

/* --- a component -----------------------------------------------------------------------------------------------------
 */

static int read_lines(struct checking *c, const json_t *rows, struct payplan_input *in, struct err *err)
{
    const json_t *row;
    size_t i;

    in->line_count = json_array_size(rows);
    in->lines = arena_array(&c->arena, struct payplan_line, in->line_count + 1);
    json_array_foreach(rows, i, row)
    {
        struct payplan_line *line = &in->lines[i];
        const char *id = json_string_value(json_array_get(row, 0)), *day = json_string_value(json_array_get(row, 1));

        if (!id || !day || json_array_size(row) != 6 || date_parse(day, strlen(day), &line->day, err) != 0)
            return err_fail(err, ERR_INVALID, "bad_file", "a line of the statement can't be read");
        line->id = id;
        line->amount = json_integer_value(json_array_get(row, 2));
        line->late = json_integer_value(json_array_get(row, 3));
    }
    return 0;
}

static int check_lines(const struct payplan_input *in, const json_t *rows, struct err *err)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const struct payplan_line *line = &in->lines[i];

        /* they stand in the order in which they were reckoned */
        if (strcmp(line->id, json_string_value(json_array_get(row, 0))) != 0)
            return err_fail(err, ERR_INVALID, "differs", "line %s stands in another place", line->id);
        if (same(err, line->id, "the payout", json_integer_value(json_array_get(row, 4)), line->payout) != 0 ||
            same(err, line->id, "the part held back", json_integer_value(json_array_get(row, 5)), line->held) != 0)
            return -1;
    }
    return 0;
}

static int read_axes(struct checking *c, const struct payplan_component *component, const json_t *stated,
                     struct payplan_input *in, struct err *err)
{
    const json_t *row, *rows = json_object_get(stated, "axes");
    size_t a;

    if (json_array_size(rows) != component->axis_count)
        return err_fail(err, ERR_INVALID, "bad_file", "the axes of component %s aren't those of its plan",
                        component->doc->code);
    in->places = arena_array(&c->arena, struct payplan_place, payplan_place_count(component) + 1);
    json_array_foreach(rows, a, row)
        in->places[a] = (struct payplan_place) { json_is_true(json_object_get(row, "known")), number(row, "given"),
                                                 number(row, "volume"), number(row, "late") };
    if (component->kind == PAY_CONTEST)
        in->places[0].given = number(stated, "contest");
    return 0;
}

static int check_axes(const json_t *rows, const char *code, const struct payplan_output *out, struct err *err)
{
    const json_t *row;
    size_t a;

    json_array_foreach(rows, a, row)
    {
        if (same(err, code, "where an axis stands", number(row, "value"), out->value[a]) != 0 ||
            same(err, code, "the band of an axis", number(row, "band"), (int64_t)out->band[a] + 1) != 0)
            return -1;
    }
    return 0;
}

static int check_outputs(const json_t *stated, const struct payplan_output *out, struct err *err)
{
    const char *code = text(stated, "code");

    if (same(err, code, "the volume", number(stated, "volume"), out->volume) != 0 ||
        same(err, code, "the attainment", number(stated, "attainment_ppm"), out->attainment_ppm) != 0 ||
        same(err, code, "the opening", number(stated, "opening"), out->opening) != 0 ||
        same(err, code, "what was earned", number(stated, "earned"), out->earned) != 0 ||
        same(err, code, "what is carried on", number(stated, "carried_out"), out->carried_out) != 0 ||
        same(err, code, "what is held back", number(stated, "held"), out->held) != 0)
        return -1;
    return strcmp(text(stated, "reason"), out->reason) == 0
               ? 0
               : err_fail(err, ERR_INVALID, "differs", "%s: the reason is stated as \"%s\" and recomputed as \"%s\"",
                          code, text(stated, "reason"), out->reason);
}

/* Entries for this period: of the kinds, of the component. */
static int64_t sum_entries(const struct checking *c, const char *plan, const char *component, const char *kinds)
{
    const json_t *entry;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(c->body, "entries"), i, entry)
    {
        if (strcmp(text(entry, "plan"), plan) == 0 && strcmp(text(entry, "component"), component) == 0 &&
            strcmp(text(entry, "period"), c->period) == 0 && strcmp(text(entry, "kind"), kinds) == 0)
            sum += number(entry, "amount");
    }
    return sum;
}

static int check_component(struct checking *c, const struct payplan *plan, size_t index, struct err *err)
{
    const struct payplan_component *component = &plan->components[index];
    const json_t *stated = json_array_get(c->components, index), *rows = json_object_get(stated, "lines");
    const json_t *axes = json_object_get(stated, "axes");
    const char *code = component->doc->code;
    struct payplan_input in = { .target = number(stated, "target"),
                                .days = (int32_t)number(stated, "days"),
                                .days_in_force = (int32_t)number(stated, "days_in_force"),
                                .has_score = json_is_true(json_object_get(stated, "has_score")),
                                .score_milli = number(stated, "score_milli"),
                                .rank = (uint32_t)number(stated, "rank"),
                                .carried_in = number(stated, "carried_in") };
    struct payplan_output out;

    if (strcmp(code, text(stated, "code")) != 0 || in.days <= 0)
        return err_fail(err, ERR_INVALID, "bad_file", "the statement's components aren't those of its plan");
    if (read_axes(c, component, stated, &in, err) != 0 || read_lines(c, rows, &in, err) != 0 ||
        payplan_compute(plan, component, &in, &c->arena, &out, err) != 0 || check_axes(axes, code, &out, err) != 0 ||
        check_lines(&in, rows, err) != 0 || check_outputs(stated, &out, err) != 0)
        return -1;
    c->report->components++;
    c->report->lines += in.line_count;
    if (same(err, code, "the ledger's earnings", sum_entries(c, plan->doc->code, code, "earning"), out.earned) != 0)
        return -1;
    return same(err, code, "the ledger's hold", sum_entries(c, plan->doc->code, code, "hold"), -out.held);
}

static int check_plan(struct checking *c, const json_t *item, struct err *err)
{
    ProtobufCMessage *doc = NULL;
    struct payplan *plan = NULL;
    const json_t *whole = c->body;
    int rc = 0;

    c->components = json_object_get(item, "components");
    if (pbjson_read(&bihuan__pay_plan__descriptor, json_object_get(item, "plan"), &c->arena, &doc, NULL, err) != 0)
        return -1;
    c->body = item; /* find_measure looks into the plan */
    rc = payplan_new(&plan, (const Bihuan__PayPlan *)doc, find_measure, c, c->money_scale, err);
    c->body = whole;
    if (rc == 0 && paysheet_format_of(plan) > c->format)
        rc = err_fail(err, ERR_INVALID, "bad_format", "format %d has no plans with axes", c->format);
    if (rc == 0 && json_array_size(c->components) != plan->component_count)
        rc = err_fail(err, ERR_INVALID, "bad_file", "the statement's components aren't those of its plan");
    for (size_t i = 0; rc == 0 && i < plan->component_count; i++)
        rc = check_component(c, plan, i, err);
    payplan_destroy(&plan);
    return rc;
}

/* --- entries and totals ----------------------------------------------------------------------------------------------
 */

static int check_entry(struct checking *c, const json_t *entry, struct err *err)
{
    const json_t *line, *lines = json_object_get(entry, "lines");
    int64_t sum = 0;
    size_t i;

    c->report->entries++;
    if (!json_array_size(lines))
        return 0;
    json_array_foreach(lines, i, line) sum += json_integer_value(json_array_get(line, 2));
    return same(err, text(entry, "kind"), "an entry's amount", number(entry, "amount"), sum);
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static int check_total(const struct checking *c, const json_t *total, struct err *err)
{
    static const char *const earned[] = { "earning", "late_earning", "clawback", NULL };
    static const char *const held[] = { "hold", "release", NULL }, *const draw[] = { "draw", "recovery", NULL };
    int64_t sums[4] = { 0 };
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(c->body, "entries"), i, entry)
    {
        const char *kind = text(entry, "kind");
        bool own = strcmp(text(entry, "period"), c->period) == 0;

        if (strcmp(text(entry, "plan"), text(total, "plan")) != 0)
            continue;
        if (is_one_of(kind, draw))
            sums[2] += number(entry, "amount");
        else if (own && is_one_of(kind, earned))
            sums[0] += number(entry, "amount");
        else if (own && is_one_of(kind, held))
            sums[1] += number(entry, "amount");
        else if (strcmp(kind, "carried") != 0)
            sums[3] += number(entry, "amount");
    }
    if (same(err, text(total, "plan"), "the total earned", number(total, "earned"), sums[0]) != 0 ||
        same(err, text(total, "plan"), "the total held", number(total, "held"), sums[1]) != 0 ||
        same(err, text(total, "plan"), "the total of draws", number(total, "draw"), sums[2]) != 0 ||
        same(err, text(total, "plan"), "the total of the rest", number(total, "other"), sums[3]) != 0)
        return -1;
    return same(err, text(total, "plan"), "what is payable", number(total, "payable"),
                sums[0] + sums[1] + sums[2] + sums[3]);
}

int paysheet_recompute(const struct paysheet *sheet, struct paysheet_report *report, struct err *err)
{
    struct checking c = { .format = sheet->format,
                          .body = sheet->body,
                          .report = report,
                          .period = text(sheet->body, "period"),
                          .money_scale = (int)number(sheet->body, "money_scale") };
    const json_t *item;
    int rc = 0;
    size_t i;

    *report = (struct paysheet_report) { 0 };
    arena_init(&c.arena);
    json_array_foreach(json_object_get(sheet->body, "plans"), i, item)
    {
        if (rc == 0)
            rc = check_plan(&c, item, err);
    }
    json_array_foreach(json_object_get(sheet->body, "entries"), i, item)
    {
        if (rc == 0)
            rc = check_entry(&c, item, err);
    }
    json_array_foreach(json_object_get(sheet->body, "totals"), i, item)
    {
        if (rc == 0)
            rc = check_total(&c, item, err);
    }
    arena_fini(&c.arena);
    return rc;
}
