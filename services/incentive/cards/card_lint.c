/* card_lint: see card_lint.h. */
#include "incentive/cards/card_lint.h"

#include "incentive/cards/card_axes.h"
#include "text/decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PERCENT_DIGITS 4
#define POINT_DIGITS   3

struct lint {
    const struct card_line *line;
    size_t row; /* from 1; 0: the line has no axes */
    bool zh;
    card_finding_fn *finding;
    void *arg;
};

static void find(const struct lint *lint, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void find(const struct lint *lint, const char *code, const char *fmt, ...)
{
    const Bihuan__ScorecardLine *doc = lint->line->doc;
    char words[ERR_TEXT_MAX];
    int len = 0;
    va_list ap;

    if (lint->row)
        len = snprintf(words, sizeof words, lint->zh ? "第 %zu 行：" : "row %zu: ", lint->row);
    va_start(ap, fmt);
    vsnprintf(words + len, sizeof words - (size_t)len, fmt, ap);
    va_end(ap);
    lint->finding(lint->arg, doc->measure[0] ? doc->measure : doc->title_zh, code, words);
}

static void lint_cliffs(const struct lint *lint, const struct rate_table *table)
{
    struct rate_cliff cliffs[16];
    char at[DECIMAL_TEXT_MAX], jump[DECIMAL_TEXT_MAX];
    size_t count;

    if (rate_table_cliffs(table, cliffs, 16, &count, NULL) != 0)
        return;
    for (size_t i = 0; i < count && i < 16; i++) {
        decimal_print(at, cliffs[i].at, PERCENT_DIGITS, 0);
        decimal_print(jump, cliffs[i].jump, POINT_DIGITS, 0);
        find(lint, "cliff",
             lint->zh ? "在 %s%% 处出现台阶：多完成一点，得分即变动 %s 分"
                      : "a cliff at %s %%: a little more changes the points by %s",
             at, jump);
    }
}

static void lint_bands(const struct lint *lint, const struct rate_table *table)
{
    int64_t cap = lint->line->doc->cap_milli, before;
    char at[DECIMAL_TEXT_MAX];

    for (size_t k = 0; k < table->band_count; k++) {
        const struct rate_band *band = &table->bands[k];

        decimal_print(at, band->lo, PERCENT_DIGITS, 0);
        if (k > 0 && band->rate < table->bands[k - 1].rate)
            find(lint, "falling_rate",
                 lint->zh ? "自 %s%% 起的档位低于前一档" : "the band from %s %% gives less than the one below it", at);
        if (k > 0 && cap && rate_table_payout(table, band->lo - 1, ROUND_DOWN, &before, NULL) == 0 && before >= cap)
            find(lint, "unreachable_band",
                 lint->zh ? "封顶在自 %s%% 起的档位之前已经达到" : "the cap is reached before the band from %s %%", at);
        if (table->has_threshold && band->hi != RATE_OPEN && band->hi <= table->threshold)
            find(lint, "unreachable_band",
                 lint->zh ? "自 %s%% 起的档位整个低于起付线" : "the band from %s %% lies below the threshold", at);
    }
}

void card_lint(const struct card *card, bool zh, card_finding_fn *finding, void *arg)
{
    for (size_t i = 0; i < card->line_count; i++) {
        struct lint lint = { &card->lines[i], 0, zh, finding, arg };
        const struct card_axes *axes = lint.line->axes;
        size_t rows = axes ? rate_grid_rows(&axes->grid) : 1;

        for (size_t row = 0; card_line_weighs(lint.line) && row < rows; row++) {
            const struct rate_table *table = axes ? &axes->rows[row] : &lint.line->table;

            lint.row = axes ? row + 1 : 0;
            lint_cliffs(&lint, table);
            lint_bands(&lint, table);
        }
    }
}
