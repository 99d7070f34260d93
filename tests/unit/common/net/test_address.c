/* Which addresses aren't public, and which hosts a list names. */
#include "net/address.h"
#include "net/http.h"

#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static bool is_private(const char *text)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return address_is_private((const struct sockaddr *)(const void *)&four);
    if (inet_pton(AF_INET6, text, &six.sin6_addr) != 1)
        fail_msg("%s is no address", text);
    return address_is_private((const struct sockaddr *)(const void *)&six);
}

static void addresses(void **state)
{
    static const char *const private[] = {
        "127.0.0.1",
        "127.255.0.9",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a:b",
        "2002:7f00:1::",
        "2002:a00:1::1",
    };
    static const char *const public[] = {
        "8.8.8.8",   "172.15.0.1", "172.32.0.1",   "192.167.1.1",    "100.63.0.1",       "100.128.0.1",  "126.0.0.1",
        "128.0.0.1", "223.5.5.5",  "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:1::",
    };
    struct sockaddr_un local = { .sun_family = AF_UNIX };

    (void)state;
    for (size_t i = 0; i < sizeof private / sizeof private[0]; i++)
        if (!is_private(private[i]))
            fail_msg("%s is private", private[i]);
    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
        if (is_private(public[i]))
            fail_msg("%s is public", public[i]);
    assert_true(address_is_private((const struct sockaddr *)(const void *)&local));
}

static void hosts_are_compared_whole(void **state)
{
    (void)state;
    assert_true(http_host_listed("crm.example, boss.example:8443", "CRM.example"));
    assert_true(http_host_listed("crm.example", "crm.example:444"));
    assert_true(http_host_listed("crm.example,boss.example:8443", "boss.example:8443"));
    assert_false(http_host_listed("crm.example,boss.example:8443", "boss.example"));
    assert_false(http_host_listed("crm.example", "crm.example.evil"));
    assert_false(http_host_listed("crm.example", "evilcrm.example"));
    assert_false(http_host_listed("", "crm.example"));
    assert_true(http_host_listed("*", "x"));
    assert_true(http_host_listed("[::1]", "[::1]:9093"));
    assert_false(http_host_listed("[::1]", "[::2]:9093"));
}

/* What is compared with the list is the host that is connected to. */
static void a_host_is_what_is_connected_to(void **state)
{
    char host[64];

    (void)state;
    assert_true(http_url_authority("smtp://Mail.Example:587", host, sizeof host));
    assert_string_equal(host, "mail.example:587");
    assert_true(http_url_authority("https://am1.corp/api?x=a@b", host, sizeof host));
    assert_string_equal(host, "am1.corp");
    assert_false(http_url_authority("http://am1.corp:x@169.254.169.254/latest", host, sizeof host));
    assert_false(http_url_authority("smtp://am1.corp@10.0.0.1", host, sizeof host));
    assert_false(http_url_authority("http://am1.corp\\@10.0.0.1/", host, sizeof host));
    assert_false(http_url_authority("am1.corp", host, sizeof host));
    assert_false(http_url_authority("http://", host, sizeof host));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(hosts_are_compared_whole),
        cmocka_unit_test(a_host_is_what_is_connected_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
