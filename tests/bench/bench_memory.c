/* bench_memory: the most memory that each daemon ever had resident while ten times the demonstration's volume went
 * through the loop; beside the size of the table of these facts in the same run.
 *
 *   bench_memory [facts] [--smoke] [--random]
 */
#include "bench/scene.h"

#include <stdio.h>

#define FILE_ROWS 500000

int main(int argc, char **argv)
{
    static const char *const further[] = { "monitoring", "incentive", NULL };
    static const char *const services[] = { "planning", "feedback", "monitoring", "incentive", NULL };
    static struct scene scene;
    long rows = scene_arguments(&scene, argc, argv, 3700000, 60000);
    long most = 0;
    char name[64];
    double facts;

    scene_start(&scene, further);
    for (long at = 0; at < rows; at += FILE_ROWS) {
        snprintf(name, sizeof name, "part%ld.csv", at / FILE_ROWS);
        scene_load(&scene, name, rows - at < FILE_ROWS ? rows - at : FILE_ROWS);
    }
    scene_catch_up(&scene, "monitoring");
    scene_catch_up(&scene, "incentive");
    for (int i = 0; services[i]; i++) {
        long mb = scene_peak_mb(&scene, services[i]);

        printf("  %s %ld MB\n", services[i], mb);
        most = mb > most ? mb : most;
    }
    facts = (double)scene_number(&scene, "SELECT pg_total_relation_size('feedback.order_line')") / 1048576;
    printf("memory %ld MB at most after %ld facts (target below 200): %.2f of their table's %.0f MB\n", most, rows,
           (double)most / facts, facts);
    scene_at_most(&scene, "memory in MB", (double)most, 200);
    scene_stop(&scene);
    return scene_verdict(&scene);
}
