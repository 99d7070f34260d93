/* cmd_feed_sources: senders of TM Forum events that are asked for what no event told. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

static const struct column sources[] = {
    C("feed", "FEED", "数据源", TEXT),
    C("through", "ASKED UP TO", "已问至", TIME),
    C("asked_at", "LAST ASKED", "上次询问", TIME),
    C("seen", "SEEN", "已见", INT),
    C("missed", "MISSED", "事件遗漏", INT),
    C("failures", "FAILED", "连续失败", INT),
    C("hub", "HUB", "订阅", WORD),
    C("hub_id", "HUB ID", "订阅编号", TEXT),
    { "error", "ERROR", "错误", COLUMN_TEXT, NULL, 80, NULL, NULL },
    { "hub_error", "HUB ERROR", "订阅错误", COLUMN_TEXT, NULL, 80, NULL, NULL },
    END,
};

int cmd_feed_sources(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/feeds/sources");
    cli_query(&path, "feed", option_argument(&cli->options, 0));
    code = cli_show(cli, buf_text(&path), "items", sources);
    buf_fini(&path);
    return code;
}

int cmd_feed_ask(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/feeds/%s/ask", client_escape(option_argument(&cli->options, 0)));
    code = cli_do(
        cli, buf_text(&path), json_object(),
        word("its sender is asked now; see: bihuan feed sources", "已开始询问发送方，结果见 bihuan feed sources"));
    buf_fini(&path);
    return code;
}
