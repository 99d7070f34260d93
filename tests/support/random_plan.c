/* random_plan: see random_plan.h. */
#include "support/random_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "support/check.h"
#include "text/dates.h"

struct plan plan;
const char *const CHANNELS[CHANNEL_COUNT] = { "", "", "hall", "online", "agent" };
const char *const PRODUCTS[PRODUCT_COUNT] = { "", "", "", "mobile", "5g", "tv" };

static uint64_t random_state;

unsigned draw(unsigned below)
{
    random_state += 0x9e3779b97f4a7c15ULL;
    return (unsigned)(hash_mix(random_state) % below);
}

char *words(const char *format, ...)
{
    static char text[16][1200];
    static size_t next;
    char *out = text[next++ % 16];
    va_list args;

    va_start(args, format);
    vsnprintf(out, sizeof text[0], format, args);
    va_end(args);
    return out;
}

/* --- organisation ---------------------------------------------------------------------------------------------------
 */
static void draw_periods(void)
{
    unsigned year = 2030 + plan.no / 4, month = 1 + 3 * (plan.no % 4);

    for (unsigned m = 0; m < 4; m++)
        snprintf(plan.day[m], sizeof plan.day[m], "%u-%02u-01", month + m > 12 ? year + 1 : year,
                 month + m > 12 ? 1 : month + m);
    for (unsigned p = 0; p < 4; p++) {
        const char *from = plan.day[p ? p - 1 : 0], *until = plan.day[p ? p : 3];

        snprintf(plan.period[p], sizeof plan.period[p], p ? "L%u-%u" : "L%u", plan.no, p);
        plan_do(MSG(APPLY_PERIODS), words("{'items':[{'code':'%s','from':'%s','until':'%s','calendar':'flat'}]}",
                                          plan.period[p], from, until));
        laws_period(plan.period[p], from, until);
    }
}

/* Monday to Sunday, the first and the last one perhaps shorter. */
static void make_weeks(void)
{
    int32_t day, end, until;

    assert_int_equal(date_parse(plan.day[0], 10, &day, NULL), 0);
    assert_int_equal(date_parse(plan.day[3], 10, &until, NULL), 0);
    for (int w = 1; day < until; day = end, w++) {
        char from[DATE_TEXT_MAX], to[DATE_TEXT_MAX];
        const char *code = words("%sw%02d", plan.period[0], w);

        end = day + 7 - (day + 3) % 7; /* the next Monday: day 0 was a Thursday */
        end = end < until ? end : until;
        date_print(from, day);
        date_print(to, end);
        plan_do(MSG(APPLY_PERIODS),
                words("{'items':[{'code':'%s','from':'%s','until':'%s','calendar':'flat'}]}", code, from, to));
        laws_period(code, from, to);
    }
}

static const char *const TYPES[] = { "province", "city", "county", "outlet" };

static void draw_tree(void)
{
    int depth[UNITS_MAX] = { 0 };
    int fan = 1 + (int)draw(6);

    plan.units = 3 + (int)draw(UNITS_MAX - 2);
    for (int u = 0; u < plan.units; u++) {
        snprintf(plan.unit[u], sizeof plan.unit[u], "U%u-%d", plan.no, u);
        plan.parent[u] = -1;
        do
            plan.parent[u] = u ? (int)draw((unsigned)u) : -1;
        while (u && (depth[plan.parent[u]] > 2 || (plan.children[plan.parent[u]] >= fan && draw(4))));
        depth[u] = u ? depth[plan.parent[u]] + 1 : 0;
        if (u)
            plan.children[plan.parent[u]]++;
        plan_do(MSG(APPLY_UNITS),
                u ? words("{'items':[{'code':'%s','name':'u','type':'%s','relations':[{'parent':'%s','from':"
                          "'2026-01-01'}]}]}",
                          plan.unit[u], TYPES[depth[u]], plan.unit[plan.parent[u]])
                  : words("{'items':[{'code':'%s','name':'u','type':'province'}]}", plan.unit[u]));
        if (u)
            laws_parent(plan.unit[u], plan.unit[plan.parent[u]], "2026-01-01");
    }
    laws_rebuild();
}

static void give_roles(void)
{
    char json[3000];
    size_t n = (size_t)snprintf(json, sizeof json,
                                "{'items':[{'code':'planner','name':'p','roles':[{'role':'office','unit':'%s','from':"
                                "'2026-01-01'}]},{'code':'asker','name':'a','roles':[",
                                plan.unit[0]);

    for (int u = 0; u < plan.units; u++)
        n += (size_t)snprintf(json + n, sizeof json - n, "%s{'role':'city','unit':'%s','from':'2026-01-01'}",
                              u ? "," : "", plan.unit[u]);
    snprintf(json + n, sizeof json - n, "]}]}");
    plan_do(MSG(APPLY_PEOPLE), json);
}

void plan_draw(uint64_t seed, unsigned no)
{
    random_state = seed;
    plan = (struct plan) { .no = no };
    snprintf(plan.measure, sizeof plan.measure, "m%u", no);
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_MEASURES),
            words("{'items':[{'code':'%s','title_zh':'新','title_en':'n','value':'count'}]}", plan.measure));
    draw_periods();
    plan.weeks = no % 2;
    if (plan.weeks)
        make_weeks();
    draw_tree();
    give_roles();
}

/* --- cells ----------------------------------------------------------------------------------------------------------
 */
const char *draw_unit(void)
{
    return plan.unit[draw(3) ? draw((unsigned)plan.units) : 0];
}

const char *draw_period(void)
{
    return plan.period[draw(4)];
}

int draw_leaf(void)
{
    int u = (int)draw((unsigned)plan.units);

    for (int tries = 0; tries < 6 && (plan.children[u] || plan.gone[u]); tries++)
        u = (int)draw((unsigned)plan.units);
    return u;
}

int plan_unit(const char *code)
{
    int u = 0;

    while (u < plan.units - 1 && strcmp(plan.unit[u], code) != 0)
        u++;
    return u;
}

#define CODE_OF(kind, id) "coalesce((SELECT code FROM planning.document WHERE kind = '" kind "' AND id = " id "), '')"
/* Arguments: "" or "NOT ", whether weeks are left out; the measure; which are wanted. */
#define CELLS                                                                                                          \
    "WITH cell AS (SELECT l.code AS period, " CODE_OF("unit", "c.unit_id") " AS unit, " CODE_OF(                       \
        "channel", "c.channel_id") " AS channel, " CODE_OF("product",                                                  \
                                                           "c.product_id") " AS product, c.revision,"                  \
                                                                           " c.amount FROM planning.target_cell c "    \
                                                                           "JOIN law_period l ON l.id = c.period_id "  \
                                                                           "AND l.code %sLIKE '%%w%%'"                 \
                                                                           " WHERE c.measure_id = law_id('measure', "  \
                                                                           "'%s') AND c.version = (SELECT "            \
                                                                           "max(version) FROM planning.plan_version v" \
                                                                           " WHERE v.period_id = c.period_id)), "      \
                                                                           "wanted AS (SELECT * FROM cell WHERE %s)"

static bool take_word(char **from, char *out, size_t cap)
{
    char *end = strchr(*from, '|');

    if (!end)
        return false;
    *end = '\0';
    snprintf(out, cap, "%s", *from);
    *from = end + 1;
    return true;
}

static bool draw_of(const char *but, const char *which, struct at *out)
{
    char sql[2500], *row, *at;
    unsigned slice = draw(1000), unit = draw(1000);
    bool found;

    snprintf(sql, sizeof sql,
             CELLS ", slice AS (SELECT period, channel, product, count(*) AS units, row_number() OVER (ORDER BY"
                   " period, channel, product) - 1 AS at, count(*) OVER () AS slices FROM wanted GROUP BY 1, 2, 3)"
                   " SELECT period || '|' || unit || '|' || channel || '|' || product || '|' FROM (SELECT w.*, s.units,"
                   " row_number() OVER (ORDER BY w.unit) - 1 AS no FROM wanted w JOIN slice s USING (period, channel,"
                   " product) WHERE s.at = %u %% s.slices) t WHERE no = %u %% units",
             but, plan.measure, which, slice, unit);
    row = at = pg_value(&stack.pg, sql);
    found = row && take_word(&at, out->period, sizeof out->period) && take_word(&at, out->unit, sizeof out->unit) &&
            take_word(&at, out->channel, sizeof out->channel) && take_word(&at, out->product, sizeof out->product);
    free(row);
    return found;
}

bool draw_cell(const char *which, struct at *out)
{
    return draw_of("NOT ", which, out);
}

bool draw_week_cell(const char *which, struct at *out)
{
    return draw_of("", which, out);
}

struct at draw_at(void)
{
    struct at at;

    if (draw(5) && draw_cell("true", &at))
        return at;
    snprintf(at.period, sizeof at.period, "%s", draw_period());
    snprintf(at.unit, sizeof at.unit, "%s", draw_unit());
    snprintf(at.channel, sizeof at.channel, "%s", DRAW(CHANNELS));
    snprintf(at.product, sizeof at.product, "%s", DRAW(PRODUCTS));
    return at;
}

const char *at_words(const struct at *at)
{
    return words("'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s'", at->period, at->unit,
                 plan.measure, at->channel, at->product);
}

long at_revision(const struct at *at)
{
    char sql[1500];

    snprintf(sql, sizeof sql,
             CELLS " SELECT revision FROM wanted WHERE period = '%s' AND unit = '%s' AND channel = '%s' AND product ="
                   " '%s'",
             strstr(at->period, "w") ? "" : "NOT ", plan.measure, "true", at->period, at->unit, at->channel,
             at->product);
    return pg_number(&stack.pg, sql);
}

void plan_show(void)
{
    char sql[2000], *text;

    snprintf(sql, sizeof sql,
             CELLS " SELECT string_agg(line, E'\\n' ORDER BY line) FROM (SELECT format('    %%s %%s/%%s: ', period,"
                   " channel, product) || string_agg(format('%%s=%%s', unit, amount), ' ' ORDER BY unit) AS line"
                   " FROM wanted GROUP BY period, channel, product) t",
             "NOT ", plan.measure, "true");
    text = pg_value(&stack.pg, sql);
    printf("%s\n", text ? text : "    no cells");
    free(text);
}
