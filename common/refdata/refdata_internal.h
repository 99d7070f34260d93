/* refdata_internal: what refdata.c (the whole, and events), entries.c (units, channels, products, measures), periods.c
 * (calendars, periods, baselines), plans.c (targets) and lookup.c share. */
#ifndef BIHUAN_REFDATA_INTERNAL_H
#define BIHUAN_REFDATA_INTERNAL_H

#include "refdata/code_table.h"
#include "refdata/documents.h"
#include "refdata/refdata.h"
#include "refdata/target_map.h"

struct refdata {
    struct code_table units, channels, products, measures, calendars, periods;
    struct tree *tree;
    struct target_map targets;
    struct target_map firsts; /* of the first version, of periods that were revised */
    bool unresolved;          /* a relation names a parent that hasn't come yet */
};

/* A date of a document; `otherwise` where there is none. */
int32_t refdata_day_of(const char *text, int32_t otherwise);

/* documents_each_fn, with the refdata as argument: each takes one document over. */
int refdata_each_unit(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_relation(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_channel(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_product(void *arg, const ProtobufCMessage *message, struct err *err);
/* Finds parents by their codes, whichever of a product and its parent came first. */
void refdata_link_products(struct refdata *refdata);
int refdata_each_measure(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_calendar(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_period(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_baseline(void *arg, const ProtobufCMessage *message, struct err *err);
int refdata_each_first(void *arg, const ProtobufCMessage *message, struct err *err);

/* A unit's relations into the tree. One whose parent isn't known yet is left out until the tree is made anew, which is
 * when the next units come. */
int refdata_take_relations(struct refdata *refdata, const Bihuan__Unit *unit, struct err *err);

/* Which shorter periods lie within each. */
void refdata_link_periods(struct refdata *refdata);
/* Plans that were published before their calendar was kept with them keep the one that they had until now. */
int refdata_keep_calendar(struct refdata *refdata, struct tx *tx, const char *code, struct err *err);
int refdata_load_targets(struct refdata *refdata, struct tx *tx, struct err *err);

/* How the entries are freed. */
void refdata_fini_unit(void *entry);
void refdata_fini_channel(void *entry);
void refdata_fini_product(void *entry);
void refdata_fini_measure(void *entry);
void refdata_fini_calendar(void *entry);
void refdata_fini_period(void *entry);

#endif
