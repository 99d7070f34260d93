/* archive_scene: see archive_scene.h. */
#include "support/archive_scene.h"

#include "bus/wire.h"
#include "db/migrate.h"
#include "support/check.h"
#include "support/seed.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS_MAX 12000

struct archive_scene scene;

/* What was written, kept beside the data base: the oracle. */
static struct {
    struct buf bytes; /* envelopes and payloads, one behind the other */
    size_t at[ROWS_MAX + 2];
} oracle[BUCKETS];

/* --- the scene
 * -----------------------------------------------------------------------------------------------------------
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

int scene_start(void **state)
{
    char *bus = read_schema("0001_bus.sql"), *archived = read_schema("0283_archive.sql");
    const struct migration migrations[] = { { 1, "bus", bus }, { 283, "archive", archived }, { 0, NULL, NULL } };
    struct err err;
    char url[256];
    int applied;

    (void)state;
    scene.seed = test_seed();
    assert_true(sodium_init() >= 0);
    pg_start(&scene.pg);
    arena_init(&scene.arena);
    pg_url(&scene.pg, "planning", url, sizeof url);
    if (db_open(&scene.db, url, "planning", false, &err) != 0 ||
        migrate_apply(scene.db, migrations, BUCKETS, &applied, &err) != 0)
        fail_msg("%s", err.text);
    free(bus);
    free(archived);
    return 0;
}

static void clear_folder(void)
{
    char command[120];

    snprintf(command, sizeof command, "rm -rf %s", scene.root);
    if (scene.root[0] && system(command) != 0)
        fail_msg("could not remove %s", scene.root);
}

int scene_stop(void **state)
{
    (void)state;
    clear_folder();
    for (int b = 0; b < BUCKETS; b++)
        buf_fini(&oracle[b].bytes);
    db_close(&scene.db);
    arena_fini(&scene.arena);
    pg_stop(&scene.pg);
    return 0;
}

/* As new: nothing written, no file. */
int scene_afresh(void **state)
{
    (void)state;
    free(pg_value(&scene.pg, "SET search_path = planning; TRUNCATE bus_stream, bus_archive, bus_reader;"
                             "UPDATE bus_head SET seq = 0, epoch = 0; UPDATE bus_installation SET incarnation = 77"));
    arena_reset(&scene.arena);
    clear_folder();
    snprintf(scene.root, sizeof scene.root, "/tmp/bihuan-archive-XXXXXX");
    assert_non_null(mkdtemp(scene.root));
    for (int b = 0; b < BUCKETS; b++) {
        buf_reset(&oracle[b].bytes);
        scene.head[b] = 0;
        oracle[b].at[1] = 0;
    }
    scene.archive = (struct archive) { .db = scene.db, .root = scene.root, .service = "planning", .buckets = BUCKETS };
    return 0;
}

/* Appends `count` rows, published on the day `day`, with payloads of drawn lengths below `len_max`. */
void scene_append(uint16_t bucket, int count, int64_t day, int len_max)
{
    struct err err;

    err_clear(&err);
    assert_int_equal(db_begin(scene.db, &err), 0);
    for (int i = 0; i < count; i++) {
        Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
        struct buf packed = { 0 };
        uint8_t payload[4000];
        uint64_t seq = ++scene.head[bucket];
        size_t len = (size_t)random_below(&scene.seed, len_max);
        struct head_move move = { bucket, seq - 1, seq };
        struct stream_row row = { .bucket = bucket, .seq = seq, .type = 7, .payload = payload, .payload_len = len };

        assert_true(seq <= ROWS_MAX);
        for (size_t n = 0; n < len; n++)
            payload[n] = (uint8_t)random_next(&scene.seed);
        envelope.stream = (char *)(uintptr_t) "planning";
        envelope.bucket = bucket;
        envelope.incarnation = 77;
        envelope.seq = seq;
        envelope.type = 7;
        envelope.published_at = day * DAY + i;
        wire_pack(&envelope.base, &packed);
        row.envelope = packed.data;
        row.envelope_len = packed.len;
        if (stream_store_move_heads(scene.db, &scene.arena, &move, 1, 0, &err) != 0 ||
            stream_store_append(scene.db, &row, 1, &err) != 0 || (i % 50 == 49 && db_flush(scene.db, &err) != 0))
            fail_msg("%s", err.text);
        buf_append(&oracle[bucket].bytes, packed.data, packed.len);
        buf_append(&oracle[bucket].bytes, payload, len);
        oracle[bucket].at[seq + 1] = oracle[bucket].bytes.len;
        buf_fini(&packed);
    }
    assert_int_equal(db_commit(scene.db, &err), 0);
    arena_reset(&scene.arena);
}

/* --- what is done ----------------------------------------------------------------------------------------------------
 */

uint64_t scene_write(uint16_t bucket, int64_t before_us)
{
    uint64_t rows = 1, sum = 0;
    struct err err;

    while (rows) {
        if (archive_write(&scene.archive, bucket, before_us, 0, &rows, &err) != 0)
            fail_msg("bucket %u: %s", bucket, err.text);
        sum += rows;
    }
    return sum;
}

uint64_t scene_prune(uint16_t bucket, int64_t before_us)
{
    uint64_t rows = 1, sum = 0, read_up_to;
    struct err err;

    assert_int_equal(archive_store_read_up_to(scene.db, &scene.arena, bucket, 0, &read_up_to, &err), 0);
    while (rows) {
        if (archive_prune(&scene.archive, bucket, before_us, read_up_to, NULL, NULL, &rows, &err) != 0)
            fail_msg("bucket %u: %s", bucket, err.text);
        sum += rows;
    }
    return sum;
}

long scene_in_table(uint16_t bucket)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM planning.bus_stream WHERE bucket = %u", bucket);
    return pg_number(&scene.pg, sql);
}

/* The row, from the table or from a file, as a reader gets it; fails where it is in neither. */
static void get(uint16_t bucket, uint64_t seq, struct archive_contents *contents, struct buf *out)
{
    struct db_rows rows;
    struct err err;
    bool found;

    buf_reset(out);
    assert_int_equal(archive_store_rows(scene.db, &scene.arena, bucket, seq, 1, &rows, &err), 0);
    if (rows.count == 1 && (uint64_t)db_i64(&rows, 0, 0) == seq) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, 0, 2, &len);

        buf_append(out, bytes, len);
        bytes = db_bytes(&rows, 0, 3, &len);
        buf_append(out, bytes, len);
    } else {
        struct stream_row row;

        if (archive_load(&scene.archive, &scene.arena, bucket, seq, contents, &found, &err) != 0)
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

/* Rows from..head are what was written, byte for byte; every `step`th is looked at. */
void scene_check(uint16_t bucket, uint64_t from, uint64_t step)
{
    struct archive_contents contents = { 0 };
    struct buf row = { 0 };

    for (uint64_t seq = from; seq <= scene.head[bucket]; seq += step) {
        size_t at = oracle[bucket].at[seq], len = oracle[bucket].at[seq + 1] - at;

        get(bucket, seq, &contents, &row);
        if (row.len != len || memcmp(row.data, oracle[bucket].bytes.data + at, len) != 0)
            fail_msg("row %lu of bucket %u isn't what was written", (unsigned long)seq, bucket);
    }
    archive_contents_fini(&contents);
    buf_fini(&row);
    arena_reset(&scene.arena);
}

static void tell(void *arg, const char *text)
{
    struct scene_told *told = arg;

    if (!told->count++)
        snprintf(told->first, sizeof told->first, "%s", text);
}

struct scene_told scene_verify(void)
{
    struct archive_checked checked = { .from = 1 };
    struct scene_told told = { 0 };
    struct err err;

    while (!checked.done)
        if (archive_verify(&scene.archive, &scene.arena, 1 << 20, &checked, tell, &told, &err) != 0)
            fail_msg("%s", err.text);
    return told;
}

void scene_check_whole(void)
{
    struct scene_told told = scene_verify();

    if (told.count)
        fail_msg("%d differences: %s", told.count, told.first);
}

/* Path of a bucket's n-th file, by SQL. */
void scene_path(uint16_t bucket, int n, char *out, size_t cap)
{
    char sql[240];
    char *name;

    snprintf(
        sql, sizeof sql,
        "SELECT lpad(bucket::text, 3, '0') || '/' || lpad(from_seq::text, 16, '0') || '-' || lpad(to_seq::text, 16,"
        " '0') || '.stream' FROM planning.bus_archive WHERE bucket = %u ORDER BY from_seq OFFSET %d LIMIT 1",
        bucket, n);
    name = pg_value(&scene.pg, sql);
    assert_non_null(name);
    snprintf(out, cap, "%s/planning/%s", scene.root, name);
    free(name);
}
