/* report_timer: duties are made when their periods begin; what is due soon or overdue is told, once for each due day.
 */
#include "feedback/reports/report_cycles.h"
#include "feedback/reports/reports.h"

#include "feedback/state.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <string.h>

#define DUTIES_A_TURN 5000
#define TOLD_A_TURN   200

/* --- duties --------------------------------------------------------------------------------------------------------
 */
struct round {
    struct tx *tx;
    const struct snapshot *snapshot;
    const Bihuan__ReportTemplate *template_;
    size_t made; /* in this turn */
};

static bool reports(const Bihuan__ReportTemplate *template_, const struct ref_unit *unit, int32_t day)
{
    if (!unit || unit->closed_day <= day)
        return false;
    for (size_t i = 0; i < template_->n_unit_types; i++)
        if (strcmp(template_->unit_types[i], unit->type) == 0)
            return true;
    return false;
}

/* A unit that stands nowhere in the tree on the period's first day owes nothing, but for the root itself. */
static bool stands(const struct reference *reference, const struct ref_unit *unit, int32_t day)
{
    return !unit->relation_count || reference_parent(reference, unit->id, day);
}

/* The duties of one period, which is called `key` and begins on from_day. */
static int make_duties(struct round *round, const char *key, int32_t from_day, int32_t due_day, struct err *err)
{
    const struct reference *reference = round->snapshot->reference;
    const Bihuan__ReportTemplate *t = round->template_;
    uint32_t limit = reference_unit_limit(reference);
    struct arena *arena = tx_arena(round->tx);
    const char **ids = arena_array(arena, const char *, limit + 1);
    int32_t *units = arena_array(arena, int32_t, limit + 1), *cities = arena_array(arena, int32_t, limit + 1);
    struct report like = { .template_ = t->code,
                           .theme = t->theme,
                           .period = key,
                           .from_day = from_day,
                           .due_day = due_day,
                           .soon_day = REPORT_NO_DAY,
                           .fields = (uint32_t)t->n_fields };
    size_t count = 0;

    if (t->due_soon_days)
        like.soon_day = like.due_day - (int32_t)t->due_soon_days;
    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_unit *unit = reference_unit(reference, id);

        if (!reports(t, unit, from_day) || !stands(reference, unit, from_day))
            continue;
        ids[count] = arena_printf(arena, "%s.%s.%s", t->code, unit->code, key);
        units[count] = (int32_t)id;
        cities[count++] = (int32_t)reference_city(reference, id, from_day);
    }
    round->made += count + 1;
    return count ? report_store_make(round->tx, &like, ids, units, cities, count, err) : 0;
}

static int make_rounds(struct round *round, enum report_recurrence recurrence, int32_t from, int32_t until,
                       struct err *err)
{
    int32_t today = report_today(round->tx), last;
    struct report_period period;

    if (report_store_round(round->tx, round->template_->code, &last, err) != 0)
        return -1;
    report_period_from(recurrence, last != REPORT_NO_DAY && last >= from ? last + 1 : from, &period);
    while (period.from_day <= today && period.from_day < until && round->made < DUTIES_A_TURN) {
        if (make_duties(round, period.key, period.from_day, report_due_day(&period, round->template_->due_days), err) !=
                0 ||
            report_store_set_round(round->tx, round->template_->code, period.from_day, err) != 0)
            return -1;
        report_period_from(recurrence, period.until_day, &period);
    }
    return 0;
}

static bool is_of(const Bihuan__ReportTemplate *template_, const struct report_cycle *cycle)
{
    for (size_t i = 0; i < template_->n_cycles; i++)
        if (strcmp(template_->cycles[i], cycle->template_) == 0)
            return true;
    return !template_->n_cycles;
}

/* Once for each cycle that was opened in from..until. */
static int make_cycles(struct round *round, int32_t from, int32_t until, struct err *err)
{
    const Bihuan__ReportTemplate *t = round->template_;
    struct report_cycle *cycles;
    size_t count;

    if (report_cycles_to_make(round->tx, t->code, from, until, &cycles, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && round->made < DUTIES_A_TURN; i++) {
        const struct report_cycle *cycle = &cycles[i];
        int32_t due = report_cycle_due(cycle->from_day, t->due_days, cycle->opened_day);

        if ((is_of(t, cycle) && make_duties(round, cycle->code, cycle->opened_day, due, err) != 0) ||
            report_cycles_made(round->tx, t->code, cycle->code, err) != 0)
            return -1;
    }
    return 0;
}

static int make_of(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct round *round = arg;
    const Bihuan__ReportTemplate *t = (const Bihuan__ReportTemplate *)message;
    int recurrence = report_recurrence_of(t->recurrence);
    int32_t from, until = INT32_MAX;

    if (recurrence <= REPORT_FREE || t->closed || date_parse(t->from, strlen(t->from), &from, err) != 0)
        return recurrence <= REPORT_FREE || t->closed ? 0 : -1;
    if (t->until[0] && date_parse(t->until, strlen(t->until), &until, err) != 0)
        return -1;
    round->template_ = t;
    if (recurrence == REPORT_CYCLE)
        return make_cycles(round, from, until, err);
    return make_rounds(round, (enum report_recurrence)recurrence, from, until, err);
}

/* --- told ----------------------------------------------------------------------------------------------------------
 */
static int tell(struct tx *tx, const struct snapshot *snapshot, enum report_told what, struct err *err)
{
    const struct report **owed;
    struct report *rows;
    size_t count;

    if (report_store_tell(tx, what, report_today(tx), TOLD_A_TURN, &rows, &count, err) != 0)
        return -1;
    owed = arena_array(tx_arena(tx), const struct report *, count + 1);
    for (size_t i = 0; i < count; i++) {
        Bihuan__ReportDue event = BIHUAN__REPORT_DUE__INIT;
        uint32_t type = what == REPORT_TOLD_OVERDUE ? MSG(REPORT_OVERDUE) : MSG(REPORT_DUE_SOON);

        event.report = report_view(tx, snapshot->reference, &rows[i], false);
        event.unit_id = rows[i].unit;
        event.city_id = rows[i].city;
        owed[i] = &rows[i];
        if (tx_publish(tx, 0, type, rows[i].id, &event.base, err) != 0)
            return -1;
    }
    return what == REPORT_TOLD_OVERDUE ? report_facts_owed(tx, owed, count, err) : 0;
}

int reports_timer(struct tx *tx, const void *message, struct err *err)
{
    struct round round = { .tx = tx };

    (void)message;
    if (state_snapshot(tx, &round.snapshot, err) != 0 ||
        documents_each(tx, REPORT_TEMPLATE_KIND, &bihuan__report_template__descriptor, make_of, &round, err) != 0)
        return -1;
    return tell(tx, round.snapshot, REPORT_TOLD_OVERDUE, err) != 0 ||
                   tell(tx, round.snapshot, REPORT_TOLD_SOON, err) != 0
               ? -1
               : 0;
}
