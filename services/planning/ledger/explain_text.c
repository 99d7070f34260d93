/* explain_text: see explain_text.h. */
#include "planning/ledger/explain_text.h"

#include "text/decimal.h"

#include <string.h>

#define DECIMALS     6
#define MILLION      1000000
#define WEIGHT_SCALE 4

char *share_text(struct tx *tx, uint32_t measure_id, __int128 whole, __int128 of)
{
    char text[DECIMAL_TEXT_MAX];
    int scale = scale_of(tx, measure_id);
    __int128 quotient = whole / of, digits = whole % of;

    /* the remainder is below `of`, which is a sum of weights (2^62) */
    digits = quotient * MILLION + digits * MILLION / of;
    if (quotient > INT64_MAX / MILLION || scale + DECIMALS > DECIMAL_SCALE_MAX)
        decimal_print(text, (int64_t)quotient, scale, 0);
    else
        decimal_print(text, (int64_t)digits, scale + DECIMALS, 0);
    return arena_strdup(tx_arena(tx), text);
}

/* Without zeros at the end. */
static char *weight_text(struct tx *tx, int64_t value)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = decimal_print(text, value, WEIGHT_SCALE, 0);

    while (len && text[len - 1] == '0')
        text[--len] = '\0';
    if (len && text[len - 1] == '.')
        text[--len] = '\0';
    return arena_strdup(tx_arena(tx), text);
}

static char *value_text(struct tx *tx, uint32_t measure_id, const char *kind, bool level, int64_t value)
{
    if (value < 0)
        return arena_strdup(tx_arena(tx), "");
    if (strcmp(kind, "fit") == 0) {
        char text[DECIMAL_TEXT_MAX];

        decimal_print(text, value, DECIMALS, 0);
        return arena_strdup(tx_arena(tx), text);
    }
    if (strcmp(kind, "equal") == 0 && !level)
        return arena_printf(tx_arena(tx), "%lld", (long long)value);
    if (level || strcmp(kind, "drafts") == 0 || strcmp(kind, "plan") == 0)
        return amount_text(tx, measure_id, value);
    return weight_text(tx, value);
}

Bihuan__CutFigure *figure_message(struct tx *tx, uint32_t measure_id, const Bihuan__MixPart *part, bool across,
                                  bool level, int64_t value, int64_t of)
{
    Bihuan__CutFigure *figure = arena_new(tx_arena(tx), Bihuan__CutFigure);
    const char *kind = part ? part->kind : across ? "fit" : "equal";

    bihuan__cut_figure__init(figure);
    figure->kind = (char *)(uintptr_t)kind;
    if (part) {
        figure->set = part->set;
        figure->share = part->share;
    }
    figure->value = value_text(tx, measure_id, kind, level, value);
    figure->of = value_text(tx, measure_id, kind, level, of);
    return figure;
}
