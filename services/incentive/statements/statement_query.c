/* statement_query: GET_STATEMENT: the score told, and a page of the credits behind it. See statement.h. */
#include "incentive/closing/closing_store.h"
#include "incentive/scoring/explain.h"
#include "incentive/scoring/score_store.h"
#include "incentive/scoring/scoring.h"
#include "incentive/statements/statement.h"

#include "text/dates.h"
#include "refdata/documents.h"

#include <string.h>

#define CHUNK_MIN   200 /* rows read at once */
#define SPAN_GROWTH 8

/* What a line adds up: its measure, or the two of a ratio one after the other. */
struct line_part {
    size_t line;
    uint32_t measure_id;
    char *measure;
    uint32_t channel_id, product_id; /* 0 all */
    bool *products;                  /* by id; NULL all */
    uint32_t product_limit;
    bool level;      /* told by the tree of the last day, after what there was before the first */
    int64_t opening; /* that */
};

/* One question on its way. */
struct asking {
    struct incentive *state;
    struct tx *tx;
    const Bihuan__GetStatementRequest *request;
    bool zh;
    uint32_t period_id;
    uint32_t unit_id;
    int32_t from_day, to_day; /* days whose credits count */
    struct subtree subtree;
    Bihuan__Statement *statement;
    struct line_part *parts; /* of the statement's lines, in their order; the cursor's `line` is one of these */
    size_t part_count;
    uint32_t limit;
    struct statement_cursor cursor;
    bool first_page;
};

/* --- the score: all under the lock -----------------------------------------------------------------------------------
 */

static const struct ref_period *find_period(struct incentive *state, struct tx *tx, const char *code)
{
    int32_t day = state->as_of != NO_DAY ? state->as_of : clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));

    return code[0] ? refdata_period_by_code(state->refdata, code) : refdata_period_of(state->refdata, day);
}

static int take_closed(struct asking *asking, const struct ref_period *period, struct err *err)
{
    struct statement_row row;
    ProtobufCMessage *message = NULL;
    const uint8_t *body = NULL;
    size_t len = 0;
    bool found = false;

    if (closing_store_statement(asking->tx, period->id, asking->unit_id, asking->zh, &row, &body, &len, &found, err) !=
        0)
        return -1;
    if (!found)
        return err_fail(err, ERR_NOT_FOUND, "no_score", "there is no statement of this unit for period %s",
                        period->code);
    if (message_unpack(&bihuan__statement__descriptor, body, len, tx_arena(asking->tx), &message, err) != 0)
        return -1;
    asking->statement = (Bihuan__Statement *)message;
    asking->statement->credit_count = row.credit_count;
    asking->statement->hash = arena_strdup(tx_arena(asking->tx), row.hash);
    asking->statement->score->closed = true;
    asking->to_day = period->until_day - 1;
    return 0;
}

/* Recomputed for this unit from what is booked now, so that it and its credits stand at the same point. The rank is the
 * one of the last scoring of all. */
static int make_open(struct asking *asking, const struct ref_period *period, const struct ref_unit *unit,
                     struct err *err)
{
    struct incentive *state = asking->state;
    struct score_sums have = scoring_sums(state);
    const struct card *card = state_card_of(state, asking->tx, period, unit);
    struct scored_unit scored;
    struct late_sums late;
    const struct ref_unit *peers;
    Bihuan__Score *stored;

    if (!card || !state_period_runs(state, period))
        return err_fail(err, ERR_NOT_FOUND, "no_score",
                        "unit %s has no score in period %s: the period must have begun by the feeds' watermark, have a"
                        " published plan, and type \"%s\" a scorecard",
                        unit->code, period->code, unit->type);
    asking->to_day = scoring_as_of(state, period);
    if (score_one(state->refdata, &have, card, unit->id, period, asking->to_day, tx_arena(asking->tx), &scored, err) !=
            0 ||
        score_store_get(asking->tx, period->id, unit->id, &stored, err) != 0 ||
        late_sums_load(&late, state, asking->tx, period->from_day, asking->to_day, unit->id, err) != 0)
        return -1;
    scored.rank = stored ? stored->rank : 0;
    scored.of = stored ? stored->of : 0;
    scored.grade = stored ? stored->grade : NULL;
    scored.honoured = stored && stored->honoured;
    scored.unranked = stored && stored->unranked[0] ? stored->unranked : NULL;
    peers = stored ? refdata_unit_by_code(state->refdata, stored->peers) : NULL;
    scored.peers_id = peers ? peers->id : 0;
    asking->statement = statement_make(state, asking->tx, &scored, period, asking->to_day, &late, asking->zh);
    late_sums_fini(&late);
    return 0;
}

/* Texts of reference data don't outlive the lock: copies them. */
static void own_texts(struct asking *asking)
{
    const Bihuan__Statement *borrowed = asking->statement;
    size_t len = bihuan__statement__get_packed_size(borrowed);
    uint8_t *bytes = arena_alloc(tx_arena(asking->tx), len + 1);
    ProtobufCMessage *message = NULL;

    bihuan__statement__pack(borrowed, bytes);
    if (message_unpack(&bihuan__statement__descriptor, bytes, len, tx_arena(asking->tx), &message, NULL) == 0)
        asking->statement = (Bihuan__Statement *)message;
}

/* Channel and products of a line that is over a slice. */
static void cut_part(struct asking *asking, struct line_part *part)
{
    const struct refdata *refdata = asking->state->refdata;
    const Bihuan__ScoreLine *line = asking->statement->score->lines[part->line];
    const struct ref_channel *channel = refdata_channel_by_code(refdata, line->channel);
    const struct ref_product *product = refdata_product_by_code(refdata, line->product);
    const struct slice slice = { part->measure_id, 0, product ? product->id : 0 };

    part->channel_id = channel ? channel->id : 0;
    part->product_id = slice.product_id;
    if (!product)
        return;
    part->product_limit = refdata_product_limit(refdata);
    part->products = arena_array(tx_arena(asking->tx), bool, part->product_limit + 1);
    for (uint32_t id = 1; id < part->product_limit; id++)
        part->products[id] = slice_has(refdata, &slice, 0, id);
}

static int add_part(struct asking *asking, size_t line, char *code, struct err *err)
{
    const struct refdata *refdata = asking->state->refdata;
    const struct ref_measure *measure = refdata_measure_by_code(refdata, code);
    struct line_part *part = &asking->parts[asking->part_count++];
    uint32_t number = 0;

    *part = (struct line_part) { .line = line,
                                 .measure_id = measure ? measure->id : CUBE_MEASURE_MAX,
                                 .measure = code,
                                 .level = measure && measure->level };
    cut_part(asking, part);
    if (!part->level)
        return 0;
    if (part->channel_id || part->product_id)
        number = slices_find(&asking->state->slices, measure->id, part->channel_id, part->product_id);
    return tree_level(refdata_tree(refdata), number ? asking->state->slices.cube : asking->state->cube, asking->unit_id,
                      number ? number : measure->id, asking->from_day - 1, asking->to_day, &part->opening, err);
}

static int find_score(struct asking *asking, struct err *err)
{
    struct incentive *state = asking->state;
    const struct ref_period *period = find_period(state, asking->tx, asking->request->period);
    const struct ref_unit *unit;

    if (state_visible_unit(state, asking->tx, asking->request->unit, &unit, err) != 0)
        return -1;
    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "no_such_period", "there is no period \"%s\"", asking->request->period);
    asking->unit_id = unit->id;
    asking->period_id = period->id;
    asking->from_day = period->from_day;
    if ((state_is_closed(state, period->id) ? take_closed(asking, period, err)
                                            : make_open(asking, period, unit, err)) != 0)
        return -1;
    state_subtree(state, asking->tx, unit->id, asking->from_day, asking->to_day, &asking->subtree);
    own_texts(asking);
    asking->parts = arena_array(tx_arena(asking->tx), struct line_part, asking->statement->score->n_lines * 2 + 1);
    for (size_t i = 0; i < asking->statement->score->n_lines; i++) {
        const Bihuan__ScoreLine *line = asking->statement->score->lines[i];

        if (!line->measure[0]) /* an index: its parts have the credits */
            continue;
        if (add_part(asking, i, line->ratio ? line->of_measure : line->measure, err) != 0 ||
            (line->ratio && add_part(asking, i, line->over_measure, err) != 0))
            return -1;
    }
    return 0;
}

/* --- the credits -----------------------------------------------------------------------------------------------------
 */

static bool part_asked(const struct asking *asking, size_t part)
{
    const Bihuan__ScoreLine *line = asking->statement->score->lines[asking->parts[part].line];

    return !asking->request->measure[0] || strcmp(asking->request->measure, line->measure) == 0;
}

static bool find_pair(const uint8_t *pairs, size_t len, uint32_t measure_id, int64_t *value)
{
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;

        credit_read_pair(pairs + at, &measure, value);
        if (measure == measure_id)
            return true;
    }
    return false;
}

/* Whether a unit's credits of that day are the part's. */
static bool part_has(const struct asking *asking, const struct line_part *part, const struct credit_slim *row)
{
    uint32_t unit_id = row->unit_id;
    int32_t day = row->counts_day;

    if ((part->channel_id && part->channel_id != row->channel_id) ||
        (part->products && (row->product_id >= part->product_limit || !part->products[row->product_id])))
        return false;
    return subtree_has(&asking->subtree, unit_id, part->level ? asking->to_day : day);
}

static int count_one(void *arg, const struct credit_slim *row, const uint8_t *pairs, size_t len, struct err *err)
{
    struct asking *asking = arg;
    int64_t value;

    (void)err;
    for (size_t i = 0; i < asking->part_count; i++)
        asking->cursor.count += part_asked(asking, i) && part_has(asking, &asking->parts[i], row) &&
                                find_pair(pairs, len, asking->parts[i].measure_id, &value);
    return 0;
}

static void begin_part(struct asking *asking, size_t part)
{
    const Bihuan__ScoreLine *score = asking->statement->score->lines[asking->parts[part].line];

    asking->cursor.line = (uint32_t)part;
    asking->cursor.running = 0;
    asking->cursor.total = score->actual;
    asking->cursor.points = explain_no_points(score)[0] ? 0 : score->weighted_milli;
    asking->cursor.place = (struct credit_place) { asking->from_day, "", "", -1, false, 0, 0, 0, 0 };
}

static Bihuan__CreditLine *credit_line(struct asking *asking, const struct credit_found *found, int64_t value)
{
    Bihuan__CreditLine *out = arena_new(tx_arena(asking->tx), Bihuan__CreditLine);
    const struct line_part *part = &asking->parts[asking->cursor.line];
    const Bihuan__ScoreLine *line = asking->statement->score->lines[part->line];
    struct statement_cursor *c = &asking->cursor;
    int64_t before = credit_share_to(c->points, c->total, c->running);
    char day[DATE_TEXT_MAX];

    c->running += value;
    date_print(day, found->day);
    bihuan__credit_line__init(out);
    out->sender = (char *)(uintptr_t)found->sender;
    out->record_key = (char *)(uintptr_t)found->record_key;
    out->version = (uint32_t)found->version;
    out->taken_back = found->taken_back;
    out->day = arena_strdup(tx_arena(asking->tx), day);
    out->measure = part->measure;
    out->value = value;
    out->points_milli = credit_share_to(c->points, c->total, c->running) - before;
    out->reason = (char *)(uintptr_t)explain_no_points(line);
    if (found->kind) {
        out->kind = (char *)(uintptr_t)entry_kind_word(found->kind);
        out->rule_version = found->rule_version;
        out->kind_reason = (char *)(uintptr_t)found->reason;
    }
    return out;
}

/* A credit told, with what names it needs once the lock is held again. */
struct told {
    Bihuan__CreditLine *line;
    uint32_t unit_id, product_id, rule_id;
    struct statement_cursor after;
};

struct page {
    struct told *list; /* limit + 1 */
    size_t count;
};

/* Tells rows until the page has one more than its limit. */
static void tell_rows(struct asking *asking, struct page *page, const struct credit_found *rows, size_t count)
{
    for (size_t i = 0; i < count && page->count <= asking->limit; i++) {
        const struct credit_slim slim = { rows[i].unit_id, rows[i].channel_id, rows[i].product_id, rows[i].counts_day };
        struct told *told = &page->list[page->count];
        int64_t value;

        asking->cursor.place = (struct credit_place) { rows[i].counts_day, rows[i].sender,     rows[i].record_key,
                                                       rows[i].version,    rows[i].taken_back, rows[i].unit_id,
                                                       rows[i].source_seq, rows[i].source_row, rows[i].entry_no };
        if (!find_pair(rows[i].pairs, rows[i].pairs_len, asking->parts[asking->cursor.line].measure_id, &value) ||
            !part_has(asking, &asking->parts[asking->cursor.line], &slim))
            continue;
        told->line = credit_line(asking, &rows[i], value);
        told->unit_id = rows[i].unit_id;
        told->product_id = rows[i].product_id;
        told->rule_id = rows[i].rule_id;
        told->after = asking->cursor;
        page->count++;
    }
}

/* The credits of one part behind the cursor. They are looked for in stretches of days that grow: a province fills a
 * page from one day, an outlet needs the whole period. */
static int tell_part(struct asking *asking, struct page *page, struct err *err)
{
    uint32_t chunk = asking->limit + 1 > CHUNK_MIN ? asking->limit + 1 : CHUNK_MIN;
    int32_t span = 1;

    while (asking->cursor.place.counts_day <= asking->to_day && page->count <= asking->limit) {
        int32_t from = asking->cursor.place.counts_day;
        int32_t to = asking->to_day - from < span ? asking->to_day : from + span - 1;
        struct credit_found *rows;
        size_t count;

        if (credit_store_page(asking->tx, asking->subtree.units, asking->subtree.count, from, to, &asking->cursor.place,
                              chunk, &rows, &count, err) != 0)
            return -1;
        tell_rows(asking, page, rows, count);
        if (count < chunk) { /* nothing more in the stretch */
            asking->cursor.place = (struct credit_place) { to + 1, "", "", -1, false, 0, 0, 0, 0 };
            span *= SPAN_GROWTH;
        }
    }
    return 0;
}

/* What there was before the period, as the first line of a part that shows its end. */
static void tell_opening(struct asking *asking, struct page *page)
{
    const struct credit_found none = { .day = asking->from_day - 1, .sender = "", .record_key = "" };
    const struct line_part *part = &asking->parts[asking->cursor.line];
    struct told *told = &page->list[page->count];

    if (!part->level || !part->opening)
        return;
    told->line = credit_line(asking, &none, part->opening);
    told->line->opening = true;
    told->unit_id = asking->unit_id;
    told->product_id = told->rule_id = 0;
    told->after = asking->cursor;
    page->count++;
}

static int tell_credits(struct asking *asking, struct page *page, struct err *err)
{
    size_t first = asking->first_page ? 0 : asking->cursor.line;

    page->list = arena_array(tx_arena(asking->tx), struct told, asking->limit + 1);
    for (size_t i = first; i < asking->part_count && page->count <= asking->limit; i++) {
        if (!part_asked(asking, i))
            continue;
        if (asking->first_page || i != first) {
            begin_part(asking, i);
            tell_opening(asking, page);
        }
        if (tell_part(asking, page, err) != 0)
            return -1;
    }
    return 0;
}

/* Codes of units and products; under the lock. */
static void name_credits(struct asking *asking, const struct page *page, size_t count)
{
    Bihuan__Statement *statement = asking->statement;

    statement->credits = arena_array(tx_arena(asking->tx), Bihuan__CreditLine *, count + 1);
    statement->n_credits = count;
    for (size_t i = 0; i < count; i++) {
        const struct ref_unit *unit = refdata_unit(asking->state->refdata, page->list[i].unit_id);
        const struct ref_product *product = refdata_product(asking->state->refdata, page->list[i].product_id);

        statement->credits[i] = page->list[i].line;
        if (unit)
            statement->credits[i]->unit = arena_strdup(tx_arena(asking->tx), unit->code);
        if (product)
            statement->credits[i]->product = arena_strdup(tx_arena(asking->tx), product->code);
        if (page->list[i].rule_id)
            statement->credits[i]->rule = crediting_code(&asking->state->crediting, page->list[i].rule_id,
                                                         tx_arena(asking->tx));
    }
}

static int read_cursor(struct asking *asking, struct err *err)
{
    const Bihuan__Page *page = asking->request->page;

    asking->limit = page_limit(page);
    asking->first_page = !page || !page->cursor[0];
    if (asking->first_page)
        return 0;
    return statement_cursor_parse(page->cursor, tx_arena(asking->tx), &asking->cursor, err);
}

/* All credits, told once with the first page; the cursor carries it on. */
static int count_credits(struct asking *asking, struct err *err)
{
    bool closed = asking->statement->score->closed && !asking->request->measure[0];

    if (closed)
        asking->cursor.count = asking->statement->credit_count;
    else if (asking->first_page && credit_store_each_of(asking->tx, asking->subtree.units, asking->subtree.count,
                                                        asking->from_day, asking->to_day, count_one, asking, err) != 0)
        return -1;
    asking->statement->credit_count = asking->cursor.count;
    return 0;
}

int statement_query(struct tx *tx, const void *message, struct err *err)
{
    struct asking asking = { .state = state_of(tx), .tx = tx, .request = message };
    Bihuan__GetStatementReply reply = BIHUAN__GET_STATEMENT_REPLY__INIT;
    struct page page = { 0 };
    size_t count;
    int rc;

    asking.zh = strcmp(tx_language(tx), "zh") == 0;
    if (read_cursor(&asking, err) != 0 || state_read(asking.state, err) != 0)
        return -1;
    rc = find_score(&asking, err); /* its first query begins the snapshot: what follows sees the same state */
    state_read_done(asking.state);
    if (rc != 0 || count_credits(&asking, err) != 0 || tell_credits(&asking, &page, err) != 0)
        return -1;
    count = page.count < asking.limit ? page.count : asking.limit;
    if (page.count > asking.limit)
        reply.next = statement_cursor_print(&page.list[asking.limit - 1].after, tx_arena(tx));
    if (state_read(asking.state, err) != 0)
        return -1;
    name_credits(&asking, &page, count);
    state_read_done(asking.state);
    reply.statement = asking.statement;
    return tx_reply(tx, &reply.base, err);
}
