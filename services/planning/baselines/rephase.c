/* rephase: a published period moves to the newest version of its calendar: a revision, with its reason. */
#include "planning/baselines/baselines.h"

#include "planning/baselines/calendar_store.h"
#include "planning/targets/targets.h"

#include <string.h>

/* Something is published, and its calendar has become another since. */
static int check(struct tx *tx, const struct ref_period *period, const Bihuan__RephasePeriodRequest *request,
                 Bihuan__Calendar **newest, struct err *err)
{
    struct version_row works, in_force;
    ProtobufCMessage *document = NULL;
    Bihuan__Calendar *now;

    if (!request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "another calendar for a published plan needs a reason");
    if (version_store_current(tx, period->id, &works, &in_force, err) != 0)
        return -1;
    if (!in_force.version)
        return err_fail(err, ERR_CONFLICT, "nothing_published",
                        "period \"%s\" has no published plan; it goes by the newest calendar anyway", period->code);
    if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, period->calendar, &document, err) != 0 ||
        baseline_calendar(tx, period, works.version ? &works : &in_force, &now, err) != 0)
        return -1;
    *newest = (Bihuan__Calendar *)document;
    if (!*newest || (now && now->version == (*newest)->version))
        return err_fail(err, ERR_CONFLICT, "same_calendar",
                        "the plan of period \"%s\" goes by the newest version of calendar \"%s\" already; apply the"
                        " changed calendar first",
                        period->code, period->calendar);
    return 0;
}

int on_rephase_period(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RephasePeriodRequest *request = message;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    Bihuan__PlanVersionReply reply = BIHUAN__PLAN_VERSION_REPLY__INIT;
    Bihuan__Calendar *newest = NULL;
    struct version_row works;
    uint32_t begins_as;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (check(tx, period, request, &newest, err) != 0 ||
        works_for_change(tx, period, request->reason, false, &works, &begins_as, err) != 0)
        return -1;
    if (!works.reason[0])
        works.reason = request->reason;
    if (calendar_store_keep(tx, newest, err) != 0 ||
        calendar_store_set_plan(tx, period->id, works.version, newest->code, newest->version, err) != 0 ||
        version_step(tx, &works, "draft", request->reason, err) != 0)
        return -1;
    return version_message(tx, &works, &reply.version, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
