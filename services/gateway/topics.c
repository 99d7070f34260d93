/* topics: which events of the bus listeners hear of, under which topic, and who may. */
#include "gateway/gateway.h"

#include "bus/wire.h"
#include "obs/log.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <string.h>

#define HINT_MS 1000

static const struct {
    const char *name;
    const char *permission;
} topics[] = {
    { "plan", "plan.read" },    { "feed", "feed.read" },     { "alert", "alert.read" },
    { "action", "alert.read" }, { "progress", "plan.read" }, { "score", "score.read" },
};
enum topic { TOPIC_PLAN, TOPIC_FEED, TOPIC_ALERT, TOPIC_ACTION, TOPIC_PROGRESS, TOPIC_SCORE, TOPIC_COUNT };
_Static_assert(sizeof topics / sizeof topics[0] == TOPIC_COUNT, "a name for each topic");

/* Facts have no topic: progress tells that they came. A hint carries no data and goes out at most once in HINT_MS. */
#define HINT(NAME, TOPIC)                                                                                              \
    {                                                                                                                  \
        MSG(NAME), TOPIC_##TOPIC, true                                                                                 \
    }
#define WHOLE(NAME, TOPIC)                                                                                             \
    {                                                                                                                  \
        MSG(NAME), TOPIC_##TOPIC, false                                                                                \
    }
static const struct {
    uint32_t type;
    enum topic topic;
    bool hint;
} events[] = {
    /* One a line, so that two who add an event don't meet. */
    /* clang-format off */
    HINT(UNITS_CHANGED, PLAN),
    HINT(CHANNELS_CHANGED, PLAN),
    HINT(PRODUCTS_CHANGED, PLAN),
    HINT(MEASURES_DEFINED, PLAN),
    HINT(CALENDAR_PUBLISHED, PLAN),
    HINT(PERIODS_OPENED, PLAN),
    HINT(PLAN_PUBLISHED, PLAN),
    HINT(PEOPLE_CHANGED, PLAN),
    WHOLE(UNIT_REORGANISED, PLAN),
    WHOLE(PERSON_HANDED_OVER, PLAN),
    WHOLE(PROGRAMME_CHANGED, PLAN),
    WHOLE(CYCLE_OPENED, PLAN),
    WHOLE(STAGE_MOVED, PLAN),
    WHOLE(DELIVERABLE_MOVED, PLAN),
    HINT(GUIDE_ISSUED, PLAN),
    HINT(GUIDE_ACKNOWLEDGED, PLAN),
    HINT(GUIDE_OVERDUE, PLAN),
    HINT(CERTIFICATE_EXPIRED, PLAN),
    HINT(REPORT_SUBMITTED, FEED),
    HINT(REPORT_OVERDUE, FEED),
    HINT(REPORT_DUE_SOON, FEED),
    HINT(MATERIAL_MOVED, PLAN),
    WHOLE(CERTIFICATE_ISSUED, PLAN),
    WHOLE(WORK_PLAN_MOVED, PLAN),
    WHOLE(WATERMARK_MOVED, FEED),
    WHOLE(FEED_SILENT, FEED),
    WHOLE(FILE_FINISHED, FEED),
    WHOLE(FILE_MISSING, FEED),
    WHOLE(TOTALS_DIFFER, FEED),
    WHOLE(FEED_CONDITION, FEED),
    HINT(OPPORTUNITY_CHANGED, FEED),
    HINT(QUOTES_RECORDED, FEED),
    WHOLE(TASK_REMINDED, PLAN),
    WHOLE(ALERT_CHANGED, ALERT),
    WHOLE(ACTION_CHANGED, ACTION),
    WHOLE(ACTION_FIGURES_MOVED, ACTION),
    HINT(PROGRESS_MOVED, PROGRESS),
    HINT(SCORES_MOVED, SCORE),
    HINT(CREDITING_RULES_CHANGED, SCORE),
    HINT(CUSTOMER_HOLDINGS_CHANGED, SCORE),
    WHOLE(PERIOD_CLOSED, SCORE),
    WHOLE(PAY_PERIOD_MOVED, SCORE),
    HINT(STATEMENT_ISSUED, SCORE),
    /* clang-format on */
};

static void on_hints(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    uint32_t mask = gateway->hint_mask;

    gateway->hint_mask = 0;
    for (unsigned i = 0; i < TOPIC_COUNT; i++)
        if (mask & (1U << i))
            sse_publish(gateway->sse, i, topics[i].name, NULL);
}

int topics_start(struct gateway *gateway)
{
    uv_timer_init(runtime_loop(gateway->rt), &gateway->hints);
    gateway->hints.data = gateway;
    return uv_timer_start(&gateway->hints, on_hints, HINT_MS, HINT_MS);
}

void topics_stop(struct gateway *gateway)
{
    uv_close((uv_handle_t *)&gateway->hints, NULL);
}

static void publish(struct gateway *gateway, enum topic topic, const Bihuan__Envelope *envelope, const uint8_t *payload,
                    size_t len)
{
    const struct message_type *type = message_type_find(envelope->type);
    struct arena arena;
    struct buf text = { 0 };
    ProtobufCMessage *message;
    struct json_out json;
    struct err err;

    arena_init(&arena);
    if (wire_open_payload(envelope, payload, len, &arena, &payload, &len, &err) == 0 &&
        message_unpack(type->payload, payload, len, &arena, &message, &err) == 0) {
        json_out_init(&json, &text);
        pbjson_write(message, &json);
        sse_publish(gateway->sse, topic, topics[topic].name, buf_text(&text));
    } else {
        log_warn("bad_event", "type=%s error=\"%s\"", type->name, err.text);
    }
    buf_fini(&text);
    arena_fini(&arena);
}

void topics_on_wire(struct runtime *rt, const Bihuan__Envelope *envelope, const uint8_t *payload, size_t len)
{
    struct gateway *gateway = runtime_state(rt);

    if (!gateway->sse)
        return;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i].type != envelope->type)
            continue;
        if (events[i].hint)
            gateway->hint_mask |= 1U << events[i].topic;
        else
            publish(gateway, events[i].topic, envelope, payload, len);
        return;
    }
}

static int find_topic(const char *word, size_t len)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (strlen(topics[i].name) == len && memcmp(topics[i].name, word, len) == 0)
            return i;
    return -1;
}

int topics_parse(const char *list, const Bihuan__Principal *principal, uint32_t *mask, char bad[32])
{
    uint32_t asked = 0;

    for (const char *at = list; at && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        int topic = find_topic(at, len);
        if (topic < 0) {
            snprintf(bad, 32, "%.*s", (int)(len > 31 ? 31 : len), at);
            return -1;
        }
        asked |= 1U << topic;
        at += len;
    }
    if (!asked)
        asked = (1U << TOPIC_COUNT) - 1;
    *mask = 0;
    for (int i = 0; i < TOPIC_COUNT; i++)
        if ((asked & (1U << i)) && principal_may(principal, topics[i].permission))
            *mask |= 1U << i;
    return 0;
}
