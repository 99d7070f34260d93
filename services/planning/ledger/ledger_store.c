/* ledger_store: see ledger_store.h. */
#include "planning/ledger/ledger_store.h"

#include "planning/ledger/ledger_detail.h"

#include "bus/wire.h"

#include <stdlib.h>
#include <string.h>

static const struct stmt NEXT_ACT = { "ledger_next",
                                      "SELECT coalesce(max(act), 0) + 1 FROM ledger_act WHERE period_id = $1" };
static const struct stmt ADD = { "ledger_add",
                                 "INSERT INTO ledger_act (period_id, act, version, kind, person, at, reason, spec,"
                                 " revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" };
static const struct stmt ENTRIES = {
    "ledger_entries",
    "SELECT a.act, a.version, a.kind, a.person, a.at, a.reason, b.part,"
    " b.delta[array_position(b.unit_id, $6::bigint)]"
    " FROM ledger_block b JOIN ledger_act a ON a.period_id = b.period_id AND a.act = b.act"
    " WHERE b.period_id = $1 AND a.version <= $2 AND b.measure_id = $3 AND b.channel_id = $4 AND b.product_id = $5"
    " AND $6::bigint = ANY(b.unit_id) ORDER BY a.act, b.part"
};
static const struct stmt CUT_ACT = {
    "ledger_cut_act",
    "SELECT a.act, a.spec, a.version, a.kind, a.person, a.at, a.reason FROM ledger_block b JOIN ledger_act a ON "
    "a.period_id = b.period_id AND a.act = b.act"
    " WHERE b.period_id = $1 AND a.version <= $2 AND b.measure_id = $3 AND b.channel_id = $4 AND b.product_id = $5"
    " AND $6::bigint = ANY(b.unit_id) AND b.detail IS NOT NULL AND a.act <= $7 ORDER BY a.act DESC LIMIT 1"
};
static const struct stmt SLICES = { "ledger_slices",
                                    "SELECT DISTINCT channel_id, product_id FROM ledger_block WHERE period_id = $1"
                                    " AND act = $2 AND measure_id = $3 AND detail IS NOT NULL"
                                    " ORDER BY channel_id, product_id" };
static const struct stmt CUT_BLOCKS = {
    "ledger_cut_blocks", "SELECT array_to_string(unit_id, ','), detail FROM ledger_block WHERE period_id = $1"
                         " AND act = $2 AND measure_id = $3 AND channel_id = $4 AND product_id = $5"
                         " AND detail IS NOT NULL ORDER BY part, no"
};
static const struct stmt AFTER = {
    "ledger_after", "SELECT u.u, sum(u.d)::bigint FROM ledger_block b, unnest(b.unit_id, b.delta) u(u, d)"
                    " WHERE b.period_id = $1 AND b.act <= $2 AND b.measure_id = $3 AND b.channel_id = $4"
                    " AND b.product_id = $5 AND u.u = ANY($6::bigint[]) GROUP BY u.u"
};

/* --- writing -------------------------------------------------------------------------------------------------------
 */
int ledger_store_add(struct tx *tx, struct ledger_act *act, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    struct buf spec = { 0 };
    int rc;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)act->period_id);
    if (db_query(tx_db(tx), &NEXT_ACT, &args, &rows, err) != 0)
        return -1;
    act->act = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    if (act->spec)
        wire_pack(act->spec, &spec);
    db_arg_i64(&args, (int64_t)act->act);
    db_arg_i32(&args, (int32_t)act->version);
    db_arg_text(&args, act->kind);
    db_arg_text(&args, act->person);
    db_arg_time(&args, act->at);
    db_arg_text(&args, act->reason);
    db_arg_bytes(&args, spec.data ? spec.data : (const uint8_t *)"", spec.len);
    db_arg_i32(&args, (int32_t)act->revision);
    rc = db_exec(tx_db(tx), &ADD, &args, NULL, err);
    buf_fini(&spec);
    return rc;
}

struct columns {
    int64_t *units, *deltas;
    size_t count;
};

static int write_block(struct copy_in *copy, const struct ledger_act *act, const struct slice_change *change, int part,
                       int no, struct columns *c, struct err *err)
{
    if (copy_row(copy, 10, err) != 0)
        return -1;
    copy_i32(copy, (int32_t)act->period_id);
    copy_i64(copy, (int64_t)act->act);
    copy_i32(copy, (int32_t)change->key.measure_id);
    copy_i32(copy, (int32_t)change->key.channel_id);
    copy_i32(copy, (int32_t)change->key.product_id);
    copy_i16(copy, (int16_t)part);
    copy_i16(copy, (int16_t)no);
    copy_i64_array(copy, c->units, c->count);
    copy_i64_array(copy, c->deltas, c->count);
    if (change->details)
        copy_bytes(copy, change->details[no].bytes, change->details[no].len);
    else
        copy_null(copy);
    c->count = 0;
    return 0;
}

/* Cells of a cut are all of the first part, none is left out: blocks are those of its details. */
static int write_part(struct copy_in *copy, const struct ledger_act *act, const struct slice_change *change, int part,
                      struct columns *c, struct err *err)
{
    int no = 0;

    for (size_t i = 0; i < change->count; i++) {
        const struct cell_change *cell = &change->cells[i];

        if (cell->follows != (part == 1))
            continue;
        c->units[c->count] = cell->unit_id;
        c->deltas[c->count] = cell->after - cell->before;
        if (++c->count == LEDGER_BLOCK_CELLS && write_block(copy, act, change, part, no++, c, err) != 0)
            return -1;
    }
    return c->count ? write_block(copy, act, change, part, no, c, err) : 0;
}

int ledger_store_add_blocks(struct tx *tx, const struct ledger_act *act, const struct slice_change *changes,
                            size_t count, struct err *err)
{
    struct columns columns = { arena_array(tx_arena(tx), int64_t, LEDGER_BLOCK_CELLS),
                               arena_array(tx_arena(tx), int64_t, LEDGER_BLOCK_CELLS), 0 };
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx),
                      "COPY ledger_block (period_id, act, measure_id, channel_id, product_id, part, no, unit_id, delta,"
                      " detail) FROM STDIN (FORMAT binary)",
                      err) != 0)
        return -1;
    for (size_t s = 0; s < count; s++)
        for (int part = 0; part < 2; part++)
            if (write_part(&copy, act, &changes[s], part, &columns, err) != 0) {
                copy_in_abort(&copy);
                return -1;
            }
    return copy_in_end(&copy, err);
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */
static void key_args(struct tx *tx, struct db_args *args, uint32_t period_id, uint64_t second, bool is_act,
                     const struct slice_key *key)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)period_id);
    if (is_act)
        db_arg_i64(args, (int64_t)second);
    else
        db_arg_i32(args, (int32_t)second);
    db_arg_i32(args, (int32_t)key->measure_id);
    db_arg_i32(args, (int32_t)key->channel_id);
    db_arg_i32(args, (int32_t)key->product_id);
}

int ledger_store_entries(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice_key *key,
                         uint32_t unit_id, Bihuan__LedgerEntry ***entries, int64_t **deltas, size_t *count,
                         struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    key_args(tx, &args, period_id, version, false, key);
    db_arg_i64(&args, unit_id);
    if (db_query(tx_db(tx), &ENTRIES, &args, &rows, err) != 0)
        return -1;
    *entries = arena_array(arena, Bihuan__LedgerEntry *, rows.count);
    *deltas = arena_array(arena, int64_t, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__LedgerEntry *entry = (*entries)[i] = arena_new(arena, Bihuan__LedgerEntry);

        bihuan__ledger_entry__init(entry);
        entry->act = (uint64_t)db_i64(&rows, i, 0);
        entry->version = (uint32_t)db_i32(&rows, i, 1);
        entry->kind = arena_strdup(arena, db_text(&rows, i, 2));
        entry->person = arena_strdup(arena, db_text(&rows, i, 3));
        entry->at = db_time(&rows, i, 4);
        entry->reason = arena_strdup(arena, db_text(&rows, i, 5));
        entry->follows = db_i16(&rows, i, 6) == 1;
        (*deltas)[i] = db_i64(&rows, i, 7);
    }
    db_rows_fini(&rows);
    return 0;
}

static int take_block(struct tx *tx, struct db_rows *rows, int row, struct cut_kept *kept, struct err *err)
{
    const char *at = db_text(rows, row, 0);
    size_t len, from = kept->count;
    const uint8_t *bytes = db_bytes(rows, row, 1, &len);

    if (ledger_detail_take(tx_arena(tx), bytes, len, kept, err) != 0)
        return -1;
    for (size_t i = from; i < kept->count; i++) {
        char *end;

        kept->cells[i].unit_id = (uint32_t)strtoul(at, &end, 10);
        at = *end ? end + 1 : end;
    }
    return 0;
}

int ledger_store_cut(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t until, const struct slice_key *key,
                     uint32_t unit_id, struct cut_kept *kept, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;
    const uint8_t *bytes;
    int rc = 0;

    *kept = (struct cut_kept) { .act = { .period_id = period_id } };
    key_args(tx, &args, period_id, version, false, key);
    db_arg_i64(&args, unit_id);
    db_arg_i64(&args, (int64_t)until);
    if (db_query(tx_db(tx), &CUT_ACT, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        bytes = db_bytes(&rows, 0, 1, &kept->spec.len);
        kept->spec.data = arena_memdup(arena, bytes, kept->spec.len);
        kept->act.act = (uint64_t)db_i64(&rows, 0, 0);
        kept->act.version = (uint32_t)db_i32(&rows, 0, 2);
        kept->act.kind = arena_strdup(arena, db_text(&rows, 0, 3));
        kept->act.person = arena_strdup(arena, db_text(&rows, 0, 4));
        kept->act.at = db_time(&rows, 0, 5);
        kept->act.reason = arena_strdup(arena, db_text(&rows, 0, 6));
    }
    db_rows_fini(&rows);
    if (!kept->act.act)
        return 0;
    key_args(tx, &args, period_id, kept->act.act, true, key);
    if (db_query(tx_db(tx), &CUT_BLOCKS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count && rc == 0; i++)
        rc = take_block(tx, &rows, i, kept, err);
    db_rows_fini(&rows);
    return rc;
}

int ledger_store_slices(struct tx *tx, uint32_t period_id, uint64_t act, uint32_t measure_id, struct slice_key **keys,
                        size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i64(&args, (int64_t)act);
    db_arg_i32(&args, (int32_t)measure_id);
    if (db_query(tx_db(tx), &SLICES, &args, &rows, err) != 0)
        return -1;
    *keys = arena_array(tx_arena(tx), struct slice_key, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*keys)[i] = (struct slice_key) { measure_id, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1) };
    db_rows_fini(&rows);
    return 0;
}

int ledger_store_last(struct tx *tx, uint32_t period_id, uint64_t *act, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &NEXT_ACT, &args, &rows, err) != 0)
        return -1;
    *act = (uint64_t)db_i64(&rows, 0, 0) - 1;
    db_rows_fini(&rows);
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

int ledger_store_after(struct tx *tx, uint32_t period_id, uint64_t act, const struct slice_key *key,
                       const uint32_t *units, int64_t *amounts, size_t count, struct err *err)
{
    int64_t *asked = arena_array(tx_arena(tx), int64_t, count);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < count; i++) {
        asked[i] = units[i];
        amounts[i] = 0;
    }
    key_args(tx, &args, period_id, act, true, key);
    db_arg_i64_array(&args, asked, count);
    if (db_query(tx_db(tx), &AFTER, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        int64_t unit = db_i64(&rows, i, 0);
        const int64_t *at = bsearch(&unit, asked, count, sizeof *asked, by_value);

        if (at)
            amounts[at - asked] = db_i64(&rows, i, 1);
    }
    db_rows_fini(&rows);
    return 0;
}
