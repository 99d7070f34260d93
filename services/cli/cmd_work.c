/* cmd_work: local and account plans, materials and certificates. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#include "text/yaml_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LEN_MAX ((size_t)1 << 20)

static const struct column plan_fields[] = {
    C("plan/code", "plan", "计划", TEXT),
    C("plan/version", "version", "版本", INT),
    C("plan/kind", "kind", "种类", WORD),
    C("plan/title", "title", "名称", TEXT),
    C("plan/unit", "unit", "单元", TEXT),
    C("plan/approver", "approved by unit", "审批单元", TEXT),
    C("plan/period", "period", "周期", TEXT),
    C("plan/customer", "customer", "客户", TEXT),
    C("plan/state", "state", "状态", WORD),
    C("plan/revision", "revision", "修订", INT),
    C("plan/reason", "reason of this version", "修订原因", TEXT),
    C("plan/returned_because", "returned because", "退回原因", TEXT),
    C("plan/approved_by", "approved by", "批准人", TEXT),
    C("plan/figures/measure", "measure", "指标", TEXT),
    C("plan/figures/sales", "sales of three years", "三年销售", LIST),
    C("plan/figures/spend", "customer's spend", "客户采购额", TEXT),
    C("plan/figures/share_ppm", "our share", "我方份额", PPM),
    C("plan/figures/proposed", "proposed", "单元提出", TEXT),
    C("plan/figures/offered", "offered", "上级提出", TEXT),
    C("plan/figures/agreed", "agreed", "商定目标", TEXT),
    END,
};
static const struct column section_columns[] = { C("code", "SECTION", "章节", WORD), C("text", "TEXT", "内容", TEXT),
                                                 END };
static const struct column step_columns[] = {
    C("number", "NO", "序号", INT),      C("text", "STEP", "步骤", TEXT),
    C("owner", "OWNER", "负责人", TEXT), C("due", "DUE", "期限", TEXT),
    C("state", "STATE", "状态", WORD),   C("overdue", "OVERDUE", "逾期", BOOL),
    C("result", "RESULT", "结果", TEXT), END,
};
static const struct column history_columns[] = {
    C("version", "VERSION", "版本", INT),
    C("revision", "REVISION", "修订", INT),
    C("at", "AT", "时间", TIME),
    C("act", "ACTION", "动作", WORD),
    C("person", "BY", "操作人", TEXT),
    C("text", "TEXT", "内容", TEXT),
    END,
};

/* --- plans ---------------------------------------------------------------------------------------------------------
 */
/* A file of YAML or JSON as one object; NULL with the mistake told. */
static json_t *read_document(struct cli *cli, const char *file)
{
    FILE *in = fopen(file, "re");
    char *text = malloc(FILE_LEN_MAX);
    struct yaml_file yaml = { 0 };
    json_t *out = NULL;
    struct err err;
    size_t len;

    if (!in || !text) {
        (void)cli_usage(cli, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), file, strerror(errno));
    } else {
        len = fread(text, 1, FILE_LEN_MAX, in);
        if (yaml_in_parse(text, len, file, FILE_LEN_MAX - 1, &yaml, &err) != 0)
            (void)cli_usage(cli, "%s", err.text);
        else if (yaml.doc_count != 1 || !json_is_object(yaml.docs[0].root))
            (void)cli_usage(cli, word("%s is not one document of fields", "%s 须为一个字段文档"), file);
        else
            out = json_incref(yaml.docs[0].root);
        yaml_in_fini(&yaml);
    }
    if (in)
        (void)fclose(in);
    free(text);
    return out;
}

static const char *revision_or(struct cli *cli, const char *otherwise)
{
    return option_text(&cli->options, "revision", otherwise);
}

/* --revision, else the present one; 0 for a plan that isn't there. Below 0: already explained. */
static long long plan_revision(struct cli *cli, const char *code, bool may_lack)
{
    const char *given = revision_or(cli, NULL);
    struct client_answer answer;
    struct buf path = { 0 };
    long long out = 0;

    if (given)
        return strtoll(given, NULL, 10);
    buf_printf(&path, "/api/v1/work-plans/%s", client_escape(code));
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
        out = output_int(answer.json, "plan/revision");
    } else if (!may_lack || answer.status != 404) {
        (void)cli_fail(cli, &answer);
        out = -1;
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    return out;
}

int cmd_plan_save(struct cli *cli)
{
    json_t *plan = read_document(cli, option_argument(&cli->options, 0));
    long long revision;

    if (!plan)
        return EXIT_USAGE;
    revision = plan_revision(cli, output_text(plan, "code"), true);
    if (revision < 0) {
        json_decref(plan);
        return EXIT_REFUSED;
    }
    return cli_do(cli, "/api/v1/work-plans", json_pack("{s:o, s:I}", "plan", plan, "revision", (json_int_t)revision),
                  word("saved", "已保存"));
}

/* Takes the body over; adds the revision. */
static int plan_act(struct cli *cli, const char *what, json_t *body, const char *done)
{
    const char *code = option_argument(&cli->options, 0);
    long long revision = plan_revision(cli, code, false);

    if (revision < 0) {
        json_decref(body);
        return EXIT_REFUSED;
    }
    json_object_set_new(body, "revision", json_integer(revision));
    return cli_do_on(cli, "work-plans", code, what, body, done);
}

static int plan_move(struct cli *cli, const char *act, const char *text, const char *done)
{
    return plan_act(cli, "move", json_pack("{s:s, s:s}", "act", act, "text", text), done);
}

int cmd_plan_submit(struct cli *cli)
{
    return plan_move(cli, "submit", "", word("submitted", "已提交"));
}

int cmd_plan_return(struct cli *cli)
{
    return plan_move(cli, "return", option_text(&cli->options, "reason", ""), word("returned", "已退回"));
}

int cmd_plan_approve(struct cli *cli)
{
    return plan_move(cli, "approve", option_text(&cli->options, "note", ""), word("approved", "已批准"));
}

int cmd_plan_offer(struct cli *cli)
{
    return plan_act(cli, "offer", json_pack("{s:s}", "amount", option_argument(&cli->options, 1)),
                    word("offered", "已提出"));
}

int cmd_plan_revise(struct cli *cli)
{
    return cli_do_on(cli, "work-plans", option_argument(&cli->options, 0), "revise",
                     json_pack("{s:s}", "reason", option_text(&cli->options, "reason", "")),
                     word("a new version is begun", "已开始新版本"));
}

int cmd_plan_step(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/work-plans/%s/steps/%s/finish", client_escape(option_argument(&cli->options, 0)),
               client_escape(option_argument(&cli->options, 1)));
    code = cli_do(cli, buf_text(&path),
                  json_pack("{s:s, s:b}", "result", option_text(&cli->options, "result", ""), "drop",
                            option_given(&cli->options, "drop")),
                  word("reported", "已上报"));
    buf_fini(&path);
    return code;
}

int cmd_plan_list(struct cli *cli)
{
    static const char *const filters[] = { "kind", "unit", "period", "state" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/work-plans?limit=500");
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        cli_query(&path, filters[i], option_text(&cli->options, filters[i], NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("work-plans")->columns);
    buf_fini(&path);
    return code;
}

static void print_plan(struct cli *cli, json_t *json, struct buf *text)
{
    if (cli->format == OUTPUT_CSV) {
        output_rows(output_find(json, "plan/steps"), step_columns, OUTPUT_CSV, text);
        return;
    }
    output_fields(json, plan_fields, text);
    cli_print_part(text, word("Sections", "章节"), output_find(json, "plan/sections"), section_columns);
    cli_print_part(text, word("Steps", "步骤"), output_find(json, "plan/steps"), step_columns);
    cli_print_part(text, word("History", "历史"), output_find(json, "history"), history_columns);
}

int cmd_plan_show(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/work-plans/%s", client_escape(option_argument(&cli->options, 0)));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    code = cli_view(cli, buf_text(&path), print_plan);
    buf_fini(&path);
    return code;
}

/* --- materials -----------------------------------------------------------------------------------------------------
 */
int cmd_material_request(struct cli *cli)
{
    json_t *material = read_document(cli, option_argument(&cli->options, 0));

    return material
               ? cli_do(cli, "/api/v1/materials", json_pack("{s:o}", "material", material), word("requested", "已申请"))
               : EXIT_USAGE;
}

static int material_revision(struct cli *cli, const char *code, long long *out)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int result = EXIT_FINE;

    buf_printf(&path, "/api/v1/materials/%s", client_escape(code));
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
        *out = output_int(answer.json, "material/revision");
    else
        result = cli_fail(cli, &answer);
    client_answer_fini(&answer);
    buf_fini(&path);
    return result;
}

int cmd_material_move(struct cli *cli)
{
    const char *code = option_argument(&cli->options, 0), *given = revision_or(cli, NULL);
    long long revision = given ? strtoll(given, NULL, 10) : 0;
    int result = given ? EXIT_FINE : material_revision(cli, code, &revision);

    if (result != EXIT_FINE)
        return result;
    return cli_do_on(cli, "materials", code, "move",
                     json_pack("{s:I, s:s, s:b}", "revision", (json_int_t)revision, "note",
                               option_text(&cli->options, "note", ""), "back", option_given(&cli->options, "back")),
                     word("moved on", "已推进"));
}

int cmd_material_confirm(struct cli *cli)
{
    return cli_do_on(cli, "materials", option_argument(&cli->options, 0), "confirm",
                     json_pack("{s:s, s:s}", "unit", option_text(&cli->options, "unit", ""), "note",
                               option_text(&cli->options, "note", "")),
                     word("confirmed", "已确认到货"));
}

int cmd_material_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/materials?limit=500");
    cli_query(&path, "state", option_text(&cli->options, "state", NULL));
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("materials")->columns);
    buf_fini(&path);
    return code;
}

/* --- certificates --------------------------------------------------------------------------------------------------
 */
int cmd_certificate_issue(struct cli *cli)
{
    const struct options *options = &cli->options;
    json_t *certificate = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "person", option_argument(options, 0), "product",
                                    option_argument(options, 1), "from", option_text(options, "from", ""), "until",
                                    option_text(options, "until", ""), "unit", option_text(options, "unit", ""), "note",
                                    option_text(options, "note", ""));

    return cli_do(cli, "/api/v1/certificates", json_pack("{s:o}", "certificate", certificate),
                  word("certified", "已发证"));
}

int cmd_certificate_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/certificates?limit=500");
    cli_query(&path, "person", option_text(&cli->options, "person", NULL));
    cli_query(&path, "product", option_text(&cli->options, "product", NULL));
    cli_query(&path, "day", option_text(&cli->options, "day", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("certificates")->columns);
    buf_fini(&path);
    return code;
}
