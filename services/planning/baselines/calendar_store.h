/* calendar_store: the SQL of calendars' versions, and of which one a plan's version is phased by. */
#ifndef BIHUAN_SERVICES_PLANNING_CALENDAR_STORE_H
#define BIHUAN_SERVICES_PLANNING_CALENDAR_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning.pb-c.h"

/* Keeps a version; one that is kept stays. */
int calendar_store_keep(struct tx *tx, const Bihuan__Calendar *calendar, struct err *err);
/* In the call's arena; NULL: it isn't kept. */
int calendar_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__Calendar **out, struct err *err);
/* Kept ones of a code, newest first, older than version `before` (0: from the newest on), at most `limit`. */
int calendar_store_list(struct tx *tx, const char *code, uint32_t before, uint32_t limit, Bihuan__Calendar ***out,
                        size_t *count, struct err *err);

/* *code NULL: nothing is said of this version. */
int calendar_store_of_plan(struct tx *tx, uint32_t period_id, uint32_t version, const char **code,
                           uint32_t *calendar_version, struct err *err);
int calendar_store_set_plan(struct tx *tx, uint32_t period_id, uint32_t version, const char *code,
                            uint32_t calendar_version, struct err *err);

/* Plans in force of which nothing is said yet: from before calendars were kept. */
struct plan_row {
    uint32_t period_id, version;
};
int calendar_store_unsaid(struct tx *tx, struct plan_row **out, size_t *count, struct err *err);

#endif
