/* cmd_feed_conditions: how feeds and their cities stand; feeds that are said to be complete. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

const struct flag feed_conditions_flags[] = {
    { "unit", 0, "UNIT", "of this city only; - the feeds as a whole", "仅此地市；- 表示仅整个数据源" },
    { "condition", 0, "CONDITION", "live, late, suspect or silent only", "仅此状态：live、late、suspect、silent" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag feed_complete_flags[] = {
    { "unit", 0, "UNIT", "of this city's part only", "仅此地市的部分" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column conditions[] = {
    C("feed", "FEED", "数据源", TEXT),
    C("unit", "UNIT", "地市", TEXT),
    C("condition", "CONDITION", "状态", WORD),
    C("since", "SINCE", "自", TIME),
    C("through", "COMPLETE TO", "完整至", TIME),
    C("day", "LAST DAY", "最近完整日", TEXT),
    C("day_class", "CLASS", "日类", WORD),
    C("volume", "RECORDS", "记录数", INT),
    C("expected", "USUALLY", "同类日中位数", INT),
    C("held_by", "HELD BY", "被此文件阻挡", TEXT),
    C("remedy", "WHAT TO DO", "处理办法", TEXT),
    END,
};

int cmd_feed_conditions(struct cli *cli)
{
    static const char *const flags[] = { "unit", "condition", NULL };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/feeds/conditions");
    cli_query(&path, "feed", option_argument(&cli->options, 0));
    for (const char *const *flag = flags; *flag; flag++)
        cli_query(&path, *flag, option_text(&cli->options, *flag, NULL));
    code = cli_show(cli, buf_text(&path), "items", conditions);
    buf_fini(&path);
    return code;
}

int cmd_feed_complete(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/feeds/%s/complete", client_escape(option_argument(&cli->options, 0)));
    code = cli_do(cli, buf_text(&path),
                  json_pack("{s:s, s:s}", "through", option_argument(&cli->options, 1), "unit",
                            option_text(&cli->options, "unit", "")),
                  word("noted; see: bihuan feed conditions", "已记录，见 bihuan feed conditions"));
    buf_fini(&path);
    return code;
}
