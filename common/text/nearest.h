/* nearest: "did you mean": the known word most like one that isn't known. */
#ifndef BIHUAN_TEXT_NEAREST_H
#define BIHUAN_TEXT_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 64

struct nearest {
    const char *wanted; /* borrowed */
    char best[NEAREST_WORD_MAX];
    size_t distance;
    char hint[NEAREST_WORD_MAX + 24];
};

void nearest_init(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *known);

/* `; did you mean "amount"?`, or "" when nothing is near (more than a third of the letters differ). */
const char *nearest_hint(struct nearest *nearest);

#endif
