/* pay_page: see pay_page.h. */
#include "cli/pay_page.h"

#include "cli/pay_axes.h"
#include "text/base64.h"
#include "text/decimal.h"

#include <string.h>

#define MARK "<script type=\"application/octet-stream\" id=\"bihuan-statement\">"

static const char STYLE[] =
    "<style>body{font:14px/1.5 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;"
    "text-align:left}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}h2{margin:1.5em 0 "
    ".3em;font-size:1.1em}"
    "small{color:#666;word-break:break-all}</style>";

struct page {
    struct buf *out;
    bool zh;
};

static const char *pick(const struct page *page, const char *en, const char *zh)
{
    return page->zh ? zh : en;
}

static void put_text(struct page *page, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            buf_append_text(page->out, "&lt;");
            break;
        case '>':
            buf_append_text(page->out, "&gt;");
            break;
        case '&':
            buf_append_text(page->out, "&amp;");
            break;
        case '"':
            buf_append_text(page->out, "&quot;");
            break;
        default:
            buf_put_u8(page->out, (uint8_t)*text);
        }
}

static const char *field(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int64_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void cell_text(struct page *page, const char *text)
{
    buf_append_text(page->out, "<td>");
    put_text(page, text);
}

static void cell_amount(struct page *page, int64_t amount, int digits)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, amount, digits, ',');
    buf_printf(page->out, "<td class=n>%s", text);
}

static void heads(struct page *page, const char *const *names, size_t count, size_t first_number)
{
    buf_append_text(page->out, "<table><tr>");
    for (size_t i = 0; i < count; i++)
        buf_printf(page->out, i >= first_number ? "<th class=n>%s" : "<th>%s", names[i]);
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

static void write_totals(struct page *page, const json_t *body)
{
    const char *names[] = { pick(page, "Plan", "方案"),   pick(page, "Currency", "币种"),
                            pick(page, "Earned", "报酬"), pick(page, "Held and released", "预留与释放"),
                            pick(page, "Draw", "预支"),   pick(page, "Other", "其他"),
                            pick(page, "Payable", "应付") };
    static const char *const keys[] = { "earned", "held", "draw", "other", "payable" };
    const json_t *total;
    size_t i;

    heads(page, names, 7, 2);
    json_array_foreach(json_object_get(body, "totals"), i, total)
    {
        buf_append_text(page->out, "<tr>");
        cell_text(page, field(total, "plan"));
        cell_text(page, field(total, "currency"));
        for (size_t k = 0; k < 5; k++)
            cell_amount(page, number(total, keys[k]), (int)number(total, "digits"));
    }
    buf_append_text(page->out, "</table>");
}

static const char *title_of(const struct page *page, const json_t *doc)
{
    const char *zh = field(doc, "title_zh"), *en = field(doc, "title_en"), *code = field(doc, "code");

    return page->zh && *zh ? zh : *en ? en : *zh ? zh : code;
}

static void write_lines(struct page *page, const json_t *component, int scale, int digits)
{
    const char *names[] = { pick(page, "Day", "日期"),     pick(page, "Order line", "订单行"),
                            pick(page, "Counted", "计入"), pick(page, "Late", "迟到"),
                            pick(page, "Earned", "报酬"),  pick(page, "Held back", "预留") };
    const json_t *line;
    size_t i;

    if (!json_array_size(json_object_get(component, "lines")))
        return;
    heads(page, names, 6, 2);
    json_array_foreach(json_object_get(component, "lines"), i, line)
    {
        const char *id = json_string_value(json_array_get(line, 0)), *day = json_string_value(json_array_get(line, 1));

        buf_append_text(page->out, "<tr>");
        cell_text(page, day ? day : "");
        cell_text(page, id ? id : "");
        cell_amount(page, json_integer_value(json_array_get(line, 2)), scale);
        cell_amount(page, json_integer_value(json_array_get(line, 3)), scale);
        cell_amount(page, json_integer_value(json_array_get(line, 4)), digits);
        cell_amount(page, json_integer_value(json_array_get(line, 5)), digits);
    }
    buf_append_text(page->out, "</table>");
}

static void write_step(struct page *page, const char *name, int64_t amount, int digits)
{
    buf_append_text(page->out, "<tr>");
    cell_text(page, name);
    cell_amount(page, amount, digits);
}

/* Which row of the table holds and why; then the rates of that row, by band. */
static void write_axes(struct page *page, const json_t *doc, const json_t *component)
{
    const char *names[] = { pick(page, "Goes by", "依据"), pick(page, "Stands at", "达到"),
                            pick(page, "In the band", "所在档位") };
    const char *rates[] = { pick(page, "From", "起点"), pick(page, "Rate", "费率") };
    const json_t *row = pay_axes_row(doc, component), *band;
    char rate[PAY_AXIS_TEXT_MAX];
    size_t k;

    if (!row)
        return;
    heads(page, names, 3, 3);
    for (size_t a = 0; a < json_array_size(json_object_get(component, "axes")); a++) {
        struct pay_axis_text text;

        pay_axis_tell(doc, component, a, page->zh, &text);
        buf_append_text(page->out, "<tr>");
        cell_text(page, text.name);
        cell_text(page, text.stood);
        cell_text(page, text.band);
    }
    buf_append_text(page->out, "</table>");
    heads(page, rates, 2, 0);
    json_array_foreach(json_object_get(doc, "bands"), k, band)
    {
        buf_append_text(page->out, "<tr>");
        if (field(band, "from")[0])
            cell_text(page, field(band, "from"));
        else
            cell_amount(page, number(band, "from_ppm"), 4);
        pay_axes_rate(row, k, rate);
        cell_text(page, rate);
    }
    buf_append_text(page->out, "</table>");
}

static void write_component(struct page *page, const json_t *doc, const json_t *component, int digits)
{
    int scale = (int)number(component, "scale");

    buf_append_text(page->out, "<h2>");
    put_text(page, title_of(page, doc));
    buf_append_text(page->out, "</h2><table>");
    write_step(page, pick(page, "Target", "目标"), number(component, "target"), scale);
    write_step(page, pick(page, "Days in force", "有效天数"), number(component, "days_in_force"), 0);
    write_step(page, pick(page, "Days of the period", "周期天数"), number(component, "days"), 0);
    write_step(page, pick(page, "Counted", "计入数量"), number(component, "volume"), scale);
    write_step(page, pick(page, "Attainment %", "完成率 %"), number(component, "attainment_ppm"), 4);
    write_step(page, pick(page, "Score", "得分"), number(component, "score_milli"), 3);
    write_step(page, pick(page, "Rank", "名次"), number(component, "rank"), 0);
    write_step(page, pick(page, "Carried in", "结转转入"), number(component, "carried_in"), digits);
    write_step(page, pick(page, "Not from lines", "非订单部分"), number(component, "opening"), digits);
    write_step(page, pick(page, "Earned", "报酬"), number(component, "earned"), digits);
    write_step(page, pick(page, "Carried on", "结转下期"), number(component, "carried_out"), digits);
    write_step(page, pick(page, "Held back", "预留"), number(component, "held"), digits);
    buf_append_text(page->out, "</table>");
    write_axes(page, doc, component);
    write_lines(page, component, scale, digits);
}

static void write_plans(struct page *page, const json_t *body)
{
    const json_t *plan, *component;
    size_t i, c;

    json_array_foreach(json_object_get(body, "plans"), i, plan)
    {
        const json_t *doc = json_object_get(plan, "plan");
        char *rules = json_dumps(doc, JSON_INDENT(1) | JSON_ENSURE_ASCII);

        json_array_foreach(json_object_get(plan, "components"), c, component)
            write_component(page, json_array_get(json_object_get(doc, "components"), c), component,
                            digits_of(body, field(doc, "code")));
        buf_printf(page->out, "<details><summary>%s %lld</summary><pre>", pick(page, "Plan, version", "方案，版本"),
                   (long long)number(doc, "version"));
        put_text(page, rules ? rules : "");
        buf_append_text(page->out, "</pre></details>");
        free(rules);
    }
}

static void write_entries(struct page *page, const json_t *body)
{
    const char *names[] = { pick(page, "For", "所属周期"),       pick(page, "Plan", "方案"),
                            pick(page, "Component", "组成部分"), pick(page, "Kind", "种类"),
                            pick(page, "Cause", "原因"),         pick(page, "By", "人员"),
                            pick(page, "Amount", "金额") };
    static const char *const keys[] = { "period", "plan", "component", "kind", "cause", "by" };
    const json_t *entry;
    size_t i;

    buf_printf(page->out, "<h2>%s</h2>", pick(page, "Ledger", "台账"));
    heads(page, names, 7, 6);
    json_array_foreach(json_object_get(body, "entries"), i, entry)
    {
        buf_append_text(page->out, "<tr>");
        for (size_t k = 0; k < 6; k++)
            cell_text(page, field(entry, keys[k]));
        cell_amount(page, number(entry, "amount"), digits_of(body, field(entry, "plan")));
    }
    buf_append_text(page->out, "</table>");
}

void pay_page_write(const struct paysheet *sheet, const char *file, size_t len, bool zh, struct buf *out)
{
    struct page page = { out, zh };

    buf_printf(out, "<!doctype html><html lang=%s><meta charset=utf-8><title>", zh ? "zh" : "en");
    put_text(&page, field(sheet->body, "unit"));
    buf_printf(out, "</title>%s<h1>", STYLE);
    put_text(&page, field(sheet->body, "unit_name"));
    buf_append_text(out, "</h1><p>");
    put_text(&page, field(sheet->body, "unit"));
    buf_append_text(out, " · ");
    put_text(&page, field(sheet->body, "period"));
    buf_printf(out, "%s</p>", sheet->draft ? pick(&page, " · draft", " · 草稿") : "");
    write_totals(&page, sheet->body);
    write_plans(&page, sheet->body);
    write_entries(&page, sheet->body);
    buf_printf(out, "<p><small>SHA-256 %s<br>Ed25519 %s</small></p>" MARK, sheet->hash, sheet->key);
    base64_encode((const uint8_t *)file, len, out);
    buf_append_text(out, "</script></html>\n");
}

int pay_page_read(const char *page, size_t len, struct buf *file, bool *zh)
{
    const char *at = memmem(page, len, MARK, sizeof MARK - 1), *end;

    if (!at)
        return -1;
    *zh = memmem(page, len, "<html lang=zh>", 14) != NULL;
    at += sizeof MARK - 1;
    end = memchr(at, '<', len - (size_t)(at - page));
    return end ? base64_decode(at, (size_t)(end - at), file) : -1;
}
