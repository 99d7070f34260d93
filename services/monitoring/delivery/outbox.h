/* outbox: the SQL of delivery: the rows of the outbox, the ledger of what was told, the lanes. */
#ifndef BIHUAN_SERVICES_MONITORING_OUTBOX_H
#define BIHUAN_SERVICES_MONITORING_OUTBOX_H

#include "monitoring/delivery/delivery.h"

struct outbox_row {
    const char *id, *receiver, *channel, *alert, *event, *title;
    const uint8_t *body; /* packed Notice */
    size_t len;
    int32_t busy_every_s; /* not at moments when everybody sends: full hours, half hours; 0 whenever */
};
/* Sent with the next statement that waits; one that is there already stays. */
int outbox_put(struct tx *tx, const struct outbox_row *row, struct err *err);

/* What a try left behind. Times are real. */
struct outbox_result {
    const char *id, *state; /* sent, waiting, dead */
    int32_t attempts, part;
    int64_t next_us;
    const char *error;
};
/* *changed is false where the row no longer waits. */
int outbox_result(struct tx *tx, const struct outbox_result *result, bool *changed, struct err *err);
/* What the row tells: itself, and what was merged into it. The ledger takes them as reached. */
int outbox_reached(struct tx *tx, const char *id, struct err *err);
/* Where the receiver never learned of the alert and nothing waits that says so, the ledger is closed for it. */
int outbox_unreached(struct tx *tx, const char *id, struct err *err);

int told_put(struct tx *tx, const struct alert *alert, const char *receiver, enum notice_event event,
             const char *thread, struct err *err);

#endif
