/* credit_explain: one record: all its entries, and what the rules say of each contribution. See credit_queries.h. */
#include "incentive/crediting/credit_queries.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

struct explaining {
    struct incentive *state;
    struct tx *tx;
    struct credit_scope scope;
    bool zh;
    struct credit_found *rows;
    size_t count;
};

static bool is_of(const struct credit_found *row, const struct credit_found *entry)
{
    return entry->kind && entry->source_seq == row->source_seq && entry->source_row == row->source_row &&
           strcmp(entry->sender, row->sender) == 0;
}

static const char *unit_code(const struct explaining *e, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(e->state->refdata, unit_id);

    return unit && credit_scope_has(&e->scope, unit_id) ? unit->code : "*"; /* not theirs to see */
}

/* Entries of the contribution as they stand, in words: "C07 +60, ...". */
static void tell_parts(const struct explaining *e, const struct credit_found *row, uint16_t measure_id, int scale,
                       enum entry_kind kind, struct buf *out)
{
    bool first = true;

    for (size_t i = 0; i < e->count; i++) {
        char text[DECIMAL_TEXT_MAX];
        uint16_t measure;
        int64_t value;

        if (!is_of(row, &e->rows[i]) || e->rows[i].kind != (int)kind)
            continue;
        credit_read_pair(e->rows[i].pairs, &measure, &value);
        if (measure != measure_id)
            continue;
        decimal_print(text, value, scale, ',');
        buf_printf(out, "%s%s %s%s", first ? "" : ", ", unit_code(e, e->rows[i].unit_id), value > 0 ? "+" : "", text);
        if (e->rows[i].reason[0])
            buf_printf(out, " (%s)", e->rows[i].reason);
        first = false;
    }
}

/* What isn't credited yet, or not at all. */
static void tell_waiting(const struct explaining *e, const Bihuan__CreditReason *reason, struct buf *out)
{
    char text[DECIMAL_TEXT_MAX];

    if (!reason->excluded)
        return;
    decimal_print(text, reason->excluded, (int)reason->scale, ',');
    buf_printf(out, e->zh ? "；未计入 %s" : "; not credited: %s", text);
}

static void tell_rule(const struct explaining *e, const struct credit_found *row, const Bihuan__CreditReason *reason,
                      uint16_t measure, const struct rule *rule, struct buf *out)
{
    if (!rule) {
        buf_printf(out, e->zh ? "没有适用的规则：计入售出单元 %s" : "No rule fits: credited to the unit that sold, %s",
                   unit_code(e, row->unit_id));
    } else if (rule->exclude) {
        buf_printf(out, e->zh ? "规则 %s 第 %u 版不予计入：%s" : "Rule %s, version %u, excludes it: %s",
                   rule->doc->code, rule->version, rule->exclude);
    } else if (rule->earns && reason->excluded == reason->value && reason->value) {
        buf_printf(out,
                   e->zh ? "规则 %s 第 %u 版：随 %s 到账计入，尚无到账"
                         : "Rule %s, version %u, credits it by %s: nothing came in yet",
                   rule->doc->code, rule->version, rule->doc->earns);
    } else if (!rule->share_count) {
        buf_printf(out,
                   e->zh ? "规则 %s 第 %u 版：随 %s 到账计入售出单元 %s"
                         : "Rule %s, version %u, credits it by %s to the unit that sold, %s",
                   rule->doc->code, rule->version, rule->doc->earns, unit_code(e, row->unit_id));
        tell_waiting(e, reason, out);
    } else {
        buf_printf(out, e->zh ? "规则 %s 第 %u 版分配：" : "Rule %s, version %u, shares it: ", rule->doc->code,
                   rule->version);
        tell_parts(e, row, measure, (int)reason->scale, ENTRY_SHARE, out);
        tell_waiting(e, reason, out);
    }
    if (!reason->beside)
        return;
    buf_append_text(out, e->zh ? "；另计（不进入汇总）：" : "; beside it, in no roll-up: ");
    tell_parts(e, row, measure, (int)reason->scale, ENTRY_OVERLAY, out);
}

static int64_t sum_of(const struct explaining *e, const struct credit_found *row, uint16_t measure_id,
                      enum entry_kind kind)
{
    int64_t sum = 0;

    for (size_t i = 0; i < e->count; i++) {
        uint16_t measure;
        int64_t value;

        if (!is_of(row, &e->rows[i]) || e->rows[i].kind != (int)kind)
            continue;
        credit_read_pair(e->rows[i].pairs, &measure, &value);
        sum += measure == measure_id ? value : 0;
    }
    return sum;
}

static void name_overlays(const struct explaining *e, const struct credit_world *world, const struct credit_fact *fact,
                          uint16_t measure, int64_t value, Bihuan__CreditReason *out)
{
    const struct rules *rules = world->rules;

    if (!rules_touch(rules, measure))
        return;
    out->overlays = arena_array(tx_arena(e->tx), char *, rules->by_measure_count[measure] + 1);
    for (size_t i = 0; i < rules->by_measure_count[measure]; i++)
        if (assign_adds(world, rules->by_measure[measure][i], fact, measure, value))
            out->overlays[out->n_overlays++] = arena_strdup(tx_arena(e->tx), rules->by_measure[measure][i]->doc->code);
}

static Bihuan__CreditReason *reason_of(const struct explaining *e, const struct credit_found *row, uint16_t measure,
                                       int64_t value)
{
    struct credit_world world = crediting_world(&e->state->crediting, e->state->refdata);
    const struct credit_fact fact = { .unit_id = row->unit_id,
                                      .seller_id = row->seller_id,
                                      .channel_id = row->channel_id,
                                      .product_id = row->product_id,
                                      .day = row->day,
                                      .counts_day = row->counts_day };
    const struct ref_measure *ref = refdata_measure(e->state->refdata, measure);
    const struct rule *rule = assign_rule(&world, &fact, measure, value);
    struct arena *arena = tx_arena(e->tx);
    Bihuan__CreditReason *out = arena_new(arena, Bihuan__CreditReason);
    struct buf words = { 0 };

    bihuan__credit_reason__init(out);
    out->measure = ref ? arena_strdup(arena, ref->code) : out->measure;
    out->version = (uint32_t)row->version;
    out->taken_back = row->taken_back;
    out->value = value;
    out->scale = (uint32_t)ref_measure_scale(ref, runtime_money_scale(tx_runtime(e->tx)));
    out->rule = rule ? arena_strdup(arena, rule->doc->code) : out->rule;
    out->rule_version = rule ? rule->version : 0;
    out->excluded = -sum_of(e, row, measure, ENTRY_EXCLUDED);
    out->credited = value + sum_of(e, row, measure, ENTRY_GIVEN) + sum_of(e, row, measure, ENTRY_SHARE) - out->excluded;
    out->beside = sum_of(e, row, measure, ENTRY_OVERLAY);
    if (!rule || !rule->exclude)
        name_overlays(e, &world, &fact, measure, value, out);
    tell_rule(e, row, out, measure, rule, &words);
    out->explanation = arena_strdup(arena, buf_text(&words));
    buf_fini(&words);
    return out;
}

static void tell(const struct explaining *e, Bihuan__ExplainCreditReply *reply)
{
    size_t pairs = 0;

    for (size_t i = 0; i < e->count; i++)
        pairs += e->rows[i].pairs_len / CREDIT_PAIR_LEN;
    reply->items = arena_array(tx_arena(e->tx), Bihuan__CreditEntry *, pairs + 1);
    reply->reasons = arena_array(tx_arena(e->tx), Bihuan__CreditReason *, pairs + 1);
    for (size_t i = 0; i < e->count; i++)
        for (size_t at = 0; at + CREDIT_PAIR_LEN <= e->rows[i].pairs_len; at += CREDIT_PAIR_LEN) {
            uint16_t measure;
            int64_t value;

            if (!credit_scope_has(&e->scope, e->rows[i].unit_id))
                continue;
            credit_read_pair(e->rows[i].pairs + at, &measure, &value);
            reply->items[reply->n_items++] = credit_entry_message(e->state, e->tx, &e->rows[i], measure, value);
            if (!e->rows[i].kind)
                reply->reasons[reply->n_reasons++] = reason_of(e, &e->rows[i], measure, value);
        }
}

static int explain(struct explaining *e, const Bihuan__ExplainCreditRequest *request, Bihuan__ExplainCreditReply *reply,
                   struct err *err)
{
    int32_t day = NO_DAY;

    if ((request->day[0] && date_parse(request->day, strlen(request->day), &day, err) != 0) ||
        credit_store_record(e->tx, request->sender, request->record_key, day, &e->rows, &e->count, err) != 0)
        return -1;
    if (e->count) { /* who may see it goes by the days of the record */
        char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

        date_print(from, e->rows[0].counts_day);
        date_print(until, e->rows[0].counts_day + 1);
        if (credit_scope_read(e->state, e->tx, "", from, until, &e->scope, err) != 0)
            return -1;
        tell(e, reply);
    }
    if (!reply->n_items)
        return err_fail(err, ERR_NOT_FOUND, "no_such_record", "no record \"%s\" of \"%s\" is credited%s%s",
                        request->record_key, request->sender, request->day[0] ? " on " : "", request->day);
    return 0;
}

int credit_explain(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ExplainCreditReply reply = BIHUAN__EXPLAIN_CREDIT_REPLY__INIT;
    struct explaining e = { .state = state_of(tx), .tx = tx, .zh = strcmp(tx_language(tx), "zh") == 0 };
    int rc;

    if (state_read(e.state, err) != 0)
        return -1;
    rc = explain(&e, message, &reply, err);
    state_read_done(e.state);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
