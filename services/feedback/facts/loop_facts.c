/* loop_facts: see loop_facts.h. */
#include "feedback/facts/loop_facts.h"

#include "feedback/measures/contribution.h"
#include "feedback/facts/recording.h"
#include "feedback/state.h"

#include "base/hash.h"
#include "refdata/fact_kinds.h"
#include "text/dates.h"

#include "bihuan/planning_cycle.pb-c.h"

#include <string.h>

/* The facts of one event, of one kind. */
struct facts {
    struct tx *tx;
    const struct snapshot *snapshot;
    enum fact_kind kind;
    uint32_t product; /* 0: of none */
    int64_t amount;   /* of the next that is added */
    struct order_line *lines;
    size_t count;
};

static int begin(struct facts *facts, struct tx *tx, enum fact_kind kind, size_t most, struct err *err)
{
    *facts = (struct facts) { .tx = tx, .kind = kind };
    facts->lines = arena_array(tx_arena(tx), struct order_line, most + 1);
    return state_snapshot(tx, &facts->snapshot, err);
}

static void add(struct facts *facts, const char *key, uint32_t unit, uint8_t state, int32_t day, int64_t occurred_at,
                int64_t quantity)
{
    const struct reference *reference = facts->snapshot->reference;
    struct order_line *line = &facts->lines[facts->count++];
    int64_t says[] = { unit, state, day, quantity, facts->amount };
    size_t said = facts->amount ? sizeof says : sizeof says - sizeof says[0]; /* those without one are as they were */

    *line = (struct order_line) { .key = key,
                                  .key_len = (uint32_t)strlen(key),
                                  .customer = "",
                                  .subject = "",
                                  .sender = fact_kind_sender(facts->kind),
                                  .operation = OPERATION_RECORD,
                                  .state = state,
                                  .version = order_version(1, state),
                                  .day = day,
                                  .occurred_at = occurred_at,
                                  .unit = unit,
                                  .site = unit,
                                  .product = facts->product,
                                  .channel = reference_channel_of(reference, unit, day),
                                  .quantity = quantity,
                                  .amount = facts->amount,
                                  .content_hash = (int64_t)hash_bytes(says, said, 0) };
    line->record_hash = hash_record(fact_kind_info(facts->kind)->loop_sender, line->key, line->key_len);
    line->bucket = hash_bucket(line->record_hash, runtime_bucket_count(tx_runtime(facts->tx)));
    contribution_compute(reference, line, tx_arena(facts->tx));
}

/* Planning says the same of a record however often it says it; what it says first counts. */
static int keep_first(void *arg, const struct order_line *line, const char *differs, struct err *err)
{
    (void)arg;
    (void)differs;
    (void)line;
    (void)err;
    return 0;
}

static int record(struct facts *facts, struct err *err)
{
    struct record_order order = recording_order(facts->lines, facts->count, tx_arena(facts->tx));
    struct record_counts counts = { 0 };

    return recording_apply(facts->tx, facts->snapshot, &order, &counts, keep_first, NULL, err);
}

static int32_t day_of(struct tx *tx, int64_t at)
{
    return clock_day(runtime_clock(tx_runtime(tx)), at);
}

/* --- guides --------------------------------------------------------------------------------------------------------
 */

static const char *guide_key(struct tx *tx, const char *code, uint32_t version, uint32_t unit, const char *what)
{
    return arena_printf(tx_arena(tx), "%s/%u/%u/%s", code, version, unit, what);
}

static int ask_units(struct tx *tx, const Bihuan__GuideIssued *issued, enum fact_kind kind, struct err *err)
{
    const Bihuan__Guide *guide = issued->guide;
    struct facts facts;

    if (begin(&facts, tx, kind, issued->n_unit_id, err) != 0)
        return -1;
    for (size_t i = 0; i < issued->n_unit_id; i++)
        add(&facts, guide_key(tx, guide->code, guide->version, issued->unit_id[i], "asked"), issued->unit_id[i],
            STATE_PLACED, day_of(tx, guide->issued_at), guide->issued_at, true);
    return record(&facts, err);
}

int on_guide_issued(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GuideIssued *issued = message;

    if (!issued->guide)
        return err_set(err, "GuideIssued without its guide");
    if (ask_units(tx, issued, FACT_GUIDE, err) != 0 ||
        (issued->guide->training && ask_units(tx, issued, FACT_TRAINING, err) != 0) ||
        (issued->guide->materials && ask_units(tx, issued, FACT_MATERIAL, err) != 0))
        return -1;
    return 0;
}

static enum fact_kind kind_of(const char *what)
{
    if (strcmp(what, "trained") == 0)
        return FACT_TRAINING;
    return strcmp(what, "supplied") == 0 ? FACT_MATERIAL : FACT_GUIDE;
}

int on_guide_acknowledged(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GuideAcknowledged *event = message;
    struct facts facts;

    if (begin(&facts, tx, kind_of(event->what), 1, err) != 0)
        return -1;
    add(&facts, guide_key(tx, event->code, event->version, event->unit_id, "done"), event->unit_id, STATE_COMPLETED,
        day_of(tx, event->at), event->at, !event->late);
    return record(&facts, err);
}

/* --- deliverables --------------------------------------------------------------------------------------------------
 */

/* Owed on its due day; one that was approved before that, on the day of its approval. */
static int32_t day_owed(struct tx *tx, const Bihuan__Deliverable *deliverable)
{
    int32_t due, today = day_of(tx, deliverable->approved_at ? deliverable->approved_at : tx_now(tx));

    if (date_parse(deliverable->due, strlen(deliverable->due), &due, NULL) != 0)
        return today;
    return due < today ? due : today;
}

int on_deliverable_moved(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__Deliverable *deliverable = ((const Bihuan__DeliverableMoved *)message)->deliverable;
    bool approved, owed;
    struct facts facts;

    if (!deliverable)
        return err_set(err, "DeliverableMoved without its deliverable");
    approved = strcmp(deliverable->state, "approved") == 0;
    owed = approved || strcmp(deliverable->state, "overdue") == 0;
    if (!owed)
        return 0;
    if (begin(&facts, tx, FACT_DELIVERABLE, 2, err) != 0)
        return -1;
    add(&facts, arena_printf(tx_arena(tx), "%s/asked", deliverable->id), deliverable->unit_id, STATE_PLACED,
        day_owed(tx, deliverable), approved ? deliverable->approved_at : tx_now(tx), true);
    if (approved)
        add(&facts, arena_printf(tx_arena(tx), "%s/done", deliverable->id), deliverable->unit_id, STATE_COMPLETED,
            day_of(tx, deliverable->approved_at), deliverable->approved_at, !deliverable->late);
    return record(&facts, err);
}

/* --- certificates --------------------------------------------------------------------------------------------------
 */

/* One for each unit where the person works. */
static int record_certificate(struct tx *tx, const Bihuan__Certificate *of, const uint32_t *units, size_t count,
                              uint8_t state, int32_t day, struct err *err)
{
    struct facts facts;

    if (!of)
        return err_set(err, "an event about a certificate without it");
    if (begin(&facts, tx, FACT_CERTIFICATE, count, err) != 0)
        return -1;
    facts.product = reference_product_id(facts.snapshot->reference, of->product, strlen(of->product));
    for (size_t i = 0; i < count; i++)
        add(&facts,
            arena_printf(tx_arena(tx), "%s/%s/%s/%u/%s", of->person, of->product, of->from, units[i],
                         state == STATE_COMPLETED ? "issued" : "ended"),
            units[i], state, day, state == STATE_COMPLETED ? of->issued_at : tx_now(tx), true);
    return record(&facts, err);
}

int on_certificate_issued(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CertificateIssued *event = message;

    return record_certificate(tx, event->certificate, event->unit_id, event->n_unit_id, STATE_COMPLETED,
                              day_of(tx, event->certificate ? event->certificate->issued_at : 0), err);
}

int on_certificate_expired(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__CertificateExpired *event = message;
    const char *until = event->certificate ? event->certificate->until : "";
    int32_t day;

    if (date_parse(until, strlen(until), &day, err) != 0)
        return -1;
    return record_certificate(tx, event->certificate, event->unit_id, event->n_unit_id, FACT_STATE_CANCELLED, day, err);
}

/* --- what else is known --------------------------------------------------------------------------------
 */

int loop_facts_record(struct tx *tx, enum fact_kind kind, const struct loop_fact *items, size_t count, struct err *err)
{
    struct facts facts;

    if (begin(&facts, tx, kind, count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct loop_fact *item = &items[i];
        uint8_t state = item->cancel ? FACT_STATE_CANCELLED : item->state;

        facts.amount = item->amount;
        add(&facts, item->key, item->unit, state, item->day, item->occurred_at, item->quantity);
        facts.lines[facts.count - 1].version = order_version(item->version, state);
        facts.lines[facts.count - 1].operation = item->cancel ? OPERATION_CANCEL : OPERATION_RECORD;
    }
    return record(&facts, err);
}
