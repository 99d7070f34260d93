/* manifest_item: one item made to fit the message that it becomes, and checked before anything is sent. */
#include "cli/manifest.h"

#include "cli/words.h"
#include "text/pbjson.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- places --------------------------------------------------------------------------------------------------------
 */
/* The alias that stands for the pointer ("/relations/0/parent"), or NULL. */
static const char *alias_of(const struct kind *kind, const char *pointer)
{
    for (const struct kind_alias *alias = kind->aliases; alias && alias->name; alias++) {
        char full[80];
        snprintf(full, sizeof full, "/%s/0/%s", alias->list, alias->field);
        if (strcmp(full, pointer) == 0)
            return alias->name;
    }
    return NULL;
}

/* True when the item was written with `name` itself. */
static bool was_written(const struct item *item, const char *name)
{
    const json_t *items = item->doc ? json_object_get(item->doc->root, "items") : NULL;

    return !item->doc || json_object_get(json_array_get(items, item->index), name);
}

void item_place(const struct item *item, const char *pointer, struct buf *out)
{
    const char *alias = alias_of(item->kind, pointer);
    const char *field = *pointer == '/' ? pointer + 1 : pointer;
    char full[300];
    int line, column;

    if (alias && was_written(item, alias))
        field = alias;
    if (item->doc) {
        snprintf(full, sizeof full, "/items/%zu%s%.200s", item->index, *field ? "/" : "", field);
        yaml_locate(item->doc, full, &line, &column);
        buf_printf(out, "%s:%d:%d: ", item->file, line, column);
    } else {
        buf_printf(out, "%s:%" PRIu64 ": ", item->file, item->line);
    }
    if (*field)
        buf_printf(out, "%s: ", field);
}

/* --- names ---------------------------------------------------------------------------------------------------------
 */
/* Moves `parent` to relations[0].parent. A list that is there already stays and the alias becomes a mistake later, as
 * an unknown key. */
static void resolve_aliases(const struct kind *kind, json_t *json)
{
    const struct kind_alias *alias = kind->aliases;

    if (!alias || json_object_get(json, alias->list))
        return;
    for (; alias->name; alias++) {
        json_t *value = json_object_get(json, alias->name), *list = json_object_get(json, alias->list);
        if (!value)
            continue;
        if (!list) {
            list = json_array();
            json_array_append_new(list, json_object());
            json_object_set_new(json, alias->list, list);
        }
        json_object_set(json_array_get(list, 0), alias->field, value);
        json_object_del(json, alias->name);
    }
}

/* --- types ---------------------------------------------------------------------------------------------------------
 */
static json_t *as_text(const json_t *value)
{
    char text[32];

    switch (json_typeof(value)) {
    case JSON_INTEGER:
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return json_string(text);
    case JSON_TRUE:
        return json_string("true");
    case JSON_FALSE:
        return json_string("false");
    case JSON_NULL:
        return json_string("");
    default:
        return NULL;
    }
}

/* YAML knows 2026 as a number even where a text is meant. */
static void fit_types(const ProtobufCMessageDescriptor *descriptor, json_t *json);

static json_t *fit_value(const ProtobufCFieldDescriptor *field, json_t *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return as_text(value);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && json_is_object(value))
        fit_types(field->descriptor, value);
    return NULL;
}

static void fit_types(const ProtobufCMessageDescriptor *descriptor, json_t *json)
{
    for (unsigned f = 0; f < descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[f];
        json_t *value = json_object_get(json, field->name), *element, *fitted;
        size_t i;
        if (!value)
            continue;
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            fitted = fit_value(field, value);
            if (fitted)
                json_object_set_new(json, field->name, fitted);
            continue;
        }
        json_array_foreach(value, i, element)
        {
            fitted = fit_value(field, element);
            if (fitted)
                json_array_set_new(value, i, fitted);
        }
    }
}

/* --- adding --------------------------------------------------------------------------------------------------------
 */
struct checking {
    struct manifests *manifests;
    const struct item *item;
};

static void add_mistake(void *arg, const char *pointer, const char *code, const char *why)
{
    const struct checking *checking = arg;
    struct buf at = { 0 };

    (void)code;
    item_place(checking->item, pointer, &at);
    manifests_mistake(checking->manifests, "%s%s", buf_text(&at), why);
    buf_fini(&at);
}

/* All that is wrong with it is told, each with its place. */
static bool check(struct manifests *manifests, const struct item *item)
{
    struct checking checking = { manifests, item };
    ProtobufCMessage *message;
    struct arena arena;
    struct err err;
    bool good;

    arena_init(&arena);
    good = pbjson_read_all(item->kind->item, item->json, &arena, &message, add_mistake, &checking, &err) == 0;
    arena_fini(&arena);
    return good;
}

/* A table has one role, one relation a row: rows of one code that follow each other are one item. True when the row
 * went to the item before. */
static bool join_row(struct manifests *manifests, const struct item *item)
{
    struct item *last = manifests->item_count ? &manifests->items[manifests->item_count - 1] : NULL;
    const struct kind_alias *alias = item->kind->aliases;
    const char *code = output_text(item->json, "code");
    json_t *more = alias ? json_object_get(item->json, alias->list) : NULL, *list;

    if (item->doc || !more || !*code || !last || last->doc || last->kind != item->kind ||
        strcmp(last->file, item->file) != 0 || strcmp(output_text(last->json, "code"), code) != 0)
        return false;
    list = json_object_get(last->json, alias->list);
    if (!list)
        return false;
    json_array_extend(list, more);
    return true;
}

void manifests_add(struct manifests *manifests, const struct item *item)
{
    resolve_aliases(item->kind, item->json);
    fit_types(item->kind->item, item->json);
    if (!check(manifests, item) || join_row(manifests, item)) {
        json_decref(item->json);
        return;
    }
    if (manifests->item_count == manifests->item_cap) {
        manifests->item_cap = manifests->item_cap ? manifests->item_cap * 2 : 256;
        manifests->items = realloc(manifests->items, manifests->item_cap * sizeof *manifests->items);
        if (!manifests->items)
            abort();
    }
    manifests->items[manifests->item_count++] = *item;
}
