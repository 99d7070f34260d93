/* closing: see closing.h. */
#include "incentive/closing/closing.h"

#include "incentive/crediting/recredit.h"
#include "incentive/scoring/scoring.h"
#include "incentive/statements/statement.h"

#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* --- hashes ----------------------------------------------------------------------------------------------------------
 */

void digest_add(struct digest_sum *sum, const uint8_t hash[DIGEST_LEN])
{
    unsigned __int128 carry = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t limb;

        memcpy(&limb, hash + 8 * i, 8);
        carry += (unsigned __int128)sum->limbs[i] + le64toh(limb);
        sum->limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void digest_of(const struct credit_found *row, uint8_t hash[DIGEST_LEN])
{
    uint32_t numbers[7] = { htobe32((uint32_t)row->day), htobe32((uint32_t)row->counts_day), htobe32(row->unit_id),
                            htobe32(row->product_id),    htobe32((uint32_t)row->version),    htobe32(row->late_for),
                            htobe32(row->taken_back) };
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)numbers, sizeof numbers);
    crypto_hash_sha256_update(&state, (const uint8_t *)row->sender, strlen(row->sender) + 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)row->record_key, strlen(row->record_key) + 1);
    crypto_hash_sha256_update(&state, row->pairs, row->pairs_len);
    if (row->kind) { /* of an entry also what made it */
        uint32_t made[4] = { htobe32((uint32_t)row->kind), htobe32((uint32_t)row->entry_no), htobe32(row->rule_id),
                             htobe32(row->rule_version) };

        crypto_hash_sha256_update(&state, (const uint8_t *)made, sizeof made);
        crypto_hash_sha256_update(&state, (const uint8_t *)row->reason, strlen(row->reason) + 1);
    }
    crypto_hash_sha256_final(&state, hash);
}

void digest_bytes(const struct digest_sum *sum, uint8_t out[DIGEST_LEN])
{
    for (int i = 0; i < 4; i++) {
        uint64_t limb = htole64(sum->limbs[i]);

        memcpy(out + 8 * i, &limb, 8);
    }
}

void hash_text(const uint8_t hash[DIGEST_LEN], char out[HASH_TEXT])
{
    sodium_bin2hex(out, HASH_TEXT, hash, DIGEST_LEN);
}

/* --- digests of all units --------------------------------------------------------------------------------------------
 */

struct digests {
    const struct refdata *refdata;
    const struct tree *tree;
    struct digest_sum *by_unit;
    const struct card **card_of; /* by unit, NULL where none */
    uint32_t unit_limit;
};

static bool line_sliced_out(const struct refdata *refdata, const struct card_line *line, const struct credit_found *row)
{
    const struct slice slice = { line->measure_id, line->channel_id, line->product_id };

    return (line->channel_id || line->product_id) && !slice_has(refdata, &slice, row->channel_id, row->product_id);
}

static uint64_t lines_in(const struct digests *digests, const struct card *card, const struct credit_found *row)
{
    uint64_t count = 0;

    for (size_t at = 0; at + CREDIT_PAIR_LEN <= row->pairs_len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(row->pairs + at, &measure, &value);
        for (size_t i = 0; i < card->line_count; i++) {
            const struct card_line *line = &card->lines[i];

            if (line_sliced_out(digests->refdata, line, row))
                continue;
            count += line->ratio ? (line->part_ids[0] == measure) + (line->part_ids[1] == measure)
                                 : line->measure_id == measure;
        }
    }
    return count;
}

/* To the unit's digest and to those of all above it on the day. */
static int take_row(void *arg, const struct credit_found *row, struct err *err)
{
    struct digests *digests = arg;
    uint8_t hash[DIGEST_LEN];

    (void)err;
    digest_of(row, hash);
    for (uint32_t u = row->unit_id; u != TREE_NONE && u < digests->unit_limit;
         u = tree_parent(digests->tree, u, row->counts_day)) {
        digest_add(&digests->by_unit[u], hash);
        if (digests->card_of[u])
            digests->by_unit[u].count += lines_in(digests, digests->card_of[u], row);
    }
    return 0;
}

static int make_digests(struct incentive *state, struct tx *tx, const struct scoring *scoring, struct digests *out,
                        struct err *err)
{
    uint32_t limit = refdata_unit_limit(state->refdata);

    out->refdata = state->refdata;
    out->tree = refdata_tree(state->refdata);
    out->unit_limit = limit;
    out->by_unit = arena_array(tx_arena(tx), struct digest_sum, limit + 1);
    out->card_of = arena_array(tx_arena(tx), const struct card *, limit + 1);
    for (size_t i = 0; i < scoring->count; i++)
        out->card_of[scoring->units[i].unit_id] = scoring->units[i].card;
    return credit_store_each_row(tx, scoring->period->from_day, scoring->as_of, take_row, out, err);
}

/* --- statements ------------------------------------------------------------------------------------------------------
 */

static void pack_body(const Bihuan__Statement *statement, struct arena *arena, const uint8_t **body, size_t *len)
{
    uint8_t *bytes;

    *len = bihuan__statement__get_packed_size(statement);
    bytes = arena_alloc(arena, *len + 1);
    bihuan__statement__pack(statement, bytes);
    *body = bytes;
}

static void make_statement(struct incentive *state, struct tx *tx, const struct scoring *scoring,
                           const struct scored_unit *unit, const struct digest_sum *digest,
                           const struct late_sums *late, struct statement_row *row)
{
    crypto_hash_sha256_state hashing;
    uint8_t hash[DIGEST_LEN];

    *row = (struct statement_row) { .unit_id = unit->unit_id, .credit_count = digest->count };
    digest_bytes(digest, row->digest);
    crypto_hash_sha256_init(&hashing);
    for (int en = 0; en < 2; en++) {
        Bihuan__Statement *statement = statement_make(state, tx, unit, scoring->period, scoring->as_of, late, !en);

        statement->score->closed = true;
        statement->credit_count = digest->count;
        pack_body(statement, tx_arena(tx), &row->body[en], &row->body_len[en]);
        crypto_hash_sha256_update(&hashing, row->body[en], row->body_len[en]);
    }
    crypto_hash_sha256_update(&hashing, row->digest, DIGEST_LEN);
    crypto_hash_sha256_final(&hashing, hash);
    hash_text(hash, row->hash);
}

struct by_code {
    const char *code;
    const struct scored_unit *unit;
};

static int compare_codes(const void *a, const void *b)
{
    return strcmp(((const struct by_code *)a)->code, ((const struct by_code *)b)->code);
}

static struct by_code *in_order_of_code(struct incentive *state, struct tx *tx, const struct scoring *scoring)
{
    struct by_code *order = arena_array(tx_arena(tx), struct by_code, scoring->count + 1);

    for (size_t i = 0; i < scoring->count; i++)
        order[i] = (struct by_code) { refdata_unit(state->refdata, scoring->units[i].unit_id)->code,
                                      &scoring->units[i] };
    if (scoring->count)
        qsort(order, scoring->count, sizeof *order, compare_codes);
    return order;
}

/* All statements in order of code; *hash over their hashes. */
static int make_statements(struct incentive *state, struct tx *tx, const struct scoring *scoring,
                           struct statement_row **rows, char hash[HASH_TEXT], struct err *err)
{
    struct by_code *order = in_order_of_code(state, tx, scoring);
    crypto_hash_sha256_state hashing;
    uint8_t bytes[DIGEST_LEN];
    struct digests digests;
    struct late_sums late;

    if (make_digests(state, tx, scoring, &digests, err) != 0 ||
        late_sums_load(&late, state, tx, scoring->period->from_day, scoring->as_of, 0, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct statement_row, scoring->count + 1);
    crypto_hash_sha256_init(&hashing);
    for (size_t i = 0; i < scoring->count; i++) {
        struct statement_row *row = &(*rows)[i];

        make_statement(state, tx, scoring, order[i].unit, &digests.by_unit[order[i].unit->unit_id], &late, row);
        crypto_hash_sha256_update(&hashing, (const uint8_t *)row->hash, HASH_TEXT - 1);
    }
    crypto_hash_sha256_final(&hashing, bytes);
    hash_text(bytes, hash);
    late_sums_fini(&late);
    return 0;
}

/* --- the request -----------------------------------------------------------------------------------------------------
 */

static int check(struct incentive *state, struct tx *tx, const Bihuan__ClosePeriodRequest *request,
                 const struct ref_period **out, struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(state->refdata, request->period);
    int32_t complete = scoring_complete_day(state, tx);
    const Bihuan__Principal *principal = tx_principal(tx);

    if (principal && principal->subtree[0])
        return err_fail(err, ERR_FORBIDDEN, "whole_only",
                        "a period is closed for all units: ask someone whose rights aren't limited to a subtree");
    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "no_such_period", "there is no period \"%s\"", request->period);
    if (state_is_closed(state, period->id))
        return err_fail(err, ERR_CONFLICT, "already_closed", "period %s is closed and never changes", period->code);
    if (!period->has_curve || !period->plan_version)
        return err_fail(err, ERR_CONFLICT, "no_plan", "period %s has no %s: publish it first", period->code,
                        period->has_curve ? "plan" : "calendar");
    if (recredit_under_way(state) || state->joins.registered)
        return err_fail(err, ERR_CONFLICT, "credits_under_way",
                        "credits are being worked out anew since %s changed: try again in a moment",
                        recredit_under_way(state) ? state->crediting.run.cause : "registrations");
    if (!state_cards_of(state, period, tx_arena(tx)).count)
        return err_fail(err, ERR_CONFLICT, "no_scorecard", "there is no scorecard to close period %s by", period->code);
    if (!request->force && (complete == NO_DAY || complete < period->until_day - 1))
        return err_fail(err, ERR_CONFLICT, "not_complete",
                        "the feeds aren't complete to the end of period %s: wait for them, or force the close",
                        period->code);
    *out = period;
    return 0;
}

static int publish_closed(struct tx *tx, const struct closing_row *row, Bihuan__Closing *closing, struct err *err)
{
    Bihuan__PeriodClosed event = BIHUAN__PERIOD_CLOSED__INIT;

    bihuan__closing__init(closing);
    closing->period = (char *)(uintptr_t)row->period;
    closing->closed_at = row->closed_at;
    closing->closed_by = (char *)(uintptr_t)row->closed_by;
    closing->statements = row->statements;
    closing->hash = (char *)(uintptr_t)row->hash;
    event.closing = closing;
    return tx_publish(tx, 0, MSG(PERIOD_CLOSED), row->period, &event.base, err);
}

int closing_publish_statement(struct incentive *state, struct tx *tx, const char *period, uint32_t unit_id,
                              const char *hash, bool pay, struct err *err)
{
    Bihuan__StatementIssued event = BIHUAN__STATEMENT_ISSUED__INIT;
    const struct ref_unit *unit = refdata_unit(state->refdata, unit_id);

    event.unit = (char *)(uintptr_t)(unit ? unit->code : "");
    event.period = (char *)(uintptr_t)period;
    event.hash = (char *)(uintptr_t)hash;
    event.pay = pay;
    return tx_publish(tx, 0, MSG(STATEMENT_ISSUED), event.unit, &event.base, err);
}

static int publish_statements(struct incentive *state, struct tx *tx, const struct closing_row *row,
                              const struct statement_row *statements, struct err *err)
{
    for (size_t i = 0; i < row->statements; i++)
        if (closing_publish_statement(state, tx, row->period, statements[i].unit_id, statements[i].hash, false, err) !=
            0)
            return -1;
    return 0;
}

static int close_period(struct incentive *state, struct tx *tx, const struct ref_period *period,
                        Bihuan__Closing *closing, struct err *err)
{
    struct closing_row row = { .period_id = period->id,
                               .period = period->code,
                               .from_day = period->from_day,
                               .until_day = period->until_day,
                               .closed_at = tx_now(tx),
                               .closed_by = tx_principal(tx) ? tx_principal(tx)->person : "" };
    char *hash = arena_alloc(tx_arena(tx), HASH_TEXT);
    struct card_choice chosen = state_cards_of(state, period, tx_arena(tx));
    struct score_sums have = scoring_sums(state);
    struct statement_row *statements;
    struct scoring scoring;

    state_write(state);
    if (joins_finish(tx, err) != 0 || credit_rows_write(&state->rows, tx, err) != 0 ||
        entry_rows_write(&state->crediting.rows, tx, err) != 0 || state_fill_slices(state, tx, err) != 0 ||
        score_all(state->refdata, &have, chosen.cards, chosen.count, period, period->until_day - 1, tx_arena(tx),
                  &scoring, err) != 0 ||
        make_statements(state, tx, &scoring, &statements, hash, err) != 0)
        return -1;
    row.statements = (uint32_t)scoring.count;
    row.hash = hash;
    state_add_closed(state, period->id, period->from_day, period->until_day);
    if (scoring_store(state, tx, &scoring, err) != 0 || closing_store_put(tx, &row, statements, err) != 0 ||
        state_load_carries(state, tx, err) != 0)
        return -1;
    state->dirty = true;
    return publish_statements(state, tx, &row, statements, err) != 0 ? -1 : publish_closed(tx, &row, closing, err);
}

int closing_request(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = state_of(tx);
    Bihuan__ClosePeriodReply reply = BIHUAN__CLOSE_PERIOD_REPLY__INIT;
    Bihuan__Closing closing;
    const struct ref_period *period = NULL;

    if (check(state, tx, message, &period, err) != 0)
        return -1;
    if (close_period(state, tx, period, &closing, err) != 0) {
        if (err->cls != ERR_UNAVAILABLE && err->cls != ERR_FENCED)
            err->cls = ERR_INTERNAL; /* credits of other events are written by now: nothing may roll back alone */
        return -1;
    }
    reply.closing = &closing;
    return tx_reply(tx, &reply.base, err);
}
