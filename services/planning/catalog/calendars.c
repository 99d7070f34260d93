/* calendars: days, their classes and weights, and the periods that are phased by them. */
#include "planning/catalog/catalog.h"

#include "planning/baselines/baselines.h"
#include "planning/baselines/calendar_store.h"
#include "planning/targets/targets.h"
#include "text/dates.h"

#include <string.h>

#define PERIOD_DAYS_MAX 1100
#define FACTOR_MAX      10000000 /* ppm */
#define WEIGHT_MAX      1000000

static const char *const DAY_CLASSES[] = { "working", "weekend", "holiday", "makeup", "eve", "campaign", NULL };

static void check_ends(struct tx *tx, const char *pointer, const char *field, const uint32_t *factors, size_t count)
{
    if (count > CALENDAR_TAIL_MAX)
        tx_problem(tx, place(tx, pointer, field), "too_many_days", "%s has at most %d factors", field,
                   CALENDAR_TAIL_MAX);
    for (size_t i = 0; i < count; i++)
        if (factors[i] > FACTOR_MAX)
            tx_problem(tx, place(tx, pointer, field), "bad_factor", "a factor is 0 to %d ppm", FACTOR_MAX);
}

static void check_hours(struct tx *tx, const char *pointer, const Bihuan__Calendar *calendar)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < calendar->n_hour_ppm; i++)
        sum += calendar->hour_ppm[i];
    if (calendar->n_hour_ppm && (calendar->n_hour_ppm != PHASING_HOURS || sum != FIXED_PPM))
        tx_problem(tx, place(tx, pointer, "hour_ppm"), "bad_hours",
                   "a day's hours are %d shares that sum to %d ppm, or none: these %zu sum to %llu", PHASING_HOURS,
                   FIXED_PPM, calendar->n_hour_ppm, (unsigned long long)sum);
}

static bool packs_alike(struct tx *tx, const Bihuan__Calendar *one, const Bihuan__Calendar *other)
{
    size_t len = protobuf_c_message_get_packed_size(&one->base);
    uint8_t *x, *y;

    if (protobuf_c_message_get_packed_size(&other->base) != len)
        return false;
    x = arena_alloc(tx_arena(tx), len + 1);
    y = arena_alloc(tx_arena(tx), len + 1);
    protobuf_c_message_pack(&one->base, x);
    protobuf_c_message_pack(&other->base, y);
    return memcmp(x, y, len) == 0;
}

/* One more than before where anything else is another; what the item says itself doesn't count. */
static void count_version(struct tx *tx, Bihuan__Calendar *item, const Bihuan__Calendar *existing)
{
    if (!existing) {
        item->version = 1;
        return;
    }
    item->id = existing->id;
    item->version = existing->version;
    if (!packs_alike(tx, item, existing))
        item->version++;
}

static int check_calendar(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                          struct err *err)
{
    const Bihuan__Calendar *calendar = (const Bihuan__Calendar *)item;
    bool weekday = false;
    bool weekend = false;
    bool any = false;

    (void)err;
    count_version(tx, (Bihuan__Calendar *)item, (const Bihuan__Calendar *)existing);
    check_ends(tx, pointer, "month_end_ppm", calendar->month_end_ppm, calendar->n_month_end_ppm);
    check_ends(tx, pointer, "quarter_end_ppm", calendar->quarter_end_ppm, calendar->n_quarter_end_ppm);
    check_hours(tx, pointer, calendar);
    for (size_t i = 0; i < calendar->n_classes; i++) {
        const char *at = arena_printf(tx_arena(tx), "%s/classes/%zu", pointer, i);

        check_word(tx, at, "class", calendar->classes[i]->class_, DAY_CLASSES);
        if (calendar->classes[i]->weight > WEIGHT_MAX)
            tx_problem(tx, place(tx, at, "weight"), "bad_weight", "a weight is 0 to %d", WEIGHT_MAX);
        any = any || calendar->classes[i]->weight;
        weekday = weekday || strcmp(calendar->classes[i]->class_, "working") == 0;
        weekend = weekend || strcmp(calendar->classes[i]->class_, "weekend") == 0;
    }
    if (!weekday || !weekend)
        tx_problem(tx, place(tx, pointer, "classes"), "missing_weight",
                   "classes working and weekend must both have a weight (0 is allowed)");
    else if (!any)
        tx_problem(tx, place(tx, pointer, "classes"), "no_weight", "no class of day has a weight above 0");
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
    if (old && strcmp(old->calendar, period->calendar) != 0) {
        struct version_row works, in_force;

        if (version_store_current(tx, old->id, &works, &in_force, err) != 0)
            return -1;
        if (in_force.version)
            tx_problem(tx, place(tx, pointer, "calendar"), "plan_published",
                       "period \"%s\" has a published plan, which goes by calendar \"%s\"; change that calendar, and"
                       " move the plan to it with its reason (rephase)",
                       period->code, old->calendar);
    }
    if (old && (strcmp(old->from, period->from) != 0 || strcmp(old->until, period->until) != 0))
        tx_problem(tx, pointer, "period_opened", "period \"%s\" is opened with %s to %s; its days cannot change",
                   period->code, old->from, old->until);
    return 0;
}

static const struct documents_kind CALENDAR = { "calendar", &bihuan__calendar__descriptor, check_calendar };
static const struct documents_kind PERIOD = { "period", &bihuan__period__descriptor, check_period };

/* Before it changes: the version that is there, and plans that go by it. */
static int keep_what_is(struct tx *tx, const char *code, struct err *err)
{
    ProtobufCMessage *existing = NULL;

    if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, code, &existing, err) != 0)
        return -1;
    if (!existing)
        return 0;
    return calendar_store_keep(tx, (const Bihuan__Calendar *)existing, err) != 0 ? -1
                                                                                 : baseline_fix_unsaid(tx, code, err);
}

int on_list_calendar_versions(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCalendarVersionsRequest *request = message;
    Bihuan__ListCalendarVersionsReply reply = BIHUAN__LIST_CALENDAR_VERSIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page), before;

    if (read_cursor(request->page, &before, 1, err) != 0 ||
        calendar_store_list(tx, request->code, before, limit + 1, &reply.items, &reply.n_items, err) != 0)
        return -1;
    if (reply.n_items > limit) {
        reply.n_items = limit;
        reply.next = make_cursor(tx, &reply.items[limit - 1]->version, 1);
    }
    return tx_reply(tx, &reply.base, err);
}

int on_apply_calendars(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCalendarsRequest *request = message;
    struct documents_result result;

    for (size_t i = 0; !request->dry_run && i < request->n_items; i++)
        if (keep_what_is(tx, request->items[i]->code, err) != 0)
            return -1;
    if (documents_apply(tx, &CALENDAR, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    for (size_t i = 0; !request->dry_run && i < result.changed_count; i++) {
        Bihuan__CalendarPublished event = BIHUAN__CALENDAR_PUBLISHED__INIT;

        event.calendar = (Bihuan__Calendar *)result.changed[i];
        if (calendar_store_keep(tx, event.calendar, err) != 0 ||
            tx_publish(tx, 0, MSG(CALENDAR_PUBLISHED), event.calendar->code, &event.base, err) != 0)
            return -1;
    }
    return catalog_finish(tx, request->dry_run, &result, err);
}

int on_apply_periods(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyPeriodsRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &PERIOD, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        catalog_publish(tx, MSG(PERIODS_OPENED), &bihuan__periods_opened__descriptor, &result, err) != 0)
        return -1;
    return catalog_finish(tx, request->dry_run, &result, err);
}
