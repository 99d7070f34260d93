/* compare: a unit beside the period before, last year and its peers. */
#include "monitoring/progress/compare.h"

#include "monitoring/judging/node.h"

#include "text/dates.h"

#include <string.h>

#include "bihuan/monitoring_desk.pb-c.h"

#define YEAR_DAYS 364 /* whole weeks, so that weekdays fall on weekdays */

struct comparing {
    struct tx *tx;
    const struct monitoring *m;
    const struct ref_unit *unit;
    const struct ref_period *period, *last;
    const struct ref_measure *measure;
    struct ref_ratio ratio;
    int32_t day, last_day;
};

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

/* Pace of a unit in a period as of a day; *has false: no target there, or no value. node->ev is set in any case. */
static int pace_of(const struct comparing *c, uint32_t unit, const struct ref_period *period, int32_t day,
                   struct node *node, bool *has, struct err *err)
{
    int64_t sums[2] = { 0, 0 };
    struct phased plan;

    *node = (struct node) { 0 };
    *has = false;
    if (!c->measure->additive) {
        int64_t level = refdata_target(c->m->refdata, period->id, unit, c->measure->id, 0, 0);

        if (node_ratio_sums(c->m, &c->ratio, unit, period, day, sums, err) != 0)
            return -1;
        node_ratio(&c->ratio, c->measure->lower_is_better, level > 0 ? level : 1, sums, node);
        *has = level > 0 && !node->no_value;
        return 0;
    }
    if (tree_roll_up(refdata_tree(c->m->refdata), c->m->cube, unit, c->measure->id, period->from_day, day, &sums[0],
                     err) != 0)
        return -1;
    node->ev = sums[0];
    *has = node_plan(c->m, period, unit, c->measure->id, tx_arena(c->tx), &plan);
    return *has ? node_pace(&plan, day, sums[0], c->measure->money, node, err) : 0;
}

static int add_last_period(const struct comparing *c, Bihuan__Comparison *out, struct err *err)
{
    struct node node;
    bool has;

    if (!c->last)
        return 0;
    if (pace_of(c, c->unit->id, c->last, c->last_day, &node, &has, err) != 0)
        return -1;
    out->last_period = arena_strdup(tx_arena(c->tx), c->last->code);
    out->last_period_as_of = day_text(c->tx, c->last_day);
    out->last_period_actual = node.ev;
    out->last_period_target = has;
    out->last_period_gap_bp = has ? (int32_t)node.pace.gap_bp : 0;
    return 0;
}

static int add_last_year(const struct comparing *c, Bihuan__Comparison *out, struct err *err)
{
    const struct tree *tree = refdata_tree(c->m->refdata);
    const struct ref_unit *root = refdata_root(c->m->refdata, c->day);
    int32_t from = c->period->from_day - YEAR_DAYS, to = c->day - YEAR_DAYS;
    int64_t all = 0;

    if (!c->measure->additive)
        return 0;
    if (tree_roll_up(tree, c->m->cube, c->unit->id, c->measure->id, from, to, &out->last_year_actual, err) != 0 ||
        (root && tree_roll_up(tree, c->m->cube, root->id, c->measure->id, from, to, &all, err) != 0))
        return -1;
    out->last_year_known = all != 0;
    return 0;
}

/* Those of its type below its parent; a root stands alone. */
static uint32_t *peers_of(const struct comparing *c, size_t *count)
{
    const struct tree *tree = refdata_tree(c->m->refdata);
    uint32_t parent = tree_parent(tree, c->unit->id, c->day);
    size_t all = parent == TREE_NONE ? 0 : tree_children(tree, parent, c->day, NULL, 0), kept = 0;
    uint32_t *units = arena_array(tx_arena(c->tx), uint32_t, all + 1);

    if (parent == TREE_NONE) {
        units[0] = c->unit->id;
        *count = 1;
        return units;
    }
    tree_children(tree, parent, c->day, units, all);
    for (size_t i = 0; i < all; i++) {
        const struct ref_unit *unit = refdata_unit(c->m->refdata, units[i]);

        if (unit && strcmp(unit->type, c->unit->type) == 0)
            units[kept++] = units[i];
    }
    *count = kept;
    return units;
}

static int add_peers(const struct comparing *c, Bihuan__Comparison *out, struct err *err)
{
    size_t count, found = 0, own = 0;
    uint32_t *units = peers_of(c, &count);
    int32_t *gaps = arena_array(tx_arena(c->tx), int32_t, count + 1);
    int32_t *scratch = arena_array(tx_arena(c->tx), int32_t, count + 1);
    struct compare_standing standing;

    for (size_t i = 0; i < count; i++) {
        struct node node;
        bool has;

        if (pace_of(c, units[i], c->period, c->day, &node, &has, err) != 0)
            return -1;
        if (!has)
            continue;
        if (units[i] == c->unit->id)
            own = found;
        units[found] = units[i];
        gaps[found++] = (int32_t)node.pace.gap_bp;
    }
    if (!found)
        return 0;
    standing = compare_stand(gaps, found, own, scratch);
    out->peers = (uint32_t)found;
    out->rank = standing.rank;
    out->median_gap_bp = standing.median_bp;
    out->best = arena_strdup(tx_arena(c->tx), refdata_unit(c->m->refdata, units[standing.best])->code);
    out->best_gap_bp = gaps[standing.best];
    return 0;
}

static int add_measure(const struct comparing *c, Bihuan__CompareProgressReply *reply, struct err *err)
{
    Bihuan__Comparison *out = arena_new(tx_arena(c->tx), Bihuan__Comparison);
    struct node node;
    bool has;

    if (pace_of(c, c->unit->id, c->period, c->day, &node, &has, err) != 0)
        return -1;
    if (!has)
        return 0;
    bihuan__comparison__init(out);
    out->unit = c->unit->code;
    out->measure = c->measure->code;
    out->measure_scale = (uint32_t)measure_scale(c->tx, c->measure);
    out->period = c->period->code;
    out->as_of = day_text(c->tx, c->day);
    out->actual = node.ev;
    out->gap_bp = (int32_t)node.pace.gap_bp;
    out->level = !c->measure->additive;
    if (add_last_period(c, out, err) != 0 || add_last_year(c, out, err) != 0 || add_peers(c, out, err) != 0)
        return -1;
    reply->items[reply->n_items++] = out;
    return 0;
}

/* The period before: of the same length, give or take a few days, and the latest that ends where this one begins or
 * before. */
static const struct ref_period *period_before(const struct monitoring *m, const struct ref_period *period)
{
    int32_t len = period->until_day - period->from_day;
    const struct ref_period *best = NULL;

    for (uint32_t id = 1; id < refdata_period_limit(m->refdata); id++) {
        const struct ref_period *other = refdata_period(m->refdata, id);
        int32_t off = other ? other->until_day - other->from_day - len : 0;

        if (other && other->until_day <= period->from_day && off >= -len / 10 - 1 && off <= len / 10 + 1 &&
            (!best || other->until_day > best->until_day))
            best = other;
    }
    return best;
}

static int find(struct comparing *c, const Bihuan__CompareProgressRequest *request, struct err *err)
{
    const char *code = request->unit[0] ? request->unit : tx_principal(c->tx)->subtree;
    int64_t through = marks_through(c->m);
    int32_t asked;

    c->day = through ? clock_day(runtime_clock(c->m->rt), through) - 1 : today(c->tx) - 1;
    if (request->as_of[0] && date_parse(request->as_of, strlen(request->as_of), &asked, err) != 0)
        return -1;
    if (request->as_of[0] && asked < c->day)
        c->day = asked;
    c->period = request->period[0] ? refdata_period_by_code(c->m->refdata, request->period)
                                   : refdata_period_of(c->m->refdata, c->day);
    if (!c->period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known",
                        request->period[0] ? request->period : "of the last complete day");
    if (c->day >= c->period->until_day)
        c->day = c->period->until_day - 1;
    c->last = period_before(c->m, c->period);
    if (c->last) {
        c->last_day = c->last->from_day + (c->day - c->period->from_day);
        if (c->last_day >= c->last->until_day)
            c->last_day = c->last->until_day - 1;
    }
    c->unit = code[0] ? refdata_unit_by_code(c->m->refdata, code) : refdata_root(c->m->refdata, c->day);
    if (!c->unit || check_scope(c->tx, c->unit->id, NULL) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
    return 0;
}

static int compare(struct tx *tx, const Bihuan__CompareProgressRequest *request, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct comparing c = { .tx = tx, .m = m };
    Bihuan__CompareProgressReply reply = BIHUAN__COMPARE_PROGRESS_REPLY__INIT;
    const struct ref_measure *only = refdata_measure_by_code(m->refdata, request->measure);

    if (request->measure[0] && !only)
        return err_fail(err, ERR_NOT_FOUND, "unknown_measure", "measure \"%s\" is not known", request->measure);
    if (find(&c, request, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Comparison *, refdata_measure_limit(m->refdata));
    for (uint32_t id = 1; id < refdata_measure_limit(m->refdata); id++) {
        c.measure = refdata_measure(m->refdata, id);
        if (!c.measure || (only && c.measure != only) ||
            (!c.measure->additive && !measure_ratio(tx, c.measure, &c.ratio)))
            continue;
        if (add_measure(&c, &reply, err) != 0)
            return -1;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_compare_progress(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = compare(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
