/* reference_internal: what the files of reference share. */
#ifndef BIHUAN_FEEDBACK_REFERENCE_INTERNAL_H
#define BIHUAN_FEEDBACK_REFERENCE_INTERNAL_H

#include "feedback/reference/reference.h"

#include <uthash.h>

struct code {
    UT_hash_handle hh;
    uint32_t id;
};

struct hand_over {
    uint32_t from, to;
    int32_t day;
};

struct reference {
    struct arena arena;
    int money_scale;
    struct ref_unit *units;
    struct ref_product *products;
    struct ref_channel *channels;
    uint32_t unit_limit, product_limit, channel_limit;
    struct code *unit_codes, *product_codes, *channel_codes, *product_aliases;
    struct ref_measure measures[REFERENCE_MEASURES];
    uint64_t to_site[INT16_MAX / 64 + 1]; /* by measure id, as the next */
    uint64_t of_cancels[INT16_MAX / 64 + 1];
    const Bihuan__Measure *definitions[REFERENCE_MEASURES];
    size_t measure_count;
    bool has_distinct, has_cancels;
    struct hand_over *hand_overs; /* by day */
    size_t hand_over_count, hand_over_cap;
    uint64_t witnesses[(INT16_MAX + 1) / 64]; /* by sender */
};

/* A measure's filter, once units, products and channels are resolved. */
void reference_compile_measure(struct reference *reference, struct ref_measure *measure,
                               const Bihuan__MeasureFilter *filter);

#endif
