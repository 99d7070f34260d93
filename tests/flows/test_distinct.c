/* Distinct counts are a function of what holds, whatever came when.
 *
 * Random orders of two senders come in several versions that change customer, shop, product and day; some are
 * cancelled, some come twice; all of it is cut into files at random, so corrections and cancels come before what they
 * correct. The same rows stand in a table of the test's own, where plain SQL says for each measure which line counts.
 * Monitoring's sums by unit, channel, product and day must be those, after each wave, after a kill, after a shop moved
 * to another city, and after measures were redefined; incentive's and the recount must agree. BIHUAN_SEED repeats a
 * run. */
#include "base/buf.h"
#include "support/check.h"
#include "support/loop.h"
#include "support/seed.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_measures.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ORDERS  250 /* a wave */
#define FILES   4
#define SENDERS 2

static struct stack stack;
static uint64_t seed, state_of_random;
static int wave;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- the independent way --------------------------------------------------------------------------------------------
 */

/* What each measure says, in SQL: the lines it takes, its key, its window and its unit of type `within`. */
struct said {
    const char *code, *holds, *key, *window, *within;
};

static struct said measures[] = {
    { "city-month", "true", "customer", "date_trunc('month', day)", "city" },
    { "customers", "true", "customer", "date '1970-01-01'", "''" },
    { "range", "state = 'completed'", "product", "day", "shop" },
    { "phones", "product = 'phone'", "customer", "date_trunc('quarter', day)", "'P'" },
    { "shops", "true", "shop", "date_trunc('month', day)", "''" },
};
#define MEASURES (sizeof measures / sizeof measures[0])

static const char LIVE[] =
    "WITH live AS (SELECT DISTINCT ON (sender, id) r.*, c.city FROM raw r, place c WHERE op = 'record'"
    " AND NOT EXISTS (SELECT 1 FROM raw x WHERE x.sender = r.sender AND x.id = r.id AND x.op = 'cancel')"
    " AND c.shop = r.shop AND r.day >= c.from_day AND r.day < c.until_day"
    " ORDER BY sender, id, v DESC, (state = 'completed') DESC)";

/* Sums that differ between what SQL says of the raw rows and what monitoring booked. */
static int64_t count_different(const struct said *m)
{
    struct buf sql = { 0 };
    int64_t count;

    buf_printf(&sql, "%s, first AS (SELECT * FROM (SELECT live.*, row_number() OVER (PARTITION BY %s, %s, %s", LIVE,
               m->key, m->window, m->within);
    buf_printf(
        &sql,
        " ORDER BY day, at, f.id, live.id COLLATE \"C\") AS place FROM live JOIN feedback.sender f"
        " ON f.name = live.sender WHERE (%s) AND %s <> '' AND state IN ('placed', 'completed')) x WHERE place = 1),",
        m->holds, m->key);
    buf_printf(&sql,
               " want AS (SELECT u.id AS unit_id, p.id AS product_id, first.day::date AS day, count(*) AS n FROM first"
               " JOIN feedback.ref_unit u ON u.code = first.shop JOIN feedback.ref_product p ON p.code = first.product"
               " GROUP BY 1, 2, 3), have AS (SELECT g.unit_id, g.product_id, g.day, sum(s.n) AS n FROM"
               " monitoring.progress g, unnest(g.measures, g.sums) s(m, n) WHERE s.m = %u GROUP BY 1, 2, 3"
               " HAVING sum(s.n) <> 0) SELECT (SELECT count(*) FROM (SELECT * FROM want EXCEPT SELECT * FROM have) a)"
               " + (SELECT count(*) FROM (SELECT * FROM have EXCEPT SELECT * FROM want) b)"
               " + CASE WHEN EXISTS (SELECT 1 FROM want) THEN 0 ELSE 1000000 END",
               loop_measure(&stack, m->code));
    count = pg_number(&stack.pg, buf_text(&sql));
    buf_fini(&sql);
    return count;
}

static void check_all(const char *when)
{
    static const char *const ranges[][2] = { { "", "" }, { "2026-09-01", "2026-09-12" } };

    loop_wait_inbox(&stack, "orders0", 60);
    loop_wait_inbox(&stack, "orders1", 60);
    loop_catch_up_reissued(&stack);
    free(pg_value(&stack.pg, "ANALYZE raw, place, monitoring.progress")); /* else each comparison takes 0.3 s */
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++)
        (void)loop_agree(&stack, ranges[r][0], ranges[r][1]);
    for (size_t i = 0; i < MEASURES; i++) {
        int64_t different = count_different(&measures[i]);

        if (different)
            fail_msg("seed %" PRIu64 ", %s: %" PRId64 " sums of \"%s\" aren't what the rows say", seed, when, different,
                     measures[i].code);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM (SELECT 1 FROM feedback.distinct_line GROUP BY measure_id,"
                                   " within_id, window_day, key HAVING count(*) FILTER (WHERE first) <> 1) x"),
              0);
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

struct files {
    struct buf text[SENDERS][FILES];
    struct buf raw; /* VALUES of the test's own table */
};

static void put_row(struct files *files, int sender, int id, int v, int day, const char *state, const char *fields[3])
{
    int hour = 8 + pick(2); /* ties in time are common */
    int file = pick(FILES), again = pick(8) ? file : pick(FILES);
    char line[200];

    snprintf(line, sizeof line, "n-%d,2026-%02d-%02d %02d:00:00,%s,%s,%s,%s,%d\n", id, 8 + day / 28, 1 + day % 28, hour,
             fields[0], fields[1], fields[2], state, v);
    buf_append_text(&files->text[sender][file], line);
    if (again != file)
        buf_append_text(&files->text[sender][again], line);
    buf_printf(&files->raw, "%s('s%d','n-%d',%d,'%s','%s',date '2026-%02d-%02d',%d,'%s','%s','%s')",
               buf_text(&files->raw)[files->raw.len - 1] == ')' ? "," : "", sender, id, v,
               strcmp(state, "cancelled") == 0 ? "cancel" : "record", state, 8 + day / 28, 1 + day % 28, hour,
               fields[0], fields[1], fields[2]);
}

static void make_order(struct files *files, int id)
{
    static const char *const shops[] = { "O1", "O2", "O3", "O4" }, *const whats[] = { "phone", "tv", "sim" };
    static const char *const who[] = { "", "amy", "bob", "cai", "dan", "eve", "fan", "gao", "hu", "li" };
    int sender = pick(SENDERS), versions = 1 + (pick(3) == 0) + (pick(6) == 0), day = pick(56);
    const char *fields[3];

    for (int v = 1; v <= versions; v++) {
        fields[0] = shops[pick(4)];
        fields[1] = whats[pick(3)];
        fields[2] = who[pick(10)];
        if (v > 1 && pick(2))
            day = pick(56);
        put_row(files, sender, id, v, day, pick(4) ? "completed" : "placed", fields);
    }
    if (pick(5) == 0)
        put_row(files, sender, id, versions, day + pick(56 - day), "cancelled", fields);
}

static void send_wave(bool killed)
{
    struct files files = { 0 };
    char name[40], feed[32];

    buf_append_text(&files.raw, "INSERT INTO raw VALUES ");
    for (int i = 0; i < ORDERS; i++)
        make_order(&files, wave * ORDERS + i);
    free(pg_value(&stack.pg, buf_text(&files.raw)));
    for (int s = 0; s < SENDERS; s++)
        for (int f = 0; f < FILES; f++) {
            struct buf text = { 0 };

            buf_append_text(&text, "id,when,shop,what,who,state,v\n");
            buf_append(&text, files.text[s][f].data, files.text[s][f].len);
            snprintf(feed, sizeof feed, "orders%d", s);
            snprintf(name, sizeof name, "orders_%d.csv", wave * FILES + f);
            loop_drop(&stack, feed, name, text.data, text.len);
            buf_fini(&text);
            buf_fini(&files.text[s][f]);
        }
    buf_fini(&files.raw);
    wave++;
    if (killed) {
        stack_kill(&stack, "feedback", "a", 9);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void any_order_of_arrival(void **state)
{
    (void)state;
    send_wave(false);
    check_all("the first wave");
    send_wave(true);
    check_all("a second wave, killed");
}

static int64_t tried(const char *json)
{
    const Bihuan__TryMeasureReply *reply = (const Bihuan__TryMeasureReply *)stack_apply(&stack, MSG(TRY_MEASURE), json);

    CHECK_INT(reply->buckets_read, reply->buckets);
    return reply->total;
}

/* A trial of what is published says the published sum; one of another window what SQL says. */
static void a_trial_counts_the_same(void **state)
{
    struct buf sql = { 0 };
    const Bihuan__TryMeasureReply *reply;

    (void)state;
    for (size_t i = 0; i < MEASURES; i++) {
        char json[80], sum[200];

        snprintf(json, sizeof json, "{\"measure\":\"%s\"}", measures[i].code);
        snprintf(sum, sizeof sum,
                 "SELECT sum(n)::bigint FROM monitoring.progress, unnest(measures, sums) s(m, n)"
                 " WHERE m = %u",
                 loop_measure(&stack, measures[i].code));
        CHECK_INT(tried(json), pg_number(&stack.pg, sum));
    }
    buf_printf(&sql, "%s SELECT count(DISTINCT (customer, day)) FROM live WHERE customer <> ''", LIVE);
    reply = (const Bihuan__TryMeasureReply *)stack_apply(
        &stack, MSG(TRY_MEASURE),
        "{\"definition\":{\"value\":\"distinct\",\"distinct\":{\"key\":\"customer\",\"window\":\"day\"},"
        "\"filter\":{\"states\":[\"placed\",\"completed\"]}}}");
    CHECK_INT(reply->total, pg_number(&stack.pg, buf_text(&sql)));
    buf_reset(&sql);
    buf_printf(&sql, "%s SELECT count(*) FROM live WHERE customer = ''", LIVE);
    CHECK_INT(reply->without_key, pg_number(&stack.pg, buf_text(&sql)));
    assert_true(reply->without_key > 0);
    buf_fini(&sql);
}

static void a_shop_moves(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'},"
               "{'parent':'C2','from':'2026-08-20'}]}]}");
    free(pg_value(&stack.pg, "UPDATE place SET until_day = '2026-08-20' WHERE shop = 'O2';"
                             "INSERT INTO place VALUES ('O2', 'C2', '2026-08-20', 'infinity')"));
    send_wave(false);
    check_all("a shop moved to another city");
}

static void redefined(void **state)
{
    (void)state;
    send_wave(false);
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'redefine':true,'items':[{'code':'city-month','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'product','window':'year','within':'outlet'},"
               "'filter':{'states':['placed','completed'],'products':['tv','sim']}},"
               "{'code':'customers','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'customer','window':'day'},'filter':{'states':['placed','completed']}}]}");
    measures[0] = (struct said) { "city-month", "product <> 'phone'", "product", "date_trunc('year', day)", "shop" };
    measures[1] = (struct said) { "customers", "true", "customer", "day", "''" };
    send_wave(true);
    check_all("two measures were redefined in the midst of files");
}

/* Differences that the recount finds over all buckets. */
static size_t count_found(const char *says)
{
    size_t found = 0;

    for (int b = 0; b < stack.buckets; b++) {
        const Bihuan__RecountReply *reply;
        char json[40];

        snprintf(json, sizeof json, "{\"bucket\":%d}", b);
        reply = (const Bihuan__RecountReply *)stack_apply(&stack, MSG(RECOUNT), json);
        for (size_t i = 0; i < reply->n_differences; i++)
            if (strstr(reply->differences[i], says))
                found++;
            else
                fail_msg("\"%s\" doesn't say \"%s\"", reply->differences[i], says);
    }
    return found;
}

/* Lines that are kept otherwise than the facts say are found, one by one. */
static void a_recount_finds_what_is_kept_wrongly(void **state)
{
    static const struct {
        const char *spoil, *says;
    } rows[] = {
        { "DELETE FROM feedback.distinct_line WHERE ctid = (SELECT min(ctid) FROM feedback.distinct_line) RETURNING 1",
          "isn't kept" },
        { "UPDATE feedback.distinct_line SET key = 'nobody' WHERE ctid = (SELECT min(ctid) FROM feedback.distinct_line)"
          " RETURNING 1",
          "otherwise than the fact says" },
        { "INSERT INTO feedback.distinct_line SELECT bucket, sender, record_key || 'x', measure_id, key_hash, "
          "within_id,"
          " window_day, key, day, occurred_at, version, unit_id, seller_id, channel_id, product_id, false FROM"
          " feedback.distinct_line LIMIT 1 RETURNING 1",
          "a line is kept that doesn't hold" },
    };

    (void)state;
    free(pg_value(&stack.pg, "CREATE TABLE kept AS SELECT * FROM feedback.distinct_line"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(pg_number(&stack.pg, rows[i].spoil), 1);
        CHECK_INT(count_found(rows[i].says), 1);
        free(pg_value(&stack.pg, "DELETE FROM feedback.distinct_line;"
                                 "INSERT INTO feedback.distinct_line SELECT * FROM kept"));
        CHECK_INT(count_found(""), 0);
    }
}

/* Its two sides are what the two measures sum to, by hand. */
static void a_ratio_is_tried(void **state)
{
    const Bihuan__TryMeasureReply *reply;
    int64_t of = tried("{\"measure\":\"phones\"}"), over = tried("{\"measure\":\"shops\"}");

    (void)state;
    reply = (const Bihuan__TryMeasureReply *)stack_apply(
        &stack, MSG(TRY_MEASURE),
        "{\"definition\":{\"value\":\"ratio\",\"ratio\":{\"of\":\"phones\",\"over\":\"shops\",\"times\":100,"
        "\"decimals\":1}}}");
    CHECK_INT(reply->of, of);
    CHECK_INT(reply->over, over);
    CHECK_INT(reply->total, (of * 2000 + over) / (over * 2)); /* half up */
    CHECK_INT(reply->scale, 1);
    reply = (const Bihuan__TryMeasureReply *)stack_apply(
        &stack, MSG(TRY_MEASURE),
        "{\"from\":\"2025-01-01\",\"until\":\"2025-02-01\",\"definition\":{\"value\":\"average\","
        "\"average_of\":\"quantity\"}}");
    assert_true(reply->no_value);
}

/* --- scene ---------------------------------------------------------------------------------------------------------
 */

static void apply_feed(int sender)
{
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders%d','title':'o','sender':'s%d','fact':'order_line','watermark':'none',"
                    "'files':'orders_{n+}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                    "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                    "{'field':'customer','column':'who'},{'field':'quantity','column':'','default':'1'},"
                    "{'field':'state','column':'state','map':'state'},{'field':'version','column':'v'},"
                    "{'field':'operation','column':'state','map':'operation'}],"
                    "'maps':[{'name':'operation','entries':[{'from':'placed','to':'record'},"
                    "{'from':'completed','to':'record'},{'from':'cancelled','to':'cancel'}]},"
                    "{'name':'state','pass':true}]}]}",
                    sender, sender);
}

static int setup(void **state)
{
    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    free(pg_value(&stack.pg,
                  "CREATE TABLE raw (sender text, id text, v int, op text, state text, day date, at int, shop text,"
                  " product text, customer text);"
                  "CREATE TABLE place (shop text, city text, from_day date, until_day date);"
                  "INSERT INTO place SELECT 'O' || n, CASE WHEN n < 3 THEN 'C1' ELSE 'C2' END, '2026-01-01', 'infinity'"
                  " FROM generate_series(1, 4) n"));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'phone','name':'p'},{'code':'tv','name':'t'},{'code':'sim','name':'s'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'P','type':'province'},"
               "{'code':'C1','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O3','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'O4','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'city-month','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'customer','window':'month','within':'city'},"
               "'filter':{'states':['placed','completed']}},"
               "{'code':'customers','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'customer','window':'ever'},'filter':{'states':['placed','completed']}},"
               "{'code':'range','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'product','window':'day','within':'outlet'}},"
               "{'code':'phones','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'customer','window':'quarter','within':'province'},"
               "'filter':{'states':['placed','completed'],'products':['phone']}},"
               "{'code':'shops','title_zh':'c','title_en':'c','value':'distinct',"
               "'distinct':{'key':'unit','window':'month'},'filter':{'states':['placed','completed']}}]}");
    for (int s = 0; s < SENDERS; s++)
        apply_feed(s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_arrival), cmocka_unit_test(a_trial_counts_the_same),
        cmocka_unit_test(a_shop_moves),         cmocka_unit_test(redefined),
        cmocka_unit_test(a_ratio_is_tried),     cmocka_unit_test(a_recount_finds_what_is_kept_wrongly),
    };

    return cmocka_run_group_tests_name("distinct", tests, setup, teardown);
}
