/* explain: how one cell came to its amount. */
#include "planning/targets/cell_store.h"
#include "planning/targets/fits.h"
#include "planning/targets/ledger_store.h"
#include "planning/targets/scope.h"
#include "planning/targets/targets.h"

#include "calc/decompose.h"

#include <stdlib.h>
#include <string.h>

static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

/* Those that were cut from the same parent, ascending; *own is the unit's place among them. */
static size_t siblings_of(struct tx *tx, const struct cell_change *cells, size_t count, uint32_t unit_id,
                          struct cell_change **out, size_t *own)
{
    uint32_t parent = 0;
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (cells[i].unit_id == unit_id)
            parent = cells[i].parent;
    *out = arena_array(tx_arena(tx), struct cell_change, count);
    for (size_t i = 0; parent && i < count; i++)
        if (cells[i].parent == parent)
            (*out)[n++] = cells[i];
    qsort(*out, n, sizeof **out, by_unit);
    for (size_t i = 0; i < n; i++)
        if ((*out)[i].unit_id == unit_id)
            *own = i;
    return n;
}

/* The same split once more: it gives what it gave then, and says how. */
static int split_again(struct tx *tx, const struct cell_change *siblings, size_t count, int64_t *total,
                       struct decompose_part **parts, struct err *err)
{
    *parts = arena_array(tx_arena(tx), struct decompose_part, count);
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        (*parts)[i] = (struct decompose_part) { .id = siblings[i].unit_id,
                                                .weight = siblings[i].weight,
                                                .lower = siblings[i].lower,
                                                .upper = siblings[i].upper };
        *total += siblings[i].after;
    }
    return decompose_split(*total, *parts, count, tx_arena(tx), err);
}

static Bihuan__CellCut *cut_message(struct tx *tx, uint32_t measure_id, const struct cell_change *cell,
                                    const struct decompose_part *part, int64_t total)
{
    Bihuan__CellCut *cut = arena_new(tx_arena(tx), Bihuan__CellCut);

    bihuan__cell_cut__init(cut);
    cut->parent = code_of_unit(tx, cell->parent);
    cut->parent_amount = amount_text(tx, measure_id, total);
    cut->weight = cell->weight;
    cut->extra = (part->how & DECOMPOSE_EXTRA) != 0;
    cut->equal = (part->how & DECOMPOSE_EQUAL) != 0;
    cut->at_floor = (part->how & DECOMPOSE_AT_LOWER) != 0;
    cut->at_ceiling = (part->how & DECOMPOSE_AT_UPPER) != 0;
    cut->quotient = amount_text(tx, measure_id, part->share - cut->extra);
    cut->remainder_ppm = (uint32_t)part->remainder_ppm;
    if (cell->lower > 0)
        cut->floor = amount_text(tx, measure_id, cell->lower);
    if (cell->upper != DECOMPOSE_FREE)
        cut->ceiling = amount_text(tx, measure_id, cell->upper);
    return cut;
}

static int explain_cut(struct tx *tx, const struct version_row *version, const struct cell_ref *ref,
                       Bihuan__CellCut **out, struct err *err)
{
    const Bihuan__DecomposeRequest *request;
    struct cell_change *cells = NULL, *siblings;
    struct decompose_part *parts;
    ProtobufCBinaryData spec;
    uint64_t act;
    size_t count, n, own = 0;
    int64_t total;

    if (ledger_store_cut(tx, version->period_id, version->version, &ref->key, ref->unit->id, &act, &cells, &count,
                         &spec, err) != 0)
        return -1;
    n = count ? siblings_of(tx, cells, count, ref->unit->id, &siblings, &own) : 0;
    if (n == 0)
        return 0;
    if (ledger_store_after(tx, version->period_id, act, &ref->key, siblings, n, err) != 0 ||
        split_again(tx, siblings, n, &total, &parts, err) != 0)
        return -1;
    *out = cut_message(tx, ref->key.measure_id, &siblings[own], &parts[own], total);
    (*out)->siblings = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        (*out)->weights += siblings[i].weight;
    request = bihuan__decompose_request__unpack(&tx_arena(tx)->allocator, spec.len, spec.data);
    if (request) {
        (*out)->mix = request->mix;
        (*out)->n_mix = request->n_mix;
        (*out)->over = request->over[0] ? request->over : (char *)(uintptr_t) "units";
    }
    return 0;
}

static int explain_bound(struct tx *tx, const struct cell_ref *ref, Bihuan__TargetBound **out, struct err *err)
{
    struct bound_row *rows;
    size_t count;

    if (bound_store_load(tx, ref->period->id, ref->key.measure_id, ref->unit->id, NULL, 0, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (slice_key_compare(&rows[i].key, &ref->key) == 0)
            *out = bound_message(tx, ref->period->code, &rows[i]);
    return 0;
}

static int explain_draft(struct tx *tx, const struct cell_ref *ref, char **out, struct err *err)
{
    struct draft_row *rows;
    size_t count;

    if (draft_store_load(tx, ref->period->id, ref->key.measure_id, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (rows[i].unit_id == ref->unit->id && slice_key_compare(&rows[i].key, &ref->key) == 0)
            *out = amount_text(tx, ref->key.measure_id, rows[i].amount);
    return 0;
}

/* A cut says what the units beside the cell got: nothing for who sees only some of them. */
static bool may_see(struct tx *tx, const Bihuan__CellCut *cut)
{
    const struct ref_unit *parent = refdata_unit_by_code(refdata_of(tx), cut->parent);

    return parent && in_scope(tx, parent->id, false);
}

static int explain_target(struct tx *tx, const Bihuan__ExplainTargetRequest *request, struct err *err)
{
    const struct cell_name name = { request->period, request->unit, request->channel, request->product,
                                    request->measure };
    Bihuan__ExplainTargetReply reply = BIHUAN__EXPLAIN_TARGET_REPLY__INIT;
    struct version_row version;
    struct cell_row row = { 0 };
    struct cell_ref ref;
    int64_t *deltas;

    if (scope_find_unit(tx, request->unit, &ref.unit, err) != 0)
        return -1;
    read_cell_name(tx, "", "", &name, &ref);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    row.key = ref.key;
    row.cell.unit_id = ref.unit->id;
    if (version_to_read(tx, ref.period, request->version, &version, err) != 0 ||
        cell_store_find(tx, ref.period->id, version.version, &row, 1, err) != 0)
        return -1;
    if (!row.cell.revision)
        return err_fail(err, ERR_NOT_FOUND, "no_cell", "unit \"%s\" has no such target in version %u", request->unit,
                        version.version);
    if (ledger_store_entries(tx, ref.period->id, version.version, &ref.key, ref.unit->id, &reply.entries, &deltas,
                             &reply.n_entries, err) != 0 ||
        explain_cut(tx, &version, &ref, &reply.cut, err) != 0 || explain_bound(tx, &ref, &reply.bound, err) != 0 ||
        explain_draft(tx, &ref, &reply.draft, err) != 0)
        return -1;
    if (reply.cut && !may_see(tx, reply.cut))
        reply.cut = NULL;
    for (size_t i = 0; i < reply.n_entries; i++)
        reply.entries[i]->amount = signed_text(tx, ref.key.measure_id, deltas[i]);
    reply.period = request->period;
    reply.version = version.version;
    reply.unit = request->unit;
    reply.channel = request->channel;
    reply.product = request->product;
    reply.measure = request->measure;
    reply.amount = amount_text(tx, ref.key.measure_id, row.cell.amount);
    reply.hedge = row.cell.hedge ? amount_text(tx, ref.key.measure_id, row.cell.hedge) : reply.hedge;
    reply.revision = row.cell.revision;
    return tx_reply(tx, &reply.base, err);
}

int on_explain_target(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, explain_target, message, err);
}
