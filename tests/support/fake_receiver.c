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

static enum fake_answer next_answer(struct fake_receiver *fake, const char *path)
{
    for (int i = 0; i < FAKE_PATHS_MAX; i++)
        if (strcmp(fake->modes[i].path, path) == 0) {
            if (fake->modes[i].left == 0)
                return FAKE_TAKES;
            if (fake->modes[i].left > 0)
                fake->modes[i].left--;
            return fake->modes[i].answer;
        }
    return FAKE_TAKES;
}

static void keep(struct fake_receiver *fake, struct MHD_Connection *connection, const char *path,
                 const struct call *call, enum fake_answer answer)
{
    const char *id = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "webhook-id");
    bool took = answer == FAKE_TAKES || answer == FAKE_SLOW;

    json_array_append_new(fake->got, json_pack("{s:s, s:s, s:s%, s:b, s:b}", "path", path, "id", id ? id : "", "body",
                                               call->body ? call->body : "", call->len, "took", took, "half",
                                               answer == FAKE_CLOSES || answer == FAKE_DENIES));
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
    enum MHD_Result rc;

    if (answer == FAKE_CLOSES)
        response = MHD_create_response_from_callback(1000, 16, cut_off, NULL, NULL);
    else
        response = MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY);
    if (answer == FAKE_429)
        MHD_add_response_header(response, "Retry-After", "2");
    if (answer == FAKE_FORWARD)
        MHD_add_response_header(response, "Location", "/stolen");
    if (answer == FAKE_HANGS || answer == FAKE_SLOW)
        linger(fake, answer == FAKE_SLOW ? 1500 : 15000);
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
    answer = next_answer(fake, path);
    if (answer == FAKE_PICKY && !(call->body && strstr(call->body, "\"O2\"")))
        answer = FAKE_TAKES;
    keep(fake, connection, path, call, answer);
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
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *fake = (struct fake_receiver) { .port = port, .got = json_array() };
    pthread_mutex_init(&fake->lock, NULL);
    at.sin_port = htons((uint16_t)fake->port);
    fake->server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
                                    (uint16_t)fake->port, NULL, NULL, serve, fake, MHD_OPTION_SOCK_ADDR,
                                    (struct sockaddr *)&at, MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
    if (!fake->server) {
        fprintf(stderr, "the fake receiver can't listen on port %d\n", fake->port);
        exit(1);
    }
}

void fake_receiver_stop(struct fake_receiver *fake)
{
    pthread_mutex_lock(&fake->lock);
    fake->stopping = true;
    pthread_mutex_unlock(&fake->lock);
    MHD_stop_daemon(fake->server);
    json_decref(fake->got);
    pthread_mutex_destroy(&fake->lock);
}

void fake_receiver_set(struct fake_receiver *fake, const char *path, enum fake_answer answer, int count)
{
    pthread_mutex_lock(&fake->lock);
    for (int i = 0; i < FAKE_PATHS_MAX; i++)
        if (!fake->modes[i].path[0] || strcmp(fake->modes[i].path, path) == 0) {
            snprintf(fake->modes[i].path, sizeof fake->modes[i].path, "%s", path);
            fake->modes[i].answer = answer;
            fake->modes[i].left = count;
            break;
        }
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
