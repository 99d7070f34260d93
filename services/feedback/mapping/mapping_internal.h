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

/* One compilation: where faults go, and how many there were. */
struct compile {
    struct mapping *mapping;
    const Bihuan__Feed *feed;
    struct arena *arena;
    mapping_problem_fn *problem;
    void *arg;
    size_t faults;
};

#define SCALE_MAX 6

void fault(struct compile *c, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void fault_err(struct compile *c, const char *pointer, const struct err *err);

/* mapping_format.c: how the file is written, and which rows are taken. */
void compile_file(struct compile *c);
/* mapping_control.c: after everything else. */
void compile_control(struct compile *c);
/* mapping_sums.c: before control. */
void compile_sums(struct compile *c);
/* line->sums: what can be read of each. Returns the place of the first that can't, with *err; -1 none. */
int mapping_read_sums(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                      struct arena *arena, struct order_line *line, struct err *err);
/* mapping_cities.c: after maps and control. */
void compile_cities(struct compile *c);
/* NULL where the feed has none called so. */
const struct code_map *find_map(const struct compile *c, const char *name);
/* mapping_asks.c: after the columns. */
void check_asks(struct compile *c);
/* False for a word that it doesn't know; "" is `fallback`. */
bool trim_parse(const char *word, enum row_trim fallback, enum row_trim *out);

#endif
