/* cmd_unit: moves, mergers, closures of units and hand-overs, with what they change or would change. */
#include "cli/cli.h"
#include "cli/columns.h"

#include <stdio.h>

static const struct column unit_columns[] = {
    C("unit", "UNIT", "单元", TEXT),       C("name", "NAME", "名称", TEXT),     C("action", "CHANGE", "变更", WORD),
    C("before", "BEFORE", "原上级", TEXT), C("after", "AFTER", "新上级", TEXT), END,
};
static const struct column role_columns[] = {
    C("person", "PERSON", "人员", TEXT), C("role", "ROLE", "角色", TEXT),        C("unit", "UNIT", "单元", TEXT),
    C("action", "CHANGE", "变更", WORD), C("unit_after", "AFTER", "去向", TEXT), END,
};
static const struct column target_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("drafts", "DRAFTS", "草稿", INT),
    C("published", "PUBLISHED", "已发布", INT),
    END,
};

static const struct column unbalanced_columns[] = {
    C("period", "PERIOD", "周期", TEXT),
    C("version", "VERSION", "版本", INT),
    C("state", "STATE", "状态", WORD),
    C("code", "CODE", "代码", WORD),
    C("unit", "UNIT", "单元", TEXT),
    C("measure", "MEASURE", "指标", TEXT),
    C("channel", "CHANNEL", "渠道", TEXT),
    C("product", "PRODUCT", "产品", TEXT),
    C("target", "TARGET", "目标", TEXT),
    C("below", "BELOW", "下级合计", TEXT),
    END,
};
static const struct column work_columns[] = {
    C("kind", "KIND", "种类", WORD),
    C("id", "ID", "编号", TEXT),
    C("title", "TITLE", "名称", TEXT),
    C("unit", "UNIT", "单元", TEXT),
    C("due", "DUE", "期限", TEXT),
    C("after", "TO", "移交给", TEXT),
    END,
};

static void show_part(struct cli *cli, const json_t *change, const char *key, const char *title,
                      const struct column *columns)
{
    const json_t *rows = json_object_get(change, key);
    struct buf text = { 0 };

    if (!json_array_size(rows))
        return;
    output_rows(rows, columns, cli->format, &text);
    fprintf(cli->out, "\n%s\n", title);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

static void show(struct cli *cli, const json_t *answer)
{
    const json_t *change = json_object_get(answer, "change"), *warning, *unit;
    size_t i;

    fprintf(cli->out, "%s\n",
            json_is_true(json_object_get(answer, "dry_run")) ? word("would change:", "将会变更:")
                                                             : word("done", "完成"));
    if (output_int(change, "below_count"))
        fprintf(cli->out, word("%lld units below go along\n", "下级 %lld 个单元随同调整\n"),
                output_int(change, "below_count"));
    show_part(cli, change, "units", word("Units", "单元"), unit_columns);
    show_part(cli, change, "roles", word("Roles", "角色"), role_columns);
    show_part(cli, change, "targets",
              word("Targets that stay as they are until the plan is revised", "计划修订前保持不变的目标"),
              target_columns);
    show_part(cli, change, "unbalanced", word("Sums of plans that no longer hold", "不再平衡的目标合计"),
              unbalanced_columns);
    show_part(cli, change, "work", word("What is to be done", "待办事项"), work_columns);
    json_array_foreach(json_object_get(change, "sales_units"), i, unit) fprintf(
        cli->out,
        word("customers and opportunities of %s: %s (see `bihuan person holdings %s`)\n",
             "%s 的客户与商机：%s（见 `bihuan person holdings %s`）\n"),
        json_string_value(unit),
        *output_text(change, "sales_unit_after") ? output_text(change, "sales_unit_after") : word("stay", "不移交"),
        json_string_value(unit));
    json_array_foreach(json_object_get(change, "warnings"), i, warning)
        fprintf(cli->out, "%s%s\n", word("warning: ", "警告: "), json_string_value(warning));
}

/* Sends what the flags say; `names` are flags and the fields that they fill, ended by NULL. */
static int reorganise(struct cli *cli, const char *what, const char *verb, const char *const *names)
{
    const char *subject = option_argument(&cli->options, 0);
    json_t *body = json_object();
    struct client_answer answer;
    char path[300];
    int code = EXIT_FINE;

    for (; names[0]; names += 2) {
        const char *value = option_text(&cli->options, names[0], NULL);

        if (value)
            json_object_set_new(body, names[1], json_string(value));
    }
    json_object_set_new(body, "dry_run", json_boolean(option_given(&cli->options, "dry-run")));
    for (size_t i = 0; option_nth(&cli->options, "consent", i); i++) {
        if (i == 0)
            json_object_set_new(body, "consents", json_array());
        json_array_append_new(json_object_get(body, "consents"), json_string(option_nth(&cli->options, "consent", i)));
    }
    if (option_given(&cli->options, "pass-roles"))
        json_object_set_new(body, "pass_roles", json_true());
    snprintf(path, sizeof path, "/api/v1/%s/%.200s/%s", what, subject, verb);
    if (!client_ask(cli->client, "POST", path, body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        show(cli, answer.json);
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

int cmd_unit_move(struct cli *cli)
{
    static const char *const names[] = { "parent", "parent", "from", "from", "reason", "reason", NULL };

    return reorganise(cli, "units", "move", names);
}

int cmd_unit_merge(struct cli *cli)
{
    static const char *const names[] = { "into", "into", "from", "from", "reason", "reason", NULL };

    return reorganise(cli, "units", "merge", names);
}

int cmd_unit_close(struct cli *cli)
{
    static const char *const names[] = { "from", "from", "reason", "reason", NULL };

    int code;

    if (!option_given(&cli->options, "from"))
        return cli_usage(cli, word("unit close wants --from DATE", "unit close 需要 --from DATE"));
    code = reorganise(cli, "units", "close", names);
    if (code == EXIT_FINE && cli->format != OUTPUT_JSON)
        cli_tell_closed_facts(cli, option_argument(&cli->options, 0), option_text(&cli->options, "from", ""));
    return code;
}

int cmd_unit_open(struct cli *cli)
{
    static const char *const names[] = { "reason", "reason", NULL };

    return reorganise(cli, "units", "close", names);
}

int cmd_person_hand_over(struct cli *cli)
{
    static const char *const names[] = { "to", "successor", "from", "from", "reason", "reason", NULL };

    return reorganise(cli, "people", "hand-over", names);
}

/* --- what a sales person's unit holds --- */
static const struct column opportunity_columns[] = {
    C("sender", "SENDER", "来源", TEXT),     C("key", "OPPORTUNITY", "商机", TEXT),
    C("customer", "CUSTOMER", "客户", TEXT), C("product", "PRODUCT", "产品", TEXT),
    C("state", "STATE", "阶段", WORD),       C("amount", "AMOUNT", "金额", TEXT),
    C("moved", "MOVED", "最近推进", TEXT),   END,
};
static const struct column customer_columns[] = {
    C("customer", "CUSTOMER", "客户", TEXT),
    C("last_day", "LAST", "最近业务日", TEXT),
    C("facts", "FACTS", "业务笔数", INT),
    END,
};

static void show_holdings(struct cli *cli, json_t *json, struct buf *text)
{
    output_rows(json_object_get(json, "opportunities"), opportunity_columns, cli->format, text);
    if (cli->format == OUTPUT_TABLE)
        output_rows(json_object_get(json, "customers"), customer_columns, cli->format, text);
}

const struct flag holdings_flags[] = {
    { "day", 0, "DATE", "on this day; else today", "日期；缺省今天" },
    { NULL, 0, NULL, NULL, NULL },
};

int cmd_person_holdings(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/holdings/%s", option_argument(&cli->options, 0));
    cli_query(&path, "day", option_text(&cli->options, "day", NULL));
    code = cli_view(cli, buf_text(&path), show_holdings);
    buf_fini(&path);
    return code;
}
