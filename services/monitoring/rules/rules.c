/* rules: rules and receivers as documents, and as the engine uses them. */
#include "monitoring/monitoring.h"

#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define LEAST_DEFAULT "30"

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

static const char *at(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

/* --- checking --- */

static int64_t parse_amount(struct tx *tx, const char *pointer, const char *field, const char *text,
                            const struct ref_measure *measure)
{
    struct err why;
    int64_t value = 0;

    if (text[0] && decimal_parse(text, strlen(text), measure_scale(tx, measure), 0, &value, &why) != 0)
        tx_problem(tx, at(tx, pointer, field), why.code, "%s", why.text);
    return value;
}

static void check_lag(struct tx *tx, const char *pointer, Bihuan__Rule *rule)
{
    if (!rule->enter_gap_bp)
        rule->enter_gap_bp = -500;
    if (!rule->clear_gap_bp)
        rule->clear_gap_bp = -300;
    if (!rule->dwell_days)
        rule->dwell_days = 2;
    if (!rule->clear_days)
        rule->clear_days = 2;
    if (rule->enter_gap_bp >= 0)
        tx_problem(tx, at(tx, pointer, "enter_gap_bp"), "not_negative", "a lag begins below 0, e.g. -500 for 5 points");
    if (rule->clear_gap_bp < rule->enter_gap_bp)
        tx_problem(tx, at(tx, pointer, "clear_gap_bp"), "below_enter",
                   "the clear limit %d must not lie below the enter limit %d", rule->clear_gap_bp, rule->enter_gap_bp);
}

/* `least` is in the unit of what a ratio divides by. */
static int64_t parse_least(struct tx *tx, const char *pointer, const char *text, const struct ref_measure *measure)
{
    struct ref_ratio ratio;

    return measure_ratio(tx, measure, &ratio) && ratio.over ? parse_amount(tx, pointer, "least", text, ratio.over) : 0;
}

static void check_ratio(struct tx *tx, const char *pointer, Bihuan__Rule *rule, const struct ref_measure *measure)
{
    if (measure->additive) {
        if (rule->least[0])
            tx_problem(tx, at(tx, pointer, "least"), "not_used",
                       "least belongs to rules over ratios; measure \"%s\""
                       " adds up",
                       measure->code);
        return;
    }
    if (measure->level && rule->least[0])
        tx_problem(tx, at(tx, pointer, "least"), "not_used",
                   "least belongs to rules over ratios; measure \"%s\" isn't divided by anything", measure->code);
    else if (!measure->level && !rule->least[0])
        rule->least = (char *)(uintptr_t)LEAST_DEFAULT;
    if (parse_least(tx, pointer, rule->least, measure) < 0)
        tx_problem(tx, at(tx, pointer, "least"), "below_zero", "least must not be below 0");
    if (strcmp(rule->kind, "threshold") == 0 && !measure->level)
        tx_problem(tx, at(tx, pointer, "kind"), "not_additive",
                   "measure \"%s\" is a ratio and has no sum that reaches a limit; make it a lag rule, or watch one of"
                   " its parts",
                   measure->code);
    if (rule->significance_ppm)
        tx_problem(tx, at(tx, pointer, "significance_ppm"), "not_used",
                   "a ratio is judged from `least` on; leave significance_ppm out");
}

static int check_rule(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                      struct err *err)
{
    Bihuan__Rule *rule = (Bihuan__Rule *)item;
    const struct ref_measure *measure = refdata_measure_by_code(monitoring_of(tx)->refdata, rule->measure);

    (void)existing;
    (void)err;
    if (!measure)
        tx_problem(tx, at(tx, pointer, "measure"), "unknown_measure", "measure \"%s\" is not known; apply it first",
                   rule->measure);
    else
        check_ratio(tx, pointer, rule, measure);
    if (!rule->severity[0])
        rule->severity = (char *)(uintptr_t) "warning";
    if (severity_rank(rule->severity) < 0)
        tx_problem(tx, at(tx, pointer, "severity"), "unknown_word",
                   "severity \"%s\" is none of info, warning, major, critical", rule->severity);
    if (strcmp(rule->kind, "lag") == 0) {
        check_lag(tx, pointer, rule);
        (void)parse_amount(tx, pointer, "min_shortfall", rule->min_shortfall, measure);
    } else if (strcmp(rule->kind, "threshold") == 0) {
        if (!rule->limit[0])
            tx_problem(tx, at(tx, pointer, "limit"), "missing_value", "a threshold rule needs a limit");
        (void)parse_amount(tx, pointer, "limit", rule->limit, measure);
    } else {
        tx_problem(tx, at(tx, pointer, "kind"), "unknown_word", "kind \"%s\" is none of lag, threshold", rule->kind);
    }
    return 0;
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

static const struct documents_kind RULE = { "rule", &bihuan__rule__descriptor, check_rule };
static const struct documents_kind RECEIVER = { "receiver", &bihuan__receiver__descriptor, check_receiver };

/* --- as the engine uses them --- */

struct loading {
    struct tx *tx;
    struct monitoring *m;
};

static int take_rule(void *arg, const ProtobufCMessage *message, struct err *err)
{
    const struct loading *loading = arg;
    struct monitoring *m = loading->m;
    const Bihuan__Rule *item = (const Bihuan__Rule *)message;
    const struct ref_measure *measure = refdata_measure_by_code(m->refdata, item->measure);
    struct rule *rule;
    size_t len = 0;

    if (m->rule_count == RULES_MAX)
        return err_set(err, "more than %d rules", RULES_MAX);
    rule = &m->rules[m->rule_count++];
    *rule = (struct rule) { .id = item->id,
                            .kind = strcmp(item->kind, "threshold") == 0 ? RULE_THRESHOLD : RULE_LAG,
                            .enter_gap_bp = item->enter_gap_bp,
                            .clear_gap_bp = item->clear_gap_bp,
                            .dwell_days = item->dwell_days,
                            .clear_days = item->clear_days,
                            .significance_ppm = item->significance_ppm,
                            .off = item->off,
                            .every_node = item->every_node };
    snprintf(rule->code, sizeof rule->code, "%.64s", item->code);
    snprintf(rule->measure, sizeof rule->measure, "%.64s", item->measure);
    snprintf(rule->severity, sizeof rule->severity, "%.15s", item->severity);
    for (size_t i = 0; i < item->n_unit_types && len + 68 < sizeof rule->unit_types; i++)
        len += (size_t)snprintf(rule->unit_types + len, sizeof rule->unit_types - len, "%s%.64s,", len ? "" : ",",
                                item->unit_types[i]);
    rule->min_shortfall = parse_amount(loading->tx, "", "", item->min_shortfall, measure);
    rule->least = parse_least(loading->tx, "", item->least, measure);
    rule->limit = parse_amount(loading->tx, "", "", item->limit, measure);
    m->threshold_rules += rule->kind == RULE_THRESHOLD && !rule->off;
    return 0;
}

static int take_receiver(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct monitoring *m = ((const struct loading *)arg)->m;
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
    struct loading loading = { tx, m };

    m->rule_count = m->receiver_count = m->threshold_rules = 0;
    if (documents_each(tx, "rule", &bihuan__rule__descriptor, take_rule, &loading, err) != 0)
        return -1;
    return documents_each(tx, "receiver", &bihuan__receiver__descriptor, take_receiver, &loading, err);
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
