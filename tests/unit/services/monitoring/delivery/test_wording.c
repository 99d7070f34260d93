/* What notices say, and what of a receiver is never shown. */
#include "monitoring/delivery/secret.h"
#include "monitoring/delivery/wording.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static const char *filled(const char *template)
{
    static struct buf out;
    static const struct wording_value values[] = { { "unit", "云川市" }, { "gap", "12.39" }, { "reason", "{unit}" } };

    buf_reset(&out);
    wording_fill(template, values, 3, &out);
    return buf_text(&out);
}

static void names_are_replaced(void **state)
{
    (void)state;
    assert_string_equal(filled("{unit} lags {gap}"), "云川市 lags 12.39");
    assert_string_equal(filled("{{unit} {reason}"), "{unit} {unit}"); /* values aren't looked at again */
    assert_string_equal(filled("{landing}|{|{}|}|{un"), "|{|{}|}|{un");
    assert_null(wording_unknown(&arena, "{unit} {{nobody} {} {gap}"));
    assert_string_equal(wording_unknown(&arena, "{unit} {nobody}"), "nobody");
    assert_string_equal(wording_unknown(&arena, "{uni}"), "uni");
}

/* Every event and kind has words in both languages, with names that are known. */
static void every_event_has_words(void **state)
{
    static const char *const events[] = { "fired", "worsened", "reminded", "escalated", "resolved", "expired" };
    static const char *const kinds[] = { "lag", "ratio", "threshold", "about", "outlier", "something_new" };

    (void)state;
    for (size_t e = 0; e < 6; e++) {
        assert_true(wording_event(events[e]));
        assert_non_null(strstr(WORDING_EVENTS, events[e]));
        for (size_t k = 0; k < 6; k++)
            for (int zh = 0; zh < 2; zh++) {
                struct wording words = wording_find(NULL, 0, events[e], kinds[k], kinds[k], zh);

                assert_non_null(strstr(words.title, "{unit}"));
                assert_null(wording_unknown(&arena, words.title));
                assert_null(wording_unknown(&arena, words.text));
            }
    }
    assert_false(wording_event("digest"));
}

static void own_words_go_first(void **state)
{
    static Bihuan__NoticeTemplate any, lag;
    Bihuan__NoticeTemplate *own[] = { &any, &lag };

    (void)state;
    bihuan__notice_template__init(&any);
    bihuan__notice_template__init(&lag);
    any.event = lag.event = (char *)(uintptr_t) "fired";
    any.title = (char *)(uintptr_t) "any";
    lag.of = (char *)(uintptr_t) "lag";
    lag.title = (char *)(uintptr_t) "mine";
    assert_string_equal(wording_find(own, 2, "fired", "lag", "ratio", true).title, "mine");
    assert_string_equal(wording_find(own, 2, "fired", "threshold", "threshold", true).title, "any");
    assert_string_not_equal(wording_find(own, 2, "resolved", "lag", "lag", true).title, "any");
}

/* --- secrets -------------------------------------------------------------------------------------------------------
 */

static void keys_in_addresses_are_not_shown(void **state)
{
    static const struct {
        const char *channel, *url, *want;
    } rows[] = {
        { "wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6",
          "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=***" },
        { "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=aa&x=b#c",
          "https://oapi.dingtalk.com/robot/send?access_token=***&x=***#c" },
        { "feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/aaa-bbb",
          "https://open.feishu.cn/open-apis/bot/v2/hook/***" },
        { "webhook", "https://a.example/hook?token=s", "https://a.example/hook?token=***" },
        { "webhook", "https://user:pass@a.example/hook", "https://***@a.example/hook" },
        { "webhook", "https://a.example/hook?x=&y", "https://a.example/hook?x=&y" },
        { "webhook", "https://a.example/hook", "https://a.example/hook" },
        { "alertmanager", "http://am:9093", "http://am:9093" },
        { "smtp", "smtp://mail.corp.example:587", "smtp://mail.corp.example:587" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *shown = secret_mask(&arena, rows[i].channel, rows[i].url);

        assert_string_equal(shown, rows[i].want);
        assert_string_equal(secret_mask(&arena, rows[i].channel, shown), rows[i].want); /* once is enough */
    }
}

static void secrets_are_an_address_and_keys(void **state)
{
    struct channel_secret secret = secret_parse(&arena, " whsec_new\nhttps://a?key=1\twhsec_old\r\n");

    (void)state;
    assert_string_equal(secret.address, "https://a?key=1");
    CHECK_INT(secret.key_count, 2);
    assert_string_equal(secret.keys[0], "whsec_new");
    assert_string_equal(secret.keys[1], "whsec_old");
    assert_string_equal(secret_text(&arena, &secret), "https://a?key=1 whsec_new whsec_old");
    secret = secret_parse(&arena, "");
    CHECK_INT(secret.key_count, 0);
    assert_string_equal(secret.address, "");
}

static void a_secret_is_read_from_its_file(void **state)
{
    char folder[] = "/tmp/bihuan-secret-XXXXXX", path[64];
    struct channel_secret secret;
    struct err err;
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/robot", folder);
    file = fopen(path, "w");
    fprintf(file, "https://oapi.dingtalk.com/robot/send?access_token=aa\nSECbb\n");
    fclose(file);
    assert_int_equal(secret_read(&arena, folder, "robot", &secret, &err), 0);
    assert_string_equal(secret.keys[0], "SECbb");
    unlink(path);
    assert_int_equal(secret_read(&arena, folder, "robot", &secret, &err), -1);
    assert_non_null(strstr(err.text, "robot"));
    rmdir(folder);
    assert_true(secret_name_valid("robot.key"));
    assert_false(secret_name_valid("../robot"));
    assert_false(secret_name_valid(".hidden"));
    assert_false(secret_name_valid(""));
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_replaced),
        cmocka_unit_test(every_event_has_words),
        cmocka_unit_test(own_words_go_first),
        cmocka_unit_test(keys_in_addresses_are_not_shown),
        cmocka_unit_test(secrets_are_an_address_and_keys),
        cmocka_unit_test(a_secret_is_read_from_its_file),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
