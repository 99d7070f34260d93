/* order_rows: a product order as rows, one for each item. See rows.h. */
#include "feedback/tmf/money.h"
#include "feedback/tmf/rows.h"

#include <string.h>
#include <strings.h>

static void put_channel(json_t *row, const json_t *order)
{
    static const char *const ids[] = { "channel.channel.id", "channel.id", NULL };
    static const char *const names[] = { "channel.channel.name", "channel.name", NULL };

    tmf_put(row, "channel", json_text_first(order, ids));
    tmf_put(row, "channel_name", json_text_first(order, names));
}

static const char *ordered_at(const json_t *order)
{
    static const char *const names[] = { "orderDate", "creationDate", NULL };

    return json_text_first(order, names);
}

static json_t *order_row(const struct tmf_build *build)
{
    static const char *const externals[] = { "externalId", "externalId.id", NULL };
    json_t *row = json_object();

    tmf_put(row, "order", build->id);
    tmf_put(row, "external_id", json_text_first(build->body, externals));
    tmf_put(row, "ordered_at", ordered_at(build->body));
    tmf_put(row, "category", json_text_of(build->body, "category"));
    put_channel(row, build->body);
    tmf_put_parties(row, build->body);
    return row;
}

/* --- one item ------------------------------------------------------------------------------------------------------
 */

static void put_characteristics(json_t *row, const json_t *item)
{
    const json_t *list = json_text_at(item, "product.productCharacteristic");
    json_t *out = json_object(), *characteristic;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)list, i, characteristic) if (*json_text_of(characteristic, "name"))
        tmf_put(out, json_text_of(characteristic, "name"), json_text_of(characteristic, "value"));
    if (json_object_size(out))
        json_object_set(row, "characteristic", out);
    json_decref(out);
}

/* Prices by type, each with the sign of the item. */
static void put_price_types(json_t *row, const json_t *prices, bool negative, struct arena *arena)
{
    json_t *out = json_object(), *price;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)prices, i, price)
    {
        const char *type = json_text_of(price, "priceType");
        struct tmf_sum sum = { .units = 0 };
        char *name = arena_strdup(arena, type);

        for (char *c = name; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
        if (!*name || json_object_get(out, name))
            continue;
        tmf_sum_prices(&sum, prices, type);
        tmf_put(out, name, tmf_sum_text(&sum, negative, arena));
    }
    if (json_object_size(out))
        json_object_set(row, "price", out);
    json_decref(out);
}

static void put_money(json_t *row, const json_t *item, bool negative, struct arena *arena)
{
    const json_t *prices = json_text_at(item, "itemPrice"), *totals = json_text_at(item, "itemTotalPrice");
    struct tmf_sum sum = { .units = 0 };

    tmf_sum_prices(&sum, totals, NULL);
    if (!sum.any)
        tmf_sum_prices(&sum, prices, NULL);
    tmf_put(row, "amount", tmf_sum_text(&sum, negative, arena));
    tmf_put(row, "currency", sum.unit ? sum.unit : "");
    tmf_put(row, "priced", sum.any ? "yes" : "no");
    put_price_types(row, json_array_size(prices) ? prices : totals, negative, arena);
}

static void put_quantity(json_t *row, const json_t *item, bool negative, struct arena *arena)
{
    const char *quantity = json_text_of(item, "quantity");

    if (!*quantity)
        quantity = "1";
    if (negative)
        quantity = *quantity == '-' ? quantity : arena_printf(arena, "-%s", quantity);
    tmf_put(row, "quantity", quantity);
}

static void put_item(json_t *row, const json_t *item, struct arena *arena)
{
    static const char *const specifications[] = { "product.productSpecification.id", "productSpecification.id", NULL };
    const char *action = json_text_of(item, "action");
    bool negative = strcasecmp(action, "delete") == 0;

    tmf_put(row, "action", *action ? action : "add");
    tmf_put(row, "offering", json_text_of(item, "productOffering.id"));
    tmf_put(row, "offering_name", json_text_of(item, "productOffering.name"));
    tmf_put(row, "product", json_text_of(item, "product.id"));
    tmf_put(row, "specification", json_text_first(item, specifications));
    if (!json_object_get(row, "account"))
        tmf_put(row, "account", json_text_of(item, "billingAccount.id"));
    if (!json_object_get(row, "customer"))
        tmf_put(row, "customer", json_text_of(row, "account"));
    put_quantity(row, item, negative, arena);
    put_money(row, item, negative, arena);
    put_characteristics(row, item);
}

/* --- all of them, nested ones too ----------------------------------------------------------------------------------
 */

/* An id is unique within its order; where a sender numbers nested items anew, the parent's comes before it. */
static char *item_name(const struct tmf_build *build, const json_t *used, const char *id, const char *parent,
                       size_t place)
{
    char *name = *id ? arena_strdup(build->arena, id) : arena_printf(build->arena, "%zu", place);

    if (json_object_get(used, name))
        name = arena_printf(build->arena, "%s/%s", parent, name);
    return name;
}

static void add_items(struct tmf_build *build, const json_t *common, json_t *used, const json_t *items,
                      const char *parent, int depth)
{
    size_t i;
    json_t *item, *row;

    json_array_foreach((json_t *)(uintptr_t)items, i, item)
    {
        const char *id = json_text_of(item, "id");
        char *name = item_name(build, used, id, parent, i + 1);

        json_object_set_new(used, name, json_true());
        if (strcasecmp(json_text_of(item, "action"), "noChange") != 0) {
            row = json_deep_copy(common);
            tmf_put(row, "item", name);
            tmf_put(row, "parent", parent);
            put_item(row, item, build->arena);
            tmf_add(build, row, *id ? id : name, name, ordered_at(build->body));
        }
        if (depth < 16 && tmf_items(item))
            add_items(build, common, used, tmf_items(item), name, depth + 1);
    }
}

void tmf_order_rows(struct tmf_build *build)
{
    json_t *common = order_row(build), *used = json_object();

    add_items(build, common, used, tmf_items(build->body), "", 0);
    json_decref(common);
    json_decref(used);
}
