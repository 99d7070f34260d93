/* report_summary: what units reported, by city and theme, and what their reports score. */
#include "feedback/reports/reports.h"

#include "feedback/state.h"

#include <string.h>

#define LATEST_USUAL 3
#define LATEST_MAX   20
#define DAYS_MAX     1100

static const char *code_of(void *arg, uint32_t unit)
{
    const struct reference *reference = arg;
    const struct ref_unit *found = reference_unit(reference, unit);

    return found ? found->code : "";
}

static void complete(struct report_totals *totals, const Bihuan__ReportTemplate *t, const struct report_filter *filter)
{
    if (strcmp(t->recurrence, "free") != 0)
        return;
    totals->values_wanted = report_values_wanted(
        t->wanted ? t->wanted : 1, (uint32_t)(filter->until_day - filter->from_day), (uint32_t)t->n_fields);
    totals->slots = report_weeks(filter->from_day, filter->until_day);
}

static Bihuan__ReportScore *score_view(struct tx *tx, const struct snapshot *snapshot,
                                       const struct report_unit_totals *row, const Bihuan__ReportTemplate *t)
{
    struct report_score score = report_score_of(&row->totals, t->weights);
    Bihuan__ReportScore *out = arena_new(tx_arena(tx), Bihuan__ReportScore);

    bihuan__report_score__init(out);
    out->unit = (char *)(uintptr_t)code_of(snapshot->reference, row->unit);
    out->template_ = t->code;
    out->due = row->totals.due;
    out->on_time = row->totals.on_time;
    out->submitted = row->totals.submitted;
    out->has_timeliness = score.judged[REPORT_TIMELINESS];
    out->timeliness_ppm = score.ppm[REPORT_TIMELINESS];
    out->has_amount = score.judged[REPORT_AMOUNT];
    out->amount_ppm = score.ppm[REPORT_AMOUNT];
    out->has_frequency = score.judged[REPORT_FREQUENCY];
    out->frequency_ppm = score.ppm[REPORT_FREQUENCY];
    out->has_quality = score.judged[REPORT_QUALITY];
    out->quality_ppm = score.ppm[REPORT_QUALITY];
    out->has_score = score.has_score;
    out->score_ppm = score.score_ppm;
    return out;
}

/* Rows come by unit, so templates are looked up again and again: once each. */
static int template_of(struct tx *tx, const char *code, Bihuan__ReportTemplate **known, size_t *count,
                       Bihuan__ReportTemplate **out, struct err *err)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(known[i]->code, code) == 0) {
            *out = known[i];
            return 0;
        }
    if (report_template_get(tx, code, out, err) != 0)
        return -1;
    known[(*count)++] = *out;
    return 0;
}

static int add_scores(struct tx *tx, const struct snapshot *snapshot, const struct report_filter *filter,
                      Bihuan__SummarizeReportsReply *reply, struct err *err)
{
    struct report_unit_totals *rows;
    Bihuan__ReportTemplate **known, *t;
    size_t count, known_count = 0;

    if (filter->from_day == REPORT_NO_DAY || filter->until_day == REPORT_NO_DAY)
        return 0;
    if (report_store_totals(tx, filter, &rows, &count, err) != 0)
        return -1;
    known = arena_array(tx_arena(tx), Bihuan__ReportTemplate *, count + 1);
    reply->scores = arena_array(tx_arena(tx), Bihuan__ReportScore *, count);
    for (size_t i = 0; i < count; i++) {
        if (template_of(tx, rows[i].template_, known, &known_count, &t, err) != 0)
            return -1;
        complete(&rows[i].totals, t, filter);
        reply->scores[reply->n_scores++] = score_view(tx, snapshot, &rows[i], t);
    }
    return 0;
}

static void check_range(struct tx *tx, const struct report_filter *filter)
{
    if (filter->from_day == REPORT_NO_DAY || filter->until_day == REPORT_NO_DAY)
        return;
    if (filter->until_day <= filter->from_day || filter->until_day - filter->from_day > DAYS_MAX)
        tx_problem(tx, "/until", "bad_period", "until must be 1 to %d days behind from", DAYS_MAX);
}

static int summarize(struct tx *tx, const struct snapshot *snapshot, const Bihuan__SummarizeReportsRequest *request,
                     struct err *err)
{
    Bihuan__SummarizeReportsReply reply = BIHUAN__SUMMARIZE_REPORTS_REPLY__INIT;
    struct report_filter filter = {
        .template_ = request->template_, .theme = request->theme, .author = "", .state = "", .today = report_today(tx)
    };
    uint32_t latest = request->latest ? request->latest : LATEST_USUAL;
    uint32_t *units;

    report_take_day(tx, "/from", request->from, &filter.from_day);
    report_take_day(tx, "/until", request->until, &filter.until_day);
    check_range(tx, &filter);
    if (latest > LATEST_MAX)
        tx_problem(tx, "/latest", "out_of_range", "at most %d texts", LATEST_MAX);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (report_units(tx, snapshot->reference, request->unit, &units, &filter.unit_count, err) != 0)
        return -1;
    filter.units = units;
    if (report_store_summary(tx, &filter, latest, code_of, snapshot->reference, &reply, err) != 0 ||
        add_scores(tx, snapshot, &filter, &reply, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

int on_summarize_reports(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    int rc = snapshot ? summarize(tx, snapshot, message, err)
                      : err_fail(err, ERR_UNAVAILABLE, "not_ready", "nothing is known of planning yet; ask again");

    snapshot_drop(&snapshot);
    return rc;
}
