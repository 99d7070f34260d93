/* documents_diff: see documents_diff.h. */
#include "refdata/documents_diff.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define SHOWN_MAX 300 /* bytes of a value */

static void print_message(struct buf *out, const ProtobufCMessage *message);

/* One value of any type; NULL messages and texts are "". */
static void print_value(struct buf *out, const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        buf_printf(out, "\"%s\"", *(char *const *)at ? *(char *const *)at : "");
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        print_message(out, *(ProtobufCMessage *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        buf_printf(out, "%zu bytes", ((const ProtobufCBinaryData *)at)->len);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buf_append_text(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT32:
        buf_printf(out, "%" PRId32, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT64:
        buf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        buf_printf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    default:
        buf_printf(out, "%" PRIu32, *(const uint32_t *)at);
    }
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(int64_t);
    default:
        return sizeof(int32_t);
    }
}

static bool is_list(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static size_t count_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return is_list(field) ? *(const size_t *)(const void *)((const char *)message + field->quantifier_offset) : 1;
}

static const void *element(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t index)
{
    const char *member = (const char *)message + field->offset;

    return is_list(field) ? *(const char *const *)(const void *)member + index * size_of(field) : member;
}

/* "{parent: "C2", from: "2026-11-01"}": what isn't empty. */
static void print_message(struct buf *out, const ProtobufCMessage *message)
{
    bool any = false;

    buf_append_text(out, "{");
    for (unsigned i = 0; message && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

        for (size_t n = 0; n < count_of(message, field); n++) {
            struct buf value = { 0 };

            print_value(&value, field, element(message, field, n));
            if (strcmp(buf_text(&value), "\"\"") != 0 && strcmp(buf_text(&value), "0") != 0 &&
                strcmp(buf_text(&value), "{}") != 0 && strcmp(buf_text(&value), "false") != 0)
                buf_printf(out, "%s%s: %s", any ? ", " : "", field->name, buf_text(&value));
            any = any || out->data[out->len - 1] != '{';
            buf_fini(&value);
        }
    }
    buf_append_text(out, "}");
}

/* Every element as text; the array and the texts are in the arena. */
static const char **elements(struct arena *arena, const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field)
{
    size_t count = count_of(message, field);
    const char **texts = arena_array(arena, const char *, count);

    for (size_t i = 0; i < count; i++) {
        struct buf text = { 0 };

        print_value(&text, field, element(message, field, i));
        texts[i] = arena_strdup(arena, buf_text(&text));
        buf_fini(&text);
    }
    return texts;
}

/* At most SHOWN_MAX bytes, cut between characters. */
static void print_short(struct buf *out, const char *text)
{
    size_t len = strlen(text);

    if (len <= SHOWN_MAX) {
        buf_append_text(out, text);
        return;
    }
    for (len = SHOWN_MAX; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    buf_append(out, text, len);
    buf_append_text(out, "...");
}

/* Elements of `from` that `other` hasn't, each after `sign`. Returns how many there are. */
static size_t print_missing(struct buf *out, const char *const *from, size_t from_count, const char *const *other,
                            size_t other_count, char sign, size_t shown)
{
    size_t missing = 0;

    for (size_t i = 0; i < from_count; i++) {
        bool there = false;

        for (size_t k = 0; k < other_count && !there; k++)
            there = strcmp(from[i], other[k]) == 0;
        if (there)
            continue;
        if (shown + missing++ < DOCUMENTS_DIFF_PARTS) {
            buf_printf(out, " %c ", sign);
            print_short(out, from[i]);
        }
    }
    return missing;
}

static void print_list(struct buf *out, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *old,
                       const ProtobufCMessage *now)
{
    size_t before = count_of(old, field), after = count_of(now, field), count;
    const char **x, **y;
    struct buf parts = { 0 };
    struct arena arena;

    arena_init(&arena);
    x = elements(&arena, old, field);
    y = elements(&arena, now, field);
    count = print_missing(&parts, x, before, y, after, '-', 0);
    count += print_missing(&parts, y, after, x, before, '+', count);
    if (count > DOCUMENTS_DIFF_PARTS)
        buf_printf(&parts, " and %zu more", count - DOCUMENTS_DIFF_PARTS);
    if (count)
        buf_printf(out, "%s%s:%s", out->len ? "; " : "", field->name, buf_text(&parts));
    buf_fini(&parts);
    arena_fini(&arena);
}

static void print_field(struct buf *out, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *old,
                        const ProtobufCMessage *now)
{
    struct buf x = { 0 }, y = { 0 };

    print_value(&x, field, element(old, field, 0));
    print_value(&y, field, element(now, field, 0));
    if (strcmp(buf_text(&x), buf_text(&y)) != 0) {
        buf_printf(out, "%s%s: ", out->len ? "; " : "", field->name);
        print_short(out, buf_text(&x));
        buf_append_text(out, " -> ");
        print_short(out, buf_text(&y));
    }
    buf_fini(&x);
    buf_fini(&y);
}

char *documents_diff(struct arena *arena, const ProtobufCMessage *old, const ProtobufCMessage *now)
{
    const ProtobufCMessageDescriptor *d = now->descriptor;
    struct buf out = { 0 };
    char *text;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &d->fields[i];

        if (strcmp(field->name, "id") == 0 || strcmp(field->name, "secret") == 0)
            continue;
        if (is_list(field))
            print_list(&out, field, old, now);
        else
            print_field(&out, field, old, now);
    }
    if (!out.len)
        buf_append_text(&out, "its parts changed");
    text = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}
