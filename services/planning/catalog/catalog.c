/* catalog: channels, and what all of the catalog shares: publishing and answering. */
#include "planning/catalog/catalog.h"

#define ITEMS_A_MESSAGE 256

void catalog_require(struct tx *tx, const char *pointer, const char *field, const char *text)
{
    if (!text[0])
        tx_problem(tx, place(tx, pointer, field), "missing_value", "%s must not be empty", field);
}

/* Every list event is {repeated X items = 1}, so one of them can stand for all. */
int catalog_publish(struct tx *tx, uint32_t type, const ProtobufCMessageDescriptor *event,
                    const struct documents_result *result, struct err *err)
{
    for (size_t i = 0; i < result->changed_count; i += ITEMS_A_MESSAGE) {
        size_t count = result->changed_count - i;
        Bihuan__UnitsChanged *message = arena_alloc(tx_arena(tx), event->sizeof_message);

        protobuf_c_message_init(event, message);
        message->n_items = count < ITEMS_A_MESSAGE ? count : ITEMS_A_MESSAGE;
        message->items = (Bihuan__Unit **)(void *)(result->changed + i);
        if (tx_publish(tx, 0, type, "", &message->base, err) != 0)
            return -1;
    }
    return 0;
}

int catalog_finish(struct tx *tx, bool dry_run, const struct documents_result *result, struct err *err)
{
    if (!dry_run && result->changed_count && planning_reload(tx, err) != 0)
        return -1;
    return tx_reply(tx, &result->reply->base, err);
}

static int check_channel(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    const Bihuan__Channel *channel = (const Bihuan__Channel *)item;

    (void)existing;
    (void)err;
    catalog_require(tx, pointer, "name", channel->name);
    return 0;
}

static const struct documents_kind CHANNEL = { "channel", &bihuan__channel__descriptor, check_channel };

int on_apply_channels(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyChannelsRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &CHANNEL, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run &&
        catalog_publish(tx, MSG(CHANNELS_CHANGED), &bihuan__channels_changed__descriptor, &result, err) != 0)
        return -1;
    return catalog_finish(tx, request->dry_run, &result, err);
}
