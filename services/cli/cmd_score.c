/* cmd_score: scores, ranks, statements, closing of periods. */
#include "cli/cli.h"
#include "cli/cmd_pay.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#include <stdlib.h>
#include <string.h>

static const struct column rank_columns[] = {
    C("rank", "RANK", "名次", INT),
    C("of", "OF", "共", INT),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("unit_type", "TYPE", "类型", TEXT),
    C("score_milli", "SCORE", "得分", MILLI),
    C("as_of", "AS OF", "截至", TEXT),
    C("grade", "GRADE", "等级", TEXT),
    C("honoured", "HONOURED", "表彰", BOOL),
    C("peers", "AMONG", "同组", TEXT),
    C("unranked", "UNRANKED", "未排名原因", TEXT),
    END,
};

static const struct column top_columns[] = {
    C("rank", "RANK", "名次", INT),
    C("of", "OF", "共", INT),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("peers", "AMONG", "同组", TEXT),
    C("score_milli", "SCORE", "得分", MILLI),
    C("median_milli", "MEDIAN", "组内中位", MILLI),
    C("grade", "GRADE", "等级", TEXT),
    C("ahead", "AHEAD IN", "领先之处", TEXT),
    END,
};

static int show_scores(struct cli *cli, const struct column *columns)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/scores");
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "unit_type", option_text(&cli->options, "type", NULL));
    cli_query(&path, "under", option_text(&cli->options, "under", NULL));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

int cmd_scores(struct cli *cli)
{
    return show_scores(cli, listing_find("scores")->columns);
}

/* "新增用户 135.20% (98.10%), ..." under `ahead`: attainment, and the one in the middle of the group. */
static void tell_strengths(json_t *rows)
{
    const json_t *strength;
    json_t *row;
    size_t i, k;

    json_array_foreach(rows, i, row)
    {
        struct buf text = { 0 };

        json_array_foreach(json_object_get(row, "strengths"), k, strength)
        {
            const char *title = output_text(strength, "title");

            buf_printf(
                &text, "%s%s %.2f%% (%.2f%%)", k ? ", " : "", title[0] ? title : output_text(strength, "measure"),
                (double)output_int(strength, "attainment_ppm") / 1e4, (double)output_int(strength, "median_ppm") / 1e4);
        }
        json_object_set_new(row, "ahead", json_string(buf_text(&text)));
        buf_fini(&text);
    }
}

static void print_top(struct cli *cli, json_t *json, struct buf *text)
{
    tell_strengths(json_object_get(json, "items"));
    output_rows(json_object_get(json, "items"), top_columns, cli->format, text);
}

static int show_top(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/top");
    cli_query(&path, "count", option_text(&cli->options, "top", NULL));
    cli_query(&path, "honoured", option_given(&cli->options, "honours") ? "true" : NULL);
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "unit_type", option_text(&cli->options, "type", NULL));
    cli_query(&path, "under", option_text(&cli->options, "under", NULL));
    code = cli_view(cli, buf_text(&path), print_top);
    buf_fini(&path);
    return code;
}

int cmd_rank(struct cli *cli)
{
    if (option_given(&cli->options, "top") || option_given(&cli->options, "honours"))
        return show_top(cli);
    return show_scores(cli, rank_columns);
}

/* --- statement -----------------------------------------------------------------------------------------------------
 */
static const struct column statement_columns[] = {
    C("score/unit", "unit", "单元", TEXT),
    C("score/unit_name", "name", "名称", TEXT),
    C("score/period", "period", "周期", TEXT),
    C("period_from", "from", "起始", TEXT),
    C("period_until", "until", "截止（不含）", TEXT),
    C("score/score_milli", "score", "得分", MILLI),
    C("score/rank", "rank", "名次", INT),
    C("score/of", "of", "参评单元数", INT),
    C("score/as_of", "as of", "截至", TEXT),
    C("score/scorecard", "scorecard", "计分卡", TEXT),
    C("score/reason", "reason", "说明", TEXT),
    C("credit_count", "records", "明细条数", INT),
    C("hash", "hash", "摘要", TEXT),
    END,
};
static const struct column line_columns[] = {
    C("measure", "MEASURE", "指标", TEXT),
    C("title", "TITLE", "名称", TEXT),
    { "actual", "ACTUAL", "实际", COLUMN_AMOUNT, "scale", 0, NULL, "-no_value=false" },
    AMOUNT("planned", "PLANNED", "应完成", "scale"),
    AMOUNT("target", "TARGET", "目标", "scale"),
    C("attainment_ppm", "DONE", "完成率", PPM),
    C("points_milli", "POINTS", "得分", MILLI),
    C("weight_bp", "WEIGHT", "权重", BP),
    C("weighted_milli", "WEIGHTED", "加权得分", MILLI),
    C("gate", "GATE", "否决项", WORD),
    { "explanation", "HOW", "计算过程", COLUMN_TEXT, NULL, 90, NULL, NULL },
    END,
};
static const struct column credit_columns[] = {
    C("day", "DAY", "日期", TEXT),
    C("sender", "SENDER", "来源", TEXT),
    C("record_key", "RECORD", "记录", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    AMOUNT("value", "VALUE", "值", "scale"),
    C("points_milli", "POINTS", "得分", MILLI),
    C("taken_back", "TAKEN BACK", "冲销", BOOL),
    C("kind", "KIND", "种类", WORD),
    C("rule", "RULE", "规则", TEXT),
    C("reason", "REASON", "不计原因", TEXT),
    END,
};
static const struct column adjustment_columns[] = {
    C("period", "PERIOD", "所属周期", TEXT), C("booked_in", "BOOKED IN", "计入周期", TEXT),
    C("measure", "MEASURE", "指标", TEXT),   AMOUNT("value", "VALUE", "值", "scale"),
    C("cause", "CAUSE", "原因", TEXT),       END,
};

/* A credit's value has the decimals of its measure's line, or of the part of a ratio that it adds to. */
static void give_scale(const json_t *line, json_t *row)
{
    static const char *const names[][2] = { { "measure", "scale" },
                                            { "of_measure", "of_scale" },
                                            { "over_measure", "over_scale" } };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_equal(json_object_get(line, names[i][0]), json_object_get(row, "measure")))
            json_object_set(row, "scale", json_object_get(line, names[i][1]));
}

static void give_scales(const json_t *lines, json_t *rows)
{
    json_t *row;
    const json_t *line;
    size_t i, j;

    json_array_foreach(rows, i, row)
    {
        json_array_foreach(lines, j, line) give_scale(line, row);
    }
}

static void print_part(struct buf *out, const char *title, const json_t *rows, const struct column *columns)
{
    if (!json_array_size(rows))
        return;
    buf_printf(out, "\n%s\n", title);
    output_rows(rows, columns, OUTPUT_TABLE, out);
}

static void print_statement(struct cli *cli, json_t *statement)
{
    const json_t *lines = output_find(statement, "score/lines");
    json_t *credits = json_object_get(statement, "credits"), *adjustments = json_object_get(statement, "adjustments");
    struct buf text = { 0 };

    give_scales(lines, credits);
    give_scales(lines, adjustments);
    if (cli->format == OUTPUT_CSV) {
        output_rows(credits, credit_columns, OUTPUT_CSV, &text);
    } else {
        output_fields(statement, statement_columns, &text);
        print_part(&text, word("Lines", "得分项"), lines, line_columns);
        print_part(&text, word("Records", "明细"), credits, credit_columns);
        print_part(&text, word("Adjustments", "调整"), adjustments, adjustment_columns);
    }
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

int cmd_statement(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    if (strcmp(option_argument(&cli->options, 0), "key") == 0)
        return cmd_statement_key(cli);
    buf_append_text(&path, "/api/v1/statements");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "limit", option_text(&cli->options, "credits", "20"));
    if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        print_statement(cli, json_object_get(answer.json, "statement"));
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

int cmd_period_close(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 };
    json_t *body = json_pack("{s:b}", "force", option_given(&cli->options, "force"));
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/periods/%s/close", client_escape(option_argument(&cli->options, 0)));
    if (!client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, word("%s is closed: %lld statements, hash %s\n", "%s 已关闭: %lld 份明细单，摘要 %s\n"),
                output_text(answer.json, "closing/period"), output_int(answer.json, "closing/statements"),
                output_text(answer.json, "closing/hash"));
    client_answer_fini(&answer);
    json_decref(body);
    buf_fini(&path);
    return code;
}
