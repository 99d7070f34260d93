/* Old rows to files and out of the table, on a real PostgreSQL: what is replayed stays byte for byte what was written,
 * whatever was archived, pruned and killed in between; readers and files hold pruning up; damage is told and stops it.
 */
#include "support/check.h"
#include "support/pg.h"
#include "support/seed.h"

#include "archive/archive.h"
#include "bus/wire.h"
#include "db/migrate.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUCKETS  4
#define ROWS_MAX 12000
#define DAY      (INT64_C(86400) * 1000000)
#define EVER     (INT64_MAX / 2)

static struct pg pg;
static struct arena arena;
static struct db *db;
static char root[80];
static uint64_t seed;
static struct archive archive;

/* What was written, kept beside the data base: the oracle. */
static struct {
    struct buf bytes; /* envelopes and payloads, one behind the other */
    size_t at[ROWS_MAX + 2];
    uint64_t head;
} written[BUCKETS];

/* --- scene -----------------------------------------------------------------------------------------------------------
 */

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
    char *bus = read_schema("0001_bus.sql"), *archived = read_schema("0283_archive.sql");
    const struct migration migrations[] = { { 1, "bus", bus }, { 283, "archive", archived }, { 0, NULL, NULL } };
    struct err err;
    char url[256];
    int applied;

    (void)state;
    seed = test_seed();
    assert_true(sodium_init() >= 0);
    pg_start(&pg);
    arena_init(&arena);
    pg_url(&pg, "planning", url, sizeof url);
    if (db_open(&db, url, "planning", false, &err) != 0 || migrate_apply(db, migrations, BUCKETS, &applied, &err) != 0)
        fail_msg("%s", err.text);
    free(bus);
    free(archived);
    return 0;
}

static void clear_folder(void)
{
    char command[120];

    snprintf(command, sizeof command, "rm -rf %s", root);
    if (root[0] && system(command) != 0)
        fail_msg("could not remove %s", root);
}

static int stop(void **state)
{
    (void)state;
    clear_folder();
    for (int b = 0; b < BUCKETS; b++)
        buf_fini(&written[b].bytes);
    db_close(&db);
    arena_fini(&arena);
    pg_stop(&pg);
    return 0;
}

/* As new: nothing written, no file. */
static int afresh(void **state)
{
    (void)state;
    free(pg_value(&pg, "SET search_path = planning; TRUNCATE bus_stream, bus_archive, bus_reader;"
                       "UPDATE bus_head SET seq = 0, epoch = 0; UPDATE bus_installation SET incarnation = 77"));
    arena_reset(&arena);
    clear_folder();
    strcpy(root, "/tmp/bihuan-archive-XXXXXX");
    assert_non_null(mkdtemp(root));
    for (int b = 0; b < BUCKETS; b++) {
        buf_reset(&written[b].bytes);
        written[b].head = 0;
        written[b].at[1] = 0;
    }
    archive = (struct archive) { .db = db, .root = root, .service = "planning", .buckets = BUCKETS };
    return 0;
}

/* Appends `count` rows, published on the day `day`, with payloads of drawn lengths below `len_max`. */
static void append(uint16_t bucket, int count, int64_t day, int len_max)
{
    struct err err;

    err_clear(&err);
    assert_int_equal(db_begin(db, &err), 0);
    for (int i = 0; i < count; i++) {
        Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
        struct buf packed = { 0 };
        uint8_t payload[4000];
        uint64_t seq = ++written[bucket].head;
        size_t len = (size_t)random_below(&seed, len_max);
        struct head_move move = { bucket, seq - 1, seq };
        struct stream_row row = { .bucket = bucket, .seq = seq, .type = 7, .payload = payload, .payload_len = len };

        assert_true(seq <= ROWS_MAX);
        for (size_t n = 0; n < len; n++)
            payload[n] = (uint8_t)random_next(&seed);
        envelope.stream = (char *)(uintptr_t) "planning";
        envelope.bucket = bucket;
        envelope.incarnation = 77;
        envelope.seq = seq;
        envelope.type = 7;
        envelope.published_at = day * DAY + i;
        wire_pack(&envelope.base, &packed);
        row.envelope = packed.data;
        row.envelope_len = packed.len;
        if (stream_store_move_heads(db, &arena, &move, 1, 0, &err) != 0 ||
            stream_store_append(db, &row, 1, &err) != 0 || db_flush(db, &err) != 0)
            fail_msg("%s", err.text);
        buf_append(&written[bucket].bytes, packed.data, packed.len);
        buf_append(&written[bucket].bytes, payload, len);
        written[bucket].at[seq + 1] = written[bucket].bytes.len;
        buf_fini(&packed);
    }
    assert_int_equal(db_commit(db, &err), 0);
    arena_reset(&arena);
}

/* --- what is done ----------------------------------------------------------------------------------------------------
 */

static uint64_t write_files(uint16_t bucket, int64_t before_us)
{
    uint64_t rows = 1, sum = 0;
    struct err err;

    while (rows) {
        if (archive_write(&archive, bucket, before_us, 0, &rows, &err) != 0)
            fail_msg("bucket %u: %s", bucket, err.text);
        sum += rows;
    }
    return sum;
}

static uint64_t prune(uint16_t bucket, int64_t before_us)
{
    uint64_t rows = 1, sum = 0, read_up_to;
    struct err err;

    assert_int_equal(archive_store_read_up_to(db, &arena, bucket, 0, &read_up_to, &err), 0);
    while (rows) {
        if (archive_prune(&archive, bucket, before_us, read_up_to, NULL, NULL, &rows, &err) != 0)
            fail_msg("bucket %u: %s", bucket, err.text);
        sum += rows;
    }
    return sum;
}

static long in_table(uint16_t bucket)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM planning.bus_stream WHERE bucket = %u", bucket);
    return pg_number(&pg, sql);
}

/* The row, from the table or from a file, as a reader gets it; fails where it is in neither. */
static void get(uint16_t bucket, uint64_t seq, struct archive_contents *contents, struct buf *out)
{
    struct db_rows rows;
    struct err err;
    bool found;

    buf_reset(out);
    assert_int_equal(archive_store_rows(db, &arena, bucket, seq, 1, &rows, &err), 0);
    if (rows.count == 1 && (uint64_t)db_i64(&rows, 0, 0) == seq) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, 0, 2, &len);

        buf_append(out, bytes, len);
        bytes = db_bytes(&rows, 0, 3, &len);
        buf_append(out, bytes, len);
    } else {
        struct stream_row row;

        if (archive_load(&archive, &arena, bucket, seq, contents, &found, &err) != 0)
            fail_msg("%s", err.text);
        if (!found)
            fail_msg("row %lu of bucket %u is nowhere", (unsigned long)seq, bucket);
        row = archive_row(contents, seq);
        CHECK_INT(row.seq, seq);
        CHECK_INT(row.type, 7);
        buf_append(out, row.envelope, row.envelope_len);
        buf_append(out, row.payload, row.payload_len);
    }
    db_rows_fini(&rows);
}

/* Rows from..head are what was written, byte for byte; every `step`th is looked at, and the last. */
static void check_replay(uint16_t bucket, uint64_t from, uint64_t step)
{
    struct archive_contents contents = { 0 };
    struct buf row = { 0 };

    for (uint64_t seq = from; seq <= written[bucket].head; seq += step) {
        size_t at = written[bucket].at[seq], len = written[bucket].at[seq + 1] - at;

        get(bucket, seq, &contents, &row);
        if (row.len != len || memcmp(row.data, written[bucket].bytes.data + at, len) != 0)
            fail_msg("row %lu of bucket %u isn't what was written", (unsigned long)seq, bucket);
    }
    archive_contents_fini(&contents);
    buf_fini(&row);
    arena_reset(&arena);
}

struct told {
    int count;
    char first[ERR_TEXT_MAX];
};

static void tell(void *arg, const char *text)
{
    struct told *told = arg;

    if (!told->count++)
        snprintf(told->first, sizeof told->first, "%s", text);
}

static struct told verify(struct archive_checked *checked)
{
    struct told told = { 0 };
    struct err err;

    *checked = (struct archive_checked) { .from = 1 };
    while (!checked->done)
        if (archive_verify(&archive, &arena, 1 << 20, checked, tell, &told, &err) != 0)
            fail_msg("%s", err.text);
    return told;
}

static void check_whole(void)
{
    struct archive_checked checked;
    struct told told = verify(&checked);

    if (told.count)
        fail_msg("%d differences: %s", told.count, told.first);
}

/* Path of a bucket's n-th file, by SQL. */
static void path_of(uint16_t bucket, int n, char *out, size_t cap)
{
    char sql[240];
    char *name;

    snprintf(
        sql, sizeof sql,
        "SELECT lpad(bucket::text, 3, '0') || '/' || lpad(from_seq::text, 16, '0') || '-' || lpad(to_seq::text, 16,"
        " '0') || '.stream' FROM planning.bus_archive WHERE bucket = %u ORDER BY from_seq OFFSET %d LIMIT 1",
        bucket, n);
    name = pg_value(&pg, sql);
    assert_non_null(name);
    snprintf(out, cap, "%s/planning/%s", root, name);
    free(name);
}

static void flip_byte(const char *path, long at)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;

    assert_true(fd >= 0);
    CHECK_INT(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    CHECK_INT(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* --- tests -----------------------------------------------------------------------------------------------------------
 */

static void rows_go_by_age(void **state)
{
    (void)state;
    append(1, 300, 10, 200);
    append(1, 300, 11, 200);
    append(1, 50, 12, 200);
    CHECK_INT(write_files(1, 11 * DAY), 300);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive"), 1);
    CHECK_INT(prune(1, 10 * DAY), 0); /* none is as old */
    CHECK_INT(prune(1, 11 * DAY), 300);
    CHECK_INT(in_table(1), 350);
    CHECK_INT(write_files(1, 12 * DAY), 300);
    CHECK_INT(in_table(1), 350); /* a file alone takes nothing away */
    CHECK_INT(write_files(1, 12 * DAY), 0);
    CHECK_INT(prune(1, 12 * DAY), 300);
    CHECK_INT(pg_number(&pg, "SELECT min(seq) FROM planning.bus_stream"), 601);
    check_replay(1, 1, 1);
    CHECK_INT(write_files(1, EVER), 50);
    CHECK_INT(prune(1, EVER), 50);
    CHECK_INT(in_table(1), 0);
    check_replay(1, 1, 1);
    append(1, 3, 13, 200);
    check_replay(1, 640, 1);
    check_whole();
}

/* A file ends with 4,096 rows or 4 MB; the next begins behind it. */
static void files_have_a_size(void **state)
{
    (void)state;
    append(0, 4100, 10, 2);
    append(2, 2600, 10, 4000); /* about 5 MB */
    CHECK_INT(write_files(0, EVER), 4100);
    CHECK_INT(write_files(2, EVER), 2600);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive WHERE bucket = 0"), 2);
    CHECK_INT(pg_number(&pg, "SELECT to_seq FROM planning.bus_archive WHERE bucket = 0 AND from_seq = 1"), 4096);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive WHERE bucket = 2"), 2);
    CHECK_INT(prune(0, EVER) + prune(2, EVER), 6700);
    check_replay(0, 1, 37);
    check_replay(2, 1, 19);
    check_whole();
}

static void readers_hold_it_up(void **state)
{
    const uint64_t behind[BUCKETS] = { 0, 120, 0, 0 }, on[BUCKETS] = { 0, 300, 0, 0 };
    struct err err;
    uint64_t least;

    (void)state;
    append(1, 100, 10, 20);
    CHECK_INT(write_files(1, EVER), 100);
    append(1, 100, 10, 20);
    CHECK_INT(write_files(1, EVER), 100);
    append(1, 100, 10, 20);
    CHECK_INT(write_files(1, EVER), 100);
    assert_int_equal(archive_store_put_reader(db, &arena, "monitoring", behind, BUCKETS, 50 * DAY, &err), 0);
    assert_int_equal(archive_store_put_reader(db, &arena, "incentive", on, BUCKETS, 50 * DAY, &err), 0);
    CHECK_INT(prune(1, EVER), 100); /* a file that isn't read to its end stays whole */
    CHECK_INT(in_table(1), 200);
    assert_int_equal(archive_store_read_up_to(db, &arena, 1, 51 * DAY, &least, &err), 0);
    assert_true(least == UINT64_MAX); /* not heard of since: not waited for */
    assert_int_equal(archive_store_put_reader(db, &arena, "monitoring", on, BUCKETS, 60 * DAY, &err), 0);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_reader"), 8);
    CHECK_INT(prune(1, EVER), 200);
    check_replay(1, 1, 1);
}

/* What no file has never goes, whatever is asked for. */
static void only_what_is_in_a_file_goes(void **state)
{
    struct err err;
    int64_t gone;

    (void)state;
    append(3, 30, 10, 20);
    CHECK_INT(write_files(3, EVER), 30);
    append(3, 30, 10, 20);
    assert_int_equal(archive_store_prune(db, &arena, 3, 1000, 1000, &gone, &err), 0);
    CHECK_INT(gone, 30);
    assert_int_equal(archive_store_prune(db, &arena, 3, 1000, 1000, &gone, &err), 0);
    CHECK_INT(gone, 0);
    CHECK_INT(in_table(3), 30);
}

/* Each statement takes a bite, so the writer never waits for long; what stops in between goes on. */
static int bites;
static bool count_bite(void *arg)
{
    const int *stop_at = arg;

    return ++bites != *stop_at;
}

static void pruned_in_bites(void **state)
{
    int never = -1, third = 3;
    struct err err;
    uint64_t rows;

    (void)state;
    append(1, 1000, 10, 20);
    CHECK_INT(write_files(1, EVER), 1000);
    bites = 0;
    assert_int_equal(archive_prune(&archive, 1, EVER, UINT64_MAX, count_bite, &third, &rows, &err), 0);
    CHECK_INT(rows, 3 * ARCHIVE_BITE);
    check_replay(1, 1, 7);
    bites = 0;
    assert_int_equal(archive_prune(&archive, 1, EVER, UINT64_MAX, count_bite, &never, &rows, &err), 0);
    CHECK_INT(rows, 1000 - 3 * ARCHIVE_BITE);
    CHECK_INT(bites, 1);
    check_replay(1, 1, 7);
}

static void other_instances_are_fenced(void **state)
{
    struct err err;
    uint64_t rows;

    (void)state;
    append(1, 10, 10, 20);
    free(pg_value(&pg, "UPDATE planning.bus_head SET epoch = 5"));
    assert_int_equal(archive_write(&archive, 1, EVER, 4, &rows, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive"), 0);
    assert_int_equal(archive_write(&archive, 1, EVER, 5, &rows, &err), 0);
    CHECK_INT(rows, 10);
    check_whole(); /* the file that the other one left is the same one */
}

static void damage_is_told_and_stops(void **state)
{
    struct archive_contents contents = { 0 };
    struct archive_checked checked;
    char path[200], away[220];
    struct told told;
    struct err err;
    uint64_t rows;
    bool found;

    (void)state;
    append(1, 100, 10, 90);
    write_files(1, EVER);
    append(1, 100, 10, 90);
    write_files(1, EVER);
    path_of(1, 0, path, sizeof path);
    snprintf(away, sizeof away, "%s.away", path);
    flip_byte(path, 1500);
    assert_int_equal(archive_prune(&archive, 1, EVER, UINT64_MAX, NULL, NULL, &rows, &err), -1);
    assert_string_equal(err.code, "archive_damaged");
    assert_non_null(strstr(err.text, path));
    CHECK_INT(in_table(1), 200);
    told = verify(&checked);
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, path));
    assert_non_null(strstr(told.first, "backup"));
    flip_byte(path, 1500);
    check_whole();
    CHECK_INT(prune(1, EVER), 200);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(archive_load(&archive, &arena, 1, 17, &contents, &found, &err), -1);
    assert_int_equal(err.cls, ERR_UNAVAILABLE);
    assert_string_equal(err.code, "archive_missing");
    assert_non_null(strstr(err.text, path));
    told = verify(&checked);
    CHECK_INT(told.count, 1);
    assert_int_equal(rename(away, path), 0);
    check_replay(1, 1, 1);
    archive_contents_fini(&contents);
}

/* A whole file in another's place: its own hashes fit, but it isn't the one that was recorded. */
static void another_file_in_its_place(void **state)
{
    struct archive_checked checked;
    char path[200], other[200], command[500];
    struct told told;

    (void)state;
    append(1, 20, 10, 90);
    append(2, 20, 10, 90);
    write_files(1, EVER);
    write_files(2, EVER);
    path_of(1, 0, path, sizeof path);
    path_of(2, 0, other, sizeof other);
    snprintf(command, sizeof command, "cp %s %s", other, path);
    CHECK_INT(system(command), 0);
    told = verify(&checked);
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "not the one that was recorded"));
}

/* A file that isn't in the table of files is told of; rows that are nowhere as well. */
static void what_is_missing_is_told(void **state)
{
    struct archive_checked checked;
    struct told told;

    (void)state;
    append(1, 20, 10, 90);
    write_files(1, EVER);
    free(pg_value(&pg, "DELETE FROM planning.bus_archive"));
    check_whole(); /* as a crash leaves it: its rows are in the table */
    free(pg_value(&pg, "UPDATE planning.bus_stream SET payload = payload || 'x' WHERE seq = 20"));
    told = verify(&checked);
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "isn't recorded"));
    free(pg_value(&pg, "UPDATE planning.bus_stream SET payload = substr(payload, 1, length(payload) - 1) WHERE seq ="
                       " 20"));
    write_files(1, EVER); /* the same again */
    check_whole();
    append(1, 20, 10, 90);
    free(pg_value(&pg, "DELETE FROM planning.bus_stream WHERE seq <= 25"));
    told = verify(&checked);
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "rows 21 to 25 of bucket 1 are neither in the table nor in a file"));
}

/* What a crash leaves behind is replaced; what isn't ours is put aside, never destroyed. */
/* A crash left a file that wasn't recorded, and rows came before the next run: that one's file is longer. */
static void overtaken(void **state)
{
    (void)state;
    append(1, 20, 10, 90);
    write_files(1, EVER);
    free(pg_value(&pg, "DELETE FROM planning.bus_archive"));
    append(1, 5, 10, 90);
    CHECK_INT(write_files(1, EVER), 25);
    CHECK_INT(prune(1, EVER), 25);
    check_whole();
    check_replay(1, 1, 1);
}

static void left_behind(void **state)
{
    char folder[160], path[240];
    char *there;
    FILE *file;

    (void)state;
    append(0, 10, 10, 20);
    snprintf(folder, sizeof folder, "mkdir -p %s/planning/000", root);
    CHECK_INT(system(folder), 0);
    snprintf(path, sizeof path, "%s/planning/000/%016d-%016d.stream.part", root, 1, 10);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("half a fi", file);
    fclose(file);
    path[strlen(path) - 5] = 0;
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("of another time", file);
    fclose(file);
    CHECK_INT(write_files(0, EVER), 10);
    check_whole();
    strcat(path, ".aside-1");
    there = calloc(1, 64);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(there, 64, file));
    fclose(file);
    assert_string_equal(there, "of another time");
    free(there);
}

/* A new schema takes the streams over from the files, and only a new one. */
static void taken_over(void **state)
{
    struct err err;
    char path[200], away[220];
    bool taken;

    (void)state;
    append(0, 30, 10, 90);
    append(2, 50, 10, 90);
    for (uint16_t b = 0; b < BUCKETS; b++)
        write_files(b, EVER);
    append(2, 50, 10, 90);
    write_files(2, EVER);
    path_of(2, 0, path, sizeof path);
    assert_int_equal(archive_adopt(&archive, 1, &taken, &err), 0);
    assert_false(taken);
    free(pg_value(&pg, "SET search_path = planning; TRUNCATE bus_stream, bus_archive, bus_reader;"
                       "UPDATE bus_head SET seq = 0; UPDATE bus_installation SET incarnation = 5"));
    snprintf(away, sizeof away, "%s.away", path);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(archive_adopt(&archive, 1, &taken, &err), -1);
    assert_string_equal(err.code, "archive_incomplete");
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive"), 0);
    assert_int_equal(rename(away, path), 0);
    assert_int_equal(archive_adopt(&archive, 1, &taken, &err), 0);
    assert_true(taken);
    CHECK_INT(pg_number(&pg, "SELECT incarnation FROM planning.bus_installation"), 77);
    CHECK_INT(pg_number(&pg, "SELECT seq FROM planning.bus_head WHERE bucket = 2"), 100);
    CHECK_INT(pg_number(&pg, "SELECT count(*) FROM planning.bus_archive"), 3);
    check_replay(0, 1, 1);
    check_replay(2, 1, 1);
    check_whole();
    append(2, 5, 11, 90); /* and goes on */
    check_replay(2, 98, 1);
}

/* A process that archives and prunes everything, killed at a moment that is drawn; in the end nothing is lost. */
static void archive_in_child(void)
{
    struct archive own = archive;
    struct db *other;
    struct err err;
    char url[256];

    pg_url(&pg, "planning", url, sizeof url);
    if (db_open(&other, url, "planning", false, &err) != 0)
        _exit(1);
    own.db = other;
    for (uint16_t b = 0; b < BUCKETS; b++) {
        uint64_t rows = 1;

        while (rows)
            if (archive_write(&own, b, EVER, 0, &rows, &err) != 0)
                _exit(1);
        for (rows = 1; rows;)
            if (archive_prune(&own, b, EVER, UINT64_MAX, NULL, NULL, &rows, &err) != 0)
                _exit(1);
    }
    _exit(0);
}

static void killed_at_any_moment(void **state)
{
    int killed = 0, round = 0;

    (void)state;
    for (; round < 30; round++) {
        pid_t pid;
        int status;

        append((uint16_t)(round % BUCKETS), 250, 10, 900);
        pid = fork();
        if (pid == 0)
            archive_in_child();
        assert_true(pid > 0);
        /* the first rounds go through the time that a whole run takes, the others are drawn from it */
        usleep((unsigned)(round < 10 ? round * 2500 : random_below(&seed, 25000)));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        killed += WIFSIGNALED(status);
        check_replay((uint16_t)(round % BUCKETS), 1, 5);
    }
    assert_true(killed > 0); /* the first one has no time to end */
    for (uint16_t b = 0; b < BUCKETS; b++) {
        write_files(b, EVER);
        prune(b, EVER);
        CHECK_INT(in_table(b), 0);
        check_replay(b, 1, 1);
    }
    check_whole();
    CHECK_INT(pg_number(&pg, "SELECT sum(to_seq - from_seq + 1) FROM planning.bus_archive"), 30 * 250);
}

/* Any order of appending, archiving, pruning and reading: rows are what was written. */
static void any_order(void **state)
{
    int64_t day = 10;
    uint64_t gone = 0;

    (void)state;
    for (int step = 0; step < 150; step++) {
        uint16_t b = (uint16_t)random_below(&seed, BUCKETS);
        int64_t before = (day - random_below(&seed, 4)) * DAY;

        switch (step % 5 == 0 ? 0 : random_below(&seed, 5)) {
        case 0:
            append(b, 1 + random_below(&seed, 90), day, 1 + random_below(&seed, 300));
            day += random_below(&seed, 2);
            break;
        case 1:
            write_files(b, before);
            break;
        case 2:
            gone += prune(b, before);
            break;
        case 3:
            write_files(b, before);
            gone += prune(b, before);
            break;
        default:
            if (written[b].head)
                check_replay(b, 1 + random_next(&seed) % written[b].head, 1 + random_next(&seed) % 9);
        }
    }
    for (uint16_t b = 0; b < BUCKETS; b++) {
        write_files(b, EVER);
        check_replay(b, 1, 3);
        gone += prune(b, EVER);
        check_replay(b, 1, 1);
    }
    CHECK_INT(gone, written[0].head + written[1].head + written[2].head + written[3].head);
    check_whole();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rows_go_by_age, afresh),
        cmocka_unit_test_setup(files_have_a_size, afresh),
        cmocka_unit_test_setup(readers_hold_it_up, afresh),
        cmocka_unit_test_setup(only_what_is_in_a_file_goes, afresh),
        cmocka_unit_test_setup(pruned_in_bites, afresh),
        cmocka_unit_test_setup(other_instances_are_fenced, afresh),
        cmocka_unit_test_setup(damage_is_told_and_stops, afresh),
        cmocka_unit_test_setup(another_file_in_its_place, afresh),
        cmocka_unit_test_setup(what_is_missing_is_told, afresh),
        cmocka_unit_test_setup(left_behind, afresh),
        cmocka_unit_test_setup(overtaken, afresh),
        cmocka_unit_test_setup(taken_over, afresh),
        cmocka_unit_test_setup(killed_at_any_moment, afresh),
        cmocka_unit_test_setup(any_order, afresh),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
