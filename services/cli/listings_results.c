/* listings_results: what `get` shows of results: rules, alerts, actions, scores. See listings.h. */
#include "cli/listings.h"

#include "cli/columns.h"

/* Has no meaning for a rule that watches a limit. */
#define LAG_ONLY(key, en, zh, kind)                                                                                    \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, NULL, 0, NULL, "kind=lag"                                                          \
    }

const struct column listing_rules[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("kind", "KIND", "种类", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("unit_types", "UNIT TYPES", "单元类型", LIST),
    C("enter_gap_bp", "ENTER", "触发差距", BP),
    C("clear_gap_bp", "CLEAR", "解除差距", BP),
    C("dwell_days", "DAYS", "持续天数", INT),
    C("severity", "SEVERITY", "级别", WORD),
    C("off", "OFF", "停用", BOOL),
    END,
};

const struct column listing_receivers[] = {
    C("code", "CODE", "编码", TEXT),       C("kind", "KIND", "种类", TEXT),
    C("url", "URL", "地址", TEXT),         C("language", "LANGUAGE", "语言", TEXT),
    C("subtree", "SUBTREE", "范围", TEXT), C("min_severity", "FROM", "最低级别", WORD),
    C("off", "OFF", "停用", BOOL),         END,
};

const struct column listing_alerts[] = {
    C("id", "ID", "编号", TEXT),
    C("severity", "SEVERITY", "级别", WORD),
    C("state", "STATE", "状态", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    AMOUNT("inputs/actual", "ACTUAL", "实际", "inputs/scale"),
    AMOUNT("inputs/target", "TARGET/LIMIT", "目标/限值", "inputs/scale"),
    LAG_ONLY("inputs/gap_bp", "GAP", "差距", BP),
    LAG_ONLY("inputs/hit_ppm", "HIT", "达成概率", PPM),
    C("since", "SINCE", "起始时间", TIME),
    C("taken_by", "TAKEN BY", "认领人", TEXT),
    END,
};

const struct column listing_actions[] = {
    C("id", "ID", "编号", TEXT),
    C("state", "STATE", "状态", WORD),
    C("alert", "ALERT", "预警", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("owner", "OWNER", "负责人", TEXT),
    C("due", "DUE", "期限", TEXT),
    { "cause", "CAUSE", "原因", COLUMN_TEXT, NULL, 30, NULL, NULL },
    { "steps", "STEPS", "措施", COLUMN_TEXT, NULL, 40, NULL, NULL },
    { "result", "RESULT", "结果", COLUMN_TEXT, NULL, 40, NULL, NULL },
    END,
};

const struct column listing_deliveries[] = {
    C("id", "ID", "编号", TEXT),
    C("receiver", "RECEIVER", "接收方", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("alert", "ALERT", "预警", TEXT),
    C("event", "EVENT", "事件", WORD),
    C("state", "STATE", "状态", WORD),
    C("attempts", "ATTEMPTS", "次数", INT),
    C("sent_at", "SENT", "送达时间", TIME),
    { "last_error", "ERROR", "错误", COLUMN_TEXT, NULL, 60, NULL, NULL },
    END,
};

const struct column listing_scorecards[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("unit_type", "UNIT TYPE", "单元类型", TEXT),
    C("lines/#", "LINES", "项数", INT),
    C("floor_milli", "FLOOR", "下限", MILLI),
    C("cap_milli", "CAP", "上限", MILLI),
    C("version", "VERSION", "版本", INT),
    END,
};

const struct column listing_crediting_rules[] = {
    C("rule/code", "CODE", "编码", TEXT),        C("rule/title_zh", "TITLE", "名称", TEXT),
    C("rule/version", "VERSION", "版本", INT),   C("rule/order", "ORDER", "次序", INT),
    C("holds_from", "FROM", "起", TEXT),         C("holds_until", "UNTIL", "止", TEXT),
    C("holds", "HOLDS", "有效", BOOL),           C("rule/shares/#", "SHARES", "分成", INT),
    C("rule/overlays/#", "BESIDE", "另计", INT), C("rule/exclude", "EXCLUDES", "不计原因", TEXT),
    C("applied_by", "BY", "应用人", TEXT),       END,
};

const struct column listing_scores[] = {
    C("rank", "RANK", "名次", INT),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("unit_type", "TYPE", "类型", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("score_milli", "SCORE", "得分", MILLI),
    C("as_of", "AS OF", "截至", TEXT),
    C("closed", "CLOSED", "已关闭", BOOL),
    { "reason", "REASON", "说明", COLUMN_TEXT, NULL, 50, NULL, NULL },
    END,
};

const struct column listing_closings[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("closed_at", "AT", "关闭时间", TIME),
    C("closed_by", "BY", "关闭人", TEXT),
    C("statements", "STATEMENTS", "明细单数", INT),
    C("late_lines", "LATE", "迟到记录", INT),
    C("hash", "HASH", "摘要", TEXT),
    END,
};

const struct column listing_pay_plans[] = {
    C("code", "CODE", "编码", TEXT),           C("title_zh", "TITLE", "名称", TEXT),
    C("version", "VERSION", "版本", INT),      C("from", "FROM", "起始", TEXT),
    C("until", "UNTIL", "截止（不含）", TEXT), C("unit_types", "PAYS", "对象类型", LIST),
    C("cadence", "CADENCE", "周期类型", TEXT), C("components/#", "COMPONENTS", "组成部分数", INT),
    C("budget", "BUDGET", "预算", TEXT),       END,
};
