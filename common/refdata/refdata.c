/* refdata: see refdata.h. The whole, loaded from its tables and kept up by events. */
#include "refdata/refdata_internal.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

static void clear(struct refdata *refdata)
{
    code_table_fini(&refdata->units, refdata_fini_unit);
    code_table_fini(&refdata->channels, refdata_fini_channel);
    code_table_fini(&refdata->products, refdata_fini_product);
    code_table_fini(&refdata->measures, refdata_fini_measure);
    code_table_fini(&refdata->calendars, refdata_fini_calendar);
    code_table_fini(&refdata->periods, refdata_fini_period);
    tree_destroy(&refdata->tree);
    target_map_fini(&refdata->targets);
    target_map_fini(&refdata->firsts);
}

struct refdata *refdata_new(void)
{
    struct refdata *refdata = calloc(1, sizeof *refdata);

    if (!refdata)
        abort();
    refdata->tree = tree_new();
    return refdata;
}

void refdata_destroy(struct refdata **refdata)
{
    if (!*refdata)
        return;
    clear(*refdata);
    free(*refdata);
    *refdata = NULL;
}

/* --- taking documents over --- */

int32_t refdata_day_of(const char *text, int32_t otherwise)
{
    int32_t day;

    return text && text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : otherwise;
}

static int rebuild_tree(struct refdata *refdata, struct tx *tx, struct err *err)
{
    tree_destroy(&refdata->tree);
    refdata->tree = tree_new();
    refdata->unresolved = false;
    return documents_each(tx, "unit", &bihuan__unit__descriptor, refdata_each_relation, refdata, err);
}

int refdata_load(struct refdata *refdata, struct tx *tx, struct err *err)
{
    clear(refdata);
    refdata->tree = tree_new();
    if (documents_each(tx, "channel", &bihuan__channel__descriptor, refdata_each_channel, refdata, err) != 0 ||
        documents_each(tx, "product", &bihuan__product__descriptor, refdata_each_product, refdata, err) != 0 ||
        documents_each(tx, "measure", &bihuan__measure__descriptor, refdata_each_measure, refdata, err) != 0 ||
        documents_each(tx, "unit", &bihuan__unit__descriptor, refdata_each_unit, refdata, err) != 0 ||
        rebuild_tree(refdata, tx, err) != 0 ||
        documents_each(tx, "calendar", &bihuan__calendar__descriptor, refdata_each_calendar, refdata, err) != 0 ||
        documents_each(tx, "period", &bihuan__period__descriptor, refdata_each_period, refdata, err) != 0 ||
        documents_each(tx, "baseline", &bihuan__baseline__descriptor, refdata_each_baseline, refdata, err) != 0 ||
        documents_each(tx, "baseline_first", &bihuan__baseline__descriptor, refdata_each_first, refdata, err) != 0)
        return -1;
    refdata_link_products(refdata);
    refdata_link_periods(refdata);
    return refdata_load_targets(refdata, tx, err);
}

/* --- events --- */

/* Stores all and hands each to `each`. */
static int take_all(struct refdata *refdata, struct tx *tx, const char *kind, ProtobufCMessage **items, size_t count,
                    documents_each_fn *each, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (documents_put(tx, kind, items[i], err) != 0 || each(refdata, items[i], err) != 0)
            return -1;
    return 0;
}

int refdata_on_units(struct refdata *refdata, struct tx *tx, const Bihuan__UnitsChanged *event, struct err *err)
{
    bool known = refdata->unresolved;

    for (size_t i = 0; i < event->n_items; i++)
        known = known || code_table_at(&refdata->units, event->items[i]->id);
    if (take_all(refdata, tx, "unit", (ProtobufCMessage **)event->items, event->n_items, refdata_each_unit, err) != 0)
        return -1;
    if (known) /* relations may have ended or moved */
        return rebuild_tree(refdata, tx, err);
    for (size_t i = 0; i < event->n_items; i++)
        if (refdata_take_relations(refdata, event->items[i], err) != 0)
            return -1;
    return 0;
}

int refdata_on_channels(struct refdata *refdata, struct tx *tx, const Bihuan__ChannelsChanged *event, struct err *err)
{
    return take_all(refdata, tx, "channel", (ProtobufCMessage **)event->items, event->n_items, refdata_each_channel,
                    err);
}

int refdata_on_products(struct refdata *refdata, struct tx *tx, const Bihuan__ProductsChanged *event, struct err *err)
{
    if (take_all(refdata, tx, "product", (ProtobufCMessage **)event->items, event->n_items, refdata_each_product,
                 err) != 0)
        return -1;
    refdata_link_products(refdata);
    return 0;
}

int refdata_on_measures(struct refdata *refdata, struct tx *tx, const Bihuan__MeasuresDefined *event, struct err *err)
{
    return take_all(refdata, tx, "measure", (ProtobufCMessage **)event->items, event->n_items, refdata_each_measure,
                    err);
}

int refdata_on_calendar(struct refdata *refdata, struct tx *tx, const Bihuan__CalendarPublished *event, struct err *err)
{
    ProtobufCMessage *item = &event->calendar->base;

    if (refdata_keep_calendar(refdata, tx, event->calendar->code, err) != 0)
        return -1;
    return take_all(refdata, tx, "calendar", &item, 1, refdata_each_calendar, err);
}

int refdata_on_periods(struct refdata *refdata, struct tx *tx, const Bihuan__PeriodsOpened *event, struct err *err)
{
    if (take_all(refdata, tx, "period", (ProtobufCMessage **)event->items, event->n_items, refdata_each_period, err) !=
        0)
        return -1;
    refdata_link_periods(refdata);
    return 0;
}
