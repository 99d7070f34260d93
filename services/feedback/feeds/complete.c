/* complete: see complete.h. */
#include "feedback/feeds/complete.h"

#include "feedback/feeds/watermark.h"
#include "feedback/state.h"

#include <string.h>

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A date is complete to its end; a day that goes on, to now. */
static int read_through(struct tx *tx, const struct mapping *mapping, const char *text, int64_t *out, struct err *err)
{
    static const struct time_pattern iso = { .text = "iso8601", .iso = true };
    struct moment moment;

    if (time_parse(text, strlen(text), &iso, &mapping->zone, &moment, err) != 0)
        return -1;
    if (moment.has_time ? moment.us > tx_now(tx) : moment.day > zone_day(&mapping->zone, tx_now(tx)))
        return err_fail(err, ERR_INVALID, "in_future", "\"%.40s\" is yet to come by the business clock: say it then",
                        text);
    *out = earlier(moment.has_time ? moment.us : zone_midnight_us(&mapping->zone, moment.day + 1), tx_now(tx));
    return 0;
}

static int read_unit(struct tx *tx, const struct snapshot *snapshot, const struct mapping *mapping, const char *code,
                     uint32_t *out, struct err *err)
{
    uint32_t id = reference_unit_id(snapshot->reference, code, strlen(code));
    const struct ref_unit *unit = id ? reference_unit(snapshot->reference, id) : NULL;

    *out = id;
    if (!*code)
        return 0;
    if (!mapping->cities.by)
        tx_problem(tx, "/unit", "no_cities",
                   "feed \"%s\" isn't complete by city: leave the unit out, or say cities in"
                   " its manifest",
                   mapping->feed->code);
    else if (!unit || strcmp(unit->type, mapping->cities.type) != 0)
        tx_problem(tx, "/unit", "unknown_unit", "\"%.80s\" is no unit of type %s", code, mapping->cities.type);
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

int on_complete_feed(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CompleteFeedRequest *request = message;
    Bihuan__CompleteFeedReply reply = BIHUAN__COMPLETE_FEED_REPLY__INIT;
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    int64_t through = 0;
    uint32_t unit;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed(snapshot, request->feed);
    if (!mapping)
        return err_fail(err, ERR_NOT_FOUND, "unknown_feed", "there is no feed \"%s\"", request->feed);
    if (mapping->watermark == WATERMARK_NONE)
        return err_fail(err, ERR_CONFLICT, "no_watermark",
                        "feed \"%s\" has watermark none: nobody waits for it; choose told to be waited for",
                        request->feed);
    if (read_unit(tx, snapshot, mapping, request->unit, &unit, err) != 0 ||
        read_through(tx, mapping, request->through, &through, err) != 0 ||
        watermark_say(tx, mapping, unit, through, &reply.through, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

int complete_by_mark(struct tx *tx, const void *message, struct err *err)
{
    const struct end_mark *mark = message;
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    int64_t through;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed_by_id(snapshot, mark->feed_id);
    if (!mapping)
        return 0;
    through = earlier(zone_midnight_us(&mapping->zone, mark->day + 1), tx_now(tx));
    return watermark_say(tx, mapping, mark->city, through, &through, err);
}
