/* brief_work: what is open at a unit and below, and what became of what was promised; see brief.h. */
#include "monitoring/actions/actions.h"
#include "monitoring/briefs/brief.h"

#include <stdlib.h>
#include <string.h>

#define ALERTS_MAX  20
#define ACTIONS_MAX 200

struct finding {
    struct tx *tx;
    uint32_t unit;
    const struct alert **alerts;
    size_t count, cap;
};

static int find(void *arg, struct alert *alert, struct err *err)
{
    struct finding *finding = arg;
    const struct monitoring *m = monitoring_of(finding->tx);

    (void)err;
    if (!alert_state_is_open(alert->state) || alert->inhibited_by[0] ||
        !tree_is_under(refdata_tree(m->refdata), alert->unit_id, finding->unit, today(finding->tx)))
        return 0;
    if (finding->count == finding->cap) {
        const struct alert **larger = arena_array(tx_arena(finding->tx), const struct alert *, finding->cap * 2 + 64);

        if (finding->count)
            memcpy(larger, finding->alerts, finding->count * sizeof *larger);
        finding->alerts = larger;
        finding->cap = finding->cap * 2 + 64;
    }
    finding->alerts[finding->count++] = alert;
    return 0;
}

static int by_weight(const void *a, const void *b)
{
    const struct alert *x = *(const struct alert *const *)a, *y = *(const struct alert *const *)b;

    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->inputs.gap_bp != y->inputs.gap_bp)
        return x->inputs.gap_bp < y->inputs.gap_bp ? -1 : 1;
    return strcmp(x->id, y->id);
}

static int add_alerts(struct tx *tx, uint32_t unit, Bihuan__Brief *brief, struct err *err)
{
    struct finding finding = { .tx = tx, .unit = unit };

    if (alerts_each(monitoring_of(tx), find, &finding, err) != 0)
        return -1;
    if (finding.count)
        qsort(finding.alerts, finding.count, sizeof *finding.alerts, by_weight);
    brief->alert_count = (uint32_t)finding.count;
    brief->alerts = arena_array(tx_arena(tx), Bihuan__Alert *, ALERTS_MAX);
    for (size_t i = 0; i < finding.count && i < ALERTS_MAX; i++)
        brief->alerts[brief->n_alerts++] = alert_message(tx, finding.alerts[i]);
    return 0;
}

/* Where an action belongs; the same one may be both promised and overdue. */
static void sort_in(const struct brief_span *span, Bihuan__Action *action, Bihuan__Brief *brief)
{
    bool unfinished = strcmp(action->state, "open") == 0 || strcmp(action->state, "done") == 0;
    bool within = action->verdict_day >= span->from && action->verdict_day <= span->as_of;

    if (unfinished && brief->n_promised < ACTIONS_MAX)
        brief->promised[brief->n_promised++] = action;
    if (within && strcmp(action->state, "verified") == 0 && brief->n_kept < ACTIONS_MAX)
        brief->kept[brief->n_kept++] = action;
    if (((within && strcmp(action->state, "verified") != 0) || (unfinished && action->overdue)) &&
        brief->n_broken < ACTIONS_MAX)
        brief->broken[brief->n_broken++] = action;
}

static int add_actions(struct tx *tx, uint32_t unit, const struct brief_span *span, Bihuan__Brief *brief,
                       struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    Bihuan__ListActionsRequest request = BIHUAN__LIST_ACTIONS_REQUEST__INIT;
    Bihuan__Page page = BIHUAN__PAGE__INIT;
    struct action_row *rows;
    size_t count;

    request.page = &page;
    brief->promised = arena_array(tx_arena(tx), Bihuan__Action *, ACTIONS_MAX);
    brief->kept = arena_array(tx_arena(tx), Bihuan__Action *, ACTIONS_MAX);
    brief->broken = arena_array(tx_arena(tx), Bihuan__Action *, ACTIONS_MAX);
    do {
        if (action_store_page(tx, &request, 500, &rows, &count, err) != 0)
            return -1;
        for (size_t i = 0; i < count; i++)
            if (tree_is_under(refdata_tree(m->refdata), rows[i].keys.unit_id, unit, today(tx)))
                sort_in(span, rows[i].action, brief);
        if (count)
            page.cursor = rows[count - 1].action->id;
    } while (count == 500);
    return 0;
}

int brief_work(struct tx *tx, const struct ref_unit *unit, const struct brief_span *span, Bihuan__Brief *brief,
               struct err *err)
{
    return add_alerts(tx, unit->id, brief, err) != 0 ? -1 : add_actions(tx, unit->id, span, brief, err);
}
