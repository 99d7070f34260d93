/* cmd_patterns: what a plan may have caused: bunching at thresholds, late cancellations, activations without traffic.
 */
#include "cli/cli.h"
#include "cli/cmd_pay.h"
#include "cli/columns.h"

#include <stdlib.h>
#include <string.h>

static const struct column threshold_columns[] = {
    C("plan", "PLAN", "方案", TEXT),
    C("component", "COMPONENT", "组成部分", TEXT),
    C("threshold", "FROM", "档位起点", TEXT),
    C("count", "JUST ABOVE", "略高于", INT),
    C("of", "OF", "略高于或略低于", INT),
    C("chance_ppm", "CHANCE", "偶然概率", PPM),
    END,
};
static const struct column cancelled_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("count", "TAKEN BACK", "期末订单退回", INT),
    C("of", "OF", "期末订单", INT),
    C("rest", "BEFORE", "此前退回", INT),
    C("rest_of", "OF", "此前订单", INT),
    C("chance_ppm", "CHANCE", "偶然概率", PPM),
    END,
};
static const struct column traffic_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("unit_name", "NAME", "名称", TEXT),
    C("count", "ACTIVATED", "开通数", INT),
    AMOUNT("traffic", "TRAFFIC", "业务量", "scale"),
    AMOUNT("expected", "BY THE MEDIAN", "按同类中位数", "scale"),
    END,
};
static const struct column line_columns[] = {
    C("unit", "UNIT", "单元", TEXT),
    C("line", "LINE", "订单行", TEXT),
    C("day", "DAY", "日期", TEXT),
    AMOUNT("value", "VALUE", "数值", "scale"),
    C("taken_back", "TAKEN BACK", "退回日", TEXT),
    AMOUNT("volume", "IN THE END", "期末合计", "scale"),
    END,
};

static const struct column *columns_of(const char *kind)
{
    if (strcmp(kind, "cancelled") == 0)
        return cancelled_columns;
    return strcmp(kind, "traffic") == 0 ? traffic_columns : threshold_columns;
}

static json_t *question(struct cli *cli)
{
    static const char *const texts[] = { "under", "measure", "traffic", "unit_type" };
    static const char *const numbers[] = { "days", "window_ppm", "share_ppm", "limit" };
    json_t *body = json_pack("{s:s}", "kind", option_argument(&cli->options, 0));

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_object_set_new(body, texts[i], json_string(option_text(&cli->options, i == 3 ? "type" : texts[i], "")));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        static const char *const flags[] = { "days", "window", "share", "limit" };

        json_object_set_new(body, numbers[i],
                            json_integer(strtol(option_text(&cli->options, flags[i], "0"), NULL, 10)));
    }
    return body;
}

static void print(struct cli *cli, const json_t *answer, struct buf *text)
{
    const json_t *items = json_object_get(answer, "items");

    output_rows(items, columns_of(option_argument(&cli->options, 0)), cli->format, text);
    for (size_t i = 0; cli->format == OUTPUT_TABLE && i < json_array_size(items); i++)
        cli_print_part(text, word("Lines behind it", "相关订单行"), json_object_get(json_array_get(items, i), "lines"),
                       line_columns);
}

int cmd_pay_patterns(struct cli *cli)
{
    json_t *body = question(cli);
    struct client_answer answer;
    struct buf path = { 0 }, text = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/pay/periods/%s/patterns", client_escape(option_argument(&cli->options, 1)));
    if (!client_ask(cli->client, "POST", buf_text(&path), body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        print(cli, answer.json, &text);
    if (text.len)
        fwrite(text.data, 1, text.len, cli->out);
    json_decref(body);
    client_answer_fini(&answer);
    buf_fini(&path);
    buf_fini(&text);
    return code;
}
