/* rules: rules and receivers as documents, and as the engine uses them. */
#include "monitoring/rules/rules.h"

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

static const char *at(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

static int check_receiver(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                          struct err *err)
{
    Bihuan__Receiver *receiver = (Bihuan__Receiver *)item;
    const Bihuan__Receiver *old = (const Bihuan__Receiver *)existing;

    (void)err;
    if (!receiver->secret[0] && old)
        receiver->secret = old->secret; /* it is never read back, so leaving it out keeps it */
    if (!receiver->language[0])
        receiver->language = (char *)(uintptr_t) "zh";
    if (!receiver->min_severity[0])
        receiver->min_severity = (char *)(uintptr_t) "info";
    if (strncmp(receiver->url, "http://", 7) != 0 && strncmp(receiver->url, "https://", 8) != 0)
        tx_problem(tx, at(tx, pointer, "url"), "bad_url", "url \"%s\" must begin with http:// or https://",
                   receiver->url);
    if (strlen(receiver->url) >= sizeof monitoring_of(tx)->receivers[0].url)
        tx_problem(tx, at(tx, pointer, "url"), "too_long", "the url is too long");
    if (strncmp(receiver->secret, "whsec_", 6) != 0 ||
        strlen(receiver->secret) >= sizeof monitoring_of(tx)->receivers[0].secret)
        tx_problem(tx, at(tx, pointer, "secret"), "bad_secret",
                   "secret must be whsec_ and the base64 of 24 to 64 random bytes");
    if (strcmp(receiver->language, "zh") != 0 && strcmp(receiver->language, "en") != 0)
        tx_problem(tx, at(tx, pointer, "language"), "unknown_word", "language \"%s\" is none of zh, en",
                   receiver->language);
    if (severity_rank(receiver->min_severity) < 0)
        tx_problem(tx, at(tx, pointer, "min_severity"), "unknown_word",
                   "min_severity \"%s\" is none of info, warning, major, critical", receiver->min_severity);
    return 0;
}

static const struct documents_kind RULE = { "rule", &bihuan__rule__descriptor, rule_check };
static const struct documents_kind RECEIVER = { "receiver", &bihuan__receiver__descriptor, check_receiver };

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
    return 0;
}

static int take_receiver(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct monitoring *m = monitoring_of((struct tx *)arg);
    const Bihuan__Receiver *item = (const Bihuan__Receiver *)message;
    struct receiver *receiver;

    if (m->receiver_count == RECEIVERS_MAX)
        return err_set(err, "more than %d receivers", RECEIVERS_MAX);
    receiver = &m->receivers[m->receiver_count++];
    *receiver =
        (struct receiver) { .id = item->id, .off = item->off, .min_severity = severity_rank(item->min_severity) };
    snprintf(receiver->code, sizeof receiver->code, "%.64s", item->code);
    snprintf(receiver->url, sizeof receiver->url, "%.500s", item->url);
    snprintf(receiver->secret, sizeof receiver->secret, "%.120s", item->secret);
    snprintf(receiver->language, sizeof receiver->language, "%.7s", item->language);
    snprintf(receiver->subtree, sizeof receiver->subtree, "%.64s", item->subtree);
    return 0;
}

int rules_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    m->rule_count = m->receiver_count = m->threshold_rules = 0;
    if (documents_each(tx, "rule", &bihuan__rule__descriptor, take_rule, tx, err) != 0)
        return -1;
    return documents_each(tx, "receiver", &bihuan__receiver__descriptor, take_receiver, tx, err);
}

/* --- requests --- */

static int apply(struct tx *tx, const struct documents_kind *kind, bool dry_run, ProtobufCMessage **items, size_t count,
                 struct err *err)
{
    struct documents_result result;

    if (documents_apply(tx, kind, dry_run, items, count, &result, err) != 0)
        return -1;
    if (!dry_run) {
        (void)monitoring_write(tx);
        if (rules_load(tx, err) != 0)
            return -1;
    }
    return tx_reply(tx, &result.reply->base, err);
}

int on_apply_rules(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyRulesRequest *request = message;

    return apply(tx, &RULE, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, err);
}

int on_apply_receivers(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyReceiversRequest *request = message;

    return apply(tx, &RECEIVER, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, err);
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

int on_list_receivers(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListReceiversRequest *request = message;
    Bihuan__ListReceiversReply reply = BIHUAN__LIST_RECEIVERS_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "receiver", &bihuan__receiver__descriptor, request->page, NULL, NULL, &items, &reply.n_items,
                       &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__Receiver **)(void *)items;
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i]->secret = (char *)(uintptr_t) ""; /* written, never read back */
    return tx_reply(tx, &reply.base, err);
}
