/* manifest_table: rows of a CSV file as items: columns are named like fields; several values of a field are parted by ;
 */
#include "cli/manifest.h"

#include "cli/words.h"
#include "text/csv.h"
#include "text/nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64

struct column_field {
    char *name;
    const ProtobufCFieldDescriptor *field; /* NULL: an alias, which is text */
};

struct reader {
    struct manifests *manifests;
    const struct kind *kind;
    const char *path;
    struct column_field columns[COLUMNS_MAX];
    size_t count;
};

static int on_read(void *arg, void *bytes, size_t cap, size_t *got, struct err *err)
{
    *got = fread(bytes, 1, cap, arg);
    return *got == 0 && ferror(arg) ? err_set(err, "could not read: %s", strerror(errno)) : 0;
}

static bool is_alias(const struct kind *kind, const char *name)
{
    for (const struct kind_alias *alias = kind->aliases; alias && alias->name; alias++)
        if (strcmp(alias->name, name) == 0)
            return true;
    return false;
}

static bool fits_a_column(const ProtobufCFieldDescriptor *field)
{
    return field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_BYTES;
}

static void unknown_column(struct reader *reader, const char *name)
{
    const ProtobufCMessageDescriptor *descriptor = reader->kind->item;
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (fits_a_column(&descriptor->fields[i]))
            nearest_offer(&nearest, descriptor->fields[i].name);
    for (const struct kind_alias *alias = reader->kind->aliases; alias && alias->name; alias++)
        nearest_offer(&nearest, alias->name);
    manifests_mistake(reader->manifests, word("%s:1: %s has no column \"%s\"%s", "%s:1: %s 没有列 \"%s\"%s"),
                      reader->path, reader->kind->name, name, nearest_hint(&nearest));
}

/* False when the head is wrong. */
static bool read_head(struct reader *reader, const struct csv_record *record)
{
    size_t before = reader->manifests->mistake_count;

    for (uint32_t i = 0; i < record->field_count && reader->count < COLUMNS_MAX; i++) {
        struct column_field *column = &reader->columns[reader->count++];
        column->name = arena_strndup(&reader->manifests->arena, record->fields[i].text, record->fields[i].len);
        column->field = protobuf_c_message_descriptor_get_field_by_name(reader->kind->item, column->name);
        if (column->field && !fits_a_column(column->field))
            column->field = NULL;
        if (!column->field && !is_alias(reader->kind, column->name))
            unknown_column(reader, column->name);
    }
    return reader->manifests->mistake_count == before;
}

/* "a;b" as a list. */
static json_t *list_of(const char *text)
{
    json_t *list = json_array();

    while (*text) {
        size_t len = strcspn(text, ";");
        json_array_append_new(list, json_stringn(text, len));
        text += len;
        text += *text == ';';
    }
    return list;
}

/* The value that a cell stands for; text where it isn't what the field wants, which the check then refuses. */
static json_t *value_of(const ProtobufCFieldDescriptor *field, const char *text)
{
    char *end;
    long long number;

    if (!field)
        return json_string(text);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return list_of(text);
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return json_string(text);
    if (field->type == PROTOBUF_C_TYPE_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        return json_boolean(text[0] == 't');
    errno = 0;
    number = strtoll(text, &end, 10);
    return !errno && *text && !*end ? json_integer(number) : json_string(text);
}

static void read_row(struct reader *reader, const struct csv_record *record)
{
    struct item item = { .kind = reader->kind, .file = reader->path, .line = record->pos.line };

    if (record->field_count != reader->count) {
        manifests_mistake(
            reader->manifests,
            word("%s:%" PRIu64 ": %u fields where the head has %zu", "%s:%" PRIu64 ": 有 %u 个字段，表头有 %zu 个"),
            reader->path, record->pos.line, record->field_count, reader->count);
        return;
    }
    item.json = json_object();
    for (size_t i = 0; i < reader->count; i++) {
        char *text = strndup(record->fields[i].text, record->fields[i].len);
        if (!text)
            abort();
        if (*text)
            json_object_set_new(item.json, reader->columns[i].name, value_of(reader->columns[i].field, text));
        free(text);
    }
    manifests_add(reader->manifests, &item);
}

static void read_records(struct reader *reader, struct csv *csv)
{
    struct csv_record record;
    struct err err;
    int rc;

    while ((rc = csv_next(csv, &record, &err)) > 0) {
        if (record.why)
            manifests_mistake(reader->manifests, "%s:%" PRIu64 ": %s", reader->path, record.pos.line, record.why->text);
        else if (record.pos.row == 0 && !read_head(reader, &record))
            return;
        else if (record.pos.row > 0 && record.field_count > 0)
            read_row(reader, &record);
    }
    if (rc < 0)
        manifests_mistake(reader->manifests, "%s: %s", reader->path, err.text);
}

void manifests_read_table(struct manifests *manifests, const struct kind *kind, const char *path)
{
    const struct csv_options options = { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"', .header = true };
    struct reader reader = { .manifests = manifests, .kind = kind, .path = path };
    FILE *file = fopen(path, "re");
    struct csv *csv;
    struct err err;

    if (!file) {
        manifests_mistake(manifests, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), path, strerror(errno));
        return;
    }
    if (csv_open(&csv, &options, on_read, file, &err) == 0) {
        read_records(&reader, csv);
        csv_close(&csv);
    } else {
        manifests_mistake(manifests, "%s: %s", path, err.text);
    }
    fclose(file);
}
