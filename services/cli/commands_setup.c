/* commands_setup: commands about the organisation and what is defined; see commands.h. */
#include "cli/cli.h"
#include "cli/commands.h"

static const struct flag apply_flags[] = {
    { "file", 'f', "FILE|DIR", "manifest, folder of manifests, or - ; may be given several times",
      "清单文件、清单目录或 -；可多次给出" },
    { "dry-run", 0, NULL, "only show what would change", "仅显示将要发生的变更" },
    { "redefine", 0, NULL, "published measures may count something else; every fact is counted again",
      "允许修改已发布指标的口径；全部记录将重新计算" },
    { "consent", 0, "targets_unbalanced", "units may get another parent though sums of plans no longer hold by it",
      "即使计划目标合计不再平衡也允许调整隶属关系" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag try_flags[] = {
    { "file", 'f', "FILE", "manifest with the definitions", "含指标定义的清单" },
    { "code", 0, "MEASURE", "this one of the file, or one that is published", "文件中的此指标，或已发布的指标" },
    { "from", 0, "DATE", "first day", "起始日" },
    { "until", 0, "DATE", "day behind the last", "截止日（不含）" },
    { "unit", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "top", 0, "N", "so many units with the largest sums (10)", "合计最大的单元数 (10)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag show_calendar_flags[] = {
    { "from", 0, "DATE", "show each day from here", "逐日显示的起始日" },
    { "until", 0, "DATE", "day behind the last", "截止日（不含）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag learn_flags[] = {
    { "measure", 0, "M", "learn from what this measure counted", "所依据的指标" },
    { "from", 0, "DATE", "first day of the history", "历史起始日" },
    { "until", 0, "DATE", "day behind the last", "历史截止日（不含）" },
    { "unit", 0, "UNIT", "of this unit and below (all)", "此单元及其下级（全部）" },
    { "days", 0, "CALENDAR", "whose days the history's are, besides its own; several times",
      "历史各日所属日历，可多次给出" },
    { "parent", 0, "CALENDAR", "whose weights to lean on (its own)", "收缩所向的日历（自身）" },
    { "set", 0, NULL, "take the weights over", "采用所得权重" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag set_calendar_flags[] = {
    { "weight", 0, "CLASS=N", "weight of a class of days; several times", "日类型权重，可多次给出" },
    { "day", 0, "DATE=CLASS[:NAME]", "class of a day; DATE= follows the week again; several times",
      "某日的类型；DATE= 恢复按星期；可多次给出" },
    { "month-end", 0, "PPM,...", "factors of a month's last days, the last first; \"\" none",
      "月末各日系数，末日在先" },
    { "quarter-end", 0, "PPM,...", "factors of a quarter's last days", "季末各日系数" },
    { "hours", 0, "PPM,...", "24 shares of a day, from 00:00, that sum to 1000000; \"\" takes them out",
      "自 0 点起 24 个小时的占比，合计 1000000；\"\" 为取消" },
    { "estimated", 0, "yes|no", "the year isn't published yet", "该年度尚未公布" },
    { "source", 0, "TEXT", "where the days come from", "来源" },
    { "dry-run", 0, NULL, "only show what would change", "仅显示将要发生的变更" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag unit_move_flags[] = {
    { "parent", 0, "UNIT", "its parent from then on", "新的上级" },
    { "from", 0, "DATE", "first day at the new place", "起始日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "consent", 0, "targets_unbalanced", "go on though sums of plans no longer hold", "目标合计不再平衡仍继续" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag merge_flags[] = {
    { "into", 0, "UNIT", "who takes its children and roles", "并入的单元" },
    { "from", 0, "DATE", "first day on which it is closed", "关闭首日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "consent", 0, "targets_unbalanced", "go on though sums of plans no longer hold", "目标合计不再平衡仍继续" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag close_unit_flags[] = {
    { "from", 0, "DATE", "first day on which it is closed", "关闭首日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "consent", 0, "targets_unbalanced", "go on though sums of plans no longer hold", "目标合计不再平衡仍继续" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag open_unit_flags[] = {
    { "reason", 0, "TEXT", "why", "原因" },
    { "consent", 0, "targets_unbalanced", "go on though sums of plans no longer hold", "目标合计不再平衡仍继续" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag hand_over_flags[] = {
    { "to", 0, "PERSON", "who takes over", "接任人" },
    { "from", 0, "DATE", "first day without the leaver", "离岗首日" },
    { "pass-roles", 0, NULL, "the roles go to the successor as well", "角色一并移交" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag get_flags[] = {
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { "all", 0, NULL, "all rows", "全部行" },
    { "filter", 0, "NAME=VALUE", "as the API takes it, e.g. type=city; several times",
      "接口的过滤条件，如 type=city；可多次给出" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command commands_setup[] = {
    { "apply", "-f FILE|DIR [--dry-run]", 0, 0, apply_flags, "Bring manifests into force", "应用清单", cmd_apply },
    { "import", "KIND FILE.csv|FILE.xlsx", 2, 2, import_flags, "Bring a table of one kind into force",
      "导入一类数据的表格", cmd_import },
    { "measure try", "-f FILE [--code MEASURE]", 0, 0, try_flags, "What a definition yields on recorded facts",
      "试算指标定义", cmd_measure_try },
    { "calendar show", "CALENDAR", 1, 1, show_calendar_flags, "A calendar, its weights and days", "显示日历",
      cmd_calendar_show },
    { "calendar learn", "CALENDAR --measure M --from DATE --until DATE", 1, 1, learn_flags,
      "Weights of days from what was sold", "由历史学习日权重", cmd_calendar_learn },
    { "calendar versions", "CALENDAR", 1, 1, NULL, "Every version of a calendar", "日历的各版本",
      cmd_calendar_versions },
    { "calendar set", "CALENDAR", 1, 1, set_calendar_flags, "Change weights and days", "修改日历", cmd_calendar_set },
    { "unit move", "UNIT --parent UNIT --from DATE", 1, 1, unit_move_flags, "Put a unit under another parent",
      "调整单元的上级", cmd_unit_move },
    { "unit merge", "UNIT --into UNIT --from DATE", 1, 1, merge_flags, "Merge a unit into another", "合并单元",
      cmd_unit_merge },
    { "unit close", "UNIT --from DATE", 1, 1, close_unit_flags, "Close a unit", "关闭单元", cmd_unit_close },
    { "unit open", "UNIT", 1, 1, open_unit_flags, "Open a closed unit again", "重新启用单元", cmd_unit_open },
    { "person hand-over", "PERSON --to PERSON --from DATE", 1, 1, hand_over_flags,
      "A person leaves, another takes over", "离岗移交", cmd_person_hand_over },
    { "person holdings", "SALES-UNIT", 1, 1, holdings_flags, "Open opportunities and customers that go with a seat",
      "销售席位名下的商机与客户", cmd_person_holdings },
    { "get", "KIND [CODE]", 1, 2, get_flags, "List what is there", "列出已有内容", cmd_get },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
