/* known: what is known of one resource from all events of it, whatever their order. Pure.
 *
 * A JSON object that is kept as it is:
 *   members  {name: [at, value, weight]}: each member as the latest event that had it said it; of events of one time
 *            that of the larger weight (enum tmf_action): a change goes before a create
 *   whole    time of the latest event that told the resource whole: members said before it and not in it are gone
 *   states   {item: {rank: at}}: when each rank was first reached; item "" is the resource itself
 *   words    {item: [at, word, weight]}: the latest state that is no word of ours
 *   lines    {line: [at, value, weight]}: of a bill, the lines that were asked for
 *   readings {microseconds: [at, level, weight]}: of stock, the level that was told at that time; see readings.h
 *   rows     {row: [version, what it said]}: rows as they were recorded last; see tmf_rows()
 * Members, states and words are the same for any order and doubling of the events: of two equal ones of one time the
 * larger text counts, and a state once reached stays reached.
 */
#ifndef BIHUAN_FEEDBACK_TMF_KNOWN_H
#define BIHUAN_FEEDBACK_TMF_KNOWN_H

#include "feedback/tmf/envelope.h"

/* Takes the event in. */
void tmf_known_take(json_t *known, const struct tmf_event *event, const struct zone *zone);
/* Takes a line of a bill in, told by `event`; nothing where it has no id. */
void tmf_known_take_line(json_t *known, const struct tmf_event *event);
/* Takes in all that another entry knows of the same resource, but its rows. */
void tmf_known_join(json_t *known, const json_t *other);
/* Notes that a rank was reached. item "" the resource itself. */
void tmf_known_reach(json_t *known, const char *item, uint8_t rank, int64_t at);

/* The resource as it is known now: a new object of what its members say. False: no event has told it whole, so it isn't
 * known what its states belong to. */
bool tmf_known_body(const json_t *known, enum tmf_resource resource, json_t **out);
/* When the item reached that rank, by itself or with the whole resource. False: it hasn't. */
bool tmf_known_reached(const json_t *known, const char *item, uint8_t rank, int64_t *at);
/* The furthest rank reached by the resource or any item; cancelled goes before all. 0 none. */
uint8_t tmf_known_furthest(const json_t *known);
/* The word of a state that isn't known; "" none. */
const char *tmf_known_word(const json_t *known, const char *item);

#endif
