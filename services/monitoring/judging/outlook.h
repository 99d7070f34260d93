/* outlook: where a unit will land: its days in this period and in those before it, read for calc/forecast, which says
 * what has been right about it so far. One outlook is for one measure and slice in one period on one day; it keeps
 * what it found of parents, so that their children needn't look again. A book keeps that from day to day, as trials
 * come only with the end of a week; late facts make it begin anew.
 *
 * Threads: a book belongs to the writer thread; an outlook without one to its caller.
 */
#ifndef BIHUAN_SERVICES_MONITORING_OUTLOOK_H
#define BIHUAN_SERVICES_MONITORING_OUTLOOK_H

#include "calc/forecast.h"
#include "monitoring/judging/node.h"

#define OUTLOOK_PERIODS 6 /* looked back, as far as the unit had targets; and one more for its shape */

/* Records of parents by unit id, of one period, measure and slice. */
struct outlook_shelf {
    uint32_t period_id, plan_version;
    struct ref_key slice;           /* its measure, channel and product */
    int32_t weeks;                  /* that were over, and one more where the period was */
    uint32_t limit;                 /* of unit ids */
    struct forecast_record **above; /* NULL until one is asked for */
    struct arena *arena;            /* of what is kept */
};

struct outlook_book;
struct outlook_book *outlook_book_new(void);
void outlook_book_clear(struct outlook_book *book);
void outlook_book_destroy(struct outlook_book **book);

struct outlook {
    const struct monitoring *monitoring;
    const struct ref_measure *measure;
    struct ref_key slice; /* channel and product; 0 all */
    struct node_series series;
    int32_t day;
    const struct ref_period *periods[OUTLOOK_PERIODS + 2]; /* this one, the one before, ... */
    int period_count;
    struct outlook_shelf own; /* without a book */
    struct outlook_shelf *shelf;
};

/* `arena` is for what is kept of parents. */
void outlook_init(struct outlook *outlook, const struct monitoring *monitoring, const struct ref_period *period,
                  const struct ref_measure *measure, struct node_series series, int32_t day, struct arena *arena);
/* Keeps it in the book instead, until that is cleared. outlook->slice is set. */
void outlook_keep(struct outlook *outlook, struct outlook_book *book);

/* How much more the counts of `node`, whose unit is set, vary from day to day than chance has them: by the days of
 * `spread` and those of the period before, where it had a target then. */
int outlook_dispersion(const struct outlook *outlook, const struct node_spread *spread, struct node *node,
                       struct err *err);

/* Landing of `node`, whose unit is set; nothing where it has no target. `spread`: its days, where they have been read;
 * else NULL. With `bands` also how often what came lay within what was forecast, for people to look at. */
int outlook_land(struct outlook *outlook, const struct node_spread *spread, bool bands, struct node *node,
                 struct err *err);

#endif
