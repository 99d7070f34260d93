/* reports: reports from the field: templates, duties, drafts, submissions, ratings. See feedback_reports.proto.
 *
 * A report lives in bucket 0. What is submitted, owed and rated becomes a fact of the loop as it happens.
 */
#ifndef BIHUAN_FEEDBACK_REPORTS_H
#define BIHUAN_FEEDBACK_REPORTS_H

#include "feedback/reports/report_store.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* --- handlers --- */
/* templates.c */
int on_apply_report_templates(struct tx *tx, const void *message, struct err *err);
int on_list_report_templates(struct tx *tx, const void *message, struct err *err);
/* reports.c */
int on_save_report(struct tx *tx, const void *message, struct err *err);
int on_submit_report(struct tx *tx, const void *message, struct err *err);
/* report_office.c */
int on_return_report(struct tx *tx, const void *message, struct err *err);
int on_rate_report(struct tx *tx, const void *message, struct err *err);
/* report_views.c */
int on_get_report(struct tx *tx, const void *message, struct err *err);
int on_list_reports(struct tx *tx, const void *message, struct err *err);
/* report_summary.c */
int on_summarize_reports(struct tx *tx, const void *message, struct err *err);
/* report_timer.c: makes the duties of periods that began, tells what is due soon and overdue. */
int reports_timer(struct tx *tx, const void *message, struct err *err);

/* --- templates.c --- */
#define REPORT_TEMPLATE_KIND "report_template"
/* ERR_NOT_FOUND where there is none. */
int report_template_get(struct tx *tx, const char *code, Bihuan__ReportTemplate **out, struct err *err);
int32_t report_return_days(const Bihuan__ReportTemplate *template_);

/* --- report_facts.c: what a report counts for --- */
/* It was owed: on its due day, or today where that comes first. Free ones aren't. */
int report_facts_owed(struct tx *tx, const struct report *const *reports, size_t count, struct err *err);
int report_facts_submitted(struct tx *tx, const struct report *report, struct err *err);
int report_facts_rated(struct tx *tx, const struct report *report, struct err *err);
/* The submission that stood, and its rating, are taken back; `report` as it was before. */
int report_facts_returned(struct tx *tx, const struct report *report, struct err *err);

/* --- report_views.c: shared by handlers --- */
int32_t report_today(struct tx *tx);
/* A date of a request, "" is REPORT_NO_DAY; adds a problem at the pointer where it is none. */
void report_take_day(struct tx *tx, const char *pointer, const char *text, int32_t *out);
/* The unit is at or below the root on that day. */
bool report_is_under(const struct reference *reference, uint32_t unit, uint32_t root, int32_t day);
/* True where the asker's token lets them see the unit. */
bool report_in_scope(struct tx *tx, const struct reference *reference, uint32_t unit);
/* The report by id in the asker's scope, else ERR_NOT_FOUND. `revision` 0: any, else ERR_CONFLICT where it has moved
 * on. */
int report_find(struct tx *tx, const struct reference *reference, const char *id, uint32_t revision,
                struct report **out, struct err *err);
/* As it is told; with_values: values too. In the call's arena. */
Bihuan__Report *report_view(struct tx *tx, const struct reference *reference, const struct report *report,
                            bool with_values);
/* Units at or below `unit` (a code; "" where the asker's subtree begins), as a filter; *units NULL: all of them.
 * ERR_NOT_FOUND where the unit isn't known or outside the asker's scope. */
int report_units(struct tx *tx, const struct reference *reference, const char *unit, uint32_t **units, size_t *count,
                 struct err *err);
/* Stores it at its next revision with one step of history. */
int report_move(struct tx *tx, struct report *report, const char *act, const char *note, bool with_values,
                struct err *err);

#endif
