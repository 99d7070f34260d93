/* reference_store: see reference_store.h. */
#include "feedback/reference/reference_store.h"

#include "text/dates.h"

#include <string.h>

static const struct stmt UNITS = { "ref_units", "SELECT id, code, type, channel, closed FROM ref_unit" };
static const struct stmt RELATIONS = {
    "ref_relations", "SELECT unit_id, parent, from_day, until_day FROM ref_relation ORDER BY unit_id, from_day"
};
static const struct stmt CHANNELS = { "ref_channels", "SELECT id, code FROM ref_channel" };
static const struct stmt PRODUCTS = { "ref_products", "SELECT id, code, parent, list_price, policy FROM ref_product" };
static const struct stmt HAND_OVERS = { "ref_hand_overs",
                                        "SELECT from_unit, to_unit, from_day FROM hand_over ORDER BY from_day, no" };
static const struct stmt MEASURES = { "ref_measures", "SELECT body FROM ref_measure ORDER BY id" };

static const struct stmt PUT_UNITS = {
    "ref_put_units", "INSERT INTO ref_unit (id, code, type, channel, closed)"
                     " SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::date[])"
                     " ON CONFLICT (id) DO UPDATE SET code = excluded.code, type = excluded.type,"
                     " channel = excluded.channel, closed = excluded.closed"
};
static const struct stmt OPENED = { "ref_opened",
                                    "SELECT EXISTS (SELECT 1 FROM ref_unit u JOIN unnest($1::int[], $2::date[])"
                                    " n(id, closed) ON n.id = u.id WHERE n.closed > u.closed)" };
static const struct stmt FORGET_RELATIONS = { "ref_forget_relations",
                                              "DELETE FROM ref_relation WHERE unit_id = ANY($1::int[])" };
static const struct stmt PUT_RELATIONS = { "ref_put_relations",
                                           "INSERT INTO ref_relation (unit_id, parent, from_day, until_day)"
                                           " SELECT * FROM unnest($1::int[], $2::text[], $3::date[], $4::date[])" };
static const struct stmt OLD_RELATIONS = { "ref_old_relations",
                                           "SELECT unit_id, parent, from_day, until_day FROM ref_relation"
                                           " WHERE unit_id = ANY($1::int[]) ORDER BY unit_id, from_day" };
static const struct stmt PUT_CHANNELS = {
    "ref_put_channels", "INSERT INTO ref_channel (id, code) SELECT * FROM unnest($1::int[], $2::text[])"
                        " ON CONFLICT (id) DO UPDATE SET code = excluded.code"
};
static const struct stmt DIFFERENT_PRODUCTS = {
    "ref_different_products",
    "SELECT count(*) FROM ref_product p JOIN unnest($1::int[], $2::text[], $3::text[], $4::text[])"
    " n(id, parent, list_price, policy) ON n.id = p.id WHERE p.parent <> n.parent"
    " OR p.list_price <> n.list_price OR p.policy <> n.policy"
};
static const struct stmt PUT_PRODUCTS = {
    "ref_put_products", "INSERT INTO ref_product (id, code, parent, list_price, policy)"
                        " SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])"
                        " ON CONFLICT (id) DO UPDATE SET code = excluded.code, parent = excluded.parent,"
                        " list_price = excluded.list_price, policy = excluded.policy"
};
static const struct stmt ALIASES = { "ref_aliases", "SELECT alias, product_id FROM ref_product_alias" };
static const struct stmt FORGET_ALIASES = { "ref_forget_aliases", "DELETE FROM ref_product_alias"
                                                                  " WHERE product_id = ANY($1::int[]) OR"
                                                                  " alias = ANY($2::text[])" };
static const struct stmt PUT_ALIASES = { "ref_put_aliases", "INSERT INTO ref_product_alias (alias, product_id)"
                                                            " SELECT * FROM unnest($1::text[], $2::int[])" };
static const struct stmt PUT_MEASURE = { "ref_put_measure", "INSERT INTO ref_measure AS m (id, body) VALUES ($1, $2)"
                                                            " ON CONFLICT (id) DO UPDATE SET body = excluded.body"
                                                            " WHERE m.body <> excluded.body" };

/* --- loading -------------------------------------------------------------------------------------------------------
 */

static int load_units(struct db *db, struct reference *reference, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(db, &UNITS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = reference_add_unit(reference, (uint32_t)db_i32(&rows, i, 0), db_text(&rows, i, 1), db_text(&rows, i, 2),
                                db_text(&rows, i, 3), db_date(&rows, i, 4), err);
    db_rows_fini(&rows);
    if (rc != 0 || db_query(db, &RELATIONS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = reference_add_relation(reference, (uint32_t)db_i32(&rows, i, 0), db_text(&rows, i, 1),
                                    db_date(&rows, i, 2), db_date(&rows, i, 3), err);
    db_rows_fini(&rows);
    return rc;
}

/* Lines of channel, first day, day behind the last, price; fields apart by tabs. */
static const char *print_policy(struct arena *arena, const Bihuan__Product *product)
{
    const char *text = "";

    for (size_t i = 0; i < product->n_prices; i++) {
        const Bihuan__PolicyPrice *price = product->prices[i];

        text = arena_printf(arena, "%s%s\t%s\t%s\t%s\n", text, price->channel, price->from, price->until, price->price);
    }
    return text;
}

static int take_policy(struct reference *reference, uint32_t product, const char *text, struct err *err)
{
    while (*text) {
        char line[256], *fields[4] = { line };
        size_t len = strcspn(text, "\n"), count = 1;
        int32_t from, until = INT32_MAX;

        if (len >= sizeof line)
            return err_set(err, "a stored policy price is damaged");
        memcpy(line, text, len);
        line[len] = 0;
        for (char *at = line; count < 4 && (at = strchr(at, '\t')); count++) {
            *at++ = 0;
            fields[count] = at;
        }
        if (count < 4 || date_parse(fields[1], strlen(fields[1]), &from, err) != 0 ||
            (*fields[2] && date_parse(fields[2], strlen(fields[2]), &until, err) != 0))
            return err_set(err, "a stored policy price is damaged");
        if (reference_add_price(reference, product, fields[0], from, until, fields[3], err) != 0)
            return -1;
        text += len + (text[len] == '\n');
    }
    return 0;
}

static int load_products(struct db *db, struct reference *reference, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(db, &CHANNELS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = reference_add_channel(reference, (uint32_t)db_i32(&rows, i, 0), db_text(&rows, i, 1), err);
    db_rows_fini(&rows);
    if (rc != 0 || db_query(db, &PRODUCTS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        uint32_t id = (uint32_t)db_i32(&rows, i, 0);

        rc = reference_add_product(reference, id, db_text(&rows, i, 1), db_text(&rows, i, 2), db_text(&rows, i, 3),
                                   err);
        if (rc == 0)
            rc = take_policy(reference, id, db_text(&rows, i, 4), err);
    }
    db_rows_fini(&rows);
    if (rc != 0 || db_query(db, &ALIASES, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        reference_add_alias(reference, db_text(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1));
    db_rows_fini(&rows);
    return 0;
}

static int load_measures(struct db *db, struct arena *arena, struct reference *reference, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(db, &MEASURES, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *body = db_bytes(&rows, i, 0, &len);
        Bihuan__Measure *measure = bihuan__measure__unpack(&arena->allocator, len, body);

        rc = measure ? reference_add_measure(reference, measure, err)
                     : err_set(err, "could not decode a stored measure");
    }
    db_rows_fini(&rows);
    return rc;
}

static int load_hand_overs(struct db *db, struct reference *reference, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, &HAND_OVERS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        reference_add_hand_over(reference, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                                db_date(&rows, i, 2));
    db_rows_fini(&rows);
    return 0;
}

int reference_store_load_world(struct db *db, struct reference *reference, struct err *err)
{
    return load_units(db, reference, err) != 0 || load_hand_overs(db, reference, err) != 0
               ? -1
               : load_products(db, reference, err);
}

int reference_store_load(struct db *db, struct arena *arena, struct reference *reference, struct err *err)
{
    return reference_store_load_world(db, reference, err) != 0 ? -1 : load_measures(db, arena, reference, err);
}

int reference_store_measure(struct db *db, struct arena *arena, const char *code, const Bihuan__Measure **out,
                            struct err *err)
{
    struct db_rows rows;

    *out = NULL;
    if (db_query(db, &MEASURES, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        size_t len;
        const uint8_t *body = db_bytes(&rows, i, 0, &len);
        const Bihuan__Measure *measure = bihuan__measure__unpack(&arena->allocator, len, body);

        if (measure && strcmp(measure->code, code) == 0)
            *out = measure;
    }
    db_rows_fini(&rows);
    return 0;
}

/* --- units ---------------------------------------------------------------------------------------------------------
 */

struct relation_columns {
    int32_t *unit;
    const char **parent;
    int32_t *from, *until;
    size_t count;
};

static int parse_day(const char *text, int32_t fallback, int32_t *out, struct err *err)
{
    *out = fallback;
    return *text ? date_parse(text, strlen(text), out, err) : 0;
}

static int collect_relations(const Bihuan__UnitsChanged *event, struct arena *arena, struct relation_columns *out,
                             struct err *err)
{
    size_t total = 0;

    for (size_t i = 0; i < event->n_items; i++)
        total += event->items[i]->n_relations;
    *out = (struct relation_columns) { arena_array(arena, int32_t, total + 1),
                                       arena_array(arena, const char *, total + 1),
                                       arena_array(arena, int32_t, total + 1), arena_array(arena, int32_t, total + 1),
                                       0 };
    for (size_t i = 0; i < event->n_items; i++)
        for (size_t r = 0; r < event->items[i]->n_relations; r++) {
            const Bihuan__UnitRelation *relation = event->items[i]->relations[r];

            out->unit[out->count] = (int32_t)event->items[i]->id;
            out->parent[out->count] = relation->parent;
            if (parse_day(relation->from, date_of(1, 1, 1), &out->from[out->count], err) != 0 ||
                parse_day(relation->until, INT32_MAX, &out->until[out->count], err) != 0)
                return -1;
            out->count++;
        }
    return 0;
}

/* Whether units that were there hang elsewhere now. Relations of units that are new don't count. */
static int compare_relations(struct db *db, struct arena *arena, const int32_t *ids, size_t id_count,
                             const struct relation_columns *columns, bool *changed, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    size_t matched = 0;

    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, id_count);
    if (db_query(db, &OLD_RELATIONS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        for (size_t r = 0; r < columns->count; r++)
            if (columns->unit[r] == db_i32(&rows, i, 0) && strcmp(columns->parent[r], db_text(&rows, i, 1)) == 0 &&
                columns->from[r] == db_date(&rows, i, 2) && columns->until[r] == db_date(&rows, i, 3))
                matched++;
    *changed = (size_t)rows.count != matched;
    db_rows_fini(&rows);
    return 0;
}

static int put_relations(struct db *db, struct arena *arena, const int32_t *ids, size_t id_count,
                         const struct relation_columns *columns, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, id_count);
    if (db_exec(db, &FORGET_RELATIONS, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, arena);
    db_arg_i32_array(&args, columns->unit, columns->count);
    db_arg_text_array(&args, columns->parent, columns->count);
    db_arg_date_array(&args, columns->from, columns->count);
    db_arg_date_array(&args, columns->until, columns->count);
    return db_exec(db, &PUT_RELATIONS, &args, NULL, err);
}

static int compare_closed(struct db *db, struct arena *arena, const int32_t *ids, const int32_t *closed, size_t count,
                          bool *opened, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, count);
    db_arg_date_array(&args, closed, count);
    if (db_query(db, &OPENED, &args, &rows, err) != 0)
        return -1;
    *opened = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int reference_store_units(struct db *db, struct arena *arena, const Bihuan__UnitsChanged *event,
                          struct units_change *change, struct err *err)
{
    int32_t *ids = arena_array(arena, int32_t, event->n_items + 1);
    const char **texts[3];
    int32_t *closed = arena_array(arena, int32_t, event->n_items + 1);
    struct relation_columns columns;
    struct db_args args;

    for (int t = 0; t < 3; t++)
        texts[t] = arena_array(arena, const char *, event->n_items + 1);
    for (size_t i = 0; i < event->n_items; i++) {
        ids[i] = (int32_t)event->items[i]->id;
        texts[0][i] = event->items[i]->code;
        texts[1][i] = event->items[i]->type;
        texts[2][i] = event->items[i]->channel;
        if (parse_day(event->items[i]->closed, INT32_MAX, &closed[i], err) != 0)
            return -1;
    }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, event->n_items);
    for (int t = 0; t < 3; t++)
        db_arg_text_array(&args, texts[t], event->n_items);
    db_arg_date_array(&args, closed, event->n_items);
    if (collect_relations(event, arena, &columns, err) != 0 ||
        compare_relations(db, arena, ids, event->n_items, &columns, &change->moved, err) != 0 ||
        compare_closed(db, arena, ids, closed, event->n_items, &change->opened, err) != 0 ||
        db_exec(db, &PUT_UNITS, &args, NULL, err) != 0)
        return -1;
    return put_relations(db, arena, ids, event->n_items, &columns, err);
}

/* --- channels, products, measures ------------------------------------------------------------------------------------
 */

int reference_store_channels(struct db *db, struct arena *arena, const Bihuan__ChannelsChanged *event, struct err *err)
{
    int32_t *ids = arena_array(arena, int32_t, event->n_items + 1);
    const char **codes = arena_array(arena, const char *, event->n_items + 1);
    struct db_args args;

    for (size_t i = 0; i < event->n_items; i++) {
        ids[i] = (int32_t)event->items[i]->id;
        codes[i] = event->items[i]->code;
    }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, event->n_items);
    db_arg_text_array(&args, codes, event->n_items);
    return db_exec(db, &PUT_CHANNELS, &args, NULL, err);
}

/* An alias that went from one product to another comes with both, in any order. */
static int put_aliases(struct db *db, struct arena *arena, const Bihuan__ProductsChanged *event, struct err *err)
{
    int32_t *ids = arena_array(arena, int32_t, event->n_items + 1);
    const char **aliases;
    int32_t *products;
    size_t count = 0;
    struct db_args args;

    for (size_t i = 0; i < event->n_items; i++) {
        ids[i] = (int32_t)event->items[i]->id;
        count += event->items[i]->n_aliases;
    }
    aliases = arena_array(arena, const char *, count + 1);
    products = arena_array(arena, int32_t, count + 1);
    count = 0;
    for (size_t i = 0; i < event->n_items; i++)
        for (size_t a = 0; a < event->items[i]->n_aliases; a++) {
            products[count] = ids[i];
            aliases[count++] = event->items[i]->aliases[a];
        }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, event->n_items);
    db_arg_text_array(&args, aliases, count);
    if (db_exec(db, &FORGET_ALIASES, &args, NULL, err) != 0)
        return -1;
    if (!count)
        return 0;
    db_args_init(&args, arena);
    db_arg_text_array(&args, aliases, count);
    db_arg_i32_array(&args, products, count);
    return db_exec(db, &PUT_ALIASES, &args, NULL, err);
}

int reference_store_products(struct db *db, struct arena *arena, const Bihuan__ProductsChanged *event, bool *changed,
                             struct err *err)
{
    int32_t *ids = arena_array(arena, int32_t, event->n_items + 1);
    const char **codes = arena_array(arena, const char *, event->n_items + 1);
    const char **parents = arena_array(arena, const char *, event->n_items + 1);
    const char **prices = arena_array(arena, const char *, event->n_items + 1);
    const char **policies = arena_array(arena, const char *, event->n_items + 1);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < event->n_items; i++) {
        ids[i] = (int32_t)event->items[i]->id;
        codes[i] = event->items[i]->code;
        parents[i] = event->items[i]->parent;
        prices[i] = event->items[i]->list_price;
        policies[i] = print_policy(arena, event->items[i]);
    }
    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, event->n_items);
    db_arg_text_array(&args, parents, event->n_items);
    db_arg_text_array(&args, prices, event->n_items);
    db_arg_text_array(&args, policies, event->n_items);
    if (db_query(db, &DIFFERENT_PRODUCTS, &args, &rows, err) != 0)
        return -1;
    *changed = db_i64(&rows, 0, 0) > 0;
    db_rows_fini(&rows);
    db_args_init(&args, arena);
    db_arg_i32_array(&args, ids, event->n_items);
    db_arg_text_array(&args, codes, event->n_items);
    db_arg_text_array(&args, parents, event->n_items);
    db_arg_text_array(&args, prices, event->n_items);
    db_arg_text_array(&args, policies, event->n_items);
    return db_exec(db, &PUT_PRODUCTS, &args, NULL, err) != 0 ? -1 : put_aliases(db, arena, event, err);
}

int reference_store_measures(struct db *db, struct arena *arena, const Bihuan__MeasuresDefined *event, bool *changed,
                             struct err *err)
{
    *changed = false;
    for (size_t i = 0; i < event->n_items; i++) {
        size_t len = bihuan__measure__get_packed_size(event->items[i]);
        uint8_t *body = arena_alloc(arena, len + 1);
        struct db_args args;
        int64_t affected = 0;

        bihuan__measure__pack(event->items[i], body);
        db_args_init(&args, arena);
        db_arg_i32(&args, (int32_t)event->items[i]->id);
        db_arg_bytes(&args, body, len);
        if (db_exec(db, &PUT_MEASURE, &args, &affected, err) != 0)
            return -1;
        *changed = *changed || (affected > 0 && reference_counts(event->items[i]));
    }
    return 0;
}
