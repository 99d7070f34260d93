/* Routes: finding them, and the table's own rules. */
#include "gateway/routes.h"

#include "auth/principal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static struct route_match find(const char *method, const char *path)
{
    struct route_match match;

    route_find(method, path, &arena, &match);
    return match;
}

static void paths_find_their_route(void **state)
{
    static const struct {
        const char *method, *path;
        uint32_t type;
        const char *key, *value;
    } rows[] = {
        { "GET", "/api/v1/units", MSG(LIST_UNITS), NULL, NULL },
        { "HEAD", "/api/v1/units", MSG(LIST_UNITS), NULL, NULL },
        { "POST", "/api/v1/apply/units", MSG(APPLY_UNITS), NULL, NULL },
        { "GET", "/api/v1/alerts", MSG(LIST_ALERTS), NULL, NULL },
        { "GET", "/api/v1/alerts/a%3Ab", MSG(EXPLAIN_ALERT), "id", "a:b" },
        { "POST", "/api/v1/alerts/x/take", MSG(TAKE_ALERT), "id", "x" },
        { "POST", "/api/v1/alerts/x/actions", MSG(OPEN_ACTION), "alert", "x" },
        { "POST", "/api/v1/periods/2026Q4/close", MSG(CLOSE_PERIOD), "period", "2026Q4" },
        { "PUT", "/api/v1/feeds/orders/files/o%20%E8%AE%A2.csv", MSG(UPLOAD_CHUNK), "name", "o 订.csv" },
        { "POST", "/tmf/crm", MSG(RECEIVE_TMF), "path", "" },
        { "POST", "/tmf/crm/", MSG(RECEIVE_TMF), "path", "" },
        { "POST", "/tmf/crm/listener/productOrderStateChangeEvent", MSG(RECEIVE_TMF), "path",
          "listener/productOrderStateChangeEvent" },
        { "POST", "/tmf/c%20m/x//y", MSG(RECEIVE_TMF), "feed", "c m" },
        { "GET", "/api/v1/services/feedback/parked", MSG(PARKED), "service", "feedback" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct route_match match = find(rows[i].method, rows[i].path);
        if (!match.route || match.route->type != rows[i].type)
            fail_msg("%s %s", rows[i].method, rows[i].path);
        if (rows[i].key)
            assert_string_equal(route_param(&match, rows[i].key), rows[i].value);
    }
}

static void what_is_not_there(void **state)
{
    static const char *const paths[] = { "/",
                                         "",
                                         "/api/v1",
                                         "/api/v1/units/",
                                         "/api/v1//units",
                                         "/api/v1/unit",
                                         "/api/v1/alerts/",
                                         "/api/v1/alerts//take",
                                         "/api/v1/alerts/a%2Fb",
                                         "/api/v1/alerts/%zz",
                                         "/tmf",
                                         "/tmf/",
                                         "/tmf//x",
                                         "/tmf/crm/%zz",
                                         "/API/V1/units" };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct route_match match = find("GET", paths[i]);
        if (match.route || match.allow[0])
            fail_msg("\"%s\" was found", paths[i]);
    }
}

static void a_wrong_method_names_the_right_ones(void **state)
{
    struct route_match match = find("DELETE", "/api/v1/tokens");

    (void)state;
    assert_null(match.route);
    assert_string_equal(match.allow, "GET, HEAD, POST");
    match = find("POST", "/api/v1/units");
    assert_string_equal(match.allow, "GET, HEAD");
}

static bool is_permission(const char *word)
{
    for (size_t i = 0; principal_permissions[i]; i++)
        if (strcmp(principal_permissions[i], word) == 0)
            return true;
    return false;
}

static void the_table_keeps_its_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &route_table[i];
        const struct message_type *type = route->type ? message_type_find(route->type) : NULL;
        if (route->type && (!type || type->kind != MESSAGE_REQUEST))
            fail_msg("%s: no such request", route->path);
        if (route->permission && *route->permission && !is_permission(route->permission))
            fail_msg("%s: no permission %s", route->path, route->permission);
        /* a question that is too long for a path is a POST without effect */
        if (route->effect ? strcmp(route->method, "GET") == 0
                          : strcmp(route->method, "GET") != 0 && strcmp(route->method, "POST") != 0)
            fail_msg("%s: effect and method don't fit", route->path);
        for (const char *at = strchr(route->path, '{'); at; at = strchr(at + 1, '{')) {
            char name[32] = "";
            memcpy(name, at + 1, strcspn(at + 1, "}"));
            if (strcmp(name, "service") != 0 && !protobuf_c_message_descriptor_get_field_by_name(type->payload, name))
                fail_msg("%s: the request has no field %s", route->path, name);
        }
    }
}

static bool compared[256];

/* A line `HANDLE_QUERY(LIST_UNITS, "plan.read", on_list_units),` against the route of the message. */
static void compare(const char *line)
{
    char name[64], permission[64];

    if (sscanf(line, " HANDLE_%*[A-Z_](%63[A-Z_], \"%63[^\"]\"", name, permission) != 2)
        return;
    for (size_t i = 0; i < route_count; i++) {
        const struct message_type *type = route_table[i].type ? message_type_find(route_table[i].type) : NULL;
        if (!type || strcmp(type->name, name) != 0)
            continue;
        if (strcmp(route_table[i].permission, permission) != 0)
            fail_msg("%s: %s, the service asks for %s", route_table[i].path, route_table[i].permission, permission);
        if (route_table[i].effect != !strstr(line, "HANDLE_QUERY"))
            fail_msg("%s: what only reads has no effect, and what changes something has", route_table[i].path);
        compared[i] = true;
    }
}

/* A path asks for the permission that the service will ask for: neither lets through what the other refuses. */
static void permissions_are_those_of_the_services(void **state)
{
    static const char *const files[] = { "services/planning/handlers.c",   "services/feedback/handlers.c",
                                         "services/monitoring/handlers.c", "services/incentive/handlers.c",
                                         "services/gateway/handlers.c",    "common/runtime/builtin.c" };
    const char *source = getenv("BIHUAN_SOURCE");

    (void)state;
    if (!source)
        skip();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4096], line[512];
        FILE *file;
        snprintf(path, sizeof path, "%s/%s", source, files[i]);
        file = fopen(path, "re");
        if (!file)
            fail_msg("could not open %s", path);
        while (fgets(line, sizeof line, file))
            compare(line);
        fclose(file);
    }
    assert_true(route_count <= sizeof compared / sizeof compared[0]);
    for (size_t i = 0; i < route_count; i++)
        if (!compared[i] && (route_table[i].kind == ROUTE_ASK || route_table[i].kind == ROUTE_UPLOAD))
            fail_msg("%s: no handler was found", route_table[i].path);
}

/* What people may ask of a service has a path; the bus's own talk has none. */
static void every_request_is_reachable(void **state)
{
    (void)state;
    for (uint32_t number = 1; number < 10000; number++) {
        const struct message_type *type = message_type_find(number);
        bool found = !type || type->kind != MESSAGE_REQUEST || number == MSG(REPLAY) || number == MSG(READ_UP_TO);
        for (size_t i = 0; i < route_count && !found; i++)
            found = route_table[i].type == number;
        if (!found)
            fail_msg("%s has no path", type->name);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_route),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(a_wrong_method_names_the_right_ones),
        cmocka_unit_test(the_table_keeps_its_rules),
        cmocka_unit_test(permissions_are_those_of_the_services),
        cmocka_unit_test(every_request_is_reachable),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
