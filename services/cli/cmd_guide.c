/* cmd_guide: guides, their acknowledgement and readiness. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"
#include "cli/upload.h"

#include <stdlib.h>
#include <string.h>

static const struct column guide_fields[] = {
    C("guide/code", "guide", "指引", TEXT),
    C("guide/version", "version", "版本", INT),
    C("guide/kind", "kind", "种类", WORD),
    C("guide/title_zh", "title", "名称", TEXT),
    C("guide/title_en", "english", "英文名称", TEXT),
    C("guide/unit", "from", "下发单元", TEXT),
    C("guide/due", "due", "期限", TEXT),
    C("guide/text", "text", "内容", TEXT),
    C("guide/question/text", "question", "确认问题", TEXT),
    C("guide/question/options", "options", "选项", LIST),
    C("guide/practice/unit", "practice of", "标杆单元", TEXT),
    C("guide/practice/measure", "measure", "指标", TEXT),
    C("guide/addressed", "addressed", "下发数", INT),
    C("guide/acknowledged", "acknowledged", "已确认", INT),
    C("guide/trained", "trained", "已培训", INT),
    C("guide/supplied", "supplied", "物料到位", INT),
    END,
};
static const struct column readiness_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("addressed", "ADDRESSED", "下发数", INT),
    C("acknowledged", "ACKNOWLEDGED", "已确认", INT),
    C("acknowledged_ppm", "SHARE", "确认率", PPM),
    C("trained", "TRAINED", "已培训", INT),
    C("supplied", "SUPPLIED", "物料到位", INT),
    C("ready_ppm", "READY", "就绪率", PPM),
    C("overdue", "OVERDUE", "逾期", INT),
    C("acknowledged_by", "BY", "确认人", TEXT),
    C("acknowledged_at", "AT", "确认时间", TIME),
    END,
};

static const struct column effect_fields[] = {
    C("code", "guide", "指引", TEXT),
    C("version", "version", "版本", INT),
    C("unit", "practice of", "标杆单元", TEXT),
    C("measure", "measure", "指标", TEXT),
    C("direction", "better is", "优者", WORD),
    C("baseline_from", "baseline from", "基期起", TEXT),
    C("baseline_until", "until (exclusive)", "基期止（不含）", TEXT),
    C("effect_from", "effect from", "效果期起", TEXT),
    C("effect_until", "until (exclusive)", "效果期止（不含）", TEXT),
    C("state", "state", "状态", WORD),
    C("basis", "compared by", "口径", WORD),
    C("addressed/units", "addressed", "下发单元数", INT),
    C("addressed/before/attainment_ppm", "before", "基期完成率", PPM),
    C("addressed/after/attainment_ppm", "after", "效果期完成率", PPM),
    C("addressed/change_ppm", "change", "变化", PPM),
    C("others/units", "others", "同类单元数", INT),
    C("others/before/attainment_ppm", "before", "同类基期", PPM),
    C("others/after/attainment_ppm", "after", "同类效果期", PPM),
    C("others/change_ppm", "change", "同类变化", PPM),
    C("known", "comparable", "可比", BOOL),
    C("effect_ppm", "effect", "效果", PPM),
    END,
};
static const struct column effect_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    AMOUNT("group/before/actual", "ACTUAL BEFORE", "基期实绩", "measure_scale"),
    AMOUNT("group/before/planned", "PLANNED", "基期计划", "measure_scale"),
    C("group/before/attainment_ppm", "ATTAINED", "基期完成率", PPM),
    AMOUNT("group/after/actual", "ACTUAL AFTER", "效果期实绩", "measure_scale"),
    AMOUNT("group/after/planned", "PLANNED", "效果期计划", "measure_scale"),
    C("group/after/attainment_ppm", "ATTAINED", "效果期完成率", PPM),
    AMOUNT("group/before/value", "VALUE BEFORE", "基期值", "measure_scale"),
    AMOUNT("group/after/value", "VALUE AFTER", "效果期值", "measure_scale"),
    C("group/change_ppm", "CHANGE", "变化", PPM),
    END,
};

/* All values of a flag given several times. */
static json_t *list_of(const struct options *options, const char *flag)
{
    json_t *out = json_array();
    const char *value;

    for (size_t i = 0; (value = option_nth(options, flag, i)); i++)
        json_array_append_new(out, json_string(value));
    return out;
}

static void set_text(json_t *object, const char *key, const struct options *options, const char *flag)
{
    json_object_set_new(object, key, json_string(option_text(options, flag, "")));
}

static json_t *read_guide(const struct options *options)
{
    static const char *const texts[][2] = { { "kind", "kind" },
                                            { "title_zh", "title-zh" },
                                            { "title_en", "title-en" },
                                            { "text", "text" },
                                            { "unit", "unit" },
                                            { "due", "due" },
                                            { "deliverable", "deliverable" },
                                            { "certificate", "certificate" } };
    json_t *guide = json_object(), *to = json_object(), *part;

    json_object_set_new(guide, "code", json_string(option_argument(options, 0)));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        set_text(guide, texts[i][0], options, texts[i][1]);
    json_object_set_new(to, "types", list_of(options, "type"));
    json_object_set_new(to, "channels", list_of(options, "channel"));
    json_object_set_new(to, "units", list_of(options, "to"));
    set_text(to, "under", options, "under");
    json_object_set_new(guide, "to", to);
    json_object_set_new(guide, "training", json_boolean(option_given(options, "training")));
    json_object_set_new(guide, "materials", json_boolean(option_given(options, "materials")));
    if (option_given(options, "question")) {
        part = json_object();
        set_text(part, "text", options, "question");
        json_object_set_new(part, "options", list_of(options, "option"));
        json_object_set_new(part, "right", json_integer(strtol(option_text(options, "right", "0"), NULL, 10)));
        json_object_set_new(guide, "question", part);
    }
    if (option_given(options, "practice-of")) {
        part = json_object();
        set_text(part, "unit", options, "practice-of");
        set_text(part, "measure", options, "measure");
        set_text(part, "baseline_from", options, "baseline-from");
        set_text(part, "baseline_until", options, "baseline-until");
        set_text(part, "effect_until", options, "effect-until");
        json_object_set_new(guide, "practice", part);
    }
    return guide;
}

int cmd_guide_issue(struct cli *cli)
{
    return cli_do(cli, "/api/v1/guides", json_pack("{s:o}", "guide", read_guide(&cli->options)),
                  word("issued", "已下发"));
}

int cmd_guide_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/guides?limit=500");
    cli_query(&path, "kind", option_text(&cli->options, "kind", NULL));
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "all", option_given(&cli->options, "all") ? "true" : NULL);
    code = cli_show(cli, buf_text(&path), "items", listing_find("guides")->columns);
    buf_fini(&path);
    return code;
}

static void print_guide(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    output_fields(json, guide_fields, text);
    cli_print_part(text, word("Files", "附件"), json_object_get(json, "attachments"), upload_columns);
}

int cmd_guide_show(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/guides/%s", client_escape(option_argument(&cli->options, 0)));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    code = cli_view(cli, buf_text(&path), print_guide);
    buf_fini(&path);
    return code;
}

/* Takes the body over; adds what both acts name. */
static int act(struct cli *cli, const char *what, json_t *body, const char *done)
{
    json_object_set_new(body, "unit", json_string(option_text(&cli->options, "unit", "")));
    json_object_set_new(body, "version", json_integer(strtol(option_text(&cli->options, "version", "0"), NULL, 10)));
    return cli_do_on(cli, "guides", option_argument(&cli->options, 0), what, body, done);
}

int cmd_guide_ack(struct cli *cli)
{
    long answer = strtol(option_text(&cli->options, "answer", "0"), NULL, 10);

    return act(cli, "acknowledge", json_pack("{s:I}", "answer", (json_int_t)answer), word("acknowledged", "已确认"));
}

int cmd_guide_ready(struct cli *cli)
{
    return act(cli, "ready",
               json_pack("{s:b, s:b}", "training", option_given(&cli->options, "training"), "materials",
                         option_given(&cli->options, "materials")),
               word("reported as ready", "已报就绪"));
}

int cmd_guide_readiness(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/guides/%s/readiness?limit=500", client_escape(option_argument(&cli->options, 0)));
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    cli_query(&path, "each", option_given(&cli->options, "each") ? "true" : NULL);
    code = cli_show(cli, buf_text(&path), "items", readiness_columns);
    buf_fini(&path);
    return code;
}

static void print_effect(struct cli *cli, json_t *json, struct buf *text)
{
    if (cli->format == OUTPUT_TABLE) {
        output_fields(json, effect_fields, text);
        buf_append_text(text, "\n");
    }
    output_rows(json_object_get(json, "items"), effect_columns, cli->format, text);
}

int cmd_guide_effect(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/guides/%s/effect", client_escape(option_argument(&cli->options, 0)));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    cli_query(&path, "as_of", option_text(&cli->options, "as-of", NULL));
    code = cli_view(cli, buf_text(&path), print_effect);
    buf_fini(&path);
    return code;
}

int cmd_guide_attach(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/guides/%s/attachments", client_escape(option_argument(&cli->options, 0)));
    code = upload_attachment(cli, buf_text(&path), option_argument(&cli->options, 1), 0);
    buf_fini(&path);
    return code;
}
