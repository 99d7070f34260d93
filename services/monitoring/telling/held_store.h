/* held_store: what waits to be told, who had its message of the day, and which digests went out. */
#ifndef BIHUAN_SERVICES_MONITORING_HELD_STORE_H
#define BIHUAN_SERVICES_MONITORING_HELD_STORE_H

#include "runtime/runtime.h"

struct held {
    const char *alert, *receiver, *reason;
    int64_t since_us;
};
#define HELD_PAGE 5000

int held_store_put(struct tx *tx, const char *alert, const char *receiver, const char *reason, struct err *err);
int held_store_drop(struct tx *tx, const char *alert, const char *receiver, struct err *err);
/* Alerts of which anything waits, in the order of their bytes; in the call's arena. */
int held_store_alerts(struct tx *tx, const char ***out, size_t *count, struct err *err);
/* All of one alert, by receiver; in the call's arena. */
int held_store_all(struct tx *tx, const char *alert, struct held **out, size_t *count, struct err *err);
/* At most HELD_PAGE of all, by receiver, then since when, behind one of them (NULL from the first); in the call's
 * arena. Any of them may have to wait on, so whoever looks goes on to the last page. */
int held_store_page(struct tx *tx, const struct held *after, struct held **out, size_t *count, struct err *err);

/* Whether the receiver had a message of the measure on that day. */
int daily_store_had(struct tx *tx, const char *receiver, uint32_t measure_id, int32_t day, bool *had, struct err *err);
int daily_store_note(struct tx *tx, const char *receiver, uint32_t measure_id, int32_t day, struct err *err);

/* Last day whose digest went out, INT32_MIN none. */
int digest_store_day(struct tx *tx, const char *route, int32_t *day, struct err *err);
int digest_store_put(struct tx *tx, const char *route, int32_t day, struct err *err);

#endif
