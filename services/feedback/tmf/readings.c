/* readings: see readings.h; and their rows, see rows.h. */
#include "feedback/tmf/readings.h"

#include "feedback/tmf/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX  40
#define STATUS_MAX 40

/* "12.00" is 12: senders write quantities as numbers with decimals. */
static void drop_zeros(char *text)
{
    char *point = strchr(text, '.');

    if (!point || point == text || strspn(point + 1, "0") != strlen(point + 1))
        return;
    *point = 0;
}

const char *tmf_reading_level(const struct tmf_event *event)
{
    static const char *const levels[] = { "productStockLevel.amount", "productStockLevel.value", "productStockLevel",
                                          "stockLevel.amount", NULL };
    static _Thread_local char level[LEVEL_MAX + STATUS_MAX];
    const char *status = json_text_of(event->body, "productStockStatusType");
    size_t len;

    snprintf(level, LEVEL_MAX, "%s", event->action == TMF_DELETE ? "0" : json_text_first(event->body, levels));
    drop_zeros(level);
    len = strlen(level);
    if (len && *status)
        snprintf(level + len, sizeof level - len, "%c%.*s", READING_SEPARATOR, STATUS_MAX - 2, status);
    return level;
}

static int by_time(const void *a, const void *b)
{
    const struct tmf_reading *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

size_t tmf_readings(const json_t *known, struct arena *arena, struct tmf_reading **out)
{
    const json_t *said = json_object_get(known, "readings");
    size_t count = 0;
    const char *key;
    json_t *one;

    *out = arena_array(arena, struct tmf_reading, json_object_size(said) + 1);
    json_object_foreach((json_t *)(uintptr_t)said, key, one)
    {
        (*out)[count++] = (struct tmf_reading) { .at = json_integer_value(json_array_get(one, 0)),
                                                 .key = key,
                                                 .level = json_string_value(json_array_get(one, 1)) };
    }
    qsort(*out, count, sizeof **out, by_time);
    return count;
}

void tmf_readings_prune(json_t *known)
{
    json_t *rows = json_object_get(known, "rows"), *readings = json_object_get(known, "readings");
    struct tmf_reading *all;
    struct arena arena;
    size_t count;

    if (json_object_size(readings) <= READINGS_KEPT)
        return;
    arena_init(&arena);
    count = tmf_readings(known, &arena, &all);
    for (size_t i = 0; i + READINGS_KEPT < count; i++) {
        char *key = arena_strdup(&arena, all[i].key);

        json_object_del(rows, key);
        json_object_del(readings, key);
    }
    arena_fini(&arena);
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *paths[5];
} columns[] = {
    { "place", { "place.id", "place.place.id", "place.placeId", NULL } },
    { "place_name", { "place.name", "place.place.name", NULL } },
    { "offering",
      { "stockedProduct.productOffering.id", "stockedProduct.product.productOffering.id", "productOffering.id",
        NULL } },
    { "offering_name",
      { "stockedProduct.productOffering.name", "stockedProduct.product.productOffering.name", "productOffering.name",
        NULL } },
    { "specification",
      { "stockedProduct.productSpecification.id", "stockedProduct.product.productSpecification.id",
        "productSpecification.id", NULL } },
    { "product", { "stockedProduct.id", "stockedProduct.product.id", NULL } },
    { "product_name", { "stockedProduct.name", "stockedProduct.product.name", NULL } },
    { "usage", { "productStockUsageType", NULL } },
    { "category", { "stockLevelCategory", NULL } },
    { "channel", { "channel.id", "channel.channel.id", NULL } },
    { "units", { "productStockLevel.units", "productStockLevel.unit", NULL } },
    { "created_at", { "creationDate", NULL } },
};

static json_t *reading_row(const struct tmf_build *build, const struct tmf_reading *reading)
{
    json_t *row = json_object();
    size_t level = strcspn(reading->level, "\x1f");
    char at[TIME_TEXT_MAX];

    time_print(at, reading->at, &build->setting->zone);
    tmf_put(row, "stock", build->id);
    tmf_put(row, "reading", reading->key);
    tmf_put(row, "booked_at", at);
    tmf_put(row, "state_at", at);
    tmf_put(row, "state", fact_state_name(FACT_STOCK_ON_HAND, fact_kind_info(FACT_STOCK_ON_HAND)->usual));
    tmf_put(row, "quantity", arena_strndup(build->arena, reading->level, level));
    tmf_put(row, "status", reading->level[level] ? reading->level + level + 1 : "");
    tmf_put_parties(row, build->body);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        tmf_put(row, columns[i].name, json_text_first(build->body, columns[i].paths));
    return row;
}

void tmf_stock_rows(struct tmf_build *build)
{
    struct tmf_reading *readings;
    size_t count = tmf_readings(build->known, build->arena, &readings);

    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(readings[i].level, readings[i - 1].level) != 0)
            json_object_set_new(build->rows, readings[i].key, reading_row(build, &readings[i]));
}
