/* cmd_feed_totals: what files brought, what became of it, and what the ledger of facts has of it. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

const struct flag feed_totals_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "from", 0, "DATE", "from this day on (31 days ago)", "起始日 (31 天前)" },
    { "until", 0, "DATE", "before this day", "截止日（不含）" },
    { "by-column", 0, NULL, "a line for each column of money of the feed", "按金额列逐行显示" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column totals[] = {
    C("day", "DAY", "日期", TEXT),
    C("sender", "SENDER", "发送方", TEXT),
    C("feed", "FEED", "数据源", TEXT),
    C("files", "FILES", "文件数", INT),
    C("read", "READ", "读取", INT),
    C("accepted", "ACCEPTED", "入账", INT),
    C("duplicate", "DUPLICATE", "重复", INT),
    C("superseded", "SUPERSEDED", "旧版本", INT),
    C("suspended", "WAITING", "待处理", INT),
    C("filtered", "FILTERED", "已过滤", INT),
    C("written_off", "WRITTEN OFF", "已作废", INT),
    C("ledger_rows", "LEDGER", "台账", INT),
    AMOUNT("read_amount", "AMOUNT READ", "读取金额", "scale"),
    AMOUNT("stored_amount", "RECORDED", "入账金额", "scale"),
    AMOUNT("ledger_amount", "IN LEDGER", "台账金额", "scale"),
    { "control_amount", "CONTROL", "控制金额", COLUMN_AMOUNT, "scale", 0, NULL, "has_control=true" },
    C("agrees", "AGREES", "一致", BOOL),
    END,
};

/* Of one column of money. */
static const struct column by_column[] = {
    C("day", "DAY", "日期", TEXT),
    C("sender", "SENDER", "发送方", TEXT),
    C("feed", "FEED", "数据源", TEXT),
    C("column", "COLUMN", "列", TEXT),
    AMOUNT("read_amount", "READ", "读取金额", "scale"),
    AMOUNT("stored_amount", "RECORDED", "入账金额", "scale"),
    AMOUNT("duplicate_amount", "DUPLICATE", "重复", "scale"),
    AMOUNT("suspended_amount", "WAITING", "待处理", "scale"),
    AMOUNT("filtered_amount", "FILTERED", "已过滤", "scale"),
    AMOUNT("written_off_amount", "WRITTEN OFF", "已作废", "scale"),
    AMOUNT("ledger_amount", "IN LEDGER", "台账金额", "scale"),
    { "control_amount", "CONTROL", "控制金额", COLUMN_AMOUNT, "scale", 0, NULL, "has_control=true" },
    C("agrees", "AGREES", "一致", BOOL),
    END,
};

/* The amount is one of the columns. */
static void add_lines(json_t *lines, json_t *item)
{
    json_t *columns = json_object_get(item, "columns"), *amount = json_copy(item), *column;
    size_t i;

    json_object_set_new(amount, "column", json_string("amount"));
    json_object_del(amount, "columns");
    json_object_set(amount, "agrees", json_object_get(item, "amount_agrees"));
    json_array_append_new(lines, amount);
    json_array_foreach(columns, i, column)
    {
        json_t *line = json_copy(column);

        json_object_set(line, "day", json_object_get(item, "day"));
        json_object_set(line, "sender", json_object_get(item, "sender"));
        json_object_set(line, "feed", json_object_get(item, "feed"));
        json_object_set(line, "scale", json_object_get(item, "scale"));
        json_array_append_new(lines, line);
    }
}

static int show_by_column(struct cli *cli, const char *path)
{
    struct client_answer answer;
    struct buf text = { 0 };
    json_t *lines, *item;
    int code = EXIT_FINE;
    size_t i;

    if (!client_ask(cli->client, "GET", path, NULL, &answer)) {
        code = cli_fail(cli, &answer);
        client_answer_fini(&answer);
        return code;
    }
    lines = json_array();
    json_array_foreach(json_object_get(answer.json, "items"), i, item) add_lines(lines, item);
    if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, lines);
    else
        output_rows(lines, by_column, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    json_decref(lines);
    client_answer_fini(&answer);
    return code;
}

int cmd_feed_totals(struct cli *cli)
{
    static const char *const flags[] = { "feed", "from", "until" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/files/totals");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        cli_query(&path, flags[i], option_text(&cli->options, flags[i], NULL));
    code = option_text(&cli->options, "by-column", NULL) ? show_by_column(cli, buf_text(&path))
                                                         : cli_show(cli, buf_text(&path), "items", totals);
    buf_fini(&path);
    return code;
}
