/* payplan_words: see payplan_words.h. */
#include "payplan/payplan_words.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

struct word {
    const char *word;
    int value;
};

/* 0 where it isn't there. */
static int find(const struct word *words, const char *word)
{
    for (; words->word; words++)
        if (strcmp(words->word, word) == 0)
            return words->value;
    return 0;
}

enum payplan_kind payplan_kind_of(const char *word)
{
    static const struct word words[] = { { "rate", PAY_RATE },
                                         { "score", PAY_SCORE },
                                         { "linked", PAY_LINKED },
                                         { "spiff", PAY_SPIFF },
                                         { "rank", PAY_RANK },
                                         { "contest", PAY_CONTEST },
                                         { NULL, 0 } };

    return (enum payplan_kind)find(words, word);
}

enum rate_kind payplan_rate_of(const char *word)
{
    static const struct word words[] = { { "", RATE_GRADUATED }, { "graduated", RATE_GRADUATED },
                                         { "slab", RATE_SLAB },  { "interpolated", RATE_INTERPOLATED },
                                         { "flat", RATE_FLAT },  { NULL, 0 } };

    return (enum rate_kind)find(words, word);
}

enum rounding payplan_rounding_of(const char *word)
{
    static const struct word words[] = { { "", ROUND_HALF_UP },
                                         { "half_up", ROUND_HALF_UP },
                                         { "half_even", ROUND_HALF_EVEN },
                                         { "down", ROUND_DOWN },
                                         { "up", ROUND_UP },
                                         { "floor", ROUND_FLOOR },
                                         { NULL, 0 } };

    return (enum rounding)find(words, word);
}

enum telescope_lift payplan_lift_of(const char *word)
{
    static const struct word words[] = { { "", TELESCOPE_LIFT_ON_CROSSING },
                                         { "crossing", TELESCOPE_LIFT_ON_CROSSING },
                                         { "spread", TELESCOPE_LIFT_SPREAD },
                                         { NULL, 0 } };

    return (enum telescope_lift)find(words, word);
}

enum clawback_policy payplan_clawback_of(const char *word)
{
    static const struct word words[] = {
        { "", CLAWBACK_RECOMPUTE }, { "recompute", CLAWBACK_RECOMPUTE }, { "line", CLAWBACK_LINE }, { NULL, 0 }
    };

    return (enum clawback_policy)find(words, word);
}

enum payplan_axis_kind payplan_axis_of(const char *word)
{
    static const struct word words[] = { { "attainment", AXIS_ATTAINMENT },
                                         { "volume", AXIS_VOLUME },
                                         { "score", AXIS_SCORE },
                                         { "months", AXIS_MONTHS },
                                         { "type", AXIS_TYPE },
                                         { "channel", AXIS_CHANNEL },
                                         { NULL, 0 } };

    return (enum payplan_axis_kind)find(words, word);
}

int payplan_digits_of(const char *smallest)
{
    static const char *const texts[] = { "1", "0.1", "0.01", "0.001", "0.0001" };

    if (!smallest[0])
        return 2;
    for (int i = 0; i <= PAYPLAN_DIGITS_MAX; i++)
        if (strcmp(texts[i], smallest) == 0)
            return i;
    return -1;
}

enum period_kind payplan_cadence_of(const char *word)
{
    enum period_kind kind = word[0] ? period_kind_parse(word) : PERIOD_QUARTER;

    return kind > PERIOD_MONTH ? PERIOD_KINDS : kind;
}

int payplan_decimal(const char *text, int scale, bool *given, int64_t *out, struct err *err)
{
    *given = text[0] != 0;
    *out = 0;
    return *given ? decimal_parse(text, strlen(text), scale, 0, out, err) : 0;
}

int payplan_day(const char *text, int32_t fallback, int32_t *out, struct err *err)
{
    *out = fallback;
    return text[0] ? date_parse(text, strlen(text), out, err) : 0;
}

int64_t payplan_per(const struct payplan_measure *measure, int digits)
{
    int decimals = measure->money ? measure->scale - digits : measure->scale;
    int64_t per = 1;

    while (decimals-- > 0)
        per *= 10;
    return per;
}

int payplan_band_rate(const Bihuan__PayBand *band, enum rate_kind kind, const struct payplan_measure *measure,
                      int digits, int64_t *out, struct err *err)
{
    bool given;

    if (kind == RATE_FLAT)
        return payplan_decimal(band->amount, digits, &given, out, err);
    *out = band->rate_ppm;
    if (measure->money)
        return 0;
    return payplan_decimal(band->amount, digits + 6, &given, out, err); /* 6: ppm */
}
