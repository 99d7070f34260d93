/* client: see client.h. */
#include "cli/client.h"

#include "base/buf.h"
#include "cli/zone.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct client {
    char *url;
    char *token;
    const char *language;
    CURL *curl;
};

/* One request; the same when it is sent again. */
struct request {
    const char *method, *path, *content_type;
    struct buf *file; /* where the body of a good answer goes that isn't JSON; NULL: nowhere */
    const void *bytes;
    size_t len;
    char key[33];
};

struct client *client_new(const char *url, const char *token, const char *language)
{
    struct client *client = calloc(1, sizeof *client);
    size_t len;

    if (!client || sodium_init() < 0)
        abort();
    client->url = strdup(url);
    client->token = strdup(token);
    if (!client->url || !client->token)
        abort();
    for (len = strlen(client->url); len > 0 && client->url[len - 1] == '/'; len--)
        client->url[len - 1] = '\0';
    client->language = language;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client->curl = curl_easy_init();
    return client;
}

void client_destroy(struct client **client)
{
    if (!client || !*client)
        return;
    curl_easy_cleanup((*client)->curl);
    curl_global_cleanup();
    sodium_memzero((*client)->token, strlen((*client)->token));
    free((*client)->token);
    free((*client)->url);
    free(*client);
    *client = NULL;
}

void client_answer_fini(struct client_answer *answer)
{
    json_decref(answer->json);
    answer->json = NULL;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    buf_append(arg, bytes, size * count);
    return size * count;
}

static bool is_loopback(const char *url)
{
    static const char *const hosts[] = { "http://127.",  "http://localhost",  "http://[::1]",
                                         "https://127.", "https://localhost", "https://[::1]" };

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    struct buf line = { 0 };
    struct curl_slist *more;

    buf_printf(&line, "%s: %s", name, value);
    more = curl_slist_append(list, buf_text(&line));
    buf_fini(&line);
    return more;
}

/* Sets what every request has; the caller frees the list of headers and the URL. */
static struct curl_slist *prepare(struct client *client, const char *path, struct buf *url)
{
    struct curl_slist *headers = add_header(NULL, "Accept-Language", client->language);

    headers = add_header(headers, "Expect", ""); /* bodies are small: no need to ask first */
    if (*client->token) {
        struct buf value = { 0 };
        buf_printf(&value, "Bearer %s", client->token);
        headers = add_header(headers, "Authorization", buf_text(&value));
        buf_fini(&value);
    }
    curl_easy_reset(client->curl);
    buf_printf(url, "%s%s", client->url, path);
    curl_easy_setopt(client->curl, CURLOPT_URL, buf_text(url));
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    if (is_loopback(client->url))
        curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "*");
    return headers;
}

/* Every answer of the gateway says it. */
static void learn_zone(CURL *curl)
{
    struct curl_header *header;

    if (curl_easy_header(curl, ZONE_HEADER, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        zone_learn(header->value);
}

/* Sends once. False: nobody answered. */
static bool send_once(struct client *client, const struct request *request, struct client_answer *answer)
{
    struct buf url = { 0 }, text = { 0 };
    struct curl_slist *headers = prepare(client, request->path, &url);
    CURLcode code;

    headers = add_header(headers, "Idempotency-Key", request->key);
    if (request->bytes)
        headers = add_header(headers, "Content-Type", request->content_type);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->bytes || strcmp(request->method, "GET") != 0) {
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, request->bytes ? request->bytes : "");
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
    }
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, 120000L);
    code = curl_easy_perform(client->curl);
    learn_zone(client->curl);
    *answer = (struct client_answer) { 0 };
    if (code == CURLE_OK) {
        curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
        if (request->file && answer->status == 200)
            buf_append(request->file, text.data, text.len);
        else
            answer->json = json_loadb((const char *)text.data, text.len, 0, NULL);
    } else {
        snprintf(answer->trouble, sizeof answer->trouble, "%s: %s", client->url, curl_easy_strerror(code));
    }
    curl_slist_free_all(headers);
    buf_fini(&url);
    buf_fini(&text);
    return code == CURLE_OK;
}

static bool is_passing(long status)
{
    return status == 429 || status == 503 || status == 504;
}

static bool ask(struct client *client, struct request *request, struct client_answer *answer)
{
    long waited_ms = 0, pause_ms = 200;
    unsigned char random[16];

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(request->key, sizeof request->key, random, sizeof random);
    while (send_once(client, request, answer) && is_passing(answer->status) && waited_ms < CLIENT_PATIENCE_MS) {
        const struct timespec pause = { .tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000L };
        client_answer_fini(answer);
        nanosleep(&pause, NULL);
        waited_ms += pause_ms;
        pause_ms = pause_ms < 2000 ? pause_ms * 2 : 2000;
    }
    return answer->status == 200 && answer->json;
}

bool client_ask(struct client *client, const char *method, const char *path, const json_t *body,
                struct client_answer *answer)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct request request = { .method = method,
                               .path = path,
                               .content_type = "application/json",
                               .bytes = text,
                               .len = text ? strlen(text) : 0 };
    bool good = ask(client, &request, answer);

    free(text);
    return good;
}

bool client_put(struct client *client, const char *path, const void *bytes, size_t len, struct client_answer *answer)
{
    struct request request = {
        .method = "PUT", .path = path, .content_type = "application/octet-stream", .bytes = len ? bytes : "", .len = len
    };

    return ask(client, &request, answer);
}

bool client_get_file(struct client *client, const char *path, struct buf *out, struct client_answer *answer)
{
    struct request request = { .method = "GET", .path = path, .content_type = "", .file = out };

    (void)ask(client, &request, answer);
    return answer->status == 200;
}

/* --- events --------------------------------------------------------------------------------------------------------
 */
struct watch {
    CURL *curl;
    struct buf text; /* what isn't taken apart yet */
    char topic[64];
    struct buf data;
    char *last_id;
    client_event_fn *event;
    void *arg;
    bool ended;
};

static void take_line(struct watch *watch, const char *line, size_t len)
{
    if (len == 0) {
        if (watch->topic[0] && !watch->event(watch->arg, watch->topic, buf_text(&watch->data)))
            watch->ended = true;
        watch->topic[0] = '\0';
        buf_reset(&watch->data);
    } else if (len > 7 && strncmp(line, "event: ", 7) == 0) {
        snprintf(watch->topic, sizeof watch->topic, "%.*s", (int)(len - 7), line + 7);
    } else if (len > 4 && strncmp(line, "id: ", 4) == 0) {
        snprintf(watch->last_id, 64, "%.*s", (int)(len - 4), line + 4);
    } else if (len > 6 && strncmp(line, "data: ", 6) == 0) {
        buf_append(&watch->data, line + 6, len - 6);
    }
}

static size_t on_events(char *bytes, size_t size, size_t count, void *arg)
{
    struct watch *watch = arg;
    size_t from = 0;
    long status = 0;

    buf_append(&watch->text, bytes, size * count);
    curl_easy_getinfo(watch->curl, CURLINFO_RESPONSE_CODE, &status);
    learn_zone(watch->curl);
    if (status != 200)
        return size * count;
    for (size_t i = 0; i < watch->text.len && !watch->ended; i++) {
        if (watch->text.data[i] != '\n')
            continue;
        take_line(watch, (const char *)watch->text.data + from, i - from);
        from = i + 1;
    }
    watch->text.len -= from;
    memmove(watch->text.data, watch->text.data + from, watch->text.len);
    return watch->ended ? 0 : size * count;
}

long client_watch(struct client *client, const char *path, char last_id[64], client_event_fn *event, void *arg,
                  struct client_answer *answer)
{
    struct watch watch = { .curl = client->curl, .last_id = last_id, .event = event, .arg = arg };
    struct buf url = { 0 };
    struct curl_slist *headers = prepare(client, path, &url);
    CURLcode code;

    if (*last_id)
        headers = add_header(headers, "Last-Event-ID", last_id);
    *answer = (struct client_answer) { 0 };
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_events);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &watch);
    curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_LIMIT, 1L); /* a heartbeat comes every 15 s */
    curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_TIME, 40L);
    code = curl_easy_perform(client->curl);
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (answer->status != 200 && answer->status)
        answer->json = json_loadb((const char *)watch.text.data, watch.text.len, 0, NULL);
    else if (!watch.ended)
        snprintf(answer->trouble, sizeof answer->trouble, "%s: %s", client->url, curl_easy_strerror(code));
    curl_slist_free_all(headers);
    buf_fini(&url);
    buf_fini(&watch.text);
    buf_fini(&watch.data);
    return answer->status;
}

const char *client_escape(const char *text)
{
    static char places[8][512];
    static unsigned turn;
    char *out = places[turn++ % 8];
    size_t at = 0;

    for (; *text && at + 4 < sizeof places[0]; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c))
            out[at++] = (char)c;
        else
            at += (size_t)snprintf(out + at, 4, "%%%02X", c);
    }
    out[at] = '\0';
    return out;
}
