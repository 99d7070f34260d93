/* negotiation: see negotiation.h. */
#include "planning/talks/negotiation.h"

#include <string.h>

const char *const talk_states[TALK_STATES] = { "open", "proposed", "accepted", "asked", "recalled" };

/* Every legal step; what isn't here is refused. */
static const struct talk_step steps[] = {
    { "propose", TALK_OPEN, TALK_PROPOSED, true },     { "propose", TALK_RECALLED, TALK_PROPOSED, true },
    { "propose", TALK_PROPOSED, TALK_PROPOSED, true }, /* amounts changed: once more */
    { "propose", TALK_ACCEPTED, TALK_ACCEPTED, true }, /* with its siblings: nothing of it changed */
    { "accept", TALK_PROPOSED, TALK_ACCEPTED, false }, { "ask", TALK_PROPOSED, TALK_ASKED, false },
    { "ask", TALK_ASKED, TALK_ASKED, false },       /* something else instead */
    { "accept", TALK_ASKED, TALK_ACCEPTED, false }, /* thought better of it */
    { "recall", TALK_PROPOSED, TALK_RECALLED, true },  { "recall", TALK_ACCEPTED, TALK_RECALLED, true },
    { "recall", TALK_ASKED, TALK_RECALLED, true },     { "remind", TALK_PROPOSED, TALK_PROPOSED, true },
    { "grant", TALK_ASKED, TALK_PROPOSED, true },      { "decline", TALK_ASKED, TALK_PROPOSED, true },
};

const struct talk_step *talk_find(const char *answer, enum talk_state from, bool *known)
{
    const struct talk_step *found = NULL;

    *known = false;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(steps[i].answer, answer) != 0)
            continue;
        *known = true;
        if (steps[i].from == from)
            found = &steps[i];
    }
    return found;
}

bool talk_is_from_above(const char *answer)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(steps[i].answer, answer) == 0)
            return steps[i].from_above;
    return false;
}

const char *talk_right(const char *answer)
{
    return talk_is_from_above(answer) ? "offer" : "answer";
}

enum talk_verdict talk_decide(const char *answer, const struct talk_wish *wish)
{
    bool settles = strcmp(answer, "grant") == 0 || strcmp(answer, "decline") == 0;

    if (!wish->here)
        return wish->elsewhere ? TALK_WRONG_UNIT : TALK_WRONG_ROLE;
    if (!talk_is_from_above(answer) && wish->offered)
        return TALK_OWN_OFFER;
    return settles && wish->asked ? TALK_OWN_REQUEST : TALK_YES;
}

enum talk_state talk_state_of(const char *word)
{
    for (int i = 0; i < TALK_STATES; i++)
        if (strcmp(talk_states[i], word) == 0)
            return (enum talk_state)i;
    return TALK_OPEN;
}
