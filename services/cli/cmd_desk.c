/* cmd_desk: work on alerts: notes, who it is for, silences, history; routes and whom they would reach. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#include <stdlib.h>

#include "cli/cmd_desk.h"

const struct flag alert_assign_flags[] = {
    { "note", 0, "TEXT", "what others should know", "备注" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag silence_add_flags[] = {
    { "measure", 0, "M", "of this measure alone", "仅此指标" },
    { "rule", 0, "RULE", "of this rule alone", "仅此规则" },
    { "hours", 0, "N", "for so long (24)", "静默小时数 (24)" },
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag silence_end_flags[] = {
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag silences_flags[] = {
    { "all", 0, NULL, "also those that are over", "包括已结束的" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag route_try_flags[] = {
    { "measure", 0, "M", "of this measure", "指标" },
    { "rule", 0, "RULE", "by this rule", "规则" },
    { "severity", 0, "WORD", "info, warning, major or critical", "级别：info、warning、major 或 critical" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag figures_flags[] = {
    { "unit", 0, "UNIT", "of this unit", "单元" },
    { "period", 0, "P", "in this period", "周期" },
    { NULL, 0, NULL, NULL, NULL },
};

/* --- alerts --- */

int cmd_alert_note(struct cli *cli)
{
    return cli_do_on(cli, "alerts", option_argument(&cli->options, 0), "notes",
                     json_pack("{s:s}", "note", option_argument(&cli->options, 1)), word("noted", "已备注"));
}

int cmd_alert_assign(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s}", "person", option_argument(&cli->options, 1), "note",
                             option_text(&cli->options, "note", ""));

    return cli_do_on(cli, "alerts", option_argument(&cli->options, 0), "assign", body, word("assigned", "已指派"));
}

static const struct column turn_columns[] = {
    C("known_at", "AT", "时间", TIME), C("as_of", "AS OF", "判定日", TEXT),
    C("from", "FROM", "从", WORD),     C("to", "TO", "到", WORD),
    C("actor", "BY", "操作人", WORD),  C("inputs/gap_bp", "GAP", "差距", BP),
    C("note", "NOTE", "备注", TEXT),   END,
};
static const struct column told_columns[] = {
    C("receiver", "RECEIVER", "接收方", TEXT), C("event", "EVENT", "事件", WORD),
    C("severity", "SEVERITY", "级别", WORD),   C("gap_bp", "GAP", "差距", BP),
    C("told_at", "AT", "时间", TIME),          C("open", "OPEN", "未解除", BOOL),
    C("held", "WAITS", "暂缓", TEXT),          END,
};

static void print_history(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    cli_print_part(text, word("History", "历史"), output_find(json, "items"), turn_columns);
    cli_print_part(text, word("Told", "已通知"), output_find(json, "told"), told_columns);
}

int cmd_alert_history(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/alerts/%s/history?limit=500", client_escape(option_argument(&cli->options, 0)));
    code = cli_view(cli, buf_text(&path), print_history);
    buf_fini(&path);
    return code;
}

/* --- silences --- */

const struct column listing_silences[] = {
    C("id", "ID", "编号", TEXT),
    C("state", "STATE", "状态", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("rule", "RULE", "规则", TEXT),
    C("matches", "MATCHES", "匹配数", INT),
    C("from", "FROM", "开始", TIME),
    C("until", "UNTIL", "结束", TIME),
    C("author", "BY", "设置人", TEXT),
    C("reason", "REASON", "原因", TEXT),
    C("ended_by", "ENDED BY", "提前结束", TEXT),
    C("end_reason", "ENDED WHY", "结束原因", TEXT),
    END,
};

int cmd_silence_add(struct cli *cli)
{
    const char *hours = option_text(&cli->options, "hours", "24");
    char *end;
    long number = strtol(hours, &end, 10);
    json_t *body;

    if (*end || number <= 0)
        return cli_usage(cli, word("--hours %s is not a number of hours", "--hours %s 不是小时数"), hours);
    body = json_pack("{s:s, s:s, s:s, s:I, s:s}", "unit", option_argument(&cli->options, 0), "measure",
                     option_text(&cli->options, "measure", ""), "rule", option_text(&cli->options, "rule", ""), "hours",
                     (json_int_t)number, "reason", option_text(&cli->options, "reason", ""));
    return cli_do(cli, "/api/v1/silences", body, word("silenced", "已静默"));
}

int cmd_alert_unsilence(struct cli *cli)
{
    return cli_do_on(cli, "silences", option_argument(&cli->options, 0), "end",
                     json_pack("{s:s}", "reason", option_text(&cli->options, "reason", "")),
                     word("the silence is over", "静默已结束"));
}

int cmd_silences(struct cli *cli)
{
    return cli_show(
        cli, option_given(&cli->options, "all") ? "/api/v1/silences?limit=500&all=true" : "/api/v1/silences?limit=500",
        "items", listing_silences);
}

/* --- routes --- */

const struct column listing_routes[] = {
    C("rank", "RANK", "次序", INT),
    C("code", "CODE", "编码", TEXT),
    C("subtree", "SUBTREE", "范围", TEXT),
    C("unit_types", "TYPES", "单元类型", LIST),
    C("measure", "MEASURE", "指标", TEXT),
    C("min_severity", "FROM", "最低级别", WORD),
    C("receivers", "RECEIVERS", "接收方", LIST),
    C("roles", "ROLES", "角色", LIST),
    C("ladder", "LADDER", "升级链", TEXT),
    C("quiet_from", "QUIET", "免扰自", TEXT),
    C("quiet_until", "UNTIL", "至", TEXT),
    C("digest", "DIGEST", "日报", BOOL),
    C("go_on", "GOES ON", "继续", BOOL),
    C("off", "OFF", "停用", BOOL),
    END,
};
const struct column listing_ladders[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("steps/#", "STEPS", "级数", INT),
    END,
};
const struct column listing_contacts[] = {
    C("code", "PERSON", "人员", TEXT),
    C("receivers", "RECEIVERS", "接收方", LIST),
    C("one_a_day", "ONE A DAY", "每日一条", BOOL),
    END,
};

static const struct column tried_columns[] = {
    C("after_days", "AFTER DAYS", "工作日后", INT),
    C("role", "ROLE", "角色", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("people", "PEOPLE", "人员", LIST),
    C("receivers", "RECEIVERS", "接收方", LIST),
    C("due", "DUE", "时间", TIME),
    END,
};
static const struct column reached_columns[] = {
    C("routes", "routes", "路由", LIST),
    C("receivers", "receivers", "接收方", LIST),
    C("quiet_until", "told at", "通知时间", TIME),
    END,
};

static void print_tried(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    output_fields(json, reached_columns, text);
    cli_print_part(text, word("Ladder", "升级链"), output_find(json, "steps"), tried_columns);
}

int cmd_route_try(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/routes/try");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "rule", option_text(&cli->options, "rule", NULL));
    cli_query(&path, "severity", option_text(&cli->options, "severity", NULL));
    code = cli_view(cli, buf_text(&path), print_tried);
    buf_fini(&path);
    return code;
}

/* --- actions --- */

int cmd_action_step(struct cli *cli)
{
    const char *number = option_argument(&cli->options, 1);
    char *end;
    long value = strtol(number, &end, 10);

    if (*end || value <= 0)
        return cli_usage(cli, word("%s is not the number of a step", "%s 不是步骤序号"), number);
    return cli_do_on(cli, "actions", option_argument(&cli->options, 0), "step",
                     json_pack("{s:I}", "number", (json_int_t)value), word("step done", "步骤已完成"));
}

static const struct column action_columns[] = {
    C("action/id", "action", "整改工单", TEXT),
    C("action/alert", "alert", "预警", TEXT),
    C("action/state", "state", "状态", WORD),
    C("action/round", "round", "轮次", INT),
    C("action/unit", "unit", "单元", TEXT),
    C("action/measure", "measure", "指标", TEXT),
    C("action/owner", "owner", "负责人", TEXT),
    C("action/due", "due", "期限", TEXT),
    C("action/overdue", "overdue", "逾期", BOOL),
    C("action/cause", "cause", "原因", TEXT),
    C("action/measures", "measures", "措施", TEXT),
    C("action/result", "result", "结果", TEXT),
    END,
};
static const struct column step_columns[] = {
    C("text", "STEP", "步骤", TEXT),
    C("done", "DONE", "完成", BOOL),
    C("by", "BY", "完成人", TEXT),
    END,
};
static const struct column action_turn_columns[] = {
    C("at", "AT", "时间", TIME),      C("round", "ROUND", "轮次", INT), C("event", "EVENT", "事件", WORD),
    C("actor", "BY", "操作人", WORD), C("note", "NOTE", "备注", TEXT),  END,
};

static void print_action(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    output_fields(json, action_columns, text);
    cli_print_part(text, word("Steps", "步骤"), output_find(json, "action/step_list"), step_columns);
    cli_print_part(text, word("History", "历史"), output_find(json, "turns"), action_turn_columns);
}

int cmd_action_show(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/actions/%s", client_escape(option_argument(&cli->options, 0)));
    code = cli_view(cli, buf_text(&path), print_action);
    buf_fini(&path);
    return code;
}

static const struct column figure_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("opened", "OPENED", "发起", INT),
    C("done_on_time", "ON TIME", "按期完成", INT),
    C("verified", "VERIFIED", "验证有效", INT),
    C("failed", "FAILED", "验证无效", INT),
    C("overdue", "OVERDUE", "逾期", INT),
    C("reopened", "REOPENED", "重开", INT),
    END,
};

int cmd_action_figures(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/action-figures?limit=500");
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    code = cli_show(cli, buf_text(&path), "items", figure_columns);
    buf_fini(&path);
    return code;
}
