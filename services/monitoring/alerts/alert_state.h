/* alert_state: the states of an alert and how days of breach and of recovery move it. Pure.
 *
 *   ok -> pending -> firing -> taken -> acting -> resolved; expired with the period.
 *
 * A person's taking it, or a corrective action, changes who looks after it, not whether it is over: an alert is over by
 * measurement alone. Dwell is counted in judged feed days, so a silent feed neither fires nor resolves.
 */
#ifndef BIHUAN_SERVICES_MONITORING_ALERT_STATE_H
#define BIHUAN_SERVICES_MONITORING_ALERT_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum alert_state {
    ALERT_OK = 0,
    ALERT_PENDING,
    ALERT_FIRING,
    ALERT_TAKEN,
    ALERT_ACTING,
    ALERT_RESOLVED,
    ALERT_EXPIRED,
};

const char *alert_state_word(enum alert_state state);
enum alert_state alert_state_parse(const char *word); /* ALERT_OK where unknown */
/* firing, taken or acting: somebody was or will be told. */
bool alert_state_is_open(enum alert_state state);

struct alert_dwell {
    uint32_t breach_days; /* consecutive judged days in breach */
    uint32_t clear_days;  /* consecutive judged days clear */
};

/* One judged day. `critical` needs a single day of breach. Returns the next state; *dwell is updated. */
enum alert_state alert_state_next(enum alert_state state, struct alert_dwell *dwell, bool breach, bool clear,
                                  bool critical, uint32_t dwell_days, uint32_t clear_days);

#endif
