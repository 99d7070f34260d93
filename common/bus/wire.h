/* wire: from messages to bytes on the bus and back: packing, compression, envelopes. */
#ifndef BIHUAN_BUS_WIRE_H
#define BIHUAN_BUS_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include "bihuan/envelope.pb-c.h"

/* Topics: an event goes out on "<service>.<bucket>."; readers subscribe to "<service>.". Heartbeats on "hb.". */
#define WIRE_HEARTBEAT_TOPIC "hb."

/* Payloads above this are compressed with zstd level 1. */
#define WIRE_COMPRESS_ABOVE 1024

/* Packs `message` behind what `out` holds, compressed where it pays; fills codec and raw_len of the envelope. */
int wire_pack_payload(const ProtobufCMessage *message, Bihuan__Envelope *envelope, struct buf *out, struct err *err);

/* The payload as it was packed: borrowed from `payload`, or decompressed into the arena. */
int wire_open_payload(const Bihuan__Envelope *envelope, const uint8_t *payload, size_t len, struct arena *arena,
                      const uint8_t **out, size_t *out_len, struct err *err);

/* Appends the packed message. */
void wire_pack(const ProtobufCMessage *message, struct buf *out);

#endif
