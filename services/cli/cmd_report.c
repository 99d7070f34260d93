/* cmd_report: reports from the field: templates, drafts, submissions, ratings, summaries. */
#include "cli/cli.h"
#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>

static const struct column template_columns[] = {
    C("code", "CODE", "编码", TEXT),
    C("title_zh", "TITLE ZH", "中文名称", TEXT),
    C("title_en", "TITLE EN", "英文名称", TEXT),
    C("theme", "THEME", "主题", WORD),
    C("recurrence", "RECURS", "频次", WORD),
    C("unit_types", "UNITS", "上报单元类型", LIST),
    C("due_days", "DUE DAYS", "截止偏移(天)", INT),
    C("fields/#", "FIELDS", "字段数", INT),
    C("from", "FROM", "起始日", TEXT),
    C("closed", "CLOSED", "已停用", BOOL),
    END,
};
static const struct column field_columns[] = {
    C("name", "FIELD", "字段", TEXT),
    C("title_zh", "TITLE ZH", "中文名称", TEXT),
    C("title_en", "TITLE EN", "英文名称", TEXT),
    C("kind", "KIND", "类型", WORD),
    C("required", "REQUIRED", "必填", BOOL),
    C("min", "MIN", "下限", TEXT),
    C("max", "MAX", "上限", TEXT),
    C("words", "CHOICES", "选项", TEXT),
    END,
};
static const struct column report_columns[] = {
    C("id", "ID", "编号", TEXT),
    C("theme", "THEME", "主题", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("city", "CITY", "地市", TEXT),
    C("period", "PERIOD", "周期", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("state", "STATE", "状态", WORD),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("late", "LATE", "迟交", BOOL),
    C("author", "AUTHOR", "填报人", TEXT),
    C("revision", "REVISION", "修订", INT),
    { "rating", "RATING", "评分", COLUMN_INT, NULL, 0, NULL, "rated=true" },
    END,
};
static const struct column shown_fields[] = {
    C("id", "report", "报告", TEXT),
    C("template", "template", "模板", TEXT),
    C("theme", "theme", "主题", WORD),
    C("unit", "unit", "单元", TEXT),
    C("city", "city", "地市", TEXT),
    C("period", "period", "周期", TEXT),
    C("due", "due", "期限", TEXT),
    C("state", "state", "状态", WORD),
    C("author", "author", "填报人", TEXT),
    C("revision", "revision", "修订", INT),
    C("filled", "fields filled in", "已填字段", INT),
    C("fields", "of fields", "字段总数", INT),
    C("returned_because", "returned because", "退回原因", TEXT),
    C("rated_by", "rated by", "评分人", TEXT),
    { "rating", "rating", "评分", COLUMN_INT, NULL, 0, NULL, "rated=true" },
    C("rating_reason", "rating's reason", "评分理由", TEXT),
    END,
};
static const struct column value_columns[] = { C("name", "FIELD", "字段", TEXT), C("value", "VALUE", "内容", TEXT),
                                               END };
static const struct column step_columns[] = {
    C("revision", "REVISION", "修订", INT), C("at", "AT", "时间", TIME),     C("act", "ACTION", "动作", WORD),
    C("person", "BY", "操作人", TEXT),      C("note", "NOTE", "备注", TEXT), END,
};
static const struct column missing_columns[] = { C("field", "FIELD", "字段", TEXT), C("text", "PROBLEM", "问题", TEXT),
                                                 END };

static int show_list(struct cli *cli, const char *route, const char *const *flags, const char *state,
                     const struct column *columns)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, route);
    cli_query(&path, "state", state);
    for (; *flags; flags++)
        cli_query(&path, *flags, option_text(&cli->options, *flags, NULL));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

/* --- templates -----------------------------------------------------------------------------------------------------
 */

/* A column for people: the codes of the choices. */
static void join_choices(json_t *field)
{
    struct buf words = { 0 };
    json_t *choice;
    size_t i;

    json_array_foreach(json_object_get(field, "choices"), i, choice)
        buf_printf(&words, "%s%s", i ? ", " : "", output_text(choice, "code"));
    json_object_set_new(field, "words", json_string(buf_text(&words)));
    buf_fini(&words);
}

static int show_fields(struct cli *cli, const json_t *items, const char *code)
{
    struct buf text = { 0 };
    json_t *item, *field;
    size_t i, n;

    json_array_foreach(items, i, item)
    {
        if (strcmp(output_text(item, "code"), code) != 0)
            continue;
        if (cli->format == OUTPUT_JSON) {
            cli_print_json(cli, item);
            return EXIT_FINE;
        }
        json_array_foreach(json_object_get(item, "fields"), n, field) join_choices(field);
        output_rows(json_object_get(item, "fields"), field_columns, cli->format, &text);
        fwrite(text.data, 1, text.len, cli->out);
        buf_fini(&text);
        return EXIT_FINE;
    }
    fprintf(cli->err, word("there is no template \"%s\"\n", "没有报告模板 \"%s\"\n"), code);
    return EXIT_REFUSED;
}

int cmd_report_templates(struct cli *cli)
{
    static const char *const flags[] = { "theme", NULL };
    const char *code = option_argument(&cli->options, 0);
    json_t *items = NULL;
    bool more;
    int result;

    if (!code)
        return show_list(cli, "/api/v1/report-templates?limit=500", flags, NULL, template_columns);
    result = cli_list(cli, "/api/v1/report-templates", SIZE_MAX, &items, &more);
    if (result == EXIT_FINE)
        result = show_fields(cli, items, code);
    json_decref(items);
    return result;
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
int cmd_report_due(struct cli *cli)
{
    static const char *const flags[] = { "unit", "template", "theme", NULL };

    return show_list(cli, "/api/v1/reports?limit=500", flags,
                     option_given(&cli->options, "overdue") ? "overdue" : "open", report_columns);
}

int cmd_report_list(struct cli *cli)
{
    static const char *const flags[] = { "unit", "template", "theme", "from", "until", "author", NULL };

    return show_list(cli, "/api/v1/reports?limit=500", flags, option_text(&cli->options, "state", NULL),
                     report_columns);
}

static void print_report(struct cli *cli, json_t *json, struct buf *text)
{
    const json_t *report = json_object_get(json, "report");

    if (cli->format == OUTPUT_CSV) {
        output_rows(json_object_get(report, "values"), value_columns, cli->format, text);
        return;
    }
    output_fields(report, shown_fields, text);
    cli_print_part(text, word("values", "内容"), json_object_get(report, "values"), value_columns);
    cli_print_part(text, word("history", "历史"), json_object_get(json, "steps"), step_columns);
}

int cmd_report_show(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/reports/%s", client_escape(option_argument(&cli->options, 0)));
    code = cli_view(cli, buf_text(&path), print_report);
    buf_fini(&path);
    return code;
}

/* --- writing -------------------------------------------------------------------------------------------------------
 */

/* The revision given, else the present one; below 0: already explained. */
static long long revision_of(struct cli *cli, const char *id)
{
    const char *given = option_text(&cli->options, "revision", NULL);
    struct client_answer answer;
    struct buf path = { 0 };
    long long revision = -1;

    if (given)
        return strtoll(given, NULL, 10);
    buf_printf(&path, "/api/v1/reports/%s", client_escape(id));
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
        revision = output_int(answer.json, "report/revision");
    else
        (void)cli_fail(cli, &answer);
    client_answer_fini(&answer);
    buf_fini(&path);
    return revision;
}

/* Values of --set NAME=VALUE; NULL with the mistake told. */
static json_t *take_values(struct cli *cli)
{
    json_t *values = json_array();
    const char *given;

    for (size_t i = 0; (given = option_nth(&cli->options, "set", i)); i++) {
        const char *equals = strchr(given, '=');

        if (!equals) {
            (void)cli_usage(cli, word("--set \"%s\" is not NAME=VALUE", "--set \"%s\" 须为 字段=内容"), given);
            json_decref(values);
            return NULL;
        }
        json_array_append_new(values,
                              json_pack("{s:s%, s:s}", "name", given, (size_t)(equals - given), "value", equals + 1));
    }
    return values;
}

/* Takes over `body`. */
static int send_draft(struct cli *cli, json_t *body)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/reports", body, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        print_report(cli, answer.json, &text);
        cli_print_part(&text, word("before it can be submitted", "提交前须补正"),
                       json_object_get(answer.json, "missing"), missing_columns);
        fwrite(text.data, 1, text.len, cli->out);
    }
    json_decref(body);
    client_answer_fini(&answer);
    buf_fini(&text);
    return code;
}

int cmd_report_draft(struct cli *cli)
{
    const char *id = option_text(&cli->options, "report", ""), *template = option_argument(&cli->options, 0);
    const char *unit = option_argument(&cli->options, 1);
    long long revision = 0;
    json_t *values;

    if (id[0] ? template != NULL : !unit)
        return cli_usage(cli, word("report draft wants TEMPLATE UNIT, or --report ID",
                                   "report draft 需要 模板 单元，或 --report 编号"));
    values = take_values(cli);
    if (values && id[0])
        revision = revision_of(cli, id);
    if (!values || revision < 0) {
        json_decref(values);
        return values ? EXIT_REFUSED : EXIT_USAGE;
    }
    return send_draft(cli, json_pack("{s:s, s:s, s:s, s:I, s:o, s:b}", "id", id, "template", template ? template : "",
                                     "unit", unit ? unit : "", "revision", (json_int_t)revision, "values", values,
                                     "take_over", option_given(&cli->options, "take-over")));
}

/* Takes over `body`. */
static int post(struct cli *cli, const char *what, json_t *body, const char *done)
{
    const char *id = option_argument(&cli->options, 0);
    long long revision = revision_of(cli, id);

    if (revision < 0) {
        json_decref(body);
        return EXIT_REFUSED;
    }
    json_object_set_new(body, "revision", json_integer(revision));
    return cli_do_on(cli, "reports", id, what, body, done);
}

int cmd_report_submit(struct cli *cli)
{
    json_t *values = take_values(cli);

    return values ? post(cli, "submit", json_pack("{s:o}", "values", values), word("submitted", "已提交")) : EXIT_USAGE;
}

int cmd_report_return(struct cli *cli)
{
    return post(cli, "return", json_pack("{s:s}", "reason", option_text(&cli->options, "reason", "")),
                word("returned", "已退回"));
}

int cmd_report_rate(struct cli *cli)
{
    const char *text = option_argument(&cli->options, 1);
    char *end;
    long rating = strtol(text, &end, 10);

    if (*end || end == text || rating < 0 || rating > 100)
        return cli_usage(cli, word("a rating is 0 to 100, not \"%s\"", "评分为 0 到 100，不是 \"%s\""), text);
    return post(cli, "rate",
                json_pack("{s:i, s:s}", "rating", (int)rating, "reason", option_text(&cli->options, "reason", "")),
                word("rated", "已评分"));
}
