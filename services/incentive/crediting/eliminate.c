/* eliminate: where an overlay stops counting upwards; see assign.h. */
#include "incentive/crediting/assign.h"

#include "calc/apportion.h"

/* Units of a line upwards, itself first. */
struct line {
    uint32_t units[TREE_DEPTH_MAX + 1];
    size_t count;
};

static struct line line_of(const struct tree *tree, uint32_t unit, int32_t day)
{
    struct line line = { .count = 0 };

    for (; unit != TREE_NONE && line.count <= TREE_DEPTH_MAX; unit = tree_parent(tree, unit, day))
        line.units[line.count++] = unit;
    return line;
}

/* The nearest unit upwards from `unit` that is on the line; 0 none. */
static uint32_t meeting(const struct tree *tree, const struct line *line, uint32_t unit, int32_t day)
{
    for (int depth = 0; unit != TREE_NONE && depth <= TREE_DEPTH_MAX; depth++) {
        for (size_t i = 0; i < line->count; i++)
            if (line->units[i] == unit)
                return unit;
        unit = tree_parent(tree, unit, day);
    }
    return 0;
}

/* --- who shares the contribution ------------------------------------------------------------------------------------
 */

struct members {
    struct apportion_part *parts; /* weight: the part of the contribution, without sign */
    uint32_t *units;
    size_t count;
};

static void add_member(struct members *members, uint32_t unit, int64_t value)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->units[i] == unit) {
            members->parts[i].weight += value;
            return;
        }
    members->units[members->count] = unit;
    members->parts[members->count] = (struct apportion_part) { .id = members->count, .weight = value };
    members->count++;
}

/* In order of the shares; the unit that sold where nothing is shared. All parts have the sign of the contribution. */
static struct members members_of(const struct credit_fact *fact, int64_t value, const struct credit_entry *entries,
                                 size_t count, struct arena *scratch)
{
    struct members out = { arena_array(scratch, struct apportion_part, count + 1),
                           arena_array(scratch, uint32_t, count + 1), 0 };

    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == ENTRY_SHARE)
            add_member(&out, entries[i].unit_id, value < 0 ? -entries[i].value : entries[i].value);
    if (!out.count)
        add_member(&out, fact->unit_id, 1);
    return out;
}

/* --- one overlay -----------------------------------------------------------------------------------------------------
 */

static int eliminate(const struct credit_world *world, const struct credit_fact *fact,
                     const struct credit_entry *overlay, struct members *members, struct arena *scratch,
                     struct credit_entries *out, struct err *err)
{
    const struct tree *tree = refdata_tree(world->refdata);
    struct line line = line_of(tree, overlay->unit_id, fact->counts_day);
    size_t first = out->count;

    if (apportion_split(overlay->value, members->parts, members->count, APPORTION_ZERO_REFUSE, scratch, err) != 0)
        return -1;
    for (size_t i = 0; i < members->count; i++) {
        uint32_t at = meeting(tree, &line, members->units[i], fact->counts_day);
        size_t same = first;

        if (!at || !members->parts[i].share)
            continue;
        while (same < out->count && out->list[same].unit_id != at)
            same++;
        if (same == out->count)
            entries_add(out, (struct credit_entry) { ENTRY_ELIMINATION, overlay->measure, at, overlay->rule_id,
                                                     overlay->rule_version, "", 0 });
        out->list[same].value -= members->parts[i].share;
    }
    return 0;
}

int assign_eliminations(const struct credit_world *world, const struct credit_fact *fact, int64_t value,
                        const struct credit_entry *entries, size_t count, struct credit_entries *out, struct err *err)
{
    struct credit_entry *overlays;
    struct members members;
    struct arena scratch;
    size_t overlay_count = 0;
    int rc = 0;

    for (size_t i = 0; i < count; i++)
        overlay_count += entries[i].kind == ENTRY_OVERLAY;
    if (!overlay_count)
        return 0;
    arena_init(&scratch);
    /* `entries` may be a part of `out`, which moves when it grows */
    overlays = arena_array(&scratch, struct credit_entry, overlay_count);
    overlay_count = 0;
    members = members_of(fact, value, entries, count, &scratch);
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == ENTRY_OVERLAY)
            overlays[overlay_count++] = entries[i];
    for (size_t i = 0; rc == 0 && i < overlay_count; i++)
        rc = eliminate(world, fact, &overlays[i], &members, &scratch, out, err);
    arena_fini(&scratch);
    return rc;
}
