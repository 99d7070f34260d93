/* duty_store: what has happened and isn't over, and open opportunities: all their SQL. */
#ifndef BIHUAN_SERVICES_MONITORING_DUTY_STORE_H
#define BIHUAN_SERVICES_MONITORING_DUTY_STORE_H

#include "monitoring/duties/happening.h"
#include "runtime/runtime.h"

/* A place where something is so. */
struct duty_row {
    uint32_t unit_id;
    const char *detail, *detail_zh;
};

/* at_us below: as it was at that business time, by the turns that are kept; 0: as it is. */
int duty_store_begin(struct tx *tx, const struct happening *happening, uint32_t unit_id, const char *kind,
                     int32_t today, struct err *err);
/* unit_count 0: at all units. */
int duty_store_end(struct tx *tx, const struct happening *happening, const char *kind, struct err *err);
int duty_store_forget(struct tx *tx, int32_t today, struct err *err);
/* Where (kind, subject) is so since or by at latest `until` (INT32_MAX: any day); rows in the call's arena, by unit. */
int duty_store_rows(struct tx *tx, const char *kind, const char *subject, int32_t until, int64_t at_us,
                    struct duty_row **out, size_t *count, struct err *err);
/* All subjects of a kind, in the call's arena. */
int duty_store_subjects(struct tx *tx, const char *kind, int64_t at_us, char ***out, size_t *count, struct err *err);

int duty_store_opportunity(struct tx *tx, const Bihuan__OpportunityChanged *event, struct err *err);
/* Who holds open opportunities that haven't moved since `moved_until` or longer: one row a holder. */
int duty_store_still(struct tx *tx, int32_t moved_until, int64_t at_us, struct duty_row **out, size_t *count,
                     struct err *err);
/* Holders of open opportunities with the customer, one row each; none where it is only one. */
int duty_store_sellers(struct tx *tx, const char *customer, int64_t at_us, struct duty_row **out, size_t *count,
                       struct err *err);
/* Customers of whom several hold one. */
int duty_store_shared(struct tx *tx, int64_t at_us, char ***out, size_t *count, struct err *err);

#endif
