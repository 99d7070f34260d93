/* statement: see statement.h. This file: what a statement says; statement_query.c: asking for one. */
#include "incentive/statements/statement.h"

#include "incentive/scoring/explain.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- late facts ------------------------------------------------------------------------------------------------------
 */

struct late_call {
    struct late_sums *sums;
    const struct tree *tree;
    uint32_t only;
};

static void add_late(struct late_sums *sums, uint32_t unit_id, uint32_t late_for, uint32_t measure, int64_t value)
{
    if (sums->count == sums->cap) {
        sums->cap = sums->cap ? sums->cap * 2 : 256;
        sums->list = realloc(sums->list, sums->cap * sizeof *sums->list);
        if (!sums->list)
            abort();
    }
    sums->list[sums->count++] = (struct late_sum) { unit_id, late_for, measure, value };
}

/* To the unit and to all above it on the day. */
static int take_late(void *arg, const struct credit_found *row, struct err *err)
{
    struct late_call *call = arg;

    (void)err;
    for (uint32_t u = row->unit_id; u != TREE_NONE; u = tree_parent(call->tree, u, row->counts_day))
        for (size_t at = 0; at + CREDIT_PAIR_LEN <= row->pairs_len; at += CREDIT_PAIR_LEN) {
            uint16_t measure;
            int64_t value;

            credit_read_pair(row->pairs + at, &measure, &value);
            if (!call->only || call->only == u)
                add_late(call->sums, u, row->late_for, measure, value);
        }
    return 0;
}

static int by_key(const void *pa, const void *pb)
{
    const struct late_sum *a = pa, *b = pb;

    if (a->unit_id != b->unit_id)
        return a->unit_id < b->unit_id ? -1 : 1;
    if (a->late_for != b->late_for)
        return a->late_for < b->late_for ? -1 : 1;
    return (a->measure > b->measure) - (a->measure < b->measure);
}

static void merge(struct late_sums *sums)
{
    size_t kept = 0;

    if (sums->count)
        qsort(sums->list, sums->count, sizeof *sums->list, by_key);
    for (size_t i = 0; i < sums->count; i++) {
        if (kept && by_key(&sums->list[kept - 1], &sums->list[i]) == 0)
            sums->list[kept - 1].value = fixed_add_saturated(sums->list[kept - 1].value, sums->list[i].value);
        else
            sums->list[kept++] = sums->list[i];
    }
    sums->count = kept;
}

int late_sums_load(struct late_sums *sums, const struct incentive *state, struct tx *tx, int32_t from_day,
                   int32_t to_day, uint32_t only, struct err *err)
{
    struct late_call call = { sums, refdata_tree(state->refdata), only };

    *sums = (struct late_sums) { 0 };
    if (credit_store_each_late(tx, from_day, to_day, take_late, &call, err) != 0) {
        late_sums_fini(sums);
        return -1;
    }
    merge(sums);
    return 0;
}

void late_sums_fini(struct late_sums *sums)
{
    free(sums->list);
    *sums = (struct late_sums) { 0 };
}

static size_t first_of(const struct late_sums *late, uint32_t unit_id)
{
    size_t lo = 0, hi = late->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (late->list[mid].unit_id < unit_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* --- the statement ---------------------------------------------------------------------------------------------------
 */

static Bihuan__Adjustment *adjustment(const struct incentive *state, struct tx *tx, const struct late_sum *sum,
                                      const struct ref_period *period, bool zh)
{
    const struct ref_period *late_for = refdata_period(state->refdata, sum->late_for);
    const struct ref_measure *measure = refdata_measure(state->refdata, sum->measure);
    Bihuan__Adjustment *out = arena_new(tx_arena(tx), Bihuan__Adjustment);

    bihuan__adjustment__init(out);
    out->period = late_for ? late_for->code : (char *)(uintptr_t) "";
    out->booked_in = period->code;
    out->measure = measure ? measure->code : (char *)(uintptr_t) "";
    out->value = sum->value;
    out->cause = (char *)(uintptr_t)(zh ? "该周期关账后到达" : "came after the period was closed");
    return out;
}

static void add_adjustments(Bihuan__Statement *out, const struct incentive *state, struct tx *tx, uint32_t unit_id,
                            const struct ref_period *period, const struct late_sums *late, bool zh)
{
    size_t first = first_of(late, unit_id);
    size_t count = 0;

    while (first + count < late->count && late->list[first + count].unit_id == unit_id)
        count++;
    out->adjustments = arena_array(tx_arena(tx), Bihuan__Adjustment *, count + 1);
    for (size_t i = 0; i < count; i++)
        out->adjustments[out->n_adjustments++] = adjustment(state, tx, &late->list[first + i], period, zh);
}

static char *day_text(struct arena *arena, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(arena, text);
}

Bihuan__Statement *statement_make(const struct incentive *state, struct tx *tx, const struct scored_unit *unit,
                                  const struct ref_period *period, int32_t as_of, const struct late_sums *late, bool zh)
{
    Bihuan__Statement *out = arena_new(tx_arena(tx), Bihuan__Statement);

    bihuan__statement__init(out);
    out->score = score_message(unit, state->refdata, period, as_of, tx_arena(tx));
    explain_score(out->score, unit, state->refdata, phasing_at_day_end(&period->curve, as_of), zh, tx_arena(tx));
    out->period_from = day_text(tx_arena(tx), period->from_day);
    out->period_until = day_text(tx_arena(tx), period->until_day);
    add_adjustments(out, state, tx, unit->unit_id, period, late, zh);
    return out;
}

/* --- cursors ---------------------------------------------------------------------------------------------------------
 */

char *statement_cursor_print(const struct statement_cursor *c, struct arena *arena)
{
    return arena_printf(arena,
                        "%u:%" PRId64 ":%" PRId64 ":%" PRId64 ":%" PRIu64 ":%d:%d:%d:%u:%" PRIu64 ":%hd:%d:%zu:%s%s",
                        c->line, c->running, c->total, c->points, c->count, c->place.counts_day, c->place.version,
                        c->place.taken_back, c->place.unit_id, c->place.source_seq, c->place.source_row,
                        c->place.entry_no, strlen(c->place.sender), c->place.sender, c->place.record_key);
}

int statement_cursor_parse(const char *text, struct arena *arena, struct statement_cursor *out, struct err *err)
{
    struct statement_cursor c = { 0 };
    size_t sender_len = 0;
    int taken_back = 0, at = 0;

    if (sscanf(text, "%u:%" SCNd64 ":%" SCNd64 ":%" SCNd64 ":%" SCNu64 ":%d:%d:%d:%u:%" SCNu64 ":%hd:%d:%zu:%n",
               &c.line, &c.running, &c.total, &c.points, &c.count, &c.place.counts_day, &c.place.version, &taken_back,
               &c.place.unit_id, &c.place.source_seq, &c.place.source_row, &c.place.entry_no, &sender_len, &at) != 13 ||
        !at || strlen(text + at) < sender_len)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor isn't one that was given: begin without one");
    c.place.taken_back = taken_back != 0;
    c.place.sender = arena_strndup(arena, text + at, sender_len);
    c.place.record_key = arena_strdup(arena, text + at + sender_len);
    *out = c;
    return 0;
}
