/* judge: looks for files that should have come, by number and by day, and tells when one is missing or came after all.
 */
#include "feedback/control/judge.h"

#include "feedback/control/control_store.h"
#include "feedback/feeds/watermark.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <inttypes.h>

/* said: the word of it for the log. */
static int publish(struct tx *tx, const struct mapping *mapping, uint32_t city, const char *what,
                   const struct held_number *number, bool missing, const char *said, struct err *err)
{
    Bihuan__FileMissing event = BIHUAN__FILE_MISSING__INIT;
    const struct snapshot *snapshot;
    const struct ref_unit *unit;
    char day[DATE_TEXT_MAX] = "";

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    unit = city ? reference_unit(snapshot->reference, city) : NULL;
    if (number->day != NO_DAY)
        date_print(day, number->day);
    log_info(said, "feed=%s unit=%s what=%s day=%s number=%" PRId64, mapping->feed->code, unit ? unit->code : "", what,
             day, number->number);
    event.feed_id = mapping->feed_id;
    event.feed = mapping->feed->code;
    event.what = (char *)(uintptr_t)what;
    event.day = day;
    event.number = (uint64_t)number->number;
    event.missing = missing;
    event.unit = (char *)(uintptr_t)(unit ? unit->code : "");
    return tx_publish(tx, 0, MSG(FILE_MISSING), mapping->feed->code, &event.base, err);
}

/* A gap is open until a file closes it, or it is expected no more: what lies behind the window in which gaps are found
 * stays. *came: those that a file did close. */
static int keep_open(struct tx *tx, const struct mapping *mapping, uint32_t city, const char *what,
                     struct held_number **now, size_t *count, struct held_number **came, size_t *came_count,
                     struct err *err)
{
    struct held_number *open, *gaps, *closing;
    size_t open_count, gap_count, closing_count;

    *came = NULL;
    *came_count = 0;
    if (control_store_open_gaps(tx, mapping->feed_id, city, what, &open, &open_count, err) != 0)
        return -1;
    gap_count = missing_out_of_sight(&mapping->sequence, &mapping->calendar, what, open, open_count, *now, *count,
                                     tx_arena(tx), &gaps);
    if (!gap_count)
        return 0;
    if (control_store_came(tx, mapping->feed_id, city, what, gaps, gap_count, &closing, &closing_count, came,
                           came_count, err) != 0)
        return -1;
    *count = missing_keep(gaps, gap_count, closing, closing_count, tx_arena(tx), now, *count);
    return 0;
}

static int tell(struct tx *tx, const struct mapping *mapping, uint32_t city, const char *what, struct held_number *now,
                size_t count, int64_t delay_us, struct err *err)
{
    struct held_number *opened, *closed, *came;
    size_t opened_count, closed_count, came_count;

    if (keep_open(tx, mapping, city, what, &now, &count, &came, &came_count, err) != 0 ||
        control_store_missing(tx, mapping->feed_id, city, what, now, count, tx_now(tx) - delay_us, &opened,
                              &opened_count, &closed, &closed_count, err) != 0)
        return -1;
    for (size_t i = 0; i < opened_count; i++)
        if (publish(tx, mapping, city, what, &opened[i], true, "file_missing", err) != 0)
            return -1;
    for (size_t i = 0; i < closed_count; i++)
        if (publish(tx, mapping, city, what, &closed[i], false,
                    missing_has(came, came_count, &closed[i]) ? "file_came" : "file_not_expected", err) != 0)
            return -1;
    return 0;
}

static int judge_numbers(struct tx *tx, const struct mapping *mapping, uint32_t city, struct err *err)
{
    struct held_number *held, *now;
    size_t count;

    if (control_store_held(tx, mapping->feed_id, city, mapping->sequence.daily, &held, &count, err) != 0)
        return -1;
    count = missing_numbers(&mapping->sequence, held, count, tx_arena(tx), &now);
    return tell(tx, mapping, city, "sequence", now, count, mapping->sequence.gap_us, err);
}

static int judge_days(struct tx *tx, const struct mapping *mapping, uint32_t city, struct err *err)
{
    struct held_number *held, *now;
    int32_t *days;
    size_t count;

    if (control_store_held_days(tx, mapping->feed_id, city, &held, &count, err) != 0)
        return -1;
    if (!count) /* a feed that never spoke is silent, not late */
        return 0;
    days = arena_array(tx_arena(tx), int32_t, count);
    for (size_t i = 0; i < count; i++)
        days[i] = held[i].day;
    count = missing_days(&mapping->calendar, &mapping->zone, days[0], tx_now(tx), days, count, tx_arena(tx), &now);
    return tell(tx, mapping, city, "day", now, count, 0, err);
}

/* What the feed expects of one city's files, or of all where they are nobody's. */
static int judge_part(struct tx *tx, const struct mapping *mapping, const struct part *part, struct err *err)
{
    if (mapping->sequence.declared && judge_numbers(tx, mapping, part->unit, err) != 0)
        return -1;
    if (mapping->calendar.declared && judge_days(tx, mapping, part->unit, err) != 0)
        return -1;
    return mapping->watermark == WATERMARK_CALENDAR ? watermark_by_calendar(tx, mapping, part, err) : 0;
}

static int judge_feed(struct tx *tx, const struct mapping *mapping, struct err *err)
{
    bool by_name = mapping->cities.by == CITIES_BY_NAME;
    struct part *parts;
    size_t count;

    if (!mapping->sequence.declared && !mapping->calendar.declared)
        return 0;
    if (part_store_list(tx, mapping->feed_id, &parts, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if ((parts[i].unit != 0) == by_name && judge_part(tx, mapping, &parts[i], err) != 0)
            return -1;
    return 0;
}

int judge_missing(struct tx *tx, const void *message, struct err *err)
{
    struct feedback *feedback = runtime_state(tx_runtime(tx));
    int64_t now = clock_monotonic_us();
    const struct snapshot *snapshot;

    (void)message;
    if (now < feedback->missing_due_us)
        return 0;
    feedback->missing_due_us = now + runtime_setting_int(tx_runtime(tx), "missing_ms") * 1000;
    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    for (size_t i = 0; i < snapshot->mapping_count; i++)
        if (judge_feed(tx, &snapshot->mappings[i], err) != 0)
            return -1;
    return 0;
}

int on_list_missing(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListMissingRequest *request = message;
    Bihuan__ListMissingReply reply = BIHUAN__LIST_MISSING_REPLY__INIT;
    struct db_rows rows;

    if (control_store_list_missing(tx, request->feed, MISSING_MAX, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__MissingFile *, rows.count + 1);
    for (int i = 0; i < rows.count; i++) {
        Bihuan__MissingFile *item = arena_new(tx_arena(tx), Bihuan__MissingFile);
        char day[DATE_TEXT_MAX];

        bihuan__missing_file__init(item);
        date_print(day, db_date(&rows, i, 2));
        item->feed = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        item->what = arena_strdup(tx_arena(tx), db_text(&rows, i, 1));
        item->day = arena_strdup(tx_arena(tx), db_date(&rows, i, 2) == NO_FILE_DAY ? "" : day);
        item->number = (uint64_t)db_i64(&rows, i, 3);
        item->since = db_time(&rows, i, 4);
        item->told = !db_is_null(&rows, i, 5);
        item->unit = arena_strdup(tx_arena(tx), db_text(&rows, i, 6));
        reply.items[reply.n_items++] = item;
    }
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}
