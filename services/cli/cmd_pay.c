/* cmd_pay: pay calculated, moved, shown; plans linted and tried. */
#include "cli/cmd_pay.h"

#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/manifest.h"

#include <string.h>

static const struct column cost_columns[] = {
    C("plan", "PLAN", "方案", TEXT),
    C("payees", "PAYEES", "人数", INT),
    AMOUNT("earned", "EARNED", "已计报酬", "digits"),
    AMOUNT("forecast", "FORECAST", "预计期末", "digits"),
    AMOUNT("budget", "BUDGET", "预算", "digits"),
    C("over", "OVER", "超预算", BOOL),
    END,
};
static const struct column finding_columns[] = {
    C("plan", "PLAN", "方案", TEXT),
    C("component", "COMPONENT", "组成部分", TEXT),
    C("code", "FINDING", "问题", TEXT),
    C("words", "WORDS", "说明", TEXT),
    C("consented", "CONSENTED", "已认可", BOOL),
    END,
};
static const struct column try_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    AMOUNT("today", "TODAY", "现行", "digits"),
    AMOUNT("tried", "TRIED", "试算", "digits"),
    AMOUNT("difference", "DIFFERENCE", "差额", "digits"),
    END,
};
static const struct column score_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("score_today", "TODAY", "现行得分", MILLI),
    C("score_tried", "TRIED", "试算得分", MILLI),
    C("rank_today", "RANK", "现行名次", INT),
    C("rank_tried", "RANK TRIED", "试算名次", INT),
    END,
};
static const struct column period_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("state", "STATE", "状态", WORD),
    C("run", "RUN", "计算", ID),
    C("payees", "PAYEES", "人数", INT),
    AMOUNT("earned", "EARNED", "报酬", "digits"),
    AMOUNT("payable", "PAYABLE", "应付", "digits"),
    C("hash", "HASH", "摘要", TEXT),
    END,
};
static const struct column step_columns[] = {
    C("step", "STEP", "步骤", WORD),     C("at", "AT", "时间", TIME), C("by", "BY", "人员", TEXT),
    C("reason", "REASON", "原因", TEXT), C("run", "RUN", "计算", ID), END,
};
static const struct column result_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("plan", "PLAN", "方案", TEXT),
    AMOUNT("earned", "EARNED", "报酬", "digits"),
    AMOUNT("held", "HELD", "预留", "digits"),
    AMOUNT("draw", "DRAW", "预支", "digits"),
    AMOUNT("other", "OTHER", "其他", "digits"),
    AMOUNT("payable", "PAYABLE", "应付", "digits"),
    AMOUNT("paid", "PAID", "已付", "digits"),
    END,
};
static const struct column part_columns[] = {
    C("component", "COMPONENT", "组成部分", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("kind", "KIND", "种类", WORD),
    AMOUNT("volume", "VOLUME", "数量", "scale"),
    AMOUNT("target", "TARGET", "目标", "scale"),
    C("attainment_ppm", "DONE", "完成率", PPM),
    C("score_milli", "SCORE", "得分", MILLI),
    AMOUNT("earned", "EARNED", "报酬", "digits"),
    AMOUNT("held", "HELD", "预留", "digits"),
    C("lines", "LINES", "行数", INT),
    C("reason", "REASON", "说明", WORD),
    C("cell", "ROW OF THE TABLE", "费率所在行", TEXT),
    END,
};
static const struct column entry_columns[] = {
    C("id", "ID", "编号", ID),
    C("unit", "UNIT", "单元", TEXT),
    C("period", "FOR", "所属周期", TEXT),
    C("plan", "PLAN", "方案", TEXT),
    C("component", "COMPONENT", "组成部分", TEXT),
    C("kind", "KIND", "种类", WORD),
    AMOUNT("amount", "AMOUNT", "金额", "digits"),
    C("cause", "CAUSE", "原因", WORD),
    C("run", "RUN", "计算", ID),
    C("at", "AT", "时间", TIME),
    C("by", "BY", "人员", TEXT),
    END,
};
static const struct column line_columns[] = {
    C("day", "DAY", "日期", TEXT),
    C("line", "LINE", "订单行", TEXT),
    AMOUNT("amount", "AMOUNT", "金额", "digits"),
    END,
};

/* --- plans -----------------------------------------------------------------------------------------------------------
 */

/* The pay plans and scorecards of a manifest, as a request has them; the mistakes are printed. No file: none. */
static json_t *read_plans(struct cli *cli, int *code)
{
    const char *file = option_text(&cli->options, "file", NULL);
    struct manifests manifests;
    json_t *items = json_array(), *cards = json_array();
    json_t *request = json_pack("{s:o, s:o}", "items", items, "scorecards", cards);

    *code = EXIT_FINE;
    if (!file)
        return request;
    manifests_init(&manifests);
    manifests_read(&manifests, file);
    for (size_t i = 0; i < manifests.item_count; i++)
        if (strcmp(manifests.items[i].kind->name, "PayPlans") == 0)
            json_array_append(items, manifests.items[i].json);
        else if (strcmp(manifests.items[i].kind->name, "Scorecards") == 0)
            json_array_append(cards, manifests.items[i].json);
    if (manifests.mistake_count) {
        fputs(buf_text(&manifests.mistakes), cli->err);
        *code = EXIT_REFUSED;
    } else if (!json_array_size(items) && !json_array_size(cards)) {
        *code = cli_usage(cli, word("%s holds no PayPlans and no Scorecards", "%s 中没有 PayPlans 或 Scorecards"),
                          file);
    }
    manifests_fini(&manifests);
    return request;
}

/* POST of a body that is taken over; `print` shows the answer to people. */
static int post(struct cli *cli, const char *path, json_t *body, cli_print_fn *print)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;
    const json_t *error;
    size_t i;

    if (!client_ask(cli->client, "POST", path, body, &answer)) {
        json_array_foreach(json_object_get(answer.json, "errors"), i, error)
            fprintf(cli->err, "%s: %s\n", output_text(error, "pointer"), output_text(error, "message"));
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        print(cli, answer.json, &text);
    }
    if (text.len)
        fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

static void print_findings(struct cli *cli, json_t *json, struct buf *text)
{
    output_rows(json_object_get(json, "items"), finding_columns, cli->format, text);
}

int cmd_pay_lint(struct cli *cli)
{
    int code;
    json_t *request = read_plans(cli, &code);

    if (code != EXIT_FINE) {
        json_decref(request);
        return code;
    }
    return post(cli, "/api/v1/pay-plans/lint", request, print_findings);
}

static void print_trial(struct cli *cli, json_t *json, struct buf *text)
{
    json_t *all = json_array(), *row;
    bool scored = false;
    size_t i;

    if (cli->format == OUTPUT_CSV) {
        output_rows(json_object_get(json, "items"), try_columns, OUTPUT_CSV, text);
        json_decref(all);
        return;
    }
    json_object_set_new(json, "difference", json_integer(output_int(json, "tried") - output_int(json, "today")));
    json_object_set_new(json, "unit", json_string(word("all", "合计")));
    json_array_append(all, json);
    output_rows(all, try_columns, OUTPUT_TABLE, text);
    buf_printf(text, word("%lld payees, %lld gain, %lld lose\n", "%lld 人：%lld 人增加，%lld 人减少\n"),
               output_int(json, "payees"), output_int(json, "winners"), output_int(json, "losers"));
    cli_print_part(text, word("Payees", "对象"), json_object_get(json, "items"), try_columns);
    json_array_foreach(json_object_get(json, "items"), i, row) scored = scored || output_int(row, "rank_tried");
    if (scored)
        cli_print_part(text, word("Scores", "得分"), json_object_get(json, "items"), score_columns);
    cli_print_part(text, word("Cost", "成本"), json_object_get(json, "costs"), cost_columns);
    cli_print_part(text, word("Doubts", "疑点"), json_object_get(json, "findings"), finding_columns);
    json_decref(all);
}

int cmd_pay_try(struct cli *cli)
{
    const char *period = option_text(&cli->options, "period", NULL);
    json_t *request;
    int code;

    if (!period)
        return cli_usage(cli, word("pay try wants --period P", "pay try 需要 --period P"));
    request = read_plans(cli, &code);
    if (code != EXIT_FINE) {
        json_decref(request);
        return code;
    }
    json_object_set_new(request, "period", json_string(period));
    json_object_set_new(request, "under", json_string(option_text(&cli->options, "under", "")));
    return post(cli, "/api/v1/pay/try", request, print_trial);
}

/* --- periods ---------------------------------------------------------------------------------------------------------
 */

static int on_period(struct cli *cli, const char *act, json_t *body, cli_print_fn *print)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/pay/periods/%s/%s", client_escape(option_argument(&cli->options, 0)), act);
    code = post(cli, buf_text(&path), body, print);
    buf_fini(&path);
    return code;
}

static void print_calculated(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    buf_printf(text,
               word("%s is %s: %lld payees worked out, %lld entries for %lld of them\n",
                    "%s %s：计算 %lld 人，%lld 笔分录，涉及 %lld 人\n"),
               output_text(json, "period/period"), output_word(output_text(json, "period/state")),
               output_int(json, "worked_out"), output_int(json, "entries"), output_int(json, "changed"));
    cli_print_part(text, word("Cost", "成本"), json_object_get(json, "costs"), cost_columns);
}

int cmd_pay_calculate(struct cli *cli)
{
    return on_period(cli, "calculate", json_pack("{s:b}", "full", option_given(&cli->options, "full")),
                     print_calculated);
}

static void print_moved(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    output_fields(json_object_get(json, "period"), period_columns, text);
}

static int move(struct cli *cli, const char *step)
{
    return on_period(cli, "move",
                     json_pack("{s:s, s:s}", "step", step, "reason", option_text(&cli->options, "reason", "")),
                     print_moved);
}

int cmd_pay_review(struct cli *cli)
{
    return move(cli, "review");
}

int cmd_pay_return(struct cli *cli)
{
    return move(cli, "return");
}

int cmd_pay_close(struct cli *cli)
{
    return move(cli, "close");
}

int cmd_pay_paid(struct cli *cli)
{
    return move(cli, "paid");
}

static void print_periods(struct cli *cli, json_t *json, struct buf *text)
{
    const json_t *items = json_object_get(json, "items");

    output_rows(items, period_columns, cli->format, text);
    if (cli->format == OUTPUT_TABLE && json_array_size(items) == 1)
        cli_print_part(text, word("Steps", "步骤"), json_object_get(json_array_get(items, 0), "steps"), step_columns);
}

int cmd_pay_periods(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/pay/periods");
    cli_query(&path, "period", option_argument(&cli->options, 0));
    code = cli_view(cli, buf_text(&path), print_periods);
    buf_fini(&path);
    return code;
}

/* --- results and entries ---------------------------------------------------------------------------------------------
 */

/* Parts carry no digits of their own. */
static void give_digits(const json_t *from, json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) json_object_set(row, "digits", json_object_get(from, "digits"));
}

static void print_results(struct cli *cli, json_t *json, struct buf *text)
{
    json_t *items = json_object_get(json, "items"), *item;
    size_t i;

    output_rows(items, result_columns, cli->format, text);
    json_array_foreach(items, i, item)
    {
        json_t *parts = json_object_get(item, "parts");

        give_digits(item, parts);
        if (cli->format == OUTPUT_TABLE)
            cli_print_part(text, output_text(item, "plan"), parts, part_columns);
    }
}

static void print_entries(struct cli *cli, json_t *json, struct buf *text)
{
    json_t *items = json_object_get(json, "items"), *item;
    size_t i;

    output_rows(items, entry_columns, cli->format, text);
    if (!option_given(&cli->options, "lines") || cli->format != OUTPUT_TABLE)
        return;
    json_array_foreach(items, i, item)
    {
        json_t *lines = json_object_get(item, "lines");
        char title[64];

        snprintf(title, sizeof title, "%lld %s", output_int(item, "id"), output_text(item, "component"));
        give_digits(item, lines);
        cli_print_part(text, title, lines, line_columns);
    }
}

/* Of one payee by its path, of all as `whole` names it. */
static int look(struct cli *cli, const char *what, bool by_period, cli_print_fn *print)
{
    const char *unit = option_text(&cli->options, "unit", NULL), *period = option_argument(&cli->options, 0);
    struct buf path = { 0 };
    int code;

    if (unit)
        buf_printf(&path, "/api/v1/pay/periods/%s/units/%s/%s", client_escape(period), client_escape(unit), what);
    else if (by_period)
        buf_printf(&path, "/api/v1/pay/periods/%s/%s", client_escape(period), what);
    else
        buf_printf(&path, "/api/v1/pay/%s?period=%s", what, client_escape(period));
    cli_query(&path, "under", option_text(&cli->options, "under", NULL));
    cli_query(&path, "plan", option_text(&cli->options, "plan", NULL));
    cli_query(&path, "run", option_text(&cli->options, "run", NULL));
    cli_query(&path, "kind", option_text(&cli->options, "kind", NULL));
    cli_query(&path, "lines", option_given(&cli->options, "lines") ? "true" : NULL);
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    code = cli_view(cli, buf_text(&path), print);
    buf_fini(&path);
    return code;
}

int cmd_pay_show(struct cli *cli)
{
    return look(cli, "results", true, print_results);
}

int cmd_pay_entries(struct cli *cli)
{
    return look(cli, "entries", false, print_entries);
}
