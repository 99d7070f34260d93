/* delivery: how receivers are told. Who is told and when is decided elsewhere (alerts, silences, the ladder); here it
 * is put into words in the receiver's language, written to the outbox, and noted in the ledger `told`, all in the
 * caller's transaction. After the commit a thread sends it (sender.h), however long that takes.
 *
 * Threads: handlers on the writer thread only. Errors: 0, or -1 with *err; the transaction is lost then.
 * Doubling: a message's id derives from (alert, key, receiver, event). Telling the same twice writes one message, so a
 * handler that runs again after a lost transaction does no harm. What was given up is told again under the same id.
 */
#ifndef BIHUAN_SERVICES_MONITORING_DELIVERY_H
#define BIHUAN_SERVICES_MONITORING_DELIVERY_H

#include "monitoring/alerts/alert_book.h"

enum notice_event {
    NOTICE_NONE = 0,
    /* of one alert; the first four leave it open at the receiver, the last two close it */
    NOTICE_FIRED,
    NOTICE_WORSENED,
    NOTICE_REMINDED,
    NOTICE_ESCALATED,
    NOTICE_RESOLVED,
    NOTICE_EXPIRED,
    /* of none, or of several */
    NOTICE_DIGEST,
    NOTICE_HEARTBEAT,
    NOTICE_TEST,
    NOTICE_EVENT_COUNT,
};
const char *notice_event_word(enum notice_event event); /* "fired"; "" for NONE */
enum notice_event notice_event_parse(const char *word); /* NONE where unknown */
bool notice_event_closes(enum notice_event event);

/* What is to be told of one alert. Only `event` and `alert` are needed. Texts are borrowed for the call. */
struct notice {
    enum notice_event event;
    const struct alert *alert;
    const char *key; /* what makes it this message and no other; NULL: the alert's version, and what is said */
    const char *note_zh, *note_en; /* a sentence below the alert's own, in both languages; NULL none */
    const char *const *people;     /* names of those whom it is for, shown in it */
    size_t people_count;
    const char *const *mentions; /* whom a chat calls, beside those of the receiver */
    size_t mention_count;
};

/* To one receiver, whatever its filter says. A receiver that is off or not known is told nothing; one that is off is
 * still told the end of what it knows, once it is on again. */
int delivery_tell(struct tx *tx, const struct notice *notice, const char *receiver, struct err *err);
/* To every receiver whose filter (subtree, severity, off) the alert passes. */
int delivery_tell_routed(struct tx *tx, const struct notice *notice, struct err *err);
/* To every receiver for which the alert is open in the ledger: ends must go this way, whatever filters, silences and
 * quiet hours are now. */
int delivery_tell_told(struct tx *tx, const struct notice *notice, struct err *err);
/* Whether the receiver's filter lets the alert pass. */
bool delivery_concerns(struct tx *tx, const struct receiver *receiver, const struct alert *alert);

/* Whether the receiver takes no messages but what is true (an Alertmanager): each alert by itself, as it stands, by day
 * and by night; it has mute times of its own. What is no alert is nothing to it. */
bool delivery_takes_state(const struct monitoring *monitoring, const char *receiver);

/* One message about several alerts, e.g. what is still true in the morning: a line for each, in their order. For those
 * that the receiver didn't know yet it is the first that it hears: the ledger has them as fired, and it will be told
 * that they are over; of those that it knew the ledger has them as they stand now. `key` makes the message this one and
 * no other, e.g. "2026-11-22". Nothing where count is 0, or to who takes state: the alerts are to be settled
 * (telling_settle), which tells each by itself. */
int delivery_digest(struct tx *tx, const char *receiver, const char *key, const struct alert *const *alerts,
                    size_t count, struct err *err);
/* One message in free words, e.g. of a service that is there each morning. lines: below the title. Who takes state is
 * sent a test and nothing else. */
int delivery_say(struct tx *tx, enum notice_event event, const char *receiver, const char *key, const char *title,
                 const char *const *lines, size_t count, struct err *err);

/* --- the ledger ----------------------------------------------------------------------------------------------------
 * What a receiver was last told of an alert; in the same transaction as the telling. */
struct told {
    char receiver[65];
    enum notice_event event; /* NONE: nothing yet */
    bool open;               /* told that it fired, and not yet that it is over */
    int severity;            /* the highest that was told while it was open; to who takes state the last */
    int32_t gap_bp;
    uint32_t hit_ppm;
    int64_t told_us; /* business time */
    char thread[17]; /* id of the message that told it first, since it was last over at the receiver */
};
/* out->event is NONE where the receiver was told nothing. */
int delivery_told(struct tx *tx, const char *alert_id, const char *receiver, struct told *out, struct err *err);
/* All receivers that were told of the alert, by code; the array is in the call's arena. */
int delivery_told_all(struct tx *tx, const char *alert_id, struct told **out, size_t *count, struct err *err);

/* The receiver would be told that the alert fired. Where it was told so since it fired, and what it was told was given
 * up, that is sent again, under its ids. told: the ledger of it, as it is then; told->open: so it is, and there is
 * nothing to be told but what is news since. */
int delivery_revive(struct tx *tx, const struct alert *alert, const char *receiver, struct told *told, struct err *err);

/* NULL where there is none. Borrowed, under the monitoring's lock. */
const struct receiver *receiver_find(const struct monitoring *monitoring, const char *code);

#endif
