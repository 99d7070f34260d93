/* verify: see verify.h. */
#include "incentive/verify.h"

#include "incentive/crediting/entry_check.h"
#include "incentive/crediting/recredit.h"
#include "incentive/scoring/score_store.h"
#include "incentive/scoring/scoring.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DIFFERENCES_MAX 50
#define SETTLE_TRIES    50 /* times 100 ms: how long to wait for a moment without unscored facts */

struct verifying {
    struct incentive *state;
    struct tx *tx;
    Bihuan__VerifyScoresReply *reply;
    bool settled;       /* stored scores should be those of what is booked */
    struct cube *table; /* memory's cells negated, then the table's added: must come to zero */
    uint64_t different;
};

static void differs(struct verifying *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differs(struct verifying *v, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    v->different++;
    if (v->reply->n_differences == DIFFERENCES_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    v->reply->differences[v->reply->n_differences++] = arena_strdup(tx_arena(v->tx), text);
}

/* --- memory against the table ----------------------------------------------------------------------------------------
 */

static void take_negated(uint32_t unit, uint32_t measure, int32_t first_day, const int64_t *values, int32_t day_count,
                         void *arg)
{
    struct verifying *v = arg;

    for (int32_t d = 0; d < day_count; d++)
        if (values[d])
            (void)cube_add(v->table, unit, measure, 0, 0, first_day + d, -values[d], NULL);
}

static int add_row(void *arg, uint32_t unit_id, int32_t day, const uint8_t *pairs, size_t len, struct err *err)
{
    return state_add_pairs(arg, unit_id, day, pairs, len, err);
}

static void check_zero(uint32_t unit, uint32_t measure, int32_t first_day, const int64_t *values, int32_t day_count,
                       void *arg)
{
    for (int32_t d = 0; d < day_count; d++)
        if (values[d]) {
            char day[DATE_TEXT_MAX];

            date_print(day, first_day + d);
            differs(arg, "sums of unit %u, measure %u on %s: the table holds %" PRId64 " more than memory", unit,
                    measure, day, values[d]);
        }
}

/* The same of slices, under the lock: products are read. */
struct slicing {
    struct verifying *v;
    struct cube *table;
};

static int slice_row(void *arg, const struct credit_slim *row, const uint8_t *pairs, size_t len, struct err *err)
{
    const struct slicing *slicing = arg;
    struct incentive *state = slicing->v->state;

    for (size_t at = 0; credit_in_window(row->counts_day) && at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(pairs + at, &measure, &value);
        if (slices_add(&state->slices, slicing->table, state->refdata, row->unit_id, measure, row->channel_id,
                       row->product_id, row->counts_day, value, err) != 0)
            return -1;
    }
    return 0;
}

static int check_slices(struct verifying *v, struct err *err)
{
    struct slicing slicing = { v, NULL };
    struct cube *table = v->table;
    int rc;

    if (!v->state->slices.count || v->state->slices.stale)
        return 0;
    if (cube_new(&slicing.table, CREDIT_FIRST_DAY, CREDIT_LAST_DAY, err) != 0)
        return -1;
    v->table = slicing.table;
    cube_each(v->state->slices.cube, take_negated, v);
    v->table = table;
    rc = credit_store_each_slim(v->tx, slice_row, &slicing, err);
    if (rc == 0)
        cube_each(slicing.table, check_zero, v);
    cube_destroy(&slicing.table);
    return rc;
}

/* --- scores ----------------------------------------------------------------------------------------------------------
 */

struct hashes {
    uint64_t *by_unit;
    uint32_t limit;
};

static void take_hash(void *arg, uint32_t period_id, uint32_t unit_id, uint64_t hash)
{
    struct hashes *hashes = arg;

    (void)period_id;
    if (unit_id < hashes->limit)
        hashes->by_unit[unit_id] = hash;
}

static int check_period(struct verifying *v, const struct ref_period *period, struct err *err)
{
    struct incentive *state = v->state;
    uint32_t limit = refdata_unit_limit(state->refdata);
    struct hashes stored = { arena_array(tx_arena(v->tx), uint64_t, limit + 1), limit };
    struct card_choice chosen = state_cards_of(state, period, tx_arena(v->tx));
    struct score_sums have = scoring_sums(state);
    struct scoring scoring;

    if (score_store_hashes_of(v->tx, period->id, take_hash, &stored, err) != 0 ||
        score_all(state->refdata, &have, chosen.cards, chosen.count, period, scoring_as_of(state, period),
                  tx_arena(v->tx), &scoring, err) != 0)
        return -1;
    for (size_t i = 0; i < scoring.count; i++) {
        size_t len;
        const uint8_t *body = scoring_pack(&scoring.units[i], state->refdata, period, scoring.as_of, tx_arena(v->tx),
                                           &len);

        if (stored.by_unit[scoring.units[i].unit_id] != score_hash(body, len))
            differs(v, "score of unit %s in period %s: stored isn't recomputed",
                    refdata_unit(state->refdata, scoring.units[i].unit_id)->code, period->code);
    }
    return 0;
}

static int check_scores(struct verifying *v, struct err *err)
{
    for (uint32_t i = 1; v->settled && i < refdata_period_limit(v->state->refdata); i++) {
        const struct ref_period *period = refdata_period(v->state->refdata, i);

        if (state_period_runs(v->state, period) && check_period(v, period, err) != 0)
            return -1;
    }
    return 0;
}

/* --- entries against the rules ---------------------------------------------------------------------------------------
 */

struct totals {
    int64_t *values;                /* by unit, then measure */
    struct entry_excluded excluded; /* the same */
    uint32_t units, measures;
};

static void entries_differ(void *arg, const char *text)
{
    differs(arg, "%s", text);
}

static int day_or(const char *text, int32_t otherwise, int32_t *out, struct err *err)
{
    *out = otherwise;
    return text[0] ? date_parse(text, strlen(text), out, err) : 0;
}

/* Under the lock, since rules and tree are read. Nothing to do where there never were rules. */
static int check_credits(struct verifying *v, const Bihuan__VerifyScoresRequest *request, struct totals *totals,
                         struct err *err)
{
    int32_t from, until;

    if (!v->state->crediting.rules.count)
        return 0;
    if (day_or(request->from, 0, &from, err) != 0 || day_or(request->until, CUBE_DAY_MAX / 2, &until, err) != 0)
        return -1;
    return entry_check(v->state, v->tx, request->bucket, from, until, &totals->excluded, entries_differ, v, err);
}

/* --- sums for comparing ----------------------------------------------------------------------------------------------
 */

/* Facts of units or measures that the copy of planning's doesn't know can't be: the planning position was waited for.
 */
static int add_total(void *arg, uint32_t unit_id, int32_t day, const uint8_t *pairs, size_t len, struct err *err)
{
    struct totals *totals = arg;

    (void)day;
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;
        int64_t *total;

        credit_read_pair(pairs + at, &measure, &value);
        if (unit_id >= totals->units || measure >= totals->measures)
            return err_set(err, "a credit of unit %u, measure %u, which planning didn't announce", unit_id, measure);
        total = &totals->values[(size_t)unit_id * totals->measures + measure];
        if (fixed_add(*total, value, total, err) != 0)
            return -1;
    }
    return 0;
}

static int fill_totals(struct verifying *v, const Bihuan__VerifyScoresRequest *request, struct totals *totals,
                       struct err *err)
{
    Bihuan__VerifyScoresReply *reply = v->reply;
    size_t cells = (size_t)totals->units * totals->measures;
    size_t count = 0;
    int32_t from, until;

    if (day_or(request->from, 0, &from, err) != 0 || day_or(request->until, CUBE_DAY_MAX / 2, &until, err) != 0 ||
        credit_store_each_recorded(v->tx, request->bucket, from, until, add_total, totals, err) != 0)
        return -1;
    for (size_t i = 0; i < cells; i++)
        count += totals->values[i] != 0;
    reply->unit_id = arena_array(tx_arena(v->tx), uint32_t, count + 1);
    reply->measure_id = arena_array(tx_arena(v->tx), uint32_t, count + 1);
    reply->value = arena_array(tx_arena(v->tx), int64_t, count + 1);
    reply->excluded = arena_array(tx_arena(v->tx), int64_t, count + 1);
    count = 0;
    for (size_t i = 0; i < cells; i++)
        if (totals->values[i]) {
            reply->unit_id[count] = (uint32_t)(i / totals->measures);
            reply->measure_id[count] = (uint32_t)(i % totals->measures);
            reply->excluded[count] = totals->excluded.values[i];
            reply->value[count++] = totals->values[i];
        }
    reply->n_unit_id = reply->n_measure_id = reply->n_value = reply->n_excluded = count;
    return 0;
}

/* --- the query -------------------------------------------------------------------------------------------------------
 */

/* Takes the lock at a moment when the stored scores are up to date, if one comes. */
static int settle(struct verifying *v, bool wait, struct err *err)
{
    for (int tries = 0;; tries++) {
        struct timespec nap = { 0, 100 * 1000 * 1000 };

        if (state_read(v->state, err) != 0)
            return -1;
        v->settled = !v->state->dirty && !recredit_under_way(v->state) && !joins_under_way(&v->state->joins) &&
                     !v->state->slices.stale && v->state->as_of == scoring_complete_day(v->state, v->tx);
        if (v->settled || !wait || tries == SETTLE_TRIES)
            return 0;
        state_read_done(v->state);
        nanosleep(&nap, NULL);
    }
}

/* Under the lock: positions, memory's sums, scores. The first query begins the snapshot, which shows the same state. */
static int look(struct verifying *v, const Bihuan__VerifyScoresRequest *request, bool all, struct totals *totals,
                struct err *err)
{
    uint32_t buckets = runtime_bucket_count(tx_runtime(v->tx));

    v->reply->seq = arena_array(tx_arena(v->tx), uint64_t, buckets);
    v->reply->n_seq = buckets;
    for (uint32_t b = 0; b < buckets; b++)
        v->reply->seq[b] = tx_position(v->tx, "feedback", (uint16_t)b);
    totals->units = refdata_unit_limit(v->state->refdata);
    totals->measures = refdata_measure_limit(v->state->refdata);
    totals->values = arena_array(tx_arena(v->tx), int64_t, (size_t)totals->units * totals->measures + 1);
    totals->excluded = (struct entry_excluded) { arena_array(tx_arena(v->tx), int64_t,
                                                             (size_t)totals->units * totals->measures + 1),
                                                 totals->units, totals->measures };
    if (db_run(tx_db(v->tx), "SELECT 1 FROM closing LIMIT 1", err) != 0 || check_credits(v, request, totals, err) != 0)
        return -1;
    if (!all)
        return 0;
    cube_each(v->state->cube, take_negated, v);
    return check_slices(v, err) != 0 ? -1 : check_scores(v, err);
}

static int verify(struct verifying *v, const Bihuan__VerifyScoresRequest *request, struct err *err)
{
    bool all = request->bucket == 0;
    struct totals totals;
    int rc;

    if (settle(v, all, err) != 0)
        return -1;
    rc = look(v, request, all, &totals, err);
    state_read_done(v->state);
    if (rc != 0 || fill_totals(v, request, &totals, err) != 0)
        return -1;
    if (!all)
        return 0;
    if (credit_store_each(v->tx, add_row, v->table, err) != 0)
        return -1;
    cube_each(v->table, check_zero, v);
    return 0;
}

int verify_query(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__VerifyScoresReply reply = BIHUAN__VERIFY_SCORES_REPLY__INIT;
    const Bihuan__VerifyScoresRequest *request = message;
    struct verifying v = { .state = state_of(tx), .tx = tx, .reply = &reply };
    int rc;

    if (request->bucket >= runtime_bucket_count(tx_runtime(tx)))
        return err_fail(err, ERR_NOT_FOUND, "no_such_bucket", "there is no bucket %u", request->bucket);
    reply.differences = arena_array(tx_arena(tx), char *, DIFFERENCES_MAX);
    if (cube_new(&v.table, CREDIT_FIRST_DAY, CREDIT_LAST_DAY, err) != 0)
        return -1;
    rc = verify(&v, request, err);
    cube_destroy(&v.table);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
