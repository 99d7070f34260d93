/* cmd_rule: why a rule is silent about a unit or isn't, and what one would have sent before it is switched on. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/manifest.h"

#include <stdlib.h>
#include <string.h>

static const struct column condition_columns[] = {
    C("what", "CONDITION", "条件", TEXT),
    C("value_text", "VALUE", "数值", TEXT),
    C("compare", "HAS TO BE", "应", WORD),
    C("limit_text", "LIMIT", "限值", TEXT),
    C("met", "MET", "满足", BOOL),
    C("lacking_text", "LACKS", "相差", TEXT),
    END,
};

/* --- explain --- */

static const struct column explain_fields[] = {
    C("unit", "unit", "单元", TEXT),
    C("unit_name", "name", "名称", TEXT),
    C("rule/code", "rule", "规则", TEXT),
    C("rule/kind", "kind", "种类", TEXT),
    C("period", "period", "周期", TEXT),
    C("as_of", "judged at", "判定日", TEXT),
    C("state", "state", "状态", WORD),
    C("breach", "in breach", "触发条件满足", BOOL),
    C("breach_days", "days in breach", "持续天数", INT),
    C("rule/dwell_days", "of", "所需天数", INT),
    C("severity", "severity", "级别", WORD),
    C("why_not", "why not", "未触发原因", TEXT),
    C("clears_when", "clears when", "解除条件", TEXT),
    C("alert/id", "alert", "预警", TEXT),
    C("alert/state", "its state", "预警状态", WORD),
    END,
};

static void print_explained(struct cli *cli, json_t *json, struct buf *text)
{
    (void)cli;
    output_fields(json, explain_fields, text);
    cli_print_part(text, word("Conditions", "条件"), output_find(json, "conditions"), condition_columns);
}

int cmd_rule_explain(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/rules/%s/explain", client_escape(option_argument(&cli->options, 1)));
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "day", option_text(&cli->options, "day", NULL));
    code = cli_view(cli, buf_text(&path), print_explained);
    buf_fini(&path);
    return code;
}

/* --- try --- */

static const struct column tried_fields[] = {
    C("rule", "rule", "规则", TEXT),
    C("from", "from", "起始日", TEXT),
    C("until", "until", "截至", TEXT),
    C("units", "units in breach", "触发单元数", INT),
    C("fired", "notices that it fired", "触发通知", INT),
    C("worsened", "notices that it got worse", "加重通知", INT),
    C("worsened_gap", "by a step of the gap", "其中差距扩大", INT),
    C("worsened_hit", "by half of the chance", "其中完成概率减半", INT),
    C("worsened_severity", "by another severity", "其中级别有变", INT),
    C("held", "of the messages held back by days off", "其中因休息日顺延", INT),
    C("flapping", "came and went", "反复出现", INT),
    C("over", "notices that it was over", "解除通知", INT),
    C("still_open", "still open", "仍未解除", INT),
    C("messages", "messages to receivers", "发送条数", INT),
    C("busiest", "on the busiest day", "最多一日", INT),
    C("busiest_day", "which was", "该日", TEXT),
    END,
};
static const struct column tried_columns[] = {
    C("day", "DAY", "日期", TEXT),
    C("event", "EVENT", "事件", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("subject", "ABOUT", "事由", TEXT),
    C("severity", "SEVERITY", "级别", WORD),
    C("news", "NEWS", "变化", WORD),
    C("gathered", "GATHERED", "归并", INT),
    C("receivers", "TO", "接收方", LIST),
    C("reason", "WHY", "原因", TEXT),
    END,
};

static void show(struct cli *cli, const char *code, json_t *answer)
{
    struct buf text = { 0 };
    const json_t *line;
    size_t i;

    json_object_set_new(answer, "rule", json_string(code));
    if (cli->format != OUTPUT_CSV) {
        output_fields(answer, tried_fields, &text);
        json_array_foreach(json_object_get(answer, "unknown"), i, line)
            buf_printf(&text, "* %s\n", json_string_value(line));
        buf_append_text(&text, "\n");
    }
    output_rows(json_object_get(answer, "items"), tried_columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

static int try_one(struct cli *cli, json_t *rule, json_t *all)
{
    const char *code = output_text(rule, "code");
    struct client_answer answer;
    json_t *body = json_pack("{s:O, s:I}", "rule", rule, "days",
                             (json_int_t)strtol(option_text(&cli->options, "days", "90"), NULL, 10));
    int result = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/rules/try", body, &answer)) {
        result = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        json_object_set_new(answer.json, "rule", json_string(code));
        json_array_append(all, answer.json);
    } else {
        show(cli, code, answer.json);
    }
    client_answer_fini(&answer);
    json_decref(body);
    return result;
}

static int try_file(struct cli *cli, const char *file, const char *only, json_t *all)
{
    struct manifests manifests;
    int result = EXIT_FINE, tried = 0;

    manifests_init(&manifests);
    manifests_read(&manifests, file);
    if (manifests.mistake_count) {
        fprintf(cli->err, "%s", buf_text(&manifests.mistakes));
        result = EXIT_REFUSED;
    }
    for (size_t i = 0; result == EXIT_FINE && i < manifests.item_count; i++) {
        json_t *rule = manifests.items[i].json;

        if (strcmp(manifests.items[i].kind->name, "Rules") != 0 ||
            (only && strcmp(only, output_text(rule, "code")) != 0))
            continue;
        tried++;
        result = try_one(cli, rule, all);
    }
    if (result == EXIT_FINE && !tried) {
        fprintf(cli->err, word("%s: there is no such rule\n", "%s: 没有该规则\n"), file);
        result = EXIT_REFUSED;
    }
    manifests_fini(&manifests);
    return result;
}

int cmd_rule_try(struct cli *cli)
{
    const char *file = option_text(&cli->options, "file", NULL), *days = option_text(&cli->options, "days", "90");
    json_t *all;
    char *end;
    int result;

    if (!file)
        return cli_usage(cli, word("rule try wants -f FILE", "rule try 需要 -f FILE"));
    if (strtol(days, &end, 10) <= 0 || *end)
        return cli_usage(cli, word("--days %s is not a number of days", "--days %s 不是天数"), days);
    all = json_array();
    result = try_file(cli, file, option_text(&cli->options, "code", NULL), all);
    if (result == EXIT_FINE && cli->format == OUTPUT_JSON)
        cli_print_json(cli, all);
    json_decref(all);
    return result;
}
