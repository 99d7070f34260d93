/* mapping: further columns of money beside the amount. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include <stdio.h>
#include <string.h>

static void compile_sum(struct compile *c, const Bihuan__MoneyColumn *source, struct sum_plan *out, const char *at)
{
    struct err err;

    *out = (struct sum_plan) { .name = source->name, .column = source->column[0] ? source->column : source->name };
    if (!source->name[0] || strlen(source->name) > SUM_NAME_MAX)
        fault(c, arena_printf(c->arena, "%s/name", at), "missing", "a money column has a name of 1 to %d bytes",
              SUM_NAME_MAX);
    if (source->money[0] && money_unit_parse(source->money, &out->money, &err) != 0)
        fault_err(c, arena_printf(c->arena, "%s/money", at), &err);
    if (source->scale > SCALE_MAX)
        fault(c, arena_printf(c->arena, "%s/scale", at), "bad_scale", "scale is more than %d", SCALE_MAX);
    out->scale = (int)source->scale;
    if (!trim_parse(source->trim, TRIM_NONE, &out->trim))
        fault(c, arena_printf(c->arena, "%s/trim", at), "unknown_trim", "trim \"%.20s\" is none of blank, zero, none",
              source->trim);
}

void compile_sums(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct mapping *m = c->mapping;

    if (feed->n_sums > SUMS_MAX) {
        fault(c, "/sums", "too_many", "a feed has at most %d further money columns", SUMS_MAX);
        return;
    }
    for (size_t i = 0; i < feed->n_sums; i++) {
        const char *at = arena_printf(c->arena, "/sums/%zu", i);

        if (mapping_find_sum(m, feed->sums[i]->name) >= 0)
            fault(c, arena_printf(c->arena, "%s/name", at), "twice", "money column \"%.80s\" stands twice",
                  feed->sums[i]->name);
        compile_sum(c, feed->sums[i], &m->sums[m->sum_count++], at);
    }
}

int mapping_find_sum(const struct mapping *mapping, const char *name)
{
    for (size_t i = 0; i < mapping->sum_count; i++)
        if (strcmp(mapping->sums[i].name, name) == 0)
            return (int)i;
    return -1;
}

int mapping_sum(const struct mapping *mapping, size_t place, const struct csv_field *field, int64_t *out,
                struct err *err)
{
    const struct sum_plan *plan = &mapping->sums[place];
    struct csv_field v = *field;

    *out = 0;
    rows_trim(plan->trim, &v.text, &v.len);
    if (!v.len)
        return 0;
    if (plan->scale && memchr(v.text, '.', v.len))
        return err_fail(err, ERR_INVALID, "bad_number", "it has a point, and the feed declares its scale without one");
    if (decimal_parse(v.text, v.len, mapping->money_scale - (int)plan->money - plan->scale, 0, out, err) != 0) {
        *out = 0;
        return -1;
    }
    if (*out >= -FACT_VALUE_MAX && *out <= FACT_VALUE_MAX)
        return 0;
    *out = 0;
    return err_fail(err, ERR_INVALID, "out_of_range", "it is larger than an amount may be");
}

int mapping_read_sums(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                      struct arena *arena, struct order_line *line, struct err *err)
{
    int64_t *sums = arena_array(arena, int64_t, mapping->sum_count);
    struct err why;
    int bad = -1;

    for (size_t i = 0; i < mapping->sum_count; i++) {
        int32_t column = binding->sums[i];

        sums[i] = 0;
        if (record->why || column < 0 || (uint32_t)column >= record->field_count ||
            mapping_sum(mapping, i, &record->fields[column], &sums[i], &why) == 0 || bad >= 0)
            continue;
        bad = (int)i;
        *err = why;
    }
    line->sums = sums;
    line->sum_count = (uint8_t)mapping->sum_count;
    return bad;
}
