/* ledger_columns: see ledger_columns.h. */
#include "cli/ledger_columns.h"
#include "cli/columns.h"

#define CELL                                                                                                           \
    C("unit", "UNIT", "单元", TEXT), C("measure", "MEASURE", "指标", TEXT), C("channel", "CHANNEL", "渠道", TEXT),     \
        C("product", "PRODUCT", "产品", TEXT)

const struct column ledger_nothing[] = { END };
const struct column ledger_target_columns[] = {
    CELL,
    C("amount", "AMOUNT", "目标值", TEXT),
    C("hedge", "HEDGE", "加码", TEXT),
    C("revision", "REVISION", "修订", INT),
    END,
};
const struct column ledger_gap_columns[] = {
    CELL,
    C("amount", "PLAN", "计划", TEXT),
    C("draft", "DRAFT", "自报", TEXT),
    C("below", "BELOW", "下级自报", TEXT),
    C("gap", "GAP", "差距", TEXT),
    C("state", "STATE", "状态", WORD),
    C("handed_in_by", "BY", "提交人", TEXT),
    END,
};
const struct column ledger_talk_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("state", "STATE", "状态", WORD),
    C("since", "SINCE", "起始时间", TIME),
    C("reminders", "REMINDED", "催办次数", INT),
    C("asks/0/measure", "ASKS", "申请指标", TEXT),
    C("asks/0/amount", "AMOUNT", "申请值", TEXT),
    END,
};
const struct column ledger_act_fields[] = {
    C("period", "period", "周期", TEXT),
    C("version", "version", "版本", INT),
    C("act", "entry in the ledger", "台账编号", INT),
    C("changed", "changed", "变更数", INT),
    C("also", "other periods", "其他周期", LIST),
    END,
};
const struct column ledger_cut_fields[] = {
    C("period", "period", "周期", TEXT),
    C("version", "version", "版本", INT),
    C("slices", "slices", "维度组合", INT),
    C("cells", "targets", "目标数", INT),
    C("changed", "changed", "变更数", INT),
    C("also", "other periods", "其他周期", LIST),
    END,
};
const struct column ledger_cut_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    CELL,
    C("before", "BEFORE", "原值", TEXT),
    C("amount", "AMOUNT", "目标值", TEXT),
    C("hedge", "HEDGE", "加码", TEXT),
    { "history_mean", "HISTORY", "历史均值", COLUMN_AMOUNT, "scale", 0, NULL, "has_risk=true" },
    { "spread_ppm", "SPREAD", "波动", COLUMN_PPM, NULL, 0, NULL, "has_risk=true" },
    { "risk_ppm", "RISK", "未达风险", COLUMN_PPM, NULL, 0, NULL, "has_risk=true" },
    END,
};
const struct column ledger_explain_fields[] = {
    C("unit", "unit", "单元", TEXT),
    C("measure", "measure", "指标", TEXT),
    C("version", "version", "版本", INT),
    C("amount", "target", "目标值", TEXT),
    C("hedge", "hedge", "加码", TEXT),
    C("draft", "handed in", "自报", TEXT),
    C("revision", "revision", "修订", INT),
    C("cut/parent", "cut from", "拆分自", TEXT),
    C("cut/parent_amount", "which had", "上级目标", TEXT),
    C("cut/how", "how", "方式", WORD),
    C("cut/from_period", "in period", "来源周期", TEXT),
    C("cut/siblings", "among", "同级数", INT),
    C("cut/weight", "weight", "权重", INT),
    C("cut/weights", "of", "权重合计", INT),
    C("cut/ideal", "own exact part", "自身精确份额", TEXT),
    C("cut/share", "exact share", "精确份额", TEXT),
    C("cut/quotient", "quotient", "整数份额", TEXT),
    C("cut/remainder_ppm", "remainder", "余数", PPM),
    C("cut/rank", "place by remainder", "余数名次", INT),
    C("cut/dealt", "units dealt by it", "按余数分出单位数", INT),
    C("cut/extra", "got the next unit", "获余数一单位", BOOL),
    C("cut/equal", "cut equally", "均分", BOOL),
    C("cut/floor", "floor", "下限", TEXT),
    C("cut/ceiling", "ceiling", "上限", TEXT),
    C("cut/at_floor", "held up by the floor", "受下限约束", BOOL),
    C("cut/at_ceiling", "held down by the ceiling", "受上限约束", BOOL),
    C("cut/left_over", "what the columns before left", "取前列余额", BOOL),
    C("cut/rest", "kept above or gone", "上级自留及撤并", TEXT),
    C("cut/curve_before", "curve before", "此前曲线权重", INT),
    C("cut/curve_through", "curve through", "累计曲线权重", INT),
    C("cut/curve_total", "of the curve", "曲线总权重", INT),
    C("bound/lock", "locked now", "当前锁定", WORD),
    END,
};
const struct column ledger_figure_columns[] = {
    C("kind", "WEIGHT", "权重", WORD),  C("set", "SET", "权重集", TEXT),     C("share", "SHARE", "占比", INT),
    C("value", "FIGURE", "数值", TEXT), C("of", "OF ALL", "同级合计", TEXT), END,
};
const struct column ledger_chain_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("amount", "HAD", "当时目标", TEXT),
    C("given", "CUT TO", "拆分值", TEXT),
    C("how", "HOW", "方式", WORD),
    C("parent", "FROM", "来自", TEXT),
    C("parent_amount", "OF", "上级值", TEXT),
    C("share", "EXACT SHARE", "精确份额", TEXT),
    C("rank", "PLACE", "余数名次", INT),
    C("dealt", "DEALT", "分出", INT),
    C("floor", "FLOOR", "下限", TEXT),
    C("ceiling", "CEILING", "上限", TEXT),
    C("act", "ENTRY", "编号", ID),
    C("at", "AT", "时间", TIME),
    C("person", "BY", "操作人", TEXT),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 30, NULL, NULL },
    END,
};
const struct column ledger_entry_columns[] = {
    C("act", "ENTRY", "编号", ID),
    C("version", "VERSION", "版本", INT),
    C("at", "AT", "时间", TIME),
    C("kind", "WHAT", "类别", WORD),
    C("amount", "AMOUNT", "变动", TEXT),
    C("follows", "FOLLOWED", "联动", BOOL),
    C("person", "BY", "操作人", TEXT),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 50, NULL, NULL },
    END,
};
const struct column ledger_seen_fields[] = {
    C("version", "version", "版本", INT),
    C("revision", "revision", "修订号", INT),
    C("state", "state", "状态", WORD),
    C("lines", "targets", "目标数", INT),
    C("began_from", "began from version", "起自版本", INT),
    C("reason", "reason", "原因", TEXT),
    C("submitted_by", "submitted by", "提交人", TEXT),
    C("approved_by", "approved by", "批准人", TEXT),
    END,
};
const struct column ledger_with_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("revision", "REVISION", "修订号", INT),
    END,
};
const struct column ledger_version_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("revision", "REVISION", "修订号", INT),
    C("state", "STATE", "状态", WORD),
    C("began_from", "FROM", "起自", INT),
    C("lines", "TARGETS", "目标数", INT),
    C("calendar_version", "CALENDAR", "日历版本", INT),
    C("submitted_by", "SUBMITTED BY", "提交人", TEXT),
    C("approved_by", "APPROVED BY", "批准人", TEXT),
    C("published_by", "PUBLISHED BY", "发布人", TEXT),
    C("published_at", "AT", "发布时间", TIME),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 40, NULL, NULL },
    END,
};
const struct column ledger_move_columns[] = {
    C("at", "AT", "时间", TIME),       C("from", "FROM", "原状态", WORD),   C("to", "TO", "状态", WORD),
    C("person", "BY", "操作人", TEXT), C("reason", "REASON", "原因", TEXT), END,
};
const struct column ledger_consent_columns[] = {
    C("code", "WARNING", "警告", TEXT),
    C("person", "ACCEPTED BY", "同意人", TEXT),
    C("at", "AT", "时间", TIME),
    C("ended_at", "ENDED", "失效时间", TIME),
    END,
};
const struct column ledger_diff_fields[] = {
    C("from_version", "from version", "原版本", INT),
    C("to_version", "to version", "新版本", INT),
    C("changed", "changed", "变更", INT),
    C("added", "added", "新增", INT),
    C("removed", "removed", "删除", INT),
    END,
};
const struct column ledger_diff_columns[] = {
    CELL,
    C("before", "BEFORE", "原值", TEXT),
    C("after", "AFTER", "新值", TEXT),
    C("change", "CHANGE", "变动", TEXT),
    C("change_ppm", "OF IT", "幅度", PPM),
    C("summed", "SUMMED", "汇总", BOOL),
    END,
};
const struct column ledger_lint_fields[] = {
    C("version", "version", "版本", INT),
    C("errors", "errors", "错误", INT),
    C("warnings", "warnings", "警告", INT),
    C("notices", "notices", "提示", INT),
    C("revision", "revision", "修订号", INT),
    C("consented", "accepted", "已同意", LIST),
    END,
};
const struct column ledger_lint_columns[] = {
    C("severity", "SEVERITY", "级别", WORD), C("code", "CODE", "编码", TEXT),    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),   C("message", "WHAT", "说明", TEXT), END,
};
const struct column ledger_weight_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("value", "VALUE", "值", TEXT),
    C("learned", "FROM FACTS", "由业务数据得出", BOOL),
    END,
};
const struct column ledger_role_columns[] = {
    C("code", "ROLE", "角色", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("does", "DOES", "职责", LIST),
    END,
};
const struct column ledger_set_columns[] = {
    C("code", "CODE", "编码", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("kind", "KIND", "类别", WORD),
    C("measure", "MEASURE", "指标", TEXT),
    C("day", "DAY", "日期", TEXT),
    C("source", "SOURCE", "来源", TEXT),
    END,
};
const struct column ledger_fit_columns[] = {
    C("code", "CODE", "编码", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("fit", "FIT", "适配", WORD),
    C("weight_ppm", "WEIGHT", "权重", PPM),
    C("capacity", "CAPACITY", "能力", TEXT),
    END,
};
const struct column ledger_bound_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("lock", "LOCKED", "锁定", WORD),
    C("floor", "FLOOR", "下限", TEXT),
    C("ceiling", "CEILING", "上限", TEXT),
    C("floor_ppm", "FLOOR OF IT", "下限比例", PPM),
    C("ceiling_ppm", "CEILING OF IT", "上限比例", PPM),
    C("against", "AGAINST", "对比权重集", TEXT),
    C("person", "BY", "操作人", TEXT),
    C("at", "AT", "时间", TIME),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 50, NULL, NULL },
    END,
};
const struct column ledger_cut_kept_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("over", "OVER", "拆分维度", WORD),
    C("into", "INTO", "拆分到", LIST),
    C("person", "BY", "操作人", TEXT),
    C("at", "AT", "时间", TIME),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 50, NULL, NULL },
    END,
};
const struct column ledger_mark_fields[] = {
    C("period", "period", "周期", TEXT),
    C("version", "version", "版本", INT),
    C("changed", "changed", "已变更", BOOL),
    END,
};
