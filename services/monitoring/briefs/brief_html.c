/* brief_html: a brief as one page with charts, which needs nothing from elsewhere: styles and drawings are in it. Pure.
 */
#include "monitoring/briefs/brief.h"
#include "monitoring/delivery/wording.h"

#include <stdio.h>
#include <string.h>

#define CHART_W 640
#define CHART_H 160
#define CHART_X 8   /* left and right */
#define CHART_B 140 /* base line */

static const char STYLE[] =
    "body{font:15px/1.5 system-ui,'Noto Sans SC',sans-serif;margin:2em auto;max-width:60em;color:#1c1c1c}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd}td.n,th.n{text-align:right;"
    "font-variant-numeric:tabular-nums}.lag{color:#b3261e}.ahead{color:#1b6e3c}small{color:#666}"
    "@media print{body{margin:0}section{break-inside:avoid}}";

static void escape(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_append_text(out, "&amp;");
            break;
        case '<':
            buf_append_text(out, "&lt;");
            break;
        case '>':
            buf_append_text(out, "&gt;");
            break;
        case '"':
            buf_append_text(out, "&quot;");
            break;
        default:
            buf_append(out, text, 1);
        }
    }
}

static void cell(struct buf *out, const char *kind, const char *text)
{
    buf_printf(out, "<td%s>", kind);
    escape(out, text);
    buf_append_text(out, "</td>");
}

static void heads(struct buf *out, const char *const *names, size_t count, size_t numbers_from)
{
    buf_append_text(out, "<table><thead><tr>");
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "<th%s>%s</th>", i >= numbers_from ? " class=\"n\"" : "", names[i]);
    buf_append_text(out, "</tr></thead><tbody>");
}

/* --- charts --- */

static int height(int64_t value, int64_t top)
{
    return value > 0 && top > 0 ? (int)((__int128)value * (CHART_B - 12) / top) : 0;
}

/* Bars of what was done each day, a line of what was planned. */
static void chart(const Bihuan__BriefMeasure *m, bool zh, struct buf *out)
{
    int64_t top = 1;
    int step = m->n_days ? (CHART_W - 2 * CHART_X) / (int)m->n_days : 0;

    if (!step)
        return;
    for (size_t i = 0; i < m->n_days; i++) {
        top = m->days[i]->done > top ? m->days[i]->done : top;
        top = m->days[i]->planned > top ? m->days[i]->planned : top;
    }
    buf_printf(out, "<svg viewBox=\"0 0 %d %d\" width=\"100%%\" role=\"img\"><title>%s</title>", CHART_W, CHART_H,
               zh ? "每日完成与计划" : "done and planned by day");
    for (size_t i = 0; i < m->n_days; i++) {
        int h = height(m->days[i]->done, top);

        buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#4a7bb5\"/>",
                   CHART_X + (int)i * step + step / 8, CHART_B - h, step - step / 4, h);
        if (m->n_days <= 14 || i % 5 == 0)
            buf_printf(out, "<text x=\"%d\" y=\"%d\" font-size=\"10\" text-anchor=\"middle\" fill=\"#555\">%s</text>",
                       CHART_X + (int)i * step + step / 2, CHART_B + 14, m->days[i]->day + 5);
    }
    buf_append_text(out, "<polyline fill=\"none\" stroke=\"#d0802a\" stroke-width=\"2\" points=\"");
    for (size_t i = 0; i < m->n_days; i++)
        buf_printf(out, "%s%d,%d", i ? " " : "", CHART_X + (int)i * step + step / 2,
                   CHART_B - height(m->days[i]->planned, top));
    buf_append_text(out, "\"/></svg>");
}

/* --- parts --- */

static void measure_table(const Bihuan__Brief *brief, bool zh, struct buf *out)
{
    static const char *const zh_heads[] = { "指标", "目标",     "应完成",   "实际", "差距", "预计落点",
                                            "区间", "预测命中", "达成概率", "本期", "环比", "同比" };
    static const char *const en_heads[] = {
        "Measure", "Target",         "Planned", "Actual",      "Gap",    "Lands at",
        "Between", "Forecasts kept", "Chance",  "In the span", "Before", "Last year"
    };
    char a[48], b[48], c[48], d[48], gap[24], hit[24], change[24], year[24], done[48], kind[32];
    char band[100], kept[32];

    heads(out, zh ? zh_heads : en_heads, 12, 1);
    for (size_t i = 0; i < brief->n_measures; i++) {
        const Bihuan__BriefMeasure *m = brief->measures[i];

        buf_append_text(out, "<tr>");
        cell(out, "", m->title);
        cell(out, " class=\"n\"", brief_amount(a, m->target, m->scale));
        cell(out, " class=\"n\"", brief_amount(b, m->planned, m->scale));
        cell(out, " class=\"n\"", brief_amount(c, m->actual, m->scale));
        snprintf(kind, sizeof kind, " class=\"n %s\"", brief_status(m->gap_bp));
        cell(out, kind, brief_points(gap, m->gap_bp));
        cell(out, " class=\"n\"", m->level ? "" : brief_amount(d, m->landing, m->scale));
        cell(out, " class=\"n\"", brief_band(band, m));
        cell(out, " class=\"n\"", brief_kept(kept, m));
        cell(out, " class=\"n\"", m->hit_ppm ? brief_percent(hit, m->hit_ppm) : "");
        cell(out, " class=\"n\"", m->level ? "" : brief_amount(done, m->done, m->scale));
        cell(out, " class=\"n\"", brief_change(change, m->done, m->before, m->before_known));
        cell(out, " class=\"n\"", brief_change(year, m->done, m->last_year, m->last_year_known));
        buf_append_text(out, "</tr>");
    }
    buf_append_text(out, "</tbody></table>");
}

static void places(const char *title, Bihuan__BriefPlace **list, size_t count, struct buf *out)
{
    char gap[24], share[24];

    if (!count)
        return;
    buf_printf(out, "<p><b>%s</b> ", title);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, i ? ", " : "");
        escape(out, list[i]->name);
        buf_printf(out, " <span class=\"%s\">%s</span>", brief_status(list[i]->gap_bp),
                   brief_points(gap, list[i]->gap_bp));
        if (list[i]->share_ppm)
            buf_printf(out, " <small>%s</small>", brief_percent(share, list[i]->share_ppm));
    }
    buf_append_text(out, "</p>");
}

static void measure_part(const Bihuan__BriefMeasure *m, bool zh, struct buf *out)
{
    buf_append_text(out, "<section><h2>");
    escape(out, m->title);
    buf_append_text(out, "</h2>");
    chart(m, zh, out);
    places(zh ? "落后来源" : "Behind", m->behind, m->n_behind, out);
    places(zh ? "表现突出" : "Stands out", m->ahead, m->n_ahead, out);
    buf_append_text(out, "</section>");
}

static void alert_part(const Bihuan__Brief *brief, bool zh, struct buf *out)
{
    static const char *const zh_heads[] = { "级别", "单元", "指标", "状态", "认领", "原因" };
    static const char *const en_heads[] = { "Severity", "Unit", "Measure", "State", "In hand of", "Why" };
    char why[32];

    buf_printf(out, "<h2>%s (%u)</h2>", zh ? "未解除的预警" : "Open alerts", brief->alert_count);
    if (!brief->n_alerts)
        return;
    heads(out, zh ? zh_heads : en_heads, 6, 6);
    for (size_t i = 0; i < brief->n_alerts; i++) {
        const Bihuan__Alert *alert = brief->alerts[i];

        buf_append_text(out, "<tr>");
        cell(out, "", wording_severity(alert->severity, zh));
        cell(out, "", alert->unit_name);
        cell(out, "", brief_about(alert));
        cell(out, "", brief_state(alert->state, zh));
        cell(out, "", alert->taken_by);
        cell(out, "", brief_why(why, alert, zh));
        buf_append_text(out, "</tr>");
    }
    buf_append_text(out, "</tbody></table>");
}

static void action_part(const char *title, Bihuan__Action **actions, size_t count, bool zh, struct buf *out)
{
    static const char *const zh_heads[] = { "单元", "指标", "原因", "措施", "负责人", "期限", "结果" };
    static const char *const en_heads[] = { "Unit", "Measure", "Cause", "Measures taken", "Owner", "Due", "Result" };

    if (!count)
        return;
    buf_printf(out, "<h2>%s (%zu)</h2>", title, count);
    heads(out, zh ? zh_heads : en_heads, 7, 7);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, "<tr>");
        cell(out, "", actions[i]->unit);
        cell(out, "", actions[i]->measure);
        cell(out, "", actions[i]->cause);
        cell(out, "", actions[i]->measures[0] ? actions[i]->measures : actions[i]->steps);
        cell(out, "", actions[i]->owner);
        cell(out, actions[i]->overdue ? " class=\"lag\"" : "", actions[i]->due);
        cell(out, "", actions[i]->result);
        buf_append_text(out, "</tr>");
    }
    buf_append_text(out, "</tbody></table>");
}

void brief_html(const Bihuan__Brief *brief, bool zh, struct buf *out)
{
    buf_printf(out, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><title>", zh ? "zh-CN" : "en");
    escape(out, brief->unit_name);
    buf_printf(out, "</title><style>%s</style></head><body><h1>", STYLE);
    escape(out, brief->unit_name);
    buf_printf(out, " <small>%s – %s</small></h1>", brief->from, brief->as_of);
    measure_table(brief, zh, out);
    for (size_t i = 0; i < brief->n_measures; i++)
        measure_part(brief->measures[i], zh, out);
    alert_part(brief, zh, out);
    action_part(zh ? "已承诺的整改" : "Promised", brief->promised, brief->n_promised, zh, out);
    action_part(zh ? "已兑现" : "Kept", brief->kept, brief->n_kept, zh, out);
    action_part(zh ? "未兑现或逾期" : "Not kept, or overdue", brief->broken, brief->n_broken, zh, out);
    buf_append_text(out, "</body></html>\n");
}
