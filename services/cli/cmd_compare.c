/* cmd_compare: a unit beside the period before, last year and its peers. */
#include "cli/cmd_desk.h"
#include "cli/columns.h"

const struct flag compare_flags[] = {
    { "measure", 0, "M", "of this measure only", "仅此指标" },
    { "period", 0, "P", "of this period", "周期" },
    { "as-of", 0, "DATE", "as it stood on a day", "截至某日" },
    { NULL, 0, NULL, NULL, NULL },
};

static const struct column compare_columns[] = {
    C("measure", "MEASURE", "指标", TEXT),
    AMOUNT("actual", "ACTUAL", "实际", "measure_scale"),
    C("gap_bp", "GAP", "差距", BP),
    C("last_period", "BEFORE", "上期", TEXT),
    AMOUNT("last_period_actual", "THEN", "上期同进度", "measure_scale"),
    { "last_period_gap_bp", "GAP", "差距", COLUMN_BP, NULL, 0, NULL, "last_period_target=true" },
    { "last_year_actual", "LAST YEAR", "去年同期", COLUMN_AMOUNT, "measure_scale", 0, NULL, "last_year_known=true" },
    C("rank", "RANK", "名次", INT),
    C("peers", "OF", "同类数", INT),
    C("median_gap_bp", "MEDIAN", "中位差距", BP),
    C("best", "BEST", "最优", TEXT),
    C("best_gap_bp", "ITS GAP", "最优差距", BP),
    C("as_of", "AS OF", "截至", TEXT),
    END,
};

int cmd_compare(struct cli *cli)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/progress/compare");
    cli_query(&path, "unit", option_argument(&cli->options, 0));
    cli_query(&path, "measure", option_text(&cli->options, "measure", NULL));
    cli_query(&path, "period", option_text(&cli->options, "period", NULL));
    cli_query(&path, "as_of", option_text(&cli->options, "as-of", NULL));
    code = cli_show(cli, buf_text(&path), "items", compare_columns);
    buf_fini(&path);
    return code;
}
