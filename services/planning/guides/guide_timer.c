/* guide_timer: guides that units haven't acknowledged in time are published for those who watch, once a version. */
#include "planning/guides/guide_store.h"
#include "planning/guides/guides.h"

#include "planning/cycle/cycle.h"

#define AT_ONCE 100

static int announce(struct tx *tx, const struct guide *guide, struct err *err)
{
    Bihuan__GuideOverdue event = BIHUAN__GUIDE_OVERDUE__INIT;
    struct guide_unit *rows;
    size_t count;

    if (guide_store_units(tx, guide->id, NULL, 0, &rows, &count, err) != 0 ||
        guide_store_announce(tx, guide->id, err) != 0)
        return -1;
    event.code = guide->body->code;
    event.version = guide->body->version;
    event.kind = guide->body->kind;
    event.due = guide->body->due;
    event.addressed = (uint32_t)count;
    event.unit_id = arena_array(tx_arena(tx), uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].at[MARK_ACKNOWLEDGED])
            event.unit_id[event.n_unit_id++] = rows[i].unit_id;
    return event.n_unit_id ? tx_publish(tx, 0, MSG(GUIDE_OVERDUE), event.code, &event.base, err) : 0;
}

int guides_timer(struct tx *tx, const void *message, struct err *err)
{
    struct guide *rows;
    size_t count;

    (void)message;
    if (guide_store_overdue(tx, cycle_today(tx), AT_ONCE, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (announce(tx, &rows[i], err) != 0)
            return -1;
    return 0;
}
