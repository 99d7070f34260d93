/* watermark: see watermark.h. */
#include "feedback/feeds/watermark.h"

#include "feedback/conditions/parts.h"
#include "feedback/control/control_store.h"
#include "feedback/feeds/claim_store.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/files/end_marks.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <string.h>

#define MISSING_US (3 * US_PER_DAY) /* a file that is missing longer is lost, not late */

static bool date_of_name(const struct mapping *mapping, const char *name, int32_t *day)
{
    struct pattern_match match;

    if (mapping->watermark != WATERMARK_FILE_DATE || !mapping->has_pattern ||
        pattern_match(&mapping->pattern, name, &mapping->zone, &match, NULL) != 0 || !match.has_date)
        return false;
    *day = match.moment.day;
    return true;
}

int watermark_check_name(const struct mapping *mapping, const char *name, int64_t now, struct err *err)
{
    int32_t day, today = zone_day(&mapping->zone, now);
    char date[DATE_TEXT_MAX], clock[DATE_TEXT_MAX];

    if (!date_of_name(mapping, name, &day) || day <= today)
        return 0;
    date_print(date, day);
    date_print(clock, today);
    return err_fail(err, ERR_INVALID, "date_in_future",
                    "file \"%s\" is dated %s, and today is %s by the business clock: deliver it again on its day, or"
                    " under the right name, or mend the setting clock",
                    name, date, clock);
}

bool watermark_of_file(const struct mapping *mapping, const char *name, bool has_event, int64_t last_event, int64_t now,
                       int64_t *through)
{
    int32_t day, today = zone_day(&mapping->zone, now);

    switch (mapping->watermark) {
    case WATERMARK_FILE_DATE:
        if (!date_of_name(mapping, name, &day))
            return false;
        *through = zone_midnight_us(&mapping->zone, (day < today ? day : today) + 1);
        return true;
    case WATERMARK_LAST_EVENT:
        *through = last_event < now ? last_event + 1 : now;
        return has_event;
    default:
        return false;
    }
}

static int publish_mark(struct tx *tx, const struct feed_mark *mark, struct err *err)
{
    Bihuan__WatermarkMoved moved = BIHUAN__WATERMARK_MOVED__INIT;
    const char *fact;

    if (feed_store_sender(tx, mark->feed_id, &moved.sender, &fact, err) != 0)
        return -1;
    moved.fact = (char *)(uintptr_t)fact;
    moved.feed_id = mark->feed_id;
    moved.feed = (char *)(uintptr_t)mark->code;
    moved.through = mark->through;
    moved.silent = mark->silent;
    moved.seq = conditions_heads(tx, &moved.n_seq);
    return tx_publish(tx, 0, MSG(WATERMARK_MOVED), mark->code, &moved.base, err);
}

int watermark_announce(struct tx *tx, const Bihuan__Feed *feed, struct err *err)
{
    struct feed_mark mark = { .feed_id = feed->id, .code = feed->code };

    return strcmp(feed->watermark, "none") == 0 ? 0 : publish_mark(tx, &mark, err);
}

static int publish_silence(struct tx *tx, const struct feed_mark *mark, struct err *err)
{
    Bihuan__FeedSilent silent = BIHUAN__FEED_SILENT__INIT;

    log_info(mark->silent ? "feed_silent" : "feed_speaks", "feed=%s", mark->code);
    silent.feed_id = mark->feed_id;
    silent.feed = (char *)(uintptr_t)mark->code;
    silent.through = mark->through;
    silent.silent = mark->silent;
    return tx_publish(tx, 0, MSG(FEED_SILENT), mark->code, &silent.base, err);
}

/* Before the watermark itself, so that a reader who judges the day knows whether to believe it. */
static int tell_condition(struct tx *tx, const struct mapping *mapping, const struct feed_mark *mark,
                          const struct mark_before *before, struct err *err)
{
    struct part whole;
    bool found;

    if (part_store_get(tx, mapping->feed_id, 0, &found, &whole, err) != 0)
        return -1;
    if (!found)
        whole = (struct part) { .feed_id = mapping->feed_id, .since = tx_now(tx), .day = PART_NO_DAY };
    whole.has_mark = mark->has_mark;
    whole.through = mark->through;
    whole.spoke_at = mark->spoke_at;
    return conditions_moved(tx, mapping, &whole, before, err);
}

/* The feed spoke, and says (where `says`) that it is complete to `through`. */
static int take_word(struct tx *tx, const struct mapping *mapping, struct feed_mark *mark, bool says, int64_t through,
                     struct err *err)
{
    const struct mark_before before = { mark->has_mark, mark->through, mark->spoke_at };
    bool was_silent = mark->silent;

    if (says && before.has_mark && through <= before.through)
        return 0;
    if (says) {
        mark->has_mark = true;
        mark->through = through;
    }
    mark->spoke_at = tx_now(tx);
    mark->silent = false;
    if (feed_store_set_mark(tx, mark, err) != 0 || (was_silent && publish_silence(tx, mark, err) != 0))
        return -1;
    if ((was_silent || !before.has_mark ||
         zone_day(&mapping->zone, before.through) != zone_day(&mapping->zone, mark->through)) &&
        tell_condition(tx, mapping, mark, &before, err) != 0)
        return -1;
    return says || was_silent ? publish_mark(tx, mark, err) : 0;
}

/* The whole is as complete as the least of its parts that aren't silent. */
static int take_least(struct tx *tx, const struct mapping *mapping, struct feed_mark *mark, int64_t through,
                      struct err *err)
{
    bool any, has;
    int64_t least;

    if (parts_least(tx, mapping, &any, &has, &least, err) != 0)
        return -1;
    if (any && !has)
        return 0;
    return take_word(tx, mapping, mark, true, any ? least : through, err);
}

/* unit: whose part spoke; 0 all. */
static int take_word_of(struct tx *tx, const struct mapping *mapping, struct feed_mark *mark, uint32_t unit,
                        int64_t through, struct err *err)
{
    int64_t ignored;

    if (!mapping->cities.by)
        return take_word(tx, mapping, mark, true, through, err);
    if (unit ? parts_say(tx, mapping, unit, through, &ignored, err) != 0
             : parts_say_all(tx, mapping, through, err) != 0)
        return -1;
    return take_least(tx, mapping, mark, through, err);
}

/* Where rows tell whose they are, each city's latest event tells how far it has come. */
static int take_events(struct tx *tx, const struct mapping *mapping, struct feed_mark *mark, int64_t through,
                       struct err *err)
{
    return parts_say_events(tx, mapping, err) != 0 ? -1 : take_least(tx, mapping, mark, through, err);
}

/* Believes *through up to the day that waits; what is beyond it is kept. */
static int hold_back(struct tx *tx, const struct mapping *mapping, uint32_t unit, int32_t hold_day, int64_t *through,
                     struct err *err)
{
    const struct claim claim = { mapping->feed_id, unit, *through };
    int64_t limit = hold_day == HOLD_NONE ? INT64_MAX : zone_midnight_us(&mapping->zone, hold_day);

    if (*through <= limit)
        return 0;
    *through = limit;
    return claim_store_put(tx, &claim, err);
}

int watermark_after_file(struct tx *tx, const struct mapping *mapping, const struct file_row *file,
                         const struct feed_mark *known, int32_t hold_day, struct err *err)
{
    struct feed_mark mark;
    int64_t through = 0;
    bool says = watermark_of_file(mapping, file->name, file->has_event, file->last_event, tx_now(tx), &through);

    if (mapping->watermark == WATERMARK_CONTROL) {
        if (control_store_through(tx, file->id, &says, &through, err) != 0)
            return -1;
        through = through < tx_now(tx) ? through : tx_now(tx);
    }
    if (!says && mapping->watermark != WATERMARK_NONE)
        return 0;
    if (says && hold_back(tx, mapping, file->city, hold_day, &through, err) != 0)
        return -1;
    if (known)
        mark = *known;
    else if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    if (!says)
        return take_word(tx, mapping, &mark, false, 0, err);
    if (mapping->cities.by == CITIES_BY_UNIT && mapping->watermark == WATERMARK_LAST_EVENT)
        return take_events(tx, mapping, &mark, through, err);
    return take_word_of(tx, mapping, &mark, file->city, through, err);
}

/* --- other ways to say so ------------------------------------------------------------------------------------------
 */

int watermark_say(struct tx *tx, const struct mapping *mapping, uint32_t unit, int64_t through, int64_t *now_through,
                  struct err *err)
{
    struct feed_mark mark;
    struct part part;
    bool found;

    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0 ||
        take_word_of(tx, mapping, &mark, unit, through, err) != 0)
        return -1;
    *now_through = mark.through;
    if (!unit)
        return 0;
    if (part_store_get(tx, mapping->feed_id, unit, &found, &part, err) != 0)
        return -1;
    *now_through = found ? part.through : 0;
    return 0;
}

/* From the day after the mark on; a feed that never said anything begins with its first file's day. */
static int first_open_day(struct tx *tx, const struct mapping *mapping, uint32_t city, bool has_mark, int64_t through,
                          bool *has, int32_t *day, struct err *err)
{
    *has = has_mark;
    if (!has_mark)
        return control_store_first_day(tx, mapping->feed_id, city, has, day, err);
    *day = zone_day(&mapping->zone, through);
    return 0;
}

/* *moved: to behind `*open`, days all of which have come. */
static int open_day(struct tx *tx, const struct mapping *mapping, uint32_t city, bool has_mark, int64_t through,
                    bool *moved, int32_t *open, struct err *err)
{
    int32_t today = zone_day(&mapping->zone, tx_now(tx)), first, *days;
    size_t count;
    bool has;

    *moved = false;
    if (first_open_day(tx, mapping, city, has_mark, through, &has, &first, err) != 0)
        return -1;
    if (!has || first > today)
        return 0;
    if (control_store_done_days(tx, mapping->feed_id, city, first, &days, &count, err) != 0)
        return -1;
    *open = calendar_complete(&mapping->calendar, first, today + 1, days, count);
    *moved = *open > first;
    return 0;
}

int watermark_by_calendar(struct tx *tx, const struct mapping *mapping, const struct part *part, struct err *err)
{
    struct feed_mark mark;
    bool moved;
    int32_t open = 0;

    if (open_day(tx, mapping, part->unit, part->has_mark, part->through, &moved, &open, err) != 0)
        return -1;
    if (!moved)
        return 0;
    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    return take_word_of(tx, mapping, &mark, part->unit, zone_midnight_us(&mapping->zone, open), err);
}

/* What files said while earlier ones waited, as far as these have come by now. A file that is refused, or that was
 * loaded before, frees what waited for it as well. */
static int believe(struct tx *tx, const struct snapshot *snapshot, const struct claim *claim, struct err *err)
{
    const struct mapping *mapping = snapshot_feed_by_id(snapshot, claim->feed_id);
    struct feed_mark mark;
    int64_t limit;
    int32_t day;

    if (!mapping || !holds_apply(mapping)) /* or its files' names say nothing any more: so it is what nobody says */
        return claim_store_drop(tx, claim, err);
    day = holds_first(tx_runtime(tx), mapping, snapshot->reference, claim->unit, "");
    limit = day == HOLD_NONE ? INT64_MAX : zone_midnight_us(&mapping->zone, day);
    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0 ||
        take_word_of(tx, mapping, &mark, claim->unit, claim->through < limit ? claim->through : limit, err) != 0)
        return -1;
    return claim->through <= limit ? claim_store_drop(tx, claim, err) : 0;
}

static int believe_claims(struct tx *tx, const struct snapshot *snapshot, struct err *err)
{
    struct claim *claims;
    size_t count;

    if (claim_store_list(tx, &claims, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (believe(tx, snapshot, &claims[i], err) != 0)
            return -1;
    return 0;
}

/* --- silence -------------------------------------------------------------------------------------------------------
 */

/* Silence is counted from the watermark, in business time, so that a history loaded in one go shows which feed ended
 * long ago. While files wait the feed is not silent, only slow. */
static bool is_quiet(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping,
                     const struct part *part)
{
    int64_t allowed = conditions_allowed(mapping), since = part->has_mark ? part->through : part->spoke_at;

    return allowed && tx_now(tx) - since >= allowed &&
           !end_marks_data_waits(tx_runtime(tx), mapping, snapshot->reference, part->unit,
                                 zone_day(&mapping->zone, tx_now(tx)));
}

static int judge_whole(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping, struct part *part,
                       struct err *err)
{
    struct feed_mark mark;
    bool fell;

    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    part->has_mark = mark.has_mark; /* a part that has just fallen silent no longer holds it up */
    part->through = mark.through;
    part->spoke_at = mark.spoke_at;
    fell = !mark.silent && is_quiet(tx, snapshot, mapping, part);
    mark.silent = mark.silent || fell;
    if (fell && (feed_store_set_mark(tx, &mark, err) != 0 || publish_silence(tx, &mark, err) != 0))
        return -1;
    if (conditions_judge(tx, mapping, part, mark.silent, err) != 0)
        return -1;
    return fell ? publish_mark(tx, &mark, err) : 0;
}

/* A part that falls silent no longer holds up the others. */
static int judge_part(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping, struct part *part,
                      struct err *err)
{
    const struct ref_unit *unit = reference_unit(snapshot->reference, part->unit);
    bool was_silent = part->condition == CONDITION(SILENT), silent;
    struct feed_mark mark;

    if (!mapping->cities.by || !unit || unit->closed_day <= zone_day(&mapping->zone, tx_now(tx)))
        return conditions_drop(tx, mapping, part, err);
    silent = was_silent || is_quiet(tx, snapshot, mapping, part);
    if (conditions_judge(tx, mapping, part, silent, err) != 0)
        return -1;
    if (!silent || was_silent)
        return 0;
    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    return take_least(tx, mapping, &mark, mark.through, err);
}

int watermark_judge(struct tx *tx, const void *message, struct err *err)
{
    const struct snapshot *snapshot;
    struct part *parts;
    size_t count;

    (void)message;
    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    if (believe_claims(tx, snapshot, err) != 0 || part_store_note_missing(tx, tx_now(tx) - MISSING_US, err) != 0 ||
        part_store_list(tx, 0, &parts, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < snapshot->mapping_count; i++) /* a unit may have come after its feed */
        if (parts_begin(tx, snapshot->mappings[i].feed_id, snapshot->mappings[i].feed->cities, parts, count,
                        snapshot->reference, err) != 0)
            return -1;
    for (size_t i = count; i-- > 0;) { /* a whole after its parts */
        const struct mapping *mapping = snapshot_feed_by_id(snapshot, parts[i].feed_id);

        if (mapping && (parts[i].unit ? judge_part(tx, snapshot, mapping, &parts[i], err)
                                      : judge_whole(tx, snapshot, mapping, &parts[i], err)) != 0)
            return -1;
    }
    return 0;
}
