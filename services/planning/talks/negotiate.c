/* negotiate: what units and those above them say to each other about targets. */
#include "planning/axes/book.h"
#include "planning/edits/edit.h"
#include "planning/talks/negotiation_store.h"
#include "planning/targets/scope.h"
#include "planning/versions/stale.h"
#include "planning/talks/talk_rights.h"

#include <string.h>

struct talk {
    struct tx *tx;
    const Bihuan__AnswerTargetsRequest *request;
    const struct ref_period *period;
    const struct ref_unit *unit;
    struct version_row version;
    struct outline *outline;
};

static Bihuan__Negotiation *talk_message(struct tx *tx, const char *period, const struct version_row *version,
                                         const struct talk_row *row)
{
    Bihuan__Negotiation *out = arena_new(tx_arena(tx), Bihuan__Negotiation);

    bihuan__negotiation__init(out);
    out->period = (char *)(uintptr_t)period;
    out->version = version->version;
    out->revision = version->revision;
    out->unit = code_of_unit(tx, row->unit_id);
    out->state = (char *)(uintptr_t)talk_states[row->state];
    out->reminders = row->reminders;
    out->since = row->since;
    if (row->asks) {
        out->asks = row->asks->asks;
        out->n_asks = row->asks->n_asks;
    }
    return out;
}

/* --- what is asked for ---------------------------------------------------------------------------------------------
 */
/* Codes are checked and amounts read when it is asked; `amounts` then, and when it is granted. */
static void read_asks(struct talk *talk, Bihuan__TargetDraft *const *asks, size_t count, struct slice_key *keys,
                      int64_t *amounts)
{
    for (size_t i = 0; i < count; i++) {
        const char *pointer = arena_printf(tx_arena(talk->tx), "/asks/%zu", i);
        const struct cell_name name = { NULL, NULL, asks[i]->channel, asks[i]->product, asks[i]->measure };
        struct cell_ref ref;

        read_cell_name(talk->tx, pointer, "", &name, &ref);
        keys[i] = ref.key;
        if (ref.measure)
            (void)read_amount(talk->tx, place(talk->tx, pointer, "amount"), ref.measure->id, asks[i]->amount, 0,
                              &amounts[i]);
        if (asks[i]->unit[0] && strcmp(asks[i]->unit, talk->unit->code) != 0)
            tx_problem(talk->tx, place(talk->tx, pointer, "unit"), "other_unit", "asked for by \"%s\", not for \"%s\"",
                       talk->unit->code, asks[i]->unit);
    }
}

static int check_asks(struct talk *talk, struct err *err)
{
    const Bihuan__AnswerTargetsRequest *request = talk->request;

    if (strcmp(request->answer, "ask") != 0)
        return 0;
    if (!request->n_asks)
        tx_problem(talk->tx, "/asks", "missing_value", "say which amounts are wanted");
    read_asks(talk, request->asks, request->n_asks, arena_array(tx_arena(talk->tx), struct slice_key, request->n_asks),
              arena_array(tx_arena(talk->tx), int64_t, request->n_asks));
    return tx_problem_count(talk->tx) ? tx_refuse(talk->tx, err) : 0;
}

/* What was asked for becomes the unit's; the units beside it give or take. */
static int grant(struct talk *talk, const struct talk_row *row, struct err *err)
{
    size_t count = row->asks ? row->asks->n_asks : 0;
    struct slice_key *keys = arena_array(tx_arena(talk->tx), struct slice_key, count);
    int64_t *amounts = arena_array(tx_arena(talk->tx), int64_t, count);
    struct booked booked;

    if (count)
        read_asks(talk, row->asks->asks, count, keys, amounts);
    if (tx_problem_count(talk->tx))
        return tx_refuse(talk->tx, err);
    for (size_t i = 0; i < count; i++) {
        struct edit edit;

        if (edit_open(talk->tx, talk->period, &keys[i], talk->outline, &edit, err) != 0 ||
            edit_set(talk->tx, &edit, row->unit_id, amounts[i], true, err) != 0 ||
            edit_book(talk->tx, &edit, 1, "request", row->asks->reason, &row->asks->base, &booked, err) != 0)
            return -1;
    }
    return 0;
}

/* --- one step ------------------------------------------------------------------------------------------------------
 */
static Bihuan__NegotiationStep *step_message(struct talk *talk, const struct talk_row *row, enum talk_state to)
{
    Bihuan__NegotiationStep *step = arena_new(tx_arena(talk->tx), Bihuan__NegotiationStep);

    bihuan__negotiation_step__init(step);
    step->unit = code_of_unit(talk->tx, row->unit_id);
    step->answer = talk->request->answer;
    step->from = (char *)(uintptr_t)talk_states[row->state];
    step->to = (char *)(uintptr_t)talk_states[to];
    step->person = tx_principal(talk->tx)->person;
    step->at = tx_now(talk->tx);
    step->reason = talk->request->reason;
    step->asks = talk->request->asks;
    step->n_asks = talk->request->n_asks;
    return step;
}

static int take_step(struct talk *talk, uint32_t unit_id, struct talk_row *row, struct err *err)
{
    const Bihuan__AnswerTargetsRequest *request = talk->request;
    const struct talk_step *legal;
    Bihuan__NegotiationStep *step;
    bool known;

    if (negotiation_store_get(talk->tx, talk->period->id, talk->version.version, unit_id, row, err) != 0)
        return -1;
    legal = talk_find(request->answer, row->state, &known);
    if (!legal)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "unit \"%s\" is %s; \"%s\" isn't possible then",
                        code_of_unit(talk->tx, unit_id), talk_states[row->state], request->answer);
    if (strcmp(request->answer, "grant") == 0 && grant(talk, row, err) != 0)
        return -1;
    if (version_store_bump(talk->tx, talk->period->id, talk->version.version, &talk->version.revision, err) != 0)
        return -1;
    row->revision = talk->version.revision;
    step = step_message(talk, row, legal->to);
    row->since = row->state == legal->to && row->since ? row->since : tx_now(talk->tx);
    row->state = legal->to;
    row->reminders = strcmp(request->answer, "remind") == 0 ? row->reminders + 1
                     : legal->to == TALK_PROPOSED           ? row->reminders
                                                            : 0;
    row->asks = legal->to == TALK_ASKED ? step : NULL;
    return negotiation_store_put(talk->tx, talk->period->id, talk->version.version, row, step, err);
}

/* --- who may -------------------------------------------------------------------------------------------------------
 */
/* The token's subtree: above the unit, or for it. Whether the person may is another question. */
static int check_who(struct talk *talk, struct err *err)
{
    const char *answer = talk->request->answer;
    bool known, propose = strcmp(answer, "propose") == 0;
    bool from_above = talk_is_from_above(answer) && !propose; /* who proposes is responsible for the unit itself */

    (void)talk_find(answer, TALK_OPEN, &known);
    if (!known)
        return err_fail(err, ERR_INVALID, "unknown_word",
                        "answer \"%s\" is none of propose, accept, ask, recall, remind, grant, decline", answer);
    if (!in_scope_of(talk->tx, talk->period, talk->unit->id, from_above))
        return err_fail(err, ERR_FORBIDDEN, "not_yours", "\"%s\" is not responsible %s unit \"%s\"",
                        tx_principal(talk->tx)->person, from_above ? "above" : "for", talk->unit->code);
    if ((strcmp(answer, "ask") == 0 || strcmp(answer, "decline") == 0) && !talk->request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "\"%s\" needs a reason", answer);
    return 0;
}

static int read_talk(struct tx *tx, const Bihuan__AnswerTargetsRequest *request, struct talk *talk, struct err *err)
{
    struct version_row in_force;

    *talk = (struct talk) { .tx = tx, .request = request, .outline = arena_new(tx_arena(tx), struct outline) };
    if (find_period(tx, request->period, &talk->period, err) != 0 ||
        find_unit(tx, request->unit, &talk->unit, err) != 0)
        return -1;
    if (!talk->period || !talk->unit)
        return err_fail(err, ERR_INVALID, "missing_value", "name the period and the unit");
    if (check_who(talk, err) != 0 || check_asks(talk, err) != 0 ||
        version_store_current(tx, talk->period->id, &talk->version, &in_force, err) != 0)
        return -1;
    if (!talk->version.version || strcmp(talk->version.state, "draft") != 0)
        return err_fail(err, ERR_CONFLICT, "no_draft", "period \"%s\" has no draft to talk about", request->period);
    if (talk_check_right(tx, &talk->version, talk->unit, request->answer, err) != 0)
        return -1;
    period_outline(tx, talk->period, talk->outline);
    return 0;
}

/* A unit hands on what it has accepted itself; the root has nobody to ask. */
static int check_own(struct talk *talk, uint32_t node, struct err *err)
{
    struct talk_row own;

    if (talk->outline->parent[node] == OUTLINE_NONE)
        return 0;
    if (negotiation_store_get(talk->tx, talk->period->id, talk->version.version, talk->unit->id, &own, err) != 0)
        return -1;
    return own.state == TALK_ACCEPTED
               ? 0
               : err_fail(err, ERR_CONFLICT, "not_accepted",
                          "unit \"%s\" is %s with its own targets; it can hand them on once it accepted them",
                          talk->unit->code, talk_states[own.state]);
}

static int publish_answer(struct talk *talk, const uint32_t *units, size_t count, enum talk_state state,
                          struct err *err)
{
    Bihuan__TargetsAnswered event = BIHUAN__TARGETS_ANSWERED__INIT;

    event.period_id = talk->period->id;
    event.version = talk->version.version;
    event.unit_id = (uint32_t *)(uintptr_t)units;
    event.n_unit_id = count;
    event.answer = talk->request->answer;
    event.state = (char *)(uintptr_t)talk_states[state];
    event.person = tx_principal(talk->tx)->person;
    event.reason = talk->request->reason;
    return tx_publish(talk->tx, 0, MSG(TARGETS_ANSWERED), talk->unit->code, &event.base, err);
}

int on_answer_targets(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AnswerTargetsRequest *request = message;
    Bihuan__AnswerTargetsReply reply = BIHUAN__ANSWER_TARGETS_REPLY__INIT;
    struct talk talk;
    const uint32_t *units;
    struct talk_row row = { 0 };
    size_t count = 1;
    uint32_t node;

    if (read_talk(tx, request, &talk, err) != 0)
        return -1;
    units = &talk.unit->id;
    if (strcmp(request->answer, "propose") == 0) {
        node = outline_node(talk.outline, talk.unit->id);
        count = node == OUTLINE_NONE ? 0 : talk.outline->child_count[node];
        if (!count)
            return err_fail(err, ERR_CONFLICT, "no_children", "unit \"%s\" has nobody below it", request->unit);
        if (check_own(&talk, node, err) != 0)
            return -1;
        units = &talk.outline->unit[talk.outline->first_child[node]];
    }
    if (stale_check_of(tx, talk.period, &talk.version, (struct seen) { request->version, request->revision }, units,
                       count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Negotiation *, count);
    for (size_t i = 0; i < count; i++) {
        if (take_step(&talk, units[i], &row, err) != 0)
            return -1;
        reply.items[reply.n_items++] = talk_message(tx, talk.period->code, &talk.version, &row);
    }
    for (size_t i = 0; i < count; i++)
        reply.items[i]->revision = talk.version.revision; /* behind all of them */
    return publish_answer(&talk, units, count, row.state, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

/* --- list ----------------------------------------------------------------------------------------------------------
 */
static bool is_wanted(struct tx *tx, const Bihuan__ListNegotiationsRequest *request, const struct ref_period *period,
                      const struct ref_unit *unit, const struct talk_row *row)
{
    return (!unit || row->unit_id == unit->id) &&
           (!request->state[0] || strcmp(request->state, talk_states[row->state]) == 0) &&
           in_scope_of(tx, period, row->unit_id, false);
}

static int list_negotiations(struct tx *tx, const Bihuan__ListNegotiationsRequest *request, struct err *err)
{
    Bihuan__ListNegotiationsReply reply = BIHUAN__LIST_NEGOTIATIONS_REPLY__INIT;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), request->period);
    uint32_t limit = page_limit(request->page), after;
    const struct ref_unit *unit;
    struct version_row version;
    struct talk_row *rows;
    size_t count;

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", request->period);
    if (scope_find_unit(tx, period, request->unit, &unit, err) != 0 ||
        read_cursor(request->page, &after, 1, err) != 0 || version_to_read(tx, period, 0, &version, err) != 0 ||
        negotiation_store_page(tx, period->id, version.version, unit ? unit->id - 1 : after, unit ? 1 : limit, &rows,
                               &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Negotiation *, count);
    for (size_t i = 0; i < count; i++) {
        Bihuan__Negotiation *item;

        if (!is_wanted(tx, request, period, unit, &rows[i]))
            continue;
        item = reply.items[reply.n_items++] = talk_message(tx, period->code, &version, &rows[i]);
        if (negotiation_store_steps(tx, period->id, version.version, rows[i].unit_id, &item->steps, &item->n_steps,
                                    err) != 0)
            return -1;
    }
    if (count == limit && !unit)
        reply.next = make_cursor(tx, &rows[count - 1].unit_id, 1);
    return tx_reply(tx, &reply.base, err);
}

int on_list_negotiations(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, list_negotiations, message, err);
}
