/* fuzz: bytes made, broken and reproduced by a seed.
 *
 * BIHUAN_SEED repeats a run (printed at the start); BIHUAN_FUZZ_SECONDS is how long each decoder is fed, 1 or 2 unless
 * set.
 */
#ifndef BIHUAN_TESTS_FUZZ_FUZZ_H
#define BIHUAN_TESTS_FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"
#include "support/seed.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct fuzz {
    uint64_t state;
    uint64_t rounds;
    int64_t until_ms;
};

static inline uint64_t fuzz_next(struct fuzz *fuzz)
{
    uint64_t z = (fuzz->state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* 0 .. below - 1 */
static inline size_t fuzz_below(struct fuzz *fuzz, size_t below)
{
    return below ? (size_t)(fuzz_next(fuzz) % below) : 0;
}

static inline int64_t fuzz_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* `usual`: seconds, unless BIHUAN_FUZZ_SECONDS is set. */
static inline void fuzz_begin_for(struct fuzz *fuzz, int usual)
{
    const char *seconds = getenv("BIHUAN_FUZZ_SECONDS");

    *fuzz = (struct fuzz) { .state = test_seed() };
    fuzz->until_ms = fuzz_now_ms() + (seconds ? strtoll(seconds, NULL, 10) : usual) * 1000;
}

static inline void fuzz_begin(struct fuzz *fuzz)
{
    fuzz_begin_for(fuzz, 2);
}

static inline bool fuzz_more(struct fuzz *fuzz)
{
    return fuzz->rounds++ % 16 != 0 || fuzz_now_ms() < fuzz->until_ms;
}

/* Flips, sets, inserts, removes, doubles and cuts; `words` are texts of the format, NULL-terminated. */
static inline void fuzz_break(struct fuzz *fuzz, struct buf *bytes, const char *const *words)
{
    size_t times = 1 + fuzz_below(fuzz, 4);

    for (size_t i = 0; i < times; i++) {
        size_t at = fuzz_below(fuzz, bytes->len + 1);
        size_t left = bytes->len - at;
        size_t len = fuzz_below(fuzz, left < 40 ? left + 1 : 40);

        switch (fuzz_below(fuzz, 6)) {
        case 0:
            if (left)
                bytes->data[at] ^= (uint8_t)(1U << fuzz_below(fuzz, 8));
            break;
        case 1:
            if (left)
                bytes->data[at] = (uint8_t) "\x00\xff\x7f\x80\n\"{,:\xe4"[fuzz_below(fuzz, 10)];
            break;
        case 2:
            memmove(bytes->data + at, bytes->data + at + len, left - len);
            bytes->len -= len;
            break;
        case 3:
            bytes->len = at;
            break;
        default: {
            char copy[40];
            const char *put = copy;
            size_t count = 0;

            while (words[count])
                count++;
            memcpy(copy, bytes->data + at, len);
            if (count && fuzz_below(fuzz, 2)) {
                put = words[fuzz_below(fuzz, count)];
                len = strlen(put);
            }
            buf_reserve(bytes, len + 1);
            memmove(bytes->data + at + len, bytes->data + at, left);
            memcpy(bytes->data + at, put, len);
            bytes->len += len;
        }
        }
    }
}

/* --- messages --- */

static inline ProtobufCMessage *fuzz_message(struct fuzz *fuzz, const ProtobufCMessageDescriptor *type,
                                             struct arena *arena, int depth);

static inline char *fuzz_text(struct fuzz *fuzz, struct arena *arena)
{
    static const char *const texts[] = { "",           "a",        "unit-17", "\xE4\xB8\xAD\xE6\x96\x87",
                                         "2026-02-30", "\"\\\n\t", "<b>&" };

    return arena_strdup(arena, texts[fuzz_below(fuzz, 7)]);
}

static inline void fuzz_value(struct fuzz *fuzz, const ProtobufCFieldDescriptor *field, void *at, struct arena *arena,
                              int depth)
{
    static const int64_t numbers[] = { 0, 1, -1, 127, 128, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN };
    int64_t number = fuzz_below(fuzz, 2) ? numbers[fuzz_below(fuzz, 10)] : (int64_t)fuzz_next(fuzz);

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = fuzz_text(fuzz, arena);
        break;
    case PROTOBUF_C_TYPE_BYTES: {
        ProtobufCBinaryData *data = at;

        data->len = fuzz_below(fuzz, 9);
        data->data = arena_memdup(arena, "\x00\x01\xff\xfe\x80\x0a\x00\x7f", data->len);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = fuzz_message(fuzz, field->descriptor, arena, depth + 1);
        break;
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumDescriptor *type = field->descriptor;

        *(int *)at = type->values[fuzz_below(fuzz, type->n_values)].value;
        break;
    }
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)(number & 1);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = (double)(number % 1000) / 8;
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        *(float *)at = (float)(number % 1000) / 8;
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        *(int64_t *)at = number;
        break;
    case PROTOBUF_C_TYPE_UINT64: /* JSON's integers end with int64 */
    case PROTOBUF_C_TYPE_FIXED64:
        *(int64_t *)at = number & INT64_MAX;
        break;
    default:
        *(int32_t *)at = (int32_t)number;
    }
}

static inline size_t fuzz_value_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    default:
        return 8;
    }
}

/* A message with something in most of its fields. */
static inline ProtobufCMessage *fuzz_message(struct fuzz *fuzz, const ProtobufCMessageDescriptor *type,
                                             struct arena *arena, int depth)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

    type->message_init(message);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        char *at = (char *)message + field->offset;

        if (!fuzz_below(fuzz, 4) || (field->type == PROTOBUF_C_TYPE_MESSAGE && depth > 3))
            continue;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = fuzz_below(fuzz, 4);
            size_t size = fuzz_value_size(field->type);
            char *items = arena_alloc(arena, size * (count + 1));

            for (size_t k = 0; k < count; k++)
                fuzz_value(fuzz, field, items + k * size, arena, depth);
            *(size_t *)(void *)((char *)message + field->quantifier_offset) = count;
            memcpy(at, &items, sizeof items);
            continue;
        }
        fuzz_value(fuzz, field, at, arena, depth);
        if (field->quantifier_offset && field->label == PROTOBUF_C_LABEL_OPTIONAL &&
            field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_STRING)
            *(protobuf_c_boolean *)((char *)message + field->quantifier_offset) = 1;
    }
    return message;
}

#endif
