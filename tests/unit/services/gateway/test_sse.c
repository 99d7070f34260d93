/* Server-sent events over real sockets: topics, hints, resuming, a listener that leaves. */
#include "gateway/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_loop_t loop;
static struct http_server *server;
static struct sse *sse;
static uint32_t revoked; /* id of a token */

static bool may_listen(void *arg, uint32_t token)
{
    return token != *(const uint32_t *)arg;
}

/* /topics-in-hex or /topics-in-hex/hints */
static void on_request(struct http_request *request, void *arg)
{
    const char *path = http_path(request);
    const struct sse_listening listening = { .mask = (uint32_t)strtoul(path + 1, NULL, 16),
                                             .token = strstr(path, "hints") ? 2 : 1,
                                             .hints_only = strstr(path, "hints") != NULL,
                                             .last_id = http_header(request, "Last-Event-ID") };

    (void)arg;
    sse_open(sse, request, &listening, NULL, 0);
}

static int start(void **state)
{
    const struct http_options options = { .address = "127.0.0.1",
                                          .connections_max = 16,
                                          .body_len_max = 1000,
                                          .bodies_len_max = 1000,
                                          .header_ms = 5000,
                                          .body_ms = 5000,
                                          .idle_ms = 5000,
                                          .handler = on_request };

    (void)state;
    uv_loop_init(&loop);
    sse = sse_new(&loop, may_listen, &revoked);
    return http_start(&server, &loop, &options, NULL);
}

static int stop(void **state)
{
    (void)state;
    sse_close(&sse);
    http_stop(&server);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static int dial(const char *path, const char *last_id)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(http_port(server)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    char request[256];
    size_t before = sse_listeners(sse);

    (void)connect(fd, (struct sockaddr *)&to, sizeof to);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n%s%s%s\r\n", path,
             last_id ? "Last-Event-ID: " : "", last_id ? last_id : "", last_id ? "\r\n" : "");
    while (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        uv_run(&loop, UV_RUN_NOWAIT);
    while (sse_listeners(sse) == before)
        uv_run(&loop, UV_RUN_NOWAIT);
    return fd;
}

/* What has come so far, after giving the loop some turns. */
static const char *hear(int fd)
{
    static char text[65536];
    size_t len = 0;

    for (int i = 0; i < 200; i++) {
        ssize_t got;
        uv_run(&loop, UV_RUN_NOWAIT);
        got = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (got > 0)
            len += (size_t)got;
    }
    text[len] = '\0';
    return text;
}

static void listeners_hear_their_topics(void **state)
{
    int one = dial("/1", NULL), both = dial("/3", NULL), hints = dial("/3/hints", NULL);
    const char *text;

    (void)state;
    sse_publish(sse, 0, "plan", "{\"a\":1}");
    sse_publish(sse, 1, "feed", "{\"b\":2}");
    sse_publish(sse, 2, "alert", NULL);
    text = hear(one);
    assert_non_null(strstr(text, "event: plan\ndata: {\"a\":1}\n\n"));
    assert_null(strstr(text, "feed"));
    text = hear(both);
    assert_non_null(strstr(text, "event: feed\ndata: {\"b\":2}\n\n"));
    assert_null(strstr(text, "alert"));
    assert_non_null(strstr(hear(hints), "event: feed\ndata: {}\n\n"));
    close(one);
    close(both);
    close(hints);
}

static void a_listener_goes_on_where_it_was(void **state)
{
    int fd = dial("/ff", NULL);
    char id[64];
    const char *text;

    (void)state;
    sse_publish(sse, 0, "plan", "{\"n\":1}");
    text = strstr(hear(fd), "id: ");
    assert_non_null(text);
    snprintf(id, sizeof id, "%.*s", (int)strcspn(text + 4, "\n"), text + 4);
    close(fd);
    sse_publish(sse, 0, "plan", "{\"n\":2}");
    sse_publish(sse, 3, "action", "{\"n\":3}");
    fd = dial("/ff", id);
    text = hear(fd);
    assert_null(strstr(text, "\"n\":1"));
    assert_non_null(strstr(text, "\"n\":2"));
    assert_non_null(strstr(text, "\"n\":3"));
    close(fd);
    for (int i = 0; i < SSE_RING; i++)
        sse_publish(sse, 0, "plan", "{}");
    fd = dial("/ff", id);
    assert_non_null(strstr(hear(fd), "event: reset\n"));
    close(fd);
    fd = dial("/ff", "1-1");
    assert_non_null(strstr(hear(fd), "event: reset\n"));
    close(fd);
    fd = dial("/ff", "nonsense");
    assert_non_null(strstr(hear(fd), "event: reset\n"));
    close(fd);
}

/* A client that doesn't read is let go when too much waits for it. */
static void a_slow_listener_is_let_go(void **state)
{
    char *large = calloc(1, 100001);
    int fd;

    (void)state;
    memset(large, 'x', 100000);
    fd = dial("/1", NULL);
    for (int i = 0; i < 400 && sse_listeners(sse) > 0; i++) {
        sse_publish(sse, 0, "plan", large);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(sse_listeners(sse), 0);
    close(fd);
    free(large);
}

static void a_stream_ends_with_its_token(void **state)
{
    int one = dial("/1", NULL), two = dial("/1/hints", NULL);
    const char *text;

    (void)state;
    sse_beat(sse);
    assert_int_equal(sse_listeners(sse), 2);
    revoked = 2;
    sse_beat(sse);
    revoked = 0;
    assert_int_equal(sse_listeners(sse), 1);
    sse_publish(sse, 0, "plan", "{}");
    text = hear(two);
    assert_null(strstr(text, "event: plan"));
    assert_non_null(strstr(text, "\r\n0\r\n\r\n")); /* the last chunk */
    assert_non_null(strstr(hear(one), "event: plan"));
    close(one);
    close(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(listeners_hear_their_topics, start, stop),
        cmocka_unit_test_setup_teardown(a_listener_goes_on_where_it_was, start, stop),
        cmocka_unit_test_setup_teardown(a_stream_ends_with_its_token, start, stop),
        cmocka_unit_test_setup_teardown(a_slow_listener_is_let_go, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
