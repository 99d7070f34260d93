/* span: the days of a brief, and how its figures are written; see brief.h. Pure. */
#include "monitoring/briefs/brief.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define CHART_DAYS 14 /* of the brief of a day */

bool brief_span_of(const char *word, int32_t as_of, struct brief_span *out)
{
    *out = (struct brief_span) { .as_of = as_of };
    snprintf(out->word, sizeof out->word, "%s", word[0] ? word : "week");
    if (strcmp(out->word, "day") == 0) {
        out->from = as_of;
        out->chart_from = as_of - CHART_DAYS + 1;
        return true;
    }
    if (strcmp(out->word, "week") == 0)
        out->from = out->chart_from = as_of - date_weekday(as_of) + 1;
    else if (strcmp(out->word, "month") == 0)
        out->from = out->chart_from = date_month_first(as_of);
    else
        return false;
    return strlen(word) < sizeof out->word;
}

/* --- figures --- */

static void group(const char *digits, char *out, size_t cap)
{
    size_t whole = strcspn(digits, "."), at = 0;
    size_t sign = digits[0] == '-';

    for (size_t i = 0; digits[i] && at + 2 < cap; i++) {
        if (i > sign && i < whole && (whole - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
}

const char *brief_amount(char out[48], int64_t amount, uint32_t scale)
{
    char digits[DECIMAL_TEXT_MAX];
    size_t len = decimal_print(digits, amount, (int)scale, 0);

    while (scale && len && strchr(digits, '.') && (digits[len - 1] == '0' || digits[len - 1] == '.')) {
        bool point = digits[len - 1] == '.';

        digits[--len] = 0;
        if (point)
            break;
    }
    group(digits, out, 48);
    return out;
}

const char *brief_points(char out[24], int32_t bp)
{
    unsigned size = bp < 0 ? (unsigned)-(int64_t)bp : (unsigned)bp;

    snprintf(out, 24, "%s%u.%02u", bp < 0 ? "-" : "+", size / 100, size % 100);
    return out;
}

const char *brief_percent(char out[24], uint32_t ppm)
{
    snprintf(out, 24, "%u.%u %%", ppm / 10000, ppm % 10000 / 1000);
    return out;
}

const char *brief_change(char out[24], int64_t now, int64_t before, bool known)
{
    __int128 tenths; /* of percent */

    out[0] = 0;
    if (!known || before <= 0)
        return out;
    tenths = ((__int128)now - before) * 1000 / before;
    if (tenths > 99999 || tenths < -99999)
        return out;
    snprintf(out, 24, "%s%d.%d %%", tenths < 0 ? "-" : "+", (int)(tenths < 0 ? -tenths : tenths) / 10,
             (int)(tenths < 0 ? -tenths : tenths) % 10);
    return out;
}

const char *brief_band(char out[100], const Bihuan__BriefMeasure *measure)
{
    char low[48], high[48];

    out[0] = 0;
    if (measure->landing_banded)
        snprintf(out, 100, "%s - %s", brief_amount(low, measure->landing_low, measure->scale),
                 brief_amount(high, measure->landing_high, measure->scale));
    return out;
}

const char *brief_kept(char out[32], const Bihuan__BriefMeasure *measure)
{
    out[0] = 0;
    if (measure->forecasts_banded)
        snprintf(out, 32, "%u / %u", measure->forecasts_inside, measure->forecasts_banded);
    return out;
}

const char *brief_status(int32_t gap_bp)
{
    return gap_bp <= -500 ? "lag" : gap_bp >= 500 ? "ahead" : "ok";
}

const char *brief_about(const Bihuan__Alert *alert)
{
    return alert->measure_title[0] ? alert->measure_title : alert->subject;
}

const char *brief_why(char out[32], const Bihuan__Alert *alert, bool zh)
{
    bool lag = strcmp(alert->kind, "lag") == 0 || strcmp(alert->kind, "trajectory") == 0;
    char gap[24];

    if (!lag)
        return zh && alert->inputs->reason_zh[0] ? alert->inputs->reason_zh : alert->inputs->reason;
    snprintf(out, 32, zh ? "%.20s个百分点" : "%.20s points", brief_points(gap, alert->inputs->gap_bp));
    return out;
}

const char *brief_state(const char *state, bool zh)
{
    static const char *const words[][2] = { { "firing", "未认领" }, { "taken", "已认领" }, { "acting", "整改中" } };

    for (size_t i = 0; zh && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], state) == 0)
            return words[i][1];
    return state;
}
