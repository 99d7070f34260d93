/* asking: see asking.h. */
#include "support/asking.h"

#include "support/check.h"
#include "support/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct stack asking_stack;
struct web asking_web;
struct fake_sender asking_sender;

int asking_set_up(void **state)
{
    char folder[128], path[160];
    FILE *file;

    (void)state;
    fake_sender_start(&asking_sender);
    asking_sender.token = "s3cret";
    asking_sender.page_max = 2;
    setenv("BIHUAN_TMF_HOSTS", "crm.example, 127.0.0.1", 1);
    stack_new(&asking_stack);
    snprintf(folder, sizeof folder, "%s/data", asking_stack.dir);
    (void)mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/data/secrets", asking_stack.dir);
    (void)mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/crm.token", folder);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs("s3cret\n", file);
    fclose(file);
    loop_start(&asking_stack);
    web_start(&asking_web, &asking_stack);
    command_open(&asking_stack, &asking_web, "cli");
    loop_apply(&asking_stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    loop_apply(&asking_stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'p','type':'province'},{'code':'S0','name':'s','type':'outlet','channel':"
               "'hall','relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'S1','name':'t','type':'outlet',"
               "'channel':'hall','relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&asking_stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5G-A','name':'a'}]}");
    loop_apply(&asking_stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'done','title_zh':'d','title_en':'d','value':'amount'},"
               "{'code':'ordered','title_zh':'o','title_en':'o','value':'amount','filter':{'states':['placed',"
               "'accepted','in_progress','completed']}}]}");
    return 0;
}

int asking_tear_down(void **state)
{
    (void)state;
    stack_free(&asking_stack);
    fake_sender_stop(&asking_sender);
    return 0;
}

/* --- what the asking_sender has
 * --------------------------------------------------------------------------------------------
 */

const char *asking_ago(int minutes)
{
    static char texts[8][32];
    static int next;
    char *out = texts[next++ % 8];
    static time_t base; /* the same for the whole program: what is told twice is the same */
    time_t at;
    struct tm parts;

    base = base ? base : time(NULL);
    at = base - minutes * 60;
    gmtime_r(&at, &parts);
    strftime(out, sizeof texts[0], "%Y-%m-%dT%H:%M:%SZ", &parts);
    return out;
}

char *asking_order(const char *id, const char *unit, int minutes, int yuan, const char *state, const char *more)
{
    static char text[1000];

    snprintf(text, sizeof text,
             "{'id':'%s','orderDate':'%s','state':'%s','channel':[{'id':'%s'}],'productOrderItem':[{'id':'1','action':"
             "'add','quantity':1,'productOffering':{'id':'5G-A'},'itemPrice':[{'priceType':'nonRecurring','price':{"
             "'taxIncludedAmount':{'unit':'CNY','value':%d}}}]}]%s}",
             id, asking_ago(minutes), state, unit, yuan, more);
    return text;
}

/* --- what feedback says --------------------------------------------------------------------------------------------
 */

long asking_source(const char *feed, const char *column)
{
    return (long)pg_number(&asking_stack.pg,
                           arena_printf(&asking_stack.arena,
                                        "SELECT coalesce((SELECT (%s)::bigint FROM feedback.tmf_source WHERE feed_id ="
                                        " (SELECT id FROM feedback.feed WHERE code = '%s')), 0)",
                                        column, feed));
}

struct wish {
    const char *feed, *condition;
};

static bool is_so(void *arg)
{
    const struct wish *wish = arg;

    return asking_source(wish->feed,
                         arena_printf(&asking_stack.arena, "CASE WHEN %s THEN 1 ELSE 0 END", wish->condition)) == 1;
}

void asking_wait_until(const char *feed, const char *condition)
{
    struct wish wish = { feed, condition };

    if (stack_until(is_so, &wish, 20))
        return;
    command_bihuan("feed sources");
    fail_msg("not within 20 s: %s\n%s", condition, command_output);
}

void asking_now(const char *feed)
{
    int64_t before = (int64_t)time(NULL);
    char line[64], condition[120];

    snprintf(line, sizeof line, "feed ask %s", feed);
    command_expect(line, 0, "asked now");
    snprintf(condition, sizeof condition, "hurried = served AND extract(epoch FROM asked_at) >= %" PRId64, before);
    asking_wait_until(feed, condition);
}

long asking_sum(const char *unit, const char *measure)
{
    struct loop_sums sums;

    loop_catch_up(&asking_stack);
    sums = loop_agree(&asking_stack, "", "");
    return (long)loop_sum_of(&sums, loop_unit(&asking_stack, unit), loop_measure(&asking_stack, measure));
}
