/* payplan_lint: see payplan_lint.h. */
#include "payplan/payplan_lint.h"

#include "payplan/payplan_axes.h"
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
    const char *row; /* words of the row that is looked at; "" without axes */
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
    int len = lint->row[0] ? snprintf(words, sizeof words, "%.120s: ", lint->row) : 0;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words + len, sizeof words - (size_t)len, fmt, ap);
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

/* --- axes ------------------------------------------------------------------------------------------------------------
 */

/* How the cells of a band of an axis compare with those of the band below it, all else being equal. */
static void compare_bands(const struct rate_grid *grid, size_t a, size_t band, bool *differs, bool *falls)
{
    size_t width = grid->table.band_count, rows = rate_grid_rows(grid), bands[RATE_GRID_AXES_MAX];

    *differs = *falls = false;
    for (size_t row = 0; row < rows; row++) {
        const int64_t *above = grid->cells + row * width, *below;

        rate_grid_bands_of(grid, row, bands);
        if (bands[a] != band)
            continue;
        bands[a] = band - 1;
        below = grid->cells + rate_grid_row(grid, bands) * width;
        for (size_t k = 0; k < width; k++) {
            *differs = *differs || above[k] != below[k];
            *falls = *falls || above[k] < below[k];
        }
    }
}

/* A row holds for all that was sold, so where an axis goes on to its next band all of it is paid otherwise at once. */
static void lint_steps(struct lint *lint, struct arena *arena)
{
    const struct payplan_component *component = lint->component;
    size_t bands[RATE_GRID_AXES_MAX] = { 0 };
    bool differs, falls;

    for (size_t a = 0; a < component->axis_count; a++) {
        for (size_t b = 1; !payplan_axis_by_class(component->axes[a].kind) && b < component->grid->axes[a].count; b++) {
            memset(bands, 0, sizeof bands);
            bands[a] = b;
            lint->row = payplan_axes_words(component, rate_grid_row(component->grid, bands), NULL, lint->zh, arena);
            compare_bands(component->grid, a, b, &differs, &falls);
            if (differs)
                find(lint, "cliff",
                     lint->zh ? "进入第 %zu 维的这一档时，全部报酬的费率即变动"
                              : "a cliff: where axis %zu reaches this band all is paid at other rates",
                     a + 1);
            if (falls)
                find(lint, "falling_rate",
                     lint->zh ? "第 %zu 维的这一档有费率低于前一档"
                              : "this band of axis %zu pays less in some cell than the one below it",
                     a + 1);
            if (!differs)
                find(lint, "unreachable_band",
                     lint->zh ? "第 %zu 维的这一档与前一档的费率全部相同"
                              : "this band of axis %zu pays as the one below it",
                     a + 1);
        }
    }
    lint->row = "";
}

static bool same_products(const Bihuan__PayComponent *doc, const Bihuan__PayAxis *axis)
{
    if (doc->n_products != axis->n_products)
        return false;
    for (size_t i = 0; i < doc->n_products; i++)
        if (strcmp(doc->products[i], axis->products[i]) != 0)
            return false;
    return true;
}

/* An axis of the very quantity that the bands are of: cells off the diagonal are never reached. */
static bool same_quantity(const struct payplan_component *component, size_t a)
{
    const struct payplan_axis *axis = &component->axes[a];

    return axis->kind == (component->over_attainment ? AXIS_ATTAINMENT : AXIS_VOLUME) &&
           strcmp(axis->doc->measure, component->doc->measure) == 0 && same_products(component->doc, axis->doc);
}

static void lint_diagonal(struct lint *lint, size_t a, size_t band)
{
    const struct rate_grid *grid = lint->component->grid;
    const struct rate_axis *axis = &grid->axes[a];
    bool last = band + 1 == axis->count;
    char at[DECIMAL_TEXT_MAX + 2];

    for (size_t k = 0; k < grid->table.band_count; k++) {
        const struct rate_band *cell = &grid->table.bands[k];

        print_place(lint->component, cell->lo, at);
        if ((!last && cell->lo >= axis->from[band + 1]) ||
            (grid->table.kind != RATE_GRADUATED && cell->hi != RATE_OPEN && cell->hi <= axis->from[band]))
            find(lint, "unreachable_band",
                 lint->zh ? "自 %s 起的档位与这一行不可能同时达到" : "the cell from %s can't be reached in this row",
                 at);
    }
}

/* Classes of units that the plan doesn't pay. */
static void lint_types(struct lint *lint, size_t a)
{
    const Bihuan__PayAxis *axis = lint->component->axes[a].doc;
    const Bihuan__PayPlan *doc = lint->plan->doc;

    for (size_t b = 0; b < axis->n_bands; b++)
        for (size_t i = 0; i < axis->bands[b]->n_is; i++) {
            bool paid = false;

            for (size_t t = 0; t < doc->n_unit_types; t++)
                paid = paid || strcmp(doc->unit_types[t], axis->bands[b]->is[i]) == 0;
            if (!paid)
                find(lint, "unreachable_band",
                     lint->zh ? "方案不支付类型为 %s 的单元" : "units of type %s aren't paid by this plan",
                     axis->bands[b]->is[i]);
        }
}

static void lint_row(struct lint *lint, size_t row, struct arena *arena)
{
    struct rate_table table;
    struct err err;
    bool empty;

    if (payplan_table(lint->component, row, TRIED_TARGET, 1, 1, arena, &table, &empty, &err) != 0)
        return;
    lint_bands(lint, &table);
    lint_cliffs(lint, &table, arena);
}

static void lint_grid(struct lint *lint, struct arena *arena)
{
    const struct payplan_component *component = lint->component;
    size_t rows = rate_grid_rows(component->grid), bands[RATE_GRID_AXES_MAX];

    for (size_t row = 0; row < rows; row++) {
        lint->row = payplan_axes_words(component, row, NULL, lint->zh, arena);
        lint_row(lint, row, arena);
        rate_grid_bands_of(component->grid, row, bands);
        for (size_t a = 0; a < component->axis_count; a++)
            if (same_quantity(component, a))
                lint_diagonal(lint, a, bands[a]);
    }
    lint_steps(lint, arena);
    for (size_t a = 0; a < component->axis_count; a++)
        if (component->axes[a].kind == AXIS_TYPE)
            lint_types(lint, a);
}

size_t payplan_lint(const struct payplan *plan, bool zh, payplan_finding_fn *finding, void *arg)
{
    struct lint lint = { .plan = plan, .row = "", .zh = zh, .finding = finding, .arg = arg };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < plan->component_count; i++) {
        lint.component = &plan->components[i];
        if (lint.component->kind != PAY_RATE)
            continue;
        if (lint.component->grid)
            lint_grid(&lint, &arena);
        else
            lint_row(&lint, 0, &arena);
    }
    arena_fini(&arena);
    return lint.open;
}
