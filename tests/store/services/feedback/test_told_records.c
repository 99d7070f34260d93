/* What records say of themselves on the stream, with a real feedback daemon: customers, references, amounts and states
 * of orders, payments and quotes, of corrections and cancellations as of what they take back, and of what counts for
 * nothing. Expected rows are written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bus/wire.h"
#include "refdata/fact_rows.h"
#include "support/delivery.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES_MAX 64

static struct stack stack;

static const char REFERENCE[] =
    "SET search_path TO feedback;"
    "INSERT INTO ref_unit VALUES (1, 'P', 'province', ''), (4, 'S1', 'outlet', ''), (6, 'ann', 'salesperson', '');"
    "INSERT INTO ref_relation (unit_id, parent, from_day, until_day) VALUES"
    " (4, 'P', '2000-01-01', 'infinity'), (6, 'S1', '2000-01-01', 'infinity');"
    "INSERT INTO ref_product VALUES (1, 'line', '', '');";

/* `%s`: code, sender, kind, further settings, further columns. */
#define FEED                                                                                                           \
    "{\"items\":[{\"code\":\"%s\",\"title\":\"t\",\"sender\":\"%s\",\"fact\":\"%s\",\"key\":[\"id\"],%s"               \
    "\"files\":\"f_{yyyyMMdd}_{n}.csv\",\"watermark\":\"none\",\"columns\":["                                          \
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyy-MM-dd\"},{\"field\":\"unit\",\"column\":\"shop\"},"      \
    "{\"field\":\"state\",\"column\":\"state\"},{\"field\":\"version\",\"column\":\"v\"},"                             \
    "{\"field\":\"amount\",\"column\":\"yuan\"}%s]}]}"
#define CUSTOMER                                                                                                       \
    ",{\"field\":\"customer\",\"column\":\"customer\",\"map\":\"c\"},{\"field\":\"seller\",\"column\":\"who\"}"
#define CODES   "\"maps\":[{\"name\":\"c\",\"pass\":true,\"entries\":[{\"from\":\"one\",\"to\":\"C-1\"}]}],"
#define SUBJECT ",{\"field\":\"subject\",\"column\":\"of\"}"
#define PIECES  ",{\"field\":\"quantity\",\"column\":\"pieces\"},{\"field\":\"product\",\"column\":\"product\"}"

static void apply(const char *code, const char *sender, const char *fact, const char *more, const char *columns)
{
    char text[2000];

    snprintf(text, sizeof text, FEED, code, sender, fact, more, columns);
    stack_apply(&stack, MSG(APPLY_FEEDS), text);
}

/* Orders count, nothing else does. */
static void put_measure(void)
{
    receiving_put_measure(&stack, 1, "amount", "amount");
}

static int set_up(void **state)
{
    static const struct receiving scene = { .reference = REFERENCE, .put = put_measure };

    (void)state;
    receiving_start(&stack, &scene);
    apply("orders", "crm", "order_line", CODES, CUSTOMER PIECES);
    apply("plain", "shop", "order_line", "", "");
    apply("payments", "boss", "payment", "\"subject_of\":\"crm\",", SUBJECT);
    apply("bills", "crm", "bill", "", SUBJECT);
    apply("quotes", "crm", "quote", CODES, CUSTOMER SUBJECT PIECES);
    return 0;
}

RECEIVING_TEAR_DOWN(stack)

/* --- the stream ------------------------------------------------------------------------------------------------------
 */

static char lines[LINES_MAX][200];
static size_t line_count;
static size_t customer_columns; /* batches that have one */

static void add_row(const Bihuan__FactsRecorded *batch, const struct fact_row *row)
{
    size_t i = row->index;
    int64_t value = batch->contributions[i] ? batch->value[row->contributions] : 0;

    assert_true(line_count < LINES_MAX);
    snprintf(lines[line_count++], sizeof lines[0],
             "%s %s %s %u%s %s %.*s %.*s@%s %" PRId64 " %" PRId64 " u%u s%u d%d =%" PRId64, batch->fact, batch->sender,
             batch->record_key[i], batch->version[i], row->undoes ? "-" : "+",
             fact_state_name(fact_kind_parse(batch->fact), row->state), (int)row->customer_len,
             row->customer ? row->customer : "", (int)row->reference_len, row->reference ? row->reference : "",
             batch->reference_sender, row->amount, row->quantity, batch->unit_id[i], batch->seller_id[i],
             batch->day[i] - 20759, value); /* 20759: 2026-11-02 */
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void read_stream(const char *sender)
{
    char url[256];
    PGconn *conn = PQconnectdb(pg_url(&stack.pg, "", url, sizeof url));
    PGresult *found = PQexecParams(conn, "SELECT envelope, payload FROM feedback.bus_stream WHERE type = 100", 0, NULL,
                                   NULL, NULL, NULL, 1);

    line_count = customer_columns = 0;
    for (int i = 0; i < PQntuples(found); i++) {
        Bihuan__Envelope *envelope = bihuan__envelope__unpack(NULL, (size_t)PQgetlength(found, i, 0),
                                                              (const uint8_t *)PQgetvalue(found, i, 0));
        const Bihuan__FactsRecorded *batch;
        const uint8_t *payload;
        struct fact_rows rows;
        struct fact_row row;
        struct arena arena;
        struct err err;
        size_t len;

        arena_init(&arena);
        assert_int_equal(wire_open_payload(envelope, (const uint8_t *)PQgetvalue(found, i, 1),
                                           (size_t)PQgetlength(found, i, 1), &arena, &payload, &len, &err),
                         0);
        batch = bihuan__facts_recorded__unpack(&arena.allocator, len, payload);
        assert_int_equal(fact_rows_init(&rows, batch, &err), 0);
        while (strcmp(batch->sender, sender) == 0 && fact_rows_next(&rows, &row))
            add_row(batch, &row);
        if (strcmp(batch->sender, sender) == 0)
            customer_columns += batch->n_customer_len != 0;
        arena_fini(&arena);
        bihuan__envelope__free_unpacked(envelope, NULL);
    }
    PQclear(found);
    PQfinish(conn);
    qsort(lines, line_count, sizeof lines[0], by_text);
}

static void expect(const char *sender, const char *const *want)
{
    size_t count = 0;

    read_stream(sender);
    while (want[count])
        count++;
    for (size_t i = 0; i < count && i < line_count; i++)
        assert_string_equal(lines[i], want[i]);
    assert_int_equal(line_count, count);
}

static void load(const char *feed, const char *name, const char *text)
{
    char sql[200];

    delivery_put(&stack, feed, name, text);
    snprintf(sql, sizeof sql,
             "SELECT x.state FROM feedback.feed_file x JOIN feedback.feed f ON f.id = x.feed_id WHERE f.code = '%s'"
             " AND x.name = '%s' ORDER BY x.id DESC LIMIT 1",
             feed, name);
    delivery_await(&stack, sql, "loaded");
}

/* A correction takes back the old customer and tells the new one, though the contribution is the same; a cancellation
 * says what it cancels, at its own day (what it cancels is taken back and told again beside it); an order that counts
 * for nothing isn't told. */
static void test_orders(void **state)
{
    static const char *const want[] = {
        "order_line crm a 1+ completed C-1 @ 105000 2 u6 s6 d0 =105000",
        "order_line crm b 1+ completed two @ 70000 1 u4 s0 d0 =70000",
        "order_line crm b 1- completed two @ 70000 1 u4 s0 d0 =-70000",
        "order_line crm b 2+ completed C-1 @ 70000 1 u4 s0 d0 =70000",
        "order_line crm b 2+ completed C-1 @ 70000 1 u4 s0 d0 =70000",
        "order_line crm b 2- completed C-1 @ 70000 1 u4 s0 d0 =-70000",
        "order_line crm b 3- completed C-1 @ 70000 1 u4 s0 d2 =-70000",
        NULL,
    };

    (void)state;
    load("orders", "f_20261102_1.csv",
         "id,day,shop,state,v,yuan,customer,who,pieces,product\n"
         "a,2026-11-02,S1,completed,1,10.5,one,ann,2,line\nb,2026-11-02,S1,completed,1,7,two,,1,line\n"
         "c,2026-11-02,S1,placed,1,7,two,,1,line\n");
    load("orders", "f_20261102_2.csv",
         "id,day,shop,state,v,yuan,customer,who,pieces,product\nb,2026-11-02,S1,completed,2,7,one,,1,line\n");
    load("orders", "f_20261102_3.csv",
         "id,day,shop,state,v,yuan,customer,who,pieces,product\nb,2026-11-04,S1,cancelled,3,7,one,,1,line\n");
    expect("crm", want);
}

static void test_nothing_mapped(void **state)
{
    static const char *const want[] = { "order_line shop x 1+ completed  @ 30000 1 u4 s0 d0 =30000", NULL };

    (void)state;
    load("plain", "f_20261102_1.csv", "id,day,shop,state,v,yuan\nx,2026-11-02,S1,completed,1,3\n");
    expect("shop", want);
    assert_int_equal(customer_columns, 0);
}

/* No measure counts payments: those that name an order are told all the same, with whose order it is. */
static void test_payments(void **state)
{
    static const char *const want[] = {
        "payment boss/payment p1 1+ received  a@crm 30000 1 u4 s0 d1 =0",
        "payment boss/payment p2 1+ pending  a@crm 40000 1 u4 s0 d1 =0",
        "payment boss/payment p2 1- pending  a@crm 40000 1 u4 s0 d1 =0",
        "payment boss/payment p2 2+ received  a@crm 40000 1 u4 s0 d2 =0",
        "payment boss/payment p2 2+ received  a@crm 40000 1 u4 s0 d2 =0",
        "payment boss/payment p2 2- received  a@crm 40000 1 u4 s0 d2 =0",
        "payment boss/payment p2 3- received  a@crm 40000 1 u4 s0 d3 =0",
        NULL,
    };
    static const char *const bills[] = { "bill crm/bill b1 1+ issued  a@crm 105000 1 u4 s0 d1 =0", NULL };

    (void)state;
    load("payments", "f_20261103_1.csv",
         "id,day,shop,state,v,yuan,of\np1,2026-11-03,S1,received,1,3,a\np2,2026-11-03,S1,pending,1,4,a\n"
         "p3,2026-11-03,S1,received,1,5,\n");
    load("payments", "f_20261103_2.csv", "id,day,shop,state,v,yuan,of\np2,2026-11-04,S1,received,2,4,a\n");
    load("payments", "f_20261103_3.csv", "id,day,shop,state,v,yuan,of\np2,2026-11-05,S1,cancelled,3,4,a\n");
    expect("boss/payment", want);
    load("bills", "f_20261103_1.csv", "id,day,shop,state,v,yuan,of\nb1,2026-11-03,S1,issued,1,10.5,a\n");
    expect("crm/bill", bills);
}

/* A quote by seller ann (of S1) to customer C-1 for a product at a price on a day. */
static void test_quotes(void **state)
{
    static const char *const want[] = {
        "quote crm/quote q1 1+ offered C-1 @ 60000 3 u6 s6 d0 =0",
        "quote crm/quote q1 1- offered C-1 @ 60000 3 u6 s6 d0 =0",
        "quote crm/quote q1 2+ refused C-1 @ 60000 3 u6 s6 d0 =0",
        "quote crm/quote q2 1+ offered C-1 O9@crm/opportunity 20000 1 u4 s0 d1 =0",
        NULL,
    };

    (void)state;
    load("quotes", "f_20261102_1.csv",
         "id,day,shop,state,v,yuan,customer,who,of,pieces,product\n"
         "q1,2026-11-02,S1,offered,1,6,one,ann,,3,line\nq2,2026-11-03,S1,offered,1,2,one,,O9,1,line\n");
    load("quotes", "f_20261102_2.csv",
         "id,day,shop,state,v,yuan,customer,who,of,pieces,product\nq1,2026-11-02,S1,refused,2,6,one,ann,,3,line\n");
    expect("crm/quote", want);
}

static void test_whose_subjects(void **state)
{
    char text[2000];
    struct err err;

    (void)state;
    snprintf(text, sizeof text, FEED, "p", "x", "payment", "\"subject_of\":\"crm/none\",", SUBJECT);
    assert_int_equal(stack_try(&stack, MSG(APPLY_FEEDS), text, &err), -1);
    assert_non_null(strstr(err.text, "crm/none"));
    snprintf(text, sizeof text, FEED, "payments", "boss", "payment", "\"subject_of\":\"erp\",", SUBJECT);
    assert_int_equal(stack_try(&stack, MSG(APPLY_FEEDS), text, &err), -1);
    assert_string_equal(err.code, "subject_of_is_set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders), cmocka_unit_test(test_nothing_mapped), cmocka_unit_test(test_payments),
        cmocka_unit_test(test_quotes), cmocka_unit_test(test_whose_subjects),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
