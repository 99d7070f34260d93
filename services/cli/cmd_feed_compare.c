/* cmd_feed_compare: two senders of the same facts beside each other. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

const struct flag feed_compare_flags[] = {
    { "from", 0, "DATE", "from this day on (the month's first)", "起始日（缺省为月初）" },
    { "until", 0, "DATE", "before this day", "截止日（不含）" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column differences[] = {
    C("key", "RECORD", "记录", ID),
    C("what", "WHAT", "差异", WORD),
    C("fields", "IN", "不一致字段", LIST),
    C("feed/day", "DAY", "日期", TEXT),
    C("with/day", "OTHER", "对方日期", TEXT),
    AMOUNT("feed/amount", "AMOUNT", "金额", "scale"),
    AMOUNT("with/amount", "OTHER", "对方金额", "scale"),
    C("feed/unit", "UNIT", "单元", TEXT),
    C("with/unit", "OTHER", "对方单元", TEXT),
    C("feed/state", "STATE", "状态", WORD),
    C("with/state", "OTHER", "对方状态", WORD),
    C("feed/seller", "SELLER", "销售人", TEXT),
    C("with/seller", "OTHER", "对方销售人", TEXT),
    C("feed/channel", "CHANNEL", "渠道", TEXT),
    C("with/channel", "OTHER", "对方渠道", TEXT),
    C("feed/customer", "CUSTOMER", "客户", TEXT),
    C("with/customer", "OTHER", "对方客户", TEXT),
    C("feed/file", "FILE", "文件", TEXT),
    C("feed/row", "ROW", "行", ID),
    C("with/file", "OTHER", "对方文件", TEXT),
    C("with/row", "ROW", "行", ID),
    END,
};

static void print_sums(struct cli *cli, const json_t *answer)
{
    fprintf(cli->out,
            word("%lld in both, %lld of them the same; %lld here only, %lld there only\n",
                 "双方都有 %lld 条，其中一致 %lld 条；仅本方 %lld 条，仅对方 %lld 条\n"),
            output_int(answer, "both"), output_int(answer, "same"), output_int(answer, "only_feed"),
            output_int(answer, "only_with"));
}

int cmd_feed_compare(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/feeds/%s/compare?limit=500", client_escape(option_argument(&cli->options, 0)));
    cli_query(&path, "with", option_argument(&cli->options, 1));
    cli_query(&path, "from", option_text(&cli->options, "from", NULL));
    cli_query(&path, "until", option_text(&cli->options, "until", NULL));
    if (cli->format == OUTPUT_TABLE) {
        if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
            code = cli_fail(cli, &answer);
        else
            print_sums(cli, answer.json);
        client_answer_fini(&answer);
    }
    if (code == EXIT_FINE)
        code = cli_show(cli, buf_text(&path), "items", differences);
    buf_fini(&path);
    return code;
}
