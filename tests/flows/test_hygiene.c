/* What keeps sales honest, against plain SQL over the same rows: prices against policy by day and channel, cancels
 * behind a month's end, completeness, opportunities moved in a week, activations elsewhere, sell-through and old stock
 * sold. Orders come in versions, are cancelled before and after, and are cut into files at random. Policy then changes
 * in the midst of files, and all is as if it had been so from the start. BIHUAN_SEED repeats a run. */
#include "base/buf.h"
#include "support/check.h"
#include "support/loop.h"
#include "support/seed.h"
#include "text/pbjson.h"

#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORDS 120 /* of a kind and wave */
#define FILES   3
#define KINDS   5

static const char *const kinds[KINDS] = { "order_line", "opportunity_move", "activation", "stock_in", "stock_out" };
static struct stack stack;
static uint64_t seed, state_of_random;
static int wave;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- the independent way --------------------------------------------------------------------------------------------
 */

/* The price of a piece: in the channel, else in all, else the list's; of services none. */
#define PRICE                                                                                                          \
    "coalesce((SELECT p.price FROM policy p WHERE p.product = r.product AND r.day >= p.from_day AND"                   \
    " r.day < p.until_day AND p.channel IN (r.channel, '') ORDER BY p.channel DESC LIMIT 1),"                          \
    " (SELECT l.price FROM list l WHERE l.product = r.product))"

/* Of r, a record's highest version, and c, the day of its cancel: days and values. */
struct said {
    const char *code, *sql;
};

#define BOTH(what, where)                                                                                              \
    "SELECT shop, day, " what " AS n FROM r WHERE " where " UNION ALL SELECT shop, c, -(" what                         \
    ") FROM r WHERE c IS NOT"                                                                                          \
    " NULL AND " where
static const struct said measures[] = {
    { "off_policy", BOTH("1", "kind = 'order_line' AND abs(money - price * qty) * 1000000 > price * qty * 50000") },
    { "late_cancels", "SELECT shop, c AS day, 1 AS n FROM r WHERE kind = 'order_line' AND c >= date_trunc('month', day)"
                      " + interval '1 month' AND c < date_trunc('month', day) + interval '1 month 10 days'" },
    { "cancelled",
      "SELECT shop, c AS day, money::bigint * 10000 AS n FROM r WHERE kind = 'order_line' AND c IS NOT NULL" },
    { "lines", BOTH("1", "kind = 'order_line'") },
    { "complete", BOTH("1", "kind = 'order_line' AND who <> '' AND place <> ''") },
    { "moved", "SELECT DISTINCT ON (subject, date_trunc('week', day)) shop, day, 1 AS n FROM r"
               " WHERE kind = 'opportunity_move' AND c IS NULL AND subject <> ''"
               " ORDER BY subject, date_trunc('week', day), day, at, id COLLATE \"C\"" },
    { "elsewhere", BOTH("1", "kind = 'activation' AND place <> '' AND place <> city") },
    { "brought", BOTH("qty", "kind = 'stock_in'") },
    { "sold", BOTH("qty", "kind = 'stock_out'") },
    { "sold_old", BOTH("qty", "kind = 'stock_out' AND day - since > 30") },
};
#define MEASURES (sizeof measures / sizeof measures[0])

static const char FIND_R[] =
    "SET client_min_messages = error; DROP TABLE IF EXISTS r; CREATE TABLE r AS SELECT r.*, " PRICE " AS price FROM"
    " (SELECT DISTINCT ON (kind, id) *, (SELECT max(x.day) FROM raw x WHERE x.kind = raw.kind AND x.id = raw.id AND"
    " x.op = 'cancel') AS c FROM raw JOIN place_of USING (shop) WHERE op = 'record' ORDER BY kind, id, v DESC) r";

static int64_t count_different(const struct said *m)
{
    struct buf sql = { 0 };
    int64_t count;

    buf_printf(&sql,
               "WITH want AS (SELECT shop AS unit, day::date AS day, sum(n)::numeric AS n FROM (%s) x GROUP BY 1, 2"
               " HAVING sum(n) <> 0), have AS (SELECT u.code AS unit, g.day, sum(s.n) AS n FROM monitoring.progress g"
               " JOIN feedback.ref_unit u ON u.id = g.unit_id, unnest(g.measures, g.sums) s(m, n) WHERE s.m = %u"
               " GROUP BY 1, 2 HAVING sum(s.n) <> 0) SELECT"
               " (SELECT count(*) FROM (SELECT * FROM want EXCEPT SELECT * FROM have) a)"
               " + (SELECT count(*) FROM (SELECT * FROM have EXCEPT SELECT * FROM want) b)"
               " + CASE WHEN EXISTS (SELECT 1 FROM want) THEN 0 ELSE 1000000 END",
               m->sql, loop_measure(&stack, m->code));
    count = pg_number(&stack.pg, buf_text(&sql));
    buf_fini(&sql);
    return count;
}

static void check_all(const char *when)
{
    for (int k = 0; k < KINDS; k++)
        loop_wait_inbox(&stack, kinds[k], 60);
    loop_catch_up_reissued(&stack);
    (void)loop_agree(&stack, "", "");
    (void)loop_agree(&stack, "2026-09-01", "2026-09-12");
    free(pg_value(&stack.pg, FIND_R));
    for (size_t i = 0; i < MEASURES; i++) {
        int64_t different = count_different(&measures[i]);

        if (different)
            fail_msg("seed %" PRIu64 ", %s: %" PRId64 " sums of \"%s\" aren't what the rows say", seed, when, different,
                     measures[i].code);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

struct files {
    struct buf text[KINDS][FILES];
    struct buf raw;
};

struct row {
    int kind, id, v, day, qty, since;
    bool cancel;
    const char *shop, *product, *channel, *who, *place, *subject;
    int money; /* yuan */
};

/* Days are of August to October. */
static void put_row(struct files *files, const struct row *r)
{
    int hour = 8 + pick(2), file = pick(FILES), again = pick(8) ? file : pick(FILES);
    char line[400];

    snprintf(line, sizeof line, "n-%d,2026-%02d-%02d %02d:00:00,%s,%s,%s,%d,%d,%s,%s,%s,2026-07-%02d,%s,%d\n", r->id,
             8 + r->day / 30, 1 + r->day % 30, hour, r->shop, r->product, r->channel, r->qty, r->money, r->who,
             r->place, r->subject, r->since, r->cancel ? "cancel" : "record", r->v);
    buf_append_text(&files->text[r->kind][file], line);
    if (again != file)
        buf_append_text(&files->text[r->kind][again], line);
    buf_printf(
        &files->raw,
        "%s('%s','n-%d',%d,'%s',date '2026-%02d-%02d',%d,'%s','%s','%s',%d,%d,'%s','%s','%s',date '2026-07-%02d')",
        buf_text(&files->raw)[files->raw.len - 1] == ')' ? "," : "", kinds[r->kind], r->id, r->v,
        r->cancel ? "cancel" : "record", 8 + r->day / 30, 1 + r->day % 30, hour, r->shop, r->product, r->channel,
        r->qty, r->money, r->who, r->place, r->subject, r->since);
}

static void make_record(struct files *files, int kind, int id)
{
    static const char *const shops[] = { "O1", "O2", "O3", "O4" }, *const whats[] = { "phone", "tv", "service" };
    static const char *const channels[] = { "hall", "online" }, *const who[] = { "", "amy", "bob" };
    static const char *const places[] = { "", "C1", "C2" }, *const subjects[] = { "", "p1", "p2", "p3", "p4", "p5" };
    static const int prices[] = { 80, 90, 95, 100, 100, 104, 110, 200 };
    struct row r = { .kind = kind, .id = id, .day = pick(70), .since = 1 + pick(31) };
    int versions = 1 + (pick(4) == 0);

    for (r.v = 1; r.v <= versions; r.v++) {
        r.shop = shops[pick(4)];
        r.product = whats[pick(3)];
        r.channel = channels[pick(2)];
        r.who = who[pick(3)];
        r.place = places[pick(3)];
        r.subject = subjects[pick(6)];
        r.qty = 1 + pick(3);
        r.money = prices[pick(8)] * r.qty;
        if (r.v > 1 && pick(2))
            r.day = pick(70);
        put_row(files, &r);
    }
    r.v = versions;
    r.cancel = true;
    r.day += pick(20);
    if (pick(4) == 0)
        put_row(files, &r);
}

static void send_wave(void)
{
    struct files files = { 0 };
    char name[40];

    buf_append_text(&files.raw, "INSERT INTO raw VALUES ");
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < RECORDS; i++)
            make_record(&files, k, wave * RECORDS + i);
    free(pg_value(&stack.pg, buf_text(&files.raw)));
    for (int k = 0; k < KINDS; k++)
        for (int f = 0; f < FILES; f++) {
            struct buf text = { 0 };

            buf_append_text(&text, "id,when,shop,what,channel,qty,money,who,place,subject,since,op,v\n");
            buf_append(&text, files.text[k][f].data, files.text[k][f].len);
            snprintf(name, sizeof name, "rows_%d.csv", wave * FILES + f);
            loop_drop(&stack, kinds[k], name, text.data, text.len);
            buf_fini(&text);
            buf_fini(&files.text[k][f]);
        }
    buf_fini(&files.raw);
    wave++;
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void all_are_found(void **state)
{
    (void)state;
    send_wave();
    check_all("the first wave");
}

/* The phone gets dearer in halls from September 10th on, and the television another price everywhere. */
static void policy_changes(void **state)
{
    (void)state;
    send_wave();
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'phone','name':'p','list_price':'100','prices':["
               "{'channel':'online','from':'2026-08-10','until':'2026-09-05','price':'90'},"
               "{'channel':'hall','from':'2026-09-10','price':'110'}]},"
               "{'code':'tv','name':'t','prices':[{'from':'2026-08-01','until':'2026-09-20','price':'200'},"
               "{'channel':'hall','from':'2026-08-15','until':'2026-08-25','price':'100'}]}]}");
    free(pg_value(&stack.pg, "DELETE FROM policy; INSERT INTO policy VALUES"
                             " ('phone', 'online', '2026-08-10', '2026-09-05', 90),"
                             " ('phone', 'hall', '2026-09-10', 'infinity', 110),"
                             " ('tv', '', '2026-08-01', '2026-09-20', 200),"
                             " ('tv', 'hall', '2026-08-15', '2026-08-25', 100)"));
    send_wave();
    check_all("policy changed in the midst of files");
}

static void prices_are_checked(void **state)
{
    static const struct {
        const char *why, *prices, *says;
    } rows[] = {
        { "an unknown channel", "{'channel':'moon','from':'2026-08-01','price':'1'}", "/items/0/prices/0/channel" },
        { "no first day", "{'price':'1'}", "/items/0/prices/0/from" },
        { "ends before it begins", "{'from':'2026-08-02','until':'2026-08-01','price':'1'}",
          "/items/0/prices/0/until" },
        { "no number", "{'from':'2026-08-02','price':'dear'}", "/items/0/prices/0/price" },
        { "below 0", "{'from':'2026-08-02','price':'-1'}", "/items/0/prices/0/price" },
        { "two of one day",
          "{'from':'2026-08-02','price':'1'},{'channel':'hall','from':'2026-08-02','price':'1'},"
          "{'from':'2026-08-01','until':'2026-08-03','price':'2'}",
          "/items/0/prices/2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ProtobufCMessage *parsed;
        char json[500];
        struct err err;

        snprintf(json, sizeof json, "{'items':[{'code':'x','name':'x','prices':[%s]}]}", rows[i].prices);
        for (char *at = json; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        err_clear(&err);
        assert_int_equal(
            pbjson_parse(&bihuan__apply_products_request__descriptor, json, strlen(json), &stack.arena, &parsed, &err),
            0);
        if (stack_ask(&stack, "planning", MSG(APPLY_PRODUCTS), parsed, NULL, &err) == 0)
            fail_msg("%s was taken", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
}

/* Ratios of what was counted: completeness and sell-through, rounded half up. */
static void ratios_divide_them(void **state)
{
    static const char *const parts[][3] = { { "completeness", "complete", "lines" },
                                            { "sell_through", "sold", "brought" } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char json[200], sql[300];
        const Bihuan__GetProgressReply *reply;
        int64_t sums[2];

        for (size_t p = 0; p < 2; p++) {
            snprintf(sql, sizeof sql,
                     "SELECT coalesce(sum(n), 0)::bigint FROM monitoring.progress g, unnest(g.measures, g.sums) s(m, n)"
                     " WHERE m = %u AND day BETWEEN '2026-09-01' AND '2026-09-24'",
                     loop_measure(&stack, parts[i][1 + p]));
            sums[p] = pg_number(&stack.pg, sql);
        }
        snprintf(json, sizeof json, "{\"unit\":\"P\",\"measure\":\"%s\",\"period\":\"M09\",\"as_of\":\"2026-09-24\"}",
                 parts[i][0]);
        reply = (const Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
        CHECK_INT(reply->items[0]->actual, (2000 * sums[0] + sums[1]) / (2 * sums[1]));
    }
}

/* --- scene ---------------------------------------------------------------------------------------------------------
 */

static void apply_feeds(void)
{
    for (int k = 0; k < KINDS; k++)
        loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                        "{'items':[{'code':'%s','title':'o','sender':'s','fact':'%s','watermark':'none',"
                        "'files':'rows_{n+}.csv','key':['id'],'columns':["
                        "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                        "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                        "{'field':'channel','column':'channel'},{'field':'quantity','column':'qty'},"
                        "{'field':'amount','column':'money'},{'field':'customer','column':'who'},"
                        "{'field':'place','column':'place'},{'field':'subject','column':'subject'},"
                        "{'field':'since','column':'since','format':'yyyy-MM-dd'},"
                        "{'field':'operation','column':'op'},{'field':'version','column':'v'}]}]}",
                        kinds[k], kinds[k]);
}

static void apply_measures(void)
{
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'off_policy','title_zh':'p','title_en':'p','value':'count',"
               "'filter':{'price':'off_policy','price_band_ppm':50000}},"
               "{'code':'late_cancels','title_zh':'l','title_en':'l','value':'count',"
               "'filter':{'cancelled':'after_month','cancelled_days':10}},"
               "{'code':'cancelled','title_zh':'c','title_en':'c','value':'amount','filter':{'cancelled':'any'}},"
               "{'code':'lines','title_zh':'l','title_en':'l','value':'count'},"
               "{'code':'complete','title_zh':'c','title_en':'c','value':'count',"
               "'filter':{'has':['customer','place']}},"
               "{'code':'moved','title_zh':'m','title_en':'m','fact':'opportunity_move','value':'distinct',"
               "'distinct':{'key':'subject','window':'week'}},"
               "{'code':'elsewhere','title_zh':'e','title_en':'e','fact':'activation','value':'count',"
               "'filter':{'place':'outside'}},"
               "{'code':'brought','title_zh':'b','title_en':'b','fact':'stock_in','value':'quantity'},"
               "{'code':'sold','title_zh':'s','title_en':'s','fact':'stock_out','value':'quantity'},"
               "{'code':'sold_old','title_zh':'o','title_en':'o','fact':'stock_out','value':'quantity',"
               "'filter':{'age':'31..'}},"
               "{'code':'completeness','title_zh':'c','title_en':'c','value':'ratio',"
               "'ratio':{'of':'complete','over':'lines','times':100,'decimals':1}},"
               "{'code':'sell_through','title_zh':'t','title_en':'t','value':'ratio',"
               "'ratio':{'of':'sold','over':'brought','times':100,'decimals':1}}]}");
}

static int setup(void **state)
{
    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    free(pg_value(&stack.pg,
                  "CREATE TABLE raw (kind text, id text, v int, op text, day date, at int, shop text, product text,"
                  " channel text, qty int, money int, who text, place text, subject text, since date);"
                  "CREATE TABLE list (product text, price int); INSERT INTO list VALUES ('phone', 100);"
                  "CREATE TABLE policy (product text, channel text, from_day date, until_day date, price int);"
                  "INSERT INTO policy VALUES ('phone', 'hall', '2026-08-10', '2026-08-20', 80),"
                  " ('tv', '', '2026-08-01', 'infinity', 110);"
                  "CREATE TABLE place_of (shop text, city text); INSERT INTO place_of VALUES ('O1', 'C1'),"
                  " ('O2', 'C1'), ('O3', 'C2'), ('O4', 'C2')"));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'},{'code':'online','name':'o'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'phone','name':'p','list_price':'100','prices':["
               "{'channel':'hall','from':'2026-08-10','until':'2026-08-20','price':'80'}]},"
               "{'code':'tv','name':'t','prices':[{'from':'2026-08-01','price':'110'}]},"
               "{'code':'service','name':'s'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'P','type':'province'},"
               "{'code':'C1','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O3','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'O4','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    apply_measures();
    apply_feeds();
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
        cmocka_unit_test(all_are_found),
        cmocka_unit_test(policy_changes),
        cmocka_unit_test(ratios_divide_them),
        cmocka_unit_test(prices_are_checked),
    };

    return cmocka_run_group_tests_name("hygiene", tests, setup, teardown);
}
