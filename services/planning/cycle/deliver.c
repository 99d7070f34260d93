/* deliver: what people do with deliverables: submit, return, approve, note; and what time does. */
#include "planning/cycle/cycle.h"
#include "planning/versions/version_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MOVED_AT_ONCE 500

/* --- finding --- */

static int not_found(const char *id, struct err *err)
{
    return err_fail(err, ERR_NOT_FOUND, "unknown_deliverable",
                    "deliverable \"%s\" is not known; an id is CYCLE:DELIVERABLE:UNIT", id);
}

int deliverable_find(struct tx *tx, const char *id, struct cycle **cycle, struct deliverable **row, struct err *err)
{
    const struct planning *planning = tx_state(tx);
    const char *first = strchr(id, ':');
    const char *second = first ? strchr(first + 1, ':') : NULL;
    const struct ref_unit *unit = second ? refdata_unit_by_code(planning->refdata, second + 1) : NULL;

    if (!unit || !cycle_in_scope(tx, unit->id))
        return not_found(id, err);
    if (cycle_store_get(tx, arena_strndup(tx_arena(tx), id, (size_t)(first - id)), 0, cycle, err) != 0)
        return -1;
    if (!*cycle)
        return not_found(id, err);
    if (deliverable_store_get(tx, (*cycle)->id, arena_strndup(tx_arena(tx), first + 1, (size_t)(second - first - 1)),
                              unit->id, row, err) != 0)
        return -1;
    return *row ? 0 : not_found(id, err);
}

/* --- deciding --- */

/* "city_company at C1, ..." of the asker. */
static const char *held_text(struct tx *tx, const struct held *held)
{
    struct buf text = { 0 };
    const char *out;

    for (size_t i = 0; i < held->count && i < 5; i++)
        buf_printf(&text, "%s%s at %s", i ? ", " : "", held->roles[i].role, unit_code(tx, held->roles[i].unit_id));
    out = arena_strdup(tx_arena(tx), text.len ? buf_text(&text) : "no role");
    buf_fini(&text);
    return out;
}

static int refuse_person(struct tx *tx, const struct cycle *cycle, const struct deliverable *row,
                         const struct held *held, enum move move, enum verdict verdict, struct err *err)
{
    const char *who;

    if (duties_who(tx, cycle, row, move_duties(move), &who, err) != 0)
        return -1;
    if (verdict == VERDICT_OWN_DRAFT)
        return err_fail(err, ERR_FORBIDDEN, "own_draft",
                        "\"%s\" submitted it or attached to it and cannot approve it; another of %s can", held->person,
                        who);
    return err_fail(err, ERR_FORBIDDEN, verdict == VERDICT_WRONG_UNIT ? "wrong_unit" : "wrong_role",
                    "\"%s\" cannot %s it; %s can. \"%s\" holds %s", held->person, move_word(move), who, held->person,
                    held_text(tx, held));
}

static int refuse(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, const struct held *held,
                  enum move move, enum verdict verdict, struct err *err)
{
    const Bihuan__CycleStage *stage = cycle->template->stages[row->stage];

    switch (verdict) {
    case VERDICT_YES:
        return 0;
    case VERDICT_STALE:
        return err_fail(err, ERR_CONFLICT, "stale_revision",
                        "it has moved on to revision %" PRIu32 " meanwhile; read it again", row->revision);
    case VERDICT_STAGE_CLOSED:
        return err_fail(err, ERR_CONFLICT, "stage_closed",
                        "stage \"%s\" isn't open yet; it opens when its gates are approved, or by override with a "
                        "reason by somebody with the permission plan.override",
                        stage->code);
    case VERDICT_WRONG_STATE:
        return err_fail(err, ERR_CONFLICT, "wrong_state", "it is %s; it cannot be moved by %s",
                        due_word(due_shown(row->state, row->due_day, cycle_lead_days(tx), cycle_today(tx))),
                        move_word(move));
    case VERDICT_NO_FILE:
        return err_fail(err, ERR_CONFLICT, "no_attachment", "it needs an attachment; attach the file first");
    case VERDICT_WRONG_ROLE:
    case VERDICT_WRONG_UNIT:
    case VERDICT_OWN_DRAFT:
        break;
    }
    return refuse_person(tx, cycle, row, held, move, verdict, err);
}

static int lacks_file(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, bool *lacks,
                      struct err *err)
{
    const Bihuan__DeliverableTemplate *of = template_deliverable(cycle->template, row->code, NULL);
    Bihuan__Attachment **files;
    size_t count;

    *lacks = false;
    if (!of || !of->attachment)
        return 0;
    if (attachments_of(tx, OWNER_DELIVERABLE, row->id, &files, &count, err) != 0)
        return -1;
    *lacks = count == 0;
    return 0;
}

int deliverable_may(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, enum move move,
                    uint32_t expected, const char **role, enum work_state *next, struct err *err)
{
    struct move_case wish = { .move = move,
                              .state = row->state,
                              .stage = cycle->stages[row->stage].state,
                              .revision = row->revision,
                              .expected = expected };
    struct duties duties;
    struct held held;

    if (duties_held(tx, &held, err) != 0 || deliverable_store_wrote(tx, row->id, held.person, &wish.own, err) != 0 ||
        lacks_file(tx, cycle, row, &wish.lacks_file, err) != 0)
        return -1;
    duties = duties_of(tx, cycle, row, &held, move_duties(move), role);
    wish.here = duties.here;
    wish.elsewhere = duties.elsewhere;
    return refuse(tx, cycle, row, &held, move, move_decide(&wish, next), err);
}

/* --- doing --- */

static void take_over(struct tx *tx, struct deliverable *row, enum move move, const char *body, const char *plan)
{
    const char *person = tx_principal(tx)->person;

    if (move == MOVE_SUBMIT) {
        row->late = row->submitted_at ? row->late : cycle_today(tx) > row->due_day;
        row->body = body;
        row->plan = plan;
        row->submitted_by = person;
        row->submitted_at = tx_now(tx);
    } else if (move == MOVE_RETURN) {
        row->returns++;
        row->reason = body;
    } else if (move == MOVE_APPROVE) {
        row->approved_by = person;
        row->approved_at = tx_now(tx);
    }
}

static int publish(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, enum shown_state from,
                   const char *person, struct err *err)
{
    Bihuan__DeliverableMoved event = BIHUAN__DELIVERABLE_MOVED__INIT;

    event.deliverable = deliverable_view(tx, cycle, row);
    event.from = (char *)(uintptr_t)due_word(from);
    event.person = (char *)(uintptr_t)person;
    return tx_publish(tx, 0, MSG(DELIVERABLE_MOVED), event.deliverable->id, &event.base, err);
}

/* What is announced follows the state of today; a change is published. */
static int settle(struct tx *tx, const struct cycle *cycle, struct deliverable *row, const char *person,
                  struct err *err)
{
    int32_t today = cycle_today(tx), lead = cycle_lead_days(tx);
    enum shown_state before = row->announced;

    row->announced = due_shown(row->state, row->due_day, lead, today);
    row->next_day = due_next_change(row->state, row->due_day, lead, today);
    if (deliverable_store_update(tx, row, err) != 0)
        return -1;
    return before == row->announced ? 0 : publish(tx, cycle, row, before, person, err);
}

int deliverable_do(struct tx *tx, struct cycle *cycle, struct deliverable *row, enum move move, uint32_t expected,
                   const char *body, const char *plan, struct err *err)
{
    const char *person = tx_principal(tx)->person, *role;
    struct deliverable_move history = { .move = move, .person = person, .at = tx_now(tx), .body = body };
    enum work_state next;

    if (deliverable_may(tx, cycle, row, move, expected, &role, &next, err) != 0)
        return -1;
    take_over(tx, row, move, body, plan);
    row->state = next;
    history.revision = ++row->revision;
    history.role = role;
    if (deliverable_store_add_move(tx, row->id, &history, err) != 0 || settle(tx, cycle, row, person, err) != 0)
        return -1;
    return move == MOVE_APPROVE ? stages_advance(tx, cycle, err) : 0;
}

/* --- requests --- */

/* "plan:2026Q4/3" names a version of a period's plan, published or not yet; or nothing is named. */
static int check_plan(struct tx *tx, const char *plan, struct err *err)
{
    const struct planning *planning = tx_state(tx);
    const struct ref_period *period = NULL;
    struct version_row row = { 0 };
    char code[80];
    uint32_t version;
    int end = 0;

    if (!plan[0])
        return 0;
    if (sscanf(plan, "plan:%79[^/]/%" SCNu32 "%n", code, &version, &end) == 2 && !plan[end] && version)
        period = refdata_period_by_code(planning->refdata, code);
    if (period && version_store_get(tx, period->id, version, &row, err) != 0)
        return -1;
    if (!row.version)
        tx_problem(tx, "/plan", "unknown_plan", "\"%s\" is not a version of a plan, like plan:2026Q4/3", plan);
    return 0;
}

static int answer(struct tx *tx, const char *id, enum move move, uint32_t expected, const char *body, const char *plan,
                  struct err *err)
{
    Bihuan__MoveDeliverableReply reply = BIHUAN__MOVE_DELIVERABLE_REPLY__INIT;
    struct deliverable *row;
    struct cycle *cycle;

    if (deliverable_find(tx, id, &cycle, &row, err) != 0 ||
        deliverable_do(tx, cycle, row, move, expected, body, plan, err) != 0)
        return -1;
    reply.deliverable = deliverable_view(tx, cycle, row);
    return tx_reply(tx, &reply.base, err);
}

static void need_text(struct tx *tx, const char *pointer, const char *text, const char *what)
{
    if (!text[0])
        tx_problem(tx, pointer, "missing_value", "%s must not be empty", what);
}

int on_submit_deliverable(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SubmitDeliverableRequest *request = message;

    need_text(tx, "/text", request->text, "what is handed in (a summary where there is a file)");
    if (check_plan(tx, request->plan, err) != 0)
        return -1;
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    return answer(tx, request->id, MOVE_SUBMIT, request->revision, request->text, request->plan, err);
}

int on_return_deliverable(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReturnDeliverableRequest *request = message;

    need_text(tx, "/reason", request->reason, "the reason");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    return answer(tx, request->id, MOVE_RETURN, request->revision, request->reason, "", err);
}

int on_approve_deliverable(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApproveDeliverableRequest *request = message;

    return answer(tx, request->id, MOVE_APPROVE, request->revision, request->note, "", err);
}

int on_note_deliverable(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__NoteDeliverableRequest *request = message;

    need_text(tx, "/text", request->text, "the note");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    return answer(tx, request->id, MOVE_NOTE, request->revision, request->text, "", err);
}

/* --- time --- */

/* What was announced is stored with the row, so a change is published once, whenever the daemon comes to it. */
int deliverables_timer(struct tx *tx, const void *message, struct err *err)
{
    struct cycle *cycle = NULL;
    struct deliverable *rows;
    size_t count;

    (void)message;
    if (deliverable_store_moving(tx, cycle_today(tx), MOVED_AT_ONCE, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if ((!cycle || cycle->id != rows[i].cycle_id) && cycle_store_get(tx, NULL, rows[i].cycle_id, &cycle, err) != 0)
            return -1;
        if (!cycle)
            return err_set(err, "deliverable %" PRId64 " has no cycle", rows[i].id);
        if (settle(tx, cycle, &rows[i], "", err) != 0)
            return -1;
    }
    return 0;
}
