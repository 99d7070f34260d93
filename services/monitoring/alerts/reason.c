/* reason: the figures of an alert in Chinese words. Kept alerts have the English ones (judging/); what is told in
 * Chinese is worked out here when somebody reads it. See alert_book.h. */
#include "monitoring/alerts/alert_book.h"

#include "text/decimal.h"

#include <string.h>

static const struct {
    const char *word, *zh;
} compares[] = { { "at_most", "应不高于" }, { "below", "应低于" }, { "at_least", "应不低于" }, { "above", "应高于" } };

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
    char name[CONDITION_NAME_MAX], *text;

    for (size_t i = 0; i < alert->n_conditions; i++) {
        const Bihuan__Condition *c = alert->conditions[i];

        buf_printf(&out, "%s%s%s（限：%s%s）", i ? "；" : "", condition_name(c->what, true, name), c->value_text,
                   limit_of(c->compare), c->limit_text);
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
