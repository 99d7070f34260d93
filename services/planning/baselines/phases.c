/* phases: see phases.h; and the view of a target by day, week and month. */
#include "planning/baselines/phases.h"

#include "calc/periods.h"
#include "planning/baselines/baselines.h"
#include "planning/ledger/cell_store.h"
#include "planning/targets/scope.h"
#include "text/dates.h"

#include <string.h>

#define DAYS_MAX 1100

/* --- amounts --- */

void phase_amounts_init(struct phase_amounts *amounts, struct tx *tx, uint32_t unit_id, const struct slice_key *key,
                        struct err *err)
{
    uint32_t limit = refdata_period_limit(refdata_of(tx));

    *amounts = (struct phase_amounts) { .tx = tx,
                                        .key = *key,
                                        .unit_id = unit_id,
                                        .amount = arena_array(tx_arena(tx), int64_t, limit + 1),
                                        .version = arena_array(tx_arena(tx), uint32_t, limit + 1),
                                        .err = err };
    for (uint32_t id = 0; id < limit; id++)
        amounts->amount[id] = -1;
}

static int read_amount_of(struct phase_amounts *amounts, uint32_t period_id, uint32_t version)
{
    struct cell_row row = { .key = amounts->key, .cell = { .unit_id = amounts->unit_id } };

    amounts->version[period_id] = version;
    amounts->amount[period_id] = 0;
    if (!version)
        return 0;
    if (cell_store_find(amounts->tx, period_id, version, &row, 1, amounts->err) != 0)
        return -1;
    amounts->amount[period_id] = row.cell.revision ? row.cell.amount : 0;
    return 0;
}

int64_t phase_amount(const void *arg, const struct ref_period *period)
{
    struct phase_amounts *amounts = (struct phase_amounts *)(uintptr_t)arg;
    struct version_row works, in_force;

    if (amounts->failed)
        return 0;
    if (amounts->amount[period->id] < 0 &&
        (version_store_current(amounts->tx, period->id, &works, &in_force, amounts->err) != 0 ||
         read_amount_of(amounts, period->id, in_force.version) != 0))
        amounts->failed = true;
    return amounts->failed ? 0 : amounts->amount[period->id];
}

/* --- the view --- */

struct source {
    const struct ref_period *period;
    struct phased plan;
};

struct view {
    struct tx *tx;
    const Bihuan__PhaseTargetsRequest *request;
    struct cell_ref cell; /* period NULL: the days from..until */
    struct phase_amounts amounts;
    struct version_row version; /* of the period */
    enum period_step step;
    int32_t from, until;
    struct source *sources; /* follow each other by day; they don't overlap */
    size_t source_count;
    Bihuan__PhaseTargetsReply reply;
};

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static char *text_of(const struct view *view, int64_t amount)
{
    return amount_text(view->tx, view->cell.key.measure_id, amount);
}

/* Adds the period where it has the target and none that was added speaks for its days. */
static void add_source(struct view *view, const struct ref_period *period)
{
    size_t at = view->source_count;
    int64_t target;

    for (size_t i = 0; i < view->source_count; i++)
        if (period->from_day < view->sources[i].period->until_day &&
            view->sources[i].period->from_day < period->until_day)
            return;
    target = period->has_curve ? phase_amount(&view->amounts, period) : 0;
    if (target <= 0)
        return;
    for (; at > 0 && view->sources[at - 1].period->from_day > period->from_day; at--)
        view->sources[at] = view->sources[at - 1];
    view->sources[at].period = period;
    refdata_phase_by(period, target, phase_amount, &view->amounts, REF_IN_FORCE, tx_arena(view->tx),
                     &view->sources[at].plan);
    view->source_count++;
    view->reply.estimated = view->reply.estimated || period->estimated;
}

/* All that touch the days shown, or the weeks or months that they begin and end in: the longest kind first. */
static void find_sources(struct view *view)
{
    const struct refdata *refdata = refdata_of(view->tx);
    int32_t until = period_step_end(view->until - 1, view->step), from = view->from;
    uint32_t limit = refdata_period_limit(refdata), count = 0;
    const struct ref_period **order = arena_array(tx_arena(view->tx), const struct ref_period *, limit + 1);

    while (period_step_end(from - 1, view->step) > view->from)
        from--;
    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_period *period = refdata_period(refdata, id);
        uint32_t at = count;

        if (!period || period->until_day <= from || period->from_day >= until)
            continue;
        for (; at > 0 && period_goes_before(period->from_day, period->until_day, order[at - 1]->from_day,
                                            order[at - 1]->until_day);
             at--)
            order[at] = order[at - 1];
        order[at] = period;
        count++;
    }
    for (uint32_t i = 0; i < count; i++)
        add_source(view, order[i]);
}

static int64_t planned(const struct view *view, int32_t from, int32_t until)
{
    int64_t sum = 0;

    for (size_t i = 0; i < view->source_count; i++) {
        const struct ref_period *period = view->sources[i].period;
        int32_t first = from > period->from_day ? from : period->from_day;
        int32_t end = until < period->until_day ? until : period->until_day;

        sum += first < end ? phased_range(&view->sources[i].plan, first, end - 1) : 0;
    }
    return sum;
}

static void add_parts(const struct view *view, int32_t from, int32_t until, Bihuan__PhasedRow *row)
{
    row->parts = arena_array(tx_arena(view->tx), Bihuan__PhasedPart *, view->source_count + 1);
    for (size_t i = 0; i < view->source_count; i++) {
        const struct ref_period *period = view->sources[i].period;
        int32_t first = from > period->from_day ? from : period->from_day;
        int32_t end = until < period->until_day ? until : period->until_day;
        Bihuan__PhasedPart *part;

        if (first >= end)
            continue;
        part = row->parts[row->n_parts++] = arena_new(tx_arena(view->tx), Bihuan__PhasedPart);
        bihuan__phased_part__init(part);
        part->period = period->code;
        part->version = view->amounts.version[period->id];
        part->planned = text_of(view, phased_range(&view->sources[i].plan, first, end - 1));
    }
}

/* One day, week or month from `day` on, or what of it was asked for. */
static Bihuan__PhasedRow *make_row(const struct view *view, int32_t day, int32_t *next)
{
    Bihuan__PhasedRow *row = arena_new(tx_arena(view->tx), Bihuan__PhasedRow);
    int32_t end = period_step_end(day, view->step), begin = day;

    while (period_step_end(begin - 1, view->step) == end)
        begin--;
    *next = end < view->until ? end : view->until;
    bihuan__phased_row__init(row);
    row->from = day_text(view->tx, day);
    row->until = day_text(view->tx, *next);
    row->planned = text_of(view, planned(view, day, *next));
    row->to_date = text_of(view, planned(view, view->from, *next));
    row->clipped = begin < day || end > *next;
    if (row->clipped)
        row->whole = text_of(view, planned(view, begin, end));
    add_parts(view, begin, end, row);
    return row;
}

/* --- the request --- */

static int read_step(struct view *view, struct err *err)
{
    static const char *const words[] = { "day", "week", "month" };
    const char *word = view->request->by[0] ? view->request->by : "week";

    for (int i = 0; i < 3; i++)
        if (strcmp(words[i], word) == 0) {
            view->step = (enum period_step)i;
            return 0;
        }
    return err_fail(err, ERR_INVALID, "unknown_word", "by \"%s\" is none of day, week, month", word);
}

/* Of the period: the version asked for, by the calendar that it goes by. */
static int read_period(struct view *view, struct err *err)
{
    const struct ref_period *period = view->cell.period, *phased = period;
    struct version_row works, in_force;
    Bihuan__PlanVersion described = BIHUAN__PLAN_VERSION__INIT;

    view->from = period->from_day;
    view->until = period->until_day;
    if (view->request->version ? version_to_read(view->tx, period, view->request->version, &view->version, err) != 0
                               : version_store_current(view->tx, period->id, &works, &in_force, err) != 0)
        return -1;
    if (!view->request->version)
        view->version = in_force;
    if (!view->version.version)
        return err_fail(err, ERR_NOT_FOUND, "no_targets",
                        "period \"%s\" has no published targets; name the version of a draft to see it", period->code);
    if (read_amount_of(&view->amounts, period->id, view->version.version) != 0 ||
        baseline_period(view->tx, period, &view->version, &phased, err) != 0 ||
        baseline_describe(view->tx, period, &view->version, &described, err) != 0)
        return -1;
    view->reply.target = text_of(view, view->amounts.amount[period->id]);
    view->reply.version = view->version.version;
    view->reply.calendar = described.calendar;
    view->reply.calendar_version = described.calendar_version;
    add_source(view, phased);
    return 0;
}

static void read_days(struct view *view)
{
    view->from = check_date(view->tx, "", "from", view->request->from, true, 0);
    view->until = check_date(view->tx, "", "until", view->request->until, true, 1);
    if (!tx_problem_count(view->tx) && (view->from >= view->until || view->until - view->from > DAYS_MAX))
        tx_problem(view->tx, "/until", "bad_period", "until is behind from, by at most %d days", DAYS_MAX);
}

static int read_request(struct view *view, struct err *err)
{
    const Bihuan__PhaseTargetsRequest *request = view->request;
    const struct cell_name name = { request->period[0] ? request->period : NULL, request->unit, request->channel,
                                    request->product, request->measure };

    if (scope_find_unit(view->tx, refdata_period_by_code(refdata_of(view->tx), request->period), request->unit,
                        &view->cell.unit, err) != 0)
        return -1;
    read_cell_name(view->tx, "", "", &name, &view->cell);
    if (!request->period[0])
        read_days(view);
    if (tx_problem_count(view->tx))
        return tx_refuse(view->tx, err);
    if (!adds_up(view->tx, view->cell.measure->id, AXIS_PERIODS))
        return err_fail(err, ERR_INVALID, "level", "\"%s\" is a level, the same on every day", request->measure);
    return read_step(view, err);
}

static int phase_targets(struct tx *tx, const Bihuan__PhaseTargetsRequest *request, struct err *err)
{
    struct view *view = arena_new(tx_arena(tx), struct view);

    view->tx = tx;
    view->request = request;
    bihuan__phase_targets_reply__init(&view->reply);
    if (read_request(view, err) != 0)
        return -1;
    view->sources = arena_array(tx_arena(tx), struct source, refdata_period_limit(refdata_of(tx)) + 1);
    phase_amounts_init(&view->amounts, tx, view->cell.unit->id, &view->cell.key, err);
    if (view->cell.period && read_period(view, err) != 0)
        return -1;
    find_sources(view);
    view->reply.items = arena_array(tx_arena(tx), Bihuan__PhasedRow *, (size_t)(view->until - view->from) + 1);
    for (int32_t day = view->from, next; day < view->until && view->source_count; day = next)
        view->reply.items[view->reply.n_items++] = make_row(view, day, &next);
    if (view->amounts.failed)
        return -1;
    view->reply.unit = request->unit;
    view->reply.measure = request->measure;
    return tx_reply(tx, &view->reply.base, err);
}

int on_phase_targets(struct tx *tx, const void *message, struct err *err)
{
    return read_locked(tx, phase_targets, message, err);
}
