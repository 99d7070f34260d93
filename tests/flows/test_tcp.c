/* Daemons on several machines: everything over tcp:// with CURVE keys and a list of who may connect. Orders come
 * through, and a stranger on the bus gets no answer. */
#include "support/check.h"
#include "support/web.h"

#include "bihuan/common.pb-c.h"
#include "bus/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { PLANNING, FEEDBACK, MONITORING, INCENTIVE, GATEWAY, COUNT };
static const char *const NAMES[COUNT] = { "planning", "feedback", "monitoring", "incentive", "gateway" };

static const char MANIFEST[] =
    "kind: Units\nitems:\n- {code: P, name: 省, type: province}\n"
    "- {code: S1, name: 厅, type: outlet, relations: [{parent: P, from: 2026-01-01}]}\n---\n"
    "kind: Products\nitems:\n- {code: card, name: 卡}\n---\n"
    "kind: Measures\nitems:\n- {code: new, title_zh: 新增, title_en: New, value: count}\n---\n"
    "kind: Calendars\nitems:\n- {code: flat, classes: [{class: working, weight: 1}, {class: weekend, weight: "
    "1}]}\n---\n"
    "kind: Periods\nitems:\n- {code: 2026Q4, from: 2026-10-01, until: 2027-01-01, calendar: flat}\n---\n"
    "kind: Feeds\nitems:\n- {code: orders, title: Orders, sender: boss, fact: order_line, watermark: last_event, key: "
    "[id],"
    " columns: [{field: time, column: when, format: yyyy-MM-dd HH:mm}, {field: unit, column: shop},"
    " {field: product, column: what}, {field: quantity, column: n}, {field: amount, column: money}]}\n";

static struct stack stack;
static struct web web;
static char keys[COUNT + 2][41]; /* public ones; then the tester's, and a stranger's */
static char key_files[COUNT + 2][96];
static int ports[COUNT];

/* What `bihuan ARGS` prints; ends the test unless it exits with 0. */
static void run(const char *arguments, char *out, size_t cap)
{
    char command[700];
    size_t len;
    FILE *pipe;

    snprintf(command, sizeof command, "BIHUAN_TOKEN=%s %s/bihuan --url http://127.0.0.1:%d %s", web.token,
             getenv("BIHUAN_BIN"), web.port, arguments);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    len = fread(out, 1, cap - 1, pipe);
    out[len] = '\0';
    if (pclose(pipe) != 0)
        fail_msg("bihuan %s: %s", arguments, out);
}

static void make_keys(void)
{
    for (int i = 0; i < COUNT + 2; i++) {
        char arguments[160], out[128];

        snprintf(key_files[i], sizeof key_files[i], "%s/key-%d", stack.dir, i);
        snprintf(arguments, sizeof arguments, "key create %s", key_files[i]);
        run(arguments, out, sizeof out);
        snprintf(keys[i], sizeof keys[i], "%.40s", out);
        CHECK_INT(strlen(keys[i]), 40);
    }
}

/* The settings that an installation over several machines has in its files. */
static void set_addresses(void)
{
    char peers[COUNT * 100] = "", allowed[COUNT * 50 + 50] = "";

    for (int i = 0; i < COUNT; i++) {
        size_t at = strlen(peers);

        ports[i] = 20000 + getpid() * 2 * COUNT % 12000 + 2 * i; /* a pair each, below what the system gives away */
        snprintf(peers + at, sizeof peers - at, "%s%s=tcp://127.0.0.1:%d|%s", i ? ";" : "", NAMES[i], ports[i],
                 keys[i]);
        at = strlen(allowed);
        snprintf(allowed + at, sizeof allowed - at, "%s,", keys[i]);
    }
    strcat(allowed, keys[COUNT]);
    setenv("BIHUAN_BUS_PEERS", peers, 1);
    setenv("BIHUAN_BUS_ALLOWED_KEYS", allowed, 1);
}

static void start(int which)
{
    char bind[64];

    snprintf(bind, sizeof bind, "tcp://127.0.0.1:%d", ports[which]);
    setenv("BIHUAN_BUS_BIND", bind, 1);
    setenv("BIHUAN_BUS_SECRET_KEY_FILE", key_files[which], 1);
    if (which == GATEWAY)
        web_start(&web, &stack);
    else
        stack_start(&stack, NAMES[which], "a");
}

static bool all_ready(void *arg)
{
    struct web_reply reply = web_ask(&web, "GET", "/readyz", NULL, NULL, NULL);
    bool ready = reply.status == 200;

    (void)arg;
    web_reply_free(&reply);
    return ready;
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    make_keys();
    set_addresses();
    for (int i = 0; i < COUNT; i++)
        start(i);
    if (!stack_until(all_ready, NULL, 30))
        fail_msg("not ready within 30 s");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void put(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", stack.dir, name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static bool both_counted(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit") == 3 &&
           pg_number(&stack.pg, "SELECT count(*) FROM monitoring.progress") > 0;
}

static void orders_come_through(void **state)
{
    char arguments[300], out[4096];

    (void)state;
    put("all.yaml", MANIFEST);
    put("o.csv", "id,when,shop,what,n,money\n1,2026-10-02 10:00,S1,card,1,9\n2,2026-10-02 10:00,S1,card,1,9\n"
                 "3,2026-10-03 10:00,S1,card,1,9\n");
    snprintf(arguments, sizeof arguments, "apply -f %s/all.yaml", stack.dir);
    run(arguments, out, sizeof out);
    snprintf(arguments, sizeof arguments, "feed load orders %s/o.csv", stack.dir);
    run(arguments, out, sizeof out);
    assert_true(stack_until(both_counted, NULL, 20));
}

/* Whether planning answers a question asked with this key pair (NULL: without keys) within a second. */
static bool is_answered(const char *key_file)
{
    void *socket = zmq_socket(stack.zmq, ZMQ_DEALER);
    char endpoint[64], pair[2][41];
    int wait_ms = 1000, linger = 0;
    struct buf envelope = { 0 };
    bool answered;

    if (key_file) {
        FILE *file = fopen(key_file, "re");

        assert_non_null(file);
        CHECK_INT(fscanf(file, "%40s %40s", pair[0], pair[1]), 2);
        fclose(file);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, pair[0], 41);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, pair[1], 41);
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys[PLANNING], 41);
    }
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", ports[PLANNING] + 1);
    zmq_connect(socket, endpoint);
    stack_pack_envelope(&stack, MSG(STATUS), "t", "", &envelope);
    zmq_send(socket, "", 0, ZMQ_SNDMORE);
    zmq_send(socket, envelope.data, envelope.len, ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
    answered = zmq_recv(socket, pair, sizeof pair, 0) >= 0;
    zmq_close(socket);
    buf_fini(&envelope);
    return answered;
}

static void strangers_get_no_answer(void **state)
{
    (void)state;
    assert_true(is_answered(key_files[COUNT]));
    assert_false(is_answered(key_files[COUNT + 1])); /* a pair of its own, on nobody's list */
    assert_false(is_answered(NULL));
}

/* A daemon that is killed and started again is found again by its peers. */
static void a_peer_comes_back(void **state)
{
    char arguments[300], out[4096];

    (void)state;
    stack_kill(&stack, "feedback", "a", SIGKILL);
    start(FEEDBACK);
    assert_true(stack_until(all_ready, NULL, 30));
    put("again.csv", "id,when,shop,what,n,money\n1,2026-10-02 10:00,S1,card,1,9\n4,2026-10-04 10:00,S1,card,1,9\n");
    snprintf(arguments, sizeof arguments, "feed load orders %s/again.csv", stack.dir);
    run(arguments, out, sizeof out);
    for (int i = 0; i < 400 && pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit") < 4; i++)
        usleep(50000);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_come_through),
        cmocka_unit_test(strangers_get_no_answer),
        cmocka_unit_test(a_peer_comes_back),
    };
    return cmocka_run_group_tests_name("tcp", tests, set_up, tear_down);
}
