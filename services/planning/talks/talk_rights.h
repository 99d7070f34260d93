/* talk_rights: who may answer for a unit's targets, and hand in its drafts: by roles, and where they are held. */
#ifndef BIHUAN_SERVICES_PLANNING_TALK_RIGHTS_H
#define BIHUAN_SERVICES_PLANNING_TALK_RIGHTS_H

#include "planning/talks/negotiation.h"
#include "planning/targets/targets.h"

/* 0 where the asker may give this answer about the unit in this version; else ERR_FORBIDDEN with code wrong_role,
 * wrong_unit, own_offer or own_request, and who could. */
int talk_check_right(struct tx *tx, const struct version_row *version, const struct ref_unit *unit, const char *answer,
                     struct err *err);

/* Who hands in drafts: asked for many units of one request. In the call's arena. */
struct hands;
int talk_hands_open(struct tx *tx, struct hands **out, struct err *err);
/* A role with the right to answer, held today at the unit itself; else a problem at `pointer`: wrong_role or
 * wrong_unit, and who could. What was said of the unit before doesn't matter: a draft answers nothing. */
void talk_check_hands(const struct hands *hands, const struct ref_unit *unit, const char *pointer);

#endif
