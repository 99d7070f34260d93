/* cmd_report_summary: what units reported, by city and theme, and what their reports score. */
#include "cli/cli.h"
#include "cli/columns.h"

#define JUDGED(key, en, zh, only)                                                                                      \
    {                                                                                                                  \
        key, en, zh, COLUMN_PPM, NULL, 0, NULL, only                                                                   \
    }

static const struct column count_columns[] = {
    C("city", "CITY", "地市", TEXT),        C("theme", "THEME", "主题", WORD),
    C("reports", "REPORTS", "报告数", INT), C("due", "DUE", "应交", INT),
    C("on_time", "ON TIME", "按时", INT),   C("overdue", "OVERDUE", "逾期", INT),
    C("rated", "RATED", "已评分", INT),     END,
};
static const struct column tally_columns[] = {
    C("city", "CITY", "地市", TEXT),
    C("theme", "THEME", "主题", WORD),
    C("template", "TEMPLATE", "模板", TEXT),
    C("field", "FIELD", "字段", TEXT),
    C("choice", "CHOICE", "选项", TEXT),
    C("count", "COUNT", "次数", INT),
    END,
};
static const struct column number_columns[] = {
    C("city", "CITY", "地市", TEXT),
    C("theme", "THEME", "主题", WORD),
    C("template", "TEMPLATE", "模板", TEXT),
    C("field", "FIELD", "字段", TEXT),
    C("count", "COUNT", "个数", INT),
    AMOUNT("min", "MIN", "最小", "scale"),
    AMOUNT("median", "MEDIAN", "中位", "scale"),
    AMOUNT("max", "MAX", "最大", "scale"),
    END,
};
static const struct column text_columns[] = {
    C("city", "CITY", "地市", TEXT),
    C("theme", "THEME", "主题", WORD),
    C("field", "FIELD", "字段", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("at", "AT", "时间", TIME),
    { "text", "TEXT", "内容", COLUMN_TEXT, NULL, 60, NULL, NULL },
    END,
};
static const struct column score_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("template", "TEMPLATE", "模板", TEXT),
    C("due", "DUE", "应交", INT),
    C("on_time", "ON TIME", "按时", INT),
    C("submitted", "SUBMITTED", "已提交", INT),
    JUDGED("timeliness_ppm", "TIMELINESS", "及时性", "has_timeliness=true"),
    JUDGED("amount_ppm", "AMOUNT", "信息量", "has_amount=true"),
    JUDGED("frequency_ppm", "FREQUENCY", "频次", "has_frequency=true"),
    JUDGED("quality_ppm", "QUALITY", "质量", "has_quality=true"),
    JUDGED("score_ppm", "SCORE", "得分", "has_score=true"),
    END,
};

static void print_summary(struct cli *cli, json_t *json, struct buf *text)
{
    const json_t *counts = json_object_get(json, "counts");

    if (cli->format == OUTPUT_CSV && option_given(&cli->options, "scores")) {
        output_rows(json_object_get(json, "scores"), score_columns, cli->format, text);
        return;
    }
    output_rows(counts, count_columns, cli->format, text);
    if (cli->format == OUTPUT_CSV)
        return;
    cli_print_part(text, word("choices", "选项统计"), json_object_get(json, "tallies"), tally_columns);
    cli_print_part(text, word("numbers", "数值"), json_object_get(json, "numbers"), number_columns);
    cli_print_part(text, word("latest texts", "最新内容"), json_object_get(json, "texts"), text_columns);
    if (option_given(&cli->options, "scores"))
        cli_print_part(text, word("scores", "得分"), json_object_get(json, "scores"), score_columns);
    if (json_is_true(json_object_get(json, "cut")))
        buf_append_text(text, word("\nthere is more: choose a unit, theme or template\n",
                                   "\n内容过多，请按单元、主题或模板筛选\n"));
}

int cmd_report_summary(struct cli *cli)
{
    static const char *const flags[] = { "from", "until", "unit", "theme", "template", "latest", NULL };
    struct buf path = { 0 };
    int code;

    if (option_given(&cli->options, "scores") &&
        (!option_given(&cli->options, "from") || !option_given(&cli->options, "until")))
        return cli_usage(cli, word("--scores wants --from and --until", "--scores 需要 --from 和 --until"));
    buf_append_text(&path, "/api/v1/reports/summary");
    for (const char *const *flag = flags; *flag; flag++)
        cli_query(&path, *flag, option_text(&cli->options, *flag, NULL));
    code = cli_view(cli, buf_text(&path), print_summary);
    buf_fini(&path);
    return code;
}
