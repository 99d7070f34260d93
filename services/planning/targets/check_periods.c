/* check_periods: whether shorter periods in force that follow each other through a longer one add up to it. See
 * check.h. */
#include "planning/targets/check.h"

#include "calc/fixed.h"
#include "planning/targets/cell_store.h"

#define PARTS_MAX 120

/* A period with the slices that count: those of the version at hand, else of the one in force. */
struct part {
    const struct ref_period *period;
    struct slice *slices;
    size_t count;
};

struct cover {
    struct tx *tx;
    const struct check *check;
    struct part whole, parts[PARTS_MAX];
    size_t count;
};

/* *found false: nothing of the period is in force. */
static int load_part(struct cover *cover, const struct ref_period *period, struct part *part, bool *found,
                     struct err *err)
{
    struct version_row works, in_force;

    *part = (struct part) { .period = period };
    *found = true;
    if (period == cover->check->period) {
        part->slices = (struct slice *)(uintptr_t)cover->check->slices;
        part->count = cover->check->slice_count;
        return 0;
    }
    if (version_store_current(cover->tx, period->id, &works, &in_force, err) != 0)
        return -1;
    *found = in_force.version > 0;
    return *found ? cell_store_slices(cover->tx, period->id, in_force.version, NULL, true, &part->slices, &part->count,
                                      err)
                  : 0;
}

static bool lies_within(const struct ref_period *inner, const struct ref_period *outer)
{
    return inner != outer && inner->from_day >= outer->from_day && inner->until_day <= outer->until_day &&
           inner->until_day - inner->from_day < outer->until_day - outer->from_day;
}

/* The longest period within the whole that begins on the day and counts. */
static int next_part(struct cover *cover, int32_t day, bool *found, struct err *err)
{
    const struct refdata *refdata = refdata_of(cover->tx);
    int32_t until = 0;

    *found = false;
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);
        struct part part;
        bool counts;

        if (!period || period->from_day != day || period->until_day <= until ||
            !lies_within(period, cover->whole.period))
            continue;
        if (load_part(cover, period, &part, &counts, err) != 0)
            return -1;
        if (!counts)
            continue;
        cover->parts[cover->count] = part;
        until = period->until_day;
        *found = true;
    }
    cover->count += *found;
    return 0;
}

/* Each part's cells are gone through once, beside the whole's. */
static void compare_slice(const struct cover *cover, const struct slice *whole, const struct slice *const *of,
                          lint_report *report, void *arg)
{
    size_t at[PARTS_MAX] = { 0 };

    for (size_t i = 0; i < whole->count; i++) {
        struct lint_finding finding = { .code = LINT_PERIODS_DIFFER,
                                        .unit_id = whole->cells[i].unit_id,
                                        .key = whole->key,
                                        .want = whole->cells[i].amount,
                                        .period_id = cover->whole.period->id };

        for (size_t p = 0; p < cover->count; p++) {
            while (of[p] && at[p] < of[p]->count && of[p]->cells[at[p]].unit_id < finding.unit_id)
                at[p]++;
            if (of[p] && at[p] < of[p]->count && of[p]->cells[at[p]].unit_id == finding.unit_id)
                finding.have = fixed_add_saturated(finding.have, of[p]->cells[at[p]].amount);
        }
        if (finding.have != finding.want)
            report(arg, &finding);
    }
}

/* Slices that no shorter period has are not cut over them. */
static void compare(const struct cover *cover, lint_report *report, void *arg)
{
    for (size_t s = 0; s < cover->whole.count; s++) {
        const struct slice *whole = &cover->whole.slices[s], *of[PARTS_MAX];
        bool any = false;

        if (!adds_up_over_time(cover->tx, whole->key.measure_id))
            continue;
        for (size_t p = 0; p < cover->count; p++) {
            of[p] = slices_find(cover->parts[p].slices, cover->parts[p].count, &whole->key);
            any = any || of[p];
        }
        if (any)
            compare_slice(cover, whole, of, report, arg);
    }
}

static int check_whole(struct cover *cover, const struct ref_period *period, lint_report *report, void *arg,
                       struct err *err)
{
    int32_t day = period->from_day;
    bool found, has_it = period == cover->check->period;

    cover->count = 0;
    if (load_part(cover, period, &cover->whole, &found, err) != 0)
        return -1;
    while (found && day < period->until_day && cover->count < PARTS_MAX) {
        if (next_part(cover, day, &found, err) != 0)
            return -1;
        if (found) {
            day = cover->parts[cover->count - 1].period->until_day;
            has_it = has_it || cover->parts[cover->count - 1].period == cover->check->period;
        }
    }
    if (found && has_it && day == period->until_day)
        compare(cover, report, arg);
    return 0;
}

int check_periods(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    struct cover *cover = arena_new(tx_arena(tx), struct cover);

    cover->tx = tx;
    cover->check = check;
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);

        if (period && (period == check->period || lies_within(check->period, period)) &&
            check_whole(cover, period, report, arg, err) != 0)
            return -1;
    }
    return 0;
}
