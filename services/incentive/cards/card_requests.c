/* card_requests: see card_requests.h. */
#include "incentive/cards/card_requests.h"

#include "incentive/cards/card_store.h"
#include "refdata/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- applying --------------------------------------------------------------------------------------------------------
 */

struct problem_call {
    struct tx *tx;
    const char *pointer;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct problem_call *call = arg;

    tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s%s", call->pointer, pointer), code, "%s", message);
}

/* One scorecard per type of unit, but for refinements, so that a score is never in doubt. */
static void check_type(struct incentive *state, struct tx *tx, const Bihuan__Scorecard *card,
                       const Bihuan__Scorecard *existing, const char *pointer)
{
    const struct card *other = state_card(state, card->unit_type);
    const char *at = arena_printf(tx_arena(tx), "%s/unit_type", pointer);

    if (existing && strcmp(existing->unit_type, card->unit_type) != 0)
        tx_problem(tx, at, "unit_type_fixed", "scorecard \"%s\" is for type \"%s\" and stays so: apply a new one",
                   card->code, existing->unit_type);
    else if (!card->refines[0] && other && strcmp(other->doc->code, card->code) != 0)
        tx_problem(tx, at, "unit_type_taken", "type \"%s\" has scorecard \"%s\" already: change that one",
                   card->unit_type, other->doc->code);
}

/* What is wrong with a refinement is the fault of the card that changes under it. */
static void refined_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct problem_call *call = arg;

    tx_problem(call->tx, call->pointer, "refined", "a refinement of it wouldn't keep to it (%s, %s): %s", pointer, code,
               message);
}

static bool same_but_version(const Bihuan__Scorecard *card, const Bihuan__Scorecard *existing, struct arena *arena)
{
    Bihuan__Scorecard a = *card, b = *existing;
    size_t len;
    uint8_t *x, *y;

    a.version = b.version = 0;
    a.id = b.id = 0;
    len = bihuan__scorecard__get_packed_size(&a);
    if (len != bihuan__scorecard__get_packed_size(&b))
        return false;
    x = arena_alloc(arena, len + 1);
    y = arena_alloc(arena, len + 1);
    bihuan__scorecard__pack(&a, x);
    bihuan__scorecard__pack(&b, y);
    return memcmp(x, y, len) == 0;
}

/* Whose rights are limited to a subtree may refine there, and nothing else. */
static void check_scope(struct incentive *state, struct tx *tx, const Bihuan__Scorecard *card, const char *pointer)
{
    const Bihuan__Principal *principal = tx_principal(tx);
    const char *own = principal && principal->subtree ? principal->subtree : "";
    const struct ref_unit *top = refdata_unit_by_code(state->refdata, own);
    const struct ref_unit *under = refdata_unit_by_code(state->refdata, card->under);
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));

    if (!own[0] || (top && under && tree_is_under(refdata_tree(state->refdata), under->id, top->id, today)))
        return;
    tx_problem(tx, arena_printf(tx_arena(tx), "%s/under", pointer), "not_yours",
               "your rights end at %s: refine a card for a unit there", own);
}

/* The card that it refines: as it is in this request, else as it is applied. */
static int find_base(struct tx *tx, const Bihuan__Scorecard *card, const Bihuan__Scorecard **base, struct err *err)
{
    struct incentive *state = state_of(tx);
    ProtobufCMessage *stored = NULL;

    *base = NULL;
    if (!card->refines[0])
        return 0;
    for (size_t i = 0; state->applying && i < state->applying->n_items; i++)
        if (strcmp(state->applying->items[i]->code, card->refines) == 0)
            *base = state->applying->items[i];
    if (*base)
        return 0;
    if (documents_get(tx, "scorecard", &bihuan__scorecard__descriptor, card->refines, &stored, err) != 0)
        return -1;
    *base = (const Bihuan__Scorecard *)stored;
    return 0;
}

static int check_scorecard(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                           struct err *err)
{
    Bihuan__Scorecard *card = (Bihuan__Scorecard *)item;
    const Bihuan__Scorecard *old = (const Bihuan__Scorecard *)existing;
    struct incentive *state = state_of(tx);
    struct problem_call call = { tx, pointer };
    const Bihuan__Scorecard *base;

    if (find_base(tx, card, &base, err) != 0)
        return -1;
    card_check(card, state->refdata, runtime_money_scale(tx_runtime(tx)), base, add_problem, &call);
    check_scope(state, tx, card, pointer);
    check_type(state, tx, card, old, pointer);
    /* one that was applied before versions were kept */
    if (old && !state->applying->dry_run && card_store_put(tx, old, "", err) != 0)
        return -1;
    card->version = !old ? 1 : old->version + !same_but_version(card, old, tx_arena(tx));
    return 0;
}

static void check_types_in_request(struct tx *tx, const Bihuan__ApplyScorecardsRequest *request)
{
    for (size_t i = 1; i < request->n_items; i++)
        for (size_t j = 0; j < i; j++)
            if (!request->items[i]->refines[0] && !request->items[j]->refines[0] &&
                strcmp(request->items[i]->unit_type, request->items[j]->unit_type) == 0 &&
                strcmp(request->items[i]->code, request->items[j]->code) != 0)
                tx_problem(tx, arena_printf(tx_arena(tx), "/items/%zu/unit_type", i), "unit_type_taken",
                           "type \"%s\" stands in two scorecards of this request; keep one",
                           request->items[i]->unit_type);
}

static const struct documents_kind scorecard_kind = { "scorecard", &bihuan__scorecard__descriptor, check_scorecard };

/* Keeps the versions, and those before them that were applied before versions were kept. */
static int keep_versions(struct tx *tx, const struct documents_result *result, struct err *err)
{
    const char *by = tx_principal(tx) ? tx_principal(tx)->person : "";

    for (size_t i = 0; i < result->changed_count; i++)
        if (card_store_put(tx, (const Bihuan__Scorecard *)result->changed[i], by, err) != 0)
            return -1;
    return 0;
}

/* A card that others refine: those must keep to it still, or be applied with it. */
static int check_refined(struct tx *tx, const Bihuan__ApplyScorecardsRequest *request)
{
    struct incentive *state = state_of(tx);

    for (size_t i = 0; i < request->n_items; i++)
        for (size_t c = 0; c < state->card_count; c++) {
            const Bihuan__Scorecard *own = state->cards[c]->doc;
            char pointer[64];
            struct problem_call call = { tx, pointer };
            bool with = false;

            for (size_t k = 0; k < request->n_items; k++)
                with = with || strcmp(request->items[k]->code, own->code) == 0;
            if (with || strcmp(own->refines, request->items[i]->code) != 0 || !state_is_newest(state, own))
                continue;
            snprintf(pointer, sizeof pointer, "/items/%zu", i);
            card_check(own, state->refdata, runtime_money_scale(tx_runtime(tx)), request->items[i], refined_problem,
                       &call);
        }
    return 0;
}

int cards_apply(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyScorecardsRequest *request = message;
    struct incentive *state = state_of(tx);
    struct documents_result result;
    int rc;

    check_types_in_request(tx, request);
    check_refined(tx, request);
    state->applying = request;
    rc = documents_apply(tx, &scorecard_kind, request->dry_run, (ProtobufCMessage **)request->items, request->n_items,
                         &result, err);
    state->applying = NULL;
    if (rc != 0)
        return -1;
    if (!request->dry_run && result.changed_count) {
        if (keep_versions(tx, &result, err) != 0)
            return -1;
        state_write(state);
        state->dirty = true;
        if (state_load_cards(state, tx, err) != 0 || state_load_carries(state, tx, err) != 0)
            return -1;
    }
    return tx_reply(tx, &result.reply->base, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

struct listing {
    const Bihuan__ListScorecardsRequest *request;
    uint32_t skip, limit;
    Bihuan__Scorecard **items;
    size_t count;
    bool more;
};

static int take_version(void *arg, const Bihuan__Scorecard *card, struct err *err)
{
    struct listing *l = arg;

    (void)err;
    if (l->request->code[0] && strcmp(l->request->code, card->code) != 0)
        return 0;
    if (l->skip) {
        l->skip--;
    } else if (l->count == l->limit) {
        l->more = true;
    } else {
        l->items[l->count++] = (Bihuan__Scorecard *)(uintptr_t)card;
    }
    return 0;
}

static int list_versions(struct tx *tx, const Bihuan__ListScorecardsRequest *request,
                         Bihuan__ListScorecardsReply *reply, struct err *err)
{
    uint32_t skip = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    struct listing l = { request, skip, page_limit(request->page), NULL, 0, false };

    l.items = arena_array(tx_arena(tx), Bihuan__Scorecard *, l.limit + 1);
    if (card_store_each(tx, take_version, &l, err) != 0)
        return -1;
    reply->items = l.items;
    reply->n_items = l.count;
    if (l.more)
        reply->next = arena_printf(tx_arena(tx), "%u", skip + l.limit);
    return tx_reply(tx, &reply->base, err);
}

static bool has_code(const void *arg, const ProtobufCMessage *message)
{
    return strcmp(((const Bihuan__Scorecard *)message)->code, arg) == 0;
}

int cards_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListScorecardsRequest *request = message;
    Bihuan__ListScorecardsReply reply = BIHUAN__LIST_SCORECARDS_REPLY__INIT;
    ProtobufCMessage **items;

    if (request->versions)
        return list_versions(tx, request, &reply, err);
    if (documents_list(tx, "scorecard", &bihuan__scorecard__descriptor, request->page,
                       request->code[0] ? has_code : NULL, request->code, &items, &reply.n_items, &reply.next,
                       err) != 0)
        return -1;
    reply.items = (Bihuan__Scorecard **)items;
    return tx_reply(tx, &reply.base, err);
}
