/* Every deviation that senders of TM Forum events show, one case each, over HTTP to real daemons: each fact counts
 * once, whatever order its events come in (BIHUAN_SEED repeats it) and however often. The cases stand in
 * tests/data/tmf/deviations.txt, whose head says how to read them. What has to be asked for, because its events only
 * refer to it or because no event tells of it, is here. */
#include "support/asking.h"
#include "support/check.h"
#include "support/command.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASES_MAX  250
#define EVENTS_MAX 8
#define WANTS_MAX  8

struct deviation {
    char *name, *feed;
    char *events[EVENTS_MAX], *wants[WANTS_MAX];
    size_t event_count, want_count;
    int number;
    bool in_order; /* what its events come to depends on their order */
    long status;   /* of each answer */
    char code[40];
};

static struct deviation cases[CASES_MAX];
static size_t case_count;
static uint64_t seed;
static char *text; /* of the file, cut into lines */

/* --- the file ------------------------------------------------------------------------------------------------------
 */

static char *read_file(void)
{
    char path[4096], *bytes;
    FILE *file;
    long len;

    snprintf(path, sizeof path, "%s/tests/data/tmf/deviations.txt", getenv("BIHUAN_SOURCE"));
    file = fopen(path, "re");
    if (!file)
        fail_msg("%s can't be read", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    rewind(file);
    bytes = calloc(1, (size_t)len + 1);
    assert_int_equal(fread(bytes, 1, (size_t)len, file), len);
    fclose(file);
    return bytes;
}

static void read_line(char *line)
{
    struct deviation *one = case_count ? &cases[case_count - 1] : NULL;

    if (!*line || *line == '#')
        return;
    if (*line == '[') {
        assert_true(case_count < CASES_MAX);
        line[strlen(line) - 1] = 0;
        cases[case_count] = (struct deviation) { .name = line + 1, .number = (int)case_count };
        case_count++;
    } else if (strncmp(line, "feed ", 5) == 0) {
        one->feed = line + 5;
        if (!one->status)
            one->status = strchr(one->feed, '4') ? 201 : 204;
    } else if (*line == '{' || *line == '<') {
        assert_true(one->event_count < EVENTS_MAX);
        one->events[one->event_count++] = line;
    } else if (strcmp(line, "in order") == 0) {
        one->in_order = true;
    } else if (strncmp(line, "answer ", 7) == 0) {
        assert_int_equal(sscanf(line, "answer %ld %39s", &one->status, one->code), 2);
    } else {
        assert_true(one->want_count < WANTS_MAX);
        one->wants[one->want_count++] = line;
    }
}

static void read_cases(void)
{
    char *next;

    text = read_file();
    for (char *line = text; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        read_line(line);
    }
    assert_true(case_count > 100);
}

/* $id, $unit and $number as they are of this case. */
static void fill_in(const struct deviation *one, const char *from, struct buf *out)
{
    buf_reset(out);
    while (*from) {
        size_t plain = strcspn(from, "$");

        buf_append(out, from, plain);
        from += plain;
        if (strncmp(from, "$id", 3) == 0) {
            buf_printf(out, "case%03d", one->number);
            from += 3;
        } else if (strncmp(from, "$unit", 5) == 0) {
            buf_printf(out, "U%03d", one->number);
            from += 5;
        } else if (strncmp(from, "$number", 7) == 0) {
            buf_printf(out, "90%03d", one->number);
            from += 7;
        } else {
            assert_int_equal(*from, 0);
        }
    }
}

/* --- the scene -----------------------------------------------------------------------------------------------------
 */

#define STATED                                                                                                         \
    "{'field':'time','column':'booked_at','format':'iso'},{'field':'state','column':'state'},"                         \
    "{'field':'version','column':'version'},{'field':'amount','column':'amount'},{'field':'customer','column':"        \
    "'customer'},{'field':'currency','column':'currency','map':'currencies'},"
#define SOLD                                                                                                           \
    "{'field':'unit','column':'channel'},{'field':'product','column':'offering'},"                                     \
    "{'field':'quantity','column':'quantity'}],'filters':[{'column':'priced','values':['yes']}"
#define BILLED  "{'field':'unit','column':'account'},{'field':'since','column':'due_at'}"
#define CHARGED "{'field':'unit','column':'account'}"
#define SHELVED                                                                                                        \
    "{'field':'unit','column':'place'},{'field':'product','column':'offering'},{'field':'subject','column':'stock'},"  \
    "{'field':'quantity','column':'quantity'}"

/* A feed that takes events, of amounts in yuan alone. */
static void add_feed(struct buf *json, const char *code, int version, const char *fact, const char *key,
                     const char *more)
{
    buf_printf(
        json,
        "%s{'code':'%s%d','title':'t','sender':'%s%d','fact':'%s','format':'json_lines','watermark':'none','key':"
        "[%s],'tmf_answer':%d,'maps':[{'name':'currencies','entries':[{'from':'CNY','to':'CNY'}]}],'columns':["
        "%s%s]}",
        json->len ? "," : "", code, version, code, version, fact, key, version == 4 ? 201 : 204, STATED, more);
}

static void apply_feeds(void)
{
    static const struct {
        const char *code, *fact, *key, *more;
    } rows[] = { { "orders", "order_line", "'order','item'", SOLD },
                 { "bills", "bill", "'bill'", BILLED },
                 { "lines", "bill_line", "'bill','line'", CHARGED },
                 { "payments", "payment", "'what','payment'", CHARGED },
                 { "stock", "stock_on_hand", "'stock','reading'", SHELVED },
                 { "leads", "opportunity", "'lead'", "{'field':'unit','column':'channel'}" } };
    struct buf json = { 0 };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int version = 4; version <= 5; version++)
            add_feed(&json, rows[i].code, version, rows[i].fact, rows[i].key, rows[i].more);
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS), "{'items':[%s]}", buf_text(&json));
    buf_fini(&json);
}

static void apply_units(void)
{
    struct buf json = { 0 };

    for (size_t i = 0; i < case_count; i++)
        buf_printf(&json,
                   "%s{'code':'U%03zu','name':'s','type':'outlet','channel':'hall','relations':[{'parent':'P','from':"
                   "'2026-01-01'}]}",
                   i ? "," : "", i);
    loop_apply(&asking_stack, MSG(APPLY_UNITS), "{'items':[%s]}", buf_text(&json));
    buf_fini(&json);
}

static int set_up(void **state)
{
    int rc = asking_set_up(state);

    read_cases();
    apply_units();
    loop_apply(&asking_stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'moving','title_zh':'m','title_en':'m','value':'amount','filter':{'states':["
               "'in_progress']}},{'code':'pieces','title_zh':'p','title_en':'p','value':'quantity','filter':{'states':"
               "['placed','accepted','in_progress','completed']}},"
               "{'code':'billed','title_zh':'b','title_en':'b','fact':'bill','value':'amount','filter':{'states':["
               "'issued','sent','partly_paid','settled']}},"
               "{'code':'partly','title_zh':'p','title_en':'p','fact':'bill','value':'amount','filter':{'states':["
               "'partly_paid']}},"
               "{'code':'settled','title_zh':'s','title_en':'s','fact':'bill','value':'amount','filter':{'states':["
               "'settled']}},"
               "{'code':'charged','title_zh':'c','title_en':'c','fact':'bill_line','value':'amount'},"
               "{'code':'paid','title_zh':'p','title_en':'p','fact':'payment','value':'amount'},"
               "{'code':'leads','title_zh':'l','title_en':'l','fact':'opportunity','value':'amount','filter':{'states'"
               ":['qualified']}},"
               "{'code':'stock','title_zh':'s','title_en':'s','fact':'stock_on_hand','value':'quantity','over_time':"
               "'last'}]}");
    apply_feeds();
    /* of one sender credit notes come without a sign */
    loop_apply(
        &asking_stack, MSG(APPLY_FEEDS),
        "{'items':[{'code':'bills4','title':'t','sender':'bills4','fact':'bill','format':'json_lines','watermark'"
        ":'none','key':['bill'],'tmf_answer':201,'tmf_credit_notes_unsigned':true,'maps':[{'name':'currencies',"
        "'entries':[{'from':'CNY','to':'CNY'}]}],'columns':[" STATED BILLED "]}]}");
    loop_catch_up(&asking_stack);
    return rc;
}

static int tear_down(void **state)
{
    free(text);
    return asking_tear_down(state);
}

/* --- delivering ----------------------------------------------------------------------------------------------------
 */

/* Where an event says its type, the path that it is posted to may be any and say another. */
static const char *path_for(const char *event)
{
    static const char *const paths[] = { "", "/", "/listener/productOrderStateChangeEvent",
                                         "/productOrdering/v4/listener/customerBillCreateEvent",
                                         "/api/notification/ProductOrderDeleteEvent" };
    static size_t next;

    return strstr(event, "\"eventType\"") ? paths[next++ % 5] : "";
}

/* Of version 4 the answer's body is the subscription, of version 5 there is none. */
static void post(const struct deviation *one, const char *event)
{
    struct buf body = { 0 };
    struct web_reply reply;
    char path[120];

    fill_in(one, event, &body);
    snprintf(path, sizeof path, "/tmf/%s%s", one->feed, path_for(event));
    reply = web_ask(&asking_web, "POST", path, asking_web.token, NULL, buf_text(&body));
    if (reply.status != one->status || strcmp(web_text(&reply, "code"), one->code) != 0)
        fail_msg("%s: %ld %s\n%s", one->name, reply.status, reply.text, buf_text(&body));
    if (reply.status == 201)
        assert_string_equal(web_text(&reply, "callback"), path);
    if (reply.status == 204 && *reply.text)
        fail_msg("%s: 204 with a body: %s", one->name, reply.text);
    web_reply_free(&reply);
    buf_fini(&body);
}

/* An event of a case. */
struct parcel {
    const struct deviation *of;
    size_t event;
};

static struct parcel parcels[2 * CASES_MAX * EVENTS_MAX];
static size_t parcel_count;

static bool goes_before(const struct parcel *a, const struct parcel *b)
{
    return a->of == b->of && a->of->in_order && a->event < b->event;
}

/* Each event once, and of each `twice` at most one more time, in any order but where a case's own matters. */
static void load(int twice)
{
    parcel_count = 0;
    for (size_t i = 0; i < case_count; i++)
        for (size_t e = 0; e < cases[i].event_count; e++)
            for (int times = twice && random_below(&seed, twice) == 0 ? 2 : 1; times > 0; times--)
                parcels[parcel_count++] = (struct parcel) { &cases[i], e };
    for (size_t i = parcel_count; i-- > 1;) {
        size_t other = (size_t)random_below(&seed, (int)i + 1);
        struct parcel kept = parcels[i];

        parcels[i] = parcels[other];
        parcels[other] = kept;
    }
    for (size_t i = 0; i < parcel_count; i++)
        for (size_t k = i + 1; k < parcel_count; k++)
            if (goes_before(&parcels[k], &parcels[i])) {
                struct parcel kept = parcels[i];

                parcels[i] = parcels[k];
                parcels[k] = kept;
            }
}

static void post_all(void)
{
    for (size_t i = 0; i < parcel_count; i++)
        post(parcels[i].of, parcels[i].of->events[parcels[i].event]);
}

static void each_is_delivered_in_any_order(void **state)
{
    (void)state;
    load(3);
    post_all();
}

/* --- what it comes to ----------------------------------------------------------------------------------------------
 */

/* "10.1" in stored units, digit by digit. */
static long long stored_units(const char *yuan)
{
    long long units = strtoll(yuan, NULL, 10) * YUAN, place = YUAN / 10;
    const char *point = strchr(yuan, '.');

    for (; point && point[1] && place; point++, place /= 10)
        units += (point[1] - '0') * place;
    return units;
}

static long rows_of(const struct deviation *one, const char *what, const char *column)
{
    return (long)pg_number(&asking_stack.pg,
                           arena_printf(&asking_stack.arena,
                                        "SELECT count(DISTINCT (%s)) FROM feedback.%s WHERE strpos(%s, 'case%03d') > 0"
                                        " OR strpos(%s, '90%03d') > 0",
                                        what, strcmp(column, "resource_id") == 0 ? "tmf_resource" : "order_line",
                                        column, one->number, column, one->number));
}

static void expect_waits(const struct deviation *one, const char *want)
{
    char column[40] = "", value[80] = "";
    long rows;

    assert_true(sscanf(want, "waits %ld %39s %79s", &rows, column, value) >= 1);
    CHECK_INT(pg_number(&asking_stack.pg,
                        arena_printf(&asking_stack.arena,
                                     "SELECT count(*) FROM feedback.reject WHERE strpos(convert_from(raw, 'UTF8'),"
                                     " 'case%03d') > 0",
                                     one->number)),
              rows);
    CHECK_INT(pg_number(&asking_stack.pg,
                        arena_printf(&asking_stack.arena,
                                     "SELECT count(*) FROM feedback.reject WHERE strpos(convert_from(raw, 'UTF8'),"
                                     " 'case%03d') > 0 AND column_name = '%s' AND value = '%s'",
                                     one->number, column, value)),
              rows);
}

/* Kept as it came, and listed under its type. */
static void expect_unknown(const struct deviation *one, long events)
{
    CHECK_INT(
        pg_number(&asking_stack.pg, arena_printf(&asking_stack.arena,
                                                 "SELECT count(*) FROM feedback.tmf_event WHERE kind = 'unknown' AND"
                                                 " strpos(convert_from(body, 'UTF8'), 'case%03d') > 0 AND"
                                                 " strpos(convert_from(body, 'UTF8'), '\"' || resource_id || '\"') > 0",
                                                 one->number)),
        events);
}

static void expect_customer(const struct deviation *one, const char *want)
{
    struct buf name = { 0 };

    fill_in(one, want, &name);
    CHECK_INT(pg_number(&asking_stack.pg,
                        arena_printf(&asking_stack.arena,
                                     "SELECT count(*) FROM feedback.order_line WHERE strpos(record_key, 'case%03d') > 0"
                                     " AND customer <> '%s'",
                                     one->number, buf_text(&name))),
              0);
    buf_fini(&name);
}

static void expect_one(const struct deviation *one, const char *want, const struct loop_sums *sums)
{
    char what[40], value[60], unit[16];

    assert_int_equal(sscanf(want, "%39s %59s", what, value), 2);
    if (strcmp(what, "records") == 0) {
        CHECK_INT(rows_of(one, "sender, record_key", "record_key"), atol(value));
    } else if (strcmp(what, "held") == 0) {
        CHECK_INT(rows_of(one, "resource_id", "resource_id"), atol(value));
    } else if (strcmp(what, "unknown") == 0) {
        expect_unknown(one, atol(value));
    } else if (strcmp(what, "waits") == 0) {
        expect_waits(one, want);
    } else if (strcmp(what, "customer") == 0) {
        expect_customer(one, value);
    } else {
        bool counted = strcmp(what, "pieces") == 0 || strcmp(what, "stock") == 0;

        snprintf(unit, sizeof unit, "U%03d", one->number);
        CHECK_INT(loop_sum_of(sums, loop_unit(&asking_stack, unit), loop_measure(&asking_stack, what)),
                  counted ? atoll(value) : stored_units(value));
    }
}

static void each_fact_counts_once(void **state)
{
    struct loop_sums sums;

    (void)state;
    loop_catch_up(&asking_stack);
    sums = loop_agree(&asking_stack, "", "");
    for (size_t i = 0; i < case_count; i++) {
        for (size_t w = 0; w < cases[i].want_count; w++) {
            print_message("%s: %s\n", cases[i].name, cases[i].wants[w]);
            expect_one(&cases[i], cases[i].wants[w], &sums);
        }
    }
}

/* All of it once more, in another order: nothing is recorded and nothing kept. */
static void once_more_changes_nothing(void **state)
{
    static const char facts[] = "SELECT count(*) FROM feedback.order_line",
                      events[] = "SELECT count(*) FROM feedback.tmf_event",
                      waits[] = "SELECT count(*) FROM feedback.reject";
    int64_t had[] = { pg_number(&asking_stack.pg, facts), pg_number(&asking_stack.pg, events),
                      pg_number(&asking_stack.pg, waits) };

    (void)state;
    load(0);
    post_all();
    CHECK_INT(pg_number(&asking_stack.pg, facts), had[0]);
    CHECK_INT(pg_number(&asking_stack.pg, events), had[1]);
    CHECK_INT(pg_number(&asking_stack.pg, waits), had[2]);
}

/* Two events of one type are one row of what waits, beside what else does. */
static void unknown_types_are_listed(void **state)
{
    const char *row;

    (void)state;
    command_expect("feed held orders5 -o json", 0, "\"kind\": \"unknown\"");
    command_expect("feed held orders4", 0, "ServiceOrderCreateEvent");
    row = strstr(command_output, "ServiceOrderCreateEvent");
    assert_null(strstr(row + 1, "ServiceOrderCreateEvent"));
}

/* --- what has to be asked for --------------------------------------------------------------------------------------
 */

/* An event as MEF's: it names the order, an item, the parties, and says nothing of them. */
static void refer(const char *type, const char *at, const char *body)
{
    struct buf json = { 0 };
    struct web_reply reply;

    buf_printf(&json, "{'eventId':'125','eventType':'%s'%s%s%s,'event':%s}", type, *at ? ",'eventTime':'" : "", at,
               *at ? "'" : "", body);
    for (size_t i = 0; i < json.len; i++)
        if (json.data[i] == '\'')
            json.data[i] = '"';
    reply = web_ask(&asking_web, "POST", "/tmf/mef/listener/productOrderStateChangeEvent", asking_web.token, NULL,
                    buf_text(&json));
    CHECK_INT(reply.status, 204);
    web_reply_free(&reply);
    buf_fini(&json);
}

static long waiting(void)
{
    return (long)pg_number(&asking_stack.pg,
                           "SELECT count(*) FROM feedback.tmf_resource r JOIN feedback.feed f ON f.id ="
                           " r.feed_id WHERE f.code = 'mef' AND (held OR referred_at IS NOT NULL)");
}

static bool is_none(void *arg)
{
    (void)arg;
    return waiting() == 0;
}

/* What was referred to is asked for by itself, at once. */
static void nothing_waits(void)
{
    assert_true(stack_until(is_none, NULL, 20));
}

static bool is_prompted(void *arg)
{
    (void)arg;
    return pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.tmf_resource WHERE prompted_at = referred_at") ==
           1;
}

#define REFERENCE                                                                                                      \
    "{'id':'M','href':'/mefApi/sonata/productOrderingManagement/v10/productOrder/M','buyerId':'b','sellerId':'s'}"
#define MONTH_AGO (40 * 24 * 60) /* outside every window that is asked for */

static void what_events_only_refer_to_is_asked_for(void **state)
{
    (void)state;
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS),
                    "{'items':[" FEED("mef", "'url':'%s','token_file':'crm.token','every_minutes':60") "]}",
                    asking_sender.url);
    loop_catch_up(&asking_stack);
    /* an order that nobody has told of */
    fake_sender_put(&asking_sender, "productOrder", asking_order("M", "S0", MONTH_AGO, 7, "inProgress", ""));
    asking_wait_until("mef", "through IS NOT NULL");
    refer("productOrderCreateEvent", asking_ago(9), REFERENCE);
    nothing_waits();
    CHECK_INT(asking_sum("S0", "ordered"), 7 * YUAN);
    CHECK_INT(asking_sum("S0", "done"), 0);
    /* that something became of it is asked for too, though it is known by now */
    fake_sender_put(&asking_sender, "productOrder", asking_order("M", "S0", MONTH_AGO, 7, "completed", ""));
    asking_now("mef");
    CHECK_INT(asking_sum("S0", "done"), 0);
    refer("productOrderItemStateChangeEvent", asking_ago(8),
          "{'id':'M','href':'/x/M','orderItemId':'1','buyerId':'b','sellerId':'s'}");
    nothing_waits();
    CHECK_INT(asking_sum("S0", "done"), 7 * YUAN);
    /* a milestone changes nothing */
    refer("productOrderMilestoneEvent", asking_ago(7), "{'id':'M','href':'/x/M','milestoneName':'m'}");
    CHECK_INT(waiting(), 0);
    CHECK_INT(asking_sum("S0", "ordered"), 7 * YUAN);
}

/* The sender may speak before it is so: what told nothing new is asked for once more, when its turn comes. */
static void what_told_nothing_new_is_asked_for_in_its_turn(void **state)
{
    (void)state;
    fake_sender_put(&asking_sender, "productOrder", asking_order("L", "S1", MONTH_AGO, 5, "acknowledged", ""));
    refer("productOrderCreateEvent", asking_ago(9), "{'id':'L','href':'/x/L'}");
    nothing_waits();
    refer("productOrderStateChangeEvent", asking_ago(8), "{'id':'L','href':'/x/L'}");
    assert_true(stack_until(is_prompted, NULL, 20));
    CHECK_INT(waiting(), 1);
    command_expect("feed held mef", 0, "1 wait for their create, or to be asked for");
    fake_sender_put(&asking_sender, "productOrder", asking_order("L", "S1", MONTH_AGO, 5, "completed", ""));
    asking_now("mef");
    CHECK_INT(waiting(), 0);
    CHECK_INT(asking_sum("S1", "done"), 5 * YUAN);
    CHECK_INT(asking_source("mef", "failures"), 0);
}

/* A sender that fails is left alone until it is tried again, whatever comes. */
static void a_sender_that_fails_is_not_asked_at_once(void **state)
{
    int asked;

    (void)state;
    fake_sender_break(&asking_sender, FAKE_STATUS);
    refer("productOrderStateChangeEvent", asking_ago(7), "{'id':'L','href':'/x/L'}");
    asking_wait_until("mef", "failures = 1");
    asked = asking_sender.asked;
    refer("productOrderStateChangeEvent", asking_ago(6), "{'id':'M','href':'/x/M'}");
    (void)usleep(1500000);
    CHECK_INT(asking_sender.asked, asked);
    CHECK_INT(asking_source("mef", "failures"), 1);
    fake_sender_break(&asking_sender, FAKE_NONE);
    asking_now("mef");
    CHECK_INT(asking_source("mef", "failures"), 0);
    CHECK_INT(waiting(), 0);
}

/* Without a time one reference looks like the other, and each may stand for a change. */
static void references_without_a_time_are_asked_for_each_time(void **state)
{
    (void)state;
    fake_sender_put(&asking_sender, "productOrder", asking_order("N", "S1", MONTH_AGO, 3, "acknowledged", ""));
    for (int i = 0; i < 2; i++) {
        if (i)
            fake_sender_put(&asking_sender, "productOrder", asking_order("N", "S1", MONTH_AGO, 3, "completed", ""));
        refer("productOrderStateChangeEvent", "", "{'id':'N','href':'/x/N'}");
        nothing_waits();
        CHECK_INT(asking_sum("S1", "done"), (5 + i * 3) * YUAN);
    }
    /* gone at the sender: what was known stays, and it isn't asked for again and again */
    pthread_mutex_lock(&asking_sender.lock);
    json_object_set_new(asking_sender.resources, "productOrder", json_array());
    pthread_mutex_unlock(&asking_sender.lock);
    refer("productOrderStateChangeEvent", asking_ago(3), "{'id':'N','href':'/x/N'}");
    CHECK_INT(waiting(), 1);
    asking_now("mef");
    CHECK_INT(waiting(), 0);
    CHECK_INT(asking_source("mef", "failures"), 0);
    CHECK_INT(asking_sum("S1", "done"), (5 + 3) * YUAN);
}

/* Of bill lines no event tells: they are asked for, and have their bill's account, whichever comes first. */
static void lines_of_bills_are_asked_for(void **state)
{
    static const char line[] = "{'id':'%s','type':'%s','date':'%s','isBilled':true,'bill':{'id':'B'},"
                               "'taxIncludedAmount':{'unit':'CNY','value':%s}}";
    char json[400];

    (void)state;
    snprintf(json, sizeof json, line, "R1", "usage", asking_ago(60), "12.50");
    fake_sender_put(&asking_sender, "appliedCustomerBillingRate", json);
    snprintf(json, sizeof json, line, "R2", "discount", asking_ago(60), "-2.5");
    fake_sender_put(&asking_sender, "appliedCustomerBillingRate", json);
    snprintf(json, sizeof json, "{'id':'R3','date':'%s','isBilled':false,'taxIncludedAmount':{'value':99}}",
             asking_ago(60));
    fake_sender_put(&asking_sender, "appliedCustomerBillingRate", json);
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'rates','title':'t','sender':'rates','fact':'bill_line','format':'json_lines',"
                    "'watermark':'none','key':['bill','line'],'tmf_answer':204,'maps':[{'name':'currencies','entries':["
                    "{'from':'CNY','to':'CNY'}]}],'columns':[" STATED CHARGED "],'asks':{'url':'%s','token_file':"
                    "'crm.token','every_minutes':60}}]}",
                    asking_sender.url);
    loop_catch_up(&asking_stack);
    asking_now("rates");
    CHECK_INT(asking_sum("S0", "charged"), 0);
    snprintf(json, sizeof json,
             "{'id':'B','billDate':'%s','lastUpdate':'%s','state':'new','billingAccount':{'id':'S0'},"
             "'taxIncludedAmount':{'unit':'CNY','value':10}}",
             asking_ago(50), asking_ago(50));
    fake_sender_put(&asking_sender, "customerBill", json);
    asking_now("rates");
    asking_now("rates");
    CHECK_INT(asking_sum("S0", "charged"), 10 * YUAN);
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key IN ('B|R1',"
                                          " 'B|R2')"),
              2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_delivered_in_any_order),
        cmocka_unit_test(each_fact_counts_once),
        cmocka_unit_test(once_more_changes_nothing),
        cmocka_unit_test(unknown_types_are_listed),
        cmocka_unit_test(what_events_only_refer_to_is_asked_for),
        cmocka_unit_test(what_told_nothing_new_is_asked_for_in_its_turn),
        cmocka_unit_test(a_sender_that_fails_is_not_asked_at_once),
        cmocka_unit_test(references_without_a_time_are_asked_for_each_time),
        cmocka_unit_test(lines_of_bills_are_asked_for),
    };

    seed = test_seed();
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
