/* trial: see trial.h. */
#include "feedback/measures/trial.h"

#include "feedback/measures/contribution.h"
#include "feedback/facts/effect.h"
#include "feedback/levels/level.h"
#include "feedback/measures/record_walk.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_ROWS 5000

struct trial_group {
    UT_hash_handle hh;
    struct distinct_line first;
};

static bool is_below(const struct trial *trial, uint32_t unit, int32_t day)
{
    for (int depth = 0; unit && depth < 64; depth++) {
        if (unit == trial->below)
            return true;
        unit = reference_parent(trial->definition.reference, unit, day);
    }
    return false;
}

static void add_to(struct trial_sum *sum, int part, int64_t value, int lines)
{
    sum->parts[part] += value;
    sum->lines += (uint64_t)(int64_t)lines;
}

/* Of what shows the end of a day all that came before counts, by the tree of the last day. */
bool trial_is_running(const struct trial *trial, int part)
{
    const struct ref_measure *measure = reference_measure(trial->definition.reference, (uint32_t)part + 1);

    return measure && measure->running;
}

/* `lines`: 1, or -1 where a reading ends. */
static void add(struct trial *trial, int part, uint32_t unit, int32_t day, int64_t value, int lines)
{
    bool running = trial_is_running(trial, part);
    int32_t until = running && trial->until == INT32_MAX ? trial->today + 1 : trial->until;
    int32_t shown = day < trial->from ? trial->from : day;
    struct trial_unit *at;

    if ((day < trial->from && !running) || day >= until ||
        (trial->below && !is_below(trial, unit, running ? until - 1 : day)))
        return;
    HASH_FIND(hh, trial->units, &unit, sizeof unit, at);
    if (!at) {
        at = arena_new(tx_arena(trial->tx), struct trial_unit);
        at->unit = unit;
        HASH_ADD(hh, trial->units, unit, sizeof at->unit, at);
        trial->unit_count++;
    }
    add_to(&at->sum, part, value, lines);
    add_to(&trial->total, part, value, lines);
    if (trial->days)
        add_to(&trial->days[shown - trial->from], part, value, lines);
}

/* Changes of days into what there is at the end of each. */
static void run_days(struct trial *trial)
{
    for (int p = 0; trial->days && p < 2; p++)
        for (int32_t i = 1; trial_is_running(trial, p) && i < trial->until - trial->from; i++) {
            trial->days[i].parts[p] += trial->days[i - 1].parts[p];
            trial->days[i].lines += p ? 0 : trial->days[i - 1].lines;
        }
}

/* --- distinct counts ------------------------------------------------------------------------------------------------
 */

/* All that makes a group, as bytes. */
static char *group_key(const struct distinct_line *line, struct arena *arena, size_t *len)
{
    const char *text = arena_printf(arena, "%u/%u/%d/%s", line->measure, line->within, line->window_day, line->key);

    *len = strlen(text);
    return (char *)(uintptr_t)text;
}

static void take_line(struct trial *trial, const struct distinct_line *line)
{
    struct arena *kept = tx_arena(trial->tx);
    struct trial_group *group;
    size_t len;
    const char *key = group_key(line, trial->arena, &len);

    HASH_FIND(hh, trial->groups, key, len, group);
    if (group && distinct_compare_lines(&group->first, line) <= 0)
        return;
    if (!group) {
        group = arena_new(kept, struct trial_group);
        key = arena_memdup(kept, key, len);
        HASH_ADD_KEYPTR(hh, trial->groups, key, len, group);
    }
    group->first = *line;
    group->first.record_key = arena_strdup(kept, line->record_key);
    group->first.key = "";
}

static void count_groups(struct trial *trial)
{
    struct trial_group *group, *next;

    HASH_ITER(hh, trial->groups, group, next)
    {
        add(trial, (int)group->first.measure - 1, group->first.unit, group->first.day, 1, 1);
    }
}

/* --- levels --------------------------------------------------------------------------------------------------------
 */

struct trial_readings {
    struct level_line *list;
    size_t count, cap;
};

static void read_level(struct trial *trial, const struct order_line *live)
{
    struct arena *kept = tx_arena(trial->tx);
    struct trial_readings *readings = trial->readings;
    struct level_line *line;

    if (!live || !fact_kind_is_level(fact_kind_of_sender(live->sender)))
        return;
    if (!readings)
        readings = trial->readings = arena_new(kept, struct trial_readings);
    if (readings->count == readings->cap) {
        struct level_line *more;

        readings->cap = readings->cap ? readings->cap * 2 : 1024;
        more = arena_array(kept, struct level_line, readings->cap);
        if (readings->count)
            memcpy(more, readings->list, readings->count * sizeof *more);
        readings->list = more;
    }
    line = &readings->list[readings->count];
    if (!level_line_of(live, kept, line))
        return;
    line->record_key = arena_strdup(kept, line->record_key);
    line->holds.measures = arena_memdup(kept, line->holds.measures, line->holds.count * sizeof(int16_t));
    line->holds.values = arena_memdup(kept, line->holds.values, line->holds.count * sizeof(int64_t));
    readings->count++;
}

static int by_series(const void *a, const void *b)
{
    int order = level_compare_series(a, b);

    return order ? order : level_compare_readings(a, b);
}

static void count_reading(struct trial *trial, const struct level_line *line, int32_t next_day)
{
    const struct reference *reference = trial->definition.reference;
    const struct order_line credits = { .unit = line->unit, .site = line->site };
    struct level_change *changes;
    size_t count = level_tell(reference, line, next_day, trial->arena, &changes);

    for (size_t i = 0; i < count; i++)
        add(trial, changes[i].measure - 1, reference_credited(reference, (uint32_t)changes[i].measure, &credits),
            changes[i].day, changes[i].value, changes[i].value > 0 ? 1 : -1);
}

static void count_readings(struct trial *trial)
{
    struct trial_readings *readings = trial->readings;

    if (!readings || !readings->count)
        return;
    qsort(readings->list, readings->count, sizeof *readings->list, by_series);
    for (size_t i = 0; i < readings->count; i++) {
        const struct level_line *line = &readings->list[i], *next = i + 1 < readings->count ? line + 1 : NULL;

        arena_reset(trial->arena);
        count_reading(trial, line, next && level_compare_series(line, next) == 0 ? next->day : LEVEL_OPEN);
    }
}

/* --- records -------------------------------------------------------------------------------------------------------
 */

static void count_live(struct trial *trial, const struct order_line *live)
{
    struct distinct_line *lines;
    size_t count = live ? distinct_groups(trial->definition.reference, live, trial->arena, &lines, &trial->without_key)
                        : 0;

    for (size_t i = 0; i < count; i++)
        take_line(trial, &lines[i]);
}

static int count_record(void *arg, struct order_line *rows, size_t count, struct err *err)
{
    struct trial *trial = arg;
    const struct reference *reference = trial->definition.reference;
    const struct order_line **at = arena_array(trial->arena, const struct order_line *, count);
    struct effect effect;

    (void)err;
    trial->records++;
    for (size_t i = 0; i < count; i++) {
        contribution_compute(reference, &rows[i], trial->arena);
        at[i] = &rows[i];
    }
    effect = effect_of(at, count);
    for (int l = 0; l < effect.count; l++) {
        const struct effect_line *line = &effect.lines[l];
        const struct contributions *c = &line->line->contributions;

        for (uint16_t i = 0; i < c->count; i++) {
            int64_t value = reference_effect(reference, (uint32_t)c->measures[i], c->values[i], line->line, line->day,
                                             line->negative);

            if (value)
                add(trial, c->measures[i] - 1, reference_credited(reference, (uint32_t)c->measures[i], line->line),
                    line->day, value, 1);
        }
    }
    if (reference_has_distinct(reference))
        count_live(trial, effect_live(at, count));
    read_level(trial, effect_live(at, count));
    return 0;
}

int trial_run(struct trial *trial, int64_t until_us, struct err *err)
{
    struct runtime *rt = tx_runtime(trial->tx);
    struct arena arena;
    int rc = 0;

    arena_init(&arena);
    trial->arena = &arena;
    trial->buckets = runtime_bucket_count(rt);
    trial->today = clock_day(runtime_clock(rt), tx_now(trial->tx));
    for (uint32_t b = 0; rc == 0 && b < trial->buckets && (b == 0 || clock_monotonic_us() < until_us); b++) {
        struct record_walk walk = { .bucket = (uint16_t)b };

        while (rc == 0 && !walk.ended && !runtime_stopping(rt)) {
            arena_reset(&arena);
            rc = record_walk_next(trial->tx, &walk, PIECE_ROWS, &arena, count_record, trial, err);
        }
        trial->buckets_read++;
    }
    count_groups(trial);
    count_readings(trial);
    run_days(trial);
    trial->arena = NULL;
    arena_fini(&arena);
    return rc;
}

/* --- units ---------------------------------------------------------------------------------------------------------
 */

static int by_size(struct trial_unit *a, struct trial_unit *b)
{
    int64_t x = llabs(a->sum.parts[0]), y = llabs(b->sum.parts[0]);

    return x != y ? (x > y ? -1 : 1) : a->unit < b->unit ? -1 : a->unit > b->unit;
}

struct trial_unit *trial_sort(struct trial *trial)
{
    HASH_SORT(trial->units, by_size);
    return trial->units;
}

void trial_fini(struct trial *trial)
{
    HASH_CLEAR(hh, trial->units);
    HASH_CLEAR(hh, trial->groups);
    reference_destroy(&trial->definition.reference);
}
