/* lists: pages of units, channels, products, measures, calendars, periods. */
#include "planning/organisation/dotted.h"
#include "planning/planning.h"

#include "text/dates.h"

#include <string.h>

struct unit_filter {
    const Bihuan__ListUnitsRequest *request;
    const char *day; /* relation that holds on it */
    struct planning *planning;
    int32_t day_number;
    const struct ref_unit *subtree;
};

static bool has_parent(const Bihuan__Unit *unit, const char *parent, const char *day)
{
    for (size_t i = 0; i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *r = unit->relations[i];

        if (strcmp(r->parent, parent) == 0 && strcmp(r->from, day) <= 0 && (!r->until[0] || strcmp(r->until, day) > 0))
            return true;
    }
    return false;
}

static bool keep_unit(const void *arg, const ProtobufCMessage *message)
{
    const struct unit_filter *filter = arg;
    const Bihuan__Unit *unit = (const Bihuan__Unit *)message;

    if (filter->request->code[0] && strcmp(filter->request->code, unit->code) != 0)
        return false;
    if (filter->request->type[0] && strcmp(filter->request->type, unit->type) != 0)
        return false;
    if (filter->request->parent[0] && !has_parent(unit, filter->request->parent, filter->day))
        return false;
    if (filter->request->dotted[0] && !dotted_holds(unit, filter->request->dotted, filter->day))
        return false;
    return !filter->subtree ||
           tree_is_under(refdata_tree(filter->planning->refdata), unit->id, filter->subtree->id, filter->day_number);
}

int on_list_units(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListUnitsRequest *request = message;
    struct planning *planning = tx_state(tx);
    const char *subtree = tx_principal(tx)->subtree;
    struct unit_filter filter = { .request = request, .planning = planning };
    Bihuan__ListUnitsReply reply = BIHUAN__LIST_UNITS_REPLY__INIT;
    char day[DATE_TEXT_MAX];
    ProtobufCMessage **items;
    int rc;

    filter.day_number = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    date_print(day, filter.day_number);
    filter.day = request->day[0] ? request->day : day;
    pthread_rwlock_rdlock(&planning->lock);
    filter.subtree = refdata_unit_by_code(planning->refdata, subtree);
    rc = subtree[0] && !filter.subtree
             ? err_fail(err, ERR_NOT_FOUND, "unknown_unit", "your subtree \"%s\" is not a known unit", subtree)
             : documents_list(tx, "unit", &bihuan__unit__descriptor, request->page, keep_unit, &filter, &items,
                              &reply.n_items, &reply.next, err);
    pthread_rwlock_unlock(&planning->lock);
    if (rc != 0)
        return -1;
    reply.items = (Bihuan__Unit **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}

/* The other lists have no filter: one body for all. */
#define LIST(function, Request, Reply, REPLY_INIT, kind, descriptor, Item)                                             \
    int function(struct tx *tx, const void *message, struct err *err)                                                  \
    {                                                                                                                  \
        const Request *request = message;                                                                              \
        Reply reply = REPLY_INIT;                                                                                      \
        ProtobufCMessage **items;                                                                                      \
                                                                                                                       \
        if (documents_list(tx, kind, descriptor, request->page, NULL, NULL, &items, &reply.n_items, &reply.next,       \
                           err) != 0)                                                                                  \
            return -1;                                                                                                 \
        reply.items = (Item **)(void *)items;                                                                          \
        return tx_reply(tx, &reply.base, err);                                                                         \
    }

LIST(on_list_channels, Bihuan__ListChannelsRequest, Bihuan__ListChannelsReply, BIHUAN__LIST_CHANNELS_REPLY__INIT,
     "channel", &bihuan__channel__descriptor, Bihuan__Channel)
LIST(on_list_products, Bihuan__ListProductsRequest, Bihuan__ListProductsReply, BIHUAN__LIST_PRODUCTS_REPLY__INIT,
     "product", &bihuan__product__descriptor, Bihuan__Product)
LIST(on_list_measures, Bihuan__ListMeasuresRequest, Bihuan__ListMeasuresReply, BIHUAN__LIST_MEASURES_REPLY__INIT,
     "measure", &bihuan__measure__descriptor, Bihuan__Measure)
LIST(on_list_calendars, Bihuan__ListCalendarsRequest, Bihuan__ListCalendarsReply, BIHUAN__LIST_CALENDARS_REPLY__INIT,
     "calendar", &bihuan__calendar__descriptor, Bihuan__Calendar)
LIST(on_list_periods, Bihuan__ListPeriodsRequest, Bihuan__ListPeriodsReply, BIHUAN__LIST_PERIODS_REPLY__INIT, "period",
     &bihuan__period__descriptor, Bihuan__Period)
