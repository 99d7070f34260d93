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

bool verdict_add(struct verdict *verdict, const char *what, int64_t value, enum condition_compare compare,
                 int64_t limit, enum condition_unit unit)
{
    bool met = holds(value, compare, limit);

    if (verdict->count < CONDITIONS_MAX) {
        struct condition *c = &verdict->conditions[verdict->count++];

        *c = (struct condition) { "", value, limit, unit, compare, met };
        snprintf(c->what, sizeof c->what, "%s", what);
    }
    return met;
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
    char value[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX], what[32];
    size_t len = 0;

    out[0] = 0;
    for (int i = 0; i < verdict->count && len < cap; i++) {
        const struct condition *c = &verdict->conditions[i];
        int n;

        condition_number(value, c->value, c->unit, scale);
        condition_number(limit, c->limit, c->unit, scale);
        snprintf(what, sizeof what, "%s", c->what);
        for (char *p = strchr(what, '_'); p; p = strchr(p, '_'))
            *p = ' ';
        n = snprintf(out + len, cap - len, "%s%s %s (%s %s)", i ? "; " : "", what, value, compares[c->compare], limit);
        len += n > 0 ? (size_t)n : 0;
    }
    if (verdict->not_judged && !verdict->count)
        snprintf(out, cap, "%s", verdict->not_judged);
}

void verdict_lacking(const struct verdict *verdict, int scale, bool zh, char *out, size_t cap)
{
    static const char *const words[2][4] = { { "at most", "below", "at least", "above" },
                                             { "不高于", "低于", "不低于", "高于" } };
    char value[DECIMAL_TEXT_MAX], limit[DECIMAL_TEXT_MAX], lacking[DECIMAL_TEXT_MAX];
    size_t len = 0;

    out[0] = 0;
    if (verdict->not_judged)
        len = (size_t)snprintf(out, cap, "%s", verdict->not_judged);
    for (int i = 0; i < verdict->count && len < cap; i++) {
        const struct condition *c = &verdict->conditions[i];
        int n;

        if (c->met)
            continue;
        condition_number(value, c->value, c->unit, scale);
        condition_number(limit, c->limit, c->unit, scale);
        condition_number(lacking, condition_lacking(c), c->unit, scale);
        n = snprintf(out + len, cap - len, zh ? "%s%s %s,应%s %s,差%s" : "%s%s is %s, has to be %s %s: lacks %s",
                     len ? "; " : "", c->what, value, words[zh][c->compare], limit, lacking);
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
