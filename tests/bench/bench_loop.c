/* bench_loop: files of orders until they are facts, progress and credits: feedback, monitoring and incentive together,
 * beside raw binary COPY of the same rows into a table of feedback's shape. Rounds alternate; medians.
 *
 *   bench_loop [rows of a file] [--smoke] [--random]
 */
#include "bench/scene.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static const char *const further[] = { "monitoring", "incentive", NULL };
    static struct scene scene;
    long rows = scene_arguments(&scene, argc, argv, 200000, 40000);
    int count = scene.smoke ? 3 : 5;
    double ratio[SCENE_ROUNDS], rate[SCENE_ROUNDS];
    char name[64];

    scene_start(&scene, further);
    scene_load(&scene, "warm.csv", rows / 4);
    for (int i = 0; i < count; i++) {
        double facts, progress, credits, all, raw;

        snprintf(name, sizeof name, "loop%d.csv", i);
        facts = scene_load(&scene, name, rows);
        progress = scene_catch_up(&scene, "monitoring");
        credits = scene_catch_up(&scene, "incentive");
        all = facts + progress + credits;
        raw = scene_copy(&scene, name, rows);
        ratio[i] = raw / all;
        rate[i] = (double)rows / all;
        printf("  round %d: facts %.2f s, progress %.2f s later, credits %.2f s later; raw COPY %.2f s\n", i, facts,
               progress, credits, raw);
    }
    printf("loop %.2f of raw COPY (target 0.35), %.0f rows/s; load average %.1f\n", scene_median(ratio, (size_t)count),
           scene_median(rate, (size_t)count), scene_load_average());
    scene_at_least(&scene, "the loop beside raw COPY", scene_median(ratio, (size_t)count), 0.35);
    scene_stop(&scene);
    return scene_verdict(&scene);
}
