/* Broken off at every row: a file's n-th row is where the connection breaks, or the daemon is killed while PostgreSQL
 * holds that very row, for each n in turn. Whatever n, whatever the kind of feed: every record is there once, the
 * file's account is even, and the sums are those of the rows.
 *
 * A trigger on the ledger is the gate: at the row asked for it either ends its own backend, or waits for a lock that
 * the test holds meanwhile. BIHUAN_FULL=1 kills the daemon at every row instead of some. */
#include "support/check.h"
#include "support/loop.h"

#include "base/buf.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS   40
#define BATCH  "7"
#define LOCK   "4711"
#define WAIT_S 20

static struct stack stack;
static PGconn *gate; /* holds the lock */
static int files;    /* delivered so far */

/* Rows of one file: 40 orders of which every fifth is told again with a higher version, every seventh cancelled. */
enum { ORDERS = 28 };

static void sql(const char *text)
{
    PGresult *result = PQexec(gate, text);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(gate));
    PQclear(result);
}

static void open_gate(void)
{
    gate = PQconnectdb(stack.pg.url);
    if (PQstatus(gate) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(gate));
    sql("CREATE TABLE public.gate (row_no bigint, mode text);"
        "INSERT INTO public.gate VALUES (0, '');"
        "CREATE SEQUENCE public.gate_hits;"
        "CREATE FUNCTION public.gate_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
        " DECLARE g record; BEGIN"
        "  SELECT * INTO g FROM public.gate;"
        "  IF NEW.row_no = g.row_no AND nextval('public.gate_hits') = 1 THEN"
        "   IF g.mode = 'break' THEN PERFORM pg_terminate_backend(pg_backend_pid());"
        "   ELSE PERFORM pg_advisory_xact_lock(" LOCK "); END IF;"
        "  END IF;"
        "  RETURN NEW; END $$;"
        "CREATE TRIGGER gate BEFORE INSERT ON feedback.order_line FOR EACH ROW EXECUTE FUNCTION public.gate_row()");
}

static void set_gate(int row, const char *mode)
{
    char text[160];

    snprintf(text, sizeof text,
             "SELECT setval('public.gate_hits', 1, false); UPDATE public.gate SET row_no = %d, mode = '%s'", row, mode);
    sql(text);
}

static bool is_waiting(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1;
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

static void add_row(struct buf *file, const char *mark, int order, int version, int amount, const char *state)
{
    buf_printf(file, "%s%d-%d,2026-09-%02d 10:00:00,O1,%d,%s,%d\n", mark, files, order, 1 + order % 28, amount, state,
               version);
}

static int amount_of(int order)
{
    return 3 + order * 7 % 101;
}

/* What one file comes to, in 10^-4. */
static long worth(void)
{
    long sum = 0;

    for (int i = 0; i < ORDERS; i++)
        if (i % 7 != 6)
            sum += i % 5 == 0 ? 1000 + amount_of(i) : amount_of(i);
    return sum * 10000;
}

static int write_rows(struct buf *file, const char *mark)
{
    int rows = 0;

    for (int i = 0; i < ORDERS; i++) {
        if (i % 5 == 0) /* the correction comes before what it corrects */
            rows++, add_row(file, mark, i, 2, 1000 + amount_of(i), "completed");
        rows++, add_row(file, mark, i, 1, amount_of(i), "completed");
        if (i % 7 == 6)
            rows++, add_row(file, mark, i, 2, amount_of(i), "cancelled");
    }
    while (rows < ROWS) /* the same again: a duplicate */
        rows++, add_row(file, mark, 1, 1, amount_of(1), "completed");
    return rows;
}

static void deliver(const char *feed)
{
    struct buf file = { 0 };
    char name[48];
    int rows;

    files++;
    if (strcmp(feed, "marked") == 0) {
        rows = write_rows(&file, "D,");
        buf_printf(&file, "T,%d\n", rows);
    } else {
        buf_append_text(&file, "id,at,shop,money,state,v\n");
        rows = write_rows(&file, "");
    }
    CHECK_INT(rows, ROWS);
    snprintf(name, sizeof name, "f_%d.csv", files);
    loop_drop(&stack, feed, name, file.data, file.len);
    buf_fini(&file);
}

/* --- what must be so -----------------------------------------------------------------------------------------------
 */

static bool is_finished(void *arg)
{
    char text[160];

    (void)arg;
    snprintf(text, sizeof text, "SELECT count(*) FROM feedback.feed_file WHERE name = 'f_%d.csv' AND state = 'loaded'",
             files);
    return pg_number(&stack.pg, text) == 1;
}

static void wait_finished(const char *feed, int row)
{
    if (!stack_until(is_finished, NULL, WAIT_S))
        fail_msg("%s, row %d: file %d isn't loaded after %d s", feed, row, files, WAIT_S);
}

static void check_account(const char *feed, int row)
{
    char text[300];
    char *account;

    snprintf(
        text, sizeof text,
        "SELECT rows_read || ' ' || accepted || ' ' || duplicate || ' ' || superseded || ' ' || suspended || ' ' ||"
        " (SELECT count(*) FROM feedback.order_line l WHERE l.file_id = x.id) FROM feedback.feed_file x WHERE name ="
        " 'f_%d.csv'",
        files);
    account = pg_value(&stack.pg, text);
    /* of each order that was corrected the first version came too late */
    snprintf(text, sizeof text, "%d %d 2 6 0 %d", ROWS, ROWS - 2 - 6, ROWS - 2);
    if (strcmp(account, text) != 0)
        fail_msg("%s, row %d: the account is %s, not %s", feed, row, account, text);
    free(account);
}

static void check_sums(void)
{
    struct loop_sums sums;

    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, "O1"), loop_measure(&stack, "amount")), files * worth());
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state <> 'loaded'"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* --- the two ways --------------------------------------------------------------------------------------------------
 */

static const char *const feeds[] = { "plain", "marked" };

static void the_connection_breaks_at_every_row(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        for (int row = 1; row <= ROWS - 2; row++) { /* the duplicates at the end don't reach the ledger */
            set_gate(row, "break");
            deliver(feeds[f]);
            wait_finished(feeds[f], row);
            CHECK_INT(pg_number(&stack.pg, "SELECT is_called::int FROM public.gate_hits"), 1);
            check_account(feeds[f], row);
        }
        check_sums();
    }
}

static void the_daemon_is_killed_at_a_row(void **state)
{
    const char *full = getenv("BIHUAN_FULL");
    int step = full && *full == '1' ? 1 : 6;

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        for (int row = 1 + (int)f; row <= ROWS - 2; row += step) {
            sql("SELECT pg_advisory_lock(" LOCK ")");
            set_gate(row, "wait");
            deliver(feeds[f]);
            if (!stack_until(is_waiting, NULL, WAIT_S))
                fail_msg("%s: row %d never came", feeds[f], row);
            stack_kill(&stack, "feedback", "a", SIGKILL);
            sql("SELECT pg_advisory_unlock(" LOCK ")");
            stack_start(&stack, "feedback", "a");
            wait_finished(feeds[f], row);
            check_account(feeds[f], row);
        }
        check_sums();
    }
}

/* --- set-up --------------------------------------------------------------------------------------------------------
 */

#define COLUMNS(id, at, shop, money, state, v)                                                                         \
    "'key':['" id "'],'columns':[{'field':'time','column':'" at "','format':'yyyy-MM-dd HH:mm:ss'},"                   \
    "{'field':'unit','column':'" shop "'},{'field':'amount','column':'" money "'},"                                    \
    "{'field':'state','column':'" state "'},{'field':'version','column':'" v "'}]"

static int set_up(void **state)
{
    (void)state;
    setenv("BIHUAN_BATCH_ROWS", BATCH, 1);
    stack_new(&stack);
    loop_start(&stack);
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},{'code':'O1','name':'o','type':'outlet','relations':"
        "[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'}]}");
    loop_apply_soon(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[{'code':'plain','title':'p','sender':'plain','fact':'order_line','watermark':'none',"
        "'files':'f_{n+}.csv'," COLUMNS(
            "id", "at", "shop", "money", "state",
            "v") "},"
                 "{'code':'marked','title':'m','sender':'marked','fact':'order_line','watermark':'none',"
                 "'files':'f_{n+}.csv','no_header':true,'marks':{'data':'D','trailer':'T'},'control':{'by':'lines',"
                 "'values':[{'what':'rows','line':'trailer','position':2}]}," COLUMNS("2", "3", "4", "5", "6",
                                                                                      "7") "}]}");
    loop_catch_up(&stack);
    open_gate();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    PQfinish(gate);
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_connection_breaks_at_every_row),
        cmocka_unit_test(the_daemon_is_killed_at_a_row),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
