/* alert_book: the alerts in memory and in their tables: moving them, telling receivers, keeping every transition.
 *
 * An alert's identity is (rule, unit, measure, period); its id derives from their codes, so that a replay makes the
 * same one. Changes are gathered in memory and written by alerts_settle() once per judgement; it also decides who is
 * told: an open alert that isn't gathered under another is announced once, and whoever was told that it fired is told
 * that it is over.
 */
#ifndef BIHUAN_SERVICES_MONITORING_ALERT_BOOK_H
#define BIHUAN_SERVICES_MONITORING_ALERT_BOOK_H

#include "monitoring/alerts/life.h"
#include "monitoring/kinds/verdict.h"
#include "monitoring/monitoring.h"

#include <uthash.h>

#define ALERT_ID_LEN     17
#define ALERT_MENTIONED  "children" /* few below lack most of it: they are told instead */
#define CONTRIBUTORS_MAX 5
#define DISPERSED_MILLI  1200 /* above it counts are negative binomial (STATS_DISPERSION_LIMIT), and it is said */

struct contributor {
    uint32_t unit_id;
    int64_t deficit;
    uint32_t share_ppm;
};

struct alert_inputs {
    int32_t as_of;
    int64_t target, planned, actual;
    int32_t gap_bp;
    uint32_t curve_ppm, spi_ppm;
    int32_t days_behind_milli;
    uint32_t probability_ppm;
    int64_t landing;
    uint32_t hit_ppm;
    uint32_t plan_version;
    bool ratio; /* the next five are of one */
    bool level; /* over 1: what there is at the end of a day */
    int64_t of, over;
    int of_scale, over_scale;
    uint32_t dispersion_milli; /* of counts: variance over mean of its days; 0 not looked at */
    bool landing_banded;
    bool unwatched;                    /* it ended since nobody judges it any more */
    int64_t landing_low, landing_high; /* 80 % band */
    char reason[480];
    char reason_zh[480]; /* "" where alert_reason_zh() finds the words in the figures */
};

#define ALERT_SUBJECT_LEN 204 /* a customer may have 200 bytes */

struct alert {
    UT_hash_handle hh;
    char id[ALERT_ID_LEN];
    uint32_t rule_id, unit_id, measure_id, period_id;
    enum alert_state state;
    enum alert_state written; /* as the last transition left it */
    int severity;
    int64_t since_us, fired_us, resolved_us, silenced_until_us;
    char inhibited_by[ALERT_ID_LEN]; /* id of the root it is gathered under, or ALERT_MENTIONED */
    char taken_by[65];
    char note[300];
    char action[ALERT_ID_LEN];
    struct alert_dwell dwell;
    struct alert_inputs inputs;
    struct contributor contributors[CONTRIBUTORS_MAX];
    size_t contributor_count;
    uint32_t contributors_of;                    /* units right below, of which these are some */
    struct condition conditions[CONDITIONS_MAX]; /* of the latest judgement */
    int condition_count;
    struct condition clears[CLEARS_MAX]; /* one of which has to hold for it to clear */
    int clear_count;
    char subject[ALERT_SUBJECT_LEN];          /* of alerts that aren't about a measure: a feed, a duty, a customer */
    bool nodata, provisional, late_corrected; /* flags beside the state, see Alert */
    int64_t version;                          /* transitions so far */
    struct alert_life life;
    bool told; /* announced, and not yet told that it is over */
    bool dirty;
    bool fired_now; /* since it was settled last */
};

struct alerts *alerts_new(void);
void alerts_destroy(struct alerts **alerts);
int alerts_load(struct tx *tx, struct err *err);

struct alert *alerts_find(struct monitoring *monitoring, const char *id);
/* NULL where there is none and `make` is false. */
struct alert *alerts_get(struct monitoring *monitoring, const struct rule *rule, uint32_t unit_id, uint32_t measure_id,
                         uint32_t period_id, bool make);
/* The same in any book: that of what is recorded, or one of alerts that are only tried. */
struct alert *alerts_get_in(struct alerts *book, const struct monitoring *monitoring, const struct rule *rule,
                            uint32_t unit_id, uint32_t measure_id, uint32_t period_id, bool make);
/* An alert that isn't about a measure; its period is none. */
struct alert *alerts_get_about(struct monitoring *monitoring, const struct rule *rule, uint32_t unit_id,
                               const char *subject, bool make);
struct alert *alerts_get_about_in(struct alerts *book, const struct monitoring *monitoring, const struct rule *rule,
                                  uint32_t unit_id, const char *subject, bool make);
/* Calls each for all in memory; removal is not allowed inside. */
typedef int alerts_each_fn(void *arg, struct alert *alert, struct err *err);
int alerts_each(struct monitoring *monitoring, alerts_each_fn *each, void *arg, struct err *err);
int alerts_each_in(struct alerts *book, alerts_each_fn *each, void *arg, struct err *err);
/* Those alone that the rule, as it is now, has about the measure in the period. */
int alerts_each_of(struct alerts *book, const struct monitoring *monitoring, const struct rule *rule,
                   uint32_t measure_id, uint32_t period_id, alerts_each_fn *each, void *arg, struct err *err);

/* Sets the state (which may be the present one: a note, a silence) and writes a transition with the present inputs. */
int alert_move(struct tx *tx, struct alert *alert, enum alert_state to, const char *actor, const char *note,
               struct err *err);
/* What is moved from here to alerts_settle() is written with it, many rows in a statement. No savepoint may be set
 * between them, and no request reads the rows. */
void alerts_gather(struct monitoring *monitoring);
/* Tells whom it concerns, writes what changed. */
int alerts_settle(struct tx *tx, struct err *err);

/* As the API shows it, in the call's arena, titles in the asked language. */
Bihuan__Alert *alert_message(struct tx *tx, const struct alert *alert);
/* As it is kept and published, in the call's arena. */
Bihuan__Alert *alert_body(struct tx *tx, const struct alert *alert);
/* reason.c: why it is as it is in Chinese, from what an alert's message says; "" nothing is known. */
char *alert_reason_zh(struct arena *arena, const Bihuan__Alert *alert);
/* Its inputs alone; a day as text, "" where there is none. Both in the call's arena. */
Bihuan__AlertInputs *alert_inputs_message(struct tx *tx, const struct alert *alert);
char *alert_day_text(struct tx *tx, int32_t day);
/* All but what makes its id, from the message. */
void alert_take(struct monitoring *monitoring, struct alert *alert, const Bihuan__Alert *body);
/* conditions.c: in the call's arena; amounts with `scale` decimals. And back: how many. */
Bihuan__Condition **conditions_message(struct tx *tx, const struct condition *conditions, int count, int scale);
int conditions_take(struct condition *out, int most, Bihuan__Condition *const *messages, size_t count);
/* An id of 16 hex digits from up to four words. */
void make_id(char out[ALERT_ID_LEN], const char *a, const char *b, const char *c, const char *d);
/* Writes a transition that changes no state: a note, an escalation, a correction. */
int alert_remark(struct tx *tx, struct alert *alert, const char *actor, const char *note, struct err *err);

#endif
