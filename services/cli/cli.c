/* cli: see cli.h. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 500

/* --- trouble -------------------------------------------------------------------------------------------------------
 */
static void print_errors(struct cli *cli, const json_t *errors, const char *detail)
{
    const json_t *error;
    size_t i;

    json_array_foreach(errors, i, error)
    {
        const char *message = output_text(error, "message"), *pointer = output_text(error, "pointer");
        if (strcmp(message, detail) != 0)
            fprintf(cli->err, "  %s%s%s\n", pointer, *pointer ? ": " : "", message);
    }
}

int cli_fail(struct cli *cli, const struct client_answer *answer)
{
    const char *detail = output_text(answer->json, "detail");

    if (!answer->status) {
        fprintf(cli->err,
                word("the gateway does not answer: %s; is it up, and named by --url or BIHUAN_URL?\n",
                     "网关没有应答: %s；请确认其已启动，并用 --url 或 BIHUAN_URL 指明\n"),
                answer->trouble);
        return EXIT_UNREACHABLE;
    }
    if (!answer->json || !*detail) {
        fprintf(cli->err,
                word("the gateway answers %ld, but not in its own words; check --url\n",
                     "网关返回 %ld，但内容无法识别；请检查 --url\n"),
                answer->status);
        return EXIT_REFUSED;
    }
    fprintf(cli->err, "%s: %s\n", output_text(answer->json, "title"), detail);
    print_errors(cli, json_object_get(answer->json, "errors"), detail);
    if (answer->status == 401)
        fprintf(cli->err, "%s\n",
                word("  name your token by --token-file FILE, BIHUAN_TOKEN_FILE or BIHUAN_TOKEN; the first one lies in"
                     " admin.token of the gateway's data folder",
                     "  请用 --token-file FILE、BIHUAN_TOKEN_FILE 或 BIHUAN_TOKEN 给出令牌；首个令牌在网关数据目录的"
                     " admin.token 中"));
    return answer->status == 503 || answer->status == 504 ? EXIT_UNREACHABLE : EXIT_REFUSED;
}

int cli_usage(struct cli *cli, const char *fmt, ...)
{
    va_list ap;

    fprintf(cli->err, "bihuan: ");
    va_start(ap, fmt);
    vfprintf(cli->err, fmt, ap);
    va_end(ap);
    fprintf(cli->err, "\n");
    return EXIT_USAGE;
}

/* --- asking and showing --------------------------------------------------------------------------------------------
 */
void cli_query(struct buf *path, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_printf(path, "%c%s=%s", memchr(path->data, '?', path->len) ? '&' : '?', name, client_escape(value));
}

void cli_print_json(struct cli *cli, const json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));

    fprintf(cli->out, "%s\n", text);
    free(text);
}

static void print_rows(struct cli *cli, const json_t *rows, const struct column *columns)
{
    struct buf text = { 0 };

    output_rows(rows, columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

int cli_show(struct cli *cli, const char *path, const char *key, const struct column *columns)
{
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "GET", path, NULL, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        print_rows(cli, output_find(answer.json, key), columns);
    client_answer_fini(&answer);
    return code;
}

int cli_do(struct cli *cli, const char *path, json_t *body, const char *done)
{
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", path, body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, "%s\n", done);
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

int cli_do_on(struct cli *cli, const char *folder, const char *code, const char *act, json_t *body, const char *done)
{
    struct buf path = { 0 };
    int result;

    buf_printf(&path, "/api/v1/%s/%s/%s", folder, client_escape(code), act);
    result = cli_do(cli, buf_text(&path), body, done);
    buf_fini(&path);
    return result;
}

int cli_view(struct cli *cli, const char *path, cli_print_fn *print)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "GET", path, NULL, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        print(cli, answer.json, &text);
    if (text.len)
        fwrite(text.data, 1, text.len, cli->out);
    client_answer_fini(&answer);
    buf_fini(&text);
    return code;
}

void cli_print_part(struct buf *text, const char *title, const json_t *rows, const struct column *columns)
{
    if (!json_array_size(rows))
        return;
    buf_printf(text, "\n%s\n", title);
    output_rows(rows, columns, OUTPUT_TABLE, text);
}

/* One page behind `cursor` (empty: the first); sets it to the next. */
static int read_page(struct cli *cli, const char *path, size_t limit, struct buf *cursor, json_t *items)
{
    struct client_answer answer;
    struct buf page = { 0 };
    char number[24];
    int code = EXIT_FINE;

    snprintf(number, sizeof number, "%zu", limit < PAGE_MAX ? limit : PAGE_MAX);
    buf_append_text(&page, path);
    cli_query(&page, "limit", number);
    cli_query(&page, "cursor", buf_text(cursor));
    if (client_ask(cli->client, "GET", buf_text(&page), NULL, &answer)) {
        json_array_extend(items, json_object_get(answer.json, "items"));
        buf_reset(cursor);
        buf_append_text(cursor, output_text(answer.json, "next"));
    } else {
        code = cli_fail(cli, &answer);
    }
    client_answer_fini(&answer);
    buf_fini(&page);
    return code;
}

int cli_list(struct cli *cli, const char *path, size_t limit, json_t **items, bool *more)
{
    struct buf cursor = { 0 };
    json_t *all = json_array();
    int code;

    do
        code = read_page(cli, path, limit - json_array_size(all), &cursor, all);
    while (code == EXIT_FINE && cursor.len && json_array_size(all) < limit);
    *more = cursor.len > 0;
    buf_fini(&cursor);
    if (code == EXIT_FINE)
        *items = all;
    else
        json_decref(all);
    return code;
}

/* --- start ---------------------------------------------------------------------------------------------------------
 */
static const char *from_environment(const char *name, const char *fallback)
{
    const char *value = getenv(name);

    return value && *value ? value : fallback;
}

static int read_token_file(struct cli *cli, const char *path, char out[256])
{
    FILE *file = fopen(path, "re");
    bool good;

    if (!file)
        return cli_usage(cli, word("could not open the token file \"%s\"", "无法打开令牌文件 \"%s\""), path);
    good = fscanf(file, "%255s", out) == 1;
    fclose(file);
    return good ? EXIT_FINE : cli_usage(cli, word("no token in \"%s\"", "\"%s\" 中没有令牌"), path);
}

/* By --token, --token-file, BIHUAN_TOKEN, BIHUAN_TOKEN_FILE. */
static int find_token(struct cli *cli, char out[256])
{
    const char *token = option_text(&cli->options, "token", NULL);
    const char *path = option_text(&cli->options, "token-file", NULL);

    if (!token && !path)
        token = from_environment("BIHUAN_TOKEN", NULL);
    if (!token && !path)
        path = from_environment("BIHUAN_TOKEN_FILE", NULL);
    snprintf(out, 256, "%s", token ? token : "");
    return !token && path ? read_token_file(cli, path, out) : EXIT_FINE;
}

static int run(struct cli *cli)
{
    char token[256] = "";
    int code = find_token(cli, token);

    if (code != EXIT_FINE)
        return code;
    cli->client = client_new(option_text(&cli->options, "url", from_environment("BIHUAN_URL", "http://127.0.0.1:8480")),
                             token, words_language());
    code = cli->options.command->run(cli);
    client_destroy(&cli->client);
    return fflush(cli->out) == 0 ? code : EXIT_REFUSED;
}

static int help(struct cli *cli)
{
    struct buf text = { 0 };

    options_help(cli->options.command, cli->options.of, cli_groups, cli_globals, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    return EXIT_FINE;
}

/* The language is chosen first, so that even a wrong command line is answered in it. */
static void choose_language(int argc, char **argv)
{
    words_choose_by_locale();
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            words_choose(argv[i] + 7);
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            words_choose(argv[i + 1]);
    }
}

static int start(struct cli *cli, int argc, char **argv)
{
    const char *format, *language;
    struct err err;

    if (options_parse(&cli->options, cli_groups, cli_globals, argc, argv, &err) != 0)
        return cli_usage(cli, "%s", err.text);
    format = option_text(&cli->options, "output", "table");
    language = option_text(&cli->options, "lang", "en");
    if (!output_format_parse(format, &cli->format))
        return cli_usage(cli, word("-o %s: there are table, json and csv", "-o %s: 可选 table、json、csv"), format);
    if (strcmp(language, "zh") != 0 && strcmp(language, "en") != 0)
        return cli_usage(cli, word("--lang %s: there are zh and en", "--lang %s: 可选 zh、en"), language);
    if (cli->options.help)
        return help(cli);
    if (!cli->options.command) {
        help(cli);
        return EXIT_USAGE;
    }
    return run(cli);
}

int cli_main(int argc, char **argv)
{
    struct cli cli = { .out = stdout, .err = stderr };
    int code;

    choose_language(argc, argv);
    code = start(&cli, argc, argv);
    options_fini(&cli.options);
    return code;
}
