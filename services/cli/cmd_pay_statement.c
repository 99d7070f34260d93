/* cmd_pay_statement: a payee's statement fetched, written, and verified away from everything. */
#include "cli/cli.h"
#include "cli/cmd_pay.h"
#include "cli/columns.h"
#include "cli/pay_axes.h"
#include "cli/pay_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)64 << 20)

static const struct column total_columns[] = {
    C("plan", "PLAN", "方案", TEXT),
    C("currency", "CURRENCY", "币种", TEXT),
    AMOUNT("earned", "EARNED", "报酬", "digits"),
    AMOUNT("held", "HELD AND RELEASED", "预留与释放", "digits"),
    AMOUNT("draw", "DRAW", "预支", "digits"),
    AMOUNT("other", "OTHER", "其他", "digits"),
    AMOUNT("payable", "PAYABLE", "应付", "digits"),
    END,
};
static const struct column component_columns[] = {
    C("code", "COMPONENT", "组成部分", TEXT),    AMOUNT("volume", "COUNTED", "计入", "scale"),
    AMOUNT("target", "TARGET", "目标", "scale"), C("attainment_ppm", "DONE", "完成率", PPM),
    C("score_milli", "SCORE", "得分", MILLI),    AMOUNT("earned", "EARNED", "报酬", "digits"),
    AMOUNT("held", "HELD", "预留", "digits"),    C("lines/#", "LINES", "行数", INT),
    C("reason", "REASON", "说明", WORD),         END,
};

static int written(struct cli *cli, const char *path)
{
    fprintf(cli->out, word("written to %s\n", "已写入 %s\n"), path);
    return EXIT_FINE;
}

static int write_file(struct cli *cli, const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(bytes, 1, len, file) == len;

    if (file && fclose(file) != 0)
        good = false;
    if (good)
        return written(cli, path);
    fprintf(cli->err, word("could not write %s: %s\n", "无法写入 %s：%s\n"), path, strerror(errno));
    return EXIT_REFUSED;
}

static int read_file(struct cli *cli, const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    if (!file) {
        fprintf(cli->err, word("could not read %s: %s\n", "无法读取 %s：%s\n"), path, strerror(errno));
        return EXIT_REFUSED;
    }
    do {
        n = fread(buf_reserve(out, 65536), 1, 65536, file);
        out->len += n;
    } while (n && out->len <= FILE_MAX);
    fclose(file);
    return EXIT_FINE;
}

/* --- showing and writing ---------------------------------------------------------------------------------------------
 */

static void give_digits(json_t *rows, const json_t *body, const char *plan)
{
    json_t *row;
    const json_t *total;
    size_t i, j;

    json_array_foreach(rows, i, row)
    {
        json_array_foreach(json_object_get(body, "totals"), j, total)
        {
            if (strcmp(output_text(total, "plan"), plan) == 0)
                json_object_set(row, "digits", json_object_get(total, "digits"));
        }
    }
}

/* Which row of its table each component was paid by. */
static void print_cells(const json_t *plan, struct buf *text)
{
    const json_t *component, *docs = json_object_get(json_object_get(plan, "plan"), "components");
    char line[4 * PAY_AXIS_TEXT_MAX];
    size_t c;

    json_array_foreach(json_object_get(plan, "components"), c, component)
    {
        pay_axes_line(json_array_get(docs, c), component, words_chinese, line, sizeof line);
        if (line[0])
            buf_printf(text, word("%s is paid by the row: %s\n", "%s 按此行计酬：%s\n"), output_text(component, "code"),
                       line);
    }
}

static void print_sheet(struct cli *cli, const struct paysheet *sheet)
{
    struct buf text = { 0 };
    json_t *plan;
    size_t i;

    buf_printf(&text, "%s %s, %s%s\n", output_text(sheet->body, "unit"), output_text(sheet->body, "unit_name"),
               output_text(sheet->body, "period"), sheet->draft ? word(", draft", "，草稿") : "");
    output_rows(json_object_get(sheet->body, "totals"), total_columns, OUTPUT_TABLE, &text);
    json_array_foreach(json_object_get(sheet->body, "plans"), i, plan)
    {
        const char *code = output_text(plan, "plan/code");

        give_digits(json_object_get(plan, "components"), sheet->body, code);
        cli_print_part(&text, code, json_object_get(plan, "components"), component_columns);
        print_cells(plan, &text);
    }
    buf_printf(&text, "hash: %s\n", sheet->hash);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

static int write_forms(struct cli *cli, const struct paysheet *sheet, const char *file)
{
    const char *json = option_text(&cli->options, "file", NULL), *html = option_text(&cli->options, "html", NULL);
    const char *xlsx = option_text(&cli->options, "xlsx", NULL);
    struct buf page = { 0 };
    int code = EXIT_FINE;
    struct err err;

    if (json)
        code = write_file(cli, json, file, strlen(file));
    if (html && code == EXIT_FINE) {
        pay_page_write(sheet, file, strlen(file), words_chinese, &page);
        code = write_file(cli, html, page.data, page.len);
    }
    buf_fini(&page);
    if (xlsx && code == EXIT_FINE && pay_page_xlsx(sheet, xlsx, words_chinese, &err) != 0) {
        fprintf(cli->err, "%s\n", err.text);
        code = EXIT_REFUSED;
    } else if (xlsx && code == EXIT_FINE) {
        code = written(cli, xlsx);
    }
    if (!json && !html && !xlsx)
        print_sheet(cli, sheet);
    return code;
}

int cmd_pay_statement(struct cli *cli)
{
    const char *period = option_text(&cli->options, "period", NULL);
    struct client_answer answer;
    struct paysheet sheet = { 0 };
    struct buf path = { 0 };
    int code = EXIT_FINE;
    struct err err;

    if (!period)
        return cli_usage(cli, word("pay statement wants --period P", "pay statement 需要 --period P"));
    buf_printf(&path, "/api/v1/pay/periods/%s/units/%s/statement", client_escape(period),
               client_escape(option_argument(&cli->options, 0)));
    if (option_given(&cli->options, "run"))
        buf_printf(&path, "?run=%s", client_escape(option_text(&cli->options, "run", "")));
    if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
        code = cli_fail(cli, &answer);
    } else if (paysheet_read(&sheet, output_text(answer.json, "file"), strlen(output_text(answer.json, "file")),
                             &err) != 0) {
        fprintf(cli->err, "%s\n", err.text);
        code = EXIT_REFUSED;
    } else if (cli->format == OUTPUT_JSON) {
        fputs(output_text(answer.json, "file"), cli->out);
    } else {
        code = write_forms(cli, &sheet, output_text(answer.json, "file"));
    }
    paysheet_fini(&sheet);
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

int cmd_statement_key(struct cli *cli)
{
    struct client_answer answer;
    int code = EXIT_FINE;

    if (!client_ask(cli->client, "GET", "/api/v1/pay/statement-key", NULL, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        fprintf(cli->out, "%s\n", output_text(answer.json, "key"));
    client_answer_fini(&answer);
    return code;
}

/* --- verifying -------------------------------------------------------------------------------------------------------
 */

static int refuse(struct cli *cli, const char *words)
{
    fprintf(cli->err, word("not accepted: %s\n", "不予认可：%s\n"), words);
    return EXIT_REFUSED;
}

/* A page must be what its statement looks like, byte for byte. */
static int check_page(struct cli *cli, const struct paysheet *sheet, const struct buf *file, const struct buf *page,
                      bool zh)
{
    struct buf again = { 0 };
    bool same;

    pay_page_write(sheet, (const char *)file->data, file->len, zh, &again);
    same = again.len == page->len && memcmp(again.data, page->data, page->len) == 0;
    buf_fini(&again);
    return same ? EXIT_FINE
                : refuse(cli, word("the statement within the page is good, but the page shows something else (or was "
                                   "made by another version)",
                                   "网页内的明细单有效，但页面内容与其不符（或由其他版本生成）"));
}

static int check_sheet(struct cli *cli, const struct paysheet *sheet, struct paysheet_report *report)
{
    const char *key = option_text(&cli->options, "key", NULL);
    struct err err;

    if (sheet->draft)
        return refuse(cli, word("it is a draft without signature", "这是未签名的草稿"));
    if (key && strcmp(key, sheet->key) != 0)
        return refuse(cli, word("it was signed by another key", "签名公钥不符"));
    if (paysheet_recompute(sheet, report, &err) != 0)
        return refuse(cli, err.text);
    return EXIT_FINE;
}

static void print_good(struct cli *cli, const struct paysheet *sheet, const struct paysheet_report *report)
{
    fprintf(cli->out,
            word("%s, %s: every step recomputed: %zu components, %zu order lines, %zu entries\nhash %s\nsigned by %s\n",
                 "%s，%s：全部步骤重算一致：%zu 个组成部分，%zu 行订单，%zu 笔分录\n摘要 %s\n签名公钥 %s\n"),
            output_text(sheet->body, "unit"), output_text(sheet->body, "period"), report->components, report->lines,
            report->entries, sheet->hash, sheet->key);
    if (!option_given(&cli->options, "key"))
        fputs(word("compare the key with what bihuan statement key shows, or give it by --key\n",
                   "请将公钥与 bihuan statement key 的结果核对，或用 --key 指定\n"),
              cli->out);
}

int cmd_verify_statement(struct cli *cli)
{
    struct paysheet_report report = { 0 };
    struct buf given = { 0 }, file = { 0 };
    struct paysheet sheet = { 0 };
    struct err err;
    bool zh = false, page;
    int code = read_file(cli, option_argument(&cli->options, 0), &given);

    page = code == EXIT_FINE && pay_page_read((const char *)given.data, given.len, &file, &zh) == 0;
    if (code == EXIT_FINE && !page)
        buf_append(&file, given.data, given.len);
    if (code == EXIT_FINE && paysheet_read(&sheet, (const char *)file.data, file.len, &err) != 0)
        code = refuse(cli, err.text);
    if (code == EXIT_FINE && page)
        code = check_page(cli, &sheet, &file, &given, zh);
    if (code == EXIT_FINE)
        code = check_sheet(cli, &sheet, &report);
    if (code == EXIT_FINE)
        print_good(cli, &sheet, &report);
    paysheet_fini(&sheet);
    buf_fini(&given);
    buf_fini(&file);
    return code;
}
