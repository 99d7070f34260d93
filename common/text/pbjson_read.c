/* pbjson: JSON to messages; see pbjson.h. */
#include "text/pbjson.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text/base64.h"
#include "text/json_pointer.h"
#include "text/nearest.h"
#include "text/pbjson_internal.h"
#include "text/utf8.h"

struct reader {
    struct arena *arena;
    struct buf pointer;
    int depth;
    struct err *err;
    pbjson_fault_fn *fault; /* NULL: the first fault ends the reading */
    void *arg;
    size_t faults;
};

/* Whether to go on behind a fault. */
static bool goes_on(const struct reader *r)
{
    return r->fault && r->faults < PBJSON_FAULTS_MAX;
}

static int bad(struct reader *r, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int bad(struct reader *r, const char *code, const char *fmt, ...)
{
    char why[320];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    if (r->fault && r->faults < PBJSON_FAULTS_MAX)
        r->fault(r->arg, buf_text(&r->pointer), code, why);
    if (r->faults++)
        return -1; /* the first is what the error says */
    return err_fail(r->err, ERR_INVALID, code, "%.160s: %s", r->pointer.len ? buf_text(&r->pointer) : "/", why);
}

static const char *kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    default:
        return "null";
    }
}

static int wrong(struct reader *r, const json_t *json, const char *wanted)
{
    return bad(r, "wrong_type", "must be %s, not %s", wanted, kind_of(json));
}

static int range(struct reader *r, const char *wanted)
{
    return bad(r, "out_of_range", "does not fit into %s", wanted);
}

/* Decimal digits with an optional minus, nothing else. */
static bool is_decimal(const char *text, size_t len)
{
    size_t sign = len && *text == '-';
    return len > sign && strspn(text + sign, "0123456789") == len - sign;
}

static int read_int64(struct reader *r, const json_t *json, int64_t *out)
{
    if (json_is_integer(json)) {
        *out = json_integer_value(json);
        return 0;
    }
    if (!json_is_string(json) || !is_decimal(json_string_value(json), json_string_length(json)))
        return wrong(r, json, "an integer");
    errno = 0;
    *out = strtoll(json_string_value(json), NULL, 10);
    return errno ? range(r, "a 64-bit integer") : 0;
}

static int read_uint64(struct reader *r, const json_t *json, uint64_t *out)
{
    if (json_is_integer(json)) {
        *out = (uint64_t)json_integer_value(json);
        return json_integer_value(json) < 0 ? range(r, "an unsigned integer") : 0;
    }
    if (!json_is_string(json) || !is_decimal(json_string_value(json), json_string_length(json)))
        return wrong(r, json, "an integer");
    errno = 0;
    *out = strtoull(json_string_value(json), NULL, 10);
    return errno || *json_string_value(json) == '-' ? range(r, "an unsigned 64-bit integer") : 0;
}

static int read_int32(struct reader *r, const json_t *json, int64_t least, int64_t most, void *out)
{
    int64_t value;
    uint32_t bits;

    if (!json_is_integer(json))
        return wrong(r, json, "an integer");
    value = json_integer_value(json);
    if (value < least || value > most)
        return range(r, least ? "a 32-bit integer" : "an unsigned 32-bit integer");
    bits = (uint32_t)value;
    memcpy(out, &bits, 4);
    return 0;
}

static int read_real(struct reader *r, const json_t *json, bool single, void *out)
{
    double value = json_number_value(json);
    float narrow;

    if (!json_is_number(json))
        return wrong(r, json, "a number");
    if (!single) {
        memcpy(out, &value, 8);
        return 0;
    }
    if (fabs(value) > FLT_MAX)
        return range(r, "a single-precision number");
    narrow = (float)value;
    memcpy(out, &narrow, 4);
    return 0;
}

static int read_text(struct reader *r, const json_t *json, char **out)
{
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);

    if (!json_is_string(json))
        return wrong(r, json, "text");
    if (memchr(text, 0, len))
        return bad(r, "bad_text", "text holds a NUL character");
    if (!utf8_valid(text, len))
        return bad(r, "bad_text", "text is not valid UTF-8");
    *out = arena_strndup(r->arena, text, len);
    return 0;
}

static int read_bytes(struct reader *r, const json_t *json, ProtobufCBinaryData *out)
{
    struct buf bytes = { 0 };
    int rc = 0;

    if (!json_is_string(json))
        return wrong(r, json, "base64 text");
    if (base64_decode(json_string_value(json), json_string_length(json), &bytes) != 0) {
        rc = bad(r, "bad_text", "is not base64");
    } else {
        out->len = bytes.len;
        out->data = bytes.len ? arena_memdup(r->arena, bytes.data, bytes.len) : NULL;
    }
    buf_fini(&bytes);
    return rc;
}

static int read_enum(struct reader *r, const json_t *json, const ProtobufCEnumDescriptor *descriptor, void *out)
{
    struct nearest nearest;
    char known[128];
    int value;

    if (!json_is_string(json))
        return wrong(r, json, "a word");
    if (pbjson_enum_value(descriptor, json_string_value(json), &value) == 0) {
        memcpy(out, &value, 4);
        return 0;
    }
    nearest_init(&nearest, json_string_value(json));
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        pbjson_enum_word(descriptor, descriptor->values[i].value, known, sizeof known);
        nearest_offer(&nearest, known);
    }
    return bad(r, "unknown_value", "\"%.60s\" is not known%s", json_string_value(json), nearest_hint(&nearest));
}

static int read_message(struct reader *r, const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                        ProtobufCMessage **out);

static int read_value(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *json, void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return read_int32(r, json, INT32_MIN, INT32_MAX, at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return read_int32(r, json, 0, UINT32_MAX, at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return read_int64(r, json, at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return read_uint64(r, json, at);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_real(r, json, field->type == PROTOBUF_C_TYPE_FLOAT, at);
    case PROTOBUF_C_TYPE_BOOL:
        if (!json_is_boolean(json))
            return wrong(r, json, "true or false");
        *(protobuf_c_boolean *)at = json_is_true(json);
        return 0;
    case PROTOBUF_C_TYPE_ENUM:
        return read_enum(r, json, field->descriptor, at);
    case PROTOBUF_C_TYPE_STRING:
        return read_text(r, json, at);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(r, json, at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return read_message(r, field->descriptor, json, at);
    }
    return bad(r, "wrong_type", "its type is not supported");
}

static int read_repeated(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *json, uint8_t *base)
{
    size_t count = json_array_size(json), pointer_len = r->pointer.len;
    size_t size = pbjson_element_size(field->type);
    uint8_t *items;

    if (!json_is_array(json))
        return wrong(r, json, "an array");
    if (!count)
        return 0;
    items = arena_alloc(r->arena, count * size);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&r->pointer, "/%zu", i);
        if (read_value(r, field, json_array_get(json, i), items + i * size) != 0 && !goes_on(r))
            return -1;
        r->pointer.len = pointer_len;
    }
    if (r->faults) /* what was read is of no use, and may have holes */
        return -1;
    memcpy(base + field->offset, &items, sizeof items);
    memcpy(base + field->quantifier_offset, &count, sizeof count);
    return 0;
}

static int read_field(struct reader *r, const ProtobufCFieldDescriptor *field, const json_t *json, uint8_t *base)
{
    protobuf_c_boolean has = 1;
    bool pointer = field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_repeated(r, field, json, base);
    if (json_is_null(json) && (field->type == PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_OPTIONAL))
        return 0;
    if (read_value(r, field, json, base + field->offset) != 0)
        return -1;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !pointer)
        memcpy(base + field->quantifier_offset, &has, sizeof has);
    return 0;
}

static int unknown_key(struct reader *r, const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    struct nearest nearest;

    nearest_init(&nearest, key);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        nearest_offer(&nearest, descriptor->fields[i].name);
    return bad(r, "unknown_key", "%s has no such key%s", descriptor->short_name, nearest_hint(&nearest));
}

static int read_members(struct reader *r, const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                        uint8_t *base)
{
    size_t pointer_len = r->pointer.len;
    const char *key;
    json_t *value, *object = (json_t *)(uintptr_t)json; /* jansson's iterators take no const */

    json_object_foreach(object, key, value)
    {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, key);

        json_pointer_push(&r->pointer, key);
        if ((field ? read_field(r, field, value, base) : unknown_key(r, descriptor, key)) != 0 && !goes_on(r))
            return -1;
        r->pointer.len = pointer_len;
    }
    return r->faults ? -1 : 0;
}

static int read_message(struct reader *r, const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                        ProtobufCMessage **out)
{
    ProtobufCMessage *message;

    if (!json_is_object(json))
        return wrong(r, json, "an object");
    if (r->depth == PBJSON_DEPTH_MAX)
        return bad(r, "too_deep", "nested deeper than %d levels", PBJSON_DEPTH_MAX);
    message = arena_alloc(r->arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    r->depth++;
    if (read_members(r, descriptor, json, (uint8_t *)message) != 0 && !goes_on(r))
        return -1;
    r->depth--;
    if (r->faults)
        return -1;
    *out = message;
    return 0;
}

int pbjson_read(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                ProtobufCMessage **out, char pointer[PBJSON_POINTER_MAX], struct err *err)
{
    struct reader r = { .arena = arena, .err = err };
    int rc = read_message(&r, descriptor, json, out);

    if (rc != 0 && pointer)
        snprintf(pointer, PBJSON_POINTER_MAX, "%s", buf_text(&r.pointer));
    buf_fini(&r.pointer);
    return rc;
}

int pbjson_read_all(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                    ProtobufCMessage **out, pbjson_fault_fn *fault, void *arg, struct err *err)
{
    struct reader r = { .arena = arena, .err = err, .fault = fault, .arg = arg };
    int rc = read_message(&r, descriptor, json, out);

    buf_fini(&r.pointer);
    return rc;
}

int pbjson_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t len, struct arena *arena,
                 ProtobufCMessage **out, struct err *err)
{
    json_error_t why;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    int rc;

    if (!json)
        return err_fail(err, ERR_INVALID, "bad_json", "line %d, column %d: %s", why.line, why.column, why.text);
    rc = pbjson_read(descriptor, json, arena, out, NULL, err);
    json_decref(json);
    return rc;
}
