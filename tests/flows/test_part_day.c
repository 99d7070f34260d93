/* Progress within a day on real daemons: up to the watermark, against what the calendar's hours had planned by then.
 *
 * Each outlet has 920 for 92 days of equal weight, 10 a day; a day's results fall into the ten hours from 9 to 19
 * alike. By half past ten on 5 October 1.5 of that day's 10 were planned: 41.5 with the four days before. */
#include "bus/message.h"
#include "support/check.h"
#include "support/loop.h"

#include "bihuan/monitoring.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct stack stack;

static void make_province(void)
{
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新','title_en':'n','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}],"
               "'hour_ppm':[0,0,0,0,0,0,0,0,0,100000,100000,100000,100000,100000,100000,100000,100000,100000,100000,0,"
               "0,0,0,0]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'p','type':'province'},"
               "{'code':'S1','name':'s','type':'outlet','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'items':[{'period':'2026Q4','unit':'P','measure':'new','amount':'1840'},"
               "{'period':'2026Q4','unit':'S1','measure':'new','amount':'920'},"
               "{'period':'2026Q4','unit':'S2','measure':'new','amount':'920'}]}");
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'2026Q4'}");
}

/* Ten a day from each; by half past ten of the 5th S1 has sold three, S2 one. The last at 10:29:59.999999. */
static void drop_orders(void)
{
    struct buf file = { 0 };
    int number = 0;

    buf_append_text(&file, "no,at,unit,product,amount\n");
    for (int day = 1; day <= 4; day++)
        for (int i = 0; i < 20; i++)
            buf_printf(&file, "%d,2026-10-%02d 18:00:00.000000,S%d,5g,1\n", ++number, day, i % 2 + 1);
    for (int i = 0; i < 3; i++)
        buf_printf(&file, "%d,2026-10-05 09:00:0%d.000000,S1,5g,1\n", ++number, i);
    buf_printf(&file, "%d,2026-10-05 10:29:59.999999,S2,5g,1\n", ++number);
    loop_drop(&stack, "orders", "orders.csv", file.data, file.len);
    buf_fini(&file);
}

static Bihuan__GetProgressReply *progress(const char *json)
{
    return (Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
}

static void test_half_past_ten(void **state)
{
    Bihuan__GetProgressReply *reply = progress("{\"unit\":\"P\",\"measure\":\"new\",\"by\":\"children\",\"now\":true}");

    (void)state;
    CHECK_INT(reply->n_items, 2);
    assert_string_equal(reply->items[0]->unit, "S2"); /* worst first */
    assert_string_equal(reply->items[0]->as_of, "2026-10-05");
    CHECK_INT(reply->items[0]->actual, 41);
    CHECK_INT(reply->items[0]->planned, 42);      /* 41.5 */
    CHECK_INT(reply->items[0]->curve_ppm, 45108); /* 4.15 of 92 days */
    CHECK_INT(reply->items[0]->gap_bp, -5);       /* 0.5 of 920; against the whole day it were 9 of 920: -97 */
    CHECK_INT(reply->items[1]->actual, 43);
    CHECK_INT(reply->items[1]->gap_bp, 16); /* 1.5 of 920 */
    reply = progress("{\"unit\":\"P\",\"measure\":\"new\",\"now\":true}");
    CHECK_INT(reply->items[0]->actual, 84);
    CHECK_INT(reply->items[0]->planned, 83);
    reply = progress("{\"unit\":\"P\",\"measure\":\"new\",\"by\":\"product\",\"now\":true}");
    CHECK_INT(reply->items[0]->actual, 84);
}

/* Without being asked for it, nobody is judged within a day. */
static void test_whole_days(void **state)
{
    Bihuan__GetProgressReply *reply = progress("{\"unit\":\"S2\",\"measure\":\"new\"}");
    Bihuan__GetProgressRequest both = BIHUAN__GET_PROGRESS_REQUEST__INIT;
    struct err err;

    (void)state;
    assert_string_equal(reply->items[0]->as_of, "2026-10-04");
    CHECK_INT(reply->items[0]->actual, 40);
    CHECK_INT(reply->items[0]->planned, 40);
    both.now = true;
    both.as_of = (char *)(uintptr_t) "2026-10-03";
    assert_int_not_equal(stack_ask(&stack, "monitoring", MSG(GET_PROGRESS), &both.base, NULL, &err), 0);
    assert_string_equal(err.code, "as_of_and_now");
    /* a calendar without hours has whole days */
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_catch_up(&stack);
    reply = progress("{\"unit\":\"S2\",\"measure\":\"new\",\"now\":true}");
    assert_string_equal(reply->items[0]->as_of, "2026-10-05"); /* what is published goes by the one it had */
    loop_apply(&stack, MSG(REPHASE_PERIOD), "{'period':'2026Q4','reason':'nobody looks within a day'}");
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'2026Q4'}");
    loop_catch_up(&stack);
    reply = progress("{\"unit\":\"S2\",\"measure\":\"new\",\"now\":true}");
    assert_string_equal(reply->items[0]->as_of, "2026-10-04");
    CHECK_INT(reply->items[0]->actual, 40);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:35:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    make_province();
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'bss','fact':'order_line','files':'orders.csv',"
                    "'watermark':'last_event','key':['no'],'columns':[{'field':'time','column':'at','format':"
                    "'yyyy-MM-dd HH:mm:ss.SSSSSS'},{'field':'unit','column':'unit'},{'field':'product','column':"
                    "'product'},{'field':'amount','column':'amount'}]}]}");
    drop_orders();
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_half_past_ten), cmocka_unit_test(test_whole_days) };

    return cmocka_run_group_tests_name("part day", tests, set_up, tear_down);
}
