/* report_facts: what reports count for: facts of the loop of kinds report and report_rating, of the unit that reports.
 *
 * Keys: ID/asked for a duty; ID/done/N and ID/rating/N for the N-th submission, which a return takes back. */
#include "feedback/reports/reports.h"

#include "feedback/facts/loop_facts.h"

#define PLACED    1
#define COMPLETED 4

static struct loop_fact fact_of(struct tx *tx, const struct report *report, const char *what, uint8_t state)
{
    return (struct loop_fact) { .key = arena_printf(tx_arena(tx), "%s/%s", report->id, what),
                                .unit = report->unit,
                                .state = state,
                                .version = 1,
                                .day = report_today(tx),
                                .occurred_at = tx_now(tx) };
}

static const char *of_submission(struct tx *tx, const char *what, const struct report *report)
{
    return arena_printf(tx_arena(tx), "%s/%u", what, report->submissions);
}

int report_facts_owed(struct tx *tx, const struct report *const *reports, size_t count, struct err *err)
{
    struct loop_fact *facts = arena_array(tx_arena(tx), struct loop_fact, count + 1);
    size_t owed = 0;

    for (size_t i = 0; i < count; i++) {
        struct loop_fact *fact = &facts[owed];

        if (reports[i]->owed_day == REPORT_NO_DAY)
            continue;
        *fact = fact_of(tx, reports[i], "asked", PLACED);
        if (reports[i]->owed_day < fact->day)
            fact->day = reports[i]->owed_day;
        fact->quantity = 1;
        owed++;
    }
    return owed ? loop_facts_record(tx, FACT_REPORT, facts, owed, err) : 0;
}

int report_facts_submitted(struct tx *tx, const struct report *report, struct err *err)
{
    struct loop_fact fact = fact_of(tx, report, of_submission(tx, "done", report), COMPLETED);

    fact.quantity = report->due_day == REPORT_NO_DAY || report->submitted_day <= report->due_day;
    return loop_facts_record(tx, FACT_REPORT, &fact, 1, err);
}

int report_facts_rated(struct tx *tx, const struct report *report, struct err *err)
{
    struct loop_fact fact = fact_of(tx, report, of_submission(tx, "rating", report), COMPLETED);

    fact.version = (int32_t)report->ratings;
    fact.quantity = report->rating;
    return loop_facts_record(tx, FACT_REPORT_RATING, &fact, 1, err);
}

int report_facts_returned(struct tx *tx, const struct report *report, struct err *err)
{
    struct loop_fact fact = fact_of(tx, report, of_submission(tx, "done", report), COMPLETED);

    fact.cancel = true;
    if (loop_facts_record(tx, FACT_REPORT, &fact, 1, err) != 0)
        return -1;
    if (!report->rated)
        return 0;
    fact = fact_of(tx, report, of_submission(tx, "rating", report), COMPLETED);
    fact.version = (int32_t)report->ratings;
    fact.cancel = true;
    return loop_facts_record(tx, FACT_REPORT_RATING, &fact, 1, err);
}
