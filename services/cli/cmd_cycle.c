/* cmd_cycle: cycles and deliverables. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"
#include "cli/upload.h"

#include <stdlib.h>
#include <string.h>

/* --- columns: `title` is put in by add_titles() ---------------------------------------------------------------------
 */
static const struct column cycle_fields[] = {
    C("code", "cycle", "周期流程", TEXT),   C("template", "template", "模板", TEXT),
    C("title", "title", "名称", TEXT),      C("period", "period", "周期", TEXT),
    C("state", "state", "状态", WORD),      C("opened_by", "by", "发起人", TEXT),
    C("opened_at", "at", "发起时间", TIME), END,
};
static const struct column stage_columns[] = {
    C("code", "STAGE", "阶段", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("state", "STATE", "状态", WORD),
    C("deliverables", "ALL", "交付物", INT),
    C("approved", "APPROVED", "已批准", INT),
    C("overdue", "OVERDUE", "逾期", INT),
    C("overridden_by", "OPENED EARLY BY", "提前开放人", TEXT),
    { "reason", "REASON", "原因", COLUMN_TEXT, NULL, 40, NULL, NULL },
    { "waits_for", "WAITS FOR", "等待", COLUMN_LIST, NULL, 60, NULL, NULL },
    END,
};
static const struct column deliverable_columns[] = {
    C("id", "ID", "编号", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("role", "ROLE", "角色", TEXT),
    C("unit_name", "UNIT", "单元", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("state", "STATE", "状态", WORD),
    C("late", "LATE", "迟交", BOOL),
    C("revision", "REVISION", "修订", INT),
    C("submitted_by", "BY", "提交人", TEXT),
    END,
};
static const struct column deliverable_fields[] = {
    C("id", "deliverable", "交付物", TEXT),
    C("title", "title", "名称", TEXT),
    C("what", "what to do", "要求", TEXT),
    C("role", "role", "角色", TEXT),
    C("unit_name", "unit", "单元", TEXT),
    C("stage", "stage", "阶段", TEXT),
    C("stage_state", "stage is", "阶段状态", WORD),
    C("due", "due", "期限", TEXT),
    C("state", "state", "状态", WORD),
    C("revision", "revision", "修订", INT),
    C("text", "text", "内容", TEXT),
    C("plan", "plan", "计划版本", TEXT),
    C("submitted_by", "submitted by", "提交人", TEXT),
    C("submitted_at", "submitted at", "提交时间", TIME),
    C("reason", "returned because", "退回原因", TEXT),
    C("approved_by", "approved by", "批准人", TEXT),
    C("approved_at", "approved at", "批准时间", TIME),
    END,
};
static const struct column duty_columns[] = { C("role", "ROLE", "角色", TEXT), C("does", "DOES", "职责", LIST), END };
static const struct column move_columns[] = {
    C("revision", "REVISION", "修订", INT),
    C("at", "AT", "时间", TIME),
    C("action", "ACTION", "动作", WORD),
    C("person", "BY", "操作人", TEXT),
    C("role", "AS", "角色", TEXT),
    C("text", "TEXT", "内容", TEXT),
    END,
};

/* Rows get `title` and `what` in the language. */
static void add_titles(json_t *row)
{
    const char *zh[] = { "title_zh", "what_zh" }, *en[] = { "title_en", "what_en" }, *out[] = { "title", "what" };

    for (size_t i = 0; i < 2; i++) {
        json_t *value = json_object_get(row, word(en[i], zh[i]));

        if (value)
            json_object_set(row, out[i], value);
    }
}

static void add_titles_to(json_t *rows)
{
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row) add_titles(row);
}

/* --- showing -------------------------------------------------------------------------------------------------------
 */
static void show_cycle(struct cli *cli, json_t *json, struct buf *text)
{
    json_t *cycle = json_object_get(json, "cycle"), *rows = json_object_get(json, "deliverables");

    add_titles(cycle);
    add_titles_to(json_object_get(cycle, "stages"));
    add_titles_to(rows);
    if (cli->format == OUTPUT_CSV) {
        output_rows(rows, deliverable_columns, OUTPUT_CSV, text);
        return;
    }
    output_fields(cycle, cycle_fields, text);
    cli_print_part(text, word("Stages", "阶段"), json_object_get(cycle, "stages"), stage_columns);
    cli_print_part(text, word("Deliverables", "交付物"), rows, deliverable_columns);
    if (json_is_true(json_object_get(json, "more")))
        fprintf(cli->err, "%s\n",
                word("there are more: bihuan get deliverables CYCLE --all",
                     "还有更多：bihuan get deliverables CYCLE --all"));
}

static void show_deliverable(struct cli *cli, json_t *json, struct buf *text)
{
    json_t *row = json_object_get(json, "deliverable");

    if (cli->format == OUTPUT_CSV) {
        output_rows(json_object_get(json, "history"), move_columns, OUTPUT_CSV, text);
        return;
    }
    add_titles(row);
    output_fields(row, deliverable_fields, text);
    cli_print_part(text, word("Responsibilities", "职责"), json_object_get(row, "responsibilities"), duty_columns);
    cli_print_part(text, word("Files", "附件"), json_object_get(json, "attachments"), upload_columns);
    cli_print_part(text, word("History", "历史"), json_object_get(json, "history"), move_columns);
}

/* A code is a cycle's; an id with colons a deliverable's. */
int cmd_cycle_show(struct cli *cli)
{
    const char *what = option_argument(&cli->options, 0);
    bool one = strchr(what, ':') != NULL;
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/%s/%s", one ? "deliverables" : "cycles", client_escape(what));
    code = cli_view(cli, buf_text(&path), one ? show_deliverable : show_cycle);
    buf_fini(&path);
    return code;
}

int cmd_cycle_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/cycles?limit=500");
    cli_query(&path, "state", option_text(&cli->options, "state", NULL));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("cycles")->columns);
    buf_fini(&path);
    return code;
}

/* --- opening -------------------------------------------------------------------------------------------------------
 */
/* "role=unit,unit" */
static json_t *read_seat(const char *text)
{
    const char *equals = strchr(text, '=');
    json_t *units = json_array();
    json_t *seat;

    if (!equals || equals == text || !equals[1]) {
        json_decref(units);
        return NULL;
    }
    for (const char *at = equals + 1; *at;) {
        size_t len = strcspn(at, ",");

        if (len)
            json_array_append_new(units, json_stringn(at, len));
        at += len + (at[len] == ',');
    }
    seat = json_object();
    json_object_set_new(seat, "role", json_stringn(text, (size_t)(equals - text)));
    json_object_set_new(seat, "units", units);
    return seat;
}

int cmd_cycle_open(struct cli *cli)
{
    const struct options *options = &cli->options;
    json_t *seats = json_array();
    const char *seat;

    for (size_t i = 0; (seat = option_nth(options, "seat", i)); i++) {
        json_t *one = read_seat(seat);

        if (!one) {
            json_decref(seats);
            return cli_usage(
                cli, word("--seat %s is not like channel_office=O-CH", "--seat %s 须形如 channel_office=O-CH"), seat);
        }
        json_array_append_new(seats, one);
    }
    return cli_do(cli, "/api/v1/cycles",
                  json_pack("{s:s, s:s, s:s, s:o}", "template", option_argument(options, 0), "period",
                            option_text(options, "period", ""), "code", option_text(options, "code", ""), "seats",
                            seats),
                  word("cycle opened", "已发起"));
}

int cmd_cycle_override(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/cycles/%s/stages/%s/override", client_escape(option_argument(&cli->options, 0)),
               client_escape(option_argument(&cli->options, 1)));
    code = cli_do(cli, buf_text(&path), json_pack("{s:s}", "reason", option_text(&cli->options, "reason", "")),
                  word("stage opened", "阶段已开放"));
    buf_fini(&path);
    return code;
}

/* --- moves ---------------------------------------------------------------------------------------------------------
 */
/* --revision, else the present one. 0 or the exit code. */
static int read_revision(struct cli *cli, const char *id, long long *out)
{
    const char *given = option_text(&cli->options, "revision", NULL);
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;
    char *end;

    if (given) {
        *out = strtoll(given, &end, 10);
        return *end || *out <= 0
                   ? cli_usage(cli, word("--revision %s is not a number", "--revision %s 不是数字"), given)
                   : EXIT_FINE;
    }
    buf_printf(&path, "/api/v1/deliverables/%s", client_escape(id));
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
        *out = output_int(answer.json, "deliverable/revision");
    else
        code = cli_fail(cli, &answer);
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

/* Takes the body over. */
static int move(struct cli *cli, const char *act, json_t *body, const char *done)
{
    const char *id = option_argument(&cli->options, 0);
    long long revision = 0;
    int code = read_revision(cli, id, &revision);

    if (code != EXIT_FINE) {
        json_decref(body);
        return code;
    }
    json_object_set_new(body, "revision", json_integer(revision));
    return cli_do_on(cli, "deliverables", id, act, body, done);
}

int cmd_cycle_submit(struct cli *cli)
{
    return move(cli, "submit",
                json_pack("{s:s, s:s}", "text", option_text(&cli->options, "text", ""), "plan",
                          option_text(&cli->options, "plan", "")),
                word("submitted", "已提交"));
}

int cmd_cycle_return(struct cli *cli)
{
    return move(cli, "return", json_pack("{s:s}", "reason", option_text(&cli->options, "reason", "")),
                word("returned", "已退回"));
}

int cmd_cycle_approve(struct cli *cli)
{
    return move(cli, "approve", json_pack("{s:s}", "note", option_text(&cli->options, "note", "")),
                word("approved", "已批准"));
}

int cmd_cycle_note(struct cli *cli)
{
    return move(cli, "notes", json_pack("{s:s}", "text", option_text(&cli->options, "text", "")),
                word("noted", "已备注"));
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */
int cmd_cycle_attach(struct cli *cli)
{
    const char *id = option_argument(&cli->options, 0);
    struct buf path = { 0 };
    long long revision = 0;
    int code = read_revision(cli, id, &revision);

    if (code != EXIT_FINE)
        return code;
    buf_printf(&path, "/api/v1/deliverables/%s/attachments", client_escape(id));
    code = upload_attachment(cli, buf_text(&path), option_argument(&cli->options, 1), revision);
    buf_fini(&path);
    return code;
}

int cmd_cycle_fetch(struct cli *cli)
{
    return upload_fetch(cli, option_argument(&cli->options, 0), option_argument(&cli->options, 1));
}
