/* credit_totals: what was recorded, credited and excluded. See credit_queries.h. */
#include "incentive/crediting/credit_queries.h"

#include "refdata/documents.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define MERGE_AT 65536

enum total_by { BY_MEASURE, BY_UNIT, BY_DAY, BY_REASON, BY_SENDER, BY_FEED };

struct total {
    uint16_t measure;
    uint32_t unit_id;
    int32_t day;
    const char *sender, *feed; /* words of the question; "" not asked for */
    char reason[64];
    int64_t recorded, credited, excluded, beside;
    uint64_t records;
};

struct totals {
    struct tx *tx;
    const struct incentive *state;
    struct credit_scope scope;
    enum total_by by;
    uint32_t measure_id; /* 0 all */
    struct total *list;
    size_t count, cap, merge_at;
    const char **words; /* senders and feeds that were met, each once; in the call's arena */
    size_t word_count, word_cap;
};

/* The same text is always the same pointer. There are as many as systems send. */
static const char *word_of(struct totals *totals, const char *text, size_t len)
{
    const char **grown;

    for (size_t i = 0; i < totals->word_count; i++)
        if (strncmp(totals->words[i], text, len) == 0 && !totals->words[i][len])
            return totals->words[i];
    if (totals->word_count == totals->word_cap) {
        totals->word_cap = totals->word_cap ? totals->word_cap * 2 : 64;
        grown = arena_array(tx_arena(totals->tx), const char *, totals->word_cap);
        for (size_t i = 0; i < totals->word_count; i++)
            grown[i] = totals->words[i];
        totals->words = grown;
    }
    return totals->words[totals->word_count++] = arena_strndup(tx_arena(totals->tx), text, len);
}

static int by_key(const void *pa, const void *pb)
{
    const struct total *a = pa, *b = pb;
    int order;

    if (a->measure != b->measure)
        return a->measure < b->measure ? -1 : 1;
    if (a->unit_id != b->unit_id)
        return a->unit_id < b->unit_id ? -1 : 1;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    order = a->sender == b->sender ? 0 : strcmp(a->sender, b->sender);
    if (!order)
        order = a->feed == b->feed ? 0 : strcmp(a->feed, b->feed);
    return order ? order : strcmp(a->reason, b->reason);
}

static void merge(struct totals *totals)
{
    size_t kept = 0;

    if (totals->count)
        qsort(totals->list, totals->count, sizeof *totals->list, by_key);
    for (size_t i = 0; i < totals->count; i++) {
        struct total *at = kept ? &totals->list[kept - 1] : NULL;
        const struct total *from = &totals->list[i];

        if (!at || by_key(at, from) != 0) {
            totals->list[kept++] = *from;
            continue;
        }
        at->recorded = fixed_add_saturated(at->recorded, from->recorded);
        at->credited = fixed_add_saturated(at->credited, from->credited);
        at->excluded = fixed_add_saturated(at->excluded, from->excluded);
        at->beside = fixed_add_saturated(at->beside, from->beside);
        at->records += from->records;
    }
    totals->count = kept;
    totals->merge_at = kept * 2 > MERGE_AT ? kept * 2 : MERGE_AT;
}

static void add(struct totals *totals, const struct total *total)
{
    if (totals->count >= totals->merge_at)
        merge(totals);
    if (totals->count == totals->cap) {
        totals->cap = totals->cap ? totals->cap * 2 : 1024;
        totals->list = realloc(totals->list, totals->cap * sizeof *totals->list);
        if (!totals->list)
            abort();
    }
    totals->list[totals->count++] = *total;
}

/* What became of one contribution: its own entries alone. */
static struct total total_of(struct totals *totals, const struct recorded_row *row, uint16_t measure, int64_t value,
                             const struct stored_entry *entries, size_t count)
{
    struct total out = {
        .measure = measure, .sender = "", .feed = "", .recorded = value, .credited = value, .records = 1
    };

    out.unit_id = totals->by == BY_UNIT ? row->fact.unit_id : 0;
    out.day = totals->by == BY_DAY ? row->fact.day : 0;
    if (totals->by == BY_SENDER || totals->by == BY_FEED)
        out.sender = word_of(totals, row->sender, row->sender_len);
    if (totals->by == BY_FEED && row->feed)
        out.feed = word_of(totals, row->feed, row->feed_len);
    for (size_t i = 0; i < count; i++) {
        const struct credit_entry *entry = &entries[i].entry;

        if (entry->measure != measure)
            continue;
        if (entry->kind == ENTRY_OVERLAY)
            out.beside += entry->value;
        else if (entry->kind != ENTRY_ELIMINATION)
            out.credited += entry->value;
        if (entry->kind == ENTRY_EXCLUDED)
            out.excluded -= entry->value;
        if (entry->kind == ENTRY_EXCLUDED && totals->by == BY_REASON && entry->value)
            snprintf(out.reason, sizeof out.reason, "%s", entry->reason);
    }
    return out;
}

static int take_row(void *arg, const struct recorded_row *row, const uint8_t *pairs, size_t pairs_len,
                    const struct stored_entry *entries, size_t count, struct err *err)
{
    struct totals *totals = arg;

    (void)err;
    if (!credit_scope_has(&totals->scope, row->fact.unit_id))
        return 0;
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= pairs_len; at += CREDIT_PAIR_LEN) {
        struct total total;
        uint16_t measure;
        int64_t value;

        credit_read_pair(pairs + at, &measure, &value);
        if (totals->measure_id && measure != totals->measure_id)
            continue;
        total = total_of(totals, row, measure, value, entries, count);
        if (totals->by != BY_REASON || total.excluded)
            add(totals, &total);
    }
    return 0;
}

/* --- the question ----------------------------------------------------------------------------------------------------
 */

static Bihuan__CreditTotal *message_of(const struct totals *totals, const struct total *total)
{
    const struct ref_measure *measure = refdata_measure(totals->state->refdata, total->measure);
    const struct ref_unit *unit = refdata_unit(totals->state->refdata, total->unit_id);
    struct arena *arena = tx_arena(totals->tx);
    Bihuan__CreditTotal *out = arena_new(arena, Bihuan__CreditTotal);
    char day[DATE_TEXT_MAX];

    bihuan__credit_total__init(out);
    out->measure = measure ? arena_strdup(arena, measure->code) : out->measure;
    out->unit = totals->by == BY_UNIT && unit ? arena_strdup(arena, unit->code) : out->unit;
    if (totals->by == BY_DAY) {
        date_print(day, total->day);
        out->day = arena_strdup(arena, day);
    }
    out->reason = arena_strdup(arena, total->reason);
    out->sender = arena_strdup(arena, total->sender);
    out->feed = arena_strdup(arena, total->feed);
    out->recorded = total->recorded;
    out->credited = total->credited;
    out->excluded = total->excluded;
    out->beside = total->beside;
    out->records = total->records;
    out->scale = (uint32_t)ref_measure_scale(measure, runtime_money_scale(tx_runtime(totals->tx)));
    return out;
}

static int read_by(const char *word, enum total_by *out, struct err *err)
{
    static const char *const words[] = { "measure", "unit", "day", "reason", "sender", "feed" };

    *out = BY_MEASURE;
    for (size_t i = 0; word[0] && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            *out = (enum total_by)i;
            return 0;
        }
    return word[0] ? err_fail(err, ERR_INVALID, "bad_by",
                              "by \"%s\" isn't known: use measure, unit, day, reason, sender or feed", word)
                   : 0;
}

static int read_question(struct totals *totals, struct incentive *state, const Bihuan__ListCreditTotalsRequest *request,
                         struct err *err)
{
    const struct ref_measure *measure = refdata_measure_by_code(state->refdata, request->measure);

    if (request->measure[0] && !measure)
        return err_fail(err, ERR_NOT_FOUND, "no_such_measure", "there is no measure \"%s\"", request->measure);
    totals->measure_id = measure ? measure->id : 0;
    totals->merge_at = MERGE_AT;
    if (read_by(request->by, &totals->by, err) != 0)
        return -1;
    return credit_scope_read(state, totals->tx, request->unit, request->from, request->until, &totals->scope, err);
}

/* Without the lock: rows are those of the snapshot that the first query of the question began. */
static int fill(struct totals *totals, struct incentive *state, const Bihuan__ListCreditTotalsRequest *request,
                Bihuan__ListCreditTotalsReply *reply, struct err *err)
{
    uint32_t limit = page_limit(request->page);
    size_t first = request->page ? strtoul(request->page->cursor, NULL, 10) : 0;
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = read_question(totals, state, request, err);
    state_read_done(state);
    if (rc != 0 || entry_store_each_of_days(totals->tx, totals->scope.from_day, totals->scope.until_day, take_row,
                                            totals, err) != 0)
        return -1;
    merge(totals);
    if (state_read(state, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(totals->tx), Bihuan__CreditTotal *, limit + 1);
    for (size_t i = first; i < totals->count && reply->n_items < limit; i++)
        reply->items[reply->n_items++] = message_of(totals, &totals->list[i]);
    state_read_done(state);
    if (first + limit < totals->count)
        reply->next = arena_printf(tx_arena(totals->tx), "%zu", first + limit);
    return 0;
}

int credit_totals(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListCreditTotalsReply reply = BIHUAN__LIST_CREDIT_TOTALS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    struct totals totals = { .tx = tx, .state = state };
    int rc = fill(&totals, state, message, &reply, err);

    free(totals.list);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
