/* statement_credits: the credits behind a statement, page by page; see statement_asking.h. */
#include "incentive/statements/statement_asking.h"

#include "incentive/scoring/explain.h"
#include "text/dates.h"

#include <string.h>

#define CHUNK_MIN   200 /* rows read at once */
#define SPAN_GROWTH 8

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

int statement_tell_credits(struct asking *asking, struct page *page, struct err *err)
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

void statement_name_credits(struct asking *asking, const struct page *page, size_t count)
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

int statement_count_credits(struct asking *asking, struct err *err)
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
