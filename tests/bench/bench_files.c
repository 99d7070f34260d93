/* bench_files: many small files, an hour old, worked off by a real feedback daemon: files a second until all are
 * loaded. They are written aside first and their folder is filled by renaming, so that only the daemon's work is timed.
 * Beside bare inserts of one row with their commits, one after another, in the same run: each file is one such at
 * least.
 *
 *   bench_files [files] [--smoke]
 */
#include "bench/scene.h"
#include "runtime/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS    5 /* of a file */
#define COMMITS 500

static void write_files(struct scene *scene, long count)
{
    char path[300], line[400];

    for (long i = 0; i < count; i++) {
        FILE *file;

        snprintf(path, sizeof path, "%s/data/inbox/orders/.small%06ld", scene->stack.dir, i);
        file = fopen(path, "w");
        if (!file) {
            perror(path);
            exit(1);
        }
        fputs(SCENE_HEADER, file);
        for (int row = 0; row < ROWS; row++) {
            scene_order(line, sizeof line, scene, scene->next, scene->next % SCENE_UNITS, false);
            scene->next++;
            fputs(line, file);
        }
        fclose(file);
    }
}

static void hand_over(struct scene *scene, long count)
{
    char aside[300], path[300];

    for (long i = 0; i < count; i++) {
        snprintf(aside, sizeof aside, "%s/data/inbox/orders/.small%06ld", scene->stack.dir, i);
        snprintf(path, sizeof path, "%s/data/inbox/orders/small%06ld.csv", scene->stack.dir, i);
        if (rename(aside, path) != 0) {
            perror(path);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    static const char *const none[] = { NULL };
    static struct scene scene;
    long count = scene_arguments(&scene, argc, argv, 2000, 200), loaded = 0;
    static double commits[COMMITS];
    double seconds, commit;
    int64_t begin;

    scene_start(&scene, none);
    scene_load(&scene, "warm.csv", 1000);
    write_files(&scene, count);
    begin = clock_monotonic_us();
    hand_over(&scene, count);
    while (loaded < count && clock_monotonic_us() - begin < 110 * INT64_C(1000000)) {
        usleep(20000);
        loaded = scene_number(&scene, "SELECT count(*) FROM feedback.feed_file WHERE name LIKE 'small%' AND state ="
                                      " 'loaded'");
    }
    seconds = (double)(clock_monotonic_us() - begin) / 1e6;
    scene_commits(&scene, commits, COMMITS);
    commit = scene_median(commits, COMMITS);
    printf("files of %d rows: %.0f a second (target 200), %ld of %ld in %.1f s; %.2f of bare commits, %.0f a second\n",
           ROWS, (double)loaded / seconds, loaded, count, seconds, (double)loaded / seconds * commit, 1 / commit);
    scene_at_least(&scene, "small files a second", (double)loaded / seconds, 200);
    scene_stop(&scene);
    return loaded == count ? scene_verdict(&scene) : 1;
}
