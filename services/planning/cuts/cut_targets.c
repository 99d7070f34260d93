/* cut_targets: what a slice is cut into over channels or products. See cut_targets.h. */
#include "planning/cuts/cut_targets.h"

#include "calc/fixed.h"

#include <string.h>

static int add_target(struct across *a, const struct fits *fits, uint32_t id, bool named)
{
    struct cut *cut = a->cut;
    struct slice_key key = a->source->key;
    struct target *target = &a->targets[a->count];
    const Bihuan__Fit *fit;

    if (cut->over == CUT_CHANNELS)
        key.channel_id = id;
    else
        key.product_id = id;
    fit = fits_find(fits, key.product_id, key.channel_id);
    if (fit && strcmp(fit->fit, "barred") == 0) {
        if (named)
            tx_problem(cut->tx, "/into", "barred", "product \"%s\" isn't sold through channel \"%s\" (fit \"%s\")",
                       code_of_product(cut->tx, key.product_id), code_of_channel(cut->tx, key.channel_id), fit->code);
        return 0;
    }
    for (size_t t = 0; t < a->count; t++)
        if (slice_key_compare(&a->targets[t].key, &key) == 0) {
            tx_problem(cut->tx, "/into", "duplicate", "\"%s\" is named twice",
                       cut->over == CUT_CHANNELS ? code_of_channel(cut->tx, id) : code_of_product(cut->tx, id));
            return 0;
        }
    if (a->count == TARGETS_MAX)
        return -1;
    *target = (struct target) {
        .key = key, .present = cut_slice(cut, &key), .weight_ppm = fit ? fit->weight_ppm : FIXED_PPM, .capacity = -1
    };
    if (fit && fit->capacity[0])
        (void)read_amount(cut->tx, "/fit", key.measure_id, fit->capacity, 0, &target->capacity);
    a->count++;
    return 0;
}

static int add_named(struct across *a, const struct fits *fits)
{
    const struct refdata *refdata = refdata_of(a->cut->tx);
    const Bihuan__DecomposeRequest *request = a->cut->request;
    int rc = 0;

    for (size_t i = 0; i < request->n_into && rc == 0; i++) {
        const struct ref_channel *channel = refdata_channel_by_code(refdata, request->into[i]);
        const struct ref_product *product = refdata_product_by_code(refdata, request->into[i]);
        uint32_t id = a->cut->over == CUT_CHANNELS ? (channel ? channel->id : 0) : product ? product->id : 0;

        if (id)
            rc = add_target(a, fits, id, true);
        else
            tx_problem(a->cut->tx, arena_printf(tx_arena(a->cut->tx), "/into/%zu", i), "unknown_code",
                       "\"%s\" is not known", request->into[i]);
    }
    return rc;
}

/* All channels, or the products directly below. */
static int add_all(struct across *a, const struct fits *fits)
{
    const struct refdata *refdata = refdata_of(a->cut->tx);
    int rc = 0;

    for (uint32_t id = 1; a->cut->over == CUT_CHANNELS && id < refdata_channel_limit(refdata) && rc == 0; id++)
        if (refdata_channel(refdata, id))
            rc = add_target(a, fits, id, false);
    for (uint32_t id = 1; a->cut->over == CUT_PRODUCTS && id < refdata_product_limit(refdata) && rc == 0; id++) {
        const struct ref_product *product = refdata_product(refdata, id);

        if (product && product->parent_id == a->source->key.product_id)
            rc = add_target(a, fits, id, false);
    }
    return rc;
}

int across_targets(struct across *a, const struct fits *fits, struct err *err)
{
    struct cut *cut = a->cut;
    uint32_t own = cut->over == CUT_CHANNELS ? a->source->key.channel_id : 0;

    if (own)
        return err_fail(err, ERR_INVALID, "is_one", "the target is of one channel already");
    if ((cut->request->n_into ? add_named(a, fits) : add_all(a, fits)) != 0)
        return err_fail(err, ERR_INVALID, "too_many", "at most %d channels or products at once", TARGETS_MAX);
    if (tx_problem_count(cut->tx))
        return tx_refuse(cut->tx, err);
    return a->count ? 0 : err_fail(err, ERR_CONFLICT, "nothing_fits", "there is nothing to cut it into");
}
