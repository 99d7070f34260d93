/* part_store: the SQL of feeds' parts: their marks and conditions, volumes by day, ages, classes of days. */
#ifndef BIHUAN_FEEDBACK_CONDITIONS_PART_STORE_H
#define BIHUAN_FEEDBACK_CONDITIONS_PART_STORE_H

#include "feedback/conditions/condition.h"
#include "runtime/runtime.h"

#define PART_NO_DAY INT32_MIN

/* A feed (unit 0) or one city's part of it. */
struct part {
    uint32_t feed_id, unit;
    bool has_mark, has_event;
    int64_t through;    /* of a whole: the feed's */
    int64_t spoke_at;   /* as well */
    int64_t last_event; /* of what is recorded */
    condition_kind condition;
    int64_t since;
    int32_t day; /* the last complete one that was judged, PART_NO_DAY none */
    char day_class[DAY_CLASS_MAX];
    int64_t volume, expected, usual_age;
    bool missing, dirty;
};

/* Of one feed, or of all (feed_id 0), by feed and unit, in the call's arena. */
int part_store_list(struct tx *tx, uint32_t feed_id, struct part **out, size_t *count, struct err *err);
/* One; *found. */
int part_store_get(struct tx *tx, uint32_t feed_id, uint32_t unit, bool *found, struct part *out, struct err *err);
/* All of it but last_event, and a whole's mark. Where it isn't there yet it is begun. */
int part_store_put(struct tx *tx, const struct part *part, struct err *err);
/* Begins a part where there is none. */
int part_store_begin(struct tx *tx, uint32_t feed_id, uint32_t unit, struct err *err);
int part_store_drop(struct tx *tx, uint32_t feed_id, uint32_t unit, struct err *err);
/* Rows of these units with these latest events are recorded: begins parts that aren't there. */
int part_store_events(struct tx *tx, uint32_t feed_id, const int32_t *units, const int64_t *events, size_t count,
                      struct err *err);

/* So many records more, by unit and day; each pair once. Days before `today` may be judged already, which is then to be
 * done again. */
int part_store_add_volumes(struct tx *tx, uint32_t feed_id, const int32_t *units, const int32_t *days,
                           const int64_t *records, size_t count, int32_t today, struct err *err);

struct part_volume {
    int32_t day;
    int64_t records;
    const char *day_class; /* as a calendar calls it; "" by its weekday */
};
/* Days [from, until], all of them, from the first on that any records were of; in the call's arena. */
int part_store_volumes(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t from, int32_t until,
                       struct part_volume **out, size_t *count, struct err *err);

int part_store_note_age(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t day, int64_t age, struct err *err);
/* Ages of the days from `from` on, in the call's arena. */
int part_store_ages(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t from, int64_t **out, size_t *count,
                    struct err *err);

/* Notes of all parts whether a file is told as missing since `since`; those for which that changed are dirty. */
int part_store_note_missing(struct tx *tx, int64_t since, struct err *err);

/* What a calendar calls days, in the place of what it said before. */
int part_store_put_calendar(struct tx *tx, const char *calendar, const int32_t *days, const char *const *classes,
                            size_t count, struct err *err);

struct part_filter {
    const char *feed, *unit; /* "" all; unit "-": wholes alone */
    condition_kind condition;
    const char *after_feed, *after_unit;
    uint32_t limit;
};
/* Columns: feed code, body of the feed, unit code, condition, since, through, day, day_class, volume, expected,
 * usual_age, whether files said more than can be believed while another waits; by feed and unit. */
int part_store_show(struct tx *tx, const struct part_filter *filter, struct db_rows *rows, struct err *err);

#endif
