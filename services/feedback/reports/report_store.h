/* report_store: reports, their history and their values in the data base. Texts live in the call's arena. */
#ifndef BIHUAN_FEEDBACK_REPORT_STORE_H
#define BIHUAN_FEEDBACK_REPORT_STORE_H

#include "feedback/reports/report_rules.h"
#include "runtime/runtime.h"

#include "bihuan/feedback_reports.pb-c.h"

enum report_state { REPORT_OWED = 0, REPORT_DRAFT, REPORT_SUBMITTED, REPORT_RETURNED };
enum report_told { REPORT_TOLD_NOTHING = 0, REPORT_TOLD_SOON, REPORT_TOLD_OVERDUE };

#define REPORT_NO_DAY INT32_MIN

struct report {
    const char *id, *template_, *theme;
    uint32_t unit, city; /* city 0: none above */
    const char *period;
    int32_t from_day;
    int32_t owed_day, due_day, soon_day; /* REPORT_NO_DAY: none */
    enum report_told told;
    enum report_state state;
    const char *author;
    uint32_t revision;
    int64_t submitted_at; /* 0: no submission stands */
    int32_t submitted_day;
    uint32_t submissions;
    const char *returned_because;
    bool rated;
    uint32_t rating, ratings;
    const char *rating_reason, *rated_by;
    uint32_t filled, fields;
    Bihuan__ReportValue **values;
    size_t value_count;
};

/* NULL in *out where there is none. */
int report_store_get(struct db *db, struct arena *arena, const char *id, struct report **out, struct err *err);
int report_store_put(struct tx *tx, const struct report *report, struct err *err);
/* The oldest duty of the unit by the template that isn't submitted; NULL where there is none. */
int report_store_open_duty(struct tx *tx, const char *template_, uint32_t unit, struct report **out, struct err *err);
/* How many reports the unit has begun by the template on a day. */
int report_store_count_begun(struct tx *tx, const char *template_, uint32_t unit, int32_t day, uint32_t *out,
                             struct err *err);

/* A duty for each of the units, as `like` says but for id, unit and city; those that are there stay. */
int report_store_make(struct tx *tx, const struct report *like, const char *const *ids, const int32_t *units,
                      const int32_t *cities, size_t count, struct err *err);
/* First day of the last period whose duties were made; REPORT_NO_DAY: none yet. */
int report_store_round(struct tx *tx, const char *template_, int32_t *last_day, struct err *err);
int report_store_set_round(struct tx *tx, const char *template_, int32_t last_day, struct err *err);
/* Marks at most `limit` that aren't submitted as told, and returns them: overdue ones, or those due soon. */
int report_store_tell(struct tx *tx, enum report_told what, int32_t today, uint32_t limit, struct report **rows,
                      size_t *count, struct err *err);

/* The values of a submission, for summaries, instead of those before; parallel arrays. */
struct report_values {
    const char **fields, **words;
    int16_t *kinds;
    int64_t *numbers;
    size_t count;
};
int report_store_set_values(struct tx *tx, const char *id, const struct report_values *values, struct err *err);

int report_store_add_step(struct tx *tx, const char *id, const Bihuan__ReportStep *step, struct err *err);
int report_store_steps(struct db *db, struct arena *arena, const char *id, Bihuan__ReportStep ***out, size_t *count,
                       struct err *err);

/* --- lists and summaries --- */
struct report_filter {
    const uint32_t *units; /* NULL: all */
    size_t unit_count;
    const char *template_, *theme, *author; /* "" any */
    int32_t from_day, until_day;            /* REPORT_NO_DAY any */
    int32_t today;
    const char *state; /* "", a state, "open" or "overdue" */
};
/* By due day, then id, behind (after_due, after_id); REPORT_NO_DAY and "" from the first on. A due day of none is
 * INT32_MAX there. */
int report_store_list(struct tx *tx, const struct report_filter *filter, int32_t after_due, const char *after_id,
                      uint32_t limit, struct report **rows, size_t *count, struct err *err);
/* Rows of a summary; `reply` gets them. Of the filter units, template, theme, days and today count. */
int report_store_summary(struct tx *tx, const struct report_filter *filter, uint32_t latest,
                         const char *(*code_of)(void *arg, uint32_t unit), void *arg,
                         Bihuan__SummarizeReportsReply *reply, struct err *err);
/* What is counted by unit and template; slots_told of free ones are weeks. values_wanted is that of duties. */
struct report_unit_totals {
    uint32_t unit;
    const char *template_;
    struct report_totals totals;
};
int report_store_totals(struct tx *tx, const struct report_filter *filter, struct report_unit_totals **rows,
                        size_t *count, struct err *err);

#endif
