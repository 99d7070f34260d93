/* cmd_ledger: targets as people work on them: cut, set, moved, explained, talked about. */
#include "cli/cli.h"
#include "cli/kinds.h"
#include "cli/ledger_columns.h"
#include "cli/plan_seen.h"

#include <stdlib.h>
#include <string.h>

/* --- flags ---------------------------------------------------------------------------------------------------------
 */
#define CELL_FLAGS                                                                                                     \
    { "period", 0, "P", "of this period", "周期" }, { "measure", 0, "M", "of this measure", "指标" },                  \
        { "channel", 0, "CHANNEL", "of this channel; else of all together", "渠道；缺省为合计" },                      \
    {                                                                                                                  \
        "product", 0, "PRODUCT", "of this product; else of all together", "产品；缺省为合计"                   \
    }
#define REASON_FLAG                                                                                                    \
    {                                                                                                                  \
        "reason", 0, "TEXT", "why; it is kept", "原因（留存）"                                                   \
    }
/* Of the plan as it was read before: else it doesn't matter what was done since. */
#define SEEN_FLAGS                                                                                                     \
    { "version", 0, "N", "with --revision: only if it is this version; else the newest", "所见版本；缺省最新" },       \
    {                                                                                                                  \
        "revision", 0, "N", "only if the targets are as you saw them in this revision of the plan",                    \
            "所见计划修订号，已变动则拒绝"                                                               \
    }
#define FLAGS_END                                                                                                      \
    {                                                                                                                  \
        NULL, 0, NULL, NULL, NULL                                                                                      \
    }

const struct flag target_list_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "measure", 0, "M", "of this measure", "仅此指标" },
    { "draft", 0, NULL, "of the version in the works", "在编版本" },
    { "version", 0, "N", "of this version", "指定版本" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    FLAGS_END,
};
const struct flag target_cell_flags[] = { CELL_FLAGS,
                                          { "version", 0, "N", "in this version; else the latest", "版本；缺省最新" },
                                          FLAGS_END };
const struct flag target_set_flags[] = {
    CELL_FLAGS,
    { "keep", 0, "WHAT", "parent: units beside it give or take (default); none: those above follow",
      "parent：由同级增减（缺省）；none：上级随之变动" },
    { "revision", 0, "N", "only if the target is still as you saw it", "所见修订号，已变动则拒绝" },
    REASON_FLAG,
    FLAGS_END,
};
const struct flag target_cut_flags[] = {
    CELL_FLAGS,
    { "all", 0, NULL, "every channel and product that the unit has", "该单元的全部渠道与产品" },
    { "total", 0, "AMOUNT", "this much; else what the target holds", "总量；缺省为现有目标" },
    { "over", 0, "WHAT", "units, leaves, channels, products or periods (units)",
      "units 逐级、leaves 直达末级、channels 渠道、products 产品、periods 子周期（缺省 units）" },
    { "mix", 0, "KIND=SHARE", "weights: SET=70, or drafts, plan, equal; several times",
      "权重：权重集=70，或 drafts、plan、equal；可多次给出" },
    { "kind", 0, "WHAT", "over periods: half, quarter, month, week or other, all of them; else the longest there is",
      "按周期分解时的周期类型：half、quarter、month、week、other；缺省取最长" },
    { "into", 0, "CODE", "channel, product or period to cut into; several times", "拆分到；可多次给出" },
    { "keep", 0, "WHAT", "of a total: parent: units beside it give or take (default); none: those above follow",
      "总量变动时 parent：由同级增减（缺省）；none：上级随之变动" },
    { "levels", 0, "N", "levels below the unit; else all", "向下层级数；缺省全部" },
    { "hedge-ppm", 0, "PPM", "kept beside the targets", "加码（百万分比），单独保存" },
    { "history", 0, "SET", "weight set of a past period, for the risk; several times",
      "历史周期权重集，用于估算风险；可多次给出" },
    { "show", 0, "UNIT", "show the children of this unit", "显示此单元的下级" },
    SEEN_FLAGS,
    REASON_FLAG,
    FLAGS_END,
};
const struct flag target_mark_flags[] = {
    CELL_FLAGS,
    { "over", 0, "WHAT", "channels, products or periods", "channels 渠道、products 产品、periods 子周期" },
    { "into", 0, "PERIOD", "over periods: those; several times", "子周期；可多次给出" },
    { "complete", 0, "WORD", "yes: the parts are all of it; no: they may leave some open",
      "yes：各部分合计即全部；no：可留余量" },
    SEEN_FLAGS,
    REASON_FLAG,
    FLAGS_END,
};
const struct flag target_bounds_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "history", 0, NULL, "every bound that was ever set", "全部历史记录" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    FLAGS_END,
};
const struct flag target_transfer_flags[] = {
    CELL_FLAGS,
    { "to-period", 0, "P", "into this period; else the same", "转入周期；缺省相同" },
    { "to-channel", 0, "CHANNEL", "into this channel; else the same", "转入渠道；缺省相同" },
    { "to-product", 0, "PRODUCT", "into this product; else the same", "转入产品；缺省相同" },
    SEEN_FLAGS,
    REASON_FLAG,
    FLAGS_END,
};
const struct flag target_answer_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "ask", 0, "MEASURE=AMOUNT", "what is asked for; several times", "申请的目标值；可多次给出" },
    { "version", 0, "N", "only if it is this version; else the newest", "所见版本；缺省最新" },
    { "revision", 0, "N", "only if the targets are as you saw them; else as they are now",
      "所见修订号，已变动则拒绝；缺省当前" },
    REASON_FLAG,
    FLAGS_END,
};
const struct flag target_gap_flags[] = {
    { "period", 0, "P", "of this period", "周期" },
    { "measure", 0, "M", "of this measure", "仅此指标" },
    { "state", 0, "STATE", "proposed, accepted, asked, recalled", "按状态" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    FLAGS_END,
};

/* --- helpers -------------------------------------------------------------------------------------------------------
 */
static json_t *cell_body(struct cli *cli, const char *unit_key, const char *unit)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "period", option_text(&cli->options, "period", ""), "measure",
                     option_text(&cli->options, "measure", ""), "channel", option_text(&cli->options, "channel", ""),
                     "product", option_text(&cli->options, "product", ""), unit_key, unit);
}

static void put_text(json_t *body, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(body, key, json_string(value));
}

static void put_number(struct cli *cli, json_t *body, const char *key, const char *option)
{
    const char *text = option_text(&cli->options, option, NULL);

    if (text)
        json_object_set_new(body, key, json_integer(strtoll(text, NULL, 10)));
}

/* --revision, and --version or the newest, where one of them is given. */
static int put_seen(struct cli *cli, json_t *body)
{
    json_t *version;
    int code;

    if (!option_given(&cli->options, "revision") && !option_given(&cli->options, "version"))
        return EXIT_FINE;
    if ((code = plan_seen_read(cli, option_text(&cli->options, "period", NULL), &version)) == EXIT_FINE)
        plan_seen_name(cli, version, body);
    json_decref(version);
    return code;
}

/* POST; the answer's items as a table below its fields. */
static int post(struct cli *cli, const char *path, json_t *body, const struct column *fields, const char *key,
                const struct column *columns)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", path, body, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        if (cli->format == OUTPUT_TABLE)
            output_fields(answer.json, fields, &text);
        if (columns)
            output_rows(json_object_get(answer.json, key), columns, cli->format, &text);
        fwrite(text.data, 1, text.len, cli->out);
    }
    client_answer_fini(&answer);
    json_decref(body);
    buf_fini(&text);
    return code;
}

/* The same of the plan that was seen. */
static int post_seen(struct cli *cli, const char *path, json_t *body, const struct column *fields)
{
    int code = put_seen(cli, body);

    if (code == EXIT_FINE)
        return post(cli, path, body, fields, NULL, NULL);
    json_decref(body);
    return code;
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
int cmd_target_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/targets");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    if (option_given(&cli->options, "draft"))
        cli_query(&path, "draft", "true");
    code = cli_show(cli, buf_text(&path), "items", ledger_target_columns);
    buf_fini(&path);
    return code;
}

static int show_gaps(struct cli *cli, const char *what, const struct column *columns)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, what);
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "state", option_text(&cli->options, "state", NULL));
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    code = cli_show(cli, buf_text(&path), "items", columns);
    buf_fini(&path);
    return code;
}

int cmd_target_gap(struct cli *cli)
{
    if (option_given(&cli->options, "state"))
        return cli_usage(cli, word("--state belongs to target talks", "--state 用于 target talks"));
    return show_gaps(cli, "/api/v1/gaps", ledger_gap_columns);
}

int cmd_target_talks(struct cli *cli)
{
    if (option_given(&cli->options, "measure"))
        return cli_usage(cli, word("--measure belongs to target gap", "--measure 用于 target gap"));
    return show_gaps(cli, "/api/v1/negotiations", ledger_talk_columns);
}

/* --- one target ----------------------------------------------------------------------------------------------------
 */
int cmd_target_set(struct cli *cli)
{
    json_t *body = cell_body(cli, "unit", option_argument(&cli->options, 0));

    put_text(body, "amount", option_argument(&cli->options, 1));
    put_text(body, "keep", option_text(&cli->options, "keep", NULL));
    put_text(body, "reason", option_text(&cli->options, "reason", NULL));
    put_number(cli, body, "revision", "revision");
    return post(cli, "/api/v1/targets/set", body, ledger_act_fields, NULL, NULL);
}

int cmd_target_draft(struct cli *cli)
{
    json_t *item = cell_body(cli, "unit", option_argument(&cli->options, 0));

    put_text(item, "amount", option_argument(&cli->options, 1));
    put_text(item, "reason", option_text(&cli->options, "reason", NULL));
    return cli_do(cli, "/api/v1/apply/drafts", json_pack("{s:[o]}", "items", item), word("handed in", "已提交"));
}

int cmd_target_transfer(struct cli *cli)
{
    json_t *body = json_object();
    const char *channel = option_text(&cli->options, "channel", ""),
               *product = option_text(&cli->options, "product", "");

    put_text(body, "measure", option_text(&cli->options, "measure", NULL));
    put_text(body, "period", option_text(&cli->options, "period", NULL));
    put_text(body, "from_unit", option_argument(&cli->options, 0));
    put_text(body, "from_channel", channel);
    put_text(body, "from_product", product);
    put_text(body, "to_unit", option_argument(&cli->options, 1));
    put_text(body, "to_period", option_text(&cli->options, "to-period", NULL));
    put_text(body, "to_channel", option_text(&cli->options, "to-channel", channel));
    put_text(body, "to_product", option_text(&cli->options, "to-product", product));
    put_text(body, "amount", option_argument(&cli->options, 2));
    put_text(body, "reason", option_text(&cli->options, "reason", NULL));
    return post_seen(cli, "/api/v1/targets/transfer", body, ledger_act_fields);
}

static void print_explained(struct cli *cli, json_t *json, struct buf *text)
{
    if (cli->format == OUTPUT_TABLE)
        output_fields(json, ledger_explain_fields, text);
    if (cli->format == OUTPUT_TABLE && output_find(json, "cut/figures"))
        output_rows(output_find(json, "cut/figures"), ledger_figure_columns, cli->format, text);
    if (cli->format == OUTPUT_TABLE)
        output_rows(json_object_get(json, "chain"), ledger_chain_columns, cli->format, text);
    output_rows(json_object_get(json, "entries"), ledger_entry_columns, cli->format, text);
}

int cmd_target_explain(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    if (!option_given(&cli->options, "period") || !option_given(&cli->options, "measure"))
        return cli_usage(cli, word("target explain wants --period P and --measure M",
                                   "target explain 需要 --period P 和 --measure M"));
    buf_append_text(&path, "/api/v1/targets/explain");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "channel", option_text(&cli->options, "channel", NULL));
    cli_query(&path, "product", option_text(&cli->options, "product", NULL));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    code = cli_view(cli, buf_text(&path), print_explained);
    buf_fini(&path);
    return code;
}

/* --- cutting -------------------------------------------------------------------------------------------------------
 */
static bool is_word_of_mix(const char *name)
{
    return strcmp(name, "drafts") == 0 || strcmp(name, "plan") == 0 || strcmp(name, "equal") == 0;
}

/* --mix last-year=70: 0 or the exit code. */
static int add_mix(struct cli *cli, json_t *body)
{
    json_t *mix = json_array();
    const char *text;

    json_object_set_new(body, "mix", mix);
    for (size_t i = 0; (text = option_nth(&cli->options, "mix", i)); i++) {
        const char *equals = strchr(text, '=');
        char name[80];

        snprintf(name, sizeof name, "%.*s", (int)(equals ? (size_t)(equals - text) : strlen(text)), text);
        if (!*name || (equals && strtol(equals + 1, NULL, 10) < 1))
            return cli_usage(cli, word("--mix %s is not like last-year=70", "--mix %s 须形如 last-year=70"), text);
        json_array_append_new(mix, json_pack("{s:s, s:s, s:i}", "kind", is_word_of_mix(name) ? name : "set", "set",
                                             is_word_of_mix(name) ? "" : name, "share",
                                             equals ? (int)strtol(equals + 1, NULL, 10) : 1));
    }
    return EXIT_FINE;
}

static void add_list(struct cli *cli, json_t *body, const char *key)
{
    json_t *list = json_array();
    const char *text;

    for (size_t i = 0; (text = option_nth(&cli->options, key, i)); i++)
        json_array_append_new(list, json_string(text));
    json_object_set_new(body, key, list);
}

static json_t *cut_body(struct cli *cli)
{
    json_t *body = cell_body(cli, "unit", option_argument(&cli->options, 0));

    if (option_given(&cli->options, "all"))
        json_object_set_new(body, "every_slice", json_true());
    put_text(body, "total", option_text(&cli->options, "total", NULL));
    put_text(body, "over", option_text(&cli->options, "over", NULL));
    put_text(body, "kind", option_text(&cli->options, "kind", NULL));
    put_text(body, "show", option_text(&cli->options, "show", NULL));
    put_text(body, "keep", option_text(&cli->options, "keep", NULL));
    put_text(body, "reason", option_text(&cli->options, "reason", NULL));
    put_number(cli, body, "levels", "levels");
    put_number(cli, body, "hedge_ppm", "hedge-ppm");
    add_list(cli, body, "into");
    add_list(cli, body, "history");
    return body;
}

int cmd_target_decompose(struct cli *cli)
{
    json_t *body = cut_body(cli);
    int code = add_mix(cli, body);

    if (code == EXIT_FINE)
        code = put_seen(cli, body);
    if (code == EXIT_FINE)
        return post(cli, "/api/v1/targets/decompose", body, ledger_cut_fields, "items", ledger_cut_columns);
    json_decref(body);
    return code;
}

int cmd_target_whatif(struct cli *cli)
{
    json_t *body = cut_body(cli);
    int code = add_mix(cli, body);

    if (code == EXIT_FINE)
        code = put_seen(cli, body);
    if (code == EXIT_FINE)
        return post(cli, "/api/v1/targets/what-if", json_pack("{s:o}", "decompose", body), ledger_cut_fields, "items",
                    ledger_cut_columns);
    json_decref(body);
    return code;
}

int cmd_target_mark(struct cli *cli)
{
    json_t *body = cell_body(cli, "unit", option_argument(&cli->options, 0));

    put_text(body, "over", option_text(&cli->options, "over", NULL));
    put_text(body, "complete", option_text(&cli->options, "complete", "yes"));
    put_text(body, "reason", option_text(&cli->options, "reason", NULL));
    add_list(cli, body, "into");
    return post_seen(cli, "/api/v1/targets/mark", body, ledger_mark_fields);
}

int cmd_target_bounds(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/bounds");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "history", option_given(&cli->options, "history") ? "true" : NULL);
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    code = cli_show(cli, buf_text(&path), "items", ledger_bound_columns);
    buf_fini(&path);
    return code;
}

/* --- negotiation ---------------------------------------------------------------------------------------------------
 */
static int add_asks(struct cli *cli, json_t *body)
{
    json_t *asks = json_array();
    const char *text;

    json_object_set_new(body, "asks", asks);
    for (size_t i = 0; (text = option_nth(&cli->options, "ask", i)); i++) {
        const char *equals = strchr(text, '=');
        char measure[80];

        if (!equals || equals == text)
            return cli_usage(cli, word("--ask %s is not like new_users=600", "--ask %s 须形如 new_users=600"), text);
        snprintf(measure, sizeof measure, "%.*s", (int)(equals - text), text);
        json_array_append_new(asks, json_pack("{s:s, s:s}", "measure", measure, "amount", equals + 1));
    }
    return EXIT_FINE;
}

/* The version that is answered for; who accepts sees what. */
static int name_targets(struct cli *cli, json_t *body)
{
    struct buf path = { 0 };
    json_t *version;
    int code = plan_seen_read(cli, option_text(&cli->options, "period", NULL), &version);

    if (code != EXIT_FINE)
        return code;
    plan_seen_name(cli, version, body);
    json_decref(version);
    if (strcmp(output_text(body, "answer"), "accept") == 0 && cli->format == OUTPUT_TABLE) {
        buf_append_text(&path, "/api/v1/targets?draft=true&limit=500");
        cli_query(&path, "unit", option_argument(&cli->options, 0));
        cli_query(&path, "period", option_text(&cli->options, "period", NULL));
        code = cli_show(cli, buf_text(&path), "items", ledger_target_columns);
        buf_fini(&path);
    }
    return code;
}

/* The answer is the command's second word: target accept. */
int cmd_target_answer(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "period", option_text(&cli->options, "period", ""), "unit",
                             option_argument(&cli->options, 0), "answer",
                             cli->options.command->name + strlen("target "), "reason",
                             option_text(&cli->options, "reason", ""));
    int code = add_asks(cli, body);

    if (code == EXIT_FINE)
        code = name_targets(cli, body);
    if (code == EXIT_FINE)
        return post(cli, "/api/v1/targets/answer", body, ledger_nothing, "items", ledger_talk_columns);
    json_decref(body);
    return code;
}
