/* mapping_internal: what compiling and reading share. */
#ifndef BIHUAN_FEEDBACK_MAPPING_INTERNAL_H
#define BIHUAN_FEEDBACK_MAPPING_INTERNAL_H

#include "feedback/mapping/mapping.h"

#include <uthash.h>

struct code_map_entry {
    UT_hash_handle hh;
    const char *to;
    uint32_t to_len;
};

struct code_map {
    const char *name;
    bool pass;
    struct code_map_entry *entries;
};

#endif
