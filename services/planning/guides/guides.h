/* guides: guides and their acknowledgement; the handlers of this room. */
#ifndef BIHUAN_SERVICES_PLANNING_GUIDES_H
#define BIHUAN_SERVICES_PLANNING_GUIDES_H

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
int on_request_material(struct tx *tx, const void *message, struct err *err);
int on_move_material(struct tx *tx, const void *message, struct err *err);
int on_confirm_material(struct tx *tx, const void *message, struct err *err);
int on_list_materials(struct tx *tx, const void *message, struct err *err);
int on_get_material(struct tx *tx, const void *message, struct err *err);
int on_issue_certificate(struct tx *tx, const void *message, struct err *err);
int on_list_certificates(struct tx *tx, const void *message, struct err *err);

/* For attachments: the latest version of the code, where the asker is of the unit that issued it. */
int guide_owner(struct tx *tx, const char *code, int64_t *id, struct err *err);
/* The asker may read it: no subtree, or an addressee is within it. */
int guide_readable(struct tx *tx, int64_t id, bool *yes, struct err *err);

/* --- addressees.c --- */
/* Units that the filter names today, ascending, in the call's arena. Problems stand under `pointer`. */
size_t addressees_find(struct tx *tx, const Bihuan__Addressees *to, const char *pointer, uint32_t **units);
/* The asker's subtree as units, ascending; *units NULL: everything. */
size_t addressees_scope(struct tx *tx, uint32_t **units);
/* The asker holds any role at exactly this unit today. */
int addressees_works_at(struct tx *tx, uint32_t unit_id, bool *yes, struct err *err);

/* --- certificates.c --- */
/* Somebody with a role at exactly this unit holds a certificate for the product that is valid today. */
int certificates_held_at(struct tx *tx, uint32_t unit_id, uint32_t product_id, bool *held, struct err *err);

#endif
