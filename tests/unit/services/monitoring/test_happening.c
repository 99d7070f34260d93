/* What events say is to be looked after; and where an alert about it stands: P over C1 and C2, C1 over A and B, C2 over
 * C. */
#include "support/check.h"

#include "monitoring/duties/happening.h"
#include "monitoring/duties/places.h"

#include <stdio.h>
#include <string.h>

#define TEXT(text) ((char *)(uintptr_t)(text))

enum { P = 1, C1, C2, A, B, C };

static struct tree *tree;

static int begin(void **state)
{
    static const uint32_t parents[][2] = { { C1, P }, { C2, P }, { A, C1 }, { B, C1 }, { C, C2 } };

    (void)state;
    tree = tree_new();
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++)
        if (tree_add(tree, parents[i][0], parents[i][1], 0, TREE_OPEN, NULL) != 0)
            return -1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_destroy(&tree);
    return 0;
}

static bool is_city(const void *arg, uint32_t unit)
{
    (void)arg;
    return unit == C1 || unit == C2;
}

static bool is_outlet(const void *arg, uint32_t unit)
{
    (void)arg;
    return unit == A || unit == B || unit == C;
}

static void finds_places(void **state)
{
    static const struct {
        const char *why;
        uint32_t units[4];
        size_t count;
        places_covers_fn *covers;
        struct place want[3];
        size_t want_count;
    } rows[] = {
        { "one alone", { A }, 1, NULL, { { A, 1, 0 } }, 1 },
        { "two of a city", { A, B }, 2, NULL, { { C1, 2, 0 } }, 1 },
        { "two of the province", { A, C }, 2, NULL, { { P, 2, 0 } }, 1 },
        { "one beneath the other", { C1, A }, 2, NULL, { { C1, 2, 0 } }, 1 },
        { "at each city", { A, C, B }, 3, is_city, { { C1, 2, 0 }, { C2, 1, 1 } }, 2 },
        { "at the units themselves", { A, B }, 2, is_outlet, { { A, 1, 0 }, { B, 1, 1 } }, 2 },
        { "above all that are covered", { P, A }, 2, is_city, { { C1, 1, 1 } }, 1 },
        { "nowhere", { A }, 0, NULL, { { 0, 0, 0 } }, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place got[4];
        size_t count = places_find(tree, 10, rows[i].units, rows[i].count, rows[i].covers, NULL, got);

        if (count != rows[i].want_count)
            fail_msg("%s: %zu places", rows[i].why, count);
        for (size_t k = 0; k < count; k++)
            if (got[k].unit != rows[i].want[k].unit || got[k].count != rows[i].want[k].count ||
                got[k].first != rows[i].want[k].first)
                fail_msg("%s: place %zu is %u of %u", rows[i].why, k, got[k].unit, got[k].count);
    }
}

static void deliverables(void **state)
{
    static const struct {
        const char *state;
        bool begins;
    } rows[] = { { "overdue", true }, { "submitted", false }, { "approved", false }, { "due", false } };
    Bihuan__Deliverable d = BIHUAN__DELIVERABLE__INIT;
    Bihuan__DeliverableMoved event = BIHUAN__DELIVERABLE_MOVED__INIT;
    struct happening h;

    (void)state;
    event.deliverable = &d;
    d.id = TEXT("q:market-report:C1");
    d.unit_id = C1;
    d.title_en = TEXT("Market report");
    d.due = TEXT("2026-11-02");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        d.state = TEXT(rows[i].state);
        happening_of_deliverable(&event, &h);
        CHECK_INT(h.kind, RULE_DELIVERABLE_OVERDUE);
        CHECK_INT(h.begins, rows[i].begins);
        CHECK_INT(h.units[0], C1);
        assert_string_equal(h.subject, "q:market-report:C1");
    }
    static const struct {
        const char *state, *due;
        bool begins;
    } soon[] = { { "not_due", "2026-11-02", true },
                 { "due", "2026-11-02", true },
                 { "returned", "2026-11-02", true },
                 { "submitted", "2026-11-02", false },
                 { "approved", "2026-11-02", false },
                 { "overdue", "2026-11-02", false },
                 { "due", "", false } };
    for (size_t i = 0; i < sizeof soon / sizeof soon[0]; i++) {
        d.state = TEXT(soon[i].state);
        d.due = TEXT(soon[i].due);
        happening_of_due(&event, &h);
        CHECK_INT(h.kind, RULE_DELIVERABLE_DUE);
        CHECK_INT(h.begins, soon[i].begins);
        CHECK_INT(h.units[0], C1);
        assert_string_equal(h.subject, "q:market-report:C1");
        if (h.begins)
            CHECK_INT(h.since, 20759); /* 2026-11-02 */
    }
    event.deliverable = NULL; /* a message without its part says nothing */
    happening_of_due(&event, &h);
    CHECK_INT(h.kind, RULE_NONE);
    happening_of_deliverable(&event, &h);
    CHECK_INT(h.kind, RULE_NONE);
}

/* Beginning and end are about the same subject, whatever the event. */
static void what_begins_ends(void **state)
{
    uint32_t units[] = { A, B };
    Bihuan__GuideOverdue overdue = BIHUAN__GUIDE_OVERDUE__INIT;
    Bihuan__GuideAcknowledged acknowledged = BIHUAN__GUIDE_ACKNOWLEDGED__INIT;
    Bihuan__FileMissing missing = BIHUAN__FILE_MISSING__INIT;
    Bihuan__TotalsDiffer differ = BIHUAN__TOTALS_DIFFER__INIT;
    Bihuan__FeedFile file = BIHUAN__FEED_FILE__INIT;
    Bihuan__FileFinished finished = BIHUAN__FILE_FINISHED__INIT;
    struct happening one, other;

    (void)state;
    overdue.code = acknowledged.code = TEXT("g1");
    overdue.version = acknowledged.version = 2;
    overdue.unit_id = units;
    overdue.n_unit_id = 2;
    acknowledged.what = TEXT("acknowledged");
    acknowledged.unit_id = B;
    happening_of_guide(&overdue, &one);
    happening_of_acknowledged(&acknowledged, &other);
    assert_string_equal(one.subject, "g1/2");
    assert_string_equal(other.subject, one.subject);
    CHECK_INT(one.unit_count, 2);
    assert_true(one.begins && !other.begins && !one.forgotten);
    CHECK_INT(other.units[0], B);
    acknowledged.what = TEXT("trained");
    happening_of_acknowledged(&acknowledged, &other);
    CHECK_INT(other.kind, RULE_NONE);
    missing.feed = differ.feed = file.feed = TEXT("orders");
    missing.day = TEXT("2026-11-20");
    missing.number = 3;
    missing.missing = true;
    happening_of_missing(&missing, &one);
    missing.missing = false;
    happening_of_missing(&missing, &other);
    assert_string_equal(one.subject, other.subject);
    assert_string_equal(one.detail, "file number 3 of feed orders is missing on 2026-11-20");
    assert_true(one.begins && !other.begins);
    differ.file_id = file.id = 77;
    finished.file = &file;
    file.state = TEXT("loaded");
    happening_of_file(&finished, &other);
    CHECK_INT(other.kind, RULE_NONE);
    file.state = TEXT("superseded");
    happening_of_totals(&differ, &one);
    happening_of_file(&finished, &other);
    assert_string_equal(one.subject, other.subject);
    assert_true(one.forgotten && one.begins && !other.begins);
}

static void tasks(void **state)
{
    static const char *const stages[] = { "due_soon", "by_hand", "overdue" };
    Bihuan__TaskReminded event = BIHUAN__TASK_REMINDED__INIT;
    struct happening h;

    (void)state;
    event.kind = TEXT("submit");
    event.id = TEXT("q:x:C1");
    for (int i = 0; i < 3; i++) {
        event.stage = TEXT(stages[i]);
        happening_of_task(&event, &h);
        CHECK_INT(h.kind, i == 2 ? RULE_TASK_OVERDUE : RULE_NONE);
    }
    assert_string_equal(h.subject, "submit:q:x:C1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_places),
        cmocka_unit_test(deliverables),
        cmocka_unit_test(what_begins_ends),
        cmocka_unit_test(tasks),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
