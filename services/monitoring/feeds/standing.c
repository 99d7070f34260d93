/* standing: see standing.h. */
#include "monitoring/feeds/standing.h"

#include <string.h>

/* Records of each unit's subtree: all, those of feeds that are behind, those of suspect ones. */
struct weights {
    const struct monitoring *m;
    const struct clock *clock;
    const char *fact;
    int32_t day;
    uint64_t *all, *behind, *suspect;
    uint32_t limit;
};

static bool is_behind(const struct weights *w, const struct feed_part *part)
{
    bool down = part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SILENT ||
                part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_LATE;

    return down && (!part->through_us || clock_day(w->clock, part->through_us) - 1 < w->day);
}

static bool is_suspect(const struct feed_part *part)
{
    return part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SUSPECT;
}

/* A feed with parts is judged by them; what of it lies in no part by the whole. */
static bool concerns(const struct weights *w, const struct feed_part *part, uint32_t unit)
{
    const struct tree *tree = refdata_tree(w->m->refdata);

    if (part->unit_id)
        return tree_is_under(tree, unit, part->unit_id, w->day);
    for (size_t i = 0; i < w->m->parts.count; i++) {
        const struct feed_part *other = &w->m->parts.items[i];

        if (other->feed_id == part->feed_id && other->unit_id && tree_is_under(tree, unit, other->unit_id, w->day))
            return false;
    }
    return true;
}

static void add_records(void *arg, const char *sender, uint32_t unit, uint64_t records)
{
    const struct weights *w = arg;
    bool known = false, behind = false, suspect = false;

    if (unit >= w->limit)
        return;
    for (size_t i = 0; i < w->m->parts.count; i++) {
        const struct feed_part *part = &w->m->parts.items[i];

        if (strcmp(part->sender, sender) != 0 || strcmp(part->fact, w->fact) != 0)
            continue;
        known = true;
        if ((is_behind(w, part) || is_suspect(part)) && concerns(w, part, unit)) {
            behind = behind || is_behind(w, part);
            suspect = suspect || is_suspect(part);
        }
    }
    if (!known)
        return;
    w->all[unit] += records;
    w->behind[unit] += behind ? records : 0;
    w->suspect[unit] += suspect ? records : 0;
}

/* Children before their parents, so one pass carries everything up. */
static void roll_up(const struct weights *w, struct arena *scratch)
{
    const struct tree *tree = refdata_tree(w->m->refdata);
    uint32_t *order;
    size_t count;

    tree_post_order(tree, w->day, scratch, &order, &count);
    for (size_t i = 0; i < count; i++) {
        uint32_t up = tree_parent(tree, order[i], w->day);

        if (up >= w->limit || order[i] >= w->limit)
            continue; /* TREE_NONE among them */
        w->all[up] += w->all[order[i]];
        w->behind[up] += w->behind[order[i]];
        w->suspect[up] += w->suspect[order[i]];
    }
}

static enum standing standing_of(const struct weights *w, uint32_t unit, bool none_live)
{
    if (!w->all[unit])
        return none_live ? STANDING_FROZEN : STANDING_LIVE;
    if ((unsigned __int128)w->behind[unit] * 1000000 >= (unsigned __int128)w->all[unit] * w->m->limits.frozen_ppm)
        return STANDING_FROZEN;
    return w->behind[unit] || w->suspect[unit] ? STANDING_PROVISIONAL : STANDING_LIVE;
}

bool standing_find(const struct monitoring *m, const struct clock *clock, const char *fact, int32_t day,
                   struct arena *scratch, uint8_t *out, uint32_t limit)
{
    struct weights w = { .m = m, .clock = clock, .fact = fact, .day = day, .limit = limit };
    bool any = false, none_live = true, found = false;

    for (size_t i = 0; i < m->parts.count; i++) {
        const struct feed_part *part = &m->parts.items[i];

        if (strcmp(part->fact, fact) != 0)
            continue;
        any = any || is_behind(&w, part) || is_suspect(part);
        none_live = none_live && is_behind(&w, part);
    }
    if (!any)
        return false;
    w.all = arena_array(scratch, uint64_t, limit);
    w.behind = arena_array(scratch, uint64_t, limit);
    w.suspect = arena_array(scratch, uint64_t, limit);
    coverage_each(m->coverage, add_records, &w);
    roll_up(&w, scratch);
    for (uint32_t u = 1; u < limit; u++) {
        enum standing standing = standing_of(&w, u, none_live);

        if (standing > out[u])
            out[u] = (uint8_t)standing;
        found = found || standing != STANDING_LIVE;
    }
    return found;
}
