/* readings: levels of a dealer's stock as events tell them, each at its time. Pure.
 *
 * A stock (TMF687 ProductStock) is one product at one place in one use. What is known of it keeps its readings beside
 * the members that say what and where it is: an event that tells the level alone is a reading of what others described.
 */
#ifndef BIHUAN_FEEDBACK_TMF_READINGS_H
#define BIHUAN_FEEDBACK_TMF_READINGS_H

#include "feedback/tmf/envelope.h"

#define READINGS_KEPT 50 /* of a stock; older ones are facts and needn't be told again */

/* The level that the event tells, as the sender's digits, whole numbers without decimals, "0" of a stock that is
 * deleted; with READING_SEPARATOR and the status behind it where the event says one, since that holds for the reading
 * alone. "" none. In a static buffer of the thread. */
#define READING_SEPARATOR '\x1f'
const char *tmf_reading_level(const struct tmf_event *event);
/* Forgets all but the latest READINGS_KEPT, and the rows that were made of them. */
void tmf_readings_prune(json_t *known);

struct tmf_reading {
    int64_t at;
    const char *key;   /* `at` as text */
    const char *level; /* with its status */
};
/* All of them in the order of their times, borrowed; in the arena. */
size_t tmf_readings(const json_t *known, struct arena *arena, struct tmf_reading **out);

#endif
