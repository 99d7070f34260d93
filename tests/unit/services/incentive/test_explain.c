/* A line in words: every figure of every step stands in it, in both languages. */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

#include "incentive/scoring/explain.h"

static const struct rate_band bands[] = { { 0, 800000, 0, 60000 }, { 800000, RATE_OPEN, 60000, 0 } };

struct told {
    Bihuan__ScorecardLine doc;
    struct card_line card_line;
    struct card card;
    struct score_line line;
    Bihuan__ScoreLine message;
    Bihuan__ScoreLine *messages[1];
    Bihuan__Score score;
};

static const char *tell(struct told *t, bool zh, struct arena *arena)
{
    struct scored_unit unit = { .card = &t->card, .lines = &t->line };
    struct refdata *refdata = refdata_new();

    explain_score(&t->score, &unit, refdata, (struct phasing_point) { 15, 30, 0 }, zh, arena);
    refdata_destroy(&refdata);
    return t->message.explanation;
}

/* 1,234.50 yuan at scale 4 against 4,000 planned 2,000: 61.725 % on a line to 60 points at 80 %: 46.294 points. */
static void make(struct told *t)
{
    memset(t, 0, sizeof *t);
    bihuan__scorecard_line__init(&t->doc);
    bihuan__score_line__init(&t->message);
    bihuan__score__init(&t->score);
    t->doc.weight_bp = 4000;
    t->card_line = (struct card_line) { .doc = &t->doc, .scale = 4 };
    t->card_line.table = (struct rate_table) { .kind = RATE_LINEAR, .bands = bands, .band_count = 2 };
    t->card = (struct card) { .lines = &t->card_line, .line_count = 1 };
    t->line = (struct score_line) { .actual = 12345000,
                                    .target = 40000000,
                                    .planned = 20000000,
                                    .points = 46294,
                                    .weight = 4000,
                                    .weighted = 18518,
                                    .attainment = { true, ATTAINMENT_OK, 617250 } };
    t->message.measure = (char *)(uintptr_t) "rev";
    t->messages[0] = &t->message;
    t->score.lines = t->messages;
    t->score.n_lines = 1;
    t->score.as_of = (char *)(uintptr_t) "2026-09-15";
}

static void check_has(const char *text, const char *const *parts)
{
    for (; *parts; parts++)
        if (!strstr(text, *parts))
            fail_msg("\"%s\" doesn't say \"%s\"", text, *parts);
}

/* 113 new of 250 visits in per cent, against a level of 50: 90.4 % attained. */
static void test_ratio(void **state)
{
    static const char *const en[] = { "Actual 45.200 (100 × new 113 / visits 250); level to reach 50.000. ",
                                      "45.200 / 50.000 = 90.4000 %", NULL };
    static const char *const zh[] = { "实际 45.200（100 × new 113 / visits 250）；目标水平 50.000。", NULL };
    static const char *const none[] = { "There is nothing to divide by (100 × new 113 / visits 0)",
                                        "the line is left out", NULL };
    struct arena arena;
    struct told t;

    (void)state;
    arena_init(&arena);
    make(&t);
    t.card_line.ratio = true;
    t.card_line.scale = 3;
    t.card_line.unit = (struct ratio_unit) { 100, 3, 0, 0 };
    t.card_line.part_codes[0] = "new";
    t.card_line.part_codes[1] = "visits";
    t.line.actual = 45200;
    t.line.target = t.line.planned = 50000;
    t.line.parts[0] = 113;
    t.line.parts[1] = 250;
    t.line.attainment.ppm = 904000;
    check_has(tell(&t, false, &arena), en);
    check_has(tell(&t, true, &arena), zh);
    assert_null(strstr(tell(&t, false, &arena), "curve"));
    t.line.no_value = true;
    t.line.parts[1] = 0;
    t.line.attainment = (struct attainment) { false, ATTAINMENT_NO_DATA, 0 };
    check_has(tell(&t, false, &arena), none);
    arena_fini(&arena);
}

static void test_all_steps(void **state)
{
    static const char *const en[] = { "Actual 1,234.50",
                                      "target of the period 4,000.00",
                                      "2026-09-15",
                                      "50.0000 %",
                                      "(15/30)",
                                      "planned to date 2,000.00",
                                      "1,234.50 / 2,000.00 = 61.7250 %",
                                      "Band from 0.0000 % to 80.0000 %",
                                      "60.000 points",
                                      "46.294 points",
                                      "weight 4000 of 10000",
                                      "18.518 points.",
                                      NULL };
    static const char *const zh[] = { "实际 1,234.50", "周期目标 4,000.00", "应达 2,000.00",    "61.7250%",
                                      "60.000 分",     "权重 4000/10000",   "折合 18.518 分。", NULL };
    struct arena arena;
    struct told t;

    (void)state;
    arena_init(&arena);
    make(&t);
    check_has(tell(&t, false, &arena), en);
    check_has(tell(&t, true, &arena), zh);
    printf("%s\n%s\n", tell(&t, false, &arena), tell(&t, true, &arena));
    arena_fini(&arena);
}

static void test_without_target_and_gate(void **state)
{
    static const char *const none[] = { "no target to date", "left out", NULL };
    static const char *const gate[] = { "gate: at most 1,000.00: failed", "50.0000 %", NULL };
    struct arena arena;
    struct told t;

    (void)state;
    arena_init(&arena);
    make(&t);
    t.line.attainment.defined = false;
    check_has(tell(&t, false, &arena), none);
    t.card_line.gate = GATE_AT_MOST;
    t.card_line.gate_limit = 10000000;
    t.card_line.gate_factor_ppm = 500000;
    t.line.gate = GATE_FAILED;
    check_has(tell(&t, false, &arena), gate);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_steps),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_without_target_and_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
