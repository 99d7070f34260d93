/* cmd_task: what people have to do. */
#include "cli/cli.h"
#include "cli/columns.h"

static const struct column english[] = {
    C("due", "DUE", "期限", TEXT),
    C("overdue", "OVERDUE", "逾期", BOOL),
    C("kind", "KIND", "种类", WORD),
    C("id", "ID", "编号", TEXT),
    C("title_en", "TITLE", "名称", TEXT),
    C("unit_name", "UNIT", "单元", TEXT),
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
