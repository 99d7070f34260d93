/* rule: see rule.h. This file: rules made ready; rule_check.c: what may be applied. */
#include "incentive/crediting/rule.h"

#include "bus/message.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum share_to to;
} receivers[] = {
    { "unit", SHARE_UNIT },     { "seller", SHARE_SELLER },
    { "above", SHARE_ABOVE },   { "named", SHARE_NAMED },
    { "role", SHARE_ROLE },     { "owner", SHARE_OWNER },
    { "holder", SHARE_HOLDER }, { "registration", SHARE_REGISTRATION },
};

enum share_to share_to_of(const char *word)
{
    for (size_t i = 0; i < sizeof receivers / sizeof receivers[0]; i++)
        if (strcmp(receivers[i].word, word) == 0)
            return receivers[i].to;
    return SHARE_UNKNOWN;
}

bool rule_seller_of(const char *word, enum rule_seller *out)
{
    *out = strcmp(word, "known") == 0  ? RULE_SELLER_KNOWN
           : strcmp(word, "none") == 0 ? RULE_SELLER_NONE
                                       : RULE_SELLER_ANY;
    return !word[0] || *out != RULE_SELLER_ANY;
}

bool rule_earns_of(const char *word, enum rule_earns *out)
{
    static const char *const words[] = {
        [EARNS_ORDER] = "order", [EARNS_ACTIVATION] = "activation", [EARNS_BILL] = "bill", [EARNS_CASH] = "cash"
    };

    *out = EARNS_ORDER;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0) {
            *out = (enum rule_earns)i;
            return true;
        }
    return !word[0];
}

int rule_days(const Bihuan__CreditingRule *doc, int32_t *from_day, int32_t *until_day)
{
    *from_day = RULE_FIRST_DAY;
    *until_day = RULE_OPEN_DAY;
    if (doc->from[0] && date_parse(doc->from, strlen(doc->from), from_day, NULL) != 0)
        return -1;
    return doc->until[0] ? date_parse(doc->until, strlen(doc->until), until_day, NULL) : 0;
}

/* --- names to ids ----------------------------------------------------------------------------------------------------
 */

struct making {
    struct rules *rules;
    const struct refdata *refdata;
    int money_scale;
    size_t unknown;
};

/* Id 0 is nobody's: a name that isn't known keeps its place and fits nothing. */
static uint32_t known(struct making *making, uint32_t id)
{
    making->unknown += id == 0;
    return id;
}

static uint32_t unit_of(struct making *making, const char *code)
{
    const struct ref_unit *unit = refdata_unit_by_code(making->refdata, code);

    return known(making, unit ? unit->id : 0);
}

static uint32_t product_of(struct making *making, const char *code)
{
    const struct ref_product *product = refdata_product_by_code(making->refdata, code);

    return known(making, product ? product->id : 0);
}

static uint32_t channel_of(struct making *making, const char *code)
{
    const struct ref_channel *channel = refdata_channel_by_code(making->refdata, code);

    return known(making, channel ? channel->id : 0);
}

static struct rule_ids ids_of(struct making *making, char **codes, size_t count,
                              uint32_t (*find)(struct making *making, const char *code))
{
    struct rule_ids out = { arena_array(&making->rules->arena, uint32_t, count + 1), count };

    for (size_t i = 0; i < count; i++)
        out.ids[i] = find(making, codes[i]);
    return out;
}

static bool has_word(char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

/* Measures that contribute, are named (where any is) and are of a kind of facts that is named (where any is). */
static struct rule_ids measures_of(struct making *making, const Bihuan__CreditingWhen *when)
{
    uint32_t limit = refdata_measure_limit(making->refdata);
    struct rule_ids out = { arena_array(&making->rules->arena, uint32_t, limit + 1), 0 };

    for (size_t i = 0; i < when->n_measures; i++)
        known(making, refdata_measure_by_code(making->refdata, when->measures[i]) ? 1 : 0);
    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_measure *measure = refdata_measure(making->refdata, id);

        if (!measure || (!measure->additive && !measure->level) ||
            (when->n_measures && !has_word(when->measures, when->n_measures, measure->code)) ||
            (when->n_facts && !has_word(when->facts, when->n_facts, measure->fact)))
            continue;
        out.ids[out.count++] = id;
    }
    return out;
}

/* --- one rule --------------------------------------------------------------------------------------------------------
 */

static struct rule_share *shares_of(struct making *making, Bihuan__CreditingShare *const *docs, size_t count)
{
    struct rule_share *out = arena_array(&making->rules->arena, struct rule_share, count + 1);

    for (size_t i = 0; i < count; i++) {
        const Bihuan__CreditingShare *doc = docs[i];
        struct rule_share *share = &out[i];

        *share = (struct rule_share) { .to = share_to_of(doc->to),
                                       .ppm = doc->ppm,
                                       .unit_id = doc->unit[0] ? unit_of(making, doc->unit) : 0,
                                       .unit_type = doc->unit_type,
                                       .role = doc->role,
                                       .owner_count = doc->n_owners,
                                       .days = doc->days ? (int32_t)doc->days : REGISTRATION_DAYS,
                                       .excludes = strcmp(doc->otherwise, "exclude") == 0 };
        making->rules->held |= share->to == SHARE_HOLDER;
        making->rules->registered |= share->to == SHARE_REGISTRATION;
        share->owners = arena_array(&making->rules->arena, struct rule_owner, doc->n_owners + 1);
        for (size_t k = 0; k < doc->n_owners; k++)
            share->owners[k] = (struct rule_owner) { product_of(making, doc->owners[k]->product),
                                                     unit_of(making, doc->owners[k]->unit) };
    }
    return out;
}

/* Amounts are in the decimals of the rule's measures, which are the same for all of them (rule_check). */
static bool amount_of(struct making *making, const struct rule *rule, const char *text, int64_t *out)
{
    const struct ref_measure *first = rule->measures.count ? refdata_measure(making->refdata, rule->measures.ids[0])
                                                           : NULL;

    return text[0] &&
           decimal_parse(text, strlen(text), ref_measure_scale(first, making->money_scale), 0, out, NULL) == 0;
}

static void make_rule(struct making *making, struct rule *rule, const Bihuan__CreditingRule *doc)
{
    static const Bihuan__CreditingWhen always = BIHUAN__CREDITING_WHEN__INIT;
    const Bihuan__CreditingWhen *when = doc->when ? doc->when : &always;

    *rule = (struct rule) { .doc = doc, .id = doc->id, .version = doc->version };
    if (rule_days(doc, &rule->from_day, &rule->until_day) != 0)
        rule->until_day = rule->from_day; /* was checked when it was applied */
    rule->measures = measures_of(making, when);
    rule->channels = ids_of(making, when->channels, when->n_channels, channel_of);
    rule->products = ids_of(making, when->products, when->n_products, product_of);
    rule->units = ids_of(making, when->units, when->n_units, unit_of);
    rule->has_min = amount_of(making, rule, when->min, &rule->min);
    rule->has_max = amount_of(making, rule, when->max, &rule->max);
    rule_seller_of(when->seller, &rule->seller);
    rule->exclude = doc->exclude[0] ? doc->exclude : NULL;
    rule_earns_of(doc->earns, &rule->earns);
    making->rules->joined |= rule->earns != EARNS_ORDER;
    rule->shares = shares_of(making, doc->shares, doc->n_shares);
    rule->share_count = doc->n_shares;
    rule->overlays = shares_of(making, doc->overlays, doc->n_overlays);
    rule->overlay_count = doc->n_overlays;
}

/* --- all rules -------------------------------------------------------------------------------------------------------
 */

/* A later version takes the days from its own on. */
static void cut_days(struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        for (size_t k = i + 1; k < rules->count; k++)
            if (rules->list[k].id == rules->list[i].id && rules->list[k].from_day < rules->list[i].until_day)
                rules->list[i].until_day = rules->list[k].from_day;
}

static int by_order(const void *pa, const void *pb)
{
    const struct rule *a = *(struct rule *const *)pa, *b = *(struct rule *const *)pb;
    int code;

    if (a->doc->order != b->doc->order)
        return a->doc->order < b->doc->order ? -1 : 1;
    code = strcmp(a->doc->code, b->doc->code);
    return code ? code : a->version < b->version ? -1 : a->version > b->version;
}

static void index_rules(struct rules *rules)
{
    struct rule **order = arena_array(&rules->arena, struct rule *, rules->count + 1);

    rules->by_measure = arena_array(&rules->arena, struct rule **, rules->measure_limit + 1);
    rules->by_measure_count = arena_array(&rules->arena, size_t, rules->measure_limit + 1);
    for (size_t i = 0; i < rules->count; i++)
        order[i] = &rules->list[i];
    if (rules->count)
        qsort(order, rules->count, sizeof(struct rule *), by_order);
    for (size_t i = 0; i < rules->count; i++)
        for (size_t m = 0; m < order[i]->measures.count; m++) {
            uint32_t id = order[i]->measures.ids[m];

            if (order[i]->from_day >= order[i]->until_day)
                continue;
            if (!rules->by_measure[id])
                rules->by_measure[id] = arena_array(&rules->arena, struct rule *, rules->count);
            rules->by_measure[id][rules->by_measure_count[id]++] = order[i];
        }
}

static const Bihuan__CreditingRule *copy_of(struct arena *arena, const Bihuan__CreditingRule *doc)
{
    size_t len = bihuan__crediting_rule__get_packed_size(doc);
    uint8_t *bytes = arena_alloc(arena, len + 1);
    ProtobufCMessage *message = NULL;

    bihuan__crediting_rule__pack(doc, bytes);
    return message_unpack(&bihuan__crediting_rule__descriptor, bytes, len, arena, &message, NULL) == 0
               ? (const Bihuan__CreditingRule *)message
               : NULL;
}

void rules_make(struct rules *out, const Bihuan__CreditingRule *const *versions, size_t count,
                const struct refdata *refdata, int money_scale, size_t *unknown)
{
    struct making making = { out, refdata, money_scale, 0 };

    *out = (struct rules) { .measure_limit = refdata_measure_limit(refdata) };
    arena_init(&out->arena);
    out->list = arena_array(&out->arena, struct rule, count + 1);
    for (size_t i = 0; i < count; i++) {
        const Bihuan__CreditingRule *doc = copy_of(&out->arena, versions[i]);

        if (doc)
            make_rule(&making, &out->list[out->count++], doc);
    }
    cut_days(out);
    index_rules(out);
    *unknown = making.unknown;
}

void rules_fini(struct rules *rules)
{
    if (rules->list)
        arena_fini(&rules->arena);
    *rules = (struct rules) { 0 };
}
