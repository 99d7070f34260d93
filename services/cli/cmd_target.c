/* cmd_target: targets out to a spreadsheet and back in. */
#include "cli/cli.h"
#include "cli/manifest.h"
#include "cli/target_sheet.h"

#include <stdint.h>
#include <string.h>

static const struct column conflict_columns[] = {
    { "row", "ROW", "行", COLUMN_ID, NULL, 0, NULL, NULL },
    { "period", "PERIOD", "周期", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "channel", "CHANNEL", "渠道", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "product", "PRODUCT", "产品", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "measure", "MEASURE", "指标", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "exported", "EXPORTED", "导出时", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "current", "NOW", "现值", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "amount", "WANTED", "修改为", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

static int list_targets(struct cli *cli, const char *period, const char *unit, const char *measure, json_t **rows)
{
    struct buf path = { 0 };
    bool more;
    int code;

    buf_append_text(&path, "/api/v1/targets?draft=true"); /* what is being worked on; else what is in force */
    cli_query(&path, "period", period);
    cli_query(&path, "unit", unit);
    cli_query(&path, "measure", measure);
    code = cli_list(cli, buf_text(&path), SIZE_MAX, rows, &more);
    buf_fini(&path);
    return code;
}

/* --- out --- */

static int list_names(struct cli *cli, json_t **names)
{
    json_t *units, *unit;
    bool more;
    size_t i;
    int code = cli_list(cli, "/api/v1/units", SIZE_MAX, &units, &more);

    if (code != EXIT_FINE)
        return code;
    *names = json_object();
    json_array_foreach(units, i, unit)
        json_object_set(*names, output_text(unit, "code"), json_object_get(unit, "name"));
    json_decref(units);
    return EXIT_FINE;
}

int cmd_target_export(struct cli *cli)
{
    const char *period = option_text(&cli->options, "period", NULL), *file = option_text(&cli->options, "xlsx", NULL);
    json_t *rows, *names;
    struct err err;
    int code;

    if (!period || !file)
        return cli_usage(cli, word("target export wants --period P and --xlsx FILE",
                                   "target export 需要 --period P 和 --xlsx FILE"));
    code = list_targets(cli, period, option_text(&cli->options, "unit", NULL),
                        option_text(&cli->options, "measure", NULL), &rows);
    if (code != EXIT_FINE)
        return code;
    code = list_names(cli, &names);
    if (code != EXIT_FINE) {
        json_decref(rows);
        return code;
    }
    if (target_sheet_write(file, rows, names, &err) == 0) {
        fprintf(cli->out, word("%zu targets in \"%s\"\n", "%zu 个目标已写入 \"%s\"\n"), json_array_size(rows), file);
    } else {
        fprintf(cli->err, "%s: %s\n", file, err.text);
        code = EXIT_REFUSED;
    }
    json_decref(rows);
    json_decref(names);
    return code;
}

/* --- in --- */

/* What is there now, by key, for every period that the sheet names. */
static int list_current(struct cli *cli, const json_t *seen, json_t **current)
{
    json_t *periods = json_object(), *row;
    struct buf key = { 0 };
    const char *period;
    int code = EXIT_FINE;
    json_t *value;
    size_t i;

    *current = json_object();
    json_array_foreach(seen, i, row) json_object_set_new(periods, output_text(row, "period"), json_true());
    json_object_foreach(periods, period, value)
    {
        json_t *rows;

        if (code != EXIT_FINE || (code = list_targets(cli, period, NULL, NULL, &rows)) != EXIT_FINE)
            continue;
        json_array_foreach(rows, i, row) json_object_set(*current, target_sheet_key(row, &key), row);
        json_decref(rows);
    }
    json_decref(periods);
    buf_fini(&key);
    return code;
}

static int refuse(struct cli *cli, const char *file, const json_t *conflicts)
{
    struct buf text = { 0 };

    fprintf(cli->err,
            word("%s: these were changed by others since the export; nothing was imported. Export again.\n",
                 "%s: 以下目标在导出后已被他人修改，未导入任何内容。请重新导出。\n"),
            file);
    output_rows(conflicts, conflict_columns, cli->format == OUTPUT_JSON ? OUTPUT_TABLE : cli->format, &text);
    fwrite(text.data, 1, text.len, cli->err);
    buf_fini(&text);
    return EXIT_REFUSED;
}

static int send(struct cli *cli, const char *file, const json_t *changed)
{
    struct manifests manifests;
    const json_t *row;
    size_t i;
    int code;

    manifests_init(&manifests);
    manifests.check_revision = true;
    json_array_foreach(changed, i, row)
    {
        struct item item = { .kind = kind_find("Targets"), .file = file, .line = (uint64_t)output_int(row, "row") };

        item.json = json_deep_copy(row);
        json_object_del(item.json, "row");
        manifests_add(&manifests, &item);
    }
    code = apply_items(cli, &manifests, option_given(&cli->options, "dry-run"));
    manifests_fini(&manifests);
    return code;
}

int cmd_target_import(struct cli *cli)
{
    const char *file = option_argument(&cli->options, 0);
    json_t *seen, *exported, *current, *changed, *conflicts;
    struct err err;
    int code;

    if (target_sheet_read(file, &seen, &exported, &err) != 0) {
        fprintf(cli->err, "%s: %s\n", file, err.text);
        return EXIT_REFUSED;
    }
    code = list_current(cli, seen, &current);
    if (code == EXIT_FINE) {
        target_sheet_compare(seen, exported, current, &changed, &conflicts);
        code = json_array_size(conflicts) ? refuse(cli, file, conflicts) : send(cli, file, changed);
        json_decref(changed);
        json_decref(conflicts);
    }
    json_decref(seen);
    json_decref(exported);
    json_decref(current);
    return code;
}
