/* target_store: the SQL of drafts and published plans. */
#ifndef BIHUAN_SERVICES_PLANNING_TARGET_STORE_H
#define BIHUAN_SERVICES_PLANNING_TARGET_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning.pb-c.h"

struct target_row {
    uint32_t period_id, unit_id, measure_id, channel_id, product_id;
    int64_t amount;
};

/* Present drafts of the keys of `rows`: amounts[i], 0 where there is none. */
int target_store_drafts_of(struct tx *tx, const struct target_row *rows, size_t count, int64_t *amounts,
                           struct err *err);
int target_store_put_drafts(struct tx *tx, const struct target_row *rows, size_t count, struct err *err);
/* All drafts of a period by unit, measure, channel, product; in the call's arena. */
int target_store_drafts(struct tx *tx, uint32_t period_id, struct target_row **rows, size_t *count, struct err *err);
/* Last version, 0 none; *differs: the drafts are not what that version holds. */
int target_store_last(struct tx *tx, uint32_t period_id, uint32_t *version, bool *differs, struct err *err);
/* Copies the drafts into a version. */
int target_store_publish(struct tx *tx, const Bihuan__Plan *plan, uint32_t period_id, struct err *err);
/* Columns: period_id, version, lines, reason, published_by, published_at; newest first. period 0: all. */
int target_store_plans(struct tx *tx, uint32_t period_id, struct db_rows *rows, struct err *err);
/* Lines of the last version (drafts where there is none) behind the key `after`; unit or measure 0: all. */
int target_store_page(struct tx *tx, uint32_t period_id, uint32_t unit_id, uint32_t measure_id,
                      const struct target_row *after, uint32_t limit, struct target_row **rows, size_t *count,
                      struct err *err);

#endif
