/* cmd_plan: versions of plans on their way into force, their differences and checks; weights. */
#include "cli/cli.h"
#include "cli/ledger_columns.h"
#include "cli/plan_seen.h"

#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

#define WEIGHT_SCALE 4
#define WEIGHT_PIECE 400

const struct flag target_step_flags[] = {
    { "reason", 0, "TEXT", "why; it is kept", "原因（留存）" },
    { "consent", 0, "WARNING", "stand for this warning of lint; several times", "同意此项检查警告；可多次给出" },
    { "version", 0, "N", "only if it is this version; else the newest", "所见版本；缺省最新" },
    { "revision", 0, "N", "only if it is as you saw it; else as it is now", "所见修订号，已变动则拒绝；缺省当前" },
    { "with", 0, "PERIOD",
      "another period's version takes the step too, PERIOD or PERIOD/VERSION/REVISION as you saw it;"
      " several times (what a cut over periods ties to it comes by itself)",
      "同步处理另一周期的版本：周期 或 周期/版本/修订号；可多次给出（按周期分解相连的自动包括）" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag plan_diff_flags[] = {
    { "from", 0, "N", "version; else the one that the other began from", "原版本；缺省为起始版本" },
    { "to", 0, "N", "version; else the latest", "新版本；缺省最新" },
    { "unit", 0, "UNIT", "this unit and its children; else every unit that differs", "此单元及其下级；缺省全部差异" },
    { "measure", 0, "M", "of this measure", "仅此指标" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag plan_lint_flags[] = {
    { "version", 0, "N", "this version; else the latest", "版本；缺省最新" },
    { "against", 0, "SET", "weight set of a past period that jumps are measured against", "衡量跳变的历史权重集" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag weights_flags[] = {
    { "measure", 0, "M", "of this measure", "指标" },
    { "period", 0, "P", "results of this period", "周期" },
    { "set", 0, "CODE", "code of the weight set (M-P)", "权重集编码 (M-P)" },
    { "kind", 0, "KIND", "history, capacity, skill or market (history)",
      "种类：history、capacity、skill、market（缺省 history）" },
    { "limit", 0, "N", "at most N rows (500)", "最多 N 行 (500)" },
    { NULL, 0, NULL, NULL, NULL },
};

/* --- steps ---------------------------------------------------------------------------------------------------------
 */
static const char *step_of(const struct cli *cli)
{
    return cli->options.command->name + strlen("target ");
}

/* Revising opens a version; the other steps act on one, which is shown and named. */
static int name_version(struct cli *cli, json_t *body)
{
    json_t *version;
    int code;

    if (strcmp(step_of(cli), "revise") == 0)
        return EXIT_FINE;
    code = plan_seen_read(cli, option_argument(&cli->options, 0), &version);
    if (code != EXIT_FINE)
        return code;
    plan_seen_show(cli, version);
    plan_seen_name(cli, version, body);
    code = plan_seen_name_set(cli, version, body);
    json_decref(version);
    return code;
}

static int send_step(struct cli *cli, const json_t *body)
{
    struct buf path = { 0 };
    struct client_answer answer;
    int code = EXIT_FINE;
    const char *state;

    buf_printf(&path, "/api/v1/plans/%s", step_of(cli));
    if (!client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else {
        state = output_find(answer.json, "plan") ? word("published", "已发布")
                                                 : output_word(output_text(answer.json, "version/state"));
        fprintf(cli->out, word("%s: version %lld is %s\n", "%s: 第 %lld 版 %s\n"), option_argument(&cli->options, 0),
                output_int(answer.json, output_find(answer.json, "plan") ? "plan/version" : "version/version"), state);
        plan_seen_show_set(cli, answer.json, state);
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

int cmd_target_step(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s}", "period", option_argument(&cli->options, 0), "reason",
                             option_text(&cli->options, "reason", "")),
           *consents = json_array();
    const char *consent;
    int code;

    for (size_t i = 0; (consent = option_nth(&cli->options, "consent", i)); i++)
        json_array_append_new(consents, json_string(consent));
    if (json_array_size(consents))
        json_object_set(body, "consents", consents);
    code = name_version(cli, body);
    if (code == EXIT_FINE)
        code = send_step(cli, body);
    json_decref(body);
    json_decref(consents);
    return code;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */
int cmd_plan_versions(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/plans/versions");
    cli_query(&path, "period", option_argument(&cli->options, 0));
    cli_query(&path, "limit", "500");
    code = cli_show(cli, buf_text(&path), "items", ledger_version_columns);
    buf_fini(&path);
    return code;
}

/* Fields above, rows below. */
static int show(struct cli *cli, const char *path, const struct column *fields, const struct column *columns)
{
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "GET", path, NULL, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        if (cli->format == OUTPUT_TABLE)
            output_fields(answer.json, fields, &text);
        output_rows(json_object_get(answer.json, "items"), columns, cli->format, &text);
        fwrite(text.data, 1, text.len, cli->out);
    }
    client_answer_fini(&answer);
    buf_fini(&text);
    return code;
}

int cmd_plan_diff(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/plans/diff");
    cli_query(&path, "period", option_argument(&cli->options, 0));
    cli_query(&path, "from_version", option_text(&cli->options, "from", NULL));
    cli_query(&path, "to_version", option_text(&cli->options, "to", NULL));
    cli_query(&path, "unit", option_text(&cli->options, "unit", NULL));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    code = show(cli, buf_text(&path), ledger_diff_fields, ledger_diff_columns);
    buf_fini(&path);
    return code;
}

int cmd_plan_lint(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/plans/lint");
    cli_query(&path, "period", option_argument(&cli->options, 0));
    cli_query(&path, "version", option_text(&cli->options, "version", NULL));
    cli_query(&path, "against", option_text(&cli->options, "against", NULL));
    code = show(cli, buf_text(&path), ledger_lint_fields, ledger_lint_columns);
    buf_fini(&path);
    return code;
}

/* --- weights -------------------------------------------------------------------------------------------------------
 */
int cmd_weights_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/weights");
    cli_query(&path, "set", option_argument(&cli->options, 0));
    cli_query(&path, "limit", option_text(&cli->options, "limit", "500"));
    code = cli_show(cli, buf_text(&path), "items", ledger_weight_columns);
    buf_fini(&path);
    return code;
}

static int send_body(struct cli *cli, const char *path, json_t *body)
{
    struct client_answer answer;
    int code = client_ask(cli->client, "POST", path, body, &answer) ? EXIT_FINE : cli_fail(cli, &answer);

    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

/* Results below 0 (more taken back than sold) weigh nothing; a ratio without a value says nothing. */
static json_t *rows_of(const json_t *progress, const char *set)
{
    json_t *rows = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(progress, i, item)
    {
        long long actual = output_int(item, "actual");
        int scale = (int)output_int(item, "measure_scale");
        char text[DECIMAL_TEXT_MAX];

        if (json_is_true(json_object_get(item, "no_value")))
            continue;
        decimal_print_rounded(text, actual > 0 ? actual : 0, scale, scale < WEIGHT_SCALE ? scale : WEIGHT_SCALE, 0);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:b}", "set", set, "unit", output_text(item, "unit"),
                                              "value", text, "learned", 1));
    }
    return rows;
}

static int send_rows(struct cli *cli, const json_t *rows)
{
    int code = EXIT_FINE;

    for (size_t from = 0; from < json_array_size(rows) && code == EXIT_FINE; from += WEIGHT_PIECE) {
        json_t *piece = json_array();

        for (size_t i = from; i < from + WEIGHT_PIECE && i < json_array_size(rows); i++)
            json_array_append(piece, json_array_get(rows, i));
        code = send_body(cli, "/api/v1/apply/weights", json_pack("{s:o}", "items", piece));
    }
    return code;
}

static int learn(struct cli *cli, const char *measure, const char *period, const char *set, const json_t *progress)
{
    json_t *item = json_pack("{s:s, s:s++, s:s, s:s, s:s, s:s}", "code", set, "title", measure, " ", period, "kind",
                             option_text(&cli->options, "kind", "history"), "measure", measure, "period", period,
                             "source", "recorded results");
    json_t *rows = rows_of(progress, set);
    int code = send_body(cli, "/api/v1/apply/weight-sets", json_pack("{s:[o]}", "items", item));

    if (code == EXIT_FINE)
        code = send_rows(cli, rows);
    if (code == EXIT_FINE)
        fprintf(cli->out, word("%s: %zu units\n", "%s: %zu 个单元\n"), set, json_array_size(rows));
    json_decref(rows);
    return code;
}

/* One answer about a unit's progress: its children only, or all below it. */
static int ask_progress(struct cli *cli, const char *unit, bool all, json_t **items, bool *truncated)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/progress?by=children&depth=%d&limit=1000", all ? 64 : 1);
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "unit", unit);
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
        *items = json_incref(json_object_get(answer.json, "items"));
        *truncated = json_is_true(json_object_get(answer.json, "truncated"));
    } else {
        code = cli_fail(cli, &answer);
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

/* All units below `unit` into `out`. Where one answer doesn't hold them, one child after another is asked about. */
static int gather(struct cli *cli, const char *unit, json_t *out)
{
    json_t *items = NULL;
    const json_t *item;
    bool truncated = false;
    int code = ask_progress(cli, unit, true, &items, &truncated);
    size_t i;

    if (code == EXIT_FINE && !truncated) {
        json_array_extend(out, items);
    } else if (code == EXIT_FINE) {
        json_decref(items);
        items = NULL;
        code = ask_progress(cli, unit, false, &items, &truncated);
        if (code == EXIT_FINE)
            json_array_extend(out, items);
        json_array_foreach(items, i, item)
        {
            if (code == EXIT_FINE && strcmp(output_text(item, "unit"), unit ? unit : "") != 0)
                code = gather(cli, output_text(item, "unit"), out);
        }
    }
    json_decref(items);
    return code;
}

/* What units reached in a past period becomes a weight set: monitoring knows it, planning keeps it. */
int cmd_weights_learn(struct cli *cli)
{
    const char *measure = option_text(&cli->options, "measure", NULL),
               *period = option_text(&cli->options, "period", NULL);
    json_t *progress = json_array();
    struct buf set = { 0 };
    int code;

    if (!measure || !period) {
        json_decref(progress);
        return cli_usage(
            cli, word("weights learn wants --measure and --period", "weights learn 需要 --measure 和 --period"));
    }
    buf_printf(&set, "%s-%s", measure, period);
    code = gather(cli, option_argument(&cli->options, 0), progress);
    if (code == EXIT_FINE)
        code = learn(cli, measure, period, option_text(&cli->options, "set", buf_text(&set)), progress);
    json_decref(progress);
    buf_fini(&set);
    return code;
}
