/* cmd_credit: the ledger of credits: who got what was sold, what counts for nobody, and why. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#define DAYS                                                                                                           \
    { "from", 0, "DATE", "first day that counts (of the month)", "起始日（默认本月初）" },                             \
    {                                                                                                                  \
        "until", 0, "DATE", "the day after the last", "截止日的次日"                                             \
    }
#define MEASURE                                                                                                        \
    {                                                                                                                  \
        "measure", 0, "M", "of this measure", "仅此指标"                                                           \
    }
#define LIMIT                                                                                                          \
    {                                                                                                                  \
        "limit", 0, "N", "at most N rows (100)", "最多 N 行 (100)"                                                  \
    }
#define LAST                                                                                                           \
    {                                                                                                                  \
        NULL, 0, NULL, NULL, NULL                                                                                      \
    }

const struct flag credit_list_flags[] = {
    DAYS,
    MEASURE,
    { "kind", 0, "KIND", "recorded, given, share, overlay, elimination, excluded", "按种类" },
    { "rule", 0, "RULE", "made by this rule", "仅此规则" },
    LIMIT,
    LAST,
};
const struct flag credit_excluded_flags[] = {
    DAYS, MEASURE, { "reason", 0, "REASON", "for this reason", "仅此原因" }, LIMIT, LAST,
};
const struct flag credit_totals_flags[] = {
    DAYS,
    MEASURE,
    { "by", 0, "BY", "measure, unit, day, reason, sender, feed", "按指标、单元、日期、原因、发送方或数据源" },
    LIMIT,
    LAST,
};
const struct flag credit_explain_flags[] = {
    { "day", 0, "DATE", "of the record; finds it sooner", "记录日期，查找更快" },
    LAST,
};
const struct flag credit_rules_flags[] = {
    { "versions", 0, NULL, "all versions", "所有版本" },
    { "day", 0, "DATE", "those that hold on this day", "该日有效的规则" },
    LAST,
};

static const struct column entry_columns[] = {
    C("counts_day", "DAY", "计入日", TEXT),
    C("sender", "SENDER", "来源", TEXT),
    C("record_key", "RECORD", "记录", TEXT),
    C("version", "VERSION", "版本", INT),
    C("taken_back", "TAKEN BACK", "冲回", BOOL),
    C("measure", "MEASURE", "指标", TEXT),
    AMOUNT("value", "VALUE", "数值", "scale"),
    C("kind", "KIND", "种类", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("rule", "RULE", "规则", TEXT),
    C("rule_version", "RULE VERSION", "规则版本", INT),
    C("reason", "REASON", "原因", TEXT),
    C("run", "RUN", "批次", ID),
    END,
};

static const struct column total_columns[] = {
    C("measure", "MEASURE", "指标", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("day", "DAY", "日期", TEXT),
    C("reason", "REASON", "原因", TEXT),
    C("sender", "SENDER", "发送方", TEXT),
    C("feed", "FEED", "数据源", TEXT),
    C("records", "RECORDS", "记录数", INT),
    AMOUNT("recorded", "RECORDED", "记录", "scale"),
    AMOUNT("credited", "CREDITED", "计入", "scale"),
    AMOUNT("excluded", "EXCLUDED", "不计入", "scale"),
    AMOUNT("beside", "BESIDE", "另计", "scale"),
    END,
};

static const struct column reason_columns[] = {
    C("measure", "MEASURE", "指标", TEXT),
    C("version", "VERSION", "版本", INT),
    C("taken_back", "TAKEN BACK", "冲回", BOOL),
    AMOUNT("value", "VALUE", "数值", "scale"),
    AMOUNT("credited", "CREDITED", "计入", "scale"),
    AMOUNT("excluded", "EXCLUDED", "不计入", "scale"),
    AMOUNT("beside", "BESIDE", "另计", "scale"),
    C("explanation", "WHY", "缘由", TEXT),
    END,
};

static const struct column run_columns[] = {
    C("id", "RUN", "批次", ID),
    C("at", "AT", "时间", TIME),
    C("by", "BY", "操作人", TEXT),
    C("cause", "CAUSE", "起因", WORD),
    C("from", "FROM", "起", TEXT),
    C("until", "UNTIL", "止", TEXT),
    C("looked", "LOOKED AT", "核对", INT),
    C("changed", "CHANGED", "变更", INT),
    C("entries", "ENTRIES", "分录", INT),
    C("kept", "KEPT", "保持", INT),
    C("done", "DONE", "完成", BOOL),
    END,
};

static int show(struct cli *cli, const char *path_to, const char *kind, const struct column *columns)
{
    static const char *const names[] = { "from", "until", "measure", "rule", "reason", "by" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, path_to);
    cli_query(&path, "limit", option_text(&cli->options, "limit", "100"));
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "kind", kind ? kind : option_text(&cli->options, "kind", NULL));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cli_query(&path, names[i], option_text(&cli->options, names[i], NULL));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

int cmd_credit_list(struct cli *cli)
{
    return show(cli, "/api/v1/credits", NULL, entry_columns);
}

int cmd_credit_excluded(struct cli *cli)
{
    return show(cli, "/api/v1/credits", "excluded", entry_columns);
}

int cmd_credit_totals(struct cli *cli)
{
    return show(cli, "/api/v1/credits/totals", NULL, total_columns);
}

static void print_explained(struct cli *cli, json_t *json, struct buf *text)
{
    output_rows(json_object_get(json, "items"), entry_columns, cli->format, text);
    if (cli->format == OUTPUT_TABLE)
        cli_print_part(text, word("Why", "缘由"), json_object_get(json, "reasons"), reason_columns);
}

int cmd_credit_explain(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/credits/explain");
    cli_query(&path, "sender", option_argument(&cli->options, 0));
    cli_query(&path, "record_key", option_argument(&cli->options, 1));
    cli_query(&path, "day", option_text(&cli->options, "day", NULL));
    code = cli_view(cli, buf_text(&path), print_explained);
    buf_fini(&path);
    return code;
}

int cmd_credit_rules(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/crediting-rules");
    cli_query(&path, "limit", "500");
    cli_query(&path, "code", option_argument(&cli->options, 0));
    cli_query(&path, "versions", option_given(&cli->options, "versions") ? "true" : NULL);
    cli_query(&path, "day", option_text(&cli->options, "day", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("crediting-rules")->columns);
    buf_fini(&path);
    return code;
}

int cmd_credit_runs(struct cli *cli)
{
    return cli_show(cli, "/api/v1/credits/runs", "items", run_columns);
}
