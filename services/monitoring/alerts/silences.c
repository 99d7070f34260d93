/* silences: see silences.h. */
#include "monitoring/alerts/silence_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

#include "bihuan/monitoring_desk.pb-c.h"

#define SILENCES_MAX 4096

struct silences {
    struct silence *items;
    size_t count;
};

struct silences *silences_new(void)
{
    struct silences *silences = calloc(1, sizeof *silences);

    if (!silences)
        abort();
    return silences;
}

void silences_destroy(struct silences **silences)
{
    if (!*silences)
        return;
    free((*silences)->items);
    free(*silences);
    *silences = NULL;
}

int silences_load(struct tx *tx, struct err *err)
{
    struct silences *all = monitoring_of(tx)->silences;
    struct silence *rows;
    size_t count;

    if (silence_store_page(tx, tx_now(tx), "", SILENCES_MAX, &rows, &count, err) != 0)
        return -1;
    free(all->items);
    all->items = calloc(count ? count : 1, sizeof *all->items);
    if (!all->items)
        abort();
    memcpy(all->items, rows, count * sizeof *rows);
    all->count = count;
    return 0;
}

/* --- what is silenced --- */

bool silence_is_active(const struct silence *silence, int64_t now_us)
{
    return !silence->ended_us && silence->from_us <= now_us && now_us < silence->until_us;
}

static bool covers(struct tx *tx, const struct silence *silence, const struct alert *alert)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct rule *rule = rule_by_id(m, alert->rule_id);

    if (silence->measure[0] && (!measure || strcmp(measure->code, silence->measure) != 0))
        return false;
    if (silence->rule[0] && (!rule || strcmp(rule->code, silence->rule) != 0))
        return false;
    return tree_is_under(refdata_tree(m->refdata), alert->unit_id, silence->unit_id, today(tx));
}

const struct silence *silences_over(struct tx *tx, const struct alert *alert)
{
    const struct silences *all = monitoring_of(tx)->silences;

    for (size_t i = 0; i < all->count; i++)
        if (silence_is_active(&all->items[i], tx_now(tx)) && covers(tx, &all->items[i], alert))
            return &all->items[i];
    return NULL;
}

bool silences_mark(struct tx *tx, struct alert *alert)
{
    const struct silence *silence = silences_over(tx, alert);
    const char *by = silence ? silence->id : alert->silenced_until_us > tx_now(tx) ? "alert" : "";

    if (strcmp(by, alert->life.silenced_by) == 0)
        return false;
    snprintf(alert->life.silenced_by, sizeof alert->life.silenced_by, "%.16s", by);
    alert->dirty = true;
    return true;
}

int64_t silences_next(const struct silences *all, int64_t now_us)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < all->count; i++) {
        const struct silence *s = &all->items[i];
        int64_t at = s->ended_us ? INT64_MAX : s->from_us > now_us ? s->from_us : s->until_us;

        if (at > now_us && at < next)
            next = at;
    }
    return next;
}

/* --- requests --- */

struct matching {
    struct tx *tx;
    const struct silence *silence;
    uint32_t count;
};

static int count_match(void *arg, struct alert *alert, struct err *err)
{
    struct matching *matching = arg;

    (void)err;
    if (alert_state_is_open(alert->state) && covers(matching->tx, matching->silence, alert))
        matching->count++;
    return 0;
}

static Bihuan__Silence *message_of(struct tx *tx, const struct silence *silence)
{
    struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit(m->refdata, silence->unit_id);
    struct matching matching = { tx, silence, 0 };
    Bihuan__Silence *out = arena_new(tx_arena(tx), Bihuan__Silence);
    bool over = silence->ended_us || silence->until_us <= tx_now(tx);

    if (!over)
        (void)alerts_each(m, count_match, &matching, NULL);
    bihuan__silence__init(out);
    out->id = arena_strdup(tx_arena(tx), silence->id);
    out->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    out->measure = arena_strdup(tx_arena(tx), silence->measure);
    out->rule = arena_strdup(tx_arena(tx), silence->rule);
    out->author = arena_strdup(tx_arena(tx), silence->author);
    out->reason = arena_strdup(tx_arena(tx), silence->reason);
    out->from = silence->from_us;
    out->until = silence->until_us;
    out->ended_at = silence->ended_us;
    out->ended_by = arena_strdup(tx_arena(tx), silence->ended_by);
    out->end_reason = arena_strdup(tx_arena(tx), silence->end_reason);
    out->matches = matching.count;
    out->state = (char *)(uintptr_t)(over ? "over" : silence->from_us > tx_now(tx) ? "planned" : "active");
    return out;
}

static int check_request(struct tx *tx, const Bihuan__AddSilenceRequest *request, const struct ref_unit **unit,
                         struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    bool rule_known = !request->rule[0];

    *unit = refdata_unit_by_code(m->refdata, request->unit);
    if (!*unit || check_scope(tx, (*unit)->id, NULL) != 0)
        tx_problem(tx, "/unit", "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (request->measure[0] && !refdata_measure_by_code(m->refdata, request->measure))
        tx_problem(tx, "/measure", "unknown_measure", "measure \"%s\" is not known", request->measure);
    for (size_t i = 0; i < m->rule_count; i++)
        rule_known = rule_known || strcmp(m->rules[i].code, request->rule) == 0;
    if (!rule_known)
        tx_problem(tx, "/rule", "unknown_rule", "rule \"%s\" is not known", request->rule);
    if (!request->reason[0])
        tx_problem(tx, "/reason", "reason_needed", "a silence needs a reason; it is shown to whoever misses the alert");
    if (!request->hours || request->hours > SILENCE_HOURS_MAX)
        tx_problem(tx, "/hours", "bad_hours", "a silence has an end: hours must be 1 to %d", SILENCE_HOURS_MAX);
    if (request->from && request->from < tx_now(tx) - 60 * SECOND)
        tx_problem(tx, "/from", "past_time", "a silence cannot begin in the past");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

struct marking {
    struct tx *tx;
    const char *let_go; /* what the history of an alert says that nothing silences any more */
};

static int mark_one(void *arg, struct alert *alert, struct err *err)
{
    const struct marking *marking = arg;
    struct tx *tx = marking->tx;

    if (!alert_state_is_open(alert->state) || !silences_mark(tx, alert))
        return 0;
    return alert_remark(tx, alert, tx_principal(tx)->person, alert->life.silenced_by[0] ? "silenced" : marking->let_go,
                        err);
}

/* The present silences over all alerts; who may be told now is told. `why` one was ended, "" none was or nobody said.
 */
static int apply_all(struct tx *tx, const char *why, struct err *err)
{
    struct marking marking = { tx, arena_printf(tx_arena(tx), "no longer silenced%s%s", why[0] ? ": " : "", why) };

    return silences_load(tx, err) != 0 || alerts_each(monitoring_of(tx), mark_one, &marking, err) != 0
               ? -1
               : alerts_settle(tx, err);
}

/* At most 290 bytes, and no half of a character at their end. */
static void take_words(char out[300], const char *words)
{
    snprintf(out, 300, "%.290s", words);
    utf8_mend(out);
}

static int add(struct tx *tx, const Bihuan__AddSilenceRequest *request, struct err *err)
{
    Bihuan__AddSilenceReply reply = BIHUAN__ADD_SILENCE_REPLY__INIT;
    const struct ref_unit *unit;
    struct silence silence = { .from_us = request->from ? request->from : tx_now(tx) };
    char number[32];

    if (check_request(tx, request, &unit, err) != 0)
        return -1;
    silence.unit_id = unit->id;
    silence.until_us = silence.from_us + request->hours * 3600 * SECOND;
    snprintf(silence.measure, sizeof silence.measure, "%.64s", request->measure);
    snprintf(silence.rule, sizeof silence.rule, "%.64s", request->rule);
    snprintf(silence.author, sizeof silence.author, "%.64s", tx_principal(tx)->person);
    take_words(silence.reason, request->reason);
    snprintf(number, sizeof number, "%ld", (long)tx_now(tx));
    make_id(silence.id, "silence", unit->code, silence.author, number);
    if (silence_store_put(tx, &silence, err) != 0 || apply_all(tx, "", err) != 0)
        return -1;
    reply.silence = message_of(tx, &silence);
    return tx_reply(tx, &reply.base, err);
}

int on_add_silence(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return add(tx, message, err);
}

static int end_one(struct tx *tx, const Bihuan__EndSilenceRequest *request, struct err *err)
{
    struct silences *all = monitoring_of(tx)->silences;
    Bihuan__EndSilenceReply reply = BIHUAN__END_SILENCE_REPLY__INIT;
    struct silence silence;

    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i].id, request->id) != 0 || check_scope(tx, all->items[i].unit_id, NULL) != 0)
            continue;
        silence = all->items[i];
        silence.ended_us = tx_now(tx);
        snprintf(silence.ended_by, sizeof silence.ended_by, "%.64s", tx_principal(tx)->person);
        take_words(silence.end_reason, request->reason);
        if (silence_store_put(tx, &silence, err) != 0 || apply_all(tx, silence.end_reason, err) != 0)
            return -1;
        reply.silence = message_of(tx, &silence);
        return tx_reply(tx, &reply.base, err);
    }
    return err_fail(err, ERR_NOT_FOUND, "unknown_silence", "there is no silence \"%s\" that isn't over", request->id);
}

int on_end_silence(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return end_one(tx, message, err);
}

static int list(struct tx *tx, const Bihuan__ListSilencesRequest *request, struct err *err)
{
    Bihuan__ListSilencesReply reply = BIHUAN__LIST_SILENCES_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct silence *rows;
    size_t count;

    if (silence_store_page(tx, request->all ? INT64_MIN : tx_now(tx), request->page ? request->page->cursor : "", limit,
                           &rows, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Silence *, count);
    for (size_t i = 0; i < count; i++)
        if (check_scope(tx, rows[i].unit_id, NULL) == 0)
            reply.items[reply.n_items++] = message_of(tx, &rows[i]);
    if (count == limit)
        reply.next = rows[count - 1].id;
    return tx_reply(tx, &reply.base, err);
}

int on_list_silences(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = list(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
