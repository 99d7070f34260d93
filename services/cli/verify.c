/* verify: see verify.h. */
#include "cli/verify.h"

#include <inttypes.h>
#include <stdlib.h>

static int by_cell(const void *a, const void *b)
{
    const struct verify_sum *x = a, *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

/* Adds up what stands several times (one answer may hold a cell once a bucket), drops zeros. */
static void merge(struct verify_sums *sums)
{
    size_t kept = 0;

    qsort(sums->items, sums->count, sizeof *sums->items, by_cell);
    for (size_t i = 0; i < sums->count; i++) {
        if (kept && by_cell(&sums->items[kept - 1], &sums->items[i]) == 0)
            sums->items[kept - 1].value += sums->items[i].value;
        else
            sums->items[kept++] = sums->items[i];
    }
    sums->count = 0;
    for (size_t i = 0; i < kept; i++)
        if (sums->items[i].value)
            sums->items[sums->count++] = sums->items[i];
}

int verify_read(const json_t *answer, struct verify_sums *out)
{
    const json_t *units = json_object_get(answer, "unit_id"), *measures = json_object_get(answer, "measure_id");
    const json_t *values = json_object_get(answer, "value");
    size_t count = json_array_size(units);

    if (json_array_size(measures) != count || json_array_size(values) != count)
        return -1;
    out->items = calloc(count + 1, sizeof *out->items);
    if (!out->items)
        abort();
    out->count = count;
    for (size_t i = 0; i < count; i++)
        out->items[i] = (struct verify_sum) { (uint32_t)json_integer_value(json_array_get(units, i)),
                                              (uint32_t)json_integer_value(json_array_get(measures, i)),
                                              json_integer_value(json_array_get(values, i)) };
    merge(out);
    return 0;
}

void verify_fini(struct verify_sums *sums)
{
    free(sums->items);
    *sums = (struct verify_sums) { 0 };
}

bool verify_same_position(const json_t *a, const json_t *b, size_t bucket)
{
    const json_t *left = json_array_get(json_object_get(a, "seq"), bucket);
    const json_t *right = json_array_get(json_object_get(b, "seq"), bucket);

    return left && right && json_equal(left, right);
}

static void put_name(verify_name_fn *name, void *arg, bool measure, uint32_t id, struct buf *out)
{
    const char *text = name ? name(arg, measure, id) : NULL;

    if (text)
        buf_append_text(out, text);
    else
        buf_printf(out, "#%" PRIu32, id);
}

size_t verify_compare(const char *left_name, const struct verify_sums *left, const char *right_name,
                      const struct verify_sums *right, verify_name_fn *name, void *arg, struct buf *out)
{
    size_t i = 0, j = 0, differences = 0;

    while (i < left->count || j < right->count) {
        int order = i == left->count ? 1 : j == right->count ? -1 : by_cell(&left->items[i], &right->items[j]);
        const struct verify_sum *cell = order <= 0 ? &left->items[i] : &right->items[j];
        int64_t a = order <= 0 ? left->items[i].value : 0, b = order >= 0 ? right->items[j].value : 0;
        i += order <= 0;
        j += order >= 0;
        if (a == b)
            continue;
        differences++;
        put_name(name, arg, false, cell->unit, out);
        buf_append_text(out, " ");
        put_name(name, arg, true, cell->measure, out);
        buf_printf(out, ": %s %" PRId64 ", %s %" PRId64 "\n", left_name, a, right_name, b);
    }
    return differences;
}
