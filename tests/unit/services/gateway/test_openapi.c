/* The OpenAPI description: JSON, every route in it, no reference that leads nowhere. */
#include "gateway/openapi.h"
#include "gateway/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <jansson.h>
#include <string.h>

static json_t *document;

static int load(void **state)
{
    struct buf out = { 0 };

    (void)state;
    openapi_write(&out);
    document = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    buf_fini(&out);
    return document ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

static void every_route_is_described(void **state)
{
    json_t *paths = json_object_get(document, "paths");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    for (size_t i = 0; i < route_count; i++) {
        char method[8] = "";
        for (size_t j = 0; route_table[i].method[j]; j++)
            method[j] = (char)tolower((unsigned char)route_table[i].method[j]);
        json_t *operation = json_object_get(json_object_get(paths, route_table[i].path), method);
        if (!operation || !json_object_get(operation, "responses") || !json_object_get(operation, "operationId"))
            fail_msg("%s %s", method, route_table[i].path);
    }
}

/* Every {name} of a path must be among its parameters. */
static void path_parameters_are_declared(void **state)
{
    const char *path, *method;
    json_t *item, *operation;

    (void)state;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            size_t declared = 0, braces = 0, i;
            json_t *parameter;
            json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
                declared += strcmp(json_string_value(json_object_get(parameter, "in")), "path") == 0;
            for (const char *at = path; *at; at++)
                braces += *at == '{';
            if (declared != braces)
                fail_msg("%s %s", method, path);
        }
    }
}

static void check_references(json_t *json)
{
    const char *key, *ref = json_string_value(json_object_get(json, "$ref"));
    json_t *value, *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    size_t i;

    if (ref && !json_object_get(schemas, ref + strlen("#/components/schemas/")))
        fail_msg("%s leads nowhere", ref);
    json_object_foreach(json, key, value) check_references(value);
    json_array_foreach(json, i, value) check_references(value);
}

static void references_lead_somewhere(void **state)
{
    (void)state;
    check_references(document);
}

static void operation_ids_are_unique(void **state)
{
    json_t *seen = json_object(), *item, *operation;
    const char *path, *method;

    (void)state;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            const char *id = json_string_value(json_object_get(operation, "operationId"));
            if (json_object_get(seen, id))
                fail_msg("%s stands twice", id);
            json_object_set_new(seen, id, json_true());
        }
    }
    json_decref(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(path_parameters_are_declared),
        cmocka_unit_test(references_lead_somewhere),
        cmocka_unit_test(operation_ids_are_unique),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
