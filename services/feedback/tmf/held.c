/* held: what events have told of resources that are not known yet, and events of types that nobody knows. */
#include "feedback/tmf/listener.h"
#include "feedback/tmf/tmf_store.h"

#include "bihuan/feedback_tmf.pb-c.h"

#include <string.h>

#define PAGE_DEFAULT 100
#define PAGE_MAX     500

/* The cursor is the last row's feed, kind and id, apart by a character that none of them has. */
static void read_cursor(struct tx *tx, const char *cursor, struct tmf_page *page)
{
    char *copy = arena_strdup(tx_arena(tx), cursor), *kind = strchr(copy, '\x1f'), *id;

    page->after_feed = page->after_kind = page->after_id = "";
    if (!kind)
        return;
    *kind++ = 0;
    id = strchr(kind, '\x1f');
    if (!id)
        return;
    *id++ = 0;
    *page = (struct tmf_page) { page->feed, copy, kind, id, page->limit };
}

static Bihuan__HeldResource *held(struct tx *tx, const struct db_rows *rows, int i)
{
    Bihuan__HeldResource *out = arena_new(tx_arena(tx), Bihuan__HeldResource);

    bihuan__held_resource__init(out);
    out->feed = arena_strdup(tx_arena(tx), db_text(rows, i, 0));
    out->kind = arena_strdup(tx_arena(tx), db_text(rows, i, 1));
    out->resource = arena_strdup(tx_arena(tx), db_text(rows, i, 2));
    out->state = arena_strdup(tx_arena(tx), db_text(rows, i, 3));
    out->events = (uint32_t)db_i32(rows, i, 4);
    out->since = db_time(rows, i, 5);
    return out;
}

int on_list_held(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListHeldRequest *request = message;
    Bihuan__ListHeldReply reply = BIHUAN__LIST_HELD_REPLY__INIT;
    uint32_t limit = request->page && request->page->limit ? request->page->limit : PAGE_DEFAULT;
    struct tmf_page page = { .feed = request->feed, .limit = (limit < PAGE_MAX ? limit : PAGE_MAX) + 1 };
    struct db_rows rows;

    read_cursor(tx, request->page ? request->page->cursor : "", &page);
    if (tmf_store_count_held(tx, request->feed, &reply.total, err) != 0 || tmf_store_held(tx, &page, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__HeldResource *, rows.count + 1);
    for (int i = 0; i < rows.count && reply.n_items + 1 < page.limit; i++)
        reply.items[reply.n_items++] = held(tx, &rows, i);
    if (rows.count == (int)page.limit) {
        const Bihuan__HeldResource *last = reply.items[reply.n_items - 1];

        reply.next = arena_printf(tx_arena(tx), "%s\x1f%s\x1f%s", last->feed, last->kind, last->resource);
    }
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}
