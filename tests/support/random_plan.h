/* random_plan: one seed's plan for tests that draw what they do: a tree, a quarter with its months and perhaps weeks, a
 * measure, all with codes of their own, and cells of it. The same seed draws the same. Needs plans_prepare() and
 * laws_prepare() before.
 */
#ifndef BIHUAN_TESTS_SUPPORT_RANDOM_PLAN_H
#define BIHUAN_TESTS_SUPPORT_RANDOM_PLAN_H

#include "support/laws.h"

#include <stdbool.h>
#include <stdint.h>

#define UNITS_MAX     24
#define CHANNEL_COUNT 5
#define PRODUCT_COUNT 6
#define COUNT(array)  (sizeof(array) / sizeof(array)[0])
#define DRAW(array)   ((array)[draw((unsigned)COUNT(array))]) /* one of them */

/* Of the seed being run. */
struct plan {
    unsigned no;
    char measure[16];
    char period[4][32]; /* the quarter, its months: L0, L0-1 ... */
    bool weeks;         /* it has weeks, too: L0w01 ... */
    char day[4][40];    /* first days of the months, and of what follows */
    char unit[UNITS_MAX][32];
    int parent[UNITS_MAX], children[UNITS_MAX]; /* now; -1: the root's parent */
    bool gone[UNITS_MAX];
    int units;
};
extern struct plan plan;
extern const char *const CHANNELS[CHANNEL_COUNT], *const PRODUCTS[PRODUCT_COUNT]; /* "" more often than others */

/* Starts over with the seed: the plan is drawn and applied. Role holders: "planner" at its root, "asker" everywhere. */
void plan_draw(uint64_t seed, unsigned no);

/* 0 to below - 1. */
unsigned draw(unsigned below);
/* Good until sixteen more were made. */
char *words(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *draw_unit(void); /* the root more often than others */
const char *draw_period(void);
/* A unit that has nobody below it, or at times any. */
int draw_leaf(void);
/* Which of plan.unit it is. */
int plan_unit(const char *code);

/* A cell by codes, as the API has it. */
struct at {
    char period[32], unit[32], channel[16], product[16];
};
/* One that is there in its period's latest version, as SQL over `cell` (period, unit, channel, product as codes) would
 * have it; each slice as likely as others. False: there is none. */
bool draw_cell(const char *which, struct at *out);
/* The same of weeks, which draw_cell() leaves out. */
bool draw_week_cell(const char *which, struct at *out);
/* One that is there, or at times any. */
struct at draw_at(void);
/* "'period':..,'unit':..,'measure':..,'channel':..,'product':.." */
const char *at_words(const struct at *at);
/* Its revision in its period's latest version; 0: not there. */
long at_revision(const struct at *at);
/* Prints all cells of the latest versions, a line for each slice. */
void plan_show(void);

#endif
