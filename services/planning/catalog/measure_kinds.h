/* measure_kinds: definitions that are no plain sums: distinct counts, ratios, averages. */
#ifndef BIHUAN_SERVICES_PLANNING_MEASURE_KINDS_H
#define BIHUAN_SERVICES_PLANNING_MEASURE_KINDS_H

#include "planning/planning.h"
#include "refdata/fact_kinds.h"

/* Before the items are checked one by one: what a ratio is made of is looked up among what is known and the request
 * itself; an average gets its two parts, which stand behind the request's items in *items. Adds problems; where an
 * average has some, its parts are left out. Returns the number of items. */
size_t measure_take_parts(struct tx *tx, const Bihuan__ApplyMeasuresRequest *request, Bihuan__Measure ***items);

/* Problems of one item's own words; fills in what it leaves out. */
void measure_check_kind(struct tx *tx, const char *pointer, Bihuan__Measure *measure);

/* What a period shows: fills in what the item leaves out; problems of levels. */
void measure_check_over_time(struct tx *tx, const char *pointer, const struct fact_kind_info *kind,
                             Bihuan__Measure *measure);

/* Age, days that a reading holds, and what must be given, of a filter at `at`. */
void measure_check_days(struct tx *tx, const char *at, const Bihuan__MeasureFilter *filter);

/* Both count facts, or the same cancels. */
bool measure_same_cancels(const Bihuan__Measure *a, const Bihuan__Measure *b);

/* Both sum, both count keys, or both divide into the same unit. */
bool measure_same_kind(const Bihuan__Measure *a, const Bihuan__Measure *b);

/* measures.c: products, channels and words of a filter. */
void measure_check_filter(struct tx *tx, const char *pointer, const Bihuan__Measure *measure);

#endif
