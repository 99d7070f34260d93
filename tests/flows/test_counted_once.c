/* However orders arrive, they count the same: files twice, under new names, split anyhow, in any order, some packed,
 * corrections before originals and cancels before their orders, daemons killed in between. Orders are taken back in
 * each way that there is: a state, a row that names what it reverses, a delete file. Every round delivers the same rows
 * in another random way as another sender; what must come out is worked out here, from the rows alone.
 *
 * BIHUAN_SEED repeats a run; BIHUAN_FULL=1 runs more rounds. */
#include "base/buf.h"
#include "support/check.h"
#include "support/gzip.h"
#include "support/loop.h"
#include "support/seed.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/feedback.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"

#define ORDERS   300
#define ROWS_MAX 3000
#define DAYS     30 /* of September */
#define HEAD     "id,when,shop,who,what,qty,money,state,v,back\n"

static struct stack stack;
static uint64_t seed;
static uint64_t state_of_random;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- rows and what they must come to ---------------------------------------------------------------------------------
 */

enum { OUTLETS = 4, SELLERS = 3, UNITS = OUTLETS + SELLERS };
static const char *const units[UNITS] = { "O1", "O2", "O3", "O4", "ann", "bob", "cai" };

enum { LINES, AMOUNT, AT_SHOP, PIECES, MEASURES };
static const char *const measures[MEASURES] = { "lines", "amount", "at_shop", "pieces" };

enum { PLACED, ACCEPTED, COMPLETED, CANCELLED };
static const char *const states[] = { "placed", "accepted", "completed", "cancelled" };

/* By which an order is recorded or, the last three, taken back. */
enum way { RECORD, BY_STATE, BY_REVERSAL, BY_DELETE };

struct row {
    enum way way;
    int order, version, state, day, shop, seller, quantity; /* seller -1 none */
    bool phone;                                             /* what: "phone", else "tv" */
    bool silent;                                            /* of a reversal: it doesn't say how much it takes back */
    int64_t money;                                          /* 10^-4 */
    char text[120];
};

static struct row rows[ROWS_MAX];
static int row_count;
static int64_t truth[UNITS][MEASURES][DAYS]; /* of one delivery of everything */

static void write_row(struct row *row)
{
    char id[24], back[24] = "", much[60] = ",";

    snprintf(id, sizeof id, "order-%d", row->order);
    if (row->way == BY_DELETE) {
        snprintf(row->text, sizeof row->text, "%s\n", id);
        return;
    }
    if (row->way == BY_REVERSAL) {
        memcpy(back, id, sizeof back);
        snprintf(id, sizeof id, "back-%d-%d", row->order, row->version);
    }
    if (!row->silent)
        snprintf(much, sizeof much, "%d,%" PRId64 ".%04" PRId64, row->quantity, row->money / 10000, row->money % 10000);
    snprintf(row->text, sizeof row->text, "%s,2026-09-%02d 1%d:00:00,%s,%s,%s,%s,%s,%d,%s\n", id, row->day + 1,
             row->order % 10, units[row->shop], row->seller < 0 ? "" : units[OUTLETS + row->seller],
             row->phone ? "phone" : "tv", much, states[row->state], row->version, back);
}

static void add_row(int order, enum way way, int version, int state)
{
    struct row *row = &rows[row_count++];

    *row = (struct row) {
        way,          order, version,           state, pick(DAYS), pick(OUTLETS), pick(SELLERS + 1) - 1, 1 + pick(3),
        pick(2) == 0, false, 1 + pick(9999999), ""
    };
    write_row(row);
}

/* The row of the order that counts unless it's taken back. */
static const struct row *record_of(int order)
{
    const struct row *record = NULL;

    for (int i = 0; i < row_count; i++)
        if (rows[i].order == order && rows[i].way == RECORD &&
            (!record || rows[i].version * 8 + rows[i].state > record->version * 8 + record->state))
            record = &rows[i];
    return record;
}

/* Some say nothing of how much they take back, some what there is, some something else: these wait. */
static void add_reversal(int order, int version)
{
    const struct row *record = record_of(order);
    struct row *row = &rows[row_count];
    int says = pick(3);

    add_row(order, BY_REVERSAL, version, COMPLETED);
    row->silent = says == 0;
    if (says == 1 && record) {
        row->money = record->money;
        row->quantity = record->quantity;
    }
    write_row(row);
}

static bool waits(const struct row *row, const struct row *record)
{
    return row->way == BY_REVERSAL && !row->silent && record &&
           (row->money != record->money || row->quantity != record->quantity);
}

/* An order: one to three versions, some told in several states, some taken back, some of these in several ways; each
 * telling has facts of its own. A row that says no version, as those of delete files, is the first. */
static void make_order(int order)
{
    int versions = 1 + pick(3);

    for (int v = 1; v <= versions; v++) {
        int told = 1 + pick(7);

        for (int s = PLACED; s <= COMPLETED; s++)
            if (told >> s & 1)
                add_row(order, RECORD, v, s);
    }
    if (pick(6) == 0)
        for (int c = 1 + pick(2); c > 0; c--)
            add_row(order, BY_STATE, c + pick(2), CANCELLED);
    if (pick(6) == 0)
        for (int c = 1 + pick(2); c > 0; c--)
            add_reversal(order, c + pick(2));
    if (pick(8) == 0)
        add_row(order, BY_DELETE, 1, COMPLETED);
    if (row_count + 16 > ROWS_MAX)
        abort();
}

/* What is told twice at the same version with other facts would be a contradiction: the first is kept. */
static void drop_contradictions(void)
{
    int kept = 0;

    for (int i = 0; i < row_count; i++) {
        bool again = false;

        for (int k = 0; k < kept; k++)
            again = again || (rows[k].order == rows[i].order && rows[k].version == rows[i].version &&
                              rows[k].state == rows[i].state && (rows[k].way == RECORD) == (rows[i].way == RECORD));
        if (!again)
            rows[kept++] = rows[i];
    }
    row_count = kept;
}

static void count_row(const struct row *row, int day, int sign)
{
    int who = row->seller < 0 ? row->shop : OUTLETS + row->seller;

    if (row->state == PLACED || row->state == COMPLETED)
        truth[who][LINES][day] += sign;
    if (row->state != COMPLETED)
        return;
    truth[who][AMOUNT][day] += sign * row->money;
    truth[row->shop][AT_SHOP][day] += sign * row->money;
    if (row->phone)
        truth[who][PIECES][day] += sign * row->quantity;
}

static void count_order(int order)
{
    const struct row *record = record_of(order), *cancel = NULL;

    for (int i = 0; i < row_count; i++) {
        const struct row *row = &rows[i];

        if (row->order == order && row->way != RECORD && !waits(row, record) &&
            (!cancel || row->version * 8 + row->state > cancel->version * 8 + cancel->state))
            cancel = row;
    }
    if (record)
        count_row(record, record->day, 1);
    if (record && cancel)
        count_row(record, cancel->day, -1);
}

static int64_t truth_of(int unit, int measure, int from, int until)
{
    int64_t sum = 0;

    for (int d = from; d < until; d++)
        sum += truth[unit][measure][d];
    return sum;
}

/* --- deliveries ------------------------------------------------------------------------------------------------------
 */

static void shuffle(int *items, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int k = pick(i + 1), item = items[i];

        items[i] = items[k];
        items[k] = item;
    }
}

static void maybe_kill(void)
{
    static const char *const services[] = { "feedback", "monitoring", "incentive" };
    const char *service = services[pick(3)];

    if (pick(12) != 0)
        return;
    stack_kill(&stack, service, "a", SIGKILL);
    stack_start(&stack, service, "a");
}

/* Of each round there are two feeds, which are one sender: packed and not. */
static void wait_read(int round)
{
    char feed[24];

    for (int packed = 0; packed < 2; packed++) {
        snprintf(feed, sizeof feed, packed ? "packed%d" : "orders%d", round);
        loop_wait_inbox(&stack, feed, 60);
    }
}

static void put_file(int round, const char *base, const struct buf *file, bool packed)
{
    struct buf bytes = { 0 };
    char feed[24], name[64];

    snprintf(feed, sizeof feed, packed ? "packed%d" : "orders%d", round);
    snprintf(name, sizeof name, packed ? "%s.csv.gz" : "%s.csv", base);
    if (packed)
        gzip_append(&bytes, file->data, file->len);
    loop_drop(&stack, feed, name, packed ? bytes.data : file->data, packed ? bytes.len : file->len);
    buf_fini(&bytes);
}

static void drop_file(int round, const char *base, const struct buf *file)
{
    put_file(round, base, file, pick(3) == 0);
    if (pick(3) == 0)
        wait_read(round);
    maybe_kill();
}

static void drop(int round, int number, const struct buf *file)
{
    char base[40];

    snprintf(base, sizeof base, "f_20261001_%d", number);
    drop_file(round, base, file);
}

/* A delete file says its day by its name. */
static void drop_delete(int round, int number, const struct row *row)
{
    struct buf file = { 0 };
    char base[40];

    snprintf(base, sizeof base, "del_202609%02d_%d", row->day + 1, number);
    buf_printf(&file, "id\n%s", row->text);
    drop_file(round, base, &file);
    buf_fini(&file);
}

/* An empty file of the last day for each of the feeds: chance may have given one of them nothing but delete files,
 * which don't say how far it is. */
static void say_complete(int round)
{
    struct buf file = { 0 };

    buf_append_text(&file, HEAD);
    for (int packed = 0; packed < 2; packed++)
        put_file(round, "f_20261001_9999", &file, packed);
    buf_fini(&file);
    wait_read(round);
}

/* All rows at least once, some more often, in any order, cut into files anyhow; some files again, under the same name
 * or another. */
static void deliver(int round)
{
    int order[2 * ROWS_MAX], count = 0, number = 0, deletes = 0, at = 0;
    struct buf last = { 0 };

    for (int i = 0; i < row_count; i++)
        order[count++] = i;
    for (int i = 0; i < row_count / 5; i++)
        order[count++] = pick(row_count);
    shuffle(order, count);
    while (at < count) {
        int until = at + 1 + pick(pick(4) == 0 ? count : 60);
        struct buf file = { 0 };

        buf_append_text(&file, HEAD);
        for (; at < until && at < count; at++)
            if (rows[order[at]].way == BY_DELETE)
                drop_delete(round, deletes++, &rows[order[at]]);
            else
                buf_append_text(&file, rows[order[at]].text);
        drop(round, number, &file);
        if (last.len && pick(4) == 0) {
            wait_read(round);                     /* a file that waits is gone when another takes its name */
            drop(round, pick(number + 1), &last); /* an older file's content, under a name that was there before */
        }
        if (pick(4) == 0)
            drop(round, 1000 + number, &file);
        number++;
        buf_fini(&last);
        last = file;
    }
    buf_fini(&last);
    wait_read(round);
    say_complete(round);
}

/* --- comparing -------------------------------------------------------------------------------------------------------
 */

static void check_window(int times, int from, int until)
{
    char first[24], behind[24];
    struct loop_sums sums;

    snprintf(first, sizeof first, "2026-09-%02d", from + 1);
    snprintf(behind, sizeof behind, until == DAYS ? "2026-10-01" : "2026-09-%02d", until + 1);
    sums = loop_agree(&stack, first, behind);
    for (int u = 0; u < UNITS; u++)
        for (int m = 0; m < MEASURES; m++) {
            int64_t have = loop_sum_of(&sums, loop_unit(&stack, units[u]), loop_measure(&stack, measures[m]));
            int64_t want = times * truth_of(u, m, from, until);

            if (have != want)
                fail_msg("seed %" PRIu64 ": %s of %s in %s..%s is %" PRId64 ", not %" PRId64, seed, measures[m],
                         units[u], first, behind, have, want);
        }
}

static int64_t truth_of_all(int measure)
{
    int64_t sum = 0;

    for (int u = 0; u < UNITS; u++)
        sum += truth_of(u, measure, 0, DAYS);
    return sum;
}

/* What people are shown: the province in monitoring, its score in incentive. */
static void check_shown(int times)
{
    Bihuan__GetProgressRequest ask_progress = BIHUAN__GET_PROGRESS_REQUEST__INIT;
    Bihuan__ListScoresRequest ask_scores = BIHUAN__LIST_SCORES_REQUEST__INIT;
    const Bihuan__ListScoresReply *scores;
    ProtobufCMessage *message = NULL;
    struct err err;

    ask_progress.unit = ask_scores.unit = (char *)(uintptr_t) "P";
    ask_progress.period = ask_scores.period = (char *)(uintptr_t) "2026M09";
    for (int m = 0; m < MEASURES; m++) {
        ask_progress.measure = (char *)(uintptr_t)measures[m];
        CHECK_INT(stack_ask(&stack, "monitoring", MSG(GET_PROGRESS), &ask_progress.base, &message, &err), 0);
        CHECK_INT(((Bihuan__GetProgressReply *)message)->n_items, 1);
        CHECK_INT(((Bihuan__GetProgressReply *)message)->items[0]->actual, times * truth_of_all(m));
    }
    for (int i = 0; i < 100; i++) { /* scores follow their credits after a moment */
        CHECK_INT(stack_ask(&stack, "incentive", MSG(LIST_SCORES), &ask_scores.base, &message, &err), 0);
        scores = (const Bihuan__ListScoresReply *)message;
        CHECK_INT(scores->n_items, 1);
        if (scores->items[0]->lines[0]->actual == times * truth_of_all(AT_SHOP))
            return;
        usleep(100000);
    }
    CHECK_INT(scores->items[0]->lines[0]->actual, times * truth_of_all(AT_SHOP));
}

static bool are_reversals_read(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE due AND NOT released") == 0;
}

/* Nothing waits but reversals of something else than their original is, each as often as it came. */
static void check_waiting(int rounds)
{
    int waiting = 0;

    for (int i = 0; i < row_count; i++)
        waiting += waits(&rows[i], record_of(rows[i].order));
    assert_true(waiting > 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(DISTINCT (f.sender, split_part(convert_from(r.raw, 'UTF8'), ',', 1)))"
                                   " FROM feedback.reject r JOIN feedback.feed f ON f.id = r.feed_id WHERE NOT"
                                   " released AND reason = 'reversal_differs'"),
              rounds * waiting);
    CHECK_INT(pg_number(&stack.pg, "SELECT (SELECT sum(suspended)::bigint FROM feedback.feed_file) - (SELECT count(*)"
                                   " FROM feedback.reject WHERE NOT released AND reason = 'reversal_differs')"),
              0);
}

static void apply_feeds(int round)
{
    for (int packed = 0; packed < 2; packed++)
        loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                        "{'items':[{'code':'%s%d','title':'Orders','sender':'boss%d','fact':'order_line',"
                        "'files':'f_{yyyyMMdd}_{n+}.csv%s','deletes':'del_{yyyyMMdd}_{n+}.csv%s','key':['id'],"
                        "'original':['back'],'columns':["
                        "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                        "{'field':'unit','column':'shop'},{'field':'seller','column':'who'},"
                        "{'field':'product','column':'what'},{'field':'quantity','column':'qty'},"
                        "{'field':'amount','column':'money'},{'field':'state','column':'state'},"
                        "{'field':'version','column':'v'}]}]}",
                        packed ? "packed" : "orders", round, round, packed ? ".gz" : "", packed ? ".gz" : "");
}

static void test_any_way_counts_the_same(void **state)
{
    const char *full = getenv("BIHUAN_FULL");
    int rounds = full && *full == '1' ? 20 : 4;

    (void)state;
    for (int round = 1; round <= rounds; round++) {
        apply_feeds(round);
        deliver(round);
        assert_true(stack_until(are_reversals_read, NULL, 20));
        check_window(round, 0, DAYS);
        for (int i = 0; i < 3; i++) {
            int from = pick(DAYS), until = from + 1 + pick(DAYS - from);

            check_window(round, from, until);
        }
        check_shown(round);
    }
    check_waiting(rounds);
    assert_true(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'duplicate'") > 0);
    assert_true(pg_number(&stack.pg, "SELECT sum(accepted)::bigint FROM feedback.feed_file WHERE name LIKE 'del%'") >
                0);
    assert_true(pg_number(&stack.pg, "SELECT sum(accepted)::bigint FROM feedback.feed_file WHERE name LIKE '%gz'") > 0);
    assert_true(pg_number(&stack.pg, "SELECT sum(superseded)::bigint FROM feedback.feed_file") > 0);
    assert_true(pg_number(&stack.pg, "SELECT sum(duplicate)::bigint FROM feedback.feed_file") > 0);
}

static void apply_plan(void)
{
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'mobile','name':'Mobile'},{'code':'phone','name':'Phone','parent':'mobile'},"
               "{'code':'tv','name':'TV'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'lines','title_zh':'单数','title_en':'Lines','value':'count',"
               "'filter':{'states':['placed','completed']}},"
               "{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'},"
               "{'code':'at_shop','title_zh':'门店金额','title_en':'At the shop','value':'amount','credit':'unit'},"
               "{'code':'pieces','title_zh':'件数','title_en':'Pieces','value':'quantity',"
               "'filter':{'products':['mobile']}}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'Province','type':'province'}]}");
    for (int u = 0; u < UNITS; u++)
        loop_apply(
            &stack, MSG(APPLY_UNITS),
            "{'items':[{'code':'%s','name':'%s','type':'%s','relations':[{'parent':'%s','from':'2026-01-01'}]}]}",
            units[u], units[u], u < OUTLETS ? "outlet" : "salesperson", u < OUTLETS ? "P" : units[u - OUTLETS]);
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'items':[{'period':'2026M09','unit':'P','measure':'at_shop','amount':'100000'}]}");
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'2026M09','reason':'test'}");
    loop_apply_soon(&stack, MSG(APPLY_SCORECARDS),
                    "{'items':[{'code':'province','unit_type':'province','lines':[{'measure':'at_shop',"
                    "'weight_bp':10000,'bands':[{'from_ppm':0},{'from_ppm':1000000,'points_milli':100000}]}]}]}");
}

static int set_up(void **state)
{

    (void)state;
    seed = test_seed();
    state_of_random = seed;
    for (int order = 0; order < ORDERS; order++)
        make_order(order);
    drop_contradictions();
    for (int order = 0; order < ORDERS; order++)
        count_order(order);
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    apply_plan();
    loop_catch_up(&stack); /* or rows would wait for units that feedback hasn't heard of */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_any_way_counts_the_same) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
