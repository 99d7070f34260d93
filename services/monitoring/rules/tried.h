/* tried: what receivers would have been told of an alert that is only tried, going by what each was told last
 * (telling/retell.h), as telling/telling.c does of those that are recorded; nothing is written.
 *
 * Whom routes and filters lead to turns on the alert's severity alone while a rule is tried, so it is looked up when
 * the alert is to be told first and with each other severity. Where they lead to nobody, it counts as told to one who
 * hears everything and has no name. Alerts come and go as recorded ones do. What is judged of a day is told on the
 * next one; where that isn't worked, routes that keep days off hold it back. Hours, ladders, silences and the rule of
 * one message a day aren't there.
 */
#ifndef BIHUAN_SERVICES_MONITORING_TRIED_H
#define BIHUAN_SERVICES_MONITORING_TRIED_H

#include "monitoring/telling/telling.h"

#define TRIED_NOTICES_MAX 5 /* kinds of news */

enum tried_news { TRIED_NONE = 0, TRIED_GAP, TRIED_HIT, TRIED_SEVERITY }; /* why it is worse */

/* One thing that some receivers would have been told. */
struct tried_notice {
    enum notice_event event;
    enum tried_news news;
    const char **receivers;
    size_t receiver_count; /* 0: nobody there is */
    size_t held;           /* of these, who would have it on a later day: on this one nobody works there */
};

struct tried; /* by alert */

/* What is news of the alert as it stands behind `day`, at most one notice a receiver; alert->told follows. Under the
 * lock; all of it is in the call's arena. */
int tried_tell(struct tried **tried, struct tx *tx, const struct rule *rule, int32_t day, struct alert *alert,
               struct tried_notice out[TRIED_NOTICES_MAX], size_t *count, struct err *err);
const char *tried_news_word(enum tried_news news); /* "gap_step"; "" for none */
void tried_fini(struct tried **tried);

#endif
