/* yaml_in: YAML text as JSON trees that know where everything stood.
 *
 * Plain scalars that look like integers (no sign but -, no leading zero, int64) become integers; true, false, null and
 * an empty value what they say; everything else, dates included, and everything quoted, stays text. Refused with the
 * line: anchors, aliases, tags, keys twice, keys that aren't scalars, NUL in text, nesting beyond 32, text beyond the
 * limit.
 */
#ifndef BIHUAN_TEXT_YAML_IN_H
#define BIHUAN_TEXT_YAML_IN_H

#include <stddef.h>
#include <jansson.h>
#include "base/err.h"

#define YAML_IN_DEPTH_MAX 32

struct yaml_doc {
    json_t *root;  /* owned by the file */
    json_t *marks; /* JSON pointer -> line * 65536 + column; use yaml_locate() */
};

struct yaml_file {
    struct yaml_doc *docs; /* empty documents are left out */
    size_t doc_count;
};

/* `name` is for messages ("plan.yaml:12:3: ..."). Errors are ERR_INVALID, code bad_yaml, or ERR_TOO_LARGE. */
int yaml_in_parse(const char *text, size_t len, const char *name, size_t len_max, struct yaml_file *out,
                  struct err *err);
void yaml_in_fini(struct yaml_file *file);

/* Where the value at a JSON pointer ("/targets/0/amount", "" the root) stands, counted from 1; of a member of an
 * object: where its key stands. For a pointer that isn't there, the nearest thing around it. */
void yaml_locate(const struct yaml_doc *doc, const char *pointer, int *line, int *column);

#endif
