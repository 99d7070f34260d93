/* batch_requests: one request in the writer's transaction: answered, refused, or answered as before. See
 * batch_internal.h. */
#include "runtime/batch_internal.h"

#include "base/hash.h"
#include "bus/wire.h"

#include <string.h>

static uint64_t hash_of(const struct input *input, const Bihuan__RequestEnvelope *envelope)
{
    return hash_bytes(input->payload.data, input->payload.len, envelope->type);
}

/* The answer that was kept for the same request, if any, into tx->reply. */
static int find_answer(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool *found,
                       struct err *err)
{
    uint64_t known_hash = 0;
    uint32_t status = 0;
    const uint8_t *reply = NULL;
    size_t reply_len = 0;

    *found = false;
    if (!envelope->idempotency_key[0])
        return 0;
    if (stream_store_answer(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key, found, &known_hash,
                            &status, &reply, &reply_len, err) != 0)
        return -1;
    if (*found && known_hash != hash_of(input, envelope))
        return err_fail(err, ERR_INVALID, "idempotency_key_reused",
                        "this Idempotency-Key was used for another request; use a new one");
    buf_reset(&tx->reply);
    if (*found)
        buf_append(&tx->reply, reply, reply_len);
    return 0;
}

/* Whether it was answered before: asked now, or, of one that `asks` by itself, together with what it asks; then the
 * transaction fails where there is an answer. */
static int meet_answer(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool asks,
                       bool *found, struct err *err)
{
    *found = false;
    if (!asks)
        return find_answer(tx, input, envelope, found, err);
    return stream_store_expect_unanswered(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key, err);
}

/* Answers from memory of the same request, or runs it. tx->reply is the answer. *asks becomes false where it doesn't
 * come to that: who may not ask isn't told what others were answered either. */
static int answer_request(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool *asks,
                          struct err *err)
{
    bool found, wanted = *asks;

    *asks = false;
    if (tx_check_asker(tx, input->handler, envelope, err) != 0)
        return -1;
    *asks = wanted;
    if (meet_answer(tx, input, envelope, wanted, &found, err) != 0)
        return -1;
    if (found)
        return 0;
    if (tx_call(tx, input->handler, input->payload.data, input->payload.len, err) != 0)
        return -1;
    tx->batch->touched[0] = true;
    if (envelope->idempotency_key[0] &&
        stream_store_keep_answer(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key,
                                 hash_of(input, envelope), 200, tx->reply.data, tx->reply.len, clock_real_us(),
                                 err) != 0)
        return -1;
    return batch_settle(tx, 0, err);
}

static bool is_refusal(const struct err *err)
{
    switch (err->cls) {
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_FORBIDDEN:
    case ERR_UNAUTHORIZED:
    case ERR_TOO_LARGE:
    case ERR_BUSY:
        return true;
    default:
        return false;
    }
}

void batch_reply_problem(struct run *run, const struct tx *tx, const struct input *input, const char *id,
                         const struct err *err)
{
    struct buf out = { 0 };

    tx_pack_problem(tx, err, &out);
    batch_add_output(run, output_reply(&input->identity, input->reply, input->reply_arg, id,
                                       (uint32_t)err_http_status(err->cls), out.data, out.len));
    buf_fini(&out);
}

static void reply_answer(struct run *run, const struct tx *tx, const struct input *input, const char *id)
{
    batch_add_output(
        run, output_reply(&input->identity, input->reply, input->reply_arg, id, 200, tx->reply.data, tx->reply.len));
}

/* What failed is undone; it may have failed because it was answered before. */
static int answer_failed(struct run *run, struct tx *tx, const struct input *input,
                         const Bihuan__RequestEnvelope *envelope, bool asks, struct err *why, struct err *err)
{
    bool found = false;
    struct err none;

    if (!db_alive(tx->db) || (!asks && !is_refusal(why))) {
        *err = *why;
        return -1;
    }
    if (db_savepoint_rollback(tx->db, err) != 0) {
        if (db_alive(tx->db))
            *err = *why; /* what was lost before is the cause */
        return -1;
    }
    err_clear(&none);
    if (asks && find_answer(tx, input, envelope, &found, &none) != 0) {
        *why = none;
        tx->problem_count = 0;
    }
    if (found && none.cls == ERR_NONE) {
        reply_answer(run, tx, input, envelope->id);
        return 0;
    }
    if (!is_refusal(why)) {
        *err = *why;
        return -1;
    }
    batch_reply_problem(run, tx, input, envelope->id, why);
    return 0;
}

int batch_run_request(struct run *run, struct tx *tx, struct input *input, struct err *err)
{
    struct batch *batch = batch_of(run);
    size_t rows = batch->row_count;
    uint64_t heads[BUCKETS_MAX];
    Bihuan__RequestEnvelope *envelope = bihuan__request_envelope__unpack(&tx->arena.allocator, input->envelope.len,
                                                                         input->envelope.data);
    uint64_t writes = db_writes(tx->db);
    bool asks;
    struct err why;

    if (!envelope)
        return 0; /* checked on arrival */
    err_clear(&why);
    memcpy(heads, batch->heads, sizeof heads);
    if (input->due_us < clock_monotonic_us()) {
        err_fail(&why, ERR_DEADLINE, "deadline", "the request waited longer than its deadline");
        batch_reply_problem(run, tx, input, envelope->id, &why);
        return 0;
    }
    if (db_savepoint(tx->db, err) != 0)
        return -1;
    asks = input->handler->asks_first && envelope->idempotency_key[0] && !run->writer->careful;
    if (answer_request(tx, input, envelope, &asks, &why) == 0) {
        reply_answer(run, tx, input, envelope->id);
        return 0;
    }
    batch->row_count = rows;
    memcpy(batch->heads, heads, sizeof heads);
    if (answer_failed(run, tx, input, envelope, asks, &why, err) != 0)
        return -1;
    if (tx->rt->service->memory_follows && db_writes(tx->db) != writes)
        run->refresh = true;
    return 0;
}
