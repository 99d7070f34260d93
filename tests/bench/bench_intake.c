/* bench_intake: files of orders through a real feedback daemon until facts, streams and position are durable, beside
 * raw binary COPY of the same rows into a table of the same shape, in transactions of the same size, on the same
 * PostgreSQL. Rounds alternate, so that a neighbour's load bears on both; the figure is the median of the rounds'
 * ratios.
 *
 *   bench_intake [rows of a file] [--smoke] [--random] [--distinct]
 *
 * A file of more than two million rows is its own average: one round.
 */
#include "bench/scene.h"

#include <stdio.h>

#define ONE_ROUND_ROWS 2000000

int main(int argc, char **argv)
{
    static const char *const none[] = { NULL };
    static struct scene scene;
    long rows = scene_arguments(&scene, argc, argv, 150000, 40000);
    int count = scene.smoke ? 3 : rows > ONE_ROUND_ROWS ? 1 : 7;
    double ratio[SCENE_ROUNDS], rate[SCENE_ROUNDS], repeated[SCENE_ROUNDS];
    char name[64], again[64];

    scene_start(&scene, none);
    scene_load(&scene, "warm.csv", rows / 2);
    for (int i = 0; i < count; i++) {
        double fresh, raw, some;

        snprintf(name, sizeof name, "fresh%d.csv", i);
        snprintf(again, sizeof again, "again%d.csv", i);
        fresh = scene_load(&scene, name, rows);
        raw = scene_copy(&scene, name, rows);
        scene.repeated_ppm = 10000;
        some = scene_load(&scene, again, rows);
        scene.repeated_ppm = 0;
        ratio[i] = raw / fresh;
        rate[i] = (double)rows / fresh;
        repeated[i] = fresh / some;
        printf("  round %d: %.0f rows/s, raw COPY %.0f rows/s, with duplicates %.0f rows/s\n", i, rate[i],
               (double)rows / raw, (double)rows / some);
    }
    printf("ingest %.2f of raw COPY (target 0.70), %.0f rows/s\n", scene_median(ratio, (size_t)count),
           scene_median(rate, (size_t)count));
    printf("ingest with 1 %% duplicates %.2f of that without (target 0.80)\n", scene_median(repeated, (size_t)count));
    printf("  feedback resident %ld MB, at most %ld MB; load average %.1f\n", scene_resident_mb(&scene, "feedback"),
           scene_peak_mb(&scene, "feedback"), scene_load_average());
    scene_at_least(&scene, "ingest beside raw COPY", scene_median(ratio, (size_t)count), 0.7);
    scene_at_least(&scene, "ingest with duplicates beside without", scene_median(repeated, (size_t)count), 0.8);
    scene_at_most(&scene, "memory of feedback in MB", (double)scene_peak_mb(&scene, "feedback"), 200);
    scene_stop(&scene);
    return scene_verdict(&scene);
}
