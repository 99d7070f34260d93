/* scope: which units a rule is about. See judge.h. */
#include "monitoring/judging/judge.h"

#include <stdio.h>
#include <string.h>

/* `list` is ",a,b,"; "" has everything. */
static bool has(const char *list, const char *code)
{
    char word[68];

    snprintf(word, sizeof word, ",%.64s,", code);
    return !list[0] || strstr(list, word);
}

static uint32_t depth_of(const struct tree *tree, uint32_t unit, int32_t day)
{
    uint32_t depth = 0;

    for (uint32_t up = tree_parent(tree, unit, day); up != TREE_NONE; up = tree_parent(tree, up, day))
        depth++;
    return depth;
}

bool judge_covers(const struct monitoring *m, const struct rule *rule, const struct ref_unit *unit, int32_t day)
{
    const struct tree *tree = refdata_tree(m->refdata);

    if (!has(rule->unit_types, unit->type))
        return false;
    if (rule->unit_channels[0]) {
        const struct ref_channel *channel = refdata_channel(m->refdata, unit->channel_id);

        if (!channel || !has(rule->unit_channels, channel->code))
            return false;
    }
    if (rule->levels) {
        uint32_t depth = depth_of(tree, unit->id, day);

        if (depth >= RULE_LEVELS_MAX || !(rule->levels & 1U << depth))
            return false;
    }
    if (rule->subtree[0]) {
        const struct ref_unit *top = refdata_unit_by_code(m->refdata, rule->subtree);

        if (!top || !tree_is_under(tree, unit->id, top->id, day))
            return false;
    }
    return true;
}
