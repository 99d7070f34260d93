/* products: the tree of products, their prices and other spellings. */
#include "planning/catalog/catalog.h"
#include "planning/catalog/product_moves.h"
#include "planning/planning.h"

#include "text/decimal.h"

#include <string.h>
#include <uthash.h>

#define ALIAS_MAX 128 /* bytes */

static bool is_in_request(const Bihuan__ApplyProductsRequest *request, const char *code)
{
    for (size_t i = 0; i < request->n_items; i++)
        if (strcmp(request->items[i]->code, code) == 0)
            return true;
    return false;
}

/* Products below their own descendant would make every walk up the tree endless. */
static void check_product_parents(struct tx *tx, const Bihuan__ApplyProductsRequest *request)
{
    const struct refdata *refdata = refdata_of(tx);

    for (size_t i = 0; i < request->n_items; i++) {
        const char *pointer = arena_printf(tx_arena(tx), "/items/%zu", i);
        const char *at = request->items[i]->parent;
        size_t steps = 0;

        if (at[0] && !is_in_request(request, at) && !refdata_product_by_code(refdata, at))
            tx_problem(tx, place(tx, pointer, "parent"), "unknown_product",
                       "parent \"%s\" is not a known product; apply it first or in the same request", at);
        while (at[0] && steps++ < 64) {
            const struct ref_product *known = refdata_product_by_code(refdata, at);
            const char *next = "";

            if (known && refdata_product(refdata, known->parent_id))
                next = refdata_product(refdata, known->parent_id)->code;
            for (size_t k = 0; k < request->n_items; k++)
                if (strcmp(request->items[k]->code, at) == 0)
                    next = request->items[k]->parent;
            at = next;
        }
        if (steps > 64)
            tx_problem(tx, place(tx, pointer, "parent"), "cycle", "product \"%s\" is above itself",
                       request->items[i]->code);
    }
}

#define PRICES_MAX 500

/* Days [*from, *until) of a price that can be used; false after a problem. */
static bool check_price(struct tx *tx, const char *at, const Bihuan__PolicyPrice *price, int32_t *from, int32_t *until)
{
    size_t before = tx_problem_count(tx);
    int64_t amount = 0;
    struct err why;

    if (price->channel[0] && !refdata_channel_by_code(refdata_of(tx), price->channel))
        tx_problem(tx, place(tx, at, "channel"), "unknown_channel", "channel \"%s\" is not known; apply it first",
                   price->channel);
    *from = check_date(tx, at, "from", price->from, true, 0);
    *until = check_date(tx, at, "until", price->until, false, INT32_MAX);
    if (tx_problem_count(tx) == before && *until <= *from)
        tx_problem(tx, place(tx, at, "until"), "bad_range", "until must lie behind from");
    if (decimal_parse(price->price, strlen(price->price), runtime_money_scale(tx_runtime(tx)), 0, &amount, &why) != 0)
        tx_problem(tx, place(tx, at, "price"), why.code, "%s", why.text);
    else if (amount < 0)
        tx_problem(tx, place(tx, at, "price"), "below_zero", "a price must not be below 0");
    return tx_problem_count(tx) == before;
}

/* On each day at most one price a channel. */
static void check_prices(struct tx *tx, const char *pointer, const Bihuan__Product *product)
{
    int32_t from[PRICES_MAX], until[PRICES_MAX];

    if (product->n_prices > PRICES_MAX) {
        tx_problem(tx, place(tx, pointer, "prices"), "too_many", "at most %d prices", PRICES_MAX);
        return;
    }
    for (size_t i = 0; i < product->n_prices; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/prices/%zu", pointer, i);

        if (!check_price(tx, at, product->prices[i], &from[i], &until[i])) {
            from[i] = until[i] = 0;
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (strcmp(product->prices[k]->channel, product->prices[i]->channel) == 0 && from[k] < until[i] &&
                from[i] < until[k])
                tx_problem(tx, at, "overlap", "the channel has another price on some of these days (prices/%zu)", k);
    }
}

static int check_product(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    const Bihuan__Product *product = (const Bihuan__Product *)item;
    struct err why;
    int64_t price;

    (void)existing;
    (void)err;
    catalog_require(tx, pointer, "name", product->name);
    if (product->list_price[0] && decimal_parse(product->list_price, strlen(product->list_price),
                                                runtime_money_scale(tx_runtime(tx)), 0, &price, &why) != 0)
        tx_problem(tx, place(tx, pointer, "list_price"), why.code, "%s", why.text);
    check_prices(tx, pointer, product);
    return 0;
}

/* --- aliases --- */

struct spelling {
    UT_hash_handle hh;
    const char *code; /* of the product that has it */
};

struct spellings {
    struct tx *tx;
    const Bihuan__ApplyProductsRequest *request;
    struct spelling *table;
};

/* The product that has this spelling already, NULL none: then it has it now. */
static const char *take_spelling(struct spellings *spellings, const char *text, const char *code)
{
    struct spelling *entry;

    HASH_FIND(hh, spellings->table, text, strlen(text), entry);
    if (entry)
        return strcmp(entry->code, code) == 0 ? NULL : entry->code;
    entry = arena_new(tx_arena(spellings->tx), struct spelling);
    entry->code = code;
    HASH_ADD_KEYPTR(hh, spellings->table, text, strlen(text), entry);
    return NULL;
}

/* A code of the request is a spelling of a product that is there. */
static void report_code(struct spellings *spellings, const char *code, const char *other)
{
    for (size_t i = 0; i < spellings->request->n_items; i++)
        if (strcmp(spellings->request->items[i]->code, code) == 0)
            tx_problem(spellings->tx, arena_printf(tx_arena(spellings->tx), "/items/%zu/code", i), "ambiguous_alias",
                       "\"%s\" is another spelling of product \"%s\"", code, other);
}

static int each_stored(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct spellings *spellings = arg;
    const Bihuan__Product *product = (const Bihuan__Product *)message;

    (void)err;
    (void)take_spelling(spellings, product->code, product->code);
    for (size_t i = 0; !is_in_request(spellings->request, product->code) && i < product->n_aliases; i++)
        if (take_spelling(spellings, product->aliases[i], product->code))
            report_code(spellings, product->aliases[i], product->code);
    return 0;
}

static void check_aliases(struct spellings *spellings, size_t index)
{
    const Bihuan__Product *product = spellings->request->items[index];

    for (size_t i = 0; i < product->n_aliases; i++) {
        const char *at = arena_printf(tx_arena(spellings->tx), "/items/%zu/aliases/%zu", index, i);
        const char *alias = product->aliases[i];
        const char *other;

        if (!alias[0] || strlen(alias) > ALIAS_MAX) {
            tx_problem(spellings->tx, at, "bad_alias", "an alias has 1 to %d bytes", ALIAS_MAX);
            continue;
        }
        other = take_spelling(spellings, alias, product->code);
        if (other)
            tx_problem(spellings->tx, at, "ambiguous_alias", "\"%s\" stands for product \"%s\" already", alias, other);
    }
}

/* One spelling, one product: among all codes and aliases there are, with the request's in place. */
static int check_spellings(struct tx *tx, const Bihuan__ApplyProductsRequest *request, struct err *err)
{
    struct spellings spellings = { .tx = tx, .request = request };
    bool any = false;
    int rc = 0;

    for (size_t i = 0; i < request->n_items; i++) {
        const char *code = request->items[i]->code;

        any = any || request->items[i]->n_aliases || !refdata_product_by_code(refdata_of(tx), code);
    }
    if (!any)
        return 0;
    for (size_t i = 0; i < request->n_items; i++)
        (void)take_spelling(&spellings, request->items[i]->code, request->items[i]->code);
    rc = documents_each(tx, "product", &bihuan__product__descriptor, each_stored, &spellings, err);
    for (size_t i = 0; rc == 0 && i < request->n_items; i++)
        check_aliases(&spellings, i);
    HASH_CLEAR(hh, spellings.table);
    return rc;
}

static const struct documents_kind PRODUCT = { "product", &bihuan__product__descriptor, check_product };

int on_apply_products(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyProductsRequest *request = message;
    struct documents_result result;

    check_product_parents(tx, request);
    if (check_spellings(tx, request, err) != 0 || product_moves_check(tx, request, err) != 0 ||
        documents_apply(tx, &PRODUCT, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        catalog_publish(tx, MSG(PRODUCTS_CHANGED), &bihuan__products_changed__descriptor, &result, err) != 0)
        return -1;
    return catalog_finish(tx, request->dry_run, &result, err);
}
