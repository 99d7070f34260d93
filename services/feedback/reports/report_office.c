/* report_office: what offices do with submitted reports: return them, rate them. */
#include "feedback/reports/reports.h"

#include "feedback/state.h"

#include <string.h>

#define RATING_MAX 100
#define REASON_MAX 2000

static void check_reason(struct tx *tx, const char *reason, const char *words)
{
    if (!reason[0])
        tx_problem(tx, "/reason", "missing_value", "%s", words);
    else if (strlen(reason) > REASON_MAX)
        tx_problem(tx, "/reason", "too_long", "more than %d bytes", REASON_MAX);
}

/* The submitted report of somebody else. */
static int find(struct tx *tx, const char *id, uint32_t revision, const struct snapshot **snapshot,
                struct report **report, struct err *err)
{
    if (tx_problem_count(tx)) {
        (void)tx_refuse(tx, err);
        return -1; /* in so many words, for those who read no further than this file */
    }
    if (state_snapshot(tx, snapshot, err) != 0 ||
        report_find(tx, (*snapshot)->reference, id, revision, report, err) != 0)
        return -1;
    if ((*report)->state != REPORT_SUBMITTED)
        return err_fail(err, ERR_CONFLICT, "not_submitted", "report %s is not submitted", id);
    if (strcmp((*report)->author, tx_principal(tx)->person) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_report", "%s wrote report %s: somebody else must judge it",
                        (*report)->author, id);
    return 0;
}

static int answer(struct tx *tx, const struct snapshot *snapshot, const struct report *report, struct err *err)
{
    Bihuan__ReportReply reply = BIHUAN__REPORT_REPLY__INIT;

    reply.report = report_view(tx, snapshot->reference, report, true);
    return tx_reply(tx, &reply.base, err);
}

/* It is due again some days from now, but no earlier than it was. */
static void reopen(struct report *report, int32_t again)
{
    report->state = REPORT_RETURNED;
    report->submitted_at = 0;
    report->rated = false;
    report->rating = 0;
    report->rating_reason = "";
    report->rated_by = "";
    if (report->due_day == REPORT_NO_DAY || report->due_day >= again)
        return;
    if (report->soon_day != REPORT_NO_DAY)
        report->soon_day += again - report->due_day;
    report->due_day = again;
    report->told = REPORT_TOLD_NOTHING;
}

int on_return_report(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReturnReportRequest *request = message;
    const struct report_values none = { 0 };
    const struct snapshot *snapshot;
    Bihuan__ReportTemplate *template_;
    struct report *report;

    check_reason(tx, request->reason, "say what is to be mended");
    if (find(tx, request->id, request->revision, &snapshot, &report, err) != 0 ||
        report_template_get(tx, report->template_, &template_, err) != 0 || report_facts_returned(tx, report, err) != 0)
        return -1;
    reopen(report, report_today(tx) + report_return_days(template_));
    report->returned_because = request->reason;
    if (report_move(tx, report, "return", request->reason, false, err) != 0 ||
        report_store_set_values(tx, report->id, &none, err) != 0)
        return -1;
    return answer(tx, snapshot, report, err);
}

int on_rate_report(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RateReportRequest *request = message;
    const struct snapshot *snapshot;
    struct report *report;

    check_reason(tx, request->reason, "say why it is worth that");
    if (request->rating > RATING_MAX)
        tx_problem(tx, "/rating", "out_of_range", "%u is not within 0 to %d", request->rating, RATING_MAX);
    if (find(tx, request->id, request->revision, &snapshot, &report, err) != 0)
        return -1;
    report->rated = true;
    report->rating = request->rating;
    report->ratings++;
    report->rating_reason = request->reason;
    report->rated_by = tx_principal(tx)->person;
    if (report_move(tx, report, "rate", arena_printf(tx_arena(tx), "%u: %s", request->rating, request->reason), false,
                    err) != 0 ||
        report_facts_rated(tx, report, err) != 0)
        return -1;
    return answer(tx, snapshot, report, err);
}
