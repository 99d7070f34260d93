/* judge_gather: one cause, one alert: which open alerts are gathered under which; who is behind. See judge.h, roots.h.
 */
#include "monitoring/judging/judge.h"
#include "monitoring/judging/roots.h"

#include <string.h>

static uint32_t parent_index(const struct judgement *j, uint32_t unit)
{
    const struct tree *tree = refdata_tree(j->m->refdata);

    for (uint32_t up = tree_parent(tree, unit, j->day); up != TREE_NONE; up = tree_parent(tree, up, j->day))
        if (j->index_of[up])
            return j->index_of[up] - 1;
    return ROOTS_NONE;
}

static bool is_open(const struct judgement *j, size_t i)
{
    return j->alerts[i] && alert_state_is_open(j->alerts[i]->state);
}

/* The five children that hold most of the node's deficit. */
static void find_contributors(const struct judgement *j, const struct roots_node *nodes, const uint32_t *children,
                              size_t child_count, size_t at, struct alert *alert)
{
    alert->contributor_count = 0;
    alert->contributors_of = (uint32_t)child_count;
    for (size_t n = 0; n < child_count; n++) {
        uint32_t i = children[n];
        struct contributor c = { j->nodes[i].unit_id, nodes[i].deficit, 0 };
        size_t k = alert->contributor_count;

        if (nodes[i].deficit <= 0)
            continue;
        if (nodes[at].deficit > 0)
            c.share_ppm = (uint32_t)((__int128)c.deficit * 1000000 / nodes[at].deficit);
        if (k < CONTRIBUTORS_MAX)
            alert->contributor_count++;
        else if (alert->contributors[--k].deficit >= c.deficit)
            continue;
        while (k > 0 && alert->contributors[k - 1].deficit < c.deficit) {
            alert->contributors[k] = alert->contributors[k - 1];
            k--;
        }
        alert->contributors[k] = c;
    }
}

/* In words, for its history. */
static const char *gathered_note(const struct judgement *j, const struct roots_node *nodes, size_t i)
{
    const struct ref_unit *root = nodes[i].gathered == ROOTS_NONE
                                      ? NULL
                                      : refdata_unit(j->m->refdata, j->nodes[nodes[i].gathered].unit_id);

    if (root)
        return arena_printf(tx_arena(j->tx), "gathered under the alert of %s, %s", root->code,
                            j->alerts[nodes[i].gathered]->id);
    return nodes[i].mention ? "few units below lack most of what it lacks: they are told instead"
                            : "no longer gathered: it stands for itself";
}

static int gather_one(struct judgement *j, const struct roots_node *nodes, size_t i, struct err *err)
{
    struct alert *alert = j->alerts[i];
    bool mentioned = strcmp(alert->inhibited_by, ALERT_MENTIONED) == 0; /* it fired long ago, only others were told */
    char under[ALERT_ID_LEN] = "";

    if (nodes[i].gathered != ROOTS_NONE)
        memcpy(under, j->alerts[nodes[i].gathered]->id, sizeof under);
    else if (nodes[i].mention)
        memcpy(under, ALERT_MENTIONED, sizeof ALERT_MENTIONED);
    if (strcmp(under, alert->inhibited_by) == 0)
        return 0;
    if (!under[0] && !mentioned && !alert->told && alert->state == ALERT_FIRING && !j->moves[i]) {
        /* Its root is over: the dwell begins again, so that what is left comes out together. */
        alert->inhibited_by[0] = 0;
        alert->dwell = (struct alert_dwell) { 0, 0 };
        return judge_move(j, alert, ALERT_PENDING, "the alert it was gathered under is over", err);
    }
    memcpy(alert->inhibited_by, under, sizeof under);
    if (!j->moves[i])
        return judge_move(j, alert, alert->state, gathered_note(j, nodes, i), err);
    if (under[0]) /* it fired just now: one turn says both */
        j->moves[i] = gathered_note(j, nodes, i);
    return 0;
}

int judge_gather(struct judgement *j, struct err *err)
{
    struct arena *arena = &j->scratch;
    struct roots_node *nodes = arena_array(arena, struct roots_node, j->count);
    uint32_t *children_at = arena_array(arena, uint32_t, j->count + 2);
    uint32_t *child = arena_array(arena, uint32_t, j->count + 1);

    for (size_t i = 0; i < j->count; i++) {
        nodes[i] = (struct roots_node) { .parent = parent_index(j, j->nodes[i].unit_id),
                                         .breach = is_open(j, i) && !j->alerts[i]->nodata,
                                         .deficit = node_deficit(&j->nodes[i]) };
    }
    roots_find(nodes, j->count, children_at, child, &j->m->limits.roots);
    for (size_t i = 0; i < j->count; i++) {
        const uint32_t *children;
        size_t child_count;

        if (!j->moves[i] && (!is_open(j, i) || j->alerts[i]->nodata))
            continue;
        children = roots_children(nodes, j->count, children_at, child, (uint32_t)i, &child_count);
        find_contributors(j, nodes, children, child_count, i, j->alerts[i]);
    }
    for (size_t i = 0; !j->rule->every_node && i < j->count; i++)
        if (is_open(j, i) && !j->alerts[i]->nodata && gather_one(j, nodes, i, err) != 0)
            return -1;
    return 0;
}
