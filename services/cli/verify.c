/* verify: see verify.h. */
#include "cli/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct verify_sum *next_item(struct verify_sums *sums)
{
    if (sums->count == sums->cap) {
        sums->cap = sums->cap ? sums->cap * 2 : 1024;
        sums->items = realloc(sums->items, sums->cap * sizeof *sums->items);
        if (!sums->items)
            abort();
    }
    return &sums->items[sums->count++];
}

int verify_add(struct verify_sums *sums, enum verify_side side, const json_t *answer)
{
    const json_t *units = json_object_get(answer, "unit_id"), *measures = json_object_get(answer, "measure_id");
    const json_t *values = json_object_get(answer, "value");
    size_t count = json_array_size(units);

    if (json_array_size(measures) != count || json_array_size(values) != count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct verify_sum *sum = next_item(sums);

        *sum = (struct verify_sum) { .unit = (uint32_t)json_integer_value(json_array_get(units, i)),
                                     .measure = (uint32_t)json_integer_value(json_array_get(measures, i)) };
        sum->value[side] = json_integer_value(json_array_get(values, i));
    }
    return 0;
}

static int by_cell(const void *a, const void *b)
{
    const struct verify_sum *x = a, *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

static bool is_zero(const struct verify_sum *sum)
{
    for (int side = 0; side < VERIFY_SIDES; side++)
        if (sum->value[side])
            return false;
    return true;
}

void verify_settle(struct verify_sums *sums)
{
    size_t kept = 0;

    if (sums->count)
        qsort(sums->items, sums->count, sizeof *sums->items, by_cell);
    for (size_t i = 0; i < sums->count; i++) {
        if (kept && by_cell(&sums->items[kept - 1], &sums->items[i]) == 0) {
            for (int side = 0; side < VERIFY_SIDES; side++)
                sums->items[kept - 1].value[side] += sums->items[i].value[side];
            continue;
        }
        if (kept && is_zero(&sums->items[kept - 1]))
            kept--;
        sums->items[kept++] = sums->items[i];
    }
    if (kept && is_zero(&sums->items[kept - 1]))
        kept--;
    sums->count = kept;
}

void verify_fini(struct verify_sums *sums)
{
    free(sums->items);
    *sums = (struct verify_sums) { 0 };
}

int64_t verify_position(const json_t *answer, uint32_t bucket)
{
    const json_t *seq = json_array_get(json_object_get(answer, "seq"), bucket);

    return json_is_integer(seq) ? json_integer_value(seq) : -1;
}

static json_t *name_of(verify_name_fn *name, void *arg, bool measure, uint32_t id)
{
    const char *known = name ? name(arg, measure, id) : NULL;
    char text[16];

    snprintf(text, sizeof text, "#%" PRIu32, id);
    return json_string(known ? known : text);
}

json_t *verify_differences(const struct verify_sums *sums, verify_name_fn *name, void *arg)
{
    static const char *const sides[] = { "facts", "monitoring", "incentive" };
    static const char *const offs[] = { NULL, "monitoring_off", "incentive_off" };
    json_t *rows = json_array();

    for (size_t i = 0; i < sums->count; i++) {
        const struct verify_sum *sum = &sums->items[i];
        json_t *row;

        if (sum->value[VERIFY_MONITORING] == sum->value[VERIFY_FACTS] &&
            sum->value[VERIFY_INCENTIVE] == sum->value[VERIFY_FACTS])
            continue;
        row = json_object();
        json_object_set_new(row, "unit", name_of(name, arg, false, sum->unit));
        json_object_set_new(row, "measure", name_of(name, arg, true, sum->measure));
        for (int side = 0; side < VERIFY_SIDES; side++) {
            int64_t off = sum->value[side] - sum->value[VERIFY_FACTS];

            json_object_set_new(row, sides[side], json_integer(sum->value[side]));
            if (off)
                json_object_set_new(row, offs[side], json_integer(off));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}
