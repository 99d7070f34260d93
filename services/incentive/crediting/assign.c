/* assign: see assign.h. This file: which rule, who, how much; eliminate.c: what overlays are taken out by. */
#include "incentive/crediting/assign.h"

#include "calc/apportion.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[ENTRY_KINDS] = { "recorded", "given", "share", "overlay", "elimination", "excluded" };

const char *entry_kind_word(int kind)
{
    return kind >= 0 && kind < ENTRY_KINDS ? kinds[kind] : "";
}

int entry_kind_of(const char *word)
{
    for (int i = 0; i < ENTRY_KINDS; i++)
        if (strcmp(kinds[i], word) == 0)
            return i;
    return -1;
}

void entries_add(struct credit_entries *entries, struct credit_entry entry)
{
    if (entries->count == entries->cap) {
        entries->cap = entries->cap ? entries->cap * 2 : 32;
        entries->list = realloc(entries->list, entries->cap * sizeof *entries->list);
        if (!entries->list)
            abort();
    }
    entries->list[entries->count++] = entry;
}

void entries_fini(struct credit_entries *entries)
{
    free(entries->list);
    *entries = (struct credit_entries) { 0 };
}

/* --- which rule ------------------------------------------------------------------------------------------------------
 */

static bool has_id(const struct rule_ids *ids, uint32_t id)
{
    if (!ids->count)
        return true;
    for (size_t i = 0; id && i < ids->count; i++)
        if (ids->ids[i] == id)
            return true;
    return false;
}

static bool has_product(const struct credit_world *world, const struct rule_ids *ids, uint32_t product)
{
    if (!ids->count)
        return true;
    for (int depth = 0; product && depth < TREE_DEPTH_MAX; depth++) {
        const struct ref_product *at = refdata_product(world->refdata, product);

        if (has_id(ids, product))
            return true;
        product = at ? at->parent_id : 0;
    }
    return false;
}

static bool has_unit(const struct credit_world *world, const struct rule_ids *ids, uint32_t unit, int32_t day)
{
    if (!ids->count)
        return true;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->ids[i] && tree_is_under(refdata_tree(world->refdata), unit, ids->ids[i], day))
            return true;
    return false;
}

static bool has_type(const struct credit_world *world, const Bihuan__CreditingRule *doc, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(world->refdata, unit_id);

    if (!doc->when || !doc->when->n_unit_types)
        return true;
    for (size_t i = 0; unit && i < doc->when->n_unit_types; i++)
        if (strcmp(doc->when->unit_types[i], unit->type) == 0)
            return true;
    return false;
}

static bool in_range(const struct rule *rule, int64_t value)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

    return (!rule->has_min || size >= (uint64_t)rule->min) && (!rule->has_max || size < (uint64_t)rule->max);
}

static bool seller_fits(const struct rule *rule, uint32_t seller_id)
{
    return rule->seller == RULE_SELLER_ANY || (rule->seller == RULE_SELLER_KNOWN) == (seller_id != 0);
}

static bool fits(const struct credit_world *world, const struct rule *rule, const struct credit_fact *fact,
                 int64_t value)
{
    return fact->day >= rule->from_day && fact->day < rule->until_day && in_range(rule, value) &&
           seller_fits(rule, fact->seller_id) && has_id(&rule->channels, fact->channel_id) &&
           has_type(world, rule->doc, fact->unit_id) && has_product(world, &rule->products, fact->product_id) &&
           has_unit(world, &rule->units, fact->unit_id, fact->day);
}

const struct rule *assign_rule(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure,
                               int64_t value)
{
    if (!rules_touch(world->rules, measure))
        return NULL;
    for (size_t i = 0; i < world->rules->by_measure_count[measure]; i++) {
        const struct rule *rule = world->rules->by_measure[measure][i];

        if ((rule->share_count || rule->exclude) && fits(world, rule, fact, value))
            return rule;
    }
    return NULL;
}

bool assign_adds(const struct credit_world *world, const struct rule *rule, const struct credit_fact *fact,
                 uint32_t measure, int64_t value)
{
    const struct ref_measure *ref = refdata_measure(world->refdata, measure);

    return rule->overlay_count && !(ref && ref->level) && fits(world, rule, fact, value);
}

/* --- who -------------------------------------------------------------------------------------------------------------
 */

/* The unit itself, or the nearest above it of the type; 0 none. */
static uint32_t nearest(const struct credit_world *world, uint32_t unit, const char *type, int32_t day, bool itself)
{
    const struct tree *tree = refdata_tree(world->refdata);

    if (!itself)
        unit = tree_parent(tree, unit, day);
    for (int depth = 0; unit != TREE_NONE && depth < TREE_DEPTH_MAX; depth++) {
        const struct ref_unit *at = refdata_unit(world->refdata, unit);

        if (at && strcmp(at->type, type) == 0)
            return unit;
        unit = tree_parent(tree, unit, day);
    }
    return 0;
}

static uint32_t owner_of(const struct credit_world *world, const struct rule_share *share, uint32_t product)
{
    for (int depth = 0; product && depth < TREE_DEPTH_MAX; depth++) {
        const struct ref_product *at = refdata_product(world->refdata, product);

        for (size_t i = 0; i < share->owner_count; i++)
            if (share->owners[i].product_id == product)
                return share->owners[i].unit_id;
        product = at ? at->parent_id : 0;
    }
    return 0;
}

static size_t with_role(const struct credit_world *world, const struct rule_share *share,
                        const struct credit_fact *fact, uint32_t units[HOLDERS_MAX])
{
    uint32_t at = share->unit_id        ? share->unit_id
                  : share->unit_type[0] ? nearest(world, fact->unit_id, share->unit_type, fact->day, true)
                                        : fact->unit_id;

    return at ? holders_units(world->holders, world->refdata, share->role, at, fact->day, units) : 0;
}

/* Receivers of a share; 0: nobody is found. */
static size_t receivers(const struct credit_world *world, const struct rule_share *share,
                        const struct credit_fact *fact, uint32_t units[HOLDERS_MAX])
{
    switch (share->to) {
    case SHARE_UNIT:
        units[0] = fact->unit_id;
        break;
    case SHARE_SELLER:
        units[0] = fact->seller_id;
        break;
    case SHARE_ABOVE:
        units[0] = nearest(world, fact->unit_id, share->unit_type, fact->day, false);
        break;
    case SHARE_NAMED:
        units[0] = share->unit_id;
        break;
    case SHARE_OWNER:
        units[0] = owner_of(world, share, fact->product_id);
        break;
    case SHARE_ROLE:
        return with_role(world, share, fact, units);
    default:
        units[0] = 0;
    }
    return units[0] && units[0] < CUBE_UNIT_MAX ? 1 : 0;
}

/* --- how much --------------------------------------------------------------------------------------------------------
 */

static struct credit_entry entry_of(const struct rule *rule, enum entry_kind kind, uint32_t measure, uint32_t unit,
                                    int64_t value, const char *reason)
{
    return (struct credit_entry) { kind, (uint16_t)measure, unit, rule->id, rule->version, reason, value };
}

/* One amount to all who receive it, equally; what finds nobody goes to `otherwise`, 0: is left out. */
static int give(const struct credit_world *world, const struct rule *rule, const struct rule_share *share,
                const struct credit_fact *fact, uint32_t measure, int64_t amount, enum entry_kind kind,
                uint32_t otherwise, struct credit_entries *out, struct err *err)
{
    struct apportion_part parts[HOLDERS_MAX];
    uint32_t units[HOLDERS_MAX];
    size_t count = receivers(world, share, fact, units);
    struct arena scratch;
    int rc;

    if (!count && otherwise && amount)
        entries_add(out, entry_of(rule, kind, measure, otherwise, amount, NO_RECEIVER));
    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct apportion_part) { .id = i, .weight = 1 };
    arena_init(&scratch);
    rc = apportion_split(amount, parts, count, APPORTION_ZERO_REFUSE, &scratch, err);
    arena_fini(&scratch);
    for (size_t i = 0; rc == 0 && i < count; i++)
        if (parts[i].share)
            entries_add(out, entry_of(rule, kind, measure, units[i], parts[i].share, ""));
    return rc;
}

static int share_out(const struct credit_world *world, const struct rule *rule, const struct credit_fact *fact,
                     uint32_t measure, int64_t value, struct credit_entries *out, struct err *err)
{
    struct apportion_part parts[RULE_SHARES_MAX];
    struct arena scratch;
    int rc;

    entries_add(out, entry_of(rule, ENTRY_GIVEN, measure, fact->unit_id, -value, ""));
    for (size_t i = 0; i < rule->share_count; i++)
        parts[i] = (struct apportion_part) { .id = i, .weight = rule->shares[i].ppm };
    arena_init(&scratch);
    rc = apportion_split(value, parts, rule->share_count, APPORTION_ZERO_REFUSE, &scratch, err);
    arena_fini(&scratch);
    for (size_t i = 0; rc == 0 && i < rule->share_count; i++)
        rc = give(world, rule, &rule->shares[i], fact, measure, parts[i].share, ENTRY_SHARE, fact->unit_id, out, err);
    return rc;
}

static int add_overlays(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure,
                        int64_t value, struct credit_entries *out, struct err *err)
{
    for (size_t i = 0; i < world->rules->by_measure_count[measure]; i++) {
        const struct rule *rule = world->rules->by_measure[measure][i];

        if (!assign_adds(world, rule, fact, measure, value))
            continue;
        for (size_t k = 0; k < rule->overlay_count; k++) {
            int64_t amount;

            if (fixed_mul_ppm(value, rule->overlays[k].ppm, ROUND_HALF_UP, &amount, err) != 0 ||
                give(world, rule, &rule->overlays[k], fact, measure, amount, ENTRY_OVERLAY, 0, out, err) != 0)
                return -1;
        }
    }
    return 0;
}

int assign_entries(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure, int64_t value,
                   struct credit_entries *out, struct err *err)
{
    const struct rule *rule;
    size_t first = out->count;

    if (!value || !rules_touch(world->rules, measure))
        return 0;
    rule = assign_rule(world, fact, measure, value);
    if (rule && rule->exclude) {
        entries_add(out, entry_of(rule, ENTRY_EXCLUDED, measure, fact->unit_id, -value, rule->exclude));
        return 0;
    }
    if ((rule && share_out(world, rule, fact, measure, value, out, err) != 0) ||
        add_overlays(world, fact, measure, value, out, err) != 0)
        return -1;
    return assign_eliminations(world, fact, value, out->list + first, out->count - first, out, err);
}
