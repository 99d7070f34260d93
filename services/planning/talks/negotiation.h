/* negotiation: where a unit may stand with its targets, and who may move it. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_NEGOTIATION_H
#define BIHUAN_SERVICES_PLANNING_NEGOTIATION_H

#include <stdbool.h>
#include <stddef.h>

enum talk_state { TALK_OPEN, TALK_PROPOSED, TALK_ACCEPTED, TALK_ASKED, TALK_RECALLED, TALK_STATES };
extern const char *const talk_states[TALK_STATES];

/* One legal step. */
struct talk_step {
    const char *answer;
    enum talk_state from, to;
    bool from_above; /* by who is responsible above the unit; else by who is responsible for it */
};

/* The step of a unit that had accepted and whose targets were changed behind that; nobody can ask for it. */
#define TALK_CHANGED "changed"

/* NULL: not from there; *known: the word exists at all. */
const struct talk_step *talk_find(const char *answer, enum talk_state from, bool *known);
/* By whom: of a word that exists. */
bool talk_is_from_above(const char *answer);
/* --- who may --- */
/* One person's wish to answer; what follows from the roles that they hold today, and from what they said before. */
struct talk_wish {
    bool here;      /* a role with the right, at a unit that counts */
    bool elsewhere; /* such a role, but at other units */
    bool offered;   /* the person spoke from above for the unit's targets in this version */
    bool asked;     /* the person's request is what is answered */
};
enum talk_verdict { TALK_YES, TALK_WRONG_ROLE, TALK_WRONG_UNIT, TALK_OWN_OFFER, TALK_OWN_REQUEST };
enum talk_verdict talk_decide(const char *answer, const struct talk_wish *wish);
/* The word of the right that an answer needs: "offer" or "answer". */
const char *talk_right(const char *answer);

/* TALK_OPEN for an unknown word. */
enum talk_state talk_state_of(const char *word);

#endif
