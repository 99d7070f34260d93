/* guides: guides and their acknowledgement; the handlers of this room. */
#ifndef BIHUAN_SERVICES_PLANNING_GUIDES_H
#define BIHUAN_SERVICES_PLANNING_GUIDES_H

#include "refdata/refdata.h"
#include "runtime/runtime.h"

#include "bihuan/planning_cycle.pb-c.h"

/* --- handlers --- */
int on_issue_guide(struct tx *tx, const void *message, struct err *err);
int on_acknowledge_guide(struct tx *tx, const void *message, struct err *err);
int on_ready_guide(struct tx *tx, const void *message, struct err *err);
int on_list_guides(struct tx *tx, const void *message, struct err *err);
int on_get_guide(struct tx *tx, const void *message, struct err *err);
int on_guide_readiness(struct tx *tx, const void *message, struct err *err);
int guides_timer(struct tx *tx, const void *message, struct err *err);
int certificates_timer(struct tx *tx, const void *message, struct err *err);
int on_request_material(struct tx *tx, const void *message, struct err *err);
int on_move_material(struct tx *tx, const void *message, struct err *err);
int on_confirm_material(struct tx *tx, const void *message, struct err *err);
int on_list_materials(struct tx *tx, const void *message, struct err *err);
int on_get_material(struct tx *tx, const void *message, struct err *err);
int on_issue_certificate(struct tx *tx, const void *message, struct err *err);
int on_list_certificates(struct tx *tx, const void *message, struct err *err);

/* For attachments: the latest version of the code, where the asker is of the unit that issued it. */
int guide_owner(struct tx *tx, const char *code, int64_t *id, struct err *err);
/* The asker may read it: no subtree, or the issuing unit or an addressee is within it. */
int guide_readable(struct tx *tx, int64_t id, bool *yes, struct err *err);
/* Its files may change: nobody acknowledged it yet; else refused. */
int guide_changeable(struct tx *tx, int64_t id, struct err *err);

/* --- addressees.c --- */
/* Units that the filter names today, ascending, in the call's arena. Problems stand under `pointer`. */
size_t addressees_find(struct tx *tx, const Bihuan__Addressees *to, const char *pointer, uint32_t **units);
/* The asker's subtree as units, ascending; *units NULL: everything. */
size_t addressees_scope(struct tx *tx, uint32_t **units);
/* The unit speaks for the whole province: an office, a centre or the province itself. */
bool addressees_is_central(const struct ref_unit *unit);
/* The unit is in today's tree, and is above the other one in it or central; no unit stands over itself. */
bool addressees_stands_over(struct tx *tx, uint32_t unit_id, uint32_t other_id);
/* The asker holds any role at exactly this unit today. */
int addressees_works_at(struct tx *tx, uint32_t unit_id, bool *yes, struct err *err);

/* --- certificates.c --- */
/* Somebody with a role at exactly this unit holds a certificate for the product that is valid today. */
int certificates_held_at(struct tx *tx, uint32_t unit_id, uint32_t product_id, bool *held, struct err *err);

#endif
