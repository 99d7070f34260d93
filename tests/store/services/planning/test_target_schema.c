/* The ledger's tables take over what was there before them: published versions with their lines, and the draft where it
 * differs from the last of them; and the rules that the tables keep by themselves. */
#include "support/check.h"
#include "support/pg.h"

#include <stdio.h>
#include <stdlib.h>

static struct pg pg;

static void run_file(const char *name)
{
    static char text[65536];
    char path[512];
    size_t len;
    FILE *file;

    snprintf(path, sizeof path, "%s/services/planning/schema/%s", getenv("BIHUAN_SOURCE"), name);
    file = fopen(path, "r");
    assert_non_null(file);
    len = (size_t)snprintf(text, sizeof text, "SET search_path TO old;\n");
    len += fread(text + len, 1, sizeof text - 1 - len, file);
    text[len] = '\0';
    fclose(file);
    free(pg_value(&pg, text));
}

static void test_takes_over(void **state)
{
    (void)state;
    free(pg_value(&pg, "CREATE SCHEMA old"));
    run_file("0100_planning.sql");
    /* period 1: two versions and a draft that differs; period 2: a version, the draft is the same; period 3: a draft */
    free(pg_value(&pg, "INSERT INTO old.plan VALUES (1, 1, 2, '', 'a', now()), (1, 2, 2, 'more', 'b', now()),"
                       " (2, 1, 1, '', 'a', now());"
                       "INSERT INTO old.plan_line VALUES (1, 1, 1, 7, 0, 0, 100), (1, 1, 2, 7, 0, 0, 60),"
                       " (1, 2, 1, 7, 0, 0, 110), (1, 2, 2, 7, 0, 0, 70), (2, 1, 1, 7, 3, 0, 5);"
                       "INSERT INTO old.draft_target VALUES (1, 1, 7, 0, 0, 110), (1, 2, 7, 0, 0, 71),"
                       " (2, 1, 7, 3, 0, 5), (3, 1, 7, 0, 4, 9)"));
    run_file("0110_targets.sql");
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.plan_version"), 5);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.plan_version WHERE (period_id, version, state, base) IN"
                             " ((1, 1, 'superseded', 0), (1, 2, 'published', 1), (1, 3, 'draft', 2),"
                             " (2, 1, 'published', 0), (3, 1, 'draft', 0))"),
              5);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.target_cell"), 2 + 2 + 2 + 1 + 1);
    CHECK_INT(pg_number(&pg, "SELECT amount FROM old.target_cell WHERE period_id = 1 AND version = 3 AND unit_id = 2"),
              71);
    CHECK_INT(pg_number(&pg, "SELECT amount FROM old.target_cell WHERE period_id = 2 AND channel_id = 3"), 5);
    /* every cell of every version is what the ledger adds up to, and each version says by whom */
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.target_cell c WHERE c.amount <> (SELECT coalesce(sum(u.d), 0)"
                             " FROM old.ledger_block b JOIN old.ledger_act a USING (period_id, act),"
                             " unnest(b.unit_id, b.delta) u(u, d) WHERE b.period_id = c.period_id"
                             " AND a.version <= c.version AND b.measure_id = c.measure_id"
                             " AND b.channel_id = c.channel_id AND b.product_id = c.product_id AND u.u = c.unit_id)"),
              0);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.ledger_act"), 5);
    CHECK_INT(
        pg_number(&pg, "SELECT count(*) FROM old.ledger_act WHERE period_id = 1 AND version = 2 AND person = 'b'"), 1);
    /* the second version: 10 more each; the draft: 1 more for unit 2 */
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM old.ledger_block b, unnest(b.unit_id, b.delta) u(u, d)"
                             " WHERE period_id = 1 AND (act, u, d) IN ((1, 1, 100), (1, 2, 60), (2, 1, 10),"
                             " (2, 2, 10), (3, 2, 1))"),
              5);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'old'"
                             " AND table_name IN ('plan', 'plan_line', 'draft_target')"),
              0);
}

static void test_rules_of_the_tables(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&pg, "WITH try AS (SELECT conname FROM pg_constraint WHERE conrelid ="
                             " 'old.target_cell'::regclass AND contype IN ('p', 'c')) SELECT count(*) FROM try"),
              2);
    /* one index only: a million cells are written at once */
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM pg_index WHERE indrelid = 'old.target_cell'::regclass"), 1);
}

static int set_up(void **state)
{
    (void)state;
    pg_start(&pg);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pg_stop(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_takes_over), cmocka_unit_test(test_rules_of_the_tables) };

    return cmocka_run_group_tests_name("target schema", tests, set_up, tear_down);
}
