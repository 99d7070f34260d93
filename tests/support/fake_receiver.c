/* fake_receiver: see fake_receiver.h. */
#include "support/fake_receiver.h"

#include "support/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX ((size_t)1 << 20)

struct call {
    size_t len;
    char *body;
};

/* What a kind answers where all is well, where it is busy, and where there are too many. */
static const char *words_of(const char *path, enum fake_answer answer)
{
    if (strncmp(path, "/feishu", 7) == 0)
        return answer == FAKE_FAST ? "{\"code\":11232}" : answer == FAKE_BUSY ? "{}" : "{\"code\":0}";
    if (strncmp(path, "/wecom", 6) == 0 || strncmp(path, "/dingtalk", 9) == 0)
        return answer == FAKE_FAST   ? (path[1] == 'w' ? "{\"errcode\":45009}" : "{\"errcode\":130101}")
               : answer == FAKE_BUSY ? "{\"errcode\":-1}"
                                     : "{\"errcode\":0}";
    return "{}";
}

static const char *id_of(struct MHD_Connection *connection)
{
    const char *id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "webhook-id");

    return id ? id : "";
}

/* What a message is known by: its id; a chat's has none, so all of it but its time. The caller frees it. */
static char *identity(const char *id, const struct call *call)
{
    json_t *body;
    char *text;

    if (*id)
        return strdup(id);
    body = json_loads(call->body ? call->body : "", 0, NULL);
    json_object_del(body, "timestamp");
    json_object_del(body, "sign");
    text = json_dumps(body, JSON_SORT_KEYS);
    json_decref(body);
    return text ? text : strdup("");
}

static enum fake_answer answer_new(struct fake_receiver *fake, int mode, const char *id, const struct call *call)
{
    char *key = identity(id, call);
    bool known = json_object_get(fake->modes[mode].known, key) != NULL;

    if (known && !*id)
        json_object_del(fake->modes[mode].known, key); /* the same words on another day are another message */
    else
        json_object_set_new(fake->modes[mode].known, key, json_true());
    free(key);
    if (known)
        return FAKE_TAKES;
    return fake->modes[mode].ways[fake->modes[mode].next++ % fake->modes[mode].way_count];
}

static enum fake_answer next_answer(struct fake_receiver *fake, const char *path, const char *id,
                                    const struct call *call)
{
    for (int i = 0; i < FAKE_PATHS_MAX; i++)
        if (strcmp(fake->modes[i].path, path) == 0) {
            if (fake->modes[i].ways)
                return answer_new(fake, i, id, call);
            if (fake->modes[i].left == 0)
                return FAKE_TAKES;
            if (fake->modes[i].left > 0)
                fake->modes[i].left--;
            return fake->modes[i].answer;
        }
    return FAKE_TAKES;
}

static void keep(struct fake_receiver *fake, const char *path, const char *id, const struct call *call,
                 enum fake_answer answer)
{
    bool took = answer == FAKE_TAKES || answer == FAKE_SLOW;

    json_array_append_new(fake->got, json_pack("{s:s, s:s, s:s%, s:b, s:b, s:i}", "path", path, "id", id, "body",
                                               call->body ? call->body : "", call->len, "took", took, "half",
                                               answer == FAKE_CLOSES || answer == FAKE_DENIES, "answer", (int)answer));
}

/* Waits, but not for a test that is at its end. */
static void linger(struct fake_receiver *fake, int ms)
{
    for (int i = 0; i < ms / 50; i++) {
        bool stopping;

        pthread_mutex_lock(&fake->lock);
        stopping = fake->stopping;
        pthread_mutex_unlock(&fake->lock);
        if (stopping)
            return;
        usleep(50000);
    }
}

static ssize_t cut_off(void *arg, uint64_t pos, char *out, size_t max)
{
    (void)arg, (void)pos, (void)out, (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result respond(struct fake_receiver *fake, struct MHD_Connection *connection, const char *path,
                               enum fake_answer answer)
{
    static const unsigned statuses[] = {
        [FAKE_429] = 429, [FAKE_500] = 500, [FAKE_FORWARD] = 302, [FAKE_PICKY] = 400, [FAKE_DENIES] = 400
    };
    const char *words = words_of(path, answer);
    struct MHD_Response *response;
    unsigned status = statuses[answer] ? statuses[answer] : 200;
    char seconds[16];
    enum MHD_Result rc;

    if (answer == FAKE_CLOSES)
        response = MHD_create_response_from_callback(1000, 16, cut_off, NULL, NULL);
    else
        response = MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY);
    snprintf(seconds, sizeof seconds, "%d", fake->retry_after_s);
    if (answer == FAKE_429)
        MHD_add_response_header(response, "Retry-After", seconds);
    if (answer == FAKE_FORWARD)
        MHD_add_response_header(response, "Location", "/stolen");
    if (answer == FAKE_HANGS || answer == FAKE_SLOW)
        linger(fake, answer == FAKE_SLOW ? fake->slow_ms : 15000);
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

static enum MHD_Result serve(void *arg, struct MHD_Connection *connection, const char *path, const char *method,
                             const char *version, const char *data, size_t *len, void **state)
{
    struct fake_receiver *fake = arg;
    struct call *call = *state;
    enum fake_answer answer;

    (void)version;
    (void)method;
    if (!call) {
        *state = calloc(1, sizeof *call);
        return MHD_YES;
    }
    if (*len) {
        call->body = realloc(call->body, call->len + *len + 1);
        memcpy(call->body + call->len, data, *len);
        call->len += *len;
        call->body[call->len] = 0;
        *len = 0;
        return call->len < BODY_MAX ? MHD_YES : MHD_NO;
    }
    pthread_mutex_lock(&fake->lock);
    answer = next_answer(fake, path, id_of(connection), call);
    if (answer == FAKE_PICKY && !(call->body && strstr(call->body, "\"O2\"")))
        answer = FAKE_TAKES;
    keep(fake, path, id_of(connection), call, answer);
    pthread_mutex_unlock(&fake->lock);
    return respond(fake, connection, path, answer);
}

static void done(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    struct call *call = *state;

    (void)arg, (void)connection, (void)code;
    if (call)
        free(call->body);
    free(call);
    *state = NULL;
}

void fake_receiver_start(struct fake_receiver *fake)
{
    fake_receiver_start_at(fake, web_free_port());
}

void fake_receiver_start_at(struct fake_receiver *fake, int port)
{
    fake_receiver_make(fake, port);
    fake_receiver_open(fake);
}

void fake_receiver_make(struct fake_receiver *fake, int port)
{
    *fake = (struct fake_receiver) { .port = port, .slow_ms = 1500, .retry_after_s = 2, .got = json_array() };
    pthread_mutex_init(&fake->lock, NULL);
}

void fake_receiver_open(struct fake_receiver *fake)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    at.sin_port = htons((uint16_t)fake->port);
    fake->server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
                                    (uint16_t)fake->port, NULL, NULL, serve, fake, MHD_OPTION_SOCK_ADDR,
                                    (struct sockaddr *)&at, MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
    if (!fake->server) {
        fprintf(stderr, "the fake receiver can't listen on port %d\n", fake->port);
        exit(1);
    }
}

void fake_receiver_close(struct fake_receiver *fake)
{
    if (fake->server)
        MHD_stop_daemon(fake->server);
    fake->server = NULL;
}

void fake_receiver_stop(struct fake_receiver *fake)
{
    pthread_mutex_lock(&fake->lock);
    fake->stopping = true;
    pthread_mutex_unlock(&fake->lock);
    fake_receiver_close(fake);
    json_decref(fake->got);
    for (int i = 0; i < FAKE_PATHS_MAX; i++)
        json_decref(fake->modes[i].known);
    pthread_mutex_destroy(&fake->lock);
}

/* The path's place; under the lock. */
static int place_of(struct fake_receiver *fake, const char *path)
{
    for (int i = 0; i < FAKE_PATHS_MAX; i++)
        if (!fake->modes[i].path[0] || strcmp(fake->modes[i].path, path) == 0) {
            snprintf(fake->modes[i].path, sizeof fake->modes[i].path, "%s", path);
            return i;
        }
    fprintf(stderr, "the fake receiver has too many paths\n");
    exit(1);
}

void fake_receiver_set(struct fake_receiver *fake, const char *path, enum fake_answer answer, int count)
{
    int place;

    pthread_mutex_lock(&fake->lock);
    place = place_of(fake, path);
    fake->modes[place].answer = answer;
    fake->modes[place].left = count;
    fake->modes[place].ways = NULL;
    pthread_mutex_unlock(&fake->lock);
}

void fake_receiver_fail_each(struct fake_receiver *fake, const char *path, const enum fake_answer *ways, int count,
                             int first)
{
    int place;

    pthread_mutex_lock(&fake->lock);
    place = place_of(fake, path);
    fake->modes[place].ways = ways;
    fake->modes[place].way_count = count;
    fake->modes[place].next = first;
    json_decref(fake->modes[place].known);
    fake->modes[place].known = json_object();
    pthread_mutex_unlock(&fake->lock);
}

static int count(struct fake_receiver *fake, const char *path, bool took)
{
    int found = 0;
    size_t i;
    json_t *one;

    pthread_mutex_lock(&fake->lock);
    json_array_foreach(fake->got, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "path")), path) == 0 &&
            (!took || json_is_true(json_object_get(one, "took"))))
            found++;
    }
    pthread_mutex_unlock(&fake->lock);
    return found;
}

int fake_receiver_asked(struct fake_receiver *fake, const char *path)
{
    return count(fake, path, false);
}

int fake_receiver_took(struct fake_receiver *fake, const char *path)
{
    return count(fake, path, true);
}
