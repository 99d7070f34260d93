/* The data base as we use it: values there and back, COPY both ways, classes of errors, migrations. */
#include "support/check.h"

#include "db/db.h"
#include "db/migrate.h"
#include "support/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pg pg;
static struct arena arena;

static struct db *open_as(const char *service, bool read_only)
{
    struct db *db = NULL;
    struct err err;
    char url[256];

    if (db_open(&db, pg_url(&pg, service, url, sizeof url), "planning", read_only, &err) != 0)
        fail_msg("%s", err.text);
    return db;
}

static void run(struct db *db, const char *sql)
{
    struct err err;

    if (db_run(db, sql, &err) != 0)
        fail_msg("%s: %s", sql, err.text);
}

static int start(void **state)
{
    (void)state;
    pg_start(&pg);
    arena_init(&arena);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_fini(&arena);
    pg_stop(&pg);
    return 0;
}

static void values_there_and_back(void **state)
{
    static const struct stmt ECHO = {
        "echo",
        "SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::date, $6::timestamptz, $7::text, $8::bytea, $9::text,"
        " cardinality($10::int2[]), $11::int8[] = '{-9223372036854775808,0,9223372036854775807}'::int8[],"
        " $12::text[] = ARRAY['a', 'x,y', '\"{}'], $13::date[] = ARRAY['2026-02-28', 'infinity']::date[],"
        " $5::date = '2026-01-01' AND $6::timestamptz = '2026-01-01T00:00:00.000001Z', $14::int4[] = '{}'::int4[]"
    };
    static const char *const words[] = { "a", "x,y", "\"{}" };
    static const int64_t numbers[] = { INT64_MIN, 0, INT64_MAX };
    static const int16_t small[] = { 1, -2 };
    static const int32_t days[] = { 20512, INT32_MAX };
    struct db *db = open_as("planning", false);
    struct db_args args;
    struct db_rows rows;
    struct err err;
    size_t len;

    (void)state;
    for (int round = 0; round < 2; round++) { /* prepared, and prepared before */
        db_args_init(&args, &arena);
        db_arg_bool(&args, true);
        db_arg_i16(&args, INT16_MIN);
        db_arg_i32(&args, INT32_MIN);
        db_arg_i64(&args, INT64_MIN);
        db_arg_date(&args, 20454);
        db_arg_time(&args, 1767225600000001);
        db_arg_text(&args, "\xE6\xB8\xA0\xE9\x81\x93");
        db_arg_bytes(&args, "\0\xff\0", 3);
        db_arg_null(&args);
        db_arg_i16_array(&args, small, 2);
        db_arg_i64_array(&args, numbers, 3);
        db_arg_text_array(&args, words, 3);
        db_arg_date_array(&args, days, 2);
        db_arg_i32_array(&args, NULL, 0);
        if (db_query(db, &ECHO, &args, &rows, &err) != 0)
            fail_msg("%s", err.text);
        assert_int_equal(rows.count, 1);
        assert_true(db_bool(&rows, 0, 0));
        assert_int_equal(db_i16(&rows, 0, 1), INT16_MIN);
        assert_int_equal(db_i32(&rows, 0, 1), INT16_MIN);
        assert_int_equal(db_i32(&rows, 0, 2), INT32_MIN);
        assert_int_equal(db_i64(&rows, 0, 2), INT32_MIN);
        assert_true(db_i64(&rows, 0, 3) == INT64_MIN);
        assert_int_equal(db_date(&rows, 0, 4), 20454);
        assert_true(db_time(&rows, 0, 5) == 1767225600000001);
        assert_string_equal(db_text(&rows, 0, 6), "\xE6\xB8\xA0\xE9\x81\x93");
        assert_memory_equal(db_bytes(&rows, 0, 7, &len), "\0\xff\0", 3);
        assert_int_equal(len, 3);
        assert_true(db_is_null(&rows, 0, 8));
        assert_string_equal(db_text(&rows, 0, 8), "");
        assert_int_equal(db_i32(&rows, 0, 9), 2);
        for (int col = 10; col < 15; col++)
            if (!db_bool(&rows, 0, col))
                fail_msg("column %d came out otherwise", col);
        db_rows_fini(&rows);
    }
    db_close(&db);
}

/* Times, of which 0 is NULL, and bytes, as columns of many rows. */
static void columns_of_many_rows(void **state)
{
    static const struct stmt MANY = { "many", "SELECT t, b FROM unnest($1::timestamptz[], $2::bytea[]) r(t, b)" };
    static const int64_t times[] = { 1767225600000001, 0, -5 };
    uint8_t zeros[2] = { 0, 255 }, all[256];
    const struct buf bodies[] = { { .data = zeros, .len = 2 }, { .len = 0 }, { .data = all, .len = sizeof all } };
    struct db *db = open_as("planning", false);
    struct db_args args;
    struct db_rows rows;
    struct err err;
    size_t len;

    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    db_args_init(&args, &arena);
    db_arg_time_array(&args, times, 3);
    db_arg_bytes_array(&args, bodies, 3);
    if (db_query(db, &MANY, &args, &rows, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(rows.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(db_time(&rows, i, 0) == times[i]);
        assert_int_equal(db_is_null(&rows, i, 0), times[i] == 0);
        assert_false(db_is_null(&rows, i, 1));
        if (bodies[i].len)
            assert_memory_equal(db_bytes(&rows, i, 1, &len), bodies[i].data, bodies[i].len);
        (void)db_bytes(&rows, i, 1, &len);
        assert_int_equal(len, bodies[i].len);
    }
    db_rows_fini(&rows);
    db_args_init(&args, &arena);
    db_arg_time_array(&args, NULL, 0);
    db_arg_bytes_array(&args, NULL, 0);
    assert_int_equal(db_query(db, &MANY, &args, &rows, &err), 0);
    assert_int_equal(rows.count, 0);
    db_rows_fini(&rows);
    db_close(&db);
}

struct seen {
    int rows;
    int64_t sum;
};

static int see_row(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct seen *seen = arg;
    int64_t values[4];
    int64_t id = copy_cell_int(&cells[0]);

    (void)err;
    CHECK_INT(count, 7);
    CHECK_INT(copy_cell_date(&cells[1]), (int32_t)id);
    assert_true(copy_cell_time(&cells[2]) == id * 1000003 - 5);
    if (id % 3 == 0)
        assert_null(cells[3].bytes);
    else
        assert_memory_equal(cells[3].bytes, "t\xC3\xA9xt", 5);
    CHECK_INT(cells[4].len, id % 7);
    CHECK_INT(copy_cell_ints(&cells[5], values, 4), id % 4);
    for (int i = 0; i < (int)(id % 4); i++)
        assert_true(values[i] == id - i);
    CHECK_INT(copy_cell_ints(&cells[6], values, 4), 2);
    CHECK_INT(values[1], -7);
    CHECK_INT(copy_cell_ints(&cells[6], values, 1), 2); /* the count, also where they don't fit */
    seen->rows++;
    seen->sum += id;
    return 0;
}

#define COPIED 20000 /* more than a piece of 64 kB */

static void copies_in_and_out(void **state)
{
    struct db *db = open_as("planning", false);
    struct copy_in copy;
    struct seen seen = { 0, 0 };
    struct err err;
    uint64_t rows = 0;
    static const int16_t pair[] = { 1, -7 };

    (void)state;
    run(db, "CREATE TABLE copied (id int, day date, at timestamptz, t text, b bytea, n int8[], s int2[])");
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(copy_in_begin(&copy, db, "COPY copied FROM STDIN (FORMAT binary)", &err), 0);
    for (int32_t id = 0; id < COPIED; id++) {
        const int64_t values[] = { id, id - 1, id - 2 };

        assert_int_equal(copy_row(&copy, 7, &err), 0);
        copy_i32(&copy, id);
        copy_date(&copy, id);
        copy_time(&copy, (int64_t)id * 1000003 - 5);
        if (id % 3 == 0)
            copy_null(&copy);
        else
            copy_text(&copy, "t\xC3\xA9xt", 5);
        copy_bytes(&copy, "\0\1\2\3\4\5", (size_t)(id % 7));
        copy_i64_array(&copy, values, (size_t)(id % 4));
        copy_i16_array(&copy, pair, 2);
    }
    if (copy_in_end(&copy, &err) != 0 || db_commit(db, &err) != 0)
        fail_msg("%s", err.text);
    if (copy_out(db, "COPY (SELECT * FROM copied ORDER BY id) TO STDOUT (FORMAT binary)", see_row, &seen, &rows,
                 &err) != 0)
        fail_msg("%s", err.text);
    CHECK_INT(rows, COPIED);
    CHECK_INT(seen.rows, COPIED);
    CHECK_INT(seen.sum, (int64_t)COPIED * (COPIED - 1) / 2);
    run(db, "DROP TABLE copied");
    db_close(&db);
}

static int copy_numbers(struct db *db, int count, int32_t step, struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, db, "COPY narrow FROM STDIN (FORMAT binary)", err) != 0)
        return -1;
    for (int i = 0; i < count; i++) {
        if (copy_row(&copy, 1, err) != 0)
            return -1;
        copy_i32(&copy, i * step);
    }
    return copy_in_end(&copy, err);
}

/* A COPY that fails, or is given up, leaves a connection that works. A handful of rows is judged with the next flush.
 */
static void a_failed_copy_leaves_nothing(void **state)
{
    struct db *db = open_as("planning", false);
    struct copy_in copy;
    struct err err;

    (void)state;
    run(db, "CREATE TABLE narrow (id int PRIMARY KEY)");
    for (int give_up = 0; give_up < 3; give_up++) {
        assert_int_equal(db_begin(db, &err), 0);
        if (give_up == 2) {
            assert_int_equal(copy_in_begin(&copy, db, "COPY narrow FROM STDIN (FORMAT binary)", &err), 0);
            assert_int_equal(copy_row(&copy, 1, &err), 0);
            copy_in_abort(&copy);
        } else if (give_up == 1) {
            assert_int_equal(copy_numbers(db, 40, 0, &err), -1);
            assert_int_equal(err.cls, ERR_CONFLICT);
            assert_string_equal(err.code, "unique");
        } else {
            assert_int_equal(copy_numbers(db, 2, 0, &err), 0);
            assert_int_equal(db_flush(db, &err), -1);
            assert_int_equal(err.cls, ERR_INTERNAL);
        }
        db_rollback(db);
        assert_true(db_alive(db));
        CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.narrow"), 0);
    }
    run(db, "DROP TABLE narrow");
    db_close(&db);
}

/* Any number of rows arrives, by INSERTs or by COPY. */
static void few_rows_and_many(void **state)
{
    struct db *db = open_as("planning", false);
    struct err err;

    (void)state;
    run(db, "CREATE TABLE narrow (id int PRIMARY KEY)");
    for (int count = 0; count < 70; count++) {
        assert_int_equal(db_begin(db, &err), 0);
        assert_int_equal(copy_numbers(db, count, 3, &err), 0);
        assert_int_equal(db_commit(db, &err), 0);
        CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.narrow"), count);
        CHECK_INT(pg_number(&pg, "SELECT coalesce(sum(id), 0) FROM planning.narrow"), 3 * count * (count - 1) / 2);
        run(db, "TRUNCATE narrow");
    }
    run(db, "DROP TABLE narrow");
    db_close(&db);
}

static const struct stmt ADD = { "test_add", "INSERT INTO narrow VALUES ($1)" };
static const struct stmt SUM = { "test_sum", "SELECT coalesce(sum(id), 0)::bigint FROM narrow" };
static const struct stmt RAISE = { "test_raise", "UPDATE narrow SET id = CASE WHEN id = $1 THEN id + 100"
                                                 " ELSE id / (id - id) END WHERE id = (SELECT max(id) FROM narrow)" };

static int later(struct db *db, const struct stmt *stmt, int32_t id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, &arena);
    db_arg_i32(&args, id);
    return db_later(db, stmt, &args, stmt == &RAISE ? "the number" : NULL, err);
}

static int64_t sum_now(struct db *db)
{
    struct db_rows rows;
    struct err err;
    int64_t sum;

    assert_int_equal(db_query(db, &SUM, NULL, &rows, &err), 0);
    sum = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return sum;
}

/* A connection, as the test's state, and the empty table `narrow`. */
static int narrow_up(void **state)
{
    struct db *db = open_as("planning", false);

    run(db, "CREATE TABLE narrow (id int PRIMARY KEY)");
    *state = db;
    return 0;
}

static int narrow_down(void **state)
{
    struct db *db = *state;

    run(db, "DROP TABLE narrow");
    db_close(&db);
    return 0;
}

/* What waits is seen by what follows, in order, more than the queue holds too; an empty transaction costs nothing. */
static void later_is_before_the_next(void **state)
{
    struct db *db = *state;
    struct err err;

    assert_int_equal(db_begin(db, &err), 0);
    for (int i = 1; i <= 200; i++)
        assert_int_equal(later(db, &ADD, i, &err), 0);
    CHECK_INT(sum_now(db), 20100);
    assert_int_equal(db_savepoint(db, &err), 0);
    assert_int_equal(later(db, &ADD, 1000, &err), 0);
    assert_int_equal(db_savepoint_rollback(db, &err), 0);
    assert_int_equal(later(db, &RAISE, 200, &err), 0);
    assert_int_equal(db_commit(db, &err), 0);
    CHECK_INT(sum_now(db), 20200);
    db_work_begin(db);
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(db_commit(db, &err), 0);
    CHECK_INT(db_work(db)->statements, 0);
}

/* The failure of one that waits comes with the next call, as nobody's refusal, and the transaction is lost whole. */
static void what_failed_later_loses_all(void **state)
{
    struct db *db = *state;
    struct db_rows rows;
    struct err err;

    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0);
    assert_int_equal(db_query(db, &SUM, NULL, &rows, &err), -1);
    assert_int_equal(err.cls, ERR_INTERNAL);
    assert_int_equal(db_commit(db, &err), -1);
    db_rollback(db);
    CHECK_INT(sum_now(db), 0);
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0);
    assert_int_equal(later(db, &RAISE, 2, &err), 0); /* there is no 2 */
    assert_int_equal(db_commit(db, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    db_rollback(db);
    CHECK_INT(sum_now(db), 0);
}

/* Rows asked for later are there once something is waited for, as they were at their place in the queue; a commit that
 * travels with what waits is kept whole or not at all. */
static void rows_come_with_the_next(void **state)
{
    struct db *db = *state;
    struct db_rows before, after;
    struct err err;

    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0);
    assert_int_equal(db_query_later(db, &SUM, NULL, &before, &err), 0);
    assert_int_equal(later(db, &ADD, 10, &err), 0);
    assert_int_equal(db_query_later(db, &SUM, NULL, &after, &err), 0);
    CHECK_INT(before.count, 0);
    assert_int_equal(db_flush(db, &err), 0);
    CHECK_INT(db_i64(&before, 0, 0), 1);
    CHECK_INT(db_i64(&after, 0, 0), 11);
    db_rows_fini(&before);
    db_rows_fini(&after);
    assert_int_equal(later(db, &ADD, 100, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0); /* there is one */
    assert_int_equal(db_query_later(db, &SUM, NULL, &after, &err), 0);
    assert_int_equal(db_commit(db, &err), -1);
    assert_int_equal(err.cls, ERR_INTERNAL);
    CHECK_INT(after.count, 0);
    assert_int_equal(db_commit(db, &err), -1); /* nor at a second try */
    db_rollback(db);
    CHECK_INT(sum_now(db), 0);
    for (int i = 0; i < 2; i++) { /* at first statements are prepared on the way */
        assert_int_equal(db_begin(db, &err), 0);
        assert_int_equal(later(db, &ADD, 7 + i, &err), 0);
        db_work_begin(db);
        assert_int_equal(db_commit(db, &err), 0);
    }
    CHECK_INT(db_work(db)->statements, 1);
    CHECK_INT(sum_now(db), 15);
}

/* What was pushed is begun, and otherwise as if it still waited: its rows come with the next that is waited for, its
 * failure loses the transaction, and only one behind the savepoint is taken back with it. */
static void pushed_is_still_later(void **state)
{
    struct db *db = *state;
    struct db_rows before, after;
    struct err err;

    assert_int_equal(db_begin(db, &err), 0);
    for (int i = 1; i <= 200; i++) {
        assert_int_equal(later(db, &ADD, i, &err), 0);
        assert_int_equal(db_push(db, &err), 0);
        assert_int_equal(db_push(db, &err), 0);
    }
    assert_int_equal(db_query_later(db, &SUM, NULL, &before, &err), 0);
    assert_int_equal(db_push(db, &err), 0);
    CHECK_INT(before.count, 0);
    assert_int_equal(db_savepoint(db, &err), 0);
    assert_int_equal(later(db, &ADD, 1, &err), 0); /* there is one */
    assert_int_equal(db_push(db, &err), 0);
    assert_int_equal(db_query_later(db, &SUM, NULL, &after, &err), 0);
    assert_int_equal(db_flush(db, &err), -1);
    CHECK_INT(after.count, 0);
    CHECK_INT(db_i64(&before, 0, 0), 20100);
    db_rows_fini(&before);
    assert_int_equal(db_savepoint_rollback(db, &err), 0);
    assert_int_equal(db_commit(db, &err), 0);
    CHECK_INT(sum_now(db), 20100);
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &ADD, 201, &err), 0);
    assert_int_equal(later(db, &RAISE, 7, &err), 0); /* it's 201 */
    assert_int_equal(db_push(db, &err), 0);
    assert_int_equal(later(db, &ADD, 202, &err), 0);
    assert_int_equal(db_commit(db, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    db_rollback(db);
    CHECK_INT(sum_now(db), 20100);
}

/* Whether the statement below was begun, seen from another connection; asked for up to five seconds. */
static bool is_begun(void)
{
    for (int i = 0; i < 500; i++) {
        if (pg_number(&pg, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"))
            return true;
        usleep(10000);
    }
    return false;
}

/* While this side does other things, the server works. */
static void pushed_is_begun(void **state)
{
    static const struct stmt lock = { "test_lock", "SELECT pg_advisory_xact_lock($1::int)" };
    struct db *db = *state;
    struct err err;

    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &lock, 4711, &err), 0);
    assert_int_equal(db_push(db, &err), 0);
    assert_true(is_begun());
    assert_int_equal(db_commit(db, &err), 0);
}

static void fails_with(struct db *db, const char *sql, enum err_class cls)
{
    struct err err = { 0 };

    if (db_run(db, sql, &err) == 0 || err.cls != cls)
        fail_msg("%s: class %d, not %d (%s)", sql, (int)err.cls, (int)cls, err.text);
}

#define RAISE(state) "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" state "'; END $$"

static void errors_have_classes(void **state)
{
    struct db *db = open_as("planning", false);
    struct db *reader = open_as("planning", true);
    struct err err;

    (void)state;
    fails_with(db, "SELEKT", ERR_INTERNAL);
    fails_with(db, "SELECT 1 / 0", ERR_INTERNAL);
    fails_with(db, RAISE("40001"), ERR_UNAVAILABLE);
    fails_with(db, RAISE("40P01"), ERR_UNAVAILABLE);
    fails_with(db, RAISE("55P03"), ERR_UNAVAILABLE);
    fails_with(db, RAISE("57014"), ERR_UNAVAILABLE);
    fails_with(db, RAISE("08006"), ERR_UNAVAILABLE);
    fails_with(db, RAISE("23505"), ERR_CONFLICT);
    fails_with(reader, "CREATE TABLE planning.nothing ()", ERR_UNAVAILABLE); /* 25006: not the primary */
    assert_true(db_alive(db));
    /* a savepoint gives back what a failure took */
    run(db, "CREATE TABLE kept (id int)");
    assert_int_equal(db_begin(db, &err), 0);
    run(db, "INSERT INTO kept VALUES (1)");
    assert_int_equal(db_savepoint(db, &err), 0);
    run(db, "INSERT INTO kept VALUES (2)");
    fails_with(db, "SELECT 1 / 0", ERR_INTERNAL);
    assert_int_equal(db_savepoint_rollback(db, &err), 0);
    assert_int_equal(db_commit(db, &err), 0);
    CHECK_INT(pg_number(&pg, "SELECT sum(id) FROM planning.kept"), 1);
    run(db, "DROP TABLE kept");
    /* the connection goes, and comes back */
    free(pg_value(&pg, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bihuan_planning'"));
    fails_with(db, "SELECT 1", ERR_UNAVAILABLE);
    assert_false(db_alive(db));
    assert_int_equal(db_reopen(db, &err), 0);
    run(db, "SELECT 1");
    db_close(&reader);
    db_close(&db);
}

static void one_service_cannot_read_another(void **state)
{
    struct db *db = open_as("planning", false);

    (void)state;
    free(pg_value(&pg, "CREATE TABLE IF NOT EXISTS incentive.secret (id int); SELECT 1"));
    fails_with(db, "SELECT * FROM incentive.secret", ERR_INTERNAL);
    fails_with(db, "CREATE TABLE public.here (id int)", ERR_INTERNAL);
    db_close(&db);
}

static void refuses_a_careless_server(void **state)
{
    struct db *db = NULL;
    struct err err;
    char url[256];

    (void)state;
    free(pg_value(&pg, "ALTER ROLE bihuan_planning SET synchronous_commit = off"));
    assert_int_equal(db_open(&db, pg_url(&pg, "planning", url, sizeof url), "planning", false, &err), -1);
    assert_non_null(strstr(err.text, "synchronous_commit"));
    free(pg_value(&pg, "ALTER ROLE bihuan_planning RESET synchronous_commit"));
    assert_int_equal(db_open(&db, "host=/nowhere user=x", "planning", false, &err), -1);
    assert_int_equal(err.cls, ERR_UNAVAILABLE);
}

static void migrates_once_and_refuses_edits(void **state)
{
    const struct migration one[] = { { 1, "a", "CREATE TABLE m (n int); INSERT INTO m VALUES (:buckets)" },
                                     { 0, NULL, NULL } };
    const struct migration broken[] = { one[0],
                                        { 2, "b", "CREATE TABLE m2 (n int); SELECT 1 / 0" },
                                        { 0, NULL, NULL } };
    const struct migration two[] = { one[0], { 2, "b", "CREATE TABLE m2 (n int)" }, { 0, NULL, NULL } };
    const struct migration edited[] = { { 1, "a", "CREATE TABLE m (n bigint)" }, { 0, NULL, NULL } };
    struct db *db = open_as("planning", false);
    struct err err;
    int applied = -1;

    (void)state;
    if (migrate_apply(db, one, 64, &applied, &err) != 0)
        fail_msg("%s", err.text);
    CHECK_INT(applied, 1);
    CHECK_INT(pg_number(&pg, "SELECT n FROM planning.m"), 64);
    assert_int_equal(migrate_apply(db, broken, 64, &applied, &err), -1);
    assert_non_null(strstr(err.text, "0002_b"));
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM pg_tables WHERE tablename = 'm2'"), 0);
    assert_int_equal(migrate_apply(db, two, 64, &applied, &err), 0);
    CHECK_INT(applied, 1);
    assert_int_equal(migrate_apply(db, two, 64, &applied, &err), 0);
    CHECK_INT(applied, 0);
    assert_int_equal(migrate_apply(db, edited, 64, &applied, &err), -1);
    assert_non_null(strstr(err.text, "was changed after it was applied"));
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.schema_migration"), 2);
    db_close(&db);
}

/* A failure that waits in the queue across a savepoint is not forgotten with it: what was done before it must not be
 * kept, whoever the error reached and whatever they made of it. */
static void a_savepoint_hides_nothing(void **state)
{
    struct db *db = open_as("planning", false);
    struct db_rows rows;
    struct err err;

    (void)state;
    run(db, "CREATE TABLE narrow (id int PRIMARY KEY)");
    assert_int_equal(db_begin(db, &err), 0); /* each statement's first use flushes the queue */
    for (int i = 0; i < 2; i++)
        assert_int_equal(db_savepoint(db, &err), 0);
    assert_int_equal(later(db, &RAISE, 77, &err), 0);
    CHECK_INT(sum_now(db), 0);
    assert_int_equal(db_commit(db, &err), 0);
    for (int fence = 0; fence < 2; fence++) {
        assert_int_equal(db_begin(db, &err), 0);
        assert_int_equal(db_savepoint(db, &err), 0);
        assert_int_equal(later(db, &ADD, 10, &err), 0);
        assert_int_equal(db_flush(db, &err), 0);
        assert_int_equal(fence ? later(db, &RAISE, 77, &err) : later(db, &ADD, 10, &err), 0);
        assert_int_equal(db_savepoint(db, &err), 0); /* the next input's */
        assert_int_equal(db_query(db, &SUM, NULL, &rows, &err), -1);
        assert_int_equal(db_savepoint_rollback(db, &err), -1);
        assert_int_equal(db_commit(db, &err), -1);
        db_rollback(db);
        CHECK_INT(sum_now(db), 0);
    }
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(later(db, &ADD, 10, &err), 0);
    assert_int_equal(later(db, &RAISE, 77, &err), 0);
    assert_int_equal(db_flush(db, &err), -1); /* and nobody cares */
    assert_int_equal(db_commit(db, &err), -1);
    db_rollback(db);
    run(db, "DROP TABLE narrow");
    db_close(&db);
}

/* What a refused input queued goes with it, good or bad, and what others did stays. */
static void a_refusal_takes_its_own_back(void **state)
{
    struct db *db = open_as("planning", false);
    struct err err;

    (void)state;
    run(db, "CREATE TABLE narrow (id int PRIMARY KEY)");
    for (int bad = 0; bad < 3; bad++) {
        assert_int_equal(db_begin(db, &err), 0);
        assert_int_equal(db_savepoint(db, &err), 0);
        assert_int_equal(later(db, &ADD, 1 + bad, &err), 0);
        assert_int_equal(db_savepoint(db, &err), 0);
        assert_int_equal(bad == 2 ? later(db, &RAISE, 77, &err) : later(db, &ADD, bad ? 1 : 50, &err), 0);
        if (bad == 2)
            assert_int_equal(db_flush(db, &err), -1);
        assert_int_equal(db_savepoint_rollback(db, &err), 0);
        assert_int_equal(db_commit(db, &err), 0);
    }
    CHECK_INT(sum_now(db), 1 + 2 + 3);
    run(db, "DROP TABLE narrow");
    db_close(&db);
}

/* A conflict of one's own is told as that, whatever waits in the queue. */
static void ones_own_conflict_is_ones_own(void **state)
{
    struct db *db = open_as("planning", false);
    struct db_args args;
    struct err err;

    (void)state;
    run(db, "CREATE TABLE narrow (id int PRIMARY KEY); INSERT INTO narrow VALUES (1)");
    for (int twice = 0; twice < 2; twice++) { /* prepared by the second time */
        assert_int_equal(db_begin(db, &err), 0);
        assert_int_equal(db_savepoint(db, &err), 0);
        db_args_init(&args, &arena);
        db_arg_i32(&args, 1);
        assert_int_equal(db_exec(db, &ADD, &args, NULL, &err), -1);
        assert_int_equal(err.cls, ERR_CONFLICT);
        assert_int_equal(db_savepoint_rollback(db, &err), 0);
        assert_int_equal(db_commit(db, &err), 0);
    }
    run(db, "DROP TABLE narrow");
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_there_and_back),
        cmocka_unit_test(columns_of_many_rows),
        cmocka_unit_test(copies_in_and_out),
        cmocka_unit_test(a_failed_copy_leaves_nothing),
        cmocka_unit_test(few_rows_and_many),
        cmocka_unit_test_setup_teardown(later_is_before_the_next, narrow_up, narrow_down),
        cmocka_unit_test_setup_teardown(what_failed_later_loses_all, narrow_up, narrow_down),
        cmocka_unit_test_setup_teardown(rows_come_with_the_next, narrow_up, narrow_down),
        cmocka_unit_test_setup_teardown(pushed_is_still_later, narrow_up, narrow_down),
        cmocka_unit_test_setup_teardown(pushed_is_begun, narrow_up, narrow_down),
        cmocka_unit_test(a_savepoint_hides_nothing),
        cmocka_unit_test(a_refusal_takes_its_own_back),
        cmocka_unit_test(ones_own_conflict_is_ones_own),
        cmocka_unit_test(errors_have_classes),
        cmocka_unit_test(one_service_cannot_read_another),
        cmocka_unit_test(refuses_a_careless_server),
        cmocka_unit_test(migrates_once_and_refuses_edits)
    };

    return cmocka_run_group_tests(tests, start, stop);
}
