/* happening: see happening.h. */
#include "monitoring/duties/happening.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

static void at_one(struct happening *out, uint32_t unit)
{
    out->unit = unit;
    out->units = &out->unit;
    out->unit_count = 1;
}

void happening_of_deliverable(const Bihuan__DeliverableMoved *event, struct happening *out)
{
    const Bihuan__Deliverable *d = event->deliverable;

    *out = (struct happening) { .kind = RULE_NONE };
    if (!d)
        return;
    out->kind = RULE_DELIVERABLE_OVERDUE;
    out->begins = strcmp(d->state, "overdue") == 0;
    at_one(out, d->unit_id);
    snprintf(out->subject, sizeof out->subject, "%.129s", d->id);
    snprintf(out->detail, sizeof out->detail, "%.150s of cycle %.40s was due on %.10s", d->title_en, d->cycle, d->due);
    snprintf(out->detail_zh, sizeof out->detail_zh, "%.150s（周期%.40s）应于%.10s提交，已逾期", d->title_zh, d->cycle,
             d->due);
}

/* Until it is submitted or overdue. One whose day can't be read is due on none. */
void happening_of_due(const Bihuan__DeliverableMoved *event, struct happening *out)
{
    const Bihuan__Deliverable *d = event->deliverable;
    bool open = d &&
                (strcmp(d->state, "not_due") == 0 || strcmp(d->state, "due") == 0 || strcmp(d->state, "returned") == 0);

    happening_of_deliverable(event, out);
    if (!d)
        return;
    out->kind = RULE_DELIVERABLE_DUE;
    out->begins = open && date_parse(d->due, strlen(d->due), &out->since, NULL) == 0;
    snprintf(out->detail, sizeof out->detail, "%.150s of cycle %.40s is due on %.10s", d->title_en, d->cycle, d->due);
    snprintf(out->detail_zh, sizeof out->detail_zh, "%.150s（周期%.40s）应于%.10s提交", d->title_zh, d->cycle, d->due);
}

/* One guide in each of its versions is one subject. */
static void guide_subject(struct happening *out, const char *code, uint32_t version)
{
    snprintf(out->subject, sizeof out->subject, "%.100s/%u", code, version);
}

void happening_of_guide(const Bihuan__GuideOverdue *event, struct happening *out)
{
    *out = (struct happening) {
        .kind = RULE_GUIDE_UNACKNOWLEDGED, .begins = true, .units = event->unit_id, .unit_count = event->n_unit_id
    };
    if (!event->n_unit_id)
        out->kind = RULE_NONE;
    guide_subject(out, event->code, event->version);
    snprintf(out->detail, sizeof out->detail,
             "guide %.60s version %u was to be acknowledged by %.10s; %u were addressed", event->code, event->version,
             event->due, event->addressed);
    snprintf(out->detail_zh, sizeof out->detail_zh, "指引%.60s第%u版应于%.10s前签收，共下发%u个单元", event->code,
             event->version, event->due, event->addressed);
}

void happening_of_acknowledged(const Bihuan__GuideAcknowledged *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (strcmp(event->what, "acknowledged") != 0)
        return;
    out->kind = RULE_GUIDE_UNACKNOWLEDGED;
    at_one(out, event->unit_id);
    guide_subject(out, event->code, event->version);
}

void happening_of_task(const Bihuan__TaskReminded *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_TASK_OVERDUE, .begins = true, .forgotten = true };
    if (strcmp(event->stage, "overdue") != 0) {
        out->kind = RULE_NONE;
        return;
    }
    at_one(out, event->unit_id);
    snprintf(out->subject, sizeof out->subject, "%.30s:%.90s", event->kind, event->id);
    snprintf(out->detail, sizeof out->detail, "%.150s was due on %.10s%s%.60s", event->title_en, event->due,
             event->person[0] ? ", to be done by " : "", event->person);
    snprintf(out->detail_zh, sizeof out->detail_zh, "%.150s应于%.10s完成%s%.60s", event->title_zh, event->due,
             event->person[0] ? "，责任人" : "", event->person);
}

void happening_of_report(const Bihuan__ReportDue *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (!event->report)
        return;
    out->kind = RULE_REPORT_OVERDUE;
    out->begins = true;
    at_one(out, event->unit_id);
    snprintf(out->subject, sizeof out->subject, "%.129s", event->report->id);
    snprintf(out->detail, sizeof out->detail, "report %.80s of %.40s was due on %.10s", event->report->template_,
             event->report->period, event->report->due);
    snprintf(out->detail_zh, sizeof out->detail_zh, "%.40s的%.80s报告应于%.10s提交", event->report->period,
             event->report->template_, event->report->due);
}

void happening_of_submitted(const Bihuan__ReportSubmitted *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (!event->report)
        return;
    out->kind = RULE_REPORT_OVERDUE;
    snprintf(out->subject, sizeof out->subject, "%.129s", event->report->id);
}

static void certificate_subject(struct happening *out, const Bihuan__Certificate *certificate)
{
    snprintf(out->subject, sizeof out->subject, "%.64s:%.64s", certificate->person, certificate->product);
}

void happening_of_expired(const Bihuan__CertificateExpired *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (!event->certificate || !event->n_unit_id)
        return;
    *out = (struct happening) {
        .kind = RULE_CERTIFICATE_EXPIRED, .begins = true, .units = event->unit_id, .unit_count = event->n_unit_id
    };
    certificate_subject(out, event->certificate);
    snprintf(out->detail, sizeof out->detail, "%.64s may sell %.64s no more: the certificate ended on %.10s",
             event->certificate->person, event->certificate->product, event->certificate->until);
    snprintf(out->detail_zh, sizeof out->detail_zh, "%.64s的%.64s上岗证书已于%.10s到期，不得再销售",
             event->certificate->person, event->certificate->product, event->certificate->until);
}

void happening_of_issued(const Bihuan__CertificateIssued *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (!event->certificate)
        return;
    out->kind = RULE_CERTIFICATE_EXPIRED;
    certificate_subject(out, event->certificate);
}

void happening_of_missing(const Bihuan__FileMissing *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_FILE_MISSING, .begins = event->missing };
    at_one(out, 0);
    snprintf(out->subject, sizeof out->subject, "%.64s:%.10s:%llu", event->feed, event->day,
             (unsigned long long)event->number);
    if (event->number) {
        snprintf(out->detail, sizeof out->detail, "file number %llu of feed %.64s is missing%s%.10s",
                 (unsigned long long)event->number, event->feed, event->day[0] ? " on " : "", event->day);
        snprintf(out->detail_zh, sizeof out->detail_zh, "数据源%.64s缺少%.10s%s第%llu号文件", event->feed, event->day,
                 event->day[0] ? "的" : "", (unsigned long long)event->number);
        return;
    }
    snprintf(out->detail, sizeof out->detail, "no file of feed %.64s came for %.10s", event->feed, event->day);
    snprintf(out->detail_zh, sizeof out->detail_zh, "数据源%.64s没有%.10s的文件", event->feed, event->day);
}

/* By file, so that one that is replaced or given up ends it. */
static void file_subject(struct happening *out, const char *feed, uint64_t id)
{
    snprintf(out->subject, sizeof out->subject, "%.64s:%llu", feed, (unsigned long long)id);
}

void happening_of_totals(const Bihuan__TotalsDiffer *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_TOTALS_DIFFER, .begins = true, .forgotten = true };
    at_one(out, 0);
    file_subject(out, event->feed, event->file_id);
    if (event->column[0]) {
        bool control = event->amount == event->ledger_amount;

        snprintf(out->detail, sizeof out->detail, "file %.100s: its column %.64s doesn't agree with %s", event->file,
                 event->column, control ? "its control" : "the ledger of facts");
        snprintf(out->detail_zh, sizeof out->detail_zh, "文件%.100s的%.64s列与%s不符", event->file, event->column,
                 control ? "对账数" : "事实台账");
        return;
    }
    snprintf(out->detail, sizeof out->detail, "file %.100s: %lld rows, %lld in the ledger of facts", event->file,
             (long long)event->rows, (long long)event->ledger_rows);
    snprintf(out->detail_zh, sizeof out->detail_zh, "文件%.100s有%lld行，事实台账中有%lld行", event->file,
             (long long)event->rows, (long long)event->ledger_rows);
}

void happening_of_file(const Bihuan__FileFinished *event, struct happening *out)
{
    *out = (struct happening) { .kind = RULE_NONE };
    if (!event->file ||
        (strcmp(event->file->state, "superseded") != 0 && strcmp(event->file->state, "written_off") != 0))
        return;
    out->kind = RULE_TOTALS_DIFFER;
    file_subject(out, event->file->feed, event->file->id);
}
