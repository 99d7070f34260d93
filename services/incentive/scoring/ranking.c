/* ranking: see ranking.h. */
#include "incentive/scoring/ranking.h"

#include "calc/apportion.h"
#include "calc/rank.h"

#include <string.h>

#define BELOW_MIN_TARGET "below_min_target"

/* The code under which a card's units are ranked. */
static const char *base_code(const struct card *card)
{
    return card->doc->refines[0] ? card->doc->refines : card->doc->code;
}

static uint32_t peers_of(const struct refdata *refdata, const struct card_ranking *ranking, uint32_t unit, int32_t day)
{
    const struct tree *tree = refdata_tree(refdata);
    const char *peers = ranking->doc ? ranking->doc->peers : "";

    if (!peers[0])
        return 0;
    for (unit = tree_parent(tree, unit, day); unit != TREE_NONE; unit = tree_parent(tree, unit, day)) {
        const struct ref_unit *at = refdata_unit(refdata, unit);

        if (strcmp(peers, "parent") == 0 || (at && strcmp(at->type, peers) == 0))
            return unit;
    }
    return 0;
}

static int64_t attainment_in(const struct scored_unit *unit, uint32_t measure)
{
    for (size_t i = 0; i < unit->card->line_count; i++)
        if (unit->card->lines[i].measure_id == measure && card_line_weighs(&unit->card->lines[i]))
            return unit->lines[i].attainment.defined ? unit->lines[i].attainment.ppm : INT64_MIN;
    return INT64_MIN;
}

static struct rank_entry entry_of(const struct refdata *refdata, const struct ref_period *period,
                                  const struct card_ranking *ranking, const struct scored_unit *unit, size_t at)
{
    struct rank_entry out = {
        .id = at, .peer_group = unit->peers_id, .score = unit->outcome.score, .excluded = !unit->outcome.defined
    };

    if (ranking->min_measure)
        out.target = refdata_target(refdata, period->id, unit->unit_id, ranking->min_measure, 0, 0);
    for (size_t k = 0; k < ranking->tie_count; k++)
        out.keys[k] = attainment_in(unit, ranking->ties[k]);
    return out;
}

/* --- grades ----------------------------------------------------------------------------------------------------------
 */

void rank_quotas(const Bihuan__ScorecardRanking *ranking, uint32_t ranked, uint32_t *quotas)
{
    struct apportion_part *parts;
    struct arena scratch;

    arena_init(&scratch);
    parts = arena_array(&scratch, struct apportion_part, ranking->n_grades + 1);
    for (size_t g = 0; g < ranking->n_grades; g++)
        parts[g] = (struct apportion_part) { .id = g, .weight = ranking->grades[g]->share_ppm };
    if (apportion_split(ranked, parts, ranking->n_grades, APPORTION_ZERO_REFUSE, &scratch, NULL) == 0)
        for (size_t g = 0; g < ranking->n_grades; g++)
            quotas[g] = (uint32_t)parts[g].share;
    arena_fini(&scratch);
}

static const char *grade_by_points(const Bihuan__ScorecardRanking *ranking, int64_t score)
{
    for (size_t g = 0; g < ranking->n_grades; g++)
        if (score >= ranking->grades[g]->from_milli || g + 1 == ranking->n_grades)
            return ranking->grades[g]->grade;
    return NULL;
}

/* The grade of a rank is that of the place: so many get the first grade, so many the second ... */
static const char *grade_by_place(const Bihuan__ScorecardRanking *ranking, uint32_t rank, uint32_t ranked)
{
    uint32_t quotas[CARD_LINES_MAX] = { 0 };
    uint64_t until = 0;

    if (ranking->n_grades > CARD_LINES_MAX)
        return NULL;
    rank_quotas(ranking, ranked, quotas);
    for (size_t g = 0; g < ranking->n_grades; g++) {
        until += quotas[g];
        if (rank <= until)
            return ranking->grades[g]->grade;
    }
    return NULL;
}

static void grade(const Bihuan__ScorecardRanking *ranking, struct scored_unit *unit)
{
    if (!ranking || !unit->outcome.defined)
        return;
    unit->honoured = unit->rank && unit->rank <= ranking->honours;
    if (!ranking->n_grades)
        return;
    if (!ranking->grades[0]->share_ppm)
        unit->grade = grade_by_points(ranking, unit->outcome.score);
    else if (unit->rank)
        unit->grade = grade_by_place(ranking, unit->rank, unit->of);
}

/* --- all of a card ---------------------------------------------------------------------------------------------------
 */

static void rank_base(const struct refdata *refdata, const struct ref_period *period, int32_t day,
                      const struct card *base, struct scored_unit *units, size_t count, struct rank_entry *entries)
{
    const struct card_ranking *ranking = &base->ranking;
    struct rank_rule rule = { .target_min = ranking->min_measure ? ranking->min_target : INT64_MIN,
                              .key_count = (uint32_t)ranking->tie_count };
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(base_code(units[i].card), base_code(base)) != 0)
            continue;
        units[i].peers_id = peers_of(refdata, ranking, units[i].unit_id, day);
        entries[n++] = entry_of(refdata, period, ranking, &units[i], i);
    }
    rank_assign(entries, n, &rule);
    for (size_t i = 0; i < n; i++) {
        struct scored_unit *unit = &units[entries[i].id];

        unit->rank = entries[i].rank;
        unit->of = entries[i].group_size;
        unit->unranked = unit->outcome.defined && !unit->rank ? BELOW_MIN_TARGET : NULL;
        grade(ranking->doc, unit);
    }
}

void rank_units(const struct refdata *refdata, struct card *const *cards, size_t card_count,
                const struct ref_period *period, int32_t day, struct scored_unit *units, size_t count)
{
    struct rank_entry *entries;
    struct arena scratch;

    arena_init(&scratch);
    entries = arena_array(&scratch, struct rank_entry, count + 1);
    for (size_t c = 0; c < card_count; c++)
        if (!cards[c]->doc->refines[0])
            rank_base(refdata, period, day, cards[c], units, count, entries);
    arena_fini(&scratch);
}
