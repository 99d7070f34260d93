/* score_store: the SQL of scores. */
#ifndef BIHUAN_INCENTIVE_SCORE_STORE_H
#define BIHUAN_INCENTIVE_SCORE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive.pb-c.h"

struct score_row {
    uint32_t unit_id;
    const char *unit_type;
    int64_t score_milli;
    uint32_t rank;
    int32_t as_of;
    const uint8_t *body; /* packed Score */
    size_t body_len;
};

/* What says that a stored score is still the same; never 0. */
uint64_t score_hash(const uint8_t *body, size_t len);

/* Puts rows in the place of what is stored for the units. */
int score_store_put(struct tx *tx, uint32_t period_id, const struct score_row *rows, size_t count, struct err *err);

/* Forgets the scores of units that are no longer scored. */
int score_store_drop(struct tx *tx, uint32_t period_id, const uint32_t *units, size_t count, struct err *err);

typedef void score_hash_fn(void *arg, uint32_t period_id, uint32_t unit_id, uint64_t hash);
/* Of all periods that aren't closed. */
int score_store_hashes(struct tx *tx, score_hash_fn *each, void *arg, struct err *err);
/* Of one period. */
int score_store_hashes_of(struct tx *tx, uint32_t period_id, score_hash_fn *each, void *arg, struct err *err);

struct score_page {
    uint32_t period_id;
    const char *unit_type; /* "" all */
    const uint32_t *units; /* NULL all */
    size_t unit_count;
    bool by_unit; /* else by rank, those without one last */
    uint32_t after_rank, after_unit;
    uint32_t limit;
};
/* Unpacked into the call's arena; unit_ids and ranks parallel. */
int score_store_page(struct tx *tx, const struct score_page *page, Bihuan__Score ***scores, uint32_t **unit_ids,
                     uint32_t **sort_ranks, size_t *count, struct err *err);

/* One; NULL in *out where there is none. */
int score_store_get(struct tx *tx, uint32_t period_id, uint32_t unit_id, Bihuan__Score **out, struct err *err);

#endif
