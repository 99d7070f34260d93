/* recount: sums of contributions worked out from the facts' own columns, to compare running results with. */
#include "feedback/measures/contribution.h"
#include "feedback/facts/effect.h"
#include "feedback/handlers.h"
#include "feedback/levels/level_check.h"
#include "feedback/measures/record_walk.h"
#include "feedback/measures/reissue.h"
#include "feedback/measures/distinct_check.h"
#include "feedback/measures/distinct_store.h"
#include "feedback/state.h"

#include "bus/stream_store.h"
#include "text/dates.h"

#include "bihuan/feedback.pb-c.h"

#include <string.h>
#include <uthash.h>

#define PIECE_ROWS 5000
#define FIRST_DAY  (-719162) /* 0001-01-01 */

struct sum {
    UT_hash_handle hh;
    uint64_t unit_measure; /* unit * 2^32 + measure */
    int64_t value;
};

struct recount {
    const struct reference *reference;
    struct arena *arena; /* of the piece */
    struct arena *sums_arena;
    struct sum *sums;
    size_t sum_count;
    int32_t from, until;
    uint64_t facts;
    struct distinct_check distinct;
    struct level_check levels;
};

static void add(struct recount *recount, uint32_t unit, int16_t measure, int64_t value)
{
    uint64_t key = (uint64_t)unit << 32 | (uint16_t)measure;
    struct sum *sum;

    HASH_FIND(hh, recount->sums, &key, sizeof key, sum);
    if (!sum) {
        sum = arena_new(recount->sums_arena, struct sum);
        sum->unit_measure = key;
        HASH_ADD(hh, recount->sums, unit_measure, sizeof key, sum);
        recount->sum_count++;
    }
    sum->value += value;
}

static int count_record(void *arg, struct order_line *rows, size_t count, struct err *err)
{
    struct recount *recount = arg;
    const struct order_line **at = arena_array(recount->arena, const struct order_line *, count);
    struct effect effect;

    (void)err;
    recount->facts += count;
    for (size_t i = 0; i < count; i++) {
        contribution_compute(recount->reference, &rows[i], recount->arena);
        at[i] = &rows[i];
    }
    distinct_check_add(&recount->distinct, effect_live(at, count), recount->arena);
    level_check_add(&recount->levels, effect_live(at, count), recount->arena);
    effect = effect_of(at, count);
    for (int l = 0; l < effect.count; l++) {
        const struct effect_line *line = &effect.lines[l];
        const struct contributions *c = &line->line->contributions;

        for (uint16_t i = 0; line->day >= recount->from && line->day < recount->until && i < c->count; i++)
            add(recount, reference_credited(recount->reference, (uint32_t)c->measures[i], line->line), c->measures[i],
                reference_effect(recount->reference, (uint32_t)c->measures[i], c->values[i], line->line, line->day,
                                 line->negative));
    }
    return 0;
}

static int walk_bucket(struct tx *tx, struct recount *recount, uint16_t bucket, struct err *err)
{
    struct record_walk walk = { .bucket = bucket };
    struct arena arena;
    int rc = 0;

    arena_init(&arena);
    recount->arena = &arena;
    while (rc == 0 && !walk.ended && !runtime_stopping(tx_runtime(tx))) {
        const struct record_walk from = walk;

        arena_reset(&arena);
        rc = record_walk_next(tx, &walk, PIECE_ROWS, &arena, count_record, recount, err);
        if (rc == 0)
            rc = distinct_check_piece(&recount->distinct, &from, &walk, &arena, err);
        if (rc == 0)
            rc = level_check_piece(&recount->levels, &from, &walk, &arena, err);
    }
    recount->arena = NULL;
    arena_fini(&arena);
    return rc;
}

/* Who counts in each group, among the lines that were just found to be those of the facts. */
static int add_distinct(void *arg, uint32_t unit, uint32_t measure, int64_t count, struct err *err)
{
    (void)err;
    add(arg, unit, (int16_t)measure, count);
    return 0;
}

/* What must be told for the readings that hold. */
static void add_change(void *arg, const struct level_line *line, const struct level_change *change)
{
    struct recount *recount = arg;
    const struct order_line credits = { .unit = line->unit, .site = line->site };

    if (change->day >= recount->from && change->day < recount->until)
        add(recount, reference_credited(recount->reference, (uint32_t)change->measure, &credits), change->measure,
            change->value);
}

static char **all_differences(struct tx *tx, const struct recount *recount, size_t *count)
{
    const struct distinct_check *distinct = &recount->distinct;
    const struct level_check *levels = &recount->levels;
    char **all = arena_array(tx_arena(tx), char *, distinct->difference_count + levels->difference_count + 1);

    *count = 0;
    for (size_t i = 0; i < distinct->difference_count; i++)
        all[(*count)++] = distinct->differences[i];
    for (size_t i = 0; i < levels->difference_count; i++)
        all[(*count)++] = levels->differences[i];
    return all;
}

static int reply_sums(struct tx *tx, struct recount *recount, struct err *err)
{
    Bihuan__RecountReply reply = BIHUAN__RECOUNT_REPLY__INIT;
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));
    struct sum *sum, *next;

    reply.unit_id = arena_array(tx_arena(tx), uint32_t, recount->sum_count + 1);
    reply.measure_id = arena_array(tx_arena(tx), uint32_t, recount->sum_count + 1);
    reply.value = arena_array(tx_arena(tx), int64_t, recount->sum_count + 1);
    reply.seq = arena_array(tx_arena(tx), uint64_t, buckets);
    reply.facts = recount->facts;
    HASH_ITER(hh, recount->sums, sum, next)
    {
        if (!sum->value)
            continue;
        reply.unit_id[reply.n_unit_id++] = (uint32_t)(sum->unit_measure >> 32);
        reply.measure_id[reply.n_measure_id++] = (uint32_t)sum->unit_measure;
        reply.value[reply.n_value++] = sum->value;
    }
    reply.n_seq = buckets;
    reply.differences = all_differences(tx, recount, &reply.n_differences);
    if (stream_store_heads(tx_db(tx), reply.seq, buckets, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

static int parse_day(const char *text, int32_t fallback, int32_t *out, struct err *err)
{
    *out = fallback;
    return *text ? date_parse(text, strlen(text), out, err) : 0;
}

/* A bucket whose facts are still being worked out again has no sums to compare with. */
static int check(struct tx *tx, const Bihuan__RecountRequest *request, struct err *err)
{
    bool pending;

    if (request->bucket >= runtime_bucket_count(tx_runtime(tx)))
        return err_fail(err, ERR_NOT_FOUND, "no_such_bucket", "there is no bucket %u", request->bucket);
    if (reissue_pending(tx, (uint16_t)request->bucket, &pending, err) != 0)
        return -1;
    return pending ? err_fail(err, ERR_BUSY, "reissue_running",
                              "contributions are being worked out again after a definition changed; try again later")
                   : 0;
}

int on_recount(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RecountRequest *request = message;
    struct recount recount = { .sums_arena = tx_arena(tx) };
    struct snapshot *snapshot;
    int rc;

    if (check(tx, request, err) != 0 || parse_day(request->from, INT32_MIN, &recount.from, err) != 0 ||
        parse_day(request->until, INT32_MAX, &recount.until, err) != 0)
        return -1;
    snapshot = state_shown(tx_state(tx));
    if (!snapshot)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "this instance is not active; try again");
    recount.reference = snapshot->reference;
    recount.distinct = (struct distinct_check) { .tx = tx, .reference = snapshot->reference };
    recount.levels = (struct level_check) { tx, snapshot->reference, add_change, &recount, { NULL }, 0, NULL, 0, 0 };
    rc = walk_bucket(tx, &recount, (uint16_t)request->bucket, err);
    if (rc == 0 && reference_has_distinct(snapshot->reference))
        rc = distinct_store_sums(tx, (uint16_t)request->bucket, recount.from > FIRST_DAY ? recount.from : FIRST_DAY,
                                 recount.until, add_distinct, &recount, err);
    if (rc == 0)
        rc = reply_sums(tx, &recount, err);
    HASH_CLEAR(hh, recount.sums);
    snapshot_drop(&snapshot);
    return rc;
}
