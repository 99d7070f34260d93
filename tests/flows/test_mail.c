/* Mail: one alert is one thread; a server that says "later" gets the same mail later; STARTTLS with a certificate whose
 * authority is known, and a login from a file; and where a server offers no TLS, nothing is said to it. */
#include "support/check.h"
#include "support/fake_mail.h"
#include "support/loop.h"
#include "support/shops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHOPS 2

static struct stack stack;
static struct fake_mail plain, safe, strict;
static bool has_tls;

static void write_password(void)
{
    char path[160];
    FILE *file;

    snprintf(path, sizeof path, "%s/data/secrets", stack.dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/data/secrets/mail", stack.dir);
    file = fopen(path, "w");
    fprintf(file, "geheim\n");
    fclose(file);
}

static int setup(void **state)
{
    static char ca[160];

    (void)state;
    stack_new(&stack);
    fake_mail_start(&plain);
    fake_mail_start(&strict);
    has_tls = fake_mail_start_tls(&safe, stack.dir);
    snprintf(ca, sizeof ca, "--receiver-ca-file=%s/ca.pem", stack.dir);
    stack.monitoring[0] = has_tls ? ca : NULL;
    snprintf(stack.clock, sizeof stack.clock, "2026-10-06T10:00:00+08:00@%ld", (long)time(NULL));
    loop_start(&stack);
    write_password();
    shops_apply(&stack, SHOPS);
    loop_apply(
        &stack, MSG(APPLY_RECEIVERS),
        "{'items':[{'code':'plain','kind':'smtp','url':'smtp://127.0.0.1:%d','tls':'none','from':'b@corp.example',"
        "'to':['wang@corp.example','li@corp.example'],'language':'zh','form':'each'},"
        "{'code':'strict','kind':'smtp','url':'smtp://127.0.0.1:%d','from':'b@corp.example',"
        "'to':['wang@corp.example'],'user':'bihuan','secret':'geheim','form':'each'},"
        "{'code':'daily','kind':'smtp','url':'smtp://127.0.0.1:%d','tls':'none','from':'b@corp.example',"
        "'to':['boss@corp.example'],'language':'en'}]}",
        plain.port, strict.port, plain.port);
    if (has_tls)
        loop_apply(&stack, MSG(APPLY_RECEIVERS),
                   "{'items':[{'code':'safe','kind':'smtp','url':'smtp://127.0.0.1:%d','from':'b@corp.example',"
                   "'to':['wang@corp.example'],'user':'bihuan','secret_file':'mail','form':'each'}]}",
                   safe.port);
    plain.refuse = 1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    fake_mail_stop(&plain);
    fake_mail_stop(&strict);
    if (has_tls)
        fake_mail_stop(&safe);
    return 0;
}

static bool plain_has(void *arg)
{
    return fake_mail_count(&plain) >= *(const int *)arg;
}

static bool safe_has(void *arg)
{
    return fake_mail_count(&safe) >= *(const int *)arg;
}

static void test_an_alert_is_a_thread(void **state)
{
    int first = SHOPS, all = 2 * SHOPS, answers = 0;
    char ids[SHOPS][128];

    (void)state;
    shops_sell(&stack, "orders_20261005.csv", SHOPS, 1, 33);
    assert_true(stack_until(plain_has, &first, 20));
    CHECK_INT(plain.tries, SHOPS + 1); /* one was told "later" and came again */
    for (int i = 0; i < SHOPS; i++) {
        snprintf(ids[i], sizeof ids[i], "%s", fake_mail_header(&plain, i, "Message-ID"));
        assert_true(strlen(ids[i]) > 20);
        assert_string_equal(fake_mail_header(&plain, i, "In-Reply-To"), "");
        assert_string_equal(fake_mail_header(&plain, i, "From"), "b@corp.example");
    }
    assert_string_not_equal(ids[0], ids[1]);
    shops_sell(&stack, "orders_20261006.csv", SHOPS, 2, 100);
    assert_true(stack_until(plain_has, &all, 20));
    for (int i = SHOPS; i < 2 * SHOPS; i++)
        for (int k = 0; k < SHOPS; k++)
            if (strcmp(fake_mail_header(&plain, i, "In-Reply-To"), ids[k]) == 0) {
                assert_string_equal(fake_mail_header(&plain, i, "References"), ids[k]);
                answers++;
            }
    CHECK_INT(answers, SHOPS);
}

static void test_a_login_goes_over_tls(void **state)
{
    int all = 2 * SHOPS;

    (void)state;
    if (!has_tls) {
        print_message("skipped: openssl or python3 isn't installed\n");
        skip();
    }
    assert_true(stack_until(safe_has, &all, 20));
    assert_string_equal(safe.login, "AGJpaHVhbgBnZWhlaW0="); /* printf '\0bihuan\0geheim' | base64 */
}

static bool strict_was_tried(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'strict' AND attempts > 0") >
           0;
}

static void test_without_tls_nothing_is_said(void **state)
{
    (void)state;
    assert_true(stack_until(strict_was_tried, NULL, 10));
    CHECK_INT(strict.tries, 0);
    assert_string_equal(strict.login, "");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'strict' AND state <>"
                                   " 'waiting'"),
              0);
}

static long of_daily(const char *what)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.%s", what);
    return pg_number(&stack.pg, sql);
}

static bool all_wait(void *arg)
{
    (void)arg;
    return of_daily("held WHERE receiver = 'daily' AND reason = 'digest'") == SHOPS;
}

static bool digest_was_sent(void *arg)
{
    (void)arg;
    return of_daily("delivery WHERE receiver = 'daily' AND event = 'digest' AND state = 'sent'") == 1;
}

/* Mail that doesn't ask for each has heard nothing of what came and went that day. What fires and lasts comes in one
 * message on the morning of the next working day. */
static void a1_12_mail_comes_in_the_morning(void **state)
{
    int all = 2 * SHOPS;

    (void)state;
    CHECK_INT(of_daily("delivery WHERE receiver = 'daily'"), 0);
    shops_sell(&stack, "orders_20261004.csv", SHOPS, 3, 33);
    if (!stack_until(all_wait, NULL, 20))
        fail_msg("%ld wait, %ld of them for the digest; %ld alerts fire, %ld mails", of_daily("held"),
                 of_daily("held WHERE receiver = 'daily' AND reason = 'digest'"),
                 of_daily("alert WHERE state = 'firing'"), (long)fake_mail_count(&plain));
    CHECK_INT(of_daily("delivery WHERE receiver = 'daily'"), 0);
    all += SHOPS;
    assert_true(stack_until(plain_has, &all, 20)); /* who asks for each has them by now */
    stack_kill(&stack, "monitoring", "a", 9);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-12T09:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    assert_true(stack_until(digest_was_sent, NULL, 20));
    CHECK_INT(of_daily("delivery WHERE receiver = 'daily'"), 1);
    CHECK_INT(of_daily("held WHERE receiver = 'daily'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_alert_is_a_thread),
        cmocka_unit_test(test_a_login_goes_over_tls),
        cmocka_unit_test(test_without_tls_nothing_is_said),
        cmocka_unit_test(a1_12_mail_comes_in_the_morning),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
