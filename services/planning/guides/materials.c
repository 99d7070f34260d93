/* materials: tools and materials from their request over design, localisation and shipping to every outlet. */
#include "planning/guides/guides.h"
#include "planning/planning.h"
#include "planning/guides/material_store.h"

#include "planning/cycle/cycle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const KINDS[] = { "tool", "material", NULL };

static uint32_t id_of(struct tx *tx, const char *code)
{
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), code);

    return unit ? unit->id : 0;
}

static struct material_units units_of(struct tx *tx, const Bihuan__Material *body)
{
    return (struct material_units) { id_of(tx, body->design_unit), id_of(tx, body->localise_unit),
                                     id_of(tx, body->ship_unit) };
}

static Bihuan__Material *view(struct tx *tx, const struct material *material)
{
    Bihuan__Material *out = material->body;

    out->state = (char *)(uintptr_t)material_word(material->state);
    out->revision = material->revision;
    out->overdue = material->state != MATERIAL_CONFIRMED && cycle_today(tx) > material->needed_day;
    return out;
}

static int publish(struct tx *tx, const struct material *material, const char *from, uint32_t unit_id, struct err *err)
{
    Bihuan__MaterialMoved event = BIHUAN__MATERIAL_MOVED__INIT;

    event.material = view(tx, material);
    event.from = (char *)(uintptr_t)from;
    event.person = tx_principal(tx)->person;
    event.unit_id = unit_id;
    event.at = tx_now(tx);
    return tx_publish(tx, 0, MSG(MATERIAL_MOVED), material->body->code, &event.base, err);
}

static int reply_with(struct tx *tx, const struct material *material, struct err *err)
{
    Bihuan__MaterialReply reply = BIHUAN__MATERIAL_REPLY__INIT;

    reply.material = view(tx, material);
    return tx_reply(tx, &reply.base, err);
}

static int add_move(struct tx *tx, struct material *material, uint32_t unit_id, const char *note, struct err *err)
{
    struct material_move move = {
        material->revision, material->state, tx_principal(tx)->person, unit_id, tx_now(tx), note
    };

    return material_store_add_move(tx, material->id, &move, err);
}

/* The asker works at the unit, or is refused. */
static int require_work_at(struct tx *tx, uint32_t unit_id, struct err *err)
{
    bool works = false;

    if (addressees_works_at(tx, unit_id, &works, err) != 0)
        return -1;
    return works ? 0
                 : err_fail(err, ERR_FORBIDDEN, "wrong_unit", "\"%s\" holds no role at \"%s\"; somebody who does can",
                            tx_principal(tx)->person, unit_code(tx, unit_id));
}

/* --- asking for one --- */

static void check_unit(struct tx *tx, const char *field, const char *code)
{
    if (!id_of(tx, code))
        tx_problem(tx, place(tx, "/material", field), "unknown_unit", "unit \"%s\" is not known", code);
}

static void check_material(struct tx *tx, const Bihuan__Material *material)
{
    if (!code_valid(material->code))
        tx_problem(tx, "/material/code", "bad_code", "code \"%s\" must be 1 to 64 letters, digits, '.', '_' or '-'",
                   material->code);
    check_word(tx, "/material", "kind", material->kind, KINDS);
    if (!material->title_zh[0] && !material->title_en[0])
        tx_problem(tx, "/material/title_zh", "missing_value", "it needs a title");
    if (!material->text[0])
        tx_problem(tx, "/material/text", "missing_value", "say what is needed and why");
    check_unit(tx, "design_unit", material->design_unit);
    check_unit(tx, "ship_unit", material->ship_unit);
    if (material->localise_unit[0])
        check_unit(tx, "localise_unit", material->localise_unit);
    if (material->product[0] && !refdata_product_by_code(refdata_of(tx), material->product))
        tx_problem(tx, "/material/product", "unknown_product", "product \"%s\" is not known", material->product);
}

int on_request_material(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RequestMaterialRequest *request = message;
    struct material material = { .revision = 1, .body = request->material }, *there;
    struct material_units steps;
    uint32_t *units;
    size_t count;

    if (!request->material)
        return err_fail(err, ERR_INVALID, "missing_value", "the request needs a material");
    material.unit_id = id_of(tx, request->material->unit);
    if (!material.unit_id || !cycle_in_scope(tx, material.unit_id))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->material->unit);
    if (require_work_at(tx, material.unit_id, err) != 0)
        return -1;
    check_material(tx, material.body);
    material.needed_day = check_date(tx, "/material", "needed_by", material.body->needed_by, true, INT32_MAX);
    count = addressees_find(tx, material.body->to, "/material/to", &units);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (material_store_get(tx, material.body->code, &there, err) != 0)
        return -1;
    if (there)
        return err_fail(err, ERR_CONFLICT, "material_exists", "material \"%s\" is there already; give another code",
                        material.body->code);
    steps = units_of(tx, material.body);
    material.step_unit = material_step_unit(material.state, &steps);
    material.body->requested_by = tx_principal(tx)->person;
    material.body->requested_at = tx_now(tx);
    material.body->addressed = (uint32_t)count;
    material.body->confirmed = 0;
    if (material_store_insert(tx, &material, units, count, err) != 0 ||
        add_move(tx, &material, material.unit_id, material.body->text, err) != 0 ||
        publish(tx, &material, "", 0, err) != 0)
        return -1;
    return reply_with(tx, &material, err);
}

/* --- steps --- */

/* In the asker's scope, as in the list. */
static int find(struct tx *tx, const char *code, struct material **out, struct err *err)
{
    uint32_t *scope;
    size_t scope_count = addressees_scope(tx, &scope);
    bool seen = false;

    if (material_store_get(tx, code, out, err) != 0 ||
        (*out && material_store_in_scope(tx, (*out)->id, scope, scope_count, &seen, err) != 0))
        return -1;
    return seen ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_material", "material \"%s\" is not known", code);
}

int on_move_material(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MoveMaterialRequest *request = message;
    struct material_units steps;
    enum material_state next;
    struct material *material;
    uint32_t by;
    const char *from;

    if (find(tx, request->code, &material, err) != 0)
        return -1;
    steps = units_of(tx, material->body);
    by = material->step_unit;
    from = material_word(material->state);
    if (!material_step(material->state, &steps, request->back, &next))
        return err_fail(err, ERR_CONFLICT, "wrong_state",
                        request->back ? "it is %s; it cannot go back"
                                      : "it is %s; its addressees confirm it, each for its unit",
                        from);
    if (require_work_at(tx, by, err) != 0)
        return -1;
    if (request->revision != material->revision)
        return err_fail(err, ERR_CONFLICT, "stale_revision", "it has moved on to revision %u meanwhile; read it again",
                        material->revision);
    if (request->back && !request->note[0]) {
        tx_problem(tx, "/note", "missing_value", "what goes back needs a reason");
        return tx_refuse(tx, err);
    }
    material->state = next;
    material->revision++;
    material->step_unit = material_step_unit(next, &steps);
    if (material_store_update(tx, material, err) != 0 || add_move(tx, material, by, request->note, err) != 0 ||
        publish(tx, material, from, 0, err) != 0)
        return -1;
    return reply_with(tx, material, err);
}

/* The last addressee's confirmation ends it. */
static int finish(struct tx *tx, struct material *material, uint32_t unit_id, struct err *err)
{
    material->state = MATERIAL_CONFIRMED;
    material->revision++;
    return material_store_update(tx, material, err) != 0 ? -1 : add_move(tx, material, unit_id, "", err);
}

int on_confirm_material(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ConfirmMaterialRequest *request = message;
    uint32_t unit_id = id_of(tx, request->unit);
    struct material *material;
    const char *from;
    int was;

    if (!unit_id || !cycle_in_scope(tx, unit_id))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (find(tx, request->code, &material, err) != 0 || require_work_at(tx, unit_id, err) != 0)
        return -1;
    if (material->state < MATERIAL_SHIPPED)
        return err_fail(err, ERR_CONFLICT, "wrong_state", "it is %s; it hasn't been shipped",
                        material_word(material->state));
    if (material_store_confirm(tx, material->id, unit_id, tx_principal(tx)->person, tx_now(tx), request->note, &was,
                               err) != 0)
        return -1;
    if (was != 1)
        return err_fail(err, was ? ERR_CONFLICT : ERR_FORBIDDEN, was ? "confirmed" : "not_addressed",
                        was ? "\"%s\" has confirmed it already" : "it isn't addressed to \"%s\"", request->unit);
    from = material_word(material->state);
    material->body->confirmed++;
    if (material->body->confirmed == material->body->addressed && finish(tx, material, unit_id, err) != 0)
        return -1;
    return publish(tx, material, from, unit_id, err) != 0 ? -1 : reply_with(tx, material, err);
}

/* --- queries --- */

static int list_materials(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListMaterialsRequest *request = message;
    Bihuan__ListMaterialsReply reply = BIHUAN__LIST_MATERIALS_REPLY__INIT;
    const char *cursor = request->page && request->page->cursor ? request->page->cursor : "";
    uint32_t limit = page_limit(request->page), unit = id_of(tx, request->unit), *scope;
    size_t scope_count = addressees_scope(tx, &scope);
    int state = material_state_of(request->state);
    struct material *rows;

    if (request->state[0] && state < 0)
        return err_fail(err, ERR_INVALID, "unknown_word",
                        "state \"%s\" is none of requested, designed, localised, shipped, confirmed", request->state);
    if (request->unit[0] && (!unit || !cycle_in_scope(tx, unit)))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (material_store_page(tx, state, unit, scope, scope_count, cursor[0] ? strtoll(cursor, NULL, 10) : INT64_MAX,
                            limit, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Material *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = view(tx, &rows[i]);
    if (reply.n_items == limit)
        reply.next = arena_printf(tx_arena(tx), "%" PRId64, rows[limit - 1].id);
    return tx_reply(tx, &reply.base, err);
}

int on_list_materials(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_materials, message, err);
}

static int add_history(struct tx *tx, const struct material *material, Bihuan__GetMaterialReply *reply, struct err *err)
{
    struct material_move *moves;
    uint32_t *missing;
    size_t count;

    if (material_store_moves(tx, material->id, &moves, &reply->n_history, err) != 0 ||
        material_store_missing(tx, material->id, &missing, &count, err) != 0)
        return -1;
    reply->history = arena_array(tx_arena(tx), Bihuan__MaterialMove *, reply->n_history + 1);
    for (size_t i = 0; i < reply->n_history; i++) {
        Bihuan__MaterialMove *out = reply->history[i] = arena_new(tx_arena(tx), Bihuan__MaterialMove);

        bihuan__material_move__init(out);
        out->revision = moves[i].revision;
        out->state = (char *)(uintptr_t)material_word(moves[i].state);
        out->person = (char *)(uintptr_t)moves[i].person;
        out->unit = arena_strdup(tx_arena(tx), unit_code(tx, moves[i].unit_id));
        out->at = moves[i].at;
        out->note = (char *)(uintptr_t)moves[i].note;
    }
    reply->missing = arena_array(tx_arena(tx), char *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (cycle_in_scope(tx, missing[i]))
            reply->missing[reply->n_missing++] = arena_strdup(tx_arena(tx), unit_code(tx, missing[i]));
    return 0;
}

static int get_material(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetMaterialRequest *request = message;
    Bihuan__GetMaterialReply reply = BIHUAN__GET_MATERIAL_REPLY__INIT;
    struct material *material;

    if (find(tx, request->code, &material, err) != 0 || add_history(tx, material, &reply, err) != 0)
        return -1;
    reply.material = view(tx, material);
    return tx_reply(tx, &reply.base, err);
}

int on_get_material(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_material, message, err);
}
