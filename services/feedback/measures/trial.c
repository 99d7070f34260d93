/* trial: see trial.h. */
#include "feedback/measures/trial.h"

#include "feedback/measures/contribution.h"
#include "feedback/facts/effect.h"
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

static void add_to(struct trial_sum *sum, int part, int64_t value)
{
    sum->parts[part] += value;
    sum->lines++;
}

static void add(struct trial *trial, int part, uint32_t unit, int32_t day, int64_t value)
{
    struct trial_unit *at;

    if (day < trial->from || day >= trial->until || (trial->below && !is_below(trial, unit, day)))
        return;
    HASH_FIND(hh, trial->units, &unit, sizeof unit, at);
    if (!at) {
        at = arena_new(tx_arena(trial->tx), struct trial_unit);
        at->unit = unit;
        HASH_ADD(hh, trial->units, unit, sizeof at->unit, at);
        trial->unit_count++;
    }
    add_to(&at->sum, part, value);
    add_to(&trial->total, part, value);
    if (trial->days)
        add_to(&trial->days[day - trial->from], part, value);
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
        add(trial, (int)group->first.measure - 1, group->first.unit, group->first.day, 1);
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

        for (uint16_t i = 0; i < c->count; i++)
            add(trial, c->measures[i] - 1, reference_credited(reference, (uint32_t)c->measures[i], line->line),
                line->day, line->negative ? -c->values[i] : c->values[i]);
    }
    if (reference_has_distinct(reference))
        count_live(trial, effect_live(at, count));
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
    for (uint32_t b = 0; rc == 0 && b < trial->buckets && (b == 0 || clock_monotonic_us() < until_us); b++) {
        struct record_walk walk = { .bucket = (uint16_t)b };

        while (rc == 0 && !walk.ended && !runtime_stopping(rt)) {
            arena_reset(&arena);
            rc = record_walk_next(trial->tx, &walk, PIECE_ROWS, &arena, count_record, trial, err);
        }
        trial->buckets_read++;
    }
    count_groups(trial);
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
