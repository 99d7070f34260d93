/* bounds: locks, floors and ceilings of cells; and the fit of products and channels. */
#include "planning/weights/fits.h"
#include "planning/weights/weights.h"

#include <stdlib.h>
#include <string.h>

#define PPM_MAX    1000000000
#define WEIGHT_MAX 100000000 /* of fits, ppm: keeps sums of weights within 64 bits */

static const char *const LOCK_WORDS[] = { "yes", "no", NULL };
static const char *const FIT_WORDS[] = { "allowed", "preferred", "barred", NULL };

/* --- bounds --------------------------------------------------------------------------------------------------------
 */
static void check_ppm(struct tx *tx, const Bihuan__TargetBound *item, const char *pointer)
{
    if (item->floor_ppm > PPM_MAX || item->ceiling_ppm > PPM_MAX)
        tx_problem(tx, place(tx, pointer, item->floor_ppm > PPM_MAX ? "floor_ppm" : "ceiling_ppm"), "too_large",
                   "at most %d ppm", PPM_MAX);
    if ((item->floor_ppm || item->ceiling_ppm) != (item->against[0] != 0))
        tx_problem(tx, place(tx, pointer, "against"), "missing_value",
                   "floor_ppm and ceiling_ppm need the weight set that they are parts of, and it needs one of them");
}

static void read_bound(struct tx *tx, const Bihuan__TargetBound *item, const char *pointer, const struct cell_ref *ref,
                       struct bound_row *out)
{
    *out = (struct bound_row) { .key = ref->key,
                                .unit_id = ref->unit->id,
                                .locked = strcmp(item->lock, "yes") == 0,
                                .floor = -1,
                                .ceiling = -1,
                                .floor_ppm = item->floor_ppm,
                                .ceiling_ppm = item->ceiling_ppm,
                                .against = item->against,
                                .reason = item->reason,
                                .person = tx_principal(tx)->person };
    if (item->lock[0])
        check_word(tx, pointer, "lock", item->lock, LOCK_WORDS);
    if (item->floor[0])
        (void)read_amount(tx, place(tx, pointer, "floor"), ref->key.measure_id, item->floor, 0, &out->floor);
    if (item->ceiling[0])
        (void)read_amount(tx, place(tx, pointer, "ceiling"), ref->key.measure_id, item->ceiling, 0, &out->ceiling);
    if (out->ceiling >= 0 && out->floor > out->ceiling)
        tx_problem(tx, place(tx, pointer, "ceiling"), "bad_bounds", "the ceiling is below the floor");
    check_ppm(tx, item, pointer);
}

static bool says_nothing(const struct bound_row *row)
{
    return !row->locked && row->floor < 0 && row->ceiling < 0 && !row->floor_ppm && !row->ceiling_ppm;
}

static int apply_one(struct tx *tx, const Bihuan__TargetBound *item, const char *pointer, bool dry_run,
                     Bihuan__ApplyReply *reply, struct err *err)
{
    const struct cell_name name = { item->period, item->unit, item->channel, item->product, item->measure };
    struct bound_row row;
    struct cell_ref ref;
    ProtobufCMessage *set = NULL;

    read_cell_name(tx, pointer, "", &name, &ref);
    if (!ref.period || !ref.unit || !ref.measure)
        return 0;
    read_bound(tx, item, pointer, &ref, &row);
    if (item->against[0] &&
        documents_get(tx, "weight_set", &bihuan__weight_set__descriptor, item->against, &set, err) != 0)
        return -1;
    if (item->against[0] && !set)
        tx_problem(tx, place(tx, pointer, "against"), "unknown_code", "weight set \"%s\" is not known; apply it first",
                   item->against);
    reply->changed++;
    if (dry_run || tx_problem_count(tx))
        return 0;
    return says_nothing(&row) ? bound_store_remove(tx, ref.period->id, &row, err)
                              : bound_store_put(tx, ref.period->id, &row, err);
}

int on_apply_bounds(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyBoundsRequest *request = message;
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;

    reply.dry_run = request->dry_run;
    for (size_t i = 0; i < request->n_items; i++)
        if (apply_one(tx, request->items[i], arena_printf(tx_arena(tx), "/items/%zu", i), request->dry_run, &reply,
                      err) != 0)
            return -1;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : tx_reply(tx, &reply.base, err);
}

Bihuan__TargetBound *bound_message(struct tx *tx, const char *period, const struct bound_row *row)
{
    Bihuan__TargetBound *out = arena_new(tx_arena(tx), Bihuan__TargetBound);

    bihuan__target_bound__init(out);
    out->period = (char *)(uintptr_t)period;
    out->unit = code_of_unit(tx, row->unit_id);
    out->channel = code_of_channel(tx, row->key.channel_id);
    out->product = code_of_product(tx, row->key.product_id);
    out->measure = code_of_measure(tx, row->key.measure_id);
    out->lock = (char *)(uintptr_t)(row->locked ? "yes" : "no");
    if (row->floor >= 0)
        out->floor = amount_text(tx, row->key.measure_id, row->floor);
    if (row->ceiling >= 0)
        out->ceiling = amount_text(tx, row->key.measure_id, row->ceiling);
    out->floor_ppm = row->floor_ppm;
    out->ceiling_ppm = row->ceiling_ppm;
    out->against = (char *)(uintptr_t)row->against;
    out->reason = (char *)(uintptr_t)row->reason;
    out->person = (char *)(uintptr_t)row->person;
    out->at = row->at;
    return out;
}

static int list_steps(struct tx *tx, const Bihuan__ListBoundsRequest *request, const struct ref_period *period,
                      const struct ref_unit *unit, struct err *err)
{
    Bihuan__ListBoundsReply reply = BIHUAN__LIST_BOUNDS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), after;
    struct bound_row *rows;

    if (read_cursor(request->page, &after, 1, err) != 0 ||
        bound_store_steps(tx, period->id, unit ? unit->id : 0, after, limit, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetBound *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = bound_message(tx, request->period, &rows[i]);
    if (reply.n_items == limit)
        reply.next = make_cursor(tx, &(uint32_t) { (uint32_t)rows[limit - 1].no }, 1);
    return tx_reply(tx, &reply.base, err);
}

static int list_bounds(struct tx *tx, const Bihuan__ListBoundsRequest *request, struct err *err)
{
    Bihuan__ListBoundsReply reply = BIHUAN__LIST_BOUNDS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), at[4];
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    const struct ref_unit *unit;
    struct bound_row *rows;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (find_unit(tx, request->unit, &unit, err) != 0)
        return -1;
    if (request->history)
        return list_steps(tx, request, period, unit, err);
    if (read_cursor(request->page, at, 4, err) != 0 ||
        bound_store_load(tx, period->id, 0, unit ? unit->id : 0,
                         &(struct bound_row) { .key = { at[0], at[1], at[2] }, .unit_id = at[3] }, limit, &rows,
                         &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__TargetBound *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = bound_message(tx, request->period, &rows[i]);
    if (reply.n_items == limit) {
        const struct bound_row *last = &rows[limit - 1];
        const uint32_t next[] = { last->key.measure_id, last->key.channel_id, last->key.product_id, last->unit_id };

        reply.next = make_cursor(tx, next, 4);
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_bounds(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_bounds, message, err);
}

/* --- fit -----------------------------------------------------------------------------------------------------------
 */
static int check_fit(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                     struct err *err)
{
    Bihuan__Fit *fit = (Bihuan__Fit *)item;
    int64_t capacity;

    (void)existing;
    (void)err;
    check_word(tx, pointer, "fit", fit->fit, FIT_WORDS);
    if (!refdata_product_by_code(refdata_of(tx), fit->product))
        tx_problem(tx, place(tx, pointer, "product"), "unknown_code", "product \"%s\" is not known; apply it first",
                   fit->product);
    if (!refdata_channel_by_code(refdata_of(tx), fit->channel))
        tx_problem(tx, place(tx, pointer, "channel"), "unknown_code", "channel \"%s\" is not known; apply it first",
                   fit->channel);
    if (fit->weight_ppm > WEIGHT_MAX)
        tx_problem(tx, place(tx, pointer, "weight_ppm"), "too_large", "at most %d ppm", WEIGHT_MAX);
    if (!fit->weight_ppm)
        fit->weight_ppm = strcmp(fit->fit, "preferred") == 0 ? 2000000 : 1000000;
    if (fit->capacity[0])
        (void)read_amount(tx, place(tx, pointer, "capacity"), 0, fit->capacity, 0, &capacity);
    return 0;
}

static const struct documents_kind FIT = { "fit", &bihuan__fit__descriptor, check_fit };

int on_apply_fits(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyFitsRequest *request = message;
    struct documents_result result;

    return documents_apply(tx, &FIT, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                           err) != 0
               ? -1
               : tx_reply(tx, &result.reply->base, err);
}

int on_list_fits(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListFitsRequest *request = message;
    Bihuan__ListFitsReply reply = BIHUAN__LIST_FITS_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "fit", &bihuan__fit__descriptor, request->page, NULL, NULL, &items, &reply.n_items,
                       &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__Fit **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}

static int take_fit(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct fits *fits = arg;

    (void)err;
    if (fits->count == fits->cap) {
        size_t cap = fits->cap ? fits->cap * 2 : 64;
        const Bihuan__Fit **more = arena_array(tx_arena(fits->tx), const Bihuan__Fit *, cap);

        if (fits->count)
            memcpy(more, fits->items, fits->count * sizeof *more);
        fits->items = more;
        fits->cap = cap;
    }
    fits->items[fits->count++] = (const Bihuan__Fit *)message;
    return 0;
}

int fits_load(struct tx *tx, struct fits *out, struct err *err)
{
    *out = (struct fits) { .tx = tx };
    return documents_each(tx, "fit", &bihuan__fit__descriptor, take_fit, out, err);
}

const Bihuan__Fit *fits_find(const struct fits *fits, uint32_t product_id, uint32_t channel_id)
{
    const struct refdata *refdata = refdata_of(fits->tx);
    const struct ref_channel *channel = refdata_channel(refdata, channel_id);
    const struct ref_product *product = refdata_product(refdata, product_id);

    for (; product && channel; product = refdata_product(refdata, product->parent_id))
        for (size_t i = 0; i < fits->count; i++)
            if (strcmp(fits->items[i]->product, product->code) == 0 &&
                strcmp(fits->items[i]->channel, channel->code) == 0)
                return fits->items[i];
    return NULL;
}
