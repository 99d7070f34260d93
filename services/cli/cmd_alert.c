/* cmd_alert: progress, alerts and corrective actions. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#include <stdlib.h>
#include <string.h>

/* Empty where a ratio has nothing to divide by. */
#define VALUED(key, en, zh, kind, scale)                                                                               \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, scale, 0, NULL, "-no_value=false"                                                  \
    }

/* --- progress ------------------------------------------------------------------------------------------------------
 */
#define PROGRESS_NUMBERS                                                                                               \
    C("measure", "MEASURE", "指标", TEXT), AMOUNT("target", "TARGET", "目标", "measure_scale"),                        \
        AMOUNT("planned", "PLANNED", "应完成", "measure_scale"),                                                       \
        VALUED("actual", "ACTUAL", "实际", AMOUNT, "measure_scale"),                                                   \
        VALUED("attainment_ppm", "DONE", "完成率", PPM, NULL), C("curve_ppm", "TIME", "时间进度", PPM),                \
        VALUED("gap_bp", "GAP", "差距", BP, NULL), VALUED("landing", "LANDING", "预计落点", AMOUNT, "measure_scale"),  \
        C("hit_ppm", "HIT", "达成概率", PPM), C("status", "STATUS", "状态", WORD),                                     \
        C("share_ppm", "OF GAP", "占缺口", PPM), C("as_of", "AS OF", "截至", TEXT)

static const struct column by_unit[] = { { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, "depth", NULL },
                                         C("unit_name", "NAME", "名称", TEXT),
                                         PROGRESS_NUMBERS,
                                         END };
static const struct column by_channel[] = { C("unit", "UNIT", "单元", TEXT), C("channel", "CHANNEL", "渠道", TEXT),
                                            PROGRESS_NUMBERS, END };
static const struct column by_product[] = { C("unit", "UNIT", "单元", TEXT), C("product", "PRODUCT", "产品", TEXT),
                                            PROGRESS_NUMBERS, END };

/* The first published plan beside the one in force. */
static const struct column beside_first[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, "depth", NULL },
    C("unit_name", "NAME", "名称", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("first_version", "FIRST", "首版", INT),
    AMOUNT("first_target", "TARGET", "目标", "measure_scale"),
    AMOUNT("first_planned", "PLANNED", "应完成", "measure_scale"),
    C("plan_version", "NOW", "现版", INT),
    AMOUNT("target", "TARGET", "目标", "measure_scale"),
    AMOUNT("planned", "PLANNED", "应完成", "measure_scale"),
    VALUED("actual", "ACTUAL", "实际", AMOUNT, "measure_scale"),
    VALUED("gap_bp", "GAP", "差距", BP, NULL),
    C("estimated", "ESTIMATED", "预估", BOOL),
    C("as_of", "AS OF", "截至", TEXT),
    END,
};

/* The landing, and how forecasts have done. */
static const struct column landing[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, "depth", NULL },
    C("unit_name", "NAME", "名称", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    AMOUNT("target", "TARGET", "目标", "measure_scale"),
    VALUED("landing", "LANDING", "预计落点", AMOUNT, "measure_scale"),
    AMOUNT("landing_low", "AT LEAST", "下限", "measure_scale"),
    AMOUNT("landing_high", "AT MOST", "上限", "measure_scale"),
    C("hit_ppm", "HIT", "达成概率", PPM),
    C("forecast", "BY", "方法", WORD),
    C("forecasts_banded", "FORECASTS", "预测次数", INT),
    C("forecasts_inside", "KEPT", "命中次数", INT),
    C("forecast_error_ppm", "OFF BY", "误差", PPM),
    C("as_of", "AS OF", "截至", TEXT),
    END,
};

int cmd_progress(struct cli *cli)
{
    const char *by = option_text(&cli->options, "by", ""), *as_of = option_text(&cli->options, "as-of", NULL);
    const struct column *columns = by_unit;
    struct buf path = { 0 };
    int code;

    if (strcmp(by, "channel") == 0)
        columns = by_channel;
    else if (strcmp(by, "product") == 0)
        columns = by_product;
    else if (*by && strcmp(by, "children") != 0)
        return cli_usage(
            cli, word("--by %s: there are children, channel and product", "--by %s: 可选 children、channel、product"),
            by);
    if (option_given(&cli->options, "first"))
        columns = beside_first;
    if (option_given(&cli->options, "forecast"))
        columns = landing;
    if (!*by && option_given(&cli->options, "depth"))
        by = "children";
    buf_append_text(&path, "/api/v1/progress");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "by", by);
    cli_query(&path, "depth", option_text(&cli->options, "depth", NULL));
    cli_query(&path, "as_of", as_of);
    cli_query(&path, "known", option_text(&cli->options, "known", NULL));
    cli_query(&path, "now", option_given(&cli->options, "now") ? "true" : NULL);
    cli_query(&path, "forecast", option_given(&cli->options, "forecast") ? "true" : NULL);
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

/* --- alerts --------------------------------------------------------------------------------------------------------
 */
int cmd_alerts(struct cli *cli)
{
    struct buf path = { 0 };
    const char *state = option_text(&cli->options, "state", option_given(&cli->options, "all") ? "all" : NULL);
    int code;

    buf_append_text(&path, "/api/v1/alerts?limit=500");
    cli_query(&path, "state", state);
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "rule", option_text(&cli->options, "rule", NULL));
    cli_query(&path, "inhibited", option_given(&cli->options, "inhibited") ? "true" : NULL);
    code = cli_show(cli, buf_text(&path), "items", listing_find("alerts")->columns);
    buf_fini(&path);
    return code;
}

static int post_to(struct cli *cli, const char *folder, const char *act, json_t *body, const char *done)
{
    return cli_do_on(cli, folder, option_argument(&cli->options, 0), act, body, done);
}

int cmd_alert_take(struct cli *cli)
{
    return post_to(cli, "alerts", "take", json_pack("{s:s}", "note", option_text(&cli->options, "note", "")),
                   word("taken", "已认领"));
}

int cmd_alert_silence(struct cli *cli)
{
    const char *hours = option_text(&cli->options, "hours", "24");
    char *end;
    long number = strtol(hours, &end, 10);

    if (*end || number <= 0)
        return cli_usage(cli, word("--hours %s is not a number of hours", "--hours %s 不是小时数"), hours);
    return post_to(
        cli, "alerts", "silence",
        json_pack("{s:I, s:s}", "hours", (json_int_t)number, "reason", option_text(&cli->options, "reason", "")),
        word("silenced", "已静默"));
}

/* Shown for alerts of one kind of rule. */
#define OF(rule_kind, key, en, zh, kind, scale)                                                                        \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, scale, 0, NULL, "alert/kind=" rule_kind                                            \
    }

#define OF_RATIO(key, en, zh, scale)                                                                                   \
    {                                                                                                                  \
        key, en, zh, COLUMN_AMOUNT, scale, 0, NULL, "alert/inputs/ratio=true"                                          \
    }

static const struct column explain_columns[] = {
    C("alert/id", "alert", "预警", TEXT),
    C("alert/state", "state", "状态", WORD),
    C("alert/severity", "severity", "级别", WORD),
    C("alert/unit", "unit", "单元", TEXT),
    C("alert/unit_name", "name", "名称", TEXT),
    C("alert/subject", "about", "对象", TEXT),
    C("alert/measure", "measure", "指标", TEXT),
    C("alert/measure_title", "title", "指标名称", TEXT),
    C("alert/channel", "channel", "渠道", TEXT),
    C("alert/product", "product", "产品", TEXT),
    C("alert/period", "period", "周期", TEXT),
    C("alert/nodata", "frozen, no data", "无数据冻结", BOOL),
    C("alert/provisional", "provisional", "暂定", BOOL),
    C("alert/late_corrected", "corrected by late data", "迟到数据已更正", BOOL),
    C("alert/since", "since", "起始时间", TIME),
    C("alert/inputs/as_of", "judged at", "判定日", TEXT),
    OF("lag", "alert/inputs/target", "target", "目标", AMOUNT, "alert/inputs/scale"),
    OF("threshold", "alert/inputs/target", "limit", "限值", AMOUNT, "alert/inputs/scale"),
    OF("lag", "alert/inputs/planned", "planned by now", "应完成", AMOUNT, "alert/inputs/scale"),
    AMOUNT("alert/inputs/actual", "actual", "实际", "alert/inputs/scale"),
    OF_RATIO("alert/inputs/of", "which is", "分子", "alert/inputs/of_scale"),
    OF_RATIO("alert/inputs/over", "over", "分母", "alert/inputs/over_scale"),
    OF("lag", "alert/inputs/gap_bp", "gap in points of the target", "差距（目标的百分点）", BP, NULL),
    OF("lag", "alert/inputs/probability_ppm", "chance of so low a result by accident", "偶然如此之低的概率", PPM, NULL),
    OF("lag", "alert/inputs/dispersion_milli", "its days vary, chance being 1", "日间波动（纯偶然为1）", MILLI, NULL),
    OF("lag", "alert/inputs/landing", "landing", "预计落点", AMOUNT, "alert/inputs/scale"),
    OF("lag", "alert/inputs/hit_ppm", "chance to reach the target", "达成概率", PPM, NULL),
    OF("lag", "alert/inputs/breach_days", "days in breach", "持续天数", INT, NULL),
    C("alert/inputs/reason", "why", "原因", TEXT),
    C("alert/inputs/plan_version", "plan version", "计划版本", INT),
    C("alert/inhibited_by", "gathered under", "归并于", TEXT),
    C("alert/taken_by", "taken by", "认领人", TEXT),
    C("alert/note", "note", "备注", TEXT),
    C("alert/silenced_until", "silenced until", "静默至", TIME),
    C("alert/action", "action", "整改工单", TEXT),
    C("clears_when", "clears when", "解除条件", TEXT),
    C("rule/code", "rule", "规则", TEXT),
    END,
};
static const struct column condition_columns[] = {
    C("what", "CONDITION", "条件", TEXT),  C("value_text", "VALUE", "数值", TEXT),
    C("compare", "HAS TO BE", "应", WORD), C("limit_text", "LIMIT", "限值", TEXT),
    C("met", "MET", "满足", BOOL),         END,
};
static const struct column contributor_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("name", "NAME", "名称", TEXT),
    AMOUNT("deficit", "BEHIND", "落后", "scale"),
    C("share_ppm", "SHARE", "占比", PPM),
    END,
};
static const struct column slice_columns[] = {
    C("code", "CODE", "编码", TEXT),
    C("name", "NAME", "名称", TEXT),
    AMOUNT("planned", "PLANNED", "应完成", "scale"),
    AMOUNT("actual", "ACTUAL", "实际", "scale"),
    AMOUNT("deficit", "BEHIND", "落后", "scale"),
    C("share_ppm", "SHARE", "占比", PPM),
    C("estimated", "ESTIMATED", "估算", BOOL),
    END,
};
#define TRANSITION                                                                                                     \
    C("known_at", "AT", "时间", TIME), C("as_of", "AS OF", "判定日", TEXT), C("from", "FROM", "从", WORD),             \
        C("to", "TO", "到", WORD), C("actor", "BY", "操作人", WORD)

static const struct column lag_transitions[] = { TRANSITION, C("inputs/gap_bp", "GAP", "差距", BP),
                                                 C("note", "NOTE", "备注", TEXT), END };
static const struct column threshold_transitions[] = { TRANSITION,
                                                       AMOUNT("inputs/actual", "ACTUAL", "实际", "inputs/scale"),
                                                       AMOUNT("inputs/target", "LIMIT", "限值", "inputs/scale"),
                                                       C("note", "NOTE", "备注", TEXT), END };

static void print_alert(struct cli *cli, json_t *json, struct buf *text)
{
    bool lag = strcmp(output_text(json, "alert/kind"), "lag") == 0;
    json_t *inputs = json_object_get(json_object_get(json, "alert"), "inputs");
    const char *zh = word("", output_text(json, "alert/inputs/reason_zh"));

    (void)cli;
    if (*zh)
        json_object_set_new(inputs, "reason", json_string(zh));
    output_fields(json, explain_columns, text);
    cli_print_part(text, word("Conditions", "条件"), output_find(json, "alert/conditions"), condition_columns);
    cli_print_part(text, word("Who is behind", "落后来源"), output_find(json, "alert/contributors"),
                   contributor_columns);
    cli_print_part(text, word("By unit below, also without targets", "按下级单元（含无目标者）"),
                   output_find(json, "by_child"), slice_columns);
    cli_print_part(text, word("By channel", "按渠道"), output_find(json, "by_channel"), slice_columns);
    cli_print_part(text, word("By product", "按产品"), output_find(json, "by_product"), slice_columns);
    cli_print_part(text, word("History", "历史"), output_find(json, "history"),
                   lag ? lag_transitions : threshold_transitions);
    cli_print_part(text, word("Notices", "通知"), output_find(json, "deliveries"), listing_find("deliveries")->columns);
}

int cmd_alert_explain(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/alerts/%s", client_escape(option_argument(&cli->options, 0)));
    code = cli_view(cli, buf_text(&path), print_alert);
    buf_fini(&path);
    return code;
}

/* --- actions -------------------------------------------------------------------------------------------------------
 */
/* "a; b; c" as a list; one step alone is no list. */
static json_t *split_steps(const char *text)
{
    json_t *list = json_array();

    while (strchr(text, ';') || json_array_size(list)) {
        size_t len = strcspn(text, ";");

        while (len && *text == ' ') {
            text++;
            len--;
        }
        if (len)
            json_array_append_new(list, json_stringn(text, len));
        text += len;
        if (!*text++)
            break;
    }
    return list;
}

/* Says its ID: what follows is done by that. */
static int open_action(struct cli *cli, json_t *body)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/alerts/%s/actions", client_escape(option_argument(&cli->options, 0)));
    if (!client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, word("action %s opened\n", "已发起整改 %s\n"),
                output_text(output_find(answer.json, "action"), "id"));
    client_answer_fini(&answer);
    json_decref(body);
    buf_fini(&path);
    return code;
}

int cmd_action_open(struct cli *cli)
{
    const struct options *options = &cli->options;
    json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "cause", option_text(options, "cause", ""), "measures",
                             option_text(options, "measures", ""), "owner", option_text(options, "owner", ""), "due",
                             option_text(options, "due", ""), "promised_gain", option_text(options, "gain", ""));

    json_object_set_new(body, "steps", json_string(option_text(options, "steps", "")));
    json_object_set_new(body, "step_list", split_steps(option_text(options, "steps", "")));
    return open_action(cli, body);
}

int cmd_action_done(struct cli *cli)
{
    return post_to(cli, "actions", "done", json_pack("{s:s}", "note", option_text(&cli->options, "note", "")),
                   word("reported as done; its effect is measured now", "已报完成，开始评估效果"));
}

int cmd_action_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/actions?limit=500");
    cli_query(&path, "state", option_text(&cli->options, "state", NULL));
    cli_query(&path, "alert", option_text(&cli->options, "alert", NULL));
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "owner", option_text(&cli->options, "owner", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("actions")->columns);
    buf_fini(&path);
    return code;
}
