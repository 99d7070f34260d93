/* cmd_status: the daemons, live events, tokens, version. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"
#include "cli/zone.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- status --------------------------------------------------------------------------------------------------------
 */
static const struct column status_columns[] = {
    C("service", "SERVICE", "服务", TEXT),
    C("instance", "INSTANCE", "实例", TEXT),
    C("version", "VERSION", "版本", TEXT),
    C("ready", "READY", "就绪", BOOL),
    C("behind", "BEHIND", "待读", INT),
    C("parked", "PARKED", "搁置", INT),
    C("business_time", "BUSINESS TIME", "业务时间", TIME),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 80, NULL, NULL },
    END,
};

static long long seq_of(const json_t *services, const char *name, long long bucket)
{
    const json_t *service, *stream;
    size_t i, j;

    json_array_foreach(services, i, service)
    {
        if (strcmp(output_text(service, "service"), name) != 0)
            continue;
        json_array_foreach(json_object_get(service, "streams"), j,
                           stream) if (output_int(stream, "bucket") == bucket) return output_int(stream, "seq");
    }
    return 0;
}

/* How many events of a bucket of another's stream a daemon has not read yet: the last sequence that it heard of, or
 * that the writer tells itself, less its position. */
static long long behind_of(const json_t *services, const json_t *reader)
{
    long long said = seq_of(services, output_text(reader, "stream"), output_int(reader, "bucket"));
    long long head = output_int(reader, "head"), position = output_int(reader, "position");

    head = said > head ? said : head;
    return head > position ? head - position : 0;
}

/* For each daemon that answered; of another it isn't known. */
static void count_behind(json_t *services)
{
    json_t *service, *reader;
    size_t i, j;

    json_array_foreach(services, i, service)
    {
        long long all = 0;

        json_array_foreach(json_object_get(service, "readers"), j, reader)
        {
            long long behind = behind_of(services, reader);

            json_object_set_new(reader, "behind", json_integer(behind));
            all += behind;
        }
        if (*output_text(service, "instance"))
            json_object_set_new(service, "behind", json_integer(all));
    }
}

/* --- readers ---------------------------------------------------------------------------------------------------------
 */
const struct flag status_flags[] = {
    { "readers", 0, NULL, "how far each daemon has read each other's stream", "各服务读取其他服务事件流的进度" },
    { NULL, 0, NULL, NULL, NULL },
};
static const struct column reader_columns[] = {
    C("service", "SERVICE", "服务", TEXT),
    C("stream", "READS", "来源", TEXT),
    C("position", "READ", "已读", INT),
    C("behind", "BEHIND", "待读", INT),
    C("buckets", "IN BUCKETS", "待读分桶数", INT),
    END,
};

static void add_to(json_t *row, const char *key, long long more)
{
    json_object_set_new(row, key, json_integer(output_int(row, key) + more));
}

/* A row for each stream that a daemon reads: its buckets together, and in how many of them it is behind. Its buckets
 * stand together in the answer. */
static json_t *readers_of(const json_t *services)
{
    json_t *rows = json_array(), *row = NULL;
    const json_t *service, *reader;
    size_t i, j;

    json_array_foreach(services, i, service)
    {
        row = NULL;
        json_array_foreach(json_object_get(service, "readers"), j, reader)
        {
            if (!row || strcmp(output_text(row, "stream"), output_text(reader, "stream")) != 0) {
                row = json_pack("{s:s, s:s}", "service", output_text(service, "service"), "stream",
                                output_text(reader, "stream"));
                json_array_append_new(rows, row);
            }
            add_to(row, "position", output_int(reader, "position"));
            add_to(row, "behind", output_int(reader, "behind"));
            add_to(row, "buckets", output_int(reader, "behind") > 0);
        }
    }
    return rows;
}

int cmd_status(struct cli *cli)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "GET", "/api/v1/status", NULL, &answer)) {
        code = cli_fail(cli, &answer);
    } else {
        json_t *services = json_object_get(answer.json, "services"), *readers;

        count_behind(services);
        readers = readers_of(services);
        if (cli->format == OUTPUT_JSON)
            cli_print_json(cli, answer.json);
        else if (option_given(&cli->options, "readers"))
            output_rows(readers, reader_columns, cli->format, &text);
        else
            output_rows(services, status_columns, cli->format, &text);
        json_decref(readers);
        fputs(buf_text(&text), cli->out);
        code = json_is_true(json_object_get(answer.json, "ready")) ? EXIT_FINE : EXIT_REFUSED;
    }
    buf_fini(&text);
    client_answer_fini(&answer);
    return code;
}

/* --- watch ---------------------------------------------------------------------------------------------------------
 */
struct watch {
    struct cli *cli;
    long left; /* events still to show; below 0: all */
};

static bool show_event(void *arg, const char *topic, const char *data)
{
    struct watch *watch = arg;
    struct cli *cli = watch->cli;
    char at[ZONE_TEXT_MAX];

    zone_print_clock(at, (int64_t)time(NULL) * 1000000);
    if (cli->format == OUTPUT_JSON)
        fprintf(cli->out, "{\"topic\":\"%s\",\"data\":%s}\n", topic, data);
    else
        fprintf(cli->out, "%s %s %s\n", at, topic, strcmp(data, "{}") == 0 ? "" : data);
    return fflush(cli->out) == 0 && --watch->left != 0;
}

/* Goes on by itself when the connection breaks; ends on a refusal, or when the gateway is away for long. */
int cmd_watch(struct cli *cli)
{
    const struct timespec pause = { .tv_sec = 1 };
    struct client_answer answer;
    struct buf path = { 0 };
    char last_id[64] = "";
    struct watch watch = { cli, strtol(option_text(&cli->options, "count", "-1"), NULL, 10) };
    int away = 0, code = EXIT_FINE;

    buf_append_text(&path, "/api/v1/events");
    cli_query(&path, "topics", option_text(&cli->options, "topics", NULL));
    while (code == EXIT_FINE) {
        long status = client_watch(cli->client, buf_text(&path), last_id, show_event, &watch, &answer);
        if (status == 200 && !answer.trouble[0])
            break; /* enough, or nobody reads what we write */
        away = status == 200 ? 0 : away + 1;
        if ((status != 200 && status != 0 && status != 503) || away > 30 || (away == 1 && !*last_id && !status))
            code = cli_fail(cli, &answer);
        else
            nanosleep(&pause, NULL);
        client_answer_fini(&answer);
    }
    buf_fini(&path);
    return code;
}

/* --- tokens --------------------------------------------------------------------------------------------------------
 */
int cmd_token_create(struct cli *cli)
{
    const char *days = option_text(&cli->options, "days", "0"), *permission;
    json_t *permissions = json_array(), *body;
    struct client_answer answer;
    char *end;
    long number = strtol(days, &end, 10);
    int code = EXIT_FINE;

    for (size_t i = 0; (permission = option_nth(&cli->options, "permission", i)); i++)
        json_array_append_new(permissions, json_string(permission));
    body = json_pack("{s:s, s:o, s:s, s:I}", "name", option_argument(&cli->options, 0), "permissions", permissions,
                     "subtree", option_text(&cli->options, "subtree", ""), "days", (json_int_t)number);
    if (*end || number < 0) {
        json_decref(body);
        return cli_usage(cli, word("--days %s is not a number", "--days %s 不是数字"), days);
    }
    if (!client_ask(cli->client, "POST", "/api/v1/tokens", body, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        fprintf(cli->out, "%s\n", output_text(answer.json, "token/secret"));
        fprintf(cli->err,
                word("token %lld; the secret above is not shown again\n", "令牌 %lld；以上密文不会再次显示\n"),
                output_int(answer.json, "token/id"));
    }
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

int cmd_token_list(struct cli *cli)
{
    return cli_show(cli, "/api/v1/tokens?limit=500", "items", listing_find("tokens")->columns);
}

int cmd_token_revoke(struct cli *cli)
{
    char path[600];

    snprintf(path, sizeof path, "/api/v1/tokens/%s/revoke", client_escape(option_argument(&cli->options, 0)));
    return cli_do(cli, path, NULL, word("revoked", "已吊销"));
}

int cmd_version(struct cli *cli)
{
    fprintf(cli->out, "bihuan %s\n", BIHUAN_VERSION);
    return EXIT_FINE;
}
