/* cmd_brief: briefs for meetings: printed, or written to files as a page or a spreadsheet. */
#include "cli/cmd_desk.h"

#include <errno.h>
#include <string.h>

const struct flag brief_flags[] = {
    { "day", 0, NULL, "of the last complete day", "日报" },
    { "week", 0, NULL, "of the week so far (usual)", "周报（默认）" },
    { "month", 0, NULL, "of the month so far", "月报" },
    { "as-of", 0, "DATE", "as it stood on a day", "截至某日" },
    { "html", 0, "FILE", "write a page with charts to this file", "写成带图表的网页文件" },
    { "xlsx", 0, "FILE", "write a spreadsheet to this file", "写成电子表格文件" },
    { NULL, 0, NULL, NULL, NULL },
};

static void path_of(struct cli *cli, const char *format, struct buf *path)
{
    const struct options *options = &cli->options;
    const char *span = option_given(options, "day") ? "day" : option_given(options, "month") ? "month" : "week";

    buf_printf(path, "/api/v1/briefs/%s", client_escape(option_argument(options, 0)));
    cli_query(path, "span", span);
    cli_query(path, "as_of", option_text(options, "as-of", NULL));
    cli_query(path, "format", format);
}

static int write_file(struct cli *cli, const char *name, const struct buf *bytes)
{
    FILE *file = fopen(name, "wb");
    bool good = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;

    if (file && fclose(file) != 0)
        good = false;
    if (!good) {
        fprintf(cli->err, word("could not write %s: %s\n", "无法写入 %s：%s\n"), name, strerror(errno));
        return EXIT_REFUSED;
    }
    fprintf(cli->out, word("written to %s\n", "已写入 %s\n"), name);
    return EXIT_FINE;
}

/* name NULL: to the terminal. */
static int fetch(struct cli *cli, const char *format, const char *name)
{
    struct client_answer answer;
    struct buf path = { 0 }, bytes = { 0 };
    int code = EXIT_FINE;

    path_of(cli, format, &path);
    if (!client_get_file(cli->client, buf_text(&path), &bytes, &answer))
        code = cli_fail(cli, &answer);
    else if (name)
        code = write_file(cli, name, &bytes);
    else
        fwrite(bytes.data, 1, bytes.len, cli->out);
    client_answer_fini(&answer);
    buf_fini(&path);
    buf_fini(&bytes);
    return code;
}

static int show_data(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    path_of(cli, NULL, &path);
    code = cli_view(cli, buf_text(&path), NULL);
    buf_fini(&path);
    return code;
}

int cmd_brief(struct cli *cli)
{
    const char *html = option_text(&cli->options, "html", NULL), *xlsx = option_text(&cli->options, "xlsx", NULL);
    int code = EXIT_FINE;

    if (html)
        code = fetch(cli, "html", html);
    if (code == EXIT_FINE && xlsx)
        code = fetch(cli, "xlsx", xlsx);
    if (html || xlsx)
        return code;
    return cli->format == OUTPUT_JSON ? show_data(cli) : fetch(cli, "text", NULL);
}
