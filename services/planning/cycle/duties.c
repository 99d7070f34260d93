/* duties: what a person may do with a deliverable, by the roles that the person holds today. */
#include "planning/cycle/cycle.h"
#include "planning/planning.h"

#include <string.h>

int32_t cycle_today(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

int32_t cycle_lead_days(struct tx *tx)
{
    return (int32_t)runtime_setting_int(tx_runtime(tx), "due_soon_days");
}

bool cycle_in_scope(struct tx *tx, uint32_t unit_id)
{
    const char *subtree = tx_principal(tx) ? tx_principal(tx)->subtree : "";
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), subtree);

    if (!subtree[0])
        return true;
    return top && tree_is_under(refdata_tree(refdata_of(tx)), unit_id, top->id, cycle_today(tx));
}

int cycle_read(struct tx *tx, handler_fn *query, const void *message, struct err *err)
{
    struct planning *planning = tx_state(tx);
    int rc;

    pthread_rwlock_rdlock(&planning->lock);
    rc = query(tx, message, err);
    pthread_rwlock_unlock(&planning->lock);
    return rc;
}

const char *unit_code(struct tx *tx, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(refdata_of(tx), unit_id);

    return unit ? unit->code : "";
}

int duties_held(struct tx *tx, struct held *out, struct err *err)
{
    out->person = tx_principal(tx)->person;
    return people_roles(tx, out->person, cycle_today(tx), &out->roles, &out->count, err);
}

size_t duties_units(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, const char *role,
                    uint32_t **units)
{
    const Bihuan__DeliverableTemplate *of = template_deliverable(cycle->template, row->code, NULL);
    const struct tree *tree = refdata_tree(refdata_of(tx));
    uint32_t *all = arena_array(tx_arena(tx), uint32_t, cycle->seat_count + 1);
    uint32_t *on_line = arena_array(tx_arena(tx), uint32_t, cycle->seat_count + 1);
    int32_t today = cycle_today(tx);
    size_t count = 0, line_count = 0;

    if (of && strcmp(of->role, role) == 0) {
        all[0] = row->unit_id;
        *units = all;
        return 1;
    }
    for (size_t i = 0; i < cycle->seat_count; i++) {
        uint32_t unit = cycle->seats[i].unit_id;

        if (strcmp(cycle->seats[i].role, role) != 0)
            continue;
        all[count++] = unit;
        if (tree_is_under(tree, row->unit_id, unit, today) || tree_is_under(tree, unit, row->unit_id, today))
            on_line[line_count++] = unit;
    }
    *units = line_count ? on_line : all;
    return line_count ? line_count : count;
}

static bool is_among(const uint32_t *units, size_t count, uint32_t unit)
{
    for (size_t i = 0; i < count; i++)
        if (units[i] == unit)
            return true;
    return false;
}

struct duties duties_of(struct tx *tx, const struct cycle *cycle, const struct deliverable *row,
                        const struct held *held, unsigned need, const char **role)
{
    const Bihuan__DeliverableTemplate *of = template_deliverable(cycle->template, row->code, NULL);
    struct duties out = { 0 };

    if (role)
        *role = "";
    for (size_t i = 0; of && i < held->count; i++) {
        unsigned mask = template_duties(of, held->roles[i].role);
        uint32_t *units;
        size_t count;

        if (!mask)
            continue;
        count = duties_units(tx, cycle, row, held->roles[i].role, &units);
        if (!is_among(units, count, held->roles[i].unit_id)) {
            out.elsewhere |= mask;
            continue;
        }
        out.here |= mask;
        if (role && !(*role)[0] && (mask & need))
            *role = held->roles[i].role;
    }
    return out;
}

/* " (li, wang)" or nothing where the role is vacant there. */
static int add_people(struct tx *tx, struct buf *out, const char *role, uint32_t unit, struct err *err)
{
    const char **people;
    size_t count;

    if (people_with(tx, role, unit, cycle_today(tx), &people, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && i < 3; i++)
        buf_printf(out, "%s%s", i ? ", " : " (", people[i]);
    buf_append_text(out, count > 3 ? ", ...)" : count ? ")" : " (nobody at present)");
    return 0;
}

int duties_who(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, unsigned need, const char **out,
               struct err *err)
{
    const Bihuan__DeliverableTemplate *of = template_deliverable(cycle->template, row->code, NULL);
    struct buf text = { 0 };
    int rc = 0;

    for (size_t r = 0; of && rc == 0 && r < cycle->template->n_roles; r++) {
        const char *role = cycle->template->roles[r]->code;
        uint32_t *units;
        size_t count;

        if (!(template_duties(of, role) & need))
            continue;
        count = duties_units(tx, cycle, row, role, &units);
        for (size_t i = 0; i < count && i < 5 && rc == 0; i++) {
            buf_printf(&text, "%s%s at %s", text.len ? " or " : "", role, unit_code(tx, units[i]));
            rc = add_people(tx, &text, role, units[i], err);
        }
        if (count > 5)
            buf_append_text(&text, " ...");
    }
    *out = arena_strdup(tx_arena(tx), text.len ? buf_text(&text) : "nobody");
    buf_fini(&text);
    return rc;
}
