/* nearest: see nearest.h. */
#include "text/nearest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void nearest_init(struct nearest *nearest, const char *wanted)
{
    *nearest = (struct nearest) { .wanted = wanted, .distance = SIZE_MAX };
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edits (insert, drop, change, swap of neighbours) that make a into b; both shorter than NEAREST_WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2], len = strlen(b);

    for (size_t j = 0; j <= len; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= len; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[len];
}

void nearest_offer(struct nearest *nearest, const char *known)
{
    size_t d;

    if (strlen(known) >= NEAREST_WORD_MAX || strlen(nearest->wanted) >= NEAREST_WORD_MAX)
        return;
    d = distance(nearest->wanted, known);
    if (d < nearest->distance) {
        nearest->distance = d;
        snprintf(nearest->best, sizeof nearest->best, "%s", known);
    }
}

const char *nearest_hint(struct nearest *nearest)
{
    size_t len = strlen(nearest->best);

    if (!len || nearest->distance > (len < 3 ? 1 : (len + 2) / 3))
        return "";
    snprintf(nearest->hint, sizeof nearest->hint, "; did you mean \"%s\"?", nearest->best);
    return nearest->hint;
}
