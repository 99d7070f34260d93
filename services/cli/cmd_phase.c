/* cmd_phase: a target by day, week or month; moving a plan to its new calendar; the versions of a calendar. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/ledger_columns.h"

static const struct column phase_fields[] = {
    C("unit", "unit", "单元", TEXT),           C("measure", "measure", "指标", TEXT),
    C("target", "target", "目标", TEXT),       C("version", "version", "版本", INT),
    C("calendar", "calendar", "日历", TEXT),   C("calendar_version", "its version", "日历版本", INT),
    C("estimated", "estimated", "预估", BOOL), END,
};
static const struct column phase_columns[] = {
    C("from", "FROM", "起", TEXT),
    C("until", "UNTIL", "止（不含）", TEXT),
    C("planned", "PLANNED", "应完成", TEXT),
    C("to_date", "TO DATE", "累计应完成", TEXT),
    C("whole", "WHOLE", "整周/整月", TEXT),
    C("parts/0/period", "OF", "其中周期", TEXT),
    C("parts/0/planned", "PART", "部分", TEXT),
    C("parts/1/period", "AND OF", "及周期", TEXT),
    C("parts/1/planned", "PART", "部分", TEXT),
    END,
};
static const struct column calendar_columns[] = {
    C("version", "VERSION", "版本", INT),
    C("title", "TITLE", "名称", TEXT),
    C("estimated", "ESTIMATED", "预估", BOOL),
    { "source", "SOURCE", "来源", COLUMN_TEXT, NULL, 60, NULL, NULL },
    END,
};

const struct flag target_phase_flags[] = {
    { "measure", 0, "M", "of this measure", "指标" },
    { "period", 0, "P", "the days of this period", "周期" },
    { "from", 0, "DATE", "or of all periods: from this day", "或跨周期：起始日" },
    { "until", 0, "DATE", "up to the day before this one", "截止日（不含）" },
    { "by", 0, "WHAT", "day, week (default) or month", "按 day (日)、week (周，缺省) 或 month (月)" },
    { "channel", 0, "CHANNEL", "of this channel; else of all together", "渠道；缺省为合计" },
    { "product", 0, "PRODUCT", "of this product; else of all together", "产品；缺省为合计" },
    { "version", 0, "N", "of this version; else of the one in force", "版本；缺省为现行版本" },
    { NULL, 0, NULL, NULL, NULL },
};
const struct flag target_rephase_flags[] = {
    { "reason", 0, "TEXT", "why; it is kept", "原因（留存）" },
    { NULL, 0, NULL, NULL, NULL },
};

static void print_phases(struct cli *cli, json_t *json, struct buf *text)
{
    if (cli->format == OUTPUT_TABLE)
        output_fields(json, phase_fields, text);
    output_rows(json_object_get(json, "items"), phase_columns, cli->format, text);
}

int cmd_target_phase(struct cli *cli)
{
    static const char *const names[] = { "measure", "period", "from", "until", "by", "channel", "product", "version" };
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/targets/phase");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cli_query(&path, names[i], option_text(&cli->options, names[i], NULL));
    code = cli_view(cli, buf_text(&path), print_phases);
    buf_fini(&path);
    return code;
}

int cmd_target_rephase(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s}", "period", option_argument(&cli->options, 0), "reason",
                             option_text(&cli->options, "reason", ""));
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/plans/rephase", body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out,
                word("%s: version %lld goes by version %lld of calendar %s; publish it to bring it into force\n",
                     "%s：第 %lld 版改按第 %lld 版日历 %s 分解，发布后生效\n"),
                option_argument(&cli->options, 0), output_int(answer.json, "version/version"),
                output_int(answer.json, "version/calendar_version"), output_text(answer.json, "version/calendar"));
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

int cmd_calendar_versions(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_printf(&path, "/api/v1/calendars/%s/versions?limit=500", option_argument(&cli->options, 0));
    code = cli_show(cli, buf_text(&path), "items", calendar_columns);
    buf_fini(&path);
    return code;
}
