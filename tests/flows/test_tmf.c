/* TM Forum events: posted in versions 4 and 5 over HTTP, each fact counts once; and in any order, doubled, they leave
 * the same sums. The wanted figures are worked out beside the events, by hand or by the few lines of this test. */
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/seed.h"
#include "support/web.h"

#include "bihuan/feedback_tmf.pb-c.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIALS 8

static struct stack stack;
static struct web web;

#define FEED(code, sender, more)                                                                                       \
    "{'code':'" code "','title':'orders by event','sender':'" sender "','fact':'order_line','format':'json_lines',"    \
    "'watermark':'last_event','key':['order','item'],'tmf_answer':" more ",'columns':["                                \
    "{'field':'time','column':'booked_at','format':'iso'},{'field':'unit','column':'channel'},"                        \
    "{'field':'product','column':'offering'},{'field':'quantity','column':'quantity'},"                                \
    "{'field':'amount','column':'amount'},{'field':'state','column':'state'},{'field':'version','column':'version'},"  \
    "{'field':'customer','column':'customer'}]}"
#define ALL_STATES "'filter':{'states':['placed','accepted','in_progress','completed']}"

static void apply_units(void)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{'items':[{'code':'P','name':'p','type':'province'}");
    for (int i = 0; i < TRIALS + 3; i++)
        buf_printf(&json,
                   ",{'code':'S%d','name':'s','type':'outlet','channel':'hall','relations':[{'parent':'P','from':"
                   "'2026-01-01'}]}",
                   i);
    buf_append_text(&json, "]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "%s", buf_text(&json));
    buf_fini(&json);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    apply_units();
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5G-A','name':'a'},{'code':'5G-B','name':'b'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'done','title_zh':'d','title_en':'d','value':'amount'},"
               "{'code':'ordered','title_zh':'o','title_en':'o','value':'amount'," ALL_STATES "},"
               "{'code':'moving','title_zh':'m','title_en':'m','value':'amount','filter':{'states':['in_progress']}},"
               "{'code':'pieces','title_zh':'p','title_en':'p','value':'quantity'," ALL_STATES "},"
               "{'code':'billed','title_zh':'b','title_en':'b','fact':'bill','value':'amount'},"
               "{'code':'paid','title_zh':'p','title_en':'p','fact':'payment','value':'amount'}]}");
    loop_apply_soon(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[" FEED("crm", "crm", "204") "," FEED("partner", "partner", "201") "," FEED(
            "mixed", "mixed",
            "0") ","
                 "{'code':'files','title':'f','sender':'f','fact':'order_line','watermark':'none','key':['k'],'columns'"
                 ":[{'field':"
                 "'time','column':'t'},{'field':'unit','column':'u'}]},"
                 "{'code':'bills','title':'b','sender':'boss','fact':'bill','format':'json_lines','watermark':'none',"
                 "'key':['bill'],'tmf_answer':204,'tmf_credit_notes_unsigned':true,'columns':[{'field':'time','column':"
                 "'booked_at'},{'field':'unit','column':'account'},{'field':'amount','column':'amount'},{'field':'"
                 "state',"
                 "'column':'state'},{'field':'version','column':'version'}]},"
                 "{'code':'payments','title':'p','sender':'boss','fact':'payment','format':'json_lines','watermark':'"
                 "none',"
                 "'key':['what','payment'],'tmf_answer':204,'columns':[{'field':'time','column':'booked_at'},{'field':'"
                 "unit',"
                 "'column':'account'},{'field':'amount','column':'amount'},{'field':'state','column':'state'},{'field':"
                 "'version','column':'version'}]}]}");
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

/* --- over HTTP -----------------------------------------------------------------------------------------------------
 */

/* In `json` ' stands for ". */
static struct web_reply post(const char *path, const char *json)
{
    char *text = strdup(json);
    struct web_reply reply;

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    reply = web_ask(&web, "POST", path, web.token, NULL, text);
    free(text);
    return reply;
}

static void expect(const char *path, const char *json, long status, const char *code)
{
    struct web_reply reply = post(path, json);

    if (reply.status != status || (code && strcmp(web_text(&reply, "code"), code) != 0))
        fail_msg("%s: %ld %s", path, reply.status, reply.text);
    if (status == 204 && *reply.text)
        fail_msg("%s: 204 with a body: %s", path, reply.text);
    web_reply_free(&reply);
}

/* Version 4: orderDate, a text as externalId, flat party and channel. 10.10 + 5 - 1 discount; 3 pieces back at 2.5. */
#define V4_CREATE                                                                                                      \
    "{'eventId':'125','eventTime':'2026-09-01T02:00:00Z','eventType':'ProductOrderCreateEvent','event':{"              \
    "'productOrder':{'id':'A1','externalId':'PO-1','orderDate':'2026-09-01T10:00:00+08:00','state':'acknowledged',"    \
    "'channel':[{'id':'S0','name':'hall','role':'x'}],'relatedParty':[{'id':'c9','role':'Customer'}],"                 \
    "'productOrderItem':[{'id':'01','quantity':1,'action':'add','productOffering':{'id':'5G-A'},'itemPrice':["         \
    "{'priceType':'nonRecurring','price':{'taxIncludedAmount':{'unit':'CNY','value':10.10}}},"                         \
    "{'priceType':'recurring','price':{'dutyFreeAmount':{'unit':'CNY','value':5}}},"                                   \
    "{'priceType':'Discount','price':{'taxIncludedAmount':{'unit':'CNY','value':1}}}]},"                               \
    "{'id':'02','quantity':3,'action':'delete','productOffering':{'id':'5G-B'},'itemTotalPrice':[{'price':{"           \
    "'taxIncludedAmount':{'unit':'CNY','value':2.5}}}]},{'id':'03','action':'noChange','quantity':1}]}}}"
#define V4_DONE                                                                                                        \
    "{'eventId':'125','timeOcurred':'2026-09-02T02:00:00','eventType':'productOrderStateChangeEvent','event':{"        \
    "'productOrder':{'id':'A1','state':'completed','itemStateChange':[{'itemId':'01','state':'completed'}]}}}"
/* Version 5: everything one level deeper, externalId a list, a bundle whose parent has no price. 20 + 30. */
#define V5_CREATE                                                                                                      \
    "{'@type':'ProductOrderCreateEvent','eventId':'125','eventTime':'2026-09-01T02:00:00Z','eventType':"               \
    "'ProductOrderCreateEvent','event':{'ProductOrder':{'@type':'ProductOrder','id':'A1','creationDate':"              \
    "'2026-09-01T10:00:00+08:00','externalId':[{'@type':'ExternalIdentifier','owner':'t','id':'PO-1'}],"               \
    "'channel':[{'role':'r','channel':{'id':'S1','name':'n'}}],'relatedParty':[{'role':'customer',"                    \
    "'partyOrPartyRole':{'id':'c7','name':'n'}}],'state':'acknowledged','productOrderItem':["                          \
    "{'id':'1','quantity':1,'action':'add','productOffering':{'id':'5G-A'},'productOrderItem':["                       \
    "{'id':'1.1','quantity':1,'action':'add','productOffering':{'id':'5G-A'},'itemPrice':[{'priceType':'recurring',"   \
    "'price':{'taxIncludedAmount':{'unit':'CNY','value':20}}}]},{'id':'1.2','quantity':1,'action':'add',"              \
    "'productOffering':{'id':'5G-B'},'itemPrice':[{'priceType':'recurring','price':{'taxIncludedAmount':{"             \
    "'unit':'CNY','value':30.0}}}]}]}]}}}"
#define V5_PARTIAL                                                                                                     \
    "{'@type':'ProductOrderStateChangeEvent','eventId':'126','eventTime':'2026-09-03T02:00:00Z','eventType':"          \
    "'ProductOrderStateChangeEvent','event':{'productOrder':{'id':'A1','state':'partial','itemStateChange':["          \
    "{'itemId':'1.1','state':'completed'},{'itemId':'1.2','state':'failed'},{'itemId':'1','state':'completed'}]}}}"

static long sum(const struct loop_sums *sums, const char *unit, const char *measure)
{
    return (long)loop_sum_of(sums, loop_unit(&stack, unit), loop_measure(&stack, measure));
}

static void each_fact_counts_once(void **state)
{
    struct web_reply reply;
    struct loop_sums sums;

    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        expect("/tmf/crm/listener/productOrderStateChangeEvent", V4_DONE, 204, NULL);
        expect("/tmf/crm/listener/productOrderCreateEvent", V4_CREATE, 204, NULL);
        expect("/tmf/partner", V5_CREATE, 201, NULL);
        reply = post("/tmf/partner/", V5_PARTIAL);
        CHECK_INT(reply.status, 201);
        assert_string_equal(web_text(&reply, "callback"), "/tmf/partner/");
        CHECK_INT(strlen(web_text(&reply, "id")), 32);
        web_reply_free(&reply);
    }
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    CHECK_INT(sum(&sums, "S0", "done"), 141000 - 25000);
    CHECK_INT(sum(&sums, "S0", "pieces"), 1 - 3);
    CHECK_INT(sum(&sums, "S1", "done"), 200000);
    CHECK_INT(sum(&sums, "S1", "ordered"), 200000); /* what failed is taken back */
    CHECK_INT(sum(&sums, "S1", "pieces"), 2);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_event"), 4);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE customer = 'c9'"), 2);
}

static void what_is_no_event_is_refused(void **state)
{
    struct web_reply reply;

    (void)state;
    expect("/tmf/crm/x", "{'eventType':", 400, "bad_json");
    expect("/tmf/crm/x", "[1]", 400, "bad_json");
    expect("/tmf/crm/x", "{'eventType':'ProductOrderCreateEvent'}", 400, "no_event");
    expect("/tmf/crm/x", "{'eventType':'ProductOrderCreateEvent','event':{'productOrder':{}}}", 400, "no_resource");
    expect("/tmf/nobody/x", V4_CREATE, 404, "unknown_feed");
    expect("/tmf/files/x", V4_CREATE, 409, "no_listener");
    reply = web_ask(&web, "POST", "/tmf/crm/x", NULL, NULL, "{}");
    CHECK_INT(reply.status, 401);
    web_reply_free(&reply);
    /* what the feed doesn't take is a success, or it would come for ever */
    expect("/tmf/crm/x", "{'eventType':'CustomerBillCreateEvent','event':{'customerBill':{'id':'1'}}}", 204, NULL);
    expect("/tmf/crm/x", "{'eventType':'ProductOrderMilestoneEvent','event':{'productOrder':{'id':'Q'}}}", 204, NULL);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_event"), 4);
}

#define THINGS "SELECT count(*) FROM feedback.tmf_event WHERE kind = 'unknown' AND resource_id = 'ThingEvent'"

/* Nor does one come for ever whose type nobody knows, but it is kept, and its type is listed. */
static void what_nobody_knows_is_kept(void **state)
{
    static const char long_type[] = "{'eventType':'Th\\u0001ing%0600d','event':{'thing':{'id':'1'}}}";
    char body[800];
    struct web_reply reply;

    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        expect("/tmf/crm/x", "{'eventType':'ThingEvent','event':{'thing':{'id':'1'}}}", 204, NULL);
        expect("/tmf/crm/x", "{'eventType':'ThingEvent','event':{'thing':{'id':'2'}}}", 204, NULL);
        CHECK_INT(pg_number(&stack.pg, THINGS), 2);
    }
    CHECK_INT(pg_number(&stack.pg, THINGS " AND body = '{\"eventType\":\"ThingEvent\",\"event\":{\"thing\":{\"id\":"
                                          "\"1\"}}}'"),
              1);
    snprintf(body, sizeof body, long_type, 0);
    expect("/tmf/crm/x", body, 204, NULL);
    reply = web_do(&web, "GET", "/api/v1/held?feed=crm", NULL);
    assert_string_equal(web_text(&reply, "total"), "2");
    assert_string_equal(web_text(&reply, "items.0.kind"), "unknown");
    CHECK_INT(strlen(web_text(&reply, "items.0.resource")), 500);
    assert_memory_equal(web_text(&reply, "items.0.resource"), "Th?ing0", 7);
    assert_string_equal(web_text(&reply, "items.1.resource"), "ThingEvent");
    assert_string_equal(web_text(&reply, "items.1.events"), "2");
    web_reply_free(&reply);
    command_expect("feed held crm", 0, "2 wait for their create, or to be asked for, or are events of an unknown type");
    CHECK_INT(pg_number(&stack.pg, "WITH x AS (DELETE FROM feedback.tmf_event WHERE kind = 'unknown' RETURNING 1)"
                                   " SELECT count(*) FROM x"),
              3);
}

#define UNKNOWN "FROM feedback.tmf_event WHERE kind = 'unknown'"

static bool retaken(void *arg)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_retake") == 0 &&
           pg_number(&stack.pg, "SELECT count(*) " UNKNOWN) == *(const long *)arg;
}

/* As an older daemon kept events from..to (both) whose type it didn't know: orders over 3.00 each at S10. In the body ~
 * stands for ". */
static void put_unknown(int from, int to)
{
    static const char body[] =
        "{~eventId~:~1~,~eventTime~:~2026-09-01T02:00:00Z~,~eventType~:~ProductOrderCreateEvent~,~event~:{"
        "~productOrder~:{~id~:~K#~,~orderDate~:~2026-09-01T10:00:00+08:00~,~state~:~completed~,~channel~:[{~id~:~S10~}]"
        ","
        "~productOrderItem~:[{~id~:~1~,~quantity~:1,~action~:~add~,~productOffering~:{~id~:~5G-A~},~itemTotalPrice~:[{"
        "~price~:{~taxIncludedAmount~:{~unit~:~CNY~,~value~:3}}}]}]}}}";

    free(pg_value(&stack.pg,
                  arena_printf(&stack.arena,
                               "INSERT INTO feedback.tmf_event SELECT f.id, decode(md5('old ' || i), 'hex'), 'unknown',"
                               " 'ProductOrderCreateEvent', now(), convert_to(replace(replace('%s', '#', i::text), '~',"
                               " '\"'), 'UTF8') FROM feedback.feed f, generate_series(%d, %d) i WHERE f.code = 'crm'",
                               body, from, to)));
}

/* Another body of the one of that number. */
static void put_body(int i, const char *body)
{
    free(pg_value(&stack.pg, arena_printf(&stack.arena,
                                          "UPDATE feedback.tmf_event SET body = convert_to(replace('%s', '~', '\"'),"
                                          " 'UTF8') WHERE digest = decode(md5('old %d'), 'hex')",
                                          body, i)));
}

/* So many are unknown still, and so many orders counted. */
static void check_retaken(long left, long orders)
{
    struct loop_sums sums;

    assert_true(stack_until(retaken, &left, 60));
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    CHECK_INT(sum(&sums, "S10", "done"), orders * 30000);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key LIKE 'K%|1'"), orders);
}

static void restart(void)
{
    stack_kill(&stack, "feedback", "a", SIGKILL);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
}

/* What a later daemon knows is taken in when it starts, once, and what it doesn't know stays; so when the feed changes.
 */
static void what_is_known_by_now_is_taken_in(void **state)
{
    char *posted;

    (void)state;
    expect("/tmf/crm/x", "{'eventType':'ThingEvent','event':{'thing':{'id':'1'}}}", 204, NULL);
    put_unknown(1, 250);
    /* one is of another feed's resource, one names nothing, and one came once more since */
    put_body(1, "{~eventType~:~CustomerBillCreateEvent~,~event~:{~customerBill~:{~id~:~1~}}}");
    put_body(2, "{~eventType~:~ProductOrderCreateEvent~,~event~:{~productOrder~:{}}}");
    posted = pg_value(&stack.pg, "SELECT convert_from(body, 'UTF8') FROM feedback.tmf_event WHERE digest ="
                                 " decode(md5('old 3'), 'hex')");
    expect("/tmf/crm/x", posted, 204, NULL);
    restart();
    check_retaken(2, 248);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_event WHERE kind = 'ignored'"), 1);
    expect("/tmf/crm/x", posted, 204, NULL);
    free(posted);
    restart();
    check_retaken(2, 248);
    put_unknown(251, 300);
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "crm", "201") "]}");
    check_retaken(2, 298);
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "crm", "204") "]}");
    CHECK_INT(pg_number(&stack.pg, "WITH x AS (DELETE " UNKNOWN " RETURNING 1) SELECT count(*) FROM x"), 2);
}

static void what_waits_for_its_create_is_listed(void **state)
{
    struct web_reply reply;

    (void)state;
    expect("/tmf/crm", "{'eventType':'ProductOrderStateChangeEvent','event':{'id':'H1','state':'InProgress'}}", 204,
           NULL);
    expect("/tmf/crm", "{'event':{'externalId':'PO-77','state':'held.assessingCharge'}}", 204, NULL);
    reply = web_do(&web, "GET", "/api/v1/held?feed=crm", NULL);
    assert_string_equal(web_text(&reply, "total"), "2");
    assert_string_equal(web_text(&reply, "items.0.resource"), "H1");
    assert_string_equal(web_text(&reply, "items.0.state"), "in_progress");
    assert_string_equal(web_text(&reply, "items.1.resource"), "external:PO-77");
    assert_string_equal(web_text(&reply, "items.1.state"), "accepted");
    web_reply_free(&reply);
    command_expect("feed held crm", 0, "2 wait for their create");
    command_expect("feed held crm", 0, "external:PO-77");
    command_expect("feed held -o json", 0, "\"resource\": \"H1\"");
    reply = web_do(&web, "GET", "/api/v1/held?limit=1", NULL);
    assert_string_equal(web_text(&reply, "items.0.resource"), "H1");
    assert_string_not_equal(web_text(&reply, "next"), "");
    web_reply_free(&reply);
    reply = web_do(&web, "GET", "/api/v1/held?limit=1&cursor=crm%1FproductOrder%1FH1", NULL);
    assert_string_equal(web_text(&reply, "items.0.resource"), "external:PO-77");
    assert_string_equal(web_text(&reply, "next"), "");
    web_reply_free(&reply);
    /* the create that names the external id takes over what was held under it */
    expect("/tmf/crm",
           "{'eventType':'ProductOrderCreationNotification','event':{'id':'H2','externalId':'PO-77','channel':{'id':"
           "'S0'},'orderDate':'2026-09-05','orderItem':[{'id':'1','action':'add','quantity':1}]}}",
           204, NULL);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_resource WHERE held"), 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key = 'H2|1' AND state = 2"),
              1);
}

static void bills_and_payments_count(void **state)
{
    struct loop_sums sums;

    (void)state;
    expect("/tmf/bills/x",
           "{'eventType':'CustomerBillStateChangeEvent','eventTime':'2026-09-09T00:00:00Z','event':{'customerBill':{"
           "'id':'B1','status':'partiallySettled'}}}",
           204, NULL);
    expect("/tmf/bills/x",
           "{'eventType':'CustomerBillCreateEvent','eventTime':'2026-09-08T00:00:00Z','event':{'customerBill':{'id':"
           "'B1','billDate':'2026-09-08T00:00:00Z','state':'new','billingAccount':{'id':'S0'},'taxIncludedAmount':{"
           "'unit':'CNY','value':88.88},'amountDue':{'unit':'CNY','value':0}}}}",
           204, NULL);
    expect("/tmf/bills/x",
           "{'eventType':'CustomerBillCreateEvent','event':{'customerBill':{'id':'B2','billDate':'2026-09-08',"
           "'category':'credit note','billingAccount':{'id':'S0'},'taxIncludedAmount':{'unit':'CNY','value':8.8}}}}",
           204, NULL);
    for (int i = 0; i < 2; i++) {
        expect("/tmf/payments",
               i ? "{'eventType':'RefundCreateEvent','event':{'refund':{'id':'7','status':'done','account':{'id':'S0'},"
                   "'refundDate':'2026-09-09','totalAmount':{'unit':'CNY','value':20}}}}"
                 : "{'eventType':'PaymentCreateEvent','event':{'payment':{'id':'7','status':'captured','account':{'id':"
                   "'S0'},'paymentDate':'2026-09-09','totalAmount':{'unit':'CNY','value':50}}}}",
               204, NULL);
        expect("/tmf/payments",
               "{'eventType':'PaymentCreateEvent','event':{'payment':{'id':'8','status':'canceled','account':{'id':"
               "'S0'},'paymentDate':'2026-09-09','totalAmount':{'unit':'CNY','value':70}}}}",
               204, NULL);
    }
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    CHECK_INT(sum(&sums, "S0", "billed"), 888800 - 88000);
    CHECK_INT(sum(&sums, "S0", "paid"), 500000 - 200000);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* The block of the README that begins with this line, up to its fence. */
static const char *readme_block(const char *first)
{
    static char text[65536];
    char path[4096], *at;
    FILE *file;
    size_t len;

    snprintf(path, sizeof path, "%s/services/feedback/README.md", getenv("BIHUAN_SOURCE"));
    file = fopen(path, "re");
    assert_non_null(file);
    len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = 0;
    at = strstr(text, first);
    if (at && strstr(at, "```"))
        *strstr(at, "```") = 0;
    while (at && at > text && strncmp(at, "kind: ", 6) != 0)
        at--;
    assert_non_null(at);
    return at;
}

/* The manifest that the README shows is taken, and counts what it says: the parts of the bundle that have a price. */
static void the_manifest_of_the_readme_works(void **state)
{
    (void)state;
    if (!getenv("BIHUAN_SOURCE"))
        skip();
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'S-0755-01','name':'s','type':'outlet','channel':'hall','relations':[{'parent':'P',"
               "'from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5G-129','name':'x'}]}");
    loop_catch_up(&stack);
    command_put("crm.yaml", readme_block("- code: crm-orders"));
    command_expect("apply -f crm.yaml", 0, "Feeds");
    expect("/tmf/crm-orders",
           "{'eventType':'ProductOrderCreateEvent','event':{'productOrder':{'id':'R','orderDate':'2026-09-01','state':"
           "'completed','channel':[{'id':'7'}],'productOrderItem':[{'id':'1','action':'add','quantity':1,"
           "'productOffering':{'id':'14344'},'productOrderItem':[{'id':'2','action':'add','quantity':1,"
           "'productOffering':{'id':'14344'},'itemPrice':[{'price':{'taxIncludedAmount':{'unit':'CNY','value':129}}}]"
           "}]}]}}}",
           204, NULL);
    CHECK_INT(pg_number(&stack.pg, "SELECT sum(amount) FROM feedback.order_line WHERE record_key LIKE 'R|%'"), 1290000);
    CHECK_INT(pg_number(&stack.pg, "SELECT filtered * 10 + accepted FROM feedback.feed_file x JOIN feedback.feed f ON"
                                   " f.id = x.feed_id WHERE f.code = 'crm-orders'"),
              11);
}

/* --- any order, doubled --------------------------------------------------------------------------------------------
 */

#define EVENTS_MAX 200

static struct trial {
    char *events[EVENTS_MAX];
    size_t count;
    int number;
    long ordered, moving, done, pieces; /* wanted, in fen and pieces */
} trial;

static void add_event(const char *type, int minute, const char *event)
{
    char text[4000];

    /* ids say nothing: they are the same for events of one minute */
    snprintf(text, sizeof text,
             "{\"eventId\":\"%d\",\"eventType\":\"%s\",\"eventTime\":\"2026-10-01T%02d:%02d:00Z\",\"event\":{%s}}",
             minute, type, minute / 60, minute % 60, event);
    assert_true(trial.count < EVENTS_MAX);
    trial.events[trial.count++] = strdup(text);
}

struct order {
    char id[40];
    int items;
    long fen[3], pieces[3];
};

static void tell_order(struct order *order, const char *type, int minute, const char *state)
{
    struct buf json = { 0 };

    buf_printf(&json,
               "\"productOrder\":{\"id\":\"%s\",\"orderDate\":\"2026-10-01\",\"channel\":[{\"id\":\"S%d\"}],"
               "\"state\":\"%s\",\"productOrderItem\":[",
               order->id, trial.number + 2, state);
    for (int i = 0; i < order->items; i++) {
        order->fen[i] = 1 + rand() % 100000;
        order->pieces[i] = 1 + rand() % 5;
        buf_printf(&json,
                   "%s{\"id\":\"%d\",\"action\":\"add\",\"quantity\":%ld,\"productOffering\":{\"id\":\"5G-A\"},"
                   "\"itemPrice\":[{\"priceType\":\"recurring\",\"price\":{\"taxIncludedAmount\":{\"unit\":\"CNY\","
                   "\"value\":%ld.%02ld}}}]}",
                   i ? "," : "", i + 1, order->pieces[i], order->fen[i] / 100, order->fen[i] % 100);
    }
    buf_append_text(&json, "]}");
    add_event(type, minute, buf_text(&json));
    buf_fini(&json);
}

static void tell_state(const struct order *order, int minute, const char *state)
{
    char text[200];

    snprintf(text, sizeof text, "\"productOrder\":{\"id\":\"%s\",\"state\":\"%s\"}", order->id, state);
    add_event("ProductOrderStateChangeEvent", minute, text);
}

static void tell_cancellation(const struct order *order, int minute, const char *state, bool names_order)
{
    char text[200], ref[100] = "";

    if (names_order)
        snprintf(ref, sizeof ref, ",\"productOrder\":{\"id\":\"%s\"}", order->id);
    snprintf(text, sizeof text, "\"cancelProductOrder\":{\"id\":\"c-%s\",\"state\":\"%s\"%s}", order->id, state, ref);
    add_event(names_order ? "CancelProductOrderCreateEvent" : "CancelProductOrderStateChangeEvent", minute, text);
}

/* One order's life: created, changed some times, moved on; cancelled, refused to be, deleted, or neither. */
static void live(int number)
{
    static const char *const steps[] = { "pending", "inProgress", "assessingCancellation", "completed" };
    struct order order = { .items = 1 + rand() % 3 };
    int minute = rand() % 100, changes = rand() % 3, far = rand() % 5, end = rand() % 4;
    bool cancelled = false;

    snprintf(order.id, sizeof order.id, "t%d-%d", trial.number, number);
    tell_order(&order, "ProductOrderCreateEvent", minute++, "acknowledged");
    for (int i = 0; i < changes; i++)
        tell_order(&order, "ProductOrderAttributeValueChangeEvent", minute++, "acknowledged");
    for (int i = 0; i < far; i++)
        tell_state(&order, minute++, steps[i]);
    if (far < 4 && end < 2) { /* a completed order isn't cancelled any more */
        cancelled = end == 0;
        tell_cancellation(&order, minute++, "acknowledged", true);
        tell_cancellation(&order, minute++, cancelled ? "done" : "terminatedWithError", false);
    } else if (far < 4 && end == 2) {
        cancelled = true;
        add_event("ProductOrderRemoveNotification", minute++,
                  arena_printf(&stack.arena, "\"productOrder\":{\"id\":\"%s\"}", order.id));
    }
    for (int i = 0; i < order.items && !cancelled; i++) {
        trial.ordered += order.fen[i];
        trial.moving += far == 2 || far == 3 ? order.fen[i] : 0;
        trial.done += far == 4 ? order.fen[i] : 0;
        trial.pieces += order.pieces[i];
    }
}

static void tell(const char *json)
{
    Bihuan__ReceiveTmfRequest request = BIHUAN__RECEIVE_TMF_REQUEST__INIT;
    struct err err;

    request.feed = (char *)(uintptr_t) "mixed";
    request.data.data = (uint8_t *)(uintptr_t)json;
    request.data.len = strlen(json);
    if (stack_ask(&stack, "feedback", MSG(RECEIVE_TMF), &request.base, NULL, &err) != 0)
        fail_msg("%s: %s", json, err.text);
}

static void run_trial(int number)
{
    trial = (struct trial) { .number = number };
    for (int i = 0; i < 5; i++)
        live(i);
    for (size_t i = trial.count; i-- > 0 && trial.count < EVENTS_MAX;)
        if (rand() % 3 == 0)
            trial.events[trial.count++] = strdup(trial.events[i]);
    for (size_t i = trial.count - 1; i > 0; i--) {
        size_t other = (size_t)rand() % (i + 1);
        char *event = trial.events[i];

        trial.events[i] = trial.events[other];
        trial.events[other] = event;
    }
    for (size_t i = 0; i < trial.count; i++) {
        if (number % 4 == 1 && i == trial.count / 2) { /* what is known isn't known in memory alone */
            stack_kill(&stack, "feedback", "a", SIGKILL);
            stack_start(&stack, "feedback", "a");
            stack_wait_ready(&stack, "feedback");
        }
        tell(trial.events[i]);
        free(trial.events[i]);
    }
}

static void any_order_leaves_the_same_sums(void **state)
{
    unsigned seed = (unsigned)test_seed();
    struct trial wanted[TRIALS];
    struct loop_sums sums;
    char unit[16];

    (void)state;
    srand(seed);
    for (int i = 0; i < TRIALS; i++) {
        run_trial(i);
        wanted[i] = trial;
    }
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    for (int i = 0; i < TRIALS; i++) {
        snprintf(unit, sizeof unit, "S%d", i + 2);
        if (sum(&sums, unit, "ordered") != wanted[i].ordered * 100 ||
            sum(&sums, unit, "moving") != wanted[i].moving * 100 || sum(&sums, unit, "done") != wanted[i].done * 100 ||
            sum(&sums, unit, "pieces") != wanted[i].pieces)
            fail_msg("seed %u, trial %d: ordered %ld, moving %ld, done %ld, pieces %ld; wanted %ld, %ld, %ld, %ld",
                     seed, i, sum(&sums, unit, "ordered"), sum(&sums, unit, "moving"), sum(&sums, unit, "done"),
                     sum(&sums, unit, "pieces"), wanted[i].ordered * 100, wanted[i].moving * 100, wanted[i].done * 100,
                     wanted[i].pieces);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_resource r JOIN feedback.feed f ON"
                                   " f.id = r.feed_id WHERE held AND f.code = 'mixed'"),
              0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fact_counts_once),
        cmocka_unit_test(what_is_no_event_is_refused),
        cmocka_unit_test(what_nobody_knows_is_kept),
        cmocka_unit_test(what_is_known_by_now_is_taken_in),
        cmocka_unit_test(what_waits_for_its_create_is_listed),
        cmocka_unit_test(bills_and_payments_count),
        cmocka_unit_test(the_manifest_of_the_readme_works),
        cmocka_unit_test(any_order_leaves_the_same_sums),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
