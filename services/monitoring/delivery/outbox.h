/* outbox: the SQL of delivery: the rows of the outbox, the ledger of what was told, the lanes. */
#ifndef BIHUAN_SERVICES_MONITORING_OUTBOX_H
#define BIHUAN_SERVICES_MONITORING_OUTBOX_H

#include "monitoring/delivery/delivery.h"

struct outbox_row {
    const char *id, *receiver, *channel, *alert, *event, *title;
    const char *thread;  /* id of the message that told its receiver first; its own where it is that one */
    const uint8_t *body; /* packed Notice */
    size_t len;
    int32_t busy_every_s; /* not at moments when everybody sends: full hours, half hours; 0 whenever */
};
/* Sent with the next statement that waits. One that is there already stays as it is; if it was given up it waits again:
 * the same fact has the same id, however often it is told. */
int outbox_put(struct tx *tx, const struct outbox_row *row, struct err *err);

/* At start: no row is written as older than one that is there, whatever the clock of this machine says. */
int outbox_load(struct tx *tx, struct err *err);

/* notice.c: the words of a message about several alerts, in the call's arena. */
void notice_digest(struct tx *tx, const struct receiver *receiver, const char *id, const struct alert *const *alerts,
                   size_t count, Bihuan__Notice *out);

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
/* The message was given up. Of what it told, or began: where the receiver never learned of the alert and nothing waits
 * that says so, the ledger is closed for it, and an end that waits is given up as well. */
int outbox_unreached(struct tx *tx, const char *id, struct err *err);

/* `event` of the thread, and the severity that counts as told by it; whoever tells the first of a new one gives its own
 * id. */
int told_put(struct tx *tx, const struct alert *alert, const char *receiver, enum notice_event event, int severity,
             const char *thread, struct err *err);

/* What receivers were told of these alerts, by the bytes of the alert's id and by receiver; the caller ends *rows. */
int told_query(struct tx *tx, const char *const *alert_ids, size_t count, struct db_rows *rows, struct err *err);
const char *told_alert_of(const struct db_rows *rows, int row);
void told_take(const struct db_rows *rows, int row, struct told *out);

/* Which of the messages that were given up wait again; "" any. */
struct outbox_again {
    const char *id, *receiver;
    const char *thread; /* of the receiver: the thread, and what its messages were merged into */
};
/* They keep their ids, go behind what waits by now and have a day again; what they tell is open in the ledger. An end
 * that was given up comes along with what is named by id, and what was given up before an end along with that. What no
 * longer holds isn't sent: the ledger has gone on to another thread, or the receiver has the end; it counts as `late`,
 * and its state is "lapsed". Alerts that are open again in the ledger, and at whom, in the call's arena. */
struct outbox_opened {
    const char *alert, *receiver;
};
struct outbox_waits {
    uint32_t count, late;
    struct outbox_opened *opened;
    size_t opened_count;
};
int outbox_again(struct tx *tx, const struct outbox_again *which, struct outbox_waits *out, struct err *err);

/* renew.c: before that: dead digests among them get the words of what of it is still open, under their ids. Those of
 * which nothing is, or of which a later digest told all that is, lapse and say so, as does a word of another morning;
 * *lapsed is how many. */
int outbox_renew(struct tx *tx, const struct outbox_again *which, uint32_t *lapsed, struct err *err);

#endif
