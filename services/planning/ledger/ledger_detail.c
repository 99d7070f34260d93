/* ledger_detail: see ledger_detail.h. */
#include "planning/ledger/ledger_detail.h"

#include "bus/wire.h"

#include <string.h>

#define FREE INT64_MAX

struct ledger_columns ledger_columns_new(struct arena *arena)
{
    return (struct ledger_columns) { .parents = arena_array(arena, uint32_t, LEDGER_BLOCK_CELLS),
                                     .hows = arena_array(arena, uint32_t, LEDGER_BLOCK_CELLS),
                                     .weights = arena_array(arena, int64_t, LEDGER_BLOCK_CELLS),
                                     .lowers = arena_array(arena, int64_t, LEDGER_BLOCK_CELLS),
                                     .uppers = arena_array(arena, int64_t, LEDGER_BLOCK_CELLS),
                                     .ideals = arena_array(arena, int64_t, LEDGER_BLOCK_CELLS),
                                     .arena = arena };
}

void ledger_columns_begin(struct ledger_columns *c, bool first)
{
    c->first = first;
    c->count = 0;
    c->plain = true;
    c->ideal = false;
}

void ledger_columns_add(struct ledger_columns *c, const struct cell_cut *cell, int64_t ideal, const int64_t *figures,
                        size_t each)
{
    size_t n = c->count++;

    if (each > c->figure_room) {
        c->figures = arena_array(c->arena, int64_t, LEDGER_BLOCK_CELLS * each);
        c->figure_room = each;
    }
    c->parents[n] = cell->parent;
    c->hows[n] = cell->how;
    c->plain = c->plain && cell->how == CELL_SHARED;
    c->weights[n] = cell->weight;
    c->lowers[n] = cell->lower;
    c->uppers[n] = cell->upper == FREE ? -1 : cell->upper;
    c->ideals[n] = ideal;
    for (size_t m = 0; m < each; m++)
        c->figures[n * each + m] = figures[m];
}

static void fill_source(const struct slice_trace *trace, Bihuan__LedgerSource *source)
{
    bihuan__ledger_source__init(source);
    source->period_id = trace->source_period_id;
    source->version = trace->source_version;
    source->act = trace->source_act;
    source->channel_id = trace->source_channel_id;
    source->product_id = trace->source_product_id;
    source->column = trace->column;
    source->columns = trace->columns;
    source->parts = trace->parts;
    source->curve_before = trace->curve_before;
    source->curve_through = trace->curve_through;
    source->curve_total = trace->curve_total;
}

static void fill_rests(const struct slice_trace *trace, struct arena *arena, Bihuan__LedgerDetail *detail)
{
    detail->n_rests = trace->rest_count;
    detail->rests = arena_array(arena, Bihuan__LedgerRest *, trace->rest_count);
    for (size_t i = 0; i < trace->rest_count; i++) {
        const struct cell_rest *rest = &trace->rests[i];
        Bihuan__LedgerRest *out = detail->rests[i] = arena_new(arena, Bihuan__LedgerRest);

        bihuan__ledger_rest__init(out);
        out->parent = rest->parent;
        out->unit = rest->unit;
        out->weight = rest->weight;
        out->lower = rest->lower;
        out->upper = rest->upper == FREE ? -1 : rest->upper;
        out->share = rest->share;
        out->across = rest->across;
    }
}

/* A slice has its rests once: in its first block. */
int ledger_detail_pack(const struct slice_trace *trace, const struct ledger_columns *c, struct arena *scratch,
                       struct buf *out, struct err *err)
{
    Bihuan__LedgerDetail detail = BIHUAN__LEDGER_DETAIL__INIT;
    Bihuan__LedgerSource source;
    Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
    struct buf packed = { 0 };

    detail.n_parent = detail.n_weight = detail.n_lower = detail.n_upper = c->count;
    detail.parent = c->parents;
    detail.weight = c->weights;
    detail.lower = c->lowers;
    detail.upper = c->uppers;
    detail.n_how = c->plain ? 0 : c->count;
    detail.how = c->hows;
    detail.n_ideal = c->ideal ? c->count : 0;
    detail.ideal = c->ideals;
    detail.figures = (uint32_t)trace->figure_count;
    detail.n_figure = c->count * trace->figure_count;
    detail.figure = c->figures;
    if (trace->columns) {
        fill_source(trace, &source);
        detail.source = &source;
    }
    if (c->first)
        fill_rests(trace, scratch, &detail);
    if (wire_pack_payload(&detail.base, &envelope, &packed, err) != 0) {
        buf_fini(&packed);
        return -1;
    }
    buf_reset(out);
    buf_put_be32(out, envelope.codec ? envelope.raw_len : 0);
    buf_append(out, packed.data, packed.len);
    buf_fini(&packed);
    return 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */
static int open_detail(struct arena *arena, const uint8_t *bytes, size_t len, Bihuan__LedgerDetail **out,
                       struct err *err)
{
    Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
    const uint8_t *payload;
    size_t payload_len;

    if (len < 4)
        return err_set(err, "a detail of the ledger is cut off");
    envelope.raw_len = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    envelope.codec = envelope.raw_len ? 1 : 0;
    if (wire_open_payload(&envelope, bytes + 4, len - 4, arena, &payload, &payload_len, err) != 0)
        return -1;
    *out = bihuan__ledger_detail__unpack(&arena->allocator, payload_len, payload);
    return *out ? 0 : err_set(err, "could not read a detail of the ledger");
}

static void take_source(const Bihuan__LedgerSource *source, struct slice_trace *trace)
{
    trace->source_period_id = source->period_id;
    trace->source_version = source->version;
    trace->source_act = source->act;
    trace->source_channel_id = source->channel_id;
    trace->source_product_id = source->product_id;
    trace->column = source->column;
    trace->columns = source->columns;
    trace->parts = source->parts;
    trace->curve_before = source->curve_before;
    trace->curve_through = source->curve_through;
    trace->curve_total = source->curve_total;
}

static void take_rests(struct arena *arena, const Bihuan__LedgerDetail *detail, struct slice_trace *trace)
{
    trace->rests = arena_array(arena, struct cell_rest, detail->n_rests);
    for (size_t i = 0; i < detail->n_rests; i++) {
        const Bihuan__LedgerRest *rest = detail->rests[i];

        trace->rests[trace->rest_count++] = (struct cell_rest) { .parent = rest->parent,
                                                                 .unit = rest->unit,
                                                                 .weight = rest->weight,
                                                                 .lower = rest->lower,
                                                                 .upper = rest->upper < 0 ? FREE : rest->upper,
                                                                 .share = rest->share,
                                                                 .across = rest->across };
    }
}

/* `old` with room for `more` behind its `count`. */
static void *grown(struct arena *arena, const void *old, size_t count, size_t more, size_t each)
{
    char *out = arena_alloc(arena, (count + more) * each);

    if (count && old)
        memcpy(out, old, count * each);
    return out;
}

int ledger_detail_take(struct arena *arena, const uint8_t *bytes, size_t len, struct cut_kept *kept, struct err *err)
{
    struct slice_trace *trace = &kept->trace;
    Bihuan__LedgerDetail *d;
    size_t from = kept->count, each;

    if (open_detail(arena, bytes, len, &d, err) != 0)
        return -1;
    if (d->n_weight != d->n_parent || d->n_lower != d->n_parent || d->n_upper != d->n_parent ||
        (d->n_how && d->n_how != d->n_parent) || (d->n_ideal && d->n_ideal != d->n_parent) ||
        d->n_figure != d->figures * d->n_parent)
        return err_set(err, "the columns of a detail of the ledger are of different lengths");
    each = trace->figure_count = d->figures;
    kept->cells = grown(arena, kept->cells, from, d->n_parent, sizeof *kept->cells);
    trace->ideals = grown(arena, trace->ideals, from, d->n_parent, sizeof *trace->ideals);
    trace->figures = grown(arena, trace->figures, from * each, d->n_figure, sizeof *trace->figures);
    for (size_t i = 0; i < d->n_parent; i++) {
        kept->cells[from + i] = (struct cell_cut) { .how = d->n_how ? (uint8_t)d->how[i] : CELL_SHARED,
                                                    .parent = d->parent[i],
                                                    .weight = d->weight[i],
                                                    .lower = d->lower[i],
                                                    .upper = d->upper[i] < 0 ? FREE : d->upper[i] };
        trace->ideals[from + i] = d->n_ideal ? d->ideal[i] : 0;
    }
    if (d->n_figure)
        memcpy(trace->figures + from * each, d->figure, d->n_figure * sizeof *d->figure);
    kept->count += d->n_parent;
    if (d->source)
        take_source(d->source, trace);
    if (d->n_rests)
        take_rests(arena, d, trace);
    return 0;
}
