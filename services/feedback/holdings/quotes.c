/* quotes: see quotes.h. */
#include "feedback/holdings/quotes.h"

#include "feedback/files/file_store.h"

#include "bihuan/feedback.pb-c.h"

#define A_MESSAGE 256

/* One message that is being filled. */
struct quotes {
    struct tx *tx;
    const struct snapshot *snapshot;
    int32_t today;
    uint16_t bucket;
    const char *sender;
    uint64_t file_id; /* the one last asked for, and its name */
    char *file;
    size_t count;
    char *key[A_MESSAGE], *customer[A_MESSAGE], *state[A_MESSAGE], *files[A_MESSAGE];
    uint32_t unit[A_MESSAGE], seller[A_MESSAGE], product[A_MESSAGE];
    int64_t amount[A_MESSAGE], quantity[A_MESSAGE], occurred_at[A_MESSAGE];
    int32_t day[A_MESSAGE];
    uint64_t row[A_MESSAGE];
};

bool quotes_follow(int16_t sender)
{
    return fact_kind_of_sender(sender) == FACT_QUOTE;
}

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)(text ? text : "");
}

/* Rows of one file lie beside each other. */
static int name_file(struct quotes *q, uint64_t id, struct err *err)
{
    struct file_row file;
    bool found;

    if (id == q->file_id && q->file)
        return 0;
    if (file_store_get(q->tx, id, &found, &file, err) != 0)
        return -1;
    q->file_id = id;
    q->file = borrow(found ? file.name : "");
    return 0;
}

static int flush(struct quotes *q, struct err *err)
{
    Bihuan__QuotesRecorded message = BIHUAN__QUOTES_RECORDED__INIT;

    if (!q->count)
        return 0;
    message.sender = borrow(q->sender);
    message.n_record_key = message.n_unit_id = message.n_seller_id = message.n_product_id = message.n_customer =
        message.n_amount = message.n_quantity = message.n_occurred_at = message.n_day = message.n_state =
            message.n_file = message.n_row = q->count;
    message.record_key = q->key;
    message.unit_id = q->unit;
    message.seller_id = q->seller;
    message.product_id = q->product;
    message.customer = q->customer;
    message.amount = q->amount;
    message.quantity = q->quantity;
    message.occurred_at = q->occurred_at;
    message.day = q->day;
    message.state = q->state;
    message.file = q->files;
    message.row = q->row;
    q->count = 0;
    return tx_publish(q->tx, q->bucket, MSG(QUOTES_RECORDED), q->sender, &message.base, err);
}

static int add(struct quotes *q, const struct live_record *record, struct err *err)
{
    const struct order_line *line = record->live ? record->live : record->row;
    uint8_t state = record->live ? line->state : FACT_STATE_CANCELLED;
    size_t at = q->count;

    if (name_file(q, line->file_id, err) != 0)
        return -1;
    q->key[at] = borrow(line->key);
    q->unit[at] = line->site;
    q->seller[at] = reference_holder(q->snapshot->reference, line->seller, q->today);
    q->product[at] = line->product;
    q->customer[at] = borrow(line->customer);
    q->amount[at] = line->amount;
    q->quantity[at] = line->quantity;
    q->occurred_at[at] = line->occurred_at;
    q->day[at] = line->day;
    q->state[at] = borrow(fact_state_name(FACT_QUOTE, state));
    q->files[at] = q->file;
    q->row[at] = line->row;
    q->count++;
    return q->count == A_MESSAGE ? flush(q, err) : 0;
}

int quotes_announce(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                    struct err *err)
{
    struct quotes *q = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct order_line *row = records[i].row;

        if (!quotes_follow(row->sender))
            continue;
        if (!q) {
            q = arena_new(tx_arena(tx), struct quotes);
            q->tx = tx;
            q->snapshot = snapshot;
            q->today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
            q->sender = snapshot_sender_name(snapshot, row->sender);
        }
        if (row->bucket != q->bucket && flush(q, err) != 0)
            return -1;
        q->bucket = row->bucket;
        if (add(q, &records[i], err) != 0)
            return -1;
    }
    return q ? flush(q, err) : 0;
}
