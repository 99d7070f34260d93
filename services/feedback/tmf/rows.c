/* rows: see rows.h. */
#include "feedback/tmf/rows.h"

#include "feedback/tmf/readings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_MAX   200
#define TAKEN_BACK "\x1f-" /* behind a row's name; no id of a sender has it */

void tmf_put(json_t *row, const char *name, const char *text)
{
    if (*text)
        json_object_set_new(row, name, json_string(text));
}

/* --- parties -------------------------------------------------------------------------------------------------------
 */

static void put_in(json_t *row, const char *section, const char *name, const char *text)
{
    json_t *at = json_object_get(row, section);

    if (!*text)
        return;
    if (!at) {
        at = json_object();
        json_object_set_new(row, section, at);
    }
    if (!json_object_get(at, name))
        json_object_set_new(at, name, json_string(text));
}

static void lower(const char *text, char out[ROLE_MAX])
{
    size_t n = 0;

    for (; *text && n < ROLE_MAX - 1; text++)
        out[n++] = (char)(*text >= 'A' && *text <= 'Z' ? *text | 0x20 : *text);
    out[n] = 0;
}

/* Version 5 puts the party one level deeper than version 4. */
static void put_party(json_t *row, const json_t *party)
{
    static const char *const ids[] = { "partyOrPartyRole.id", "partyOrPartyRole.partyId", "id", NULL };
    static const char *const names[] = { "partyOrPartyRole.name", "partyOrPartyRole.partyName", "name", NULL };
    char role[ROLE_MAX];

    lower(json_text_of(party, "role"), role);
    if (!*role)
        return;
    put_in(row, "party", role, json_text_first(party, ids));
    put_in(row, "party_name", role, json_text_first(party, names));
}

void tmf_put_parties(json_t *row, const json_t *body)
{
    static const char *const accounts[] = { "billingAccount.id", "account.id", "financialAccount.id", NULL };
    const json_t *parties = json_text_at(body, "relatedParty");
    size_t i;
    json_t *party;

    json_array_foreach((json_t *)(uintptr_t)parties, i, party) put_party(row, party);
    if (json_is_object(parties))
        put_party(row, parties);
    tmf_put(row, "account", json_text_first(body, accounts));
    tmf_put(row, "customer", json_text_of(row, "party.customer"));
    if (!json_object_get(row, "customer"))
        tmf_put(row, "customer", json_text_of(row, "account"));
}

/* --- states --------------------------------------------------------------------------------------------------------
 */

static void put_time(json_t *row, const char *name, int64_t at, const struct zone *zone)
{
    char text[TIME_TEXT_MAX];

    time_print(text, at, zone);
    tmf_put(row, name, text);
}

/* The furthest state but cancelled; 0 none. */
static uint8_t furthest(const struct tmf_build *build, const char *item, int64_t *at)
{
    for (uint8_t rank = FACT_STATE_LIMIT - 1; rank > 0; rank--)
        if (rank != FACT_STATE_CANCELLED && tmf_known_reached(build->known, item, rank, at))
            return rank;
    return 0;
}

/* A record that is taken back stands at the time of that, and says what it said. */
static void add_taken_back(struct tmf_build *build, const json_t *row, const char *name, int64_t at)
{
    json_t *back = json_deep_copy(row);
    char *key = arena_printf(build->arena, "%s" TAKEN_BACK, name);

    put_time(back, "booked_at", at, &build->setting->zone);
    put_time(back, "state_at", at, &build->setting->zone);
    tmf_put(back, "state", fact_state_name(build->setting->kind, FACT_STATE_CANCELLED));
    json_object_set_new(build->rows, key, back);
}

void tmf_add(struct tmf_build *build, json_t *row, const char *item, const char *name, const char *usual)
{
    enum fact_kind kind = build->setting->kind;
    const char *word = tmf_known_word(build->known, item);
    int64_t at = 0, cancelled_at = 0;
    uint8_t rank = furthest(build, item, &at);
    bool cancelled = tmf_known_reached(build->known, item, FACT_STATE_CANCELLED, &cancelled_at);

    if (rank && *fact_state_name(kind, rank) == 0) /* such as the one state of a bill's lines */
        rank = fact_kind_info(kind)->usual;
    tmf_put(row, "booked_at", usual);
    if (rank) {
        tmf_put(row, "state", fact_state_name(kind, rank));
        put_time(row, "state_at", at, &build->setting->zone);
        if (!*usual)
            put_time(row, "booked_at", at, &build->setting->zone);
        if (rank == 4 && kind == FACT_ORDER_LINE)
            put_time(row, "completed_at", at, &build->setting->zone);
    }
    if (cancelled)
        add_taken_back(build, row, name, cancelled_at);
    if (!rank && !cancelled && *word) /* the feed's map may know it; else the row waits and says so */
        tmf_put(row, "state", word);
    if (rank || (!cancelled && *word))
        json_object_set(build->rows, name, row);
    json_decref(row);
}

/* --- what is new of them -------------------------------------------------------------------------------------------
 */

static void print_row(const json_t *row, int64_t version, struct buf *out)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)row);
    char *text;

    json_object_set_new(copy, "version", json_integer((json_int_t)version));
    text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(copy);
    if (!text)
        abort(); /* no memory */
    buf_append_text(out, text);
    buf_append_text(out, "\n");
    free(text);
}

/* True where it says something else than what was recorded last under that name. */
static bool note(json_t *recorded, const char *name, json_t *row, struct buf *out)
{
    const json_t *old = json_object_get(recorded, name);
    int64_t version = old ? json_integer_value(json_array_get(old, 0)) : 0;

    if (old && json_equal(json_array_get(old, 1), row))
        return false;
    version++;
    print_row(row, version, out);
    json_object_set_new(recorded, name, json_pack("[I, O]", (json_int_t)version, row));
    return true;
}

static bool is_back_row(const char *name)
{
    size_t len = strlen(name), mark = strlen(TAKEN_BACK);

    return len >= mark && strcmp(name + len - mark, TAKEN_BACK) == 0;
}

/* The row that takes back what was recorded, at the time at which it was. */
static json_t *back_of(const json_t *said, enum fact_kind kind)
{
    json_t *back = json_copy(json_array_get(said, 1));

    tmf_put(back, "state", fact_state_name(kind, FACT_STATE_CANCELLED));
    return back;
}

/* An item that is in the resource no more is taken back. */
static void add_vanished(struct tmf_build *build, const json_t *recorded)
{
    const char *name;
    json_t *said;

    json_object_foreach((json_t *)(uintptr_t)recorded, name, said)
    {
        char *key = arena_printf(build->arena, "%s" TAKEN_BACK, name);

        if (is_back_row(name) || json_object_get(build->rows, name) || json_object_get(build->rows, key) ||
            json_object_get(recorded, key))
            continue;
        json_object_set_new(build->rows, key, back_of(said, build->setting->kind));
    }
}

size_t tmf_rows_withdraw(const json_t *known, enum fact_kind kind, struct arena *arena, struct buf *out)
{
    const json_t *recorded = json_object_get(known, "rows");
    const char *name;
    size_t count = 0;
    json_t *said;

    json_object_foreach((json_t *)(uintptr_t)recorded, name, said)
    {
        json_t *back;

        if (is_back_row(name) || json_object_get(recorded, arena_printf(arena, "%s" TAKEN_BACK, name)))
            continue;
        back = back_of(said, kind);
        print_row(back, 1, out);
        json_decref(back);
        count++;
    }
    return count;
}

static void build_rows(struct tmf_build *build)
{
    switch (build->resource) {
    case TMF_ORDER:
        tmf_order_rows(build);
        break;
    case TMF_BILL:
        tmf_bill_rows(build);
        break;
    case TMF_PAYMENT:
    case TMF_REFUND:
        tmf_payment_rows(build);
        break;
    case TMF_LEAD:
        tmf_lead_rows(build);
        break;
    case TMF_STOCK:
        tmf_stock_rows(build);
        break;
    case TMF_CANCEL_ORDER:
    case TMF_RATE:
    case TMF_NONE:
        break;
    }
}

size_t tmf_rows(json_t *known, enum tmf_resource resource, const char *id, const struct tmf_setting *setting,
                struct arena *arena, struct buf *out)
{
    struct tmf_build build = { .known = known, .id = id, .resource = resource, .setting = setting, .arena = arena };
    json_t *recorded = json_object_get(known, "rows"), *body, *row;
    const char *name;
    size_t count = 0;

    if (!tmf_known_body(known, resource, &body))
        return 0;
    if (!recorded) {
        recorded = json_object();
        json_object_set_new(known, "rows", recorded);
    }
    build.body = body;
    build.rows = json_object();
    build_rows(&build);
    if (resource != TMF_STOCK) /* a reading that isn't told again was one all the same */
        add_vanished(&build, recorded);
    json_object_foreach(build.rows, name, row) count += note(recorded, name, row, out);
    if (resource == TMF_STOCK)
        tmf_readings_prune(known);
    json_decref(build.rows);
    json_decref(body);
    return count;
}
