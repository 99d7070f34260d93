/* report_cycles: cycles that planning opened, and for which of them the duties of a report template are made. */
#ifndef BIHUAN_FEEDBACK_REPORT_CYCLES_H
#define BIHUAN_FEEDBACK_REPORT_CYCLES_H

#include "runtime/runtime.h"

struct report_cycle {
    const char *code, *template_; /* in the call's arena */
    int32_t from_day;             /* first day of its period */
    int32_t opened_day;
};

/* An event of planning's: a cycle is noted as it was opened first. */
int on_cycle_opened(struct tx *tx, const void *message, struct err *err);
/* Those opened in [from, until) whose duties by the report template aren't made yet, oldest first. */
int report_cycles_to_make(struct tx *tx, const char *report_template, int32_t from, int32_t until,
                          struct report_cycle **out, size_t *count, struct err *err);
int report_cycles_made(struct tx *tx, const char *report_template, const char *cycle, struct err *err);

#endif
