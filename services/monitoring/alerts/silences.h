/* silences: what nobody is told of for a while: a unit with all below it, a measure, a rule, until an end that each
 * has.
 *
 * A silence doesn't stop judging, and it never holds back that something is over from who was told that it fired.
 * Those whose end has passed leave memory with the next load; the table keeps them.
 */
#ifndef BIHUAN_SERVICES_MONITORING_SILENCES_H
#define BIHUAN_SERVICES_MONITORING_SILENCES_H

#include "monitoring/alerts/alert_book.h"

#define SILENCE_HOURS_MAX 2160 /* 90 days */

struct silence {
    char id[ALERT_ID_LEN];
    uint32_t unit_id;
    char measure[65], rule[65]; /* "" any */
    char author[65];
    char reason[300];
    int64_t from_us, until_us, ended_us; /* ended_us 0: not before its time */
    char ended_by[65];
    char end_reason[300];
};

struct silences; /* in memory: planned and active ones */
struct silences *silences_new(void);
void silences_destroy(struct silences **silences);
int silences_load(struct tx *tx, struct err *err);

bool silence_is_active(const struct silence *silence, int64_t now_us);
/* The first one that covers the alert now, NULL none. */
const struct silence *silences_over(struct tx *tx, const struct alert *alert);
/* Notes in the alert's life what it is silenced by; true where that changed. */
bool silences_mark(struct tx *tx, struct alert *alert);
/* The next moment at which one begins or ends; INT64_MAX none. */
int64_t silences_next(const struct silences *silences, int64_t now_us);

int on_add_silence(struct tx *tx, const void *message, struct err *err);
int on_end_silence(struct tx *tx, const void *message, struct err *err);
int on_list_silences(struct tx *tx, const void *message, struct err *err);

#endif
