/* Old rows to files and out of the table, on a real PostgreSQL: by age and size, behind readers and fences, in bites;
 * what is damaged, missing or another's is told and stops it; a new schema takes the streams over from files. */
#include "support/archive_scene.h"
#include "support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void an_age_is_whole_days(void **state)
{
    static const struct {
        const char *why;
        int64_t now, days, want;
    } rows[] = {
        { "in the middle of a day", 20000 * DAY + DAY / 2, 400, 19600 * DAY },
        { "at its beginning", 20000 * DAY, 400, 19600 * DAY },
        { "at its end", 20001 * DAY - 1, 1, 19999 * DAY },
        { "for ever", 20000 * DAY, 0, INT64_MIN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (archive_before(rows[i].now, rows[i].days) != rows[i].want)
            fail_msg("%s", rows[i].why);
}

static void rows_go_by_age(void **state)
{
    (void)state;
    scene_append(1, 300, 10, 200);
    scene_append(1, 300, 11, 200);
    scene_append(1, 50, 12, 200);
    CHECK_INT(scene_write(1, 11 * DAY), 300);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive"), 1);
    CHECK_INT(scene_prune(1, 10 * DAY), 0); /* none is as old */
    CHECK_INT(scene_prune(1, 11 * DAY), 300);
    CHECK_INT(scene_in_table(1), 350);
    CHECK_INT(scene_write(1, 12 * DAY), 300);
    CHECK_INT(scene_in_table(1), 350); /* a file alone takes nothing away */
    CHECK_INT(scene_write(1, 12 * DAY), 0);
    CHECK_INT(scene_prune(1, 12 * DAY), 300);
    CHECK_INT(pg_number(&scene.pg, "SELECT min(seq) FROM planning.bus_stream"), 601);
    scene_check(1, 1, 1);
    CHECK_INT(scene_write(1, EVER), 50);
    CHECK_INT(scene_prune(1, EVER), 50);
    CHECK_INT(scene_in_table(1), 0);
    scene_check(1, 1, 1);
    scene_append(1, 3, 13, 200);
    scene_check(1, 640, 1);
    scene_check_whole();
}

/* A file ends with 4,096 rows or 4 MB; the next begins behind it. */
static void files_have_a_size(void **state)
{
    (void)state;
    scene_append(0, 4100, 10, 2);
    scene_append(2, 2600, 10, 4000); /* about 5 MB */
    CHECK_INT(scene_write(0, EVER), 4100);
    CHECK_INT(scene_write(2, EVER), 2600);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive WHERE bucket = 0"), 2);
    CHECK_INT(pg_number(&scene.pg, "SELECT to_seq FROM planning.bus_archive WHERE bucket = 0 AND from_seq = 1"), 4096);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive WHERE bucket = 2"), 2);
    CHECK_INT(scene_prune(0, EVER) + scene_prune(2, EVER), 6700);
    scene_check(0, 1, 37);
    scene_check(2, 1, 19);
    scene_check_whole();
}

static void readers_hold_it_up(void **state)
{
    const uint64_t behind[BUCKETS] = { 0, 120, 0, 0 }, on[BUCKETS] = { 0, 300, 0, 0 };
    struct err err;
    uint64_t least;

    (void)state;
    scene_append(1, 100, 10, 20);
    CHECK_INT(scene_write(1, EVER), 100);
    scene_append(1, 100, 10, 20);
    CHECK_INT(scene_write(1, EVER), 100);
    scene_append(1, 100, 10, 20);
    CHECK_INT(scene_write(1, EVER), 100);
    assert_int_equal(archive_store_put_reader(scene.db, &scene.arena, "monitoring", behind, BUCKETS, 50 * DAY, &err),
                     0);
    assert_int_equal(archive_store_put_reader(scene.db, &scene.arena, "incentive", on, BUCKETS, 50 * DAY, &err), 0);
    CHECK_INT(scene_prune(1, EVER), 100); /* a file that isn't read to its end stays whole */
    CHECK_INT(scene_in_table(1), 200);
    assert_int_equal(archive_store_read_up_to(scene.db, &scene.arena, 1, 51 * DAY, &least, &err), 0);
    assert_true(least == UINT64_MAX); /* not heard of since: not waited for */
    assert_int_equal(archive_store_put_reader(scene.db, &scene.arena, "monitoring", on, BUCKETS, 60 * DAY, &err), 0);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_reader"), 8);
    CHECK_INT(scene_prune(1, EVER), 200);
    scene_check(1, 1, 1);
}

/* What no file has never goes, whatever is asked for. */
static void only_what_is_in_a_file_goes(void **state)
{
    struct err err;
    int64_t gone;

    (void)state;
    scene_append(3, 30, 10, 20);
    CHECK_INT(scene_write(3, EVER), 30);
    scene_append(3, 30, 10, 20);
    assert_int_equal(archive_store_prune(scene.db, &scene.arena, 3, 1000, 1000, &gone, &err), 0);
    CHECK_INT(gone, 30);
    assert_int_equal(archive_store_prune(scene.db, &scene.arena, 3, 1000, 1000, &gone, &err), 0);
    CHECK_INT(gone, 0);
    CHECK_INT(scene_in_table(3), 30);
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
    scene_append(1, 1000, 10, 20);
    CHECK_INT(scene_write(1, EVER), 1000);
    bites = 0;
    assert_int_equal(archive_prune(&scene.archive, 1, EVER, UINT64_MAX, count_bite, &third, &rows, &err), 0);
    CHECK_INT(rows, 3 * ARCHIVE_BITE);
    scene_check(1, 1, 7);
    bites = 0;
    assert_int_equal(archive_prune(&scene.archive, 1, EVER, UINT64_MAX, count_bite, &never, &rows, &err), 0);
    CHECK_INT(rows, 1000 - 3 * ARCHIVE_BITE);
    CHECK_INT(bites, 1);
    scene_check(1, 1, 7);
}

static void other_instances_are_fenced(void **state)
{
    struct err err;
    uint64_t rows;

    (void)state;
    scene_append(1, 10, 10, 20);
    free(pg_value(&scene.pg, "UPDATE planning.bus_head SET epoch = 5"));
    assert_int_equal(archive_write(&scene.archive, 1, EVER, 4, &rows, &err), -1);
    assert_int_equal(err.cls, ERR_FENCED);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive"), 0);
    assert_int_equal(archive_write(&scene.archive, 1, EVER, 5, &rows, &err), 0);
    CHECK_INT(rows, 10);
    scene_check_whole(); /* the file that the other one left is the same one */
}

static void damage_is_told_and_stops(void **state)
{
    struct archive_contents contents = { 0 };
    char path[200], away[220];
    struct scene_told told;
    struct err err;
    uint64_t rows;
    bool found;

    (void)state;
    scene_append(1, 100, 10, 90);
    scene_write(1, EVER);
    scene_append(1, 100, 10, 90);
    scene_write(1, EVER);
    scene_path(1, 0, path, sizeof path);
    snprintf(away, sizeof away, "%s.away", path);
    flip_byte(path, 1500);
    assert_int_equal(archive_prune(&scene.archive, 1, EVER, UINT64_MAX, NULL, NULL, &rows, &err), -1);
    assert_string_equal(err.code, "archive_damaged");
    assert_non_null(strstr(err.text, path));
    CHECK_INT(scene_in_table(1), 200);
    told = scene_verify();
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, path));
    assert_non_null(strstr(told.first, "backup"));
    flip_byte(path, 1500);
    scene_check_whole();
    CHECK_INT(scene_prune(1, EVER), 200);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(archive_load(&scene.archive, &scene.arena, 1, 17, &contents, &found, &err), -1);
    assert_int_equal(err.cls, ERR_UNAVAILABLE);
    assert_string_equal(err.code, "archive_missing");
    assert_non_null(strstr(err.text, path));
    told = scene_verify();
    CHECK_INT(told.count, 1);
    assert_int_equal(rename(away, path), 0);
    scene_check(1, 1, 1);
    archive_contents_fini(&contents);
}

/* A whole file in another's place: its own hashes fit, but it isn't the one that was recorded. */
static void another_file_in_its_place(void **state)
{
    char path[200], other[200], command[500];
    struct scene_told told;

    (void)state;
    scene_append(1, 20, 10, 90);
    scene_append(2, 20, 10, 90);
    scene_write(1, EVER);
    scene_write(2, EVER);
    scene_path(1, 0, path, sizeof path);
    scene_path(2, 0, other, sizeof other);
    snprintf(command, sizeof command, "cp %s %s", other, path);
    CHECK_INT(system(command), 0);
    told = scene_verify();
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "not the one that was recorded"));
}

/* A file that isn't in the table of files is told of; rows that are nowhere as well. */
static void what_is_missing_is_told(void **state)
{
    struct scene_told told;

    (void)state;
    scene_append(1, 20, 10, 90);
    scene_write(1, EVER);
    free(pg_value(&scene.pg, "DELETE FROM planning.bus_archive"));
    scene_check_whole(); /* as a crash leaves it: its rows are in the table */
    free(pg_value(&scene.pg, "UPDATE planning.bus_stream SET payload = payload || 'x' WHERE seq = 20"));
    told = scene_verify();
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "isn't recorded"));
    free(pg_value(&scene.pg,
                  "UPDATE planning.bus_stream SET payload = substr(payload, 1, length(payload) - 1) WHERE seq ="
                  " 20"));
    scene_write(1, EVER); /* the same again */
    scene_check_whole();
    scene_append(1, 20, 10, 90);
    free(pg_value(&scene.pg, "DELETE FROM planning.bus_stream WHERE seq <= 25"));
    told = scene_verify();
    CHECK_INT(told.count, 1);
    assert_non_null(strstr(told.first, "rows 21 to 25 of bucket 1 are neither in the table nor in a file"));
}

/* What a crash leaves behind is replaced; what isn't ours is put aside, never destroyed. */
/* A crash left a file that wasn't recorded, and rows came before the next run: that one's file is longer. */
static void overtaken(void **state)
{
    (void)state;
    scene_append(1, 20, 10, 90);
    scene_write(1, EVER);
    free(pg_value(&scene.pg, "DELETE FROM planning.bus_archive"));
    scene_append(1, 5, 10, 90);
    CHECK_INT(scene_write(1, EVER), 25);
    CHECK_INT(scene_prune(1, EVER), 25);
    scene_check_whole();
    scene_check(1, 1, 1);
}

static void left_behind(void **state)
{
    char folder[160], path[240], aside[260];
    char *there;
    FILE *file;

    (void)state;
    scene_append(0, 10, 10, 20);
    snprintf(folder, sizeof folder, "mkdir -p %s/planning/000", scene.root);
    CHECK_INT(system(folder), 0);
    snprintf(path, sizeof path, "%s/planning/000/%016d-%016d.stream.part", scene.root, 1, 10);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("half a fi", file);
    fclose(file);
    path[strlen(path) - 5] = 0;
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("of another time", file);
    fclose(file);
    CHECK_INT(scene_write(0, EVER), 10);
    scene_check_whole();
    snprintf(aside, sizeof aside, "%s.aside-1", path);
    there = calloc(1, 64);
    file = fopen(aside, "r");
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
    scene_append(0, 30, 10, 90);
    scene_append(2, 50, 10, 90);
    for (uint16_t b = 0; b < BUCKETS; b++)
        scene_write(b, EVER);
    scene_append(2, 50, 10, 90);
    scene_write(2, EVER);
    scene_path(2, 0, path, sizeof path);
    assert_int_equal(archive_adopt(&scene.archive, 1, &taken, &err), 0);
    assert_false(taken);
    free(pg_value(&scene.pg, "SET search_path = planning; TRUNCATE bus_stream, bus_archive, bus_reader;"
                             "UPDATE bus_head SET seq = 0; UPDATE bus_installation SET incarnation = 5"));
    snprintf(away, sizeof away, "%s.away", path);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(archive_adopt(&scene.archive, 1, &taken, &err), -1);
    assert_string_equal(err.code, "archive_incomplete");
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive"), 0);
    assert_int_equal(rename(away, path), 0);
    assert_int_equal(archive_adopt(&scene.archive, 1, &taken, &err), 0);
    assert_true(taken);
    CHECK_INT(pg_number(&scene.pg, "SELECT incarnation FROM planning.bus_installation"), 77);
    CHECK_INT(pg_number(&scene.pg, "SELECT seq FROM planning.bus_head WHERE bucket = 2"), 100);
    CHECK_INT(pg_number(&scene.pg, "SELECT count(*) FROM planning.bus_archive"), 3);
    scene_check(0, 1, 1);
    scene_check(2, 1, 1);
    scene_check_whole();
    scene_append(2, 5, 11, 90); /* and goes on */
    scene_check(2, 98, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_age_is_whole_days, scene_afresh),
        cmocka_unit_test_setup(rows_go_by_age, scene_afresh),
        cmocka_unit_test_setup(files_have_a_size, scene_afresh),
        cmocka_unit_test_setup(readers_hold_it_up, scene_afresh),
        cmocka_unit_test_setup(only_what_is_in_a_file_goes, scene_afresh),
        cmocka_unit_test_setup(pruned_in_bites, scene_afresh),
        cmocka_unit_test_setup(other_instances_are_fenced, scene_afresh),
        cmocka_unit_test_setup(damage_is_told_and_stops, scene_afresh),
        cmocka_unit_test_setup(another_file_in_its_place, scene_afresh),
        cmocka_unit_test_setup(what_is_missing_is_told, scene_afresh),
        cmocka_unit_test_setup(left_behind, scene_afresh),
        cmocka_unit_test_setup(overtaken, scene_afresh),
        cmocka_unit_test_setup(taken_over, scene_afresh),
    };

    return cmocka_run_group_tests(tests, scene_start, scene_stop);
}
