/* mapping: compiling how a feed's file is written: dialect, layout, paths, marks, filters. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include <string.h>

bool trim_parse(const char *word, enum row_trim fallback, enum row_trim *out)
{
    static const char *const words[] = { [TRIM_NONE] = "none", [TRIM_BLANK] = "blank", [TRIM_ZERO] = "zero" };

    *out = fallback;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum row_trim)i;
            return true;
        }
    }
    return !*word;
}

/* --- dialect -------------------------------------------------------------------------------------------------------
 */

static void compile_quotes(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct csv_options *csv = &c->mapping->rows.csv;

    if (strcmp(feed->delimiter, "\\t") == 0)
        csv->delimiter = '\t';
    else if (strlen(feed->delimiter) == 1 && (unsigned char)feed->delimiter[0] < 0x80)
        csv->delimiter = feed->delimiter[0];
    else if (feed->delimiter[0])
        fault(c, "/delimiter", "bad_delimiter", "delimiter \"%.20s\" is not one ASCII character", feed->delimiter);
    if (strcmp(feed->quote, "none") == 0)
        csv->quote = 0;
    else if (strlen(feed->quote) == 1 && (unsigned char)feed->quote[0] < 0x80)
        csv->quote = feed->quote[0];
    else if (feed->quote[0])
        fault(c, "/quote", "bad_quote", "quote \"%.20s\" is not one ASCII character or \"none\"", feed->quote);
    if (csv->delimiter == csv->quote)
        fault(c, "/quote", "bad_quote", "quote and delimiter are the same character");
    if (csv->encoding == ENCODING_GB18030 && csv->quote >= 0x30)
        fault(c, "/quote", "bad_quote", "quote \"%c\" can be part of a character in gb18030; use \" or '", csv->quote);
}

static void compile_kind(struct compile *c)
{
    struct row_format *rows = &c->mapping->rows;
    const char *word = c->feed->format;

    if (!*word || strcmp(word, "csv") == 0)
        rows->kind = ROWS_CSV;
    else if (strcmp(word, "fixed") == 0)
        rows->kind = ROWS_FIXED;
    else if (strcmp(word, "json_lines") == 0)
        rows->kind = ROWS_JSON;
    else
        fault(c, "/format", "unknown_format", "format \"%.20s\" is none of csv, fixed, json_lines", word);
}

static void compile_dialect(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct row_format *rows = &c->mapping->rows;
    struct csv_options *csv = &rows->csv;
    bool csv_kind;
    struct err err;

    compile_kind(c);
    csv_kind = rows->kind == ROWS_CSV;
    *csv = (struct csv_options) { .delimiter = ',',
                                  .quote = csv_kind ? '"' : 0,
                                  .header = csv_kind && !feed->no_header,
                                  .lines = !csv_kind,
                                  .skip_lines = feed->skip_lines };
    if (feed->encoding[0] && encoding_parse(feed->encoding, &csv->encoding, &err) != 0)
        fault_err(c, "/encoding", &err);
    if (csv_kind)
        compile_quotes(c);
    else if (feed->delimiter[0] || feed->quote[0])
        fault(c, feed->delimiter[0] ? "/delimiter" : "/quote", "not_csv", "only csv has delimiters and quotes");
    rows->optional = feed->optional_columns;
    if (rows->optional && rows->kind == ROWS_JSON)
        fault(c, "/optional_columns", "not_csv", "in json_lines what isn't there is empty anyway");
}

static void compile_compression(struct compile *c)
{
    static const struct {
        const char *word;
        enum in_format format;
    } formats[] = {
        { "", IN_BY_NAME },
        { "none", IN_PLAIN },
        { "gzip", IN_GZIP },
        { "zstd", IN_ZSTD },
    };

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(c->feed->compression, formats[i].word) == 0) {
            c->mapping->format = formats[i].format;
            return;
        }
    }
    fault(c, "/compression", "unknown_compression", "compression \"%.20s\" is none of none, gzip, zstd",
          c->feed->compression);
}

/* --- columns that the file doesn't name ------------------------------------------------------------------------------
 */

static void add_name(struct compile *c, struct csv_field *names, const char *name)
{
    struct row_format *rows = &c->mapping->rows;

    names[rows->names.field_count++] = (struct csv_field) { name, (uint32_t)strlen(name), false };
}

static bool has_name(const struct row_format *rows, const struct csv_field *names, const char *name)
{
    for (uint32_t i = 0; i < rows->names.field_count; i++)
        if (strcmp(names[i].text, name) == 0)
            return true;
    return false;
}

static void compile_place(struct compile *c, const Bihuan__LayoutColumn *source, struct row_column *out, size_t index)
{
    const char *at = arena_printf(c->arena, "/layout/%zu", index);

    if (!trim_parse(source->trim, TRIM_BLANK, &out->trim))
        fault(c, arena_printf(c->arena, "%s/trim", at), "unknown_trim", "trim \"%.20s\" is none of blank, zero, none",
              source->trim);
    if (!source->start || !source->length || source->start > LAYOUT_WIDTH_MAX || source->length > LAYOUT_WIDTH_MAX) {
        fault(c, at, "bad_place", "column \"%.60s\" needs start and length, 1 to %d", source->name, LAYOUT_WIDTH_MAX);
        return;
    }
    out->start = source->start - 1;
    out->length = source->length;
}

static void compile_layout(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct row_format *rows = &c->mapping->rows;
    struct csv_field *names = arena_array(c->arena, struct csv_field, feed->n_layout + 1);
    struct row_column *columns = arena_array(c->arena, struct row_column, feed->n_layout + 1);
    bool fixed = rows->kind == ROWS_FIXED;

    if (feed->n_layout > LAYOUT_MAX) {
        fault(c, "/layout", "too_many", "layout has more than %d columns", LAYOUT_MAX);
        return;
    }
    if (feed->n_layout && rows->csv.header)
        fault(c, "/layout", "has_header", "the file names its columns itself: layout needs no_header");
    if (fixed && !feed->n_layout)
        fault(c, "/layout", "missing", "fixed width needs the places of its columns");
    for (size_t i = 0; i < feed->n_layout; i++) {
        const Bihuan__LayoutColumn *column = feed->layout[i];

        if (!column->name[0])
            fault(c, arena_printf(c->arena, "/layout/%zu/name", i), "missing", "a column needs a name");
        else if (has_name(rows, names, column->name))
            fault(c, arena_printf(c->arena, "/layout/%zu/name", i), "twice", "column \"%.60s\" stands twice",
                  column->name);
        if (fixed)
            compile_place(c, column, &columns[i], i);
        add_name(c, names, column->name);
    }
    rows->names.fields = names;
    rows->columns = columns;
    if (rows->optional && rows->optional >= rows->names.field_count && fixed)
        fault(c, "/optional_columns", "too_many", "all columns can't be missing");
}

static void compile_width_unit(struct compile *c)
{
    struct row_format *rows = &c->mapping->rows;
    const char *word = c->feed->width_unit;

    rows->in_bytes = strcmp(word, "bytes") == 0;
    if (*word && !rows->in_bytes && strcmp(word, "characters") != 0)
        fault(c, "/width_unit", "unknown_width_unit", "width_unit \"%.20s\" is neither characters nor bytes", word);
    if (rows->in_bytes && rows->csv.encoding >= ENCODING_UTF16)
        fault(c, "/width_unit", "unknown_width_unit", "widths of utf-16 are counted in characters");
}

/* All columns that anything in the feed asks for are paths. */
static void add_path(struct compile *c, struct csv_field *names, struct json_path *paths, const char *name,
                     const char *pointer)
{
    struct row_format *rows = &c->mapping->rows;
    struct err err;

    if (!*name || has_name(rows, names, name))
        return;
    if (rows->names.field_count == JSON_PATHS_MAX)
        fault(c, pointer, "too_many", "more than %d paths", JSON_PATHS_MAX);
    else if (json_path_parse(name, c->arena, &paths[rows->names.field_count], &err) != 0)
        fault_err(c, pointer, &err);
    else
        add_name(c, names, name);
}

static void compile_paths(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct csv_field *names = arena_array(c->arena, struct csv_field, JSON_PATHS_MAX + 1);
    struct json_path *paths = arena_array(c->arena, struct json_path, JSON_PATHS_MAX + 1);

    for (size_t i = 0; i < feed->n_columns; i++)
        add_path(c, names, paths, feed->columns[i]->column, arena_printf(c->arena, "/columns/%zu/column", i));
    for (size_t i = 0; i < feed->n_key; i++)
        if (strcmp(feed->key[i], KEY_NTH) != 0)
            add_path(c, names, paths, feed->key[i], arena_printf(c->arena, "/key/%zu", i));
    for (size_t i = 0; i < feed->n_original; i++)
        add_path(c, names, paths, feed->original[i], arena_printf(c->arena, "/original/%zu", i));
    for (size_t i = 0; i < feed->n_filters; i++)
        add_path(c, names, paths, feed->filters[i]->column, arena_printf(c->arena, "/filters/%zu/column", i));
    c->mapping->rows.names.fields = names;
    c->mapping->rows.paths = paths;
}

/* --- marks and filters -----------------------------------------------------------------------------------------------
 */

static void compile_marks(struct compile *c)
{
    const Bihuan__RecordMarks *marks = c->feed->marks;
    struct row_format *rows = &c->mapping->rows;

    if (!marks)
        return;
    if (rows->kind == ROWS_JSON || rows->csv.header)
        fault(c, "/marks", "has_header", "marks are of fixed width, and of csv with no_header");
    rows->has_marks = true;
    rows->marks = (struct row_marks) { marks->header, marks->data, marks->trailer, marks->ignored, marks->n_ignored };
    if (!marks->header[0] && !marks->data[0] && !marks->trailer[0] && !marks->n_ignored)
        fault(c, "/marks", "missing", "marks names none of header, data, trailer, ignored");
    if ((marks->data[0] && (strcmp(marks->data, marks->header) == 0 || strcmp(marks->data, marks->trailer) == 0)) ||
        (marks->header[0] && strcmp(marks->header, marks->trailer) == 0))
        fault(c, "/marks", "twice", "header, data and trailer need marks that differ");
}

static void compile_filters(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;
    struct mapping *m = c->mapping;

    if (feed->n_filters > FILTERS_MAX) {
        fault(c, "/filters", "too_many", "more than %d filters", FILTERS_MAX);
        return;
    }
    m->filters = arena_array(c->arena, struct row_filter, feed->n_filters + 1);
    for (size_t i = 0; i < feed->n_filters; i++) {
        const Bihuan__RowFilter *filter = feed->filters[i];

        if (!filter->column[0] || !filter->n_values)
            fault(c, arena_printf(c->arena, "/filters/%zu", i), "missing", "a filter needs a column and values");
        m->filters[m->filter_count++] = (struct row_filter) { filter->column, filter->values, filter->n_values,
                                                              filter->not_ };
    }
}

void compile_file(struct compile *c)
{
    compile_dialect(c);
    compile_compression(c);
    compile_width_unit(c);
    if (c->mapping->rows.kind == ROWS_JSON)
        compile_paths(c);
    else
        compile_layout(c);
    compile_marks(c);
    compile_filters(c);
}
