/* handlers: what planning answers to. */
#include "planning/organisation/organisation.h"
#include "planning/planning.h"
#include "planning/service.h"

extern const struct migration planning_migrations[];

static const struct handler handlers[] = {
    HANDLE_REQUEST(APPLY_UNITS, "plan.write", on_apply_units),
    HANDLE_REQUEST(APPLY_CHANNELS, "plan.write", on_apply_channels),
    HANDLE_REQUEST(APPLY_PRODUCTS, "plan.write", on_apply_products),
    HANDLE_REQUEST(APPLY_MEASURES, "plan.write", on_apply_measures),
    HANDLE_REQUEST(APPLY_CALENDARS, "plan.write", on_apply_calendars),
    HANDLE_REQUEST(APPLY_PERIODS, "plan.write", on_apply_periods),
    HANDLE_REQUEST(APPLY_TARGETS, "plan.write", on_apply_targets),
    HANDLE_REQUEST(PUBLISH_PLAN, "plan.write", on_publish_plan),
    HANDLE_QUERY_IN_SCOPE(LIST_UNITS, "plan.read", on_list_units),
    HANDLE_QUERY_IN_SCOPE(LIST_CHANNELS, "plan.read", on_list_channels),
    HANDLE_QUERY_IN_SCOPE(LIST_PRODUCTS, "plan.read", on_list_products),
    HANDLE_QUERY_IN_SCOPE(LIST_MEASURES, "plan.read", on_list_measures),
    HANDLE_QUERY_IN_SCOPE(LIST_CALENDARS, "plan.read", on_list_calendars),
    HANDLE_QUERY_IN_SCOPE(LIST_PERIODS, "plan.read", on_list_periods),
    HANDLE_QUERY(LIST_TARGETS, "plan.read", on_list_targets),
    HANDLE_QUERY(LIST_PLANS, "plan.read", on_list_plans),

    /* organisation */
    HANDLE_REQUEST(APPLY_PEOPLE, "plan.write", on_apply_people),
    HANDLE_QUERY_IN_SCOPE(LIST_PEOPLE, "plan.read", on_list_people),
    HANDLE_REQUEST(MOVE_UNIT, "plan.write", on_move_unit),
    HANDLE_REQUEST(MERGE_UNITS, "plan.write", on_merge_units),
    HANDLE_REQUEST(CLOSE_UNIT, "plan.write", on_close_unit),
    HANDLE_REQUEST(HAND_OVER, "plan.write", on_hand_over),
    HANDLE_QUERY(LIST_REORGANISATIONS, "plan.read", on_list_reorganisations),
    HANDLERS_END,
};

static int start(struct runtime *rt, struct err *err)
{
    struct planning *planning = runtime_state(rt);

    (void)err;
    pthread_rwlock_init(&planning->lock, NULL);
    planning->refdata = refdata_new();
    return 0;
}

static void stop(struct runtime *rt)
{
    struct planning *planning = runtime_state(rt);

    if (!planning->refdata)
        return;
    refdata_destroy(&planning->refdata);
    pthread_rwlock_destroy(&planning->lock);
}

int planning_reload(struct tx *tx, struct err *err)
{
    struct planning *planning = tx_state(tx);
    int rc;

    pthread_rwlock_wrlock(&planning->lock);
    rc = refdata_load(planning->refdata, tx, err);
    pthread_rwlock_unlock(&planning->lock);
    return rc;
}

const struct service planning_service = {
    .name = "planning",
    .handlers = handlers,
    .migrations = planning_migrations,
    .state_size = sizeof(struct planning),
    .start = start,
    .stop = stop,
    .load = planning_reload,
};
