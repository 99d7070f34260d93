/* Archived and pruned by a process that is killed at any moment, and in any order of steps: every row stays, once, byte
 * for byte as it was written. */
#include "support/archive_scene.h"
#include "support/check.h"
#include "support/seed.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that archives and prunes everything, killed at a moment that is drawn; in the end nothing is lost. */
static void archive_in_child(void)
{
    struct archive own = scene.archive;
    struct db *other;
    struct err err;
    char url[256];

    pg_url(&scene.pg, "planning", url, sizeof url);
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

        scene_append((uint16_t)(round % BUCKETS), 250, 10, 900);
        pid = fork();
        if (pid == 0)
            archive_in_child();
        assert_true(pid > 0);
        /* the first rounds go through the time that a whole run takes, the others are drawn from it */
        usleep((unsigned)(round < 10 ? round * 2500 : random_below(&scene.seed, 25000)));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        killed += WIFSIGNALED(status);
        scene_check((uint16_t)(round % BUCKETS), 1, 5);
    }
    assert_true(killed > 0); /* the first one has no time to end */
    for (uint16_t b = 0; b < BUCKETS; b++) {
        scene_write(b, EVER);
        scene_prune(b, EVER);
        CHECK_INT(scene_in_table(b), 0);
        scene_check(b, 1, 1);
    }
    scene_check_whole();
    CHECK_INT(pg_number(&scene.pg, "SELECT sum(to_seq - from_seq + 1) FROM planning.bus_archive"), 30 * 250);
}

/* Any order of appending, archiving, pruning and reading: rows are what was written. */
static void any_order(void **state)
{
    int64_t day = 10;
    uint64_t gone = 0;

    (void)state;
    for (int step = 0; step < 150; step++) {
        uint16_t b = (uint16_t)random_below(&scene.seed, BUCKETS);
        int64_t before = (day - random_below(&scene.seed, 4)) * DAY;

        switch (step % 5 == 0 ? 0 : random_below(&scene.seed, 5)) {
        case 0:
            scene_append(b, 1 + random_below(&scene.seed, 90), day, 1 + random_below(&scene.seed, 300));
            day += random_below(&scene.seed, 2);
            break;
        case 1:
            scene_write(b, before);
            break;
        case 2:
            gone += scene_prune(b, before);
            break;
        case 3:
            scene_write(b, before);
            gone += scene_prune(b, before);
            break;
        default:
            if (scene.head[b])
                scene_check(b, 1 + random_next(&scene.seed) % scene.head[b], 1 + random_next(&scene.seed) % 9);
        }
    }
    for (uint16_t b = 0; b < BUCKETS; b++) {
        scene_write(b, EVER);
        scene_check(b, 1, 3);
        gone += scene_prune(b, EVER);
        scene_check(b, 1, 1);
    }
    CHECK_INT(gone, scene.head[0] + scene.head[1] + scene.head[2] + scene.head[3]);
    scene_check_whole();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(killed_at_any_moment, scene_afresh),
        cmocka_unit_test_setup(any_order, scene_afresh),
    };

    return cmocka_run_group_tests(tests, scene_start, scene_stop);
}
