/* cmd_feed_map: a code map that all feeds of a sender share: shown, or one value put into it. */
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/columns.h"

static const struct column entries[] = {
    C("from", "IN THE FILE", "文件中的值", TEXT),
    C("to", "OURS", "本系统代码", TEXT),
    END,
};

static int show(struct cli *cli, const char *sender, const char *name)
{
    struct client_answer answer;
    struct buf path = { 0 }, text = { 0 };
    const json_t *map;
    int code = EXIT_FINE;

    buf_append_text(&path, "/api/v1/code-maps");
    cli_query(&path, "sender", sender);
    cli_query(&path, "name", name);
    if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (!(map = json_array_get(json_object_get(answer.json, "items"), 0))) {
        fprintf(cli->err, word("sender \"%s\" has no map \"%s\"\n", "发送方 \"%s\" 没有对照表 \"%s\"\n"), sender, name);
        code = EXIT_REFUSED;
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, map);
    } else {
        output_rows(json_object_get(map, "entries"), entries, cli->format, &text);
        fwrite(text.data, 1, text.len, cli->out);
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    buf_fini(&text);
    return code;
}

int cmd_feed_map(struct cli *cli)
{
    const char *sender = option_argument(&cli->options, 0), *name = option_argument(&cli->options, 1);
    const char *from = option_argument(&cli->options, 2), *to = option_argument(&cli->options, 3);

    if (!from)
        return show(cli, sender, name);
    if (!to)
        return cli_usage(cli, word("feed map wants both: what stands in the file, and our code",
                                   "feed map 需要同时给出文件中的值和本系统代码"));
    return cli_do(cli, "/api/v1/apply/code-maps",
                  json_pack("{s:b, s:[{s:s, s:s, s:[{s:s, s:s}]}]}", "merge", 1, "items", "sender", sender, "name",
                            name, "entries", "from", from, "to", to),
                  word("mapped; what waits for it: bihuan feed causes, bihuan feed rejects --value ... --release",
                       "已对照；待处理的记录见 bihuan feed causes，放行用 bihuan feed rejects --value ... --release"));
}
