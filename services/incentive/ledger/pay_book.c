/* pay_book: see pay_book.h. */
#include "incentive/ledger/pay_book.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct pay_book_key pay_book_key(struct pay_book *book, const char *sender, const char *record)
{
    struct pay_book_key key = { (uint32_t)book->keys.len, hash_record(sender, record, strlen(record)) };

    buf_append_text(&book->keys, sender);
    buf_put_u8(&book->keys, '|');
    buf_append(&book->keys, record, strlen(record) + 1);
    return key;
}

void pay_book_add(struct pay_book *book, const struct pay_book_key *key, const struct pay_credit_item *item)
{
    if (book->count == book->cap) {
        book->cap = book->cap ? book->cap + book->cap / 2 : 1024;
        book->items = realloc(book->items, book->cap * sizeof *book->items);
        if (!book->items)
            abort();
    }
    book->items[book->count] = *item;
    book->items[book->count].key = key->at;
    book->items[book->count++].hash = key->hash;
}

void pay_book_settle(struct pay_book *book, uint32_t slot_count)
{
    uint64_t *next = calloc((size_t)slot_count + 1, sizeof *next);

    book->slot_count = slot_count;
    book->first = calloc((size_t)slot_count + 1, sizeof *book->first);
    book->order = malloc((book->count + 1) * sizeof *book->order);
    if (!next || !book->first || !book->order)
        abort();
    for (size_t i = 0; i < book->count; i++)
        book->first[book->items[i].slot + 1]++;
    for (uint32_t s = 0; s < slot_count; s++)
        book->first[s + 1] += book->first[s];
    memcpy(next, book->first, ((size_t)slot_count + 1) * sizeof *next);
    for (size_t i = 0; i < book->count; i++)
        book->order[next[book->items[i].slot]++] = (uint32_t)i;
    free(next);
}

static const char *key_text(const struct pay_book *book, const struct pay_credit_item *item)
{
    return (const char *)book->keys.data + item->key;
}

struct sorted {
    const struct pay_credit_item *item;
    const char *key;
};

static int by_key(const void *pa, const void *pb)
{
    const struct sorted *a = pa, *b = pb;

    if (a->item->hash != b->item->hash)
        return a->item->hash < b->item->hash ? -1 : 1;
    return strcmp(a->key, b->key);
}

/* One record's credits, netted. False: nothing is left of it. */
static bool net(const struct sorted *parts, size_t count, uint32_t late_days, struct payplan_line *line)
{
    int version_in = -1, version_late = -1;
    int32_t day_late = 0, known = INT32_MAX;

    *line = (struct payplan_line) { .id = parts[0].key };
    for (size_t i = 0; i < count; i++) {
        const struct pay_credit_item *item = parts[i].item;

        if (!item->late) {
            line->amount += item->value;
            if (item->version > version_in) {
                version_in = item->version;
                line->day = item->day;
            }
            continue;
        }
        line->late += item->value;
        known = item->counts_day < known ? item->counts_day : known;
        if (item->version > version_late) {
            version_late = item->version;
            day_late = item->day;
        }
    }
    if (version_in < 0)
        line->day = day_late;
    if (late_days && line->late < 0 && known - line->day > (int32_t)late_days)
        line->late = 0;
    return line->amount != 0 || line->late != 0;
}

void pay_book_lines(const struct pay_book *book, uint32_t slot, uint16_t component, uint32_t late_days,
                    struct arena *arena, struct payplan_line **lines, size_t *count)
{
    uint64_t from = book->first[slot], until = book->first[slot + 1];
    struct sorted *parts = arena_array(arena, struct sorted, until - from + 1);
    size_t n = 0;

    *count = 0;
    for (uint64_t i = from; i < until; i++) {
        const struct pay_credit_item *item = &book->items[book->order[i]];

        if (item->component == component)
            parts[n++] = (struct sorted) { item, key_text(book, item) };
    }
    *lines = arena_array(arena, struct payplan_line, n + 1);
    if (n > 1)
        qsort(parts, n, sizeof *parts, by_key);
    for (size_t i = 0, next; i < n; i = next) {
        next = i + 1;
        while (next < n && by_key(&parts[i], &parts[next]) == 0)
            next++;
        *count += net(parts + i, next - i, late_days, *lines + *count);
    }
}

void pay_book_fini(struct pay_book *book)
{
    free(book->items);
    free(book->order);
    free(book->first);
    buf_fini(&book->keys);
    *book = (struct pay_book) { 0 };
}
