/* json_fields: values at declared paths of one JSON object, as text. Numbers stay the digits that stand there: no
 * double is involved, so 0.1 and 12345678901234567890.55 are what the sender wrote.
 *
 * A path is keys joined by dots ("order.lines.0.amount"; a number is a place in a list, from 0), or a JSON pointer that
 * begins with a slash ("/a.b/c", for keys with dots). What isn't there, and null, is an empty value.
 *
 * The whole line must be one valid JSON object (RFC 8259), at most 32 levels deep. Not thread-safe.
 */
#ifndef BIHUAN_FEEDBACK_JSON_FIELDS_H
#define BIHUAN_FEEDBACK_JSON_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "text/csv.h"

#define JSON_PATHS_MAX    64
#define JSON_SEGMENTS_MAX 8

struct json_path {
    const char *text;
    const char *segments[JSON_SEGMENTS_MAX];
    uint32_t count;
};

/* ERR_INVALID, code bad_path: empty, or too many levels. Segments live in the arena. */
int json_path_parse(const char *text, struct arena *arena, struct json_path *out, struct err *err);

/* Reads `line` (UTF-8) and fills fields[0..count), one for each path. Texts point into the line or into `scratch`,
 * which is emptied first. ERR_INVALID with code bad_json (not JSON, or not an object), not_scalar (a list or an object
 * stands at a path), twice (a key at a path comes twice), nul_byte; *at is the byte of the line that it's about. */
int json_fields_read(const char *line, size_t len, const struct json_path *paths, uint32_t count,
                     struct csv_field *fields, struct buf *scratch, size_t *at, struct err *err);

#endif
