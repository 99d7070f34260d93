/* From path, query and body to the request message; problems; languages. */
#include "gateway/problem.h"
#include "gateway/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/gateway.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"

static struct arena arena;

/* query: pairs, ended by NULL */
static Bihuan__Problem *build(const char *method, const char *path, const char *const *query, const char *body,
                              const char *content_type, ProtobufCMessage **out)
{
    struct http_param params[8];
    struct route_match match;
    struct request_source source = { .match = &match, .query = params, .content_type = content_type };

    route_find(method, path, &arena, &match);
    assert_non_null(match.route);
    for (; query && query[0]; query += 2)
        params[source.query_count++] = (struct http_param) { query[0], query[1] };
    source.body = (const uint8_t *)body;
    source.body_len = body ? strlen(body) : 0;
    return request_build(&source, &arena, out);
}

static void query_fills_fields_by_name(void **state)
{
    const char *query[] = { "type", "city", "limit", "7", "cursor", "abc", NULL };
    ProtobufCMessage *message;
    Bihuan__ListUnitsRequest *request;

    (void)state;
    assert_null(build("GET", "/api/v1/units", query, NULL, NULL, &message));
    request = (Bihuan__ListUnitsRequest *)(void *)message;
    assert_string_equal(request->type, "city");
    assert_string_equal(request->code, "");
    assert_int_equal(request->page->limit, 7);
    assert_string_equal(request->page->cursor, "abc");
}

static void a_field_called_limit_is_its_own(void **state)
{
    const char *query[] = { "limit", "7", "depth", "2", NULL };
    ProtobufCMessage *message;

    (void)state;
    assert_null(build("GET", "/api/v1/progress", query, NULL, NULL, &message));
    assert_int_equal(((Bihuan__GetProgressRequest *)(void *)message)->limit, 7);
}

static void path_and_body_come_together(void **state)
{
    ProtobufCMessage *message;
    Bihuan__SilenceAlertRequest *request;

    (void)state;
    assert_null(build("POST", "/api/v1/alerts/a1/silence", NULL, "{\"hours\":8,\"reason\":\"known\"}",
                      "application/json; charset=utf-8", &message));
    request = (Bihuan__SilenceAlertRequest *)(void *)message;
    assert_string_equal(request->id, "a1");
    assert_int_equal(request->hours, 8);
    assert_string_equal(request->reason, "known");
    assert_null(build("POST", "/api/v1/tokens/12/revoke", NULL, NULL, NULL, &message));
    assert_int_equal(((Bihuan__RevokeTokenRequest *)(void *)message)->id, 12);
}

static void a_piece_of_a_file(void **state)
{
    const char *query[] = { "offset", "524288", "last", "true", NULL };
    ProtobufCMessage *message;
    Bihuan__UploadChunkRequest *request;
    char *large = calloc(1, UPLOAD_CHUNK_MAX + 2);
    Bihuan__Problem *problem;

    (void)state;
    assert_null(build("PUT", "/api/v1/feeds/orders/files/o_1.csv", query, "a,b\n", "text/csv", &message));
    request = (Bihuan__UploadChunkRequest *)(void *)message;
    assert_string_equal(request->feed, "orders");
    assert_string_equal(request->name, "o_1.csv");
    assert_int_equal(request->offset, 524288);
    assert_true(request->last);
    assert_int_equal(request->data.len, 4);
    memset(large, 'x', UPLOAD_CHUNK_MAX + 1);
    problem = build("PUT", "/api/v1/feeds/orders/files/o_1.csv", NULL, large, NULL, &message);
    assert_non_null(problem);
    assert_int_equal(problem->status, 413);
    free(large);
}

static void a_dry_run_is_seen(void **state)
{
    ProtobufCMessage *message;

    (void)state;
    assert_null(build("POST", "/api/v1/apply/units", NULL, "{\"dry_run\":true,\"items\":[]}", NULL, &message));
    assert_true(request_is_dry_run(message));
    assert_null(build("POST", "/api/v1/apply/units", NULL, "{\"items\":[]}", NULL, &message));
    assert_false(request_is_dry_run(message));
    assert_null(build("POST", "/api/v1/rejects/release", NULL, NULL, NULL, &message));
    assert_false(request_is_dry_run(message));
}

static const struct {
    const char *why, *method, *path, *query[3], *body, *type;
    uint32_t status;
    const char *code, *pointer;
} refused[] = {
    { "unknown key", "GET", "/api/v1/units", { "tpye", "x", NULL }, NULL, NULL, 400, "unknown_parameter", "?tpye" },
    { "a message is no text",
      "GET",
      "/api/v1/units",
      { "page", "x", NULL },
      NULL,
      NULL,
      400,
      "unknown_parameter",
      "?page" },
    { "no number", "GET", "/api/v1/units", { "limit", "x", NULL }, NULL, NULL, 400, "bad_parameter", "?limit" },
    { "negative", "GET", "/api/v1/units", { "limit", "-1", NULL }, NULL, NULL, 400, "bad_parameter", "?limit" },
    { "too big", "GET", "/api/v1/units", { "limit", "4294967296", NULL }, NULL, NULL, 400, "bad_parameter", "?limit" },
    { "no truth",
      "GET",
      "/api/v1/alerts",
      { "inhibited", "perhaps", NULL },
      NULL,
      NULL,
      400,
      "bad_parameter",
      "?inhibited" },
    { "twice", "POST", "/api/v1/alerts/a/take", { "id", "b", NULL }, NULL, NULL, 400, "bad_parameter", NULL },
    { "not JSON", "POST", "/api/v1/apply/units", { NULL }, "{\"items\": [}", NULL, 400, "bad_json", "" },
    { "no object", "POST", "/api/v1/apply/units", { NULL }, "[]", NULL, 400, "bad_json", NULL },
    { "key twice", "POST", "/api/v1/apply/units", { NULL }, "{\"items\":[],\"items\":[]}", NULL, 400, "bad_json", "" },
    { "other type",
      "POST",
      "/api/v1/apply/units",
      { NULL },
      "a=b",
      "application/x-www-form-urlencoded",
      415,
      "unsupported_media_type",
      NULL },
    { "unknown field",
      "POST",
      "/api/v1/apply/units",
      { NULL },
      "{\"items\":[{\"code\":\"a\"},{\"nmae\":\"b\"}]}",
      NULL,
      422,
      "unknown_key",
      "/items/1/nmae" },
    { "wrong type",
      "POST",
      "/api/v1/apply/units",
      { NULL },
      "{\"items\":[{\"code\":5}]}",
      NULL,
      422,
      "wrong_type",
      "/items/0/code" },
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        ProtobufCMessage *message;
        Bihuan__Problem *problem = build(refused[i].method, refused[i].path, refused[i].query, refused[i].body,
                                         refused[i].type, &message);
        if (!problem || problem->status != refused[i].status || strcmp(problem->code, refused[i].code) != 0)
            fail_msg("%s: %s", refused[i].why, problem ? problem->detail : "taken");
        if (refused[i].pointer &&
            (problem->n_errors != 1 || strcmp(problem->errors[0]->pointer, refused[i].pointer) != 0))
            fail_msg("%s: %s", refused[i].why, problem->n_errors ? problem->errors[0]->pointer : "no pointer");
    }
}

static void all_refusals_in_one_answer(void **state)
{
    ProtobufCMessage *unread;
    Bihuan__Problem *several = build("POST", "/api/v1/apply/units", NULL,
                                     "{\"items\":[{\"code\":5},{\"nmae\":\"b\"},{\"code\":\"c\",\"name\":1}]}", NULL,
                                     &unread);

    (void)state;
    assert_int_equal(several->n_errors, 3);
    assert_string_equal(several->errors[0]->pointer, "/items/0/code");
    assert_string_equal(several->errors[1]->pointer, "/items/1/nmae");
    assert_string_equal(several->errors[2]->pointer, "/items/2/name");
}

static void problems_are_rfc_9457(void **state)
{
    Bihuan__Problem *problem = problem_new(&arena, 422, "unknown_unit", "no unit \"%s\"", "city-99");
    struct err err;
    struct buf out = { 0 };
    json_t *json;

    (void)state;
    problem_add(&arena, problem, "/items/3/parent", "unknown_unit", "no unit \"city-99\"");
    problem_add(&arena, problem, "/items/4/parent", "unknown_unit", "no unit \"city-98\"");
    problem_write(problem, "01ABC", "zh", &out);
    json = json_loads(buf_text(&out), 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "type")), "urn:bihuan:problem:unknown_unit");
    assert_string_equal(json_string_value(json_object_get(json, "title")), "内容不符合要求");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 422);
    assert_string_equal(json_string_value(json_object_get(json, "instance")), "01ABC");
    assert_int_equal(json_array_size(json_object_get(json, "errors")), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(json, "errors"), 1), "pointer")),
        "/items/4/parent");
    json_decref(json);
    buf_fini(&out);
    err_fail(&err, ERR_BUSY, "", "full");
    problem = problem_of(&arena, &err);
    assert_int_equal(problem->status, 429);
    assert_string_equal(problem->code, "busy");
    assert_string_equal(problem_new(&arena, 418, "", "x")->code, "");
    problem_write(problem_new(&arena, 418, "", "x"), "", "en", &out);
    assert_non_null(strstr(buf_text(&out), "bad_request"));
    buf_fini(&out);
}

static void languages(void **state)
{
    static const char *const rows[][2] = {
        { NULL, "en" }, { "", "en" },   { "zh-CN,zh;q=0.9,en;q=0.8", "zh" }, { "en-US,en;q=0.9,zh;q=0.8", "en" },
        { "zh", "zh" }, { "fr", "en" }, { "fr, zh;q=0.3, *;q=0.1", "zh" },   { "en;q=0.2, zh-TW;q=0.5", "zh" }
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(request_language(rows[i][0]), rows[i][1]);
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
        cmocka_unit_test(query_fills_fields_by_name),
        cmocka_unit_test(a_field_called_limit_is_its_own),
        cmocka_unit_test(path_and_body_come_together),
        cmocka_unit_test(a_piece_of_a_file),
        cmocka_unit_test(a_dry_run_is_seen),
        cmocka_unit_test(refusals),
        cmocka_unit_test(all_refusals_in_one_answer),
        cmocka_unit_test(problems_are_rfc_9457),
        cmocka_unit_test(languages),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
