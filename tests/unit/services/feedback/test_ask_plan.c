/* What a sender's API is asked, and when: worked out by hand. */
#include "feedback/tmf/ask_plan.h"

#include "net/http.h"
#include "support/check.h"
#include "text/dates.h"

#include <string.h>

static Bihuan__TmfSource source(const char *url)
{
    Bihuan__TmfSource asks = BIHUAN__TMF_SOURCE__INIT;

    asks.url = (char *)(uintptr_t)url;
    return asks;
}

static void urls_are_spelled(void **state)
{
    Bihuan__TmfSource asks = source("https://crm.example/tmf/v4/");
    /* 2026-11-22T01:30:00Z is 20779 days and 90 minutes after the epoch */
    const struct ask_window window = { (INT64_C(20779) * 86400 + 5400) * 1000000, INT64_C(20780) * 86400 * 1000000 };
    struct buf url = { 0 };

    (void)state;
    ask_url(&url, &asks, TMF_ORDER, "orderDate", &window, 200);
    assert_string_equal(buf_text(&url),
                        "https://crm.example/tmf/v4/productOrder?orderDate.gte=2026-11-22T01%3A30%3A00Z&"
                        "orderDate.lt=2026-11-23T00%3A00%3A00Z&offset=200&limit=100");
    buf_reset(&url);
    asks.page = 7;
    ask_url(&url, &asks, TMF_BILL, NULL, &window, 0);
    assert_string_equal(buf_text(&url), "https://crm.example/tmf/v4/customerBill?offset=0&limit=7");
    buf_reset(&url);
    ask_one_url(&url, &asks, "payment", "a/b c?");
    assert_string_equal(buf_text(&url), "https://crm.example/tmf/v4/payment/a%2Fb%20c%3F");
    buf_fini(&url);
}

static void windows_follow_one_another(void **state)
{
    Bihuan__TmfSource asks = source("http://x");
    int64_t now = INT64_C(20779) * 86400 * 1000000;

    (void)state;
    CHECK_INT(ask_window(&asks, 0, now).from, INT64_C(20772) * 86400 * 1000000);
    CHECK_INT(ask_window(&asks, now - 1000000, now).from, now - 1000000 - INT64_C(3600) * 1000000);
    CHECK_INT(ask_window(&asks, 0, now).until, now);
    asks.first_days = 30;
    asks.back_minutes = 5;
    CHECK_INT(ask_window(&asks, 0, now).from, INT64_C(20749) * 86400 * 1000000);
    CHECK_INT(ask_window(&asks, now, now).from, now - INT64_C(300) * 1000000);
}

static void times_are_the_apis_own_unless_named(void **state)
{
    char *named[] = { (char *)(uintptr_t) "lastUpdate" }, *none[] = { (char *)(uintptr_t) "none" };
    Bihuan__TmfSource asks = source("http://x/v4");
    const char *times[ASK_TIMES_MAX];

    (void)state;
    CHECK_INT(ask_times(&asks, TMF_ORDER, times), 3);
    assert_string_equal(times[0], "orderDate");
    asks.url = (char *)(uintptr_t) "http://x/v5/";
    CHECK_INT(ask_times(&asks, TMF_ORDER, times), 3);
    assert_string_equal(times[0], "creationDate");
    CHECK_INT(ask_times(&asks, TMF_BILL, times), 1);
    CHECK_INT(ask_times(&asks, TMF_REFUND, times), 2);
    asks.times = named;
    asks.n_times = 1;
    CHECK_INT(ask_times(&asks, TMF_LEAD, times), 1);
    assert_string_equal(times[0], "lastUpdate");
    asks.times = none;
    CHECK_INT(ask_times(&asks, TMF_LEAD, times), 0);
}

static void pages_end(void **state)
{
    (void)state;
    CHECK_INT(ask_next(0, 100, 250), ASK_MORE);
    CHECK_INT(ask_next(200, 20, 250), ASK_MORE);   /* fewer than asked for, but there are more */
    CHECK_INT(ask_next(200, 50, 250), ASK_PROBE);  /* all, it says */
    CHECK_INT(ask_next(200, 100, 250), ASK_PROBE); /* more than it said */
    CHECK_INT(ask_next(250, 0, 250), ASK_END);
    CHECK_INT(ask_next(0, 1, -1), ASK_MORE);
    CHECK_INT(ask_next(1, 0, -1), ASK_END);
    CHECK_INT(ask_next(0, 0, 0), ASK_END);
    CHECK_INT(ask_next(0, 1, 0), ASK_PROBE);
}

static void a_page_again_is_an_end_or_an_error(void **state)
{
    (void)state;
    CHECK_INT(ask_repeated(true, 100, 100), ASK_END);   /* the total said so before */
    CHECK_INT(ask_repeated(false, 99, 100), ASK_END);   /* it holds all */
    CHECK_INT(ask_repeated(false, 100, 100), ASK_MORE); /* the rest can't be had */
    assert_true(ask_is_beyond(400) && ask_is_beyond(404) && ask_is_beyond(416));
    assert_false(ask_is_beyond(0) || ask_is_beyond(401) || ask_is_beyond(429) || ask_is_beyond(500));
}

static void failures_are_tried_again_sooner_then_later(void **state)
{
    static const int wanted_s[] = { 900, 30, 60, 120, 240, 480, 900, 900 };
    Bihuan__TmfSource asks = source("http://x");

    (void)state;
    for (uint32_t failures = 0; failures < 8; failures++)
        CHECK_INT(ask_due(&asks, 0, failures), INT64_C(1000000) * wanted_s[failures]);
    CHECK_INT(ask_due(&asks, 0, 4000000000U), INT64_C(900) * 1000000);
    asks.every_minutes = 1;
    CHECK_INT(ask_due(&asks, 0, 5), INT64_C(60) * 1000000);
}

static void registrations_differ_where_anything_does(void **state)
{
    Bihuan__TmfSource asks = source("http://x/v5");
    struct buf text = { 0 };

    (void)state;
    ask_hub_wish(&text, &asks);
    CHECK_INT(text.len, 0);
    asks.callback = (char *)(uintptr_t) "https://b/tmf/f";
    asks.query = (char *)(uintptr_t) "a=b";
    ask_hub_wish(&text, &asks);
    assert_string_equal(buf_text(&text), "http://x/v5\nhttps://b/tmf/f\na=b");
    buf_reset(&text);
    ask_hub_body(&text, &asks);
    assert_string_equal(buf_text(&text), "{\"@type\":\"Hub\",\"callback\":\"https://b/tmf/f\",\"query\":\"a=b\"}");
    buf_fini(&text);
}

static void urls_name_one_host(void **state)
{
    char host[64];

    (void)state;
    assert_true(http_url_host("https://CRM.example:8443/a@b", host, sizeof host));
    assert_string_equal(host, "crm.example:8443");
    assert_true(http_url_host("http://x?y", host, sizeof host));
    assert_string_equal(host, "x");
    assert_false(http_url_host("ftp://x/", host, sizeof host));
    assert_false(http_url_host("http:///x", host, sizeof host));
    assert_false(http_url_host("http://u:p@x/", host, sizeof host));
    assert_false(http_url_host("http://x/\r\nHost: y", host, sizeof host));
    assert_false(http_url_host("http://x\\@y/", host, sizeof host));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_spelled),
        cmocka_unit_test(windows_follow_one_another),
        cmocka_unit_test(times_are_the_apis_own_unless_named),
        cmocka_unit_test(pages_end),
        cmocka_unit_test(a_page_again_is_an_end_or_an_error),
        cmocka_unit_test(failures_are_tried_again_sooner_then_later),
        cmocka_unit_test(registrations_differ_where_anything_does),
        cmocka_unit_test(urls_name_one_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
