/* bench_replay: monitoring loses its progress and positions and works them out again from feedback's streams, beside
 * raw binary COPY of the facts. Rounds; medians.
 *
 *   bench_replay [facts] [--smoke] [--random]
 */
#include "bench/scene.h"

#include "runtime/clock.h"

#include <signal.h>
#include <stdio.h>

static double replay(struct scene *scene)
{
    int64_t begin;

    stack_kill(&scene->stack, "monitoring", "a", SIGKILL);
    scene_run(scene, "TRUNCATE monitoring.progress, monitoring.judged, monitoring.feed_mark");
    scene_run(scene, "DELETE FROM monitoring.bus_position WHERE source = 'feedback'");
    stack_start(&scene->stack, "monitoring", "a");
    stack_wait_ready(&scene->stack, "monitoring");
    begin = clock_monotonic_us();
    scene_catch_up(scene, "monitoring");
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

int main(int argc, char **argv)
{
    static const char *const further[] = { "monitoring", NULL };
    static struct scene scene;
    long rows = scene_arguments(&scene, argc, argv, 1000000, 100000);
    int count = scene.smoke ? 2 : 3;
    double rate[SCENE_ROUNDS];
    double raw;

    scene_start(&scene, further);
    scene_load(&scene, "facts.csv", rows);
    scene_catch_up(&scene, "monitoring");
    raw = (double)rows / scene_copy(&scene, "facts.csv", rows);
    for (int i = 0; i < count; i++) {
        rate[i] = (double)rows / replay(&scene);
        printf("  round %d: %.0f facts/s\n", i, rate[i]);
    }
    printf("replay %.2f of raw COPY, %.0f facts/s (target 400000); load average %.1f\n",
           scene_median(rate, (size_t)count) / raw, scene_median(rate, (size_t)count), scene_load_average());
    scene_at_least(&scene, "replayed facts a second", scene_median(rate, (size_t)count), 400000);
    scene_stop(&scene);
    return scene_verdict(&scene);
}
