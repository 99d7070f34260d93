/* handlers: the table, and planning's events. */
#include "feedback/handlers.h"

#include "feedback/conditions/conditions.h"
#include "feedback/control/compare.h"
#include "feedback/control/judge.h"
#include "feedback/control/totals.h"
#include "feedback/files/appended.h"
#include "feedback/files/archived.h"
#include "feedback/files/loader_internal.h"
#include "feedback/files/orphans.h"
#include "feedback/files/pack.h"
#include "feedback/files/read_again.h"
#include "feedback/files/reopen.h"
#include "feedback/files/responses.h"
#include "feedback/facts/loop_facts.h"
#include "feedback/holdings/holdings.h"
#include "feedback/reference/reference_store.h"
#include "feedback/reports/report_cycles.h"
#include "feedback/reports/reports.h"
#include "feedback/measures/reissue.h"
#include "feedback/state.h"
#include "feedback/tmf/answers.h"
#include "feedback/tmf/asker.h"
#include "feedback/tmf/listener.h"
#include "feedback/tmf/retake.h"
#include "feedback/feeds/complete.h"
#include "feedback/feeds/watermark.h"

/* The tables say something new: the snapshot is built again before the next use. */
static void touch(struct tx *tx)
{
    struct feedback *feedback = tx_state(tx);

    feedback->dirty = true;
}

/* Where a unit stands bears on contributions only through measures of place, and counts within a type of unit. */
static bool place_matters(const struct snapshot *snapshot)
{
    size_t count;
    const struct ref_measure *measures = reference_measures(snapshot->reference, &count);

    for (size_t i = 0; i < count; i++)
        if (measures[i].outside || (measures[i].value == VALUE_DISTINCT && measures[i].within[0]))
            return true;
    return false;
}

static int on_units(struct tx *tx, const void *message, struct err *err)
{
    const struct feedback *feedback = tx_state(tx);
    /* as before this event is good enough: a new measure asks for itself */
    const struct snapshot *snapshot = feedback->current;
    struct units_change change;

    if (!snapshot && state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    if (reference_store_units(tx_db(tx), tx_arena(tx), message, &change, err) != 0)
        return -1;
    touch(tx);
    if (change.opened && reopen_ask(tx, err) != 0)
        return -1;
    return change.moved && place_matters(snapshot) ? reissue_ask(tx, err) : 0;
}

static int on_channels(struct tx *tx, const void *message, struct err *err)
{
    touch(tx);
    return reference_store_channels(tx_db(tx), tx_arena(tx), message, err);
}

static int on_products(struct tx *tx, const void *message, struct err *err)
{
    bool changed;

    if (reference_store_products(tx_db(tx), tx_arena(tx), message, &changed, err) != 0)
        return -1;
    touch(tx);
    return changed ? reissue_ask(tx, err) : 0;
}

static int on_measures(struct tx *tx, const void *message, struct err *err)
{
    bool changed;

    if (reference_store_measures(tx_db(tx), tx_arena(tx), message, &changed, err) != 0)
        return -1;
    touch(tx);
    return changed ? reissue_ask(tx, err) : 0;
}

const struct handler feedback_handlers[] = {
    HANDLE_EVENT("planning", UNITS_CHANGED, on_units),
    HANDLE_EVENT("planning", CHANNELS_CHANGED, on_channels),
    HANDLE_EVENT("planning", PRODUCTS_CHANGED, on_products),
    HANDLE_EVENT("planning", MEASURES_DEFINED, on_measures),
    HANDLE_EVENT("planning", CALENDAR_PUBLISHED, on_calendar),
    HANDLE_EVENT("planning", GUIDE_ISSUED, on_guide_issued),
    HANDLE_EVENT("planning", GUIDE_ACKNOWLEDGED, on_guide_acknowledged),
    HANDLE_EVENT("planning", DELIVERABLE_MOVED, on_deliverable_moved),
    HANDLE_EVENT("planning", CYCLE_OPENED, on_cycle_opened),
    HANDLE_EVENT("planning", CERTIFICATE_ISSUED, on_certificate_issued),
    HANDLE_EVENT("planning", CERTIFICATE_EXPIRED, on_certificate_expired),
    HANDLE_EVENT("planning", PERSON_HANDED_OVER, on_person_handed_over),
    HANDLE_EVENT("incentive", CLAIM_MOVED, on_claim_moved),
    HANDLE_EVENT("monitoring", ACTION_CHANGED, on_action_changed),
    HANDLE_REQUEST(APPLY_FEEDS, "feed.write", on_apply_feeds),
    HANDLE_REQUEST(APPLY_CODE_MAPS, "feed.write", on_apply_code_maps),
    HANDLE_QUERY(LIST_CODE_MAPS, "feed.read", on_list_code_maps),
    HANDLE_REQUEST(UPLOAD_CHUNK, "feed.write", on_upload_chunk),
    HANDLE_REQUEST_ASKING(APPEND_RECORDS, "feed.write", on_append_records),
    HANDLE_REQUEST(RECEIVE_TMF, "feed.write", on_receive_tmf),
    HANDLE_REQUEST(RELEASE_REJECTS, "feed.write", on_release_rejects),
    HANDLE_QUERY(LIST_FEEDS, "feed.read", on_list_feeds),
    HANDLE_QUERY(LIST_FILES, "feed.read", on_list_files),
    HANDLE_REQUEST(ACT_ON_FILE, "feed.write", on_act_on_file),
    HANDLE_REQUEST(MEND_REJECTS, "feed.write", on_mend_rejects),
    HANDLE_REQUEST(WRITE_OFF_REJECTS, "feed.write", on_write_off_rejects),
    HANDLE_QUERY(LIST_MISSING, "feed.read", on_list_missing),
    HANDLE_QUERY(SUMMARIZE_REJECTS, "feed.read", on_summarize_rejects),
    HANDLE_QUERY(LIST_TOTALS, "feed.read", on_list_totals),
    HANDLE_QUERY(TRY_FEED, "feed.read", on_try_feed),
    HANDLE_QUERY(LIST_REJECTS, "feed.read", on_list_rejects),
    HANDLE_REQUEST(COMPLETE_FEED, "feed.write", on_complete_feed),
    HANDLE_REQUEST(ASK_TMF_SOURCE, "feed.write", on_ask_tmf_source),
    HANDLE_QUERY(LIST_FEED_CONDITIONS, "feed.read", on_list_feed_conditions),
    HANDLE_QUERY(LIST_TMF_SOURCES, "feed.read", on_list_tmf_sources),
    HANDLE_QUERY(COMPARE_FEEDS, "feed.read", on_compare_feeds),
    HANDLE_QUERY(LIST_HELD, "feed.read", on_list_held),
    HANDLE_QUERY_IN_SCOPE(LIST_CLOSED_FACTS, "feed.read", on_list_closed_facts),
    HANDLE_QUERY_IN_SCOPE(LIST_HOLDINGS, "feed.read", on_list_holdings),
    HANDLE_QUERY(GET_FACT, "feed.read", on_get_fact),
    HANDLE_QUERY(RECOUNT, "status.read", on_recount),
    HANDLE_QUERY(TRY_MEASURE, "feed.read", on_try_measure),
    HANDLE_REQUEST(APPLY_REPORT_TEMPLATES, "feed.write", on_apply_report_templates),
    HANDLE_QUERY_IN_SCOPE(LIST_REPORT_TEMPLATES, "report.read", on_list_report_templates),
    HANDLE_REQUEST_IN_SCOPE(SAVE_REPORT, "report.write", on_save_report),
    HANDLE_REQUEST_IN_SCOPE(SUBMIT_REPORT, "report.write", on_submit_report),
    HANDLE_REQUEST_IN_SCOPE(RETURN_REPORT, "report.rate", on_return_report),
    HANDLE_REQUEST_IN_SCOPE(RATE_REPORT, "report.rate", on_rate_report),
    HANDLE_QUERY_IN_SCOPE(GET_REPORT, "report.read", on_get_report),
    HANDLE_QUERY_IN_SCOPE(LIST_REPORTS, "report.read", on_list_reports),
    HANDLE_QUERY_IN_SCOPE(SUMMARIZE_REPORTS, "report.read", on_summarize_reports),
    HANDLE_TIMER(2 * SECOND, watermark_judge),
    HANDLE_TIMER(SECOND, reissue_go_on),
    HANDLE_TIMER(2 * SECOND, holdings_timer),
    HANDLE_TIMER(2 * SECOND, reports_timer),
    HANDLE_TIMER(SECOND, judge_missing),
    HANDLE_TIMER(SECOND, read_again_timer),
    HANDLE_TIMER(SECOND, appended_go_on),
    HANDLE_TIMER(SECOND, reopen_go_on),
    HANDLE_TIMER(SECOND, reopen_reversals),
    HANDLE_TIMER(2 * SECOND, responses_write),
    HANDLE_TIMER(10 * SECOND, tmf_archive_events),
    HANDLE_TIMER(SECOND, tmf_retake),
    HANDLE_LOCAL(intake_wait),
    HANDLE_LOCAL(intake_trouble),
    HANDLE_LOCAL(intake_orphan),
    HANDLE_LOCAL(intake_grew),
    HANDLE_LOCAL(intake_open),
    HANDLE_LOCAL(totals_settle),
    HANDLE_LOCAL(intake_verified),
    HANDLE_LOCAL(intake_batch),
    HANDLE_LOCAL(intake_pack),
    HANDLE_LOCAL(intake_whole),
    HANDLE_LOCAL(intake_finish),
    HANDLE_LOCAL(complete_by_mark),
    HANDLE_LOCAL(tmf_take_answer),
    HANDLE_LOCAL(tmf_note_source),
    HANDLERS_END,
};
