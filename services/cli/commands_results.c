/* commands_results: commands about orders, progress, alerts and scores; see commands.h. */
#include "cli/cmd_desk.h"
#include "cli/commands.h"

#include <stdint.h>

#define MANY SIZE_MAX

static const struct flag load_flags[] = {
    { "no-wait", 0, NULL, "do not wait until the files are read", "不等待读取完成" },
    { "timeout", 0, "SECONDS", "wait at most so long for each file (3600)", "每个文件最长等待秒数 (3600)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag files_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "state", 0, "STATE", "waiting, verified, loading, loaded, partial, refused, duplicate, superseded, written_off",
      "按状态" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag rejects_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "reason", 0, "REASON", "with this reason only", "仅此原因" },
    { "value", 0, "VALUE", "with this value only", "仅此值" },
    { "release", 0, NULL, "read them again, after the cause was mended", "原因排除后重新读取" },
    { "write-off", 0, "NOTE", "give them up for good; the note says why", "作废，并说明原因" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag mend_flags[] = {
    { "file", 'f', "FILE", "of many rows: lines of ID, tab, row", "批量：每行为 ID、制表符、整行内容" },
    { "reason", 0, "TEXT", "why", "更正原因" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag progress_flags[] = {
    { "measure", 0, "M", "of this measure only", "仅此指标" },
    { "period", 0, "P", "of this period", "周期" },
    { "by", 0, "WHAT", "children, channel or product", "按 children (下级)、channel (渠道) 或 product (产品)" },
    { "depth", 0, "N", "levels below the unit", "向下层级数" },
    { "as-of", 0, "DATE", "as it stood on a day", "截至某日" },
    { "known", 0, "DATE", "as it was known on a day, without what came later", "按某日当时所知（不含此后补到的数据）" },
    { "first", 0, NULL, "beside the plan that was published first, before it was revised", "与首版计划对照" },
    { "forecast", 0, NULL, "where they will land, with its band, and how forecasts have done so far",
      "预计落点、区间及以往预测的命中情况" },
    { "now", 0, NULL, "up to the watermark within today, by the calendar's hours", "截至当日水位（按日历的小时占比）" },
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
static const struct flag rule_explain_flags[] = {
    { "day", 0, "DATE", "on a day (the last one judged)", "判定日（默认最近一日）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag rule_try_flags[] = {
    { "file", 'f', "FILE", "manifest with the rules", "含规则的清单" },
    { "code", 0, "RULE", "this one of the file alone", "仅文件中的此规则" },
    { "days", 0, "N", "over so many days (90)", "回放天数 (90)" },
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
static const struct flag delivery_flags[] = {
    { "state", 0, "STATE", "waiting, sent, dead, merged, lapsed", "按状态" },
    { "alert", 0, "ID", "of this alert", "仅此预警" },
    { "receiver", 0, "CODE", "to this receiver", "仅此接收方" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag dead_flags[] = {
    { "alert", 0, "ID", "of this alert", "仅此预警" },
    { "receiver", 0, "CODE", "to this receiver", "仅此接收方" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag again_flags[] = {
    { "receiver", 0, "CODE", "all dead ones of this receiver", "此接收方的全部失败通知" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag action_flags[] = {
    { "cause", 0, "TEXT", "why it lags", "滞后原因" },
    { "measures", 0, "TEXT", "what was decided to do about it", "整改措施" },
    { "steps", 0, "TEXT", "steps, with ; between them", "步骤，以分号分隔" },
    { "owner", 0, "PERSON", "who does it", "负责人" },
    { "due", 0, "DATE", "until when", "完成期限" },
    { "gain", 0, "AMOUNT", "what it will bring, in units of the measure", "承诺提升量（指标单位）" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag actions_flags[] = {
    { "state", 0, "STATE", "open, done, verified, failed, overdue", "按状态" },
    { "alert", 0, "ID", "of this alert", "仅此预警" },
    { "unit", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "owner", 0, "PERSON", "of this person", "负责人" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag scores_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "type", 0, "TYPE", "of units of this type", "单元类型" },
    { "under", 0, "UNIT", "below this unit", "此单元的下级" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag rank_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "type", 0, "TYPE", "of units of this type", "单元类型" },
    { "under", 0, "UNIT", "below this unit", "此单元的下级" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { "top", 0, "N", "the first N of each group, and what distinguishes them", "每组前 N 名及其领先之处" },
    { "honours", 0, NULL, "those that their scorecard honours", "受表彰的单元" },
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

const struct command commands_results[] = {
    { "feed load", "FEED FILE...", 2, MANY, load_flags, "Upload files and wait until they are read",
      "上传文件并等待读取", cmd_feed_load },
    { "feed status", "[FEED]", 0, 1, NULL, "How far the feeds are complete", "各数据源的完整程度", cmd_feed_status },
    { "feed kinds", "", 0, 0, NULL, "What facts a feed may bring, with their states", "数据源可带来的事实种类及状态",
      cmd_feed_kinds },
    { "feed files", "", 0, 0, files_flags, "Files that arrived", "已到达的文件", cmd_feed_files },
    { "feed try", "FEED FILE", 2, 2, feed_try_flags, "What a feed would read from a sample; stores nothing",
      "试读样例文件，不入库", cmd_feed_try },
    { "feed file", "ID", 1, 1, feed_file_flags, "Release a file, read it again, or write it off",
      "放行、重读或作废文件", cmd_feed_file },
    { "feed missing", "", 0, 0, feed_missing_flags, "Files that should have come", "应到未到的文件", cmd_feed_missing },
    { "feed totals", "", 0, 0, feed_totals_flags, "Totals by sender and day beside the ledger of facts",
      "按发送方和日期的总数核对", cmd_feed_totals },
    { "feed causes", "", 0, 0, feed_causes_flags, "What waits, by reason and value", "按原因和值汇总待处理记录",
      cmd_feed_causes },
    { "feed rejects", "", 0, 0, rejects_flags, "Rows that wait and why; release them or write them off",
      "待处理的记录及原因；放行或作废", cmd_feed_rejects },
    { "feed mend", "[ID ROW]", 0, 2, mend_flags, "Record waiting rows as they should have come",
      "按更正后的内容记录待处理的行", cmd_feed_mend },
    { "feed held", "[FEED]", 0, 1, NULL,
      "Orders, bills ... of which events came, but no create yet; events of unknown types",
      "已收到事件但尚无创建事件的订单、账单等；未知类型的事件", cmd_feed_held },
    { "feed fact", "SENDER RECORD", 2, 2, NULL, "One record: its versions, where each came from, what it counts for",
      "一条记录：各版本、来源及计入的指标", cmd_feed_fact },
    { "feed map", "SENDER MAP [FROM TO]", 2, 4, NULL,
      "A code map that all feeds of a sender share: show it, or put a value into it",
      "发送方各数据源共用的对照表：显示或加入一个值", cmd_feed_map },
    { "feed closed", "UNIT", 1, 1, feed_closed_flags,
      "What came of a closed unit's days before it was closed, and stays", "单元关闭前已入账、予以保留的关闭日后记录",
      cmd_feed_closed },
    { "feed compare", "FEED WITH", 2, 2, feed_compare_flags, "Two senders of the same facts, record by record",
      "同类事实的两个发送方逐条核对", cmd_feed_compare },
    { "feed conditions", "[FEED]", 0, 1, feed_conditions_flags, "Which feeds and cities are late, silent or suspect",
      "数据源及其地市：迟到、中断或存疑", cmd_feed_conditions },
    { "feed complete", "FEED TIME", 2, 2, feed_complete_flags,
      "Say to when a feed is complete: a date (to its end), or a time", "声明数据源已完整到某日（含）或某时",
      cmd_feed_complete },
    { "feed sources", "[FEED]", 0, 1, NULL, "How asking senders for what no event told goes", "向发送方对账轮询的情况",
      cmd_feed_sources },
    { "feed ask", "FEED", 1, 1, NULL, "Ask a feed's sender now for what no event told", "立即向发送方轮询补漏",
      cmd_feed_ask },
    { "brief", "UNIT", 1, 1, brief_flags, "What lags and why, what was promised and kept, who stands out",
      "会议简报：谁落后、为何、承诺与兑现、标杆", cmd_brief },
    { "compare", "[UNIT]", 0, 1, compare_flags, "A unit beside the period before, last year and its peers",
      "与上期、去年同期及同类单元对比", cmd_compare },
    { "progress", "[UNIT]", 0, 1, progress_flags, "Where units stand against their targets", "目标完成进度",
      cmd_progress },
    { "alerts", "", 0, 0, alerts_flags, "Alerts", "滞后预警", cmd_alerts },
    { "alert take", "ID", 1, 1, note_flags, "Take an alert in hand", "认领预警", cmd_alert_take },
    { "alert silence", "ID", 1, 1, silence_flags, "Send no notices for some hours", "静默预警", cmd_alert_silence },
    { "delivery list", "", 0, 0, delivery_flags, "Notices and their delivery", "通知及其送达情况", cmd_delivery_list },
    { "delivery dead", "", 0, 0, dead_flags, "Notices that were given up", "发送失败的通知", cmd_delivery_dead },
    { "delivery again", "[ID]", 0, 1, again_flags, "Send what was given up again", "重新发送失败的通知",
      cmd_delivery_again },
    { "receiver test", "CODE", 1, 1, NULL, "Send a test to a receiver and say what came of it",
      "向接收方发送测试消息并给出结果", cmd_receiver_test },
    { "alert note", "ID TEXT", 2, 2, NULL, "Say how it goes; what was taken doesn't lapse", "添加备注，认领不失效",
      cmd_alert_note },
    { "alert assign", "ID PERSON", 2, 2, alert_assign_flags, "Make an alert a person's", "指派预警", cmd_alert_assign },
    { "alert history", "ID", 1, 1, NULL, "Every step of an alert, and who was told what", "预警的全部经过与通知记录",
      cmd_alert_history },
    { "alert unsilence", "SILENCE", 1, 1, silence_end_flags, "End a silence before its time", "提前结束静默",
      cmd_alert_unsilence },
    { "silence add", "UNIT", 1, 1, silence_add_flags, "Send no notices of a unit and all below it for some hours",
      "静默某单元及其下级的预警", cmd_silence_add },
    { "silence list", "", 0, 0, silences_flags, "Silences, and how many alerts each covers", "静默列表及匹配数",
      cmd_silences },
    { "route try", "UNIT", 1, 1, route_try_flags, "Whom an alert of a unit would reach, and when", "试算预警会通知到谁",
      cmd_route_try },
    { "alert explain", "ID", 1, 1, NULL, "Why an alert was raised and what clears it", "预警的由来与解除条件",
      cmd_alert_explain },
    { "rule explain", "UNIT RULE", 2, 2, rule_explain_flags, "Why a rule is silent about a unit, or isn't",
      "规则为何触发或未触发", cmd_rule_explain },
    { "rule try", "-f FILE [--code RULE] [--days N]", 0, 0, rule_try_flags,
      "What a rule would have sent, when and to whom", "规则试算：将会发送什么、何时、发给谁", cmd_rule_try },
    { "action open", "ALERT", 1, 1, action_flags, "Open a corrective action", "发起整改", cmd_action_open },
    { "action done", "ID", 1, 1, note_flags, "Report an action as done", "整改完成", cmd_action_done },
    { "action step", "ID NUMBER", 2, 2, NULL, "Tick off a step of an action", "完成整改步骤", cmd_action_step },
    { "action show", "ID", 1, 1, NULL, "An action with its steps and history", "整改工单详情", cmd_action_show },
    { "action figures", "", 0, 0, figures_flags, "On time, verified, failed and overdue actions by unit",
      "各单元整改按期、有效、无效、逾期数", cmd_action_figures },
    { "action list", "", 0, 0, actions_flags, "Corrective actions", "整改工单", cmd_action_list },
    { "scores", "[UNIT]", 0, 1, scores_flags, "Scores", "激励得分", cmd_scores },
    { "rank", "", 0, 0, rank_flags, "Units by rank", "排名", cmd_rank },
    { "credit list", "[UNIT]", 0, 1, credit_list_flags, "Credits, record by record", "计入明细", cmd_credit_list },
    { "credit excluded", "[UNIT]", 0, 1, credit_excluded_flags, "What counts for nobody, and why",
      "不予计入的记录及原因", cmd_credit_excluded },
    { "credit totals", "[UNIT]", 0, 1, credit_totals_flags, "Recorded = credited + excluded", "记录数 = 计入 + 不计入",
      cmd_credit_totals },
    { "credit explain", "SENDER RECORD", 2, 2, credit_explain_flags, "Whom a record was credited to, and why",
      "一条记录计给谁及缘由", cmd_credit_explain },
    { "credit rules", "[RULE]", 0, 1, credit_rules_flags, "Rules of crediting and their versions", "计入规则及其版本",
      cmd_credit_rules },
    { "credit holdings", "[CUSTOMER]", 0, 1, credit_holdings_flags,
      "Who holds which customer; apply CustomerHoldings to change it", "客户归属（用 CustomerHoldings 清单修改）",
      cmd_credit_holdings },
    { "credit registrations", "[CUSTOMER]", 0, 1, credit_registrations_flags,
      "Registered deals, and for how long they hold", "报备及其有效期", cmd_credit_registrations },
    { "credit receipts", "[SENDER RECORD]", 0, 2, credit_receipts_flags,
      "What came in for records that are credited by cash, bill or activation", "按回款、账单或激活计入的到账明细",
      cmd_credit_receipts },
    { "credit runs", "", 0, 0, NULL, "When credits were worked out anew", "重新计入的记录", cmd_credit_runs },
    { "statement", "UNIT", 1, 1, statement_flags,
      "A score down to its records; \"statement key\": the key that statements of pay are signed with",
      "得分明细单；statement key 显示报酬明细单的签名公钥", cmd_statement },
    { "period close", "PERIOD", 1, 1, close_flags, "Close a period for good", "关闭周期", cmd_period_close },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
