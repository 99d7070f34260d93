/* catalog: channels, products, measures, calendars, periods: checking, keeping, publishing. */
#include "planning/planning.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

#define ITEMS_A_MESSAGE 256
#define PERIOD_DAYS_MAX 1100

static const char *const FACTS[] = { "order_line", NULL };
static const char *const VALUES[] = { "amount", "quantity", "count", NULL };
static const char *const DIRECTIONS[] = { "higher", "lower", NULL };
static const char *const CLASSES[] = { "outcome", "process", "customer", "behaviour", NULL };
static const char *const PRICES[] = { "", "off_list", NULL };
static const char *const CREDITS[] = { "", "unit", NULL };
static const char *const PLACES[] = { "", "outside", NULL };
static const char *const STATES[] = { "placed", "completed", NULL };
static const char *const DAY_CLASSES[] = { "working", "weekend", "holiday", "makeup", "eve", "campaign", NULL };

static const struct refdata *refdata_of(struct tx *tx)
{
    return ((struct planning *)tx_state(tx))->refdata;
}

static void require_text(struct tx *tx, const char *pointer, const char *field, const char *text)
{
    if (!text[0])
        tx_problem(tx, place(tx, pointer, field), "missing_value", "%s must not be empty", field);
}

/* --- channels and products -------------------------------------------------------------------------------------------
 */

static int check_channel(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    const Bihuan__Channel *channel = (const Bihuan__Channel *)item;

    (void)existing;
    (void)err;
    require_text(tx, pointer, "name", channel->name);
    return 0;
}

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

static int check_product(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    const Bihuan__Product *product = (const Bihuan__Product *)item;
    struct err why;
    int64_t price;

    (void)existing;
    (void)err;
    require_text(tx, pointer, "name", product->name);
    if (product->list_price[0] && decimal_parse(product->list_price, strlen(product->list_price),
                                                runtime_money_scale(tx_runtime(tx)), 0, &price, &why) != 0)
        tx_problem(tx, place(tx, pointer, "list_price"), why.code, "%s", why.text);
    return 0;
}

/* --- measures --- */

static void check_filter(struct tx *tx, const char *pointer, Bihuan__MeasureFilter *filter)
{
    const struct refdata *refdata = refdata_of(tx);
    const char *at = place(tx, pointer, "filter");

    for (size_t i = 0; i < filter->n_products; i++)
        if (!refdata_product_by_code(refdata, filter->products[i]))
            tx_problem(tx, place(tx, at, "products"), "unknown_product", "product \"%s\" is not known; apply it first",
                       filter->products[i]);
    for (size_t i = 0; i < filter->n_channels; i++)
        if (!refdata_channel_by_code(refdata, filter->channels[i]))
            tx_problem(tx, place(tx, at, "channels"), "unknown_channel", "channel \"%s\" is not known; apply it first",
                       filter->channels[i]);
    for (size_t i = 0; i < filter->n_states; i++)
        check_word(tx, at, "states", filter->states[i], STATES);
    check_word(tx, at, "price", filter->price, PRICES);
    check_word(tx, at, "place", filter->place, PLACES);
}

static bool same_filter(struct tx *tx, const Bihuan__MeasureFilter *a, const Bihuan__MeasureFilter *b)
{
    size_t a_len = a ? protobuf_c_message_get_packed_size(&a->base) : 0;
    size_t b_len = b ? protobuf_c_message_get_packed_size(&b->base) : 0;
    uint8_t *x = arena_alloc(tx_arena(tx), a_len + 1);
    uint8_t *y = arena_alloc(tx_arena(tx), b_len + 1);

    if (a)
        protobuf_c_message_pack(&a->base, x);
    if (b)
        protobuf_c_message_pack(&b->base, y);
    return a_len == b_len && memcmp(x, y, a_len) == 0;
}

/* What has been counted under a definition stays; another definition is another measure. */
static void check_unchanged(struct tx *tx, const char *pointer, const Bihuan__Measure *now, const Bihuan__Measure *old)
{
    if (strcmp(now->fact, old->fact) != 0 || strcmp(now->value, old->value) != 0 ||
        strcmp(now->direction, old->direction) != 0 || strcmp(now->credit, old->credit) != 0 ||
        !same_filter(tx, now->filter, old->filter))
        tx_problem(tx, pointer, "measure_published",
                   "measure \"%s\" is published; its fact, value, direction, credit and filter cannot change: define a "
                   "new code",
                   now->code);
}

static int check_measure(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    Bihuan__Measure *measure = (Bihuan__Measure *)item;

    (void)err;
    if (!measure->direction[0])
        measure->direction = (char *)(uintptr_t) "higher";
    if (!measure->class_[0])
        measure->class_ = (char *)(uintptr_t) "outcome";
    if (!measure->fact[0])
        measure->fact = (char *)(uintptr_t) "order_line";
    require_text(tx, pointer, "title_zh", measure->title_zh);
    require_text(tx, pointer, "title_en", measure->title_en);
    check_word(tx, pointer, "fact", measure->fact, FACTS);
    check_word(tx, pointer, "value", measure->value, VALUES);
    check_word(tx, pointer, "direction", measure->direction, DIRECTIONS);
    check_word(tx, pointer, "class", measure->class_, CLASSES);
    check_word(tx, pointer, "credit", measure->credit, CREDITS);
    if (measure->filter)
        check_filter(tx, pointer, measure->filter);
    if (existing)
        check_unchanged(tx, pointer, measure, (const Bihuan__Measure *)existing);
    return 0;
}

/* --- calendars and periods --- */

static int check_calendar(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                          struct err *err)
{
    const Bihuan__Calendar *calendar = (const Bihuan__Calendar *)item;
    bool weekday = false;
    bool weekend = false;

    (void)existing;
    (void)err;
    for (size_t i = 0; i < calendar->n_classes; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/classes/%zu", pointer, i);

        check_word(tx, at, "class", calendar->classes[i]->class_, DAY_CLASSES);
        weekday = weekday || strcmp(calendar->classes[i]->class_, "working") == 0;
        weekend = weekend || strcmp(calendar->classes[i]->class_, "weekend") == 0;
    }
    if (!weekday || !weekend)
        tx_problem(tx, place(tx, pointer, "classes"), "missing_weight",
                   "classes working and weekend must both have a weight (0 is allowed)");
    for (size_t i = 0; i < calendar->n_days; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/days/%zu", pointer, i);
        bool weighed = false;

        (void)check_date(tx, at, "date", calendar->days[i]->date, true, 0);
        for (size_t k = 0; k < calendar->n_classes; k++)
            weighed = weighed || strcmp(calendar->classes[k]->class_, calendar->days[i]->class_) == 0;
        if (!weighed)
            tx_problem(tx, place(tx, at, "class"), "missing_weight", "class \"%s\" has no weight in classes",
                       calendar->days[i]->class_);
        for (size_t k = 0; k < i; k++)
            if (strcmp(calendar->days[k]->date, calendar->days[i]->date) == 0)
                tx_problem(tx, place(tx, at, "date"), "duplicate_date", "date %s stands twice",
                           calendar->days[i]->date);
    }
    return 0;
}

static int check_period(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                        struct err *err)
{
    const Bihuan__Period *period = (const Bihuan__Period *)item;
    const Bihuan__Period *old = (const Bihuan__Period *)existing;
    int32_t from = check_date(tx, pointer, "from", period->from, true, 0);
    int32_t until = check_date(tx, pointer, "until", period->until, true, 1);
    ProtobufCMessage *calendar = NULL;

    if (from >= until || until - from > PERIOD_DAYS_MAX)
        tx_problem(tx, place(tx, pointer, "until"), "bad_period",
                   "until must be after from, by at most %d days (it is the first day that no longer belongs)",
                   PERIOD_DAYS_MAX);
    if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, period->calendar, &calendar, err) != 0)
        return -1;
    if (!calendar)
        tx_problem(tx, place(tx, pointer, "calendar"), "unknown_calendar",
                   "calendar \"%s\" is not known; apply it first", period->calendar);
    if (old && (strcmp(old->from, period->from) != 0 || strcmp(old->until, period->until) != 0))
        tx_problem(tx, pointer, "period_opened", "period \"%s\" is opened with %s to %s; its days cannot change",
                   period->code, old->from, old->until);
    return 0;
}

/* --- handlers --- */

static const struct documents_kind CHANNEL = { "channel", &bihuan__channel__descriptor, check_channel };
static const struct documents_kind PRODUCT = { "product", &bihuan__product__descriptor, check_product };
static const struct documents_kind MEASURE = { "measure", &bihuan__measure__descriptor, check_measure };
static const struct documents_kind CALENDAR = { "calendar", &bihuan__calendar__descriptor, check_calendar };
static const struct documents_kind PERIOD = { "period", &bihuan__period__descriptor, check_period };

/* Every list event is {repeated X items = 1}, so one of them can stand for all. */
static int publish_items(struct tx *tx, uint32_t type, const ProtobufCMessageDescriptor *event,
                         const struct documents_result *result, struct err *err)
{
    for (size_t i = 0; i < result->changed_count; i += ITEMS_A_MESSAGE) {
        size_t count = result->changed_count - i;
        Bihuan__UnitsChanged *message = arena_alloc(tx_arena(tx), event->sizeof_message);

        protobuf_c_message_init(event, message);
        message->n_items = count < ITEMS_A_MESSAGE ? count : ITEMS_A_MESSAGE;
        message->items = (Bihuan__Unit **)(void *)(result->changed + i);
        if (tx_publish(tx, 0, type, "", &message->base, err) != 0)
            return -1;
    }
    return 0;
}

static int finish(struct tx *tx, bool dry_run, const struct documents_result *result, struct err *err)
{
    if (!dry_run && result->changed_count && planning_reload(tx, err) != 0)
        return -1;
    return tx_reply(tx, &result->reply->base, err);
}

int on_apply_channels(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyChannelsRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &CHANNEL, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        publish_items(tx, MSG(CHANNELS_CHANGED), &bihuan__channels_changed__descriptor, &result, err) != 0)
        return -1;
    return finish(tx, request->dry_run, &result, err);
}

int on_apply_products(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyProductsRequest *request = message;
    struct documents_result result;

    check_product_parents(tx, request);
    if (documents_apply(tx, &PRODUCT, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        publish_items(tx, MSG(PRODUCTS_CHANGED), &bihuan__products_changed__descriptor, &result, err) != 0)
        return -1;
    return finish(tx, request->dry_run, &result, err);
}

int on_apply_measures(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyMeasuresRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &MEASURE, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        publish_items(tx, MSG(MEASURES_DEFINED), &bihuan__measures_defined__descriptor, &result, err) != 0)
        return -1;
    return finish(tx, request->dry_run, &result, err);
}

int on_apply_calendars(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCalendarsRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &CALENDAR, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    for (size_t i = 0; !request->dry_run && i < result.changed_count; i++) {
        Bihuan__CalendarPublished event = BIHUAN__CALENDAR_PUBLISHED__INIT;

        event.calendar = (Bihuan__Calendar *)result.changed[i];
        if (tx_publish(tx, 0, MSG(CALENDAR_PUBLISHED), event.calendar->code, &event.base, err) != 0)
            return -1;
    }
    return finish(tx, request->dry_run, &result, err);
}

int on_apply_periods(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyPeriodsRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &PERIOD, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        publish_items(tx, MSG(PERIODS_OPENED), &bihuan__periods_opened__descriptor, &result, err) != 0)
        return -1;
    return finish(tx, request->dry_run, &result, err);
}
