/* compare: see compare.h. */
#include "feedback/control/compare.h"

#include "feedback/control/compare_store.h"
#include "feedback/state.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_MAX     92
#define PAGE_DEFAULT 100
#define PAGE_MAX     500
#define FIELDS_MAX   10

static void read_day(struct tx *tx, const char *text, const char *pointer, int32_t fallback, int32_t *out)
{
    struct err err;

    *out = fallback;
    if (*text && date_parse(text, strlen(text), out, &err) != 0)
        tx_problem(tx, pointer, err.code, "%s", err.text);
}

static const struct mapping *find(struct tx *tx, const struct snapshot *snapshot, const char *code, const char *pointer)
{
    const struct mapping *mapping = snapshot_feed(snapshot, code);

    if (!mapping)
        tx_problem(tx, pointer, "unknown_feed", "there is no feed \"%s\"", code);
    return mapping;
}

static bool both_bring(const struct mapping *feed, const struct mapping *with, enum fact_field field)
{
    return feed->fields[field].mapped && with->fields[field].mapped;
}

static int read_request(struct tx *tx, const struct snapshot *snapshot, const Bihuan__CompareFeedsRequest *request,
                        struct compare_range *out, struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    const struct mapping *feed = find(tx, snapshot, request->feed, "/feed");
    const struct mapping *with = find(tx, snapshot, request->with, "/with");

    read_day(tx, request->until, "/until", today + 1, &out->until);
    read_day(tx, request->from, "/from", date_month_first(out->until - 1), &out->from);
    if (out->until <= out->from || out->until - out->from > DAYS_MAX)
        tx_problem(tx, "/until", "out_of_range", "until lies 1 to %d days behind from", DAYS_MAX);
    if (feed && with && feed->kind != with->kind)
        tx_problem(tx, "/with", "other_facts", "\"%s\" brings %s, \"%s\" %s", request->feed, feed->feed->fact,
                   request->with, with->feed->fact);
    else if (feed && with && feed->sender_id == with->sender_id)
        tx_problem(tx, "/with", "same_sender", "both are of sender \"%s\": their records are one", feed->feed->sender);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    out->sellers = both_bring(feed, with, FIELD_SELLER);
    out->channels = both_bring(feed, with, FIELD_CHANNEL);
    out->customers = both_bring(feed, with, FIELD_CUSTOMER);
    out->sender = feed->sender_id;
    out->with = with->sender_id;
    return 0;
}

/* Ids to codes. */
static void name_side(const struct snapshot *snapshot, Bihuan__FeedSide *side)
{
    const struct ref_unit *unit = reference_unit(snapshot->reference, (uint32_t)atol(side->unit));
    const struct ref_product *product = reference_product(snapshot->reference, (uint32_t)atol(side->product));
    const struct ref_unit *seller = reference_unit(snapshot->reference, (uint32_t)atol(side->seller));
    const struct ref_channel *channel = reference_channel(snapshot->reference, (uint32_t)atol(side->channel));

    side->unit = (char *)(uintptr_t)(unit ? unit->code : "");
    side->product = (char *)(uintptr_t)(product ? product->code : "");
    side->seller = (char *)(uintptr_t)(seller ? seller->code : "");
    side->channel = (char *)(uintptr_t)(channel ? channel->code : "");
}

static void name_fields(struct tx *tx, const struct compare_range *range, Bihuan__FeedDifference *item)
{
    const Bihuan__FeedSide *a = item->feed, *b = item->with;
    const struct {
        const char *name;
        bool differs;
    } fields[FIELDS_MAX] = {
        { "day", strcmp(a->day, b->day) != 0 },
        { "unit", strcmp(a->unit, b->unit) != 0 },
        { "product", strcmp(a->product, b->product) != 0 },
        { "quantity", a->quantity != b->quantity },
        { "amount", a->amount != b->amount },
        { "cancelled", a->cancelled != b->cancelled },
        { "state", strcmp(a->state, b->state) != 0 },
        { "seller", range->sellers && strcmp(a->seller, b->seller) != 0 },
        { "channel", range->channels && strcmp(a->channel, b->channel) != 0 },
        { "customer", range->customers && strcmp(a->customer, b->customer) != 0 },
    };

    item->fields = arena_array(tx_arena(tx), char *, FIELDS_MAX);
    for (int i = 0; i < FIELDS_MAX; i++)
        if (fields[i].differs)
            item->fields[item->n_fields++] = (char *)(uintptr_t)fields[i].name;
}

static void finish_item(struct tx *tx, const struct snapshot *snapshot, const struct compare_range *range,
                        Bihuan__FeedDifference *item)
{
    item->scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    if (item->feed)
        name_side(snapshot, item->feed);
    if (item->with)
        name_side(snapshot, item->with);
    item->what = (char *)(uintptr_t)(!item->with ? "only_feed" : !item->feed ? "only_with" : "differs");
    if (item->feed && item->with)
        name_fields(tx, range, item);
}

static uint32_t limit_of(const Bihuan__Page *page)
{
    if (!page || !page->limit)
        return PAGE_DEFAULT;
    return page->limit < PAGE_MAX ? page->limit : PAGE_MAX;
}

int on_compare_feeds(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CompareFeedsRequest *request = message;
    Bihuan__CompareFeedsReply reply = BIHUAN__COMPARE_FEEDS_REPLY__INIT;
    struct feedback *feedback = tx_state(tx);
    struct snapshot *snapshot = state_shown(feedback);
    uint32_t limit = limit_of(request->page);
    struct compare_range range;
    int rc = -1;

    if (!snapshot)
        return err_fail(err, ERR_UNAVAILABLE, "not_loaded", "feedback isn't loaded yet; try again");
    if (read_request(tx, snapshot, request, &range, err) == 0 && compare_store_sums(tx, &range, &reply, err) == 0)
        rc = compare_store_list(tx, &range, request->page ? request->page->cursor : "", limit + 1, &reply.items,
                                &reply.n_items, err);
    for (size_t i = 0; rc == 0 && i < reply.n_items; i++)
        finish_item(tx, snapshot, &range, reply.items[i]);
    if (rc == 0 && reply.n_items > limit) {
        reply.n_items = limit;
        reply.next = reply.items[limit - 1]->key;
    }
    reply.scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    if (rc == 0)
        rc = tx_reply(tx, &reply.base, err);
    snapshot_drop(&snapshot);
    return rc;
}
