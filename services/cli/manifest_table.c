/* manifest_table: rows of a CSV file or spreadsheet as items: columns are named like fields; several values of a field
 * are parted by ; */
#include "cli/manifest.h"

#include "cli/words.h"
#include "text/csv.h"
#include "text/nearest.h"
#include "text/xlsx.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMNS_MAX 64
#define ROWS_MAX    200000 /* of a spreadsheet */

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
static bool read_head(struct reader *reader, const char *const *cells, size_t count)
{
    size_t before = reader->manifests->mistake_count;

    for (size_t i = 0; i < count && reader->count < COLUMNS_MAX; i++) {
        struct column_field *column = &reader->columns[reader->count++];
        column->name = arena_strdup(&reader->manifests->arena, cells[i]);
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

static void read_row(struct reader *reader, uint64_t line, const char *const *cells, size_t count)
{
    struct item item = { .kind = reader->kind, .file = reader->path, .line = line };

    if (count != reader->count) {
        manifests_mistake(
            reader->manifests,
            word("%s:%" PRIu64 ": %zu fields where the head has %zu", "%s:%" PRIu64 ": 有 %zu 个字段，表头有 %zu 个"),
            reader->path, line, count, reader->count);
        return;
    }
    item.json = json_object();
    for (size_t i = 0; i < count; i++)
        if (*cells[i])
            json_object_set_new(item.json, reader->columns[i].name, value_of(reader->columns[i].field, cells[i]));
    manifests_add(reader->manifests, &item);
}

/* --- CSV --- */

static bool read_record(struct reader *reader, const struct csv_record *record)
{
    const char *cells[COLUMNS_MAX];
    struct arena arena;
    bool go_on = true;

    if (record->field_count > COLUMNS_MAX) {
        manifests_mistake(reader->manifests, "%s:%" PRIu64 ": %u > %d", reader->path, record->pos.line,
                          record->field_count, COLUMNS_MAX);
        return record->pos.row > 0;
    }
    arena_init(&arena);
    for (uint32_t i = 0; i < record->field_count; i++)
        cells[i] = arena_strndup(&arena, record->fields[i].text, record->fields[i].len);
    if (record->pos.row == 0)
        go_on = read_head(reader, cells, record->field_count);
    else if (record->field_count > 0)
        read_row(reader, record->pos.line, cells, record->field_count);
    arena_fini(&arena);
    return go_on;
}

static void read_records(struct reader *reader, struct csv *csv)
{
    struct csv_record record;
    struct err err;
    int rc;

    while ((rc = csv_next(csv, &record, &err)) > 0) {
        if (record.why)
            manifests_mistake(reader->manifests, "%s:%" PRIu64 ": %s", reader->path, record.pos.line, record.why->text);
        else if (!read_record(reader, &record))
            return;
    }
    if (rc < 0)
        manifests_mistake(reader->manifests, "%s: %s", reader->path, err.text);
}

static void read_csv(struct reader *reader)
{
    const struct csv_options options = { .encoding = ENCODING_UTF8, .delimiter = ',', .quote = '"', .header = true };
    FILE *file = fopen(reader->path, "re");
    struct csv *csv;
    struct err err;

    if (!file) {
        manifests_mistake(reader->manifests, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), reader->path,
                          strerror(errno));
        return;
    }
    if (csv_open(&csv, &options, on_read, file, &err) == 0) {
        read_records(reader, csv);
        csv_close(&csv);
    } else {
        manifests_mistake(reader->manifests, "%s: %s", reader->path, err.text);
    }
    fclose(file);
}

/* --- spreadsheets: the first row that holds something is the head; cells that aren't there are empty --- */

static int on_sheet_row(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err)
{
    struct reader *reader = arg;
    const char *padded[COLUMNS_MAX];

    if (count > COLUMNS_MAX)
        return err_fail(err, ERR_TOO_LARGE, "too_many_columns", "row %" PRIu32 " has more than %d columns", number,
                        COLUMNS_MAX);
    if (!reader->count)
        return read_head(reader, cells, count)
                   ? 0
                   : err_fail(err, ERR_INVALID, "bad_head", "row %" PRIu32 " is not a head of %s", number,
                              reader->kind->name);
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        padded[i] = i < count ? cells[i] : "";
    read_row(reader, number, padded, count < reader->count ? reader->count : count);
    return 0;
}

/* The sheet named like the kind, else the first that is in sight. */
static size_t choose_sheet(const struct xlsx *xlsx, const struct kind *kind)
{
    int named = xlsx_sheet_find(xlsx, kind->name);

    for (size_t i = 0; named < 0 && i < xlsx_sheet_count(xlsx); i++)
        if (!xlsx_sheet_hidden(xlsx, i))
            return i;
    return named < 0 ? 0 : (size_t)named;
}

static void read_xlsx(struct reader *reader)
{
    struct xlsx *xlsx;
    struct err err;

    if (xlsx_open(&xlsx, reader->path, &err) != 0) {
        manifests_mistake(reader->manifests, "%s: %s", reader->path, err.text);
        return;
    }
    if (xlsx_read(xlsx, choose_sheet(xlsx, reader->kind), ROWS_MAX, on_sheet_row, reader, &err) != 0)
        manifests_mistake(reader->manifests, "%s: %s", reader->path, err.text);
    xlsx_close(&xlsx);
}

void manifests_read_table(struct manifests *manifests, const struct kind *kind, const char *path)
{
    struct reader reader = { .manifests = manifests, .kind = kind, .path = path };
    size_t len = strlen(path);

    if (len > 5 && strcasecmp(path + len - 5, ".xlsx") == 0)
        read_xlsx(&reader);
    else
        read_csv(&reader);
}
