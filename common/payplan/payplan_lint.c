/* payplan_lint: see payplan_lint.h. */
#include "payplan/payplan_lint.h"

#include "text/decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RICH_PPM     500000
#define TRIED_TARGET INT64_C(1000000) /* attainment tables are looked at for a target of so many units */

static const char *const consents[] = { "cliff", "unreachable_band", "falling_rate", "rich" };

struct lint {
    const struct payplan *plan;
    const struct payplan_component *component;
    bool zh;
    payplan_finding_fn *finding;
    void *arg;
    size_t open;
};

bool payplan_consent_known(const char *word)
{
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++)
        if (strcmp(consents[i], word) == 0)
            return true;
    return false;
}

static bool consented(const struct lint *lint, const char *code)
{
    const Bihuan__PayPlan *doc = lint->plan->doc;

    for (size_t i = 0; i < doc->n_consents; i++)
        if (strcmp(doc->consents[i], code) == 0)
            return true;
    return false;
}

static void find(struct lint *lint, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void find(struct lint *lint, const char *code, const char *fmt, ...)
{
    bool passes = consented(lint, code);
    char words[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    lint->open += !passes;
    lint->finding(lint->arg, lint->component->doc->code, code, words, passes);
}

static void print_place(const struct payplan_component *component, int64_t at, char out[DECIMAL_TEXT_MAX + 2])
{
    if (component->over_attainment) /* a unit of TRIED_TARGET is one ppm */
        snprintf(out, DECIMAL_TEXT_MAX + 2, "%lld.%02lld%%", (long long)at / 10000, (long long)at % 10000 / 100);
    else
        decimal_print(out, at, component->measure.scale, ',');
}

static void lint_cliffs(struct lint *lint, const struct rate_table *table, struct arena *arena)
{
    size_t max = table->band_count + 1, count;
    struct rate_cliff *cliffs = arena_array(arena, struct rate_cliff, max);
    char at[DECIMAL_TEXT_MAX + 2], jump[DECIMAL_TEXT_MAX];
    struct err err;

    if (rate_table_cliffs(table, cliffs, max, &count, &err) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        /* of a table over attainment the size of the jump depends on the target: its share of what is paid there */
        int64_t share = cliffs[i].after ? (cliffs[i].jump * 100) / cliffs[i].after : -100;

        print_place(lint->component, cliffs[i].at, at);
        decimal_print(jump, cliffs[i].jump, lint->plan->digits, ',');
        if (lint->component->over_attainment && lint->component->table.kind != RATE_FLAT)
            find(lint, "cliff",
                 lint->zh ? "在 %s 处出现台阶：多完成一个单位，报酬即变动 %lld%%"
                          : "a cliff at %s: one unit more changes the pay by %lld %% of what it is there",
                 at, (long long)share);
        else
            find(lint, "cliff",
                 lint->zh ? "在 %s 处出现台阶：多完成一个单位，报酬即变动 %s"
                          : "a cliff at %s: one unit more changes the pay by %s",
                 at, jump);
    }
}

static void lint_bands(struct lint *lint, const struct rate_table *table)
{
    char at[DECIMAL_TEXT_MAX + 2];

    for (size_t i = 0; i < table->band_count; i++) {
        int64_t at_begin;
        struct err err;

        print_place(lint->component, table->bands[i].lo, at);
        if (i > 0 && table->bands[i].rate < table->bands[i - 1].rate)
            find(lint, "falling_rate",
                 lint->zh ? "自 %s 起的档位低于前一档" : "the band from %s pays less than the one below it", at);
        if (lint->component->measure.money && table->kind != RATE_FLAT && table->bands[i].rate > RICH_PPM)
            find(lint, "rich",
                 lint->zh ? "自 %s 起的档位支付超过金额的一半" : "the band from %s pays more than half of the amount",
                 at);
        /* the size of an attainment's pay depends on the target, so only volume can be judged */
        if (i > 0 && table->has_cap && (!lint->component->over_attainment || table->kind == RATE_FLAT) &&
            rate_table_payout(table, table->bands[i].lo - 1, ROUND_DOWN, &at_begin, &err) == 0 &&
            at_begin >= table->cap)
            find(lint, "unreachable_band",
                 lint->zh ? "封顶在自 %s 起的档位之前已经达到" : "the cap is reached before the band from %s", at);
        if (table->has_threshold && table->bands[i].hi != RATE_OPEN && table->bands[i].hi <= table->threshold)
            find(lint, "unreachable_band",
                 lint->zh ? "自 %s 起的档位整个低于起付线" : "the band from %s lies below the threshold", at);
    }
}

size_t payplan_lint(const struct payplan *plan, bool zh, payplan_finding_fn *finding, void *arg)
{
    struct lint lint = { .plan = plan, .zh = zh, .finding = finding, .arg = arg };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < plan->component_count; i++) {
        struct rate_table table;
        struct err err;
        bool empty;

        lint.component = &plan->components[i];
        if (lint.component->kind != PAY_RATE ||
            payplan_table(lint.component, TRIED_TARGET, 1, 1, &arena, &table, &empty, &err) != 0)
            continue;
        lint_bands(&lint, &table);
        lint_cliffs(&lint, &table, &arena);
    }
    arena_fini(&arena);
    return lint.open;
}
