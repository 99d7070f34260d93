/* patterns: see patterns.h. */
#include "incentive/detectors/patterns.h"

#include "incentive/ledger/pay_calc.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define LINES_USUAL 20
#define LINES_MAX   200

Bihuan__Pattern *pattern_add(struct pattern_call *call)
{
    Bihuan__FindPatternsReply *reply = call->reply;
    Bihuan__Pattern *pattern;

    if (reply->n_items == PATTERNS_MAX)
        return NULL;
    if (!reply->items)
        reply->items = arena_array(tx_arena(call->tx), Bihuan__Pattern *, PATTERNS_MAX);
    pattern = arena_new(tx_arena(call->tx), Bihuan__Pattern);
    bihuan__pattern__init(pattern);
    pattern->kind = call->request->kind;
    reply->items[reply->n_items++] = pattern;
    return pattern;
}

char *pattern_day(struct pattern_call *call, int32_t day)
{
    char *out = arena_alloc(tx_arena(call->tx), DATE_TEXT_MAX);

    date_print(out, day);
    return out;
}

Bihuan__PatternLine *pattern_line(struct pattern_call *call, Bihuan__Pattern *pattern, uint32_t unit_id,
                                  const char *sender, const char *record_key, int32_t day)
{
    const struct ref_unit *unit = refdata_unit(call->state->refdata, unit_id);
    Bihuan__PatternLine *line;

    if (pattern->n_lines == call->limit)
        return NULL;
    if (!pattern->lines)
        pattern->lines = arena_array(tx_arena(call->tx), Bihuan__PatternLine *, call->limit);
    line = arena_new(tx_arena(call->tx), Bihuan__PatternLine);
    bihuan__pattern_line__init(line);
    line->unit = arena_strdup(tx_arena(call->tx), unit ? unit->code : "");
    line->line = arena_printf(tx_arena(call->tx), "%s|%s", sender, record_key);
    line->day = pattern_day(call, day);
    pattern->lines[pattern->n_lines++] = line;
    return line;
}

int pattern_measure(struct pattern_call *call, const char *code, const char *field, const struct ref_measure **out,
                    struct err *err)
{
    *out = refdata_measure_by_code(call->state->refdata, code);
    if (*out && (*out)->additive)
        return 0;
    return err_fail(err, ERR_INVALID, "unknown_measure", "%s: there is no measure \"%s\" that adds up", field, code);
}

static const struct {
    const char *kind;
    int (*find)(struct pattern_call *call, struct err *err);
} kinds[] = {
    { "thresholds", patterns_thresholds },
    { "cancelled", patterns_cancelled },
    { "traffic", patterns_traffic },
};

static int by_chance(const void *pa, const void *pb)
{
    const Bihuan__Pattern *const *a = pa, *const *b = pb;

    return (*a)->chance_ppm < (*b)->chance_ppm ? -1 : (*a)->chance_ppm > (*b)->chance_ppm;
}

static int find(struct pattern_call *call, struct err *err)
{
    const Bihuan__FindPatternsRequest *request = call->request;
    struct arena *arena = tx_arena(call->tx);
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

    if (pay_period_by_code(call->state, request->period, &call->period, err) != 0)
        return -1;
    date_print(from, call->period->from_day);
    date_print(until, call->period->until_day);
    call->limit = request->limit ? request->limit : LINES_USUAL;
    call->limit = call->limit > LINES_MAX ? LINES_MAX : call->limit;
    if (credit_scope_read(call->state, call->tx, request->under, arena_strdup(arena, from), arena_strdup(arena, until),
                          &call->scope, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, request->kind) == 0)
            return kinds[i].find(call, err);
    return err_fail(err, ERR_INVALID, "bad_kind", "kind \"%s\" isn't known: use thresholds, cancelled or traffic",
                    request->kind);
}

void patterns_unlock(struct pattern_call *call)
{
    call->locked = false;
    state_read_done(call->state);
}

int patterns_lock(struct pattern_call *call, struct err *err)
{
    if (state_read(call->state, err) != 0)
        return -1;
    call->locked = true;
    return 0;
}

int patterns_find(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__FindPatternsReply reply = BIHUAN__FIND_PATTERNS_REPLY__INIT;
    struct pattern_call call = { .state = state_of(tx), .tx = tx, .request = message, .reply = &reply };
    int rc;

    if (patterns_lock(&call, err) != 0)
        return -1;
    rc = find(&call, err);
    if (call.locked)
        patterns_unlock(&call);
    if (rc == 0 && reply.n_items)
        qsort(reply.items, reply.n_items, sizeof(Bihuan__Pattern *), by_chance);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
