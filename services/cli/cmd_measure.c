/* cmd_measure: what definitions yield on recorded facts before they are published. */
#include "cli/cli.h"
#include "cli/manifest.h"

#include <stdlib.h>
#include <string.h>

static const struct column total_fields[] = {
    { "measure", "measure", "指标", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "total", "total", "合计", COLUMN_AMOUNT, "scale", 0, NULL, "-no_value=false" },
    { "of", "which is", "分子", COLUMN_AMOUNT, "of_scale", 0, NULL, "ratio=true" },
    { "over", "over", "分母", COLUMN_AMOUNT, "over_scale", 0, NULL, "ratio=true" },
    { "without_key", "lines without a key", "无键行数", COLUMN_INT, NULL, 0, NULL, "distinct=true" },
    { "lines", "lines that count", "计入行数", COLUMN_INT, NULL, 0, NULL, NULL },
    { "records", "records looked at", "检查记录数", COLUMN_INT, NULL, 0, NULL, NULL },
    { "units", "units", "单元数", COLUMN_INT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};
static const struct column top_columns[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "value", "VALUE", "数值", COLUMN_AMOUNT, "scale", 0, NULL, "-no_value=false" },
    { "lines", "LINES", "行数", COLUMN_INT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

static bool is_ratio(const json_t *answer)
{
    return output_int(answer, "of") || output_int(answer, "over") || json_is_true(json_object_get(answer, "no_value"));
}

/* Rows know the scale of their amounts. */
static void show(struct cli *cli, const char *measure, json_t *answer)
{
    json_t *top = json_object_get(answer, "top"), *row;
    struct buf text = { 0 };
    size_t i;

    json_object_set_new(answer, "measure", json_string(measure));
    json_object_set_new(answer, "ratio", json_boolean(is_ratio(answer)));
    json_object_set_new(answer, "distinct", json_boolean(output_int(answer, "without_key") != 0));
    json_array_foreach(top, i, row) json_object_set(row, "scale", json_object_get(answer, "scale"));
    if (cli->format != OUTPUT_CSV) {
        output_fields(answer, total_fields, &text);
        buf_append_text(&text, "\n");
    }
    output_rows(top, top_columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    if (output_int(answer, "buckets_read") < output_int(answer, "buckets"))
        fprintf(cli->err,
                word("time ran out: these are %lld of %lld equal parts of all records\n",
                     "时间所限：以上为全部记录 %2$lld 等份中的 %1$lld 份\n"),
                output_int(answer, "buckets_read"), output_int(answer, "buckets"));
}

/* definition NULL: a published measure by its code. */
static int try_one(struct cli *cli, const char *code, const json_t *definition, json_t *all)
{
    static const char *const texts[] = { "from", "until", "unit" };
    json_t *body = json_object();
    struct client_answer answer;
    int result = EXIT_FINE;

    if (definition)
        json_object_set(body, "definition", (json_t *)(uintptr_t)definition);
    else
        json_object_set_new(body, "measure", json_string(code));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_object_set_new(body, texts[i], json_string(option_text(&cli->options, texts[i], "")));
    json_object_set_new(body, "top", json_integer(strtol(option_text(&cli->options, "top", "10"), NULL, 10)));
    if (!client_ask(cli->client, "POST", "/api/v1/measures/try", body, &answer)) {
        result = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        json_object_set_new(answer.json, "measure", json_string(code));
        json_array_append(all, answer.json);
    } else {
        show(cli, code, answer.json);
    }
    client_answer_fini(&answer);
    json_decref(body);
    return result;
}

static int try_file(struct cli *cli, const char *file, const char *only, json_t *all)
{
    struct manifests manifests;
    int result = EXIT_FINE, tried = 0;

    manifests_init(&manifests);
    manifests_read(&manifests, file);
    if (manifests.mistake_count) {
        fprintf(cli->err, "%s", buf_text(&manifests.mistakes));
        result = EXIT_REFUSED;
    }
    for (size_t i = 0; result == EXIT_FINE && i < manifests.item_count; i++) {
        const char *code = output_text(manifests.items[i].json, "code");

        if (strcmp(manifests.items[i].kind->name, "Measures") != 0 || (only && strcmp(only, code) != 0))
            continue;
        tried++;
        result = try_one(cli, code, manifests.items[i].json, all);
    }
    if (result == EXIT_FINE && !tried) {
        fprintf(cli->err, word("%s: there is no such measure\n", "%s: 没有该指标\n"), file);
        result = EXIT_REFUSED;
    }
    manifests_fini(&manifests);
    return result;
}

int cmd_measure_try(struct cli *cli)
{
    const char *file = option_text(&cli->options, "file", NULL), *code = option_text(&cli->options, "code", NULL);
    json_t *all = json_array();
    int result;

    if (file)
        result = try_file(cli, file, code, all);
    else if (code)
        result = try_one(cli, code, NULL, all);
    else
        result = cli_usage(
            cli, word("measure try wants -f FILE or --code MEASURE", "measure try 需要 -f FILE 或 --code MEASURE"));
    if (result == EXIT_FINE && cli->format == OUTPUT_JSON)
        cli_print_json(cli, all);
    json_decref(all);
    return result;
}
