/* try_measure: what a definition of a measure yields on recorded facts, before it is published. On a reader thread. */
#include "feedback/handlers.h"
#include "feedback/measures/trial.h"
#include "feedback/reference/reference_store.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define TIME_US     (15 * SECOND) /* then what was read must do */
#define TOP_DEFAULT 10
#define TOP_MAX     500
#define DAYS_MAX    3660

/* --- the answer ---------------------------------------------------------------------------------------------------
 */

/* The value of two sums: of a ratio what they come to, else the first. */
static int64_t value_of(const struct trial *trial, const struct trial_sum *sum, bool *no_value)
{
    struct ratio_value value = { true, sum->parts[0] };

    if (trial->definition.ratio)
        value = ratio_of(&trial->definition.unit, sum->parts[0], sum->parts[1]);
    *no_value = !value.defined;
    return value.defined ? value.value : 0;
}

static void fill_top(struct trial *trial, uint32_t limit, Bihuan__TryMeasureReply *reply)
{
    struct arena *arena = tx_arena(trial->tx);
    struct trial_unit *at = trial_sort(trial);

    reply->top = arena_array(arena, Bihuan__TriedUnit *, limit);
    for (; at && reply->n_top < limit; at = at->hh.next) {
        const struct ref_unit *unit = reference_unit(trial->definition.reference, at->unit);
        Bihuan__TriedUnit *row = arena_new(arena, Bihuan__TriedUnit);
        bool no_value;

        bihuan__tried_unit__init(row);
        row->unit = arena_strdup(arena, unit ? unit->code : "");
        row->value = value_of(trial, &at->sum, &no_value);
        row->no_value = no_value;
        row->lines = at->sum.lines;
        row->of = trial->definition.ratio ? at->sum.parts[0] : 0;
        row->over = trial->definition.ratio ? at->sum.parts[1] : 0;
        reply->top[reply->n_top++] = row;
    }
}

static void fill_days(struct trial *trial, Bihuan__TryMeasureReply *reply)
{
    struct arena *arena = tx_arena(trial->tx);

    if (!trial->days)
        return;
    reply->days = arena_array(arena, Bihuan__TriedDay *, trial->until - trial->from);
    for (int32_t i = 0; i < trial->until - trial->from; i++) {
        const struct trial_sum *sum = &trial->days[i];
        Bihuan__TriedDay *row;
        char day[DATE_TEXT_MAX];
        bool no_value;

        if (!sum->lines && !trial_is_running(trial, 0))
            continue;
        row = arena_new(arena, Bihuan__TriedDay);
        bihuan__tried_day__init(row);
        date_print(day, trial->from + i);
        row->day = arena_strdup(arena, day);
        row->value = value_of(trial, sum, &no_value);
        row->no_value = no_value;
        row->lines = sum->lines;
        row->of = trial->definition.ratio ? sum->parts[0] : 0;
        row->over = trial->definition.ratio ? sum->parts[1] : 0;
        reply->days[reply->n_days++] = row;
    }
}

static void fill_reply(struct trial *trial, uint32_t top, Bihuan__TryMeasureReply *reply)
{
    bool no_value;

    reply->total = value_of(trial, &trial->total, &no_value);
    reply->no_value = no_value;
    reply->lines = trial->total.lines;
    reply->records = trial->records;
    reply->units = trial->unit_count;
    reply->scale = (uint32_t)trial->definition.scale;
    reply->buckets = trial->buckets;
    reply->buckets_read = trial->buckets_read;
    reply->without_key = trial->without_key;
    if (trial->definition.ratio) {
        reply->of = trial->total.parts[0];
        reply->over = trial->total.parts[1];
        reply->of_scale = (uint32_t)trial->definition.unit.of_scale;
        reply->over_scale = (uint32_t)trial->definition.unit.over_scale;
    }
    fill_top(trial, top < TOP_MAX ? top : TOP_MAX, reply);
    fill_days(trial, reply);
}

/* --- the question -------------------------------------------------------------------------------------------------
 */

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
    trial->days = arena_array(tx_arena(trial->tx), struct trial_sum, days);
    return 0;
}

static int find_definition(struct tx *tx, const Bihuan__TryMeasureRequest *request, const Bihuan__Measure **out,
                           struct err *err)
{
    *out = request->definition;
    if (request->definition)
        return 0;
    if (reference_store_measure(tx_db(tx), tx_arena(tx), request->measure, out, err) != 0)
        return -1;
    return *out ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_measure", "measure \"%s\" is not known", request->measure);
}

static int prepare(struct trial *trial, const Bihuan__TryMeasureRequest *request, struct err *err)
{
    struct reference *reference = trial->definition.reference;
    const Bihuan__Measure *definition;

    if (take_range(trial, request, err) != 0 || find_definition(trial->tx, request, &definition, err) != 0 ||
        reference_store_load_world(tx_db(trial->tx), reference, err) != 0)
        return -1;
    if (*request->unit) {
        trial->below = reference_unit_id(reference, request->unit, strlen(request->unit));
        if (!trial->below)
            return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    }
    return trial_define(trial->tx, &trial->definition, definition, err);
}

int on_try_measure(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TryMeasureRequest *request = message;
    Bihuan__TryMeasureReply reply = BIHUAN__TRY_MEASURE_REPLY__INIT;
    struct trial trial = { .tx = tx, .definition.reference = reference_new(runtime_money_scale(tx_runtime(tx))) };
    int rc = prepare(&trial, request, err);

    if (rc == 0)
        rc = trial_run(&trial, clock_monotonic_us() + TIME_US, err);
    if (rc == 0) {
        fill_reply(&trial, request->top ? request->top : TOP_DEFAULT, &reply);
        rc = tx_reply(tx, &reply.base, err);
    }
    trial_fini(&trial);
    return rc;
}
