/* check_units: whether what followed an edit left a unit's target what those below it have. See settle.h. */
#include "planning/axes/settle.h"

/* What the next below have of the node, and whether each of them has a target: *full. */
static int64_t sum_below(const struct outline *o, const int64_t *amounts, uint32_t node, bool *full)
{
    int64_t sum = 0;

    *full = o->child_count[node] > 0;
    for (uint32_t c = 0; c < o->child_count[node]; c++) {
        int64_t amount = amounts[o->unit[o->first_child[node] + c]];

        if (amount == AXES_NONE)
            *full = false;
        else if (__builtin_add_overflow(sum, amount, &sum))
            return INT64_MAX;
    }
    return sum;
}

static bool differs(const struct outline *o, const int64_t *amounts, uint32_t node)
{
    int64_t has = amounts[o->unit[node]];
    bool full;
    int64_t below = sum_below(o, amounts, node, &full);

    return has != AXES_NONE && (below > has || (full && below != has));
}

static int refuse_units(const struct space *space, const struct sheet *sheet, const struct outline *o, uint32_t node,
                        struct err *err)
{
    struct tx *tx = space->tx;
    uint32_t unit = o->unit[node];
    bool full;

    return err_fail(
        err, ERR_CONFLICT, "units_conflict",
        "unit \"%s\", %s would follow to %s, but the units below it have %s together; cut the target that it"
        " follows over units first (decompose), so that it is said there too",
        code_of_unit(tx, unit), sheet_words(tx, sheet), amount_text(tx, sheet->key.measure_id, sheet->now[unit]),
        amount_text(tx, sheet->key.measure_id, sum_below(o, sheet->now, node, &full)));
}

/* Nothing followed there, or it is as the edit has it. */
static bool is_followed(const struct space *space, const struct sheet *sheet)
{
    if (sheet->cut || sheet->meant)
        return false;
    for (uint32_t u = 0; u < space->limit; u++)
        if (sheet->now[u] != sheet->was[u])
            return true;
    return false;
}

int space_check_units(struct space *space, struct err *err)
{
    for (size_t s = 0; s < space->sheet_count; s++) {
        const struct sheet *sheet = space->sheets[s];
        const struct outline *outline;

        if (!is_followed(space, sheet))
            continue;
        outline = space_outline(space, sheet->period);
        for (uint32_t n = 0; n < outline->count; n++)
            if (differs(outline, sheet->now, n) && !differs(outline, sheet->was, n))
                return refuse_units(space, sheet, outline, n, err);
    }
    return 0;
}
