/* bench_intake: files of orders through a real feedback daemon until facts, streams and position are durable, beside raw
 * binary COPY of the same rows into a table of the same shape, in transactions of the same size, on the same PostgreSQL.
 * Rounds alternate, so that a neighbour's load bears on both; the figure is the median of the rounds' ratios.
 *
 *   bench_intake [rows of a file] [--smoke] [--random]
 */
#include "bench/scene.h"

#include <stdio.h>

static double rounds(struct scene *scene, const char *what, long rows, int count, double *rate)
{
    double ratio[SCENE_ROUNDS], seconds[SCENE_ROUNDS];
    char name[64];

    for (int i = 0; i < count; i++) {
        double raw;

        snprintf(name, sizeof name, "%s%d.csv", what, i);
        seconds[i] = scene_load(scene, name, rows);
        raw = scene_copy(scene, name, rows);
        ratio[i] = raw / seconds[i];
        printf("  %s %d: %.0f rows/s, raw COPY %.0f rows/s\n", what, i, (double)rows / seconds[i], (double)rows / raw);
    }
    *rate = (double)rows / scene_median(seconds, (size_t)count);
    return scene_median(ratio, (size_t)count);
}

int main(int argc, char **argv)
{
    static const char *const none[] = { NULL };
    static struct scene scene;
    long rows = scene_arguments(&scene, argc, argv, 200000, 40000);
    int count = scene.smoke ? 3 : 5;
    double ratio, rate, again;

    scene_start(&scene, none);
    scene_load(&scene, "warm.csv", rows / 4);
    ratio = rounds(&scene, "fresh", rows, count, &rate);
    scene.repeated_ppm = 10000;
    rounds(&scene, "repeated", rows, count, &again);
    printf("ingest %.2f of raw COPY (target 0.70), %.0f rows/s\n", ratio, rate);
    printf("one row in a hundred a duplicate: %.2f of that (target 0.80)\n", again / rate);
    printf("feedback resident %ld MB; load average %.1f\n", scene_resident_mb(&scene, "feedback"),
           scene_load_average());
    scene_stop(&scene);
    return 0;
}
