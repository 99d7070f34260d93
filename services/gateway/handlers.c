/* handlers: what the gateway does on the writer and reader threads: tokens and the audit record. */
#include "gateway/gateway.h"

#include "obs/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_DEFAULT 100
#define LIST_MAX     500
#define LOAD_STEP    10000

/* --- audit ---------------------------------------------------------------------------------------------------------
 */
int on_audit(struct tx *tx, const void *row, struct err *err)
{
    struct gateway *gateway = tx_state(tx);

    return audit_store_append(tx_db(tx), tx_arena(tx), &gateway->audit, row, err);
}

/* --- tokens --------------------------------------------------------------------------------------------------------
 */
void token_row_to_message(const struct token_row *row, struct arena *arena, Bihuan__Token *out)
{
    bihuan__token__init(out);
    out->id = row->id;
    out->name = arena_strdup(arena, row->name);
    out->subtree = arena_strdup(arena, row->subtree);
    out->n_permissions = row->permission_count;
    out->permissions = arena_array(arena, char *, row->permission_count + 1);
    for (size_t i = 0; i < row->permission_count; i++)
        out->permissions[i] = arena_strdup(arena, row->permissions[i]);
    out->created_at = row->created_at_us;
    out->ends_at = row->ends_at_us;
    out->revoked = row->revoked;
}

int on_create_token(struct tx *tx, const void *message, struct err *err)
{
    struct gateway *gateway = tx_state(tx);
    struct token_row *row = (struct token_row *)message;

    if (token_store_insert(tx_db(tx), tx_arena(tx), row, err) != 0)
        return -1;
    if (row->id)
        token_cache_stage(gateway->tokens, row);
    return 0;
}

static int on_revoke_token(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RevokeTokenRequest *request = message;
    struct gateway *gateway = tx_state(tx);
    Bihuan__RevokeTokenReply reply = BIHUAN__REVOKE_TOKEN_REPLY__INIT;
    Bihuan__Token token;
    struct token_row row;

    if (token_store_revoke(tx_db(tx), tx_arena(tx), request->id, clock_real_us(), &row, err) != 0)
        return -1;
    token_row_to_message(&row, tx_arena(tx), &token);
    reply.token = &token;
    if (tx_reply(tx, &reply.base, err) != 0)
        return -1;
    token_cache_stage(gateway->tokens, &row);
    return 0;
}

static int on_list_tokens(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListTokensRequest *request = message;
    Bihuan__ListTokensReply reply = BIHUAN__LIST_TOKENS_REPLY__INIT;
    uint32_t limit = request->page && request->page->limit ? request->page->limit : LIST_DEFAULT;
    uint32_t after = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    struct arena *arena = tx_arena(tx);
    struct token_row *rows;
    size_t count;

    if (limit > LIST_MAX)
        limit = LIST_MAX;
    if (token_store_list(tx_db(tx), arena, after, limit, &rows, &count, err) != 0)
        return -1;
    reply.n_items = count;
    reply.items = arena_array(arena, Bihuan__Token *, count + 1);
    for (size_t i = 0; i < count; i++) {
        reply.items[i] = arena_new(arena, Bihuan__Token);
        token_row_to_message(&rows[i], arena, reply.items[i]);
    }
    if (count == limit)
        reply.next = arena_printf(arena, "%u", rows[count - 1].id);
    return tx_reply(tx, &reply.base, err);
}

/* --- the first token -----------------------------------------------------------------------------------------------
 */
/* The token in the file: one that was put there before the first start, or is left from a start that did not get as far
 * as the data base. */
static bool read_token_file(const char *path, struct token_text *out)
{
    FILE *file = fopen(path, "re");
    bool good;

    if (!file)
        return false;
    good = fgets(out->text, sizeof out->text, file) && token_well_formed(out->text);
    fclose(file);
    return good;
}

static int write_token_file(const char *path, const struct token_text *token, struct err *err)
{
    char line[TOKEN_TEXT_LEN + 2], temporary[4096];
    int fd;
    bool good;

    snprintf(temporary, sizeof temporary, "%s.new", path);
    snprintf(line, sizeof line, "%s\n", token->text);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, "could not create \"%s\": %s", temporary, strerror(errno));
    good = write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
    close(fd);
    if (!good || rename(temporary, path) != 0)
        return err_set(err, "could not write \"%s\": %s", path, strerror(errno));
    return 0;
}

/* An installation without any token gets one that may do all, in a file for its owner alone. The file comes first: a
 * crash in between leaves a file that the next start takes. */
int on_first_token(struct tx *tx, const void *message, struct err *err)
{
    static const char *const admin[] = { "admin" };
    struct gateway *gateway = tx_state(tx);
    const char *path = runtime_setting(gateway->rt, "admin_token_file");
    struct token_row row = { .name = "admin",
                             .permissions = admin,
                             .permission_count = 1,
                             .subtree = "",
                             .created_at_us = clock_real_us(),
                             .made_by = "gateway",
                             .made_key = "first start" };
    struct token_text token;

    (void)message;
    if (token_cache_count(gateway->tokens) > 0)
        return 0;
    if (!*path)
        path = arena_printf(tx_arena(tx), "%s/admin.token", runtime_setting(gateway->rt, "data_dir"));
    if (!read_token_file(path, &token)) {
        token_make(&token);
        if (write_token_file(path, &token, err) != 0)
            return -1;
    }
    token_hash(&row.hash, token.text);
    if (token_store_insert(tx_db(tx), tx_arena(tx), &row, err) != 0)
        return -1;
    if (row.id)
        token_cache_stage(gateway->tokens, &row);
    log_info("first_token", "file=%s", path);
    return 0;
}

/* --- memory --------------------------------------------------------------------------------------------------------
 */
static int load(struct tx *tx, struct err *err)
{
    struct gateway *gateway = tx_state(tx);
    struct token_row *rows;
    size_t count;

    if (audit_store_head(tx_db(tx), &gateway->audit, err) != 0 ||
        token_store_list(tx_db(tx), tx_arena(tx), 0, LOAD_STEP, &rows, &count, err) != 0)
        return -1;
    token_cache_load(gateway->tokens, rows, count);
    return 0;
}

static void drop(struct runtime *rt)
{
    token_cache_drop(((struct gateway *)runtime_state(rt))->tokens);
}

static void after_commit(struct runtime *rt)
{
    token_cache_commit(((struct gateway *)runtime_state(rt))->tokens);
}

/* --- start and stop ------------------------------------------------------------------------------------------------
 */
static void on_first_done(void *arg, int rc, const struct err *err)
{
    (void)arg;
    if (rc != 0)
        log_error("first_token_failed", "error=\"%s\"", err->text);
}

static int start_http(struct gateway *gateway, struct err *err)
{
    struct runtime *rt = gateway->rt;
    const struct http_options options = { .address = runtime_setting(rt, "http_address"),
                                          .port = (uint16_t)runtime_setting_int(rt, "http_port"),
                                          .connections_max = 4096,
                                          .body_len_max = (size_t)1 << 20,
                                          .bodies_len_max = (size_t)64 << 20,
                                          .header_ms = 10000,
                                          .body_ms = 60000,
                                          .idle_ms = 60000,
                                          .handler = call_begin,
                                          .arg = gateway };

    if (http_start(&gateway->http, runtime_loop(rt), &options, err) != 0)
        return -1;
    log_info("http_listening", "address=%s port=%u", options.address, http_port(gateway->http));
    return 0;
}

static int read_key(struct gateway *gateway, struct err *err)
{
    const char *folder = runtime_setting(gateway->rt, "data_dir");
    char secret[4096], public[4096];

    snprintf(secret, sizeof secret, "%s/principal.key", folder);
    snprintf(public, sizeof public, "%s/principal.pub", folder);
    if (principal_keys_ensure(secret, public, err) != 0)
        return -1;
    return principal_secret_read(&gateway->key, secret, err);
}

/* While the tokens are read again nobody is sent away. */
static bool may_listen(void *arg, uint32_t token)
{
    enum token_verdict verdict = token_cache_judge(((struct gateway *)arg)->tokens, token, clock_real_us());

    return verdict == TOKEN_GOOD || verdict == TOKEN_NOT_LOADED;
}

static int start(struct runtime *rt, struct err *err)
{
    struct gateway *gateway = runtime_state(rt);
    const struct job_order first = { .fn = on_first_token, .message = gateway, .patient = true, .done = on_first_done };

    gateway->rt = rt;
    gateway->deadline_us = runtime_setting_int(rt, "request_deadline_ms") * 1000;
    if (read_key(gateway, err) != 0)
        return -1;
    gateway->tokens = token_cache_new();
    if (jobs_start(&gateway->jobs, rt, err) != 0)
        return -1;
    gateway->sse = sse_new(runtime_loop(rt), may_listen, gateway);
    topics_start(gateway);
    jobs_push(gateway->jobs, &first);
    return start_http(gateway, err);
}

static void stop(struct runtime *rt)
{
    struct gateway *gateway = runtime_state(rt);

    if (gateway->sse)
        topics_stop(gateway);
    jobs_stop(&gateway->jobs);
    sse_close(&gateway->sse);
    http_stop(&gateway->http);
    token_cache_destroy(&gateway->tokens);
}

static const struct setting settings[] = {
    { "http_address", SETTING_TEXT, "127.0.0.1", "address to listen on for HTTP", 0, 0 },
    { "http_port", SETTING_INT, "8480", "port to listen on for HTTP; 0 any", 0, 65535 },
    { "request_deadline_ms", SETTING_INT, "30000", "how long a service may take to answer", 100, 600000 },
    { "admin_token_file", SETTING_TEXT, "", "where the first token is written; <data_dir>/admin.token by default", 0,
      0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};

static const struct handler handlers[] = {
    HANDLE_REQUEST(REVOKE_TOKEN, "admin", on_revoke_token),
    HANDLE_QUERY(LIST_TOKENS, "admin", on_list_tokens),
    HANDLE_LOCAL(on_create_token),
    HANDLE_LOCAL(on_first_token),
    HANDLE_LOCAL(on_audit),
    HANDLERS_END,
};

extern const struct migration gateway_migrations[]; /* generated from schema/ */

const struct service gateway_service = {
    .name = "gateway",
    .handlers = handlers,
    .migrations = gateway_migrations,
    .settings = settings,
    .state_size = sizeof(struct gateway),
    .start = start,
    .stop = stop,
    .load = load,
    .drop = drop,
    .after_commit = after_commit,
    .on_wire = topics_on_wire,
};
