/* cmd_feed_mend: rows in quarantine as they should have come: one on the command line, many from a file. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "42,949,673,936" as tables print it, too. 0: it is no number. */
static unsigned long long read_id(const char *text, size_t len)
{
    unsigned long long id = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == ',')
            continue;
        if (text[i] < '0' || text[i] > '9')
            return 0;
        id = id * 10 + (unsigned long long)(text[i] - '0');
    }
    return id;
}

static bool add(json_t *rows, const char *id, size_t len, const char *row)
{
    unsigned long long number = read_id(id, len);

    return number && json_array_append_new(rows, json_pack("{s:I, s:s}", "id", (json_int_t)number, "data", row)) == 0;
}

/* A line each: the id, a tab, the row. Returns the number of the first line that is none; 0 all are. */
static size_t read_lines(FILE *file, json_t *rows)
{
    size_t cap = 0, number = 0, bad = 0;
    char *line = NULL;

    while (!bad && getline(&line, &cap, file) >= 0) {
        char *tab = strchr(line, '\t');

        number++;
        line[strcspn(line, "\r\n")] = 0;
        if (*line && (!tab || !add(rows, line, (size_t)(tab - line), tab + 1)))
            bad = number;
    }
    free(line);
    return bad;
}

static int read_file(struct cli *cli, const char *path, json_t *rows)
{
    FILE *file = fopen(path, "re");
    size_t bad;

    if (!file) {
        fprintf(cli->err, "%s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    bad = read_lines(file, rows);
    (void)fclose(file);
    if (!bad)
        return EXIT_FINE;
    return cli_usage(cli, word("%s, line %zu: not an ID, a tab and the row", "%s 第 %zu 行：应为 ID、制表符和整行内容"),
                     path, bad);
}

int cmd_feed_mend(struct cli *cli)
{
    const char *id = option_argument(&cli->options, 0), *row = option_argument(&cli->options, 1);
    const char *path = option_text(&cli->options, "file", NULL);
    json_t *rows = json_array();
    int code = EXIT_FINE;

    if (path && !id)
        code = read_file(cli, path, rows);
    else if (path || !row || !add(rows, id, strlen(id), row))
        code = cli_usage(cli, word("feed mend wants the ID of a waiting row and the row as it should be, or --file",
                                   "feed mend 需要待处理记录的 ID 和更正后的整行，或 --file"));
    if (code != EXIT_FINE) {
        json_decref(rows);
        return code;
    }
    return cli_do(cli, "/api/v1/rejects/mend",
                  json_pack("{s:o, s:s}", "rows", rows, "note", option_text(&cli->options, "reason", "")),
                  word("recorded", "已更正入库"));
}
