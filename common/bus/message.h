/* message: the registry of message types: number, name, descriptors of request and reply. */
#ifndef BIHUAN_BUS_MESSAGE_H
#define BIHUAN_BUS_MESSAGE_H

#include "base/arena.h"
#include "base/err.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "bihuan/types.pb-c.h"

/* Short form: MSG(FACTS_RECORDED) is BIHUAN__MESSAGE_TYPE__MESSAGE_TYPE_FACTS_RECORDED. */
#define MSG(name) BIHUAN__MESSAGE_TYPE__MESSAGE_TYPE_##name

enum message_kind { MESSAGE_EVENT, MESSAGE_REQUEST };

struct message_type {
    uint32_t type;
    const char *name;        /* "FACTS_RECORDED" */
    const char *service;     /* which daemon writes the event or answers the request; "" every one */
    enum message_kind kind;
    const ProtobufCMessageDescriptor *payload;
    const ProtobufCMessageDescriptor *reply; /* NULL for events */
};

/* NULL where the number isn't known. */
const struct message_type *message_type_find(uint32_t type);
const struct message_type *message_type_by_name(const char *name);

/* A payload larger than this is refused on both ends. */
#define MESSAGE_MAX_LEN ((size_t)4 << 20)

/* Unpacks into the arena. Texts are checked for UTF-8 (PostgreSQL would refuse them later); sizes for MESSAGE_MAX_LEN. */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t len, struct arena *arena,
                   ProtobufCMessage **out, struct err *err);

#endif
