/* What goes wrong between asking a sender and noting it: a slow sender holds up itself alone, a total that is too small
 * ends nothing, a wish while the feed is asked is heard afterwards, and a registration is made once though the daemon
 * dies before it hears the answer. */
#include "support/asking.h"
#include "support/check.h"
#include "support/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void set_int(int *what, int value)
{
    pthread_mutex_lock(&asking_sender.lock);
    *what = value;
    pthread_mutex_unlock(&asking_sender.lock);
}

static void set_bool(bool *what, bool value)
{
    pthread_mutex_lock(&asking_sender.lock);
    *what = value;
    pthread_mutex_unlock(&asking_sender.lock);
}

/* The total says two less than there are: the window goes on until nothing comes. */
static void a_total_that_is_too_small_ends_nothing(void **state)
{
    char id[16];

    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "T%d", i);
        fake_sender_put(&asking_sender, "productOrder", asking_order(id, "S0", 20 + i, 1 << i, "acknowledged", ""));
    }
    set_int(&asking_sender.total_off, 3);
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS),
                    "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','times':['orderDate'],"
                                             "'every_minutes':60") "]}",
                    asking_sender.url);
    asking_wait_until("crm", "through IS NOT NULL");
    set_int(&asking_sender.total_off, 0);
    CHECK_INT(asking_sum("S0", "ordered"), 31 * YUAN);
    CHECK_INT(asking_sender.asked, 4); /* two, two, one, nothing */
}

/* A wish that comes while the sender is asked: it is asked once more. */
static void a_wish_while_it_is_asked_is_heard_afterwards(void **state)
{
    int before = asking_sender.asked;

    (void)state;
    set_int(&asking_sender.delay_ms, 1500);
    command_expect("feed ask crm", 0, "asked now");
    for (int i = 0; i < 100 && asking_sender.asked == before; i++)
        (void)usleep(50000);
    assert_true(asking_sender.asked > before); /* under way */
    command_expect("feed ask crm", 0, "asked now");
    CHECK_INT(asking_source("crm", "hurried - served"), 2);
    set_int(&asking_sender.delay_ms, 0);
    asking_wait_until("crm", "hurried = served");
    /* twice, the second after the first had ended: three pages and an empty one each */
    CHECK_INT(asking_sender.asked - before, 8);
}

/* Another sender, which takes 20 s for a page, and three feeds of it; crm is asked and answered meanwhile. */
static void a_slow_sender_holds_up_itself_alone(void **state)
{
    struct fake_sender slow;
    time_t began;

    (void)state;
    fake_sender_start(&slow);
    slow.delay_ms = 20000;
    loop_apply(
        &asking_stack, MSG(APPLY_FEEDS),
        "{'items':[" FEED("slow", "'url':'%s'") "," FEED("slow2", "'url':'%s'") "," FEED("slow3", "'url':'%s'") "]}",
        slow.url, slow.url, slow.url);
    for (int i = 0; i < 200 && !slow.asked; i++)
        (void)usleep(50000);
    CHECK_INT(slow.asked, 1);
    began = time(NULL);
    fake_sender_put(&asking_sender, "productOrder", asking_order("Q", "S1", 5, 64, "acknowledged", ""));
    asking_now("crm");
    assert_true(time(NULL) - began < 10);
    CHECK_INT(asking_sum("S1", "ordered"), 64 * YUAN);
    pthread_mutex_lock(&slow.lock);
    slow.delay_ms = 0;
    pthread_mutex_unlock(&slow.lock);
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("slow", "") "," FEED("slow2", "") "," FEED("slow3", "") "]}");
    stack_kill(&asking_stack, "feedback", "a", SIGKILL); /* it needn't be waited for */
    stack_start(&asking_stack, "feedback", "a");
    stack_wait_ready(&asking_stack, "feedback");
    fake_sender_stop(&slow);
}

/* The sender registers and the daemon dies before it hears of it. */
static void die_while_registering(const char *callback)
{
    int before = asking_sender.hub_count;

    set_bool(&asking_sender.hub_holds, true);
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/%s'") "]}",
               asking_sender.url, callback);
    loop_catch_up(&asking_stack);
    command_expect("feed ask crm", 0, "asked now");
    for (int i = 0; i < 200 && asking_sender.hub_count == before; i++)
        (void)usleep(50000);
    CHECK_INT(asking_sender.hub_count, before + 1);
    stack_kill(&asking_stack, "feedback", "a", SIGKILL);
    set_bool(&asking_sender.hub_holds, false);
    CHECK_INT(asking_source("crm", "CASE WHEN hub = 'joining' THEN 1 ELSE 0 END"), 1);
    stack_start(&asking_stack, "feedback", "a");
    stack_wait_ready(&asking_stack, "feedback");
    asking_now("crm");
    asking_wait_until("crm", "hub = 'registered'");
}

static void a_registration_is_made_once(void **state)
{
    (void)state;
    set_bool(&asking_sender.hub_lists, true);
    die_while_registering("crm");
    CHECK_INT(asking_sender.hub_count, 1);
    CHECK_INT(asking_source("crm", "CASE WHEN hub_id = 'hub 1' AND hub_error = '' THEN 1 ELSE 0 END"), 1);
    /* it is the one that is taken back when the feed says another */
    die_while_registering("other");
    CHECK_INT(asking_sender.hub_left, 1);
    CHECK_INT(json_array_size(asking_sender.hubs), 1);
    CHECK_INT(asking_source("crm", "CASE WHEN hub_id = 'hub 2' THEN 1 ELSE 0 END"), 1);
}

/* Where the sender doesn't list them it may keep two, and that is said. */
static void a_sender_without_a_list_is_told_again(void **state)
{
    (void)state;
    set_bool(&asking_sender.hub_lists, false);
    die_while_registering("third");
    CHECK_INT(asking_sender.hub_count, 4);
    command_expect("feed sources crm -o json", 0, "it may keep two");
    /* once it lists them, one is taken back: at the next doubt */
    set_bool(&asking_sender.hub_lists, true);
    CHECK_INT(json_array_size(asking_sender.hubs), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_that_is_too_small_ends_nothing),
        cmocka_unit_test(a_wish_while_it_is_asked_is_heard_afterwards),
        cmocka_unit_test(a_slow_sender_holds_up_itself_alone),
        cmocka_unit_test(a_registration_is_made_once),
        cmocka_unit_test(a_sender_without_a_list_is_told_again),
    };

    return cmocka_run_group_tests(tests, asking_set_up, asking_tear_down);
}
