/* rebuild: acts done again, when the events before them are there; see acts.h. */
#include "incentive/acts/acts.h"

#include "incentive/acts/act_store.h"
#include "incentive/contracts/contracts.h"
#include "incentive/crediting/recredit.h"
#include "incentive/state.h"
#include "obs/log.h"

#include <string.h>

#define STEP_US 500000 /* of one transaction */

static int begin(struct acts *acts, struct tx *tx, struct err *err)
{
    bool empty;

    if (act_store_is_empty(tx, &empty, err) != 0)
        return -1;
    if (empty && !tx_head(tx, 0))
        return 0; /* its own stream has still to be put there, while no daemon runs */
    acts->wanted = false;
    if (!empty) {
        log_error("rebuild_refused", "reason=\"state is made anew in an empty schema only: take the setting away\"");
        return 0;
    }
    acts->last = tx_head(tx, 0);
    log_info("rebuild_begun", "acts_up_to=%lu", (unsigned long)acts->last);
    acts->act_seq = 0;
    return acts_advance(acts, tx, err);
}

static int do_request(struct tx *tx, const Bihuan__ActTaken *act, struct err *err)
{
    const struct message_type *type = message_type_find(act->type);
    handler_fn *fn = acts_handler(act->type);
    ProtobufCMessage *message = NULL;

    if (!type || !fn)
        return err_set(err, "request %u of the own stream isn't known", act->type);
    if (message_unpack(type->payload, act->payload.data, act->payload.len, tx_arena(tx), &message, err) != 0 ||
        fn(tx, message, err) != 0)
        return -1;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static int do_act(struct tx *tx, const Bihuan__ActTaken *act, struct err *err)
{
    Bihuan__Principal *principal = arena_new(tx_arena(tx), Bihuan__Principal);

    bihuan__principal__init(principal);
    principal->person = act->person;
    principal->permissions = act->permissions;
    principal->n_permissions = act->n_permissions;
    principal->subtree = act->subtree;
    tx_repeat(tx, act->person[0] ? principal : NULL, act->language, act->at);
    if (strcmp(act->kind, "request") == 0)
        return do_request(tx, act, err);
    if (strcmp(act->kind, "recredit") == 0)
        return recredit_to(tx, act->day, err);
    if (strcmp(act->kind, "join") == 0)
        return joins_step(tx, (uint32_t)act->day, err);
    if (strcmp(act->kind, "trip") == 0)
        return contracts_trip(tx, NULL, err);
    return err_set(err, "an act of kind \"%s\" isn't known", act->kind);
}

/* In the order of the acts, each once the events that it met are there. */
static int go_on(struct acts *acts, struct tx *tx, struct err *err)
{
    int64_t began = clock_monotonic_us();

    while (acts->running && strcmp(acts->act->kind, "planning") != 0 && acts_reached(acts, tx) &&
           clock_monotonic_us() - began < STEP_US) {
        if (do_act(tx, acts->act, err) != 0) {
            if (err->cls == ERR_BUSY) { /* facts of this transaction are to be written first */
                err_clear(err);
                return 0;
            }
            return err_prefix(err, "act %lu", (unsigned long)acts->act_seq);
        }
        if (acts_advance(acts, tx, err) != 0)
            return -1;
        if (!acts->running)
            log_info("rebuild_done", "acts_up_to=%lu", (unsigned long)acts->last);
    }
    return 0;
}

int acts_timer(struct tx *tx, const void *unused, struct err *err)
{
    struct incentive *state = state_of(tx);

    (void)unused;
    if (!acts_hold(&state->acts))
        return 0;
    state_write(state);
    if (state->acts.wanted && begin(&state->acts, tx, err) != 0)
        return -1;
    return go_on(&state->acts, tx, err);
}
