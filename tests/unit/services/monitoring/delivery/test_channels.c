/* Each kind of receiver: a message in, bytes out; an answer in, verdict out. Signatures are compared with what openssl
 * says:
 *   DingTalk  printf '1700000000000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64
 *   Feishu    printf '' | openssl dgst -sha256 -hmac "$(printf '1700000000\nsecret')" -binary | base64
 *   Standard Webhooks: the specification's own example; also by openssl with -mac HMAC -macopt hexkey:31f290f6bf06298a
 *             ab4f08d43c3f082cf648a362da2da4b0 over 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}' */
#include "monitoring/delivery/channel.h"

#include "support/check.h"
#include "text/base64.h"
#include "text/json_out.h"
#include "text/utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

static Bihuan__Notice notice;
static Bihuan__Receiver receiver;
static struct channel_secret secret;
static struct channel_bytes bytes;
static Bihuan__Alert alert;
static Bihuan__AlertInputs inputs;

static char *text(const char *words)
{
    return (char *)(uintptr_t)words;
}

static int fresh(void **state)
{
    (void)state;
    bihuan__notice__init(&notice);
    bihuan__receiver__init(&receiver);
    bihuan__alert__init(&alert);
    bihuan__alert_inputs__init(&inputs);
    memset(&bytes, 0, sizeof bytes);
    secret = (struct channel_secret) { .address = "" };
    notice.id = text("0123456789abcdef");
    notice.event = text("fired");
    notice.language = text("zh");
    notice.title = text("【滞后预警】云川市 新增用户落后");
    receiver.url = text("https://robot.example/send?key=***");
    return 0;
}

static int gone(void **state)
{
    (void)state;
    channel_bytes_fini(&bytes);
    return 0;
}

static int make(const struct channel *channel, int64_t now_us, int part)
{
    const struct channel_job job = { &notice, &receiver, &secret, now_us, part };
    char error[CHANNEL_ERROR_MAX] = "";

    return channel->make(&job, &bytes, error);
}

static json_t *body(void)
{
    json_t *root = json_loadb((const char *)bytes.body.data, bytes.body.len, 0, NULL);

    assert_non_null(root);
    return root;
}

static const char *at(const json_t *root, const char *first, const char *second)
{
    const char *found = json_string_value(json_object_get(json_object_get(root, first), second));

    assert_non_null(found);
    return found;
}

static bool has_header(const char *line)
{
    for (size_t i = 0; i < bytes.header_count; i++)
        if (strcmp((const char *)bytes.headers[i].data, line) == 0)
            return true;
    return false;
}

/* --- signatures ----------------------------------------------------------------------------------------------------
 */

static void a_webhook_is_signed_by_each_key(void **state)
{
    (void)state;
    notice.id = text("msg_p5jXN8AQM9LWM0D4loKWxJek");
    secret.keys[0] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    secret.keys[1] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    secret.key_count = 2;
    buf_append_text(&bytes.body, "{\"test\": 2432232314}");
    assert_int_equal(make(&channel_webhook, 1614265330 * SECOND_US, 0), 0);
    assert_true(has_header("webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
                           " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    assert_true(has_header("webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek"));
    assert_true(has_header("webhook-timestamp: 1614265330"));
}

static void a_key_that_is_none_is_refused(void **state)
{
    (void)state;
    secret.keys[0] = "whsec_###";
    secret.key_count = 1;
    assert_int_equal(make(&channel_webhook, 0, 0), -1);
}

static void dingtalk_signs_in_the_address(void **state)
{
    (void)state;
    secret.address = "https://oapi.dingtalk.com/robot/send?access_token=t";
    secret.keys[0] = "SECabc";
    secret.key_count = 1;
    assert_int_equal(make(&channel_dingtalk, INT64_C(1700000000000) * 1000, 0), 0);
    assert_string_equal(buf_text(&bytes.url),
                        "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1700000000000"
                        "&sign=jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D");
}

static void feishu_signs_in_the_body_the_other_way_round(void **state)
{
    json_t *root;

    (void)state;
    secret.address = "https://open.feishu.cn/open-apis/bot/v2/hook/k";
    secret.keys[0] = "secret";
    secret.key_count = 1;
    assert_int_equal(make(&channel_feishu, 1700000000 * SECOND_US, 0), 0);
    root = body();
    assert_string_equal(json_string_value(json_object_get(root, "timestamp")), "1700000000");
    assert_string_equal(json_string_value(json_object_get(root, "sign")),
                        "fiWS2+gh28DOydAv7hzONH/mDn9+b1Y4Y5ivXWXy8vA=");
    assert_string_equal(buf_text(&bytes.url), "https://open.feishu.cn/open-apis/bot/v2/hook/k");
    json_decref(root);
}

/* --- bodies --------------------------------------------------------------------------------------------------------
 */

static void a_webhook_is_a_cloud_event(void **state)
{
    json_t *root;

    (void)state;
    secret.keys[0] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    secret.key_count = 1;
    notice.alert = text("a1");
    notice.data = &alert;
    notice.at = 1790000000 * SECOND_US;
    alert.unit = text("C2");
    alert.inputs = &inputs;
    inputs.gap_bp = -1239;
    assert_int_equal(make(&channel_webhook, 0, 0), 0);
    root = body();
    assert_string_equal(json_string_value(json_object_get(root, "specversion")), "1.0");
    assert_string_equal(json_string_value(json_object_get(root, "id")), notice.id);
    assert_string_equal(json_string_value(json_object_get(root, "type")), "bihuan.alert.fired");
    assert_string_equal(json_string_value(json_object_get(root, "subject")), "a1");
    assert_string_equal(json_string_value(json_object_get(root, "time")), "2026-09-21T14:13:20Z");
    assert_string_equal(at(root, "data", "unit"), "C2");
    CHECK_INT(json_integer_value(json_object_get(json_object_get(root, "data"), "gap_bp")), -1239);
    assert_true(has_header("Content-Type: application/cloudevents+json; charset=utf-8"));
    json_decref(root);
}

/* 400 lines of Chinese: more than any robot takes. */
static void fill_items(void)
{
    static char *items[400];

    for (size_t i = 0; i < 400; i++)
        items[i] = text("云川市永安县第一营业厅：落后时序进度十二个百分点");
    notice.items = items;
    notice.n_items = 400;
    notice.more = 7;
}

static void wecom_cuts_between_lines_and_says_how_many_more(void **state)
{
    json_t *root;
    const char *content, *more;
    size_t shown = 0;

    (void)state;
    fill_items();
    notice.url = text("https://bihuan.example/alerts/a1");
    assert_int_equal(make(&channel_wecom, 0, 0), 0);
    root = body();
    assert_string_equal(json_string_value(json_object_get(root, "msgtype")), "markdown");
    content = at(root, "markdown", "content");
    assert_true(strlen(content) <= 4096 && strlen(content) > 3900);
    assert_true(utf8_valid(content, strlen(content)));
    for (const char *p = content; (p = strstr(p, "\n- ")); p++)
        shown++;
    more = strstr(content, "另有 ");
    assert_non_null(more);
    CHECK_INT(strtol(more + strlen("另有 "), NULL, 10) + (long)shown, 407);
    assert_non_null(strstr(content, "[查看](https://bihuan.example/alerts/a1)"));
    json_decref(root);
}

static void wecom_calls_people_in_a_second_message(void **state)
{
    static char *people[] = { (char *)(uintptr_t) "zhang", (char *)(uintptr_t) "all" };
    const struct channel_job job = { &notice, &receiver, &secret, 0, 0 };
    char *title = malloc(9001);
    json_t *root, *list;

    (void)state;
    for (size_t i = 0; i < 9000; i += 3)
        memcpy(title + i, "云", 3);
    title[9000] = 0;
    CHECK_INT(channel_wecom.parts(&job), 1);
    notice.mentions = people;
    notice.n_mentions = 2;
    notice.title = title;
    CHECK_INT(channel_wecom.parts(&job), 2);
    assert_int_equal(make(&channel_wecom, 0, 1), 0);
    root = body();
    assert_string_equal(json_string_value(json_object_get(root, "msgtype")), "text");
    CHECK_INT(strlen(at(root, "text", "content")), 2046); /* 682 characters of 3 bytes: a 683rd would not fit */
    list = json_object_get(json_object_get(root, "text"), "mentioned_list");
    assert_string_equal(json_string_value(json_array_get(list, 0)), "zhang");
    assert_string_equal(json_string_value(json_array_get(list, 1)), "@all");
    json_decref(root);
    free(title);
}

static void robots_keep_within_20000_bytes(void **state)
{
    (void)state;
    fill_items();
    assert_int_equal(make(&channel_dingtalk, 0, 0), 0);
    assert_true(bytes.body.len < 20000 && bytes.body.len > 10000);
    channel_bytes_fini(&bytes);
    memset(&bytes, 0, sizeof bytes);
    assert_int_equal(make(&channel_feishu, 0, 0), 0);
    assert_true(bytes.body.len < 20000 && bytes.body.len > 10000);
}

static void a_name_calls_nobody(void **state)
{
    json_t *root;

    (void)state;
    notice.title = text("<at user_id=\"all\"></at>");
    assert_int_equal(make(&channel_feishu, 0, 0), 0);
    root = body();
    assert_null(strstr(at(root, "content", "text"), "<at"));
    json_decref(root);
}

/* --- verdicts ------------------------------------------------------------------------------------------------------
 */

static void verdicts(void **state)
{
    static const struct {
        const struct channel *channel;
        long status;
        int64_t retry_after;
        const char *body;
        enum channel_said want;
        int64_t after;
    } rows[] = {
        { &channel_webhook, 200, 0, "", SAID_DELIVERED, 0 },
        { &channel_webhook, 204, 0, "", SAID_DELIVERED, 0 },
        { &channel_webhook, 301, 0, "", SAID_REFUSED, 0 },
        { &channel_webhook, 400, 0, "", SAID_REFUSED, 0 },
        { &channel_webhook, 404, 0, "", SAID_REFUSED, 0 },
        { &channel_webhook, 408, 0, "", SAID_RETRY, 0 },
        { &channel_webhook, 425, 0, "", SAID_RETRY, 0 },
        { &channel_webhook, 429, 7, "", SAID_THROTTLED, 7 },
        { &channel_webhook, 500, 0, "", SAID_RETRY, 0 },
        { &channel_webhook, 503, 9, "", SAID_RETRY, 9 },
        { &channel_wecom, 200, 0, "{\"errcode\":0,\"errmsg\":\"ok\"}", SAID_DELIVERED, 0 },
        { &channel_wecom, 200, 0, "{\"errcode\":45009,\"errmsg\":\"freq\"}", SAID_THROTTLED, 60 },
        { &channel_wecom, 200, 0, "{\"errcode\":-1,\"errmsg\":\"busy\"}", SAID_RETRY, 0 },
        { &channel_wecom, 200, 0, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}", SAID_REFUSED, 0 },
        { &channel_wecom, 200, 0, "<html>", SAID_RETRY, 0 },
        { &channel_wecom, 502, 0, "", SAID_RETRY, 0 },
        { &channel_dingtalk, 200, 0, "{\"errcode\":0}", SAID_DELIVERED, 0 },
        { &channel_dingtalk, 200, 0, "{\"errcode\":130101}", SAID_THROTTLED, 600 },
        { &channel_dingtalk, 200, 0, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", SAID_REFUSED, 0 },
        { &channel_feishu, 200, 0, "{\"code\":0,\"msg\":\"success\"}", SAID_DELIVERED, 0 },
        { &channel_feishu, 200, 0, "{\"StatusCode\":0,\"StatusMessage\":\"success\"}", SAID_DELIVERED, 0 },
        { &channel_feishu, 200, 0, "{\"code\":11232,\"msg\":\"create message trigger rate limit\"}", SAID_THROTTLED,
          60 },
        { &channel_feishu, 400, 0, "{\"code\":11232}", SAID_THROTTLED, 60 },
        { &channel_feishu, 400, 0, "{\"code\":9499}", SAID_THROTTLED, 60 },
        { &channel_feishu, 200, 0, "{\"code\":19021,\"msg\":\"sign match fail\"}", SAID_REFUSED, 0 },
        { &channel_smtp, 250, 0, "", SAID_DELIVERED, 0 },
        { &channel_smtp, 421, 0, "", SAID_THROTTLED, 60 },
        { &channel_smtp, 452, 0, "", SAID_RETRY, 0 },
        { &channel_smtp, 535, 0, "", SAID_RETRY, 0 },
        { &channel_smtp, 550, 0, "", SAID_REFUSED, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct channel_answer answer = { rows[i].status, (const uint8_t *)rows[i].body, strlen(rows[i].body),
                                               rows[i].retry_after };
        struct channel_verdict got = { .verdict = 0 };

        rows[i].channel->judge(&answer, &got);
        if (got.verdict != rows[i].want || got.after_s != rows[i].after)
            fail_msg("row %zu, %s %ld %s: %d after %ld", i, rows[i].channel->name, rows[i].status, rows[i].body,
                     (int)got.verdict, (long)got.after_s);
        if (got.verdict != SAID_DELIVERED && !got.error[0])
            fail_msg("row %zu doesn't say why", i);
    }
}

/* --- mail ----------------------------------------------------------------------------------------------------------
 */

/* The encoded words of a header line and those folded below it, decoded. */
static void decode_words(const char *from, struct buf *out)
{
    const char *line = from;

    do {
        const char *end = strstr(line, "\r\n"), *word = strstr(line, "=?UTF-8?B?"), *stop;

        assert_non_null(end);
        assert_true(end - line <= 76);
        assert_true(word && word < end);
        word += strlen("=?UTF-8?B?");
        stop = strstr(word, "?=");
        assert_true(stop && stop < end);
        assert_int_equal(base64_decode(word, (size_t)(stop - word), out), 0);
        assert_true(utf8_valid(out->data, out->len)); /* no word ends within a character */
        line = end + 2;
    } while (*line == ' ');
}

static char *mailbox[] = { (char *)(uintptr_t) "wang@corp.example", (char *)(uintptr_t) "li@corp.example" };

static void mail_is_a_thread_in_ascii(void **state)
{
    struct buf subject = { 0 };
    const char *mail, *found;

    (void)state;
    receiver.from = text("bihuan@corp.example");
    receiver.to = mailbox;
    receiver.n_to = 2;
    notice.thread = text("ffff000011112222");
    notice.title = text("【滞后预警】云川市 新增用户落后时序进度12.39个百分点，请今天内说明原因并提出措施");
    notice.text = text("a < b & \"c\"");
    assert_int_equal(make(&channel_smtp, 1700000000 * SECOND_US, 0), 0);
    buf_put_u8(&bytes.body, 0);
    mail = (const char *)bytes.body.data;
    for (const char *p = mail; *p; p++)
        assert_true((unsigned char)*p < 0x80);
    assert_non_null(strstr(mail, "From: bihuan@corp.example\r\nTo: wang@corp.example,\r\n li@corp.example\r\n"));
    assert_non_null(strstr(mail, "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    assert_non_null(strstr(mail, "Message-ID: <0123456789abcdef@corp.example>\r\n"));
    assert_non_null(strstr(mail, "In-Reply-To: <ffff000011112222@corp.example>\r\n"));
    assert_non_null(strstr(mail, "References: <ffff000011112222@corp.example>\r\n"));
    found = strstr(mail, "Subject: ");
    decode_words(found, &subject);
    assert_string_equal(buf_text(&subject), notice.title);
    buf_fini(&subject);
    for (const char *line = mail; *line; line = strstr(line, "\r\n") + 2)
        assert_true(strcspn(line, "\r") <= 78);
    assert_non_null(strstr(mail, "Content-Type: text/plain; charset=utf-8\r\n"));
    found = strstr(mail, "Content-Type: text/html; charset=utf-8\r\n");
    assert_non_null(found);
    found = strstr(found, "\r\n\r\n") + 4;
    for (; *found != '-'; found = strstr(found, "\r\n") + 2)
        assert_int_equal(base64_decode(found, strcspn(found, "\r"), &subject), 0);
    assert_non_null(strstr(buf_text(&subject), "a &lt; b &amp; &quot;c&quot;"));
    buf_fini(&subject);
}

static void the_first_mail_answers_nobody(void **state)
{
    (void)state;
    receiver.from = text("bihuan@corp.example");
    receiver.to = mailbox;
    receiver.n_to = 1;
    notice.thread = notice.id;
    notice.title = text("plain words");
    assert_int_equal(make(&channel_smtp, 0, 0), 0);
    assert_non_null(strstr(buf_text(&bytes.body), "Subject: plain words\r\n"));
    assert_null(strstr(buf_text(&bytes.body), "In-Reply-To"));
}

/* --- alertmanager --------------------------------------------------------------------------------------------------
 */

static void labels_are_valid_and_unique(void **state)
{
    static Bihuan__NoticeLabel city, town, unit;
    static Bihuan__NoticeLabel *labels[] = { &city, &town, &unit };
    struct buf out = { 0 };
    struct json_out json;
    json_t *root, *have;
    const char *name;
    json_t *value;

    (void)state;
    bihuan__notice_label__init(&city);
    bihuan__notice_label__init(&town);
    bihuan__notice_label__init(&unit);
    city.name = text("city-company");
    city.value = text("西宁");
    town.name = text("营业厅");
    town.value = text("T1");
    unit.name = text("unit");
    unit.value = text("again");
    notice.labels = labels;
    notice.n_labels = 3;
    notice.data = &alert;
    notice.url = text("not a url");
    alert.id = text("a1");
    alert.kind = text("zero_sales");
    alert.unit = text("C2");
    alert.measure = text("");
    json_out_init(&json, &out);
    alertmanager_put(&json, &notice, 2000 * SECOND_US, 1000 * SECOND_US);
    root = json_loadb((const char *)out.data, out.len, 0, NULL);
    assert_non_null(root);
    have = json_object_get(root, "labels");
    assert_string_equal(json_string_value(json_object_get(have, "alertname")), "SalesZeroSales");
    assert_string_equal(json_string_value(json_object_get(have, "unit")), "C2");
    assert_string_equal(json_string_value(json_object_get(have, "unit_")), "again");
    assert_string_equal(json_string_value(json_object_get(have, "city_company")), "西宁");
    assert_null(json_object_get(have, "measure")); /* an empty value is none */
    json_object_foreach(have, name, value)
    {
        assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(name));
        assert_true(name[0] < '0' || name[0] > '9');
    }
    /* a start behind the end would be refused, and so would a link that is none */
    assert_string_equal(json_string_value(json_object_get(root, "startsAt")), "1970-01-01T00:16:40Z");
    assert_string_equal(json_string_value(json_object_get(root, "endsAt")), "1970-01-01T00:16:40Z");
    assert_null(json_object_get(root, "generatorURL"));
    json_decref(root);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_webhook_is_signed_by_each_key, fresh, gone),
        cmocka_unit_test_setup_teardown(a_key_that_is_none_is_refused, fresh, gone),
        cmocka_unit_test_setup_teardown(dingtalk_signs_in_the_address, fresh, gone),
        cmocka_unit_test_setup_teardown(feishu_signs_in_the_body_the_other_way_round, fresh, gone),
        cmocka_unit_test_setup_teardown(a_webhook_is_a_cloud_event, fresh, gone),
        cmocka_unit_test_setup_teardown(wecom_cuts_between_lines_and_says_how_many_more, fresh, gone),
        cmocka_unit_test_setup_teardown(wecom_calls_people_in_a_second_message, fresh, gone),
        cmocka_unit_test_setup_teardown(robots_keep_within_20000_bytes, fresh, gone),
        cmocka_unit_test_setup_teardown(a_name_calls_nobody, fresh, gone),
        cmocka_unit_test_setup_teardown(verdicts, fresh, gone),
        cmocka_unit_test_setup_teardown(mail_is_a_thread_in_ascii, fresh, gone),
        cmocka_unit_test_setup_teardown(the_first_mail_answers_nobody, fresh, gone),
        cmocka_unit_test_setup_teardown(labels_are_valid_and_unique, fresh, gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
