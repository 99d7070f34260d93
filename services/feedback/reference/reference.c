/* reference: see reference.h. */
#include "feedback/reference/reference_internal.h"

#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define DEPTH_MAX 64 /* of trees; a loop in what was sent must not hang us */

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
    free(reference->hand_overs);
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

        for (uint32_t k = 0; k < product->policy_count; k++) {
            struct ref_price *price = &product->policy[k];

            price->channel = reference_channel_id(reference, price->channel_code, strlen(price->channel_code));
            if (price->channel_code[0] && !price->channel)
                price->channel = UINT32_MAX;
        }
        if (product->id)
            product->parent = reference_product_id(reference, product->parent_code, strlen(product->parent_code));
    }
}

void reference_add_hand_over(struct reference *reference, uint32_t from, uint32_t to, int32_t day)
{
    if (reference->hand_over_count == reference->hand_over_cap) {
        reference->hand_over_cap = reference->hand_over_cap ? reference->hand_over_cap * 2 : 16;
        reference->hand_overs = realloc(reference->hand_overs,
                                        reference->hand_over_cap * sizeof *reference->hand_overs);
        if (!reference->hand_overs)
            abort();
    }
    reference->hand_overs[reference->hand_over_count++] = (struct hand_over) { from, to, day };
}

void reference_set_witness(struct reference *reference, int16_t sender)
{
    if (sender > 0)
        reference->witnesses[sender / 64] |= UINT64_C(1) << (sender % 64);
}

bool reference_is_witness(const struct reference *reference, int16_t sender)
{
    return sender > 0 && (reference->witnesses[sender / 64] >> (sender % 64) & 1);
}

/* In the order of days: who took over may have handed over since. */
uint32_t reference_holder(const struct reference *reference, uint32_t unit, int32_t day)
{
    for (size_t i = 0; unit && i < reference->hand_over_count; i++)
        if (reference->hand_overs[i].from == unit && reference->hand_overs[i].day <= day)
            unit = reference->hand_overs[i].to;
    return unit;
}

void reference_seal(struct reference *reference)
{
    resolve_units(reference);
    resolve_products(reference);
    for (size_t i = 0; i < reference->measure_count; i++)
        reference_compile_measure(reference, &reference->measures[i], reference->definitions[i]->filter);
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

uint32_t reference_unit_limit(const struct reference *reference)
{
    return reference->unit_limit;
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
