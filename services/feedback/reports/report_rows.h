/* report_rows: rows of table report as structs; for the stores of this room alone. */
#ifndef BIHUAN_FEEDBACK_REPORT_ROWS_H
#define BIHUAN_FEEDBACK_REPORT_ROWS_H

#include "feedback/reports/report_store.h"

#define REPORT_COLUMNS                                                                                                 \
    "id, template, theme, unit_id, city_id, period, from_day, owed_day, due_day, soon_day, told, state, author,"       \
    " revision, submitted_at, submitted_day, submissions, returned_because, rated, rating, ratings, rating_reason,"    \
    " rated_by, filled, fields, body"

/* A row of REPORT_COLUMNS; texts and values go into the arena. */
int report_read_row(const struct db_rows *rows, int i, struct arena *arena, struct report *out, struct err *err);
int report_query(struct db *db, struct arena *arena, const struct stmt *stmt, const struct db_args *args,
                 struct report **out, size_t *count, struct err *err);

#endif
