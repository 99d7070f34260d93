/* report_views: reports as they are told, to whom, and lists of them. */
#include "feedback/reports/reports.h"

#include "feedback/state.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

static const char *const STATES[] = {
    [REPORT_OWED] = "owed", [REPORT_DRAFT] = "draft", [REPORT_SUBMITTED] = "submitted", [REPORT_RETURNED] = "returned"
};

int32_t report_today(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- scope ---------------------------------------------------------------------------------------------------------
 */
bool report_is_under(const struct reference *reference, uint32_t unit, uint32_t root, int32_t day)
{
    uint32_t steps = reference_unit_limit(reference); /* a tree that turned in a circle would not end */

    while (unit && unit != root && steps--)
        unit = reference_parent(reference, unit, day);
    return unit && unit == root;
}

bool report_in_scope(struct tx *tx, const struct reference *reference, uint32_t unit)
{
    const char *subtree = tx_principal(tx)->subtree;

    return !subtree[0] ||
           report_is_under(reference, unit, reference_unit_id(reference, subtree, strlen(subtree)), report_today(tx));
}

int report_find(struct tx *tx, const struct reference *reference, const char *id, uint32_t revision,
                struct report **out, struct err *err)
{
    if (report_store_get(tx_db(tx), tx_arena(tx), id, out, err) != 0)
        return -1;
    if (!*out || !report_in_scope(tx, reference, (*out)->unit))
        return err_fail(err, ERR_NOT_FOUND, "unknown_report",
                        "there is no report \"%s\" in your part of the organisation", id);
    if (revision && revision != (*out)->revision)
        return err_fail(err, ERR_CONFLICT, "stale_version", "report %s is at revision %u, not %u: read it again", id,
                        (*out)->revision, revision);
    return 0;
}

int report_units(struct tx *tx, const struct reference *reference, const char *unit, uint32_t **units, size_t *count,
                 struct err *err)
{
    const char *code = unit[0] ? unit : tx_principal(tx)->subtree;
    uint32_t root = reference_unit_id(reference, code, strlen(code)), limit = reference_unit_limit(reference);
    int32_t today = report_today(tx);

    *units = NULL;
    *count = 0;
    if (!code[0])
        return 0;
    if (unit[0] && (!root || !report_in_scope(tx, reference, root)))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known in your part of the organisation",
                        unit);
    *units = arena_array(tx_arena(tx), uint32_t, limit + 1);
    for (uint32_t id = 1; root && id < limit; id++)
        if (reference_unit(reference, id) && report_is_under(reference, id, root, today))
            (*units)[(*count)++] = id;
    return 0;
}

/* --- views ---------------------------------------------------------------------------------------------------------
 */
static char *unit_code(const struct reference *reference, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(reference, id);

    return borrow(unit ? unit->code : "");
}

static char *date_or_none(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    if (day == REPORT_NO_DAY)
        return borrow("");
    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

Bihuan__Report *report_view(struct tx *tx, const struct reference *reference, const struct report *report,
                            bool with_values)
{
    Bihuan__Report *out = arena_new(tx_arena(tx), Bihuan__Report);
    bool has_due = report->due_day != REPORT_NO_DAY, submitted = report->state == REPORT_SUBMITTED;

    bihuan__report__init(out);
    out->id = borrow(report->id);
    out->template_ = borrow(report->template_);
    out->theme = borrow(report->theme);
    out->unit = unit_code(reference, report->unit);
    out->city = unit_code(reference, report->city);
    out->period = borrow(report->period);
    out->from = date_or_none(tx, report->from_day);
    out->due = date_or_none(tx, report->due_day);
    out->state = borrow(STATES[report->state]);
    out->overdue = has_due && !submitted && report_today(tx) > report->due_day;
    out->late = has_due && submitted && report->submitted_day > report->due_day;
    out->author = borrow(report->author);
    out->revision = report->revision;
    out->submitted_at = report->submitted_at;
    out->returned_because = borrow(report->returned_because);
    out->rated = report->rated;
    out->rating = report->rating;
    out->rating_reason = borrow(report->rating_reason);
    out->rated_by = borrow(report->rated_by);
    out->filled = report->filled;
    out->fields = report->fields;
    if (with_values) {
        out->values = report->values;
        out->n_values = report->value_count;
    }
    return out;
}

int report_move(struct tx *tx, struct report *report, const char *act, const char *note, bool with_values,
                struct err *err)
{
    Bihuan__ReportStep step = BIHUAN__REPORT_STEP__INIT;

    report->revision++;
    if (report_store_put(tx, report, err) != 0)
        return -1;
    if (!act)
        return 0;
    step.revision = report->revision;
    step.at = tx_now(tx);
    step.person = tx_principal(tx)->person;
    step.act = borrow(act);
    step.note = borrow(note);
    if (with_values) {
        step.values = report->values;
        step.n_values = report->value_count;
    }
    return report_store_add_step(tx, report->id, &step, err);
}

/* --- one -----------------------------------------------------------------------------------------------------------
 */
static int get(struct tx *tx, const struct snapshot *snapshot, const Bihuan__GetReportRequest *request, struct err *err)
{
    Bihuan__GetReportReply reply = BIHUAN__GET_REPORT_REPLY__INIT;
    struct report *report;
    bool own;

    if (report_find(tx, snapshot->reference, request->id, 0, &report, err) != 0 ||
        report_store_steps(tx_db(tx), tx_arena(tx), request->id, &reply.steps, &reply.n_steps, err) != 0)
        return -1;
    own = strcmp(report->author, tx_principal(tx)->person) == 0;
    reply.report = report_view(tx, snapshot->reference, report, own || report->state == REPORT_SUBMITTED);
    return tx_reply(tx, &reply.base, err);
}

static int not_ready(struct err *err)
{
    return err_fail(err, ERR_UNAVAILABLE, "not_ready", "nothing is known of planning yet; ask again");
}

int on_get_report(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    int rc = snapshot ? get(tx, snapshot, message, err) : not_ready(err);

    snapshot_drop(&snapshot);
    return rc;
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
void report_take_day(struct tx *tx, const char *pointer, const char *text, int32_t *out)
{
    struct err why;

    *out = REPORT_NO_DAY;
    if (text[0] && date_parse(text, strlen(text), out, &why) != 0)
        tx_problem(tx, pointer, "bad_date", "\"%s\" is not a date as yyyy-MM-dd", text);
}

static void check_state(struct tx *tx, const char *state)
{
    static const char *const words[] = { "", "owed", "draft", "submitted", "returned", "open", "overdue" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], state) == 0)
            return;
    tx_problem(tx, "/state", "unknown_word", "\"%s\" is none of owed, draft, submitted, returned, open, overdue",
               state);
}

/* A cursor is "due day/id" of the last one told. */
static const char *take_cursor(struct tx *tx, const Bihuan__Page *page, int32_t *after)
{
    const char *cursor = page ? page->cursor : "";
    char *end;

    *after = REPORT_NO_DAY;
    if (!cursor[0])
        return "";
    *after = (int32_t)strtol(cursor, &end, 10);
    if (*end == '/')
        return end + 1;
    tx_problem(tx, "/page/cursor", "bad_cursor", "\"%s\" is no cursor of an answer", cursor);
    return "";
}

static char *next_of(struct tx *tx, const struct report *last)
{
    return arena_printf(tx_arena(tx), "%d/%s", last->due_day == REPORT_NO_DAY ? INT32_MAX : last->due_day, last->id);
}

static int list(struct tx *tx, const struct snapshot *snapshot, const Bihuan__ListReportsRequest *request,
                struct err *err)
{
    Bihuan__ListReportsReply reply = BIHUAN__LIST_REPORTS_REPLY__INIT;
    struct report_filter filter = { .template_ = request->template_,
                                    .theme = request->theme,
                                    .author = request->author,
                                    .state = request->state,
                                    .today = report_today(tx) };
    uint32_t *units, limit = page_limit(request->page);
    const char *after_id;
    struct report *rows;
    int32_t after;
    size_t count;

    check_state(tx, request->state);
    report_take_day(tx, "/from", request->from, &filter.from_day);
    report_take_day(tx, "/until", request->until, &filter.until_day);
    after_id = take_cursor(tx, request->page, &after);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (report_units(tx, snapshot->reference, request->unit, &units, &filter.unit_count, err) != 0)
        return -1;
    filter.units = units;
    if (report_store_list(tx, &filter, after, after_id, limit + 1, &rows, &count, err) != 0)
        return -1;
    reply.n_items = count > limit ? limit : count;
    reply.items = arena_array(tx_arena(tx), Bihuan__Report *, reply.n_items);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = report_view(tx, snapshot->reference, &rows[i], false);
    if (count > limit)
        reply.next = next_of(tx, &rows[limit - 1]);
    return tx_reply(tx, &reply.base, err);
}

int on_list_reports(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    int rc = snapshot ? list(tx, snapshot, message, err) : not_ready(err);

    snapshot_drop(&snapshot);
    return rc;
}
