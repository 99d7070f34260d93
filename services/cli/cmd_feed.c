/* cmd_feed: files in, and what became of them. */
#include "cli/cli.h"
#include "cli/kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_LEN     ((size_t)512 << 10)
#define POLL_MS       300
#define LIMIT_DEFAULT "500"

/* One file on its way. */
struct upload {
    struct cli *cli;
    const char *feed, *path, *name;
    FILE *file;
    long long size, sent;
    long long known_id, known_at; /* of the file of that name that was there before, and when it was finished */
};

static void show_bar(const struct upload *upload, bool end)
{
    char bar[33] = "";
    int filled = upload->size ? (int)(upload->sent * 32 / upload->size) : 32;

    if (!isatty(fileno(upload->cli->err)))
        return;
    for (int i = 0; i < 32; i++)
        bar[i] = i < filled ? '#' : '-';
    bar[32] = '\0';
    fprintf(upload->cli->err, "\r%s [%s] %3d%% %.1f MB%s", upload->name, bar, filled * 100 / 32,
            (double)upload->sent / 1e6, end ? "\n" : "");
    fflush(upload->cli->err);
}

/* Sends what stands at `sent`. *wanted: where the receiver wants to go on. */
static int send_chunk(struct upload *upload, long long *wanted, bool *complete)
{
    static char bytes[CHUNK_LEN];
    struct client_answer answer;
    struct buf path = { 0 };
    size_t got;
    int code = EXIT_FINE;

    if (fseeko(upload->file, (off_t)upload->sent, SEEK_SET) != 0 ||
        ((got = fread(bytes, 1, sizeof bytes, upload->file)) == 0 && ferror(upload->file)))
        return cli_usage(upload->cli, word("could not read \"%s\": %s", "无法读取 \"%s\": %s"), upload->path,
                         strerror(errno));
    buf_printf(&path, "/api/v1/feeds/%s/files/%s?offset=%lld&last=%s", client_escape(upload->feed),
               client_escape(upload->name), upload->sent,
               upload->sent + (long long)got >= upload->size ? "true" : "false");
    if (client_put(upload->cli->client, buf_text(&path), bytes, got, &answer)) {
        *wanted = output_int(answer.json, "offset");
        *complete = json_is_true(json_object_get(answer.json, "complete"));
    } else {
        show_bar(upload, true);
        code = cli_fail(upload->cli, &answer);
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

/* The receiver's offset leads. An upload that broke off is sent again from the start: what is there already is
 * compared. */
static int send_file(struct upload *upload)
{
    bool complete = false;
    int standing = 0;

    while (!complete) {
        long long wanted = upload->sent;
        int code = send_chunk(upload, &wanted, &complete);
        if (code != EXIT_FINE)
            return code;
        standing = wanted == upload->sent ? standing + 1 : 0;
        if (!complete && (wanted < 0 || wanted > upload->size || standing > 3))
            return cli_usage(upload->cli, word("%s: the upload does not go on at %lld", "%s: 上传停在 %lld"),
                             upload->name, wanted);
        upload->sent = complete ? upload->size : wanted;
        show_bar(upload, complete);
    }
    return EXIT_FINE;
}

/* --- waiting -------------------------------------------------------------------------------------------------------
 */
static bool is_over(const char *state)
{
    static const char *const over[] = { "loaded", "partial", "refused", "duplicate", "superseded", "written_off" };

    for (size_t i = 0; i < sizeof over / sizeof over[0]; i++)
        if (strcmp(state, over[i]) == 0)
            return true;
    return false;
}

/* The latest file of the name: 0 and *row (a new reference, or NULL where there is none). */
static int find_file(struct upload *upload, json_t **row)
{
    struct buf path = { 0 };
    json_t *rows = NULL;
    size_t i;
    json_t *one;
    bool more;
    int code;

    buf_append_text(&path, "/api/v1/files");
    cli_query(&path, "feed", upload->feed);
    cli_query(&path, "name", upload->name);
    code = cli_list(upload->cli, buf_text(&path), 500, &rows, &more);
    *row = NULL;
    json_array_foreach(rows, i, one) if (!*row || output_int(one, "id") > output_int(*row, "id")) *row = one;
    json_incref(*row);
    json_decref(rows);
    buf_fini(&path);
    return code;
}

/* What is there before: a file of the same name may have come earlier. */
static int look_before(struct upload *upload)
{
    json_t *row;
    int code = find_file(upload, &row);

    upload->known_id = row ? output_int(row, "id") : 0;
    upload->known_at = row ? output_int(row, "done_at") : 0;
    json_decref(row);
    return code;
}

static bool is_answered(const struct upload *upload, const json_t *row)
{
    return row && is_over(output_text(row, "state")) &&
           (output_int(row, "id") != upload->known_id || output_int(row, "done_at") != upload->known_at);
}

static int wait_for(struct upload *upload, long timeout_s, json_t **row)
{
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    time_t until = time(NULL) + timeout_s;
    int code;

    while ((code = find_file(upload, row)) == EXIT_FINE && !is_answered(upload, *row)) {
        if (time(NULL) > until) {
            fprintf(upload->cli->err,
                    word("%s: not read yet after %ld s; bihuan feed files tells how far it is\n",
                         "%s: %ld 秒后仍未读完；用 bihuan feed files 查看进度\n"),
                    upload->name, timeout_s);
            json_decref(*row);
            *row = NULL;
            return EXIT_REFUSED;
        }
        json_decref(*row);
        nanosleep(&pause, NULL);
    }
    return code;
}

/* --- load ----------------------------------------------------------------------------------------------------------
 */
static int open_file(struct upload *upload)
{
    struct stat st;

    upload->file = fopen(upload->path, "re");
    if (!upload->file || fstat(fileno(upload->file), &st) != 0 || !S_ISREG(st.st_mode))
        return cli_usage(upload->cli, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), upload->path,
                         upload->file ? word("not a file", "不是文件") : strerror(errno));
    upload->size = st.st_size;
    return EXIT_FINE;
}

static int load_one(struct cli *cli, const char *path, json_t *rows)
{
    struct upload upload = { .cli = cli, .feed = option_argument(&cli->options, 0), .path = path };
    const char *slash = strrchr(path, '/');
    json_t *row = NULL;
    int code;

    upload.name = slash ? slash + 1 : path;
    code = open_file(&upload);
    if (code == EXIT_FINE && !option_given(&cli->options, "no-wait"))
        code = look_before(&upload);
    if (code == EXIT_FINE)
        code = send_file(&upload);
    if (upload.file)
        fclose(upload.file);
    if (code != EXIT_FINE || option_given(&cli->options, "no-wait"))
        return code;
    code = wait_for(&upload, strtol(option_text(&cli->options, "timeout", "3600"), NULL, 10), &row);
    if (row) {
        if (strcmp(output_text(row, "state"), "refused") == 0)
            code = EXIT_REFUSED;
        json_array_append_new(rows, row);
    }
    return code;
}

static void print_refusals(struct cli *cli, const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(output_text(row, "state"), "refused") == 0)
            fprintf(cli->err, "%s: %s\n", output_text(row, "name"), output_text(row, "error"));
    }
}

int cmd_feed_load(struct cli *cli)
{
    const struct listing *files = listing_find("files");
    json_t *rows = json_array();
    struct buf text = { 0 };
    const char *path;
    int code = EXIT_FINE;

    for (size_t i = 1; (path = option_argument(&cli->options, i)) && code != EXIT_UNREACHABLE; i++) {
        int one = load_one(cli, path, rows);
        code = one != EXIT_FINE ? one : code;
    }
    if (json_array_size(rows))
        output_rows(rows, files->columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    if (cli->format == OUTPUT_TABLE) /* a table cuts what is long, and why it was refused is what matters */
        print_refusals(cli, rows);
    buf_fini(&text);
    json_decref(rows);
    return code;
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
static int show_list(struct cli *cli, const char *name, const char *const *flags)
{
    const struct listing *listing = listing_find(name);
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, listing->path);
    for (; *flags; flags++)
        cli_query(&path, *flags,
                  option_text(&cli->options, *flags, strcmp(*flags, "limit") == 0 ? LIMIT_DEFAULT : NULL));
    code = cli_show(cli, buf_text(&path), "items", listing->columns);
    buf_fini(&path);
    return code;
}

int cmd_feed_status(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/feeds?limit=500");
    cli_query(&path, "code", option_argument(&cli->options, 0));
    code = cli_show(cli, buf_text(&path), "items", listing_find("feeds")->columns);
    buf_fini(&path);
    return code;
}

int cmd_feed_files(struct cli *cli)
{
    static const char *const flags[] = { "feed", "state", "limit", NULL };

    return show_list(cli, "files", flags);
}

static int release(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "feed", option_text(&cli->options, "feed", ""), "reason",
                             option_text(&cli->options, "reason", ""), "value",
                             option_text(&cli->options, "value", ""));
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/rejects/release", body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, word("%lld released, %lld still wait\n", "已放行 %lld 条，仍有 %lld 条待处理\n"),
                output_int(answer.json, "released"), output_int(answer.json, "still_waiting"));
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

static int write_off(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "feed", option_text(&cli->options, "feed", ""), "reason",
                             option_text(&cli->options, "reason", ""), "value", option_text(&cli->options, "value", ""),
                             "note", option_text(&cli->options, "write-off", ""));
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/rejects/write-off", body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, word("%lld written off, %lld still wait\n", "已作废 %lld 条，仍有 %lld 条待处理\n"),
                output_int(answer.json, "written_off"), output_int(answer.json, "still_waiting"));
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

int cmd_feed_rejects(struct cli *cli)
{
    static const char *const flags[] = { "feed", "reason", "value", "limit", NULL };

    if (option_given(&cli->options, "write-off"))
        return write_off(cli);

    return option_given(&cli->options, "release") ? release(cli) : show_list(cli, "rejects", flags);
}

int cmd_feed_held(struct cli *cli)
{
    const struct listing *listing = listing_find("held");
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    buf_append_text(&path, "/api/v1/held?limit=500");
    cli_query(&path, "feed", option_argument(&cli->options, 0));
    if (cli->format == OUTPUT_TABLE) {
        if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
            code = cli_fail(cli, &answer);
        else
            fprintf(cli->out,
                    word("%lld wait for their create, or to be asked for, or are events of an unknown type\n",
                         "%lld 项等待其创建事件、待查询或为未知类型的事件\n"),
                    output_int(answer.json, "total"));
        client_answer_fini(&answer);
    }
    if (code == EXIT_FINE)
        code = cli_show(cli, buf_text(&path), "items", listing->columns);
    buf_fini(&path);
    return code;
}
