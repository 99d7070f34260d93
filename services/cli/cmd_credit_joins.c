/* cmd_credit_joins: who holds customers, what was registered, and what came in for records that wait for it. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#define DAY                                                                                                            \
    {                                                                                                                  \
        "day", 0, "DATE", "those that hold on this day", "该日有效者"                                             \
    }
#define LIMIT                                                                                                          \
    {                                                                                                                  \
        "limit", 0, "N", "at most N rows (100)", "最多 N 行 (100)"                                                  \
    }
#define LAST                                                                                                           \
    {                                                                                                                  \
        NULL, 0, NULL, NULL, NULL                                                                                      \
    }

const struct flag credit_holdings_flags[] = {
    { "holder", 0, "CODE", "held by this unit or person", "仅此持有人" },
    DAY,
    LIMIT,
    LAST,
};
const struct flag credit_registrations_flags[] = {
    { "unit", 0, "UNIT", "registered by this unit", "仅此单元报备" },
    DAY,
    LIMIT,
    LAST,
};
const struct flag credit_receipts_flags[] = {
    { "reason", 0, "REASON", "of which some releases nothing: overpaid, repaid, waits", "未释放部分的原因" },
    LIMIT,
    LAST,
};

static const struct column holding_columns[] = {
    C("customer", "CUSTOMER", "客户", TEXT),
    C("holder", "HOLDER", "持有人", TEXT),
    C("from", "FROM", "起", TEXT),
    C("until", "UNTIL", "止", TEXT),
    END,
};
static const struct column registration_columns[] = {
    C("customer", "CUSTOMER", "客户", TEXT), C("product", "PRODUCT", "产品", TEXT),   C("unit", "UNIT", "单元", TEXT),
    C("from", "FROM", "起", TEXT),           C("until", "UNTIL", "止", TEXT),         C("days", "DAYS", "天数", INT),
    C("sender", "SENDER", "来源", TEXT),     C("record_key", "RECORD", "记录", TEXT), END,
};
static const struct column receipt_columns[] = {
    C("of_sender", "OF SENDER", "订单来源", TEXT),
    C("of_key", "OF RECORD", "订单", TEXT),
    C("kind", "KIND", "种类", WORD),
    C("record_key", "RECEIPT", "到账记录", TEXT),
    C("day", "DAY", "日期", TEXT),
    AMOUNT("amount", "AMOUNT", "金额", "scale"),
    AMOUNT("applied", "RELEASES", "释放", "scale"),
    AMOUNT("excess", "EXCESS", "未释放", "scale"),
    C("reason", "REASON", "原因", WORD),
    END,
};

/* Arguments go to the parameters of `arguments`, flags to those of their own names. */
static int show(struct cli *cli, const char *where, const char *const *arguments, const struct column *columns)
{
    static const char *const flags[] = { "holder", "unit", "day", "reason" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, where);
    cli_query(&path, "limit", option_text(&cli->options, "limit", "100"));
    for (int i = 0; arguments[i]; i++)
        cli_query(&path, arguments[i], option_argument(&cli->options, i));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        cli_query(&path, flags[i], option_text(&cli->options, flags[i], NULL));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

static const char *const by_customer[] = { "customer", NULL };
static const char *const by_record[] = { "sender", "record_key", NULL };

int cmd_credit_holdings(struct cli *cli)
{
    return show(cli, "/api/v1/credits/holdings", by_customer, holding_columns);
}

int cmd_credit_registrations(struct cli *cli)
{
    return show(cli, "/api/v1/credits/registrations", by_customer, registration_columns);
}

int cmd_credit_receipts(struct cli *cli)
{
    return show(cli, "/api/v1/credits/receipts", by_record, receipt_columns);
}
