/* openapi: see openapi.h. */
#include "gateway/openapi.h"

#include "gateway/routes.h"
#include "text/json_out.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bihuan/envelope.pb-c.h"

#define SCHEMAS_MAX 1024 /* messages that requests and answers reach; more is our own mistake, found by its test */

struct schemas {
    const ProtobufCMessageDescriptor *items[SCHEMAS_MAX];
    size_t count;
};

static void add_schema(struct schemas *schemas, const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t i = 0; i < schemas->count; i++)
        if (schemas->items[i] == descriptor)
            return;
    if (schemas->count < SCHEMAS_MAX)
        schemas->items[schemas->count++] = descriptor;
}

static void write_ref(struct json_out *json, const ProtobufCMessageDescriptor *descriptor)
{
    char ref[128];

    snprintf(ref, sizeof ref, "#/components/schemas/%s", descriptor->short_name);
    json_out_object(json);
    json_out_field_text(json, "$ref", ref);
    json_out_object_end(json);
}

/* --- fields --------------------------------------------------------------------------------------------------------
 */
static void write_scalar(struct json_out *json, const ProtobufCFieldDescriptor *field)
{
    json_out_object(json);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        json_out_field_text(json, "type", "string");
        break;
    case PROTOBUF_C_TYPE_BYTES:
        json_out_field_text(json, "type", "string");
        json_out_field_text(json, "contentEncoding", "base64");
        break;
    case PROTOBUF_C_TYPE_BOOL:
        json_out_field_text(json, "type", "boolean");
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
        json_out_field_text(json, "type", "integer");
        json_out_field_int(json, "minimum", 0);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        json_out_field_text(json, "type", "string");
        break;
    default:
        json_out_field_text(json, "type", "integer");
        json_out_field_text(json, "format", field->type == PROTOBUF_C_TYPE_SINT32 ? "int32" : "int64");
    }
    json_out_object_end(json);
}

static void write_element(struct json_out *json, const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        write_ref(json, field->descriptor);
    else
        write_scalar(json, field);
}

static void write_field(struct json_out *json, const ProtobufCFieldDescriptor *field, struct schemas *schemas)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        add_schema(schemas, field->descriptor);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        write_element(json, field);
        return;
    }
    json_out_object(json);
    json_out_field_text(json, "type", "array");
    json_out_key(json, "items");
    write_element(json, field);
    json_out_object_end(json);
}

static void write_schema(struct json_out *json, const ProtobufCMessageDescriptor *descriptor, struct schemas *schemas)
{
    json_out_key(json, descriptor->short_name);
    json_out_object(json);
    json_out_field_text(json, "type", "object");
    json_out_key(json, "properties");
    json_out_object(json);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        json_out_key(json, descriptor->fields[i].name);
        write_field(json, &descriptor->fields[i], schemas);
    }
    json_out_object_end(json);
    json_out_object_end(json);
}

/* --- parameters ----------------------------------------------------------------------------------------------------
 */
static void write_parameter(struct json_out *json, const char *name, const char *in, bool required,
                            const ProtobufCFieldDescriptor *field)
{
    static const ProtobufCFieldDescriptor text = { .type = PROTOBUF_C_TYPE_STRING };

    json_out_object(json);
    json_out_field_text(json, "name", name);
    json_out_field_text(json, "in", in);
    json_out_field_bool(json, "required", required);
    json_out_key(json, "schema");
    write_scalar(json, field ? field : &text);
    json_out_object_end(json);
}

/* Every {name} of the path. */
static void write_path_parameters(struct json_out *json, const struct route *route,
                                  const ProtobufCMessageDescriptor *descriptor)
{
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at + 1, '{')) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        write_parameter(json, name, "path", true,
                        descriptor ? protobuf_c_message_descriptor_get_field_by_name(descriptor, name) : NULL);
    }
}

static bool in_path(const struct route *route, const char *name)
{
    char braced[80];

    snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(route->path, braced) != NULL;
}

static void write_query_parameters(struct json_out *json, const struct route *route,
                                   const ProtobufCMessageDescriptor *descriptor)
{
    static const ProtobufCFieldDescriptor limit = { .type = PROTOBUF_C_TYPE_UINT32 };

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (strcmp(field->name, "page") == 0) {
            write_parameter(json, "limit", "query", false, &limit);
            write_parameter(json, "cursor", "query", false, NULL);
        } else if (field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_BYTES &&
                   !in_path(route, field->name)) {
            write_parameter(json, field->name, "query", false, field);
        }
    }
}

static void write_parameters(struct json_out *json, const struct route *route, const struct message_type *type)
{
    json_out_key(json, "parameters");
    json_out_array(json);
    write_path_parameters(json, route, type ? type->payload : NULL);
    if (type && strcmp(route->method, "POST") != 0)
        write_query_parameters(json, route, type->payload);
    if (route->kind == ROUTE_EVENTS) {
        write_parameter(json, "topics", "query", false, NULL);
        write_parameter(json, "Last-Event-ID", "header", false, NULL);
    }
    if (route->effect && strcmp(route->method, "POST") == 0 && route->kind != ROUTE_TMF)
        write_parameter(json, "Idempotency-Key", "header", false, NULL);
    json_out_array_end(json);
}

/* --- operations ----------------------------------------------------------------------------------------------------
 */
/* {"content": {"<type>": {"schema": ...}}} without its outer braces */
static void write_content(struct json_out *json, const char *media_type, const ProtobufCMessageDescriptor *descriptor)
{
    json_out_key(json, "content");
    json_out_object(json);
    json_out_key(json, media_type);
    json_out_object(json);
    if (descriptor) {
        json_out_key(json, "schema");
        write_ref(json, descriptor);
    }
    json_out_object_end(json);
    json_out_object_end(json);
}

static void write_body(struct json_out *json, const struct route *route, const struct message_type *type,
                       struct schemas *schemas)
{
    bool upload = route->kind == ROUTE_UPLOAD, raw = upload || route->kind == ROUTE_TMF;

    if (!type || strcmp(route->method, "GET") == 0)
        return;
    json_out_key(json, "requestBody");
    json_out_object(json);
    if (!raw)
        add_schema(schemas, type->payload);
    write_content(json, upload ? "application/octet-stream" : "application/json", raw ? NULL : type->payload);
    json_out_object_end(json);
}

static void write_responses(struct json_out *json, const struct route *route, const struct message_type *type,
                            struct schemas *schemas)
{
    bool event = route->kind == ROUTE_TMF;
    const ProtobufCMessageDescriptor *reply = type && route->kind != ROUTE_STATUS && !event ? type->reply : NULL;

    if (reply)
        add_schema(schemas, reply);
    json_out_key(json, "responses");
    json_out_object(json);
    json_out_key(json, event ? "204" : "200");
    json_out_object(json);
    json_out_field_text(json, "description",
                        event ? "Taken; 201 with an EventSubscription where the feed says so" : "OK");
    if (!event)
        write_content(json, route->kind == ROUTE_EVENTS ? "text/event-stream" : "application/json", reply);
    json_out_object_end(json);
    json_out_key(json, "default");
    json_out_object(json);
    json_out_field_text(json, "description", "RFC 9457 problem");
    write_content(json, "application/problem+json", &bihuan__problem__descriptor);
    json_out_object_end(json);
    json_out_object_end(json);
}

/* Whether the message is asked for at another path as well. */
static bool is_shared(const struct route *route)
{
    for (size_t i = 0; route->type && i < route_count; i++)
        if (&route_table[i] != route && route_table[i].type == route->type)
            return true;
    return false;
}

/* "list_units" of "LIST_UNITS"; of routes without a message the last word of the path. Where paths share a message,
 * those with a parameter add the last one: "list_pay_by_unit". */
static void operation_id(const struct route *route, const struct message_type *type, char out[64])
{
    const char *from = type ? type->name : strrchr(route->path, '/') + 1;
    const char *parameter = is_shared(route) ? strrchr(route->path, '{') : NULL;
    size_t len = 0;

    for (; from[len] && from[len] != '.' && len < 63; len++)
        out[len] = (char)tolower((unsigned char)from[len]);
    out[len] = '\0';
    if (parameter)
        snprintf(out + len, 64 - len, "_by_%.*s", (int)strcspn(parameter + 1, "}"), parameter + 1);
}

static void write_operation(struct json_out *json, const struct route *route, struct schemas *schemas)
{
    const struct message_type *type = route->type ? message_type_find(route->type) : NULL;
    char id[64], method[8];
    size_t len;

    for (len = 0; route->method[len]; len++)
        method[len] = (char)tolower((unsigned char)route->method[len]);
    method[len] = '\0';
    operation_id(route, type, id);
    json_out_key(json, method);
    json_out_object(json);
    json_out_field_text(json, "operationId", id);
    json_out_field_text(json, "summary", route->summary);
    if (route->permission && *route->permission)
        json_out_field_text(json, "x-permission", route->permission);
    if (!route->permission) {
        json_out_key(json, "security");
        json_out_array(json);
        json_out_array_end(json);
    }
    write_parameters(json, route, type);
    write_body(json, route, type, schemas);
    write_responses(json, route, type, schemas);
    json_out_object_end(json);
}

static bool path_seen(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(route_table[i].path, route_table[index].path) == 0)
            return true;
    return false;
}

static void write_paths(struct json_out *json, struct schemas *schemas)
{
    json_out_key(json, "paths");
    json_out_object(json);
    for (size_t i = 0; i < route_count; i++) {
        if (path_seen(i))
            continue;
        json_out_key(json, route_table[i].path);
        json_out_object(json);
        for (size_t j = i; j < route_count; j++)
            if (strcmp(route_table[i].path, route_table[j].path) == 0)
                write_operation(json, &route_table[j], schemas);
        json_out_object_end(json);
    }
    json_out_object_end(json);
}

static void write_components(struct json_out *json, struct schemas *schemas)
{
    json_out_key(json, "components");
    json_out_object(json);
    json_out_key(json, "securitySchemes");
    json_out_object(json);
    json_out_key(json, "bearer");
    json_out_object(json);
    json_out_field_text(json, "type", "http");
    json_out_field_text(json, "scheme", "bearer");
    json_out_object_end(json);
    json_out_object_end(json);
    json_out_key(json, "schemas");
    json_out_object(json);
    for (size_t i = 0; i < schemas->count; i++) /* the list grows on the way */
        write_schema(json, schemas->items[i], schemas);
    json_out_object_end(json);
    json_out_object_end(json);
}

void openapi_write(struct buf *out)
{
    struct schemas schemas = { .count = 0 };
    struct json_out json;

    json_out_init(&json, out);
    json_out_object(&json);
    json_out_field_text(&json, "openapi", "3.1.0");
    json_out_key(&json, "info");
    json_out_object(&json);
    json_out_field_text(&json, "title", "Bihuan");
    json_out_field_text(&json, "version", BIHUAN_VERSION);
    json_out_field_text(&json, "description",
                        "Closed-loop control of channel sales. Times are microseconds since 1970-01-01 UTC, dates are "
                        "business days yyyy-MM-dd, amounts integers of 10^-scale of the main unit.");
    json_out_object_end(&json);
    json_out_key(&json, "security");
    json_out_array(&json);
    json_out_object(&json);
    json_out_key(&json, "bearer");
    json_out_array(&json);
    json_out_array_end(&json);
    json_out_object_end(&json);
    json_out_array_end(&json);
    add_schema(&schemas, &bihuan__problem__descriptor);
    write_paths(&json, &schemas);
    write_components(&json, &schemas);
    json_out_object_end(&json);
}
