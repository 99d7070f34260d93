/* The HTTP server over real sockets on loopback: answers, sleeping requests, streams, strictness, limits, stop. */
#include "gateway/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uv_loop_t loop;
static uv_async_t stop_signal;
static uv_timer_t later;
static struct http_server *server;
static struct http_request *sleeper;
static struct http_stream *stream;
static int gone_count;
static pthread_t thread;
static uint16_t port;

static void respond_text(struct http_request *request, uint32_t status, const char *text)
{
    const struct http_param type = { "Content-Type", "text/plain" };
    struct buf body = { 0 };

    buf_append_text(&body, text);
    http_respond(request, status, &type, 1, &body);
}

static void on_gone(void *arg)
{
    (void)arg;
    gone_count++;
    stream = NULL;
}

static void on_later(uv_timer_t *timer)
{
    struct http_request *request = sleeper;

    (void)timer;
    sleeper = NULL;
    if (request)
        respond_text(request, 200, "awake");
    if (stream) {
        assert_true(http_stream_write(stream, "data: two\n\n", 11));
        http_stream_close(&stream);
    }
}

static void echo(struct http_request *request)
{
    size_t count, len;
    const struct http_param *query = http_query(request, &count);
    const uint8_t *body = http_body(request, &len);
    struct buf text = { 0 };

    buf_printf(&text, "%s %s", http_method(request), http_path(request));
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, " [%s=%s]", query[i].key, query[i].value);
    buf_printf(&text, " %zu %.*s %s", len, len > 20 ? 20 : (int)len, body ? (const char *)body : "",
               http_header(request, "x-word") ? http_header(request, "X-Word") : "-");
    http_respond(request, 200, NULL, 0, &text);
}

static void on_request(struct http_request *request, void *arg)
{
    (void)arg;
    if (http_defect(request)->status) {
        respond_text(request, http_defect(request)->status, http_defect(request)->code);
    } else if (strcmp(http_path(request), "/sleep") == 0) {
        sleeper = request;
        uv_timer_start(&later, on_later, 20, 0);
    } else if (strcmp(http_path(request), "/ever") == 0) {
        sleeper = request;
    } else if (strncmp(http_path(request), "/stream", 7) == 0) {
        stream = http_respond_stream(request, NULL, 0, on_gone, NULL);
        assert_true(http_stream_write(stream, "data: one\n\n", 11));
        if (strcmp(http_path(request), "/stream") == 0)
            uv_timer_start(&later, on_later, 20, 0);
    } else {
        echo(request);
    }
}

static void on_stop(uv_async_t *async)
{
    http_stop(&server);
    http_stop(&server);
    uv_close((uv_handle_t *)async, NULL);
    uv_close((uv_handle_t *)&later, NULL);
}

static void *run_loop(void *arg)
{
    (void)arg;
    uv_run(&loop, UV_RUN_DEFAULT);
    return NULL;
}

static int start(void **state)
{
    const struct http_options options = { .address = "127.0.0.1",
                                          .connections_max = 64,
                                          .body_len_max = 100000,
                                          .bodies_len_max = 150000,
                                          .header_ms = 300,
                                          .body_ms = 600,
                                          .idle_ms = 5000,
                                          .handler = on_request };

    (void)state;
    gone_count = 0;
    uv_loop_init(&loop);
    uv_async_init(&loop, &stop_signal, on_stop);
    uv_timer_init(&loop, &later);
    if (http_start(&server, &loop, &options, NULL) != 0)
        return -1;
    port = http_port(server);
    return pthread_create(&thread, NULL, run_loop, NULL);
}

static int stop(void **state)
{
    (void)state;
    uv_async_send(&stop_signal);
    pthread_join(thread, NULL);
    return uv_loop_close(&loop);
}

static int dial(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval wait = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until `until` is seen, or the end. */
static const char *hear(int fd, const char *until)
{
    static char text[65536];
    size_t len = 0;

    for (;;) {
        ssize_t got = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (got <= 0)
            break;
        len += (size_t)got;
        text[len] = '\0';
        if (until && strstr(text, until))
            break;
    }
    text[len] = '\0';
    return text;
}

static void expect(const char *request, const char *words)
{
    int fd = dial();
    const char *text;

    say(fd, request);
    text = hear(fd, words);
    if (!strstr(text, words))
        fail_msg("no \"%s\" in \"%s\"", words, text);
    close(fd);
}

static void requests_are_answered(void **state)
{
    (void)state;
    expect("GET /a%2Fb?x=1&y=a%20b+c&z HTTP/1.1\r\nHost: h\r\nX-Word: w\r\n\r\n",
           "GET /a%2Fb [x=1] [y=a b c] [z=] 0  w");
    expect("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "POST /p 5 hello -");
    expect("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
           "POST /p 5 abcde");
    expect("GET / HTTP/1.0\r\n\r\n", "GET / 0");
    expect("GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n", "awake");
}

static void a_connection_is_kept(void **state)
{
    int fd = dial();

    (void)state;
    for (int i = 0; i < 3; i++) {
        say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_non_null(strstr(hear(fd, "GET /x"), "200 OK"));
        say(fd, "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_non_null(strstr(hear(fd, "awake"), "200 OK"));
    }
    close(fd);
}

static void streams_flow(void **state)
{
    (void)state;
    expect("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n", "data: two");
    assert_int_equal(gone_count, 0);
}

static void what_is_doubtful_is_refused(void **state)
{
    static const struct {
        const char *head, *words;
    } rows[] = {
        { "GET / HTTP/1.1\r\n\r\n", "400 Bad" },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "bad_host" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "bad_length" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "bad_length" },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "bad_length" },
        { "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", "413" },
        { "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "bad_escape" },
        { "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "bad_escape" },
        { "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", "bad_escape" },
        { "GET /?a=%e4%b8 HTTP/1.1\r\nHost: a\r\n\r\n", "bad_escape" },
        { "GET /?a=%4 HTTP/1.1\r\nHost: a\r\n\r\n", "bad_escape" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].head, rows[i].words);
}

static void a_chunked_body_is_limited_too(void **state)
{
    char chunk[10100];
    int fd = dial();

    (void)state;
    say(fd, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "2710\r\n", 6);
    memcpy(chunk + 6 + 10000, "\r\n", 3);
    for (int i = 0; i < 12; i++)
        say(fd, chunk);
    say(fd, "0\r\n\r\n");
    assert_non_null(strstr(hear(fd, "body_too_large"), "413"));
    close(fd);
}

/* Two bodies of 80,000 bytes are more than the 150,000 that may wait together. */
static void bodies_are_limited_together(void **state)
{
    char *half = calloc(1, 79001);
    int one = dial(), two = dial();

    (void)state;
    memset(half, 'x', 79000);
    say(one, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n");
    say(one, half);
    say(two, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n");
    usleep(50000);
    say(two, half);
    half[1000] = '\0';
    say(two, half);
    assert_non_null(strstr(hear(two, "bodies_limit"), "503"));
    say(one, half);
    assert_non_null(strstr(hear(one, "POST"), "200 OK"));
    close(one);
    close(two);
    free(half);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void a_dripping_header_is_cut(void **state)
{
    int fd = dial();
    double began = seconds();

    (void)state;
    say(fd, "GET / HTTP/1.1\r\n");
    while (send(fd, "X: y\r\n", 6, MSG_NOSIGNAL) == 6 && seconds() - began < 10)
        usleep(50000);
    assert_true(seconds() - began < 5);
    close(fd);
}

static void stop_ends_everything(void **state)
{
    int asleep = dial(), streaming = dial();
    struct http_request *held;

    (void)state;
    say(asleep, "GET /ever HTTP/1.1\r\nHost: h\r\n\r\n");
    say(streaming, "GET /stream/ever HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(streaming, "data: one");
    usleep(50000);
    assert_int_equal(stop(NULL), 0);
    assert_non_null(strstr(hear(asleep, NULL), "503"));
    assert_int_equal(gone_count, 1);
    held = sleeper;
    assert_non_null(held);
    respond_text(held, 200, "too late"); /* the handler's duty all the same */
    close(asleep);
    close(streaming);
    assert_int_equal(start(NULL), 0);
}

static void a_client_that_leaves_is_noticed(void **state)
{
    int fd = dial();

    (void)state;
    say(fd, "GET /sleep HTTP/1.1\r\nHost: h\r\n\r\n");
    close(fd);
    fd = dial();
    say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(fd, "data: one");
    close(fd);
    usleep(100000);
    expect("GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x");
}

static void a_port_in_use_is_an_error(void **state)
{
    const struct http_options options = {
        .address = "127.0.0.1", .port = port, .connections_max = 4, .idle_ms = 1000, .handler = on_request
    };
    struct http_options named = options;
    struct http_server *second = NULL;
    struct err err;
    uv_loop_t other;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    listen(fd, 1);
    getsockname(fd, (struct sockaddr *)&at, &len);
    uv_loop_init(&other);
    named.port = ntohs(at.sin_port);
    assert_int_equal(http_start(&second, &other, &named, &err), -1);
    named.address = "localhost";
    assert_int_equal(http_start(&second, &other, &named, &err), -1);
    assert_null(second);
    close(fd);
    assert_int_equal(uv_loop_close(&other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(a_connection_is_kept),
        cmocka_unit_test(streams_flow),
        cmocka_unit_test(what_is_doubtful_is_refused),
        cmocka_unit_test(a_chunked_body_is_limited_too),
        cmocka_unit_test(bodies_are_limited_together),
        cmocka_unit_test(a_dripping_header_is_cut),
        cmocka_unit_test(a_client_that_leaves_is_noticed),
        cmocka_unit_test(stop_ends_everything),
        cmocka_unit_test(a_port_in_use_is_an_error),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
