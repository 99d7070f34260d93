/* receipt_list: what came in for records, and what of it releases nothing, and why. See join_requests.h. */
#include "incentive/joins/join_requests.h"

#include "incentive/joins/release.h"

#include "refdata/documents.h"
#include "text/dates.h"

#include <string.h>

struct listing {
    struct tx *tx;
    const Bihuan__ListReceiptsRequest *request;
    Bihuan__ListReceiptsReply *reply;
    size_t cap;
};

/* What of a record is to come in, by the rules of its contributions that wait: one for each way of earning. */
struct dues {
    int64_t due[EARNS_CASH + 1];
};

static void find_dues(const struct joined_entry *entries, size_t count, struct dues *out)
{
    *out = (struct dues) { { 0 } };
    for (size_t i = 0; i < count; i++) {
        const struct joined_entry *at = &entries[i];

        /* of a record that was changed the newest row that wasn't taken back says what is due */
        for (int earns = EARNS_ACTIVATION; !at->receipt[0] && !at->row.taken_back && earns <= EARNS_CASH; earns++)
            if (at->stored.entry.value && strcmp(at->stored.entry.reason, assign_awaits((enum rule_earns)earns)) == 0)
                out->due[earns] = earns == EARNS_ACTIVATION ? at->row.fact.quantity : at->row.fact.amount;
    }
}

static const char *why(const struct receipt *receipt, int64_t due, int64_t excess)
{
    if (!excess)
        return "";
    if (!due)
        return "waits";
    return (receipt->amount < 0) == (due < 0) ? "overpaid" : "repaid";
}

static void tell(struct listing *l, const struct record_name *name, const struct receipt *receipt, int64_t due,
                 int64_t excess)
{
    struct arena *arena = tx_arena(l->tx);
    const char *reason = why(receipt, due, excess);
    Bihuan__ListReceiptsReply *reply = l->reply;
    char day[DATE_TEXT_MAX];
    Bihuan__Receipt *out;

    if (l->request->reason[0] && strcmp(l->request->reason, reason) != 0)
        return;
    if (reply->n_items == l->cap) {
        Bihuan__Receipt **old = reply->items;

        l->cap = l->cap ? l->cap * 2 : 64;
        reply->items = arena_array(arena, Bihuan__Receipt *, l->cap);
        for (size_t i = 0; i < reply->n_items; i++)
            reply->items[i] = old[i];
    }
    out = reply->items[reply->n_items++] = arena_new(arena, Bihuan__Receipt);
    bihuan__receipt__init(out);
    date_print(day, receipt->day);
    out->kind = (char *)(uintptr_t)fact_kind_info((enum fact_kind)receipt->kind)->word;
    out->sender = (char *)(uintptr_t)receipt->sender;
    out->record_key = (char *)(uintptr_t)receipt->key;
    out->day = arena_strdup(arena, day);
    out->of_sender = (char *)(uintptr_t)name->sender;
    out->of_key = (char *)(uintptr_t)name->key;
    out->amount = receipt->amount;
    out->excess = excess;
    out->applied = receipt->amount - excess;
    out->scale = receipt->kind == FACT_ACTIVATION ? 0 : (uint32_t)runtime_money_scale(tx_runtime(l->tx));
    out->reason = (char *)(uintptr_t)reason;
}

/* All that came in for one record. */
static int tell_record(struct listing *l, const struct record_name *name, struct receipt *receipts, size_t count,
                       const struct dues *dues, struct err *err)
{
    count = receipts_net(receipts, count);
    for (int earns = EARNS_ACTIVATION; earns <= EARNS_CASH; earns++) {
        struct receipt *mine = arena_array(tx_arena(l->tx), struct receipt, count + 1);
        struct receipt_part *parts = arena_array(tx_arena(l->tx), struct receipt_part, count + 1);
        size_t own = 0;

        for (size_t i = 0; i < count; i++)
            if (receipts[i].kind == release_kind((enum rule_earns)earns))
                mine[own++] = receipts[i];
        if (dues->due[earns] && receipts_apply(mine, own, dues->due[earns], parts, err) != 0)
            return -1;
        for (size_t i = 0; i < own; i++)
            tell(l, name, &mine[i], dues->due[earns], dues->due[earns] ? parts[i].excess : mine[i].amount);
    }
    return 0;
}

static int tell_records(struct listing *l, const struct record_name *names, size_t count, struct err *err)
{
    struct joined_entry *entries;
    struct record_receipt *receipts;
    size_t entry_count, receipt_count, entry_at = 0, receipt_at = 0;

    if (receipt_store_entries(l->tx, names, count, &entries, &entry_count, err) != 0 ||
        receipt_store_receipts(l->tx, names, count, &receipts, &receipt_count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        size_t first = entry_at, first_receipt = receipt_at;
        struct receipt *own;
        struct dues dues;

        while (entry_at < entry_count && entries[entry_at].record == i)
            entry_at++;
        while (receipt_at < receipt_count && receipts[receipt_at].record == i)
            receipt_at++;
        own = arena_array(tx_arena(l->tx), struct receipt, receipt_at - first_receipt + 1);
        for (size_t r = first_receipt; r < receipt_at; r++)
            own[r - first_receipt] = receipts[r].receipt;
        find_dues(entries + first, entry_at - first, &dues);
        if (tell_record(l, &names[i], own, receipt_at - first_receipt, &dues, err) != 0)
            return -1;
    }
    return 0;
}

/* A cursor is "sender key"; no sender has a blank. */
static void read_cursor(struct tx *tx, const Bihuan__Page *page, struct record_name *after)
{
    char *cursor = arena_strdup(tx_arena(tx), page ? page->cursor : ""), *blank = strchr(cursor, ' ');

    if (blank)
        *blank = 0;
    *after = (struct record_name) { cursor, blank ? blank + 1 : "" };
}

int receipts_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListReceiptsRequest *request = message;
    Bihuan__ListReceiptsReply reply = BIHUAN__LIST_RECEIPTS_REPLY__INIT;
    struct listing l = { .tx = tx, .request = request, .reply = &reply };
    struct record_name one = { request->sender, request->record_key }, after, *names = &one;
    uint32_t limit = page_limit(request->page);
    size_t count = 1;

    read_cursor(tx, request->page, &after);
    if (!request->record_key[0] && receipt_store_names(tx, &after, limit + 1, &names, &count, err) != 0)
        return -1;
    if (limit && count > limit) {
        count = limit;
        reply.next = arena_printf(tx_arena(tx), "%s %s", names[count - 1].sender, names[count - 1].key);
    }
    return tell_records(&l, names, count, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
