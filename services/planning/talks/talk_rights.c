/* talk_rights: see talk_rights.h; and the roles as documents. */
#include "planning/talks/talk_rights.h"

#include "planning/organisation/people.h"
#include "planning/talks/negotiation_store.h"

#include <string.h>

static const char *const DOES[] = { "offer", "answer", NULL };

/* --- roles ---------------------------------------------------------------------------------------------------------
 */
/* All that are given: few. */
struct roles {
    struct tx *tx;
    const Bihuan__TargetRole **items;
    size_t count, cap;
};

static int take_role(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct roles *roles = arg;

    (void)err;
    if (roles->count == roles->cap) {
        size_t cap = roles->cap ? roles->cap * 2 : 16;
        const Bihuan__TargetRole **more = arena_array(tx_arena(roles->tx), const Bihuan__TargetRole *, cap);

        if (roles->count)
            memcpy(more, roles->items, roles->count * sizeof *more);
        roles->items = more;
        roles->cap = cap;
    }
    roles->items[roles->count++] = (const Bihuan__TargetRole *)message;
    return 0;
}

static bool may(const struct roles *roles, const char *role, const char *right)
{
    for (size_t i = 0; i < roles->count; i++)
        for (size_t d = 0; strcmp(roles->items[i]->code, role) == 0 && d < roles->items[i]->n_does; d++)
            if (strcmp(roles->items[i]->does[d], right) == 0)
                return true;
    return roles->count == 0;
}

/* --- where a role counts -------------------------------------------------------------------------------------------
 */
static bool is_staff(const struct ref_unit *unit)
{
    return strcmp(unit->type, "office") == 0 || strcmp(unit->type, "centre") == 0;
}

/* Answers count at the unit itself. Offers count above it, an office or centre standing for the unit that it belongs
 * to; who proposes speaks for the unit itself, to those below. By the tree of `day`, the plan's. */
static bool counts(struct tx *tx, int32_t day, uint32_t holds_at, const struct ref_unit *unit, const char *answer)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    const struct ref_unit *at = refdata_unit(refdata_of(tx), holds_at);
    uint32_t top = holds_at;

    if (!talk_is_from_above(answer))
        return holds_at == unit->id;
    if (!at)
        return false;
    if (is_staff(at) && at != unit)
        top = tree_parent(tree, holds_at, day);
    return top != TREE_NONE && tree_is_under(tree, unit->id, top, day) &&
           (top != unit->id || strcmp(answer, "propose") == 0);
}

/* --- the decision --------------------------------------------------------------------------------------------------
 */
/* Roles with the right, as far as they are given; "any role" where none is. */
static const char *who_words(struct tx *tx, const struct roles *roles, const char *right)
{
    struct buf words = { 0 };
    const char *out;

    for (size_t i = 0; i < roles->count; i++)
        if (may(roles, roles->items[i]->code, right))
            buf_printf(&words, "%s%s", words.len ? ", " : "", roles->items[i]->code);
    out = roles->count ? arena_strdup(tx_arena(tx), buf_text(&words)) : "any role";
    buf_fini(&words);
    return *out ? out : "no role";
}

static int refuse(struct tx *tx, const struct roles *roles, enum talk_verdict verdict, const struct ref_unit *unit,
                  const char *answer, struct err *err)
{
    const char *person = tx_principal(tx)->person, *right = talk_right(answer);
    const char *where = strcmp(answer, "propose") == 0 ? "at it, above it or in an office there"
                        : strcmp(right, "offer") == 0  ? "above it or in an office there"
                                                       : "at it";

    switch (verdict) {
    case TALK_WRONG_ROLE:
        return err_fail(err, ERR_FORBIDDEN, "wrong_role",
                        "\"%s\" holds no role that gives the answer \"%s\" for unit \"%s\"; it takes one with the "
                        "right to %s (%s), held %s",
                        person, answer, unit->code, right, who_words(tx, roles, right), where);
    case TALK_WRONG_UNIT:
        return err_fail(err, ERR_FORBIDDEN, "wrong_unit",
                        "\"%s\" may %s targets, but not those of unit \"%s\": the role must be held %s", person, right,
                        unit->code, where);
    case TALK_OWN_OFFER:
        return err_fail(err, ERR_FORBIDDEN, "own_offer",
                        "\"%s\" offered unit \"%s\" its targets and so can't answer for it; somebody else must", person,
                        unit->code);
    case TALK_OWN_REQUEST:
        return err_fail(err, ERR_FORBIDDEN, "own_request",
                        "\"%s\" asked for the change for unit \"%s\" and so can't %s it; somebody else must", person,
                        unit->code, answer);
    case TALK_YES:
    default:
        return 0;
    }
}

int talk_check_right(struct tx *tx, const struct version_row *version, const struct ref_unit *unit, const char *answer,
                     struct err *err)
{
    const char *person = tx_principal(tx)->person;
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    const struct ref_period *period = refdata_period(refdata_of(tx), version->period_id);
    struct roles roles = { .tx = tx };
    struct talk_wish wish = { 0 };
    struct role_at *held;
    size_t count;

    if (documents_each(tx, "target_role", &bihuan__target_role__descriptor, take_role, &roles, err) != 0 ||
        people_roles(tx, person, today, &held, &count, err) != 0 ||
        negotiation_store_spoke(tx, version->period_id, version->version, unit->id, person, &wish.offered, &wish.asked,
                                err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (may(&roles, held[i].role, talk_right(answer)))
            *(counts(tx, period ? period->from_day : today, held[i].unit_id, unit, answer) ? &wish.here
                                                                                           : &wish.elsewhere) = true;
    return refuse(tx, &roles, talk_decide(answer, &wish), unit, answer, err);
}

/* --- handing in ----------------------------------------------------------------------------------------------------
 */
struct hands {
    struct roles roles;
    struct role_at *held;
    size_t count;
};

int talk_hands_open(struct tx *tx, struct hands **out, struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct hands *hands = arena_new(tx_arena(tx), struct hands);

    hands->roles.tx = tx;
    if (documents_each(tx, "target_role", &bihuan__target_role__descriptor, take_role, &hands->roles, err) != 0 ||
        people_roles(tx, tx_principal(tx)->person, today, &hands->held, &hands->count, err) != 0)
        return -1;
    *out = hands;
    return 0;
}

void talk_check_hands(const struct hands *hands, const struct ref_unit *unit, const char *pointer)
{
    struct tx *tx = hands->roles.tx;
    const char *person = tx_principal(tx)->person;
    bool here = false, elsewhere = false;

    for (size_t i = 0; i < hands->count; i++)
        if (may(&hands->roles, hands->held[i].role, "answer"))
            *(hands->held[i].unit_id == unit->id ? &here : &elsewhere) = true;
    if (here)
        return;
    if (elsewhere)
        tx_problem(tx, pointer, "wrong_unit",
                   "\"%s\" may hand in drafts, but not those of unit \"%s\": the role must be held at it", person,
                   unit->code);
    else
        tx_problem(tx, pointer, "wrong_role",
                   "\"%s\" holds no role that hands in drafts of unit \"%s\"; it takes one with the right to answer "
                   "(%s), held at it",
                   person, unit->code, who_words(tx, &hands->roles, "answer"));
}

/* --- resources -----------------------------------------------------------------------------------------------------
 */
static int check_item(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                      struct err *err)
{
    const Bihuan__TargetRole *role = (const Bihuan__TargetRole *)item;

    (void)existing;
    (void)err;
    for (size_t i = 0; i < role->n_does; i++)
        check_word(tx, pointer, arena_printf(tx_arena(tx), "does/%zu", i), role->does[i], DOES);
    return 0;
}

static const struct documents_kind TARGET_ROLE = { "target_role", &bihuan__target_role__descriptor, check_item };

int on_apply_target_roles(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyTargetRolesRequest *request = message;
    struct documents_result result;

    return documents_apply(tx, &TARGET_ROLE, request->dry_run, (ProtobufCMessage **)request->items, request->n_items,
                           &result, err) != 0
               ? -1
               : tx_reply(tx, &result.reply->base, err);
}

int on_list_target_roles(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListTargetRolesRequest *request = message;
    Bihuan__ListTargetRolesReply reply = BIHUAN__LIST_TARGET_ROLES_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "target_role", &bihuan__target_role__descriptor, request->page, NULL, NULL, &items,
                       &reply.n_items, &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__TargetRole **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
