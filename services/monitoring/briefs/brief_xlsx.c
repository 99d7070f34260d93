/* brief_xlsx: a brief as a spreadsheet: measures, days, places, alerts and actions, a sheet each. */
#include "monitoring/briefs/brief.h"

#include "text/decimal.h"
#include "text/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 17

/* A sheet being written; the first error stays. */
struct sheet {
    struct xlsx_out *out;
    uint32_t row, column;
    int rc;
    struct err *err;
};

static void text(struct sheet *s, const char *value)
{
    if (s->rc == 0)
        s->rc = xlsx_out_text(s->out, s->row, s->column++, value, s->err);
}

static void amount(struct sheet *s, int64_t value, uint32_t scale)
{
    char digits[DECIMAL_TEXT_MAX];

    decimal_print(digits, value, (int)scale, 0);
    if (s->rc == 0)
        s->rc = xlsx_out_decimal(s->out, s->row, s->column++, digits, (int)scale, s->err);
}

static void next_row(struct sheet *s)
{
    s->row++;
    s->column = 0;
}

static void begin_sheet(struct sheet *s, const char *name, const char *const *heads, size_t count)
{
    static const int usual[COLUMNS_MAX];

    if (s->rc == 0)
        s->rc = xlsx_out_sheet(s->out, name, false, s->err);
    if (s->rc == 0)
        s->rc = xlsx_out_heads(s->out, heads, usual, count, s->err);
    s->row = 1;
    s->column = 0;
}

/* With the heads of both languages, of which there are as many. */
#define BEGIN_SHEET(s, name, zh)                                                                                       \
    do {                                                                                                               \
        _Static_assert(sizeof zh_heads == sizeof en_heads, "as many columns in each language");                        \
        _Static_assert(sizeof en_heads / sizeof en_heads[0] <= COLUMNS_MAX, "no more columns than COLUMNS_MAX");       \
        begin_sheet((s), (name), (zh) ? zh_heads : en_heads, sizeof en_heads / sizeof en_heads[0]);                    \
    } while (0)

static void write_measures(struct sheet *s, const Bihuan__Brief *brief, bool zh)
{
    static const char *const zh_heads[] = { "指标",     "名称",         "周期",      "目标",     "应完成",
                                            "实际",     "差距(百分点)", "完成率(%)", "预计落点", "达成概率(%)",
                                            "本期完成", "前一段",       "去年同期",  "预计下限", "预计上限",
                                            "预测次数", "命中次数" };
    static const char *const en_heads[] = { "measure",     "title",        "period",    "target",   "planned",
                                            "actual",      "gap (points)", "done (%)",  "lands at", "chance (%)",
                                            "in the span", "before",       "last year", "at least", "at most",
                                            "forecasts",   "of these kept" };

    BEGIN_SHEET(s, zh ? "指标" : "Measures", zh);
    for (size_t i = 0; i < brief->n_measures; i++, next_row(s)) {
        const Bihuan__BriefMeasure *m = brief->measures[i];

        text(s, m->measure);
        text(s, m->title);
        text(s, m->period);
        amount(s, m->target, m->scale);
        amount(s, m->planned, m->scale);
        amount(s, m->actual, m->scale);
        amount(s, m->gap_bp, 2);
        amount(s, m->attainment_ppm, 4);
        amount(s, m->landing, m->scale);
        amount(s, m->hit_ppm, 4);
        if (m->level)
            continue;
        amount(s, m->done, m->scale);
        if (m->before_known)
            amount(s, m->before, m->scale);
        else
            text(s, "");
        if (m->last_year_known)
            amount(s, m->last_year, m->scale);
        else
            text(s, "");
        if (!m->landing_banded)
            continue;
        amount(s, m->landing_low, m->scale);
        amount(s, m->landing_high, m->scale);
        amount(s, m->forecasts_banded, 0);
        amount(s, m->forecasts_inside, 0);
    }
}

static void write_days(struct sheet *s, const Bihuan__Brief *brief, bool zh)
{
    static const char *const zh_heads[] = { "指标", "日期", "完成", "计划" };
    static const char *const en_heads[] = { "measure", "day", "done", "planned" };

    BEGIN_SHEET(s, zh ? "每日" : "Days", zh);
    for (size_t i = 0; i < brief->n_measures; i++)
        for (size_t k = 0; k < brief->measures[i]->n_days; k++, next_row(s)) {
            text(s, brief->measures[i]->measure);
            text(s, brief->measures[i]->days[k]->day);
            amount(s, brief->measures[i]->days[k]->done, brief->measures[i]->scale);
            amount(s, brief->measures[i]->days[k]->planned, brief->measures[i]->scale);
        }
}

static void write_place(struct sheet *s, const Bihuan__BriefMeasure *m, const Bihuan__BriefPlace *place,
                        const char *what)
{
    text(s, m->measure);
    text(s, what);
    text(s, place->unit);
    text(s, place->name);
    amount(s, place->planned, m->scale);
    amount(s, place->actual, m->scale);
    amount(s, place->gap_bp, 2);
    amount(s, place->share_ppm, 4);
    next_row(s);
}

static void write_places(struct sheet *s, const Bihuan__Brief *brief, bool zh)
{
    static const char *const zh_heads[] = { "指标",   "类别", "单元",         "名称",
                                            "应完成", "实际", "差距(百分点)", "占缺口(%)" };
    static const char *const en_heads[] = { "measure", "what",   "unit",         "name",
                                            "planned", "actual", "gap (points)", "of the shortfall (%)" };

    BEGIN_SHEET(s, zh ? "下级" : "Places", zh);
    for (size_t i = 0; i < brief->n_measures; i++) {
        const Bihuan__BriefMeasure *m = brief->measures[i];

        for (size_t k = 0; k < m->n_behind; k++)
            write_place(s, m, m->behind[k], zh ? "落后" : "behind");
        for (size_t k = 0; k < m->n_ahead; k++)
            write_place(s, m, m->ahead[k], zh ? "突出" : "stands out");
    }
}

static void write_alerts(struct sheet *s, const Bihuan__Brief *brief, bool zh)
{
    static const char *const zh_heads[] = { "编号", "级别",   "单元",         "名称", "指标",
                                            "状态", "认领人", "差距(百分点)", "原因" };
    static const char *const en_heads[] = { "id",    "severity",   "unit",         "name", "measure",
                                            "state", "in hand of", "gap (points)", "why" };

    BEGIN_SHEET(s, zh ? "预警" : "Alerts", zh);
    for (size_t i = 0; i < brief->n_alerts; i++, next_row(s)) {
        const Bihuan__Alert *alert = brief->alerts[i];

        text(s, alert->id);
        text(s, alert->severity);
        text(s, alert->unit);
        text(s, alert->unit_name);
        text(s, alert->measure[0] ? alert->measure : alert->subject);
        text(s, alert->state);
        text(s, alert->taken_by);
        amount(s, alert->inputs->gap_bp, 2);
        text(s, zh && alert->inputs->reason_zh[0] ? alert->inputs->reason_zh : alert->inputs->reason);
    }
}

static void write_list(struct sheet *s, const char *what, Bihuan__Action **actions, size_t count)
{
    for (size_t i = 0; i < count; i++, next_row(s)) {
        text(s, what);
        text(s, actions[i]->id);
        text(s, actions[i]->unit);
        text(s, actions[i]->measure);
        text(s, actions[i]->state);
        text(s, actions[i]->owner);
        text(s, actions[i]->due);
        text(s, actions[i]->cause);
        text(s, actions[i]->measures);
        text(s, actions[i]->result);
    }
}

static void write_actions(struct sheet *s, const Bihuan__Brief *brief, bool zh)
{
    static const char *const zh_heads[] = { "类别",   "编号", "单元", "指标", "状态",
                                            "负责人", "期限", "原因", "措施", "结果" };
    static const char *const en_heads[] = { "what",  "id",  "unit",  "measure",        "state",
                                            "owner", "due", "cause", "measures taken", "result" };

    BEGIN_SHEET(s, zh ? "整改" : "Actions", zh);
    write_list(s, zh ? "承诺" : "promised", brief->promised, brief->n_promised);
    write_list(s, zh ? "兑现" : "kept", brief->kept, brief->n_kept);
    write_list(s, zh ? "未兑现" : "not kept", brief->broken, brief->n_broken);
}

static int read_back(const char *path, struct buf *out, struct err *err)
{
    FILE *file = fopen(path, "rb");
    char bytes[8192];
    size_t len;

    if (!file)
        return err_set(err, "could not read the spreadsheet back");
    while ((len = fread(bytes, 1, sizeof bytes, file)) > 0)
        buf_append(out, bytes, len);
    fclose(file);
    return 0;
}

int brief_xlsx(const Bihuan__Brief *brief, bool zh, struct buf *out, struct err *err)
{
    char dir[] = "/tmp/bihuan-brief-XXXXXX";
    char path[sizeof dir + 16];
    struct sheet s = { .err = err };
    int rc;

    if (!mkdtemp(dir))
        return err_set(err, "could not make a folder for the spreadsheet");
    snprintf(path, sizeof path, "%s/brief.xlsx", dir);
    s.out = xlsx_out_new(path);
    write_measures(&s, brief, zh);
    write_days(&s, brief, zh);
    write_places(&s, brief, zh);
    write_alerts(&s, brief, zh);
    write_actions(&s, brief, zh);
    if (s.rc != 0)
        xlsx_out_drop(&s.out);
    rc = s.rc != 0 ? -1 : xlsx_out_save(&s.out, err);
    if (rc == 0)
        rc = read_back(path, out, err);
    (void)unlink(path);
    (void)rmdir(dir);
    return rc;
}
