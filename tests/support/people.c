/* people: see people.h. */
#include "support/people.h"

#include "support/check.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEOPLE_MAX 128

static struct {
    char person[32], token[64];
} people[PEOPLE_MAX];
static size_t people_count;
static struct web *door;

/* Where types are asked for; what stands in braces is taken out of the request. */
static const struct {
    uint32_t type;
    const char *method, *path;
} routes[] = {
    { MSG(OPEN_CYCLE), "POST", "cycles" },
    { MSG(GET_CYCLE), "GET", "cycles/{code}" },
    { MSG(GET_DELIVERABLE), "GET", "deliverables/{id}" },
    { MSG(SUBMIT_DELIVERABLE), "POST", "deliverables/{id}/submit" },
    { MSG(RETURN_DELIVERABLE), "POST", "deliverables/{id}/return" },
    { MSG(APPROVE_DELIVERABLE), "POST", "deliverables/{id}/approve" },
    { MSG(ISSUE_GUIDE), "POST", "guides" },
    { MSG(ACKNOWLEDGE_GUIDE), "POST", "guides/{code}/acknowledge" },
    { MSG(GUIDE_READINESS), "GET", "guides/{code}/readiness" },
    { MSG(APPLY_WEIGHT_SETS), "POST", "apply/weight-sets" },
    { MSG(APPLY_WEIGHTS), "POST", "apply/weights" },
    { MSG(APPLY_TARGET_ROLES), "POST", "apply/target-roles" },
    { MSG(APPLY_PEOPLE), "POST", "apply/people" },
    { MSG(APPLY_CALENDARS), "POST", "apply/calendars" },
    { MSG(APPLY_PERIODS), "POST", "apply/periods" },
    { MSG(DECOMPOSE), "POST", "targets/decompose" },
    { MSG(SET_TARGET), "POST", "targets/set" },
    { MSG(TRANSFER_TARGET), "POST", "targets/transfer" },
    { MSG(ANSWER_TARGETS), "POST", "targets/answer" },
    { MSG(LIST_TARGETS), "GET", "targets" },
    { MSG(EXPLAIN_TARGET), "GET", "targets/explain" },
    { MSG(SUBMIT_PLAN), "POST", "plans/submit" },
    { MSG(APPROVE_PLAN), "POST", "plans/approve" },
    { MSG(RETURN_PLAN), "POST", "plans/return" },
    { MSG(REVISE_PLAN), "POST", "plans/revise" },
    { MSG(PUBLISH_PLAN), "POST", "plans/publish" },
    { MSG(LIST_PLAN_VERSIONS), "GET", "plans/versions" },
    { MSG(DIFF_PLANS), "GET", "plans/diff" },
    { MSG(LINT_PLAN), "GET", "plans/lint" },
};

static const char *next_key(void)
{
    static unsigned number;
    static char key[32];

    snprintf(key, sizeof key, "people-%d-%u", (int)getpid(), ++number);
    return key;
}

void people_add(struct web *web, const char *person, const char *permissions, const char *subtree)
{
    json_t *body = json_pack("{s:s, s:s, s:[], s:i}", "name", person, "subtree", subtree ? subtree : "", "permissions",
                             "days", 30);
    char words[200], *text, *rest = words;
    struct web_reply reply;
    size_t at = 0;

    door = web;
    snprintf(words, sizeof words, "%s", permissions);
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
        json_array_append_new(json_object_get(body, "permissions"), json_string(word));
    text = json_dumps(body, 0);
    reply = web_do(web, "POST", "/api/v1/tokens", text);
    while (at < people_count && strcmp(people[at].person, person) != 0)
        at++;
    assert_true(at < PEOPLE_MAX);
    snprintf(people[at].person, sizeof people[at].person, "%s", person);
    snprintf(people[at].token, sizeof people[at].token, "%s", web_text(&reply, "token.secret"));
    people_count += at == people_count;
    web_reply_free(&reply);
    free(text);
    json_decref(body);
}

void people_forget(void)
{
    people_count = 0;
}

static const char *token_of(const char *person)
{
    if (!person)
        return door->token;
    for (size_t i = 0; i < people_count; i++)
        if (strcmp(people[i].person, person) == 0)
            return people[i].token;
    fail_msg("%s has no token", person);
    return NULL;
}

/* --- asking --------------------------------------------------------------------------------------------------------
 */
static void append_value(struct buf *path, const json_t *value)
{
    if (json_is_string(value))
        buf_append_text(path, json_string_value(value));
    else if (json_is_integer(value))
        buf_printf(path, "%lld", (long long)json_integer_value(value));
    else
        buf_append_text(path, json_is_true(value) ? "true" : "false");
}

/* The path with its braces filled from the request, and for a GET the rest as its query. */
static void make_path(const char *pattern, bool query, json_t *request, struct buf *path)
{
    const char *key;
    json_t *value;
    char field[40];
    int len = 0;

    buf_append_text(path, "/api/v1/");
    for (const char *at = pattern; *at; at += len) {
        if (sscanf(at, "{%39[a-z_]}%n", field, &len) == 1) {
            append_value(path, json_object_get(request, field));
            json_object_del(request, field);
        } else {
            len = 1;
            buf_append(path, at, 1);
        }
    }
    json_object_foreach(request, key, value)
    {
        if (!query)
            break;
        buf_printf(path, "%s%s=", strchr(buf_text(path), '?') ? "&" : "?", key);
        append_value(path, value);
    }
}

static struct web_reply ask(uint32_t type, const char *person, const char *json)
{
    json_t *request = json_loads(json, 0, NULL);
    struct buf path = { 0 };
    struct web_reply reply;
    size_t r = 0;
    char *body;

    while (r < sizeof routes / sizeof routes[0] && routes[r].type != type)
        r++;
    if (r == sizeof routes / sizeof routes[0] || !request)
        fail_msg("type %u has no path here, or this is no JSON: %.300s", type, json);
    make_path(routes[r].path, strcmp(routes[r].method, "GET") == 0, request, &path);
    body = strcmp(routes[r].method, "GET") == 0 ? NULL : json_dumps(request, 0);
    reply = web_ask(door, routes[r].method, buf_text(&path), token_of(person), body ? next_key() : NULL, body);
    buf_fini(&path);
    free(body);
    json_decref(request);
    return reply;
}

ProtobufCMessage *people_do(struct stack *stack, uint32_t type, const char *person, const char *json)
{
    struct web_reply reply = ask(type, person, json);
    ProtobufCMessage *message;
    struct err err;

    if (reply.status != 200)
        fail_msg("%s: %.300s: %ld %s", person ? person : "admin", json, reply.status, reply.text);
    if (pbjson_parse(message_type_find(type)->reply, reply.text, strlen(reply.text), &stack->arena, &message, &err) !=
        0)
        fail_msg("%.300s: %s", reply.text, err.text);
    web_reply_free(&reply);
    return message;
}

void people_cannot(struct stack *stack, uint32_t type, const char *person, const char *json, long status,
                   const char *code, const char *words)
{
    struct web_reply reply = ask(type, person, json);
    bool field;
    char said[64];

    (void)stack;
    snprintf(said, sizeof said, "%s", web_text(&reply, "errors.0.code"));
    field = *said;
    if (!field)
        snprintf(said, sizeof said, "%s", web_text(&reply, "code"));
    if (reply.status != status || strcmp(said, code) != 0 ||
        !strstr(web_text(&reply, field ? "errors.0.message" : "detail"), words))
        fail_msg("%s: %.300s: %ld %s\nwanted %ld %s: %s", person, json, reply.status, reply.text, status, code, words);
    web_reply_free(&reply);
}

void people_attach(struct stack *stack, const char *person, const char *deliverable, unsigned revision,
                   const char *name, const char *text)
{
    struct web_reply reply;
    char path[200];

    (void)stack;
    snprintf(path, sizeof path, "/api/v1/deliverables/%s/attachments/%s?revision=%u&last=true", deliverable, name,
             revision);
    reply = web_ask(door, "PUT", path, token_of(person), next_key(), text);
    if (reply.status != 200)
        fail_msg("%s: %s: %s", person, path, reply.text);
    web_reply_free(&reply);
}
