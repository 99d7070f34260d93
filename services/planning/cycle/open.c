/* open: a cycle made from a template for a period: its seats, stages and deliverables. */
#include "planning/cycle/cycle.h"

#include <stdlib.h>
#include <string.h>

#define SEATS_MAX        20000
#define DELIVERABLES_MAX 50000

struct opening {
    struct tx *tx;
    const Bihuan__OpenCycleRequest *request;
    const struct refdata *refdata;
    struct cycle *cycle;
    const struct ref_period *period;
};

static const Bihuan__CycleSeat *asked_seat(const Bihuan__OpenCycleRequest *request, const char *role)
{
    for (size_t i = 0; i < request->n_seats; i++)
        if (strcmp(request->seats[i]->role, role) == 0)
            return request->seats[i];
    return NULL;
}

static void add_seat(struct opening *opening, const char *role, uint32_t unit_id)
{
    struct cycle *cycle = opening->cycle;

    for (size_t i = 0; i < cycle->seat_count; i++)
        if (cycle->seats[i].unit_id == unit_id && strcmp(cycle->seats[i].role, role) == 0)
            return;
    if (cycle->seat_count < SEATS_MAX)
        cycle->seats[cycle->seat_count++] = (struct cycle_seat) { role, unit_id };
}

static void add_named(struct opening *opening, const char *role, char **units, size_t count, const char *pointer)
{
    for (size_t i = 0; i < count; i++) {
        const struct ref_unit *unit = refdata_unit_by_code(opening->refdata, units[i]);

        if (unit)
            add_seat(opening, role, unit->id);
        else
            tx_problem(opening->tx, arena_printf(tx_arena(opening->tx), "%s/%zu", pointer, i), "unknown_unit",
                       "unit \"%s\" is not known", units[i]);
    }
}

/* All of a type that stand in the tree today. */
static void add_of_type(struct opening *opening, const char *role, const char *type)
{
    const struct tree *tree = refdata_tree(opening->refdata);
    int32_t today = cycle_today(opening->tx);
    const struct ref_unit *root = refdata_root(opening->refdata, today);

    for (uint32_t id = 1; id < refdata_unit_limit(opening->refdata); id++) {
        const struct ref_unit *unit = refdata_unit(opening->refdata, id);

        if (unit && strcmp(unit->type, type) == 0 && (unit == root || tree_parent(tree, id, today) != TREE_NONE))
            add_seat(opening, role, id);
    }
}

static bool is_used(const Bihuan__CycleTemplate *template, const char *role)
{
    for (size_t s = 0; s < template->n_stages; s++)
        for (size_t i = 0; i < template->stages[s]->n_deliverables; i++) {
            const Bihuan__DeliverableTemplate *of = template->stages[s]->deliverables[i];

            if (strcmp(of->role, role) == 0 || template_duties(of, role))
                return true;
        }
    return false;
}

static int by_role_and_unit(const void *a, const void *b)
{
    const struct cycle_seat *x = a, *y = b;
    int order = strcmp(x->role, y->role);

    return order ? order : x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

static void add_role(struct opening *opening, const Bihuan__CycleRole *role)
{
    const Bihuan__CycleSeat *asked = asked_seat(opening->request, role->code);
    size_t before = opening->cycle->seat_count;

    if (asked)
        add_named(opening, role->code, asked->units, asked->n_units, "/seats/units");
    else if (role->n_units)
        add_named(opening, role->code, role->units, role->n_units, "/template");
    else if (role->unit_type[0])
        add_of_type(opening, role->code, role->unit_type);
    if (opening->cycle->seat_count == before && is_used(opening->cycle->template, role->code))
        tx_problem(opening->tx, "/seats", "no_unit",
                   "role \"%s\" has no unit; name it in seats, or give the role units or a unit_type in the template",
                   role->code);
}

static void add_seats(struct opening *opening)
{
    const Bihuan__CycleTemplate *template = opening->cycle->template;

    opening->cycle->seats = arena_array(tx_arena(opening->tx), struct cycle_seat, SEATS_MAX);
    for (size_t i = 0; i < opening->request->n_seats; i++)
        if (!template_role(template, opening->request->seats[i]->role))
            tx_problem(opening->tx, arena_printf(tx_arena(opening->tx), "/seats/%zu/role", i), "unknown_role",
                       "template \"%s\" has no role \"%s\"", template->code, opening->request->seats[i]->role);
    for (size_t i = 0; i < template->n_roles; i++)
        add_role(opening, template->roles[i]);
    if (opening->cycle->seat_count == SEATS_MAX)
        tx_problem(opening->tx, "/seats", "too_many", "a cycle may have at most %d seats", SEATS_MAX - 1);
    qsort(opening->cycle->seats, opening->cycle->seat_count, sizeof *opening->cycle->seats, by_role_and_unit);
}

static void add_deliverable(struct opening *opening, const Bihuan__DeliverableTemplate *of, int stage, uint32_t unit_id,
                            struct deliverable *out)
{
    struct due_offset offset = { 0 };
    int32_t today = cycle_today(opening->tx), lead = cycle_lead_days(opening->tx);

    (void)due_parse(of->due, &offset, NULL); /* checked when the template was applied */
    *out = (struct deliverable) { .cycle_id = opening->cycle->id,
                                  .stage = stage,
                                  .code = of->code,
                                  .unit_id = unit_id,
                                  .due_day = due_day(&offset, opening->period->from_day, opening->period->until_day),
                                  .revision = 1,
                                  .body = "",
                                  .plan = "",
                                  .submitted_by = "",
                                  .reason = "",
                                  .approved_by = "" };
    out->announced = due_shown(out->state, out->due_day, lead, today);
    out->next_day = due_next_change(out->state, out->due_day, lead, today);
}

/* How many make_deliverables() makes. */
static size_t count_owed(const struct cycle *cycle)
{
    size_t count = 0;

    for (size_t s = 0; s < cycle->template->n_stages; s++)
        for (size_t i = 0; i < cycle->template->stages[s]->n_deliverables; i++)
            for (size_t k = 0; k < cycle->seat_count; k++)
                count += strcmp(cycle->seats[k].role, cycle->template->stages[s]->deliverables[i]->role) == 0;
    return count;
}

static size_t make_deliverables(struct opening *opening, struct deliverable *rows)
{
    const struct cycle *cycle = opening->cycle;
    size_t count = 0;

    for (size_t s = 0; s < cycle->template->n_stages; s++)
        for (size_t i = 0; i < cycle->template->stages[s]->n_deliverables; i++)
            for (size_t k = 0; k < cycle->seat_count; k++) {
                const Bihuan__DeliverableTemplate *of = cycle->template->stages[s]->deliverables[i];

                if (strcmp(cycle->seats[k].role, of->role) == 0)
                    add_deliverable(opening, of, (int)s, cycle->seats[k].unit_id, &rows[count++]);
            }
    return count;
}

static int publish(struct opening *opening, const struct deliverable *rows, size_t count, struct err *err)
{
    Bihuan__CycleOpened opened = BIHUAN__CYCLE_OPENED__INIT;

    opened.cycle = cycle_view(opening->tx, opening->cycle, rows, count);
    if (tx_publish(opening->tx, 0, MSG(CYCLE_OPENED), opening->cycle->code, &opened.base, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        Bihuan__DeliverableMoved moved = BIHUAN__DELIVERABLE_MOVED__INIT;

        moved.deliverable = deliverable_view(opening->tx, opening->cycle, &rows[i]);
        if (tx_publish(opening->tx, 0, MSG(DELIVERABLE_MOVED), moved.deliverable->id, &moved.base, err) != 0)
            return -1;
    }
    return 0;
}

/* Template and period are there, and the code is free. */
static int prepare(struct opening *opening, struct err *err)
{
    const Bihuan__OpenCycleRequest *request = opening->request;
    struct tx *tx = opening->tx;
    ProtobufCMessage *template;
    struct cycle *there;

    opening->period = refdata_period_by_code(opening->refdata, request->period);
    if (!opening->period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known; apply it first",
                        request->period);
    if (documents_get(tx, "cycle_template", &bihuan__cycle_template__descriptor, request->template_, &template, err) !=
        0)
        return -1;
    if (!template)
        return err_fail(err, ERR_NOT_FOUND, "unknown_template", "cycle template \"%s\" is not known; apply it first",
                        request->template_);
    opening->cycle->template = (Bihuan__CycleTemplate *)template;
    opening->cycle->code = request->code[0] ? request->code
                                            : arena_printf(tx_arena(tx), "%s-%s", request->template_, request->period);
    if (!code_valid(opening->cycle->code))
        tx_problem(tx, "/code", "bad_code", "code \"%s\" must be 1 to 64 letters, digits, '.', '_' or '-'",
                   opening->cycle->code);
    if (cycle_store_get(tx, opening->cycle->code, 0, &there, err) != 0)
        return -1;
    return there ? err_fail(err, ERR_CONFLICT, "cycle_exists", "cycle \"%s\" is open already; give it another code",
                            there->code)
                 : 0;
}

int on_open_cycle(struct tx *tx, const void *message, struct err *err)
{
    const struct planning *planning = tx_state(tx);
    Bihuan__OpenCycleReply reply = BIHUAN__OPEN_CYCLE_REPLY__INIT;
    struct cycle *cycle = arena_new(tx_arena(tx), struct cycle);
    struct opening opening = { .tx = tx, .request = message, .refdata = planning->refdata, .cycle = cycle };
    struct deliverable *rows;
    size_t count;

    if (prepare(&opening, err) != 0)
        return -1;
    add_seats(&opening);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (count_owed(cycle) > DELIVERABLES_MAX)
        return err_fail(err, ERR_TOO_LARGE, "too_many", "a cycle may have at most %d deliverables", DELIVERABLES_MAX);
    cycle->period_id = opening.period->id;
    cycle->opened_by = tx_principal(tx)->person;
    cycle->opened_at = tx_now(tx);
    cycle->stages = arena_array(tx_arena(tx), struct cycle_stage, cycle->template->n_stages);
    for (size_t i = 0; i < cycle->template->n_stages; i++)
        cycle->stages[i].overridden_by = cycle->stages[i].reason = "";
    if (cycle_store_insert(tx, cycle, err) != 0)
        return -1;
    rows = arena_array(tx_arena(tx), struct deliverable, count_owed(cycle) + 1);
    count = make_deliverables(&opening, rows);
    if (deliverable_store_insert(tx, rows, count, err) != 0 || publish(&opening, rows, count, err) != 0 ||
        stages_advance(tx, cycle, err) != 0)
        return -1;
    reply.cycle = cycle_view(tx, cycle, rows, count);
    reply.deliverables = (uint32_t)count;
    return tx_reply(tx, &reply.base, err);
}
