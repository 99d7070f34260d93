/* request: see request.h. */
#include "gateway/request.h"

#include "gateway/problem.h"
#include "text/nearest.h"
#include "text/pbjson.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- one field from text -------------------------------------------------------------------------------------------
 */
static void *field_at(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (char *)message + field->offset;
}

static bool parse_unsigned(const char *text, uint64_t max, uint64_t *out)
{
    char *end;

    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return !errno && *out <= max;
}

static bool parse_signed(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;

    if (!*text || strspn(text, "-0123456789") != strlen(text))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return !errno && !*end && *out >= min && *out <= max;
}

static bool set_bool(protobuf_c_boolean *at, const char *text)
{
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || !*text; /* ?last alone */

    *at = yes;
    return yes || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

/* A repeated text takes one more element. */
static bool set_string(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *text,
                       struct arena *arena)
{
    size_t *count;
    char ***items, **more;

    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        *(char **)field_at(message, field) = arena_strdup(arena, text);
        return true;
    }
    count = (size_t *)(void *)((char *)message + field->quantifier_offset);
    items = field_at(message, field);
    more = arena_array(arena, char *, *count + 1);
    if (*count)
        memcpy(more, *items, *count * sizeof *more);
    more[(*count)++] = arena_strdup(arena, text);
    *items = more;
    return true;
}

/* What a value must be, or NULL when it was set. */
static const char *set_field(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char *text,
                             struct arena *arena)
{
    uint64_t u;
    int64_t i;

    if (field->type == PROTOBUF_C_TYPE_STRING)
        return set_string(message, field, text, arena) ? NULL : "text";
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return "given in the body";
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return set_bool(field_at(message, field), text) ? NULL : "true or false";
    case PROTOBUF_C_TYPE_UINT32:
        if (!parse_unsigned(text, UINT32_MAX, &u))
            return "a whole number, not negative";
        *(uint32_t *)field_at(message, field) = (uint32_t)u;
        return NULL;
    case PROTOBUF_C_TYPE_UINT64:
        if (!parse_unsigned(text, UINT64_MAX, &u))
            return "a whole number, not negative";
        *(uint64_t *)field_at(message, field) = u;
        return NULL;
    case PROTOBUF_C_TYPE_SINT32:
        if (!parse_signed(text, INT32_MIN, INT32_MAX, &i))
            return "a whole number";
        *(int32_t *)field_at(message, field) = (int32_t)i;
        return NULL;
    case PROTOBUF_C_TYPE_SINT64:
        if (!parse_signed(text, INT64_MIN, INT64_MAX, &i))
            return "a whole number";
        *(int64_t *)field_at(message, field) = i;
        return NULL;
    default:
        return "given in the body";
    }
}

/* --- parameters ----------------------------------------------------------------------------------------------------
 */
/* The message that holds the parameter: itself, or its page for limit and cursor. */
static ProtobufCMessage *holder_of(ProtobufCMessage *message, const char *key, struct arena *arena)
{
    const ProtobufCFieldDescriptor *page = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "page");
    ProtobufCMessage **at, *made;

    if (!page || page->type != PROTOBUF_C_TYPE_MESSAGE || (strcmp(key, "limit") != 0 && strcmp(key, "cursor") != 0))
        return message;
    at = field_at(message, page);
    if (!*at) {
        const ProtobufCMessageDescriptor *descriptor = page->descriptor;
        made = arena_alloc(arena, descriptor->sizeof_message);
        descriptor->message_init(made);
        *at = made;
    }
    return *at;
}

static Bihuan__Problem *unknown_parameter(const ProtobufCMessage *message, const char *key, struct arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    struct nearest nearest;
    Bihuan__Problem *problem;
    char pointer[128];

    nearest_init(&nearest, key);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (descriptor->fields[i].type != PROTOBUF_C_TYPE_MESSAGE)
            nearest_offer(&nearest, descriptor->fields[i].name);
    if (protobuf_c_message_descriptor_get_field_by_name(descriptor, "page")) {
        nearest_offer(&nearest, "limit");
        nearest_offer(&nearest, "cursor");
    }
    problem = problem_new(arena, 400, "unknown_parameter", "there is no parameter \"%.100s\" here%s", key,
                          nearest_hint(&nearest));
    snprintf(pointer, sizeof pointer, "?%.100s", key);
    problem_add(arena, problem, pointer, "unknown_parameter", problem->detail);
    return problem;
}

static Bihuan__Problem *set_param(ProtobufCMessage *message, const struct http_param *param, struct arena *arena)
{
    ProtobufCMessage *holder = holder_of(message, param->key, arena);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(holder->descriptor,
                                                                                            param->key);
    const char *want;
    Bihuan__Problem *problem;
    char pointer[128];

    if (!field || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return unknown_parameter(message, param->key, arena);
    want = set_field(holder, field, param->value, arena);
    if (!want)
        return NULL;
    problem = problem_new(arena, 400, "bad_parameter", "parameter \"%s\" must be %s, not \"%.100s\"", param->key, want,
                          param->value);
    snprintf(pointer, sizeof pointer, "?%.100s", param->key);
    problem_add(arena, problem, pointer, "bad_parameter", problem->detail);
    return problem;
}

static Bihuan__Problem *set_params(const struct request_source *source, struct arena *arena, ProtobufCMessage *message)
{
    Bihuan__Problem *problem = NULL;

    for (size_t i = 0; i < source->query_count && !problem; i++) {
        if (route_param(source->match, source->query[i].key))
            problem = problem_new(arena, 400, "bad_parameter", "\"%s\" stands in the path already",
                                  source->query[i].key);
        else
            problem = set_param(message, &source->query[i], arena);
    }
    for (size_t i = 0; i < source->match->param_count && !problem; i++)
        if (strcmp(source->match->params[i].key, "service") != 0)
            problem = set_param(message, &source->match->params[i], arena);
    return problem;
}

/* --- body ----------------------------------------------------------------------------------------------------------
 */
static bool is_json(const char *content_type)
{
    size_t len = content_type ? strcspn(content_type, "; \t") : 0;

    return len == strlen("application/json") && strncasecmp(content_type, "application/json", len) == 0;
}

static Bihuan__Problem *refuse_json(struct arena *arena, const json_error_t *error)
{
    Bihuan__Problem *problem = problem_new(arena, 400, "bad_json", "the body is not JSON at line %d, column %d: %s",
                                           error->line, error->column, error->text);

    problem_add(arena, problem, "", "bad_json", problem->detail);
    return problem;
}

struct faults {
    struct arena *arena;
    Bihuan__Problem *all;
};

static void add_fault(void *arg, const char *pointer, const char *code, const char *why)
{
    struct faults *faults = arg;

    problem_add(faults->arena, faults->all, pointer, code,
                arena_printf(faults->arena, "%.160s: %s", *pointer ? pointer : "/", why));
}

static Bihuan__Problem *read_json(const json_t *json, const ProtobufCMessageDescriptor *descriptor, struct arena *arena,
                                  ProtobufCMessage **out)
{
    Bihuan__Problem *problem;
    struct faults faults = { .arena = arena };
    struct err err;

    faults.all = problem_new(arena, 400, "bad_body", "the body can't be read");
    if (pbjson_read_all(descriptor, json, arena, out, add_fault, &faults, &err) == 0)
        return NULL;
    problem = problem_of(arena, &err);
    problem->errors = faults.all->errors;
    problem->n_errors = faults.all->n_errors;
    return problem;
}

static Bihuan__Problem *read_body(const struct request_source *source, const ProtobufCMessageDescriptor *descriptor,
                                  struct arena *arena, ProtobufCMessage **out)
{
    Bihuan__Problem *problem;
    json_error_t error;
    json_t *json;

    if (source->content_type && !is_json(source->content_type))
        return problem_new(arena, 415, "unsupported_media_type", "the body must be application/json, not %.100s",
                           source->content_type);
    json = json_loadb((const char *)source->body, source->body_len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return refuse_json(arena, &error);
    if (!json_is_object(json))
        problem = problem_new(arena, 400, "bad_json", "the body must be a JSON object");
    else
        problem = read_json(json, descriptor, arena, out);
    json_decref(json);
    return problem;
}

static Bihuan__Problem *take_upload(const struct request_source *source, struct arena *arena, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *data = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "data");
    ProtobufCBinaryData *bytes = field_at(message, data);

    if (source->body_len > UPLOAD_CHUNK_MAX)
        return problem_new(arena, 413, "chunk_too_large", "a piece of a file may have %zu bytes, not %zu",
                           UPLOAD_CHUNK_MAX, source->body_len);
    bytes->len = source->body_len;
    bytes->data = source->body_len ? (uint8_t *)source->body : NULL;
    return NULL;
}

Bihuan__Problem *request_build(const struct request_source *source, struct arena *arena, ProtobufCMessage **out)
{
    const struct route *route = source->match->route;
    const ProtobufCMessageDescriptor *descriptor = message_type_find(route->type)->payload;
    Bihuan__Problem *problem = NULL;
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);

    descriptor->message_init(message);
    if (route->kind == ROUTE_UPLOAD || route->kind == ROUTE_TMF)
        problem = take_upload(source, arena, message);
    else if (source->body_len && strcmp(route->method, "GET") != 0)
        problem = read_body(source, descriptor, arena, &message);
    if (!problem)
        problem = set_params(source, arena, message);
    if (!problem)
        *out = message;
    return problem;
}

bool request_is_dry_run(const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor,
                                                                                            "dry_run");

    return field && *(const protobuf_c_boolean *)(const void *)((const char *)message + field->offset);
}

/* Weight of a language range "zh-CN;q=0.8" in thousandths. */
static int range_weight(const char *at, size_t len)
{
    const char *q = memmem(at, len, "q=", 2);
    double weight = q ? strtod(q + 2, NULL) : 1;

    return (int)(weight * 1000 + 0.5);
}

const char *request_language(const char *accept)
{
    int zh = 0, en = 0;

    for (const char *at = accept ? accept : ""; *at;) {
        size_t len;
        at += strspn(at, " ,");
        len = strcspn(at, ",");
        if (strncasecmp(at, "zh", 2) == 0 && zh == 0)
            zh = range_weight(at, len);
        else if ((strncasecmp(at, "en", 2) == 0 || *at == '*') && en == 0)
            en = range_weight(at, len);
        at += len;
    }
    return zh > en ? "zh" : "en";
}
