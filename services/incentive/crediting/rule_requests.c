/* rule_requests: see rule_requests.h. */
#include "incentive/crediting/rule_requests.h"

#include "incentive/crediting/recredit.h"
#include "refdata/documents.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- applying --------------------------------------------------------------------------------------------------------
 */

struct problem_call {
    struct tx *tx;
    const char *pointer;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct problem_call *call = arg;

    tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s%s", call->pointer, pointer), code, "%s", message);
}

static bool same_but_version(const Bihuan__CreditingRule *rule, const Bihuan__CreditingRule *existing,
                             struct arena *arena)
{
    Bihuan__CreditingRule a = *rule, b = *existing;
    size_t len;
    uint8_t *x, *y;

    a.version = b.version = 0;
    a.id = b.id = 0;
    len = bihuan__crediting_rule__get_packed_size(&a);
    if (len != bihuan__crediting_rule__get_packed_size(&b))
        return false;
    x = arena_alloc(arena, len + 1);
    y = arena_alloc(arena, len + 1);
    bihuan__crediting_rule__pack(&a, x);
    bihuan__crediting_rule__pack(&b, y);
    return memcmp(x, y, len) == 0;
}

/* The first day behind all closed periods. */
static int32_t first_open_day(const struct incentive *state)
{
    int32_t first = RULE_FIRST_DAY;

    for (size_t i = 0; i < state->closed_count; i++)
        first = state->closed[i].until_day > first ? state->closed[i].until_day : first;
    return first;
}

static int check_item(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                      struct err *err)
{
    Bihuan__CreditingRule *rule = (Bihuan__CreditingRule *)item;
    const Bihuan__CreditingRule *old = (const Bihuan__CreditingRule *)existing;
    struct incentive *state = state_of(tx);
    struct problem_call call = { tx, pointer };
    bool same = old && same_but_version(rule, old, tx_arena(tx));

    (void)err;
    rule_check(rule, state->refdata, runtime_money_scale(tx_runtime(tx)), same ? RULE_FIRST_DAY : first_open_day(state),
               add_problem, &call);
    rule->version = !old ? 1 : old->version + !same;
    return 0;
}

static const struct documents_kind kind = { "crediting_rule", &bihuan__crediting_rule__descriptor, check_item };

/* Keeps the versions; *from_day is the first that any of them decides on. */
static int keep_versions(struct tx *tx, const struct documents_result *result, int32_t *from_day, struct err *err)
{
    const char *by = tx_principal(tx) ? tx_principal(tx)->person : "";

    *from_day = RULE_OPEN_DAY;
    for (size_t i = 0; i < result->changed_count; i++) {
        const Bihuan__CreditingRule *rule = (const Bihuan__CreditingRule *)result->changed[i];
        int32_t from, until;

        if (rule_store_put(tx, rule, by, err) != 0)
            return -1;
        if (rule_days(rule, &from, &until) == 0 && from < *from_day)
            *from_day = from;
    }
    return 0;
}

static int take_effect(struct tx *tx, const struct documents_result *result, struct err *err)
{
    Bihuan__CreditingRulesChanged event = BIHUAN__CREDITING_RULES_CHANGED__INIT;
    struct incentive *state = state_of(tx);
    int32_t from_day;

    if (keep_versions(tx, result, &from_day, err) != 0)
        return -1;
    state_write(state);
    if (crediting_load_rules(&state->crediting, state->refdata, tx, err) != 0 ||
        recredit_want(state, tx, from_day, "rules", err) != 0)
        return -1;
    event.items = (Bihuan__CreditingRule **)result->changed;
    event.n_items = result->changed_count;
    return tx_publish(tx, 0, MSG(CREDITING_RULES_CHANGED), "", &event.base, err);
}

int rules_apply(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCreditingRulesRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &kind, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run && result.changed_count && take_effect(tx, &result, err) != 0)
        return -1;
    return tx_reply(tx, &result.reply->base, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

struct listing {
    struct tx *tx;
    const struct crediting *crediting;
    const Bihuan__ListCreditingRulesRequest *request;
    int32_t day; /* RULE_FIRST_DAY: any */
    uint32_t skip, limit;
    Bihuan__CreditingRuleVersion **items;
    size_t count;
    bool more;
};

static const struct rule *find_made(const struct rules *rules, const Bihuan__CreditingRule *doc)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].id == doc->id && rules->list[i].version == doc->version)
            return &rules->list[i];
    return NULL;
}

static bool is_newest(const struct rules *rules, const Bihuan__CreditingRule *doc)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].id == doc->id && rules->list[i].version > doc->version)
            return false;
    return true;
}

static char *day_text(struct arena *arena, int32_t day)
{
    char text[DATE_TEXT_MAX];

    if (day == RULE_FIRST_DAY || day == RULE_OPEN_DAY)
        return (char *)(uintptr_t) "";
    date_print(text, day);
    return arena_strdup(arena, text);
}

static int take_version(void *arg, const Bihuan__CreditingRule *doc, int64_t applied_at, const char *applied_by,
                        struct err *err)
{
    struct listing *l = arg;
    const struct rule *rule = find_made(&l->crediting->rules, doc);
    struct arena *arena = tx_arena(l->tx);
    Bihuan__CreditingRuleVersion *out;

    (void)err;
    if (!rule || (l->request->code[0] && strcmp(l->request->code, doc->code) != 0) ||
        (l->day != RULE_FIRST_DAY && (l->day < rule->from_day || l->day >= rule->until_day)) ||
        (!l->request->versions && l->day == RULE_FIRST_DAY && !is_newest(&l->crediting->rules, doc)))
        return 0;
    if (l->skip) {
        l->skip--;
        return 0;
    }
    if (l->count == l->limit) {
        l->more = true;
        return 0;
    }
    out = arena_new(arena, Bihuan__CreditingRuleVersion);
    bihuan__crediting_rule_version__init(out);
    out->rule = (Bihuan__CreditingRule *)(uintptr_t)doc;
    out->holds = rule->from_day < rule->until_day;
    out->holds_from = day_text(arena, rule->from_day);
    out->holds_until = day_text(arena, rule->until_day);
    out->applied_at = applied_at;
    out->applied_by = arena_strdup(arena, applied_by);
    l->items[l->count++] = out;
    return 0;
}

int rules_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCreditingRulesRequest *request = message;
    Bihuan__ListCreditingRulesReply reply = BIHUAN__LIST_CREDITING_RULES_REPLY__INIT;
    struct incentive *state = state_of(tx);
    struct listing l = { .tx = tx,
                         .crediting = &state->crediting,
                         .request = request,
                         .day = RULE_FIRST_DAY,
                         .limit = page_limit(request->page) };
    uint32_t skip = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    int rc;

    l.skip = skip;
    if (request->day[0] && date_parse(request->day, strlen(request->day), &l.day, err) != 0)
        return -1;
    l.items = arena_array(tx_arena(tx), Bihuan__CreditingRuleVersion *, l.limit + 1);
    if (state_read(state, err) != 0)
        return -1;
    rc = rule_store_each(tx, take_version, &l, err);
    state_read_done(state);
    if (rc != 0)
        return -1;
    reply.items = l.items;
    reply.n_items = l.count;
    if (l.more)
        reply.next = arena_printf(tx_arena(tx), "%u", skip + l.limit);
    return tx_reply(tx, &reply.base, err);
}

/* --- runs ------------------------------------------------------------------------------------------------------------
 */

static Bihuan__CreditingRun *run_message(struct arena *arena, const struct credit_run *run)
{
    Bihuan__CreditingRun *out = arena_new(arena, Bihuan__CreditingRun);

    bihuan__crediting_run__init(out);
    out->id = run->id;
    out->at = run->at;
    out->by = arena_strdup(arena, run->by);
    out->cause = arena_strdup(arena, run->cause);
    out->from = day_text(arena, run->from_day);
    out->until = day_text(arena, run->until_day);
    out->looked = run->looked;
    out->changed = run->changed;
    out->entries = run->entries;
    out->kept = run->kept;
    out->done = run->done;
    return out;
}

int runs_list(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCreditingRunsRequest *request = message;
    Bihuan__ListCreditingRunsReply reply = BIHUAN__LIST_CREDITING_RUNS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    uint32_t before = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    struct credit_run *runs;
    size_t count;

    if (run_store_page(tx, before, limit + 1, &runs, &count, err) != 0)
        return -1;
    reply.n_items = count > limit ? limit : count;
    reply.items = arena_array(tx_arena(tx), Bihuan__CreditingRun *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = run_message(tx_arena(tx), &runs[i]);
    if (count > limit)
        reply.next = arena_printf(tx_arena(tx), "%u", runs[limit - 1].id);
    return tx_reply(tx, &reply.base, err);
}
