/* Sockets on a loop: messages arrive whole, keys let in and keep out, and nothing is bound to the world without keys.
 */
#include "support/check.h"

#include "bus/zloop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

struct side {
    struct zsock *sock;
    int count;
    char last[64];
};

static void on_timer(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Runs the loop for so long, or until `side` has `count` messages. */
static void run_until(uv_loop_t *loop, const struct side *side, int count, uint64_t ms)
{
    uv_timer_t timer;

    uv_timer_init(loop, &timer);
    for (uint64_t spent = 0; spent < ms && side->count < count; spent += 10) {
        uv_timer_start(&timer, on_timer, 10, 0);
        uv_run(loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

static void close_all(uv_loop_t *loop, struct zloop **a, struct zloop **b)
{
    zloop_close(a);
    if (b)
        zloop_close(b);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(loop), 0);
}

static void on_request(void *arg, const struct zframe *frames, int count)
{
    struct side *side = arg;

    side->count++;
    assert_int_equal(count, 3);
    assert_true(zsock_send(side->sock, frames, count)); /* back to who sent it */
}

static void on_answer(void *arg, const struct zframe *frames, int count)
{
    struct side *side = arg;

    side->count++;
    assert_int_equal(count, 2);
    snprintf(side->last, sizeof side->last, "%.*s", (int)frames[1].len, (const char *)frames[1].data);
}

static bool say(struct side *side, const char *text)
{
    struct zframe frames[] = { { (const uint8_t *)"", 0 }, { (const uint8_t *)text, strlen(text) } };

    return zsock_send(side->sock, frames, 2);
}

/* More than one turn of the loop: no message waits for the next one to wake the loop. */
static void delivers_bursts(void **state)
{
    uv_loop_t loop;
    struct zloop *zloop;
    struct side server = { 0 }, client = { 0 };
    struct err err;
    char endpoint[64];

    (void)state;
    snprintf(endpoint, sizeof endpoint, "ipc:///tmp/bihuan-zloop-%d", (int)getpid());
    uv_loop_init(&loop);
    assert_int_equal(zloop_new(&zloop, &loop, &err), 0);
    assert_int_equal(zsock_new(&server.sock, zloop, ZMQ_ROUTER, NULL, on_request, &server, &err), 0);
    assert_int_equal(zsock_new(&client.sock, zloop, ZMQ_DEALER, NULL, on_answer, &client, &err), 0);
    assert_int_equal(zsock_bind(server.sock, endpoint, &err), 0);
    assert_int_equal(zsock_connect(client.sock, endpoint, &err), 0);
    run_until(&loop, &server, 1, 100); /* until the connection stands */
    for (int i = 0; i < 3 * ZLOOP_TURN; i++)
        assert_true(say(&client, i == 3 * ZLOOP_TURN - 1 ? "last" : "x"));
    run_until(&loop, &client, 3 * ZLOOP_TURN, 5000);
    assert_int_equal(server.count, 3 * ZLOOP_TURN);
    assert_int_equal(client.count, 3 * ZLOOP_TURN);
    assert_string_equal(client.last, "last");
    close_all(&loop, &zloop, NULL);
    unlink(endpoint + 6);
}

struct keys {
    char public_key[41], secret_key[41];
};

static void make_keys(struct keys *keys)
{
    assert_int_equal(zmq_curve_keypair(keys->public_key, keys->secret_key), 0);
}

/* Asks once over CURVE; how many answers came. */
static int ask_with(const struct keys *client_keys, const char *server_key, const struct keys *server_keys,
                    const char *allowed)
{
    uv_loop_t loop;
    struct zloop *here, *there;
    struct side server = { 0 }, client = { 0 };
    const struct zkeys ours = { server_keys->public_key, server_keys->secret_key, NULL };
    const struct zkeys theirs = { client_keys ? client_keys->public_key : NULL,
                                  client_keys ? client_keys->secret_key : NULL, server_key };
    struct err err;
    char endpoint[64];
    int answers;

    snprintf(endpoint, sizeof endpoint, "ipc:///tmp/bihuan-curve-%d", (int)getpid());
    uv_loop_init(&loop);
    if (zloop_new(&here, &loop, &err) != 0 || zloop_new(&there, &loop, &err) != 0 ||
        zloop_allow(here, &allowed, 1, &err) != 0 ||
        zsock_new(&server.sock, here, ZMQ_ROUTER, &ours, on_request, &server, &err) != 0 ||
        zsock_new(&client.sock, there, ZMQ_DEALER, client_keys ? &theirs : NULL, on_answer, &client, &err) != 0 ||
        zsock_bind(server.sock, endpoint, &err) != 0 || zsock_connect(client.sock, endpoint, &err) != 0)
        fail_msg("%s", err.text);
    for (int i = 0; i < 40 && !client.count; i++) {
        if (say(&client, "hello"))
            run_until(&loop, &client, 1, 500);
        else
            run_until(&loop, &client, 1, 20);
        if (i > 20 && !server.count)
            break;
    }
    answers = client.count;
    assert_int_equal(server.count > 0, answers > 0);
    close_all(&loop, &here, &there);
    unlink(endpoint + 6);
    return answers;
}

static void keys_let_in_and_keep_out(void **state)
{
    struct keys server, friend, stranger, impostor;

    (void)state;
    make_keys(&server);
    make_keys(&friend);
    make_keys(&stranger);
    make_keys(&impostor);
    assert_true(ask_with(&friend, server.public_key, &server, friend.public_key) > 0);
    assert_int_equal(ask_with(&stranger, server.public_key, &server, friend.public_key), 0);
    assert_int_equal(ask_with(&friend, server.public_key, &impostor, friend.public_key), 0); /* another server's key */
    assert_int_equal(ask_with(NULL, NULL, &server, friend.public_key), 0);                   /* no keys at all */
}

static void binds_to_the_world_with_keys_only(void **state)
{
    uv_loop_t loop;
    struct zloop *zloop;
    struct zsock *plain, *locked;
    struct keys keys;
    struct zkeys ours = { keys.public_key, keys.secret_key, NULL };
    struct err err;

    (void)state;
    make_keys(&keys);
    uv_loop_init(&loop);
    assert_int_equal(zloop_new(&zloop, &loop, &err), 0);
    assert_int_equal(zsock_new(&plain, zloop, ZMQ_PUB, NULL, NULL, NULL, &err), 0);
    assert_int_equal(zsock_new(&locked, zloop, ZMQ_PUB, &ours, NULL, NULL, &err), 0);
    assert_int_equal(zsock_bind(plain, "tcp://*:*", &err), -1);
    assert_non_null(strstr(err.text, "without CURVE keys"));
    assert_int_equal(zsock_bind(plain, "tcp://0.0.0.0:*", &err), -1);
    assert_int_equal(zsock_bind(plain, "tcp://127.0.0.1.example.org:7100", &err), -1);
    assert_int_equal(zsock_connect(plain, "tcp://10.0.0.1:7100", &err), -1);
    assert_int_equal(zsock_bind(plain, "tcp://127.0.0.1:*", &err), 0);
    assert_int_equal(zsock_bind(locked, "tcp://*:*", &err), 0);
    close_all(&loop, &zloop, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(delivers_bursts), cmocka_unit_test(keys_let_in_and_keep_out),
                                        cmocka_unit_test(binds_to_the_world_with_keys_only) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
