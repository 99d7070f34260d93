/* distinct_check: see distinct_check.h. */
#include "feedback/measures/distinct_check.h"

#include "feedback/measures/distinct_store.h"

#include <string.h>

void distinct_check_add(struct distinct_check *check, const struct order_line *live, struct arena *arena)
{
    struct distinct_line *groups;
    size_t count;

    if (!live || !reference_has_distinct(check->reference))
        return;
    count = distinct_groups(check->reference, live, arena, &groups, NULL);
    if (check->wanted_count + count > check->wanted_cap) {
        struct distinct_line *more;

        check->wanted_cap = (check->wanted_count + count) * 2;
        more = arena_array(arena, struct distinct_line, check->wanted_cap);
        if (check->wanted_count)
            memcpy(more, check->wanted, check->wanted_count * sizeof *more);
        check->wanted = more;
    }
    if (count)
        memcpy(check->wanted + check->wanted_count, groups, count * sizeof *groups);
    check->wanted_count += count;
}

static void differs(struct distinct_check *check, const struct distinct_line *at, const char *how)
{
    if (check->difference_count < DISTINCT_CHECK_SHOWN)
        check->differences[check->difference_count++] = arena_printf(
            tx_arena(check->tx), "record %s, measure %s: %s", at->record_key,
            reference_measure_code(check->reference, at->measure), how);
}

static void compare(struct distinct_check *check, const struct distinct_line *kept, size_t kept_count)
{
    size_t k = 0, w = 0;

    for (;;) {
        const struct distinct_line *old = k < kept_count ? &kept[k] : NULL;
        const struct distinct_line *now = w < check->wanted_count ? &check->wanted[w] : NULL;
        int order = old && now ? distinct_compare_places(old, now) : 0;

        if (!old && !now)
            break;
        if (old && (!now || order < 0)) {
            differs(check, old, "a line is kept that doesn't hold");
            k++;
        } else if (now && (!old || order > 0)) {
            differs(check, now, "a line that holds isn't kept");
            w++;
        } else {
            if (!distinct_equal(old, now))
                differs(check, now, "the line is kept otherwise than the fact says");
            k++;
            w++;
        }
    }
}

int distinct_check_piece(struct distinct_check *check, const struct record_walk *from, const struct record_walk *now,
                         struct arena *arena, struct err *err)
{
    struct distinct_line *kept;
    size_t kept_count;

    if (!reference_has_distinct(check->reference))
        return 0;
    if (distinct_store_range(check->tx, now->bucket, from->sender, from->key, now->sender, now->ended ? NULL : now->key,
                             arena, &kept, &kept_count, err) != 0)
        return -1;
    compare(check, kept, kept_count);
    check->wanted = NULL;
    check->wanted_count = check->wanted_cap = 0;
    return 0;
}
