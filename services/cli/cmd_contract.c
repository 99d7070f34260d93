/* cmd_contract: internal contracts: orders between units, their steps, what units have settled with each other. */
#include "cli/cmd_contract.h"

#include "cli/cli.h"
#include "cli/columns.h"

#include <stdlib.h>

static const struct column order_columns[] = {
    C("id", "ID", "编号", ID),
    C("title", "TITLE", "事项", TEXT),
    C("buyer", "BUYER", "需方", TEXT),
    C("seller", "SELLER", "供方", TEXT),
    C("arbiter", "ARBITER", "第三方", TEXT),
    C("amount", "AMOUNT", "金额", TEXT),
    C("due", "DUE", "交付期限", TEXT),
    C("state", "STATE", "状态", WORD),
    C("deadline", "UNTIL", "最迟处理日", TEXT),
    C("claim/kind", "CLAIM", "索取", WORD),
    C("claim/amount", "CLAIMED", "索取金额", TEXT),
    C("counter/kind", "COUNTER", "反索", WORD),
    C("counter/amount", "COUNTERED", "反索金额", TEXT),
    C("settlement/from", "OWED BY", "承担方", TEXT),
    C("settlement/amount", "SETTLED", "结清金额", TEXT),
    END,
};
static const struct column step_columns[] = {
    C("at", "AT", "时间", TIME),       C("step", "STEP", "步骤", WORD),         C("state", "STATE", "状态", WORD),
    C("by", "BY", "经办人", TEXT),     C("kind", "KIND", "种类", WORD),         C("amount", "AMOUNT", "金额", TEXT),
    C("words", "WORDS", "说明", TEXT), C("evidence", "EVIDENCE", "证据", TEXT), END,
};
static const struct column balance_columns[] = {
    C("unit", "UNIT", "单元", TEXT),         C("unit_name", "NAME", "名称", TEXT),
    C("partner", "PARTNER", "对方", TEXT),   C("orders", "ORDERS", "笔数", INT),
    C("earned", "EARNED", "索酬所得", TEXT), C("compensated", "COMPENSATED", "索赔所得", TEXT),
    C("paid", "PAID", "支付报酬", TEXT),     C("owed", "OWED", "承担赔偿", TEXT),
    C("balance", "BALANCE", "结余", TEXT),   END,
};

static const char *given(struct cli *cli, const char *flag)
{
    return option_text(&cli->options, flag, "");
}

static int days(struct cli *cli, const char *flag)
{
    return (int)strtol(given(cli, flag), NULL, 10);
}

int cmd_contract_offer(struct cli *cli)
{
    static const char *const flags[] = { "buyer", "arbiter", "title", "quality", "amount", "damages", "due" };
    json_t *order = json_pack("{s:s, s:s, s:i, s:i}", "seller", option_argument(&cli->options, 0), "pay_plan",
                              given(cli, "plan"), "claim_days", days(cli, "claim-days"), "answer_days",
                              days(cli, "answer-days"));

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        json_object_set_new(order, flags[i], json_string(given(cli, flags[i])));
    return cli_do(cli, "/api/v1/internal-orders", json_pack("{s:o}", "order", order), word("offered", "已下单"));
}

static int list(struct cli *cli, const char *path_text, const struct column *columns)
{
    static const char *const flags[] = { "unit", "side", "state", "from", "until" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, path_text);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        cli_query(&path, flags[i], option_text(&cli->options, flags[i], NULL));
    cli_query(&path, "limit", "500");
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

int cmd_contract_list(struct cli *cli)
{
    return list(cli, "/api/v1/internal-orders", order_columns);
}

int cmd_contract_balance(struct cli *cli)
{
    return list(cli, "/api/v1/internal-orders/balances", balance_columns);
}

static void print_order(struct cli *cli, json_t *json, struct buf *text)
{
    const json_t *order = json_array_get(json_object_get(json, "items"), 0);

    if (!order)
        return;
    if (cli->format == OUTPUT_TABLE)
        output_fields(order, order_columns, text);
    output_rows(json_object_get(order, "steps"), step_columns, cli->format, text);
}

int cmd_contract_show(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/internal-orders");
    cli_query(&path, "id", option_argument(&cli->options, 0));
    code = cli_view(cli, buf_text(&path), print_order);
    buf_fini(&path);
    return code;
}

/* --- steps -----------------------------------------------------------------------------------------------------------
 */

static int step(struct cli *cli, const char *act, const char *name)
{
    static const char *const flags[] = { "kind", "amount", "cause", "words", "evidence" };
    json_t *body = json_pack("{s:s}", "step", name);

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (given(cli, flags[i])[0])
            json_object_set_new(body, flags[i], json_string(given(cli, flags[i])));
    return cli_do_on(cli, "internal-orders", option_argument(&cli->options, 0), act, body, word("done", "完成"));
}

int cmd_contract_agree(struct cli *cli)
{
    return step(cli, "move", "agree");
}

int cmd_contract_decline(struct cli *cli)
{
    return step(cli, "move", "decline");
}

int cmd_contract_withdraw(struct cli *cli)
{
    return step(cli, "move", "withdraw");
}

int cmd_contract_deliver(struct cli *cli)
{
    return step(cli, "move", "deliver");
}

int cmd_contract_claim(struct cli *cli)
{
    return step(cli, "move", "claim");
}

int cmd_contract_accept(struct cli *cli)
{
    return step(cli, "move", "accept");
}

int cmd_contract_counter(struct cli *cli)
{
    return step(cli, "move", "counter");
}

int cmd_contract_contest(struct cli *cli)
{
    return step(cli, "move", "contest");
}

int cmd_contract_trip(struct cli *cli)
{
    return step(cli, "decide", "trip");
}

int cmd_contract_decide(struct cli *cli)
{
    return step(cli, "decide", "decide");
}
