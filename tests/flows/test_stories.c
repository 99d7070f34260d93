/* The stories planted in the demo province are found, with figures that agree with plain SQL over the raw files.
 *
 * The files of seven weeks around the quarter's begin are loaded by the product with the demo's own manifests, and by
 * COPY, as lines of text, into tables of the test's own, where SQL splits them, leaves out what is broken, takes each
 * record's highest version and its cancel, and looks up products, prices and cities in the manifests' text. */
#include "base/buf.h"
#include "support/check.h"
#include "support/loop.h"
#include "support/web.h"

#include "bihuan/monitoring.pb-c.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;
static char demo[100];

static void run(const char *command)
{
    if (system(command) != 0)
        fail_msg("could not run: %s", command);
}

/* --- the independent way --------------------------------------------------------------------------------------------
 */

/* Lines of text that a command prints, into raw.<table>. */
static void copy_lines(const char *table, const char *command)
{
    char sql[120], bytes[65536];
    PGconn *db = PQconnectdb(stack.pg.url);
    FILE *pipe = popen(command, "re");
    PGresult *result;
    size_t got;

    snprintf(sql, sizeof sql, "COPY raw.%s FROM STDIN (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')", table);
    assert_non_null(pipe);
    result = PQexec(db, sql);
    assert_int_equal(PQresultStatus(result), PGRES_COPY_IN);
    PQclear(result);
    while ((got = fread(bytes, 1, sizeof bytes, pipe)) > 0)
        assert_int_equal(PQputCopyData(db, bytes, (int)got), 1);
    assert_int_equal(PQputCopyEnd(db, NULL), 1);
    result = PQgetResult(db);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", table, PQerrorMessage(db));
    PQclear(result);
    PQfinish(db);
    CHECK_INT(pclose(pipe), 0);
}

static const char TABLES[] =
    "SET client_min_messages = error; CREATE SCHEMA raw; CREATE TABLE raw.bss (t text); CREATE TABLE raw.dealer (t "
    "text);"
    "CREATE TABLE raw.hotline (t text); CREATE TABLE raw.units (t text); CREATE TABLE raw.products (t text);"
    "CREATE TABLE raw.maps (t text); CREATE TABLE raw.targets (t text)";

/* What each system says, in one shape. `good`: fields are there, time and amount can be read. */
static const char ROWS[] =
    "CREATE TABLE rows AS SELECT 'bss-orders' AS feed, f[1] || '|' || f[2] AS id, f[3]::int AS v, f[4] AS at, f[5] AS "
    "site,"
    " f[6] AS seller, f[8] AS item, f[9]::int AS qty, f[10] AS money, 100 AS per_yuan, f[11] = '900' AS cancel,"
    " f[11] = '300' AS done, f[14] AS area FROM (SELECT string_to_array(t, '|') AS f FROM raw.bss) x"
    " WHERE cardinality(f) = 14"
    " UNION ALL SELECT 'dealer-orders', f[1] || '|' || f[2], f[3]::int, translate(f[5], '/: ', ''), f[6], f[7], f[8],"
    " f[9]::int, f[10], 1, f[4] = 'VOID', true, f[11] FROM (SELECT string_to_array(rtrim(t, E'\\r'), ',') AS f FROM"
    " raw.dealer) x WHERE cardinality(f) = 11"
    " UNION ALL SELECT 'hotline-orders', f[1] || '|' || f[2], f[3]::int, translate(left(f[4], 19), '-:T', ''), "
    "'HOTLINE',"
    " f[5], f[6], f[7]::int, f[8], 1000, f[9] = 'cancelled', f[9] = 'completed', f[10] FROM"
    " (SELECT string_to_array(t, E'\\t') AS f FROM raw.hotline) x WHERE cardinality(f) = 10";
static const char TREE[] =
    "CREATE TABLE tree AS SELECT f[1] AS code, f[3] AS type, nullif(f[4], '') AS parent FROM"
    " (SELECT string_to_array(t, ',') AS f FROM raw.units) x;"
    "CREATE TABLE above AS WITH RECURSIVE up AS (SELECT code, code AS up FROM tree UNION ALL SELECT up.code, "
    "tree.parent"
    " FROM up JOIN tree ON tree.code = up.up WHERE tree.parent IS NOT NULL) SELECT up.code, up.up, tree.type FROM up"
    " JOIN tree ON tree.code = up.up; CREATE INDEX ON above (code)";
static const char CATALOGUE[] =
    "CREATE TABLE product AS SELECT f[1] AS code, f[2] AS parent, f[3]::numeric AS price FROM"
    " (SELECT string_to_array(t, ',') AS f FROM raw.products) x;"
    "CREATE TABLE item AS SELECT DISTINCT f[1] AS feed, f[2] AS item, f[3] AS product FROM"
    " (SELECT string_to_array(t, ',') AS f FROM raw.maps) x;"
    "CREATE TABLE target AS SELECT f[2] AS unit, f[6]::bigint AS amount FROM (SELECT string_to_array(t, ',') AS f FROM"
    " raw.targets) x WHERE f[3] = '' AND f[5] = 'new_users'; ANALYZE";
/* Records that count, with the day of their cancel; sold by the seller. */
static const char SALES[] =
    "CREATE TABLE good AS SELECT rows.*, left(at, 8) AS d FROM rows JOIN item USING (feed, item)"
    " WHERE money ~ '^-?[0-9.]+$' AND substr(at, 5, 2) <= '12' AND substr(at, 7, 2) <= '31'"
    " AND site IN (SELECT code FROM tree);"
    "CREATE TABLE sales AS SELECT r.feed, r.id, r.seller, r.d::date AS day, c.d::date AS c, r.qty, p.parent, p.price,"
    " r.money::numeric / r.per_yuan AS yuan, 'C' || substr(r.area, 3) AS area, h.up AS city FROM"
    " (SELECT DISTINCT ON (feed, id) * FROM good JOIN item i USING (feed, item) WHERE NOT cancel"
    " ORDER BY feed, id, v DESC, done DESC) r JOIN product p ON p.code = r.product"
    " LEFT JOIN (SELECT DISTINCT ON (feed, id) * FROM good WHERE cancel ORDER BY feed, id, v DESC) c USING (feed, id)"
    " LEFT JOIN above h ON h.code = r.seller AND h.type = 'city' WHERE r.done";

#define OFF "abs(yuan - price * qty) * 1000000 > price * qty * 50000"
#define BOTH(what, where)                                                                                              \
    "SELECT seller, day, " what " AS n FROM sales WHERE " where " UNION ALL SELECT seller, c, -(" what ") FROM sales"  \
    " WHERE c IS NOT NULL AND " where

/* Of each measure the sums by seller and day. */
static const struct said {
    const char *code, *sql;
} measures[] = {
    { "new_users", BOTH("1", "parent IN ('F-MOBILE', 'F-FUSION')") },
    { "revenue", BOTH("yuan * 10000", "true") },
    { "off_list", BOTH("1", OFF) },
    { "diverted", BOTH("1", "area <> city") },
    { "late_cancels",
      "SELECT seller, c AS day, 1 AS n FROM sales WHERE c >= date_trunc('month', day) + interval '1 month'"
      " AND c < date_trunc('month', day) + interval '1 month 10 days'" },
};
#define MEASURES (sizeof measures / sizeof measures[0])

static void load_raw(void)
{
    static const char *const sql[] = { ROWS, TREE, CATALOGUE, SALES };
    char command[2000];

    free(pg_value(&stack.pg, TABLES));
    snprintf(command, sizeof command,
             "for f in %s/load/bss-orders/*; do zcat $f | tail -n +2; done | iconv -f GB18030 -t UTF-8", demo);
    copy_lines("bss", command);
    snprintf(command, sizeof command, "for f in %s/load/dealer-orders/*; do tail -n +2 $f; done", demo);
    copy_lines("dealer", command);
    snprintf(command, sizeof command, "for f in %s/load/hotline-orders/*; do tail -n +2 $f; done", demo);
    copy_lines("hotline", command);
    snprintf(command, sizeof command, "tail -n +2 %s/manifests/units.csv", demo);
    copy_lines("units", command);
    snprintf(command, sizeof command, "tail -n +2 %s/manifests/targets-2026Q4.csv", demo);
    copy_lines("targets", command);
    snprintf(command, sizeof command,
             "sed -n 's/^- { code: \\([^,]*\\), .*parent: \\([^,]*\\), list_price: \"\\([0-9]*\\)\" }/\\1,\\2,\\3/p'"
             " %s/manifests/10-catalogue.yaml",
             demo);
    copy_lines("products", command);
    snprintf(command, sizeof command,
             "awk '/^- code:/ { feed = $3; at = 0 } /- name:/ { at = $3 == \"product\" }"
             " at && /from:/ { gsub(/[\",{}]/, \"\"); print feed \",\" $3 \",\" $5 }' %s/manifests/40-feeds.yaml",
             demo);
    copy_lines("maps", command);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++)
        free(pg_value(&stack.pg, sql[i]));
    for (size_t i = 0; i < MEASURES; i++) {
        char text[900];

        snprintf(
            text, sizeof text,
            "CREATE TABLE want_%s AS SELECT seller AS unit, day::date AS day, sum(n) AS n FROM (%s) x GROUP BY 1, 2",
            measures[i].code, measures[i].sql);
        free(pg_value(&stack.pg, text));
    }
}

/* --- what is found -------------------------------------------------------------------------------------------------
 */

static void figures_are_those_of_the_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEASURES; i++) {
        char sql[900];

        snprintf(sql, sizeof sql,
                 "WITH have AS (SELECT u.code AS unit, g.day, sum(s.n) AS n FROM monitoring.progress g JOIN"
                 " feedback.ref_unit u ON u.id = g.unit_id, unnest(g.measures, g.sums) s(m, n) WHERE s.m = %u"
                 " GROUP BY 1, 2), want AS (SELECT * FROM want_%s)"
                 " SELECT (SELECT count(*) FROM (SELECT * FROM want WHERE n <> 0 EXCEPT SELECT * FROM have) a)"
                 " + (SELECT count(*) FROM (SELECT * FROM have WHERE n <> 0 EXCEPT SELECT * FROM want) b)"
                 " + CASE WHEN EXISTS (SELECT 1 FROM want WHERE n <> 0) THEN 0 ELSE 1000000 END",
                 loop_measure(&stack, measures[i].code), measures[i].code);
        if (pg_number(&stack.pg, sql))
            fail_msg("%ld sums of \"%s\" aren't what the files say", pg_number(&stack.pg, sql), measures[i].code);
    }
    /* what SQL left out is what waits */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE NOT released"),
              pg_number(&stack.pg, "SELECT (SELECT count(*) FROM raw.bss) + (SELECT count(*) FROM raw.hotline)"
                                   " + (SELECT count(*) FROM raw.dealer) - (SELECT count(*) FROM good)"));
}

static const char *first_of(const char *sql)
{
    char *value = pg_value(&stack.pg, sql), *kept = arena_strdup(&stack.arena, value ? value : "");

    free(value);
    return kept;
}

/* Units of a type at which a measure came to at least the limit in the quarter, apart by blanks. */
static const char *at_least(const char *measure, const char *type, int limit)
{
    char sql[500];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(string_agg(up, ' ' ORDER BY up), '') FROM (SELECT up FROM want_%s w JOIN above a"
             " ON a.code = w.unit WHERE type = '%s' AND day >= '2026-10-01' GROUP BY up HAVING sum(n) >= %d) x",
             measure, type, limit);
    return first_of(sql);
}

/* Units that a rule has alerts of, apart by blanks. */
static const char *alerted(const char *rule)
{
    const Bihuan__ListAlertsReply *reply;
    char json[160];
    struct buf units = { 0 };
    const char *text;

    snprintf(json, sizeof json, "{\"state\":\"all\",\"inhibited\":true,\"page\":{\"limit\":500}}");
    reply = (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), json);
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->rule, rule) == 0)
            buf_printf(&units, "%s%s", units.len ? " " : "", reply->items[i]->unit);
    buf_append_text(&units, "");
    text = arena_strdup(&stack.arena, units.len ? buf_text(&units) : "");
    buf_fini(&units);
    return text;
}

static bool have_fired(void *arg)
{
    (void)arg;
    return strcmp(alerted("lag-new-users"), "") != 0 && strcmp(alerted("cancels-outlet"), "") != 0;
}

static const char *story(const char *name)
{
    char command[400], text[100] = "";
    FILE *pipe;

    snprintf(command, sizeof command, "sed 's/.*\"%s\":{\"unit\":\"\\([^\"]*\\)\".*/\\1/' %s/stories.json", name, demo);
    pipe = popen(command, "re");
    assert_non_null(pipe);
    assert_non_null(fgets(text, sizeof text, pipe));
    text[strcspn(text, "\n")] = 0;
    pclose(pipe);
    return arena_strdup(&stack.arena, text);
}

/* Whoever reaches a limit by the files has the alert, and nobody else. */
static void limits_find_whom_they_must(void **state)
{
    static const struct {
        const char *story, *rule, *measure, *type;
        int limit;
    } rows[] = {
        { "cancelling_outlet", "cancels-outlet", "late_cancels", "outlet", 15 },
        { "diverting_dealer", "diverted-dealer", "diverted", "dealer", 15 },
        { "gift_sold_county", "off-list-county", "off_list", "county", 40 },
    };

    (void)state;
    assert_true(stack_until(have_fired, NULL, 30));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(at_least(rows[i].measure, rows[i].type, rows[i].limit), story(rows[i].story));
        assert_string_equal(alerted(rows[i].rule), story(rows[i].story));
    }
    /* where the diverted numbers are used */
    assert_string_equal(first_of("SELECT area FROM sales s JOIN above a ON a.code = s.seller AND a.type = 'dealer'"
                                 " WHERE area <> city AND day >= '2026-10-01' GROUP BY a.up, area"
                                 " ORDER BY count(*) DESC LIMIT 1"),
                        "C09");
}

/* The city that lags more than five points below its curve, and no other city; its figure is the files'. */
static void the_lagging_city(void **state)
{
    const Bihuan__ListAlertsReply *reply = (const Bihuan__ListAlertsReply *)stack_apply(
        &stack, MSG(LIST_ALERTS), "{\"state\":\"all\",\"inhibited\":true,\"page\":{\"limit\":500}}");
    size_t cities = 0;

    (void)state;
    for (size_t i = 0; i < reply->n_items; i++) {
        const Bihuan__Alert *alert = reply->items[i];
        char sql[300];

        if (strcmp(alert->rule, "lag-new-users") != 0 || strlen(alert->unit) != 3 || alert->unit[0] != 'C')
            continue;
        cities++;
        assert_string_equal(alert->unit, story("lagging_city"));
        snprintf(sql, sizeof sql,
                 "SELECT sum(n)::bigint FROM want_new_users w JOIN above a ON a.code = w.unit WHERE a.up = '%s'"
                 " AND day BETWEEN '2026-10-01' AND '%s'",
                 alert->unit, alert->inputs->as_of);
        CHECK_INT(alert->inputs->actual, pg_number(&stack.pg, sql));
        snprintf(sql, sizeof sql, "SELECT amount FROM target WHERE unit = '%s'", alert->unit);
        CHECK_INT(alert->inputs->target, pg_number(&stack.pg, sql));
    }
    CHECK_INT(cities, 1);
}

/* Of all outlets the star has done most of its target. */
static void the_star(void **state)
{
    const Bihuan__GetProgressReply *reply;
    char json[160];
    long done, target;

    (void)state;
    free(pg_value(&stack.pg,
                  "CREATE TABLE done AS SELECT unit, n, amount AS target FROM (SELECT a.up AS unit, sum(n) AS n FROM"
                  " want_new_users w JOIN above a ON a.code = w.unit AND a.type = 'outlet'"
                  " WHERE day >= '2026-10-01' AND day < '2026-11-11' GROUP BY 1) x JOIN target USING (unit)"));
    assert_string_equal(first_of("SELECT unit FROM done ORDER BY n / target DESC LIMIT 1"), story("star_outlet"));
    done = pg_number(&stack.pg, "SELECT n::bigint FROM done ORDER BY n / target DESC LIMIT 1");
    target = pg_number(&stack.pg, "SELECT target FROM done ORDER BY n / target DESC LIMIT 1");
    snprintf(json, sizeof json,
             "{\"unit\":\"%s\",\"measure\":\"new_users\",\"period\":\"2026Q4\",\"as_of\":\"2026-11-10\"}",
             story("star_outlet"));
    reply = (const Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
    CHECK_INT(reply->items[0]->actual, done);
    CHECK_INT(reply->items[0]->target, target);
    CHECK_INT(reply->items[0]->attainment_ppm, done * 1000000 / target);
    assert_string_equal(reply->items[0]->status, "ahead");
}

static bool is_silent(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed WHERE silent AND code = 'hotline-orders'") == 1;
}

/* No file for more than two days: silent from the end of its last day, while the others speak. */
static void the_silent_feed(void **state)
{
    (void)state;
    assert_true(stack_until(is_silent, NULL, 30));
    assert_string_equal(story("silent_feed"), "hotline-orders");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed WHERE silent"), 1);
    assert_string_equal(first_of("SELECT (through AT TIME ZONE 'Asia/Shanghai')::date::text FROM feedback.feed"
                                 " WHERE silent"),
                        "2026-11-11");
}

/* --- scene ---------------------------------------------------------------------------------------------------------
 */

static void apply(const char *names)
{
    const char *bin = getenv("BIHUAN_BIN");
    char command[2000];

    snprintf(command, sizeof command,
             "cd %s/manifests && for f in %s; do BIHUAN_TOKEN=%s %s/bihuan --url http://127.0.0.1:%d apply -f $f"
             " >%s/apply.log 2>&1 || { tail -5 %s/apply.log; exit 1; }; done",
             demo, names, web.token, bin ? bin : "build/debug/bin", web.port, stack.dir, stack.dir);
    run(command);
}

/* Files of the days from September 26 to November 12, moved in whole. */
static void load_files(void)
{
    static const char *const feeds[] = { "bss-orders", "dealer-orders", "hotline-orders" };
    char command[2000];

    for (size_t f = 0; f < 3; f++) {
        snprintf(command, sizeof command,
                 "mkdir -p %s/load/%s %s/data/inbox/%s && cp $(ls %s/inbox/%s/* | grep -E"
                 " '2026-?(09-?(2[6-9]|30)|10-?..|11-?(0.|1[0-2]))') %s/load/%s/ &&"
                 " for f in %s/load/%s/*; do cp $f %s/data/inbox/%s/.next &&"
                 " mv %s/data/inbox/%s/.next %s/data/inbox/%s/${f##*/} || exit 1; done",
                 demo, feeds[f], stack.dir, feeds[f], demo, feeds[f], demo, feeds[f], demo, feeds[f], stack.dir,
                 feeds[f], stack.dir, feeds[f], stack.dir, feeds[f]);
        run(command);
    }
    load_raw(); /* meanwhile */
    for (size_t f = 0; f < 3; f++)
        loop_wait_inbox(&stack, feeds[f], 120);
    loop_catch_up(&stack);
}

static int set_up(void **state)
{
    const char *bin = getenv("BIHUAN_BIN");
    char command[900];

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-13T10:00:00+08:00@%ld", (long)time(NULL));
    snprintf(demo, sizeof demo, "%s/demo", stack.dir);
    snprintf(command, sizeof command, "%s/bihuan-demo generate --out %s --until 2026-11-12 >/dev/null",
             bin ? bin : "build/debug/bin", demo);
    run(command);
    loop_start(&stack);
    web_start(&web, &stack);
    /* people aren't needed, and of the targets those that are judged here */
    snprintf(command, sizeof command,
             "cd %s/manifests && printf 'kind: Units\ntable: units.csv\n' >units.yaml &&"
             " grep -E '^period|,(C..|H......),,,new_users,' targets-2026Q4.csv >few.csv &&"
             " sed s/targets-2026Q4.csv/few.csv/ 31-targets-2026Q4.yaml >few.yaml",
             demo);
    run(command);
    apply("10-catalogue.yaml units.yaml few.yaml 50-rules.yaml 40-feeds.yaml");
    load_files();
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_files),
        cmocka_unit_test(limits_find_whom_they_must),
        cmocka_unit_test(the_lagging_city),
        cmocka_unit_test(the_star),
        cmocka_unit_test(the_silent_feed),
    };

    return cmocka_run_group_tests_name("stories", tests, set_up, tear_down);
}
