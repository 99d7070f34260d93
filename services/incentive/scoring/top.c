/* top: see top.h. */
#include "incentive/scoring/top.h"

#include "incentive/queries.h"
#include "incentive/scoring/explain.h"
#include "incentive/scoring/score_store.h"

#include "bihuan/incentive_ranking.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define COUNT         3
#define COUNT_MAX     100
#define STRENGTHS_MAX 3

static int by_value(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

    return (a > b) - (a < b);
}

int64_t top_median(int64_t *values, size_t count)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    return values[(count - 1) / 2];
}

/* --- one group -------------------------------------------------------------------------------------------------------
 */

struct group {
    struct tx *tx;
    Bihuan__Score **scores; /* of one type and one group of peers, best first */
    size_t count;
    int64_t *values; /* room for `count` */
};

static bool same_line(const Bihuan__ScoreLine *a, const Bihuan__ScoreLine *b)
{
    return strcmp(a->measure, b->measure) == 0 && strcmp(a->channel, b->channel) == 0 &&
           strcmp(a->product, b->product) == 0 && strcmp(a->join, b->join) == 0 && a->part_of == b->part_of;
}

/* The same line of another unit; cards of a group differ where one is refined. */
static const Bihuan__ScoreLine *line_of(const Bihuan__Score *score, const Bihuan__ScoreLine *like)
{
    for (size_t i = 0; i < score->n_lines; i++)
        if (same_line(score->lines[i], like))
            return score->lines[i];
    return NULL;
}

/* Medians over the units that have an attainment there: of it, and of the weighted points. */
static bool medians(const struct group *group, const Bihuan__ScoreLine *line, int64_t *attainment, int64_t *weighted)
{
    size_t count = 0;

    for (int points = 0; points < 2; points++) {
        count = 0;
        for (size_t i = 0; i < group->count; i++) {
            const Bihuan__ScoreLine *other = line_of(group->scores[i], line);

            if (other && !other->undefined)
                group->values[count++] = points ? other->weighted_milli : other->attainment_ppm;
        }
        *(points ? weighted : attainment) = top_median(group->values, count);
    }
    return count > 1;
}

static int by_gain(const void *pa, const void *pb)
{
    const Bihuan__TopStrength *a = *(Bihuan__TopStrength *const *)pa, *b = *(Bihuan__TopStrength *const *)pb;

    return (b->gain_milli > a->gain_milli) - (b->gain_milli < a->gain_milli);
}

static void add_strengths(const struct group *group, const Bihuan__Score *score, Bihuan__TopUnit *out)
{
    out->strengths = arena_array(tx_arena(group->tx), Bihuan__TopStrength *, score->n_lines + 1);
    for (size_t i = 0; i < score->n_lines; i++) {
        const Bihuan__ScoreLine *line = score->lines[i];
        Bihuan__TopStrength *strength;
        int64_t attainment, weighted;

        if (!line->weight_bp || line->undefined || !medians(group, line, &attainment, &weighted) ||
            line->weighted_milli <= weighted)
            continue;
        strength = arena_new(tx_arena(group->tx), Bihuan__TopStrength);
        bihuan__top_strength__init(strength);
        strength->measure = line->measure;
        strength->title = line->title;
        strength->channel = line->channel;
        strength->product = line->product;
        strength->attainment_ppm = line->attainment_ppm;
        strength->median_ppm = attainment;
        strength->gain_milli = line->weighted_milli - weighted;
        out->strengths[out->n_strengths++] = strength;
    }
    if (out->n_strengths)
        qsort(out->strengths, out->n_strengths, sizeof(Bihuan__TopStrength *), by_gain);
    if (out->n_strengths > STRENGTHS_MAX)
        out->n_strengths = STRENGTHS_MAX;
}

static Bihuan__TopUnit *top_unit(const struct group *group, const Bihuan__Score *score)
{
    Bihuan__TopUnit *out = arena_new(tx_arena(group->tx), Bihuan__TopUnit);

    bihuan__top_unit__init(out);
    out->unit = score->unit;
    out->unit_name = score->unit_name;
    out->unit_type = score->unit_type;
    out->period = score->period;
    out->peers = score->peers;
    out->rank = score->rank;
    out->of = score->of;
    out->score_milli = score->score_milli;
    out->grade = score->grade;
    out->honoured = score->honoured;
    for (size_t i = 0; i < group->count; i++)
        group->values[i] = group->scores[i]->score_milli;
    out->median_milli = top_median(group->values, group->count);
    add_strengths(group, score, out);
    return out;
}

/* --- all groups ------------------------------------------------------------------------------------------------------
 */

static int by_group(const void *pa, const void *pb)
{
    const Bihuan__Score *a = *(Bihuan__Score *const *)pa, *b = *(Bihuan__Score *const *)pb;
    int type = strcmp(a->unit_type, b->unit_type), peers = strcmp(a->peers, b->peers);

    if (type || peers)
        return type ? type : peers;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return strcmp(a->unit, b->unit);
}

/* Ranked units alone, by type, group and rank. */
static size_t sort_ranked(Bihuan__Score **scores, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (scores[i]->rank)
            scores[kept++] = scores[i];
    if (kept)
        qsort(scores, kept, sizeof(Bihuan__Score *), by_group);
    return kept;
}

static bool sees(const struct incentive *state, const struct score_page *visible, const char *code)
{
    const struct ref_unit *unit = refdata_unit_by_code(state->refdata, code);

    for (size_t i = 0; unit && visible->units && i < visible->unit_count; i++)
        if (visible->units[i] == unit->id)
            return true;
    return !visible->units;
}

static void fill(struct incentive *state, struct tx *tx, const Bihuan__ListTopRequest *request,
                 const struct score_page *visible, Bihuan__Score **scores, size_t count, Bihuan__ListTopReply *reply)
{
    uint32_t most = request->count ? request->count : COUNT;
    size_t ranked = sort_ranked(scores, count);

    most = most > COUNT_MAX ? COUNT_MAX : most;
    reply->items = arena_array(tx_arena(tx), Bihuan__TopUnit *, ranked + 1);
    for (size_t i = 0, end; i < ranked; i = end) {
        struct group group = { tx, scores + i, 0, NULL };

        for (end = i; end < ranked && strcmp(scores[end]->unit_type, scores[i]->unit_type) == 0 &&
                      strcmp(scores[end]->peers, scores[i]->peers) == 0;)
            end++;
        group.count = end - i;
        group.values = arena_array(tx_arena(tx), int64_t, group.count);
        for (size_t k = i; k < end; k++)
            if ((request->honoured ? scores[k]->honoured : scores[k]->rank <= most) &&
                sees(state, visible, scores[k]->unit))
                reply->items[reply->n_items++] = top_unit(&group, scores[k]);
    }
}

static int ask(struct incentive *state, struct tx *tx, const Bihuan__ListTopRequest *request,
               Bihuan__ListTopReply *reply, struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct score_page all = { .unit_type = request->unit_type, .limit = INT32_MAX }, visible = { 0 };
    const struct ref_period *period;
    Bihuan__Score **scores;
    uint32_t *units, *ranks;
    size_t count;
    int32_t day;

    if (query_period(state, tx, request->period, &period, err) != 0)
        return -1;
    day = today < period->from_day ? period->from_day : today >= period->until_day ? period->until_day - 1 : today;
    all.period_id = period->id;
    if (query_units(state, tx, "", request->under, day, &visible, err) != 0 ||
        score_store_page(tx, &all, &scores, &units, &ranks, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        explain_names(scores[i], state->refdata, strcmp(tx_language(tx), "zh") == 0, tx_arena(tx));
    fill(state, tx, request, &visible, scores, count, reply);
    return tx_reply(tx, &reply->base, err);
}

int top_list(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = state_of(tx);
    Bihuan__ListTopReply reply = BIHUAN__LIST_TOP_REPLY__INIT;
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = ask(state, tx, message, &reply, err);
    state_read_done(state);
    return rc;
}
