/* cut_tiles: which shorter periods a period is cut over, where the request doesn't name them: those of one kind that
 * follow each other from its first day to its last, the longest kind first, so months rather than weeks. See cut.h. */
#include "planning/cuts/cut.h"

#include "calc/periods.h"
#include "text/dates.h"

#include <stdlib.h>

#define ANY_KIND PERIOD_KINDS

static int by_day(const void *a, const void *b)
{
    const struct ref_period *const *x = a, *const *y = b;

    return (*x)->from_day < (*y)->from_day ? -1 : (*x)->from_day > (*y)->from_day;
}

/* Those of the kind; *gap is the first day that none of them goes on from, the period's end where they tile it. */
static size_t take_kind(const struct ref_period *period, enum period_kind kind, const struct ref_period **tiles,
                        int32_t *gap)
{
    size_t count = 0, used = 0;

    for (uint32_t i = 0; i < period->inner_count; i++) {
        const struct ref_period *inner = period->inner[i];

        if (kind == ANY_KIND || period_kind_of(inner->from_day, inner->until_day) == kind)
            tiles[count++] = inner;
    }
    if (count)
        qsort((void *)(uintptr_t)tiles, count, sizeof *tiles, by_day);
    *gap = period->from_day;
    while (used < count && tiles[used]->from_day == *gap)
        *gap = tiles[used++]->until_day;
    if (used < count)
        *gap = *gap < period->until_day ? *gap : INT32_MIN; /* some overlap */
    return count;
}

/* The stretch that a period of the kind is missing for. */
static int refuse(const struct ref_period *period, enum period_kind kind, int32_t gap, struct err *err)
{
    int32_t day = gap == INT32_MIN ? period->from_day : gap;
    int32_t end = period_step_end(day, kind == PERIOD_WEEK ? PERIOD_STEP_WEEK : PERIOD_STEP_MONTH);
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

    date_print(from, day);
    date_print(until, end < period->until_day ? end : period->until_day);
    return err_fail(err, ERR_CONFLICT, "periods_gap",
                    "the shorter periods within \"%s\" don't follow each other from its first day to its last: define"
                    " one from %s until %s (a week or month that goes beyond \"%s\" is one period up to there and"
                    " another behind it), or name those that do in `into`",
                    period->code, from, until, period->code);
}

int cut_find_tiles(const struct ref_period *period, const char *word, const struct ref_period **tiles, size_t *count,
                   struct err *err)
{
    enum period_kind kind = period_kind_parse(word), first = kind, last = kind;
    int32_t gap = period->from_day;

    if (word[0] && (kind == PERIOD_KINDS || kind == PERIOD_YEAR))
        return err_fail(err, ERR_INVALID, "unknown_word", "kind \"%s\" is none of half, quarter, month, week, other",
                        word);
    if (!word[0]) {
        first = PERIOD_HALF;
        last = ANY_KIND;
    }
    for (int k = (int)first; k <= (int)last; k++) {
        *count = take_kind(period, (enum period_kind)k, tiles, &gap);
        if (*count && gap == period->until_day)
            return 0;
    }
    return refuse(period, word[0] ? kind : PERIOD_MONTH, gap, err);
}
