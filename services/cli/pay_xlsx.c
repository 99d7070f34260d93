/* pay_xlsx: a statement of pay as a spreadsheet: sums, components, order lines, ledger. See pay_page.h. */
#include "cli/pay_axes.h"
#include "cli/pay_page.h"
#include "cli/words.h"
#include "text/decimal.h"
#include "text/xlsx.h"

#include <stdio.h>
#include <string.h>

struct sheet {
    struct xlsx_out *out;
    uint32_t row, column;
    struct err *err;
    int rc;
};

static const char *field(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void put_text(struct sheet *sheet, const char *text)
{
    if (sheet->rc == 0)
        sheet->rc = xlsx_out_text(sheet->out, sheet->row, sheet->column++, text, sheet->err);
}

static void put_amount(struct sheet *sheet, int64_t amount, int digits)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, amount, digits, 0);
    if (sheet->rc == 0)
        sheet->rc = xlsx_out_decimal(sheet->out, sheet->row, sheet->column++, text, digits, sheet->err);
}

static void begin(struct sheet *sheet, const char *name, const char *const *heads, size_t count)
{
    int widths[16];

    for (size_t i = 0; i < 16; i++)
        widths[i] = 18;
    sheet->row = sheet->column = 0;
    if (sheet->rc == 0)
        sheet->rc = xlsx_out_sheet(sheet->out, name, false, sheet->err);
    if (sheet->rc == 0)
        sheet->rc = xlsx_out_heads(sheet->out, heads, widths, count, sheet->err);
}

static void next_row(struct sheet *sheet)
{
    sheet->row++;
    sheet->column = 0;
}

static int digits_of(const json_t *body, const char *plan)
{
    const json_t *total;
    size_t i;

    json_array_foreach(json_object_get(body, "totals"), i, total)
    {
        if (strcmp(field(total, "plan"), plan) == 0)
            return (int)number(total, "digits");
    }
    return 2;
}

static void write_totals(struct sheet *sheet, const struct paysheet *statement, bool zh)
{
    const char *heads[] = { zh ? "单元" : "Unit",    zh ? "周期" : "Period",
                            zh ? "方案" : "Plan",    zh ? "币种" : "Currency",
                            zh ? "报酬" : "Earned",  zh ? "预留与释放" : "Held and released",
                            zh ? "预支" : "Draw",    zh ? "其他" : "Other",
                            zh ? "应付" : "Payable", "SHA-256" };
    static const char *const keys[] = { "earned", "held", "draw", "other", "payable" };
    const json_t *total;
    size_t i;

    begin(sheet, zh ? "合计" : "Totals", heads, 10);
    json_array_foreach(json_object_get(statement->body, "totals"), i, total)
    {
        next_row(sheet);
        put_text(sheet, field(statement->body, "unit"));
        put_text(sheet, field(statement->body, "period"));
        put_text(sheet, field(total, "plan"));
        put_text(sheet, field(total, "currency"));
        for (size_t k = 0; k < 5; k++)
            put_amount(sheet, number(total, keys[k]), (int)number(total, "digits"));
        put_text(sheet, statement->hash);
    }
}

static void write_component(struct sheet *sheet, const json_t *body, const json_t *plan, size_t at,
                            const json_t *component, bool zh)
{
    const json_t *doc = json_array_get(json_object_get(json_object_get(plan, "plan"), "components"), at);
    char cell[4 * PAY_AXIS_TEXT_MAX];
    const char *code = field(json_object_get(plan, "plan"), "code");
    int digits = digits_of(body, code), scale = (int)number(component, "scale");

    next_row(sheet);
    put_text(sheet, code);
    put_text(sheet, field(component, "code"));
    put_amount(sheet, number(component, "target"), scale);
    put_amount(sheet, number(component, "volume"), scale);
    put_amount(sheet, number(component, "attainment_ppm"), 4);
    put_amount(sheet, number(component, "score_milli"), 3);
    put_amount(sheet, number(component, "rank"), 0);
    put_amount(sheet, number(component, "opening"), digits);
    put_amount(sheet, number(component, "earned"), digits);
    put_amount(sheet, number(component, "held"), digits);
    put_text(sheet, field(component, "reason"));
    pay_axes_line(doc, component, zh, cell, sizeof cell);
    put_text(sheet, cell);
}

static void write_components(struct sheet *sheet, const json_t *body, bool zh)
{
    const char *heads[] = { zh ? "方案" : "Plan",
                            zh ? "组成部分" : "Component",
                            zh ? "目标" : "Target",
                            zh ? "计入数量" : "Counted",
                            zh ? "完成率 %" : "Attainment %",
                            zh ? "得分" : "Score",
                            zh ? "名次" : "Rank",
                            zh ? "非订单部分" : "Not from lines",
                            zh ? "报酬" : "Earned",
                            zh ? "预留" : "Held back",
                            zh ? "说明" : "Reason",
                            zh ? "费率所在行" : "Row of the table" };
    const json_t *plan, *component;
    size_t i, c;

    begin(sheet, zh ? "组成部分" : "Components", heads, 12);
    json_array_foreach(json_object_get(body, "plans"), i, plan)
    {
        json_array_foreach(json_object_get(plan, "components"), c, component)
            write_component(sheet, body, plan, c, component, zh);
    }
}

static void write_line(struct sheet *sheet, const json_t *component, const json_t *line, int digits)
{
    int scale = (int)number(component, "scale");

    next_row(sheet);
    put_text(sheet, field(component, "code"));
    for (size_t k = 0; k < 2; k++)
        put_text(sheet,
                 json_string_value(json_array_get(line, 1 - k)) ? json_string_value(json_array_get(line, 1 - k)) : "");
    for (size_t k = 2; k < 6; k++)
        put_amount(sheet, json_integer_value(json_array_get(line, k)), k < 4 ? scale : digits);
}

static void write_lines(struct sheet *sheet, const json_t *body, bool zh)
{
    const char *heads[] = { zh ? "组成部分" : "Component", zh ? "日期" : "Day",  zh ? "订单行" : "Order line",
                            zh ? "计入" : "Counted",       zh ? "迟到" : "Late", zh ? "报酬" : "Earned",
                            zh ? "预留" : "Held back" };
    const json_t *plan, *component, *line;
    size_t i, c, l;

    begin(sheet, zh ? "订单行" : "Order lines", heads, 7);
    json_array_foreach(json_object_get(body, "plans"), i, plan)
    {
        int digits = digits_of(body, field(json_object_get(plan, "plan"), "code"));

        json_array_foreach(json_object_get(plan, "components"), c, component)
        {
            json_array_foreach(json_object_get(component, "lines"), l, line) write_line(sheet, component, line, digits);
        }
    }
}

static void write_entries(struct sheet *sheet, const json_t *body, bool zh)
{
    const char *heads[] = { zh ? "编号" : "Id",   zh ? "所属周期" : "For",
                            zh ? "方案" : "Plan", zh ? "组成部分" : "Component",
                            zh ? "种类" : "Kind", zh ? "原因" : "Cause",
                            zh ? "人员" : "By",   zh ? "金额" : "Amount" };
    static const char *const keys[] = { "period", "plan", "component", "kind", "cause", "by" };
    const json_t *entry;
    size_t i;

    begin(sheet, zh ? "台账" : "Ledger", heads, 8);
    json_array_foreach(json_object_get(body, "entries"), i, entry)
    {
        next_row(sheet);
        put_amount(sheet, number(entry, "id"), 0);
        for (size_t k = 0; k < 6; k++)
            put_text(sheet, field(entry, keys[k]));
        put_amount(sheet, number(entry, "amount"), digits_of(body, field(entry, "plan")));
    }
}

int pay_page_xlsx(const struct paysheet *statement, const char *path, bool zh, struct err *err)
{
    struct sheet sheet = { .out = xlsx_out_new(path), .err = err };

    write_totals(&sheet, statement, zh);
    write_components(&sheet, statement->body, zh);
    write_lines(&sheet, statement->body, zh);
    write_entries(&sheet, statement->body, zh);
    if (sheet.rc == 0)
        return xlsx_out_save(&sheet.out, err);
    xlsx_out_drop(&sheet.out);
    return -1;
}
