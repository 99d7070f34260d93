/* Scorecards on real daemons, each kind of line worked out by hand: versions by period, slices, thresholds, deductions,
 * indexes, refinements within bounds; ranks with ties, least targets, groups and grades. */
#include "support/check.h"
#include "support/credits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_ranking.pb-c.h"

static struct credit_scene scene;

static void apply(const char *items)
{
    char *json = malloc(strlen(items) + 32);

    assert_non_null(json);
    sprintf(json, "{\"items\":[%s]}", items);
    stack_apply(&scene.stack, MSG(APPLY_SCORECARDS), json);
    free(json);
}

static void refused(const char *items, const char *place)
{
    char *json = malloc(strlen(items) + 32);
    struct err err;

    assert_non_null(json);
    sprintf(json, "{\"items\":[%s]}", items);
    if (credits_ask(&scene, MSG(APPLY_SCORECARDS), json, NULL, &err) == 0)
        fail_msg("taken: %s", items);
    if (!strstr(err.text, place))
        fail_msg("\"%s\" doesn't say \"%s\"", err.text, place);
    free(json);
}

static Bihuan__Score *score_of(const char *period, const char *unit)
{
    ProtobufCMessage *reply = NULL;
    struct err err;
    char json[160];

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"unit\":\"%s\"}", period, unit);
    if (credits_ask(&scene, MSG(LIST_SCORES), json, &reply, &err) != 0 || !((Bihuan__ListScoresReply *)reply)->n_items)
        return NULL;
    return ((Bihuan__ListScoresReply *)reply)->items[0];
}

struct wanted {
    const char *period, *unit, *card;
    int64_t score;
};

static bool has_score(void *arg)
{
    const struct wanted *want = arg;
    const Bihuan__Score *score = score_of(want->period, want->unit);

    return score && score->score_milli == want->score && strcmp(score->scorecard, want->card) == 0;
}

static void wait_score(const char *period, const char *unit, const char *card, int64_t milli)
{
    struct wanted want = { period, unit, card, milli };

    if (!stack_until(has_score, &want, 15)) {
        const Bihuan__Score *score = score_of(period, unit);

        fail_msg("score of %s in %s is %ld by %s, want %ld by %s", unit, period, score ? (long)score->score_milli : -1,
                 score ? score->scorecard : "-", (long)milli, card);
    }
}

/* September is over: all of a target is planned. S1's targets of new: 100, of which F 40; S2's 100, S3's 10. */
static void sell_september(void)
{
    static const struct credit_sale sales[] = {
        { 1, "S1-F1", 1, "S1", "", "F1", "2026-09-03", "new", 30, false },
        { 2, "S1-G", 1, "S1", "", "G", "2026-09-04", "new", 50, false },
        { 3, "S2-G", 1, "S2", "", "G", "2026-09-04", "new", 80, false },
        { 4, "S3-G", 1, "S3", "", "G", "2026-09-04", "new", 20, false },
        { 5, "S1-R", 1, "S1", "", "G", "2026-09-05", "rev", 57500, false }, /* 5.75 yuan */
        { 5, "S2-R", 1, "S2", "", "G", "2026-09-05", "rev", 9900, false },
    };
    struct fake_events events = { 0 };

    for (size_t i = 0; i < sizeof sales / sizeof sales[0]; i++)
        credits_add(&scene, &events, &sales[i]);
    credits_complete(&scene, &events, "2026-10-02");
    credits_send(&scene, &events);
    stack_apply(&scene.stack, MSG(REVISE_PLAN), "{\"period\":\"2026M09\",\"reason\":\"outlets\"}");
    stack_apply(&scene.stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026M09\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"200\"},"
                "{\"period\":\"2026M09\",\"unit\":\"S1\",\"measure\":\"new\",\"amount\":\"100\"},"
                "{\"period\":\"2026M09\",\"unit\":\"S1\",\"measure\":\"new\",\"product\":\"F\",\"amount\":\"40\"},"
                "{\"period\":\"2026M09\",\"unit\":\"S2\",\"measure\":\"new\",\"amount\":\"100\"},"
                "{\"period\":\"2026M09\",\"unit\":\"S3\",\"measure\":\"new\",\"amount\":\"10\"},"
                "{\"period\":\"2026M09\",\"unit\":\"S1\",\"measure\":\"rev\",\"amount\":\"5\"}]}");
    stack_apply(&scene.stack, MSG(PUBLISH_PLAN),
                "{\"period\":\"2026M09\",\"reason\":\"outlets\",\"consents\":[\"empty_leaf\",\"missing_measure\"]}");
}

/* Some line of the unit's statement says so. */
static void says(const char *unit, const char *words)
{
    ProtobufCMessage *reply = NULL;
    const Bihuan__Score *score;
    struct err err;
    char json[80];

    snprintf(json, sizeof json, "{\"period\":\"2026M09\",\"unit\":\"%s\"}", unit);
    assert_int_equal(credits_ask(&scene, MSG(GET_STATEMENT), json, &reply, &err), 0);
    score = ((const Bihuan__GetStatementReply *)reply)->statement->score;
    for (size_t i = 0; i < score->n_lines; i++)
        if (strstr(score->lines[i]->explanation, words))
            return;
    fail_msg("no line of %s says \"%s\": %s", unit, words, score->lines[score->n_lines - 1]->explanation);
}

/* --- lines -----------------------------------------------------------------------------------------------------------
 */

#define NEW_LINE "{\"measure\":\"new\",\"weight_bp\":10000}"

/* Outlets: new 80 of 100; F1 is below F: 30 of 40 = 75 %. .5 * 80 + .5 * 75 = 77.5 */
static void test_slices(void **state)
{
    const Bihuan__Score *score;
    ProtobufCMessage *reply = NULL;
    Bihuan__GetStatementReply *statement;
    struct err err;

    (void)state;
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":5000},"
          "{\"measure\":\"new\",\"product\":\"F\",\"weight_bp\":5000}]}");
    wait_score("2026M09", "S1", "outlet", 77500);
    score = score_of("2026M09", "S1");
    CHECK_INT(score->lines[1]->actual, 30);
    CHECK_INT(score->lines[1]->target, 40);
    assert_string_equal(score->lines[1]->product, "F");
    assert_int_equal(credits_ask(&scene, MSG(GET_STATEMENT), "{\"period\":\"2026M09\",\"unit\":\"S1\"}", &reply, &err),
                     0);
    statement = (Bihuan__GetStatementReply *)reply;
    CHECK_INT(statement->statement->credit_count, 3); /* two of new, one of them of F as well */
    CHECK_INT(statement->statement->n_credits, 3);
    CHECK_INT(statement->statement->credits[2]->points_milli, 37500);
    wait_score("2026M09", "S2", "outlet", 80000); /* no target of F: left out */
    credits_verify(&scene, "slices");
}

/* Points by two dimensions. S1: new 80 %, so the second row of rev: 115 % is 100 points, and (80 + 100) / 2; of S2 rev
 * has no target. Then by what was sold of F: S1 75 %, so the first row of new: 80 % of 50 points, .8 * 40 + .2 * 75; of
 * S2 F has no target, so there is no row. */
static void test_two_dimensions(void **state)
{
#define GRID(axis, rows)                                                                                               \
    "{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":5000},{\"measure\":"  \
    "\"rev\",\"weight_bp\":5000,\"bands\":[{\"from_ppm\":0},{\"from_ppm\":1000000}],\"axes\":[" axis                   \
    "],\"rows\":[" rows "]}]}"
#define BY_NEW "{\"measure\":\"new\",\"from_ppm\":[0,800000]}"
#define FIRST  "{\"at\":[1],\"points_milli\":[0,60000]}"
#define SECOND "{\"at\":[2],\"points_milli\":[0,100000]}"

    (void)state;
    refused(GRID(BY_NEW, FIRST), "row 2 of 2 isn't given");
    refused(GRID(BY_NEW, FIRST "," FIRST "," SECOND), "the row is given twice");
    refused(GRID(BY_NEW, FIRST ",{\"at\":[2],\"points_milli\":[0]}"), "a row has one cell for each band");
    refused(GRID(BY_NEW, FIRST ",{\"at\":[3],\"points_milli\":[0,1]}"), "name one band of each axis");
    refused(GRID("{\"measure\":\"new\",\"from_ppm\":[100,800000]}", FIRST "," SECOND), "let it begin at 0");
    refused(GRID("{\"measure\":\"new\",\"from_ppm\":[0,0]}", FIRST "," SECOND), "sort them");
    refused(GRID("{\"measure\":\"paid\",\"from_ppm\":[0,1]}", FIRST "," SECOND), "another line of this card");
    refused(GRID("{\"measure\":\"rev\",\"from_ppm\":[0,1]}", FIRST "," SECOND), "another line of this card");
    apply(GRID(BY_NEW, SECOND "," FIRST)); /* in any order */
    wait_score("2026M09", "S1", "outlet", 90000);
    wait_score("2026M09", "S2", "outlet", 80000);
    says("S1", "Row of the table: new 80.0000 % (80.0000 % and above)");
    credits_verify(&scene, "two dimensions");
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[{\"measure\":\"new\",\"product\":\"F\","
          "\"weight_bp\":2000},{\"measure\":\"new\",\"weight_bp\":8000,\"without_target\":\"zero\",\"bands\":["
          "{\"from_ppm\":0},{\"from_ppm\":1000000}],\"axes\":[{\"measure\":\"new\",\"product\":\"F\",\"from_ppm\":["
          "0,800000]}],\"rows\":[{\"at\":[1],\"points_milli\":[0,50000]},{\"at\":[2],\"points_milli\":[0,100000]}]}]}");
    wait_score("2026M09", "S1", "outlet", 47000);
    wait_score("2026M09", "S2", "outlet", 0);
    says("S2", "no row of the table holds");
    credits_verify(&scene, "two dimensions of a product");
}

/* S1: rev 115 % by accelerated bands: 100 + 15 * 2 = 130, capped at 120. new 80 % is below the threshold of 90 %: 0,
 * though the floor is 20. S2 the same without rev: 0. */
static void test_thresholds_and_accelerators(void **state)
{
    (void)state;
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":["
          "{\"measure\":\"new\",\"weight_bp\":5000,\"threshold_ppm\":900000,\"floor_milli\":20000},"
          "{\"measure\":\"rev\",\"weight_bp\":5000,\"rate\":\"graduated\",\"cap_milli\":120000,\"bands\":["
          "{\"from_ppm\":0,\"rate_ppm\":1000000},{\"from_ppm\":1000000,\"rate_ppm\":2000000}]}]}");
    wait_score("2026M09", "S1", "outlet", 60000);
    wait_score("2026M09", "S2", "outlet", 0);
    wait_score("2026M09", "S3", "outlet", 100000); /* 20 of 10, held at 100 */
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":["
          "{\"measure\":\"new\",\"weight_bp\":10000,\"threshold_ppm\":800000,\"floor_milli\":85000}]}");
    wait_score("2026M09", "S1", "outlet", 85000); /* at the threshold: lifted to the floor */
}

/* Above 1 yuan each whole 0.5 takes 2 points: S1 5.75: 9 steps = 18, at most 15: 80 - 15 = 65. S2 0.99: nothing. */
static void test_deductions(void **state)
{
    (void)state;
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[" NEW_LINE
          ",{\"measure\":\"rev\",\"deduct_over\":\"1\",\"deduct_per\":\"0.5\",\"deduct_milli\":2000,"
          "\"deduct_cap_milli\":15000}]}");
    wait_score("2026M09", "S1", "outlet", 65000);
    CHECK_INT(score_of("2026M09", "S1")->deducted_milli, 15000);
    wait_score("2026M09", "S2", "outlet", 80000);
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[" NEW_LINE
          ",{\"measure\":\"rev\",\"deduct_over\":\"1\",\"deduct_per\":\"0.5\",\"deduct_milli\":2000}]}");
    wait_score("2026M09", "S1", "outlet", 62000);
}

/* Joined of new 80 %, F 75 %, rev 115 % (held to 100 %): least 75; product 60; mean 70/20/10: 56 + 15 + 10 = 81. */
static void test_indexes(void **state)
{
    static const struct {
        const char *join;
        int64_t score;
    } rows[] = { { "least", 75000 }, { "product", 60000 }, { "mean", 81000 } };
    const Bihuan__Score *score;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char card[600];

        snprintf(card, sizeof card,
                 "{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[{\"title_zh\":\"执行力\",\"join\":\"%s\","
                 "\"weight_bp\":10000,\"parts\":[{\"measure\":\"new\",\"weight_bp\":7000},{\"measure\":\"new\","
                 "\"product\":\"F\",\"weight_bp\":2000},{\"measure\":\"rev\",\"weight_bp\":1000}]}]}",
                 rows[i].join);
        apply(card);
        wait_score("2026M09", "S1", "outlet", rows[i].score);
    }
    score = score_of("2026M09", "S1");
    CHECK_INT(score->n_lines, 4);
    CHECK_INT(score->lines[1]->part_of, 1);
    CHECK_INT(score->lines[1]->weight_bp, 0);
    CHECK_INT(score->lines[0]->attainment_ppm, 810000);
    wait_score("2026M09", "S2", "outlet", 80000); /* has new alone */
    refused(
        "{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[{\"title_zh\":\"执行力\",\"join\":\"mean\","
        "\"weight_bp\":10000,\"parts\":[{\"measure\":\"new\",\"weight_bp\":7000},{\"measure\":\"rev\",\"weight_bp\":"
        "2000}]}]}",
        "/items/0/lines/0/parts: the parts' weights sum to 9000");
    credits_verify(&scene, "indexes");
}

/* --- versions --------------------------------------------------------------------------------------------------------
 */

/* A version of October leaves September to the one before; one without a day takes both. */
static void test_versions(void **state)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    (void)state;
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[" NEW_LINE "]}");
    wait_score("2026M09", "S1", "outlet", 80000);
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"from\":\"2026-10-01\",\"lines\":["
          "{\"measure\":\"new\",\"weight_bp\":10000,\"cap_milli\":50000}]}");
    wait_score("2026M09", "S1", "outlet", 80000);
    credits_verify(&scene, "a version of October");
    CHECK_INT(score_of("2026M09", "S1")->lines[0]->points_milli, 80000);
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":["
          "{\"measure\":\"new\",\"weight_bp\":10000,\"cap_milli\":70000}]}");
    wait_score("2026M09", "S1", "outlet", 70000);
    assert_int_equal(credits_ask(&scene, MSG(LIST_SCORECARDS), "{\"code\":\"outlet\",\"versions\":true}", &reply, &err),
                     0);
    assert_true(((Bihuan__ListScorecardsReply *)reply)->n_items >= 3);
}

/* --- refinement ------------------------------------------------------------------------------------------------------
 */

#define CITY_LINES(new, rev)                                                                                           \
    "\"lines\":[{\"measure\":\"new\",\"weight_bp\":" #new "},{\"measure\":\"rev\",\"weight_bp\":" #rev

/* C1 may give rev 10 to 30 %, and 20 % to one line of its own. S1: new 80, rev 100 (115 held at 100): .7 * 80 + .3 *
 * 100 = 86; S2 has no target of rev: 80. S3 of C2 keeps the province's: 100. */
static void test_refinement(void **state)
{
    struct err err;

    (void)state;
    refused(
        "{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\",\"lines\":[" NEW_LINE
        "]}",
        "/items/0/refines: scorecard \"outlet\" sets no limits");
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{\"own_bp\":2000,\"own_lines\":1},\"lines\":["
          "{\"measure\":\"new\",\"weight_bp\":8000,\"weight_from_bp\":6000,\"weight_to_bp\":9000},"
          "{\"measure\":\"rev\",\"weight_bp\":2000,\"weight_from_bp\":1000,\"weight_to_bp\":3000}]}");
    wait_score("2026M09", "S1", "outlet", 84000); /* .8 * 80 + .2 * 100 */
    refused("{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\"," CITY_LINES(
                6900, 3100) "}]}",
            "/items/0/lines/1/weight_bp: a weight of 3100 isn't within 1000 to 3000");
    refused("{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\",\"lines\":["
            "{\"measure\":\"new\",\"weight_bp\":9000},{\"measure\":\"paid\",\"weight_bp\":1000}]}",
            "/items/0/lines: line \"rev\" of the refined card is missing or changed");
    refused("{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\"," CITY_LINES(
                6000, 1500) "},{\"measure\":\"paid\",\"weight_bp\":2500}]}",
            "/items/0/lines: lines of its own weigh 2500, more than the 2000");
    scene.stack.subtree = "C1";
    refused("{\"code\":\"outlet-c2\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C2\"," CITY_LINES(
                7000, 3000) "}]}",
            "/items/0/under: your rights end at C1");
    refused("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"lines\":[" NEW_LINE "]}",
            "/items/0/under: your rights end");
    apply("{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\"," CITY_LINES(
        7000, 3000) "}]}");
    scene.stack.subtree = NULL;
    wait_score("2026M09", "S1", "outlet-c1", 86000);
    wait_score("2026M09", "S3", "outlet", 100000);
    CHECK_INT(score_of("2026M09", "S1")->of, 3); /* ranked together */
    CHECK_INT(score_of("2026M09", "S3")->rank, 1);
    /* the province can't pull the bounds from under it */
    refused("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{\"own_bp\":2000,\"own_lines\":1},\"lines\":["
            "{\"measure\":\"new\",\"weight_bp\":9000,\"weight_from_bp\":9000,\"weight_to_bp\":9000},"
            "{\"measure\":\"rev\",\"weight_bp\":1000,\"weight_from_bp\":1000,\"weight_to_bp\":1000}]}",
            "a refinement of it wouldn't keep to it");
    credits_verify(&scene, "refined");
    (void)err;
}

/* --- ranking ---------------------------------------------------------------------------------------------------------
 */

static const char *rank_text(const char *unit)
{
    static char text[8][80];
    static int next;
    const Bihuan__Score *score = score_of("2026M09", unit);
    char *out = text[next++ % 8];

    snprintf(out, sizeof text[0], "%u of %u %s%s%s %s", score->rank, score->of, score->grade,
             score->honoured ? " honoured" : "", score->unranked, score->peers);
    return out;
}

struct ranked {
    const char *unit, *text;
};

static bool is_ranked(void *arg)
{
    const struct ranked *want = arg;

    return strcmp(rank_text(want->unit), want->text) == 0;
}

static void wait_ranked(const char *unit, const char *text)
{
    struct ranked want = { unit, text };

    if (!stack_until(is_ranked, &want, 15))
        fail_msg("%s: \"%s\", want \"%s\"", unit, rank_text(unit), text);
}

/* Scores 80, 80, 100 (S3). */
static void test_ranking(void **state)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__ListTopReply *top;
    struct err err;

    (void)state;
    apply(
        "{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\",\"lines\":[" NEW_LINE
        "]},{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{},\"lines\":[" NEW_LINE
        "],\"ranking\":{\"grades\":"
        "[{\"grade\":\"A\",\"from_milli\":90000},{\"grade\":\"B\",\"from_milli\":80000},{\"grade\":\"C\"}],"
        "\"honours\":1}}");
    wait_ranked("S3", "1 of 3 A honoured ");
    wait_ranked("S1", "2 of 3 B ");
    wait_ranked("S2", "2 of 3 B ");
    /* a target below 50 isn't ranked, though it has the best score; S1 and S2 still are equal */
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{},\"lines\":[" NEW_LINE "],\"ranking\":{"
          "\"min_measure\":\"new\",\"min_target\":\"50\",\"honours\":1,\"grades\":[{\"grade\":\"A\",\"share_ppm\":"
          "500000},"
          "{\"grade\":\"B\",\"share_ppm\":500000}]}}");
    wait_ranked("S3", "0 of 2 below_min_target ");
    wait_ranked("S1", "1 of 2 A honoured "); /* one place of A: both have rank 1 */
    wait_ranked("S2", "1 of 2 A honoured ");
    /* by city, places by 40/60 of each */
    apply("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{},\"lines\":[" NEW_LINE "],\"ranking\":{\"peers\":"
          "\"city\",\"grades\":[{\"grade\":\"A\",\"share_ppm\":400000},{\"grade\":\"B\",\"share_ppm\":600000}]}}");
    wait_ranked("S3", "1 of 1 B C2"); /* .4 and .6 of one place */
    wait_ranked("S1", "1 of 2 A C1"); /* .8 and 1.2: one and one */
    assert_int_equal(credits_ask(&scene, MSG(LIST_TOP), "{\"period\":\"2026M09\",\"unit_type\":\"outlet\",\"count\":1}",
                                 &reply, &err),
                     0);
    top = (Bihuan__ListTopReply *)reply;
    CHECK_INT(top->n_items, 3);
    refused("{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{},\"lines\":[" NEW_LINE
            "],\"ranking\":{\"ties\":[\"rev\"]}}",
            "/items/0/ranking/ties: \"rev\" isn't weighed");
}

/* Equal scores by ties: with rev at no points, S1's attainment of it goes before S2's, which has none. */
static void test_ties_and_top(void **state)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__ListTopReply *top;
    struct err err;

    (void)state;
    apply("{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\"," CITY_LINES(
        9999,
        1) ",\"cap_milli\":80000}]},{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{}," CITY_LINES(9999,
                                                                                                             1) ",\"cap"
                                                                                                                "_milli"
                                                                                                                "\":"
                                                                                                                "80000}"
                                                                                                                "],"
                                                                                                                "\"rank"
                                                                                                                "ing\":"
                                                                                                                "{\"tie"
                                                                                                                "s\":["
                                                                                                                "\"rev"
                                                                                                                "\"],"
                                                                                                                "\"hono"
                                                                                                                "urs\":"
                                                                                                                "2}}");
    wait_ranked("S3", "1 of 3  honoured ");
    wait_ranked("S1", "2 of 3  honoured "); /* 80 both */
    wait_ranked("S2", "3 of 3  ");
    assert_int_equal(credits_ask(&scene, MSG(LIST_TOP), "{\"period\":\"2026M09\",\"honoured\":true}", &reply, &err), 0);
    top = (Bihuan__ListTopReply *)reply;
    CHECK_INT(top->n_items, 2);
    assert_string_equal(top->items[0]->unit, "S3");
    CHECK_INT(top->items[0]->median_milli, 80000);
    CHECK_INT(top->items[0]->n_strengths, 1);
    assert_string_equal(top->items[0]->strengths[0]->measure, "new");
    CHECK_INT(top->items[0]->strengths[0]->attainment_ppm, 2000000);
    CHECK_INT(top->items[0]->strengths[0]->median_ppm, 800000);
    credits_verify(&scene, "ranked");
}

/* --- a close ---------------------------------------------------------------------------------------------------------
 */

/* S3 has 200 % of new, linear: 200 points, capped at 120: 80 go into October. There it has one of a target of 31 on the
 * one day that is complete: planned 1, sold 1: 100 and 80, capped at 120 again. */
static void test_excess_carried(void **state)
{
    static const struct credit_sale sale = { 6, "S3-O", 1, "S3", "", "G", "2026-10-01", "new", 1, false };
    struct fake_events events = { 0 };
    const Bihuan__Score *score;
    struct err err;

    (void)state;
    refused("{\"code\":\"team\",\"unit_type\":\"team\",\"lines\":[{\"measure\":\"new\",\"weight_bp\":10000,"
            "\"excess\":\"carried\"}]}",
            "/items/0/lines/0/excess: only a measure with a cap");
#define CARRYING                                                                                                       \
    "{\"measure\":\"new\",\"weight_bp\":10000,\"rate\":\"graduated\",\"cap_milli\":120000,\"excess\":\"carried\"}"
    apply(
        "{\"code\":\"outlet-c1\",\"unit_type\":\"outlet\",\"refines\":\"outlet\",\"under\":\"C1\",\"lines\":[" CARRYING
        "]},{\"code\":\"outlet\",\"unit_type\":\"outlet\",\"refine\":{},\"lines\":[" CARRYING "]}");
    wait_score("2026M09", "S3", "outlet", 120000);
    CHECK_INT(score_of("2026M09", "S3")->lines[0]->excess_milli, 80000);
    stack_apply(&scene.stack, MSG(REVISE_PLAN), "{\"period\":\"2026M10\",\"reason\":\"outlets\"}");
    stack_apply(&scene.stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026M10\",\"unit\":\"S3\",\"measure\":\"new\",\"amount\":\"31\"}]}");
    stack_apply(&scene.stack, MSG(PUBLISH_PLAN),
                "{\"period\":\"2026M10\",\"reason\":\"outlets\",\"consents\":[\"empty_leaf\"]}");
    credits_add(&scene, &events, &sale);
    credits_send(&scene, &events);
    wait_score("2026M10", "S3", "outlet", 100000); /* September isn't closed yet */
    if (credits_ask(&scene, MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", NULL, &err) != 0)
        fail_msg("close: %s", err.text);
    wait_score("2026M10", "S3", "outlet", 120000);
    score = score_of("2026M10", "S3");
    CHECK_INT(score->lines[0]->carried_milli, 80000);
    CHECK_INT(score->lines[0]->excess_milli, 60000);
    credits_verify(&scene, "carried");
}

static int set_up(void **state)
{
    (void)state;
    credits_start(&scene);
    sell_september();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    credits_stop(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_two_dimensions),
        cmocka_unit_test(test_thresholds_and_accelerators),
        cmocka_unit_test(test_deductions),
        cmocka_unit_test(test_indexes),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_refinement),
        cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_ties_and_top),
        cmocka_unit_test(test_excess_carried),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
