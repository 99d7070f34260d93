/* commands: every command of `bihuan` with its flags, and what it says about itself. */
#include "cli/cli.h"

#include <stdint.h>

#define MANY SIZE_MAX

const struct flag cli_globals[] = {
    { "url", 0, "URL", "gateway; else BIHUAN_URL, else http://127.0.0.1:8480",
      "网关地址；缺省取 BIHUAN_URL，再缺省 http://127.0.0.1:8480" },
    { "token", 0, "TOKEN", "bearer token; else BIHUAN_TOKEN", "访问令牌；缺省取 BIHUAN_TOKEN" },
    { "token-file", 0, "FILE", "file with the token; else BIHUAN_TOKEN_FILE", "令牌文件；缺省取 BIHUAN_TOKEN_FILE" },
    { "output", 'o', "FORMAT", "table, json or csv", "输出格式: table、json 或 csv" },
    { "lang", 0, "LANGUAGE", "zh or en; else by the locale", "zh 或 en；缺省按系统语言" },
    { "help", 'h', NULL, "tell about a command", "显示帮助" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct flag apply_flags[] = {
    { "file", 'f', "FILE|DIR", "manifest, folder of manifests, or - ; may be given several times",
      "清单文件、清单目录或 -；可多次给出" },
    { "dry-run", 0, NULL, "only show what would change", "仅显示将要发生的变更" },
    { "redefine", 0, NULL, "published measures may count something else; every fact is counted again",
      "允许修改已发布指标的口径；全部记录将重新计算" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag import_flags[] = {
    { "dry-run", 0, NULL, "only show the difference", "仅显示差异" },
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
    { "estimated", 0, "yes|no", "the year isn't published yet", "该年度尚未公布" },
    { "source", 0, "TEXT", "where the days come from", "来源" },
    { "dry-run", 0, NULL, "only show what would change", "仅显示将要发生的变更" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag export_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "xlsx", 0, "FILE", "spreadsheet to write", "要写入的表格文件" },
    { "unit", 0, "UNIT", "of this unit only", "仅此单元" },
    { "measure", 0, "M", "of this measure only", "仅此指标" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag unit_move_flags[] = {
    { "parent", 0, "UNIT", "its parent from then on", "新的上级" },
    { "from", 0, "DATE", "first day at the new place", "起始日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag merge_flags[] = {
    { "into", 0, "UNIT", "who takes its children and roles", "并入的单元" },
    { "from", 0, "DATE", "first day on which it is closed", "关闭首日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag close_unit_flags[] = {
    { "from", 0, "DATE", "first day on which it is closed", "关闭首日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "dry-run", 0, NULL, "only show what it would change", "仅显示影响" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag open_unit_flags[] = {
    { "reason", 0, "TEXT", "why", "原因" },
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
static const struct flag load_flags[] = {
    { "no-wait", 0, NULL, "do not wait until the files are read", "不等待读取完成" },
    { "timeout", 0, "SECONDS", "wait at most so long for each file (3600)", "每个文件最长等待秒数 (3600)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag files_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "state", 0, "STATE", "waiting, loading, loaded, partial, refused, duplicate", "按状态" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag rejects_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "reason", 0, "REASON", "with this reason only", "仅此原因" },
    { "release", 0, NULL, "read them again, after the cause was mended", "原因排除后重新读取" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag progress_flags[] = {
    { "measure", 0, "M", "of this measure only", "仅此指标" },
    { "period", 0, "P", "of this period", "周期" },
    { "by", 0, "WHAT", "children, channel or product", "按 children (下级)、channel (渠道) 或 product (产品)" },
    { "depth", 0, "N", "levels below the unit", "向下层级数" },
    { "as-of", 0, "DATE", "as it stood on a day", "截至某日" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag alerts_flags[] = {
    { "all", 0, NULL, "also those that are over", "包括已结束的" },
    { "unit", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "measure", 0, "M", "of this measure", "仅此指标" },
    { "rule", 0, "RULE", "of this rule", "仅此规则" },
    { "state", 0, "STATE", "in this state", "按状态" },
    { "inhibited", 0, NULL, "also those gathered under a root", "包括被上级预警合并的" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag note_flags[] = {
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag silence_flags[] = {
    { "hours", 0, "N", "for so long (24)", "静默小时数 (24)" },
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag action_flags[] = {
    { "cause", 0, "TEXT", "why it lags", "滞后原因" },
    { "steps", 0, "TEXT", "what will be done", "整改措施" },
    { "owner", 0, "PERSON", "who does it", "负责人" },
    { "due", 0, "DATE", "until when", "完成期限" },
    { "gain", 0, "AMOUNT", "what it will bring, in units of the measure", "承诺提升量（指标单位）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag actions_flags[] = {
    { "state", 0, "STATE", "open, done, verified, failed", "按状态" },
    { "alert", 0, "ID", "of this alert", "仅此预警" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag cycle_open_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "code", 0, "CODE", "its code (TEMPLATE-PERIOD)", "编码 (TEMPLATE-PERIOD)" },
    { "seat", 0, "ROLE=UNITS", "units that hold a role, parted by commas; several times",
      "担任角色的单元，逗号分隔；可多次给出" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag cycle_list_flags[] = {
    { "state", 0, "STATE", "open or done", "open 或 done" },
    { "period", 0, "P", "of this period", "周期" },
    { NULL, 0, NULL, NULL, NULL },
};
#define REVISION_FLAG                                                                                                  \
    {                                                                                                                  \
        "revision", 0, "N", "the revision that you saw; else the present one", "所见修订号；缺省为当前"     \
    }
static const struct flag submit_flags[] = {
    { "text", 0, "TEXT", "what is handed in, or a summary of the file", "提交内容，或附件摘要" },
    { "plan", 0, "PLAN", "version of a plan that it stands for, like plan:2026Q4/3",
      "对应的计划版本，如 plan:2026Q4/3" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag return_flags[] = {
    { "reason", 0, "TEXT", "why it is returned", "退回原因" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag approve_flags[] = {
    { "note", 0, "TEXT", "a note with the approval", "批准备注" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag remark_flags[] = {
    { "text", 0, "TEXT", "the note", "备注内容" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag attach_flags[] = {
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag reason_flags[] = {
    { "reason", 0, "TEXT", "why; it is kept", "原因（留存）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_issue_flags[] = {
    { "kind", 0, "KIND", "strategy, operation_guide, policy or practice_card",
      "strategy 策略、operation_guide 操作指引、policy 政策、practice_card 标杆经验" },
    { "title-zh", 0, "TEXT", "title in Chinese", "中文名称" },
    { "title-en", 0, "TEXT", "title in English", "英文名称" },
    { "text", 0, "TEXT", "what it says, or a summary of the file", "内容，或附件摘要" },
    { "unit", 0, "UNIT", "that issues it; you hold a role there", "下发单元（本人任职）" },
    { "due", 0, "DATE", "last day to acknowledge", "确认期限" },
    { "type", 0, "TYPE", "to units of this type; several times", "下发到此类单元；可多次给出" },
    { "under", 0, "UNIT", "to units at or below this one", "下发到此单元及其下级" },
    { "channel", 0, "CHANNEL", "to units of this channel; several times", "下发到此渠道；可多次给出" },
    { "to", 0, "UNIT", "to this unit as well; several times", "另下发到此单元；可多次给出" },
    { "question", 0, "TEXT", "to be answered with the acknowledgement", "确认时须回答的问题" },
    { "option", 0, "TEXT", "an answer to choose from; several times", "备选答案；可多次给出" },
    { "right", 0, "N", "number of the right one", "正确答案序号" },
    { "training", 0, NULL, "units report training as held", "要求报培训完成" },
    { "materials", 0, NULL, "units report materials as there", "要求报物料到位" },
    { "certificate", 0, "PRODUCT", "training counts with a certificate for this product only", "培训须持有此产品证书" },
    { "deliverable", 0, "ID", "deliverable that it comes from", "来源交付物" },
    { "practice-of", 0, "UNIT", "whose practice the card tells", "标杆单元" },
    { "measure", 0, "M", "measure that shows the practice's effect", "衡量效果的指标" },
    { "baseline-from", 0, "DATE", "first day of the baseline", "基线起始日" },
    { "baseline-until", 0, "DATE", "day behind its last", "基线截止日（不含）" },
    { "effect-until", 0, "DATE", "day up to which the effect is measured", "效果评估截止日（不含）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_list_flags[] = {
    { "kind", 0, "KIND", "of this kind", "种类" },
    { "unit", 0, "UNIT", "addressed to this unit", "下发到此单元" },
    { "all", 0, NULL, "earlier versions too", "包括旧版本" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_show_flags[] = {
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_ack_flags[] = {
    { "unit", 0, "UNIT", "for this unit", "单元" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "answer", 0, "N", "number of the answer to its question", "问题答案序号" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_ready_flags[] = {
    { "unit", 0, "UNIT", "for this unit", "单元" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "training", 0, NULL, "training was held", "培训已完成" },
    { "materials", 0, NULL, "materials are there", "物料已到位" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag guide_readiness_flags[] = {
    { "unit", 0, "UNIT", "at this unit and its children; else from the top", "此单元及其下级；缺省自顶层" },
    { "version", 0, "N", "the version that you read; else the latest", "所读版本；缺省为最新" },
    { "each", 0, NULL, "every unit, not rolled up", "逐个单元" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag plan_list_flags[] = {
    { "kind", 0, "KIND", "local or account", "local 本地方案 或 account 客户计划" },
    { "unit", 0, "UNIT", "of this unit", "单元" },
    { "period", 0, "P", "of this period", "周期" },
    { "state", 0, "STATE", "draft, submitted, returned, approved", "按状态" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag plan_show_flags[] = {
    { "version", 0, "N", "this version; else the latest", "版本；缺省为最新" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag local_step_flags[] = {
    { "result", 0, "TEXT", "what came of it, or why it is dropped", "结果，或放弃原因" },
    { "drop", 0, NULL, "give the step up", "放弃此步骤" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_move_flags[] = {
    { "note", 0, "TEXT", "a note; the reason where it goes back", "备注；退回时为原因" },
    { "back", 0, NULL, "return it to the step before", "退回上一步" },
    REVISION_FLAG,
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_confirm_flags[] = {
    { "unit", 0, "UNIT", "where it has arrived", "到货单元" },
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag material_list_flags[] = {
    { "state", 0, "STATE", "requested, designed, localised, shipped, confirmed", "按状态" },
    { "unit", 0, "UNIT", "addressed to this unit", "下发到此单元" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag certificate_issue_flags[] = {
    { "from", 0, "DATE", "valid from", "生效日" },
    { "until", 0, "DATE", "day behind the last; else open", "截止日（不含）；缺省为长期" },
    { "unit", 0, "UNIT", "that trained; you hold a role there", "培训单元（本人任职）" },
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag certificate_list_flags[] = {
    { "person", 0, "PERSON", "of this person", "人员" },
    { "product", 0, "PRODUCT", "for this product", "产品" },
    { "day", 0, "DATE", "valid on this day", "当日有效" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag scores_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "type", 0, "TYPE", "of units of this type", "单元类型" },
    { "under", 0, "UNIT", "below this unit", "此单元的下级" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag statement_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "measure", 0, "M", "credits of this measure only", "仅此指标的明细" },
    { "credits", 0, "N", "so many records behind the score (20)", "得分明细条数 (20)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag close_flags[] = {
    { "force", 0, NULL, "though the data does not reach its end yet", "数据尚未到期末也关闭" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag verify_flags[] = {
    { "from", 0, "DATE", "first day", "起始日" },
    { "until", 0, "DATE", "day behind the last", "截止日（不含）" },
    { "timeout", 0, "SECONDS", "wait so long for each part until all have read the same (60)",
      "每部分等待各服务读到同一位置的秒数 (60)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag watch_flags[] = {
    { "topics", 0, "LIST", "plan,feed,alert,action,progress,score", "plan,feed,alert,action,progress,score" },
    { "count", 0, "N", "end after N events", "收到 N 个事件后结束" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag token_flags[] = {
    { "permission", 'p', "RIGHT", "what it may do; several times", "权限；可多次给出" },
    { "subtree", 0, "UNIT", "sees only this unit and below", "仅可见此单元及其下级" },
    { "days", 0, "N", "ends after so many days", "有效天数" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct flag programme_flags[] = {
    { "as", 0, "PART", "seller, office or budget, where the unit has several parts",
      "以 seller、office 或 budget 身份" },
    { "revision", 0, "N", "the revision that you read; else the present one", "所读的修订号；缺省为当前" },
    { "note", 0, "TEXT", "what others should know; a refusal needs one", "备注；拒绝时必填" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag programme_end_flags[] = {
    { "day", 0, "DATE", "first day on which it no longer holds; else today", "失效日；缺省今日" },
    { "reason", 0, "TEXT", "why", "原因" },
    { "revision", 0, "N", "the revision that you read; else the present one", "所读的修订号；缺省为当前" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command cli_commands[] = {
    { "apply", "-f FILE|DIR [--dry-run]", 0, 0, apply_flags, "Bring manifests into force", "应用清单", cmd_apply },
    { "import", "KIND FILE.csv|FILE.xlsx", 2, 2, import_flags, "Bring a table of one kind into force",
      "导入一类数据的表格", cmd_import },
    { "measure try", "-f FILE [--code MEASURE]", 0, 0, try_flags, "What a definition yields on recorded facts",
      "试算指标定义", cmd_measure_try },
    { "calendar show", "CALENDAR", 1, 1, show_calendar_flags, "A calendar, its weights and days", "显示日历",
      cmd_calendar_show },
    { "calendar learn", "CALENDAR --measure M --from DATE --until DATE", 1, 1, learn_flags,
      "Weights of days from what was sold", "由历史学习日权重", cmd_calendar_learn },
    { "calendar set", "CALENDAR", 1, 1, set_calendar_flags, "Change weights and days", "修改日历", cmd_calendar_set },
    { "target list", "[UNIT]", 0, 1, target_list_flags, "Targets", "目标", cmd_target_list },
    { "target set", "UNIT AMOUNT", 2, 2, target_set_flags, "Change a target; what depends on it follows", "调整目标",
      cmd_target_set },
    { "target decompose", "UNIT", 1, 1, target_cut_flags, "Cut a target into parts", "目标分解", cmd_target_decompose },
    { "target whatif", "UNIT", 1, 1, target_cut_flags, "The same without writing anything, with its risk", "分解试算",
      cmd_target_whatif },
    { "target transfer", "FROM TO AMOUNT", 3, 3, target_transfer_flags, "Move an amount between two targets",
      "目标划转", cmd_target_transfer },
    { "target explain", "UNIT", 1, 1, target_cell_flags, "How a target came to its amount", "目标的由来",
      cmd_target_explain },
    { "target draft", "UNIT AMOUNT", 2, 2, target_set_flags, "Hand in what a unit can reach", "自报目标",
      cmd_target_draft },
    { "target gap", "[UNIT]", 0, 1, target_gap_flags, "Targets beside what units handed in", "上下差距",
      cmd_target_gap },
    { "target talks", "[UNIT]", 0, 1, target_gap_flags, "Where units stand with their targets", "目标协商状态",
      cmd_target_talks },
    { "target propose", "UNIT", 1, 1, target_answer_flags, "Propose targets to those below a unit", "向下级下达征求",
      cmd_target_answer },
    { "target accept", "UNIT", 1, 1, target_answer_flags, "Accept a unit's targets", "接受目标", cmd_target_answer },
    { "target ask", "UNIT", 1, 1, target_answer_flags, "Ask for other targets", "申请调整", cmd_target_answer },
    { "target grant", "UNIT", 1, 1, target_answer_flags, "Grant what a unit asked for", "同意调整", cmd_target_answer },
    { "target decline", "UNIT", 1, 1, target_answer_flags, "Decline what a unit asked for", "驳回调整",
      cmd_target_answer },
    { "target recall", "UNIT", 1, 1, target_answer_flags, "Take proposed targets back", "收回目标", cmd_target_answer },
    { "target remind", "UNIT", 1, 1, target_answer_flags, "Remind a unit of its answer", "催办", cmd_target_answer },
    { "target submit", "PERIOD", 1, 1, target_step_flags, "Hand a draft in for approval", "提交审批", cmd_target_step },
    { "target approve", "PERIOD", 1, 1, target_step_flags, "Approve what somebody else submitted", "批准",
      cmd_target_step },
    { "target return", "PERIOD", 1, 1, target_step_flags, "Return a version to draft", "退回", cmd_target_step },
    { "target publish", "PERIOD", 1, 1, target_step_flags, "Bring the version in the works into force", "发布",
      cmd_target_step },
    { "target revise", "PERIOD", 1, 1, target_step_flags, "Open a revision of the published plan", "修订",
      cmd_target_step },
    { "target versions", "[PERIOD]", 0, 1, NULL, "Versions of plans", "计划版本", cmd_plan_versions },
    { "target diff", "PERIOD", 1, 1, plan_diff_flags, "What two versions differ in", "版本差异", cmd_plan_diff },
    { "target lint", "PERIOD", 1, 1, plan_lint_flags, "What is wrong or doubtful before publishing", "发布前检查",
      cmd_plan_lint },
    { "weights learn", "[UNIT]", 0, 1, weights_flags, "Make a weight set of a past period's results",
      "由历史结果生成权重集", cmd_weights_learn },
    { "weights list", "SET", 1, 1, weights_flags, "Numbers of a weight set", "权重集内容", cmd_weights_list },
    { "target export", "--period P --xlsx FILE", 0, 0, export_flags, "Targets as a spreadsheet", "导出目标表格",
      cmd_target_export },
    { "target import", "FILE.xlsx", 1, 1, import_flags, "Draft what was changed in an exported spreadsheet",
      "导入修改后的目标表格", cmd_target_import },
    { "unit move", "UNIT --parent UNIT --from DATE", 1, 1, unit_move_flags, "Put a unit under another parent",
      "调整单元的上级", cmd_unit_move },
    { "unit merge", "UNIT --into UNIT --from DATE", 1, 1, merge_flags, "Merge a unit into another", "合并单元",
      cmd_unit_merge },
    { "unit close", "UNIT --from DATE", 1, 1, close_unit_flags, "Close a unit", "关闭单元", cmd_unit_close },
    { "unit open", "UNIT", 1, 1, open_unit_flags, "Open a closed unit again", "重新启用单元", cmd_unit_open },
    { "person hand-over", "PERSON --to PERSON --from DATE", 1, 1, hand_over_flags,
      "A person leaves, another takes over", "离岗移交", cmd_person_hand_over },
    { "get", "KIND [CODE]", 1, 2, get_flags, "List what is there", "列出已有内容", cmd_get },
    { "programme agree", "CODE UNIT", 2, 2, programme_flags, "Agree to a cross-sell programme for a unit",
      "代表单元同意交叉销售方案", cmd_programme_agree },
    { "programme refuse", "CODE UNIT", 2, 2, programme_flags, "Refuse a cross-sell programme, with the reason",
      "说明理由并拒绝交叉销售方案", cmd_programme_refuse },
    { "programme end", "CODE", 1, 1, programme_end_flags, "End a programme before its time", "提前结束交叉销售方案",
      cmd_programme_end },
    { "feed load", "FEED FILE...", 2, MANY, load_flags, "Upload files and wait until they are read",
      "上传文件并等待读取", cmd_feed_load },
    { "feed status", "[FEED]", 0, 1, NULL, "How far the feeds are complete", "各数据源的完整程度", cmd_feed_status },
    { "feed files", "", 0, 0, files_flags, "Files that arrived", "已到达的文件", cmd_feed_files },
    { "feed rejects", "", 0, 0, rejects_flags, "Rows that wait and why", "待处理的记录及原因", cmd_feed_rejects },
    { "progress", "[UNIT]", 0, 1, progress_flags, "Where units stand against their targets", "目标完成进度",
      cmd_progress },
    { "alerts", "", 0, 0, alerts_flags, "Alerts", "滞后预警", cmd_alerts },
    { "alert take", "ID", 1, 1, note_flags, "Take an alert in hand", "认领预警", cmd_alert_take },
    { "alert silence", "ID", 1, 1, silence_flags, "Send no notices for some hours", "静默预警", cmd_alert_silence },
    { "alert explain", "ID", 1, 1, NULL, "Why an alert was raised and what clears it", "预警的由来与解除条件",
      cmd_alert_explain },
    { "action open", "ALERT", 1, 1, action_flags, "Open a corrective action", "发起整改", cmd_action_open },
    { "action done", "ID", 1, 1, note_flags, "Report an action as done", "整改完成", cmd_action_done },
    { "action list", "", 0, 0, actions_flags, "Corrective actions", "整改工单", cmd_action_list },
    { "cycle open", "TEMPLATE", 1, 1, cycle_open_flags, "Open a cycle for a period", "发起周期流程", cmd_cycle_open },
    { "cycle list", "", 0, 0, cycle_list_flags, "Cycles", "周期流程列表", cmd_cycle_list },
    { "cycle show", "CYCLE|DELIVERABLE", 1, 1, NULL, "A cycle with its deliverables, or one deliverable",
      "周期流程及交付物，或单个交付物", cmd_cycle_show },
    { "cycle submit", "DELIVERABLE", 1, 1, submit_flags, "Hand a deliverable in", "提交交付物", cmd_cycle_submit },
    { "cycle return", "DELIVERABLE", 1, 1, return_flags, "Return a deliverable with a reason", "退回交付物",
      cmd_cycle_return },
    { "cycle approve", "DELIVERABLE", 1, 1, approve_flags, "Approve a deliverable", "批准交付物", cmd_cycle_approve },
    { "cycle note", "DELIVERABLE", 1, 1, remark_flags, "Add a note to a deliverable", "备注交付物", cmd_cycle_note },
    { "cycle attach", "DELIVERABLE FILE", 2, 2, attach_flags, "Attach a file", "附加文件", cmd_cycle_attach },
    { "cycle fetch", "ATTACHMENT FILE", 2, 2, NULL, "Write an attached file to disk", "下载附件", cmd_cycle_fetch },
    { "cycle override", "CYCLE STAGE", 2, 2, reason_flags, "Open a stage before its gates are approved", "提前开放阶段",
      cmd_cycle_override },
    { "guide issue", "CODE", 1, 1, guide_issue_flags, "Issue a guide, or its next version", "下发指引或新版本",
      cmd_guide_issue },
    { "guide list", "", 0, 0, guide_list_flags, "Guides", "指引列表", cmd_guide_list },
    { "guide show", "CODE", 1, 1, guide_show_flags, "One guide with its files", "指引详情", cmd_guide_show },
    { "guide ack", "CODE", 1, 1, guide_ack_flags, "Acknowledge a guide for a unit", "确认指引", cmd_guide_ack },
    { "guide ready", "CODE", 1, 1, guide_ready_flags, "Report training held, materials there", "上报就绪",
      cmd_guide_ready },
    { "guide readiness", "CODE", 1, 1, guide_readiness_flags, "How far a guide has come along the tree",
      "指引到达与就绪情况", cmd_guide_readiness },
    { "guide attach", "CODE FILE", 2, 2, NULL, "Attach a file to a guide", "为指引附加文件", cmd_guide_attach },
    { "plan save", "FILE", 1, 1, attach_flags, "Save a local or account plan from a file of YAML",
      "保存本地方案或客户计划", cmd_plan_save },
    { "plan list", "", 0, 0, plan_list_flags, "Local and account plans", "本地方案与客户计划", cmd_plan_list },
    { "plan show", "CODE", 1, 1, plan_show_flags, "One plan with sections, steps and history", "方案详情",
      cmd_plan_show },
    { "plan submit", "CODE", 1, 1, attach_flags, "Hand a plan in", "提交方案", cmd_plan_submit },
    { "plan return", "CODE", 1, 1, return_flags, "Return a plan with a reason", "退回方案", cmd_plan_return },
    { "plan approve", "CODE", 1, 1, approve_flags, "Approve a plan", "批准方案", cmd_plan_approve },
    { "plan revise", "CODE", 1, 1, reason_flags, "Begin another version of an approved plan", "修订已批准的方案",
      cmd_plan_revise },
    { "plan offer", "CODE AMOUNT", 2, 2, attach_flags, "Propose or offer the target figure of an account plan",
      "提出客户计划目标值", cmd_plan_offer },
    { "plan step", "CODE NUMBER", 2, 2, local_step_flags, "Report a step as done, or drop it", "上报步骤完成或放弃",
      cmd_plan_step },
    { "material request", "FILE", 1, 1, NULL, "Ask for a tool or material, from a file of YAML", "申请营销工具或物料",
      cmd_material_request },
    { "material move", "CODE", 1, 1, material_move_flags, "Report the next step: designed, localised, shipped",
      "推进物料：设计、本地化、配送", cmd_material_move },
    { "material confirm", "CODE", 1, 1, material_confirm_flags, "Confirm that it has arrived at a unit", "确认到货",
      cmd_material_confirm },
    { "material list", "", 0, 0, material_list_flags, "Tools and materials", "营销工具与物料", cmd_material_list },
    { "certificate issue", "PERSON PRODUCT", 2, 2, certificate_issue_flags, "Certify a person's training",
      "发放培训证书", cmd_certificate_issue },
    { "certificate list", "", 0, 0, certificate_list_flags, "Certificates of training", "培训证书",
      cmd_certificate_list },
    { "task list", "[PERSON]", 0, 1, NULL, "What you (or another) have to do", "待办事项", cmd_task_list },
    { "scores", "[UNIT]", 0, 1, scores_flags, "Scores", "激励得分", cmd_scores },
    { "rank", "", 0, 0, scores_flags, "Units by rank", "排名", cmd_rank },
    { "statement", "UNIT", 1, 1, statement_flags, "A score down to its records", "得分明细单", cmd_statement },
    { "period close", "PERIOD", 1, 1, close_flags, "Close a period for good", "关闭周期", cmd_period_close },
    { "verify", "", 0, 0, verify_flags, "Recompute everything and compare", "全部重算并比对", cmd_verify },
    { "status", "", 0, 0, NULL, "State of the daemons", "各服务状态", cmd_status },
    { "watch", "", 0, 0, watch_flags, "Show events as they happen", "实时显示事件", cmd_watch },
    { "token create", "NAME", 1, 1, token_flags, "Make a bearer token", "创建令牌", cmd_token_create },
    { "token list", "", 0, 0, NULL, "Bearer tokens", "令牌列表", cmd_token_list },
    { "token revoke", "ID", 1, 1, NULL, "Revoke a bearer token", "吊销令牌", cmd_token_revoke },
    { "key create", "FILE", 1, 1, NULL, "Make a daemon's key pair for the bus; prints the public key",
      "生成总线密钥对，输出公钥", cmd_key_create },
    { "version", "", 0, 0, NULL, "Version", "版本", cmd_version },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
