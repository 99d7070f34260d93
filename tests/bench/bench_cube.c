/* How fast the cube adds: totals alone, and totals with both slices. Prints million adds a second and memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "calc/cube.h"

enum { ADDS = 10000000, UNITS = 5000, MEASURES = 6, DAYS = 92 };

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bench(const char *name, uint16_t channels, uint16_t products)
{
    struct cube *cube;
    struct err err;
    double start;

    if (cube_new(&cube, 20454, 20454 + DAYS - 1, &err) != 0)
        exit(1);
    start = now_s();
    for (uint64_t i = 0; i < ADDS; i++) {
        uint64_t r = hash_mix(i + 1);
        uint16_t channel = channels ? (uint16_t)(1 + (r >> 48) % channels) : 0;
        uint16_t product = products ? (uint16_t)(1 + (r >> 40) % products) : 0;

        if (cube_add(cube, (uint32_t)(r % UNITS), (uint32_t)((r >> 20) % MEASURES), channel, product,
                     20454 + (int32_t)((r >> 32) % DAYS), 1, &err) != 0)
            exit(1);
    }
    printf("%-20s %6.1f M adds/s %8.1f MB\n", name, ADDS / (now_s() - start) / 1e6, (double)cube_memory(cube) / 1e6);
    cube_destroy(&cube);
}

int main(void)
{
    bench("totals", 0, 0);
    bench("totals and slices", 6, 20);
    return 0;
}
