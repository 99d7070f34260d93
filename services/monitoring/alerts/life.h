/* life: what is kept of an alert beside its state: whose it is, flags, how far it went up its ladder. Pure. */
#ifndef BIHUAN_SERVICES_MONITORING_LIFE_H
#define BIHUAN_SERVICES_MONITORING_LIFE_H

#include "monitoring/alerts/alert_state.h"
#include "monitoring/alerts/flap.h"

#include "base/arena.h"

#include "bihuan/monitoring_life.pb-c.h"

struct alert_life {
    char assigned_to[65];
    int64_t taken_us, touched_us, lapses_us; /* lapses_us 0: it doesn't */
    char silenced_by[17];                    /* "" it isn't */
    struct flap flap;
    int64_t flap_since_us;   /* 0 it doesn't flap */
    struct flap_turns turns; /* of one about a feed or a duty */
    int64_t back_us;         /* of one about a feed: since when the feed is back, and the alert waits; 0 it isn't */
    char outcome[16];
    char ladder[65]; /* that it climbs */
    uint32_t climbed;
    int64_t ladder_base_us;
    uint32_t ladder_base_day;
    bool failed_untold; /* its action failed, and whoever knows of it is to be told so once quiet hours are over */
};

/* A change of state: what begins and what ends with it. `reached`: of one that expires, whether the target was. */
void life_move(struct alert_life *life, enum alert_state from, enum alert_state to, bool reached, int64_t now_us);

/* A judged day is over; true where it began or ceased with it to come and go. */
bool life_day(struct alert_life *life, bool open, const struct flap_limits *limits, int64_t now_us);

/* The same of one about a feed or a duty, when it comes or goes, and when time alone has passed. */
bool life_turn(struct alert_life *life, const struct flap_span *span, int64_t now_us);
bool life_rest(struct alert_life *life, const struct flap_span *span, int64_t now_us);
/* Nothing is known of its coming and going any more. */
void life_forget_flap(struct alert_life *life);

/* In the arena. */
Bihuan__AlertLife *life_message(const struct alert_life *life, struct arena *arena);
void life_take(struct alert_life *life, const Bihuan__AlertLife *message); /* NULL: as a new one */

#endif
