/* tally: see tally.h. */
#include "support/tally.h"

#include "support/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MAX 48
#define CODES_MAX 32

static struct kind {
    const char *name;
    int made, taken;
    struct code {
        char word[40];
        int times;
    } codes[CODES_MAX];
    size_t code_count;
} kinds[KINDS_MAX];
static size_t kind_count;

static struct kind *find(const char *name)
{
    for (size_t i = 0; i < kind_count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void add_code(struct kind *kind, const char *word)
{
    size_t at = 0;

    while (at < kind->code_count && strcmp(kind->codes[at].word, word) != 0)
        at++;
    if (at == CODES_MAX)
        fail_msg("%s is refused by more than %d codes", kind->name, CODES_MAX);
    if (at == kind->code_count)
        snprintf(kind->codes[kind->code_count++].word, sizeof kind->codes[at].word, "%s", word);
    kind->codes[at].times++;
}

void tally_add(const char *kind, const char *code)
{
    struct kind *found = find(kind);

    if (!found) {
        if (kind_count == KINDS_MAX)
            fail_msg("more than %d kinds", KINDS_MAX);
        found = &kinds[kind_count++];
        found->name = kind;
    }
    found->made++;
    if (code)
        add_code(found, code);
    else
        found->taken++;
}

static bool begins(const struct kind *kind, const char *with)
{
    return strncmp(kind->name, with, strlen(with)) == 0;
}

int tally_made(const char *begin)
{
    int sum = 0;

    for (size_t i = 0; i < kind_count; i++)
        sum += begins(&kinds[i], begin) ? kinds[i].made : 0;
    return sum;
}

int tally_taken(const char *begin)
{
    int sum = 0;

    for (size_t i = 0; i < kind_count; i++)
        sum += begins(&kinds[i], begin) ? kinds[i].taken : 0;
    return sum;
}

static int by_times(const void *a, const void *b)
{
    const struct code *x = a, *y = b;

    return y->times - x->times;
}

void tally_print(void)
{
    for (size_t i = 0; i < kind_count; i++) {
        struct kind *kind = &kinds[i];

        qsort(kind->codes, kind->code_count, sizeof kind->codes[0], by_times);
        printf("tally %-20s %5d made, %5d taken", kind->name, kind->made, kind->taken);
        for (size_t c = 0; c < kind->code_count; c++)
            printf("%s %s %d", c ? "," : ";", kind->codes[c].word, kind->codes[c].times);
        printf("\n");
    }
}
