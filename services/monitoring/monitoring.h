/* monitoring: what the files of this service share: its state, and its handlers by topic.
 *
 * Memory: `refdata` (planning's copy), `cube` (sums by unit, measure, day), rules, receivers, feed marks and the alerts
 * that are not over. The writer takes `lock` with its first change (monitoring_write) and keeps it until its
 * transaction is committed or lost, so that queries, which read under the same lock, never see what isn't committed.
 * After a lost transaction all of it is loaded again.
 */
#ifndef BIHUAN_SERVICES_MONITORING_MONITORING_H
#define BIHUAN_SERVICES_MONITORING_MONITORING_H

#include "monitoring/delivery/receiver.h"

#include "calc/cube.h"
#include "refdata/documents.h"
#include "refdata/refdata.h"
#include "monitoring/actions/verified.h"
#include "monitoring/feeds/coverage.h"
#include "monitoring/feeds/parts.h"
#include "monitoring/judging/slices.h"
#include "monitoring/limits.h"
#include "monitoring/rules/rule.h"

#include <pthread.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/monitoring.pb-c.h"

#define RULES_MAX     256
#define RECEIVERS_MAX 64
#define FEEDS_MAX     512

struct feed_mark {
    uint32_t id;
    char feed[65];
    int64_t through_us;
    bool silent;
    uint64_t seqs[BUCKETS_MAX];
    uint32_t seq_count;
};

struct pending; /* progress/progress.c: cells of the running transaction */
struct sender;  /* delivery/sender.c: the thread that delivers */
struct alerts;  /* alerts/alert_book.c: alerts that are not over, by id */

struct monitoring {
    pthread_rwlock_t lock;
    bool writing; /* the writer holds the lock; only the writer looks */
    struct runtime *rt;
    struct refdata *refdata;
    struct cube *cube;
    struct rule rules[RULES_MAX];
    size_t rule_count;
    struct receiver receivers[RECEIVERS_MAX];
    size_t receiver_count;
    struct feed_mark feeds[FEEDS_MAX];
    size_t feed_count;
    struct pending *pending;
    struct alerts *alerts;
    struct sender *sender;
    struct silences *silences;     /* alerts/silences.c: planned and active ones */
    struct telling *telling;       /* telling/: routes, ladders, contacts */
    struct told_ahead *told_ahead; /* while alerts are settled, see delivery/told_ahead.h; else NULL */
    int32_t *judged;               /* by period id: last day judged; 0 none */
    uint32_t judged_count;
    bool watch_marks;    /* a mark waits for its facts, or days wait to be judged */
    bool new_deliveries; /* written by this transaction: wake the sender after the commit */
    size_t threshold_rules;
    int32_t heartbeat_day; /* for which it was said that the service is there */
    int64_t pruned_us;     /* monotonic: when old messages were last forgotten */
    int64_t queued_us;     /* real time of the last row of the outbox: none is as old as another */
    int32_t judged_until;  /* the last day judged of any period */
    int32_t late_from;     /* the first day, judged already, of which facts came since; INT32_MAX none */
    bool late_coming;      /* such facts came since the last look: more may be on their way */
    struct parts parts;    /* how feeds stand */
    struct slices slices;
    struct verified verified; /* what actions were verified for */
    struct coverage *coverage;
    struct outlook_book *outlooks; /* what forecasts of parents have shown */
    struct limits limits;          /* what the operator set */
    int32_t duties_day;            /* on which rules over events were last looked at as a whole */
    bool turns_kept;               /* since when is noted */
    bool watch_feeds;              /* a feed's standing changed: rules over feeds are to be judged */
};

static inline struct monitoring *monitoring_of(struct tx *tx)
{
    return tx_state(tx);
}

/* Takes the lock for the rest of the transaction. Every handler that changes memory begins with it. */
struct monitoring *monitoring_write(struct tx *tx);

/* progress/progress.c: facts into sums */
int on_facts(struct tx *tx, const void *message, struct err *err);
struct pending *pending_new(void);
void pending_destroy(struct pending **pending);
void pending_clear(struct pending *pending);
/* Writes the gathered cells and publishes what moved. */
int pending_write(struct tx *tx, struct err *err);
/* Calls each(arg, unit, measure) once for every (unit, measure) that the transaction touched. */
typedef int pending_each_fn(void *arg, uint32_t unit, uint32_t measure, struct err *err);
int pending_each(const struct pending *pending, pending_each_fn *each, void *arg, struct err *err);
int progress_load(struct tx *tx, struct err *err);

/* judging/marks.c: watermarks of feeds and the day that can be judged */
int on_watermark(struct tx *tx, const void *message, struct err *err);
int marks_load(struct tx *tx, struct err *err);
/* Last business day that every live feed has completed and whose facts are all read; INT32_MIN none. */
int32_t marks_day(struct tx *tx);
/* The same for queries: the least watermark of live feeds, microseconds; 0 none. */
int64_t marks_through(const struct monitoring *monitoring);

/* judging/judge.c: evaluation after a watermark moved, and threshold rules at once */
int judge_days(struct tx *tx, struct err *err);
int judge_thresholds(struct tx *tx, struct err *err);
int judged_load(struct tx *tx, struct err *err);

/* judging/late.c: once late facts have come in, corrects what alerts were judged by, visibly */
int late_correct(struct tx *tx, struct err *err);

/* rules/rules.c */
int on_apply_rules(struct tx *tx, const void *message, struct err *err);
int on_list_rules(struct tx *tx, const void *message, struct err *err);
int rules_load(struct tx *tx, struct err *err);
int on_explain_rule(struct tx *tx, const void *message, struct err *err); /* rules/explain_rule.c */
int on_try_rule(struct tx *tx, const void *message, struct err *err);     /* rules/try_rule.c */
int severity_rank(const char *word);                                      /* info 0 .. critical 3, -1 unknown */
const struct rule *rule_by_id(const struct monitoring *monitoring, uint32_t id);

/* alerts/alerts.c: requests about alerts */
int on_take_alert(struct tx *tx, const void *message, struct err *err);
int on_silence_alert(struct tx *tx, const void *message, struct err *err);
int on_list_alerts(struct tx *tx, const void *message, struct err *err);
int on_explain_alert(struct tx *tx, const void *message, struct err *err);
int gauges_due(struct tx *tx, const void *message, struct err *err); /* alerts/gauges.c: for the metrics page */

/* actions/actions.c */
int on_open_action(struct tx *tx, const void *message, struct err *err);
int on_done_action(struct tx *tx, const void *message, struct err *err);
int on_list_actions(struct tx *tx, const void *message, struct err *err);
int actions_load(struct tx *tx, struct err *err);
/* Verifies the actions whose time has come, at business day `day`. */
int actions_verify(struct tx *tx, int32_t day, struct err *err);
/* Unfinished actions of the person become the successor's. */
int actions_hand_over(struct tx *tx, const char *person, const char *successor, struct err *err);

/* actions/hand_over.c */
int on_person_handed_over(struct tx *tx, const void *message, struct err *err);
int hand_overs_due(struct tx *tx, const void *message, struct err *err);

/* progress/views.c: progress queries */
int on_get_progress(struct tx *tx, const void *message, struct err *err);
int on_compare_progress(struct tx *tx, const void *message, struct err *err); /* progress/compare.c */
int on_verify_progress(struct tx *tx, const void *message, struct err *err);

/* delivery/receivers.c */
int on_apply_receivers(struct tx *tx, const void *message, struct err *err);
int on_list_receivers(struct tx *tx, const void *message, struct err *err);
int receivers_load(struct tx *tx, struct err *err);
void receivers_clear(struct monitoring *monitoring);

/* delivery/requests.c */
int on_list_deliveries(struct tx *tx, const void *message, struct err *err);
int on_get_delivery(struct tx *tx, const void *message, struct err *err);
int on_test_receiver(struct tx *tx, const void *message, struct err *err);
/* In the call's arena; ERR_NOT_FOUND. */
int delivery_find(struct tx *tx, const char *id, Bihuan__Delivery **out, struct err *err);
/* Those of an alert, by time, in the call's arena. */
int deliveries_of(struct tx *tx, const char *alert_id, Bihuan__Delivery ***out, size_t *count, struct err *err);

/* delivery/again.c */
int on_send_again(struct tx *tx, const void *message, struct err *err);

/* delivery/sender.c: the thread that delivers */
int sender_start(struct monitoring *monitoring, struct err *err);
void sender_stop(struct monitoring *monitoring);
void sender_wake(struct monitoring *monitoring);
int on_delivered(struct tx *tx, const void *message, struct err *err);
int on_state_told(struct tx *tx, const void *message, struct err *err);
int on_merge(struct tx *tx, const void *message, struct err *err);

/* delivery/heartbeat.c: each morning a message that says the service is there */
int heartbeat_due(struct tx *tx, const void *message, struct err *err);
/* delivery/prune.c: forgets messages that are done with */
int delivery_prune(struct tx *tx, const void *message, struct err *err);

/* A unit's subtree check for the asker: ERR_NOT_FOUND outside. */
int check_scope(struct tx *tx, uint32_t unit_id, struct err *err);
/* false where the measure isn't a ratio, or a part of it isn't known. */
bool measure_ratio(struct tx *tx, const struct ref_measure *measure, struct ref_ratio *out);
/* Decimals of a measure's values. */
int measure_scale(struct tx *tx, const struct ref_measure *measure);
int32_t today(struct tx *tx);

#endif
