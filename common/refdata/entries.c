/* entries: units with their relations, channels, products and measures, as documents tell of them. */
#include "refdata/fact_kinds.h"
#include "refdata/refdata_internal.h"

#include <stdlib.h>
#include <string.h>

void refdata_fini_unit(void *entry)
{
    struct ref_unit *unit = entry;

    free(unit->code);
    free(unit->name);
    free(unit->type);
}

void refdata_fini_channel(void *entry)
{
    struct ref_channel *channel = entry;

    free(channel->code);
    free(channel->name);
}

void refdata_fini_product(void *entry)
{
    struct ref_product *product = entry;

    free(product->code);
    free(product->name);
    free(product->parent);
}

void refdata_fini_measure(void *entry)
{
    struct ref_measure *measure = entry;

    free(measure->code);
    free(measure->title_zh);
    free(measure->title_en);
    free(measure->unit);
    free(measure->fact);
    free(measure->of);
    free(measure->over);
}

int refdata_take_relations(struct refdata *refdata, const Bihuan__Unit *unit, struct err *err)
{
    for (size_t i = 0; i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *r = unit->relations[i];
        const struct ref_unit *parent = code_table_by_code(&refdata->units, r->parent);

        if (!parent)
            refdata->unresolved = true;
        else if (tree_add(refdata->tree, unit->id, parent->id, refdata_day_of(r->from, 0),
                          refdata_day_of(r->until, TREE_OPEN), err) != 0)
            return -1;
    }
    return 0;
}

static void take_unit(struct refdata *refdata, const Bihuan__Unit *item)
{
    struct ref_unit *unit = code_table_entry(&refdata->units, item->id, item->code, sizeof *unit);
    const struct ref_channel *channel = code_table_by_code(&refdata->channels, item->channel);

    code_table_set_text(&unit->name, item->name);
    code_table_set_text(&unit->type, item->type);
    unit->channel_id = channel ? channel->id : 0;
    unit->closed_day = refdata_day_of(item->closed, INT32_MAX);
}

int refdata_each_unit(void *arg, const ProtobufCMessage *message, struct err *err)
{
    (void)err;
    take_unit(arg, (const Bihuan__Unit *)message);
    return 0;
}

int refdata_each_relation(void *arg, const ProtobufCMessage *message, struct err *err)
{
    return refdata_take_relations(arg, (const Bihuan__Unit *)message, err);
}

int refdata_each_channel(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Channel *item = (const Bihuan__Channel *)message;
    struct ref_channel *channel = code_table_entry(&refdata->channels, item->id, item->code, sizeof *channel);

    (void)err;
    code_table_set_text(&channel->name, item->name);
    return 0;
}

int refdata_each_product(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Product *item = (const Bihuan__Product *)message;
    struct ref_product *product = code_table_entry(&refdata->products, item->id, item->code, sizeof *product);

    (void)err;
    code_table_set_text(&product->name, item->name);
    code_table_set_text(&product->parent, item->parent);
    return 0;
}

void refdata_link_products(struct refdata *refdata)
{
    for (uint32_t id = 0; id < refdata->products.limit; id++) {
        struct ref_product *product = code_table_at(&refdata->products, id);
        const struct ref_product *parent = product ? code_table_by_code(&refdata->products, product->parent) : NULL;

        if (product)
            product->parent_id = parent ? parent->id : 0;
    }
}

int refdata_each_measure(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Measure *item = (const Bihuan__Measure *)message;
    struct ref_measure *measure = code_table_entry(&refdata->measures, item->id, item->code, sizeof *measure);
    bool divides;

    (void)err;
    code_table_set_text(&measure->title_zh, item->title_zh);
    code_table_set_text(&measure->title_en, item->title_en);
    code_table_set_text(&measure->unit, item->unit);
    measure->money = strcmp(item->value, "amount") == 0;
    measure->lower_is_better = strcmp(item->direction, "lower") == 0;
    divides = strcmp(item->value, "ratio") == 0 || strcmp(item->value, "average") == 0;
    code_table_set_text(&measure->fact, divides         ? ""
                                        : item->fact[0] ? item->fact
                                                        : fact_kind_info(FACT_ORDER_LINE)->word);
    measure->level = !divides && strcmp(item->over_time, "last") == 0;
    measure->additive = !divides && !measure->level;
    code_table_set_text(&measure->of, item->ratio && divides ? item->ratio->of : "");
    code_table_set_text(&measure->over, item->ratio && divides ? item->ratio->over : "");
    measure->times = item->ratio && item->ratio->times ? item->ratio->times : 1;
    measure->decimals = item->ratio ? (int)item->ratio->decimals : 0;
    return 0;
}
