/* watermark: see watermark.h. */
#include "feedback/feeds/watermark.h"

#include "feedback/control/control_store.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/files/inbox.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <inttypes.h>
#include <string.h>

#define HOUR (3600 * SECOND)

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
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));

    moved.feed_id = mark->feed_id;
    moved.feed = (char *)(uintptr_t)mark->code;
    moved.through = mark->through;
    moved.silent = mark->silent;
    moved.n_seq = buckets;
    moved.seq = arena_array(tx_arena(tx), uint64_t, buckets);
    for (uint16_t b = 0; b < buckets; b++)
        moved.seq[b] = tx_head(tx, b);
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

/* The feed spoke, and says (where `says`) that it is complete to `through`. */
static int take_word(struct tx *tx, struct feed_mark *mark, bool says, int64_t through, struct err *err)
{
    bool was_silent = mark->silent;

    if (says && mark->has_mark && through <= mark->through)
        return 0;
    if (says) {
        mark->has_mark = true;
        mark->through = through;
    }
    mark->spoke_at = tx_now(tx);
    mark->silent = false;
    if (feed_store_set_mark(tx, mark, err) != 0 || (was_silent && publish_silence(tx, mark, err) != 0))
        return -1;
    return says || was_silent ? publish_mark(tx, mark, err) : 0;
}

int watermark_after_file(struct tx *tx, const struct mapping *mapping, const struct file_row *file,
                         const struct feed_mark *known, struct err *err)
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
    if (known)
        mark = *known;
    else if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    return take_word(tx, &mark, says, through, err);
}

/* --- other ways to say so ------------------------------------------------------------------------------------------
 */

int watermark_say(struct tx *tx, const struct mapping *mapping, int64_t through, int64_t *now_through, struct err *err)
{
    struct feed_mark mark;

    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0 || take_word(tx, &mark, true, through, err) != 0)
        return -1;
    *now_through = mark.through;
    return 0;
}

/* From the day after the mark on; a feed that never said anything begins with its first file's day. */
static int first_open_day(struct tx *tx, const struct mapping *mapping, const struct feed_mark *mark, bool *has,
                          int32_t *day, struct err *err)
{
    *has = mark->has_mark;
    if (!mark->has_mark)
        return control_store_first_day(tx, mapping->feed_id, has, day, err);
    *day = zone_day(&mapping->zone, mark->through);
    return 0;
}

int watermark_by_calendar(struct tx *tx, const struct mapping *mapping, struct err *err)
{
    int32_t today = zone_day(&mapping->zone, tx_now(tx)), first, open, *days;
    struct feed_mark mark;
    size_t count;
    bool has;

    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0 ||
        first_open_day(tx, mapping, &mark, &has, &first, err) != 0)
        return -1;
    if (!has || first > today)
        return 0;
    if (control_store_done_days(tx, mapping->feed_id, first, &days, &count, err) != 0)
        return -1;
    open = calendar_complete(&mapping->calendar, first, today + 1, days, count);
    return open > first ? take_word(tx, &mark, true, zone_midnight_us(&mapping->zone, open), err) : 0;
}

/* --- silence -------------------------------------------------------------------------------------------------------
 */

/* Silence is counted from the watermark, in business time, so that a history loaded in one go shows which feed ended
 * long ago. While files wait the feed is not silent, only slow. */
static bool is_quiet(struct tx *tx, const struct feed_mark *mark, int64_t allowed)
{
    int64_t since = mark->has_mark ? mark->through : mark->spoke_at;

    return tx_now(tx) - since >= allowed && !inbox_waiting(tx_runtime(tx), mark->code);
}

static int judge(struct tx *tx, const struct mapping *mapping, struct err *err)
{
    struct feed_mark mark;
    int64_t allowed = (int64_t)mapping->feed->silent_after_hours * HOUR;

    if (!allowed)
        return 0;
    if (feed_store_mark(tx, mapping->feed_id, &mark, err) != 0)
        return -1;
    if (mark.silent || !is_quiet(tx, &mark, allowed))
        return 0;
    mark.silent = true;
    if (feed_store_set_mark(tx, &mark, err) != 0 || publish_silence(tx, &mark, err) != 0)
        return -1;
    return publish_mark(tx, &mark, err);
}

int watermark_judge_silent(struct tx *tx, const void *message, struct err *err)
{
    const struct snapshot *snapshot;

    (void)message;
    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    for (size_t i = 0; i < snapshot->mapping_count; i++)
        if (judge(tx, &snapshot->mappings[i], err) != 0)
            return -1;
    return 0;
}
