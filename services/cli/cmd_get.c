/* cmd_get: lists of everything. */
#include "cli/cli.h"
#include "cli/kinds.h"

#include "text/nearest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 500

static int unknown_kind(struct cli *cli, const char *name)
{
    struct nearest nearest;
    struct buf all = { 0 };
    int code;

    nearest_init(&nearest, name);
    for (size_t i = 0; i < listing_count; i++) {
        nearest_offer(&nearest, listings[i].name);
        buf_printf(&all, "%s%s", i ? ", " : "", listings[i].name);
    }
    code = cli_usage(cli, word("there is no kind \"%s\"%s; there are %s", "没有种类 \"%s\"%s；可选 %s"), name,
                     nearest_hint(&nearest), buf_text(&all));
    buf_fini(&all);
    return code;
}

/* --filter name=value; 0 or the exit code. */
static int add_filters(struct cli *cli, struct buf *path)
{
    const char *filter;

    for (size_t i = 0; (filter = option_nth(&cli->options, "filter", i)); i++) {
        const char *equals = strchr(filter, '=');
        char name[64];
        if (!equals || equals == filter || (size_t)(equals - filter) >= sizeof name)
            return cli_usage(cli, word("--filter %s is not like type=city", "--filter %s 须形如 type=city"), filter);
        snprintf(name, sizeof name, "%.*s", (int)(equals - filter), filter);
        cli_query(path, name, equals + 1);
    }
    return EXIT_FINE;
}

/* Those rows whose key is the code. */
static json_t *choose(json_t *rows, const char *key, const char *code)
{
    json_t *chosen = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row) if (strcmp(output_text(row, key), code) == 0) json_array_append(chosen, row);
    json_decref(rows);
    return chosen;
}

static int show(struct cli *cli, json_t *rows, const struct listing *listing, const char *code, bool more)
{
    struct buf text = { 0 };
    bool absent = code && !json_array_size(rows);

    if (absent)
        fprintf(cli->err, word("%s: there is no \"%s\"\n", "%s: 没有 \"%s\"\n"), listing->name, code);
    else
        output_rows(rows, listing->columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    if (more)
        fprintf(cli->err, "%s\n", word("there are more rows; --all shows them", "还有更多行；--all 显示全部"));
    buf_fini(&text);
    return absent ? EXIT_REFUSED : EXIT_FINE;
}

int cmd_get(struct cli *cli)
{
    const char *name = option_argument(&cli->options, 0), *code = option_argument(&cli->options, 1);
    const char *limit_text = option_text(&cli->options, "limit", NULL);
    const struct listing *listing = listing_find(name);
    size_t limit = limit_text ? strtoul(limit_text, NULL, 10) : LIMIT_DEFAULT;
    struct buf path = { 0 };
    json_t *rows = NULL;
    bool more = false;
    int result;

    if (!listing)
        return unknown_kind(cli, name);
    if (!limit)
        return cli_usage(cli, word("--limit %s is not a number", "--limit %s 不是数字"), limit_text);
    if (option_given(&cli->options, "all") || (code && !listing->parameter))
        limit = SIZE_MAX;
    buf_append_text(&path, listing->path);
    if (code && listing->parameter)
        cli_query(&path, listing->parameter, code);
    result = add_filters(cli, &path);
    if (result == EXIT_FINE)
        result = cli_list(cli, buf_text(&path), limit, &rows, &more);
    if (result == EXIT_FINE && code && !listing->parameter)
        rows = choose(rows, listing->key, code);
    if (result == EXIT_FINE)
        result = show(cli, rows, listing, code, more);
    json_decref(rows);
    buf_fini(&path);
    return result;
}
