/* practice: see practice.h. Progress is monitoring's, so it keeps the cards; planning needn't know what came of them.
 */
#include "monitoring/practice/practice.h"

#include "monitoring/monitoring.h"
#include "monitoring/practice/effect.h"
#include "monitoring/practice/practice_store.h"

#include "refdata/sums.h"
#include "text/dates.h"

#include <string.h>

#define UNITS_SHOWN 1000
#define TYPES_MAX   16 /* there are fewer types of units */

int on_practice_issued(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GuideIssued *card = message;

    return card->guide && card->guide->practice ? practice_store_put(tx, card, err) : 0;
}

/* --- what is compared ----------------------------------------------------------------------------------------------
 */
/* Days [from, until), and the periods that phase them: those with a curve, shortest first. */
struct span {
    int32_t from, until;
    const struct ref_period **periods;
    size_t period_count;
};

struct comparison {
    struct tx *tx;
    struct monitoring *m;
    const Bihuan__Guide *guide;
    const struct ref_measure *measure;
    const struct ref_unit *practised; /* NULL: isn't known any more */
    struct span before, after;
    bool *addressed; /* by unit id */
    bool *apart;     /* so too: of those addressed or the practice's own, or above one of them */
    uint32_t limit;
    const char *types[TYPES_MAX]; /* of units addressed */
    size_t type_count;
    struct ref_ratio ratio; /* where the basis is one */
    enum effect_basis basis;
    struct effect_sum those, others;
};

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static int32_t day_of(const char *text)
{
    int32_t day = 0;

    (void)date_parse(text, strlen(text), &day, NULL); /* planning checked it */
    return day;
}

static void find_periods(struct comparison *c, struct span *span)
{
    const struct refdata *refdata = c->m->refdata;

    span->periods = arena_array(tx_arena(c->tx), const struct ref_period *, refdata_period_limit(refdata) + 1);
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);
        size_t at = span->period_count;

        if (!period || !period->has_curve || period->until_day <= span->from || period->from_day >= span->until)
            continue;
        for (; at > 0 && span->periods[at - 1]->until_day - span->periods[at - 1]->from_day >
                             period->until_day - period->from_day;
             at--)
            span->periods[at] = span->periods[at - 1];
        span->periods[at] = period;
        span->period_count++;
    }
}

/* From the day after it was issued to the last complete day, or the one it was to show itself by. */
static int find_spans(struct comparison *c, const char *as_of, struct err *err)
{
    const Bihuan__Practice *practice = c->guide->practice;
    const struct clock *clock = runtime_clock(c->m->rt);
    int64_t through = marks_through(c->m);
    int32_t until = through ? clock_day(clock, through) : today(c->tx), asked, effect_until;

    effect_until = day_of(practice->effect_until);
    if (as_of[0]) {
        if (date_parse(as_of, strlen(as_of), &asked, err) != 0)
            return -1;
        until = asked + 1 < until ? asked + 1 : until;
    }
    c->before = (struct span) { .from = day_of(practice->baseline_from), .until = day_of(practice->baseline_until) };
    c->after = (struct span) { .from = clock_day(clock, c->guide->issued_at) + 1,
                               .until = effect_until < until ? effect_until : until };
    find_periods(c, &c->before);
    find_periods(c, &c->after);
    return 0;
}

/* What the unit's targets had planned for the days; 0 where any of them has none. A day belongs to the shortest period
 * that has a target. */
static int64_t planned(const struct comparison *c, const struct span *span, uint32_t unit)
{
    struct arena *arena = tx_arena(c->tx);
    const struct ref_key key = { unit, c->measure->id, 0, 0 };
    struct phased *plans = arena_array(arena, struct phased, span->period_count + 1);
    int64_t sum = 0;
    int32_t first = span->from;
    size_t last = span->period_count;

    for (size_t p = 0; p < span->period_count; p++)
        if (!refdata_phase(c->m->refdata, span->periods[p], &key, REF_IN_FORCE, arena, &plans[p]))
            plans[p].target = 0;
    for (int32_t day = span->from; day <= span->until; day++) {
        size_t p = 0;

        while (p < span->period_count && (plans[p].target <= 0 || day < span->periods[p]->from_day ||
                                          day >= span->periods[p]->until_day || day == span->until))
            p++;
        if (p == span->period_count && day < span->until)
            return 0;
        if (p != last && last < span->period_count)
            sum += phased_range(&plans[last], first, day - 1);
        if (p != last) {
            first = day;
            last = p;
        }
    }
    return sum;
}

static int add_up(const struct comparison *c, const struct span *span, uint32_t unit, const struct ref_measure *measure,
                  int64_t *out, struct err *err)
{
    return measure_sum(c->m->refdata, c->m->cube, measure, unit, span->from, span->until - 1, out, err);
}

static int read_side(const struct comparison *c, const struct span *span, uint32_t unit, struct effect_side *out,
                     struct err *err)
{
    if (c->basis == EFFECT_RATIO)
        return add_up(c, span, unit, c->ratio.of, &out->actual, err) != 0
                   ? -1
                   : add_up(c, span, unit, c->ratio.over, &out->against, err);
    out->against = c->basis == EFFECT_DAILY ? span->until - span->from : planned(c, span, unit);
    return add_up(c, span, unit, c->measure, &out->actual, err);
}

/* --- who is compared -----------------------------------------------------------------------------------------------
 */
static bool is_open(const struct comparison *c, uint32_t id)
{
    const struct ref_unit *unit = refdata_unit(c->m->refdata, id);
    struct err ignored;

    return unit && unit->closed_day >= c->after.until && check_scope(c->tx, id, &ignored) == 0;
}

/* A unit and all above it. */
static void set_apart(struct comparison *c, uint32_t id)
{
    while (id != TREE_NONE && id < c->limit && !c->apart[id]) {
        c->apart[id] = true;
        id = tree_parent(refdata_tree(c->m->refdata), id, c->after.from);
    }
}

static bool is_of_type(const struct comparison *c, const char *type)
{
    for (size_t i = 0; i < c->type_count; i++)
        if (strcmp(c->types[i], type) == 0)
            return true;
    return false;
}

static void add_addressed(struct comparison *c, uint32_t id)
{
    const struct ref_unit *unit = id < c->limit ? refdata_unit(c->m->refdata, id) : NULL;

    if (!unit)
        return;
    c->addressed[id] = true;
    set_apart(c, id);
    if (!is_of_type(c, unit->type) && c->type_count < TYPES_MAX)
        c->types[c->type_count++] = unit->type;
}

static void find_units(struct comparison *c, const Bihuan__GuideIssued *card)
{
    uint32_t placed = tree_unit_limit(refdata_tree(c->m->refdata));

    c->limit = refdata_unit_limit(c->m->refdata) > placed ? refdata_unit_limit(c->m->refdata) : placed;
    c->addressed = arena_array(tx_arena(c->tx), bool, c->limit + 1);
    c->apart = arena_array(tx_arena(c->tx), bool, c->limit + 1);
    c->practised = refdata_unit_by_code(c->m->refdata, c->guide->practice->unit);
    for (size_t i = 0; i < card->n_unit_id; i++)
        add_addressed(c, card->unit_id[i]);
    if (c->practised)
        set_apart(c, c->practised->id);
}

/* Of the kind of those addressed, and no part of one of them, or of the one that they learn from. */
static bool is_like_them(const struct comparison *c, uint32_t id)
{
    const struct tree *tree = refdata_tree(c->m->refdata);
    const struct ref_unit *unit = refdata_unit(c->m->refdata, id);
    bool same = unit && !c->apart[id] && is_of_type(c, unit->type);

    for (uint32_t at = id; same && at != TREE_NONE; at = tree_parent(tree, at, c->after.from))
        same = !c->addressed[at] && !(c->practised && c->practised->id == at);
    return same;
}

/* --- the answer ----------------------------------------------------------------------------------------------------
 */
static Bihuan__EffectSide *side_message(const struct comparison *c, const struct effect_side *side)
{
    Bihuan__EffectSide *out = arena_new(tx_arena(c->tx), Bihuan__EffectSide);

    bihuan__effect_side__init(out);
    if (c->basis == EFFECT_RATIO) {
        out->value = ratio_of(&c->ratio.unit, side->actual, side->against).value;
        return out;
    }
    out->actual = side->actual;
    out->planned = c->basis == EFFECT_ATTAINMENT ? side->against : 0;
    out->attainment_ppm = c->basis == EFFECT_ATTAINMENT ? effect_ppm(side) : 0;
    return out;
}

static Bihuan__EffectGroup *group_message(const struct comparison *c, const struct effect_sum *sum)
{
    Bihuan__EffectGroup *out = arena_new(tx_arena(c->tx), Bihuan__EffectGroup);

    bihuan__effect_group__init(out);
    out->units = sum->units;
    out->before = side_message(c, &sum->before);
    out->after = side_message(c, &sum->after);
    out->known = effect_change(sum, c->basis, &out->change_ppm);
    return out;
}

static Bihuan__EffectUnit *unit_message(struct comparison *c, uint32_t id, const struct effect_sum *sum)
{
    const struct ref_unit *unit = refdata_unit(c->m->refdata, id);
    Bihuan__EffectUnit *out = arena_new(tx_arena(c->tx), Bihuan__EffectUnit);

    bihuan__effect_unit__init(out);
    out->unit = arena_strdup(tx_arena(c->tx), unit->code);
    out->unit_name = arena_strdup(tx_arena(c->tx), unit->name);
    out->group = group_message(c, sum);
    out->measure_scale = (uint32_t)measure_scale(c->tx, c->measure);
    return out;
}

static int add_unit(struct comparison *c, uint32_t id, Bihuan__GetPracticeEffectReply *reply, struct err *err)
{
    bool addressed = c->addressed[id];
    struct effect_sum own = { 0 };
    struct effect_side before, after;

    if (!is_open(c, id) || !(addressed || is_like_them(c, id)))
        return 0;
    if (read_side(c, &c->before, id, &before, err) != 0 || read_side(c, &c->after, id, &after, err) != 0)
        return -1;
    (void)effect_add(addressed ? &c->those : &c->others, &before, &after, c->basis);
    if (!addressed)
        return 0;
    own = (struct effect_sum) { 1, before, after };
    if (reply->n_items < UNITS_SHOWN)
        reply->items[reply->n_items++] = unit_message(c, id, &own);
    else
        reply->truncated = true;
    return 0;
}

static int compare(struct comparison *c, Bihuan__GetPracticeEffectReply *reply, struct err *err)
{
    c->those = c->others = (struct effect_sum) { 0 };
    reply->n_items = 0;
    for (uint32_t id = 1; id < c->limit; id++)
        if (add_unit(c, id, reply, err) != 0)
            return -1;
    return 0;
}

static void describe(const struct comparison *c, Bihuan__GetPracticeEffectReply *reply)
{
    struct tx *tx = c->tx;

    reply->code = c->guide->code;
    reply->version = c->guide->version;
    reply->unit = c->guide->practice->unit;
    reply->measure = arena_strdup(tx_arena(tx), c->measure->code);
    reply->measure_scale = (uint32_t)measure_scale(tx, c->measure);
    reply->direction = (char *)(uintptr_t)(c->measure->lower_is_better ? "lower" : "higher");
    reply->baseline_from = day_text(tx, c->before.from);
    reply->baseline_until = day_text(tx, c->before.until);
    reply->effect_from = day_text(tx, c->after.from);
    reply->effect_until = day_text(tx, c->after.until > c->after.from ? c->after.until : c->after.from);
    reply->state = (char *)(uintptr_t)(c->after.until <= c->after.from                             ? "waiting"
                                       : c->after.until < day_of(c->guide->practice->effect_until) ? "running"
                                                                                                   : "measured");
}

static void conclude(const struct comparison *c, Bihuan__GetPracticeEffectReply *reply)
{
    static const char *const words[] = { "attainment", "daily", "ratio" };

    reply->basis = (char *)(uintptr_t)words[c->basis];
    reply->addressed = group_message(c, &c->those);
    reply->others = group_message(c, &c->others);
    reply->known = reply->addressed->known && reply->others->known;
    reply->effect_ppm = reply->known ? reply->addressed->change_ppm - reply->others->change_ppm : 0;
}

/* A token that sees neither who issued the card nor anybody it is addressed to doesn't see it. */
static bool is_seen(const struct comparison *c)
{
    const struct ref_unit *issuer = refdata_unit_by_code(c->m->refdata, c->guide->unit);
    struct err ignored;
    bool seen = issuer && check_scope(c->tx, issuer->id, &ignored) == 0;

    for (uint32_t id = 1; id < c->limit && !seen; id++)
        seen = c->addressed[id] && check_scope(c->tx, id, &ignored) == 0;
    return seen;
}

static int get_effect(struct tx *tx, const Bihuan__GetPracticeEffectRequest *request, Bihuan__GuideIssued *card,
                      struct err *err)
{
    struct comparison c = { .tx = tx, .m = monitoring_of(tx), .guide = card->guide };
    Bihuan__GetPracticeEffectReply reply = BIHUAN__GET_PRACTICE_EFFECT_REPLY__INIT;

    c.measure = refdata_measure_by_code(c.m->refdata, c.guide->practice->measure);
    if (!c.measure)
        return err_fail(err, ERR_NOT_FOUND, "unknown_measure", "measure \"%s\" is not known",
                        c.guide->practice->measure);
    if (!c.measure->additive) {
        c.basis = EFFECT_RATIO;
        if (!refdata_ratio(c.m->refdata, c.measure, runtime_money_scale(tx_runtime(tx)), &c.ratio))
            return err_fail(err, ERR_NOT_FOUND, "unknown_measure", "the parts of \"%s\" are not known",
                            c.measure->code);
    }
    if (find_spans(&c, request->as_of, err) != 0)
        return -1;
    find_units(&c, card);
    if (!is_seen(&c))
        return err_fail(err, ERR_NOT_FOUND, "unknown_guide", "practice card \"%s\" is not known", request->code);
    describe(&c, &reply);
    reply.items = arena_array(tx_arena(tx), Bihuan__EffectUnit *, UNITS_SHOWN);
    if (c.after.until > c.after.from) {
        if (compare(&c, &reply, err) != 0)
            return -1;
        if (c.basis == EFFECT_ATTAINMENT && c.those.units == 0) { /* nobody had targets on all of the days */
            c.basis = EFFECT_DAILY;
            if (compare(&c, &reply, err) != 0)
                return -1;
        }
    }
    conclude(&c, &reply);
    return tx_reply(tx, &reply.base, err);
}

int on_get_practice_effect(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetPracticeEffectRequest *request = message;
    struct monitoring *m = monitoring_of(tx);
    Bihuan__GuideIssued *card;
    int rc;

    if (practice_store_get(tx, request->code, request->version, &card, err) != 0)
        return -1;
    if (!card)
        return err_fail(err, ERR_NOT_FOUND, "unknown_guide", "practice card \"%s\" is not known", request->code);
    pthread_rwlock_rdlock(&m->lock);
    rc = get_effect(tx, request, card, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
