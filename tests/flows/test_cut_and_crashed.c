/* Files that are cut short and sent again whole, and a daemon that dies at each row of a file in turn: what counts is
 * what the whole files say, to the last unit, in feedback, monitoring and incentive.
 *
 * For a crash at row n the data base itself stops the writer there: a trigger sleeps when row n is stored (or, where it
 * isn't, when the batch that holds it is closed), and the daemon is killed meanwhile. BIHUAN_SEED repeats the cuts. */
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

#include "bihuan/common.pb-c.h"
#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

static struct stack stack;
static uint64_t random_state;
static int64_t amount, lines; /* that must count by now: stored units, orders */

static size_t pick(size_t n)
{
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (size_t)((z ^ (z >> 31)) % n);
}

#define COLUMNS                                                                                                        \
    "'columns':[{'field':'time','column':'day','format':'yyyyMMdd'},{'field':'unit','column':'shop'},"                 \
    "{'field':'amount','column':'yuan'},{'field':'version','column':'v'},{'field':'state','column':'state'}]}"

static int set_up(void **state)
{
    (void)state;
    random_state = test_seed();
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    setenv("BIHUAN_BATCH_ROWS", "4", 1);
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'},"
               "{'code':'lines','title_zh':'单数','title_en':'Lines','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'S1','name':'Shop','type':'outlet'}]}");
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'plain','title':'t','sender':'p','fact':'order_line','watermark':'none','key':['id']"
               "," COLUMNS
               ",{'code':'packed','title':'t','sender':'g','fact':'order_line','watermark':'none','key':['id']," COLUMNS
               ",{'code':'crash','title':'t','sender':'c','fact':'order_line','watermark':'none','key':['id']," COLUMNS
               ",{'code':'ended','title':'t','sender':'e','fact':'order_line','watermark':'none','key':['id'],"
               "'no_header':true,'marks':{'data':'D','trailer':'T'},'layout':[{'name':'mark'},{'name':'id'},"
               "{'name':'day'},{'name':'shop'},{'name':'yuan'},{'name':'v'},{'name':'state'}],'control':{'by':'lines',"
               "'values':[{'what':'rows','line':'trailer','position':2},{'what':'sum','line':'trailer','position':3}]}"
               "," COLUMNS "]}");
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void check_counted(void)
{
    struct loop_sums sums = loop_agree(&stack, "", "");

    CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, "S1"), loop_measure(&stack, "amount")), amount);
    CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, "S1"), loop_measure(&stack, "lines")), lines);
}

/* Of the file of that name, as many as fulfil it. */
static long file_that(const char *name, const char *what)
{
    char sql[500];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND %s", name, what);
    return pg_number(&stack.pg, sql);
}

/* --- cut short -------------------------------------------------------------------------------------------------------
 */

#define CUTS 4
#define ROWS 40 /* in ten batches */

/* A file of ROWS orders of 1 to ROWS yuan whose keys begin with `prefix`. */
static void make_file(struct buf *out, const char *prefix, bool ended)
{
    if (!ended)
        buf_append_text(out, "id,day,shop,yuan,v,state\n");
    for (int i = 1; i <= ROWS; i++)
        buf_printf(out, "%s%s-%d,20260901,S1,%d,1,completed\n", ended ? "D," : "", prefix, i, i);
    if (ended)
        buf_printf(out, "T,%d,%d\n", ROWS, ROWS * (ROWS + 1) / 2);
}

static void count_whole(void)
{
    lines += ROWS;
    amount += INT64_C(10000) * ROWS * (ROWS + 1) / 2;
}

/* What one truncated delivery came to, and that the whole file brings the rest, once. */
static void cut_and_send(const char *feed, int n, const char *suffix, const struct buf *file, size_t len)
{
    char part[64], whole[64];

    snprintf(part, sizeof part, "%s%d-part%s", feed, n, suffix);
    snprintf(whole, sizeof whole, "%s%d%s", feed, n, suffix);
    loop_drop(&stack, feed, part, file->data, len);
    loop_wait_inbox(&stack, feed, 30);
    if (strcmp(feed, "packed") == 0) /* rows before the damage count */
        CHECK_INT(file_that(part, "state = 'refused' AND rows_read = accepted"), 1);
    if (strcmp(feed, "ended") == 0) /* its trailer isn't there: no row counts */
        CHECK_INT(file_that(part, "state = 'refused' AND accepted = 0"), 1);
    loop_drop(&stack, feed, whole, file->data, file->len);
    loop_wait_inbox(&stack, feed, 30);
    snprintf(part, sizeof part, "state = 'loaded' AND accepted + duplicate = %d", ROWS);
    CHECK_INT(file_that(whole, part), 1);
    count_whole();
}

static void test_cut_short(void **state)
{
    (void)state;
    for (int n = 0; n < CUTS; n++) {
        struct buf plain = { 0 }, packed = { 0 }, ended = { 0 };
        char prefix[16];

        snprintf(prefix, sizeof prefix, "k%d", n);
        make_file(&plain, prefix, false);
        make_file(&ended, prefix, true);
        gzip_append(&packed, plain.data, plain.len);
        /* inside a row: its last column is a word, so that half a row is never a whole one */
        cut_and_send("plain", n, ".csv", &plain, 30 + pick(plain.len - 32));
        cut_and_send("packed", n, ".csv.gz", &packed, 1 + pick(packed.len - 1));
        cut_and_send("ended", n, ".csv", &ended, 1 + pick(ended.len - 2)); /* a last line needs no end */
        buf_fini(&plain);
        buf_fini(&packed);
        buf_fini(&ended);
    }
    check_counted();
}

/* --- dead at a row ---------------------------------------------------------------------------------------------------
 */

/* A file in which rows are corrected, cancelled before and after, repeated, late and bad; v is the version. */
static const char *const crash_rows[] = {
    "1,20260901,S1,10,1,completed", "2,20260901,S1,5,1,completed",  "1,20260901,S1,20,2,completed",
    "3,20260901,S1,40,1,cancelled", "3,20260901,S1,40,1,completed", "2,20260901,S1,5,1,completed",
    "9,20260901,S9,80,1,completed", "4,20260901,S1,3,1,completed",  "1,20260901,S1,10,1,completed",
    "5,20260901,S1,7,3,completed",  "5,20260901,S1,6,2,completed",  "6,20260901,S1,11,1,completed",
    "4,20260901,S1,3,1,cancelled",  "7,20260901,S1,13,1,completed",
};
#define CRASH_ROWS   ((int)(sizeof crash_rows / sizeof crash_rows[0]))
#define CRASH_COUNTS "partial 14 10 2 1 1" /* read, accepted, duplicate, superseded, waiting */
#define CRASH_AMOUNT (20 + 5 + 7 + 11 + 13)
#define CRASH_LINES  5 /* orders 1, 2, 5, 6, 7; 3 and 4 are taken back */

static void set_trap(void)
{
    free(pg_value(&stack.pg,
                  "GRANT USAGE ON SCHEMA public TO PUBLIC; CREATE TABLE public.trap (row_no bigint); GRANT SELECT ON "
                  "public.trap TO PUBLIC;"
                  "CREATE FUNCTION public.at_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                  " IF EXISTS (SELECT 1 FROM public.trap t WHERE t.row_no = NEW.row_no) THEN PERFORM pg_sleep(600);"
                  " END IF; RETURN NEW; END $$;"
                  "CREATE FUNCTION public.behind_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                  " IF EXISTS (SELECT 1 FROM public.trap t WHERE t.row_no < NEW.done_row) THEN PERFORM pg_sleep(600);"
                  " END IF; RETURN NEW; END $$;"
                  "CREATE TRIGGER trap BEFORE INSERT ON feedback.order_line FOR EACH ROW EXECUTE FUNCTION"
                  " public.at_row();"
                  "CREATE TRIGGER trap BEFORE INSERT ON feedback.reject FOR EACH ROW EXECUTE FUNCTION public.at_row();"
                  "CREATE TRIGGER trap BEFORE UPDATE ON feedback.feed_file FOR EACH ROW EXECUTE FUNCTION"
                  " public.behind_row();"));
}

#define SLEEPING "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

static bool is_trapped(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) " SLEEPING) > 0;
}

static void crash_at(int row)
{
    struct buf file = { 0 };
    char name[40], sql[200];
    char *got;

    buf_append_text(&file, "id,day,shop,yuan,v,state\n");
    for (int i = 0; i < CRASH_ROWS; i++)
        buf_printf(&file, "c%d-%s\n", row, crash_rows[i]);
    snprintf(sql, sizeof sql, "INSERT INTO public.trap VALUES (%d)", row);
    free(pg_value(&stack.pg, sql));
    snprintf(name, sizeof name, "crash%d.csv", row);
    loop_drop(&stack, "crash", name, file.data, file.len);
    if (!stack_until(is_trapped, NULL, 20))
        fail_msg("row %d was never stored", row);
    stack_kill(&stack, "feedback", "a", SIGKILL);
    free(pg_value(&stack.pg, "DELETE FROM public.trap"));
    free(pg_value(&stack.pg, "SELECT pg_terminate_backend(pid) " SLEEPING));
    stack_start(&stack, "feedback", "a");
    loop_wait_file(&stack, "crash", name, 30);
    snprintf(sql, sizeof sql,
             "SELECT concat_ws(' ', state, rows_read, accepted, duplicate, superseded, suspended) FROM"
             " feedback.feed_file WHERE name = '%s'",
             name);
    got = pg_value(&stack.pg, sql);
    if (!got || strcmp(got, CRASH_COUNTS) != 0)
        fail_msg("dead at row %d: \"%s\", not \"%s\"", row, got ? got : "", CRASH_COUNTS);
    free(got);
    buf_fini(&file);
    amount += INT64_C(10000) * CRASH_AMOUNT;
    lines += CRASH_LINES;
}

static void test_dead_at_each_row(void **state)
{
    (void)state;
    set_trap();
    for (int row = 1; row <= CRASH_ROWS; row++)
        crash_at(row);
    check_counted();
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name LIKE 'crash%'"), CRASH_ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cut_short), cmocka_unit_test(test_dead_at_each_row) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
