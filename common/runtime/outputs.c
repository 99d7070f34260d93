/* outputs: what writer and readers hand to the loop for sending. See runtime_internal.h. */
#include "bus/wire.h"
#include "runtime/runtime_internal.h"

#include <stdlib.h>

void output_free(struct output *output)
{
    if (!output)
        return;
    free(output->identity.data);
    free(output->envelope.data);
    free(output->payload.data);
    free(output);
}

void runtime_output(struct runtime *rt, struct output *list)
{
    struct output *last = list;

    if (!list)
        return;
    while (last->next)
        last = last->next;
    pthread_mutex_lock(&rt->output_lock);
    if (rt->output_last)
        rt->output_last->next = list;
    else
        rt->output_first = list;
    rt->output_last = last;
    pthread_mutex_unlock(&rt->output_lock);
    uv_async_send(&rt->wake);
}

struct output *output_reply(const struct frame *identity, bus_reply_fn *reply, void *reply_arg, const char *request_id,
                            uint32_t status, const void *payload, size_t len)
{
    struct output *output = calloc(1, sizeof *output);
    Bihuan__ReplyEnvelope envelope = BIHUAN__REPLY_ENVELOPE__INIT;
    struct buf packed = { 0 };

    if (!output)
        abort();
    output->kind = OUTPUT_REPLY;
    output->status = status;
    output->reply = reply;
    output->reply_arg = reply_arg;
    output->payload = frame_copy(payload, len);
    if (!reply) {
        envelope.id = (char *)(uintptr_t)request_id;
        envelope.status = status;
        wire_pack(&envelope.base, &packed);
        output->identity = frame_copy(identity->data, identity->len);
        output->envelope = (struct frame) { packed.data, packed.len };
    }
    return output;
}
