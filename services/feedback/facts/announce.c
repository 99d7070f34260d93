/* announce: see announce.h. */
#include "feedback/facts/announce.h"

#include "refdata/fact_rows.h"

#include "bihuan/feedback.pb-c.h"

#include <string.h>

/* Texts of the rows one behind the other, so that a reader needs no memory for each. */
struct texts {
    char *bytes;
    size_t len, cap;
    uint32_t lens[ANNOUNCE_ROWS];
};

#define FEEDS_MAX 255 /* of a batch: the place of one more has no byte */
#define FEED_NONE 255

struct announce {
    struct tx *tx;
    const struct snapshot *snapshot;
    bool cancels; /* some measure counts them */
    uint16_t bucket;
    int16_t sender_id;
    const char *sender;
    size_t rows, values, value_cap;
    char *record_key[ANNOUNCE_ROWS];
    uint32_t version[ANNOUNCE_ROWS];
    protobuf_c_boolean taken_back[ANNOUNCE_ROWS];
    uint32_t unit[ANNOUNCE_ROWS], seller[ANNOUNCE_ROWS], channel[ANNOUNCE_ROWS], product[ANNOUNCE_ROWS];
    int32_t day[ANNOUNCE_ROWS];
    int64_t occurred_at[ANNOUNCE_ROWS];
    uint32_t contributions[ANNOUNCE_ROWS];
    struct texts customers, references;
    uint8_t state[ANNOUNCE_ROWS];
    const char *only_feed; /* the sender's only one; NULL there are several, or none */
    char *feeds[FEEDS_MAX];
    size_t feed_count;
    uint32_t last_feed; /* in this batch, at last_place; nothing while feed_count is 0 */
    uint8_t last_place;
    uint8_t feed_of[ANNOUNCE_ROWS];
    int64_t amount[ANNOUNCE_ROWS], quantity[ANNOUNCE_ROWS];
    bool has_amount, has_quantity; /* some row isn't 0 */
    uint32_t *measure;
    int64_t *value;
};

struct announce *announce_new(struct tx *tx, const struct snapshot *snapshot)
{
    struct announce *announce = arena_new(tx_arena(tx), struct announce);

    announce->tx = tx;
    announce->snapshot = snapshot;
    announce->cancels = reference_has_cancels(snapshot->reference);
    announce->sender = "";
    return announce;
}

static const char *only_feed(const struct snapshot *snapshot, int16_t sender)
{
    const char *only = NULL;
    size_t count = 0;

    for (size_t i = 0; i < snapshot->mapping_count; i++)
        if (snapshot->mappings[i].sender_id == sender) {
            only = snapshot->mappings[i].feed->code;
            count++;
        }
    return count == 1 ? only : NULL;
}

void announce_to(struct announce *announce, uint16_t bucket, int16_t sender)
{
    announce->only_feed = only_feed(announce->snapshot, sender);
    announce->bucket = bucket;
    announce->sender_id = sender;
    announce->sender = snapshot_sender_name(announce->snapshot, sender);
}

static void make_room(struct announce *announce, size_t more)
{
    struct arena *arena = tx_arena(announce->tx);
    uint32_t *measure = announce->measure;
    int64_t *value = announce->value;

    if (announce->values + more <= announce->value_cap)
        return;
    announce->value_cap = (announce->values + more) * 2 > 2048 ? (announce->values + more) * 2 : 2048;
    announce->measure = arena_array(arena, uint32_t, announce->value_cap);
    announce->value = arena_array(arena, int64_t, announce->value_cap);
    for (size_t i = 0; i < announce->values; i++) {
        announce->measure[i] = measure[i];
        announce->value[i] = value[i];
    }
}

static void add_text(struct announce *announce, struct texts *texts, const char *text, uint32_t len)
{
    texts->lens[announce->rows] = len;
    if (!len)
        return;
    if (texts->len + len > texts->cap) {
        char *old = texts->bytes;

        texts->cap = (texts->len + len) * 2 > 4096 ? (texts->len + len) * 2 : 4096;
        texts->bytes = arena_alloc(tx_arena(announce->tx), texts->cap);
        if (texts->len)
            memcpy(texts->bytes, old, texts->len);
    }
    memcpy(texts->bytes + texts->len, text, len);
    texts->len += len;
}

/* The place of the line's feed in the batch. What was recorded before lines knew theirs, and lines of distinct counts
 * and levels, are of the sender's only feed, if it is one. */
static uint8_t feed_place(struct announce *announce, const struct order_line *line)
{
    const struct mapping *mapping;
    const char *code;
    size_t i = 0;

    if (announce->feed_count && line->feed_id && line->feed_id == announce->last_feed)
        return announce->last_place; /* lines come feed by feed */
    mapping = line->feed_id ? snapshot_feed_by_id(announce->snapshot, line->feed_id) : NULL;
    code = mapping ? mapping->feed->code : announce->only_feed;
    if (!code)
        return FEED_NONE;
    while (i < announce->feed_count && strcmp(announce->feeds[i], code) != 0)
        i++;
    if (i == FEEDS_MAX)
        return FEED_NONE;
    if (i == announce->feed_count)
        announce->feeds[announce->feed_count++] = (char *)(uintptr_t)code;
    announce->last_feed = line->feed_id;
    announce->last_place = (uint8_t)i;
    return (uint8_t)i;
}

/* What the record itself says; lines of distinct counts and levels say nothing. */
static void add_record(struct announce *announce, const struct order_line *line, bool undoes)
{
    size_t at = announce->rows;

    add_text(announce, &announce->customers, line->customer, line->customer_len);
    add_text(announce, &announce->references, line->subject, line->subject_len);
    announce->state[at] = (uint8_t)(line->state | (undoes ? FACT_ROW_UNDOES : 0));
    announce->amount[at] = line->amount;
    announce->quantity[at] = line->quantity;
    announce->has_amount |= line->amount != 0;
    announce->has_quantity |= line->quantity != 0;
}

/* What the line's contribution comes to in the effect. */
static int64_t value_of(const struct announce *announce, const struct effect_line *effect, uint16_t contribution)
{
    const struct contributions *c = &effect->line->contributions;

    if (!announce->cancels)
        return effect->negative ? -c->values[contribution] : c->values[contribution];
    return reference_effect(announce->snapshot->reference, (uint32_t)c->measures[contribution], c->values[contribution],
                            effect->line, effect->day, effect->negative);
}

/* The contributions that credit `unit`, as one row. */
static int add_row(struct announce *announce, const struct effect_line *effect, bool take_back, uint32_t unit,
                   struct err *err)
{
    const struct order_line *line = effect->line;
    const struct contributions *c = &line->contributions;
    size_t at;

    if (announce->rows == ANNOUNCE_ROWS && announce_flush(announce, err) != 0)
        return -1;
    at = announce->rows;
    add_record(announce, line, effect->negative != take_back);
    announce->feed_of[at] = feed_place(announce, line);
    announce->rows++;
    announce->record_key[at] = (char *)(uintptr_t)line->key;
    announce->version[at] = (uint32_t)order_version_own(effect->version);
    announce->taken_back[at] = effect->negative || take_back;
    announce->unit[at] = unit;
    announce->seller[at] = line->seller;
    announce->channel[at] = line->channel;
    announce->product[at] = line->product;
    announce->day[at] = effect->day;
    announce->occurred_at[at] = effect->occurred_at;
    announce->contributions[at] = 0;
    make_room(announce, c->count);
    for (uint16_t i = 0; i < c->count; i++) {
        uint32_t measure = (uint32_t)c->measures[i];
        int64_t value = value_of(announce, effect, i);

        if (!value || reference_credited(announce->snapshot->reference, measure, line) != unit)
            continue;
        announce->measure[announce->values] = measure;
        announce->value[announce->values++] = take_back ? -value : value;
        announce->contributions[at]++;
    }
    return 0;
}

int announce_line(struct announce *announce, const struct effect_line *effect, bool take_back, struct err *err)
{
    const struct order_line *line = effect->line;
    const struct contributions *c = &line->contributions;
    bool to_unit = false, to_site = false;

    for (uint16_t i = 0; i < c->count; i++) {
        uint32_t unit = reference_credited(announce->snapshot->reference, (uint32_t)c->measures[i], line);

        if (!value_of(announce, effect, i))
            continue;
        to_unit |= unit == line->unit;
        to_site |= unit != line->unit;
    }
    if (!c->count && !reference_is_witness(announce->snapshot->reference, line->sender))
        to_unit = effect_is_told(line);
    if (to_unit && add_row(announce, effect, take_back, line->unit, err) != 0)
        return -1;
    return to_site ? add_row(announce, effect, take_back, line->site, err) : 0;
}

int announce_change(struct announce *announce, const struct effect *old, const struct effect *now, struct err *err)
{
    if (effect_equal(old, now))
        return 0;
    for (int i = 0; i < old->count; i++)
        if (announce_line(announce, &old->lines[i], true, err) != 0)
            return -1;
    for (int i = 0; i < now->count; i++)
        if (announce_line(announce, &now->lines[i], false, err) != 0)
            return -1;
    return 0;
}

static void put_texts(const struct announce *announce, struct texts *texts, ProtobufCBinaryData *bytes, size_t *count,
                      uint32_t **lens)
{
    *count = texts->len ? announce->rows : 0;
    *lens = texts->lens;
    *bytes = (ProtobufCBinaryData) { texts->len, (uint8_t *)texts->bytes };
    texts->len = 0;
}

static void put_records(struct announce *announce, Bihuan__FactsRecorded *message)
{
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_of_sender(announce->sender_id));

    message->fact = (char *)(uintptr_t)(kind ? kind->word : "");
    put_texts(announce, &announce->customers, &message->customer, &message->n_customer_len, &message->customer_len);
    put_texts(announce, &announce->references, &message->reference, &message->n_reference_len, &message->reference_len);
    if (message->n_reference_len)
        message->reference_sender = (char *)(uintptr_t)snapshot_subject_sender(announce->snapshot, announce->sender_id);
    message->state = (ProtobufCBinaryData) { announce->rows, announce->state };
    message->n_amount = announce->has_amount ? announce->rows : 0;
    message->amount = announce->amount;
    message->n_quantity = announce->has_quantity ? announce->rows : 0;
    message->quantity = announce->quantity;
    announce->has_amount = announce->has_quantity = false;
}

/* Mostly all rows are of one feed: then no row says which. */
static void put_feeds(struct announce *announce, Bihuan__FactsRecorded *message)
{
    bool one = announce->feed_count <= 1;

    for (size_t i = 0; announce->feed_count && i < announce->rows && one; i++)
        one = announce->feed_of[i] == 0;
    message->n_feed = announce->feed_count;
    message->feed = announce->feeds;
    if (!one)
        message->feed_of = (ProtobufCBinaryData) { announce->rows, announce->feed_of };
    announce->feed_count = 0;
}

int announce_flush(struct announce *announce, struct err *err)
{
    Bihuan__FactsRecorded message = BIHUAN__FACTS_RECORDED__INIT;

    if (!announce->rows)
        return 0;
    message.planning_seq = announce->snapshot->planning_seq;
    message.sender = (char *)(uintptr_t)announce->sender;
    message.n_record_key = message.n_version = message.n_taken_back = message.n_unit_id = message.n_seller_id =
        message.n_channel_id = message.n_product_id = message.n_day = message.n_contributions = message.n_occurred_at =
            announce->rows;
    message.record_key = announce->record_key;
    message.version = announce->version;
    message.taken_back = announce->taken_back;
    message.unit_id = announce->unit;
    message.seller_id = announce->seller;
    message.channel_id = announce->channel;
    message.product_id = announce->product;
    message.day = announce->day;
    message.contributions = announce->contributions;
    message.occurred_at = announce->occurred_at;
    message.n_measure_id = message.n_value = announce->values;
    message.measure_id = announce->measure;
    message.value = announce->value;
    put_records(announce, &message);
    put_feeds(announce, &message);
    announce->rows = announce->values = 0;
    return tx_publish(announce->tx, announce->bucket, MSG(FACTS_RECORDED), announce->sender, &message.base, err);
}
