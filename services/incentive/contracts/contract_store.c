/* contract_store: see contract_store.h. */
#include "incentive/contracts/contract_store.h"

#include "text/decimal.h"

#define COLUMNS                                                                                                        \
    "order_id, title, buyer_id, seller_id, arbiter_id, quality, amount, damages, due, claim_days, answer_days,"        \
    " pay_plan, state, since, delivered, claim_kind, claim_amount, claim_by, counter_kind, counter_amount,"            \
    " counter_by, settled_kind, settled_from, settled_to, settled_amount, settled_on"

static const struct stmt PUT = {
    "internal_order_put",
    "INSERT INTO internal_order (" COLUMNS ") SELECT coalesce(max(order_id), 0) + 1, $1::text, $2::int, $3::int,"
    " $4::int, $5::text, $6::bigint, $7::bigint, $8::date, $9::int, $10::int, $11::text, $12::text, $13::date, NULL,"
    " '', 0, '', '', 0, '', '', 0, 0, 0, NULL FROM internal_order RETURNING order_id"
};
static const struct stmt MOVE = {
    "internal_order_move",
    "UPDATE internal_order SET state = $2, since = $3, delivered = $4, claim_kind = $5, claim_amount = $6, claim_by ="
    " $7, counter_kind = $8, counter_amount = $9, counter_by = $10, settled_kind = $11, settled_from = $12, settled_to"
    " = $13, settled_amount = $14, settled_on = $15 WHERE order_id = $1"
};
static const struct stmt ADD_STEP = {
    "internal_order_add_step",
    "INSERT INTO internal_order_step (order_id, step_no, step, state, at, step_by, kind, amount, words, evidence)"
    " SELECT $1::bigint, coalesce(max(step_no), 0) + 1, $2::text, $3::text, $4::timestamptz, $5::text, $6::text,"
    " $7::bigint, $8::text, $9::text FROM internal_order_step WHERE order_id = $1::bigint"
};
static const struct stmt STEPS = {
    "internal_order_steps", "SELECT step, state, at, step_by, kind, amount, words, evidence FROM internal_order_step"
                            " WHERE order_id = $1 ORDER BY step_no"
};
static const struct stmt LIST = {
    "internal_order_list",
    "SELECT " COLUMNS " FROM internal_order WHERE ($1::bigint = 0 OR order_id = $1::bigint) AND ($2::int[] IS NULL OR"
    " ($3::bool AND buyer_id = ANY($2::int[])) OR ($4::bool AND seller_id = ANY($2::int[])) OR ($5::bool AND arbiter_id"
    " = ANY($2::int[]))) AND ($6::text = '' OR state = $6::text) AND order_id > $7::bigint ORDER BY order_id LIMIT"
    " $8::int"
};
static const struct stmt RUNNING = { "internal_order_running",
                                     "SELECT " COLUMNS
                                     " FROM internal_order WHERE state IN ('offered', 'agreed', 'delivered',"
                                     " 'claimed', 'countered') ORDER BY order_id" };
/* Each settlement is two rows: as the one who owes sees it, and as the one who gets it. */
static const struct stmt BALANCES = {
    "internal_order_balances",
    "SELECT unit_id, partner_id, count(*), coalesce(sum(amount) FILTER (WHERE gets AND kind = 'payment'), 0)::bigint,"
    " coalesce(sum(amount) FILTER (WHERE gets AND kind = 'damages'), 0)::bigint, coalesce(sum(amount) FILTER (WHERE NOT"
    " gets AND kind = 'payment'), 0)::bigint, coalesce(sum(amount) FILTER (WHERE NOT gets AND kind = 'damages'),"
    " 0)::bigint FROM (SELECT o.settled_kind AS kind, o.settled_amount AS amount, s.gets, CASE WHEN s.gets THEN"
    " o.settled_to ELSE o.settled_from END AS unit_id, CASE WHEN s.gets THEN o.settled_from ELSE o.settled_to END AS"
    " partner_id FROM internal_order o, (VALUES (true), (false)) s(gets) WHERE o.settled_kind <> '' AND o.settled_on >="
    " $2::date AND o.settled_on < $3::date) seen WHERE ($1::int[] IS NULL OR unit_id = ANY($1::int[])) AND (unit_id,"
    " partner_id) > ($4::int, $5::int) GROUP BY unit_id, partner_id ORDER BY unit_id, partner_id LIMIT $6::int"
};

static void arg_day(struct db_args *args, int32_t day)
{
    if (day == CONTRACT_NO_DAY)
        db_arg_null(args);
    else
        db_arg_date(args, day);
}

int contract_store_put(struct tx *tx, struct contract *contract, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, contract->title);
    db_arg_i32(&args, (int32_t)contract->buyer_id);
    db_arg_i32(&args, (int32_t)contract->seller_id);
    db_arg_i32(&args, (int32_t)contract->arbiter_id);
    db_arg_text(&args, contract->quality);
    db_arg_i64(&args, contract->amount);
    db_arg_i64(&args, contract->damages);
    db_arg_date(&args, contract->due);
    db_arg_i32(&args, contract->claim_days);
    db_arg_i32(&args, contract->answer_days);
    db_arg_text(&args, contract->pay_plan);
    db_arg_text(&args, contract->state);
    db_arg_date(&args, contract->since);
    if (db_query(tx_db(tx), &PUT, &args, &rows, err) != 0)
        return -1;
    contract->id = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int contract_store_move(struct tx *tx, const struct contract *contract, struct err *err)
{
    const struct contract_demand *demands[] = { &contract->claim, &contract->counter };
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)contract->id);
    db_arg_text(&args, contract->state);
    db_arg_date(&args, contract->since);
    arg_day(&args, contract->delivered);
    for (int i = 0; i < 2; i++) {
        db_arg_text(&args, demands[i]->kind);
        db_arg_i64(&args, demands[i]->amount);
        db_arg_text(&args, demands[i]->by);
    }
    db_arg_text(&args, contract->settled.kind);
    db_arg_i32(&args, (int32_t)contract->settled_from);
    db_arg_i32(&args, (int32_t)contract->settled_to);
    db_arg_i64(&args, contract->settled.amount);
    arg_day(&args, contract->settled_on);
    return db_exec(tx_db(tx), &MOVE, &args, NULL, err);
}

int contract_store_add_step(struct tx *tx, const struct contract *contract, const char *step, const char *by,
                            const struct contract_demand *demand, const char *words, const char *evidence,
                            struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)contract->id);
    db_arg_text(&args, step);
    db_arg_text(&args, contract->state);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, by);
    db_arg_text(&args, demand->kind);
    db_arg_i64(&args, demand->amount);
    db_arg_text(&args, words);
    db_arg_text(&args, evidence);
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

int contract_store_steps(struct tx *tx, uint64_t id, int money_scale, Bihuan__InternalOrderStep ***steps, size_t *count,
                         struct err *err)
{
    struct arena *arena = tx_arena(tx);
    char amount[DECIMAL_TEXT_MAX];
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)id);
    if (db_query(tx_db(tx), &STEPS, &args, &rows, err) != 0)
        return -1;
    *steps = arena_array(arena, Bihuan__InternalOrderStep *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; r < rows.count; r++) {
        Bihuan__InternalOrderStep *step = arena_new(arena, Bihuan__InternalOrderStep);

        bihuan__internal_order_step__init(step);
        step->step = arena_strdup(arena, db_text(&rows, r, 0));
        step->state = arena_strdup(arena, db_text(&rows, r, 1));
        step->at = db_time(&rows, r, 2);
        step->by = arena_strdup(arena, db_text(&rows, r, 3));
        step->kind = arena_strdup(arena, db_text(&rows, r, 4));
        if (step->kind[0]) {
            decimal_print(amount, db_i64(&rows, r, 5), money_scale, 0);
            step->amount = arena_strdup(arena, amount);
        }
        step->words = arena_strdup(arena, db_text(&rows, r, 6));
        step->evidence = arena_strdup(arena, db_text(&rows, r, 7));
        (*steps)[r] = step;
    }
    db_rows_fini(&rows);
    return 0;
}

/* --- orders ----------------------------------------------------------------------------------------------------------
 */

static int32_t day_at(const struct db_rows *rows, int r, int col)
{
    return db_is_null(rows, r, col) ? CONTRACT_NO_DAY : db_date(rows, r, col);
}

static struct contract_demand demand_at(struct arena *arena, const struct db_rows *rows, int r, int col)
{
    return (struct contract_demand) { arena_strdup(arena, db_text(rows, r, col)), db_i64(rows, r, col + 1),
                                      arena_strdup(arena, db_text(rows, r, col + 2)) };
}

static struct contract read_row(struct arena *arena, const struct db_rows *rows, int r)
{
    return (struct contract) { .id = (uint64_t)db_i64(rows, r, 0),
                               .title = arena_strdup(arena, db_text(rows, r, 1)),
                               .buyer_id = (uint32_t)db_i32(rows, r, 2),
                               .seller_id = (uint32_t)db_i32(rows, r, 3),
                               .arbiter_id = (uint32_t)db_i32(rows, r, 4),
                               .quality = arena_strdup(arena, db_text(rows, r, 5)),
                               .amount = db_i64(rows, r, 6),
                               .damages = db_i64(rows, r, 7),
                               .due = db_date(rows, r, 8),
                               .claim_days = db_i32(rows, r, 9),
                               .answer_days = db_i32(rows, r, 10),
                               .pay_plan = arena_strdup(arena, db_text(rows, r, 11)),
                               .state = arena_strdup(arena, db_text(rows, r, 12)),
                               .since = db_date(rows, r, 13),
                               .delivered = day_at(rows, r, 14),
                               .claim = demand_at(arena, rows, r, 15),
                               .counter = demand_at(arena, rows, r, 18),
                               .settled = { arena_strdup(arena, db_text(rows, r, 21)), db_i64(rows, r, 24), "" },
                               .settled_from = (uint32_t)db_i32(rows, r, 22),
                               .settled_to = (uint32_t)db_i32(rows, r, 23),
                               .settled_on = day_at(rows, r, 25) };
}

static int read_all(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct contract **rows,
                    size_t *count, struct err *err)
{
    struct db_rows found;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct contract, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = read_row(tx_arena(tx), &found, r);
    db_rows_fini(&found);
    return 0;
}

static void arg_units(struct db_args *args, const uint32_t *units, size_t count)
{
    if (units)
        db_arg_i32_array(args, (const int32_t *)units, count);
    else
        db_arg_null(args);
}

int contract_store_list(struct tx *tx, const struct contract_page *page, struct contract **rows, size_t *count,
                        struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)page->id);
    arg_units(&args, page->units, page->unit_count);
    db_arg_bool(&args, page->as_buyer);
    db_arg_bool(&args, page->as_seller);
    db_arg_bool(&args, page->as_arbiter);
    db_arg_text(&args, page->state);
    db_arg_i64(&args, (int64_t)page->after);
    db_arg_i32(&args, (int32_t)page->limit);
    return read_all(tx, &LIST, &args, rows, count, err);
}

int contract_store_running(struct tx *tx, struct contract **rows, size_t *count, struct err *err)
{
    return read_all(tx, &RUNNING, NULL, rows, count, err);
}

/* --- balances --------------------------------------------------------------------------------------------------------
 */

int contract_store_balances(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from, int32_t until,
                            uint32_t after_unit, uint32_t after_partner, uint32_t limit, struct contract_balance **rows,
                            size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    arg_units(&args, units, unit_count);
    db_arg_date(&args, from);
    db_arg_date(&args, until);
    db_arg_i32(&args, (int32_t)after_unit);
    db_arg_i32(&args, (int32_t)after_partner);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &BALANCES, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct contract_balance, found.count + 1);
    *count = (size_t)found.count;
    for (int r = 0; r < found.count; r++)
        (*rows)[r] = (struct contract_balance) {
            (uint32_t)db_i32(&found, r, 0), (uint32_t)db_i32(&found, r, 1), db_i64(&found, r, 2), db_i64(&found, r, 3),
            db_i64(&found, r, 4),           db_i64(&found, r, 5),           db_i64(&found, r, 6)
        };
    db_rows_fini(&found);
    return 0;
}
