/* facts_scene: what the benches of monitoring measure on: real planning and monitoring, and facts and marks that the
 * bench publishes itself in feedback's place.
 *
 *     facts_row(scene, unit, day); facts_value(scene, measure, 3); ...    a fact and its contributions
 *     facts_end(scene, bucket);                                          those rows as one message
 *     facts_send(scene);                                                 all messages, in one transaction
 */
#ifndef BIHUAN_TESTS_BENCH_FACTS_SCENE_H
#define BIHUAN_TESTS_BENCH_FACTS_SCENE_H

#include "support/fake_feedback.h"
#include "support/stack.h"

#include <stdint.h>

#define FACTS_ROWS    256 /* of a message, at most ... */
#define FACTS_VALUES  16  /* ... and contributions of a row */
#define FACTS_BUCKETS 16

struct facts_scene {
    struct stack stack;
    uint64_t published[FACTS_BUCKETS];
    struct fake_events events; /* that wait to be sent */
    size_t rows, values;       /* of the message in the making */
    uint32_t unit[FACTS_ROWS], contributions[FACTS_ROWS];
    int32_t day[FACTS_ROWS];
    uint32_t measure[FACTS_ROWS * FACTS_VALUES];
    int64_t value[FACTS_ROWS * FACTS_VALUES];
};

/* Starts it all at the moment `now` of the business clock: "2026-11-18T10:00:00". */
void facts_start(struct facts_scene *scene, const char *now);
void facts_stop(struct facts_scene *scene);
/* A calendar on which all days weigh the same, and a period by it: dates, the last one not of it. */
void facts_flat_period(struct facts_scene *scene, const char *code, const char *from, const char *until);

/* A unit among others in one list; sent 2,000 at a time, the last ones by facts_units_end(). */
struct facts_units {
    struct buf json;
    int count;
};
void facts_unit(struct facts_scene *scene, struct facts_units *units, const char *code, const char *type,
                const char *parent);
void facts_units_end(struct facts_scene *scene, struct facts_units *units);

void facts_row(struct facts_scene *scene, uint32_t unit, int32_t day);
void facts_value(struct facts_scene *scene, uint32_t measure, int64_t value);
void facts_end(struct facts_scene *scene, uint16_t bucket);
/* The feed "bss" says that everything to the end of the day is there, in what was published up to here. */
void facts_mark(struct facts_scene *scene, int32_t day);
/* Returns when it is committed, just before or after it goes out. */
void facts_send(struct facts_scene *scene);
/* Until monitoring has read all; ends the bench where it doesn't. */
void facts_wait_read(struct facts_scene *scene, int seconds);

/* Seconds of a processor that monitoring has worked: says what something costs where others keep the machine busy. */
double facts_worked(struct facts_scene *scene);

#endif
