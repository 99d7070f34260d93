/* replace: see replace.h. */
#include "feedback/facts/replace.h"

#include "feedback/facts/fact_store.h"
#include "feedback/facts/recording.h"
#include "feedback/facts/replace_store.h"
#include "feedback/state.h"

#include "base/hash.h"

#include <string.h>

struct replacing {
    struct tx *tx;
    const struct mapping *mapping;
    uint64_t file_id; /* the day's highest */
    int32_t version;
    struct order_line *lines;
    size_t count;
};

/* The record's latest row, emptied. */
static void add_empty(struct replacing *r, const struct order_line *latest)
{
    struct order_line *line = &r->lines[r->count++];

    *line = *latest;
    line->record_hash = hash_record(r->mapping->sender, line->key, line->key_len);
    line->version = r->version;
    line->state = 0;
    line->quantity = line->amount = line->content_hash = 0;
    line->sum_count = 0;
    line->photos_len = 0;
    line->feed_id = r->mapping->feed_id;
    line->file_id = r->file_id;
    line->row = 0;
    line->contributions = (struct contributions) { NULL, NULL, 0 };
}

/* `found`: rows of several records in the order of key, operation, version. */
static void add_bucket(struct replacing *r, const struct order_line *found, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || strcmp(found[i + 1].key, found[i].key) != 0 ||
                    found[i + 1].operation != OPERATION_RECORD;

        if (found[i].operation == OPERATION_RECORD && last)
            add_empty(r, &found[i]);
    }
}

static int collect(struct replacing *r, const struct replace_key *keys, size_t count, struct err *err)
{
    const char **texts = arena_array(tx_arena(r->tx), const char *, count + 1);

    r->lines = arena_array(tx_arena(r->tx), struct order_line, count + 1);
    for (size_t from = 0, to; from < count; from = to) {
        struct order_line *found;
        size_t found_count;

        for (to = from; to < count && keys[to].bucket == keys[from].bucket; to++)
            texts[to - from] = keys[to].key;
        if (fact_store_find(r->tx, keys[from].bucket, r->mapping->sender_id, texts, to - from, &found, &found_count,
                            err) != 0)
            return -1;
        add_bucket(r, found, found_count);
    }
    return 0;
}

/* Can't be: the version is higher than all that is known of the record. */
static int on_conflict(void *arg, const struct order_line *line, const char *differs, struct err *err)
{
    (void)arg;
    (void)differs;
    return err_set(err, "record \"%s\" can't be taken back: version %d is known", line->key, line->version);
}

static int take_back(struct replacing *r, struct err *err)
{
    struct record_order order = recording_order(r->lines, r->count, tx_arena(r->tx));
    struct record_counts counts = { 0 };
    const struct snapshot *snapshot;

    if (state_snapshot(r->tx, &snapshot, err) != 0)
        return -1;
    return recording_apply(r->tx, snapshot, &order, &counts, on_conflict, NULL, err);
}

int replace_settle(struct tx *tx, const struct mapping *mapping, struct file_row *row, struct err *err)
{
    struct replacing r = { .tx = tx, .mapping = mapping };
    struct replace_key *keys;
    size_t count;
    int64_t number;

    if (replace_store_highest(tx, row->id, &r.file_id, &number, err) != 0)
        return -1;
    if (!r.file_id)
        return 0;
    r.version = order_version((int32_t)number, 0);
    if (replace_store_left_out(tx, r.file_id, mapping->sender_id, r.version, &keys, &count, err) != 0 ||
        collect(&r, keys, count, err) != 0)
        return -1;
    if (r.count && take_back(&r, err) != 0)
        return -1;
    if (r.file_id != row->id)
        row->state = "superseded";
    return replace_store_supersede(tx, r.file_id, err);
}
