/* cmd_feed_kinds: what facts a feed may bring. The table is part of the program; needs no gateway. */
#include "cli/cli.h"
#include "cli/kinds.h"

#include "refdata/fact_kinds.h"

static const struct column COLUMNS[] = {
    { .key = "fact", .en = "FACT", .zh = "事实" },
    { .key = "title", .en = "TITLE", .zh = "名称" },
    { .key = "states", .en = "STATES", .zh = "状态" },
    { .key = "usual", .en = "UNLESS SAID", .zh = "缺省状态" },
    { .key = "amount", .en = "AMOUNT", .zh = "金额含义" },
    { .key = "quantity", .en = "QUANTITY", .zh = "数量含义" },
    { .key = "level", .en = "LEVEL", .zh = "存量", .kind = COLUMN_BOOL },
    { .key = NULL },
};

static json_t *row_of(enum fact_kind kind)
{
    const struct fact_kind_info *info = fact_kind_info(kind);
    char states[200];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "fact", info->word, "title",
                     word(info->title_en, info->title_zh), "states", fact_state_words(kind, states, sizeof states),
                     "usual", fact_state_name(kind, info->usual), "amount", info->amount ? info->amount : "",
                     "quantity", info->quantity, "level", info->level);
}

int cmd_feed_kinds(struct cli *cli)
{
    json_t *rows = json_array();
    struct buf text = { 0 };

    for (int kind = 0; kind < FACT_KIND_LIMIT; kind++)
        if (fact_kind_is_fed((enum fact_kind)kind))
            json_array_append_new(rows, row_of((enum fact_kind)kind));
    output_rows(rows, COLUMNS, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    json_decref(rows);
    return EXIT_FINE;
}
