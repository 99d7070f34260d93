/* rows: the records of a feed's file, whatever way they are written: delimited, of fixed width, or one JSON object a
 * line. All come out as a csv_record of text fields, with the same positions, so that all that follows (mapping,
 * quarantine, restart) knows one kind of row.
 *
 * Lines of other kinds (marks: H, T, ...) are taken out on the way and shown to whoever asked (rows_watch). They aren't
 * rows: they are not counted, and row 1 is the first data row.
 *
 * What makes a single row bad (csv.h; bad_json, not_scalar, twice; row_length; unknown_mark, after_trailer) comes with
 * `why` set, and the reading goes on.
 */
#ifndef BIHUAN_FEEDBACK_ROWS_H
#define BIHUAN_FEEDBACK_ROWS_H

#include "feedback/formats/json_fields.h"

enum rows_kind { ROWS_CSV, ROWS_FIXED, ROWS_JSON };
enum row_trim { TRIM_NONE, TRIM_BLANK, TRIM_ZERO };
enum line_kind { LINE_DATA, LINE_HEADER, LINE_TRAILER, LINE_IGNORED, LINE_UNKNOWN };

/* A column of a row of fixed width: `length` characters or bytes from `start` (0 is the first). */
struct row_column {
    uint32_t start, length;
    enum row_trim trim;
};

struct row_marks {
    const char *header, *data, *trailer; /* "" none */
    char *const *ignored;
    size_t ignored_count;
};

struct row_format {
    enum rows_kind kind;
    struct csv_options csv;
    struct csv_record names;          /* of the columns where the file doesn't name them itself; field_count 0: none */
    const struct row_column *columns; /* ROWS_FIXED: parallel to names */
    bool in_bytes;                    /* ROWS_FIXED: places count bytes of the file, not characters */
    const struct json_path *paths;    /* ROWS_JSON: parallel to names */
    uint32_t optional;                /* so many of the last columns may be missing */
    bool has_marks;
    struct row_marks marks;
};

struct rows;

/* `format` and the source must stay until rows_close(). */
int rows_open(struct rows **out, const struct row_format *format, byte_source_fn *source, void *arg, struct err *err);
void rows_close(struct rows **rows);
/* The next row (row 0: the header, where format->csv.header says that there is one), as csv_next(). */
int rows_next(struct rows *rows, struct csv_record *record, struct err *err);
void rows_restart(struct rows *rows, const struct csv_pos *pos);
struct csv_pos rows_tell(const struct rows *rows);

/* Shows header and trailer lines as they are passed. Fields of a fixed-width line: one, the whole line. */
typedef void rows_line_fn(void *arg, enum line_kind kind, const struct csv_record *line);
void rows_watch(struct rows *rows, rows_line_fn *fn, void *arg);

/* A piece of a line of fixed width, trimmed; decoded into `out` where it's cut by bytes. False: the piece isn't whole
 * characters. A piece behind the line's end is empty. */
bool rows_cut(const struct row_format *format, const struct csv_record *line, const struct row_column *column,
              struct buf *out, struct csv_field *field);

/* Takes blanks, or blanks and leading zeros, off a text; the last zero stays. */
void rows_trim(enum row_trim trim, const char **text, uint32_t *len);

#endif
