/* acts: see acts.h. */
#include "incentive/acts/acts.h"

#include "incentive/acts/act_store.h"
#include "incentive/state.h"

#include <stdlib.h>
#include <string.h>

#define PLANNING "planning"

void acts_init(struct acts *acts)
{
    *acts = (struct acts) { 0 };
    arena_init(&acts->arena);
}

void acts_drop(struct acts *acts)
{
    arena_fini(&acts->arena);
    acts_init(acts);
}

static int fetch(struct acts *acts, struct tx *tx, struct err *err)
{
    bool found;

    arena_reset(&acts->arena);
    acts->act = NULL;
    if (act_store_next(tx, acts->next, acts->last, &acts->arena, &acts->act, &acts->act_seq, &found, err) != 0)
        return -1;
    acts->running = found;
    return 0;
}

int acts_load(struct acts *acts, struct tx *tx, struct err *err)
{
    bool begun;

    if (act_store_rebuild(tx, &begun, &acts->next, &acts->last, err) != 0)
        return -1;
    acts->wanted = !begun && runtime_setting_int(tx_runtime(tx), "rebuild");
    return begun && acts->next <= acts->last ? fetch(acts, tx, err) : 0;
}

int acts_advance(struct acts *acts, struct tx *tx, struct err *err)
{
    acts->next = acts->act_seq + 1;
    if (fetch(acts, tx, err) != 0)
        return -1;
    if (!acts->running)
        acts->next = acts->last + 1;
    return act_store_put_rebuild(tx, acts->next, acts->last, err);
}

bool acts_reached(const struct acts *acts, struct tx *tx)
{
    const Bihuan__ActTaken *act = acts->act;

    for (size_t b = 0; b < act->n_feedback_seq; b++)
        if (tx_position(tx, "feedback", (uint16_t)b) < act->feedback_seq[b])
            return false;
    return strcmp(act->kind, PLANNING) == 0 || tx_position(tx, "planning", 0) >= act->planning_seq;
}

static int wait(struct err *err)
{
    return err_fail(err, ERR_BUSY, "wait", "state is being made anew: what was decided before it comes first");
}

/* --- events ----------------------------------------------------------------------------------------------------------
 */

int acts_before_facts(struct tx *tx, struct err *err)
{
    const struct acts *acts = &state_of(tx)->acts;
    uint16_t bucket = tx_bucket(tx);

    if (!acts_hold(acts) || !tx_event(tx))
        return 0;
    if (acts->wanted || (bucket < acts->act->n_feedback_seq && tx_event(tx)->seq > acts->act->feedback_seq[bucket]))
        return wait(err);
    return 0;
}

int acts_before_planning(struct tx *tx, struct err *err)
{
    struct acts *acts = &state_of(tx)->acts;

    if (!acts_hold(acts))
        return acts_note(tx, PLANNING, 0, err);
    if (acts->wanted || strcmp(acts->act->kind, PLANNING) != 0 || !tx_event(tx) ||
        tx_event(tx)->seq != acts->act->planning_seq || !acts_reached(acts, tx))
        return wait(err);
    tx_repeat(tx, NULL, "en", acts->act->at);
    return acts_advance(acts, tx, err);
}

/* --- keeping ---------------------------------------------------------------------------------------------------------
 */

static int publish(struct tx *tx, Bihuan__ActTaken *act, struct err *err)
{
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));

    act->at = tx_now(tx);
    act->language = (char *)(uintptr_t)tx_language(tx);
    act->planning_seq = strcmp(act->kind, PLANNING) == 0 && tx_event(tx) ? tx_event(tx)->seq
                                                                         : tx_position(tx, "planning", 0);
    act->feedback_seq = arena_array(tx_arena(tx), uint64_t, buckets);
    act->n_feedback_seq = buckets;
    for (uint32_t b = 0; b < buckets; b++)
        act->feedback_seq[b] = tx_position(tx, "feedback", (uint16_t)b);
    return tx_publish(tx, 0, MSG(ACT_TAKEN), act->kind, &act->base, err);
}

int acts_note(struct tx *tx, const char *kind, int32_t day, struct err *err)
{
    Bihuan__ActTaken act = BIHUAN__ACT_TAKEN__INIT;

    act.kind = (char *)(uintptr_t)kind;
    act.day = day;
    return publish(tx, &act, err);
}

/* A question what would be changed. */
static bool is_dry(const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor,
                                                                                            "dry_run");

    return field && *(const protobuf_c_boolean *)((const char *)message + field->offset);
}

static int note_request(struct tx *tx, uint32_t type, const ProtobufCMessage *message, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);
    Bihuan__ActTaken act = BIHUAN__ACT_TAKEN__INIT;

    act.kind = (char *)(uintptr_t) "request";
    act.type = type;
    act.payload.len = protobuf_c_message_get_packed_size(message);
    act.payload.data = arena_alloc(tx_arena(tx), act.payload.len + 1);
    protobuf_c_message_pack(message, act.payload.data);
    if (principal) {
        act.person = principal->person;
        act.permissions = principal->permissions;
        act.n_permissions = principal->n_permissions;
        act.subtree = principal->subtree;
    }
    return publish(tx, &act, err);
}

int acts_do(struct tx *tx, uint32_t type, const void *message, handler_fn *fn, struct err *err)
{
    if (acts_hold(&state_of(tx)->acts))
        return err_fail(err, ERR_BUSY, "rebuilding",
                        "scores and pay are being made anew from the streams: try again when that is done");
    if (fn(tx, message, err) != 0)
        return -1;
    return tx_problem_count(tx) || is_dry(message) ? 0 : note_request(tx, type, message, err);
}
