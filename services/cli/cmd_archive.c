/* cmd_archive: see cmd_archive.h. */
#include "cli/cmd_archive.h"

#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Those that write streams. */
static const char *const services[] = { "planning", "feedback", "monitoring", "incentive", NULL };

const struct flag archive_list_flags[] = {
    { "files", 0, NULL, "the files, with what they hold and their hashes", "列出文件、其内容范围与哈希" },
    { "readers", 0, NULL, "who reads, and how far each is", "列出读者及其位置" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag archive_run_flags[] = {
    { "days", 0, "N", "rows that are N days old and older (as stream_keep_days says)",
      "N 天及更早的行（缺省按 stream_keep_days）" },
    { "all", 0, NULL, "rows of any age", "不论时间的全部行" },
    { "keep-rows", 0, NULL, "only write files; the rows stay in the data base too", "仅写文件，行仍留在数据库" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column service_columns[] = {
    C("service", "SERVICE", "服务", TEXT),
    C("written", "WRITTEN", "已写", INT),
    C("rows", "IN TABLE", "在表", INT),
    C("archived", "IN FILES", "在文件", INT),
    C("files", "FILES", "文件数", INT),
    C("bytes", "BYTES", "字节", INT),
    C("keep_days", "KEEP DAYS", "保留天数", INT),
    C("last_run_at", "LAST RUN", "最近执行", TIME),
    { "error", "ERROR", "错误", COLUMN_TEXT, NULL, 100, NULL, NULL },
    END,
};
static const struct column bucket_columns[] = {
    C("bucket", "BUCKET", "桶", INT),
    C("head", "LAST", "末序号", ID),
    C("horizon", "FIRST IN TABLE", "表中首序号", ID),
    C("rows", "IN TABLE", "在表", INT),
    C("archived_up_to", "ARCHIVED UP TO", "归档至", ID),
    C("archived_at", "PUBLISHED", "发布时间", TIME),
    C("files", "FILES", "文件数", INT),
    C("bytes", "BYTES", "字节", INT),
    C("read_up_to", "READ BY ALL", "全部已读至", ID),
    END,
};
static const struct column reader_columns[] = {
    C("reader", "READER", "读者", TEXT),         C("bucket", "BUCKET", "桶", INT),
    C("seq", "READ UP TO", "已读至", ID),        C("heard_at", "HEARD OF", "最近听到", TIME),
    C("waited_for", "WAITED FOR", "等待", BOOL), END,
};
static const struct column file_columns[] = {
    C("bucket", "BUCKET", "桶", INT),
    C("from_seq", "FROM", "自", ID),
    C("to_seq", "TO", "至", ID),
    C("first_at", "FIRST", "首行时间", TIME),
    C("last_at", "LAST", "末行时间", TIME),
    C("bytes", "BYTES", "字节", INT),
    C("pruned", "PRUNED", "已清", BOOL),
    C("name", "FILE", "文件", TEXT),
    C("chain", "CHAIN", "链哈希", TEXT),
    END,
};

static void path_of(struct buf *path, const char *service, const char *what)
{
    buf_reset(path);
    buf_printf(path, "/api/v1/services/%s/archive%s", client_escape(service), what);
}

/* --- list ----------------------------------------------------------------------------------------------------------
 */

/* Buckets added up: a row for people and programs. */
static json_t *row_of(const char *service, const json_t *answer)
{
    static const char *const sums[][2] = {
        { "written", "head" }, { "rows", "rows" },   { "archived", "archived_up_to" },
        { "files", "files" },  { "bytes", "bytes" },
    };
    json_t *row = json_pack("{s:s}", "service", service);
    const json_t *item;
    size_t i;

    for (size_t s = 0; s < sizeof sums / sizeof sums[0]; s++) {
        long long sum = 0;

        json_array_foreach(json_object_get(answer, "items"), i, item)
        {
            sum += output_int(item, sums[s][1]);
        }
        json_object_set_new(row, sums[s][0], json_integer(sum));
    }
    json_object_set(row, "keep_days", json_object_get(answer, "keep_days"));
    json_object_set(row, "last_run_at", json_object_get(answer, "last_run_at"));
    json_object_set(row, "error", json_object_get(answer, "error"));
    return row;
}

static int list_services(struct cli *cli)
{
    json_t *rows = json_array(), *whole;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    for (int i = 0; services[i] && code == EXIT_FINE; i++) {
        struct client_answer answer;

        path_of(&path, services[i], "");
        if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
            json_array_append_new(rows, row_of(services[i], answer.json));
        else
            code = cli_fail(cli, &answer);
        client_answer_fini(&answer);
    }
    whole = json_pack("{s:o}", "items", rows);
    buf_reset(&path);
    if (code == EXIT_FINE && cli->format == OUTPUT_JSON)
        cli_print_json(cli, whole);
    else if (code == EXIT_FINE)
        output_rows(rows, service_columns, cli->format, &path);
    fputs(code == EXIT_FINE ? buf_text(&path) : "", cli->out);
    json_decref(whole);
    buf_fini(&path);
    return code;
}

static int list_files(struct cli *cli, const char *path)
{
    json_t *items = NULL, *whole;
    struct buf text = { 0 };
    bool more;
    int code = cli_list(cli, path, SIZE_MAX, &items, &more);

    if (code != EXIT_FINE)
        return code;
    whole = json_pack("{s:o}", "items", items);
    if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, whole);
    else
        output_rows(items, file_columns, cli->format, &text);
    fputs(buf_text(&text), cli->out);
    buf_fini(&text);
    json_decref(whole);
    return code;
}

int cmd_archive_list(struct cli *cli)
{
    const char *service = option_argument(&cli->options, 0);
    bool files = option_given(&cli->options, "files"), readers = option_given(&cli->options, "readers");
    struct buf path = { 0 };
    int code;

    if (!service)
        return files || readers ? cli_usage(cli, word("say of which service", "请指明服务")) : list_services(cli);
    path_of(&path, service, files ? "/files" : "");
    if (files)
        code = list_files(cli, buf_text(&path));
    else
        code = cli_show(cli, buf_text(&path), readers ? "readers" : "items", readers ? reader_columns : bucket_columns);
    buf_fini(&path);
    return code;
}

/* --- verify --------------------------------------------------------------------------------------------------------
 */

static int check_service(struct cli *cli, const char *service, struct archive_findings *findings)
{
    struct buf path = { 0 }, next = { 0 };
    int code = EXIT_FINE;
    json_t *text;
    size_t i;

    do {
        struct client_answer answer;

        path_of(&path, service, "/verify");
        cli_query(&path, "cursor", buf_text(&next));
        buf_reset(&next);
        if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
            findings->files += output_int(answer.json, "files");
            findings->rows += output_int(answer.json, "rows");
            json_array_foreach(json_object_get(answer.json, "differences"), i, text)
            {
                json_array_append(findings->differences, text);
            }
            buf_append_text(&next, output_text(answer.json, "next"));
        } else {
            code = cli_fail(cli, &answer);
        }
        client_answer_fini(&answer);
    } while (code == EXIT_FINE && next.len);
    buf_fini(&path);
    buf_fini(&next);
    return code;
}

int archive_check(struct cli *cli, const char *service, struct archive_findings *findings)
{
    int code = EXIT_FINE;

    if (service)
        return check_service(cli, service, findings);
    for (int i = 0; services[i] && code == EXIT_FINE; i++)
        code = check_service(cli, services[i], findings);
    return code;
}

int cmd_archive_verify(struct cli *cli)
{
    struct archive_findings findings = { .differences = json_array() };
    int code = archive_check(cli, option_argument(&cli->options, 0), &findings);
    size_t count = json_array_size(findings.differences), i;
    const json_t *text;
    json_t *whole;

    if (code != EXIT_FINE) {
        json_decref(findings.differences);
        return code;
    }
    if (cli->format == OUTPUT_JSON) {
        whole = json_pack("{s:b, s:I, s:I, s:O}", "whole", count == 0, "files", (json_int_t)findings.files, "rows",
                          (json_int_t)findings.rows, "differences", findings.differences);
        cli_print_json(cli, whole);
        json_decref(whole);
    } else {
        json_array_foreach(findings.differences, i, text) fprintf(cli->out, "%s\n", json_string_value(text));
        if (count)
            fprintf(cli->out, word("%zu differences in %lld files\n", "%zu 处不一致: %lld 个文件\n"), count,
                    findings.files);
        else
            fprintf(cli->out, word("%lld files with %lld rows are whole\n", "%lld 个文件, %lld 行, 完整\n"),
                    findings.files, findings.rows);
    }
    json_decref(findings.differences);
    return count ? EXIT_REFUSED : EXIT_FINE;
}

/* --- run -----------------------------------------------------------------------------------------------------------
 */

/* Waits until the run is done, then shows the service as it is; its error is the command's. */
static int wait_for(struct cli *cli, const char *service, long long run, json_t *rows)
{
    const struct timespec pause = { .tv_nsec = 100000000L };
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;
    bool done = false;

    path_of(&path, service, "");
    while (code == EXIT_FINE && !done) {
        if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
            code = cli_fail(cli, &answer);
        } else if (output_int(answer.json, "runs") < run) {
            fprintf(cli->err, word("%s was started anew meanwhile; run it again\n", "%s 期间重新启动，请重新执行\n"),
                    service);
            code = EXIT_REFUSED;
        } else if (output_int(answer.json, "runs_done") >= run) {
            const char *error = output_text(answer.json, "error");

            json_array_append_new(rows, row_of(service, answer.json));
            if (*error)
                fprintf(cli->err, "%s: %s\n", service, error);
            code = *error ? EXIT_REFUSED : EXIT_FINE;
            done = true;
        } else {
            nanosleep(&pause, NULL);
        }
        client_answer_fini(&answer);
    }
    buf_fini(&path);
    return code;
}

static int run_service(struct cli *cli, const char *service, long days, json_t *rows)
{
    json_t *body = json_pack("{s:I, s:b, s:b}", "days", (json_int_t)days, "all", option_given(&cli->options, "all"),
                             "keep_rows", option_given(&cli->options, "keep-rows"));
    struct client_answer answer;
    struct buf path = { 0 };
    long long run = 0;
    int code = EXIT_FINE;

    path_of(&path, service, "/run");
    if (client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        run = output_int(answer.json, "run");
    else
        code = cli_fail(cli, &answer);
    client_answer_fini(&answer);
    json_decref(body);
    buf_fini(&path);
    return code == EXIT_FINE ? wait_for(cli, service, run, rows) : code;
}

int cmd_archive_run(struct cli *cli)
{
    const char *service = option_argument(&cli->options, 0);
    const char *days = option_text(&cli->options, "days", "0");
    json_t *rows, *whole;
    struct buf text = { 0 };
    char *end;
    long number = strtol(days, &end, 10);
    int code = EXIT_FINE;

    if (*end || number < 0)
        return cli_usage(cli, word("--days %s is not a number", "--days %s 不是数字"), days);
    rows = json_array();
    if (service)
        code = run_service(cli, service, number, rows);
    for (int i = 0; !service && services[i] && code == EXIT_FINE; i++)
        code = run_service(cli, services[i], number, rows);
    whole = json_pack("{s:o}", "items", rows);
    if (json_array_size(rows) && cli->format == OUTPUT_JSON)
        cli_print_json(cli, whole);
    else if (json_array_size(rows))
        output_rows(rows, service_columns, cli->format, &text);
    fputs(buf_text(&text), cli->out);
    buf_fini(&text);
    json_decref(whole);
    return code;
}
