/* cmd_feed_closed: what was recorded of a unit on days on which it is closed, and stays. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

const struct flag feed_closed_flags[] = {
    { "from", 0, "DATE", "as if it were closed from this day on", "假定自该日起关闭" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column closed_columns[] = {
    C("sender", "SENDER", "发送方", TEXT),
    C("fact", "FACT", "事实", WORD),
    C("records", "RECORDS", "记录数", INT),
    AMOUNT("amount", "AMOUNT", "金额", "scale"),
    C("first", "FIRST", "首日", TEXT),
    C("last", "LAST", "末日", TEXT),
    END,
};

static void path_of(struct buf *path, const char *unit, const char *from)
{
    buf_printf(path, "/api/v1/units/%s/closed-facts", client_escape(unit));
    cli_query(path, "from", from);
}

int cmd_feed_closed(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    path_of(&path, option_argument(&cli->options, 0), option_text(&cli->options, "from", NULL));
    code = cli_show(cli, buf_text(&path), "items", closed_columns);
    buf_fini(&path);
    return code;
}

/* Who may close units may perhaps not read feeds: then nothing is said. */
void cli_tell_closed_facts(struct cli *cli, const char *unit, const char *from)
{
    struct client_answer answer;
    struct buf path = { 0 };

    path_of(&path, unit, from);
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer) && output_int(answer.json, "records"))
        fprintf(
            cli->out,
            word(
                "%lld records of %s from %s on came before and stay (`bihuan feed closed %s --from %s`); what comes"
                " from now on waits as unit_closed\n",
                "%2$s 自 %3$s 起已入账的 %1$lld 条记录保留不动（`bihuan feed closed %4$s --from %5$s`）；此后到达的记录"
                "以 unit_closed 留待处理\n"),
            output_int(answer.json, "records"), unit, from, unit, from);
    client_answer_fini(&answer);
    buf_fini(&path);
}
