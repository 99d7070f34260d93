/* problem: see problem.h. */
#include "gateway/problem.h"

#include "text/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint32_t status;
    const char *code; /* where the error gives none */
    const char *en, *zh;
} titles[] = {
    { 400, "bad_request", "Bad request", "请求有误" },
    { 401, "unauthorized", "Not signed in", "未认证" },
    { 403, "forbidden", "Not permitted", "没有权限" },
    { 404, "not_found", "Not found", "找不到" },
    { 405, "method_not_allowed", "Method not allowed", "不支持该方法" },
    { 409, "conflict", "Not possible in this state", "与当前状态冲突" },
    { 413, "too_large", "Too large", "内容过大" },
    { 415, "unsupported_media_type", "Unsupported media type", "不支持的内容类型" },
    { 422, "invalid", "Refused", "内容不符合要求" },
    { 429, "busy", "Too much at once", "请求过多" },
    { 500, "internal", "Internal error", "内部错误" },
    { 503, "unavailable", "Not available now", "服务暂不可用" },
    { 504, "deadline", "No answer in time", "等待超时" },
};

#define TITLE_COUNT (sizeof titles / sizeof titles[0])

static size_t find_title(uint32_t status)
{
    for (size_t i = 0; i < TITLE_COUNT; i++)
        if (titles[i].status == status)
            return i;
    return find_title(status >= 400 && status < 500 ? 400 : 500);
}

Bihuan__Problem *problem_new(struct arena *arena, uint32_t status, const char *code, const char *fmt, ...)
{
    Bihuan__Problem *problem = arena_new(arena, Bihuan__Problem);
    char text[ERR_TEXT_MAX * 2];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bihuan__problem__init(problem);
    problem->status = status;
    problem->code = arena_strdup(arena, code);
    problem->detail = arena_strdup(arena, text);
    return problem;
}

Bihuan__Problem *problem_of(struct arena *arena, const struct err *err)
{
    uint32_t status = (uint32_t)err_http_status(err->cls);

    return problem_new(arena, status, err->code[0] ? err->code : titles[find_title(status)].code, "%s", err->text);
}

void problem_add(struct arena *arena, Bihuan__Problem *problem, const char *pointer, const char *code,
                 const char *message)
{
    Bihuan__FieldProblem **errors = arena_array(arena, Bihuan__FieldProblem *, problem->n_errors + 1);
    Bihuan__FieldProblem *error = arena_new(arena, Bihuan__FieldProblem);

    bihuan__field_problem__init(error);
    error->pointer = arena_strdup(arena, pointer);
    error->code = arena_strdup(arena, code);
    error->message = arena_strdup(arena, message);
    if (problem->n_errors)
        memcpy(errors, problem->errors, problem->n_errors * sizeof errors[0]);
    errors[problem->n_errors++] = error;
    problem->errors = errors;
}

static void write_error(struct json_out *json, const Bihuan__FieldProblem *error)
{
    json_out_object(json);
    json_out_field_text(json, "pointer", error->pointer);
    json_out_field_text(json, "code", error->code);
    json_out_field_text(json, "message", error->message);
    json_out_object_end(json);
}

void problem_write(const Bihuan__Problem *problem, const char *instance, const char *language, struct buf *out)
{
    size_t title = find_title(problem->status);
    const char *code = problem->code[0] ? problem->code : titles[title].code;
    struct json_out json;
    char type[128];

    snprintf(type, sizeof type, PROBLEM_TYPE "%s", code);
    json_out_init(&json, out);
    json_out_object(&json);
    json_out_field_text(&json, "type", type);
    json_out_field_text(&json, "title", strcmp(language, "zh") == 0 ? titles[title].zh : titles[title].en);
    json_out_field_int(&json, "status", problem->status);
    json_out_field_text(&json, "code", code);
    json_out_field_text(&json, "detail", problem->detail);
    json_out_field_text(&json, "instance", instance);
    json_out_key(&json, "errors");
    json_out_array(&json);
    for (size_t i = 0; i < problem->n_errors; i++)
        write_error(&json, problem->errors[i]);
    json_out_array_end(&json);
    json_out_object_end(&json);
}
