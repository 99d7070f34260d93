/* talk_rights: who may answer for a unit's targets: by roles, and where they are held. */
#ifndef BIHUAN_SERVICES_PLANNING_TALK_RIGHTS_H
#define BIHUAN_SERVICES_PLANNING_TALK_RIGHTS_H

#include "planning/targets/negotiation.h"
#include "planning/targets/targets.h"

/* 0 where the asker may give this answer about the unit in this version; else ERR_FORBIDDEN with code wrong_role,
 * wrong_unit, own_offer or own_request, and who could. */
int talk_check_right(struct tx *tx, const struct version_row *version, const struct ref_unit *unit, const char *answer,
                     struct err *err);

#endif
