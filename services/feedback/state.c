/* state: see state.h. */
#include "feedback/state.h"

#include "feedback/facts/fact_store.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/reference/reference_store.h"

#include <stdio.h>

static int build(struct tx *tx, struct snapshot **out, struct err *err)
{
    struct runtime *rt = tx_runtime(tx);
    struct snapshot *snapshot = snapshot_new(runtime_money_scale(rt));

    snapshot->planning_seq = tx_position(tx, "planning", 0);
    if (reference_store_load(tx_db(tx), tx_arena(tx), snapshot->reference, err) != 0 ||
        feed_store_load(tx, snapshot, err) != 0) {
        snapshot_drop(&snapshot);
        return -1;
    }
    reference_seal(snapshot->reference);
    *out = snapshot;
    return 0;
}

int state_snapshot(struct tx *tx, const struct snapshot **out, struct err *err)
{
    struct feedback *feedback = tx_state(tx);
    struct snapshot *built = NULL;

    if (feedback->dirty || !feedback->current) {
        if (build(tx, &built, err) != 0)
            return -1;
        snapshot_drop(&feedback->current);
        feedback->current = built;
        feedback->dirty = false;
    }
    *out = feedback->current;
    return 0;
}

struct snapshot *state_shown(struct feedback *feedback)
{
    struct snapshot *shown;

    pthread_mutex_lock(&feedback->lock);
    shown = snapshot_hold(feedback->shown);
    pthread_mutex_unlock(&feedback->lock);
    return shown;
}

static void show(struct feedback *feedback, struct snapshot *snapshot)
{
    struct snapshot *old;

    pthread_mutex_lock(&feedback->lock);
    old = feedback->shown;
    feedback->shown = snapshot_hold(snapshot);
    pthread_mutex_unlock(&feedback->lock);
    snapshot_drop(&old);
}

int state_filter(struct tx *tx, uint16_t bucket, struct filter **out, struct err *err)
{
    struct feedback *feedback = tx_state(tx);

    if (!feedback->filters[bucket] && fact_store_filters(tx, feedback->filters, err) != 0)
        return -1;
    *out = feedback->filters[bucket];
    return 0;
}

int state_load(struct tx *tx, struct err *err)
{
    const struct snapshot *snapshot;
    struct feedback *feedback = tx_state(tx);

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    show(feedback, feedback->current);
    return 0;
}

void state_drop(struct runtime *rt)
{
    struct feedback *feedback = runtime_state(rt);

    show(feedback, NULL);
    feedback->last_file = 0;
    feedback->retake_asking = false;
    snapshot_drop(&feedback->current);
    for (size_t i = 0; i < BUCKETS_MAX; i++)
        filter_destroy(&feedback->filters[i]);
}

int state_before_commit(struct tx *tx, struct err *err)
{
    const struct snapshot *snapshot;

    return state_snapshot(tx, &snapshot, err);
}

void state_after_commit(struct runtime *rt)
{
    struct feedback *feedback = runtime_state(rt);

    feedback->retake_asked |= feedback->retake_asking;
    if (feedback->current != feedback->shown) /* only this thread writes either */
        show(feedback, feedback->current);
}
