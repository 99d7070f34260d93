/* mark: see mark.h. */
#include "incentive/crediting/mark.h"

#include <stdlib.h>
#include <string.h>

static uint64_t *copy_of(const uint64_t *seq, size_t count)
{
    uint64_t *out = calloc(count ? count : 1, sizeof *out);

    if (!out)
        abort();
    if (count)
        memcpy(out, seq, count * sizeof *out);
    return out;
}

static struct mark *place_for(struct marks *marks, uint32_t feed_id, int64_t through_us)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].feed_id == feed_id && marks->list[i].through_us == through_us) {
            free(marks->list[i].seq);
            return &marks->list[i];
        }
    if (marks->count == marks->cap) {
        marks->cap = marks->cap ? marks->cap * 2 : 16;
        marks->list = realloc(marks->list, marks->cap * sizeof *marks->list);
        if (!marks->list)
            abort();
    }
    return &marks->list[marks->count++];
}

void marks_add(struct marks *marks, uint32_t feed_id, int64_t through_us, bool silent, const uint64_t *seq,
               size_t seq_count)
{
    *place_for(marks, feed_id, through_us) = (struct mark) { feed_id, through_us, silent, copy_of(seq, seq_count),
                                                             seq_count };
    marks_set_silent(marks, feed_id, silent);
}

void marks_set_silent(struct marks *marks, uint32_t feed_id, bool silent)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].feed_id == feed_id)
            marks->list[i].silent = silent;
}

static bool is_reached(const struct mark *mark, const uint64_t *positions, size_t buckets)
{
    for (size_t b = 0; b < mark->seq_count && b < buckets; b++)
        if (positions[b] < mark->seq[b])
            return false;
    return true;
}

int64_t marks_of_feed(const struct marks *marks, uint32_t feed_id, const uint64_t *positions, size_t buckets)
{
    int64_t best = 0;

    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].feed_id == feed_id && marks->list[i].through_us > best &&
            is_reached(&marks->list[i], positions, buckets))
            best = marks->list[i].through_us;
    return best;
}

int64_t marks_through(const struct marks *marks, const uint64_t *positions, size_t buckets)
{
    int64_t earliest = INT64_MAX;
    int64_t latest = 0;
    bool pending = false;

    for (size_t i = 0; i < marks->count; i++) {
        int64_t through = marks_of_feed(marks, marks->list[i].feed_id, positions, buckets);

        latest = through > latest ? through : latest;
        if (marks->list[i].silent)
            continue;
        pending = pending || !through;
        earliest = through < earliest ? through : earliest;
    }
    if (pending)
        return 0;
    return earliest == INT64_MAX ? latest : earliest;
}

void marks_prune(struct marks *marks, uint32_t feed_id, int64_t through_us)
{
    size_t kept = 0;

    for (size_t i = 0; i < marks->count; i++) {
        if (marks->list[i].feed_id == feed_id && marks->list[i].through_us < through_us)
            free(marks->list[i].seq);
        else
            marks->list[kept++] = marks->list[i];
    }
    marks->count = kept;
}

void marks_clear(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->list[i].seq);
    free(marks->list);
    *marks = (struct marks) { 0 };
}
