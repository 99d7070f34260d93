/* fact_kind: see fact_kind.h. */
#include "feedback/facts/fact_kind.h"

#include <string.h>

static const struct {
    const char *word, *sender;
} kinds[FACT_KIND_COUNT] = {
    [FACT_ORDER_LINE] = { "order_line", "" },
    [FACT_GUIDE] = { "guide", "planning/guide" },
    [FACT_TRAINING] = { "training", "planning/training" },
    [FACT_MATERIAL] = { "material", "planning/material" },
    [FACT_DELIVERABLE] = { "deliverable", "planning/deliverable" },
};

enum fact_kind fact_kind_parse(const char *word)
{
    int kind = 0;

    while (kind < FACT_KIND_COUNT && strcmp(kinds[kind].word, word) != 0)
        kind++;
    return (enum fact_kind)kind;
}

const char *fact_kind_sender_name(enum fact_kind kind)
{
    return kinds[kind].sender;
}
