/* state: see state.h. */
#include "incentive/state.h"

#include "incentive/closing/closing_store.h"
#include "incentive/crediting/mark_store.h"
#include "incentive/scoring/score_store.h"

#include <stdlib.h>
#include <string.h>

struct incentive *state_of(struct tx *tx)
{
    return tx_state(tx);
}

/* --- the lock --------------------------------------------------------------------------------------------------------
 */

void state_write(struct incentive *state)
{
    if (!state->held) {
        pthread_rwlock_wrlock(&state->lock);
        state->held = true;
    }
}

void state_done(struct incentive *state)
{
    if (state->held) {
        state->held = false;
        pthread_rwlock_unlock(&state->lock);
    }
}

int state_read(struct incentive *state, struct err *err)
{
    pthread_rwlock_rdlock(&state->lock);
    if (state->loaded)
        return 0;
    pthread_rwlock_unlock(&state->lock);
    return err_fail(err, ERR_UNAVAILABLE, "not_loaded", "scores are being loaded; try again");
}

void state_read_done(struct incentive *state)
{
    pthread_rwlock_unlock(&state->lock);
}

/* --- life ------------------------------------------------------------------------------------------------------------
 */

void state_init(struct incentive *state)
{
    pthread_rwlock_init(&state->lock, NULL);
    state->refdata = refdata_new();
    if (cube_new(&state->cube, CREDIT_FIRST_DAY, CREDIT_LAST_DAY, NULL) != 0)
        abort();
    acts_init(&state->acts);
    crediting_init(&state->crediting);
    slices_init(&state->slices, CREDIT_FIRST_DAY, CREDIT_LAST_DAY);
    state->as_of = NO_DAY;
}

void state_drop(struct incentive *state)
{
    state_write(state);
    state->loaded = false;
    refdata_destroy(&state->refdata);
    state->refdata = refdata_new();
    cube_clear(state->cube);
    slices_clear(&state->slices);
    marks_clear(&state->marks);
    free(state->closed);
    state->closed = NULL;
    state->closed_count = 0;
    state_drop_cards(state);
    for (size_t i = 0; i < state->standing_count; i++)
        free(state->standings[i].by_unit);
    free(state->standings);
    state->standings = NULL;
    state->standing_count = 0;
    credit_rows_drop(&state->rows);
    crediting_drop(&state->crediting);
    joins_drop(&state->joins);
    acts_drop(&state->acts);
    carries_clear(&state->carries);
    pay_memory_clear(&state->pay);
    state->as_of = NO_DAY;
    state_done(state);
}

void state_fini(struct incentive *state)
{
    state_drop(state);
    refdata_destroy(&state->refdata);
    cube_destroy(&state->cube);
    slices_fini(&state->slices);
    pthread_rwlock_destroy(&state->lock);
}

int state_add_pairs(struct cube *cube, uint32_t unit_id, int32_t day, const uint8_t *pairs, size_t len, struct err *err)
{
    if (!credit_in_window(day))
        return 0;
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(pairs + at, &measure, &value);
        if (cube_add(cube, unit_id, measure, 0, 0, day, value, err) != 0)
            return -1;
    }
    return 0;
}

static int load_sum(void *arg, uint32_t unit_id, int32_t day, const uint8_t *pairs, size_t len, struct err *err)
{
    return state_add_pairs(arg, unit_id, day, pairs, len, err);
}

static int load_closed(void *arg, const struct closing_row *row, struct err *err)
{
    (void)err;
    state_add_closed(arg, row->period_id, row->from_day, row->until_day);
    return 0;
}

static void load_hash(void *arg, uint32_t period_id, uint32_t unit_id, uint64_t hash)
{
    struct incentive *state = arg;
    struct standing *standing;

    if (state_is_closed(state, period_id))
        return;
    standing = state_standing(state, period_id);
    if (unit_id < standing->unit_limit)
        standing->by_unit[unit_id] = hash;
}

static int load_all(struct incentive *state, struct tx *tx, struct err *err)
{
    if (acts_load(&state->acts, tx, err) != 0 || refdata_load(state->refdata, tx, err) != 0 ||
        state_load_cards(state, tx, err) != 0 || mark_store_load(tx, &state->marks, err) != 0 ||
        closing_store_each(tx, load_closed, state, err) != 0 || score_store_hashes(tx, load_hash, state, err) != 0 ||
        crediting_load(&state->crediting, state->refdata, tx, err) != 0 || joins_load(state, tx, err) != 0)
        return -1;
    if (credit_store_each(tx, load_sum, state->cube, err) != 0)
        return -1;
    return state_fill_slices(state, tx, err) != 0 ? -1 : state_load_carries(state, tx, err);
}

int state_load(struct incentive *state, struct tx *tx, struct err *err)
{
    int rc;

    state_write(state);
    pay_memory_clear(&state->pay);
    rc = load_all(state, tx, err);
    state->loaded = rc == 0;
    state->dirty = true;
    state->as_of = NO_DAY;
    state->scored_at_us = 0;
    state_done(state);
    return rc;
}

/* --- parts -----------------------------------------------------------------------------------------------------------
 */

static int load_slice(void *arg, const struct credit_slim *row, const uint8_t *pairs, size_t len, struct err *err)
{
    struct incentive *state = arg;

    for (size_t at = 0; credit_in_window(row->counts_day) && at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(pairs + at, &measure, &value);
        if (slices_add(&state->slices, state->slices.cube, state->refdata, row->unit_id, measure, row->channel_id,
                       row->product_id, row->counts_day, value, err) != 0)
            return -1;
    }
    return 0;
}

int state_fill_slices(struct incentive *state, struct tx *tx, struct err *err)
{
    if (!state->slices.stale)
        return 0;
    cube_clear(state->slices.cube);
    if (credit_store_each_slim(tx, load_slice, state, err) != 0)
        return -1;
    state->slices.stale = false;
    return 0;
}

bool state_is_closed(const struct incentive *state, uint32_t period_id)
{
    for (size_t i = 0; i < state->closed_count; i++)
        if (state->closed[i].period_id == period_id)
            return true;
    return false;
}

void state_add_closed(struct incentive *state, uint32_t period_id, int32_t from_day, int32_t until_day)
{
    state->closed = realloc(state->closed, (state->closed_count + 1) * sizeof *state->closed);
    if (!state->closed)
        abort();
    state->closed[state->closed_count++] = (struct closed_period) { period_id, from_day, until_day };
}

static struct standing *find_standing(struct incentive *state, uint32_t period_id)
{
    for (size_t i = 0; i < state->standing_count; i++)
        if (state->standings[i].period_id == period_id)
            return &state->standings[i];
    state->standings = realloc(state->standings, (state->standing_count + 1) * sizeof *state->standings);
    if (!state->standings)
        abort();
    state->standings[state->standing_count] = (struct standing) { .period_id = period_id };
    return &state->standings[state->standing_count++];
}

struct standing *state_standing(struct incentive *state, uint32_t period_id)
{
    struct standing *standing = find_standing(state, period_id);
    uint32_t limit = refdata_unit_limit(state->refdata);

    if (standing->unit_limit < limit) {
        standing->by_unit = realloc(standing->by_unit, limit * sizeof *standing->by_unit);
        if (!standing->by_unit)
            abort();
        memset(standing->by_unit + standing->unit_limit, 0, (limit - standing->unit_limit) * sizeof *standing->by_unit);
        standing->unit_limit = limit;
    }
    return standing;
}

bool state_period_runs(const struct incentive *state, const struct ref_period *period)
{
    return period && period->plan_version && period->has_curve && state->as_of != NO_DAY &&
           period->from_day <= state->as_of && !state_is_closed(state, period->id);
}

/* --- who may see what ------------------------------------------------------------------------------------------------
 */

int state_visible_unit(struct incentive *state, struct tx *tx, const char *code, const struct ref_unit **out,
                       struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);
    const struct ref_unit *unit = refdata_unit_by_code(state->refdata, code);
    const char *subtree = principal && principal->subtree ? principal->subtree : "";
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));

    if (unit && subtree[0]) {
        const struct ref_unit *top = refdata_unit_by_code(state->refdata, subtree);

        if (!top || !tree_is_under(refdata_tree(state->refdata), unit->id, top->id, today))
            unit = NULL;
    }
    if (!unit)
        return err_fail(err, ERR_NOT_FOUND, "no_such_unit", "there is no unit \"%s\"", code);
    *out = unit;
    return 0;
}

/* Marks all that are under `unit` on one day. */
static void walk_day(const struct tree *tree, uint32_t unit, int32_t day, uint32_t *queue, uint32_t *children,
                     uint32_t limit, bool *member)
{
    size_t head = 0, tail = 0;

    queue[tail++] = unit;
    while (head < tail) {
        uint32_t at = queue[head++];
        size_t n = tree_children(tree, at, day, children, limit);

        member[at] = true;
        memcpy(queue + tail, children, n * sizeof *queue);
        tail += n;
    }
}

void state_subtree(const struct incentive *state, struct tx *tx, uint32_t unit, int32_t from_day, int32_t to_day,
                   struct subtree *out)
{
    const struct tree *tree = refdata_tree(state->refdata);
    uint32_t limit = tree_unit_limit(tree) > unit ? tree_unit_limit(tree) : unit + 1;
    uint32_t *queue = arena_array(tx_arena(tx), uint32_t, limit);
    uint32_t *children = arena_array(tx_arena(tx), uint32_t, limit);
    bool *seen = arena_array(tx_arena(tx), bool, limit);
    size_t days = to_day >= from_day ? (size_t)(to_day - from_day) + 1 : 0;

    *out = (struct subtree) { .from_day = from_day, .to_day = to_day, .unit_limit = limit };
    out->units = arena_array(tx_arena(tx), uint32_t, limit);
    out->member = arena_array(tx_arena(tx), bool, days *limit + 1);
    for (size_t d = 0; d < days; d++) {
        bool *member = out->member + d * limit;

        walk_day(tree, unit, from_day + (int32_t)d, queue, children, limit, member);
        for (uint32_t u = 0; u < limit; u++)
            seen[u] = seen[u] || member[u];
    }
    for (uint32_t u = 0; u < limit; u++)
        if (seen[u])
            out->units[out->count++] = u;
}
