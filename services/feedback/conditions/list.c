/* list: how feeds and their cities stand, for people. On reader threads. */
#include "feedback/conditions/conditions.h"
#include "feedback/files/file_store.h"
#include "feedback/files/holds.h"
#include "feedback/state.h"

#include "bihuan/feedback.pb-c.h"
#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_DEFAULT 100
#define PAGE_MAX     500

/* Why a file waits that holds up its feed, and what to do about it. */
static int put_remedy(struct tx *tx, Bihuan__FeedConditionState *out, const char *day, struct err *err)
{
    const struct file_filter filter = { .feed = out->feed, .name = out->held_by, .state = "", .limit = 1 };
    struct file_row *file;
    size_t count;

    if (file_store_list(tx, &filter, &file, &count, err) != 0)
        return -1;
    if (!count || !*file->error) {
        out->remedy = arena_printf(tx_arena(tx),
                                   "\"%s\" of %s lies in the inbox and isn't read yet: is it still written to? If it"
                                   " should not come, take it away",
                                   out->held_by, day);
        return 0;
    }
    out->held_by_id = file->id;
    out->remedy = arena_printf(tx_arena(tx),
                               "\"%s\" of %s waits: %s. Bring what it waits for; or read it as it is: bihuan feed file"
                               " %" PRIu64 " --release --reason ...; or give it up: --write-off",
                               out->held_by, day, file->error, file->id);
    return 0;
}

static int put_hold(struct tx *tx, Bihuan__FeedConditionState *out, struct err *err)
{
    struct snapshot *snapshot = state_shown(runtime_state(tx_runtime(tx)));
    const struct mapping *mapping = snapshot ? snapshot_feed(snapshot, out->feed) : NULL;
    char name[256], day[DATE_TEXT_MAX];
    uint32_t city = 0;
    int32_t at;
    int rc = 0;

    if (mapping && *out->unit)
        city = reference_unit_id(snapshot->reference, out->unit, (uint32_t)strlen(out->unit));
    if (mapping && holds_file(tx_runtime(tx), mapping, snapshot->reference, city, &at, name)) {
        date_print(day, at);
        out->held_by = arena_strdup(tx_arena(tx), name);
        rc = put_remedy(tx, out, day, err);
    }
    snapshot_drop(&snapshot);
    return rc;
}

static Bihuan__FeedConditionState *show(struct tx *tx, const struct db_rows *rows, int i)
{
    struct arena *arena = tx_arena(tx);
    Bihuan__FeedConditionState *out = arena_new(arena, Bihuan__FeedConditionState);
    size_t len;
    const uint8_t *body = db_bytes(rows, i, 1, &len);
    const Bihuan__Feed *feed = bihuan__feed__unpack(&arena->allocator, len, body);
    char day[DATE_TEXT_MAX];

    bihuan__feed_condition_state__init(out);
    out->feed = arena_strdup(arena, db_text(rows, i, 0));
    out->fact = feed ? feed->fact : out->fact;
    out->unit = arena_strdup(arena, db_text(rows, i, 2));
    out->condition = (char *)(uintptr_t)condition_word((condition_kind)db_i16(rows, i, 3));
    out->since = db_time(rows, i, 4);
    out->through = db_is_null(rows, i, 5) ? 0 : db_time(rows, i, 5);
    if (!db_is_null(rows, i, 6)) {
        date_print(day, db_date(rows, i, 6));
        out->day = arena_strdup(arena, day);
    }
    out->day_class = arena_strdup(arena, db_text(rows, i, 7));
    out->volume = (uint64_t)db_i64(rows, i, 8);
    out->expected = (uint64_t)db_i64(rows, i, 9);
    out->usual_age = db_i64(rows, i, 10);
    return out;
}

/* "feed/unit" of the last one shown; neither code has a slash. */
static void read_cursor(struct tx *tx, const Bihuan__Page *page, struct part_filter *filter)
{
    char *text = arena_strdup(tx_arena(tx), page ? page->cursor : ""), *slash = strchr(text, '/');

    filter->after_feed = text;
    filter->after_unit = slash ? slash + 1 : "";
    if (slash)
        *slash = 0;
}

int on_list_feed_conditions(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListFeedConditionsRequest *request = message;
    Bihuan__ListFeedConditionsReply reply = BIHUAN__LIST_FEED_CONDITIONS_REPLY__INIT;
    uint32_t limit = request->page && request->page->limit ? request->page->limit : PAGE_DEFAULT;
    struct part_filter filter = { .feed = request->feed,
                                  .unit = request->unit,
                                  .condition = condition_parse(request->condition) };
    struct db_rows rows;
    int rc = 0;

    if (request->condition[0] && !filter.condition)
        tx_problem(tx, "/condition", "unknown_condition", "condition \"%.20s\" is none of live, late, suspect, silent",
                   request->condition);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    limit = limit < PAGE_MAX ? limit : PAGE_MAX;
    filter.limit = limit + 1;
    read_cursor(tx, request->page, &filter);
    if (part_store_show(tx, &filter, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__FeedConditionState *, (size_t)rows.count + 1);
    for (int i = 0; i < rows.count && reply.n_items < limit; i++)
        reply.items[reply.n_items++] = show(tx, &rows, i);
    for (size_t i = 0; rc == 0 && i < reply.n_items; i++)
        if (db_bool(&rows, (int)i, 11))
            rc = put_hold(tx, reply.items[i], err);
    if (rows.count > (int)limit)
        reply.next = arena_printf(tx_arena(tx), "%s/%s", reply.items[limit - 1]->feed, reply.items[limit - 1]->unit);
    db_rows_fini(&rows);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
