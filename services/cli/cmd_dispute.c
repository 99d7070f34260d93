/* cmd_dispute: adjustments, payments, disputes. */
#include "cli/cli.h"
#include "cli/cmd_pay.h"
#include "cli/columns.h"

#include <stdlib.h>

static const struct column adjustment_columns[] = {
    C("id", "ID", "编号", ID),
    C("unit", "UNIT", "单元", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("plan", "PLAN", "方案", TEXT),
    C("amount", "AMOUNT", "金额", TEXT),
    C("state", "STATE", "状态", WORD),
    C("maker", "MAKER", "提出人", TEXT),
    C("checker", "CHECKER", "批准人", TEXT),
    C("reason", "REASON", "原因", TEXT),
    C("decision", "DECISION", "决定", TEXT),
    END,
};
static const struct column payment_columns[] = {
    C("batch", "BATCH", "批次", ID),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("plan", "PLAN", "方案", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("currency", "CURRENCY", "币种", TEXT),
    C("amount", "AMOUNT", "金额", TEXT),
    C("state", "STATE", "状态", WORD),
    C("reference", "REFERENCE", "凭证号", TEXT),
    END,
};
static const struct column dispute_columns[] = {
    C("id", "ID", "编号", ID),
    C("unit", "UNIT", "单元", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("about", "ABOUT", "对象", WORD),
    C("line", "LINE", "订单行", TEXT),
    C("component", "COMPONENT", "组成部分", TEXT),
    C("expected", "EXPECTED", "应为", TEXT),
    C("state", "STATE", "状态", WORD),
    C("raised_by", "BY", "提出人", TEXT),
    C("assignee", "ASSIGNEE", "处理人", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("words", "WORDS", "说明", TEXT),
    C("decision", "DECISION", "决定", TEXT),
    END,
};

static const char *given(struct cli *cli, const char *flag)
{
    return option_text(&cli->options, flag, "");
}

static int list(struct cli *cli, const char *path_text, const struct column *columns)
{
    static const char *const flags[] = { "unit", "state", "batch", "period" };
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

int cmd_pay_adjust(struct cli *cli)
{
    json_t *body = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}}", "adjustment", "unit", option_argument(&cli->options, 0),
                             "period", given(cli, "period"), "plan", given(cli, "plan"), "amount", given(cli, "amount"),
                             "reason", given(cli, "reason"));

    return cli_do(cli, "/api/v1/pay/adjustments", body,
                  word("proposed: somebody else approves it (bihuan pay adjustments)",
                       "已提出，须另一人批准（bihuan pay adjustments）"));
}

int cmd_pay_adjustments(struct cli *cli)
{
    return list(cli, "/api/v1/pay/adjustments", adjustment_columns);
}

static int decide(struct cli *cli, bool approve)
{
    return cli_do_on(cli, "pay/adjustments", option_argument(&cli->options, 0), "decide",
                     json_pack("{s:b, s:s}", "approve", approve, "reason", given(cli, "reason")),
                     approve ? word("booked", "已入账") : word("refused", "已否决"));
}

int cmd_pay_approve(struct cli *cli)
{
    return decide(cli, true);
}

int cmd_pay_refuse(struct cli *cli)
{
    return decide(cli, false);
}

/* --- payments --------------------------------------------------------------------------------------------------------
 */

/* Makes the batch, then lists all of it: an answer holds a part only. */
int cmd_pay_export(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 }, text = { 0 };
    json_t *body = json_object(), *items = NULL;
    int code = EXIT_FINE;
    bool more;

    buf_printf(&path, "/api/v1/pay/periods/%s/export", client_escape(option_argument(&cli->options, 0)));
    if (!client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        code = cli_fail(cli, &answer);
    buf_reset(&path);
    buf_printf(&path, "/api/v1/pay/payments?batch=%lld", output_int(answer.json, "batch"));
    if (code == EXIT_FINE)
        code = cli_list(cli, buf_text(&path), SIZE_MAX, &items, &more);
    if (code == EXIT_FINE && cli->format == OUTPUT_JSON)
        cli_print_json(cli, items);
    else if (code == EXIT_FINE)
        output_rows(items, payment_columns, cli->format, &text);
    if (text.len)
        fwrite(text.data, 1, text.len, cli->out);
    json_decref(items);
    json_decref(body);
    client_answer_fini(&answer);
    buf_fini(&path);
    buf_fini(&text);
    return code;
}

int cmd_pay_acknowledge(struct cli *cli)
{
    return cli_do_on(cli, "pay/batches", option_argument(&cli->options, 0), "acknowledge",
                     json_pack("{s:s}", "reference", given(cli, "reference")), word("acknowledged", "已确认"));
}

int cmd_pay_payments(struct cli *cli)
{
    return list(cli, "/api/v1/pay/payments", payment_columns);
}

/* --- disputes --------------------------------------------------------------------------------------------------------
 */

int cmd_dispute_raise(struct cli *cli)
{
    json_t *body = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "dispute", "unit",
                             option_argument(&cli->options, 0), "period", given(cli, "period"), "about",
                             given(cli, "about"), "line", given(cli, "line"), "component", given(cli, "component"),
                             "expected", given(cli, "expected"), "words", given(cli, "words"), "evidence",
                             given(cli, "evidence"));

    return cli_do(cli, "/api/v1/disputes", body, word("raised", "已提出"));
}

int cmd_dispute_list(struct cli *cli)
{
    return list(cli, "/api/v1/disputes", dispute_columns);
}

static int step(struct cli *cli, const char *name)
{
    static const char *const flags[] = { "assignee", "due", "amount", "reason" };
    json_t *body = json_pack("{s:s}", "step", name);

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        json_object_set_new(body, flags[i], json_string(given(cli, flags[i])));
    return cli_do_on(cli, "disputes", option_argument(&cli->options, 0), "move", body, word("done", "完成"));
}

int cmd_dispute_assign(struct cli *cli)
{
    return step(cli, "assign");
}

int cmd_dispute_accept(struct cli *cli)
{
    return step(cli, "accept");
}

int cmd_dispute_refuse(struct cli *cli)
{
    return step(cli, "refuse");
}

int cmd_dispute_withdraw(struct cli *cli)
{
    return step(cli, "withdraw");
}
