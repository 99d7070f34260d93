/* action_facts: what becomes of corrective actions, recorded as facts; see loop_facts.h. */
#include "feedback/facts/loop_facts.h"
#include "feedback/state.h"

#include "text/dates.h"

#include "bihuan/monitoring.pb-c.h"

#include <string.h>

#define FACTS_MAX 4 /* of one event: opened, due, done, the verdict */

struct action_facts {
    struct tx *tx;
    const Bihuan__Action *action;
    uint32_t unit;
    struct loop_fact items[FACTS_MAX];
    size_t count;
};

/* Each round has its own; "opened" is of the first. */
static void add(struct action_facts *facts, const char *what, int32_t day, int64_t occurred_at, int64_t quantity)
{
    uint32_t round = strcmp(what, "opened") == 0 ? 1 : facts->action->round;

    facts->items[facts->count++] = (struct loop_fact) {
        .key = arena_printf(tx_arena(facts->tx), "%s/%u/%s", facts->action->id, round, what),
        .unit = facts->unit,
        .state = fact_state_parse(FACT_ACTION, what, strlen(what)),
        .version = 1,
        .day = day,
        .occurred_at = occurred_at,
        .quantity = quantity,
    };
}

static void add_all(struct action_facts *facts, int32_t due)
{
    const struct clock *clock = runtime_clock(tx_runtime(facts->tx));
    const Bihuan__Action *action = facts->action;
    bool judged = strcmp(action->state, "verified") == 0 || strcmp(action->state, "failed") == 0;
    int32_t done = clock_day(clock, action->done_at);

    add(facts, "opened", clock_day(clock, action->opened_at), action->opened_at, 1);
    if (action->overdue || action->done_at || judged)
        add(facts, "due", action->done_at && done < due ? done : due,
            action->done_at ? action->done_at : tx_now(facts->tx), 1);
    if (action->done_at)
        add(facts, "done", done, action->done_at, !action->overdue && done <= due);
    if (judged)
        add(facts, action->state, action->verdict_day, action->verified_at, 1);
}

int on_action_changed(struct tx *tx, const void *message, struct err *err)
{
    struct action_facts facts = { .tx = tx, .action = ((const Bihuan__ActionChanged *)message)->action };
    const struct snapshot *snapshot;
    int32_t due;

    if (!facts.action)
        return err_set(err, "ActionChanged without its action");
    if (state_snapshot(tx, &snapshot, err) != 0 ||
        date_parse(facts.action->due, strlen(facts.action->due), &due, err) != 0)
        return -1;
    facts.unit = reference_unit_id(snapshot->reference, facts.action->unit, strlen(facts.action->unit));
    if (!facts.unit) /* monitoring has read more of planning's stream */
        return err_fail(err, ERR_BUSY, "wait", "unit \"%s\" isn't known yet", facts.action->unit);
    add_all(&facts, due);
    return loop_facts_record(tx, FACT_ACTION, facts.items, facts.count, err);
}
