/* cmd_programme: yes, no and the end of cross-sell programmes. */
#include "cli/cli.h"

#include <stdlib.h>

/* The revision given, else the present one: *revision. An exit code, already explained, otherwise. */
static int find_revision(struct cli *cli, const char *code, long *revision)
{
    const char *given = option_text(&cli->options, "revision", NULL);
    struct buf path = { 0 };
    json_t *items = NULL;
    bool more;
    int result;

    if (given) {
        *revision = strtol(given, NULL, 10);
        return EXIT_FINE;
    }
    buf_append_text(&path, "/api/v1/programmes");
    cli_query(&path, "code", code);
    result = cli_list(cli, buf_text(&path), 1, &items, &more);
    if (result == EXIT_FINE && !json_array_size(items)) {
        fprintf(cli->err, word("there is no programme \"%s\"\n", "没有交叉销售方案 \"%s\"\n"), code);
        result = EXIT_REFUSED;
    } else if (result == EXIT_FINE) {
        *revision = (long)output_int(json_array_get(items, 0), "revision");
    }
    json_decref(items);
    buf_fini(&path);
    return result;
}

static int post(struct cli *cli, const char *what, json_t *body, const char *done)
{
    return cli_do_on(cli, "programmes", option_argument(&cli->options, 0), what, body, done);
}

static int consent(struct cli *cli, bool refuse, const char *done)
{
    long revision = 0;
    int result = find_revision(cli, option_argument(&cli->options, 0), &revision);

    if (result != EXIT_FINE)
        return result;
    return post(cli, "consent",
                json_pack("{s:s, s:s, s:s, s:b, s:i}", "unit", option_argument(&cli->options, 1), "part",
                          option_text(&cli->options, "as", ""), "note", option_text(&cli->options, "note", ""),
                          "refuse", refuse, "revision", (int)revision),
                done);
}

int cmd_programme_agree(struct cli *cli)
{
    return consent(cli, false, word("agreed", "已同意"));
}

int cmd_programme_refuse(struct cli *cli)
{
    return consent(cli, true, word("refused", "已拒绝"));
}

int cmd_programme_end(struct cli *cli)
{
    long revision = 0;
    int result = find_revision(cli, option_argument(&cli->options, 0), &revision);

    if (result != EXIT_FINE)
        return result;
    return post(cli, "end",
                json_pack("{s:s, s:s, s:i}", "day", option_text(&cli->options, "day", ""), "reason",
                          option_text(&cli->options, "reason", ""), "revision", (int)revision),
                word("the programme ends", "方案将结束"));
}
