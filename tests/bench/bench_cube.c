/* How fast the cube adds: totals alone, and totals with both slices; day by day as feeds come, and with days at random,
 * where every add waits for memory. Prints million adds a second, their ratio to adds of the same numbers into a plain
 * array of all cells of the totals, which knows no key and no other cell, and memory. Usage: bench_cube [--smoke] */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "calc/cube.h"

enum { UNITS = 5000, MEASURES = 6, CHANNELS = 6, PRODUCTS = 20, DAYS = 92, FIRST_DAY = 20454 };

static uint64_t adds = 10000000;

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of the day by day or the random draws, into an array that was written before. */
static double plain_adds_s(bool random_days)
{
    static int64_t cells[UNITS][MEASURES][DAYS];
    int64_t sum = 0;
    double start;

    for (int again = 0; again < 2; again++) {
        start = now_s();
        for (uint64_t i = 0; i < adds; i++) {
            uint64_t r = hash_mix(i + 1), day = random_days ? (r >> 32) % DAYS : i * DAYS / adds;

            cells[r % UNITS][(r >> 20) % MEASURES][day] += 1;
        }
    }
    start = now_s() - start;
    for (size_t i = 0; i < sizeof cells / sizeof(int64_t); i++)
        sum += (&cells[0][0][0])[i];
    if (sum % 2 != 0) /* each number came twice; and the compiler may not leave the adds out */
        exit(1);
    return (double)adds / start;
}

static void add_all(struct cube *cube, bool slices, bool random_days)
{
    struct err err;

    for (uint64_t i = 0; i < adds; i++) {
        uint64_t r = hash_mix(i + 1), day = random_days ? (r >> 32) % DAYS : i * DAYS / adds;
        uint16_t channel = slices ? (uint16_t)(1 + (r >> 48) % CHANNELS) : 0;
        uint16_t product = slices ? (uint16_t)(1 + (r >> 40) % PRODUCTS) : 0;

        if (cube_add(cube, (uint32_t)(r % UNITS), (uint32_t)((r >> 20) % MEASURES), channel, product,
                     FIRST_DAY + (int32_t)day, 1, &err) != 0)
            exit(1);
    }
}

/* Twice: into an empty cube, where much of the time makes new cells, and into the full one. */
static void bench(const char *name, bool slices, bool random_days)
{
    struct cube *cube;
    struct err err;
    double plain = plain_adds_s(random_days), start = now_s(), filled, full;

    if (cube_new(&cube, FIRST_DAY, FIRST_DAY + DAYS - 1, &err) != 0)
        exit(1);
    add_all(cube, slices, random_days);
    filled = now_s();
    add_all(cube, slices, random_days);
    full = now_s();
    printf("%-20s %6.1f M adds/s empty %6.1f M adds/s full, %.2f of a plain array's %6.1f M %8.1f MB\n", name,
           (double)adds / (filled - start) / 1e6, (double)adds / (full - filled) / 1e6,
           (double)adds / (full - filled) / plain, plain / 1e6, (double)cube_memory(cube) / 1e6);
    cube_destroy(&cube);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--smoke") == 0)
        adds /= 20;
    bench("totals, day by day", false, false);
    bench("totals, random days", false, true);
    bench("all, day by day", true, false);
    bench("all, random days", true, true);
    return 0;
}
