/* Addresses of instances: what a setting says, and what is refused. */
#include "support/check.h"

#include "bus/endpoint.h"

#include <stdio.h>
#include <string.h>

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static void parses(void **state)
{
    static const struct {
        const char *text, *pub, *req, *key;
    } rows[] = {
        { "ipc:///run/bihuan/planning-a", "ipc:///run/bihuan/planning-a.pub", "ipc:///run/bihuan/planning-a.req", "" },
        { "tcp://10.0.0.1:7100", "tcp://10.0.0.1:7100", "tcp://10.0.0.1:7101", "" },
        { "tcp://[::1]:7100", "tcp://[::1]:7100", "tcp://[::1]:7101", "" },
        { "tcp://host:7100|" KEY, "tcp://host:7100", "tcp://host:7101", KEY },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct endpoint out;
        struct err err;

        if (endpoint_parse(&out, rows[i].text, &err) != 0)
            fail_msg("%s: %s", rows[i].text, err.text);
        assert_string_equal(out.pub, rows[i].pub);
        assert_string_equal(out.req, rows[i].req);
        assert_string_equal(out.server_key, rows[i].key);
    }
}

static void refuses(void **state)
{
    static const char *const rows[] = { "",
                                        "host:7100",
                                        "tcp://host",
                                        "tcp://host:",
                                        "tcp://host:0",
                                        "tcp://host:-1",
                                        "tcp://host:http",
                                        "udp://host:1",
                                        "tcp://host:7100|short",
                                        ("tcp://host:7100|" KEY "x"),
                                        "tcp://host:65535",
                                        "tcp://host:70000" };
    char path[400];
    struct endpoint out;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (endpoint_parse(&out, rows[i], &err) == 0)
            fail_msg("\"%s\" was taken as %s", rows[i], out.req);
    snprintf(path, sizeof path, "ipc:///%0110d", 0);
    assert_int_equal(endpoint_parse(&out, path, &err), -1);
    assert_non_null(strstr(err.text, "shorter run_dir"));
    snprintf(path, sizeof path, "tcp://%0300d:1", 0);
    assert_int_equal(endpoint_parse(&out, path, &err), -1);
}

static void finds_peers(void **state)
{
    static const char setting[] = "planning=tcp://a:1,tcp://b:3|" KEY ";feedback=ipc:///x/f;feed=ipc:///x/short";
    struct endpoint out[4];
    struct err err;

    (void)state;
    assert_int_equal(endpoint_peers(setting, "/run", "planning", out, 4, &err), 2);
    assert_string_equal(out[0].pub, "tcp://a:1");
    assert_string_equal(out[1].req, "tcp://b:4");
    assert_string_equal(out[1].server_key, KEY);
    assert_int_equal(endpoint_peers(setting, "/run", "feedback", out, 4, &err), 1);
    assert_string_equal(out[0].pub, "ipc:///x/f.pub");
    assert_int_equal(endpoint_peers(setting, "/run", "feed", out, 4, &err), 1); /* not the one that begins like it */
    assert_string_equal(out[0].pub, "ipc:///x/short.pub");
    assert_int_equal(endpoint_peers(setting, "/run", "incentive", out, 4, &err), 2);
    assert_string_equal(out[0].pub, "ipc:///run/incentive-a.pub");
    assert_string_equal(out[1].req, "ipc:///run/incentive-b.req");
    assert_int_equal(endpoint_peers("", "/run", "planning", out, 1, &err), 1); /* no more than fit */
    assert_int_equal(endpoint_peers(setting, "/run", "planning", out, 1, &err), 1);
    assert_int_equal(endpoint_peers("planning=nowhere", "/run", "planning", out, 4, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(parses), cmocka_unit_test(refuses),
                                        cmocka_unit_test(finds_peers) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
