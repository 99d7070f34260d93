/* try_measure: what a definition of a measure yields on recorded facts, before it is published. On a reader thread. */
#include "feedback/measures/contribution.h"
#include "feedback/facts/effect.h"
#include "feedback/handlers.h"
#include "feedback/measures/record_walk.h"
#include "feedback/reference/reference_store.h"

#include "text/dates.h"

#include "bihuan/feedback_measures.pb-c.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define PIECE_ROWS  5000
#define TIME_US     (15 * SECOND) /* then what was read must do */
#define TOP_DEFAULT 10
#define TOP_MAX     500
#define DAYS_MAX    3660
#define TRIED_ID    1 /* of the one measure in the private reference */

struct unit_sum {
    UT_hash_handle hh;
    uint32_t unit;
    int64_t value;
    uint64_t lines;
};

struct trial {
    struct tx *tx;
    struct reference *reference;
    struct arena *arena; /* of the piece */
    int32_t from, until;
    uint32_t below; /* unit, 0 everywhere */
    struct unit_sum *units;
    int64_t *day_values; /* by day from `from`, NULL not asked */
    uint64_t *day_lines;
    Bihuan__TryMeasureReply reply;
};

/* --- the definition --- */

static void check_one_of(struct tx *tx, const char *pointer, const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return;
    tx_problem(tx, pointer, "unknown_word", "\"%s\" is none of what it can be", word);
}

static void check_filter(struct trial *trial, enum fact_kind kind, const Bihuan__MeasureFilter *filter)
{
    char words[200];
    static const char *const prices[] = { "", "off_list", NULL }, *const places[] = { "", "outside", NULL };
    struct tx *tx = trial->tx;

    for (size_t i = 0; i < filter->n_products; i++)
        if (!reference_product_id(trial->reference, filter->products[i], strlen(filter->products[i])))
            tx_problem(tx, arena_printf(tx_arena(tx), "/definition/filter/products/%zu", i), "unknown_product",
                       "product \"%s\" is not known", filter->products[i]);
    for (size_t i = 0; i < filter->n_channels; i++)
        if (!reference_channel_id(trial->reference, filter->channels[i], strlen(filter->channels[i])))
            tx_problem(tx, arena_printf(tx_arena(tx), "/definition/filter/channels/%zu", i), "unknown_channel",
                       "channel \"%s\" is not known", filter->channels[i]);
    for (size_t i = 0; i < filter->n_states; i++)
        if (!fact_state_parse(kind, filter->states[i], strlen(filter->states[i])))
            tx_problem(tx, arena_printf(tx_arena(tx), "/definition/filter/states/%zu", i), "unknown_word",
                       "\"%s\" is none of its states: %s", filter->states[i],
                       fact_state_words(kind, words, sizeof words));
    check_one_of(tx, "/definition/filter/price", filter->price, prices);
    check_one_of(tx, "/definition/filter/place", filter->place, places);
}

/* The one measure, under an id of its own, in a reference of its own. */
static int take_definition(struct trial *trial, const Bihuan__Measure *given, struct err *err)
{
    static const char *const credits[] = { "", "unit", NULL }, *const values[] = { "amount", "quantity", "count",
                                                                                   NULL };
    Bihuan__Measure measure = *given;
    struct tx *tx = trial->tx;
    enum fact_kind kind = fact_kind_parse(*measure.fact ? measure.fact : "order_line");

    if (kind == FACT_NONE)
        tx_problem(tx, "/definition/fact", "unknown_word", "\"%s\" is no kind of fact", measure.fact);
    check_one_of(tx, "/definition/value", measure.value, values);
    check_one_of(tx, "/definition/credit", measure.credit, credits);
    if (measure.filter && kind != FACT_NONE)
        check_filter(trial, kind, measure.filter);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    measure.id = TRIED_ID;
    measure.fact = (char *)(uintptr_t)fact_kind_info(kind)->word;
    trial->reply.scale = strcmp(measure.value, "amount") == 0 ? (uint32_t)runtime_money_scale(tx_runtime(tx)) : 0;
    if (reference_add_measure(trial->reference, &measure, err) != 0)
        return -1;
    reference_seal(trial->reference);
    return 0;
}

static int find_definition(struct trial *trial, const Bihuan__TryMeasureRequest *request, const Bihuan__Measure **out,
                           struct err *err)
{
    *out = request->definition;
    if (request->definition)
        return 0;
    if (reference_store_measure(tx_db(trial->tx), tx_arena(trial->tx), request->measure, out, err) != 0)
        return -1;
    return *out ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_measure", "measure \"%s\" is not known", request->measure);
}

/* --- counting --- */

static bool is_below(const struct trial *trial, uint32_t unit, int32_t day)
{
    for (int depth = 0; unit && depth < 64; depth++) {
        if (unit == trial->below)
            return true;
        unit = reference_parent(trial->reference, unit, day);
    }
    return false;
}

static void add(struct trial *trial, uint32_t unit, int32_t day, int64_t value)
{
    struct unit_sum *sum;

    HASH_FIND(hh, trial->units, &unit, sizeof unit, sum);
    if (!sum) {
        sum = arena_new(tx_arena(trial->tx), struct unit_sum);
        sum->unit = unit;
        HASH_ADD(hh, trial->units, unit, sizeof sum->unit, sum);
        trial->reply.units++;
    }
    sum->value += value;
    sum->lines++;
    trial->reply.total += value;
    trial->reply.lines++;
    if (trial->day_values) {
        trial->day_values[day - trial->from] += value;
        trial->day_lines[day - trial->from]++;
    }
}

static int count_record(void *arg, struct order_line *rows, size_t count, struct err *err)
{
    struct trial *trial = arg;
    const struct order_line **at = arena_array(trial->arena, const struct order_line *, count);
    struct effect effect;

    (void)err;
    trial->reply.records++;
    for (size_t i = 0; i < count; i++) {
        contribution_compute(trial->reference, &rows[i], trial->arena);
        at[i] = &rows[i];
    }
    effect = effect_of(at, count);
    for (int l = 0; l < effect.count; l++) {
        const struct effect_line *line = &effect.lines[l];
        uint32_t unit = reference_credited(trial->reference, TRIED_ID, line->line);
        int64_t value = line->line->contributions.values[0];

        if (line->day >= trial->from && line->day < trial->until && (!trial->below || is_below(trial, unit, line->day)))
            add(trial, unit, line->day, line->negative ? -value : value);
    }
    return 0;
}

static int walk_buckets(struct trial *trial, struct err *err)
{
    struct runtime *rt = tx_runtime(trial->tx);
    int64_t until = clock_monotonic_us() + TIME_US;
    struct arena arena;
    int rc = 0;

    arena_init(&arena);
    trial->arena = &arena;
    trial->reply.buckets = runtime_bucket_count(rt);
    for (uint32_t b = 0; rc == 0 && b < trial->reply.buckets && (b == 0 || clock_monotonic_us() < until); b++) {
        struct record_walk walk = { .bucket = (uint16_t)b };

        while (rc == 0 && !walk.ended && !runtime_stopping(rt)) {
            arena_reset(&arena);
            rc = record_walk_next(trial->tx, &walk, PIECE_ROWS, &arena, count_record, trial, err);
        }
        trial->reply.buckets_read++;
    }
    trial->arena = NULL;
    arena_fini(&arena);
    return rc;
}

/* --- the answer --- */

static int by_size(struct unit_sum *a, struct unit_sum *b)
{
    int64_t x = llabs(a->value), y = llabs(b->value);

    return x != y ? (x > y ? -1 : 1) : a->unit < b->unit ? -1 : a->unit > b->unit;
}

static void fill_top(struct trial *trial, uint32_t limit)
{
    struct arena *arena = tx_arena(trial->tx);
    struct unit_sum *sum;

    HASH_SORT(trial->units, by_size);
    trial->reply.top = arena_array(arena, Bihuan__TriedUnit *, limit);
    for (sum = trial->units; sum && trial->reply.n_top < limit; sum = sum->hh.next) {
        const struct ref_unit *unit = reference_unit(trial->reference, sum->unit);
        Bihuan__TriedUnit *row = arena_new(arena, Bihuan__TriedUnit);

        bihuan__tried_unit__init(row);
        row->unit = arena_strdup(arena, unit ? unit->code : "");
        row->value = sum->value;
        row->lines = sum->lines;
        trial->reply.top[trial->reply.n_top++] = row;
    }
}

static void fill_days(struct trial *trial)
{
    struct arena *arena = tx_arena(trial->tx);

    if (!trial->day_values)
        return;
    trial->reply.days = arena_array(arena, Bihuan__TriedDay *, trial->until - trial->from);
    for (int32_t i = 0; i < trial->until - trial->from; i++) {
        Bihuan__TriedDay *row;
        char day[DATE_TEXT_MAX];

        if (!trial->day_lines[i])
            continue;
        row = arena_new(arena, Bihuan__TriedDay);
        bihuan__tried_day__init(row);
        date_print(day, trial->from + i);
        row->day = arena_strdup(arena, day);
        row->value = trial->day_values[i];
        row->lines = trial->day_lines[i];
        trial->reply.days[trial->reply.n_days++] = row;
    }
}

/* --- the question --- */

static int parse_day(const char *text, int32_t fallback, int32_t *out, struct err *err)
{
    *out = fallback;
    return *text ? date_parse(text, strlen(text), out, err) : 0;
}

static int take_range(struct trial *trial, const Bihuan__TryMeasureRequest *request, struct err *err)
{
    int64_t days;

    if (parse_day(request->from, INT32_MIN, &trial->from, err) != 0 ||
        parse_day(request->until, INT32_MAX, &trial->until, err) != 0)
        return -1;
    days = (int64_t)trial->until - trial->from;
    if (!request->by_day)
        return 0;
    if (days < 1 || days > DAYS_MAX)
        return err_fail(err, ERR_INVALID, "bad_period", "sums of each day need from and until, at most %d days apart",
                        DAYS_MAX);
    trial->day_values = arena_array(tx_arena(trial->tx), int64_t, days);
    trial->day_lines = arena_array(tx_arena(trial->tx), uint64_t, days);
    return 0;
}

static int prepare(struct trial *trial, const Bihuan__TryMeasureRequest *request, struct err *err)
{
    const Bihuan__Measure *definition;

    if (take_range(trial, request, err) != 0 || find_definition(trial, request, &definition, err) != 0 ||
        reference_store_load_world(tx_db(trial->tx), trial->reference, err) != 0)
        return -1;
    if (*request->unit) {
        trial->below = reference_unit_id(trial->reference, request->unit, strlen(request->unit));
        if (!trial->below)
            return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    }
    return take_definition(trial, definition, err);
}

int on_try_measure(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TryMeasureRequest *request = message;
    struct trial trial = { .tx = tx, .reference = reference_new(runtime_money_scale(tx_runtime(tx))) };
    uint32_t top = request->top ? request->top : TOP_DEFAULT;
    int rc;

    bihuan__try_measure_reply__init(&trial.reply);
    rc = prepare(&trial, request, err);
    if (rc == 0)
        rc = walk_buckets(&trial, err);
    if (rc == 0) {
        fill_top(&trial, top < TOP_MAX ? top : TOP_MAX);
        fill_days(&trial);
        rc = tx_reply(tx, &trial.reply.base, err);
    }
    HASH_CLEAR(hh, trial.units);
    reference_destroy(&trial.reference);
    return rc;
}
