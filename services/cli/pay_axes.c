/* pay_axes: see pay_axes.h. */
#include "cli/pay_axes.h"

#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define PERCENT_DIGITS 4 /* of a ppm */
#define POINT_DIGITS   3 /* of a milli-point */

static const char *field(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool is(const json_t *axis, const char *by)
{
    return strcmp(field(axis, "by"), by) == 0;
}

static const char *name_of(const json_t *axis, bool zh)
{
    if (is(axis, "score"))
        return zh ? "得分" : "score";
    if (is(axis, "months"))
        return zh ? "在岗月数" : "months of service";
    if (is(axis, "type"))
        return zh ? "单元类型" : "type";
    if (is(axis, "channel"))
        return zh ? "渠道" : "channel";
    return field(axis, "measure");
}

static void print_percent(int64_t ppm, char out[PAY_AXIS_TEXT_MAX])
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, ppm, PERCENT_DIGITS, ',');
    snprintf(out, PAY_AXIS_TEXT_MAX, "%s %%", text);
}

static void print_classes(const json_t *band, bool zh, char out[PAY_AXIS_TEXT_MAX])
{
    const json_t *name;
    size_t i, len = 0;

    snprintf(out, PAY_AXIS_TEXT_MAX, "%s", zh ? "其余" : "any other");
    json_array_foreach(json_object_get(band, "is"), i, name)
    {
        if (len < PAY_AXIS_TEXT_MAX)
            len += (size_t)snprintf(out + len, PAY_AXIS_TEXT_MAX - len, "%s%s", i ? ", " : "",
                                    json_string_value(name) ? json_string_value(name) : "");
    }
}

/* Where a band begins, as the plan has it. */
static void print_edge(const json_t *axis, const json_t *band, char out[PAY_AXIS_TEXT_MAX])
{
    if (is(axis, "attainment"))
        print_percent(json_integer_value(json_object_get(band, "from_ppm")), out);
    else
        snprintf(out, PAY_AXIS_TEXT_MAX, "%s", field(band, "from")[0] ? field(band, "from") : "0");
}

static void print_band(const json_t *axis, size_t at, bool zh, char out[PAY_AXIS_TEXT_MAX])
{
    const json_t *bands = json_object_get(axis, "bands"), *band = json_array_get(bands, at);
    char from[PAY_AXIS_TEXT_MAX], until[PAY_AXIS_TEXT_MAX];

    if (is(axis, "type") || is(axis, "channel")) {
        print_classes(band, zh, out);
        return;
    }
    print_edge(axis, band, from);
    if (at + 1 >= json_array_size(bands)) {
        snprintf(out, PAY_AXIS_TEXT_MAX, zh ? "%.80s 及以上" : "%.80s and above", from);
        return;
    }
    print_edge(axis, json_array_get(bands, at + 1), until);
    snprintf(out, PAY_AXIS_TEXT_MAX, zh ? "%.80s 至不足 %.80s" : "%.80s to below %.80s", from, until);
}

static void print_stood(const json_t *axis, const json_t *stated, char out[PAY_AXIS_TEXT_MAX])
{
    int64_t value = json_integer_value(json_object_get(stated, "value"));
    int scale = (int)json_integer_value(json_object_get(stated, "scale"));

    if (is(axis, "attainment")) {
        print_percent(value, out);
        return;
    }
    decimal_print(out, value, is(axis, "score") ? POINT_DIGITS : is(axis, "volume") ? scale : 0, ',');
}

void pay_axis_tell(const json_t *doc, const json_t *component, size_t a, bool zh, struct pay_axis_text *out)
{
    const json_t *axis = json_array_get(json_object_get(doc, "axes"), a);
    const json_t *stated = json_array_get(json_object_get(component, "axes"), a);
    int64_t band = json_integer_value(json_object_get(stated, "band"));

    snprintf(out->name, sizeof out->name, "%s", name_of(axis, zh));
    print_band(axis, band > 0 ? (size_t)band - 1 : 0, zh, out->band);
    if (is(axis, "type") || is(axis, "channel"))
        snprintf(out->stood, sizeof out->stood, "%s", out->band);
    else
        print_stood(axis, stated, out->stood);
}

void pay_axes_line(const json_t *doc, const json_t *component, bool zh, char *out, size_t cap)
{
    size_t len = 0;

    out[0] = 0;
    for (size_t a = 0; a < json_array_size(json_object_get(component, "axes")) && len < cap; a++) {
        struct pay_axis_text text;

        pay_axis_tell(doc, component, a, zh, &text);
        len += (size_t)snprintf(out + len, cap - len, "%s%s %s (%s)", a ? "; " : "", text.name, text.stood, text.band);
    }
}

const json_t *pay_axes_row(const json_t *doc, const json_t *component)
{
    const json_t *row, *stated, *axes = json_object_get(component, "axes");
    size_t i, a;

    if (!json_array_size(axes))
        return NULL;
    json_array_foreach(json_object_get(doc, "rows"), i, row)
    {
        bool same = true;

        json_array_foreach(axes, a, stated)
            same = same && json_integer_value(json_array_get(json_object_get(row, "at"), a)) ==
                               json_integer_value(json_object_get(stated, "band"));
        if (same)
            return row;
    }
    return NULL;
}

void pay_axes_rate(const json_t *row, size_t k, char out[PAY_AXIS_TEXT_MAX])
{
    const json_t *amounts = json_object_get(row, "amounts");
    const char *amount = json_string_value(json_array_get(amounts, k));

    if (json_array_size(amounts))
        snprintf(out, PAY_AXIS_TEXT_MAX, "%s", amount ? amount : "");
    else
        print_percent(json_integer_value(json_array_get(json_object_get(row, "rates_ppm"), k)), out);
}
