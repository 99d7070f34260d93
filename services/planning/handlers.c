/* handlers: what planning answers to. */
#include "planning/organisation/organisation.h"
#include "planning/cycle/cycle.h"
#include "planning/guides/guides.h"
#include "planning/planning.h"
#include "planning/programmes/programmes.h"
#include "planning/service.h"
#include "planning/plans/plans.h"
#include "planning/plans/work.h"
#include "planning/tasks/tasks.h"

#include <string.h>

extern const struct migration planning_migrations[];

static const struct handler handlers[] = {
    HANDLE_REQUEST(APPLY_UNITS, "plan.write", on_apply_units),
    HANDLE_REQUEST(APPLY_CHANNELS, "plan.write", on_apply_channels),
    HANDLE_REQUEST(APPLY_PRODUCTS, "plan.write", on_apply_products),
    HANDLE_REQUEST(APPLY_MEASURES, "plan.write", on_apply_measures),
    HANDLE_REQUEST(APPLY_CALENDARS, "plan.write", on_apply_calendars),
    HANDLE_REQUEST(APPLY_PERIODS, "plan.write", on_apply_periods),
    HANDLE_REQUEST_IN_SCOPE(APPLY_TARGETS, "plan.write", on_apply_targets),
    HANDLE_QUERY_IN_SCOPE(LIST_UNITS, "plan.read", on_list_units),
    HANDLE_QUERY_IN_SCOPE(LIST_CHANNELS, "plan.read", on_list_channels),
    HANDLE_QUERY_IN_SCOPE(LIST_PRODUCTS, "plan.read", on_list_products),
    HANDLE_QUERY_IN_SCOPE(LIST_MEASURES, "plan.read", on_list_measures),
    HANDLE_QUERY_IN_SCOPE(LIST_CALENDARS, "plan.read", on_list_calendars),
    HANDLE_QUERY_IN_SCOPE(LIST_PERIODS, "plan.read", on_list_periods),
    HANDLE_QUERY_IN_SCOPE(LIST_TARGETS, "plan.read", on_list_targets),
    HANDLE_QUERY(LIST_PLANS, "plan.read", on_list_plans),

    /* organisation */
    HANDLE_REQUEST(APPLY_PEOPLE, "plan.write", on_apply_people),
    HANDLE_QUERY_IN_SCOPE(LIST_PEOPLE, "plan.read", on_list_people),
    HANDLE_REQUEST(MOVE_UNIT, "plan.write", on_move_unit),
    HANDLE_REQUEST(MERGE_UNITS, "plan.write", on_merge_units),
    HANDLE_REQUEST(CLOSE_UNIT, "plan.write", on_close_unit),
    HANDLE_REQUEST(HAND_OVER, "plan.write", on_hand_over),
    HANDLE_QUERY(LIST_REORGANISATIONS, "plan.read", on_list_reorganisations),
    /* cycles */
    HANDLE_REQUEST(APPLY_CYCLE_TEMPLATES, "plan.write", on_apply_cycle_templates),
    HANDLE_REQUEST(OPEN_CYCLE, "plan.write", on_open_cycle),
    HANDLE_REQUEST(OVERRIDE_STAGE, "plan.override", on_override_stage),
    HANDLE_REQUEST_IN_SCOPE(SUBMIT_DELIVERABLE, "plan.act", on_submit_deliverable),
    HANDLE_REQUEST_IN_SCOPE(RETURN_DELIVERABLE, "plan.act", on_return_deliverable),
    HANDLE_REQUEST_IN_SCOPE(APPROVE_DELIVERABLE, "plan.act", on_approve_deliverable),
    HANDLE_REQUEST_IN_SCOPE(NOTE_DELIVERABLE, "plan.act", on_note_deliverable),
    HANDLE_REQUEST_IN_SCOPE(ATTACH_FILE, "plan.act", on_attach_file),
    HANDLE_QUERY_IN_SCOPE(LIST_CYCLE_TEMPLATES, "plan.read", on_list_cycle_templates),
    HANDLE_QUERY_IN_SCOPE(LIST_CYCLES, "plan.read", on_list_cycles),
    HANDLE_QUERY_IN_SCOPE(GET_CYCLE, "plan.read", on_get_cycle),
    HANDLE_QUERY_IN_SCOPE(LIST_DELIVERABLES, "plan.read", on_list_deliverables),
    HANDLE_QUERY_IN_SCOPE(GET_DELIVERABLE, "plan.read", on_get_deliverable),
    HANDLE_QUERY_IN_SCOPE(GET_ATTACHMENT, "plan.read", on_get_attachment),
    HANDLE_TIMER(2 * SECOND, deliverables_timer),
    HANDLE_TIMER(2 * SECOND, guides_timer),
    HANDLE_TIMER(2 * SECOND, certificates_timer),

    /* guides */
    HANDLE_REQUEST_IN_SCOPE(ISSUE_GUIDE, "plan.act", on_issue_guide),
    HANDLE_REQUEST_IN_SCOPE(ATTACH_GUIDE_FILE, "plan.act", on_attach_guide_file),
    HANDLE_REQUEST_IN_SCOPE(ACKNOWLEDGE_GUIDE, "plan.act", on_acknowledge_guide),
    HANDLE_REQUEST_IN_SCOPE(READY_GUIDE, "plan.act", on_ready_guide),
    HANDLE_QUERY_IN_SCOPE(LIST_GUIDES, "plan.read", on_list_guides),
    HANDLE_QUERY_IN_SCOPE(GET_GUIDE, "plan.read", on_get_guide),
    HANDLE_QUERY_IN_SCOPE(GUIDE_READINESS, "plan.read", on_guide_readiness),

    /* programmes */
    HANDLE_REQUEST_IN_SCOPE(APPLY_PROGRAMMES, "plan.act", on_apply_programmes),
    HANDLE_REQUEST_IN_SCOPE(CONSENT_PROGRAMME, "plan.act", on_consent_programme),
    HANDLE_REQUEST_IN_SCOPE(END_PROGRAMME, "plan.act", on_end_programme),
    HANDLE_QUERY_IN_SCOPE(LIST_PROGRAMMES, "plan.read", on_list_programmes),
    HANDLE_REQUEST_IN_SCOPE(REQUEST_MATERIAL, "plan.act", on_request_material),
    HANDLE_REQUEST_IN_SCOPE(MOVE_MATERIAL, "plan.act", on_move_material),
    HANDLE_REQUEST_IN_SCOPE(CONFIRM_MATERIAL, "plan.act", on_confirm_material),
    HANDLE_REQUEST_IN_SCOPE(ISSUE_CERTIFICATE, "plan.act", on_issue_certificate),
    HANDLE_QUERY_IN_SCOPE(LIST_MATERIALS, "plan.read", on_list_materials),
    HANDLE_QUERY_IN_SCOPE(GET_MATERIAL, "plan.read", on_get_material),
    HANDLE_QUERY_IN_SCOPE(LIST_CERTIFICATES, "plan.read", on_list_certificates),

    /* work */
    HANDLE_REQUEST_IN_SCOPE(SAVE_WORK_PLAN, "plan.act", on_save_work_plan),
    HANDLE_REQUEST_IN_SCOPE(MOVE_WORK_PLAN, "plan.act", on_move_work_plan),
    HANDLE_REQUEST_IN_SCOPE(REVISE_WORK_PLAN, "plan.act", on_revise_work_plan),
    HANDLE_REQUEST_IN_SCOPE(OFFER_FIGURE, "plan.act", on_offer_figure),
    HANDLE_REQUEST_IN_SCOPE(FINISH_PLAN_STEP, "plan.act", on_finish_plan_step),
    HANDLE_QUERY_IN_SCOPE(LIST_WORK_PLANS, "plan.read", on_list_work_plans),
    HANDLE_QUERY_IN_SCOPE(GET_WORK_PLAN, "plan.read", on_get_work_plan),
    HANDLE_QUERY_IN_SCOPE(LIST_TASKS, "plan.read", on_list_tasks),
    HANDLE_REQUEST_IN_SCOPE(REMIND_TASK, "plan.act", on_remind_task),
    HANDLE_EVENT("monitoring", ACTION_CHANGED, on_action_changed),
    HANDLE_EVENT("feedback", OPPORTUNITY_CHANGED, on_opportunity_changed),
    HANDLE_TIMER(5 * SECOND, tasks_timer),
    /* the target ledger */
    HANDLE_REQUEST(PUBLISH_PLAN, "plan.publish", on_publish_plan),
    HANDLE_REQUEST(SUBMIT_PLAN, "plan.write", on_submit_plan),
    HANDLE_REQUEST(APPROVE_PLAN, "plan.approve", on_approve_plan),
    HANDLE_REQUEST(RETURN_PLAN, "plan.read", on_return_plan), /* by who may approve, or who submitted it */
    HANDLE_REQUEST(REVISE_PLAN, "plan.write", on_revise_plan),
    HANDLE_QUERY_IN_SCOPE(LIST_PLAN_VERSIONS, "plan.read", on_list_plan_versions),
    HANDLE_REQUEST(APPLY_WEIGHT_SETS, "plan.write", on_apply_weight_sets),
    HANDLE_REQUEST(APPLY_WEIGHTS, "plan.write", on_apply_weights),
    HANDLE_REQUEST(APPLY_BOUNDS, "plan.write", on_apply_bounds),
    HANDLE_REQUEST(APPLY_FITS, "plan.write", on_apply_fits),
    HANDLE_REQUEST_IN_SCOPE(APPLY_DRAFTS, "plan.answer", on_apply_drafts),
    HANDLE_QUERY(LIST_WEIGHT_SETS, "plan.read", on_list_weight_sets),
    HANDLE_QUERY(LIST_WEIGHTS, "plan.read", on_list_weights),
    HANDLE_QUERY(LIST_BOUNDS, "plan.read", on_list_bounds),
    HANDLE_QUERY(LIST_FITS, "plan.read", on_list_fits),
    HANDLE_QUERY_IN_SCOPE(LIST_GAPS, "plan.read", on_list_gaps),
    HANDLE_REQUEST_IN_SCOPE(DECOMPOSE, "plan.write", on_decompose),
    HANDLE_QUERY_IN_SCOPE(WHAT_IF, "plan.read", on_what_if),
    HANDLE_REQUEST_IN_SCOPE(SET_TARGET, "plan.write", on_set_target),
    HANDLE_REQUEST_IN_SCOPE(TRANSFER_TARGET, "plan.write", on_transfer_target),
    HANDLE_QUERY_IN_SCOPE(EXPLAIN_TARGET, "plan.read", on_explain_target),
    HANDLE_QUERY_IN_SCOPE(DIFF_PLANS, "plan.read", on_diff_plans),
    HANDLE_QUERY_IN_SCOPE(LINT_PLAN, "plan.read", on_lint_plan),
    HANDLE_REQUEST_IN_SCOPE(MARK_CUT, "plan.write", on_mark_cut),
    HANDLE_QUERY_IN_SCOPE(LIST_CUTS, "plan.read", on_list_cuts),
    HANDLE_REQUEST_IN_SCOPE(ANSWER_TARGETS, "plan.answer", on_answer_targets),
    HANDLE_QUERY_IN_SCOPE(LIST_NEGOTIATIONS, "plan.read", on_list_negotiations),
    HANDLE_REQUEST(APPLY_TARGET_ROLES, "plan.write", on_apply_target_roles),
    HANDLE_QUERY_IN_SCOPE(LIST_TARGET_ROLES, "plan.read", on_list_target_roles),
    HANDLE_REQUEST(REPHASE_PERIOD, "plan.write", on_rephase_period),
    HANDLE_QUERY_IN_SCOPE(PHASE_TARGETS, "plan.read", on_phase_targets),
    HANDLE_QUERY(LIST_CALENDAR_VERSIONS, "plan.read", on_list_calendar_versions),
    HANDLERS_END,
};

static const struct setting settings[] = {
    { "due_soon_days", SETTING_INT, "7", "a deliverable counts as due so many days before its due day", 0, 366 },
    { "opportunity_idle_days", SETTING_INT, "7", "an opportunity that didn't move for so many days is overdue", 1,
      366 },
    { "attachment_max_bytes", SETTING_INT, "8388608", "bytes that the files of one deliverable or guide may have", 1,
      1073741824 },
    { "plan_approval", SETTING_TEXT, "required",
      "required: only approved versions are published, and not by who wrote them; optional: who may publish may publish"
      " a draft, their own too",
      0, 0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};

static int start(struct runtime *rt, struct err *err)
{
    struct planning *planning = runtime_state(rt);
    const char *approval = runtime_setting(rt, "plan_approval");

    if (strcmp(approval, "required") != 0 && strcmp(approval, "optional") != 0)
        return err_fail(err, ERR_INVALID, "bad_setting", "plan_approval \"%s\" is neither required nor optional",
                        approval);
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
    .reads = (const char *const[]) { "feedback", "monitoring", NULL }, /* what people have to do there */
    .memory_follows = true,
    .handlers = handlers,
    .migrations = planning_migrations,
    .settings = settings,
    .state_size = sizeof(struct planning),
    .start = start,
    .stop = stop,
    .load = planning_reload,
};
