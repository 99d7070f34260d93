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

        if ((rule->share_count || rule->exclude || rule->earns) && fits(world, rule, fact, value))
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

static uint32_t holder_of(const struct credit_world *world, const struct credit_fact *fact, const char **why)
{
    const char *holder = customers_holder(world->customers, fact->customer, fact->customer_len, fact->day);
    const struct ref_unit *unit = holder[0] ? refdata_unit_by_code(world->refdata, holder) : NULL;
    uint32_t id = unit ? unit->id : holder[0] ? holders_own_unit(world->holders, world->refdata, holder, fact->day) : 0;

    if (!id)
        *why = fact->customer_len ? "no_holder" : "no_customer";
    return id;
}

static uint32_t registrant_of(const struct credit_world *world, const struct rule_share *share,
                              const struct credit_fact *fact, const char **why)
{
    bool lapsed = false;
    uint32_t unit = registrations_unit(world->registrations, world->refdata, fact->customer, fact->customer_len,
                                       fact->product_id, fact->day, share->days, &lapsed);

    if (!unit)
        *why = !fact->customer_len ? "no_customer" : lapsed ? "registration_lapsed" : "no_registration";
    return unit;
}

/* Receivers of a share; 0: nobody is found, for the reason. */
static size_t receivers(const struct credit_world *world, const struct rule_share *share,
                        const struct credit_fact *fact, uint32_t units[HOLDERS_MAX], const char **why)
{
    *why = NO_RECEIVER;
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
    case SHARE_HOLDER:
        units[0] = holder_of(world, fact, why);
        break;
    case SHARE_REGISTRATION:
        units[0] = registrant_of(world, share, fact, why);
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

/* What finds nobody stays with the unit that sold, or is excluded there. */
static void keep(const struct rule *rule, const struct rule_share *share, uint32_t measure, uint32_t unit,
                 int64_t amount, const char *why, struct credit_entries *out)
{
    entries_add(out, entry_of(rule, ENTRY_SHARE, measure, unit, amount, why));
    if (share->excludes)
        entries_add(out, entry_of(rule, ENTRY_EXCLUDED, measure, unit, -amount, why));
}

/* One amount to all who receive it, equally; what finds nobody goes to `otherwise`, 0: is left out. */
static int give(const struct credit_world *world, const struct rule *rule, const struct rule_share *share,
                const struct credit_fact *fact, uint32_t measure, int64_t amount, enum entry_kind kind,
                uint32_t otherwise, struct credit_entries *out, struct err *err)
{
    struct apportion_part parts[HOLDERS_MAX];
    uint32_t units[HOLDERS_MAX];
    const char *why;
    size_t count = receivers(world, share, fact, units, &why);
    struct arena scratch;
    int rc;

    if (!count && otherwise && amount)
        keep(rule, share, measure, otherwise, amount, why, out);
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
                        int64_t whole, int64_t part, struct credit_entries *out, struct err *err)
{
    for (size_t i = 0; i < world->rules->by_measure_count[measure]; i++) {
        const struct rule *rule = world->rules->by_measure[measure][i];

        if (!assign_adds(world, rule, fact, measure, whole))
            continue;
        for (size_t k = 0; k < rule->overlay_count; k++) {
            int64_t amount;

            if (fixed_mul_ppm(part, rule->overlays[k].ppm, ROUND_HALF_UP, &amount, err) != 0 ||
                give(world, rule, &rule->overlays[k], fact, measure, amount, ENTRY_OVERLAY, 0, out, err) != 0)
                return -1;
        }
    }
    return 0;
}

/* --- when ------------------------------------------------------------------------------------------------------------
 */

static const char *const awaits[] = {
    [EARNS_ACTIVATION] = "awaits_activation", [EARNS_BILL] = "awaits_bill", [EARNS_CASH] = "awaits_cash"
};

const char *assign_awaits(enum rule_earns earns)
{
    return awaits[earns];
}

bool assign_is_awaiting(const char *reason)
{
    for (size_t i = EARNS_ACTIVATION; i <= EARNS_CASH; i++)
        if (strcmp(awaits[i], reason) == 0)
            return true;
    return false;
}

int64_t assign_due(const struct rule *rule, const struct credit_fact *fact)
{
    return rule->earns == EARNS_ORDER ? 0 : rule->earns == EARNS_ACTIVATION ? fact->quantity : fact->amount;
}

/* The reason for which it isn't credited (yet) by the rule that decides; NULL none. */
static const char *why_not(const struct rule *rule, const struct credit_fact *fact)
{
    if (rule->exclude)
        return rule->exclude;
    if (rule->earns && !fact->has_record)
        return NO_AMOUNT;
    return assign_due(rule, fact) ? assign_awaits(rule->earns) : NULL;
}

static int credit_part(const struct credit_world *world, const struct rule *rule, const struct credit_fact *fact,
                       uint32_t measure, int64_t whole, int64_t part, struct credit_entries *out, struct err *err)
{
    size_t first = out->count;

    if ((rule && rule->share_count && share_out(world, rule, fact, measure, part, out, err) != 0) ||
        add_overlays(world, fact, measure, whole, part, out, err) != 0)
        return -1;
    return assign_eliminations(world, fact, part, out->list + first, out->count - first, out, err);
}

int assign_part(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure, int64_t whole,
                int64_t part, struct credit_entries *out, struct err *err)
{
    if (!part || !rules_touch(world->rules, measure))
        return 0;
    return credit_part(world, assign_rule(world, fact, measure, whole), fact, measure, whole, part, out, err);
}

int assign_entries(const struct credit_world *world, const struct credit_fact *fact, uint32_t measure, int64_t value,
                   struct credit_entries *out, struct err *err)
{
    const struct rule *rule;
    const char *why;

    if (!value || !rules_touch(world->rules, measure))
        return 0;
    rule = assign_rule(world, fact, measure, value);
    why = rule ? why_not(rule, fact) : NULL;
    if (why) {
        entries_add(out, entry_of(rule, ENTRY_EXCLUDED, measure, fact->unit_id, -value, why));
        return 0;
    }
    return credit_part(world, rule, fact, measure, value, value, out, err);
}
