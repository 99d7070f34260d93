/* month: see month.h. */
#include "support/month.h"

#include "base/buf.h"
#include "runtime/clock.h"
#include "support/check.h"
#include "support/loop.h"
#include "text/dates.h"

#include "bihuan/common.pb-c.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_DAY 20758 /* 2026-11-01 */
#define BUCKETS   16

static char *quoted(const char *fmt, va_list args)
{
    static char text[8192];

    vsnprintf(text, sizeof text, fmt, args);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    return text;
}

ProtobufCMessage *month_ask(struct month *month, uint32_t type, const char *fmt, ...)
{
    va_list args;
    ProtobufCMessage *reply;

    va_start(args, fmt);
    reply = stack_apply(&month->stack, type, quoted(fmt, args));
    va_end(args);
    return reply;
}

static void make_province(struct month *month)
{
    struct stack *stack = &month->stack;

    loop_apply(stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'厅'},{'code':'agent','name':'代理'}]}");
    loop_apply(stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'5g','name':'5'},{'code':'a','name':'a','parent':'5g'},"
               "{'code':'b','name':'b','parent':'5g'},{'code':'fix','name':'f'}]}");
    loop_apply(stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新','title_en':'new users','value':'count'},"
               "{'code':'paid','title_zh':'付','title_en':'payments','value':'count','fact':'payment'},"
               "{'code':'rev','title_zh':'收','title_en':'revenue','value':'amount'}]}");
    loop_apply(stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026M11','from':'2026-11-01','until':'2026-12-01','calendar':'flat'}]}");
    loop_apply(stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},"
               "{'code':'C1','name':'一市','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'二市','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S1','name':'1','type':'outlet','channel':'hall','relations':[{'parent':'C1','from':"
               "'2026-01-01'}]},"
               "{'code':'S2','name':'2','type':'outlet','channel':'agent','relations':[{'parent':'C1','from':"
               "'2026-01-01'}]},"
               "{'code':'S3','name':'3','type':'outlet','channel':'hall','relations':[{'parent':'C2','from':"
               "'2026-01-01'}]},"
               "{'code':'S4','name':'4','type':'outlet','channel':'agent','relations':[{'parent':'C2','from':"
               "'2026-01-01'}]}]}");
}

void month_start(struct month *month)
{
    month_start_on(month, "2026-11-25");
}

void month_go_to(struct month *month, int day)
{
    char date[DATE_TEXT_MAX];

    date_print(date, FIRST_DAY + day - 1);
    stack_kill(&month->stack, "monitoring", "a", SIGKILL);
    snprintf(month->stack.clock, sizeof month->stack.clock, "%sT10:00:00+08:00@%lld", date, (long long)time(NULL));
    stack_start(&month->stack, "monitoring", "a");
    stack_wait_ready(&month->stack, "monitoring");
}

void month_start_on(struct month *month, const char *day)
{
    *month = (struct month) { .records = 0 };
    stack_new(&month->stack);
    snprintf(month->stack.clock, sizeof month->stack.clock, "%sT10:00:00+08:00@%lld", day, (long long)time(NULL));
    fake_feedback_start(&month->stack);
    stack_start(&month->stack, "planning", "a");
    stack_start(&month->stack, "monitoring", "a");
    stack_wait_ready(&month->stack, "feedback");
    stack_wait_ready(&month->stack, "planning");
    stack_wait_ready(&month->stack, "monitoring");
    make_province(month);
    month_catch_up(month);
}

void month_stop(struct month *month)
{
    stack_free(&month->stack);
    buf_fini(&month->events.packed);
}

/* --- plan --- */

static void add_target(struct buf *json, const char *text)
{
    char unit[32] = "", measure[32] = "", amount[32] = "", channel[32] = "-", product[32] = "-";

    sscanf(text, "%31s %31s %31s %31s %31s", unit, measure, amount, channel, product);
    buf_printf(json, "%s{\"period\":\"2026M11\",\"unit\":\"%s\",\"measure\":\"%s\",\"amount\":\"%s\"",
               json->len > 12 ? "," : "", unit, measure, amount);
    if (strcmp(channel, "-") != 0)
        buf_printf(json, ",\"channel\":\"%s\"", channel);
    if (strcmp(product, "-") != 0)
        buf_printf(json, ",\"product\":\"%s\"", product);
    buf_append_text(json, "}");
}

void month_plan(struct month *month, const char *targets)
{
    struct buf json = { 0 };
    char copy[2048];
    char *rest = copy, *one;

    snprintf(copy, sizeof copy, "%s", targets);
    buf_append_text(&json, "{\"items\": [");
    while ((one = strsep(&rest, ";")))
        add_target(&json, one);
    buf_append_text(&json, "]}");
    stack_apply(&month->stack, MSG(APPLY_TARGETS), buf_text(&json));
    buf_fini(&json);
    loop_publish(&month->stack, "2026M11");
    month_catch_up(month);
}

/* --- what feedback says --- */

static uint32_t id_of(struct month *month, const char *kind, const char *code)
{
    char sql[160];

    if (!code)
        return 0;
    snprintf(sql, sizeof sql, "SELECT id FROM planning.document WHERE kind = '%s' AND code = '%s'", kind, code);
    return (uint32_t)pg_number(&month->stack.pg, sql);
}

void month_fact(struct month *month, struct month_fact fact)
{
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    char text[32], *keys[] = { text };
    uint32_t one[] = { 1 }, unit[] = { id_of(month, "unit", fact.unit) }, none[] = { 0 },
             measure[] = { id_of(month, "measure", fact.measure) },
             channel[] = { id_of(month, "channel", fact.channel) },
             product[] = { id_of(month, "product", fact.product) };
    protobuf_c_boolean back[] = { fact.value < 0 };
    int32_t day[] = { FIRST_DAY + fact.day - 1 };
    int64_t value[] = { fact.value }, at[] = { 0 };
    uint16_t bucket = (uint16_t)(++month->records % BUCKETS);

    snprintf(text, sizeof text, "R%d", month->records);
    facts.sender = (char *)(uintptr_t)fact.sender;
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = 1;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = 1;
    facts.n_measure_id = facts.n_value = 1;
    facts.record_key = keys;
    facts.version = facts.contributions = one;
    facts.taken_back = back;
    facts.unit_id = unit;
    facts.seller_id = none;
    facts.channel_id = channel;
    facts.product_id = product;
    facts.day = day;
    facts.measure_id = measure;
    facts.value = value;
    facts.occurred_at = at;
    fake_feedback_add(&month->events, bucket, MSG(FACTS_RECORDED), &facts.base);
    month->published[bucket]++;
}

void month_facts(struct month *month, const char *sender, const char *unit, const char *measure, int from, int to,
                 int64_t value)
{
    for (int day = from; day <= to; day++)
        month_fact(month, (struct month_fact) { sender, unit, measure, day, value, NULL, NULL });
}

/* The end of a day of November. */
static int64_t end_of(int day)
{
    struct clock clock;

    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    return clock_day_start(&clock, FIRST_DAY + day);
}

void month_mark(struct month *month, uint32_t feed, const char *sender, const char *fact, int day, bool silent)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;
    char code[16];

    snprintf(code, sizeof code, "feed-%u", feed);
    mark.feed_id = feed;
    mark.feed = code;
    mark.through = end_of(day);
    mark.silent = silent;
    mark.sender = (char *)(uintptr_t)sender;
    mark.fact = (char *)(uintptr_t)fact;
    mark.n_seq = BUCKETS;
    mark.seq = month->published;
    fake_feedback_add(&month->events, 0, MSG(WATERMARK_MOVED), &mark.base);
    month->published[0]++;
}

void month_condition(struct month *month, uint32_t feed, const char *fact, const char *unit,
                     Bihuan__FeedConditionKind condition, int day)
{
    Bihuan__FeedCondition event = BIHUAN__FEED_CONDITION__INIT;
    char code[16];

    snprintf(code, sizeof code, "feed-%u", feed);
    event.feed_id = feed;
    event.feed = code;
    event.fact = (char *)(uintptr_t)fact;
    event.unit_id = id_of(month, "unit", unit);
    event.unit = (char *)(uintptr_t)(unit ? unit : "");
    event.condition = condition;
    event.through = end_of(day);
    event.volume = 7;
    event.expected = 40;
    fake_feedback_add(&month->events, 0, MSG(FEED_CONDITION), &event.base);
    month->published[0]++;
}

static bool has_read(void *arg)
{
    struct month *month = arg;

    return pg_number(
               &month->stack.pg,
               "SELECT count(*) FROM (SELECT 'feedback' source, bucket, seq FROM feedback.bus_head"
               " UNION ALL SELECT 'planning', bucket, seq FROM planning.bus_head) h WHERE h.seq > coalesce((SELECT"
               " p.seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source), 0)") == 0;
}

void month_catch_up(struct month *month)
{
    if (!stack_until(has_read, month, 30))
        fail_msg("monitoring didn't read its streams to their ends in 30 s");
    CHECK_INT(pg_number(&month->stack.pg, "SELECT count(*) FROM monitoring.bus_parked"), 0);
}

/* What waited for the last facts is judged at the next second's tick at the latest. */
void month_send(struct month *month)
{
    fake_feedback_send(&month->stack, &month->events);
    month_catch_up(month);
    usleep(1100000);
}

void month_complete(struct month *month, int day)
{
    month_mark(month, 1, "bss", "order_line", day, false);
    month_send(month);
}

static void apply_items(struct month *month, uint32_t type, const char *items)
{
    if (items)
        month_ask(month, type, "{'items':[%s]}", items);
}

void month_begin(struct month *month, const struct month_scene *scene)
{
    month_start_on(month, scene->today ? scene->today : "2026-11-25");
    apply_items(month, MSG(APPLY_MEASURES), scene->measures);
    apply_items(month, MSG(APPLY_PEOPLE), scene->people);
    if (scene->targets)
        month_plan(month, scene->targets);
    apply_items(month, MSG(APPLY_RECEIVERS), scene->receivers);
    apply_items(month, MSG(APPLY_RULES), scene->rules);
    if (scene->facts)
        scene->facts();
    if (scene->complete)
        month_complete(month, scene->complete);
}

/* --- alerts --- */

static const Bihuan__ListAlertsReply *alerts(struct month *month, const char *rule, const char *state)
{
    return (const Bihuan__ListAlertsReply *)month_ask(
        month, MSG(LIST_ALERTS), "{'rule':'%s','state':'%s','inhibited':true,'page':{'limit':500}}", rule, state);
}

int month_count(struct month *month, const char *rule, const char *state, const char *unit)
{
    const Bihuan__ListAlertsReply *reply = alerts(month, rule, state);
    int count = 0;

    for (size_t i = 0; i < reply->n_items; i++)
        count += !unit[0] || strcmp(reply->items[i]->unit, unit) == 0;
    return count;
}

const Bihuan__Alert *month_alert(struct month *month, const char *rule, const char *unit)
{
    const Bihuan__ListAlertsReply *reply = alerts(month, rule, "all");

    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->unit, unit) == 0)
            return reply->items[i];
    fail_msg("no alert of rule %s at %s", rule, unit);
    return NULL;
}
