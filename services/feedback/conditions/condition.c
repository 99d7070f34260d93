/* condition: see condition.h. */
#include "feedback/conditions/condition.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = { [CONDITION(NONE)] = "",
                                     [CONDITION(LIVE)] = "live",
                                     [CONDITION(LATE)] = "late",
                                     [CONDITION(SUSPECT)] = "suspect",
                                     [CONDITION(SILENT)] = "silent" };
#define WORDS (sizeof words / sizeof words[0])

static bool is_late(const struct condition_facts *facts)
{
    return facts->missing || (facts->has_mark && facts->usual_age && facts->now - facts->through > facts->usual_age);
}

static bool is_suspect(const struct condition_facts *facts)
{
    return facts->expected > 0 && facts->drop_percent < 100 &&
           (__int128)facts->volume * 100 < (__int128)facts->expected * (100 - (int)facts->drop_percent);
}

condition_kind condition_of(const struct condition_facts *facts)
{
    if (facts->silent)
        return CONDITION(SILENT);
    if (is_late(facts))
        return CONDITION(LATE);
    return is_suspect(facts) ? CONDITION(SUSPECT) : CONDITION(LIVE);
}

const char *condition_word(condition_kind kind)
{
    return (size_t)kind < WORDS ? words[kind] : "";
}

condition_kind condition_parse(const char *word)
{
    for (size_t i = 1; i < WORDS; i++)
        if (strcmp(words[i], word) == 0)
            return (condition_kind)i;
    return CONDITION(NONE);
}

uint32_t condition_drop_percent(uint32_t setting)
{
    if (!setting)
        return DROP_PERCENT;
    return setting < 100 ? setting : 100;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

int64_t condition_usual_age(int64_t *ages, size_t count)
{
    if (count < AGE_DAYS_LEAST)
        return 0;
    qsort(ages, count, sizeof ages[0], compare);
    return ages[(count * AGE_PERCENT + 99) / 100 - 1];
}

int64_t condition_expected(int64_t *volumes, size_t count)
{
    int64_t median;

    if (count < VOLUME_LEAST)
        return 0;
    qsort(volumes, count, sizeof volumes[0], compare);
    median = volumes[(count - 1) / 2];
    return median < EXPECTED_LEAST ? 0 : median;
}
