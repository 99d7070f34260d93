/* crediting: what the daemon keeps in memory to credit by: rules, holders of roles, the run under way. A part of the
 * service's state (state.h), under its lock. */
#ifndef BIHUAN_INCENTIVE_CREDITING_H
#define BIHUAN_INCENTIVE_CREDITING_H

#include "incentive/crediting/entry_store.h"
#include "incentive/crediting/rule_store.h"

struct crediting {
    struct arena docs; /* owns the versions */
    const Bihuan__CreditingRule **versions;
    size_t version_count;
    struct rules rules;
    struct holders holders;
    struct customers customers;         /* who holds which */
    struct registrations registrations; /* those that were taken into effect */
    struct credit_rows rows;            /* the writer's alone: entries not yet written */
    struct credit_entries entries;      /* the writer's alone: of one fact */
    struct credit_run run;              /* under way; id 0 none */
};

void crediting_init(struct crediting *crediting);
void crediting_drop(struct crediting *crediting);
/* From the tables. */
int crediting_load(struct crediting *crediting, const struct refdata *refdata, struct tx *tx, struct err *err);
/* After rules were applied: reads the versions again. */
int crediting_load_rules(struct crediting *crediting, const struct refdata *refdata, struct tx *tx, struct err *err);
/* After what rules name was changed by planning. */
void crediting_remake(struct crediting *crediting, const struct refdata *refdata, struct tx *tx);
/* People as planning published them: stores and takes over. */
int crediting_on_people(struct crediting *crediting, const struct refdata *refdata, struct tx *tx,
                        const Bihuan__PeopleChanged *event, struct err *err);

/* Code of a rule, in the arena; "" where there is none of the id. */
char *crediting_code(const struct crediting *crediting, uint32_t rule_id, struct arena *arena);

static inline struct credit_world crediting_world(const struct crediting *crediting, const struct refdata *refdata)
{
    return (struct credit_world) { &crediting->rules, refdata, &crediting->holders, &crediting->customers,
                                   &crediting->registrations };
}

#endif
