/* pay_store: calculations and what they went by; see pay_store.h. Entries stand in pay_entry_store.c. */
#include "incentive/ledger/pay_store.h"

#include <stdio.h>
#include <string.h>

#define PART_COLUMNS 21
#define PLACE_LEN    25 /* of one axis in column axes */

static const struct stmt SCORES = { "pay_scores", "SELECT unit_id, score_milli, rank FROM score WHERE period_id = $1" };
static const struct stmt CARRIED = { "pay_carried",
                                     "SELECT unit_id, plan_id, component, sum(amount)::bigint FROM pay_entry"
                                     " WHERE period_id = $1 AND kind = 6 GROUP BY 1, 2, 3" };
static const struct stmt STANDING = {
    "pay_standing",
    "SELECT unit_id, plan_id, coalesce(sum(amount) FILTER (WHERE booked_in = $1 AND period_id <> $1 AND kind IN"
    " (1, 2, 3, 4, 5)), 0)::bigint, coalesce(sum(amount) FILTER (WHERE period_id <> $1 AND kind IN (7, 8)), 0)::bigint"
    " FROM pay_entry WHERE run_id <= $2 AND (kind IN (7, 8) OR booked_in = $1) GROUP BY 1, 2"
};
/* Streamed: a province's parts take a hundred times as much as a result of the data base's client. */
static const char PARTS[] =
    "COPY (SELECT DISTINCT ON (unit_id, plan_id, component) unit_id, plan_id, plan_version, component, target, days,"
    " days_in_force, has_score, score_milli, rank, carried_in, gate_shut, volume, attainment_ppm, earned, carried_out,"
    " held, lines, reason, axes FROM pay_part WHERE run_id IN (SELECT b.run_id FROM pay_run r JOIN pay_run b USING "
    "(base_run)"
    " WHERE r.run_id = %u AND b.run_id <= %u)%s ORDER BY unit_id, plan_id, component, run_id DESC) TO STDOUT (FORMAT"
    " binary)";
static const char COPY_PARTS[] =
    "COPY pay_part (run_id, unit_id, plan_id, plan_version, component, target, days, days_in_force, has_score,"
    " score_milli, rank, carried_in, gate_shut, volume, attainment_ppm, earned, carried_out, held, lines, reason,"
    " axes) FROM STDIN (FORMAT binary)";
static const struct stmt PUT_RUN = {
    "pay_run_put",
    "INSERT INTO pay_run (run_id, period_id, at, run_by, as_of, seq, crediting, basis, entries, base_run) VALUES ($1,"
    " $2, $3, $4, $5, $6, $7, $8, $9, $10)"
};
static const struct stmt GET_RUN = { "pay_run_get",
                                     "SELECT run_id, period_id, at, run_by, as_of, entries, array_to_string(seq, ','),"
                                     " crediting, basis, base_run"
                                     " FROM pay_run WHERE run_id = $1" };
static const struct stmt RUN_OF = { "pay_run_of", "SELECT coalesce(max(run_id), 0) FROM pay_run WHERE period_id = $1"
                                                  " AND run_id <= $2" };
static const struct stmt CREDITING = { "pay_crediting",
                                       "SELECT coalesce(max(id), 0), coalesce(bool_or(NOT done), false)"
                                       " FROM crediting_run" };
static const struct stmt LAST = { "pay_last", "SELECT (SELECT coalesce(max(run_id), 0) FROM pay_run),"
                                              " (SELECT coalesce(max(entry_id), 0) FROM pay_entry)" };

static int query_one(struct tx *tx, const struct stmt *stmt, uint32_t number, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)number);
    return db_query(tx_db(tx), stmt, &args, rows, err);
}

int pay_store_scores(struct tx *tx, uint32_t period_id, pay_score_fn *each, void *arg, struct err *err)
{
    struct db_rows rows;

    if (query_one(tx, &SCORES, period_id, &rows, err) != 0)
        return -1;
    for (int r = 0; r < rows.count; r++)
        each(arg, (uint32_t)db_i32(&rows, r, 0), db_i64(&rows, r, 1), (uint32_t)db_i32(&rows, r, 2));
    db_rows_fini(&rows);
    return 0;
}

int pay_store_carried(struct tx *tx, uint32_t period_id, pay_carried_fn *each, void *arg, struct err *err)
{
    struct db_rows rows;

    if (query_one(tx, &CARRIED, period_id, &rows, err) != 0)
        return -1;
    for (int r = 0; r < rows.count; r++)
        each(arg, (uint32_t)db_i32(&rows, r, 0), (uint32_t)db_i32(&rows, r, 1), db_text(&rows, r, 2),
             db_i64(&rows, r, 3));
    db_rows_fini(&rows);
    return 0;
}

int pay_store_standing(struct tx *tx, uint32_t period_id, uint32_t run_id, pay_standing_fn *each, void *arg,
                       struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)run_id);
    if (db_query(tx_db(tx), &STANDING, &args, &rows, err) != 0)
        return -1;
    for (int r = 0; r < rows.count; r++)
        each(arg, (uint32_t)db_i32(&rows, r, 0), (uint32_t)db_i32(&rows, r, 1), db_i64(&rows, r, 2),
             db_i64(&rows, r, 3));
    db_rows_fini(&rows);
    return 0;
}

/* --- parts -----------------------------------------------------------------------------------------------------------
 */

static const char *static_reason(const struct copy_cell *cell)
{
    static const char *const reasons[] = { "no_target",       "no_score",     "no_rank",
                                           "below_threshold", "nothing_sold", "no_class" };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strlen(reasons[i]) == (size_t)cell->len && memcmp(reasons[i], cell->bytes, (size_t)cell->len) == 0)
            return reasons[i];
    return "";
}

struct parts_call {
    pay_part_fn *each;
    void *arg;
    struct buf component;
};

static int take_part(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct parts_call *call = arg;
    struct pay_part_row row = { .unit_id = (uint32_t)copy_cell_int(&cells[0]),
                                .plan_id = (uint32_t)copy_cell_int(&cells[1]),
                                .plan_version = (uint32_t)copy_cell_int(&cells[2]) };
    struct payplan_input *in = &row.basis.in;

    (void)count;
    (void)err;
    buf_reset(&call->component);
    buf_append(&call->component, cells[3].bytes, (size_t)cells[3].len);
    row.component = buf_text(&call->component);
    in->target = copy_cell_int(&cells[4]);
    in->days = (int32_t)copy_cell_int(&cells[5]);
    in->days_in_force = (int32_t)copy_cell_int(&cells[6]);
    in->has_score = cells[7].bytes[0] != 0;
    in->score_milli = copy_cell_int(&cells[8]);
    in->rank = (uint32_t)copy_cell_int(&cells[9]);
    in->carried_in = copy_cell_int(&cells[10]);
    row.basis.gate_shut = cells[11].bytes[0] != 0;
    row.out.volume = copy_cell_int(&cells[12]);
    row.out.attainment_ppm = copy_cell_int(&cells[13]);
    row.out.earned = copy_cell_int(&cells[14]);
    row.out.carried_out = copy_cell_int(&cells[15]);
    row.out.held = copy_cell_int(&cells[16]);
    row.lines = (uint32_t)copy_cell_int(&cells[17]);
    row.out.reason = static_reason(&cells[18]);
    row.axes = cells[19].len > 0 ? cells[19].bytes : NULL;
    row.axes_len = row.axes ? (size_t)cells[19].len : 0;
    call->each(call->arg, &row);
    return 0;
}

int pay_store_parts(struct tx *tx, uint32_t run_id, uint32_t unit_id, pay_part_fn *each, void *arg, struct err *err)
{
    struct parts_call call = { each, arg, { 0 } };
    char only[48] = "", sql[800];
    int rc;

    if (unit_id)
        snprintf(only, sizeof only, " AND unit_id = %u", unit_id);
    snprintf(sql, sizeof sql, PARTS, run_id, run_id, only);
    rc = copy_out(tx_db(tx), sql, take_part, &call, NULL, err);
    buf_fini(&call.component);
    return rc;
}

static void encode_places(struct copy_in *out, const struct payplan_place *places, size_t count)
{
    struct buf bytes = { 0 };

    for (size_t a = 0; a < count; a++) {
        buf_put_u8(&bytes, places[a].known);
        buf_put_be64(&bytes, (uint64_t)places[a].given);
        buf_put_be64(&bytes, (uint64_t)places[a].volume);
        buf_put_be64(&bytes, (uint64_t)places[a].late);
    }
    if (count)
        copy_bytes(out, bytes.data, bytes.len);
    else
        copy_null(out);
    buf_fini(&bytes);
}

static int64_t int_at(const uint8_t *bytes)
{
    struct copy_cell cell = { .bytes = bytes, .len = sizeof(int64_t) };

    return copy_cell_int(&cell);
}

struct payplan_place *pay_part_places(const struct pay_part_row *row, const struct payplan_component *component,
                                      struct arena *arena)
{
    struct payplan_place *places;

    if (!payplan_place_count(component))
        return NULL;
    places = arena_array(arena, struct payplan_place, payplan_place_count(component));
    for (size_t a = 0; a < payplan_place_count(component) && (a + 1) * PLACE_LEN <= row->axes_len; a++) {
        const uint8_t *at = row->axes + a * PLACE_LEN;

        places[a] = (struct payplan_place) { at[0] != 0, int_at(at + 1), int_at(at + 9), int_at(at + 17) };
    }
    return places;
}

void pay_store_encode_part(struct copy_in *out, uint32_t run_id, const struct pay_part_row *row)
{
    const struct payplan_input *in = &row->basis.in;

    buf_put_be16(&out->buf, PART_COLUMNS);
    copy_i32(out, (int32_t)run_id);
    copy_i32(out, (int32_t)row->unit_id);
    copy_i32(out, (int32_t)row->plan_id);
    copy_i32(out, (int32_t)row->plan_version);
    copy_text(out, row->component, strlen(row->component));
    copy_i64(out, in->target);
    copy_i32(out, in->days);
    copy_i32(out, in->days_in_force);
    copy_bool(out, in->has_score);
    copy_i64(out, in->score_milli);
    copy_i32(out, (int32_t)in->rank);
    copy_i64(out, in->carried_in);
    copy_bool(out, row->basis.gate_shut);
    copy_i64(out, row->out.volume);
    copy_i64(out, row->out.attainment_ppm);
    copy_i64(out, row->out.earned);
    copy_i64(out, row->out.carried_out);
    copy_i64(out, row->out.held);
    copy_i32(out, (int32_t)row->lines);
    copy_text(out, row->out.reason, strlen(row->out.reason));
    encode_places(out, in->places, in->places ? row->axis_count : 0);
}

int pay_store_put_parts(struct tx *tx, struct copy_in *encoded, uint64_t count, struct err *err)
{
    struct copy_in copy;

    if (!count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx), COPY_PARTS, err) != 0 || copy_encoded(&copy, &encoded->buf, count, err) != 0)
        return -1;
    return copy_in_end(&copy, err);
}

/* --- runs ------------------------------------------------------------------------------------------------------------
 */

int pay_store_put_run(struct tx *tx, const struct pay_run_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)row->run_id);
    db_arg_i32(&args, (int32_t)row->period_id);
    db_arg_time(&args, row->at);
    db_arg_text(&args, row->by);
    db_arg_date(&args, row->as_of);
    db_arg_i64_array(&args, (const int64_t *)row->seq, row->buckets);
    db_arg_i32(&args, (int32_t)row->crediting);
    db_arg_i64(&args, (int64_t)row->basis);
    db_arg_i32(&args, (int32_t)row->entries);
    db_arg_i32(&args, (int32_t)row->base_run);
    return db_exec(tx_db(tx), &PUT_RUN, &args, NULL, err);
}

static void read_seq(struct tx *tx, const char *text, struct pay_run_row *row)
{
    row->seq = arena_array(tx_arena(tx), uint64_t, BUCKETS_MAX);
    for (row->buckets = 0; *text && row->buckets < BUCKETS_MAX; text += strspn(text, ",")) {
        uint64_t value = 0;

        for (; *text >= '0' && *text <= '9'; text++)
            value = value * 10 + (uint64_t)(*text - '0');
        row->seq[row->buckets++] = value;
    }
}

int pay_store_run(struct tx *tx, uint32_t run_id, struct pay_run_row *row, bool *found, struct err *err)
{
    struct db_rows rows;

    if (query_one(tx, &GET_RUN, run_id, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found) {
        *row = (struct pay_run_row) { .run_id = run_id,
                                      .period_id = (uint32_t)db_i32(&rows, 0, 1),
                                      .at = db_time(&rows, 0, 2),
                                      .by = arena_strdup(tx_arena(tx), db_text(&rows, 0, 3)),
                                      .as_of = db_date(&rows, 0, 4),
                                      .entries = (uint32_t)db_i32(&rows, 0, 5),
                                      .crediting = (uint32_t)db_i32(&rows, 0, 7),
                                      .basis = (uint64_t)db_i64(&rows, 0, 8),
                                      .base_run = (uint32_t)db_i32(&rows, 0, 9) };
        read_seq(tx, db_text(&rows, 0, 6), row);
    }
    db_rows_fini(&rows);
    return 0;
}

int pay_store_run_of(struct tx *tx, uint32_t period_id, uint32_t run_id, uint32_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)run_id);
    if (db_query(tx_db(tx), &RUN_OF, &args, &rows, err) != 0)
        return -1;
    *out = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int pay_store_crediting(struct tx *tx, uint32_t *last, bool *under_way, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &CREDITING, NULL, &rows, err) != 0)
        return -1;
    *last = (uint32_t)db_i32(&rows, 0, 0);
    *under_way = db_bool(&rows, 0, 1);
    db_rows_fini(&rows);
    return 0;
}

int pay_store_last(struct tx *tx, uint32_t *run_id, uint64_t *entry_id, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &LAST, NULL, &rows, err) != 0)
        return -1;
    *run_id = (uint32_t)db_i32(&rows, 0, 0);
    *entry_id = (uint64_t)db_i64(&rows, 0, 1);
    db_rows_fini(&rows);
    return 0;
}
