/* fake_sender: see fake_sender.h. */
#include "support/fake_sender.h"

#include "support/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASE "/api/v4/"

/* --- answers -------------------------------------------------------------------------------------------------------
 */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text, const char *total)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                                    MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc;

    MHD_add_response_header(response, "Content-Type", "application/json");
    if (total)
        MHD_add_response_header(response, "X-Total-Count", total);
    if (status == 302)
        MHD_add_response_header(response, "Location", BASE "productOrder");
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

static ssize_t cut_off(void *arg, uint64_t pos, char *out, size_t max)
{
    (void)arg;
    if (pos > 0 || !max)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    *out = '[';
    return 1;
}

static enum MHD_Result answer_cut(struct MHD_Connection *connection)
{
    struct MHD_Response *response = MHD_create_response_from_callback(1000, 16, cut_off, NULL, NULL);
    enum MHD_Result rc = MHD_queue_response(connection, 200, response);

    MHD_destroy_response(response);
    return rc;
}

/* --- resources -----------------------------------------------------------------------------------------------------
 */

struct selection {
    const json_t *resource;
    bool taken;
};

/* attribute.gte=, attribute.lt= as texts: the times of the tests are all in UTC with a Z. */
static enum MHD_Result check_bound(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct selection *selection = arg;
    const char *dot = strrchr(key, '.'), *has;
    char name[64];

    (void)kind;
    if (!dot || !value)
        return MHD_YES;
    snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
    has = json_string_value(json_object_get(selection->resource, name));
    if (!has || (strcmp(dot, ".gte") == 0 ? strcmp(has, value) < 0 : strcmp(has, value) >= 0))
        selection->taken = false;
    return MHD_YES;
}

static long number(struct MHD_Connection *connection, const char *name, long fallback)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);

    return text ? strtol(text, NULL, 10) : fallback;
}

static enum MHD_Result give_page(struct fake_sender *sender, struct MHD_Connection *connection, const char *kind)
{
    long offset = number(connection, "offset", 0), limit = number(connection, "limit", 100), at = 0;
    json_t *page = json_array(), *resource;
    enum MHD_Result rc;
    char total[24], *text;
    size_t i;

    if (sender->page_max && limit > sender->page_max)
        limit = sender->page_max;
    json_array_foreach(json_object_get(sender->resources, kind), i, resource)
    {
        struct selection selection = { resource, true };

        if (!sender->ignores_times)
            MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, check_bound, &selection);
        if (selection.taken && at++ >= offset && (long)json_array_size(page) < limit)
            json_array_append(page, resource);
    }
    snprintf(total, sizeof total, "%ld", at - sender->total_off);
    text = json_dumps(page, JSON_COMPACT);
    json_decref(page);
    rc = answer(connection, 200, text, sender->tells_total ? total : NULL);
    free(text);
    return rc;
}

static enum MHD_Result give_one(struct fake_sender *sender, struct MHD_Connection *connection, const char *kind,
                                const char *id)
{
    json_t *resource;
    size_t i;

    if (sender->bad_id && strcmp(sender->bad_id, id) == 0)
        return answer(connection, 500, "{}", NULL);
    json_array_foreach(json_object_get(sender->resources, kind), i, resource)
    {
        if (strcmp(json_string_value(json_object_get(resource, "id")), id) == 0) {
            char *text = json_dumps(resource, JSON_COMPACT);
            enum MHD_Result rc = answer(connection, 200, text, NULL);

            free(text);
            return rc;
        }
    }
    return answer(connection, 404, "{}", NULL);
}

static enum MHD_Result serve_resources(struct fake_sender *sender, struct MHD_Connection *connection, const char *path)
{
    char kind[64];

    sender->asked++;
    for (int waited_ms = 0; waited_ms < sender->delay_ms; waited_ms += 10) {
        pthread_mutex_unlock(&sender->lock);
        (void)usleep(10000);
        pthread_mutex_lock(&sender->lock);
    }
    switch (sender->fault) {
    case FAKE_STATUS:
        return answer(connection, 503, "busy", NULL);
    case FAKE_REDIRECT:
        return answer(connection, 302, "", NULL);
    case FAKE_GARBAGE:
        return answer(connection, 200, "[{\"id\":", NULL);
    case FAKE_CUT:
        return answer_cut(connection);
    case FAKE_SECOND:
        if (number(connection, "offset", 0) > 0)
            return answer(connection, 503, "busy", NULL);
        break;
    case FAKE_NONE:
        break;
    }
    if (!strchr(path, '/'))
        return give_page(sender, connection, path);
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(path, "/"), path);
    return give_one(sender, connection, kind, strchr(path, '/') + 1);
}

/* --- hub -----------------------------------------------------------------------------------------------------------
 */

static void hub_remove(struct fake_sender *sender, const char *id)
{
    json_t *one;
    size_t i;

    json_array_foreach(sender->hubs, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0) {
            json_array_remove(sender->hubs, i);
            return;
        }
    }
}

static void hub_add(struct fake_sender *sender, const char *id)
{
    json_t *one = json_loads(sender->hub_body, 0, NULL);

    json_object_set_new(one, "id", json_string(id));
    json_array_append_new(sender->hubs, one);
}

static enum MHD_Result hub_list(struct fake_sender *sender, struct MHD_Connection *connection)
{
    char *text = json_dumps(sender->hubs, JSON_COMPACT);
    enum MHD_Result rc = sender->hub_lists ? answer(connection, 200, text, NULL) : answer(connection, 405, "", NULL);

    free(text);
    return rc;
}

/* path: what stands behind "hub". */
static enum MHD_Result serve_hub(struct fake_sender *sender, struct MHD_Connection *connection, const char *method,
                                 const char *path)
{
    char text[64], id[32];

    if (strcmp(method, "GET") == 0)
        return hub_list(sender, connection);
    if (strcmp(method, "DELETE") == 0) {
        sender->hub_left++;
        hub_remove(sender, path + (*path == '/'));
        return answer(connection, 204, "", NULL);
    }
    if (sender->hub_taken)
        return answer(connection, 409, "{}", NULL);
    snprintf(id, sizeof id, "hub %d", ++sender->hub_count);
    hub_add(sender, id);
    while (sender->hub_holds) {
        pthread_mutex_unlock(&sender->lock);
        (void)usleep(10000);
        pthread_mutex_lock(&sender->lock);
    }
    snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
    return answer(connection, 201, text, NULL);
}

/* --- server --------------------------------------------------------------------------------------------------------
 */

struct call {
    size_t len;
    char body[512];
};

static bool is_allowed(struct fake_sender *sender, struct MHD_Connection *connection)
{
    const char *said = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");

    if (!sender->token || (said && strncmp(said, "Bearer ", 7) == 0 && strcmp(said + 7, sender->token) == 0))
        return true;
    sender->unauthorized++;
    return false;
}

static enum MHD_Result serve(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *len, void **state)
{
    struct fake_sender *sender = arg;
    struct call *call = *state;
    enum MHD_Result rc;

    (void)version;
    if (!call) {
        *state = calloc(1, sizeof *call);
        return MHD_YES;
    }
    if (*len) {
        size_t room = sizeof call->body - 1 - call->len, take = *len < room ? *len : room;

        memcpy(call->body + call->len, data, take);
        call->len += take;
        *len = 0;
        return MHD_YES;
    }
    pthread_mutex_lock(&sender->lock);
    if (strncmp(url, BASE, strlen(BASE)) != 0)
        rc = answer(connection, 404, "{}", NULL);
    else if (!is_allowed(sender, connection))
        rc = answer(connection, 401, "{}", NULL);
    else if (strncmp(url + strlen(BASE), "hub", 3) == 0) {
        if (strcmp(method, "POST") == 0)
            memcpy(sender->hub_body, call->body, sizeof call->body);
        rc = serve_hub(sender, connection, method, url + strlen(BASE) + 3);
    } else
        rc = serve_resources(sender, connection, url + strlen(BASE));
    pthread_mutex_unlock(&sender->lock);
    return rc;
}

static void done(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    (void)arg;
    (void)connection;
    (void)code;
    free(*state);
    *state = NULL;
}

void fake_sender_start(struct fake_sender *sender)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *sender = (struct fake_sender) {
        .port = web_free_port(), .resources = json_object(), .hubs = json_array(), .tells_total = true
    };
    pthread_mutex_init(&sender->lock, NULL);
    at.sin_port = htons((uint16_t)sender->port);
    snprintf(sender->url, sizeof sender->url, "http://127.0.0.1:%d/api/v4", sender->port);
    sender->server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)sender->port, NULL, NULL, serve,
                                      sender, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_NOTIFY_COMPLETED,
                                      done, NULL, MHD_OPTION_END);
    if (!sender->server) {
        fprintf(stderr, "the fake sender can't listen on port %d\n", sender->port);
        exit(1);
    }
}

void fake_sender_stop(struct fake_sender *sender)
{
    MHD_stop_daemon(sender->server);
    json_decref(sender->resources);
    json_decref(sender->hubs);
    pthread_mutex_destroy(&sender->lock);
}

void fake_sender_put(struct fake_sender *sender, const char *kind, const char *json)
{
    char *text = strdup(json);
    json_t *resource, *list, *old;
    size_t i;

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    resource = json_loads(text, 0, NULL);
    if (!resource) {
        fprintf(stderr, "no JSON: %s\n", text);
        exit(1);
    }
    free(text);
    pthread_mutex_lock(&sender->lock);
    list = json_object_get(sender->resources, kind);
    if (!list) {
        list = json_array();
        json_object_set_new(sender->resources, kind, list);
    }
    json_array_foreach(list, i, old)
    {
        if (json_equal(json_object_get(old, "id"), json_object_get(resource, "id"))) {
            json_array_remove(list, i);
            break;
        }
    }
    json_array_append_new(list, resource);
    pthread_mutex_unlock(&sender->lock);
}

void fake_sender_break(struct fake_sender *sender, enum fake_fault fault)
{
    pthread_mutex_lock(&sender->lock);
    sender->fault = fault;
    pthread_mutex_unlock(&sender->lock);
}
