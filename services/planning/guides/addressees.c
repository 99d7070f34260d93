/* addressees: units by filter, and who works where. */
#include "planning/guides/guides.h"
#include "planning/planning.h"

#include "planning/cycle/cycle.h"

#include <string.h>

static bool is_word(char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return count == 0;
}

static const struct ref_unit *known(struct tx *tx, const char *code, const char *pointer)
{
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), code);

    if (!unit)
        tx_problem(tx, pointer, "unknown_unit", "unit \"%s\" is not known", code);
    return unit;
}

/* Stands in the tree on the day: has a parent, or is the top. */
static bool is_there(const struct refdata *refdata, uint32_t unit, int32_t day)
{
    const struct ref_unit *root = refdata_root(refdata, day);

    return tree_parent(refdata_tree(refdata), unit, day) != TREE_NONE || (root && root->id == unit);
}

static bool fits(const struct refdata *refdata, const Bihuan__Addressees *to, const struct ref_unit *unit,
                 const struct ref_unit *under, int32_t day)
{
    const struct ref_channel *channel = refdata_channel(refdata, unit->channel_id);

    if (!is_there(refdata, unit->id, day) || !is_word(to->types, to->n_types, unit->type) ||
        !is_word(to->channels, to->n_channels, channel ? channel->code : ""))
        return false;
    return !under || tree_is_under(refdata_tree(refdata), unit->id, under->id, day);
}

size_t addressees_find(struct tx *tx, const Bihuan__Addressees *to, const char *pointer, uint32_t **units)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata);
    bool *chosen = arena_array(tx_arena(tx), bool, limit + 1);
    bool filter = to && (to->n_types || to->n_channels || to->under[0]);
    const struct ref_unit *under = filter && to->under[0] ? known(tx, to->under, place(tx, pointer, "under")) : NULL;
    int32_t today = cycle_today(tx);
    size_t count = 0;

    *units = arena_array(tx_arena(tx), uint32_t, limit + 1);
    for (size_t i = 0; to && i < to->n_units; i++) {
        const struct ref_unit *unit = known(tx, to->units[i], arena_printf(tx_arena(tx), "%s/units/%zu", pointer, i));

        if (unit)
            chosen[unit->id] = true;
    }
    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_unit *unit = refdata_unit(refdata, id);

        if (unit && (chosen[id] || (filter && fits(refdata, to, unit, under, today))))
            (*units)[count++] = id;
    }
    if (!count && !tx_problem_count(tx))
        tx_problem(tx, pointer, "nobody", "no unit is addressed");
    return count;
}

size_t addressees_scope(struct tx *tx, uint32_t **units)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata);
    size_t count = 0;

    *units = NULL;
    if (!tx_principal(tx)->subtree[0])
        return 0;
    *units = arena_array(tx_arena(tx), uint32_t, limit + 1);
    for (uint32_t id = 1; id < limit; id++)
        if (refdata_unit(refdata, id) && cycle_in_scope(tx, id))
            (*units)[count++] = id;
    return count;
}

bool addressees_is_central(const struct ref_unit *unit)
{
    return strcmp(unit->type, "province") == 0 || strcmp(unit->type, "office") == 0 ||
           strcmp(unit->type, "centre") == 0;
}

bool addressees_stands_over(struct tx *tx, uint32_t unit_id, uint32_t other_id)
{
    const struct refdata *refdata = refdata_of(tx);
    const struct ref_unit *unit = refdata_unit(refdata, unit_id);
    int32_t today = cycle_today(tx);

    if (!unit || unit_id == other_id || !is_there(refdata, unit_id, today))
        return false;
    return addressees_is_central(unit) || tree_is_under(refdata_tree(refdata), other_id, unit_id, today);
}

int addressees_works_at(struct tx *tx, uint32_t unit_id, bool *yes, struct err *err)
{
    struct held held;

    *yes = false;
    if (duties_held(tx, &held, err) != 0)
        return -1;
    for (size_t i = 0; i < held.count; i++)
        *yes = *yes || held.roles[i].unit_id == unit_id;
    return 0;
}
