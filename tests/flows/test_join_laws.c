/* Laws of credits by cash on random orders, corrections, cancellations, payments, voids and refunds (the seed is
 * printed):
 *
 *   in whatever order they arrive, the same is credited on the same days
 *   what is paid in full is credited as if it hadn't waited, to every unit; what isn't, by what was collected of it
 *   an order and its reversal come to nothing at every unit, on either side of a close
 *   what a closed period had it keeps
 *
 * Each order is said three times: as it happens (A), all shuffled (B), and under a rule that doesn't wait (Z). Sums and
 * what was collected are SQL of the test's own over what it said. */
#include "support/check.h"
#include "support/credits.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive.pb-c.h"

#define ORDERS   24
#define SAID_MAX 900

static struct credit_scene scene;
static uint64_t seed;

struct said {
    char key[24], of[24], day[12];
    struct credit_record record;
};
static struct said said[SAID_MAX]; /* of A, in the order of happening */
static size_t said_count;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* --- what happens ----------------------------------------------------------------------------------------------------
 */

static struct said *add(const char *fact, int order, int number, int day, int64_t amount)
{
    struct said *out = &said[said_count++];

    assert_true(said_count <= SAID_MAX);
    snprintf(out->of, sizeof out->of, "A-%d", order);
    snprintf(out->key, sizeof out->key, number ? "A-%d-%d" : "A-%d", order, number);
    snprintf(out->day, sizeof out->day, "2026-09-%02d", day);
    out->record = (struct credit_record) {
        .bucket = (uint16_t)draw(16), .fact = fact, .unit = "S1", .amount = amount, .quantity = 1
    };
    return out;
}

static struct said *sell(int order, int day, int64_t amount, uint32_t version)
{
    struct said *out = add("order_line", order, 0, day, amount);

    out->record.unit = order % 3 ? "S1" : "S3";
    out->record.product = "F";
    out->record.measure = "rev";
    out->record.value = amount;
    out->record.version = version;
    return out;
}

/* The same row again, undone, on a day; of the same bucket, as records are. */
static void undo(const struct said *row, int day, uint32_t version)
{
    struct said *out = &said[said_count++];

    assert_true(said_count <= SAID_MAX);
    *out = *row;
    snprintf(out->day, sizeof out->day, "2026-09-%02d", day);
    out->record.undoes = true;
    out->record.value = -out->record.value;
    out->record.version = version;
}

enum fate { FULL, PARTLY, TAKEN_BACK, FATES };

static void happen(int order)
{
    enum fate fate = (enum fate)(order % FATES); /* each occurs whatever is drawn */
    int day = 1 + (int)draw(10), last = day, number = 1;
    int64_t amount = 100 + draw(100000), paid = 0;
    struct said *sale = sell(order, day, amount, 1);
    uint32_t parts = 1 + draw(4);

    if (order % 4 == 1) { /* corrected on its day */
        undo(sale, day, 1);
        amount = 100 + draw(100000);
        sale = sell(order, day, amount, 2);
        sale->record.bucket = said[said_count - 2].record.bucket;
    }
    for (uint32_t i = 0; i < parts; i++, number++) {
        int when = 1 + (int)draw(20);
        struct said *part = add("payment", order, number, when, (int64_t)draw((uint32_t)amount) - (draw(5) ? 0 : 500));

        last = when > last ? when : last;
        if (draw(4) == 0)
            undo(part, when + 1 + (int)draw(5), 2);
        else
            paid += part->record.amount;
    }
    if (fate == FULL)
        add("payment", order, number, 28, amount - paid);
    if (fate == TAKEN_BACK)
        undo(sale, last + 1 + (int)draw(4), 9);
}

static void deliver(struct fake_events *events, const struct said *row, char set)
{
    struct credit_record record = row->record;
    char key[24], of[24];

    snprintf(key, sizeof key, "%c%s", set, row->key + 1);
    snprintf(of, sizeof of, "%c%s", set, row->of + 1);
    record.key = key;
    record.day = row->day;
    if (strcmp(record.fact, "payment") == 0)
        record.reference = of;
    if (set == 'Z' && record.product)
        record.product = "G";
    credits_say(&scene, events, &record);
}

/* In three pieces, so that something is joined in between. */
static void deliver_all(char set, const size_t *order)
{
    for (size_t piece = 0; piece < 3; piece++) {
        struct fake_events events = { 0 };

        for (size_t i = said_count * piece / 3; i < said_count * (piece + 1) / 3; i++)
            deliver(&events, &said[order ? order[i] : i], set);
        credits_send(&scene, &events);
        credits_settle(&scene);
    }
}

static void shuffle(size_t *order)
{
    for (size_t i = 0; i < said_count; i++)
        order[i] = i;
    for (size_t i = said_count; i-- > 1;) {
        size_t k = draw((uint32_t)i + 1), swap = order[i];

        order[i] = order[k];
        order[k] = swap;
    }
}

/* --- laws ------------------------------------------------------------------------------------------------------------
 */

#define SHARES                                                                                                         \
    "\"shares\":[{\"to\":\"unit\",\"ppm\":611111},{\"to\":\"above\",\"unit_type\":\"city\",\"ppm\":388889}],"          \
    "\"overlays\":[{\"to\":\"named\",\"unit\":\"E\",\"ppm\":333333}]"

static int set_up(void **state)
{
    (void)state;
    seed = test_seed();
    credits_start(&scene);
    credits_rules(&scene, "{\"code\":\"cash\",\"from\":\"2026-09-01\",\"order\":1,\"earns\":\"cash\",\"when\":{"
                          "\"measures\":[\"rev\"],\"products\":[\"F\"]}," SHARES "},"
                          "{\"code\":\"once\",\"from\":\"2026-09-01\",\"order\":1,\"when\":{\"measures\":[\"rev\"],"
                          "\"products\":[\"G\"]}," SHARES "}");
    for (int i = 0; i < ORDERS; i++)
        happen(i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    credits_stop(&scene);
    return 0;
}

static void differ(const char *why, const char *sql)
{
    char *rows = pg_value(&scene.stack.pg, sql);

    if (rows && *rows)
        fail_msg("%s: %s", why, rows);
    free(rows);
}

static void test_any_order(void **state)
{
    size_t order[SAID_MAX];

    (void)state;
    shuffle(order);
    deliver_all('A', NULL);
    deliver_all('Z', NULL);
    deliver_all('B', order);
    assert_true(credits_number(&scene, "count(*) FROM incentive.credit WHERE receipt IS NOT NULL AND sender = 'crm'") >
                100);
#define SUMS(set)                                                                                                      \
    "SELECT substr(key, 3) AS key, unit, counts_day, kind, reason, sum(value) AS sum FROM incentive.test_pair WHERE"   \
    " key LIKE '" set "-%' GROUP BY 1, 2, 3, 4, 5 HAVING sum(value) <> 0"
    differ("shuffled", "SELECT string_agg(d::text, ' ') FROM ((" SUMS("A") " EXCEPT ALL " SUMS(
                           "B") ") UNION ALL (" SUMS("B") " EXCEPT ALL " SUMS("A") ")) d");
    credits_verify(&scene, "any order");
}

/* Paid in full (fate 0), to every unit what it has without waiting; and of all that was taken back (fate 2) nothing. */
static void test_in_full_and_taken_back(void **state)
{
    (void)state;
#define TOTALS(set, fate)                                                                                              \
    "SELECT substr(key, 3) AS key, unit, sum(value) AS sum FROM incentive.test_pair WHERE key LIKE '" set              \
    "-%' AND substr(key, 3)::int % 3 = " fate " GROUP BY 1, 2 HAVING sum(value) <> 0"
    differ("in full", "SELECT string_agg(d::text, ' ') FROM ((" TOTALS("A", "0") " EXCEPT ALL " TOTALS(
                          "Z", "0") ") UNION ALL (" TOTALS("Z", "0") " EXCEPT ALL " TOTALS("A", "0") ")) d");
    differ("taken back", "SELECT string_agg(d::text, ' ') FROM (" TOTALS("A", "2") ") d");
    assert_true(credits_number(&scene, "count(*) FROM (" TOTALS("A", "0") ") d") >= ORDERS / 3 * 2);
}

/* What waits is what was recorded less what was collected of it, and that is what was paid, at least nothing and at
 * most all: worked out in SQL from the receipts as they came in. */
static void test_partly(void **state)
{
    (void)state;
    differ("partly",
           "WITH due AS (SELECT record_key AS key, sum(CASE WHEN taken_back THEN -amount ELSE amount END) AS due FROM"
           " incentive.credit WHERE entry IS NULL AND record_key LIKE 'A-%' AND sender = 'crm' GROUP BY 1),"
           " paid AS (SELECT of_key AS key, sum(amount) AS paid FROM incentive.receipt_row GROUP BY 1),"
           " waits AS (SELECT key, -sum(value) AS waits FROM incentive.test_pair WHERE reason = 'awaits_cash' GROUP BY"
           " 1) SELECT string_agg(format('%s due %s paid %s waits %s', key, due, paid, waits), ' ') FROM due JOIN waits"
           " USING (key) LEFT JOIN paid USING (key) WHERE waits <> due - least(greatest(coalesce(paid, 0), 0), due)");
}

/* Whether the order says something else by now. */
static bool is_corrected(const struct said *row)
{
    for (size_t i = 0; i < said_count; i++)
        if (strcmp(said[i].key, row->key) == 0 && said[i].record.version > row->record.version &&
            !said[i].record.undoes)
            return true;
    return false;
}

/* Orders are taken back, and payments voided, when the month is closed: at no unit anything is left of them, and what
 * the closed days had they keep. */
static void test_either_side_of_a_close(void **state)
{
    static const char closed[] = "SELECT md5(string_agg(c::text, '|' ORDER BY c::text)) FROM incentive.credit c WHERE"
                                 " counts_day < '2026-10-01'";
    struct fake_events events = { 0 };
    ProtobufCMessage *reply = NULL;
    char *before, *after;
    struct err err;

    (void)state;
    if (credits_ask(&scene, MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\",\"force\":true}", &reply, &err) != 0)
        fail_msg("%s", err.text);
    before = pg_value(&scene.stack.pg, closed);
    for (size_t i = 0; i < said_count; i++) {
        struct said back = said[i];
        int order = atoi(back.key + 2);
        bool is_order = strcmp(back.record.fact, "order_line") == 0;

        if (back.record.undoes || order % FATES == TAKEN_BACK || (is_order && is_corrected(&back)))
            continue;
        if (!is_order && order % 2) /* of every other order the payments stay: what is paid then is for nothing */
            continue;
        back.record.undoes = true;
        back.record.value = -back.record.value;
        snprintf(back.day, sizeof back.day, "2026-09-29");
        deliver(&events, &back, 'A');
    }
    credits_send(&scene, &events);
    credits_settle(&scene);
    after = pg_value(&scene.stack.pg, closed);
    assert_string_equal(before, after);
    free(before);
    free(after);
    differ("taken back behind the close",
           "SELECT string_agg(d::text, ' ') FROM (" TOTALS("A", "0") " UNION ALL " TOTALS("A", "1") ") d");
    credits_verify(&scene, "behind the close");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_in_full_and_taken_back),
        cmocka_unit_test(test_partly),
        cmocka_unit_test(test_either_side_of_a_close),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
