/* entry_check: see entry_check.h. */
#include "incentive/crediting/entry_check.h"

#include "incentive/crediting/booking.h"
#include "incentive/crediting/recredit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checking {
    struct incentive *state;
    struct tx *tx;
    struct credit_world world;
    struct entry_excluded *excluded;
    entry_differ_fn *differ;
    void *arg;
    struct credit_entries differences; /* of one row */
    struct record_name *joined;        /* records with something that waits or was released; owned */
    size_t joined_count, joined_cap;
};

static void differs(const struct checking *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differs(const struct checking *c, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->differ(c->arg, text);
}

/* One record often has several rows, one behind the other. */
static void add_joined(struct checking *c, const char *sender, size_t sender_len, const char *key, size_t key_len)
{
    const struct record_name *last = c->joined_count ? &c->joined[c->joined_count - 1] : NULL;
    struct arena *arena = tx_arena(c->tx);

    if (last && strlen(last->key) == key_len && memcmp(last->key, key, key_len) == 0 &&
        strlen(last->sender) == sender_len && memcmp(last->sender, sender, sender_len) == 0)
        return;
    if (!c->joined || c->joined_count == c->joined_cap) {
        c->joined_cap = c->joined_cap ? c->joined_cap * 2 : 256;
        c->joined = realloc(c->joined, c->joined_cap * sizeof *c->joined);
        if (!c->joined)
            abort();
    }
    c->joined[c->joined_count++] = (struct record_name) { arena_strndup(arena, sender, sender_len),
                                                          arena_strndup(arena, key, key_len) };
}

static void add_excluded(struct entry_excluded *excluded, const struct credit_entry *entry)
{
    if (entry->kind == ENTRY_EXCLUDED && entry->unit_id < excluded->units && entry->measure < excluded->measures)
        excluded->values[(size_t)entry->unit_id * excluded->measures + entry->measure] -= entry->value;
}

/* Shares come to what was given, whoever made them. */
static void check_partition(struct checking *c, const struct recorded_row *row, const struct stored_entry *entries,
                            size_t count)
{
    int64_t left = 0;

    for (size_t i = 0; i < count; i++) {
        const struct credit_entry *entry = &entries[i].entry;

        if (entry->kind == ENTRY_GIVEN || entry->kind == ENTRY_SHARE)
            left += entry->value; /* of different measures too: each comes to nothing */
        add_excluded(c->excluded, entry);
        if (assign_is_awaiting(entry->reason))
            add_joined(c, row->sender, row->sender_len, row->record_key, row->key_len);
    }
    if (left)
        differs(c, "shares of record %.*s come to %" PRId64 " more than was given", (int)row->key_len, row->record_key,
                left);
}

static int check_entries(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                         const struct stored_entry *entries, size_t count, struct err *err)
{
    struct checking *c = arg;

    check_partition(c, row, entries, count);
    if (recredit_under_way(c->state))
        return 0;
    /* a closed day keeps its entries, whatever the tree says by now */
    for (size_t i = 0; i < c->state->closed_count; i++)
        if (row->fact.counts_day >= c->state->closed[i].from_day &&
            row->fact.counts_day < c->state->closed[i].until_day)
            return 0;
    c->differences.count = 0;
    if (booking_compare(&c->world, row, pairs, pairs_len, entries, count, &c->differences, err) != 0)
        return -1;
    if (c->differences.count)
        differs(c, "entries of record %.*s: the rules say otherwise, first by %" PRId64 " at unit %u",
                (int)row->key_len, row->record_key, c->differences.list[0].value, c->differences.list[0].unit_id);
    return 0;
}

static int take_released(void *arg, const struct record_name *name, const struct credit_entry *entry, struct err *err)
{
    struct checking *c = arg;

    (void)err;
    add_excluded(c->excluded, entry);
    add_joined(c, name->sender, strlen(name->sender), name->key, strlen(name->key));
    return 0;
}

static void joined_differs(void *arg, const struct record_name *name, const struct release *release)
{
    const struct checking *c = arg;

    differs(c, "record %s: what came in for it releases otherwise, first by %" PRId64 " at unit %u for %s", name->key,
            release->entry.value, release->entry.unit_id, release->receipt);
}

/* What receipts released, record by record, unless some are still to be joined. */
static int check_joined(struct checking *c, uint32_t bucket, int32_t from, int32_t until, struct err *err)
{
    struct incentive *state = c->state;

    if (receipt_store_each_released(c->tx, bucket, from, until, take_released, c, err) != 0)
        return -1;
    if (recredit_under_way(state) || joins_under_way(&state->joins))
        return 0;
    return joins_check(state, c->tx, c->joined, c->joined_count, joined_differs, c, err);
}

int entry_check(struct incentive *state, struct tx *tx, uint32_t bucket, int32_t from_day, int32_t until_day,
                struct entry_excluded *excluded, entry_differ_fn *differ, void *arg, struct err *err)
{
    struct checking c = { .state = state,
                          .tx = tx,
                          .world = crediting_world(&state->crediting, state->refdata),
                          .excluded = excluded,
                          .differ = differ,
                          .arg = arg };
    int rc = entry_store_each_recorded(tx, bucket, from_day, until_day, check_entries, &c, err);

    if (rc == 0)
        rc = check_joined(&c, bucket, from_day, until_day, err);
    entries_fini(&c.differences);
    free(c.joined);
    return rc;
}
