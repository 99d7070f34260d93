/* web: see web.h. */
#include "support/web.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int web_free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    close(fd);
    return ntohs(at.sin_port);
}

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    buf_append(arg, bytes, size * count);
    return size * count;
}

static struct curl_slist *headers_of(const char *token, const char *key, const char *body)
{
    struct curl_slist *list = NULL;
    char line[256];

    if (token) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", token);
        list = curl_slist_append(list, line);
    }
    if (key) {
        snprintf(line, sizeof line, "Idempotency-Key: %s", key);
        list = curl_slist_append(list, line);
    }
    return body ? curl_slist_append(list, "Content-Type: application/json") : list;
}

/* False when nobody answers. */
static bool try_ask(const struct web *web, const char *method, const char *path, const char *token, const char *key,
                    const char *body, struct web_reply *reply)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(token, key, body);
    struct buf text = { 0 };
    char url[1024];
    const char *type = NULL;
    bool good;

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", web->port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    good = curl_easy_perform(curl) == CURLE_OK;
    *reply = (struct web_reply) { 0 };
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    snprintf(reply->content_type, sizeof reply->content_type, "%s", type ? type : "");
    reply->text = strdup(buf_text(&text));
    reply->json = json_loadb((const char *)text.data, text.len, JSON_DECODE_ANY, NULL);
    buf_fini(&text);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (!good)
        web_reply_free(reply);
    return good;
}

struct web_reply web_ask(const struct web *web, const char *method, const char *path, const char *token,
                         const char *key, const char *body)
{
    struct web_reply reply;

    if (!try_ask(web, method, path, token, key, body, &reply)) {
        fprintf(stderr, "%s %s: no answer\n", method, path);
        exit(1);
    }
    return reply;
}

struct web_reply web_do(const struct web *web, const char *method, const char *path, const char *body)
{
    static unsigned number;
    struct web_reply reply;
    char key[32];

    snprintf(key, sizeof key, "web-%d-%u", (int)getpid(), ++number);
    reply = web_ask(web, method, path, web->token, key, body);
    if (reply.status != 200) {
        fprintf(stderr, "%s %s: %ld %s\n", method, path, reply.status, reply.text);
        exit(1);
    }
    return reply;
}

void web_reply_free(struct web_reply *reply)
{
    free(reply->text);
    json_decref(reply->json);
    *reply = (struct web_reply) { 0 };
}

const char *web_text(const struct web_reply *reply, const char *path)
{
    static char text[512];
    char copy[256];
    json_t *at = reply->json;

    snprintf(copy, sizeof copy, "%s", path);
    for (char *word = strtok(copy, "."); word && at; word = strtok(NULL, "."))
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(word)) : json_object_get(at, word);
    text[0] = '\0';
    if (json_is_string(at))
        snprintf(text, sizeof text, "%s", json_string_value(at));
    else if (json_is_integer(at))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(at));
    else if (json_is_boolean(at))
        snprintf(text, sizeof text, "%s", json_is_true(at) ? "true" : "false");
    return text;
}

struct start {
    struct web *web;
    char path[128];
};

static bool has_token(void *arg)
{
    struct start *start = arg;
    struct web_reply reply;
    FILE *file = fopen(start->path, "re");
    bool good;

    if (!file)
        return false;
    good = fscanf(file, "%63s", start->web->token) == 1;
    fclose(file);
    if (!good || !try_ask(start->web, "GET", "/api/v1/tokens", start->web->token, NULL, NULL, &reply))
        return false;
    good = reply.status == 200;
    web_reply_free(&reply);
    return good;
}

static void take_port(struct web *web)
{
    char port[16];

    web->port = web_free_port();
    snprintf(port, sizeof port, "%d", web->port);
    setenv("BIHUAN_HTTP_PORT", port, 1);
}

void web_start(struct web *web, struct stack *stack)
{
    struct start start = { .web = web };

    take_port(web);
    snprintf(start.path, sizeof start.path, "%s/data/admin.token", stack->dir);
    stack_start(stack, "gateway", "a");
    if (!stack_until(has_token, &start, 30)) {
        fprintf(stderr, "the gateway gave no token in 30 s\n");
        exit(1);
    }
}

static bool is_healthy(void *arg)
{
    struct web_reply reply;
    bool good = try_ask(arg, "GET", "/healthz", NULL, NULL, NULL, &reply);

    if (good)
        web_reply_free(&reply);
    return good;
}

void web_start_standby(struct web *web, struct stack *stack, const struct web *first)
{
    *web = *first;
    take_port(web);
    stack_start(stack, "gateway", "b");
    if (!stack_until(is_healthy, web, 30)) {
        fprintf(stderr, "the second gateway did not answer in 30 s\n");
        exit(1);
    }
}
