/* payplan_checking: what the files that check a plan's document share. */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_CHECKING_H
#define BIHUAN_PAYPLAN_PAYPLAN_CHECKING_H

#include "payplan/payplan.h"

struct payplan_checking {
    const Bihuan__PayPlan *doc;
    payplan_measure_fn *measure;
    void *measure_arg;
    payplan_problem_fn *problem;
    void *arg;
    int money_scale, digits;
    size_t component; /* SIZE_MAX: the plan itself */
    size_t count;
};

/* `field` is relative to the component, or to the plan. */
void payplan_report(struct payplan_checking *check, const char *field, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* An amount of 0 or more; reports what isn't one. */
int64_t payplan_check_amount(struct payplan_checking *check, const char *field, const char *text, int scale,
                             bool needed);
bool payplan_check_measure(struct payplan_checking *check, const char *field, const char *code,
                           struct payplan_measure *out);

/* payplan_axes_check.c: axes and rows of a rate; `of` is the component's measure. */
void payplan_check_axes(struct payplan_checking *check, const Bihuan__PayComponent *doc,
                        const struct payplan_measure *of);

#endif
