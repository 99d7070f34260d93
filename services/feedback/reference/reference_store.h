/* reference_store: the SQL of planning's data as feedback keeps it. */
#ifndef BIHUAN_FEEDBACK_REFERENCE_STORE_H
#define BIHUAN_FEEDBACK_REFERENCE_STORE_H

#include "db/db.h"
#include "feedback/reference/reference.h"

/* Fills an empty reference from the tables; the caller seals it. */
int reference_store_load(struct db *db, struct arena *arena, struct reference *reference, struct err *err);

/* The same without any measure. */
int reference_store_load_world(struct db *db, struct reference *reference, struct err *err);
/* A measure as planning published it, NULL in *out where there is none; in the arena. */
int reference_store_measure(struct db *db, struct arena *arena, const char *code, const Bihuan__Measure **out,
                            struct err *err);

/* Each takes the whole new state of what changed. *changed: whether one that was there before says something else now
 * that bears on what facts contribute (a product's family or price), or a measure is new. */
struct units_change {
    bool moved;  /* one that was there hangs elsewhere */
    bool opened; /* one takes results of days on which it took none: it is closed later, or no more */
};
int reference_store_units(struct db *db, struct arena *arena, const Bihuan__UnitsChanged *event,
                          struct units_change *change, struct err *err);
int reference_store_channels(struct db *db, struct arena *arena, const Bihuan__ChannelsChanged *event, struct err *err);
int reference_store_products(struct db *db, struct arena *arena, const Bihuan__ProductsChanged *event, bool *changed,
                             struct err *err);
int reference_store_measures(struct db *db, struct arena *arena, const Bihuan__MeasuresDefined *event, bool *changed,
                             struct err *err);

#endif
