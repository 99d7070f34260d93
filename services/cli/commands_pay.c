/* commands_pay: commands about pay: plans, calculation, statements, adjustments, payments, disputes; see commands.h. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/cmd_pay.h"

static const struct flag reason_flags[] = {
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag calculate_flags[] = {
    { "full", 0, NULL, "everybody, not those alone whose pay may have changed", "全部重算，而不只是可能变动者" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag show_flags[] = {
    { "unit", 0, "UNIT", "one payee, by component", "仅此对象，按组成部分列出" },
    { "under", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "plan", 0, "PLAN", "of this plan", "仅此薪酬方案" },
    { "run", 0, "N", "as it stood after this calculation", "截至某次计算" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag entries_flags[] = {
    { "unit", 0, "UNIT", "of one payee", "仅此对象" },
    { "kind", 0, "KIND", "earning, late_earning, clawback, hold, release, draw, recovery, adjustment, payment",
      "按种类" },
    { "lines", 0, NULL, "with the order lines behind them (of one payee)", "列出订单行（限一个对象）" },
    { "run", 0, "N", "as it stood after this calculation", "截至某次计算" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag try_flags[] = {
    { "file", 'f', "FILE", "manifest with the plans and scorecards to try; without: those in force",
      "待试算方案的清单文件；缺省为现行方案" },
    { "period", 0, "P", "on the facts of this period", "以此周期的事实试算" },
    { "under", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag patterns_flags[] = {
    { "measure", 0, "M", "cancelled: of orders; traffic: of activations", "指标：cancelled 为订单，traffic 为开通" },
    { "traffic", 0, "M", "traffic: the measure of it", "业务量指标" },
    { "under", 0, "UNIT", "at or below this unit", "此单元及其下级" },
    { "type", 0, "TYPE", "traffic: units of this type (outlet)", "单元类型 (outlet)" },
    { "days", 0, "N", "cancelled: the last N days (5)", "期末 N 日 (5)" },
    { "window", 0, "PPM", "thresholds: so near to a band's beginning (20000)", "距档位起点的范围，百万分之 (20000)" },
    { "share", 0, "PPM", "traffic: less than so much of the median (100000)", "低于中位数的比例，百万分之 (100000)" },
    { "limit", 0, "N", "lines told of each (20)", "每项列出的订单行数 (20)" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag lint_flags[] = {
    { "file", 'f', "FILE", "manifest with plans and scorecards; without: those in force",
      "方案及评分卡清单文件；缺省为现行者" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag statement_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "run", 0, "N", "as it stood after this calculation, as a draft", "截至某次计算（草稿）" },
    { "file", 0, "FILE", "write the sealed statement (JSON)", "写出签名明细单（JSON）" },
    { "html", 0, "FILE", "write it as a page that holds the statement", "写出网页（内含明细单）" },
    { "xlsx", 0, "FILE", "write it as a spreadsheet", "写出电子表格" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag verify_flags[] = {
    { "key", 0, "HEX", "accept this signer's key only (bihuan statement key shows it)", "仅接受此签名公钥" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag adjust_flags[] = {
    { "period", 0, "P", "open period in which it counts", "计入的未关闭周期" },
    { "plan", 0, "PLAN", "under this plan", "所属薪酬方案" },
    { "amount", 0, "AMOUNT", "signed amount", "金额（可为负）" },
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag list_flags[] = {
    { "unit", 0, "UNIT", "of one payee", "仅此对象" },
    { "state", 0, "STATE", "in this state", "按状态" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag acknowledge_flags[] = {
    { "reference", 0, "TEXT", "payroll's own number", "薪酬系统的凭证号" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag payments_flags[] = {
    { "batch", 0, "N", "of this batch", "批次" },
    { "period", 0, "P", "exported with this period", "随此周期导出" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag raise_flags[] = {
    { "period", 0, "P", "in this period", "周期" },
    { "about", 0, "WHAT", "credit, earning or missing", "credit（归属）、earning（报酬）或 missing（遗漏）" },
    { "line", 0, "LINE", "the order line, as the statement names it", "订单行（见明细单）" },
    { "component", 0, "CODE", "of this component", "组成部分" },
    { "expected", 0, "AMOUNT", "what it should be", "应为" },
    { "words", 0, "TEXT", "what is wrong", "问题说明" },
    { "evidence", 0, "TEXT", "what shows it", "证据" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag assign_flags[] = {
    { "assignee", 0, "PERSON", "who looks into it", "处理人" },
    { "due", 0, "DATE", "until which day", "期限" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct flag accept_flags[] = {
    { "amount", 0, "AMOUNT", "signed amount to book when a second person approves", "调整金额（须另一人批准）" },
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};

const struct command commands_pay[] = {
    { "pay lint", "", 0, 0, lint_flags, "What is doubtful about pay plans and scorecards", "薪酬方案与评分卡检查",
      cmd_pay_lint },
    { "pay try", "", 0, 0, try_flags,
      "Pay plans and scorecards on a period's facts beside those in force; writes nothing",
      "以历史事实试算薪酬方案，不入账", cmd_pay_try },
    { "pay patterns", "KIND PERIOD", 2, 2, patterns_flags,
      "What a plan may have caused: thresholds, cancelled, traffic",
      "方案可能诱发的异常：thresholds（档位聚集）、cancelled（期末后退单）、traffic（开通无业务量）",
      cmd_pay_patterns },
    { "pay calculate", "PERIOD", 1, 1, calculate_flags, "Work out a period's pay and book what differs",
      "计算周期薪酬并入账", cmd_pay_calculate },
    { "pay periods", "[PERIOD]", 0, 1, NULL, "Periods of pay with their states", "薪酬周期及状态", cmd_pay_periods },
    { "pay review", "PERIOD", 1, 1, reason_flags, "Say that a calculation is right; not by who calculated",
      "复核计算结果（须另一人）", cmd_pay_review },
    { "pay return", "PERIOD", 1, 1, reason_flags, "Send a reviewed period back", "退回已复核的周期", cmd_pay_return },
    { "pay close", "PERIOD", 1, 1, reason_flags, "Close a period's pay for good, with sealed statements",
      "关闭周期薪酬并生成签名明细单", cmd_pay_close },
    { "pay paid", "PERIOD", 1, 1, reason_flags, "Say that a period was paid", "标记周期已支付", cmd_pay_paid },
    { "pay show", "PERIOD", 1, 1, show_flags, "What payees come to", "报酬结果", cmd_pay_show },
    { "pay entries", "PERIOD", 1, 1, entries_flags, "The ledger of pay", "薪酬台账", cmd_pay_entries },
    { "pay statement", "UNIT", 1, 1, statement_flags, "A payee's statement", "报酬明细单", cmd_pay_statement },
    { "verify-statement", "FILE", 1, 1, verify_flags, "Recompute a statement from its own contents, offline",
      "离线核验明细单", cmd_verify_statement },
    { "pay adjust", "UNIT", 1, 1, adjust_flags, "Propose an amount by hand", "提出手工调整", cmd_pay_adjust },
    { "pay adjustments", "", 0, 0, list_flags, "Amounts by hand", "手工调整列表", cmd_pay_adjustments },
    { "pay approve", "ID", 1, 1, reason_flags, "Approve what another proposed", "批准他人提出的调整", cmd_pay_approve },
    { "pay refuse", "ID", 1, 1, reason_flags, "Refuse what another proposed", "否决他人提出的调整", cmd_pay_refuse },
    { "pay export", "PERIOD", 1, 1, NULL, "Hand what is due to payroll; -o csv for its file",
      "导出应付报酬（-o csv 供薪酬系统）", cmd_pay_export },
    { "pay acknowledge", "BATCH", 1, 1, acknowledge_flags, "Payroll has taken a batch", "薪酬系统已接收批次",
      cmd_pay_acknowledge },
    { "pay payments", "", 0, 0, payments_flags, "Payments", "支付列表", cmd_pay_payments },
    { "dispute raise", "UNIT", 1, 1, raise_flags, "Say what is wrong with pay", "提出异议", cmd_dispute_raise },
    { "dispute list", "", 0, 0, list_flags, "Disputes", "异议列表", cmd_dispute_list },
    { "dispute assign", "ID", 1, 1, assign_flags, "Say who decides until when", "指派处理人", cmd_dispute_assign },
    { "dispute accept", "ID", 1, 1, accept_flags, "Grant a dispute", "认可异议", cmd_dispute_accept },
    { "dispute refuse", "ID", 1, 1, reason_flags, "Refuse a dispute", "驳回异议", cmd_dispute_refuse },
    { "dispute withdraw", "ID", 1, 1, reason_flags, "Withdraw one's own dispute", "撤回异议", cmd_dispute_withdraw },
    { NULL, NULL, 0, 0, NULL, NULL, NULL, NULL },
};
