/* happening: what events of planning and feedback say that is to be looked after, in one shape. Pure.
 *
 * Something begins to be so at some units, or is over there (at all units where none is named). Where no event says
 * that it is over, it is forgotten after `days`.
 */
#ifndef BIHUAN_SERVICES_MONITORING_HAPPENING_H
#define BIHUAN_SERVICES_MONITORING_HAPPENING_H

#include "monitoring/rules/rule.h"

#include <stddef.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_reports.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"

#define HAPPENING_DAYS 7

struct happening {
    enum rule_kind kind; /* RULE_NONE: nothing to look after */
    char subject[130];
    char detail[256], detail_zh[256];
    const uint32_t *units; /* of the message; 0 stands for the root */
    size_t unit_count;     /* 0: all */
    uint32_t unit;         /* room for one */
    bool begins;
    bool forgotten; /* after HAPPENING_DAYS */
    int32_t since;  /* day from which on it is so, or by which it has to be done; 0: today */
};

/* Each fills *out, which borrows from the message; where one unit is meant, out->units is &out->unit. */
void happening_of_deliverable(const Bihuan__DeliverableMoved *event, struct happening *out);
/* The same before that: what has to be submitted yet, by when. */
void happening_of_due(const Bihuan__DeliverableMoved *event, struct happening *out);
void happening_of_guide(const Bihuan__GuideOverdue *event, struct happening *out);
void happening_of_acknowledged(const Bihuan__GuideAcknowledged *event, struct happening *out);
void happening_of_task(const Bihuan__TaskReminded *event, struct happening *out);
void happening_of_report(const Bihuan__ReportDue *event, struct happening *out);
void happening_of_submitted(const Bihuan__ReportSubmitted *event, struct happening *out);
void happening_of_expired(const Bihuan__CertificateExpired *event, struct happening *out);
void happening_of_issued(const Bihuan__CertificateIssued *event, struct happening *out);
void happening_of_missing(const Bihuan__FileMissing *event, struct happening *out);
void happening_of_totals(const Bihuan__TotalsDiffer *event, struct happening *out);
void happening_of_file(const Bihuan__FileFinished *event, struct happening *out);

#endif
