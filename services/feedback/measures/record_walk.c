/* record_walk: see record_walk.h. */
#include "feedback/measures/record_walk.h"

#include "feedback/facts/fact_store.h"

#include <stdio.h>
#include <string.h>

static bool same(const struct order_line *a, const struct order_line *b)
{
    return a->sender == b->sender && strcmp(a->key, b->key) == 0;
}

int record_walk_next(struct tx *tx, struct record_walk *walk, uint32_t rows, struct arena *arena, record_walk_fn *fn,
                     void *arg, struct err *err)
{
    struct order_line *lines;
    size_t count;

    if (fact_store_walk(tx, walk->bucket, walk->sender, walk->key, rows, arena, &lines, &count, err) != 0)
        return -1;
    walk->ended = count < rows;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && same(&lines[from], &lines[to]);)
            to++;
        if (to == count && !walk->ended && from > 0)
            break; /* the piece may cut this record: it comes again, whole, with the next one */
        if (fn(arg, &lines[from], to - from, err) != 0)
            return -1;
        walk->sender = lines[from].sender;
        snprintf(walk->key, sizeof walk->key, "%s", lines[from].key);
    }
    return 0;
}
