/* cmd_feed_fact: one record as it came: every version with its file and row, what holds, and what it counts for. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

static const struct column facts[] = {
    C("effective", "COUNTS", "有效", BOOL),
    C("operation", "OPERATION", "操作", TEXT),
    C("version", "VERSION", "版本", ID),
    C("state", "STATE", "状态", WORD),
    C("occurred_at", "TIME", "时间", TIME),
    C("unit", "UNIT", "单元", TEXT),
    C("seller", "SELLER", "销售", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("quantity", "QUANTITY", "数量", INT),
    AMOUNT("amount", "AMOUNT", "金额", "scale"),
    C("customer", "CUSTOMER", "客户", TEXT),
    C("file", "FILE", "文件", TEXT),
    C("row", "ROW", "行", ID),
    C("known_at", "KNOWN SINCE", "获知时间", TIME),
    END,
};
static const struct column counted[] = {
    C("measure", "COUNTS FOR", "计入指标", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("value", "VALUE", "值", INT),
    END,
};
static const struct column money[] = {
    C("column", "COLUMN", "列", TEXT),
    AMOUNT("amount", "AMOUNT", "金额", "scale"),
    END,
};

static const struct column photos[] = {
    C("ref", "PHOTO", "照片", TEXT),
    C("taken_at", "TAKEN", "拍摄时间", TIME),
    C("sha256", "SHA-256", "SHA-256", TEXT),
    END,
};

/* Amounts are in units of 10^-scale of the message; parts of a row say it too. */
static void add_scale(json_t *rows, const json_t *scale)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) json_object_set(row, "scale", (json_t *)(uintptr_t)scale);
}

static void print(struct cli *cli, json_t *answer, struct buf *text)
{
    json_t *items = json_object_get(answer, "items"), *item;
    const json_t *scale = json_object_get(answer, "scale");
    size_t i;

    add_scale(items, scale);
    output_rows(items, facts, cli->format, text);
    if (cli->format != OUTPUT_TABLE)
        return;
    json_array_foreach(items, i, item)
    {
        if (!json_is_true(json_object_get(item, "effective")))
            continue;
        add_scale(json_object_get(item, "sums"), scale);
        cli_print_part(text, "", json_object_get(item, "sums"), money);
        cli_print_part(text, "", json_object_get(item, "photos"), photos);
        cli_print_part(text, "", json_object_get(item, "contributions"), counted);
    }
}

int cmd_feed_fact(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/facts");
    cli_query(&path, "sender", option_argument(&cli->options, 0));
    cli_query(&path, "record_key", option_argument(&cli->options, 1));
    code = cli_view(cli, buf_text(&path), print);
    buf_fini(&path);
    return code;
}
