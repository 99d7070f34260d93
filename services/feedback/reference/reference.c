/* reference: see reference.h. */
#include "feedback/reference/reference.h"

#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define DEPTH_MAX 64 /* of trees; a loop in what was sent must not hang us */

struct code {
    UT_hash_handle hh;
    uint32_t id;
};

struct reference {
    struct arena arena;
    int money_scale;
    struct ref_unit *units;
    struct ref_product *products;
    struct ref_channel *channels;
    uint32_t unit_limit, product_limit, channel_limit;
    struct code *unit_codes, *product_codes, *channel_codes, *product_aliases;
    struct ref_measure measures[REFERENCE_MEASURES];
    uint64_t to_site[INT16_MAX / 64 + 1]; /* by measure id */
    const Bihuan__Measure *definitions[REFERENCE_MEASURES];
    size_t measure_count;
    bool has_distinct;
};

struct reference *reference_new(int money_scale)
{
    struct reference *reference = calloc(1, sizeof *reference);

    if (!reference)
        abort();
    arena_init(&reference->arena);
    reference->money_scale = money_scale;
    return reference;
}

void reference_destroy(struct reference **at)
{
    struct reference *reference = *at;

    *at = NULL;
    if (!reference)
        return;
    HASH_CLEAR(hh, reference->unit_codes);
    HASH_CLEAR(hh, reference->product_codes);
    HASH_CLEAR(hh, reference->product_aliases);
    HASH_CLEAR(hh, reference->channel_codes);
    for (uint32_t i = 0; i < reference->unit_limit; i++)
        free(reference->units[i].relations);
    free(reference->units);
    free(reference->products);
    free(reference->channels);
    arena_fini(&reference->arena);
    free(reference);
}

/* --- filling ---------------------------------------------------------------------------------------------------------
 */

/* Makes items[id] exist, zeroed. */
static int make_room(void **items, uint32_t *limit, size_t item_len, uint32_t id, struct err *err)
{
    uint32_t wanted = *limit ? *limit : 1024;

    if (id == 0 || id >= REFERENCE_ID_MAX)
        return err_fail(err, ERR_INVALID, "bad_id", "planning's id %u is not in 1..%u", id, REFERENCE_ID_MAX - 1);
    if (id < *limit)
        return 0;
    while (wanted <= id)
        wanted *= 2;
    *items = realloc(*items, wanted * item_len);
    if (!*items)
        abort();
    memset((char *)*items + *limit * item_len, 0, (wanted - *limit) * item_len);
    *limit = wanted;
    return 0;
}

static void remember(struct reference *reference, struct code **codes, const char *code, uint32_t id)
{
    struct code *entry = arena_new(&reference->arena, struct code);

    entry->id = id;
    HASH_ADD_KEYPTR(hh, *codes, code, strlen(code), entry);
}

static uint32_t find(struct code *const *codes, const char *code, size_t len)
{
    struct code *entry;

    HASH_FIND(hh, *codes, code, len, entry);
    return entry ? entry->id : 0;
}

int reference_add_unit(struct reference *reference, uint32_t id, const char *code, const char *type,
                       const char *channel, int32_t closed_day, struct err *err)
{
    struct ref_unit *unit;

    if (make_room((void **)&reference->units, &reference->unit_limit, sizeof *unit, id, err) != 0)
        return -1;
    unit = &reference->units[id];
    unit->id = id;
    unit->code = arena_strdup(&reference->arena, code);
    unit->channel_code = arena_strdup(&reference->arena, channel);
    unit->type = arena_strdup(&reference->arena, type);
    unit->closed_day = closed_day;
    unit->is_city = strcmp(type, "city") == 0;
    unit->is_person = strcmp(type, "salesperson") == 0;
    remember(reference, &reference->unit_codes, unit->code, id);
    return 0;
}

int reference_add_relation(struct reference *reference, uint32_t id, const char *parent, int32_t from_day,
                           int32_t until_day, struct err *err)
{
    struct ref_unit *unit;

    if (make_room((void **)&reference->units, &reference->unit_limit, sizeof *unit, id, err) != 0)
        return -1;
    unit = &reference->units[id];
    if (unit->relation_count == unit->relation_cap) {
        unit->relation_cap = unit->relation_cap ? unit->relation_cap * 2 : 1;
        unit->relations = realloc(unit->relations, unit->relation_cap * sizeof *unit->relations);
        if (!unit->relations)
            abort();
    }
    unit->relations[unit->relation_count++] = (struct ref_relation) {
        .parent_code = arena_strdup(&reference->arena, parent), .from_day = from_day, .until_day = until_day
    };
    return 0;
}

int reference_add_channel(struct reference *reference, uint32_t id, const char *code, struct err *err)
{
    if (make_room((void **)&reference->channels, &reference->channel_limit, sizeof(struct ref_channel), id, err) != 0)
        return -1;
    reference->channels[id] = (struct ref_channel) { id, arena_strdup(&reference->arena, code) };
    remember(reference, &reference->channel_codes, reference->channels[id].code, id);
    return 0;
}

int reference_add_product(struct reference *reference, uint32_t id, const char *code, const char *parent,
                          const char *list_price, struct err *err)
{
    struct ref_product *product;
    int64_t price = 0;

    if (make_room((void **)&reference->products, &reference->product_limit, sizeof *product, id, err) != 0)
        return -1;
    if (*list_price && decimal_parse(list_price, strlen(list_price), reference->money_scale, 0, &price, err) != 0)
        return err_prefix(err, "list price of product \"%s\"", code);
    product = &reference->products[id];
    *product = (struct ref_product) { .id = id,
                                      .code = arena_strdup(&reference->arena, code),
                                      .parent_code = arena_strdup(&reference->arena, parent),
                                      .has_price = *list_price != 0,
                                      .price = price };
    remember(reference, &reference->product_codes, product->code, id);
    return 0;
}

void reference_add_alias(struct reference *reference, const char *alias, uint32_t product)
{
    remember(reference, &reference->product_aliases, arena_strdup(&reference->arena, alias), product);
}

static const Bihuan__Measure *copy_measure(struct reference *reference, const Bihuan__Measure *measure)
{
    size_t len = bihuan__measure__get_packed_size(measure);
    uint8_t *bytes = arena_alloc(&reference->arena, len ? len : 1);

    bihuan__measure__pack(measure, bytes);
    return bihuan__measure__unpack(&reference->arena.allocator, len, bytes);
}

static int parse_value(const char *text)
{
    if (strcmp(text, "amount") == 0)
        return VALUE_AMOUNT;
    if (strcmp(text, "quantity") == 0)
        return VALUE_QUANTITY;
    if (strcmp(text, "distinct") == 0)
        return VALUE_DISTINCT;
    return strcmp(text, "count") == 0 ? VALUE_COUNT : -1;
}

static int index_of(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* In the order of the enumerations. */
static const char *const KEYS[] = { "customer", "seller", "product", "place", "unit", "subject", NULL };
static const char *const WINDOWS[] = { "day", "week", "month", "quarter", "year", "ever", NULL };
/* In the order of the bits. */
static const char *const HAS[] = { "customer", "seller", "channel", "product", "place", "subject", NULL };

bool reference_counts(const Bihuan__Measure *measure)
{
    int value = parse_value(measure->value);

    if (fact_kind_parse(measure->fact) == FACT_NONE || value < 0)
        return false;
    return value != VALUE_DISTINCT || (measure->distinct && index_of(KEYS, measure->distinct->key) >= 0 &&
                                       index_of(WINDOWS, measure->distinct->window) >= 0);
}

int reference_add_measure(struct reference *reference, const Bihuan__Measure *measure, struct err *err)
{
    struct ref_measure *compiled;
    const Bihuan__Measure *copy;

    if (!reference_counts(measure))
        return 0;
    if (reference->measure_count == REFERENCE_MEASURES || measure->id > INT16_MAX)
        return err_fail(err, ERR_INVALID, "too_many_measures", "more than %d measures", REFERENCE_MEASURES);
    copy = reference->definitions[reference->measure_count] = copy_measure(reference, measure);
    compiled = &reference->measures[reference->measure_count];
    *compiled = (struct ref_measure) { .id = measure->id,
                                       .code = copy->code,
                                       .fact = fact_kind_parse(copy->fact),
                                       .value = parse_value(copy->value),
                                       .running = strcmp(copy->over_time, "last") == 0 };
    compiled->running = compiled->running || fact_kind_is_level(compiled->fact);
    if (compiled->value == VALUE_DISTINCT) {
        compiled->distinct_key = (enum distinct_key)index_of(KEYS, copy->distinct->key);
        compiled->distinct_window = (enum distinct_window)index_of(WINDOWS, copy->distinct->window);
        compiled->within = copy->distinct->within;
        reference->has_distinct = true;
    }
    if (strcmp(measure->credit, "unit") == 0)
        reference->to_site[measure->id / 64] |= UINT64_C(1) << (measure->id % 64);
    reference->measure_count++;
    return 0;
}

/* --- sealing ---------------------------------------------------------------------------------------------------------
 */

static void resolve_units(struct reference *reference)
{
    for (uint32_t i = 0; i < reference->unit_limit; i++) {
        struct ref_unit *unit = &reference->units[i];

        if (!unit->id)
            continue;
        unit->channel = reference_channel_id(reference, unit->channel_code, strlen(unit->channel_code));
        for (uint32_t r = 0; r < unit->relation_count; r++)
            unit->relations[r].parent = reference_unit_id(reference, unit->relations[r].parent_code,
                                                          strlen(unit->relations[r].parent_code));
    }
}

static void resolve_products(struct reference *reference)
{
    for (uint32_t i = 0; i < reference->product_limit; i++) {
        struct ref_product *product = &reference->products[i];

        if (product->id)
            product->parent = reference_product_id(reference, product->parent_code, strlen(product->parent_code));
    }
}

static uint64_t *new_bits(struct reference *reference, uint32_t limit)
{
    return arena_array(&reference->arena, uint64_t, limit / 64 + 1);
}

static uint64_t *product_bits(struct reference *reference, char *const *codes, size_t count)
{
    uint64_t *bits = new_bits(reference, reference->product_limit);

    for (size_t i = 0; i < count; i++) {
        uint32_t family = reference_product_id(reference, codes[i], strlen(codes[i]));

        for (uint32_t p = 1; family && p < reference->product_limit; p++)
            if (reference->products[p].id && reference_product_is_under(reference, p, family))
                bits[p / 64] |= UINT64_C(1) << (p % 64);
    }
    return bits;
}

static uint64_t *channel_bits(struct reference *reference, char *const *codes, size_t count)
{
    uint64_t *bits = new_bits(reference, reference->channel_limit);

    for (size_t i = 0; i < count; i++) {
        uint32_t channel = reference_channel_id(reference, codes[i], strlen(codes[i]));

        if (channel)
            bits[channel / 64] |= UINT64_C(1) << (channel % 64);
    }
    return bits;
}

static void compile_measure(struct reference *reference, struct ref_measure *measure,
                            const Bihuan__MeasureFilter *filter)
{
    measure->states = fact_kind_info(measure->fact)->counts;
    if (!filter)
        return;
    if (filter->n_products)
        measure->products = product_bits(reference, filter->products, filter->n_products);
    if (filter->n_channels)
        measure->channels = channel_bits(reference, filter->channels, filter->n_channels);
    if (filter->n_states)
        measure->states = 0;
    for (size_t i = 0; i < filter->n_states; i++)
        measure->states |= 1U << fact_state_parse(measure->fact, filter->states[i], strlen(filter->states[i]));
    measure->states &= ~1U; /* words that aren't states */
    measure->off_list = strcmp(filter->price, "off_list") == 0;
    measure->band_ppm = filter->price_band_ppm;
    measure->outside = strcmp(filter->place, "outside") == 0;
    measure->has_age = age_range_parse(filter->age, &measure->age);
    measure->holds_days = (int32_t)filter->holds_days;
    for (size_t i = 0; i < filter->n_has; i++) {
        int bit = index_of(HAS, filter->has[i]);

        measure->has |= bit >= 0 ? 1U << bit : 0;
    }
}

void reference_seal(struct reference *reference)
{
    resolve_units(reference);
    resolve_products(reference);
    for (size_t i = 0; i < reference->measure_count; i++)
        compile_measure(reference, &reference->measures[i], reference->definitions[i]->filter);
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

uint32_t reference_unit_id(const struct reference *reference, const char *code, size_t len)
{
    return find(&reference->unit_codes, code, len);
}

uint32_t reference_channel_id(const struct reference *reference, const char *code, size_t len)
{
    return find(&reference->channel_codes, code, len);
}

uint32_t reference_product_id(const struct reference *reference, const char *code, size_t len)
{
    uint32_t id = find(&reference->product_codes, code, len);

    return id ? id : find(&reference->product_aliases, code, len);
}

const struct ref_unit *reference_unit(const struct reference *reference, uint32_t id)
{
    return id < reference->unit_limit && reference->units[id].id ? &reference->units[id] : NULL;
}

const struct ref_channel *reference_channel(const struct reference *reference, uint32_t id)
{
    return id < reference->channel_limit && reference->channels[id].id ? &reference->channels[id] : NULL;
}

const struct ref_product *reference_product(const struct reference *reference, uint32_t id)
{
    return id < reference->product_limit && reference->products[id].id ? &reference->products[id] : NULL;
}

const struct ref_measure *reference_measures(const struct reference *reference, size_t *count)
{
    *count = reference->measure_count;
    return reference->measures;
}

const struct ref_measure *reference_measure(const struct reference *reference, uint32_t id)
{
    for (size_t i = 0; i < reference->measure_count; i++)
        if (reference->measures[i].id == id)
            return &reference->measures[i];
    return NULL;
}

bool reference_has_distinct(const struct reference *reference)
{
    return reference->has_distinct;
}

const char *reference_measure_code(const struct reference *reference, uint32_t id)
{
    for (size_t i = 0; i < reference->measure_count; i++)
        if (reference->measures[i].id == id)
            return reference->measures[i].code;
    return "";
}

uint32_t reference_credited(const struct reference *reference, uint32_t measure, const struct order_line *line)
{
    return reference->to_site[measure / 64] >> (measure % 64) & 1 ? line->site : line->unit;
}

uint32_t reference_parent(const struct reference *reference, uint32_t unit, int32_t day)
{
    const struct ref_unit *at = reference_unit(reference, unit);

    for (uint32_t r = 0; at && r < at->relation_count; r++)
        if (at->relations[r].from_day <= day && day < at->relations[r].until_day)
            return at->relations[r].parent;
    return 0;
}

uint32_t reference_above(const struct reference *reference, uint32_t unit, const char *type, int32_t day)
{
    for (int depth = 0; unit && depth < DEPTH_MAX; depth++) {
        const struct ref_unit *at = reference_unit(reference, unit);

        if (at && strcmp(at->type, type) == 0)
            return unit;
        unit = reference_parent(reference, unit, day);
    }
    return 0;
}

uint32_t reference_city(const struct reference *reference, uint32_t unit, int32_t day)
{
    for (int depth = 0; unit && depth < DEPTH_MAX; depth++) {
        const struct ref_unit *at = reference_unit(reference, unit);

        if (at && at->is_city)
            return unit;
        unit = reference_parent(reference, unit, day);
    }
    return 0;
}

uint32_t reference_channel_of(const struct reference *reference, uint32_t unit, int32_t day)
{
    for (int depth = 0; unit && depth < DEPTH_MAX; depth++) {
        const struct ref_unit *at = reference_unit(reference, unit);

        if (at && at->channel)
            return at->channel;
        unit = reference_parent(reference, unit, day);
    }
    return 0;
}

bool reference_product_is_under(const struct reference *reference, uint32_t product, uint32_t family)
{
    for (int depth = 0; product && depth < DEPTH_MAX; depth++) {
        const struct ref_product *at = reference_product(reference, product);

        if (product == family)
            return true;
        product = at ? at->parent : 0;
    }
    return false;
}
