/* guide_queries: guides, and how far they have come along the tree. */
#include "planning/guides/guide_store.h"
#include "planning/planning.h"
#include "planning/guides/guides.h"

#include "planning/cycle/cycle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void hide_answer(Bihuan__Guide *guide)
{
    if (guide->question)
        guide->question->right = 0;
}

static int list_guides(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListGuidesRequest *request = message;
    Bihuan__ListGuidesReply reply = BIHUAN__LIST_GUIDES_REPLY__INIT;
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), request->unit);
    const char *cursor = request->page && request->page->cursor ? request->page->cursor : "";
    uint32_t limit = page_limit(request->page), *scope;
    size_t scope_count = addressees_scope(tx, &scope);
    struct guide *rows;

    if (request->unit[0] && (!unit || !cycle_in_scope(tx, unit->id)))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (guide_store_page(tx, request->code, request->kind, unit ? unit->id : 0, request->all || request->code[0], scope,
                         scope_count, cursor[0] ? strtoll(cursor, NULL, 10) : INT64_MAX, limit, &rows, &reply.n_items,
                         err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Guide *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++) {
        reply.items[i] = rows[i].body;
        hide_answer(rows[i].body);
    }
    if (reply.n_items == limit)
        reply.next = arena_printf(tx_arena(tx), "%" PRId64, rows[limit - 1].id);
    return tx_reply(tx, &reply.base, err);
}

int on_list_guides(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_guides, message, err);
}

/* --- one guide with its addressees in the asker's scope --- */

struct reading {
    struct guide *guide;
    bool own; /* the issuing unit is in the asker's scope: all addressees are seen */
    struct guide_unit *rows;
    size_t count;
};

static void count_row(const struct guide *guide, const struct guide_unit *row, int32_t today, Bihuan__GuideUnit *out)
{
    bool acknowledged = row->at[MARK_ACKNOWLEDGED] != 0, trained = row->at[MARK_TRAINED] != 0;
    bool supplied = row->at[MARK_SUPPLIED] != 0;

    out->addressed++;
    out->acknowledged += acknowledged;
    out->trained += trained;
    out->supplied += supplied;
    out->overdue += !acknowledged && today > guide->due_day;
    /* counted here, turned into a share by finish_shares() */
    out->ready_ppm += acknowledged && (trained || !guide->body->training) && (supplied || !guide->body->materials);
}

/* Rounded down: only all of them are 100 %. */
static void finish_shares(Bihuan__GuideUnit *out)
{
    if (!out->addressed)
        return;
    out->acknowledged_ppm = (uint32_t)((uint64_t)out->acknowledged * 1000000 / out->addressed);
    out->ready_ppm = (uint32_t)((uint64_t)out->ready_ppm * 1000000 / out->addressed);
}

static int read_guide(struct tx *tx, const char *code, uint32_t version, struct reading *out, struct err *err)
{
    Bihuan__GuideUnit sum = BIHUAN__GUIDE_UNIT__INIT;
    uint32_t *scope;
    size_t scope_count = addressees_scope(tx, &scope);

    if (guide_store_get(tx, code, version, &out->guide, err) != 0)
        return -1;
    out->own = out->guide && cycle_in_scope(tx, out->guide->unit_id);
    if (out->own) {
        scope = NULL;
        scope_count = 0;
    }
    if (out->guide && guide_store_units(tx, out->guide->id, scope, scope_count, &out->rows, &out->count, err) != 0)
        return -1;
    if (!out->guide || !out->count)
        return err_fail(err, ERR_NOT_FOUND, "unknown_guide", "guide \"%s\" is not known", code);
    for (size_t i = 0; i < out->count; i++)
        count_row(out->guide, &out->rows[i], cycle_today(tx), &sum);
    out->guide->body->addressed = sum.addressed;
    out->guide->body->acknowledged = sum.acknowledged;
    out->guide->body->trained = sum.trained;
    out->guide->body->supplied = sum.supplied;
    hide_answer(out->guide->body);
    return 0;
}

static int get_guide(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetGuideRequest *request = message;
    Bihuan__GetGuideReply reply = BIHUAN__GET_GUIDE_REPLY__INIT;
    struct reading reading = { 0 };

    if (read_guide(tx, request->code, request->version, &reading, err) != 0 ||
        attachments_of(tx, OWNER_GUIDE, reading.guide->id, &reply.attachments, &reply.n_attachments, err) != 0)
        return -1;
    reply.guide = reading.guide->body;
    return tx_reply(tx, &reply.base, err);
}

int on_get_guide(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_guide, message, err);
}

/* --- readiness --- */

static Bihuan__GuideUnit *new_row(struct tx *tx, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(refdata_of(tx), unit_id);
    Bihuan__GuideUnit *out = arena_new(tx_arena(tx), Bihuan__GuideUnit);

    bihuan__guide_unit__init(out);
    out->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    out->unit_name = arena_strdup(tx_arena(tx), unit ? unit->name : "");
    return out;
}

/* The child of `top` that `unit` is at or below; top itself for top; TREE_NONE for others. */
static uint32_t child_towards(const struct tree *tree, uint32_t top, uint32_t unit, int32_t day)
{
    uint32_t parent = unit == top ? top : tree_parent(tree, unit, day);

    while (parent != top && parent != TREE_NONE) {
        unit = parent;
        parent = tree_parent(tree, unit, day);
    }
    return parent == TREE_NONE ? TREE_NONE : unit;
}

/* The top and its children, in order of id, where anything is addressed. */
static void roll_up(struct tx *tx, const struct reading *reading, uint32_t top, Bihuan__GuideReadinessReply *reply)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata);
    Bihuan__GuideUnit **at = arena_array(tx_arena(tx), Bihuan__GuideUnit *, limit + 1);
    Bihuan__GuideUnit *sum = new_row(tx, top);
    int32_t today = cycle_today(tx);

    reply->items = arena_array(tx_arena(tx), Bihuan__GuideUnit *, limit + 2);
    reply->items[reply->n_items++] = sum;
    for (size_t i = 0; i < reading->count; i++) {
        uint32_t child = child_towards(refdata_tree(refdata), top, reading->rows[i].unit_id, today);

        if (child == TREE_NONE)
            continue;
        count_row(reading->guide, &reading->rows[i], today, sum);
        if (child == top)
            continue;
        if (!at[child])
            at[child] = new_row(tx, child);
        count_row(reading->guide, &reading->rows[i], today, at[child]);
    }
    for (uint32_t id = 0; id < limit; id++)
        if (at[id])
            reply->items[reply->n_items++] = at[id];
    for (size_t i = 0; i < reply->n_items; i++)
        finish_shares(reply->items[i]);
}

static void list_each(struct tx *tx, const struct reading *reading, uint32_t top, const Bihuan__Page *page,
                      Bihuan__GuideReadinessReply *reply)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    uint32_t limit = page_limit(page);
    uint32_t after = page && page->cursor ? (uint32_t)strtoul(page->cursor, NULL, 10) : 0;
    int32_t today = cycle_today(tx);

    reply->items = arena_array(tx_arena(tx), Bihuan__GuideUnit *, limit + 1);
    for (size_t i = 0; i < reading->count; i++) {
        const struct guide_unit *row = &reading->rows[i];
        Bihuan__GuideUnit *out;

        if (row->unit_id <= after || !tree_is_under(tree, row->unit_id, top, today))
            continue;
        if (reply->n_items == limit) {
            reply->next = arena_printf(tx_arena(tx), "%" PRIu32, after);
            return;
        }
        out = new_row(tx, row->unit_id);
        count_row(reading->guide, row, today, out);
        finish_shares(out);
        out->acknowledged_by = (char *)(uintptr_t)row->by[MARK_ACKNOWLEDGED];
        out->acknowledged_at = row->at[MARK_ACKNOWLEDGED];
        reply->items[reply->n_items++] = out;
        after = row->unit_id;
    }
}

/* The unit asked for; where none is, the asker's own top, or the tree's for a guide of the asker's own. */
static const struct ref_unit *top_of(struct tx *tx, const char *code, bool own)
{
    const struct refdata *refdata = refdata_of(tx);
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *unit = code[0]              ? refdata_unit_by_code(refdata, code)
                                  : subtree[0] && !own ? refdata_unit_by_code(refdata, subtree)
                                                       : refdata_root(refdata, cycle_today(tx));

    return unit && (own || cycle_in_scope(tx, unit->id)) ? unit : NULL;
}

static int guide_readiness(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GuideReadinessRequest *request = message;
    Bihuan__GuideReadinessReply reply = BIHUAN__GUIDE_READINESS_REPLY__INIT;
    struct reading reading = { 0 };
    const struct ref_unit *top;

    if (read_guide(tx, request->code, request->version, &reading, err) != 0)
        return -1;
    top = top_of(tx, request->unit, reading.own);
    if (!top)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (request->each)
        list_each(tx, &reading, top->id, request->page, &reply);
    else
        roll_up(tx, &reading, top->id, &reply);
    reply.guide = reading.guide->body;
    return tx_reply(tx, &reply.base, err);
}

int on_guide_readiness(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, guide_readiness, message, err);
}
