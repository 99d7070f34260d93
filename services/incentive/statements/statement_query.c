/* statement_query: GET_STATEMENT: the score told, and a page of the credits behind it. See statement.h. */
#include "incentive/closing/closing_store.h"
#include "incentive/scoring/explain.h"
#include "incentive/scoring/score_store.h"
#include "incentive/scoring/scoring.h"
#include "incentive/statements/statement_asking.h"

#include "text/dates.h"
#include "refdata/documents.h"

#include <string.h>

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
    if (!part->level || !measure)
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

static int read_cursor(struct asking *asking, struct err *err)
{
    const Bihuan__Page *page = asking->request->page;

    asking->limit = page_limit(page);
    asking->first_page = !page || !page->cursor[0];
    if (asking->first_page)
        return 0;
    return statement_cursor_parse(page->cursor, tx_arena(asking->tx), &asking->cursor, err);
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
    if (rc != 0 || statement_count_credits(&asking, err) != 0 || statement_tell_credits(&asking, &page, err) != 0)
        return -1;
    count = page.count < asking.limit ? page.count : asking.limit;
    if (page.count > asking.limit)
        reply.next = statement_cursor_print(&page.list[asking.limit - 1].after, tx_arena(tx));
    if (state_read(asking.state, err) != 0)
        return -1;
    statement_name_credits(&asking, &page, count);
    state_read_done(asking.state);
    reply.statement = asking.statement;
    return tx_reply(tx, &reply.base, err);
}
