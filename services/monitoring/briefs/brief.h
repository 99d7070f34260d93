/* brief: what a meeting needs to know of a unit: gathered from progress, alerts and actions, told as text, as a page
 * with charts, or as a spreadsheet. One figure has one origin: those of progress are what the progress view says. */
#ifndef BIHUAN_SERVICES_MONITORING_BRIEF_H
#define BIHUAN_SERVICES_MONITORING_BRIEF_H

#include "monitoring/monitoring.h"

#include "bihuan/monitoring_brief.pb-c.h"

struct brief_span {
    char word[8];        /* day, week, month */
    int32_t from, as_of; /* both counted */
    int32_t chart_from;  /* first day of the charts */
};
/* By the word ("" is week) and the day. False: there is no such word. */
bool brief_span_of(const char *word, int32_t as_of, struct brief_span *out);

/* --- gathering; all in the call's arena --- */
int brief_measures(struct tx *tx, const struct ref_unit *unit, const struct brief_span *span, Bihuan__Brief *brief,
                   struct err *err);
int brief_work(struct tx *tx, const struct ref_unit *unit, const struct brief_span *span, Bihuan__Brief *brief,
               struct err *err);

/* --- documents; pure but for the spreadsheet's temporary file --- */
void brief_text(const Bihuan__Brief *brief, bool zh, struct buf *out);
void brief_html(const Bihuan__Brief *brief, bool zh, struct buf *out);
int brief_xlsx(const Bihuan__Brief *brief, bool zh, struct buf *out, struct err *err);

/* Shared by the documents: "1,234.5" without needless zeros; "-7.83"; what became of the measure against plan. */
const char *brief_amount(char out[48], int64_t amount, uint32_t scale);
const char *brief_points(char out[24], int32_t bp);
const char *brief_percent(char out[24], uint32_t ppm);
/* Change against before in percent, "" where that is nothing or not known. */
const char *brief_change(char out[24], int64_t now, int64_t before, bool known);
/* "980 - 1,060" and "10 / 12": the landing's band, and how many of the past ones were kept; "" where there is none. */
const char *brief_band(char out[100], const Bihuan__BriefMeasure *measure);
const char *brief_kept(char out[32], const Bihuan__BriefMeasure *measure);
/* "lag", "ok", "ahead" by the gap. */
const char *brief_status(int32_t gap_bp);

/* Of an open alert: what it is about; why it is open, of a lag the gap in points; how it stands. */
const char *brief_about(const Bihuan__Alert *alert);
const char *brief_why(char out[32], const Bihuan__Alert *alert, bool zh);
const char *brief_state(const char *state, bool zh);

int on_get_brief(struct tx *tx, const void *message, struct err *err);

#endif
