/* TM Forum events to rows: what comes out of payloads of our own, with every deviation that senders show, worked out by
 * hand; and that rows don't depend on the order of events. */
#include "feedback/tmf/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1788220800000000) /* 2026-09-01T00:00:00Z */

static struct arena arena;
static struct zone zone;

static json_t *load(const char *json)
{
    char *text = arena_strdup(&arena, json);
    json_t *root;
    struct err err;

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    if (json_text_load((const uint8_t *)text, strlen(text), &root, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return root;
}

static json_t *read_event(const char *json, const char *path, struct tmf_event *event)
{
    json_t *root = load(json);
    struct err err;

    if (tmf_event_read(root, path, TMF_ORDER, &zone, NOW, &arena, event, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return root;
}

/* --- envelopes -----------------------------------------------------------------------------------------------------
 */

struct envelope_case {
    const char *why, *json, *path;
    enum tmf_resource resource;
    enum tmf_action action;
    const char *id;
};

static const struct envelope_case known_types[] = {
    { "as the specification has it",
      "{'eventType':'ProductOrderStateChangeEvent','event':{'productOrder':{'id':'1','state':'held'}}}", "", TMF_ORDER,
      TMF_STATE, "1" },
    { "lower camel, resource bare", "{'eventType':'productOrderStateChangeEvent','event':{'id':'1','href':'/x/9'}}", "",
      TMF_ORDER, TMF_STATE, "1" },
    { "notification for event, creation for create",
      "{'eventType':'ProductOrderCreationNotification','event':{'productOrder':{'id':'1'}}}", "", TMF_ORDER, TMF_CREATE,
      "1" },
    { "remove for delete", "{'eventType':'ProductOrderRemoveNotification','event':{'productOrder':{'id':'1'}}}", "",
      TMF_ORDER, TMF_DELETE, "1" },
    { "the key begins with a capital", "{'eventType':'ProductOrderCreateEvent','event':{'ProductOrder':{'id':'1'}}}",
      "", TMF_ORDER, TMF_CREATE, "1" },
    { "other things beside the resource",
      "{'eventType':'CancelProductOrderCreateEvent','event':{'informationRequired':{'op':'add'},"
      "'cancelProductOrder':{'id':'c1'}}}",
      "", TMF_CANCEL_ORDER, TMF_CREATE, "c1" },
    { "another @type than the eventType",
      "{'eventType':'CancelProductOrderStateChangeEvent','@type':'CancelCancelProductOrderStateChangeEvent',"
      "'event':{'cancelProductOrder':{'id':'c1'}}}",
      "", TMF_CANCEL_ORDER, TMF_STATE, "c1" },
    { "a number as id", "{'eventType':'ProductOrderCreateEvent','event':{'productOrder':{'id':30001}}}", "", TMF_ORDER,
      TMF_CREATE, "30001" },
    { "no eventType, told by the path", "{'event':{'productOrder':{'id':'1'}}}",
      "listener/productOrderAttributeValueChangeEvent", TMF_ORDER, TMF_CHANGE, "1" },
    { "no eventType, told by @type", "{'@type':'PaymentCreateEvent','event':{'payment':{'id':'1'}}}", "hook",
      TMF_PAYMENT, TMF_CREATE, "1" },
    { "no eventType at all, items", "{'event':{'productOrder':{'id':'1','orderItem':[{'id':'1'}]}}}", "", TMF_ORDER,
      TMF_CREATE, "1" },
    { "no eventType at all, a state", "{'event':{'id':'1','state':'completed'}}", "", TMF_ORDER, TMF_STATE, "1" },
    { "only an href", "{'eventType':'productOrderStateChangeEvent','event':{'href':'https://h/productOrder/77?a=1'}}",
      "", TMF_ORDER, TMF_STATE, "77" },
    { "of one item", "{'eventType':'productOrderItemStateChangeEvent','event':{'id':'1','orderItemId':'2'}}", "",
      TMF_ORDER, TMF_STATE, "1" },
    { "a remark", "{'eventType':'ProductOrderJeopardyAlertEvent','event':{'productOrder':{'id':'1'}}}", "", TMF_ORDER,
      TMF_REMARK, "1" },
    { "bills", "{'eventType':'CustomerBillStateChangeEvent','event':{'customerBill':{'id':'1'}}}", "", TMF_BILL,
      TMF_STATE, "1" },
    { "bills on demand are something else",
      "{'eventType':'CustomerBillOnDemandCreateEvent','event':{'customerBillOnDemand':{'id':'1'}}}", "", TMF_NONE,
      TMF_CREATE, "" },
};

/* What the event carries tells what it is. */
static const struct envelope_case unknown_types[] = {
    { "unknown", "{'eventType':'AlarmCreateNotification','event':{'alarm':{'id':'1'}}}", "", TMF_NONE, TMF_CREATE, "" },
    { "unknown, told by @type", "{'eventType':'x','@type':'PaymentDeleteEvent','event':{'payment':{'id':'1'}}}", "",
      TMF_PAYMENT, TMF_DELETE, "1" },
    { "unknown, not told by the path", "{'eventType':'x','event':{'alarm':{'id':'1'}}}", "productOrderCreateEvent",
      TMF_NONE, TMF_CREATE, "" },
    { "unknown, with its resource", "{'eventType':'ProductOrderUpdateEvent','event':{'ProductOrder':{'id':'1'}}}", "",
      TMF_ORDER, TMF_CHANGE, "1" },
    { "unknown, with the usual resource beside others",
      "{'eventType':'x','event':{'cancelProductOrder':{'id':'c1'},'payment':{'id':'7'},'productOrder':{'id':'1'}}}", "",
      TMF_ORDER, TMF_CHANGE, "1" },
    { "unknown, with another resource", "{'eventType':'x','event':{'cancelProductOrder':{'id':'c1'}}}", "",
      TMF_CANCEL_ORDER, TMF_CHANGE, "c1" },
    { "unknown, its resource has no name",
      "{'eventType':'ProductOrderUpdateEvent','event':{'productOrder':{'category':'x'}}}", "", TMF_NONE, TMF_CREATE,
      "" },
    { "unknown, bare and whole", "{'eventType':'ProductOrderUpdateEvent','event':{'id':'1','orderItem':[{'id':'1'}]}}",
      "", TMF_ORDER, TMF_CHANGE, "1" },
    { "unknown, bare, of another name", "{'eventType':'QuoteUpdateEvent','event':{'id':'1','orderItem':[]}}", "",
      TMF_NONE, TMF_CREATE, "" },
    { "unknown, bare and not whole", "{'eventType':'ProductOrderTermsUpdateEvent','event':{'id':'1'}}", "", TMF_NONE,
      TMF_CREATE, "" },
};

static void read_envelopes(const struct envelope_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tmf_event event;
        json_t *root = read_event(rows[i].json, rows[i].path, &event);

        if (event.resource != rows[i].resource || strcmp(event.id, rows[i].id) != 0 ||
            (event.resource != TMF_NONE && event.action != rows[i].action))
            fail_msg("%s: resource %d, action %d, id \"%s\"", rows[i].why, event.resource, event.action, event.id);
        json_decref(root);
    }
}

static void envelopes_are_read_whatever_their_form(void **state)
{
    (void)state;
    read_envelopes(known_types, sizeof known_types / sizeof known_types[0]);
}

static void types_that_nobody_knows_are_read_by_what_they_carry(void **state)
{
    (void)state;
    read_envelopes(unknown_types, sizeof unknown_types / sizeof unknown_types[0]);
}

static void times_are_read_whatever_their_name(void **state)
{
    static const struct {
        const char *json;
        bool has_time;
        int64_t at;
    } rows[] = {
        { "{'eventTime':'2026-09-01T00:00:01.5Z','event':{'id':'1'}}", true, NOW + 1500000 },
        { "{'timeOcurred':'2026-09-01T08:00:01+08:00','event':{'id':'1'}}", true, NOW + 1000000 },
        { "{'timeOccurred':'2026-09-01T00:00:01+00:00','event':{'id':'1'}}", true, NOW + 1000000 },
        { "{'eventTime':'2026-09-01T08:00:02','event':{'id':'1'}}", true, NOW + 2000000 }, /* the zone's wall time */
        { "{'eventTime':'yesterday','event':{'id':'1'}}", false, NOW },
        { "{'event':{'id':'1'}}", false, NOW },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tmf_event event;
        json_t *root = read_event(rows[i].json, "", &event);

        if (event.has_time != rows[i].has_time || event.at != rows[i].at)
            fail_msg("%s: %lld", rows[i].json, (long long)event.at);
        json_decref(root);
    }
}

static void what_is_no_event_is_refused(void **state)
{
    static const struct {
        const char *json, *code;
    } rows[] = {
        { "{'eventType':'ProductOrderCreateEvent'}", "no_event" },
        { "{'eventType':'ProductOrderCreateEvent','event':[1]}", "no_event" },
        { "{'eventType':'ProductOrderCreateEvent','event':{}}", "no_resource" },
        { "{'eventType':'ProductOrderCreateEvent','event':{'productOrder':{'state':'held'}}}", "no_resource" },
    };

    char longest[600], *just = arena_printf(&arena, "{'event':{'id':'%0500d'}}", 1);
    struct tmf_event fits;

    (void)state;
    json_decref(read_event(just, "", &fits));
    snprintf(longest, sizeof longest, "{'event':{'externalId':'%0501d'}}", 1);
    for (size_t i = 0; i <= sizeof rows / sizeof rows[0]; i++) {
        bool last = i == sizeof rows / sizeof rows[0];
        json_t *root = load(last ? longest : rows[i].json);
        struct tmf_event event;
        struct err err;

        assert_int_equal(tmf_event_read(root, "", TMF_ORDER, &zone, NOW, &arena, &event, &err), -1);
        assert_string_equal(err.code, last ? "id_too_long" : rows[i].code);
        json_decref(root);
    }
}

static void numbers_keep_their_digits(void **state)
{
    static const char text[] = "{\"a\":12345678901234567890.10,\"b\":-0.1,\"c\":1E2,\"d\":\"x-1\\\"2\",\"e\":[1,true]}";
    static const char *const bad[] = { "",           "[1]",         "{\"a\":01}", "{\"a\":1.}", "{\"a\":-}",
                                       "{\"a\":1e}", "{\"a\":\"x}", "{\"a\":.5}", "{\"a\":1 2}" };
    json_t *root;
    struct err err;

    (void)state;
    assert_int_equal(json_text_load((const uint8_t *)text, strlen(text), &root, &err), 0);
    assert_string_equal(json_text_of(root, "a"), "12345678901234567890.10");
    assert_string_equal(json_text_of(root, "B"), "-0.1");
    assert_string_equal(json_text_of(root, "c"), "100");
    assert_string_equal(json_text_of(root, "d"), "x-1\"2");
    assert_string_equal(json_text_of(json_text_at(root, "e"), ""), "");
    json_decref(root);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (json_text_load((const uint8_t *)bad[i], strlen(bad[i]), &root, &err) == 0)
            fail_msg("taken: %s", bad[i]);
}

static void exponents_are_written_out(void **state)
{
    static const struct {
        const char *number, *text;
    } rows[] = {
        { "1e2", "100" },
        { "1E+2", "100" },
        { "1.25e1", "12.5" },
        { "12.5e1", "125" },
        { "5e-1", "0.5" },
        { "5e-3", "0.005" },
        { "-1.5e0", "-1.5" },
        { "-25e-1", "-2.5" },
        { "1e39", "1000000000000000000000000000000000000000" },
        { "1e40", "1e40" },
        { "1e-99", "1e-99" },
        { "1e99999999999", "1e99999999999" },
        { "12345678901.23", "12345678901.23" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *root = load(arena_printf(&arena, "{'n':%s}", rows[i].number));

        assert_string_equal(json_text_of(root, "n"), rows[i].text);
        json_decref(root);
    }
}

static void xml_is_refused_as_such(void **state)
{
    static const char text[] = " \r\n<?xml version=\"1.0\"?><event/>", marked[] = "\xef\xbb\xbf{\"a\":1}";
    json_t *root;
    struct err err;

    (void)state;
    assert_int_equal(json_text_load((const uint8_t *)text, strlen(text), &root, &err), -1);
    assert_string_equal(err.code, "xml_body");
    assert_int_equal(json_text_load((const uint8_t *)marked, strlen(marked), &root, &err), 0);
    assert_string_equal(json_text_of(root, "a"), "1");
    json_decref(root);
}

/* --- states --------------------------------------------------------------------------------------------------------
 */

static void states_have_our_words(void **state)
{
    static const struct {
        enum tmf_resource resource;
        const char *word;
        uint8_t rank;
    } rows[] = {
        { TMF_ORDER, "acknowledged", 1 },
        { TMF_ORDER, "pending", 2 },
        { TMF_ORDER, "held.assessingCharge", 2 },
        { TMF_ORDER, "inProgress", 3 },
        { TMF_ORDER, "InProgress", 3 },
        { TMF_ORDER, "in_progress", 3 },
        { TMF_ORDER, "inProgress.accepted", 3 },
        { TMF_ORDER, "assessingCancellation", 3 },
        { TMF_ORDER, "pendingCancellation", 3 },
        { TMF_ORDER, "completed", 4 },
        { TMF_ORDER, "cancelled", 5 },
        { TMF_ORDER, "rejected.validated", 5 },
        { TMF_ORDER, "failed", 5 },
        { TMF_ORDER, "partial", TMF_RANK_NONE },
        { TMF_ORDER, "draft", TMF_RANK_NONE },
        { TMF_ORDER, "somewhere", TMF_RANK_UNKNOWN },
        { TMF_BILL, "new", 1 },
        { TMF_BILL, "onHold", 1 },
        { TMF_BILL, "validated", 1 },
        { TMF_BILL, "sent", 2 },
        { TMF_BILL, "partiallyPaid", 3 },
        { TMF_BILL, "partiallySettled", 3 },
        { TMF_BILL, "settled", 4 },
        { TMF_PAYMENT, "pendingAuthorization", 1 },
        { TMF_PAYMENT, "captured", 4 },
        { TMF_PAYMENT, "done", 4 },
        { TMF_PAYMENT, "canceled", 5 },
        { TMF_PAYMENT, "denied", 5 },
        { TMF_REFUND, "failed", 5 },
        { TMF_LEAD, "accepted", 2 },
        { TMF_CANCEL_ORDER, "done", 4 },
        { TMF_CANCEL_ORDER, "terminatedWithError", 5 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (tmf_state_rank(rows[i].resource, rows[i].word) != rows[i].rank)
            fail_msg("%s is %u", rows[i].word, tmf_state_rank(rows[i].resource, rows[i].word));
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

/* The rows that the events make, in their order. */
static char *rows_of(const char *const *events, size_t count, enum fact_kind kind, bool unsigned_notes)
{
    const struct tmf_setting setting = { kind, unsigned_notes, zone };
    json_t *known = json_object();
    struct buf out = { 0 };
    char *text;

    for (size_t i = 0; i < count; i++) {
        struct tmf_event event;
        json_t *root = load(events[i]);
        struct err err;

        if (tmf_event_read(root, "", tmf_resource_of_kind(kind), &zone, NOW, &arena, &event, &err) != 0)
            fail_msg("%s: %s", events[i], err.text);
        tmf_known_take(known, &event, &zone);
        tmf_rows(known, event.resource, event.id, &setting, &arena, &out);
        json_decref(root);
    }
    json_decref(known);
    text = arena_strdup(&arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

/* `want`: one row a line, ' for ". */
static void expect_rows(const char *why, const char *got, const char *want)
{
    char *text = arena_strdup(&arena, want);

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    if (strcmp(got, text) != 0)
        fail_msg("%s:\n%s\nwanted\n%s", why, got, text);
}

#define PRICE(type, value) "{'priceType':'" type "','price':{'taxIncludedAmount':{'unit':'CNY','value':" value "}}}"
#define ORDER(more, items)                                                                                             \
    "{'eventType':'ProductOrderCreateEvent','eventTime':'2026-09-01T08:00:00+08:00','event':{'productOrder':{'id':"    \
    "'A','orderDate':'2026-09-01'," more "'productOrderItem':[" items "]}}}"
#define TIMES "'state_at':'2026-09-01T08:00:00+08:00'"

static void orders_become_rows(void **state)
{
    static const struct {
        const char *why, *event, *want;
    } rows[] = {
        { "version 4: flat party and channel, a text as external id; discounts and allowances subtract",
          ORDER("'externalId':'PO','channel':[{'id':'7','name':'net'}],'relatedParty':[{'id':'k','name':'Joe','role':"
                "'Customer'},{'id':'s','role':'salesAgent'}],'state':'acknowledged',",
                "{'id':'01','quantity':2,'action':'add','productOffering':{'id':'o','name':'O'},'product':{'id':'p',"
                "'productSpecification':{'id':'sp'},'productCharacteristic':[{'name':'MSISDN','value':'138'}]},"
                "'itemPrice':[" PRICE("recurring", "20") "," PRICE("recurring", "0.1") "," PRICE(
                    "Discount", "0.3") "," PRICE("allowance", "-0.05") "]}"),
          "{'action':'add','amount':'19.75','booked_at':'2026-09-01','channel':'7','channel_name':'net',"
          "'characteristic':{'MSISDN':'138'},'currency':'CNY','customer':'k','external_id':'PO','item':'01',"
          "'offering':'o','offering_name':'O','order':'A','ordered_at':'2026-09-01','party':{'customer':'k',"
          "'salesagent':'s'},'party_name':{'customer':'Joe'},'price':{'allowance':'-0.05','discount':'-0.3',"
          "'recurring':'20.1'},'priced':'yes','product':'p','quantity':'2','specification':'sp','state':'placed',"
          "" TIMES ",'version':1}\n" },
        { "version 5: one level deeper, a list as external id, the date by its new name",
          "{'eventType':'ProductOrderCreateEvent','eventTime':'2026-09-01T00:00:00Z','event':{'ProductOrder':{'id':'A',"
          "'creationDate':'2026-09-01T00:00:00Z','externalId':[{'owner':'T','id':'456'}],'channel':[{'channel':{'id':"
          "'1','name':'Online'},'role':'r'}],'relatedParty':[{'role':'customer','partyOrPartyRole':{'partyId':'ff',"
          "'partyName':'Jean'}}],'state':'inProgress.accepted','productOrderItem':[{'id':'1','quantity':1,'action':"
          "'add','state':'acknowledged'}]}}}",
          "{'action':'add','booked_at':'2026-09-01T00:00:00Z','channel':'1','channel_name':'Online','customer':'ff',"
          "'external_id':'456','item':'1','order':'A','ordered_at':'2026-09-01T00:00:00Z','party':{'customer':'ff'},"
          "'party_name':{'customer':'Jean'},'priced':'no','quantity':'1','state':'in_progress'," TIMES
          ",'version':1}\n" },
        { "the total goes before prices; delete is negative; alterations subtract where their type says so",
          ORDER("'state':'acknowledged',", "{'id':'1','quantity':3,'action':'delete','itemPrice':[" PRICE(
                                               "recurring", "99") "],'itemTotalPrice':["
                                                                  "{'priceType':'recurring','price':{'dutyFreeAmount':{"
                                                                  "'unit':'CNY','value':10.50}},'priceAlteration':["
                                                                  "{'priceType':'discount','price':{'taxIncludedAmount'"
                                                                  ":{'unit':'CNY','value':0.5}}},{'priceType':"
                                                                  "'recurring','price':{'percentage':20}}]}]}"),
          "{'action':'delete','amount':'-10','booked_at':'2026-09-01','currency':'CNY','item':'1','order':'A',"
          "'ordered_at':'2026-09-01','price':{'recurring':'-99'},'priced':'yes','quantity':'-3','state':'placed'," TIMES
          ",'version':1}\n" },
        { "no row for noChange and for a draft item; no state means placed; nested items are flattened",
          "{'eventType':'ProductOrderCreateEvent','eventTime':'2026-09-01T00:00:00Z','event':{'id':'A','orderItem':["
          "{'id':'1','action':'noChange','orderItem':[{'id':'1','action':'add'},{'action':'add'}]}]}}",
          "{'action':'add','booked_at':'2026-09-01T08:00:00+08:00','item':'1/1','order':'A','parent':'1','priced':'no',"
          "'quantity':'1','state':'placed'," TIMES ",'version':1}\n"
          "{'action':'add','booked_at':'2026-09-01T08:00:00+08:00','item':'2','order':'A','parent':'1','priced':'no',"
          "'quantity':'1','state':'placed'," TIMES ",'version':1}\n" },
        { "a draft is nothing yet", ORDER("'state':'draft',", "{'id':'1','action':'add'}"), "" },
        { "a word that nobody knows is left to the feed's map",
          ORDER("'state':'onTheWay',", "{'id':'1','action':'add'}"),
          "{'action':'add','booked_at':'2026-09-01','item':'1','order':'A','ordered_at':'2026-09-01','priced':'no',"
          "'quantity':'1','state':'onTheWay','version':1}\n" },
        { "an amount that is none is left to quarantine; two currencies",
          ORDER("'state':'acknowledged',", "{'id':'1','action':'add','itemPrice':[" PRICE(
                                               "recurring", "'12 yuan'") ",{'price':{'taxIncludedAmount':{"
                                                                         "'unit':'EUT','value':1}}}]}"),
          "{'action':'add','amount':'12 yuan','booked_at':'2026-09-01','currency':'mixed','item':'1','order':'A',"
          "'ordered_at':'2026-09-01','price':{'recurring':'12 "
          "yuan'},'priced':'yes','quantity':'1','state':'placed'," TIMES ",'version':1}\n" },
        { "partial counts by item",
          ORDER("'state':'partial','cancellationDate':'2026-09-04',",
                "{'id':'1','action':'add','state':'completed'},{'id':'2','action':'add','state':'failed'}"),
          "{'action':'add','booked_at':'2026-09-01','completed_at':'2026-09-01T08:00:00+08:00','item':'1','order':'A',"
          "'ordered_at':'2026-09-01','priced':'no','quantity':'1','state':'completed'," TIMES ",'version':1}\n"
          "{'action':'add','booked_at':'2026-09-01T08:00:00+08:00','item':'2','order':'A','ordered_at':'2026-09-01',"
          "'priced':'no','quantity':'1','state':'cancelled'," TIMES ",'version':1}\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_rows(rows[i].why, rows_of(&rows[i].event, 1, FACT_ORDER_LINE, false), rows[i].want);
}

static void bills_payments_and_leads_become_rows(void **state)
{
    static const char *const bill =
        "{'eventType':'CustomerBillCreateEvent','eventTime':'2026-09-01T00:00:00Z','event':{'customerBill':{'id':'b',"
        "'billNo':'N','billDate':'2026-08-31','paymentDueDate':'2026-09-20','category':'credit note','status':'sent',"
        "'billingAccount':{'id':'acc'},'taxIncludedAmount':{'unit':'CNY','value':50},'amountDue':{'unit':'CNY','value':"
        "0},'appliedCustomerBillingRate':[{'id':'l1','appliedBillingRateType':'usage','taxIncludedAmount':{'unit':'CNY'"
        ","
        "'value':60}},{'id':'l2','type':'discount','taxExcludedAmount':{'unit':'CNY','value':-10.00}}]}}}";
    static const char *const refund =
        "{'eventType':'RefundCreateEvent','eventTime':'2026-09-01T00:00:00Z','event':{'refund':{'id':'7','status':"
        "'done','refundDate':'2026-09-01','totalAmount':{'unit':'CNY','amount':5},'payment':{'id':'6'}}}}";
    static const char *const lead =
        "{'eventType':'SalesLeadStateChangeEvent','eventTime':'2026-09-01T00:00:00Z','event':{'salesLead':{'id':'9',"
        "'name':'school','status':'accepted','creationDate':'2026-08-30','estimatedRevenue':{'unit':'CNY','value':"
        "1000}}}}";

    (void)state;
    expect_rows("a bill", rows_of(&bill, 1, FACT_BILL, false),
                "{'account':'acc','amount':'50','amount_due':'0','bill':'b','bill_no':'N','billed_at':'2026-08-31',"
                "'booked_at':'2026-08-31','category':'credit note','currency':'CNY','customer':'acc','due_at':"
                "'2026-09-20','state':'sent'," TIMES ",'version':1}\n");
    expect_rows("the lines of a credit note that comes without signs", rows_of(&bill, 1, FACT_BILL_LINE, true),
                "{'account':'acc','amount':'-60','bill':'b','bill_no':'N','billed_at':'2026-08-31','booked_at':"
                "'2026-08-31','category':'credit note','currency':'CNY','customer':'acc','due_at':'2026-09-20','line':"
                "'l1','state':'charged'," TIMES ",'type':'usage','version':1}\n"
                "{'account':'acc','amount':'10','bill':'b','bill_no':'N','billed_at':'2026-08-31','booked_at':"
                "'2026-08-31','category':'credit note','currency':'CNY','customer':'acc','due_at':'2026-09-20','line':"
                "'l2','state':'charged'," TIMES ",'tax_excluded':'10','type':'discount','version':1}\n");
    expect_rows("a refund", rows_of(&refund, 1, FACT_PAYMENT, false),
                "{'amount':'-5','booked_at':'2026-09-01','currency':'CNY','of_payment':'6','payment':'7','state':"
                "'received'," TIMES ",'version':1,'what':'refund'}\n");
    expect_rows(
        "a lead", rows_of(&lead, 1, FACT_OPPORTUNITY, false),
        "{'amount':'1000','booked_at':'2026-08-30','created_at':'2026-08-30','currency':'CNY','lead':'9','name':"
        "'school','state':'qualified'," TIMES ",'version':1}\n");
}

/* --- stock ---------------------------------------------------------------------------------------------------------
 */

#define STOCK(type, at, body)                                                                                          \
    "{'eventType':'ProductStock" type "Event','eventTime':'2026-09-" at "','event':{'productStock':{'id':'k'" body "}" \
    "}"                                                                                                                \
    "}"
#define DESCRIBED                                                                                                      \
    ",'place':{'id':'S1','name':'one','role':'shop'},'stockedProduct':{'productOffering':{'id':'5G-A'}},"              \
    "'productStockUsageType':'inShop'"
#define LEVEL(n) ",'productStockLevel':{'amount':" n ",'units':'piece'}"
#define READING(at, us, n)                                                                                             \
    "{'booked_at':'2026-09-" at "T08:00:00+08:00','offering':'5G-A','place':'S1','place_name':'one','quantity':'" n    \
    "','reading':'" us "','state':'counted','state_at':'2026-09-" at "T08:00:00+08:00','stock':'k','units':'piece',"   \
    "'usage':'inShop','version':1}\n"

/* 2026-09-01T00:00:00Z is 1788220800 seconds after 1970, a day 86400 more. */
static void stock_becomes_readings(void **state)
{
    static const char *const events[] = {
        STOCK("Create", "01T00:00:00Z", DESCRIBED LEVEL("12.00")),
        STOCK("AttributeValueChange", "02T00:00:00Z", LEVEL("9")), /* names nothing else: nothing vanishes */
        STOCK("AttributeValueChange", "03T00:00:00Z", LEVEL("9")), /* says nothing new */
        STOCK("StateChange", "03T12:00:00Z", ",'productStockUsageType':'inShop'"),
        STOCK("AttributeValueChange", "04T00:00:00Z", LEVEL("0")),
    };
    const char *const early[] = { events[0], STOCK("Delete", "05T00:00:00Z", "") };
    const char *const alone[] = { events[1] };
    static const char *const five[] = {
        "{'eventType':'ProductStockCreateEvent','eventTime':'2026-09-01T00:00:00Z','event':{'productStock':{'id':'k',"
        "'@type':'ProductStock','place':{'role':'shop','place':{'id':'S1','name':'one'}},'stockedProduct':{'product':"
        "{'productOffering':{'id':'5G-A'}}},'productStockUsageType':'inShop','productStockStatusType':'reserved',"
        "'productStockLevel':{'amount':3,'unit':'piece'}}}}"
    };

    (void)state;
    expect_rows("one reading for each time at which it was another level",
                rows_of(events, 5, FACT_STOCK_ON_HAND, false),
                READING("01", "1788220800000000", "12") READING("02", "1788307200000000", "9")
                    READING("04", "1788480000000000", "0"));
    expect_rows("what is deleted is none", rows_of(early, 2, FACT_STOCK_ON_HAND, false),
                READING("01", "1788220800000000", "12") "{'booked_at':'2026-09-05T08:00:00+08:00','offering':'5G-A','"
                                                        "place':'S1','place_name':'one','quantity':"
                                                        "'0','reading':'1788566400000000','state':'counted','state_at':"
                                                        "'2026-09-05T08:00:00+08:00','stock':'k',"
                                                        "'units':'piece','usage':'inShop','version':1}\n");
    expect_rows("held until it is told what and where it is", rows_of(alone, 1, FACT_STOCK_ON_HAND, false), "");
    expect_rows("version 5", rows_of(five, 1, FACT_STOCK_ON_HAND, false),
                "{'booked_at':'2026-09-01T08:00:00+08:00','offering':'5G-A','place':'S1','place_name':'one','quantity':"
                "'3','reading':'1788220800000000','state':'counted','state_at':'2026-09-01T08:00:00+08:00','status':"
                "'reserved','stock':'k','units':'piece','usage':'inShop','version':1}\n");
}

#define STATE_EVENT(at, word)                                                                                          \
    "{'eventType':'ProductOrderStateChangeEvent','eventTime':'2026-09-" at "','event':{'id':'A','state':'" word "'}}"
#define ONE_ITEM(state, date) "{'action':'add','booked_at':'" date "','item':'1','order':'A','ordered_at':'2026-09-01'"

static void what_changes_is_a_higher_version(void **state)
{
    static const char *const late[] = { STATE_EVENT("03", "inProgress"), STATE_EVENT("04", "completed"),
                                        ORDER("", "{'id':'1','action':'add'}"), STATE_EVENT("02", "held"),
                                        STATE_EVENT("03", "inProgress") };
    static const char *const taken_out[] = {
        ORDER("", "{'id':'1','action':'add'},{'id':'2','action':'add'}"),
        "{'eventType':'ProductOrderAttributeValueChangeEvent','eventTime':'2026-09-02','event':{'id':'A',"
        "'productOrderItem':[{'id':'1','action':'add'}]}}",
        ORDER("", "{'id':'1','action':'add'},{'id':'2','action':'add'}"), /* late: changes nothing */
    };
    static const char *const patched[] = {
        ORDER("", "{'id':'1','action':'add'}"),
        "{'eventType':'ProductOrderAttributeValueChangeEvent','eventTime':'2026-09-02','event':{'id':'A','category':"
        "'B2C'}}",
        "{'eventType':'ProductOrderAttributeValueChangeEvent','eventTime':'2026-09-01T12:00:00','event':{'id':'A',"
        "'category':'B2B'}}",
    };

    (void)state;
    expect_rows(
        "states before the create; later ones of lower rank change nothing", rows_of(late, 5, FACT_ORDER_LINE, false),
        "{'action':'add','booked_at':'2026-09-01','completed_at':'2026-09-04T00:00:00+08:00','item':'1','order':"
        "'A','ordered_at':'2026-09-01','priced':'no','quantity':'1','state':'completed','state_at':"
        "'2026-09-04T00:00:00+08:00','version':1}\n");
    expect_rows("an item that is left out is taken back", rows_of(taken_out, 3, FACT_ORDER_LINE, false),
                ONE_ITEM("", "2026-09-01") ",'priced':'no','quantity':'1','state':'placed'," TIMES ",'version':1}\n"
                                           "{'action':'add','booked_at':'2026-09-01','item':'2','order':'A','ordered_"
                                           "at':'2026-09-01','priced':'no'"
                                           ",'quantity':'1','state':'placed'," TIMES ",'version':1}\n"
                                           "{'action':'add','booked_at':'2026-09-01','item':'2','order':'A','ordered_"
                                           "at':'2026-09-01','priced':'no'"
                                           ",'quantity':'1','state':'cancelled'," TIMES ",'version':1}\n");
    expect_rows("an attribute alone; an older one comes late", rows_of(patched, 3, FACT_ORDER_LINE, false),
                ONE_ITEM("", "2026-09-01") ",'priced':'no','quantity':'1','state':'placed'," TIMES ",'version':1}\n"
                                           "{'action':'add','booked_at':'2026-09-01','category':'B2C','item':'1','"
                                           "order':'A','ordered_at':"
                                           "'2026-09-01','priced':'no','quantity':'1','state':'placed'," TIMES
                                           ",'version':2}\n");
}

static int set_up(void **state)
{
    struct err err;

    (void)state;
    arena_init(&arena);
    return zone_parse("+08:00", &zone, &err);
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
        cmocka_unit_test(envelopes_are_read_whatever_their_form),
        cmocka_unit_test(types_that_nobody_knows_are_read_by_what_they_carry),
        cmocka_unit_test(times_are_read_whatever_their_name),
        cmocka_unit_test(what_is_no_event_is_refused),
        cmocka_unit_test(numbers_keep_their_digits),
        cmocka_unit_test(exponents_are_written_out),
        cmocka_unit_test(xml_is_refused_as_such),
        cmocka_unit_test(states_have_our_words),
        cmocka_unit_test(orders_become_rows),
        cmocka_unit_test(bills_payments_and_leads_become_rows),
        cmocka_unit_test(stock_becomes_readings),
        cmocka_unit_test(what_changes_is_a_higher_version),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
