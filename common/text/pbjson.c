/* pbjson: messages to JSON, and the words of enums; see pbjson.h. Reading is in pbjson_read.c. */
#include "text/pbjson.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "text/base64.h"
#include "text/pbjson_internal.h"

/* Length of the prefix "ALERT_STATE_" of a value's name, when it's AlertState in that form; else 0. */
static size_t prefix_len(const char *enum_name, const char *value_name)
{
    size_t at = 0;

    for (size_t i = 0; enum_name[i]; i++) {
        char c = enum_name[i];
        bool starts_word = i && isupper((unsigned char)c) &&
                           (!isupper((unsigned char)enum_name[i - 1]) || islower((unsigned char)enum_name[i + 1]));

        if (starts_word && enum_name[i - 1] != '_' && value_name[at++] != '_')
            return 0;
        if (value_name[at++] != toupper((unsigned char)c))
            return 0;
    }
    return value_name[at] == '_' && value_name[at + 1] ? at + 1 : 0;
}

static void word_of(const ProtobufCEnumDescriptor *descriptor, const char *value_name, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s", value_name + prefix_len(descriptor->short_name, value_name));
    for (; *buf; buf++)
        *buf = (char)tolower((unsigned char)*buf);
}

void pbjson_enum_word(const ProtobufCEnumDescriptor *descriptor, int value, char *buf, size_t cap)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(descriptor, value);

    if (known)
        word_of(descriptor, known->name, buf, cap);
    else
        snprintf(buf, cap, "%d", value);
}

int pbjson_enum_value(const ProtobufCEnumDescriptor *descriptor, const char *word, int *out)
{
    char known[128];

    for (unsigned i = 0; i < descriptor->n_value_names; i++) {
        const ProtobufCEnumValueIndex *name = &descriptor->values_by_name[i];

        word_of(descriptor, name->name, known, sizeof known);
        if (strcmp(known, word) == 0) {
            *out = descriptor->values[name->index].value;
            return 0;
        }
    }
    return -1;
}

static void write_enum(const ProtobufCEnumDescriptor *descriptor, int value, struct json_out *out)
{
    char word[128];

    if (!protobuf_c_enum_descriptor_get_value(descriptor, value)) {
        json_out_int(out, value);
        return;
    }
    pbjson_enum_word(descriptor, value, word, sizeof word);
    json_out_text(out, word);
}

static void write_bytes(const ProtobufCBinaryData *bytes, struct json_out *out)
{
    struct buf text = { 0 };

    base64_encode(bytes->data, bytes->len, &text);
    json_out_text_n(out, buf_text(&text), text.len);
    buf_fini(&text);
}

static void write_message(const ProtobufCMessage *message, pbjson_leave_fn *leave, struct json_out *out);

static void write_value(const ProtobufCFieldDescriptor *field, const void *at, pbjson_leave_fn *leave,
                        struct json_out *out)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        json_out_int(out, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        json_out_int(out, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        json_out_uint(out, *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        json_out_uint(out, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        json_out_double(out, (double)*(const float *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        json_out_double(out, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        json_out_bool(out, *(const protobuf_c_boolean *)at);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(field->descriptor, *(const int32_t *)at, out);
        break;
    case PROTOBUF_C_TYPE_STRING:
        json_out_text(out, *(char *const *)at ? *(char *const *)at : "");
        break;
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(at, out);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (*(ProtobufCMessage *const *)at)
            write_message(*(ProtobufCMessage *const *)at, leave, out);
        else
            json_out_null(out);
        break;
    }
}

size_t pbjson_element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

static void write_repeated(const ProtobufCFieldDescriptor *field, const uint8_t *base, pbjson_leave_fn *leave,
                           struct json_out *out)
{
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const uint8_t *items = *(const uint8_t *const *)(const void *)(base + field->offset);

    json_out_array(out);
    for (size_t i = 0; i < count; i++)
        write_value(field, items + i * pbjson_element_size(field->type), leave, out);
    json_out_array_end(out);
}

/* An optional field of proto3 that isn't set; for text and submessages the pointer says so. */
static bool is_absent(const ProtobufCFieldDescriptor *field, const uint8_t *base)
{
    if (field->label != PROTOBUF_C_LABEL_OPTIONAL)
        return false;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *pointer = *(void *const *)(const void *)(base + field->offset);
        return !pointer || pointer == field->default_value;
    }
    return !*(const protobuf_c_boolean *)(const void *)(base + field->quantifier_offset);
}

static void write_message(const ProtobufCMessage *message, pbjson_leave_fn *leave, struct json_out *out)
{
    const uint8_t *base = (const uint8_t *)message;
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;

    json_out_object(out);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

        if (leave && leave(field))
            continue;
        json_out_key(out, field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            write_repeated(field, base, leave, out);
        else if (is_absent(field, base))
            json_out_null(out);
        else
            write_value(field, base + field->offset, leave, out);
    }
    json_out_object_end(out);
}

void pbjson_write(const ProtobufCMessage *message, struct json_out *out)
{
    write_message(message, NULL, out);
}

void pbjson_write_but(const ProtobufCMessage *message, pbjson_leave_fn *leave, struct json_out *out)
{
    write_message(message, leave, out);
}
