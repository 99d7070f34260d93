/* manifest: files, documents and their order. See manifest.h. */
#include "cli/manifest.h"

#include "cli/words.h"
#include "text/nearest.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_LEN_MAX ((size_t)64 << 20)

void manifests_init(struct manifests *manifests)
{
    *manifests = (struct manifests) { .files = NULL };
    arena_init(&manifests->arena);
}

void manifests_fini(struct manifests *manifests)
{
    for (size_t i = 0; i < manifests->item_count; i++)
        json_decref(manifests->items[i].json);
    for (struct manifest_file *file = manifests->files; file; file = file->next)
        yaml_in_fini(&file->yaml);
    free(manifests->items);
    buf_fini(&manifests->mistakes);
    arena_fini(&manifests->arena);
}

void manifests_mistake(struct manifests *manifests, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_printf(&manifests->mistakes, "%s\n", text);
    manifests->mistake_count++;
}

/* --- documents -----------------------------------------------------------------------------------------------------
 */
/* "file:line:column" of a key of a document. */
static const char *place(struct manifests *manifests, const char *file, const struct yaml_doc *doc, const char *pointer)
{
    int line, column;

    yaml_locate(doc, pointer, &line, &column);
    return arena_printf(&manifests->arena, "%s:%d:%d", file, line, column);
}

static bool check_keys(struct manifests *manifests, const char *file, const struct yaml_doc *doc,
                       const char *const *known)
{
    size_t before = manifests->mistake_count;
    const char *key;
    json_t *value;

    json_object_foreach(doc->root, key, value)
    {
        struct nearest nearest;
        bool found = false;
        nearest_init(&nearest, key);
        for (size_t i = 0; known[i] && !found; i++) {
            nearest_offer(&nearest, known[i]);
            found = strcmp(known[i], key) == 0;
        }
        if (!found)
            manifests_mistake(manifests, word("%s: unknown key \"%s\"%s", "%s: 未知的键 \"%s\"%s"),
                              place(manifests, file, doc, arena_printf(&manifests->arena, "/%s", key)), key,
                              nearest_hint(&nearest));
    }
    return manifests->mistake_count == before;
}

static void read_publish(struct manifests *manifests, const char *file, const struct yaml_doc *doc)
{
    static const char *const known[] = { "kind", "period", "reason", "consents", NULL };
    const char *period = json_string_value(json_object_get(doc->root, "period"));
    const char *reason = json_string_value(json_object_get(doc->root, "reason"));
    struct publish *more;
    int column;

    if (!check_keys(manifests, file, doc, known))
        return;
    if (!period || !*period) {
        manifests_mistake(manifests, word("%s: Publish needs a period", "%s: Publish 需要 period"),
                          place(manifests, file, doc, "/kind"));
        return;
    }
    more = arena_array(&manifests->arena, struct publish, manifests->publish_count + 1);
    if (manifests->publish_count)
        memcpy(more, manifests->publishes, manifests->publish_count * sizeof *more);
    manifests->publishes = more;
    more[manifests->publish_count] = (struct publish) { .period = period,
                                                        .reason = reason ? reason : "",
                                                        .consents = json_object_get(doc->root, "consents"),
                                                        .file = file };
    yaml_locate(doc, "/period", &more[manifests->publish_count++].line, &column);
}

static void read_items(struct manifests *manifests, const struct kind *kind, const char *file,
                       const struct yaml_doc *doc, json_t *items)
{
    struct item item = { .kind = kind, .file = file, .doc = doc };
    json_t *json;

    json_array_foreach(items, item.index, json)
    {
        if (json_is_object(json)) {
            item.json = json_deep_copy(json);
            manifests_add(manifests, &item);
        } else {
            manifests_mistake(manifests, word("%s: an item must have keys", "%s: 每一项须为键值"),
                              place(manifests, file, doc, arena_printf(&manifests->arena, "/items/%zu", item.index)));
        }
    }
}

/* A table stands beside the manifest that names it. */
static const char *beside(struct manifests *manifests, const char *file, const char *table)
{
    const char *slash = strrchr(file, '/');

    if (*table == '/' || !slash)
        return arena_strdup(&manifests->arena, table);
    return arena_printf(&manifests->arena, "%.*s/%s", (int)(slash - file), file, table);
}

static void read_kind(struct manifests *manifests, const struct kind *kind, const char *file,
                      const struct yaml_doc *doc)
{
    static const char *const known[] = { "kind", "items", "table", NULL };
    json_t *items = json_object_get(doc->root, "items"), *table = json_object_get(doc->root, "table");

    if (!check_keys(manifests, file, doc, known))
        return;
    if ((items && !json_is_array(items)) || (table && !json_is_string(table)) || (!items && !table)) {
        manifests_mistake(
            manifests,
            word("%s: %s needs a list \"items\" or a file name \"table\"", "%s: %s 需要列表 items 或文件名 table"),
            place(manifests, file, doc, "/kind"), kind->name);
        return;
    }
    read_items(manifests, kind, file, doc, items);
    if (table)
        manifests_read_table(manifests, kind, beside(manifests, file, json_string_value(table)));
}

static void read_doc(struct manifests *manifests, const char *file, const struct yaml_doc *doc)
{
    const char *name = json_string_value(json_object_get(doc->root, "kind"));
    const struct kind *kind = name ? kind_find(name) : NULL;
    struct nearest nearest;

    if (kind) {
        read_kind(manifests, kind, file, doc);
    } else if (name && strcmp(name, "Publish") == 0) {
        read_publish(manifests, file, doc);
    } else if (name) {
        nearest_init(&nearest, name);
        nearest_offer(&nearest, "Publish");
        for (size_t i = 0; i < kind_count; i++)
            nearest_offer(&nearest, kinds[i].name);
        manifests_mistake(manifests, word("%s: unknown kind \"%s\"%s", "%s: 未知的 kind \"%s\"%s"),
                          place(manifests, file, doc, "/kind"), name, nearest_hint(&nearest));
    } else {
        manifests_mistake(manifests, word("%s: a document needs a kind", "%s: 文档缺少 kind"),
                          place(manifests, file, doc, ""));
    }
}

void manifests_parse(struct manifests *manifests, const char *text, size_t len, const char *name)
{
    struct manifest_file *file = arena_new(&manifests->arena, struct manifest_file);
    struct err err;

    file->name = arena_strdup(&manifests->arena, name);
    if (yaml_in_parse(text, len, name, FILE_LEN_MAX, &file->yaml, &err) != 0) {
        manifests_mistake(manifests, "%s", err.text);
        return;
    }
    file->next = manifests->files;
    manifests->files = file;
    for (size_t i = 0; i < file->yaml.doc_count; i++)
        read_doc(manifests, file->name, &file->yaml.docs[i]);
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */
static void read_stream(struct manifests *manifests, FILE *stream, const char *name)
{
    struct buf text = { 0 };
    size_t got;

    while (text.len <= FILE_LEN_MAX && (got = fread(buf_reserve(&text, 65536), 1, 65536, stream)) > 0)
        text.len += got;
    if (ferror(stream))
        manifests_mistake(manifests, word("could not read \"%s\"", "无法读取 \"%s\""), name);
    else
        manifests_parse(manifests, buf_text(&text), text.len, name);
    buf_fini(&text);
}

static void read_file(struct manifests *manifests, const char *path)
{
    FILE *stream = fopen(path, "re");

    if (!stream) {
        manifests_mistake(manifests, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), path, strerror(errno));
        return;
    }
    read_stream(manifests, stream, path);
    fclose(stream);
}

static int is_yaml(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return entry->d_name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static void read_folder(struct manifests *manifests, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_yaml, alphasort);

    if (count <= 0)
        manifests_mistake(manifests, word("no *.yaml in \"%s\"", "\"%s\" 中没有 *.yaml"), path);
    for (int i = 0; i < count; i++) {
        read_file(manifests, arena_printf(&manifests->arena, "%s/%s", path, entries[i]->d_name));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void manifests_read(struct manifests *manifests, const char *path)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        read_stream(manifests, stdin, "-");
    else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        read_folder(manifests, path);
    else
        read_file(manifests, path);
}

/* --- order ---------------------------------------------------------------------------------------------------------
 */
struct sorted {
    struct item item;
    size_t kind, depth, place;
};

static int compare(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* How many of its ancestors stand in `parents` (code to parent) of its kind; a circle ends somewhere. */
static size_t depth_of(const struct item *item, const json_t *parents)
{
    const char *at = output_text(item->json, "code");
    size_t depth = 0;

    while (depth < 64 && (at = json_string_value(json_object_get(parents, at))))
        depth++;
    return depth;
}

static json_t *parents_of(const struct manifests *manifests, const struct kind *kind)
{
    json_t *parents = json_object();

    for (size_t i = 0; kind->parent && i < manifests->item_count; i++) {
        const struct item *item = &manifests->items[i];
        const char *code = output_text(item->json, "code"), *parent = output_text(item->json, kind->parent);
        if (item->kind == kind && *code && *parent)
            json_object_set_new(parents, code, json_string(parent));
    }
    return parents;
}

void manifests_sort(struct manifests *manifests)
{
    struct sorted *sorted = calloc(manifests->item_count + 1, sizeof *sorted);

    if (!sorted)
        abort();
    for (size_t k = 0; k < kind_count; k++) {
        json_t *parents = parents_of(manifests, &kinds[k]);
        for (size_t i = 0; i < manifests->item_count; i++)
            if (manifests->items[i].kind == &kinds[k])
                sorted[i] = (struct sorted) { manifests->items[i], k, depth_of(&manifests->items[i], parents), i };
        json_decref(parents);
    }
    qsort(sorted, manifests->item_count, sizeof *sorted, compare);
    for (size_t i = 0; i < manifests->item_count; i++)
        manifests->items[i] = sorted[i].item;
    free(sorted);
}
