/* conditions: see conditions.h. */
#include "feedback/conditions/conditions.h"

#include "feedback/state.h"
#include "obs/log.h"
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define AGE_US_MAX                                                                                                     \
    (7 * 24 * HOUR_US) /* an older mark wasn't late but silent: a history that is loaded says nothing                  \
                        */

int64_t conditions_allowed(const struct mapping *mapping)
{
    return (int64_t)mapping->feed->silent_after_hours * HOUR_US;
}

uint64_t *conditions_heads(struct tx *tx, size_t *count)
{
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));
    uint64_t *heads = arena_array(tx_arena(tx), uint64_t, buckets);

    for (uint16_t b = 0; b < buckets; b++)
        heads[b] = tx_head(tx, b);
    *count = buckets;
    return heads;
}

/* --- telling -------------------------------------------------------------------------------------------------------
 */

static const char *unit_code(struct tx *tx, uint32_t unit, struct err *err)
{
    const struct snapshot *snapshot;
    const struct ref_unit *found;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return NULL;
    found = unit ? reference_unit(snapshot->reference, unit) : NULL;
    return found ? found->code : "";
}

static int publish(struct tx *tx, const struct mapping *mapping, const struct part *part, bool gone, struct err *err)
{
    Bihuan__FeedCondition event = BIHUAN__FEED_CONDITION__INIT;
    const char *unit = unit_code(tx, part->unit, err);
    char day[DATE_TEXT_MAX] = "";

    if (!unit)
        return -1;
    if (part->day != PART_NO_DAY)
        date_print(day, part->day);
    event.feed_id = part->feed_id;
    event.feed = mapping->feed->code;
    event.fact = mapping->feed->fact;
    event.unit_id = part->unit;
    event.unit = (char *)(uintptr_t)unit;
    event.condition = part->condition;
    event.since = part->since;
    event.through = part->has_mark ? part->through : 0;
    event.day = day;
    event.day_class = (char *)(uintptr_t)part->day_class;
    event.volume = (uint64_t)part->volume;
    event.expected = (uint64_t)part->expected;
    event.gone = gone;
    event.seq = conditions_heads(tx, &event.n_seq);
    event.usual_age = part->usual_age;
    return tx_publish(tx, 0, MSG(FEED_CONDITION), mapping->feed->code, &event.base, err);
}

/* --- judging -------------------------------------------------------------------------------------------------------
 */

static const char *class_of(const struct part_volume *day)
{
    if (*day->day_class)
        return day->day_class;
    return date_weekday(day->day) <= 5 ? "working" : "weekend";
}

/* Volumes of the days of `day`'s class that the feed is expected on; `day` itself, the last of `days`, isn't one. */
static size_t like(const struct mapping *mapping, const struct part_volume *days, size_t count, int64_t *out)
{
    const char *class = class_of(&days[count - 1]);
    size_t found = 0;

    for (size_t i = 0; i + 1 < count; i++)
        if (strcmp(class_of(&days[i]), class) == 0 &&
            (!mapping->calendar.declared || calendar_expects(&mapping->calendar, days[i].day)))
            out[found++] = days[i].records;
    return found;
}

/* The last day that is complete; no feed knows today before it is over. */
static int32_t last_day(struct tx *tx, const struct mapping *mapping, const struct part *part)
{
    int32_t day, today = zone_day(&mapping->zone, tx_now(tx));

    if (!part->has_mark)
        return PART_NO_DAY;
    day = zone_day(&mapping->zone, part->through);
    return (day < today ? day : today) - 1;
}

/* What the last complete day brought, and what its like did. */
static int read_volume(struct tx *tx, const struct mapping *mapping, struct part *part, struct err *err)
{
    int32_t day = last_day(tx, mapping, part);
    struct part_volume *days;
    int64_t *volumes;
    size_t count;

    part->day = day;
    part->volume = part->expected = 0;
    part->day_class[0] = 0;
    part->dirty = false;
    if (day == PART_NO_DAY)
        return 0;
    if (part_store_volumes(tx, part->feed_id, part->unit, day - VOLUME_DAYS, day, &days, &count, err) != 0)
        return -1;
    if (!count) /* of days before the first record nothing is known */
        return 0;
    part->volume = days[count - 1].records;
    snprintf(part->day_class, sizeof part->day_class, "%.*s", DAY_CLASS_MAX - 1, class_of(&days[count - 1]));
    if (mapping->calendar.declared && !calendar_expects(&mapping->calendar, day))
        return 0;
    volumes = arena_array(tx_arena(tx), int64_t, count);
    part->expected = condition_expected(volumes, like(mapping, days, count, volumes));
    return 0;
}

static int read_age(struct tx *tx, const struct mapping *mapping, struct part *part, struct err *err)
{
    int32_t today = zone_day(&mapping->zone, tx_now(tx));
    int64_t *ages;
    size_t count;

    if (part_store_ages(tx, part->feed_id, part->unit, today - AGE_DAYS, &ages, &count, err) != 0)
        return -1;
    part->usual_age = condition_usual_age(ages, count);
    return 0;
}

static condition_kind kind_of(struct tx *tx, const struct mapping *mapping, const struct part *part, bool silent)
{
    const struct condition_facts facts = { .silent = silent,
                                           .missing = part->missing,
                                           .has_mark = part->has_mark,
                                           .through = part->through,
                                           .now = tx_now(tx),
                                           .usual_age = part->usual_age,
                                           .volume = part->volume,
                                           .expected = part->expected,
                                           .drop_percent = condition_drop_percent(
                                               mapping->feed->suspect_drop_percent) };

    return condition_of(&facts);
}

/* True where that is news. */
static bool take_kind(struct tx *tx, struct part *part, condition_kind kind)
{
    if (kind == part->condition)
        return false;
    part->condition = kind;
    part->since = tx_now(tx);
    return true;
}

static void log_part(const struct mapping *mapping, const struct part *part)
{
    log_info("feed_condition", "feed=%s unit=%u condition=%s volume=%lld expected=%lld", mapping->feed->code,
             part->unit, condition_word(part->condition), (long long)part->volume, (long long)part->expected);
}

/* A feed that catches up moves several times a day: how old its mark had become shows the first time. */
static int note_age(struct tx *tx, const struct mapping *mapping, const struct part *part,
                    const struct mark_before *before, struct err *err)
{
    int64_t age = tx_now(tx) - before->through, allowed = conditions_allowed(mapping);
    int32_t today = zone_day(&mapping->zone, tx_now(tx));

    if (!before->has_mark || age < 0 || age > AGE_US_MAX || (allowed && age >= allowed) ||
        zone_day(&mapping->zone, before->spoke_at) == today)
        return 0;
    return part_store_note_age(tx, part->feed_id, part->unit, today, age, err);
}

int conditions_moved(struct tx *tx, const struct mapping *mapping, struct part *part, const struct mark_before *before,
                     struct err *err)
{
    bool turned = !before->has_mark ||
                  zone_day(&mapping->zone, before->through) != zone_day(&mapping->zone, part->through),
         news;

    if (turned && (note_age(tx, mapping, part, before, err) != 0 || read_age(tx, mapping, part, err) != 0 ||
                   read_volume(tx, mapping, part, err) != 0))
        return -1;
    news = take_kind(tx, part, kind_of(tx, mapping, part, false));
    if (news)
        log_part(mapping, part);
    if (part_store_put(tx, part, err) != 0)
        return -1;
    return news || turned ? publish(tx, mapping, part, false, err) : 0;
}

int conditions_judge(struct tx *tx, const struct mapping *mapping, struct part *part, bool silent, struct err *err)
{
    int64_t volume = part->volume, expected = part->expected;
    bool dirty = part->dirty || part->day != last_day(tx, mapping, part), news;

    if (dirty && (read_age(tx, mapping, part, err) != 0 || read_volume(tx, mapping, part, err) != 0))
        return -1;
    news = take_kind(tx, part, kind_of(tx, mapping, part, silent));
    if (news)
        log_part(mapping, part);
    if (!news && !dirty)
        return 0;
    if (part_store_put(tx, part, err) != 0)
        return -1;
    return news || volume != part->volume || expected != part->expected ? publish(tx, mapping, part, false, err) : 0;
}

int conditions_drop(struct tx *tx, const struct mapping *mapping, const struct part *part, struct err *err)
{
    return publish(tx, mapping, part, true, err) != 0 ? -1 : part_store_drop(tx, part->feed_id, part->unit, err);
}

/* --- calendars -----------------------------------------------------------------------------------------------------
 */

int on_calendar(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CalendarPublished *event = message;
    const Bihuan__Calendar *calendar = event->calendar;
    const char **classes;
    int32_t *days;
    size_t count = 0;

    if (!calendar)
        return 0;
    days = arena_array(tx_arena(tx), int32_t, calendar->n_days + 1);
    classes = arena_array(tx_arena(tx), const char *, calendar->n_days + 1);
    for (size_t i = 0; i < calendar->n_days; i++) {
        const Bihuan__CalendarDay *day = calendar->days[i];

        if (strlen(day->class_) >= DAY_CLASS_MAX || date_parse(day->date, strlen(day->date), &days[count], NULL) != 0)
            continue; /* planning has checked them */
        classes[count++] = day->class_;
    }
    return part_store_put_calendar(tx, calendar->code, days, classes, count, err);
}
