/* pay_book: see pay_book.h. */
#include "incentive/ledger/pay_book.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Half as much again; a big block is moved by the kernel's tables, not copied. */
static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    *cap = *cap ? *cap + *cap / 2 : 1024;
    array = realloc(array, *cap * size);
    if (!array)
        abort();
    return array;
}

uint32_t pay_book_add_row(struct pay_book *book, const char *sender, const char *record, const struct pay_book_row *row)
{
    size_t len = strlen(record);
    struct pay_book_row *added;

    book->rows = grow(book->rows, book->row_count, &book->row_cap, sizeof *book->rows);
    added = &book->rows[book->row_count];
    *added = *row;
    added->key = (uint32_t)book->keys.len;
    added->hash = hash_record(sender, record, len);
    buf_append_text(&book->keys, sender);
    buf_put_u8(&book->keys, '|');
    buf_append(&book->keys, record, len + 1);
    return (uint32_t)book->row_count++;
}

void pay_book_give(struct pay_book *book, uint32_t row, uint32_t target, int64_t value)
{
    book->items = grow(book->items, book->count, &book->cap, sizeof *book->items);
    book->items[book->count++] = (struct pay_book_item) { value, row, target };
}

size_t pay_book_size(const struct pay_book *book)
{
    return book->count * (sizeof *book->items + sizeof *book->order) + book->row_count * sizeof *book->rows +
           book->keys.len;
}

/* Items stand in the order of their rows, so what stays can be moved down in one go. */
void pay_book_cut(struct pay_book *book, uint32_t target)
{
    size_t items = 0, rows = 0, keys = 0;
    uint32_t last = UINT32_MAX;

    for (size_t i = 0; i < book->count; i++) {
        struct pay_book_item item = book->items[i];

        if (item.target >= target)
            continue;
        if (item.row != last) {
            const char *text = (const char *)book->keys.data + book->rows[item.row].key;
            size_t len = strlen(text) + 1;

            last = item.row;
            book->rows[rows] = book->rows[item.row];
            memmove(book->keys.data + keys, text, len);
            book->rows[rows++].key = (uint32_t)keys;
            keys += len;
        }
        item.row = (uint32_t)rows - 1;
        book->items[items++] = item;
    }
    book->count = items;
    book->row_count = rows;
    book->keys.len = keys;
}

void pay_book_clear(struct pay_book *book)
{
    pay_book_cut(book, 0);
    free(book->order);
    free(book->first);
    book->order = book->first = NULL;
}

void pay_book_settle(struct pay_book *book, uint32_t target_count)
{
    uint32_t *first = calloc((size_t)target_count + 2, sizeof *first);

    book->order = malloc((book->count + 1) * sizeof *book->order);
    if (!first || !book->order)
        abort();
    /* while they are put in, first[t + 1] is where the next of t goes: its end when all are, which is where t + 1
     * begins
     */
    for (size_t i = 0; i < book->count; i++)
        first[book->items[i].target + 2]++;
    for (uint32_t t = 2; t <= target_count + 1; t++)
        first[t] += first[t - 1];
    for (size_t i = 0; i < book->count; i++)
        book->order[first[book->items[i].target + 1]++] = (uint32_t)i;
    book->first = first;
}

static const char *key_text(const struct pay_book *book, const struct pay_book_row *row)
{
    return (const char *)book->keys.data + row->key;
}

/* --- netting ---------------------------------------------------------------------------------------------------------
 */

/* A record on its way to a line. */
struct netting {
    const struct pay_book_row *row; /* its first */
    int64_t amount, late;
    int32_t day_in, day_late, known;
    int version_in, version_late;
};

static void add_item(struct netting *net, const struct pay_book_row *row, int64_t value)
{
    if (!row->late) {
        net->amount += value;
        if (row->version > net->version_in) {
            net->version_in = row->version;
            net->day_in = row->day;
        }
        return;
    }
    net->late += value;
    net->known = row->counts_day < net->known ? row->counts_day : net->known;
    if (row->version > net->version_late) {
        net->version_late = row->version;
        net->day_late = row->day;
    }
}

/* False: nothing is left of it. */
static bool make_line(const struct pay_book *book, const struct netting *net, uint32_t late_days,
                      struct payplan_line *line)
{
    *line = (struct payplan_line) { .id = key_text(book, net->row),
                                    .day = net->version_in < 0 ? net->day_late : net->day_in,
                                    .amount = net->amount,
                                    .late = net->late };
    if (late_days && line->late < 0 && net->known - line->day > (int32_t)late_days)
        line->late = 0;
    return line->amount != 0 || line->late != 0;
}

/* Records of one target, found again by their hash: open addressing, at most half full. */
struct found {
    struct netting *nets;
    uint32_t count, mask;
    uint32_t *slots; /* index into nets, 1 more; 0 free */
};

static struct netting *net_of(const struct pay_book *book, struct found *found, const struct pay_book_row *row)
{
    uint32_t at = (uint32_t)row->hash & found->mask;

    for (; found->slots[at]; at = (at + 1) & found->mask) {
        struct netting *net = &found->nets[found->slots[at] - 1];

        if (net->row->hash == row->hash && strcmp(key_text(book, net->row), key_text(book, row)) == 0)
            return net;
    }
    found->nets[found->count] =
        (struct netting) { .row = row, .known = INT32_MAX, .version_in = -1, .version_late = -1 };
    found->slots[at] = ++found->count;
    return &found->nets[found->count - 1];
}

void pay_book_lines(const struct pay_book *book, uint32_t target, uint32_t late_days, struct arena *arena,
                    struct payplan_line **lines, size_t *count)
{
    uint32_t from = book->first[target], until = book->first[target + 1], n = until - from, size = 4;
    struct found found = { .nets = arena_array(arena, struct netting, n + 1) };

    while (size < 2 * (uint64_t)n)
        size *= 2;
    found.mask = size - 1;
    found.slots = arena_array(arena, uint32_t, size);
    for (uint32_t i = from; i < until; i++) {
        const struct pay_book_item *item = &book->items[book->order[i]];
        const struct pay_book_row *row = &book->rows[item->row];

        add_item(net_of(book, &found, row), row, item->value);
    }
    *count = 0;
    *lines = arena_array(arena, struct payplan_line, found.count + 1);
    for (uint32_t i = 0; i < found.count; i++)
        *count += make_line(book, &found.nets[i], late_days, *lines + *count);
}

void pay_book_fini(struct pay_book *book)
{
    free(book->rows);
    free(book->items);
    free(book->order);
    free(book->first);
    buf_fini(&book->keys);
    *book = (struct pay_book) { 0 };
}
