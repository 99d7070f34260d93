/* level_check: see level_check.h. */
#include "feedback/levels/level_check.h"

#include "feedback/levels/level_store.h"

#include <string.h>

void level_check_add(struct level_check *check, const struct order_line *live, struct arena *arena)
{
    struct level_line line;

    if (!live || !fact_kind_is_level(fact_kind_of_sender(live->sender)) || !level_line_of(live, arena, &line))
        return;
    if (check->wanted_count == check->wanted_cap) {
        struct level_line *more;

        check->wanted_cap = check->wanted_cap ? check->wanted_cap * 2 : 64;
        more = arena_array(arena, struct level_line, check->wanted_cap);
        if (check->wanted_count)
            memcpy(more, check->wanted, check->wanted_count * sizeof *more);
        check->wanted = more;
    }
    check->wanted[check->wanted_count++] = line;
}

static void differs(struct level_check *check, const struct level_line *line, const char *what)
{
    if (check->difference_count < LEVEL_CHECK_SHOWN)
        check->differences[check->difference_count++] = (char *)(uintptr_t)arena_printf(
            tx_arena(check->tx), "level: sender %d, record %s: %s", line->sender, line->record_key, what);
}

/* A reading as the facts say it, beside the one that is kept for it. */
static void check_told(struct level_check *check, const struct level_line *now, const struct level_line *kept,
                       int32_t next_day, struct arena *arena)
{
    struct level_change *told, *difference;
    size_t count = level_tell(check->reference, now, next_day, arena, &told);

    if (!level_equal(kept, now))
        differs(check, now, "the reading is kept otherwise than the fact says");
    else if (level_difference(kept->told, kept->told_count, told, count, arena, &difference))
        differs(check, now, "what was told for the reading isn't what holds");
    for (size_t i = 0; i < count; i++)
        check->each(check->arg, now, &told[i]);
}

static void compare(struct level_check *check, const struct level_line *kept, const int32_t *next_days, size_t count,
                    struct arena *arena)
{
    size_t k = 0, w = 0;

    for (;;) {
        const struct level_line *old = k < count ? &kept[k] : NULL;
        const struct level_line *now = w < check->wanted_count ? &check->wanted[w] : NULL;
        int order = old && now ? level_compare_places(old, now) : 0;

        if (!old && !now)
            break;
        if (old && (!now || order < 0)) {
            differs(check, old, "a reading is kept that doesn't hold");
            k++;
        } else if (now && (!old || order > 0)) {
            differs(check, now, "a reading that holds isn't kept");
            w++;
        } else {
            check_told(check, now, old, next_days[k], arena);
            k++;
            w++;
        }
    }
}

int level_check_piece(struct level_check *check, const struct record_walk *from, const struct record_walk *now,
                      struct arena *arena, struct err *err)
{
    struct level_line *kept;
    int32_t *next_days;
    size_t count;

    if (level_store_range(check->tx, now->bucket, from->sender, from->key, now->sender, now->ended ? NULL : now->key,
                          arena, &kept, &next_days, &count, err) != 0)
        return -1;
    compare(check, kept, next_days, count, arena);
    check->wanted = NULL;
    check->wanted_count = check->wanted_cap = 0;
    return 0;
}
