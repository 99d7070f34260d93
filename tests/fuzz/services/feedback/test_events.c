/* TM Forum events broken in every way: read or refused with a word; and what is known of a resource is the same in
 * whatever order its events were taken in. */
#include "support/check.h"

#include "fuzz/fuzz.h"

#include "feedback/tmf/rows.h"

#define EVENTS 4

static const char *const seeds[] = {
    "{\"eventId\":\"1\",\"eventTime\":\"2026-09-01T00:00:00Z\",\"eventType\":\"ProductOrderCreateEvent\",\"event\":{"
    "\"productOrder\":{\"id\":\"A\",\"externalId\":[{\"id\":\"x\"}],\"orderDate\":\"2026-09-01\",\"state\":"
    "\"acknowledged\",\"channel\":[{\"channel\":{\"id\":\"7\"}}],\"relatedParty\":[{\"role\":\"Customer\","
    "\"partyOrPartyRole\":{\"id\":\"k\"}}],\"productOrderItem\":[{\"id\":\"1\",\"action\":\"add\",\"quantity\":2,"
    "\"itemPrice\":[{\"priceType\":\"recurring\",\"price\":{\"taxIncludedAmount\":{\"unit\":\"CNY\",\"value\":-1.5e0"
    "}}}],\"productOrderItem\":[{\"id\":\"1\",\"action\":\"delete\",\"state\":\"held.x\"}]}]}}}",
    "{\"eventTime\":\"2026-09-01T00:00:00Z\",\"eventType\":\"productOrderStateChangeEvent\",\"event\":{\"id\":\"A\","
    "\"state\":\"inProgress\",\"itemStateChange\":[{\"itemId\":\"1\",\"state\":\"completed\"}]}}",
    "{\"eventTime\":\"2026-09-02\",\"eventType\":\"ProductOrderAttributeValueChangeEvent\",\"event\":{\"ProductOrder\":"
    "{\"id\":\"A\",\"category\":\"B\",\"orderItem\":[{\"id\":\"2\",\"action\":\"noChange\",\"itemTotalPrice\":[]}]}}}",
    "{\"timeOcurred\":\"2026-09-03\",\"eventType\":\"ProductOrderRemoveNotification\",\"event\":{\"id\":\"A\"}}",
    "{\"eventType\":\"CustomerBillCreateEvent\",\"event\":{\"customerBill\":{\"id\":\"A\",\"state\":\"new\","
    "\"taxIncludedAmount\":{\"value\":1},\"appliedCustomerBillingRate\":[{\"taxIncludedAmount\":{\"value\":1}}]}}}",
    "{\"event\":{\"href\":\"/x/A?\",\"status\":\"captured\",\"amount\":{\"unit\":\"CNY\",\"value\":9}}}",
};
static const char *const words[] = { "\"state\":", "completed", "[", "]", "{}", "\\u0041", "1e5", "\"A\"", NULL };
#define SEEDS (sizeof seeds / sizeof seeds[0])

static struct zone zone;

static json_t *make_event(struct fuzz *fuzz)
{
    const char *seed = seeds[fuzz_below(fuzz, SEEDS)];
    struct buf bytes = { 0 };
    json_t *root = NULL;
    struct err err = { 0 };

    buf_append(&bytes, seed, strlen(seed));
    if (fuzz_below(fuzz, 3))
        fuzz_break(fuzz, &bytes, words);
    if (json_text_load(bytes.data, bytes.len, &root, &err) != 0 && !err.code[0])
        fail_msg("refused without a word");
    buf_fini(&bytes);
    return root;
}

static json_t *take_all(const struct tmf_event *events, size_t count, bool backwards, enum fact_kind kind,
                        struct arena *arena)
{
    const struct tmf_setting setting = { kind, true, zone };
    json_t *known = json_object();
    struct buf out = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct tmf_event *event = &events[backwards ? count - 1 - i : i];

        tmf_known_take(known, event, &zone);
        tmf_rows(known, event->resource, "A", &setting, arena, &out);
    }
    buf_fini(&out);
    json_object_del(known, "rows"); /* versions do tell the order */
    return known;
}

static void round_of(struct fuzz *fuzz, struct arena *arena)
{
    enum fact_kind kind = (enum fact_kind[]) { FACT_ORDER_LINE, FACT_BILL, FACT_BILL_LINE,
                                               FACT_PAYMENT }[fuzz_below(fuzz, 4)];
    struct tmf_event events[EVENTS];
    json_t *roots[EVENTS], *there, *back;
    size_t count = 0;
    struct err err = { 0 };

    for (size_t i = 0; i < EVENTS; i++) {
        roots[i] = make_event(fuzz);
        if (roots[i] &&
            tmf_event_read(roots[i], "x", tmf_resource_of_kind(kind), &zone, 1, arena, &events[count], &err) == 0 &&
            events[count].resource != TMF_NONE && (!count || events[count].resource == events[0].resource))
            count++;
    }
    there = take_all(events, count, false, kind, arena);
    back = take_all(events, count, true, kind, arena);
    if (!json_equal(there, back))
        fail_msg("%s\n%s", json_dumps(there, JSON_SORT_KEYS), json_dumps(back, JSON_SORT_KEYS));
    json_decref(there);
    json_decref(back);
    for (size_t i = 0; i < EVENTS; i++)
        json_decref(roots[i]);
}

static void any_event_is_read_or_refused(void **state)
{
    struct arena arena;
    struct fuzz fuzz;
    struct err err;

    (void)state;
    assert_int_equal(zone_parse("+08:00", &zone, &err), 0);
    arena_init(&arena);
    fuzz_begin(&fuzz);
    while (fuzz_more(&fuzz)) {
        round_of(&fuzz, &arena);
        arena_reset(&arena);
    }
    arena_fini(&arena);
    printf("%llu rounds\n", (unsigned long long)fuzz.rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(any_event_is_read_or_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
