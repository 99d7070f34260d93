/* hand_over: a person leaves and another takes over. */
#include "planning/organisation/organisation.h"
#include "planning/organisation/rehang.h"
#include "planning/organisation/reorganise.h"

#include <string.h>

static int find(struct reorganise *r, const char *pointer, const char *code, Bihuan__Person **out, struct err *err)
{
    ProtobufCMessage *message;

    if (documents_get(r->tx, "person", &bihuan__person__descriptor, code, &message, err) != 0)
        return -1;
    *out = (Bihuan__Person *)message;
    if (!message)
        tx_problem(r->tx, pointer, "unknown_person", "person \"%s\" is not known; apply the person first", code);
    return 0;
}

static bool is_gone(const Bihuan__Person *person, const char *day)
{
    return person->leaves[0] && strcmp(person->leaves, day) <= 0;
}

/* The leaver as an item: without roles from that day on. */
static Bihuan__Person *leaving(struct reorganise *r, const Bihuan__Person *person, const char *successor)
{
    struct arena *arena = tx_arena(r->tx);
    Bihuan__Person *item = rehang_roles(arena, person, NULL, NULL, r->from);

    if (!item) {
        item = arena_memdup(arena, person, sizeof *person);
        item->n_roles = 0;
    }
    item->leaves = (char *)(uintptr_t)r->from;
    item->successor = (char *)(uintptr_t)successor;
    return item;
}

int on_hand_over(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__HandOverRequest *request = message;
    Bihuan__PersonHandedOver event = BIHUAN__PERSON_HANDED_OVER__INIT;
    Bihuan__Person *person, *successor, *more;
    struct reorganise r;

    reorganise_begin(&r, tx, request->dry_run, "hand_over", request->from, request->reason);
    if (find(&r, "/person", request->person, &person, err) != 0 ||
        find(&r, "/successor", request->successor, &successor, err) != 0)
        return -1;
    if (person && is_gone(person, request->from))
        tx_problem(tx, "/person", "has_left", "\"%s\" left on %s already", person->code, person->leaves);
    if (successor && is_gone(successor, request->from))
        tx_problem(tx, "/successor", "has_left", "\"%s\" is no longer here by then", successor->code);
    if (person && successor && strcmp(person->code, successor->code) == 0)
        tx_problem(tx, "/successor", "same_person", "nobody takes over from themselves");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    r.change->person = request->person;
    r.change->successor = request->successor;
    more = request->pass_roles ? rehang_take_over(tx_arena(tx), successor, person, request->from) : NULL;
    reorganise_person(&r, leaving(&r, person, request->successor), "");
    if (more && more->n_roles)
        reorganise_person(&r, more, "");
    event.person_id = person->id;
    event.person = person->code;
    event.successor_id = successor->id;
    event.successor = successor->code;
    event.from_day = r.day;
    event.reason = request->reason;
    event.by = r.change->by;
    event.roles_passed = request->pass_roles;
    return reorganise_end(&r, MSG(PERSON_HANDED_OVER), &event.base, err);
}
