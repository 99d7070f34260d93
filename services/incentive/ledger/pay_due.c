/* pay_due: see pay_due.h. */
#include "incentive/ledger/pay_due.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define LATER_PARTS 2 /* times as many as a full calculation's: then the next is a full one */

/* --- what is known ---------------------------------------------------------------------------------------------------
 */

static int order_of(const struct pay_known_slot *known, const struct pay_slot *slot)
{
    uint32_t plan_id = slot->plan->doc->id;

    if (known->unit_id != slot->unit_id)
        return known->unit_id < slot->unit_id ? -1 : 1;
    return known->plan_id < plan_id ? -1 : known->plan_id > plan_id;
}

/* Fields one by one: padding has no value of its own. */
static uint64_t basis_hash(const struct pay_slot *slot)
{
    uint64_t hash = hash_mix(((uint64_t)slot->unit_id << 32) ^ slot->plan->doc->id) ^ slot->plan->doc->version;

    for (size_t c = 0; c < slot->plan->component_count; c++) {
        const struct payplan_input *in = &slot->basis[c].in;
        const int64_t fields[] = { in->target,      in->days, in->days_in_force, in->has_score,
                                   in->score_milli, in->rank, in->carried_in,    slot->basis[c].gate_shut };

        hash = hash_bytes(fields, sizeof fields, hash);
        for (size_t a = 0; a < payplan_place_count(&slot->plan->components[c]); a++) {
            const int64_t place[] = { in->places[a].known, in->places[a].given };

            hash = hash_bytes(place, sizeof place, hash);
        }
    }
    return hash;
}

static uint64_t parts_hash(uint64_t basis, const struct pay_slot *slot, const struct pay_result *results)
{
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        const struct payplan_output *out = &results[c].out;
        const int64_t fields[] = { out->volume,      out->attainment_ppm, out->earned,
                                   out->carried_out, out->held,           (int64_t)results[c].line_count };

        basis = hash_bytes(fields, sizeof fields, basis);
        for (size_t a = 0; a < slot->plan->components[c].axis_count; a++)
            basis = hash_bytes(&out->value[a], sizeof out->value[a], basis);
    }
    return basis;
}

static void *array_of(size_t count, size_t size)
{
    void *array = calloc(count + 1, size);

    if (!array)
        abort();
    return array;
}

/* What held_days of each plan allow to come free, by day. */
static void find_releases(struct pay_known *next, const struct pay_eval *eval)
{
    next->release_from = INT64_MAX;
    next->release_until = INT64_MIN;
    for (size_t p = 0; p < eval->plans->count; p++)
        for (size_t c = 0; c < eval->plans->list[p]->component_count; c++) {
            const Bihuan__PayComponent *doc = eval->plans->list[p]->components[c].doc;
            int64_t first = (int64_t)eval->period->from_day + doc->hold_days;
            int64_t last = (int64_t)eval->period->until_day - 1 + doc->hold_days;

            next->beneath = next->beneath || !eval->plans->list[p]->components[c].own;
            next->cash = next->cash || doc->hold_cash;
            if (!doc->hold_ppm)
                continue;
            next->release_from = first < next->release_from ? first : next->release_from;
            next->release_until = last > next->release_until ? last : next->release_until;
        }
}

static void make_next(struct pay_due *due, const struct pay_eval *eval, int32_t as_of, uint64_t now)
{
    struct pay_known *next = &due->next;
    size_t components = 0, feeds = 0;

    *next = (struct pay_known) { .period_id = eval->period->id,
                                 .at = now,
                                 .as_of = as_of,
                                 .slots = array_of(eval->slot_count, sizeof *next->slots),
                                 .slot_count = eval->slot_count };
    find_releases(next, eval);
    for (size_t s = 0; s < eval->slot_count; s++) {
        const struct pay_slot *slot = &eval->slots[s];

        next->slots[s] = (struct pay_known_slot) { .unit_id = slot->unit_id,
                                                   .plan_id = slot->plan->doc->id,
                                                   .plan_version = slot->plan->doc->version,
                                                   .basis = basis_hash(slot),
                                                   .first = (uint32_t)components,
                                                   .component_count = (uint32_t)slot->plan->component_count,
                                                   .first_feed = (uint32_t)feeds,
                                                   .feed_count = (uint32_t)slot->plan->feed_count };
        components += slot->plan->component_count;
        feeds += slot->plan->feed_count;
    }
    next->part_count = components;
    next->volume = array_of(feeds, sizeof *next->volume);
    next->earned = array_of(components, sizeof *next->earned);
}

/* --- who is due ------------------------------------------------------------------------------------------------------
 */

/* Days have passed on which something held back may come free, or were taken back. */
static bool releases(int32_t before, int32_t as_of, int64_t from, int64_t until)
{
    int64_t first = before < as_of ? before : as_of, last = before < as_of ? as_of : before;

    return before != as_of && first < until && last >= from;
}

static bool is_newer(const struct pay_memory *memory, const struct pay_known *known, uint32_t unit_id)
{
    return unit_id < memory->unit_limit && memory->by_unit[unit_id] > known->at;
}

bool pay_due_nothing(const struct pay_memory *memory, uint32_t period_id, int32_t as_of)
{
    const struct pay_known *known = pay_memory_find(memory, period_id);

    if (!known || known->cash || memory->all > known->at ||
        releases(known->as_of, as_of, known->release_from, known->release_until))
        return false;
    for (uint32_t u = 0; u < memory->unit_limit; u++)
        if (memory->by_unit[u] > known->at)
            return false;
    return true;
}

/* Payees whose inputs differ, and new ones. False: somebody is no longer paid, or by another version. */
static bool find_moved(const struct pay_due *due, const struct pay_eval *eval, bool *payee)
{
    const struct pay_known *known = due->known;
    size_t k = 0;

    for (size_t s = 0; s < eval->slot_count; s++) {
        const struct pay_slot *slot = &eval->slots[s];
        int order = k < known->slot_count ? order_of(&known->slots[k], slot) : 1;

        if (order < 0 || (order == 0 && known->slots[k].plan_version != slot->plan->doc->version))
            return false;
        payee[slot->unit_id] |= order > 0 || known->slots[k].basis != due->next.slots[s].basis;
        k += order == 0;
    }
    return k == known->slot_count;
}

/* Units with newer credits, and all that were above them on any day. */
static void find_newer(const struct pay_memory *memory, const struct pay_due *due, const struct pay_eval *eval,
                       bool *payee, uint32_t limit)
{
    const struct tree *tree = refdata_tree(eval->state->refdata);
    uint32_t *queue = arena_array(tx_arena(eval->tx), uint32_t, limit + 1), head = 0, tail = 0;
    bool *seen = arena_array(tx_arena(eval->tx), bool, limit + 1);

    for (uint32_t u = 0; u < limit; u++)
        if (is_newer(memory, due->known, u)) {
            seen[u] = payee[u] = true;
            queue[tail++] = u;
        }
    while (due->next.beneath && head < tail) {
        uint32_t unit = queue[head++];

        for (int32_t day = eval->period->from_day; day < eval->period->until_day; day++) {
            uint32_t parent = tree_parent(tree, unit, day);

            if (parent >= limit || seen[parent])
                continue;
            seen[parent] = payee[parent] = true;
            queue[tail++] = parent;
        }
    }
}

static void find_released(const struct pay_due *due, const struct pay_eval *eval, bool *payee)
{
    for (size_t s = 0; s < eval->slot_count; s++) {
        const struct pay_slot *slot = &eval->slots[s];

        for (size_t c = 0; c < slot->plan->component_count; c++) {
            const Bihuan__PayComponent *doc = slot->plan->components[c].doc;

            payee[slot->unit_id] |= doc->hold_cash;
            payee[slot->unit_id] |= doc->hold_ppm && releases(due->known->as_of, due->next.as_of,
                                                              (int64_t)eval->period->from_day + doc->hold_days,
                                                              (int64_t)eval->period->until_day - 1 + doc->hold_days);
        }
    }
}

/* What those that aren't due came to is what is known of them. */
static void keep_known(struct pay_due *due, const bool *payee)
{
    struct pay_known *next = &due->next;

    for (size_t s = 0, k = 0; s < next->slot_count; s++) {
        const struct pay_known_slot *known;

        while (k < due->known->slot_count && (due->known->slots[k].unit_id < next->slots[s].unit_id ||
                                              (due->known->slots[k].unit_id == next->slots[s].unit_id &&
                                               due->known->slots[k].plan_id < next->slots[s].plan_id)))
            k++;
        if (payee[next->slots[s].unit_id] || k == due->known->slot_count)
            continue;
        known = &due->known->slots[k];
        next->slots[s].parts = known->parts;
        memcpy(next->volume + next->slots[s].first_feed, due->known->volume + known->first_feed,
               next->slots[s].feed_count * sizeof *next->volume);
        memcpy(next->earned + next->slots[s].first, due->known->earned + known->first,
               next->slots[s].component_count * sizeof *next->earned);
    }
}

void pay_due_begin(struct pay_due *due, const struct pay_memory *memory, struct pay_eval *eval, int32_t as_of,
                   bool full)
{
    uint32_t limit = refdata_unit_limit(eval->state->refdata);
    bool *payee = arena_array(tx_arena(eval->tx), bool, limit + 1);

    *due = (struct pay_due) { .known = pay_memory_find(memory, eval->period->id), .slots = eval->slots };
    make_next(due, eval, as_of, memory->now);
    if (due->known && (full || memory->all > due->known->at ||
                       due->known->later_parts > LATER_PARTS * due->known->part_count || !find_moved(due, eval, payee)))
        due->known = NULL;
    if (!due->known)
        return;
    find_newer(memory, due, eval, payee, limit);
    find_released(due, eval, payee);
    keep_known(due, payee);
    pay_eval_only(eval, payee);
}

/* --- worked out ------------------------------------------------------------------------------------------------------
 */

void pay_due_take(struct pay_due *due, const struct pay_slot *slot, const struct pay_result *results)
{
    struct pay_known_slot *next;

    while (order_of(&due->next.slots[due->at], slot) != 0)
        due->at++;
    next = &due->next.slots[due->at];
    next->parts = parts_hash(next->basis, slot, results);
    pay_eval_volumes(slot, results, due->next.volume + next->first_feed);
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        due->next.earned[next->first + c] = results[c].out.earned;
    }
}

uint64_t pay_due_hash(const struct pay_due *due)
{
    uint64_t sum = 0;

    for (size_t s = 0; s < due->next.slot_count; s++)
        sum += hash_mix(due->next.slots[s].parts);
    return sum;
}

void pay_due_fini(struct pay_due *due)
{
    pay_known_fini(&due->next);
}
