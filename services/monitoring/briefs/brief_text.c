/* brief_text: a brief in plain words, to be read aloud or pasted into a chat. Pure. */
#include "monitoring/briefs/brief.h"
#include "monitoring/delivery/wording.h"

#include <stdio.h>
#include <string.h>

static const char *span_word(const char *span, bool zh)
{
    if (strcmp(span, "day") == 0)
        return zh ? "日报" : "day";
    if (strcmp(span, "month") == 0)
        return zh ? "月报" : "month";
    return zh ? "周报" : "week";
}

static void write_places(const char *title, Bihuan__BriefPlace **places, size_t count, bool share, struct buf *out)
{
    char gap[24], part[24];

    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s%s %s", i ? ", " : title, places[i]->name, brief_points(gap, places[i]->gap_bp));
        if (share)
            buf_printf(out, " (%s)", brief_percent(part, places[i]->share_ppm));
    }
    if (count)
        buf_append_text(out, "\n");
}

static void write_spans(const Bihuan__BriefMeasure *m, bool zh, struct buf *out)
{
    char done[48], change[24], year[24];

    if (m->level)
        return;
    buf_printf(out, zh ? "    本期完成 %s" : "    done in the span %s", brief_amount(done, m->done, m->scale));
    if (*brief_change(change, m->done, m->before, m->before_known))
        buf_printf(out, zh ? "，环比 %s" : ", %s against the days before", change);
    if (*brief_change(year, m->done, m->last_year, m->last_year_known))
        buf_printf(out, zh ? "，同比 %s" : ", %s against last year", year);
    buf_append_text(out, "\n");
}

static void write_landing(const Bihuan__BriefMeasure *m, bool zh, struct buf *out)
{
    char landing[48], low[48], high[48], hit[24];

    buf_printf(out, zh ? "，预计 %s" : "; lands at %s", brief_amount(landing, m->landing, m->scale));
    if (m->landing_banded)
        buf_printf(out, zh ? "（%s 至 %s）" : " (%s to %s)", brief_amount(low, m->landing_low, m->scale),
                   brief_amount(high, m->landing_high, m->scale));
    if (m->hit_ppm)
        buf_printf(out, zh ? "，达成概率 %s" : ", chance %s", brief_percent(hit, m->hit_ppm));
    if (m->forecasts_banded)
        buf_printf(out,
                   zh ? "；以往 %u 次预测有 %u 次落在区间内" : "; of %u forecasts so far %u ended within their band",
                   m->forecasts_banded, m->forecasts_inside);
}

static void write_measure(const Bihuan__BriefMeasure *m, bool zh, struct buf *out)
{
    char actual[48], planned[48], target[48], gap[24];

    buf_printf(
        out, zh ? "  %s: %s / 应完成 %s / 目标 %s，差距 %s 个百分点" : "  %s: %s, planned %s, target %s; gap %s points",
        m->title, brief_amount(actual, m->actual, m->scale), brief_amount(planned, m->planned, m->scale),
        brief_amount(target, m->target, m->scale), brief_points(gap, m->gap_bp));
    if (!m->level)
        write_landing(m, zh, out);
    buf_append_text(out, "\n");
    write_spans(m, zh, out);
    write_places(zh ? "    落后: " : "    behind: ", m->behind, m->n_behind, true, out);
    write_places(zh ? "    领先: " : "    stands out: ", m->ahead, m->n_ahead, false, out);
}

static void write_actions(const char *title, Bihuan__Action **actions, size_t count, struct buf *out)
{
    if (!count)
        return;
    buf_printf(out, "\n%s (%zu)\n", title, count);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "  %s %s: %s; %s, %s%s%s\n", actions[i]->unit, actions[i]->measure, actions[i]->cause,
                   actions[i]->owner, actions[i]->due, actions[i]->result[0] ? "; " : "", actions[i]->result);
}

void brief_text(const Bihuan__Brief *brief, bool zh, struct buf *out)
{
    char why[32];

    buf_printf(out, zh ? "%s %s %s 至 %s\n" : "%s, %s, %s to %s\n", brief->unit_name, span_word(brief->span, zh),
               brief->from, brief->as_of);
    buf_printf(out, "\n%s\n", zh ? "指标进度" : "Where it stands");
    if (!brief->n_measures)
        buf_append_text(out, zh ? "  没有目标。\n" : "  There are no targets.\n");
    for (size_t i = 0; i < brief->n_measures; i++)
        write_measure(brief->measures[i], zh, out);
    buf_printf(out, "\n%s (%u)\n", zh ? "未解除的预警" : "Open alerts", brief->alert_count);
    for (size_t i = 0; i < brief->n_alerts; i++)
        buf_printf(out, "  [%s] %s %s: %s%s%s\n", wording_severity(brief->alerts[i]->severity, zh),
                   brief->alerts[i]->unit_name, brief_about(brief->alerts[i]), brief_why(why, brief->alerts[i], zh),
                   brief->alerts[i]->taken_by[0] ? (zh ? "，认领 " : ", in hand of ") : "", brief->alerts[i]->taken_by);
    write_actions(zh ? "已承诺的整改" : "Promised", brief->promised, brief->n_promised, out);
    write_actions(zh ? "已兑现" : "Kept", brief->kept, brief->n_kept, out);
    write_actions(zh ? "未兑现或逾期" : "Not kept, or overdue", brief->broken, brief->n_broken, out);
}
