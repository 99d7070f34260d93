/* The event samples of TMF622 version 5, as they are published: each is read for what it is, and together, in any
 * order, they leave the same rows. Skipped where BIHUAN_TEST_DATA has none. The wanted values were read off the
 * samples. */
#include "feedback/tmf/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct zone zone;

static json_t *load(const char *name)
{
    const char *data = getenv("BIHUAN_TEST_DATA");
    struct buf text = { 0 };
    char path[4096];
    json_t *root;
    struct err err;
    FILE *file;
    size_t got;

    snprintf(path, sizeof path, "%s/tmf/TMF622/%s", data ? data : "", name);
    file = data ? fopen(path, "re") : NULL;
    if (!file)
        skip();
    while ((got = fread(buf_reserve(&text, 65536), 1, 65536, file)) > 0)
        text.len += got;
    fclose(file);
    if (json_text_load(text.data, text.len, &root, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    buf_fini(&text);
    return root;
}

static void read_event(const json_t *root, struct tmf_event *event)
{
    struct err err;

    if (tmf_event_read(root, "", TMF_ORDER, &zone, 0, &arena, event, &err) != 0)
        fail_msg("%s", err.text);
}

static void each_is_read_for_what_it_is(void **state)
{
    static const struct {
        const char *name;
        enum tmf_resource resource;
        enum tmf_action action;
        const char *event_id, *id, *external;
    } rows[] = {
        { "ProductOrderCreateEvent", TMF_ORDER, TMF_CREATE, "125", "30001", "456" },
        { "ProductOrderStateChangeEvent", TMF_ORDER, TMF_STATE, "569", "9693", "" },
        { "ProductOrderAttributeValueChangeEvent", TMF_ORDER, TMF_CHANGE, "467c-937d-9afe827e85ee", "30001", "" },
        { "ProductOrderDeleteEvent", TMF_ORDER, TMF_DELETE, "523", "9693", "" },
        { "ProductOrderInformationRequiredEvent", TMF_ORDER, TMF_REMARK, "966", "30001", "" },
        { "ProductOrderErrorMessageEvent", TMF_ORDER, TMF_REMARK, "467c-937d-9afe827e85ee", "30001", "" },
        { "ProductOrderJeopardyAlertEvent", TMF_ORDER, TMF_REMARK, "467c-937d-9afe827e85ee", "30001", "" },
        { "ProductOrderMilestoneEvent", TMF_ORDER, TMF_REMARK, "467c-937d-9afe827e85ee", "30001", "" },
        { "CancelProductOrderCreateEvent", TMF_CANCEL_ORDER, TMF_CREATE, "129", "789-fsds5-kjp", "" },
        { "CancelProductOrderStateChangeEvent", TMF_CANCEL_ORDER, TMF_STATE, "129", "789-fsds5-kjp", "" },
        { "CancelProductOrderInformationRequiredEvent", TMF_CANCEL_ORDER, TMF_REMARK, "408f-a88f-40f2ebbe8a06",
          "789-fsds5-kjp", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[100];
        struct tmf_event event;
        json_t *root;

        snprintf(name, sizeof name, "%s_request.json", rows[i].name);
        root = load(name);
        read_event(root, &event);
        if (event.resource != rows[i].resource || event.action != rows[i].action || !event.has_time ||
            strcmp(event.event_id, rows[i].event_id) != 0 || strcmp(event.id, rows[i].id) != 0 ||
            strncmp(event.external, rows[i].external, strlen(rows[i].external)) != 0)
            fail_msg("%s: resource %d, action %d, eventId %s, id %s, external %s", name, event.resource, event.action,
                     event.event_id, event.id, event.external);
        json_decref(root);
    }
}

/* The answers that carry whole orders, told as events: version 5 order by order. */
static json_t *order_event(const char *name, const char *type, const char *time)
{
    json_t *root = load(name);

    return json_pack("{s:s, s:s, s:{s:o}}", "eventType", type, "eventTime", time, "event", "productOrder", root);
}

static char *rows_of(json_t *const *events, const size_t *order, size_t count)
{
    const struct tmf_setting setting = { FACT_ORDER_LINE, false, zone };
    json_t *known = json_object(), *recorded, *row, *said;
    struct buf out = { 0 };
    const char *name;
    char *text;

    for (size_t i = 0; i < count; i++) {
        struct tmf_event event;

        read_event(events[order[i]], &event);
        assert_string_equal(event.id, "30001");
        tmf_known_take(known, &event, &zone);
        tmf_rows(known, event.resource, event.id, &setting, &arena, &out);
    }
    buf_reset(&out);
    recorded = json_object_get(known, "rows");
    json_object_foreach(recorded, name, said)
    {
        row = json_array_get(said, 1);
        buf_printf(&out, "%s %s %s %s %s %s %s; ", name, json_text_of(row, "state"), json_text_of(row, "amount"),
                   json_text_of(row, "currency"), json_text_of(row, "offering"), json_text_of(row, "channel_name"),
                   json_text_of(row, "party.customer"));
    }
    json_decref(known);
    text = arena_strdup(&arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

static void together_they_leave_the_same_rows(void **state)
{
    static const char WANT[] = "100 completed   14277 Online channel ff55-hjy4; "
                               "110 completed 0.99 EUR 14305 Online channel ff55-hjy4; "
                               "120 completed 20 EUR 14344 Online channel ff55-hjy4; "
                               "130 completed   14354 Online channel ff55-hjy4; ";
    static const size_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 }, { 1, 3, 0, 2 } };
    json_t *events[4];

    (void)state;
    events[0] = load("ProductOrderCreateEvent_request.json");
    events[1] = load("ProductOrderAttributeValueChangeEvent_request.json");
    events[2] = order_event("retrieveProductOrderById1_response.json", "ProductOrderStateChangeEvent",
                            "2022-09-15T00:00:00Z");
    events[3] = order_event("CreateProductOrder1_response.json", "ProductOrderCreateEvent", "2021-09-26T00:00:00Z");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        char *got = rows_of(events, orders[i], 4);

        if (strcmp(got, WANT) != 0)
            fail_msg("order %zu: %s\nwanted %s", i, got, WANT);
    }
    for (size_t i = 0; i < 4; i++)
        json_decref(events[i]);
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    arena_init(&arena);
    return zone_parse("UTC", &zone, &err);
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_read_for_what_it_is),
        cmocka_unit_test(together_they_leave_the_same_rows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
