/* cmd_task: what people have to do. */
#include "cli/cli.h"
#include "cli/columns.h"

#include <stdio.h>

static const struct column english[] = {
    C("due", "DUE", "期限", TEXT),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("kind", "KIND", "种类", WORD),
    C("id", "ID", "编号", TEXT),
    C("title_en", "TITLE", "名称", TEXT),
    C("unit_name", "UNIT", "单元", TEXT),
    C("from", "FROM", "原责任人", TEXT),
    C("reminders", "REMINDED", "催办次数", INT),
    { "what", "WHAT TO DO", "要做什么", COLUMN_TEXT, NULL, 80, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};
static const struct column chinese[] = {
    C("due", "DUE", "期限", TEXT),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("kind", "KIND", "种类", WORD),
    C("id", "ID", "编号", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("unit_name", "UNIT", "单元", TEXT),
    C("from", "FROM", "原责任人", TEXT),
    C("reminders", "REMINDED", "催办次数", INT),
    { "what", "WHAT TO DO", "要做什么", COLUMN_TEXT, NULL, 80, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

int cmd_task_list(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/tasks");
    cli_query(&path, "person", option_argument(&cli->options, 0));
    code = cli_show(cli, buf_text(&path), "items", words_chinese ? chinese : english);
    buf_fini(&path);
    return code;
}

/* --- reminders --- */
static const struct column english_fields[] = {
    C("task/kind", "kind", "种类", WORD),
    C("task/id", "id", "编号", TEXT),
    C("task/title_en", "title", "名称", TEXT),
    C("task/due", "due", "期限", TEXT),
    C("task/reminders", "reminded", "催办次数", INT),
    END,
};
static const struct column chinese_fields[] = {
    C("task/kind", "kind", "种类", WORD),
    C("task/id", "id", "编号", TEXT),
    C("task/title_zh", "title", "名称", TEXT),
    C("task/due", "due", "期限", TEXT),
    C("task/reminders", "reminded", "催办次数", INT),
    END,
};

const struct flag task_remind_flags[] = {
    { "unit", 0, "UNIT", "the task for this unit", "任务所属单元" },
    { "note", 0, "TEXT", "what to tell them", "提醒内容" },
    { NULL, 0, NULL, NULL, NULL },
};

int cmd_task_remind(struct cli *cli)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "person", option_argument(&cli->options, 0), "kind",
                             option_argument(&cli->options, 1), "id", option_argument(&cli->options, 2), "unit",
                             option_text(&cli->options, "unit", ""), "note", option_text(&cli->options, "note", ""));
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "POST", "/api/v1/tasks/remind", body, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (cli->format == OUTPUT_JSON) {
        cli_print_json(cli, answer.json);
    } else {
        output_fields(answer.json, words_chinese ? chinese_fields : english_fields, &text);
        fwrite(text.data, 1, text.len, cli->out);
    }
    buf_fini(&text);
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}
