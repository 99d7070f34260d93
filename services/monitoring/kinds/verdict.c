/* verdict: see verdict.h. */
#include "monitoring/kinds/verdict.h"

#include "text/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool holds(int64_t value, enum condition_compare compare, int64_t limit)
{
    switch (compare) {
    case AT_MOST:
        return value <= limit;
    case BELOW:
        return value < limit;
    case AT_LEAST:
        return value >= limit;
    case ABOVE:
        break;
    }
    return value > limit;
}

static struct condition condition_of(const char *what, int64_t value, enum condition_compare compare, int64_t limit,
                                     enum condition_unit unit)
{
    struct condition c = { "", value, limit, unit, compare, holds(value, compare, limit) };

    snprintf(c.what, sizeof c.what, "%s", what);
    return c;
}

bool verdict_add(struct verdict *verdict, const char *what, int64_t value, enum condition_compare compare,
                 int64_t limit, enum condition_unit unit)
{
    struct condition c = condition_of(what, value, compare, limit, unit);

    if (verdict->count < CONDITIONS_MAX)
        verdict->conditions[verdict->count++] = c;
    return c.met;
}

bool verdict_clear(struct verdict *verdict, const char *what, int64_t value, enum condition_compare compare,
                   int64_t limit, enum condition_unit unit)
{
    struct condition c = condition_of(what, value, compare, limit, unit);

    if (verdict->clear_count < CLEARS_MAX)
        verdict->clears[verdict->clear_count++] = c;
    return c.met;
}

static const struct {
    const char *what, *zh;
} names[] = {
    { "gap", "时序差（百分点）" },
    { "shortfall", "缺口" },
    { "chance", "偶然如此的概率" },
    { "hit", "达成概率" },
    { "landing", "预计落点占目标" },
    { "average", "日结果移动平均（标准差）" },
    { "silent_days", "连续零销售天数" },
    { "expected", "同期按自身节奏应有" },
    { "divided_by", "分母" },
    { "sum", "合计" },
    { "deviation", "高于同类（倍稳健标准差）" },
    { "attainment", "完成进度" },
    { "ahead", "领先（百分点）" },
};

const char *condition_name(const char *what, bool zh, char out[CONDITION_NAME_MAX])
{
    snprintf(out, CONDITION_NAME_MAX, "%s", what);
    for (char *p = zh ? NULL : strchr(out, '_'); p; p = strchr(p, '_'))
        *p = ' ';
    for (size_t i = 0; zh && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].what, what) == 0)
            snprintf(out, CONDITION_NAME_MAX, "%s", names[i].zh);
    return out;
}

int64_t condition_lacking(const struct condition *c)
{
    int64_t gap;

    if (c->met)
        return 0;
    gap = c->compare == AT_MOST || c->compare == BELOW ? c->value - c->limit : c->limit - c->value;
    return gap > 0 ? gap : 1; /* at the limit itself, where it has to be passed: the least there is */
}

const char *condition_unit_word(enum condition_unit unit)
{
    static const char *const words[] = { "points", "share", "amount", "days", "milli" };

    return words[unit];
}

const char *condition_compare_word(enum condition_compare compare)
{
    static const char *const words[] = { "at_most", "below", "at_least", "above" };

    return words[compare];
}

void condition_number(char *out, int64_t value, enum condition_unit unit, int scale)
{
    switch (unit) {
    case IN_POINTS:
        snprintf(out, DECIMAL_TEXT_MAX, "%.2f", (double)value / 100);
        return;
    case IN_SHARE:
        snprintf(out, DECIMAL_TEXT_MAX, "%.2f%%", (double)value / 10000);
        return;
    case IN_MILLI:
        snprintf(out, DECIMAL_TEXT_MAX, "%.2f", (double)value / 1000);
        return;
    case IN_AMOUNT:
        decimal_print(out, value, scale, 0);
        return;
    case IN_DAYS:
        break;
    }
    snprintf(out, DECIMAL_TEXT_MAX, "%lld", (long long)value);
}

void verdict_words(const struct verdict *verdict, int scale, char *out, size_t cap)
{
    static const char *const compares[] = { "at most", "below", "at least", "above" };
    char value[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX], what[CONDITION_NAME_MAX];
    size_t len = 0;

    out[0] = 0;
    for (int i = 0; i < verdict->count && len < cap; i++) {
        const struct condition *c = &verdict->conditions[i];
        int n;

        condition_number(value, c->value, c->unit, scale);
        condition_number(limit, c->limit, c->unit, scale);
        n = snprintf(out + len, cap - len, "%s%s %s (%s %s)", i ? "; " : "", condition_name(c->what, false, what),
                     value, compares[c->compare], limit);
        len += n > 0 ? (size_t)n : 0;
    }
    if (verdict->not_judged && !verdict->count)
        snprintf(out, cap, "%s", verdict->not_judged->en);
}

void verdict_lacking(const struct verdict *verdict, int scale, bool zh, char *out, size_t cap)
{
    static const char *const words[2][4] = { { "at most", "below", "at least", "above" },
                                             { "不高于", "低于", "不低于", "高于" } };
    char value[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX], lacking[DECIMAL_TEXT_MAX], what[CONDITION_NAME_MAX];
    size_t len = 0;

    out[0] = 0;
    if (verdict->not_judged)
        len = (size_t)snprintf(out, cap, "%s", zh ? verdict->not_judged->zh : verdict->not_judged->en);
    for (int i = 0; i < verdict->count && len < cap; i++) {
        const struct condition *c = &verdict->conditions[i];
        int n;

        if (c->met)
            continue;
        condition_number(value, c->value, c->unit, scale);
        condition_number(limit, c->limit, c->unit, scale);
        condition_number(lacking, condition_lacking(c), c->unit, scale);
        n = snprintf(out + len, cap - len, zh ? "%s%s为%s，应%s%s，差%s" : "%s%s is %s, has to be %s %s: lacks %s",
                     !len ? ""
                     : zh ? "；"
                          : "; ",
                     condition_name(c->what, zh, what), value, words[zh][c->compare], limit, lacking);
        len += n > 0 ? (size_t)n : 0;
    }
}

uint32_t verdict_ppm(double p)
{
    return !(p > 0) ? 0 : p >= 1 ? 1000000 : (uint32_t)(p * 1e6 + 0.5);
}

struct breach_significance verdict_chance(const struct verdict_case *in)
{
    const struct node *node = in->node;
    double limit = in->rule->significance_ppm / 1e6;

    if (!rule_has_chance(in->rule))
        return (struct breach_significance) { .p = 0, .significant = true };
    if (in->money)
        return breach_test_money(in->curve, phasing_at_day_end(in->curve, in->curve->first_day + in->day_count - 1),
                                 node->bac, &node->pace, in->sigma, limit);
    return breach_test_count(node->pace.pv, node->ev, 1, fmax(1, node->dispersion), limit);
}
