/* rules: rules as documents, and as the engine uses them. */
#include "monitoring/rules/rules.h"

#include "monitoring/alerts/unwatched.h"

#include <stdio.h>
#include <string.h>

static const char *const SEVERITIES[] = { "info", "warning", "major", "critical" };

int severity_rank(const char *word)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(SEVERITIES[i], word) == 0)
            return i;
    return -1;
}

const struct rule *rule_by_id(const struct monitoring *m, uint32_t id)
{
    for (size_t i = 0; i < m->rule_count; i++)
        if (m->rules[i].id == id)
            return &m->rules[i];
    return NULL;
}

/* --- receivers --- */

static const struct documents_kind RULE = { "rule", &bihuan__rule__descriptor, rule_check };

/* --- as the engine uses them --- */

static int take_rule(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct tx *tx = arg;
    struct monitoring *m = monitoring_of(tx);
    struct rule *rule = &m->rules[m->rule_count];

    if (m->rule_count == RULES_MAX)
        return err_set(err, "more than %d rules", RULES_MAX);
    rule_take(tx, (const Bihuan__Rule *)message, rule);
    m->rule_count++;
    m->threshold_rules += rule->kind == RULE_THRESHOLD && !rule->off;
    m->slices.stale = true;
    return 0;
}

int rules_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    m->rule_count = m->threshold_rules = 0;
    return documents_each(tx, "rule", &bihuan__rule__descriptor, take_rule, tx, err);
}

/* --- requests --- */

int on_apply_rules(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyRulesRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &RULE, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run) {
        monitoring_write(tx)->watch_feeds = true;
        monitoring_of(tx)->duties_day = 0;
        if (rules_load(tx, err) != 0 || alerts_end_unwatched(tx, tx_principal(tx)->person, err) != 0)
            return -1;
    }
    return tx_reply(tx, &result.reply->base, err);
}

int on_list_rules(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListRulesRequest *request = message;
    Bihuan__ListRulesReply reply = BIHUAN__LIST_RULES_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "rule", &bihuan__rule__descriptor, request->page, NULL, NULL, &items, &reply.n_items,
                       &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__Rule **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
