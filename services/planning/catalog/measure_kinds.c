/* measure_kinds: see measure_kinds.h. */
#include "planning/catalog/measure_kinds.h"

#include "calc/ratio.h"
#include "refdata/age_range.h"
#include "refdata/fact_kinds.h"

#include <string.h>

#define CODE_MAX         64
#define AVERAGE_DECIMALS 2
#define HOLDS_MAX        3660

static const char *const KEYS[] = { "customer", "seller", "product", "place", "unit", "subject", NULL };
static const char *const LOOP_KEYS[] = { "unit", NULL };
static const char *const WINDOWS[] = { "day", "week", "month", "quarter", "year", "ever", NULL };
static const char *const TYPES[] = { "",       "province", "office", "centre",      "city", "county",
                                     "outlet", "dealer",   "team",   "salesperson", NULL };
static const char *const CANCELLED[] = { "",           "any", "after_day", "after_week", "after_month", "after_quarter",
                                         "after_year", NULL };
static const char *const GIVEN[] = { "customer", "seller", "channel", "product", "place", "subject", "photo", NULL };
static const char *const AVERAGES[] = { "amount", "quantity", NULL };

static bool is(const Bihuan__Measure *measure, const char *value)
{
    return strcmp(measure->value, value) == 0;
}

static bool divides(const Bihuan__Measure *measure)
{
    return is(measure, "ratio") || is(measure, "average");
}

/* --- one item ------------------------------------------------------------------------------------------------------
 */

static void refuse_unused(struct tx *tx, const char *pointer, const char *field, const char *of)
{
    tx_problem(tx, place(tx, pointer, field), "not_used", "\"%s\" belongs to a measure of value %s; leave it out",
               field, of);
}

static void check_distinct(struct tx *tx, const char *pointer, const Bihuan__Measure *measure)
{
    const char *at = place(tx, pointer, "distinct");
    bool of_loop = !fact_kind_is_fed(fact_kind_parse(measure->fact));

    if (!measure->distinct) {
        tx_problem(tx, at, "missing_value", "a distinct count names its key and window");
        return;
    }
    check_word(tx, at, "key", measure->distinct->key, of_loop ? LOOP_KEYS : KEYS);
    check_word(tx, at, "window", measure->distinct->window, WINDOWS);
    check_word(tx, at, "within", measure->distinct->within, TYPES);
}

static void check_unit(struct tx *tx, const char *pointer, Bihuan__MeasureRatio *ratio)
{
    const char *at = place(tx, pointer, "ratio");

    if (!ratio->times)
        ratio->times = 1;
    if (ratio->decimals > RATIO_DECIMALS_MAX)
        tx_problem(tx, place(tx, at, "decimals"), "out_of_range", "at most %d digits behind the point",
                   RATIO_DECIMALS_MAX);
    if (ratio->times > RATIO_TIMES_MAX)
        tx_problem(tx, place(tx, at, "times"), "out_of_range", "times is 1 to %d: 100 for per cent", RATIO_TIMES_MAX);
}

void measure_check_kind(struct tx *tx, const char *pointer, Bihuan__Measure *measure)
{
    if (is(measure, "distinct"))
        check_distinct(tx, pointer, measure);
    else if (measure->distinct)
        refuse_unused(tx, pointer, "distinct", "distinct");
    if (!is(measure, "average") && measure->average_of[0])
        refuse_unused(tx, pointer, "average_of", "average");
    if (!divides(measure)) {
        if (measure->ratio)
            refuse_unused(tx, pointer, "ratio", "ratio");
        return;
    }
    if (is(measure, "ratio") && measure->filter)
        tx_problem(tx, place(tx, pointer, "filter"), "not_used", "what a ratio counts is said by its two parts");
    if (measure->ratio)
        check_unit(tx, pointer, measure->ratio);
}

void measure_check_over_time(struct tx *tx, const char *pointer, const struct fact_kind_info *kind,
                             Bihuan__Measure *measure)
{
    bool sums = strcmp(measure->over_time, "sum") == 0, last;

    if (!measure->over_time[0] && kind->level && !is(measure, "ratio"))
        measure->over_time = (char *)(uintptr_t) "last";
    else if (sums)
        measure->over_time = (char *)(uintptr_t) "";
    last = strcmp(measure->over_time, "last") == 0;
    if (kind->level && is(measure, "distinct"))
        tx_problem(tx, place(tx, pointer, "value"), "not_counted",
                   "a fact \"%s\" is read again and again: count readings that hold with value count", kind->word);
    else if (kind->level && sums && !is(measure, "ratio"))
        tx_problem(tx, place(tx, pointer, "over_time"), "is_level",
                   "a fact \"%s\" says how much there is: its days don't add up, so over_time is last", kind->word);
    if (last && is(measure, "ratio"))
        tx_problem(tx, place(tx, pointer, "over_time"), "not_used",
                   "what a ratio shows over time is said by its two parts; leave it out");
    if (!kind->level && measure->filter && measure->filter->holds_days)
        tx_problem(tx, place(tx, place(tx, pointer, "filter"), "holds_days"), "not_used",
                   "a fact \"%s\" happens once and doesn't hold; leave holds_days out", kind->word);
    if (measure->filter && measure->filter->cancelled[0] &&
        (kind->level || kind->loop_sender || is(measure, "distinct")))
        tx_problem(tx, place(tx, place(tx, pointer, "filter"), "cancelled"), "not_used",
                   "only facts that feeds bring are cancelled, and neither readings nor keys are counted by it");
}

static const char *cancelled_of(const Bihuan__Measure *measure, uint32_t *days)
{
    *days = measure->filter ? measure->filter->cancelled_days : 0;
    return measure->filter ? measure->filter->cancelled : "";
}

bool measure_same_cancels(const Bihuan__Measure *a, const Bihuan__Measure *b)
{
    uint32_t x, y;

    return strcmp(cancelled_of(a, &x), cancelled_of(b, &y)) == 0 && x == y;
}

void measure_check_days(struct tx *tx, const char *at, const Bihuan__MeasureFilter *filter)
{
    struct age_range age;

    if (filter->age[0] && !age_range_parse(filter->age, &age))
        tx_problem(tx, place(tx, at, "age"), "bad_range",
                   "\"%s\" is no range of days FROM..TO, both counted, such as ..0, 1..30 or 91..", filter->age);
    if (filter->holds_days > HOLDS_MAX)
        tx_problem(tx, place(tx, at, "holds_days"), "out_of_range", "at most %d days", HOLDS_MAX);
    check_word(tx, at, "cancelled", filter->cancelled, CANCELLED);
    if (filter->cancelled_days && !filter->cancelled[0])
        tx_problem(tx, place(tx, at, "cancelled_days"), "not_used", "it belongs to a filter with cancelled");
    if (filter->cancelled_days > HOLDS_MAX)
        tx_problem(tx, place(tx, at, "cancelled_days"), "out_of_range", "at most %d days", HOLDS_MAX);
    for (size_t i = 0; i < filter->n_has; i++)
        check_word(tx, at, "has", filter->has[i], GIVEN);
}

bool measure_same_kind(const Bihuan__Measure *a, const Bihuan__Measure *b)
{
    if (is(a, "distinct") != is(b, "distinct") || divides(a) != divides(b))
        return false;
    if (!divides(a) || !a->ratio || !b->ratio)
        return true;
    return strcmp(a->value, b->value) == 0 && a->ratio->decimals == b->ratio->decimals &&
           a->ratio->times == b->ratio->times;
}

/* --- the parts of a ratio ------------------------------------------------------------------------------------------
 */

static const Bihuan__Measure *in_request(const Bihuan__ApplyMeasuresRequest *request, const char *code)
{
    for (size_t i = 0; i < request->n_items; i++)
        if (strcmp(request->items[i]->code, code) == 0)
            return request->items[i];
    return NULL;
}

static void check_part(struct tx *tx, const Bihuan__ApplyMeasuresRequest *request, const char *pointer,
                       const char *field, const char *code)
{
    const struct ref_measure *known = refdata_measure_by_code(refdata_of(tx), code);
    const Bihuan__Measure *fresh = in_request(request, code);
    const char *at = place(tx, place(tx, pointer, "ratio"), field);

    if (!code[0])
        tx_problem(tx, at, "missing_value", "a ratio names two measures: of and over");
    else if (!known && !fresh)
        tx_problem(tx, at, "unknown_measure", "measure \"%s\" is not known; apply it first, or with this one", code);
    else if (fresh ? divides(fresh) : !known->additive && !known->level)
        tx_problem(tx, at, "not_additive",
                   "measure \"%s\" is a ratio itself and adds up nowhere: name the sums that it is made of", code);
}

static void check_ratio(struct tx *tx, const Bihuan__ApplyMeasuresRequest *request, size_t index)
{
    const Bihuan__Measure *measure = request->items[index];
    const char *pointer = arena_printf(tx_arena(tx), "/items/%zu", index);

    if (!measure->ratio) {
        tx_problem(tx, place(tx, pointer, "ratio"), "missing_value", "a ratio names two measures: of and over");
        return;
    }
    check_part(tx, request, pointer, "of", measure->ratio->of);
    check_part(tx, request, pointer, "over", measure->ratio->over);
}

/* --- averages ------------------------------------------------------------------------------------------------------
 */

static Bihuan__Measure *make_part(struct arena *arena, const Bihuan__Measure *average, const char *suffix,
                                  const char *value, const char *zh, const char *en)
{
    Bihuan__Measure *part = arena_memdup(arena, average, sizeof *average);

    part->id = 0;
    part->code = arena_printf(arena, "%s.%s", average->code, suffix);
    part->title_zh = arena_printf(arena, "%s%s", average->title_zh, zh);
    part->title_en = arena_printf(arena, "%s%s", average->title_en, en);
    part->value = (char *)(uintptr_t)value;
    part->average_of = (char *)(uintptr_t) "";
    part->ratio = NULL;
    part->distinct = NULL; /* said once, of the average */
    if (strcmp(value, "count") == 0)
        part->unit = (char *)(uintptr_t) "";
    return part;
}

/* Its parts carry its filter, so this is the only place that checks it. */
static bool check_average(struct tx *tx, Bihuan__Measure *measure, const char *pointer)
{
    const struct fact_kind_info *kind = fact_kind_info(
        fact_kind_parse(measure->fact[0] ? measure->fact : "order_line"));
    size_t before = tx_problem_count(tx);

    check_word(tx, pointer, "average_of", measure->average_of, AVERAGES);
    if (measure->filter)
        measure_check_filter(tx, pointer, measure);
    if (kind && !kind->amount && strcmp(measure->average_of, "amount") == 0)
        tx_problem(tx, place(tx, pointer, "average_of"), "no_amount", "a fact \"%s\" has no amount", kind->word);
    if (kind && kind->loop_sender)
        tx_problem(tx, place(tx, pointer, "fact"), "no_amount",
                   "averages are of facts that feeds bring: of the loop's make a ratio of a quantity over a count");
    if (strlen(measure->code) + strlen(".over") > CODE_MAX)
        tx_problem(tx, place(tx, pointer, "code"), "too_long", "the parts of an average need 5 more characters");
    if (measure->ratio && (measure->ratio->of[0] || measure->ratio->over[0]) &&
        (strcmp(measure->ratio->of, arena_printf(tx_arena(tx), "%s.of", measure->code)) != 0 ||
         strcmp(measure->ratio->over, arena_printf(tx_arena(tx), "%s.over", measure->code)) != 0))
        tx_problem(tx, place(tx, pointer, "ratio"), "not_used",
                   "an average brings its own parts; leave of and over out");
    return kind && tx_problem_count(tx) == before; /* an unknown kind is reported with the item */
}

static size_t take_average(struct tx *tx, Bihuan__Measure *measure, Bihuan__Measure **out)
{
    struct arena *arena = tx_arena(tx);

    if (!measure->ratio) {
        measure->ratio = arena_new(arena, Bihuan__MeasureRatio);
        bihuan__measure_ratio__init(measure->ratio);
        measure->ratio->decimals = AVERAGE_DECIMALS;
    }
    out[0] = make_part(arena, measure, "of", measure->average_of, "（合计）", " (sum)");
    out[1] = make_part(arena, measure, "over", "count", "（笔数）", " (lines)");
    measure->ratio->of = out[0]->code;
    measure->ratio->over = out[1]->code;
    return 2;
}

size_t measure_take_parts(struct tx *tx, const Bihuan__ApplyMeasuresRequest *request, Bihuan__Measure ***items)
{
    size_t count = request->n_items;

    *items = arena_array(tx_arena(tx), Bihuan__Measure *, request->n_items * 3 + 1);
    for (size_t i = 0; i < request->n_items; i++) {
        Bihuan__Measure *measure = (*items)[i] = request->items[i];

        if (is(measure, "ratio"))
            check_ratio(tx, request, i);
        else if (is(measure, "average") && check_average(tx, measure, arena_printf(tx_arena(tx), "/items/%zu", i)))
            count += take_average(tx, measure, *items + count);
    }
    return count;
}
