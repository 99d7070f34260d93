/* message: see message.h. The registry is one table; a new message is one line here and its number in types.proto. */
#include "bus/message.h"

#include <stdbool.h>
#include <string.h>

#include "bihuan/archive.pb-c.h"
#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_conditions.pb-c.h"
#include "bihuan/feedback_measures.pb-c.h"
#include "bihuan/feedback_reports.pb-c.h"
#include "bihuan/feedback_tmf.pb-c.h"
#include "bihuan/gateway.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_acts.pb-c.h"
#include "bihuan/incentive_contracts.pb-c.h"
#include "bihuan/incentive_crediting.pb-c.h"
#include "bihuan/incentive_patterns.pb-c.h"
#include "bihuan/incentive_pay.pb-c.h"
#include "bihuan/incentive_ranking.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/monitoring_brief.pb-c.h"
#include "bihuan/monitoring_desk.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_programmes.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#define EVENT(NAME, who, message)                                                                                      \
    {                                                                                                                  \
        MSG(NAME), #NAME, who, MESSAGE_EVENT, &bihuan__##message##__descriptor, NULL                                   \
    }
#define REQUEST(NAME, who, message, answer)                                                                            \
    {                                                                                                                  \
        MSG(NAME), #NAME, who, MESSAGE_REQUEST, &bihuan__##message##_request__descriptor,                              \
            &bihuan__##answer##__descriptor                                                                            \
    }
#define APPLY(NAME, who, message) REQUEST(NAME, who, message, apply_reply)

static const struct message_type types[] = {
    EVENT(UNITS_CHANGED, "planning", units_changed),
    EVENT(CHANNELS_CHANGED, "planning", channels_changed),
    EVENT(PRODUCTS_CHANGED, "planning", products_changed),
    EVENT(MEASURES_DEFINED, "planning", measures_defined),
    EVENT(CALENDAR_PUBLISHED, "planning", calendar_published),
    EVENT(PERIODS_OPENED, "planning", periods_opened),
    EVENT(PLAN_PUBLISHED, "planning", plan_published),
    EVENT(PEOPLE_CHANGED, "planning", people_changed),
    EVENT(UNIT_REORGANISED, "planning", unit_reorganised),
    EVENT(PERSON_HANDED_OVER, "planning", person_handed_over),
    EVENT(CYCLE_OPENED, "planning", cycle_opened),
    EVENT(STAGE_MOVED, "planning", stage_moved),
    EVENT(DELIVERABLE_MOVED, "planning", deliverable_moved),
    EVENT(GUIDE_ISSUED, "planning", guide_issued),
    EVENT(GUIDE_ACKNOWLEDGED, "planning", guide_acknowledged),
    EVENT(GUIDE_OVERDUE, "planning", guide_overdue),
    EVENT(MATERIAL_MOVED, "planning", material_moved),
    EVENT(CERTIFICATE_ISSUED, "planning", certificate_issued),
    EVENT(CERTIFICATE_EXPIRED, "planning", certificate_expired),
    EVENT(WORK_PLAN_MOVED, "planning", work_plan_moved),
    EVENT(PROGRAMME_CHANGED, "planning", programme_changed),
    EVENT(FACTS_RECORDED, "feedback", facts_recorded),
    EVENT(WATERMARK_MOVED, "feedback", watermark_moved),
    EVENT(FEED_SILENT, "feedback", feed_silent),
    EVENT(FILE_FINISHED, "feedback", file_finished),
    EVENT(FILE_MISSING, "feedback", file_missing),
    EVENT(TOTALS_DIFFER, "feedback", totals_differ),
    EVENT(FEED_CONDITION, "feedback", feed_condition),
    EVENT(OPPORTUNITY_CHANGED, "feedback", opportunity_changed),
    EVENT(QUOTES_RECORDED, "feedback", quotes_recorded),
    EVENT(REPORT_SUBMITTED, "feedback", report_submitted),
    EVENT(REPORT_OVERDUE, "feedback", report_due),
    EVENT(REPORT_DUE_SOON, "feedback", report_due),
    EVENT(TASK_REMINDED, "planning", task_reminded),
    EVENT(ALERT_CHANGED, "monitoring", alert_changed),
    EVENT(ACTION_CHANGED, "monitoring", action_changed),
    EVENT(PROGRESS_MOVED, "monitoring", progress_moved),
    EVENT(ACTION_FIGURES_MOVED, "monitoring", action_figures_moved),
    EVENT(SCORES_MOVED, "incentive", scores_moved),
    EVENT(PERIOD_CLOSED, "incentive", period_closed),
    EVENT(STATEMENT_ISSUED, "incentive", statement_issued),
    EVENT(CREDITING_RULES_CHANGED, "incentive", crediting_rules_changed),
    EVENT(CUSTOMER_HOLDINGS_CHANGED, "incentive", customer_holdings_changed),
    EVENT(PAY_PERIOD_MOVED, "incentive", pay_period_moved),
    EVENT(DISPUTE_MOVED, "incentive", dispute_moved),
    EVENT(CLAIM_MOVED, "incentive", claim_moved),
    EVENT(ACT_TAKEN, "incentive", act_taken),
    APPLY(APPLY_UNITS, "planning", apply_units),
    APPLY(APPLY_CHANNELS, "planning", apply_channels),
    APPLY(APPLY_PRODUCTS, "planning", apply_products),
    APPLY(APPLY_MEASURES, "planning", apply_measures),
    APPLY(APPLY_CALENDARS, "planning", apply_calendars),
    APPLY(APPLY_PERIODS, "planning", apply_periods),
    APPLY(APPLY_TARGETS, "planning", apply_targets),
    REQUEST(PUBLISH_PLAN, "planning", publish_plan, publish_plan_reply),
    REQUEST(LIST_UNITS, "planning", list_units, list_units_reply),
    REQUEST(LIST_CHANNELS, "planning", list_channels, list_channels_reply),
    REQUEST(LIST_PRODUCTS, "planning", list_products, list_products_reply),
    REQUEST(LIST_MEASURES, "planning", list_measures, list_measures_reply),
    REQUEST(LIST_CALENDARS, "planning", list_calendars, list_calendars_reply),
    REQUEST(LIST_PERIODS, "planning", list_periods, list_periods_reply),
    REQUEST(LIST_TARGETS, "planning", list_targets, list_targets_reply),
    REQUEST(LIST_PLANS, "planning", list_plans, list_plans_reply),
    APPLY(APPLY_PEOPLE, "planning", apply_people),
    REQUEST(LIST_PEOPLE, "planning", list_people, list_people_reply),
    REQUEST(MOVE_UNIT, "planning", move_unit, reorganise_reply),
    REQUEST(MERGE_UNITS, "planning", merge_units, reorganise_reply),
    REQUEST(CLOSE_UNIT, "planning", close_unit, reorganise_reply),
    REQUEST(HAND_OVER, "planning", hand_over, reorganise_reply),
    REQUEST(LIST_REORGANISATIONS, "planning", list_reorganisations, list_reorganisations_reply),
    APPLY(APPLY_CYCLE_TEMPLATES, "planning", apply_cycle_templates),
    REQUEST(LIST_CYCLE_TEMPLATES, "planning", list_cycle_templates, list_cycle_templates_reply),
    REQUEST(OPEN_CYCLE, "planning", open_cycle, open_cycle_reply),
    REQUEST(LIST_CYCLES, "planning", list_cycles, list_cycles_reply),
    REQUEST(GET_CYCLE, "planning", get_cycle, get_cycle_reply),
    REQUEST(OVERRIDE_STAGE, "planning", override_stage, override_stage_reply),
    REQUEST(LIST_DELIVERABLES, "planning", list_deliverables, list_deliverables_reply),
    REQUEST(GET_DELIVERABLE, "planning", get_deliverable, get_deliverable_reply),
    REQUEST(SUBMIT_DELIVERABLE, "planning", submit_deliverable, move_deliverable_reply),
    REQUEST(RETURN_DELIVERABLE, "planning", return_deliverable, move_deliverable_reply),
    REQUEST(APPROVE_DELIVERABLE, "planning", approve_deliverable, move_deliverable_reply),
    REQUEST(NOTE_DELIVERABLE, "planning", note_deliverable, move_deliverable_reply),
    REQUEST(ATTACH_FILE, "planning", attach_file, attach_file_reply),
    REQUEST(ATTACH_GUIDE_FILE, "planning", attach_guide_file, attach_file_reply),
    REQUEST(GET_ATTACHMENT, "planning", get_attachment, get_attachment_reply),
    REQUEST(ISSUE_GUIDE, "planning", issue_guide, issue_guide_reply),
    REQUEST(LIST_GUIDES, "planning", list_guides, list_guides_reply),
    REQUEST(GET_GUIDE, "planning", get_guide, get_guide_reply),
    REQUEST(ACKNOWLEDGE_GUIDE, "planning", acknowledge_guide, guide_unit_reply),
    REQUEST(READY_GUIDE, "planning", ready_guide, guide_unit_reply),
    REQUEST(GUIDE_READINESS, "planning", guide_readiness, guide_readiness_reply),
    APPLY(APPLY_PROGRAMMES, "planning", apply_programmes),
    REQUEST(LIST_PROGRAMMES, "planning", list_programmes, list_programmes_reply),
    REQUEST(CONSENT_PROGRAMME, "planning", consent_programme, consent_programme_reply),
    REQUEST(END_PROGRAMME, "planning", end_programme, end_programme_reply),
    REQUEST(REQUEST_MATERIAL, "planning", request_material, material_reply),
    REQUEST(MOVE_MATERIAL, "planning", move_material, material_reply),
    REQUEST(CONFIRM_MATERIAL, "planning", confirm_material, material_reply),
    REQUEST(LIST_MATERIALS, "planning", list_materials, list_materials_reply),
    REQUEST(GET_MATERIAL, "planning", get_material, get_material_reply),
    REQUEST(ISSUE_CERTIFICATE, "planning", issue_certificate, issue_certificate_reply),
    REQUEST(LIST_CERTIFICATES, "planning", list_certificates, list_certificates_reply),
    REQUEST(SAVE_WORK_PLAN, "planning", save_work_plan, work_plan_reply),
    REQUEST(MOVE_WORK_PLAN, "planning", move_work_plan, work_plan_reply),
    REQUEST(REVISE_WORK_PLAN, "planning", revise_work_plan, work_plan_reply),
    REQUEST(OFFER_FIGURE, "planning", offer_figure, work_plan_reply),
    REQUEST(FINISH_PLAN_STEP, "planning", finish_plan_step, work_plan_reply),
    REQUEST(LIST_WORK_PLANS, "planning", list_work_plans, list_work_plans_reply),
    REQUEST(GET_WORK_PLAN, "planning", get_work_plan, get_work_plan_reply),
    REQUEST(LIST_TASKS, "planning", list_tasks, list_tasks_reply),
    REQUEST(REMIND_TASK, "planning", remind_task, remind_task_reply),
    /* the target ledger */
    EVENT(PLAN_MOVED, "planning", plan_moved),
    EVENT(TARGETS_ANSWERED, "planning", targets_answered),
    REQUEST(SUBMIT_PLAN, "planning", submit_plan, plan_version_reply),
    REQUEST(APPROVE_PLAN, "planning", approve_plan, plan_version_reply),
    REQUEST(RETURN_PLAN, "planning", return_plan, plan_version_reply),
    REQUEST(REVISE_PLAN, "planning", revise_plan, plan_version_reply),
    REQUEST(LIST_PLAN_VERSIONS, "planning", list_plan_versions, list_plan_versions_reply),
    APPLY(APPLY_WEIGHT_SETS, "planning", apply_weight_sets),
    APPLY(APPLY_WEIGHTS, "planning", apply_weights),
    APPLY(APPLY_BOUNDS, "planning", apply_bounds),
    APPLY(APPLY_FITS, "planning", apply_fits),
    APPLY(APPLY_DRAFTS, "planning", apply_drafts),
    REQUEST(LIST_WEIGHT_SETS, "planning", list_weight_sets, list_weight_sets_reply),
    REQUEST(LIST_WEIGHTS, "planning", list_weights, list_weights_reply),
    REQUEST(LIST_BOUNDS, "planning", list_bounds, list_bounds_reply),
    REQUEST(LIST_FITS, "planning", list_fits, list_fits_reply),
    REQUEST(LIST_GAPS, "planning", list_gaps, list_gaps_reply),
    REQUEST(DECOMPOSE, "planning", decompose, decompose_reply),
    REQUEST(WHAT_IF, "planning", what_if, decompose_reply),
    REQUEST(SET_TARGET, "planning", set_target, ledger_reply),
    REQUEST(TRANSFER_TARGET, "planning", transfer_target, ledger_reply),
    REQUEST(EXPLAIN_TARGET, "planning", explain_target, explain_target_reply),
    REQUEST(DIFF_PLANS, "planning", diff_plans, diff_plans_reply),
    REQUEST(LINT_PLAN, "planning", lint_plan, lint_plan_reply),
    REQUEST(ANSWER_TARGETS, "planning", answer_targets, answer_targets_reply),
    REQUEST(LIST_NEGOTIATIONS, "planning", list_negotiations, list_negotiations_reply),
    APPLY(APPLY_TARGET_ROLES, "planning", apply_target_roles),
    REQUEST(LIST_TARGET_ROLES, "planning", list_target_roles, list_target_roles_reply),
    REQUEST(REPHASE_PERIOD, "planning", rephase_period, plan_version_reply),
    REQUEST(PHASE_TARGETS, "planning", phase_targets, phase_targets_reply),
    REQUEST(LIST_CALENDAR_VERSIONS, "planning", list_calendar_versions, list_calendar_versions_reply),
    REQUEST(MARK_CUT, "planning", mark_cut, mark_cut_reply),
    REQUEST(LIST_CUTS, "planning", list_cuts, list_cuts_reply),
    APPLY(APPLY_FEEDS, "feedback", apply_feeds),
    APPLY(APPLY_CODE_MAPS, "feedback", apply_code_maps),
    REQUEST(LIST_CODE_MAPS, "feedback", list_code_maps, list_code_maps_reply),
    REQUEST(LIST_HOLDINGS, "feedback", list_holdings, list_holdings_reply),
    REQUEST(UPLOAD_CHUNK, "feedback", upload_chunk, upload_chunk_reply),
    REQUEST(RELEASE_REJECTS, "feedback", release_rejects, release_rejects_reply),
    REQUEST(APPEND_RECORDS, "feedback", append_records, append_records_reply),
    REQUEST(RECEIVE_TMF, "feedback", receive_tmf, receive_tmf_reply),
    REQUEST(LIST_HELD, "feedback", list_held, list_held_reply),
    REQUEST(LIST_FEED_CONDITIONS, "feedback", list_feed_conditions, list_feed_conditions_reply),
    REQUEST(LIST_TMF_SOURCES, "feedback", list_tmf_sources, list_tmf_sources_reply),
    REQUEST(ASK_TMF_SOURCE, "feedback", ask_tmf_source, ask_tmf_source_reply),
    REQUEST(COMPLETE_FEED, "feedback", complete_feed, complete_feed_reply),
    REQUEST(COMPARE_FEEDS, "feedback", compare_feeds, compare_feeds_reply),
    REQUEST(LIST_CLOSED_FACTS, "feedback", list_closed_facts, list_closed_facts_reply),
    APPLY(APPLY_REPORT_TEMPLATES, "feedback", apply_report_templates),
    REQUEST(LIST_REPORT_TEMPLATES, "feedback", list_report_templates, list_report_templates_reply),
    REQUEST(SAVE_REPORT, "feedback", save_report, save_report_reply),
    REQUEST(SUBMIT_REPORT, "feedback", submit_report, report_reply),
    REQUEST(RETURN_REPORT, "feedback", return_report, report_reply),
    REQUEST(RATE_REPORT, "feedback", rate_report, report_reply),
    REQUEST(GET_REPORT, "feedback", get_report, get_report_reply),
    REQUEST(LIST_REPORTS, "feedback", list_reports, list_reports_reply),
    REQUEST(SUMMARIZE_REPORTS, "feedback", summarize_reports, summarize_reports_reply),
    REQUEST(LIST_FEEDS, "feedback", list_feeds, list_feeds_reply),
    REQUEST(LIST_FILES, "feedback", list_files, list_files_reply),
    REQUEST(LIST_REJECTS, "feedback", list_rejects, list_rejects_reply),
    REQUEST(GET_FACT, "feedback", get_fact, get_fact_reply),
    REQUEST(RECOUNT, "feedback", recount, recount_reply),
    REQUEST(TRY_MEASURE, "feedback", try_measure, try_measure_reply),
    REQUEST(ACT_ON_FILE, "feedback", act_on_file, act_on_file_reply),
    REQUEST(LIST_MISSING, "feedback", list_missing, list_missing_reply),
    REQUEST(TRY_FEED, "feedback", try_feed, try_feed_reply),
    REQUEST(SUMMARIZE_REJECTS, "feedback", summarize_rejects, summarize_rejects_reply),
    REQUEST(WRITE_OFF_REJECTS, "feedback", write_off_rejects, write_off_rejects_reply),
    REQUEST(MEND_REJECTS, "feedback", mend_rejects, mend_rejects_reply),
    REQUEST(LIST_TOTALS, "feedback", list_totals, list_totals_reply),
    APPLY(APPLY_RULES, "monitoring", apply_rules),
    APPLY(APPLY_RECEIVERS, "monitoring", apply_receivers),
    REQUEST(TAKE_ALERT, "monitoring", take_alert, take_alert_reply),
    REQUEST(SILENCE_ALERT, "monitoring", silence_alert, silence_alert_reply),
    REQUEST(OPEN_ACTION, "monitoring", open_action, open_action_reply),
    REQUEST(DONE_ACTION, "monitoring", done_action, done_action_reply),
    REQUEST(LIST_RULES, "monitoring", list_rules, list_rules_reply),
    REQUEST(LIST_RECEIVERS, "monitoring", list_receivers, list_receivers_reply),
    REQUEST(LIST_ALERTS, "monitoring", list_alerts, list_alerts_reply),
    REQUEST(EXPLAIN_ALERT, "monitoring", explain_alert, explain_alert_reply),
    REQUEST(EXPLAIN_RULE, "monitoring", explain_rule, explain_rule_reply),
    REQUEST(TRY_RULE, "monitoring", try_rule, try_rule_reply),
    REQUEST(LIST_ACTIONS, "monitoring", list_actions, list_actions_reply),
    REQUEST(GET_PROGRESS, "monitoring", get_progress, get_progress_reply),
    REQUEST(LIST_DELIVERIES, "monitoring", list_deliveries, list_deliveries_reply),
    REQUEST(GET_DELIVERY, "monitoring", get_delivery, get_delivery_reply),
    REQUEST(SEND_AGAIN, "monitoring", send_again, send_again_reply),
    REQUEST(TEST_RECEIVER, "monitoring", test_receiver, test_receiver_reply),
    REQUEST(VERIFY_PROGRESS, "monitoring", verify_progress, verify_progress_reply),
    REQUEST(GET_PRACTICE_EFFECT, "monitoring", get_practice_effect, get_practice_effect_reply),
    REQUEST(NOTE_ALERT, "monitoring", note_alert, note_alert_reply),
    REQUEST(ASSIGN_ALERT, "monitoring", assign_alert, assign_alert_reply),
    REQUEST(GET_ALERT_HISTORY, "monitoring", get_alert_history, get_alert_history_reply),
    REQUEST(ADD_SILENCE, "monitoring", add_silence, add_silence_reply),
    REQUEST(END_SILENCE, "monitoring", end_silence, end_silence_reply),
    REQUEST(LIST_SILENCES, "monitoring", list_silences, list_silences_reply),
    APPLY(APPLY_ROUTES, "monitoring", apply_routes),
    REQUEST(LIST_ROUTES, "monitoring", list_routes, list_routes_reply),
    APPLY(APPLY_LADDERS, "monitoring", apply_ladders),
    REQUEST(LIST_LADDERS, "monitoring", list_ladders, list_ladders_reply),
    APPLY(APPLY_CONTACTS, "monitoring", apply_contacts),
    REQUEST(LIST_CONTACTS, "monitoring", list_contacts, list_contacts_reply),
    REQUEST(TRY_ROUTE, "monitoring", try_route, try_route_reply),
    REQUEST(STEP_ACTION, "monitoring", step_action, step_action_reply),
    REQUEST(GET_ACTION, "monitoring", get_action, get_action_reply),
    REQUEST(GET_BRIEF, "monitoring", get_brief, get_brief_reply),
    REQUEST(COMPARE_PROGRESS, "monitoring", compare_progress, compare_progress_reply),
    REQUEST(LIST_ACTION_FIGURES, "monitoring", list_action_figures, list_action_figures_reply),
    APPLY(APPLY_SCORECARDS, "incentive", apply_scorecards),
    REQUEST(CLOSE_PERIOD, "incentive", close_period, close_period_reply),
    REQUEST(LIST_SCORECARDS, "incentive", list_scorecards, list_scorecards_reply),
    REQUEST(LIST_SCORES, "incentive", list_scores, list_scores_reply),
    REQUEST(GET_STATEMENT, "incentive", get_statement, get_statement_reply),
    REQUEST(LIST_CLOSINGS, "incentive", list_closings, list_closings_reply),
    REQUEST(VERIFY_SCORES, "incentive", verify_scores, verify_scores_reply),
    APPLY(APPLY_CREDITING_RULES, "incentive", apply_crediting_rules),
    REQUEST(LIST_CREDITING_RULES, "incentive", list_crediting_rules, list_crediting_rules_reply),
    REQUEST(LIST_CREDITS, "incentive", list_credits, list_credits_reply),
    REQUEST(EXPLAIN_CREDIT, "incentive", explain_credit, explain_credit_reply),
    REQUEST(LIST_CREDIT_TOTALS, "incentive", list_credit_totals, list_credit_totals_reply),
    REQUEST(LIST_CREDITING_RUNS, "incentive", list_crediting_runs, list_crediting_runs_reply),
    APPLY(APPLY_CUSTOMER_HOLDINGS, "incentive", apply_customer_holdings),
    REQUEST(LIST_CUSTOMER_HOLDINGS, "incentive", list_customer_holdings, list_customer_holdings_reply),
    REQUEST(LIST_REGISTRATIONS, "incentive", list_registrations, list_registrations_reply),
    REQUEST(LIST_RECEIPTS, "incentive", list_receipts, list_receipts_reply),
    APPLY(APPLY_PAY_PLANS, "incentive", apply_pay_plans),
    REQUEST(LIST_PAY_PLANS, "incentive", list_pay_plans, list_pay_plans_reply),
    REQUEST(LINT_PAY_PLANS, "incentive", lint_pay_plans, lint_pay_plans_reply),
    REQUEST(CALCULATE_PAY, "incentive", calculate_pay, calculate_pay_reply),
    REQUEST(MOVE_PAY_PERIOD, "incentive", move_pay_period, move_pay_period_reply),
    REQUEST(LIST_PAY_PERIODS, "incentive", list_pay_periods, list_pay_periods_reply),
    REQUEST(LIST_PAY, "incentive", list_pay, list_pay_reply),
    REQUEST(LIST_PAY_ENTRIES, "incentive", list_pay_entries, list_pay_entries_reply),
    REQUEST(TRY_PAY, "incentive", try_pay, try_pay_reply),
    REQUEST(VERIFY_PAY, "incentive", verify_pay, verify_pay_reply),
    REQUEST(GET_PAY_STATEMENT, "incentive", get_pay_statement, get_pay_statement_reply),
    REQUEST(GET_STATEMENT_KEY, "incentive", get_statement_key, get_statement_key_reply),
    REQUEST(PROPOSE_ADJUSTMENT, "incentive", propose_adjustment, adjustment_reply),
    REQUEST(DECIDE_ADJUSTMENT, "incentive", decide_adjustment, adjustment_reply),
    REQUEST(LIST_ADJUSTMENTS, "incentive", list_adjustments, list_adjustments_reply),
    REQUEST(EXPORT_PAYMENTS, "incentive", export_payments, export_payments_reply),
    REQUEST(ACKNOWLEDGE_PAYMENTS, "incentive", acknowledge_payments, acknowledge_payments_reply),
    REQUEST(LIST_PAYMENTS, "incentive", list_payments, list_payments_reply),
    REQUEST(RAISE_DISPUTE, "incentive", raise_dispute, dispute_reply),
    REQUEST(MOVE_DISPUTE, "incentive", move_dispute, dispute_reply),
    REQUEST(LIST_DISPUTES, "incentive", list_disputes, list_disputes_reply),
    REQUEST(PLACE_INTERNAL_ORDER, "incentive", place_internal_order, internal_order_reply),
    REQUEST(MOVE_INTERNAL_ORDER, "incentive", move_internal_order, internal_order_reply),
    REQUEST(DECIDE_INTERNAL_ORDER, "incentive", decide_internal_order, internal_order_reply),
    REQUEST(FIND_PATTERNS, "incentive", find_patterns, find_patterns_reply),
    REQUEST(LIST_INTERNAL_ORDERS, "incentive", list_internal_orders, list_internal_orders_reply),
    REQUEST(LIST_CONTRACT_BALANCES, "incentive", list_contract_balances, list_contract_balances_reply),
    REQUEST(LIST_TOP, "incentive", list_top, list_top_reply),
    REQUEST(CREATE_TOKEN, "gateway", create_token, create_token_reply),
    REQUEST(LIST_TOKENS, "gateway", list_tokens, list_tokens_reply),
    REQUEST(REVOKE_TOKEN, "gateway", revoke_token, revoke_token_reply),
    REQUEST(REPLAY, "", replay, replay_reply),
    REQUEST(STATUS, "", status, status_reply),
    REQUEST(PARKED, "", parked, parked_reply),
    REQUEST(RETRY_PARKED, "", retry_parked, retry_parked_reply),
    REQUEST(READ_UP_TO, "", read_up_to, read_up_to_reply),
    REQUEST(LIST_ARCHIVE, "", list_archive, list_archive_reply),
    REQUEST(LIST_ARCHIVE_FILES, "", list_archive_files, list_archive_files_reply),
    REQUEST(VERIFY_ARCHIVE, "", verify_archive, verify_archive_reply),
    REQUEST(RUN_ARCHIVE, "", run_archive, run_archive_reply),
};

const struct message_type *message_type_find(uint32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

const struct message_type *message_type_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

/* Valid UTF-8 without NUL: what PostgreSQL's text takes. */
static bool is_text(const char *text)
{
    const uint8_t *p = (const uint8_t *)text;

    while (*p) {
        int more = *p < 0x80                 ? 0
                   : *p >= 0xc2 && *p < 0xe0 ? 1
                   : (*p & 0xf0) == 0xe0     ? 2
                   : *p >= 0xf0 && *p < 0xf5 ? 3
                                             : -1;
        uint32_t code = more == 0 ? *p : more == 1 ? *p & 0x1f : more == 2 ? *p & 0x0f : *p & 0x07;

        if (more < 0)
            return false;
        p++;
        for (int i = 0; i < more; i++, p++) {
            if ((*p & 0xc0) != 0x80)
                return false;
            code = code << 6 | (*p & 0x3f);
        }
        if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10ffff)) ||
            (code >= 0xd800 && code < 0xe000))
            return false;
    }
    return true;
}

static int check_texts(const ProtobufCMessage *message, struct err *err)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        const char *member = (const char *)message + f->offset;
        size_t count = 1;
        const void *const *items = (const void *const *)(const void *)member;

        if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            count = *(const size_t *)(const void *)((const char *)message + f->quantifier_offset);
            items = *(const void *const *const *)(const void *)member;
        }
        for (size_t n = 0; n < count; n++) {
            if (!items[n])
                continue;
            if (f->type == PROTOBUF_C_TYPE_STRING && !is_text(items[n]))
                return err_fail(err, ERR_INVALID, "bad_utf8", "field %s of %s is not valid UTF-8", f->name, d->name);
            if (f->type == PROTOBUF_C_TYPE_MESSAGE && check_texts(items[n], err) != 0)
                return -1;
        }
    }
    return 0;
}

int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t len, struct arena *arena,
                   ProtobufCMessage **out, struct err *err)
{
    ProtobufCMessage *message;

    if (len > MESSAGE_MAX_LEN)
        return err_fail(err, ERR_TOO_LARGE, "message_too_large", "%s of %zu bytes is over the limit of %zu",
                        descriptor->name, len, MESSAGE_MAX_LEN);
    message = protobuf_c_message_unpack(descriptor, &arena->allocator, len, bytes);
    if (!message)
        return err_fail(err, ERR_INVALID, "bad_message", "could not decode %s from %zu bytes", descriptor->name, len);
    if (check_texts(message, err) != 0)
        return -1;
    *out = message;
    return 0;
}
