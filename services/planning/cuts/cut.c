/* cut: what a decomposition needs. See cut.h. */
#include "planning/records/cut_laws.h"

#include "calc/fixed.h"
#include "planning/ledger/cell_store.h"
#include "planning/edits/held.h"

#include <stdlib.h>
#include <string.h>

#define PROBLEMS_MAX 50

static const char *const OVER_WORDS[] = { "units", "leaves", "channels", "products", "periods", NULL };
static const char *const MIX_WORDS[] = { "set", "drafts", "plan", "equal", "hand", NULL };

static const char *const KEEP_WORDS[] = { "parent", "none", NULL };

static int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* --- the request ---------------------------------------------------------------------------------------------------
 */
static void read_hand(struct cut *cut, struct weight_set *set)
{
    static const Bihuan__WeightSet by_hand = BIHUAN__WEIGHT_SET__INIT;
    const Bihuan__DecomposeRequest *request = cut->request;

    *set = (struct weight_set) { .set = &by_hand,
                                 .rows = arena_array(tx_arena(cut->tx), struct weight_value, request->n_hand) };
    for (size_t i = 0; i < request->n_hand; i++)
        weights_read_row(cut->tx, request->hand[i], arena_printf(tx_arena(cut->tx), "/hand/%zu", i),
                         &set->rows[set->count++]);
    weights_sort(set);
}

static int read_mix(struct cut *cut, size_t index, struct err *err)
{
    const Bihuan__MixPart *part = cut->request->mix[index];
    const char *pointer = arena_printf(tx_arena(cut->tx), "/mix/%zu", index);
    struct mix_source *mix = &cut->mixes[cut->mix_count++];
    int kind = word_index(MIX_WORDS, part->kind);

    check_word(cut->tx, pointer, "kind", part->kind, MIX_WORDS);
    if (part->share < 1 || part->share > 1000)
        tx_problem(cut->tx, place(cut->tx, pointer, "share"), "out_of_range", "a share is a whole number of 1 to 1000");
    mix->kind = kind < 0 ? MIX_EQUAL : (enum mix_kind)kind;
    mix->share = part->share;
    if (mix->kind == MIX_HAND)
        read_hand(cut, &mix->set);
    if (mix->kind == MIX_SET)
        return weights_load(cut->tx, part->set, &mix->set, err);
    if (mix->kind == MIX_DRAFTS && !cut->drafts)
        return draft_store_load(cut->tx, cut->period->id, cut->key.measure_id, &cut->drafts, &cut->draft_count, err);
    return 0;
}

static int read_mixes(struct cut *cut, struct err *err)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    if (request->n_mix > DECOMPOSE_MIXES_MAX)
        return err_fail(err, ERR_INVALID, "too_many", "at most %d weights can be mixed", DECOMPOSE_MIXES_MAX);
    if (cut->over == CUT_PERIODS && request->n_mix)
        tx_problem(cut->tx, "/mix", "mix_not_used", "over periods the calendar's curve decides; leave mix out");
    for (size_t i = 0; i < request->n_mix; i++)
        if (read_mix(cut, i, err) != 0)
            return -1;
    if (!request->n_mix && cut->over != CUT_CHANNELS && cut->over != CUT_PRODUCTS)
        cut->mixes[cut->mix_count++] = (struct mix_source) { .kind = MIX_EQUAL, .share = 1 };
    return 0;
}

static void read_names(struct cut *cut)
{
    const Bihuan__DecomposeRequest *request = cut->request;
    const struct refdata *refdata = refdata_of(cut->tx);
    struct cell_name name = { request->period, request->unit, request->channel, request->product, request->measure };
    int over = request->over[0] ? word_index(OVER_WORDS, request->over) : CUT_UNITS;
    struct cell_ref ref;

    if (!request->measure[0]) { /* all of them: any measure does for reading the other names */
        cut->period = refdata_period_by_code(refdata, request->period);
        cut->unit = refdata_unit_by_code(refdata, request->unit);
        if (!cut->period)
            tx_problem(cut->tx, "/period", "unknown_code", "period \"%s\" is not known", request->period);
        if (!cut->unit)
            tx_problem(cut->tx, "/unit", "unknown_code", "unit \"%s\" is not known", request->unit);
        if ((request->channel[0] || request->product[0] || request->total[0]))
            tx_problem(cut->tx, "/measure", "missing_value", "channel, product and total need one measure");
    } else {
        read_cell_name(cut->tx, "", "", &name, &ref);
        cut->period = ref.period;
        cut->unit = ref.unit;
        cut->key = ref.key;
    }
    if (over < 0)
        check_word(cut->tx, "", "over", request->over, OVER_WORDS);
    cut->over = over < 0 ? CUT_UNITS : (enum cut_over)over;
}

/* What makes no sense of a level. */
static void read_level(struct cut *cut)
{
    const char *measure = cut->request->measure;

    if (cut->request->hedge_ppm)
        tx_problem(cut->tx, "/hedge_ppm", "not_additive", "measure \"%s\" is a ratio: a level has no hedge beside it",
                   measure);
    if (cut->request->n_mix && (cut->over == CUT_CHANNELS || cut->over == CUT_PRODUCTS))
        tx_problem(cut->tx, "/mix", "not_additive",
                   "measure \"%s\" is a ratio: channels and products get the level as it is; leave mix out", measure);
}

static int read_request(struct cut *cut, struct err *err)
{
    const Bihuan__DecomposeRequest *request = cut->request;

    read_names(cut);
    if (!cut->period || !cut->unit)
        return tx_refuse(cut->tx, err);
    cut->total = -1;
    if (request->total[0] && cut->key.measure_id)
        (void)read_amount(cut->tx, "/total", cut->key.measure_id, request->total, 0, &cut->total);
    if (request->total[0] &&
        (request->every_slice || cut->over == CUT_CHANNELS || cut->over == CUT_PRODUCTS || cut->over == CUT_PERIODS))
        tx_problem(cut->tx, "/total", "total_not_used", "a total is cut over units or leaves, one slice at a time");
    if (cut->key.measure_id && !adds_up(cut->tx, cut->key.measure_id, AXIS_UNITS))
        read_level(cut);
    if (request->keep[0])
        check_word(cut->tx, "", "keep", request->keep, KEEP_WORDS);
    if (request->hedge_ppm > FIXED_PPM)
        tx_problem(cut->tx, "/hedge_ppm", "too_large", "a hedge is at most 1,000,000 ppm");
    if (read_mixes(cut, err) != 0)
        return -1;
    return tx_problem_count(cut->tx) ? tx_refuse(cut->tx, err) : 0;
}

/* --- what is there -------------------------------------------------------------------------------------------------
 */
struct slice *cut_slice(const struct cut *cut, const struct slice_key *key)
{
    return slices_find(cut->slices, cut->slice_count, key);
}

static bool is_wanted(const struct cut *cut, const struct slice_key *key)
{
    if (!cut->key.measure_id || cut->request->every_slice)
        return (!cut->key.measure_id || key->measure_id == cut->key.measure_id) &&
               (cut->request->every_slice || (key->channel_id == 0 && key->product_id == 0));
    return slice_key_compare(key, &cut->key) == 0;
}

/* Slices in which the unit has a cell; the one of a given total needn't be there yet. */
static int choose_sources(struct cut *cut, struct err *err)
{
    struct arena *arena = tx_arena(cut->tx);

    cut->sources = arena_array(arena, struct slice *, cut->slice_count + 1);
    for (size_t s = 0; s < cut->slice_count; s++)
        if (is_wanted(cut, &cut->slices[s].key) && slice_find(&cut->slices[s], cut->unit->id))
            cut->sources[cut->source_count++] = &cut->slices[s];
    if (!cut->source_count && cut->total >= 0) {
        struct slice *fresh = cut_slice(cut, &cut->key);

        if (!fresh) {
            fresh = arena_new(arena, struct slice);
            fresh->key = cut->key;
        }
        cut->sources[cut->source_count++] = fresh;
    }
    return cut->source_count ? 0
                             : err_fail(err, ERR_CONFLICT, "no_cell",
                                        "unit \"%s\" has no such target in period \"%s\"; set it, or give a total",
                                        cut->unit->code, cut->period->code);
}

/* Closed units that still have a cell in one of the slices give it up; those below what is cut stay. */
static void keep_strays(struct cut *cut, const struct ref_period *period, const bool *closed,
                        const struct slice *slices, size_t count)
{
    const struct tree *tree = refdata_tree(refdata_of(cut->tx));
    struct outline *o = &cut->outline;

    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < slices[s].count; i++)
            if (slices[s].cells[i].unit_id < o->unit_limit && closed[slices[s].cells[i].unit_id])
                (void)outline_keep(o, tree, period->from_day, slices[s].cells[i].unit_id);
}

static void sort_nodes(struct cut *cut)
{
    const struct outline *o = &cut->outline;
    uint32_t *node_of = arena_array(tx_arena(cut->tx), uint32_t, o->unit_limit), count = 0;

    memcpy(node_of, o->node_of, o->unit_limit * sizeof *node_of);
    for (uint32_t node = o->count; node < o->count + o->strays; node++)
        node_of[o->unit[node]] = node;
    cut->order = arena_array(tx_arena(cut->tx), uint32_t, o->count + o->strays);
    for (uint32_t unit = 0; unit < o->unit_limit; unit++)
        if (node_of[unit] != OUTLINE_NONE)
            cut->order[count++] = node_of[unit];
}

void cut_outline(struct cut *cut, const struct ref_period *period, const struct slice *slices, size_t count)
{
    const bool *closed = closed_units(cut->tx, period->from_day);

    outline_below(&cut->outline, refdata_tree(refdata_of(cut->tx)), period->from_day, cut->unit->id,
                  cut->over == CUT_UNITS ? cut->request->levels : 0, closed, tx_arena(cut->tx));
    keep_strays(cut, period, closed, slices, count);
    sort_nodes(cut);
}

static int load(struct cut *cut, uint32_t version, struct err *err)
{
    const struct cell_filter filter = { .measure_id = cut->key.measure_id };

    if (version &&
        cell_store_slices(cut->tx, cut->period->id, version, &filter, false, &cut->slices, &cut->slice_count, err) != 0)
        return -1;
    if (bound_store_load(cut->tx, cut->period->id, cut->key.measure_id, 0, NULL, 0, &cut->bounds, &cut->bound_count,
                         err) != 0)
        return -1;
    if (cut_store_load(cut->tx, cut->period->id, version, cut->key.measure_id, &cut->laws, &cut->law_count, err) != 0)
        return -1;
    cut_outline(cut, cut->period, cut->slices, cut->slice_count);
    return choose_sources(cut, err) != 0 ? -1 : cut_choose(cut, err);
}

/* --- bounds and drafts ---------------------------------------------------------------------------------------------
 */
static const struct weight_set *against(struct cut *cut, const char *code, struct err *err)
{
    struct weight_set *sets = cut->against;

    for (size_t i = 0; i < cut->against_count; i++)
        if (strcmp(sets[i].set->code, code) == 0)
            return &sets[i];
    cut->against = arena_array(tx_arena(cut->tx), struct weight_set, cut->against_count + 1);
    if (cut->against_count)
        memcpy(cut->against, sets, cut->against_count * sizeof *sets);
    return weights_load(cut->tx, code, &cut->against[cut->against_count], err) == 0
               ? &cut->against[cut->against_count++]
               : NULL;
}

int cut_bounds(struct cut *cut, const struct bound_row *bound, const struct cell *cell, int64_t *lower, int64_t *upper,
               struct err *err)
{
    int64_t floor = bound->floor > 0 ? bound->floor : 0;
    int64_t ceiling = bound->ceiling >= 0 ? bound->ceiling : DECOMPOSE_FREE;

    if (bound->floor_ppm || bound->ceiling_ppm) {
        const struct weight_set *set = against(cut, bound->against, err);
        int64_t part, past;

        if (!set)
            return -1;
        past = adds_up(cut->tx, bound->key.measure_id, AXIS_UNITS)
                   ? weights_below(cut->tx, set, &bound->key, bound->unit_id, cut->period->from_day)
                   : weights_value(set, bound->key.channel_id, bound->key.product_id, bound->unit_id);
        past = weights_amount(cut->tx, bound->key.measure_id, past < 0 ? 0 : past);
        if (bound->floor_ppm && fixed_mul_ppm(past, bound->floor_ppm, ROUND_HALF_UP, &part, NULL) == 0)
            floor = part > floor ? part : floor;
        if (bound->ceiling_ppm && fixed_mul_ppm(past, bound->ceiling_ppm, ROUND_HALF_UP, &part, NULL) == 0)
            ceiling = part < ceiling ? part : ceiling;
    }
    if (bound->locked && cell)
        floor = ceiling = cell->amount;
    *lower = floor;
    *upper = ceiling;
    return 0;
}

const struct bound_row *cut_bounds_of(const struct cut *cut, const struct slice_key *key, size_t *count)
{
    size_t first = 0, until;

    while (first < cut->bound_count && slice_key_compare(&cut->bounds[first].key, key) < 0)
        first++;
    for (until = first; until < cut->bound_count && slice_key_compare(&cut->bounds[until].key, key) == 0;)
        until++;
    *count = until - first;
    return cut->bounds + first;
}

void cut_drafts(const struct cut *cut, const struct slice_key *key, int64_t *by_node)
{
    for (uint32_t n = 0; n < cut->outline.count; n++)
        by_node[n] = -1;
    for (size_t i = 0; i < cut->draft_count; i++) {
        uint32_t node = outline_node(&cut->outline, cut->drafts[i].unit_id);

        if (node != OUTLINE_NONE && slice_key_compare(&cut->drafts[i].key, key) == 0)
            by_node[node] = cut->drafts[i].amount;
    }
}

int cut_hold(struct cut *cut, const struct slice_key *key, const struct slice *present, uint32_t first,
             int64_t *amounts, struct err *err)
{
    size_t count;
    const struct bound_row *bounds = cut_bounds_of(cut, key, &count);

    for (size_t i = 0; i < count; i++) {
        uint32_t node = outline_node(&cut->outline, bounds[i].unit_id);
        int64_t lower, upper;

        if (node == OUTLINE_NONE || node < first || amounts[node] < 0)
            continue;
        if (cut_bounds(cut, &bounds[i], slice_find(present, bounds[i].unit_id), &lower, &upper, err) != 0)
            return -1;
        amounts[node] = fixed_clamp(amounts[node], lower, upper);
    }
    return 0;
}

/* --- problems and results --------------------------------------------------------------------------------------------
 */
void cut_report(struct cut *cut, const struct slice_key *key, const uint32_t *units, int64_t total,
                const struct decompose_bound *bounds, size_t count, bool total_counts)
{
    struct tx *tx = cut->tx;
    const char *of = code_of_measure(tx, key->measure_id);

    if (total_counts)
        tx_problem(tx, "/total", "bounds_conflict",
                   "%s of \"%s\" can't be cut: these %zu bounds contradict it and each other; lift one of them",
                   amount_text(tx, key->measure_id, total), of, count);
    for (size_t i = 0; i < count && tx_problem_count(tx) < PROBLEMS_MAX; i++)
        tx_problem(tx, "/unit", "bounds_conflict", "unit \"%s\"%s%s%s%s, \"%s\": %s %s%s", code_of_unit(tx, units[i]),
                   key->channel_id ? ", channel " : "", code_of_channel(tx, key->channel_id),
                   key->product_id ? ", product " : "", code_of_product(tx, key->product_id), of,
                   bounds[i].is_upper ? "at most" : "at least", amount_text(tx, key->measure_id, bounds[i].value),
                   total_counts ? "" : " contradicts the others named here");
}

void cut_fini(struct cut *cut)
{
    if (cut->scratch)
        arena_fini(cut->scratch);
}

static int cut_by_kind(struct cut *cut, struct err *err)
{
    switch (cut->over) {
    case CUT_CHANNELS:
    case CUT_PRODUCTS:
        return cut_across(cut, err);
    case CUT_PERIODS:
        return cut_periods(cut, err);
    case CUT_UNITS:
    case CUT_LEAVES:
    default:
        return cut_units(cut, err);
    }
}

int cut_run(struct tx *tx, const Bihuan__DecomposeRequest *request, uint32_t version, bool keeps, struct cut *cut,
            struct err *err)
{
    *cut = (struct cut) {
        .tx = tx, .request = request, .version = version, .scratch = arena_new(tx_arena(tx), struct arena)
    };
    arena_init(cut->scratch);
    if (keeps) {
        cut->columns = arena_new(tx_arena(tx), struct ledger_columns);
        *cut->columns = ledger_columns_new(tx_arena(tx));
    }
    if (read_request(cut, err) != 0 || load(cut, version, err) != 0)
        return -1;
    if (cut_by_kind(cut, err) != 0)
        return -1;
    for (size_t i = 0; i < cut->out_count; i++)
        if (held_check(tx, cut->outs[i].period, cut->outs[i].changes, cut->outs[i].count, err) != 0)
            return -1;
    return 0;
}
