/* reports: drafts are saved by their authors and submitted. */
#include "feedback/reports/reports.h"

#include "feedback/state.h"
#include "text/dates.h"

#include <string.h>

#define VALUE_BYTES_MAX 16000

/* One report in the works. */
struct work {
    struct tx *tx;
    const struct snapshot *snapshot;
    Bihuan__ReportTemplate *template_;
    struct report *report;
    /* values of the request; pointers of problems go there */
    Bihuan__ReportValue *const *given;
    size_t given_count;
};

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

static bool is_type(const Bihuan__ReportTemplate *template_, const char *type)
{
    for (size_t i = 0; i < template_->n_unit_types; i++)
        if (strcmp(template_->unit_types[i], type) == 0)
            return true;
    return false;
}

/* --- values --------------------------------------------------------------------------------------------------------
 */

/* Names must be known and stand once; also in drafts. */
static int check_names(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->given_count; i++) {
        const char *name = work->given[i]->name;

        if (!report_field_find(work->template_, name))
            tx_problem(work->tx, arena_printf(tx_arena(work->tx), "/values/%zu/name", i), "unknown_field",
                       "template %s has no field \"%.64s\"", work->template_->code, name);
        if (strlen(work->given[i]->value) > VALUE_BYTES_MAX)
            tx_problem(work->tx, arena_printf(tx_arena(work->tx), "/values/%zu/value", i), "too_long",
                       "more than %d bytes", VALUE_BYTES_MAX);
        for (size_t j = 0; j < i; j++)
            if (strcmp(work->given[j]->name, name) == 0)
                tx_problem(work->tx, arena_printf(tx_arena(work->tx), "/values/%zu/name", i), "twice",
                           "field \"%.64s\" stands twice", name);
    }
    return tx_problem_count(work->tx) ? tx_refuse(work->tx, err) : 0;
}

static const char *value_in(Bihuan__ReportValue *const *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i]->name, name) == 0)
            return values[i]->value;
    return NULL;
}

/* The given values over those that are there, in the template's order; what the template lost is dropped. */
static void lay_over(struct work *work)
{
    struct report *report = work->report;
    Bihuan__ReportValue **all = arena_array(tx_arena(work->tx), Bihuan__ReportValue *, work->template_->n_fields + 1);
    size_t count = 0;

    for (size_t i = 0; i < work->template_->n_fields; i++) {
        char *name = work->template_->fields[i]->name;
        const char *value = value_in(work->given, work->given_count, name);

        if (!value)
            value = value_in(report->values, report->value_count, name);
        if (!value || !value[0])
            continue;
        all[count] = arena_new(tx_arena(work->tx), Bihuan__ReportValue);
        bihuan__report_value__init(all[count]);
        all[count]->name = name;
        all[count++]->value = borrow(value);
    }
    report->values = all;
    report->value_count = count;
    report->filled = (uint32_t)count;
    report->fields = (uint32_t)work->template_->n_fields;
}

static int take(const struct work *work, const Bihuan__ReportField *field, const char *value, int64_t *number,
                struct err *why)
{
    const struct reference *reference = work->snapshot->reference;

    if (strcmp(field->kind, "unit") == 0 && !reference_unit_id(reference, value, strlen(value)))
        return err_fail(why, ERR_INVALID, "unknown_unit", "unit \"%.64s\" is not known", value);
    if (strcmp(field->kind, "product") == 0 && !reference_product_id(reference, value, strlen(value)))
        return err_fail(why, ERR_INVALID, "unknown_product", "product \"%.64s\" is not known", value);
    return report_field_take(field, value, runtime_money_scale(tx_runtime(work->tx)), number, why);
}

/* What submitting would refuse, field by field; *values what it would keep for summaries. */
typedef void problem_fn(void *arg, const char *field, const char *code, const char *text);

static void judge(struct work *work, struct report_values *values, problem_fn *problem, void *arg)
{
    const Bihuan__ReportTemplate *template_ = work->template_;
    struct arena *arena = tx_arena(work->tx);

    *values = (struct report_values) { .fields = arena_array(arena, const char *, template_->n_fields),
                                       .words = arena_array(arena, const char *, template_->n_fields),
                                       .kinds = arena_array(arena, int16_t, template_->n_fields),
                                       .numbers = arena_array(arena, int64_t, template_->n_fields) };
    for (size_t i = 0; i < template_->n_fields; i++) {
        const Bihuan__ReportField *field = template_->fields[i];
        const char *value = value_in(work->report->values, work->report->value_count, field->name);
        int64_t number;
        struct err why;

        if (!value) {
            if (field->required)
                problem(arg, field->name, "missing_value", "it must be filled in");
            continue;
        }
        if (take(work, field, value, &number, &why) != 0) {
            problem(arg, field->name, why.code, why.text);
            continue;
        }
        values->fields[values->count] = field->name;
        values->words[values->count] = value;
        values->kinds[values->count] = (int16_t)report_value_kind_of(field);
        values->numbers[values->count++] = number;
    }
}

static void refuse_problem(void *arg, const char *field, const char *code, const char *text)
{
    struct work *work = arg;

    for (size_t i = 0; i < work->given_count; i++)
        if (strcmp(work->given[i]->name, field) == 0) {
            tx_problem(work->tx, arena_printf(tx_arena(work->tx), "/values/%zu/value", i), code, "%s: %s", field, text);
            return;
        }
    tx_problem(work->tx, arena_printf(tx_arena(work->tx), "/report/%s", field), code, "%s: %s", field, text);
}

struct missing {
    struct tx *tx;
    Bihuan__SaveReportReply *reply;
};

static void list_problem(void *arg, const char *field, const char *code, const char *text)
{
    const struct missing *missing = arg;
    Bihuan__ReportProblem *out = arena_new(tx_arena(missing->tx), Bihuan__ReportProblem);

    bihuan__report_problem__init(out);
    out->field = arena_strdup(tx_arena(missing->tx), field);
    out->code = arena_strdup(tx_arena(missing->tx), code);
    out->text = arena_strdup(tx_arena(missing->tx), text);
    missing->reply->missing[missing->reply->n_missing++] = out;
}

/* --- whose ---------------------------------------------------------------------------------------------------------
 */
static int may_write(struct work *work, bool take_over, struct err *err)
{
    struct report *report = work->report;
    const char *person = tx_principal(work->tx)->person;

    if (work->template_->closed)
        return err_fail(err, ERR_CONFLICT, "closed_template", "template %s is closed: nobody reports by it any more",
                        work->template_->code);
    if (report->state == REPORT_SUBMITTED)
        return err_fail(err, ERR_CONFLICT, "submitted",
                        "report %s is submitted and stands; an office may return it with a reason", report->id);
    if (report->author[0] && strcmp(report->author, person) != 0 && !take_over)
        return err_fail(err, ERR_FORBIDDEN, "other_author",
                        "report %s is being written by %s; take it over to go on with it", report->id, report->author);
    return 0;
}

/* --- save ----------------------------------------------------------------------------------------------------------
 */
static int begin_free(struct work *work, uint32_t unit, struct err *err)
{
    const struct ref_unit *of = reference_unit(work->snapshot->reference, unit);
    struct report *report = arena_new(tx_arena(work->tx), struct report);
    int32_t today = report_today(work->tx);
    char day[DATE_TEXT_MAX];
    uint32_t begun;

    if (report_store_count_begun(work->tx, work->template_->code, unit, today, &begun, err) != 0)
        return -1;
    date_print(day, today);
    *report = (struct report) { .id = arena_printf(tx_arena(work->tx), "%s.%s.%s-%u", work->template_->code, of->code,
                                                   day, begun + 1),
                                .template_ = work->template_->code,
                                .theme = work->template_->theme,
                                .unit = unit,
                                .city = reference_city(work->snapshot->reference, unit, today),
                                .period = "",
                                .from_day = today,
                                .owed_day = REPORT_NO_DAY,
                                .due_day = REPORT_NO_DAY,
                                .soon_day = REPORT_NO_DAY,
                                .author = "",
                                .revision = 0,
                                .returned_because = "",
                                .rating_reason = "",
                                .rated_by = "" };
    work->report = report;
    return 0;
}

static int find_or_begin(struct work *work, const Bihuan__SaveReportRequest *request, struct err *err)
{
    const struct reference *reference = work->snapshot->reference;
    uint32_t unit = reference_unit_id(reference, request->unit, strlen(request->unit));

    if (report_template_get(work->tx, request->template_, &work->template_, err) != 0)
        return -1;
    if (!unit || !report_in_scope(work->tx, reference, unit))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known in your part of the organisation",
                        request->unit);
    if (!is_type(work->template_, reference_unit(reference, unit)->type))
        return err_fail(err, ERR_INVALID, "wrong_type", "unit %s is of type %s, which does not report by template %s",
                        request->unit, reference_unit(reference, unit)->type, request->template_);
    if (strcmp(work->template_->recurrence, "free") == 0)
        return begin_free(work, unit, err);
    if (report_store_open_duty(work->tx, request->template_, unit, &work->report, err) != 0)
        return -1;
    return work->report ? 0
                        : err_fail(err, ERR_CONFLICT, "nothing_owed", "unit %s owes no report by template %s now",
                                   request->unit, request->template_);
}

static int find(struct work *work, const char *id, uint32_t revision, struct err *err)
{
    return report_find(work->tx, work->snapshot->reference, id, revision, &work->report, err) != 0
               ? -1
               : report_template_get(work->tx, work->report->template_, &work->template_, err);
}

static int save(struct work *work, bool take_over, struct err *err)
{
    struct report *report = work->report;
    const char *act = report->author[0] ? (take_over ? "take_over" : NULL) : "draft";

    report->author = tx_principal(work->tx)->person;
    if (report->state == REPORT_OWED)
        report->state = REPORT_DRAFT;
    lay_over(work);
    return report_move(work->tx, report, act, "", false, err);
}

int on_save_report(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SaveReportRequest *request = message;
    struct work work = { .tx = tx, .given = request->values, .given_count = request->n_values };
    Bihuan__SaveReportReply reply = BIHUAN__SAVE_REPORT_REPLY__INIT;
    struct missing missing = { tx, &reply };
    struct report_values values;

    if (state_snapshot(tx, &work.snapshot, err) != 0 ||
        (request->id[0] ? find(&work, request->id, request->revision, err) : find_or_begin(&work, request, err)) != 0 ||
        may_write(&work, request->take_over, err) != 0 || check_names(&work, err) != 0 ||
        save(&work, request->take_over, err) != 0)
        return -1;
    reply.missing = arena_array(tx_arena(tx), Bihuan__ReportProblem *, work.template_->n_fields);
    judge(&work, &values, list_problem, &missing);
    reply.report = report_view(tx, work.snapshot->reference, work.report, true);
    return tx_reply(tx, &reply.base, err);
}

/* --- submit --------------------------------------------------------------------------------------------------------
 */
static int publish(struct tx *tx, const struct snapshot *snapshot, const struct report *report, struct err *err)
{
    Bihuan__ReportSubmitted event = BIHUAN__REPORT_SUBMITTED__INIT;

    event.report = report_view(tx, snapshot->reference, report, false);
    return tx_publish(tx, 0, MSG(REPORT_SUBMITTED), report->id, &event.base, err);
}

static int submit(struct work *work, const struct report_values *values, struct err *err)
{
    struct report *report = work->report;
    const struct report *one = report;

    report->state = REPORT_SUBMITTED;
    report->submitted_at = tx_now(work->tx);
    report->submitted_day = report_today(work->tx);
    report->submissions++;
    report->returned_because = "";
    report->city = reference_city(work->snapshot->reference, report->unit, report->submitted_day);
    if (report_move(work->tx, report, "submit", "", true, err) != 0 ||
        report_store_set_values(work->tx, report->id, values, err) != 0 ||
        report_facts_owed(work->tx, &one, 1, err) != 0 || report_facts_submitted(work->tx, report, err) != 0)
        return -1;
    return publish(work->tx, work->snapshot, report, err);
}

int on_submit_report(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SubmitReportRequest *request = message;
    struct work work = { .tx = tx, .given = request->values, .given_count = request->n_values };
    Bihuan__ReportReply reply = BIHUAN__REPORT_REPLY__INIT;
    struct report_values values;

    if (state_snapshot(tx, &work.snapshot, err) != 0 || find(&work, request->id, request->revision, err) != 0 ||
        may_write(&work, false, err) != 0 || check_names(&work, err) != 0)
        return -1;
    if (!work.report->author[0])
        work.report->author = tx_principal(tx)->person;
    lay_over(&work);
    judge(&work, &values, refuse_problem, &work);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (submit(&work, &values, err) != 0)
        return -1;
    reply.report = report_view(tx, work.snapshot->reference, work.report, true);
    return tx_reply(tx, &reply.base, err);
}
