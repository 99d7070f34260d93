/* recredit: see recredit.h. */
#include "incentive/crediting/recredit.h"

#include "incentive/crediting/booking.h"
#include "obs/log.h"

#include <stdio.h>
#include <string.h>

#define STEP_US 500000 /* of one transaction; a day that was begun is finished */

bool recredit_under_way(const struct incentive *state)
{
    return state->crediting.run.id != 0;
}

/* --- wanting it ------------------------------------------------------------------------------------------------------
 */

struct span {
    int32_t first, until;
};

static void widen(uint32_t unit, uint32_t measure, int32_t first_day, const int64_t *values, int32_t day_count,
                  void *arg)
{
    struct span *span = arg;

    (void)unit;
    (void)measure;
    (void)values;
    if (first_day < span->first)
        span->first = first_day;
    if (first_day + day_count > span->until)
        span->until = first_day + day_count;
}

/* Days that anything counts on. */
static struct span span_of(const struct incentive *state)
{
    struct span span = { INT32_MAX, INT32_MIN };

    cube_each(state->cube, widen, &span);
    return span;
}

int recredit_want(struct incentive *state, struct tx *tx, int32_t from_day, const char *cause, struct err *err)
{
    struct credit_run *run = &state->crediting.run;
    struct span span = span_of(state);

    if (!state->crediting.rules.count || span.first >= span.until || from_day >= span.until)
        return 0;
    if (from_day < span.first)
        from_day = span.first;
    if (!run->id) {
        *run = (struct credit_run) { .at = tx_now(tx), .from_day = from_day, .next_day = from_day };
        snprintf(run->by, sizeof run->by, "%s", tx_principal(tx) ? tx_principal(tx)->person : "");
        snprintf(run->cause, sizeof run->cause, "%s", cause);
    } else if (strcmp(run->cause, cause) != 0) {
        snprintf(run->cause, sizeof run->cause, "several");
    }
    run->from_day = from_day < run->from_day ? from_day : run->from_day;
    run->next_day = from_day < run->next_day ? from_day : run->next_day;
    run->until_day = span.until > run->until_day ? span.until : run->until_day;
    return run_store_put(tx, run, err);
}

/* --- one day ---------------------------------------------------------------------------------------------------------
 */

struct step {
    struct incentive *state;
    struct credit_world world;
};

static int32_t last_no(const struct stored_entry *entries, size_t count)
{
    int32_t last = 0;

    for (size_t i = 0; i < count; i++)
        last = entries[i].no > last ? entries[i].no : last;
    return last;
}

/* Whether something of the row waits for what comes in, or did. */
static bool waits(const struct stored_entry *entries, size_t count, const struct credit_entries *differences)
{
    for (size_t i = 0; i < count; i++)
        if (assign_is_awaiting(entries[i].entry.reason))
            return true;
    for (size_t i = 0; i < differences->count; i++)
        if (assign_is_awaiting(differences->list[i].reason))
            return true;
    return false;
}

static int take_row(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                    const struct stored_entry *entries, size_t count, struct err *err)
{
    struct step *step = arg;
    struct credit_entries *out = &step->state->crediting.entries;
    struct credit_run *run = &step->state->crediting.run;
    int32_t no = last_no(entries, count);

    out->count = 0;
    run->looked += pairs_len / CREDIT_PAIR_LEN;
    run->kept += row->late_for ? pairs_len / CREDIT_PAIR_LEN : 0;
    if (booking_compare(&step->world, row, pairs, pairs_len, entries, count, out, err) != 0)
        return -1;
    if (waits(entries, count, out))
        joins_note(step->state, row);
    for (size_t i = 0; i < out->count; i++) {
        entry_rows_add(&step->state->crediting.rows, row, &out->list[i], ++no, run->id);
        if (booking_sum(step->state, row, &out->list[i], err) != 0)
            return -1;
    }
    run->changed += out->count != 0;
    run->entries += out->count;
    return 0;
}

static bool is_closed_day(const struct incentive *state, int32_t day)
{
    uint32_t late_for;

    return credit_counts_day(state->closed, state->closed_count, day, &late_for) != day;
}

static int do_day(struct incentive *state, struct tx *tx, int32_t day, struct err *err)
{
    struct step step = { state, crediting_world(&state->crediting, state->refdata) };

    if (is_closed_day(state, day))
        return 0;
    if (entry_store_each_of_day(tx, day, take_row, &step, err) != 0 || joins_note_day(state, tx, day, err) != 0)
        return -1;
    return entry_rows_write(&state->crediting.rows, tx, err);
}

static int finish(struct incentive *state, struct tx *tx, struct err *err)
{
    struct credit_run *run = &state->crediting.run;

    run->done = true;
    if (run_store_put(tx, run, err) != 0)
        return -1;
    log_info("credits_worked_out_anew", "run=%u cause=%s looked=%lu changed=%lu entries=%lu", run->id, run->cause,
             (unsigned long)run->looked, (unsigned long)run->changed, (unsigned long)run->entries);
    *run = (struct credit_run) { 0 };
    state->dirty = true;
    return 0;
}

/* Day after day: up to `to_day`, and no longer than STEP_US where that isn't given. */
static int go(struct incentive *state, struct tx *tx, int32_t to_day, struct err *err)
{
    struct credit_run *run = &state->crediting.run;
    int64_t began = clock_monotonic_us();

    state_write(state);
    /* rows of this transaction's facts are looked at as well, so they must be in the table */
    if (credit_rows_write(&state->rows, tx, err) != 0 || entry_rows_write(&state->crediting.rows, tx, err) != 0)
        return -1;
    while (run->next_day < run->until_day &&
           (to_day == NO_DAY ? clock_monotonic_us() - began < STEP_US : run->next_day < to_day)) {
        if (do_day(state, tx, run->next_day, err) != 0)
            return err_prefix(err, "credits worked out anew");
        run->next_day++;
    }
    return 0;
}

static int done_so_far(struct incentive *state, struct tx *tx, struct err *err)
{
    struct credit_run *run = &state->crediting.run;

    return run->next_day < run->until_day ? run_store_put(tx, run, err) : finish(state, tx, err);
}

int recredit_to(struct tx *tx, int32_t to_day, struct err *err)
{
    struct incentive *state = state_of(tx);

    if (!state->crediting.run.id)
        return err_set(err, "no credits are to be worked out anew");
    return go(state, tx, to_day, err) != 0 ? -1 : done_so_far(state, tx, err);
}

int recredit_timer(struct tx *tx, const void *unused, struct err *err)
{
    struct incentive *state = state_of(tx);

    (void)unused;
    if (!state->crediting.run.id || acts_hold(&state->acts))
        return 0;
    if (go(state, tx, NO_DAY, err) != 0 || acts_note(tx, "recredit", state->crediting.run.next_day, err) != 0)
        return -1;
    return done_so_far(state, tx, err);
}
