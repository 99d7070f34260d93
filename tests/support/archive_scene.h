/* archive_scene: streams of planning on a PostgreSQL of the test's own, with a folder of archived files, and an oracle:
 * every row that was ever written, kept in memory. What isn't as it should be fails the test. One a test program.
 */
#ifndef BIHUAN_TESTS_SUPPORT_ARCHIVE_SCENE_H
#define BIHUAN_TESTS_SUPPORT_ARCHIVE_SCENE_H

#include "archive/archive.h"
#include "support/pg.h"

#define BUCKETS 4
#define DAY     (INT64_C(86400) * 1000000)
#define EVER    (INT64_MAX / 2)

struct archive_scene {
    struct pg pg;
    struct arena arena;
    struct db *db;
    char root[80];
    uint64_t seed;
    struct archive archive;
    uint64_t head[BUCKETS]; /* rows written so far */
};
extern struct archive_scene scene;

/* Of the test program, and before each test: nothing written, no file. */
int scene_start(void **state);
int scene_stop(void **state);
int scene_afresh(void **state);

/* Appends `count` rows, published on the day `day`, with payloads of drawn lengths below len_max (4000). */
void scene_append(uint16_t bucket, int count, int64_t day, int len_max);
/* Files, or prunes, all that may be; how many rows. */
uint64_t scene_write(uint16_t bucket, int64_t before_us);
uint64_t scene_prune(uint16_t bucket, int64_t before_us);
long scene_in_table(uint16_t bucket);
/* Rows from `from` on, from the table or from files, are what was written, byte for byte; every `step`th is looked at.
 */
void scene_check(uint16_t bucket, uint64_t from, uint64_t step);

struct scene_told {
    int count;
    char first[ERR_TEXT_MAX];
};
/* What verifying tells of. */
struct scene_told scene_verify(void);
void scene_check_whole(void); /* nothing */
/* Path of a bucket's n-th file, by SQL. */
void scene_path(uint16_t bucket, int n, char *out, size_t cap);

#endif
