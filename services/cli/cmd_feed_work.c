/* cmd_feed_work: feeds set up and looked after: try a sample, files that are missing, what operators do. */
#include "cli/cli.h"
#include "cli/manifest.h"

#include "text/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_LEN ((size_t)256 << 10) /* of a file; the rest is not needed to see how it reads */

#define C(key, en, zh, kind)                                                                                           \
    {                                                                                                                  \
        key, en, zh, COLUMN_##kind, NULL, 0, NULL, NULL                                                                \
    }
#define AMOUNT(key, en, zh)                                                                                            \
    {                                                                                                                  \
        key, en, zh, COLUMN_AMOUNT, "scale", 0, NULL, NULL                                                             \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL                                                             \
    }

const struct flag feed_try_flags[] = {
    { "file", 'f', "MANIFEST", "the feed as this manifest has it, applied or not", "使用该清单中的数据源定义" },
    { "rows", 0, "N", "show the first N rows (10)", "显示前 N 行 (10)" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag feed_file_flags[] = {
    { "release", 0, NULL, "read it without its companion, or in spite of its control", "放行：不等控制文件或忽略校验" },
    { "retry", 0, NULL, "read it again with the feed as it is now", "按当前定义重新读取" },
    { "row", 0, "N", "... from row N on", "……从第 N 行起" },
    { "write-off", 0, NULL, "give it up", "作废该文件" },
    { "reason", 0, "TEXT", "why", "原因" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag feed_missing_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag feed_causes_flags[] = {
    { "feed", 0, "FEED", "of this feed only", "仅此数据源" },
    { "reason", 0, "REASON", "with this reason only", "仅此原因" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct column causes[] = {
    C("feed", "FEED", "数据源", TEXT),
    C("reason", "REASON", "原因", TEXT),
    C("column", "COLUMN", "列", TEXT),
    { "value", "VALUE", "值", COLUMN_TEXT, NULL, 30, NULL, NULL },
    C("rows", "ROWS", "行数", INT),
    C("files", "FILES", "文件数", INT),
    AMOUNT("amount", "AMOUNT", "金额"),
    { "message", "WHAT TO DO", "说明", COLUMN_TEXT, NULL, 160, NULL, NULL },
    END,
};

/* --- a sample --------------------------------------------------------------------------------------------------------
 */

static const struct column sums[] = {
    C("read", "rows read", "读取行数", INT),
    C("taken", "would be recorded", "可入账", INT),
    C("filtered", "filtered", "已过滤", INT),
    C("bad", "would wait", "将待处理", INT),
    AMOUNT("amount", "amount of all", "金额合计"),
    C("name_problem", "file name", "文件名", TEXT),
    C("error", "error", "错误", TEXT),
    END,
};
static const struct column rows_columns[] = {
    C("row", "ROW", "序号", INT),
    C("line", "LINE", "行", ID),
    C("record_key", "RECORD", "记录", TEXT),
    C("occurred_at", "TIME", "时间", TIME),
    C("unit", "UNIT", "单元", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    { "quantity", "QUANTITY", "数量", COLUMN_INT, NULL, 0, NULL, "reason=" },
    { "amount", "AMOUNT", "金额", COLUMN_AMOUNT, "scale", 0, NULL, "reason=" },
    C("state", "STATE", "状态", WORD),
    C("operation", "OPERATION", "操作", TEXT),
    C("reason", "REASON", "原因", TEXT),
    C("column", "COLUMN", "列", TEXT),
    { "value", "VALUE", "值", COLUMN_TEXT, NULL, 30, NULL, NULL },
    END,
};
static const struct column problem_columns[] = {
    C("reason", "REASON", "原因", TEXT),
    C("column", "COLUMN", "列", TEXT),
    { "value", "VALUE", "值", COLUMN_TEXT, NULL, 30, NULL, NULL },
    C("rows", "ROWS", "行数", INT),
    { "message", "WHAT TO DO", "说明", COLUMN_TEXT, NULL, 160, NULL, NULL },
    END,
};

/* The beginning of the file, in base64. *cut: there is more. */
static int read_sample(struct cli *cli, const char *path, struct buf *out, bool *cut)
{
    static char bytes[SAMPLE_LEN];
    FILE *file = fopen(path, "re");
    size_t len;

    if (!file)
        return cli_usage(cli, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), path, strerror(errno));
    len = fread(bytes, 1, sizeof bytes, file);
    *cut = len == sizeof bytes && fgetc(file) != EOF;
    fclose(file);
    base64_encode((const uint8_t *)bytes, len, out);
    return EXIT_FINE;
}

/* The feed of that code out of a manifest, which stays read. */
static int find_definition(struct cli *cli, struct manifests *manifests, const char *manifest, const char *code,
                           const struct item **out)
{
    manifests_read(manifests, manifest);
    if (manifests->mistake_count) {
        fprintf(cli->err, "%s", buf_text(&manifests->mistakes));
        return EXIT_REFUSED;
    }
    for (size_t i = 0; i < manifests->item_count; i++)
        if (strcmp(manifests->items[i].kind->name, "Feeds") == 0 &&
            strcmp(output_text(manifests->items[i].json, "code"), code) == 0)
            *out = &manifests->items[i];
    if (!*out)
        fprintf(cli->err, word("%s: there is no feed \"%s\"\n", "%s: 没有数据源 \"%s\"\n"), manifest, code);
    return *out ? EXIT_FINE : EXIT_REFUSED;
}

static void add_scale(json_t *rows, const json_t *answer)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) json_object_set(row, "scale", json_object_get(answer, "scale"));
}

static const struct column column_sums[] = {
    C("column", "COLUMN", "列", TEXT),
    AMOUNT("amount", "AMOUNT OF ALL", "金额合计"),
    END,
};

static void show_trial(struct cli *cli, json_t *answer)
{
    json_t *rows = json_object_get(answer, "rows"), *problems = json_object_get(answer, "problems");
    json_t *more = json_object_get(answer, "sums");
    struct buf text = { 0 };

    add_scale(rows, answer);
    add_scale(more, answer);
    if (cli->format == OUTPUT_TABLE)
        output_fields(answer, sums, &text);
    if (cli->format == OUTPUT_TABLE && json_array_size(more)) {
        buf_append_text(&text, "\n");
        output_rows(more, column_sums, cli->format, &text);
    }
    if (cli->format == OUTPUT_TABLE)
        buf_append_text(&text, "\n");
    output_rows(rows, rows_columns, cli->format, &text);
    if (cli->format == OUTPUT_TABLE && json_array_size(problems)) {
        buf_append_text(&text, "\n");
        output_rows(problems, problem_columns, cli->format, &text);
    }
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

/* What is wrong with a definition is told with its place in the manifest. */
static int refused(struct cli *cli, const struct client_answer *answer, const struct item *item)
{
    const json_t *errors = json_object_get(answer->json, "errors"), *error;
    size_t i;

    if (!item || !json_array_size(errors))
        return cli_fail(cli, answer);
    json_array_foreach(errors, i, error)
    {
        const char *pointer = output_text(error, "pointer");
        struct buf at = { 0 };

        if (strncmp(pointer, "/definition/", 12) == 0)
            item_place(item, pointer + 11, &at);
        fprintf(cli->err, "%s%s\n", buf_text(&at), output_text(error, "message"));
        buf_fini(&at);
    }
    return EXIT_REFUSED;
}

static int ask_trial(struct cli *cli, const json_t *body, const struct item *item)
{
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/feeds/try", body, &answer))
        code = refused(cli, &answer, item);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        show_trial(cli, answer.json);
    if (code == EXIT_FINE && (*output_text(answer.json, "error") || *output_text(answer.json, "name_problem")))
        code = EXIT_REFUSED;
    client_answer_fini(&answer);
    return code;
}

static int try_sample(struct cli *cli, const char *path, const struct item *item)
{
    const char *slash = strrchr(path, '/');
    json_t *body = json_object();
    struct buf data = { 0 };
    bool cut = false;
    int code = read_sample(cli, path, &data, &cut);

    if (code == EXIT_FINE) {
        if (item)
            json_object_set(body, "definition", item->json);
        else
            json_object_set_new(body, "feed", json_string(option_argument(&cli->options, 0)));
        json_object_set_new(body, "name", json_string(slash ? slash + 1 : path));
        json_object_set_new(body, "data", json_string(buf_text(&data)));
        json_object_set_new(body, "cut", json_boolean(cut));
        json_object_set_new(body, "limit", json_integer(strtol(option_text(&cli->options, "rows", "10"), NULL, 10)));
        code = ask_trial(cli, body, item);
    }
    buf_fini(&data);
    json_decref(body);
    return code;
}

int cmd_feed_try(struct cli *cli)
{
    const char *feed = option_argument(&cli->options, 0), *path = option_argument(&cli->options, 1);
    const char *manifest = option_text(&cli->options, "file", NULL);
    struct manifests manifests;
    const struct item *item = NULL;
    int code = EXIT_FINE;

    manifests_init(&manifests);
    if (manifest)
        code = find_definition(cli, &manifests, manifest, feed, &item);
    if (code == EXIT_FINE)
        code = try_sample(cli, path, item);
    manifests_fini(&manifests);
    return code;
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

int cmd_feed_file(struct cli *cli)
{
    static const char *const flags[] = { "release", "retry", "write-off" };
    static const char *const words[] = { "release", "retry", "write_off" };
    struct buf path = { 0 };
    json_t *body;
    int asked = -1, code;

    for (int i = 0; i < 3; i++) {
        if (!option_given(&cli->options, flags[i]))
            continue;
        if (asked >= 0)
            return cli_usage(
                cli, word("only one of --release, --retry, --write-off", "--release、--retry、--write-off 只能选一个"));
        asked = i;
    }
    if (asked < 0)
        return cli_usage(cli, word("feed file wants --release, --retry or --write-off",
                                   "feed file 需要 --release、--retry 或 --write-off"));
    buf_printf(&path, "/api/v1/files/%s/act", client_escape(option_argument(&cli->options, 0)));
    body = json_pack("{s:s, s:s, s:I}", "action", words[asked], "reason", option_text(&cli->options, "reason", ""),
                     "row", (json_int_t)strtoll(option_text(&cli->options, "row", "0"), NULL, 10));
    code = cli_do(cli, buf_text(&path), body, word("done", "完成"));
    buf_fini(&path);
    return code;
}

static const struct column missing[] = {
    C("feed", "FEED", "数据源", TEXT),      C("unit", "UNIT", "地市", TEXT),
    C("what", "WHAT", "类型", WORD),        C("day", "DAY", "日期", TEXT),
    C("number", "NUMBER", "序号", ID),      C("since", "SINCE", "自", TIME),
    C("told", "PUBLISHED", "已通知", BOOL), END,
};
static int show(struct cli *cli, const char *route, const char *const *flags, const struct column *columns)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, route);
    for (; *flags; flags++)
        cli_query(&path, *flags, option_text(&cli->options, *flags, NULL));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

int cmd_feed_missing(struct cli *cli)
{
    static const char *const flags[] = { "feed", NULL };

    return show(cli, "/api/v1/files/missing", flags, missing);
}

int cmd_feed_causes(struct cli *cli)
{
    static const char *const flags[] = { "feed", "reason", NULL };

    return show(cli, "/api/v1/rejects/causes", flags, causes);
}
