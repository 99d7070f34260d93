/* clears: in words what would end an alert of a rule, and how far that is. See rules.h. */
#include "monitoring/kinds/kind.h"
#include "monitoring/rules/rules.h"

#include <string.h>

static char *lag_clears(struct tx *tx, const Bihuan__Rule *rule, const Bihuan__Alert *alert, bool zh)
{
    bool level = alert && alert->inputs && (alert->inputs->ratio || alert->inputs->level);
    double now = alert && alert->inputs ? alert->inputs->gap_bp / 100.0 : 0;

    if (!alert)
        return arena_printf(tx_arena(tx),
                            zh ? "时序差高于%.2f个百分点并连续保持%u个数据日后自动解除"
                               : "resolves when the gap is above %.2f points for %u feed days",
                            rule->clear_gap_bp / 100.0, rule->clear_days);
    if (level)
        return arena_printf(tx_arena(tx),
                            zh ? "与目标水平之差高于%.2f个百分点并连续保持%u个数据日后自动解除(当前%.2f)"
                               : "resolves when the gap to the level is above %.2f points for %u feed days (now %.2f)",
                            rule->clear_gap_bp / 100.0, rule->clear_days, now);
    return arena_printf(tx_arena(tx),
                        zh ? "时序差高于%.2f个百分点并连续保持%u个数据日后自动解除(当前%.2f)"
                           : "resolves when the gap is above %.2f points for %u feed days (now %.2f)",
                        rule->clear_gap_bp / 100.0, rule->clear_days, now);
}

/* Of rules over feeds and over what happens. */
static const char *event_clears(enum rule_kind kind, bool zh)
{
    switch (kind) {
    case RULE_FEED_SILENT:
    case RULE_FEED_LATE:
    case RULE_FEED_SUSPECT:
        return zh ? "数据源恢复正常后自动解除" : "resolves when the feed is live again";
    case RULE_TASK_OVERDUE:
        return zh ? "一周内未再催办即自动解除" : "is over a week after the last reminder";
    case RULE_OPPORTUNITY_STILL:
        return zh ? "商机推进或关闭后自动解除" : "resolves when the opportunities move or are closed";
    case RULE_SHARED_CUSTOMER:
        return zh ? "该客户仅剩一个销售方的在谈商机时自动解除"
                  : "resolves when one seller alone has an open opportunity with the customer";
    case RULE_QUOTE_SHARED:
        return zh ? "规则期限内仅剩一个销售方对该客户的报价时自动解除"
                  : "resolves when within the rule's days one seller alone has quoted the customer";
    case RULE_QUOTE_UNDERCUT:
        return zh ? "压价的报价撤回，或超出规则期限后自动解除"
                  : "resolves when the lower quote is withdrawn, or no longer within the rule's days";
    case RULE_DELIVERABLE_DUE:
        return zh ? "提交后自动解除;逾期则由逾期规则接续"
                  : "resolves when it is submitted; once it is overdue another rule says so";
    case RULE_DELIVERABLE_OVERDUE:
    case RULE_GUIDE_UNACKNOWLEDGED:
    case RULE_REPORT_OVERDUE:
    case RULE_CERTIFICATE_EXPIRED:
    case RULE_FILE_MISSING:
    case RULE_TOTALS_DIFFER:
        return zh ? "事项办结后自动解除" : "resolves when it is done";
    default:
        return "";
    }
}

char *rule_clears_when(struct tx *tx, const Bihuan__Rule *rule, const Bihuan__Alert *alert)
{
    bool zh = strcmp(tx_language(tx), "zh") == 0;
    const struct kind *kind = rule ? kind_parse(rule->kind) : NULL;
    struct arena *arena = tx_arena(tx);

    switch (kind ? kind->kind : RULE_NONE) {
    case RULE_LAG:
        return lag_clears(tx, rule, alert, zh);
    case RULE_THRESHOLD:
        return arena_printf(arena, zh ? "本期合计低于%s时自动解除" : "resolves when the period's sum falls below %s",
                            rule->limit);
    case RULE_TRAJECTORY:
        return arena_printf(arena,
                            zh ? "达成概率不低于%.0f%%或预计落点不低于目标的%.0f%%,连续%u个数据日后自动解除"
                               : "resolves when the chance to reach the target is at least %.0f%%, or the landing at"
                                 " least %.0f%% of it, for %u feed days",
                            (rule->hit_below_ppm + rule_or(rule->hit_back_ppm, RULE_HIT_BACK_PPM)) / 1e4,
                            (rule->landing_below_ppm + rule_or(rule->landing_back_ppm, RULE_LANDING_BACK_PPM)) / 1e4,
                            rule->clear_days);
    case RULE_EARLY_WARNING:
        return arena_printf(arena,
                            zh ? "移动平均回到控制限的一半以内并保持%u个数据日后自动解除"
                               : "resolves when the moving average is back within half of its limit for %u feed days",
                            rule->clear_days);
    case RULE_ZERO_SALES:
        return (char *)(uintptr_t)(zh ? "有一笔新增即自动解除" : "resolves with the first sale");
    case RULE_OUTLIER:
        return arena_printf(arena,
                            zh ? "与同类单元的偏离低于%.2f倍并保持%u个数据日后自动解除"
                               : "is over when it stands out by less than %.2f deviations for %u feed days",
                            rule->deviations_milli * 0.67 / 1000, rule->clear_days);
    case RULE_AHEAD:
        return arena_printf(arena,
                            zh ? "领先不足%.2f个百分点并保持%u个数据日后自动解除"
                               : "resolves when it is ahead by less than %.2f points for %u feed days",
                            rule->ahead_bp / 200.0, rule->clear_days);
    default:
        return (char *)(uintptr_t)event_clears(kind ? kind->kind : RULE_NONE, zh);
    }
}
