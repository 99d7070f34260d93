/* The event samples of TMF622 version 5 as they are published, over HTTP to real daemons, in several orders and twice:
 * the orders that they tell of count once. The wanted figures were read off the samples. Skipped where BIHUAN_TEST_DATA
 * has none. */
#include "support/asking.h"
#include "support/check.h"
#include "support/seed.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES (sizeof samples / sizeof samples[0])
#define ROUNDS  3

/* Events as they are, and answers that carry a whole order, told as the event `type`. */
static const struct {
    const char *file, *type, *time;
} samples[] = {
    { "ProductOrderCreateEvent_request", NULL, NULL },
    { "ProductOrderStateChangeEvent_request", NULL, NULL },
    { "ProductOrderAttributeValueChangeEvent_request", NULL, NULL },
    { "ProductOrderDeleteEvent_request", NULL, NULL },
    { "ProductOrderInformationRequiredEvent_request", NULL, NULL },
    { "ProductOrderErrorMessageEvent_request", NULL, NULL },
    { "ProductOrderJeopardyAlertEvent_request", NULL, NULL },
    { "ProductOrderMilestoneEvent_request", NULL, NULL },
    { "CancelProductOrderCreateEvent_request", NULL, NULL },
    { "CancelProductOrderStateChangeEvent_request", NULL, NULL },
    { "CancelProductOrderInformationRequiredEvent_request", NULL, NULL },
    { "retrieveProductOrderById1_response", "ProductOrderStateChangeEvent", "2022-09-15T00:00:00Z" },
    { "CreateProductOrder1_response", "ProductOrderCreateEvent", "2021-09-26T00:00:00Z" },
};

static char *bodies[SAMPLES];
static uint64_t seed;

static FILE *open_sample(const char *name)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/tmf/TMF622/%s.json", getenv("BIHUAN_TEST_DATA"), name);
    return fopen(path, "re");
}

static void read_sample(size_t i)
{
    struct buf text = { 0 };
    FILE *file = open_sample(samples[i].file);
    size_t got;

    if (!file)
        fail_msg("%s is missing beside the other samples", samples[i].file);
    if (samples[i].type)
        buf_printf(&text, "{\"eventType\":\"%s\",\"eventTime\":\"%s\",\"event\":{\"productOrder\":", samples[i].type,
                   samples[i].time);
    while ((got = fread(buf_reserve(&text, 65536), 1, 65536, file)) > 0)
        text.len += got;
    if (samples[i].type)
        buf_append_text(&text, "}}");
    fclose(file);
    bodies[i] = strdup(buf_text(&text));
    buf_fini(&text);
}

static int set_up(void **state)
{
    int rc = asking_set_up(state);

    for (size_t i = 0; i < SAMPLES; i++)
        read_sample(i);
    loop_apply(&asking_stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'WEB','name':'w','type':'outlet','channel':'hall','relations':[{'parent':'P','from':"
               "'2020-01-01'}]}]}");
    loop_catch_up(&asking_stack);
    return rc;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++)
        free(bodies[i]);
    return asking_tear_down(state);
}

static void apply_feed(int round)
{
    char json[1200];

    snprintf(
        json, sizeof json,
        "{'items':[{'code':'crm%d','title':'t','sender':'crm%d','fact':'order_line','format':'json_lines',"
        "'watermark':'none','key':['order','item'],'tmf_answer':204,'maps':[{'name':'currencies','entries':["
        "{'from':'EUR','to':'CNY'}]},{'name':'shops','entries':[{'from':'Online channel','to':'WEB'}]}],'columns':["
        "{'field':'time','column':'booked_at','format':'iso'},{'field':'state','column':'state'},{'field':'version',"
        "'column':'version'},{'field':'amount','column':'amount'},{'field':'currency','column':'currency','map':"
        "'currencies'},{'field':'unit','column':'channel_name','map':'shops'}],'filters':[{'column':'priced',"
        "'values':['yes']}]}]}",
        round, round);
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS), "%s", json);
}

static void post(int round, size_t i)
{
    struct web_reply reply;
    char path[80];

    snprintf(path, sizeof path, "/tmf/crm%d/listener/%s", round, samples[i].type ? samples[i].type : "any");
    reply = web_ask(&asking_web, "POST", path, asking_web.token, NULL, bodies[i]);
    if (reply.status != 204)
        fail_msg("%s: %ld %s", samples[i].file, reply.status, reply.text);
    web_reply_free(&reply);
}

static void post_all(int round)
{
    size_t order[SAMPLES];

    for (size_t i = 0; i < SAMPLES; i++)
        order[i] = round == 1 ? SAMPLES - 1 - i : i;
    for (size_t i = SAMPLES; round > 1 && i-- > 1;) {
        size_t other = (size_t)random_below(&seed, (int)i + 1), kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
    for (int twice = 0; twice < 2; twice++)
        for (size_t i = 0; i < SAMPLES; i++)
            post(round, order[i]);
}

/* Order 30001 has four items, of which two have a price: 0.99 and 20 euros, bought in the online channel. */
static void each_order_counts_once(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char *rows;

        apply_feed(round);
        loop_catch_up(&asking_stack);
        post_all(round);
        rows = pg_value(&asking_stack.pg,
                        arena_printf(&asking_stack.arena,
                                     "SELECT string_agg(k || '=' || a, ' ' ORDER BY k) FROM (SELECT record_key k,"
                                     " (array_agg(amount ORDER BY version DESC))[1] a FROM feedback.order_line l JOIN"
                                     " feedback.sender s ON s.id = l.sender WHERE s.name = 'crm%d' GROUP BY 1) x",
                                     round));
        if (!rows || strcmp(rows, "30001|110=9900 30001|120=200000") != 0)
            fail_msg("round %d: %s", round, rows ? rows : "nothing");
        free(rows);
        /* the sample of the order's creation has a currency "EUT": what is said later counts, that row waits */
        CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.reject WHERE value <> 'EUT'"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_order_counts_once),
    };
    FILE *first = getenv("BIHUAN_TEST_DATA") ? open_sample(samples[0].file) : NULL;

    if (!first) {
        printf("SKIPPED: no samples; set BIHUAN_TEST_DATA to a folder that holds tmf/TMF622/\n");
        return 77;
    }
    fclose(first);
    seed = test_seed();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
