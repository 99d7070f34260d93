/* tokens: see tokens.h. */
#include "gateway/tokens.h"

#include "gateway/problem.h"
#include "text/nearest.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64
#define DAYS_MAX     3660

static bool is_permission(const char *word, struct nearest *nearest)
{
    nearest_init(nearest, word);
    for (size_t i = 0; principal_permissions[i]; i++) {
        if (strcmp(principal_permissions[i], word) == 0)
            return true;
        nearest_offer(nearest, principal_permissions[i]);
    }
    return false;
}

static void check_permissions(const Bihuan__CreateTokenRequest *request, struct arena *arena, Bihuan__Problem *problem)
{
    struct nearest nearest;
    char pointer[48], text[256];

    for (size_t i = 0; i < request->n_permissions; i++) {
        if (is_permission(request->permissions[i], &nearest))
            continue;
        snprintf(pointer, sizeof pointer, "/permissions/%zu", i);
        snprintf(text, sizeof text, "there is no permission \"%.60s\"%s", request->permissions[i],
                 nearest_hint(&nearest));
        problem_add(arena, problem, pointer, "unknown_permission", text);
    }
    if (!request->n_permissions)
        problem_add(arena, problem, "/permissions", "missing", "a token needs at least one permission");
}

Bihuan__Problem *tokens_check(const Bihuan__CreateTokenRequest *request, const Bihuan__Principal *maker,
                              struct arena *arena)
{
    Bihuan__Problem *problem = problem_new(arena, 422, "invalid", "the token cannot be made like this");
    size_t len = strlen(request->name);

    if (*maker->subtree && strcmp(maker->subtree, request->subtree) != 0)
        return problem_new(arena, 403, "subtree", "\"%s\" may make tokens for the subtree \"%s\" only", maker->person,
                           maker->subtree);
    if (len == 0 || len > NAME_MAX_LEN)
        problem_add(arena, problem, "/name", "bad_name", "a token needs a name of up to 64 bytes: who uses it");
    if (request->days > DAYS_MAX)
        problem_add(arena, problem, "/days", "out_of_range", "a token lasts at most 3660 days, or 0: for ever");
    check_permissions(request, arena, problem);
    return problem->n_errors ? problem : NULL;
}

static const char *const *copy_words(struct arena *arena, char *const *words, size_t count)
{
    const char **out = arena_array(arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = arena_strdup(arena, words[i]);
    return out;
}

struct token_made *tokens_make(struct call *call, const Bihuan__CreateTokenRequest *request)
{
    struct token_made *made = calloc(1, sizeof *made);
    struct token_row *row;

    if (!made)
        abort();
    arena_init(&made->arena);
    made->call = call;
    token_make(&made->secret);
    row = &made->row;
    token_hash(&row->hash, made->secret.text);
    row->name = arena_strdup(&made->arena, request->name);
    row->permissions = copy_words(&made->arena, request->permissions, request->n_permissions);
    row->permission_count = request->n_permissions;
    row->subtree = arena_strdup(&made->arena, request->subtree);
    row->created_at_us = clock_real_us();
    row->ends_at_us = request->days ? row->created_at_us + (int64_t)request->days * 86400 * SECOND : 0;
    row->made_by = arena_strdup(&made->arena, call->principal.person);
    row->made_key = arena_strdup(&made->arena, call->idempotency_key);
    return made;
}

void tokens_release(void *message)
{
    struct token_made *made = message;

    arena_fini(&made->arena);
    sodium_memzero(made, sizeof *made);
    free(made);
}

const ProtobufCMessage *tokens_reply(const struct token_made *made, struct arena *arena)
{
    Bihuan__CreateTokenReply *reply = arena_new(arena, Bihuan__CreateTokenReply);

    bihuan__create_token_reply__init(reply);
    reply->token = arena_new(arena, Bihuan__Token);
    token_row_to_message(&made->row, arena, reply->token);
    reply->token->secret = arena_strdup(arena, made->secret.text);
    return &reply->base;
}
