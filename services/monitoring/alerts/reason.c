/* reason: the figures of an alert in Chinese words. Kept alerts have the English ones (judging/); what is told in
 * Chinese is worked out here when somebody reads it. See alert_book.h. */
#include "monitoring/alerts/alert_book.h"

#include "text/decimal.h"

#include <string.h>

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
static const struct {
    const char *word, *zh;
} compares[] = { { "at_most", "应不高于" }, { "below", "应低于" }, { "at_least", "应不低于" }, { "above", "应高于" } };

static const char *name_of(const char *what)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].what, what) == 0)
            return names[i].zh;
    return what;
}

/* A condition says what has to hold for the alert; of one that fires it reads as the limit that was passed. */
static const char *limit_of(const char *compare)
{
    for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++)
        if (strcmp(compares[i].word, compare) == 0)
            return compares[i].zh + strlen("应");
    return compare;
}

static char *amount(struct arena *arena, int64_t value, uint32_t scale)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, value, (int)scale, 0);
    return arena_strdup(arena, text);
}

/* The words of a lag, which people know. */
static char *lag_words(struct arena *arena, const Bihuan__AlertInputs *in)
{
    if (in->ratio || in->level)
        return arena_printf(arena, "实际%s，目标水平%s，相差%.2f个百分点", amount(arena, in->actual, in->scale),
                            amount(arena, in->target, in->scale), in->gap_bp / 100.0);
    return arena_printf(arena, "时序差%.2f个百分点；应完成%s，实际%s；偶然如此之低的概率%.2f%%%s", in->gap_bp / 100.0,
                        amount(arena, in->planned, in->scale), amount(arena, in->actual, in->scale),
                        in->probability_ppm / 1e4,
                        in->dispersion_milli <= DISPERSED_MILLI
                            ? ""
                            : arena_printf(arena, "；日间波动为纯偶然的%.2f倍", in->dispersion_milli / 1e3));
}

static char *condition_words(struct arena *arena, const Bihuan__Alert *alert)
{
    struct buf out = { 0 };
    char *text;

    for (size_t i = 0; i < alert->n_conditions; i++) {
        const Bihuan__Condition *c = alert->conditions[i];

        buf_printf(&out, "%s%s%s（限：%s%s）", i ? "；" : "", name_of(c->what), c->value_text, limit_of(c->compare),
                   c->limit_text);
    }
    text = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

char *alert_reason_zh(struct arena *arena, const Bihuan__Alert *alert)
{
    const Bihuan__AlertInputs *in = alert->inputs;

    if (strcmp(alert->kind, "lag") == 0)
        return lag_words(arena, in);
    if (strcmp(alert->kind, "threshold") == 0)
        return arena_printf(arena, "%s%s，限值%s", in->level ? "当日末" : "合计", amount(arena, in->actual, in->scale),
                            amount(arena, in->target, in->scale));
    return condition_words(arena, alert);
}
