/* alert_store: alerts and their transitions as rows. What moves alerts by the thousand gathers what it writes, so that
 * it goes as a few statements of many rows instead of one for each.
 *
 * Gathering: from alert_store_gather() to alert_store_flush(). Between them no savepoint may be set, and nobody may
 *            read the two tables on this connection. Rows of a transaction that is lost must be forgotten with it:
 *            alert_rows_clear(), which loading does.
 */
#ifndef BIHUAN_SERVICES_MONITORING_ALERT_STORE_H
#define BIHUAN_SERVICES_MONITORING_ALERT_STORE_H

#include "base/buf.h"
#include "monitoring/alerts/alert_book.h"

#define ALERT_ROWS_MAX 256 /* of one statement */

/* Rows on their way, by column; zeroed but for the arena is empty. Belongs to the book of alerts. */
struct alert_rows {
    bool gathering;
    struct arena arena; /* of ids and bodies */
    size_t count;
    const char *ids[ALERT_ROWS_MAX], *states[ALERT_ROWS_MAX];
    int32_t rules[ALERT_ROWS_MAX], units[ALERT_ROWS_MAX];
    int64_t fired_us[ALERT_ROWS_MAX];
    struct buf bodies[ALERT_ROWS_MAX]; /* of the arena */
    struct {
        size_t count;
        const char *ids[ALERT_ROWS_MAX];
        int32_t numbers[ALERT_ROWS_MAX];
        struct buf bodies[ALERT_ROWS_MAX];
    } transitions;
};

void alert_rows_init(struct alert_rows *rows);
void alert_rows_clear(struct alert_rows *rows);
void alert_rows_fini(struct alert_rows *rows);

void alert_store_gather(struct alert_rows *rows);
/* The alert as it stands; `body` is its packed message. Once for an alert between gather and flush. */
int alert_store_put(struct tx *tx, struct alert_rows *rows, const struct alert *alert, const struct buf *body,
                    struct err *err);
/* Its latest transition, of the number alert->version. */
int alert_store_transition(struct tx *tx, struct alert_rows *rows, const struct alert *alert, const struct buf *body,
                           struct err *err);
/* Writes what was gathered; what follows is written at once again. */
int alert_store_flush(struct tx *tx, struct alert_rows *rows, struct err *err);

#endif
