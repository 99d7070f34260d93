/* weights: see weights.h; and their resources. */
#include "planning/weights/weights.h"

#include "calc/fixed.h"
#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

static const char *const SET_KINDS[] = { "history", "capacity", "skill", "market", "other", NULL };

/* --- use -----------------------------------------------------------------------------------------------------------
 */
int weights_load(struct tx *tx, const char *code, struct weight_set *out, struct err *err)
{
    ProtobufCMessage *set;

    if (documents_get(tx, "weight_set", &bihuan__weight_set__descriptor, code, &set, err) != 0)
        return -1;
    if (!set)
        return err_fail(err, ERR_NOT_FOUND, "unknown_weight_set", "there is no weight set \"%s\"; apply it first",
                        code);
    out->set = (const Bihuan__WeightSet *)set;
    return weight_store_load(tx, out->set->id, &out->rows, &out->count, err);
}

static int by_key(const void *a, const void *b)
{
    const struct weight_value *x = a, *y = b;

    if (x->channel_id != y->channel_id)
        return x->channel_id < y->channel_id ? -1 : 1;
    if (x->product_id != y->product_id)
        return x->product_id < y->product_id ? -1 : 1;
    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

void weights_sort(struct weight_set *set)
{
    qsort(set->rows, set->count, sizeof *set->rows, by_key);
}

/* First row that isn't before the key. */
static size_t find_row(const struct weight_set *set, uint32_t channel_id, uint32_t product_id, uint32_t unit_id)
{
    const struct weight_value key = { .channel_id = channel_id, .product_id = product_id, .unit_id = unit_id };
    size_t lo = 0, hi = set->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (by_key(&set->rows[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* From the general to the particular, so that the last one written holds. */
#define EACH_REACH(channel, product)                                                                                   \
    {                                                                                                                  \
        { 0, 0 }, { 0, (product) }, { (channel), 0 },                                                                  \
        {                                                                                                              \
            (channel), (product)                                                                                       \
        }                                                                                                              \
    }

void weights_fill(const struct weight_set *set, const struct slice_key *key, const struct outline *outline,
                  int64_t *by_node)
{
    const uint32_t reach[4][2] = EACH_REACH(key->channel_id, key->product_id);

    for (uint32_t n = 0; n < outline->count; n++)
        by_node[n] = -1;
    for (int r = 0; r < 4; r++)
        for (size_t i = find_row(set, reach[r][0], reach[r][1], 0);
             i < set->count && set->rows[i].channel_id == reach[r][0] && set->rows[i].product_id == reach[r][1]; i++) {
            uint32_t node = outline_node(outline, set->rows[i].unit_id);

            if (node != OUTLINE_NONE)
                by_node[node] = set->rows[i].value;
        }
}

int64_t weights_value(const struct weight_set *set, uint32_t channel_id, uint32_t product_id, uint32_t unit_id)
{
    const uint32_t reach[4][2] = EACH_REACH(channel_id, product_id);
    int64_t value = -1;

    for (int r = 0; r < 4; r++) {
        size_t i = find_row(set, reach[r][0], reach[r][1], unit_id);

        if (i < set->count && set->rows[i].channel_id == reach[r][0] && set->rows[i].product_id == reach[r][1] &&
            set->rows[i].unit_id == unit_id)
            value = set->rows[i].value;
    }
    return value;
}

int64_t weights_below(struct tx *tx, const struct weight_set *set, const struct slice_key *key, uint32_t unit_id,
                      int32_t day)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    int64_t value = weights_value(set, key->channel_id, key->product_id, unit_id);
    size_t count = value < 0 ? tree_children(tree, unit_id, day, NULL, 0) : 0;
    uint32_t *children = arena_array(tx_arena(tx), uint32_t, count);

    tree_children(tree, unit_id, day, children, count);
    for (size_t c = 0; c < count; c++) {
        int64_t below = weights_below(tx, set, key, children[c], day);

        if (below >= 0)
            value = fixed_add_saturated(value < 0 ? 0 : value, below);
    }
    return value;
}

int64_t weights_amount(struct tx *tx, uint32_t measure_id, int64_t value)
{
    int64_t unit = 1, out;
    struct err err;

    for (int scale = scale_of(tx, measure_id); scale > 0; scale--)
        unit *= 10;
    return fixed_mul_div(value, unit, 10000, ROUND_HALF_UP, &out, &err) == 0 ? out : INT64_MAX;
}

int weights_as_slices(struct tx *tx, const char *code, struct slice **slices, size_t *count, struct err *err)
{
    const struct ref_measure *measure;
    struct weight_set set;

    if (weights_load(tx, code, &set, err) != 0)
        return -1;
    measure = refdata_measure_by_code(refdata_of(tx), set.set->measure);
    if (!measure)
        return err_fail(err, ERR_INVALID, "no_measure", "the weight set \"%s\" isn't of a measure", code);
    *slices = arena_array(tx_arena(tx), struct slice, set.count);
    *count = 0;
    for (size_t i = 0; i < set.count; i++) {
        const struct slice_key key = { measure->id, set.rows[i].channel_id, set.rows[i].product_id };
        struct slice *slice = *count ? &(*slices)[*count - 1] : NULL;

        if (!slice || slice_key_compare(&slice->key, &key) != 0) {
            slice = &(*slices)[(*count)++];
            *slice = (struct slice) { key, arena_array(tx_arena(tx), struct cell, set.count - i), 0 };
        }
        slice->cells[slice->count++] = (struct cell) { .unit_id = set.rows[i].unit_id,
                                                       .amount = weights_amount(tx, measure->id, set.rows[i].value) };
    }
    return 0;
}

/* --- resources -----------------------------------------------------------------------------------------------------
 */
static int check_set(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                     struct err *err)
{
    const Bihuan__WeightSet *set = (const Bihuan__WeightSet *)item;

    (void)existing;
    (void)err;
    if (!set->title[0])
        tx_problem(tx, place(tx, pointer, "title"), "missing_value", "title must not be empty");
    check_word(tx, pointer, "kind", set->kind, SET_KINDS);
    if (set->measure[0] && !refdata_measure_by_code(refdata_of(tx), set->measure))
        tx_problem(tx, place(tx, pointer, "measure"), "unknown_code", "measure \"%s\" is not known; apply it first",
                   set->measure);
    if (set->period[0] && !refdata_period_by_code(refdata_of(tx), set->period))
        tx_problem(tx, place(tx, pointer, "period"), "unknown_code", "period \"%s\" is not known; apply it first",
                   set->period);
    (void)check_date(tx, pointer, "day", set->day, false, 0);
    return 0;
}

static const struct documents_kind WEIGHT_SET = { "weight_set", &bihuan__weight_set__descriptor, check_set };

int on_apply_weight_sets(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyWeightSetsRequest *request = message;
    struct documents_result result;

    return documents_apply(tx, &WEIGHT_SET, request->dry_run, (ProtobufCMessage **)request->items, request->n_items,
                           &result, err) != 0
               ? -1
               : tx_reply(tx, &result.reply->base, err);
}

/* Sets are few and the rows many: the last one found is kept. */
static uint32_t set_id(struct tx *tx, const char *code, const char *pointer, const Bihuan__WeightSet **last,
                       struct err *err)
{
    ProtobufCMessage *set;

    if (*last && strcmp((*last)->code, code) == 0)
        return (*last)->id;
    if (documents_get(tx, "weight_set", &bihuan__weight_set__descriptor, code, &set, err) != 0)
        return UINT32_MAX;
    if (!set) {
        tx_problem(tx, place(tx, pointer, "set"), "unknown_code", "weight set \"%s\" is not known; apply it first",
                   code);
        return 0;
    }
    *last = (const Bihuan__WeightSet *)set;
    return (*last)->id;
}

void weights_read_row(struct tx *tx, const Bihuan__WeightRow *item, const char *pointer, struct weight_value *out)
{
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), item->unit);
    const struct ref_channel *channel = refdata_channel_by_code(refdata_of(tx), item->channel);
    const struct ref_product *product = refdata_product_by_code(refdata_of(tx), item->product);
    struct err why;

    if (!unit)
        tx_problem(tx, place(tx, pointer, "unit"), "unknown_code", "unit \"%s\" is not known", item->unit);
    if (item->channel[0] && !channel)
        tx_problem(tx, place(tx, pointer, "channel"), "unknown_code", "channel \"%s\" is not known", item->channel);
    if (item->product[0] && !product)
        tx_problem(tx, place(tx, pointer, "product"), "unknown_code", "product \"%s\" is not known", item->product);
    if (decimal_parse(item->value, strlen(item->value), WEIGHT_SCALE, 0, &out->value, &why) != 0)
        tx_problem(tx, place(tx, pointer, "value"), why.code, "%s", why.text);
    else if (out->value < 0)
        tx_problem(tx, place(tx, pointer, "value"), "below_zero", "a weight must not be below 0");
    out->unit_id = unit ? unit->id : 0;
    out->channel_id = channel ? channel->id : 0;
    out->product_id = product ? product->id : 0;
    out->learned = item->learned;
}

static int by_set_and_key(const void *a, const void *b)
{
    const struct weight_value *x = a, *y = b;

    return x->set_id != y->set_id ? (x->set_id < y->set_id ? -1 : 1) : by_key(a, b);
}

int on_apply_weights(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyWeightsRequest *request = message;
    struct weight_value *rows = arena_array(tx_arena(tx), struct weight_value, request->n_items);
    int64_t *before = arena_array(tx_arena(tx), int64_t, request->n_items);
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;
    const Bihuan__WeightSet *last = NULL;

    for (size_t i = 0; i < request->n_items; i++) {
        const char *pointer = arena_printf(tx_arena(tx), "/items/%zu", i);

        rows[i].set_id = set_id(tx, request->items[i]->set, pointer, &last, err);
        if (rows[i].set_id == UINT32_MAX)
            return -1;
        weights_read_row(tx, request->items[i], pointer, &rows[i]);
    }
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    qsort(rows, request->n_items, sizeof *rows, by_set_and_key);
    for (size_t i = 1; i < request->n_items; i++)
        if (by_set_and_key(&rows[i - 1], &rows[i]) == 0)
            return err_fail(err, ERR_INVALID, "duplicate_line", "the same weight stands twice in this request");
    if (weight_store_present(tx, rows, request->n_items, before, err) != 0)
        return -1;
    reply.dry_run = request->dry_run;
    for (size_t i = 0; i < request->n_items; i++)
        *(before[i] < 0 ? &reply.created : before[i] == rows[i].value ? &reply.unchanged : &reply.changed) += 1;
    if (!request->dry_run && weight_store_put(tx, rows, request->n_items, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

static int list_weights(struct tx *tx, const Bihuan__ListWeightsRequest *request, struct err *err)
{
    Bihuan__ListWeightsReply reply = BIHUAN__LIST_WEIGHTS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), at[4];
    const struct ref_unit *unit;
    struct weight_value *rows;
    ProtobufCMessage *set;

    if (documents_get(tx, "weight_set", &bihuan__weight_set__descriptor, request->set, &set, err) != 0 ||
        find_unit(tx, request->unit, &unit, err) != 0 || read_cursor(request->page, at, 4, err) != 0)
        return -1;
    if (!set)
        return err_fail(err, ERR_NOT_FOUND, "unknown_weight_set", "there is no weight set \"%s\"", request->set);
    if (weight_store_page(tx, ((const Bihuan__WeightSet *)set)->id, unit ? unit->id : 0,
                          &(struct weight_value) { at[0], at[1], at[2], at[3], 0, false }, limit, &rows, &reply.n_items,
                          err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__WeightRow *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++) {
        Bihuan__WeightRow *row = reply.items[i] = arena_new(tx_arena(tx), Bihuan__WeightRow);
        char text[DECIMAL_TEXT_MAX];

        bihuan__weight_row__init(row);
        decimal_print(text, rows[i].value, WEIGHT_SCALE, 0);
        row->set = request->set;
        row->unit = code_of_unit(tx, rows[i].unit_id);
        row->channel = code_of_channel(tx, rows[i].channel_id);
        row->product = code_of_product(tx, rows[i].product_id);
        row->value = arena_strdup(tx_arena(tx), text);
        row->learned = rows[i].learned;
    }
    if (reply.n_items == limit) {
        const struct weight_value *end = &rows[limit - 1];
        const uint32_t next[] = { end->set_id, end->channel_id, end->product_id, end->unit_id };

        reply.next = make_cursor(tx, next, 4);
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_weights(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_weights, message, err);
}

int on_list_weight_sets(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListWeightSetsRequest *request = message;
    Bihuan__ListWeightSetsReply reply = BIHUAN__LIST_WEIGHT_SETS_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "weight_set", &bihuan__weight_set__descriptor, request->page, NULL, NULL, &items,
                       &reply.n_items, &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__WeightSet **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
