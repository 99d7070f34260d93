/* stale: see stale.h. */
#include "planning/versions/stale.h"

#define EVENTS_SAID 5

/* The version itself. *behind: it is the one that was seen, and has moved on since. */
static int check_version(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                         struct seen seen, bool *behind, struct err *err)
{
    if (!seen.version)
        tx_problem(tx, "/version", "missing_value", "name the version that you saw; the list of versions has it");
    if (!seen.revision)
        tx_problem(tx, "/revision", "missing_value",
                   "name the revision that the version had when you read it; the list of versions has it");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (seen.version != row->version)
        return err_fail(err, ERR_CONFLICT, "stale",
                        "you saw version %u of period \"%s\"; version %u is %s now, at revision %u; read it again",
                        seen.version, period->code, row->version, row->state, row->revision);
    if (seen.revision > row->revision)
        return err_fail(err, ERR_CONFLICT, "stale",
                        "version %u of period \"%s\" is at revision %u and was never at %u; read it again",
                        row->version, period->code, row->revision, seen.revision);
    *behind = seen.revision < row->revision;
    return 0;
}

static int refuse(struct tx *tx, const struct ref_period *period, const struct version_row *row, struct seen seen,
                  const struct version_event *events, size_t count, struct err *err)
{
    struct buf words = { 0 };
    const char *said;

    for (size_t i = 0; i < count && i < EVENTS_SAID; i++) {
        buf_printf(&words, "%s%s", i ? "; " : "", events[i].kind);
        if (events[i].person[0])
            buf_printf(&words, " by \"%s\"", events[i].person);
        if (events[i].reason[0])
            buf_printf(&words, " (%s)", events[i].reason);
    }
    buf_append_text(&words, count > EVENTS_SAID ? "; ..." : "");
    said = arena_strdup(tx_arena(tx), buf_text(&words));
    buf_fini(&words);
    return err_fail(err, ERR_CONFLICT, "stale",
                    "version %u of period \"%s\" is at revision %u, you saw %u. Since then: %s. Read it again",
                    row->version, period->code, row->revision, seen.revision, said);
}

int stale_check(struct tx *tx, const struct ref_period *period, const struct version_row *row, struct seen seen,
                struct err *err)
{
    struct version_event *events;
    size_t count;
    bool behind = false;

    if (check_version(tx, period, row, seen, &behind, err) != 0)
        return -1;
    if (!behind)
        return 0;
    if (version_store_since(tx, period->id, row->version, seen.revision, &events, &count, err) != 0)
        return -1;
    return count ? refuse(tx, period, row, seen, events, count, err) : 0;
}

int stale_check_of(struct tx *tx, const struct ref_period *period, const struct version_row *row, struct seen seen,
                   const uint32_t *units, size_t count, struct err *err)
{
    struct version_event *events;
    size_t event_count;
    bool behind = false;

    if (check_version(tx, period, row, seen, &behind, err) != 0)
        return -1;
    if (!behind)
        return 0;
    if (version_store_since_of(tx, period->id, row->version, seen.revision, units, count, &events, &event_count, err) !=
        0)
        return -1;
    return event_count ? refuse(tx, period, row, seen, events, event_count, err) : 0;
}

static bool is_below_any(const struct tree *tree, uint32_t unit, const uint32_t *tops, size_t count, int32_t day)
{
    for (size_t i = 0; i < count; i++)
        if (tree_is_under(tree, unit, tops[i], day))
            return true;
    return false;
}

int stale_check_below(struct tx *tx, const struct ref_period *period, struct seen seen, const uint32_t *tops,
                      size_t count, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata), *units = arena_array(tx_arena(tx), uint32_t, limit);
    struct version_row row;
    size_t unit_count = 0;

    if (!seen.version && !seen.revision)
        return 0;
    if (version_to_read(tx, period, 0, &row, err) != 0)
        return -1;
    for (uint32_t id = 1; id < limit; id++)
        if (refdata_unit(refdata, id) && is_below_any(refdata_tree(refdata), id, tops, count, period->from_day))
            units[unit_count++] = id;
    return stale_check_of(tx, period, &row, seen, units, unit_count, err);
}
