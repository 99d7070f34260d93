/* Streams without gaps, positions by compare-and-set, leases with a fence: two owners on one data base. */
#include "support/check.h"

#include "bus/lease_store.h"
#include "bus/stream_store.h"
#include "db/migrate.h"
#include "support/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4

static struct pg pg;
static struct arena arena;
static struct db *db, *other;

static char *read_schema(const char *name)
{
    char path[512];
    FILE *file;
    char *text = calloc(1, 65536);

    snprintf(path, sizeof path, "%s/common/bus/schema/%s", getenv("BIHUAN_SOURCE"), name);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static int start(void **state)
{
    char *sql = read_schema("0001_bus.sql");
    char *columns = read_schema("0003_installation.sql");
    const struct migration migrations[] = { { 1, "bus", sql }, { 3, "installation", columns }, { 0, NULL, NULL } };
    struct err err;
    char url[256];
    int applied;

    (void)state;
    pg_start(&pg);
    arena_init(&arena);
    pg_url(&pg, "planning", url, sizeof url);
    if (db_open(&db, url, "planning", false, &err) != 0 || db_open(&other, url, "planning", false, &err) != 0 ||
        migrate_apply(db, migrations, BUCKETS, &applied, &err) != 0)
        fail_msg("%s", err.text);
    free(sql);
    free(columns);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    db_close(&db);
    db_close(&other);
    arena_fini(&arena);
    pg_stop(&pg);
    return 0;
}

/* As new: nothing written, nobody holds anything. */
static int afresh(void **state)
{
    (void)state;
    free(pg_value(&pg, "SET search_path = planning; TRUNCATE bus_stream, bus_position, bus_parked, bus_request;"
                       "UPDATE bus_head SET seq = 0, epoch = 0;"
                       "UPDATE bus_lease SET owner = NULL, epoch = 0, until = '-infinity'"));
    arena_reset(&arena);
    return 0;
}

/* One transaction of a writer: moves the head and appends the rows. */
static int write_rows(struct db *on, uint16_t bucket, uint64_t from, uint64_t to, uint64_t epoch, struct err *err)
{
    const struct head_move move = { bucket, from, to };
    struct stream_row rows[40];

    for (uint64_t seq = from + 1; seq <= to; seq++)
        rows[seq - from - 1] = (struct stream_row) { bucket, seq, 7, (const uint8_t *)"env", 3, (const uint8_t *)"p\0y",
                                                     3 };
    if (db_begin(on, err) != 0)
        return -1;
    if (stream_store_move_heads(on, &arena, &move, 1, epoch, err) != 0 ||
        stream_store_append(on, rows, (size_t)(to - from), err) != 0) {
        db_rollback(on);
        return -1;
    }
    if (db_commit(on, err) == 0)
        return 0;
    db_rollback(on);
    return -1;
}

/* What the first daemon brings is fixed: a later one reads it, whatever its own settings say. */
static void the_first_start_fixes_the_installation(void **state)
{
    struct installation made;
    struct err err;

    (void)state;
    assert_int_equal(stream_store_installation(db, 2, "+09:00", &made, &err), 0);
    CHECK_INT(made.buckets, BUCKETS);
    assert_true(made.incarnation > 0);
    CHECK_INT(made.money_scale, 2);
    assert_string_equal(made.utc_offset, "+09:00");
    assert_int_equal(stream_store_installation(db, 4, "+08:00", &made, &err), 0);
    CHECK_INT(made.money_scale, 2);
    assert_string_equal(made.utc_offset, "+09:00");
}

static void streams_have_no_gaps(void **state)
{
    struct err err;
    struct db_rows rows;
    uint64_t head;
    uint64_t horizon;
    uint64_t seqs[BUCKETS];
    size_t len;

    (void)state;
    assert_int_equal(write_rows(db, 2, 0, 3, 0, &err), 0);  /* INSERT */
    assert_int_equal(write_rows(db, 2, 3, 35, 0, &err), 0); /* COPY */
    assert_int_equal(write_rows(db, 2, 35, 36, 0, &err), 0);
    assert_int_equal(stream_store_extent(db, &arena, 2, &head, &horizon, &err), 0);
    assert_int_equal(stream_store_read(db, &arena, 2, 1, 1000, &rows, &err), 0);
    CHECK_INT(rows.count, 36);
    CHECK_INT(head, 36);
    CHECK_INT(horizon, 1);
    for (int i = 0; i < rows.count; i++)
        CHECK_INT(db_i64(&rows, i, 0), i + 1);
    assert_memory_equal(db_bytes(&rows, 35, 2, &len), "p\0y", 3);
    db_rows_fini(&rows);
    assert_int_equal(stream_store_read(db, &arena, 2, 30, 2, &rows, &err), 0);
    CHECK_INT(rows.count, 2);
    CHECK_INT(db_i64(&rows, 0, 0), 30);
    db_rows_fini(&rows);
    assert_int_equal(stream_store_extent(db, &arena, 1, &head, &horizon, &err), 0);
    assert_int_equal(stream_store_read(db, &arena, 1, 1, 10, &rows, &err), 0);
    CHECK_INT(rows.count, 0);
    CHECK_INT(head, 0);
    CHECK_INT(horizon, 1); /* what would come next */
    db_rows_fini(&rows);
    assert_int_equal(stream_store_heads(db, seqs, BUCKETS, &err), 0);
    CHECK_INT(seqs[2], 36);
    CHECK_INT(seqs[3], 0);
}

static void a_head_moves_from_where_it_is(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(write_rows(db, 0, 0, 2, 0, &err), 0);
    assert_int_equal(write_rows(db, 0, 0, 1, 0, &err), -1); /* an earlier commit went through */
    assert_int_equal(err.cls, ERR_FENCED);
    assert_int_equal(write_rows(db, 0, 3, 4, 0, &err), -1); /* would leave a gap */
    assert_int_equal(err.cls, ERR_FENCED);
    assert_int_equal(write_rows(db, 0, 2, 3, 1, &err), -1); /* another epoch */
    assert_int_equal(err.cls, ERR_FENCED);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_stream"), 2);
    CHECK_INT(pg_number(&pg, "SELECT seq FROM planning.bus_head WHERE bucket = 0"), 2);
}

static void several_heads_move_together_or_not(void **state)
{
    const struct head_move good[] = { { 0, 0, 5 }, { 3, 0, 1 } };
    const struct head_move bad[] = { { 0, 5, 6 }, { 3, 0, 2 } };
    struct err err;

    (void)state;
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(stream_store_move_heads(db, &arena, good, 2, 0, &err), 0);
    assert_int_equal(db_commit(db, &err), 0);
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(stream_store_move_heads(db, &arena, bad, 2, 0, &err), 0);
    assert_int_equal(db_commit(db, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    db_rollback(db);
    CHECK_INT(pg_number(&pg, "SELECT sum(seq) FROM planning.bus_head"), 6);
}

static void count_position(void *arg, uint16_t bucket, const char *source, uint64_t seq, uint64_t incarnation)
{
    uint64_t *sum = arg;

    assert_string_equal(source, "feedback");
    CHECK_INT(incarnation, 9);
    *sum += seq * 10 + bucket;
}

static int move_positions(const struct position_move *moves, size_t count, struct err *err)
{
    int rc;

    if (db_begin(db, err) != 0)
        return -1;
    rc = stream_store_move_positions(db, &arena, moves, count, err);
    if (rc == 0)
        rc = db_commit(db, err);
    db_rollback(db);
    return rc;
}

static void positions_move_by_compare_and_set(void **state)
{
    static const char feedback[] = "feedback";
    const struct position_move first[] = { { 0, feedback, 0, 4, 9 }, { 1, feedback, 0, 2, 9 } };
    const struct position_move doubled[] = { { 0, feedback, 0, 4, 9 } };
    const struct position_move half[] = { { 0, feedback, 4, 6, 9 }, { 1, feedback, 1, 3, 9 } };
    const struct position_move next[] = { { 0, feedback, 4, 6, 9 }, { 1, feedback, 2, 3, 9 } };
    struct err err;
    uint64_t sum = 0;

    (void)state;
    assert_int_equal(move_positions(first, 2, &err), 0);
    assert_int_equal(move_positions(doubled, 1, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    assert_int_equal(move_positions(half, 2, &err), -1);
    assert_int_equal(move_positions(next, 2, &err), 0);
    assert_int_equal(stream_store_positions(db, count_position, &sum, &err), 0);
    CHECK_INT(sum, 60 + 30 + 1);
}

static void one_owner_at_a_time(void **state)
{
    struct err err;
    bool held;
    uint64_t a = 0;
    uint64_t b = 0;

    (void)state;
    assert_int_equal(lease_store_claim(db, "a", 9, BUCKETS, &held, &a, &err), 0);
    assert_true(held);
    assert_int_equal(lease_store_claim(other, "b", 9, BUCKETS, &held, &b, &err), 0);
    assert_false(held);
    assert_int_equal(lease_store_renew(db, "a", a, 9, BUCKETS, &held, &err), 0);
    assert_true(held);
    /* after a crash the same name takes its own back at once, with a new epoch */
    assert_int_equal(lease_store_claim(other, "a", 9, BUCKETS, &held, &b, &err), 0);
    assert_true(held);
    assert_true(b > a);
    assert_int_equal(lease_store_renew(db, "a", a, 9, BUCKETS, &held, &err), 0);
    assert_false(held); /* the process before it */
    assert_int_equal(lease_store_release(db, "a", a, &err), 0);
    assert_int_equal(lease_store_claim(db, "c", 9, BUCKETS, &held, &a, &err), 0);
    assert_false(held); /* a stale release freed nothing */
    assert_int_equal(lease_store_release(other, "a", b, &err), 0);
    assert_int_equal(lease_store_claim(db, "c", 9, BUCKETS, &held, &a, &err), 0);
    assert_true(held);
}

/* Whoever held the buckets before writes nothing more, whatever it believes. */
static void a_stale_epoch_is_fenced(void **state)
{
    struct err err;
    bool held;
    uint64_t old = 0;
    uint64_t now = 0;

    (void)state;
    assert_int_equal(lease_store_claim(db, "a", 9, BUCKETS, &held, &old, &err), 0);
    assert_int_equal(write_rows(db, 1, 0, 2, old, &err), 0);
    /* a stands still for longer than its lease */
    free(pg_value(&pg, "UPDATE planning.bus_lease SET until = now() - interval '1 s'"));
    assert_int_equal(lease_store_claim(other, "b", 9, BUCKETS, &held, &now, &err), 0);
    assert_true(held);
    assert_true(now > old);
    assert_int_equal(write_rows(db, 1, 2, 3, old, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    assert_int_equal(write_rows(other, 1, 2, 4, now, &err), 0);
    assert_int_equal(write_rows(db, 1, 4, 5, old, &err), -1); /* also from where the head is now */
    assert_int_equal(err.cls, ERR_FENCED);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_stream WHERE bucket = 1"), 4);
}

/* A writer in the middle of its transaction when the buckets change hands: either its commit comes first, or nothing.
 */
static void a_claim_waits_for_a_running_write(void **state)
{
    const struct head_move move = { 1, 0, 1 };
    struct err err;
    bool held;
    uint64_t old = 0;
    uint64_t now = 0;

    (void)state;
    assert_int_equal(lease_store_claim(db, "a", 9, BUCKETS, &held, &old, &err), 0);
    assert_int_equal(db_begin(db, &err), 0);
    assert_int_equal(stream_store_move_heads(db, &arena, &move, 1, old, &err), 0);
    assert_int_equal(db_flush(db, &err), 0);
    free(pg_value(&pg, "UPDATE planning.bus_lease SET until = now() - interval '1 s'"));
    assert_int_equal(db_run(other, "SET lock_timeout = '300ms'", &err), 0);
    assert_int_equal(lease_store_claim(other, "b", 9, BUCKETS, &held, &now, &err), -1); /* it would have to wait */
    assert_int_equal(err.cls, ERR_UNAVAILABLE);
    assert_int_equal(db_commit(db, &err), 0);
    assert_int_equal(lease_store_claim(other, "b", 9, BUCKETS, &held, &now, &err), 0);
    assert_true(held);
    assert_int_equal(db_run(other, "RESET lock_timeout", &err), 0);
    assert_int_equal(write_rows(db, 1, 1, 2, old, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
}

static void parks_and_gives_back(void **state)
{
    struct err err;
    struct db_rows rows;
    uint64_t count = 0;
    size_t len;

    (void)state;
    for (int twice = 0; twice < 2; twice++)
        assert_int_equal(stream_store_park(db, &arena, 3, "feedback", 12, 8, (const uint8_t *)"e", 1,
                                           (const uint8_t *)"pp", 2, "why", 1767225600000000, &err),
                         0);
    assert_int_equal(stream_store_parked_count(db, &count, &err), 0);
    CHECK_INT(count, 1);
    assert_int_equal(stream_store_parked(db, &arena, 10, &rows, &err), 0);
    CHECK_INT(rows.count, 1);
    assert_string_equal(db_text(&rows, 0, 4), "why");
    assert_true(db_time(&rows, 0, 5) == 1767225600000000);
    db_rows_fini(&rows);
    assert_int_equal(stream_store_parked_get(db, &arena, 3, "feedback", 12, &rows, &err), 0);
    assert_memory_equal(db_bytes(&rows, 0, 1, &len), "pp", 2);
    db_rows_fini(&rows);
    assert_int_equal(stream_store_unpark(db, &arena, 3, "feedback", 12, &err), 0);
    assert_int_equal(stream_store_parked_get(db, &arena, 3, "feedback", 12, &rows, &err), 0);
    CHECK_INT(rows.count, 0);
    db_rows_fini(&rows);
}

static void keeps_answers_for_a_while(void **state)
{
    struct err err;
    const uint8_t *reply;
    uint64_t hash;
    uint32_t status;
    size_t len;
    bool found;

    (void)state;
    assert_int_equal(stream_store_answer(db, &arena, "ann", "k1", &found, &hash, &status, &reply, &len, &err), 0);
    assert_false(found);
    assert_int_equal(
        stream_store_keep_answer(db, &arena, "ann", "k1", UINT64_MAX, 201, (const uint8_t *)"ok", 2, 1000, &err), 0);
    assert_int_equal(stream_store_answer(db, &arena, "ann", "k1", &found, &hash, &status, &reply, &len, &err), 0);
    assert_true(found);
    assert_true(hash == UINT64_MAX);
    CHECK_INT(status, 201);
    assert_memory_equal(reply, "ok", 2);
    assert_int_equal(stream_store_answer(db, &arena, "bob", "k1", &found, &hash, &status, &reply, &len, &err), 0);
    assert_false(found);
    assert_int_equal(stream_store_forget_answers(db, &arena, 1000, &err), 0);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_request"), 1);
    assert_int_equal(stream_store_forget_answers(db, &arena, 1001, &err), 0);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_request"), 0);
}

/* Without its head a bucket would have no fence: a writer doesn't begin so. */
static void all_heads_must_be_there(void **state)
{
    uint64_t seqs[BUCKETS];
    struct err err;

    (void)state;
    free(pg_value(&pg, "DELETE FROM planning.bus_head WHERE bucket = 2"));
    assert_int_equal(stream_store_heads(db, seqs, BUCKETS, &err), -1);
    assert_non_null(strstr(err.text, "3 of 4 buckets"));
    free(pg_value(&pg, "INSERT INTO planning.bus_head (bucket, seq, epoch) VALUES (2, 0, 0)"));
    assert_int_equal(stream_store_heads(db, seqs, BUCKETS, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup(the_first_start_fixes_the_installation, afresh),
                                        cmocka_unit_test_setup(streams_have_no_gaps, afresh),
                                        cmocka_unit_test_setup(a_head_moves_from_where_it_is, afresh),
                                        cmocka_unit_test_setup(all_heads_must_be_there, afresh),
                                        cmocka_unit_test_setup(several_heads_move_together_or_not, afresh),
                                        cmocka_unit_test_setup(positions_move_by_compare_and_set, afresh),
                                        cmocka_unit_test_setup(one_owner_at_a_time, afresh),
                                        cmocka_unit_test_setup(a_stale_epoch_is_fenced, afresh),
                                        cmocka_unit_test_setup(a_claim_waits_for_a_running_write, afresh),
                                        cmocka_unit_test_setup(parks_and_gives_back, afresh),
                                        cmocka_unit_test_setup(keeps_answers_for_a_while, afresh) };

    return cmocka_run_group_tests(tests, start, stop);
}
