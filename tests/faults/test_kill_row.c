/* Broken off at every row: a file's n-th row is where the connection breaks, or the daemon is killed while PostgreSQL
 * holds that very row, for each n in turn. Whatever n, whatever the kind of file (plain, with a trailer, gzip of two
 * members, rows that take others back, a delete file, a day that is replaced): the ledger has the rows that it has of
 * the same file delivered in peace, each record once, the file's account is even, and the sums are those of the rows.
 *
 * A trigger on the ledger is the gate: at the row asked for it either ends its own backend, or waits for a lock that
 * the test holds meanwhile. BIHUAN_FULL=1 breaks every kind off at every row in both ways. */
#include "faults/broken_files.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH "7"
#define LOCK  "4711"

static PGconn *gate; /* holds the lock */

static long files_before; /* the newest file when it was dropped */
static bool all;          /* rows of all kinds, in both ways */
static int64_t counted;   /* yuan that must be there by now */

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
        "INSERT INTO public.gate VALUES (-1, '');"
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

static char *peace[KINDS]; /* the ledger of such a file that nothing disturbed */

/* --- what must be so -----------------------------------------------------------------------------------------------
 */

static bool is_finished(void *arg)
{
    char text[160];

    (void)arg;
    snprintf(text, sizeof text,
             "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state = 'loaded' AND id > %ld", swept,
             files_before);
    return pg_number(&stack.pg, text) == 1;
}

static void wait_finished(const struct kind *kind, int row)
{
    if (!stack_until(is_finished, NULL, WAIT_S))
        fail_msg("%s, row %d: %s isn't loaded after %d s", kind->what, row, swept, WAIT_S);
}

static void check_account(const struct kind *kind, int row)
{
    char text[400];
    char *account;

    snprintf(
        text, sizeof text,
        "SELECT rows_read || ' ' || accepted || ' ' || duplicate || ' ' || superseded || ' ' || suspended || ' ' ||"
        " (SELECT count(*) FROM feedback.order_line l WHERE l.file_id = x.id) FROM feedback.feed_file x WHERE name ="
        " '%s' AND id > %ld",
        swept, files_before);
    account = pg_value(&stack.pg, text);
    if (strcmp(account, kind->account) != 0)
        fail_msg("%s, row %d: the account is %s, not %s", kind->what, row, account, kind->account);
    free(account);
}

/* All that the ledger has of this delivery, but for what each delivery has of its own. */
static char *ledger_of_delivery(void)
{
    char text[500];

    snprintf(text, sizeof text,
             "SELECT string_agg(x, E'\\n' ORDER BY x) FROM (SELECT concat_ws(' ', substr(record_key, strpos(record_key,"
             " '-') + 1), operation, version, day - min(day) OVER (), unit_id, state, amount, contributions::text) x"
             " FROM feedback.order_line WHERE record_key LIKE '%d-%%') y",
             files);
    return pg_value(&stack.pg, text);
}

static void check_ledger(size_t k, int row)
{
    char *ledger = ledger_of_delivery();

    assert_non_null(ledger);
    if (strcmp(ledger, peace[k]) != 0)
        fail_msg("%s, row %d: the ledger has\n%s\n\nin peace it has\n%s", kinds[k].what, row, ledger, peace[k]);
    free(ledger);
}

static void check_sums(void)
{
    struct loop_sums sums;

    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, "O1"), loop_measure(&stack, "amount")), counted * 10000);
    CHECK_INT(
        pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state NOT IN ('loaded', 'superseded')"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* --- the two ways --------------------------------------------------------------------------------------------------
 */

/* Delivers what comes before the file that is broken off. */
static void begin(const struct kind *kind)
{
    files++;
    kind->before();
    files_before = pg_number(&stack.pg, "SELECT coalesce(max(id), 0) FROM feedback.feed_file");
    counted += kind->worth();
}

static void end(size_t k, int row)
{
    wait_finished(&kinds[k], row);
    check_account(&kinds[k], row);
    kinds[k].behind();
    check_ledger(k, row);
}

static void in_peace(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        begin(&kinds[k]);
        kinds[k].drop();
        wait_finished(&kinds[k], -1);
        check_account(&kinds[k], -1);
        kinds[k].behind();
        peace[k] = ledger_of_delivery();
        assert_non_null(peace[k]);
    }
    check_sums();
}

static void the_connection_breaks_at_every_row(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        for (int row = kinds[k].first; row <= kinds[k].last; row += all ? 1 : kinds[k].step) {
            begin(&kinds[k]);
            set_gate(row, "break");
            kinds[k].drop();
            wait_finished(&kinds[k], row);
            CHECK_INT(pg_number(&stack.pg, "SELECT is_called::int FROM public.gate_hits"), 1);
            end(k, row);
        }
        check_sums();
    }
}

static void the_daemon_is_killed_at_a_row(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        for (int row = kinds[k].first + (int)k; row <= kinds[k].last; row += all ? 1 : 8) {
            begin(&kinds[k]);
            sql("SELECT pg_advisory_lock(" LOCK ")");
            set_gate(row, "wait");
            kinds[k].drop();
            if (!stack_until(is_waiting, NULL, WAIT_S))
                fail_msg("%s: row %d never came", kinds[k].what, row);
            stack_kill(&stack, "feedback", "a", SIGKILL);
            sql("SELECT pg_advisory_unlock(" LOCK ")");
            stack_start(&stack, "feedback", "a");
            end(k, row);
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
#define BACK_COLUMNS                                                                                                   \
    "'key':['id'],'columns':[{'field':'time','column':'at','format':'yyyy-MM-dd HH:mm:ss'},"                           \
    "{'field':'unit','column':'shop'},{'field':'amount','column':'money'}]"
#define FEED(code) "{'code':'" code "','title':'t','sender':'" code "','fact':'order_line','watermark':'none',"

static void apply_feeds(void)
{
    loop_apply_soon(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[" FEED("plain") "'files':'f_{n+}.csv'," COLUMNS("id", "at", "shop", "money", "state", "v") "}," FEED(
            "packed") "'files':'f_{n+}.csv.gz'," COLUMNS("id", "at", "shop", "money", "state",
                                                         "v") "}," FEED("marked") "'files':'f_{n+}.csv','no_header':"
                                                                                  "true,'marks':{'data':'D','trailer':'"
                                                                                  "T'},'control':"
                                                                                  "{'by':'lines','values':[{'what':'"
                                                                                  "rows','line':'trailer','position':2}"
                                                                                  "]}," COLUMNS("2", "3", "4", "5", "6", "7") "}," FEED(
                                                                                      "back") "'files':'f_{n+}.csv','"
                                                                                              "deletes':'del_{yyyyMMdd}"
                                                                                              "_{n+}.csv','original':['"
                                                                                              "back']," BACK_COLUMNS
                                                                                              "}," FEED(
                                                                                                  "days") "'files':'d_{"
                                                                                                          "yyyyMMdd}_{"
                                                                                                          "nn}.csv','"
                                                                                                          "sequence':{'"
                                                                                                          "daily':true}"
                                                                                                          ",'replaces':"
                                                                                                          "'day'"
                                                                                                          "," BACK_COLUMNS
                                                                                                          "}]}");
}

static int set_up(void **state)
{
    const char *full = getenv("BIHUAN_FULL");

    (void)state;
    all = full && *full == '1';
    setenv("BIHUAN_BATCH_ROWS", BATCH, 1);
    stack_new(&stack);
    loop_start(&stack);
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},{'code':'O1','name':'o','type':'outlet','relations':"
        "[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'}]}");
    apply_feeds();
    loop_catch_up(&stack);
    open_gate();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        free(peace[k]);
    PQfinish(gate);
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_peace),
        cmocka_unit_test(the_connection_breaks_at_every_row),
        cmocka_unit_test(the_daemon_is_killed_at_a_row),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
