/* Facts of every kind: what one system sends of several kinds doesn't mix, states have their ranks whatever the order
 * of arrival, and measures count what they say. The wanted sums are counted by hand beside the rows. */
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"

#include "text/pbjson.h"

#include "bihuan/planning.pb-c.h"

#include <stdio.h>
#include <string.h>

static struct stack stack;
static struct web web;

#define FEED(kind, more)                                                                                               \
    "{'code':'" kind "','title':'" kind "','sender':'boss','fact':'" kind "','watermark':'last_event','key':['id'],"   \
    "'columns':[{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},{'field':'unit','column':'shop'},"     \
    "{'field':'state','column':'state'},{'field':'version','column':'v'}" more "]}"
#define ABOUT ",{'field':'subject','column':'about'}"
#define MONEY ",{'field':'amount','column':'money'}"
#define SCORE ",{'field':'quantity','column':'score'}"

#define MEASURE(code, fact, value, states)                                                                             \
    "{'code':'" code "','title_zh':'" code "','title_en':'" code "','fact':'" fact "','value':'" value                 \
    "','filter':{'states':[" states "]}}"
#define OF(code, fact, value, subjects)                                                                                \
    "{'code':'" code "','title_zh':'" code "','title_en':'" code "','fact':'" fact "','value':'" value                 \
    "','filter':{'subjects':[" subjects "]}}"

/* Two files of each kind: the second has what came late or again. */
static const struct {
    const char *feed, *first, *second;
} files[] = {
    { "order_line", "id,when,shop,state,v,money\n17,2026-09-01 10:00:00,S1,completed,1,100\n", NULL },
    { "bill",
      "id,when,shop,state,v,money\n"
      "17,2026-09-02 10:00:00,S1,settled,1,30\n"
      "18,2026-09-02 10:00:00,S1,issued,1,40\n"
      "19,2026-09-03 10:00:00,S2,cancelled,1,50\n",
      "id,when,shop,state,v,money\n"
      "17,2026-09-02 10:00:00,S1,issued,1,30\n" /* late: it is settled already */
      "18,2026-09-02 10:00:00,S1,issued,2,45\n" /* corrected */
      "19,2026-09-03 09:00:00,S2,issued,1,50\n" /* after its cancellation */
      "20,2026-09-04 09:00:00,S2,sent,1,60\n" },
    { "payment",
      "id,when,shop,state,v,money\n"
      "17,2026-09-05 10:00:00,S1,received,1,30\n"
      "18,2026-09-05 10:00:00,S1,pending,1,45\n",
      "id,when,shop,state,v,money\n"
      "18,2026-09-06 10:00:00,S1,failed,1,45\n" },
    { "visit",
      "id,when,shop,state,v,score\n"
      "a,2026-09-07 10:00:00,S1,done,1,1\n"
      "b,2026-09-07 11:00:00,S2,planned,1,1\n",
      "id,when,shop,state,v,score\n"
      "a,2026-09-07 10:00:00,S1,planned,1,1\n"
      "b,2026-09-08 11:00:00,S2,missed,1,1\n" },
    { "opportunity",
      "id,when,shop,state,v,money\n"
      "x,2026-09-01 10:00:00,S1,won,1,1000\n"
      "y,2026-09-01 10:00:00,S2,proposed,1,500\n",
      "id,when,shop,state,v,money\n"
      "x,2026-09-01 10:00:00,S1,lead,1,900\n"
      "y,2026-09-09 10:00:00,S2,lost,1,500\n"
      "z,2026-09-09 10:00:00,S2,qualified,1,70\n" },
    { "opportunity_move",
      "id,when,shop,state,v,money\n"
      "x-1,2026-09-01 10:00:00,S1,moved,1,900\n"
      "x-2,2026-09-04 10:00:00,S1,moved,1,1000\n",
      "id,when,shop,state,v,money\n"
      "x-1,2026-09-01 10:00:00,S1,moved,1,900\n"
      "y-1,2026-09-05 10:00:00,S2,moved,1,500\n" },
    { "check",
      "id,when,shop,state,v,score\n"
      "c1,2026-09-10 10:00:00,S1,passed,1,95\n",
      "id,when,shop,state,v,score\n"
      "c2,2026-09-10 10:00:00,S2,failed,1,40\n" },
    { "registration",
      "id,when,shop,state,v,money\n"
      "r1,2026-09-11 10:00:00,S1,registered,1,800\n"
      "r2,2026-09-11 10:00:00,S2,requested,1,70\n",
      "id,when,shop,state,v,money\n"
      "r2,2026-09-12 10:00:00,S2,refused,1,70\n" },
    /* two questionnaires; one answer was entered under the wrong one */
    { "survey",
      "id,when,shop,state,v,score,about\n"
      "q1,2026-09-13 10:00:00,S1,answered,1,9,satisfaction\n"
      "q2,2026-09-13 10:00:00,S1,answered,1,7,satisfaction\n"
      "q3,2026-09-13 10:00:00,S1,answered,1,40,awareness\n"
      "q4,2026-09-13 10:00:00,S1,answered,1,5,\n"
      "q5,2026-09-13 10:00:00,S2,asked,1,0,satisfaction\n",
      "id,when,shop,state,v,score,about\n"
      "q2,2026-09-13 10:00:00,S1,answered,2,70,awareness\n"
      "q6,2026-09-14 10:00:00,S2,answered,1,3,satisfactions\n" },
    { "expense",
      "id,when,shop,state,v,money,about\n"
      "e1,2026-09-15 10:00:00,S1,paid,1,100,promotion\n"
      "e2,2026-09-15 10:00:00,S1,paid,1,30,travel\n",
      "id,when,shop,state,v,money,about\n"
      "e3,2026-09-16 10:00:00,S1,paid,1,5,gifts\n"
      "e4,2026-09-16 10:00:00,S1,approved,1,900,promotion\n" },
    /* what is there in the end: readings of one subject replace each other */
    { "market_size",
      "id,when,shop,state,v,score,about\n"
      "m1,2026-09-17 10:00:00,S1,surveyed,1,1000,home/S1\n"
      "m2,2026-09-17 10:00:00,S1,surveyed,1,200,firm/S1\n"
      "m3,2026-09-17 10:00:00,S2,surveyed,1,4000,home/S2\n",
      "id,when,shop,state,v,score,about\n"
      "m4,2026-09-18 10:00:00,S1,estimated,1,1100,home/S1\n" },
};

static const struct {
    const char *measure, *unit;
    long want;
} wants[] = {
    { "sold", "S1", 1000000 },    { "billed", "S1", 750000 }, { "billed", "S2", 600000 }, { "settled", "S1", 300000 },
    { "settled", "S2", 0 },       { "bills", "S1", 2 },       { "bills", "S2", 1 },       { "paid", "S1", 300000 },
    { "failed", "S1", 1 },        { "visited", "S1", 1 },     { "visited", "S2", 0 },     { "missed", "S2", 1 },
    { "won", "S1", 10000000 },    { "won", "S2", 0 },         { "open", "S1", 0 },        { "open", "S2", 1 },
    { "moves", "S1", 2 },         { "moves", "S2", 1 },       { "score", "S1", 95 },      { "score", "S2", 40 },
    { "checks_failed", "S2", 1 }, { "registered", "S1", 1 },  { "registered", "S2", 0 },  { "satisfied", "S1", 9 },
    { "satisfied", "S2", 0 },     { "aware", "S1", 110 },     { "answers", "S1", 4 },     { "promoted", "S1", 1050000 },
    { "spent", "S1", 1350000 },   { "homes", "S1", 1100 },    { "homes", "S2", 4000 },    { "firms", "S1", 200 },
    { "market", "S1", 1300 },
};

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},"
        "{'code':'S1','name':'1','type':'outlet','channel':'hall','relations':[{'parent':'P','from':'2026-01-01'}]"
        "},{'code':'S2','name':'2','type':'outlet','channel':'hall','relations':[{'parent':'P','from':"
        "'2026-01-01'}]}]}");
    loop_apply(
        &stack, MSG(APPLY_MEASURES),
        "{'items':[{'code':'sold','title_zh':'s','title_en':'s','value':'amount'},"
        "{'code':'billed','title_zh':'b','title_en':'b','fact':'bill','value':'amount'},"
        "{'code':'score','title_zh':'s','title_en':'s','fact':'check','value':'quantity'},"
        "{'code':'moves','title_zh':'m','title_en':'m','fact':'opportunity_move','value':'count'},"
        "{'code':'bills','title_zh':'b','title_en':'b','fact':'bill','value':'count'},"
        "{'code':'paid','title_zh':'p','title_en':'p','fact':'payment','value':'amount'},"
        "{'code':'registered','title_zh':'r','title_en':'r','fact':'registration','value':'count'},"
        "{'code':'visited','title_zh':'v','title_en':'v','fact':'visit','value':'count'},"
        "{'code':'answers','title_zh':'a','title_en':'a','fact':'survey','value':'count'},"
        "{'code':'spent','title_zh':'s','title_en':'s','fact':'expense','value':'amount'},"
        "{'code':'market','title_zh':'m','title_en':'m','fact':'market_size','value':'quantity'}," OF("satisfied", "survey", "quantity", "'satisfaction'") "," OF("aware", "survey", "quantity", "'awareness'") "," OF(
            "promoted", "expense", "amount",
            "'promotion','gifts'") "," OF("homes", "market_size", "quantity",
                                          "'home/*'") "," OF("firms", "market_size", "quantity",
                                                             "'firm/*'") ","
                                                                         "{'code':'won','title_zh':'w','title_en':'w','"
                                                                         "fact':'opportunity','value':'amount'}"
                                                                         "," MEASURE("settled", "bill", "amount", "'settled'") "," MEASURE("failed", "payment", "count", "'failed'") "," MEASURE(
                                                                             "missed", "visit", "count",
                                                                             "'missed'") "," MEASURE("open",
                                                                                                     "opportunity",
                                                                                                     "count",
                                                                                                     "'lead','"
                                                                                                     "qualified','"
                                                                                                     "proposed','"
                                                                                                     "negotiated'") "," MEASURE("checks"
                                                                                                                                "_faile"
                                                                                                                                "d",
                                                                                                                                "check",
                                                                                                                                "count",
                                                                                                                                "'faile"
                                                                                                                                "d'") "]}");
    loop_apply_soon(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[" FEED("order_line", MONEY) "," FEED("bill", MONEY) "," FEED("payment", MONEY) "," FEED("visit", SCORE) "," FEED(
            "opportunity",
            MONEY) "," FEED("opportunity_move",
                            MONEY) "," FEED("check",
                                            SCORE) "," FEED("registration",
                                                            MONEY) "," FEED("survey",
                                                                            SCORE
                                                                                ABOUT) "," FEED("expense",
                                                                                                MONEY
                                                                                                    ABOUT) "," FEED("ma"
                                                                                                                    "rk"
                                                                                                                    "et"
                                                                                                                    "_s"
                                                                                                                    "iz"
                                                                                                                    "e",
                                                                                                                    SCORE
                                                                                                                        ABOUT) "]}");
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void drop_all(void)
{
    char name[64];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (int half = 0; half < 2; half++) {
            const char *text = half ? files[i].second : files[i].first;

            if (!text)
                continue;
            snprintf(name, sizeof name, "%s-%d.csv", files[i].feed, half);
            loop_drop(&stack, files[i].feed, name, text, strlen(text));
            loop_wait_file(&stack, files[i].feed, name, 20);
        }
    loop_catch_up(&stack);
}

static void every_kind_counts_its_own(void **state)
{
    struct loop_sums sums;

    (void)state;
    drop_all();
    sums = loop_agree(&stack, "", "");
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        long sum = (long)loop_sum_of(&sums, loop_unit(&stack, wants[i].unit), loop_measure(&stack, wants[i].measure));

        if (sum != wants[i].want)
            fail_msg("%s of %s is %ld, not %ld", wants[i].measure, wants[i].unit, sum, wants[i].want);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(DISTINCT id / 1000) FROM feedback.sender"), 11);
}

static void refuse(uint32_t type, const char *json, const char *says)
{
    const struct message_type *message = message_type_find(type);
    char text[1000];
    ProtobufCMessage *request;
    struct err err;

    snprintf(text, sizeof text, "%s", json);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_int_equal(pbjson_parse(message->payload, text, strlen(text), &stack.arena, &request, &err), 0);
    if (stack_ask(&stack, message->service, type, request, NULL, &err) == 0)
        fail_msg("taken: %s", text);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
}

static void what_no_kind_has_is_refused(void **state)
{
    (void)state;
    refuse(MSG(APPLY_MEASURES), "{'items':[" MEASURE("m", "visit", "amount", "'done'") "]}", "has no amount");
    refuse(MSG(APPLY_MEASURES), "{'items':[" MEASURE("m", "visit", "count", "'settled'") "]}",
           "planned, done, cancelled, missed");
    refuse(MSG(APPLY_MEASURES), "{'items':[" MEASURE("m", "dream", "count", "'done'") "]}", "no kind of fact");
    refuse(MSG(APPLY_MEASURES), "{'items':[" OF("m", "survey", "count", "''") "]}", "is no subject");
    refuse(MSG(APPLY_MEASURES), "{'items':[" OF("m", "survey", "count", "'*'") "]}", "is no subject");
    refuse(MSG(TRY_MEASURE), "{'definition':" OF("m", "survey", "count", "'*'") "}", "is no subject");
    refuse(MSG(APPLY_MEASURES), "{'items':[" OF("m", "training", "count", "'x'") "]}", "has no product");
    refuse(MSG(APPLY_FEEDS), "{'items':[" FEED("guide", "") "]}",
           "\"guide\" is not known; there are order_line, registration, bill");
    refuse(MSG(APPLY_FEEDS),
           "{'items':[{'code':'bill','title':'b','sender':'boss','fact':'payment','watermark':'last_event','key':['id']"
           ",'columns':["
           "{'field':'time','column':'when','format':'iso'},{'field':'unit','column':'shop'}]}]}",
           "brings facts \"bill\"");
}

/* A word that is no state of the kind waits, naming what there is. */
static void a_state_of_another_kind_waits(void **state)
{
    static const char TEXT[] = "id,when,shop,state,v,score\nq,2026-09-07 10:00:00,S1,settled,1,1\n";

    (void)state;
    loop_drop(&stack, "visit", "visit-9.csv", TEXT, strlen(TEXT));
    loop_wait_file(&stack, "visit", "visit-9.csv", 20);
    CHECK_INT(pg_number(&stack.pg,
                        "SELECT count(*) FROM feedback.reject WHERE reason = 'bad_state' AND value = 'settled'"
                        " AND message LIKE '%planned, done, cancelled, missed%'"),
              1);
}

/* --- photos --- */

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static long sum_of(const char *unit, const char *measure)
{
    struct loop_sums sums = loop_agree(&stack, "", "");

    return (long)loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, measure));
}

/* Checks with photos, without, and with what is no reference to one: what is complete has one. */
static void photos_are_kept_and_asked_for(void **state)
{
    static const char rows[] = "id,when,shop,score,pics\n"
                               "k1,2026-09-12 10:00:00,S1,90,p/1.jpg#sha256=" HASH "  https://x/2.jpg#sha256=" HASH
                               "&taken=2026-09-12T09:30:00+08:00 \n"
                               "k2,2026-09-12 10:00:00,S1,80,\n"
                               "k3,2026-09-12 10:00:00,S1,70,p/3.jpg#sha256=12\n"
                               "k4,2026-09-12 10:00:00,S2,60,4#sha256=" HASH "\n"
                               "k5,2026-09-12 10:00:00,S2,50,5#sha256=" HASH " p/5.jpg\n"
                               "k6,2026-09-12 10:00:00,S2,50,#sha256=" HASH "\n"
                               "k7,2026-09-12 10:00:00,S2,50,7#sha256=" HASH "&taken=yesterday\n";
    static const char shown[] = "{'items':[{'code':'%s','title_zh':'s','title_en':'s','fact':'check','value':'count',"
                                "'filter':{'has':['photo']}}]}";

    (void)state;
    loop_apply(&stack, MSG(APPLY_MEASURES), shown, "shown");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'rounds','title':'r','sender':'eye','fact':'check','watermark':'none','key':"
                    "['id'],'columns':[{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},{'field':'unit',"
                    "'column':'shop'},{'field':'quantity','column':'score'},{'field':'photos','column':'pics'}]}]}");
    loop_catch_up(&stack);
    loop_drop(&stack, "rounds", "rounds.csv", rows, strlen(rows));
    loop_wait_file(&stack, "rounds", "rounds.csv", 20);
    loop_catch_up(&stack);
    CHECK_INT(sum_of("S1", "shown"), 1);
    CHECK_INT(sum_of("S2", "shown"), 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE photos IS NOT NULL"), 2);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE reason = 'bad_photo' AND column_name ="
                                   " 'pics' AND message LIKE '%sha256=64 hex%'"),
              4);
    command_expect("feed fact eye/check k1", 0, "https://x/2.jpg");
    command_expect("feed fact eye/check k1 -o json", 0, "\"sha256\": \"0123456789abcdef0123456789abcdef0123456789");
    command_expect("feed fact eye/check k1 -o json", 0, "\"taken_at\": 1789176600000000"); /* 01:30 UTC */
    /* what was recorded before somebody asked is counted as well; another photo contradicts */
    loop_apply(&stack, MSG(APPLY_MEASURES), shown, "shown_late");
    loop_catch_up_reissued(&stack);
    CHECK_INT(sum_of("S1", "shown_late"), 1);
    loop_drop(&stack, "rounds", "again.csv",
              "id,when,shop,score,pics\nk4,2026-09-12 10:00:00,S2,60,9#sha256=" HASH "\n",
              strlen("id,when,shop,score,pics\nk4,2026-09-12 10:00:00,S2,60,9#sha256=" HASH "\n"));
    loop_wait_file(&stack, "rounds", "again.csv", 20);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE reason = 'version_conflict'"), 1);
    refuse(MSG(APPLY_MEASURES),
           "{'items':[{'code':'m','title_zh':'m','title_en':'m','fact':'check','value':'count','filter':{'has':"
           "['video']}}]}",
           "photo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_counts_its_own),
        cmocka_unit_test(what_no_kind_has_is_refused),
        cmocka_unit_test(a_state_of_another_kind_waits),
        cmocka_unit_test(photos_are_kept_and_asked_for),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
