/* guide_store: the SQL of guides and addressees. Results in the call's arena; -1 loses the transaction.
 *
 * `scope`, ascending unit ids, NULL for all: only addressees among them are counted or seen; in pages, all addressees
 * of what a unit among them issued.
 */
#ifndef BIHUAN_SERVICES_PLANNING_GUIDE_STORE_H
#define BIHUAN_SERVICES_PLANNING_GUIDE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning_cycle.pb-c.h"

struct guide {
    int64_t id;
    uint32_t unit_id;
    int32_t due_day;
    Bihuan__Guide *body; /* as issued, superseded and issued_* set */
};

enum guide_mark { MARK_ACKNOWLEDGED = 0, MARK_TRAINED, MARK_SUPPLIED };

struct guide_unit {
    uint32_t unit_id;
    const char *by[3]; /* by enum guide_mark; "" not yet */
    int64_t at[3];
};

/* version 0: the latest; *out NULL where there is none. */
int guide_store_get(struct tx *tx, const char *code, uint32_t version, struct guide **out, struct err *err);
int guide_store_get_id(struct tx *tx, int64_t id, struct guide **out, struct err *err);
/* Inserts with its addressees and supersedes the versions before; sets guide->id. */
int guide_store_insert(struct tx *tx, struct guide *guide, const uint32_t *units, size_t count, struct err *err);
/* One addressee; *out NULL where it is none. */
int guide_store_unit(struct tx *tx, int64_t guide_id, uint32_t unit_id, struct guide_unit **out, struct err *err);
int guide_store_units(struct tx *tx, int64_t guide_id, const uint32_t *scope, size_t scope_count,
                      struct guide_unit **rows, size_t *count, struct err *err);
int guide_store_mark(struct tx *tx, int64_t guide_id, uint32_t unit_id, enum guide_mark mark, const char *person,
                     int64_t at, struct err *err);
/* By id downwards, below `before`; texts "" and unit 0: any. Counts are filled in. */
int guide_store_page(struct tx *tx, const char *code, const char *kind, uint32_t unit_id, bool all,
                     const uint32_t *scope, size_t scope_count, int64_t before, uint32_t limit, struct guide **rows,
                     size_t *count, struct err *err);
/* Latest versions whose due day is before `day` and that aren't marked as announced. */
int guide_store_overdue(struct tx *tx, int32_t day, uint32_t limit, struct guide **rows, size_t *count,
                        struct err *err);
/* Marks it as announced. */
int guide_store_announce(struct tx *tx, int64_t guide_id, struct err *err);
/* Not superseded, not acknowledged by any of these units: pairs of guide and unit. */
int guide_store_waiting(struct tx *tx, const uint32_t *units, size_t unit_count, struct guide **rows,
                        uint32_t **unit_ids, size_t *count, struct err *err);

#endif
