/* reorganise: a change of the organisation as it is gathered, shown and carried out; shared by units and people.
 *
 * Order of use: reorganise_begin(), then the units and people that change (reorganise_unit, reorganise_person), then
 * reorganise_end(), which applies all of them or, in a dry run, only checks, and answers.
 */
#ifndef BIHUAN_SERVICES_PLANNING_REORGANISE_H
#define BIHUAN_SERVICES_PLANNING_REORGANISE_H

#include "planning/planning.h"

#include "bihuan/planning_organisation.pb-c.h"

struct reorganise {
    struct tx *tx;
    const struct refdata *refdata;
    bool dry_run;
    const char *from; /* yyyy-MM-dd */
    int32_t day;      /* the same */
    Bihuan__Reorganisation *change;
    Bihuan__Unit **units; /* as items of a request */
    size_t unit_count, unit_cap;
    Bihuan__Person **people;
    size_t person_count, person_cap;
    char *const *consents; /* of the request; of moves, mergers, closures, openings */
    size_t consent_count;
    bool applied; /* as a manifest says: from any day on, and only periods that aren't over are looked at */
};

/* Checks the day and the reason. Problems are added to the call. `kind` is static. */
void reorganise_begin(struct reorganise *r, struct tx *tx, bool dry_run, const char *kind, const char *from,
                      const char *reason);
/* A unit that changes: `action` and where it stands before and after ("" none) are shown. NULL item: nothing to do. */
void reorganise_unit(struct reorganise *r, Bihuan__Unit *item, const char *action, const char *before,
                     const char *after);
/* A person whose roles change; `after`: where the roles go, "" they end. NULL item: nothing to do. */
void reorganise_person(struct reorganise *r, Bihuan__Person *item, const char *after);
void reorganise_warn(struct reorganise *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Where results of days that are over go elsewhere. */
void reorganise_warn_past(struct reorganise *r);
/* Every person, once: what rehang_roles() says of them is added. */
int reorganise_roles(struct reorganise *r, const char *gone, const char *heir, struct err *err);
/* Targets of these units in periods that aren't over on the day. */
int reorganise_targets(struct reorganise *r, const struct ref_unit *const *units, size_t count, struct err *err);
/* Applies, records, publishes `event` (NULL none), answers. Refuses what unbalances plans without consent. */
int reorganise_end(struct reorganise *r, uint32_t event_type, const ProtobufCMessage *event, struct err *err);

#endif
