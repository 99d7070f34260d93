/* courier: see courier.h. */
#include "net/courier.h"

#include "net/address.h"
#include "net/http_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct trip {
    struct trip *next, *previous;
    CURL *curl;
    struct curl_slist *headers, *to;
    struct buf body;
    size_t sent; /* of a mail */
    struct http_answer answer;
    struct taking taking;
    bool private_allowed, barred;
    courier_done_fn *done;
    void *arg;
};

struct courier {
    CURLM *multi;
    struct trip *first;
};

struct courier *courier_new(void)
{
    struct courier *courier = calloc(1, sizeof *courier);

    http_init();
    if (courier)
        courier->multi = curl_multi_init();
    if (courier && !courier->multi) {
        free(courier);
        courier = NULL;
    }
    return courier;
}

static void trip_free(struct courier *courier, struct trip *trip)
{
    curl_multi_remove_handle(courier->multi, trip->curl);
    curl_easy_cleanup(trip->curl);
    curl_slist_free_all(trip->headers);
    curl_slist_free_all(trip->to);
    if (trip->body.data)
        explicit_bzero(trip->body.data, trip->body.len);
    buf_fini(&trip->body);
    free(trip);
}

static void unlink_trip(struct courier *courier, struct trip *trip)
{
    if (trip->previous)
        trip->previous->next = trip->next;
    else
        courier->first = trip->next;
    if (trip->next)
        trip->next->previous = trip->previous;
}

void courier_free(struct courier **courier)
{
    if (!*courier)
        return;
    for (struct trip *trip = (*courier)->first, *next; trip; trip = next) {
        next = trip->next;
        buf_fini(&trip->answer.body);
        trip_free(*courier, trip);
    }
    curl_multi_cleanup((*courier)->multi);
    free(*courier);
    *courier = NULL;
}

/* --- starting ------------------------------------------------------------------------------------------------------
 */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct trip *trip = arg;

    (void)purpose;
    if (!trip->private_allowed && address_is_private(&address->addr)) {
        trip->barred = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t read_mail(char *out, size_t size, size_t count, void *arg)
{
    struct trip *trip = arg;
    size_t room = size * count, left = trip->body.len - trip->sent, len = left < room ? left : room;

    memcpy(out, trip->body.data + trip->sent, len);
    trip->sent += len;
    return len;
}

static void prepare_mail(struct trip *trip, const struct courier_parcel *parcel)
{
    CURL *curl = trip->curl;

    for (const char *const *to = parcel->to; to && *to; to++)
        trip->to = curl_slist_append(trip->to, *to);
    curl_easy_setopt(curl, CURLOPT_URL, parcel->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, parcel->timeout_s ? parcel->timeout_s : HTTP_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, HTTP_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, parcel->tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, parcel->from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, trip->to);
    if (parcel->user && *parcel->user) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, parcel->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, parcel->password);
    }
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_mail);
    curl_easy_setopt(curl, CURLOPT_READDATA, trip);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)trip->body.len);
}

static bool is_mail(const char *url)
{
    return strncasecmp(url, "smtp", 4) == 0;
}

static bool may_be_private(const struct courier_parcel *parcel)
{
    char host[256];

    return parcel->private_hosts && http_url_authority(parcel->url, host, sizeof host) &&
           http_host_listed(parcel->private_hosts, host);
}

int courier_start(struct courier *courier, const struct courier_parcel *parcel, courier_done_fn *done, void *arg)
{
    struct trip *trip = calloc(1, sizeof *trip);

    if (!trip || !(trip->curl = curl_easy_init())) {
        free(trip);
        return -1;
    }
    trip->done = done;
    trip->arg = arg;
    trip->answer.total = -1;
    trip->private_allowed = may_be_private(parcel);
    trip->taking = (struct taking) { &trip->answer.body, parcel->body_max, false };
    buf_append(&trip->body, parcel->body, parcel->len);
    if (is_mail(parcel->url)) {
        prepare_mail(trip, parcel);
    } else {
        const struct http_ask ask = { .method = "POST",
                                      .url = parcel->url,
                                      .headers = parcel->headers,
                                      .body = trip->body.data,
                                      .len = trip->body.len,
                                      .timeout_s = parcel->timeout_s };

        trip->headers = http_make_headers(&ask);
        http_prepare(trip->curl, &ask, trip->headers, &trip->taking);
    }
    if (parcel->ca_file && *parcel->ca_file)
        curl_easy_setopt(trip->curl, CURLOPT_CAINFO, parcel->ca_file);
    curl_easy_setopt(trip->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(trip->curl, CURLOPT_OPENSOCKETDATA, trip);
    curl_easy_setopt(trip->curl, CURLOPT_PRIVATE, trip);
    trip->next = courier->first;
    if (trip->next)
        trip->next->previous = trip;
    courier->first = trip;
    curl_multi_add_handle(courier->multi, trip->curl);
    return 0;
}

/* --- working -------------------------------------------------------------------------------------------------------
 */

static void finish(struct courier *courier, struct trip *trip, CURLcode code)
{
    struct http_answer answer;
    bool answered, barred = trip->barred && code != CURLE_OK;
    courier_done_fn *done = trip->done;
    void *arg = trip->arg;
    const char *url = "";

    curl_easy_getinfo(trip->curl, CURLINFO_EFFECTIVE_URL, &url);
    http_read_headers(trip->curl, &trip->answer);
    /* a server that says no is an answer, though curl calls it a failure */
    answered = code == CURLE_OK || (url && is_mail(url) && trip->answer.status >= 400);
    if (barred)
        snprintf(trip->answer.error, HTTP_ERROR_MAX,
                 "the address is private, and its host is not one that may have such");
    else if (!answered && trip->taking.too_long)
        snprintf(trip->answer.error, HTTP_ERROR_MAX, "the answer is longer than %zu bytes", trip->taking.max);
    else if (!answered)
        snprintf(trip->answer.error, HTTP_ERROR_MAX, "%s", curl_easy_strerror(code));
    answer = trip->answer;
    unlink_trip(courier, trip);
    trip_free(courier, trip);
    done(arg, answered, barred, &answer);
}

void courier_wait(struct courier *courier, int timeout_ms)
{
    int running, left;
    CURLMsg *message;

    curl_multi_perform(courier->multi, &running);
    curl_multi_poll(courier->multi, NULL, 0, timeout_ms, NULL);
    curl_multi_perform(courier->multi, &running);
    while ((message = curl_multi_info_read(courier->multi, &left))) {
        struct trip *trip = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&trip);
        finish(courier, trip, code);
    }
}

void courier_wake(struct courier *courier)
{
    curl_multi_wakeup(courier->multi);
}
