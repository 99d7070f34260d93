/* wire: see wire.h. */
#include "bus/wire.h"

#include "bus/message.h"

#include <string.h>
#include <zstd.h>

enum { CODEC_NONE = 0, CODEC_ZSTD = 1 };

void wire_pack(const ProtobufCMessage *message, struct buf *out)
{
    size_t len = protobuf_c_message_get_packed_size(message);

    protobuf_c_message_pack(message, buf_reserve(out, len));
    out->len += len;
}

int wire_pack_payload(const ProtobufCMessage *message, Bihuan__Envelope *envelope, struct buf *out, struct err *err)
{
    size_t start = out->len;
    size_t raw_len;
    size_t bound;
    size_t packed;

    wire_pack(message, out);
    raw_len = out->len - start;
    if (raw_len > MESSAGE_MAX_LEN)
        return err_set(err, "event %s of %zu bytes is over the limit of %zu", message->descriptor->name, raw_len,
                       MESSAGE_MAX_LEN);
    envelope->codec = CODEC_NONE;
    envelope->raw_len = (uint32_t)raw_len;
    if (raw_len <= WIRE_COMPRESS_ABOVE)
        return 0;
    bound = ZSTD_compressBound(raw_len);
    buf_reserve(out, bound);
    packed = ZSTD_compress(out->data + out->len, bound, out->data + start, raw_len, 1);
    if (ZSTD_isError(packed) || packed >= raw_len)
        return 0;
    memmove(out->data + start, out->data + out->len, packed);
    out->len = start + packed;
    envelope->codec = CODEC_ZSTD;
    return 0;
}

int wire_open_payload(const Bihuan__Envelope *envelope, const uint8_t *payload, size_t len, struct arena *arena,
                      const uint8_t **out, size_t *out_len, struct err *err)
{
    uint8_t *raw;
    size_t got;

    if (envelope->raw_len > MESSAGE_MAX_LEN || len > MESSAGE_MAX_LEN)
        return err_fail(err, ERR_TOO_LARGE, "message_too_large", "event payload of %u bytes is over the limit",
                        envelope->raw_len);
    if (envelope->codec == CODEC_NONE) {
        *out = payload;
        *out_len = len;
        return 0;
    }
    if (envelope->codec != CODEC_ZSTD)
        return err_fail(err, ERR_INVALID, "bad_codec", "unknown payload codec %u", envelope->codec);
    raw = arena_alloc(arena, envelope->raw_len);
    got = ZSTD_decompress(raw, envelope->raw_len, payload, len);
    if (ZSTD_isError(got) || got != envelope->raw_len)
        return err_fail(err, ERR_INVALID, "bad_payload", "could not decompress the payload of %s/%u/%lu",
                        envelope->stream, envelope->bucket, (unsigned long)envelope->seq);
    *out = raw;
    *out_len = got;
    return 0;
}
