/* explain: how one cell came to its amount. */
#include "planning/ledger/cell_store.h"
#include "planning/weights/fits.h"
#include "planning/ledger/explain_cut.h"
#include "planning/targets/scope.h"

#include <string.h>

#define LINKS_MAX 64 /* deeper than any tree */

/* The chain's end: a cell that wasn't cut, and the act that last touched it. */
static int add_total(struct tx *tx, const struct cell_at *cell, int64_t amount, Bihuan__ExplainTargetReply *reply,
                     struct err *err)
{
    Bihuan__CellCut *total = arena_new(tx_arena(tx), Bihuan__CellCut);
    Bihuan__LedgerEntry **entries;
    int64_t *deltas;
    size_t count;

    bihuan__cell_cut__init(total);
    total->how = (char *)(uintptr_t) "total";
    total->unit = code_of_unit(tx, cell->unit_id);
    total->channel = code_of_channel(tx, cell->key.channel_id);
    total->product = code_of_product(tx, cell->key.product_id);
    total->period = code_of_period(tx, cell->period_id);
    total->amount = amount_text(tx, cell->key.measure_id, amount);
    total->version = cell->version;
    if (ledger_store_entries(tx, cell->period_id, cell->version, &cell->key, cell->unit_id, &entries, &deltas, &count,
                             err) != 0)
        return -1;
    for (size_t i = 0; i < count && entries[i]->act <= cell->act; i++) {
        total->act = entries[i]->act;
        total->version = entries[i]->version;
        total->kind = entries[i]->kind;
        total->person = entries[i]->person;
        total->at = entries[i]->at;
        total->reason = entries[i]->reason;
    }
    reply->chain[reply->n_chain++] = total;
    return 0;
}

/* From the cell up to where its amount first came from. */
static int explain_chain(struct tx *tx, struct cell_at at, int64_t amount, Bihuan__ExplainTargetReply *reply,
                         struct err *err)
{
    reply->chain = arena_array(tx_arena(tx), Bihuan__CellCut *, LINKS_MAX + 1);
    while (reply->n_chain < LINKS_MAX) {
        Bihuan__CellCut *link;
        struct cell_at above;

        if (explain_link(tx, &at, &link, &above, err) != 0)
            return -1;
        if (!link)
            return add_total(tx, &at, amount, reply, err);
        link->unit = code_of_unit(tx, at.unit_id);
        link->channel = code_of_channel(tx, at.key.channel_id);
        link->product = code_of_product(tx, at.key.product_id);
        link->period = code_of_period(tx, at.period_id);
        link->amount = amount_text(tx, at.key.measure_id, amount);
        reply->chain[reply->n_chain++] = link;
        at = above;
        if (explain_amount(tx, &at, &amount, err) != 0)
            return -1;
        if (!link->parent_amount[0])
            link->parent_amount = amount_text(tx, at.key.measure_id, amount);
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
static bool may_see(struct tx *tx, const Bihuan__CellCut *link)
{
    const char *code = strcmp(link->how, "total") == 0 ? link->unit : link->parent;
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), link->period);
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), code);

    return unit && in_scope_of(tx, period, unit->id, false);
}

/* The chain up to the first link that the asker doesn't see. */
static void keep_seen(struct tx *tx, Bihuan__ExplainTargetReply *reply)
{
    size_t seen = 0;

    while (seen < reply->n_chain && may_see(tx, reply->chain[seen]))
        seen++;
    reply->n_chain = seen;
    reply->cut = seen && strcmp(reply->chain[0]->how, "total") != 0 ? reply->chain[0] : NULL;
}

static int explain_target(struct tx *tx, const Bihuan__ExplainTargetRequest *request, struct err *err)
{
    const struct cell_name name = { request->period, request->unit, request->channel, request->product,
                                    request->measure };
    Bihuan__ExplainTargetReply reply = BIHUAN__EXPLAIN_TARGET_REPLY__INIT;
    struct version_row version;
    struct cell_row row = { 0 };
    struct cell_ref ref;
    struct cell_at at;
    int64_t *deltas;

    if (scope_find_unit(tx, refdata_period_by_code(refdata_of(tx), request->period), request->unit, &ref.unit, err) !=
        0)
        return -1;
    read_cell_name(tx, "", "", &name, &ref);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    row.key = ref.key;
    row.cell.unit_id = ref.unit->id;
    if (version_to_read(tx, ref.period, request->version, &version, err) != 0 ||
        cell_store_find(tx, ref.period->id, version.version, &row, 1, err) != 0)
        return -1;
    at = (struct cell_at) { ref.period->id, version.version, 0, ref.key, ref.unit->id };
    if (!row.cell.revision)
        return err_fail(err, ERR_NOT_FOUND, "no_cell", "unit \"%s\" has no such target in version %u", request->unit,
                        version.version);
    if (ledger_store_entries(tx, ref.period->id, version.version, &ref.key, ref.unit->id, &reply.entries, &deltas,
                             &reply.n_entries, err) != 0 ||
        ledger_store_last(tx, ref.period->id, &at.act, err) != 0 ||
        explain_chain(tx, at, row.cell.amount, &reply, err) != 0 || explain_bound(tx, &ref, &reply.bound, err) != 0 ||
        explain_draft(tx, &ref, &reply.draft, err) != 0)
        return -1;
    keep_seen(tx, &reply);
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
