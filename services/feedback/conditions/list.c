/* list: how feeds and their cities stand, for people. On reader threads. */
#include "feedback/conditions/conditions.h"

#include "bihuan/feedback.pb-c.h"
#include "text/dates.h"

#include <string.h>

#define PAGE_DEFAULT 100
#define PAGE_MAX     500

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
    if (rows.count > (int)limit)
        reply.next = arena_printf(tx_arena(tx), "%s/%s", reply.items[limit - 1]->feed, reply.items[limit - 1]->unit);
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}
