/* json_text: JSON whose numbers stay the digits that the sender wrote.
 *
 * A number is read as the text that stands there: no double is involved, so 0.1 and 12345678901234567890.55 are what
 * they were. One with an exponent is written out (1.25e2 is 125), as far as that takes no more than JSON_DIGITS_MAX
 * digits. Pure; trees are jansson's, freed by the caller with json_decref().
 */
#ifndef BIHUAN_FEEDBACK_TMF_JSON_TEXT_H
#define BIHUAN_FEEDBACK_TMF_JSON_TEXT_H

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DIGITS_MAX 40

/* ERR_INVALID, code bad_json: not JSON (RFC 8259), or not an object; code xml_body: it is XML. A byte order mark before
 * it is passed over. Numbers come as strings. */
int json_text_load(const uint8_t *bytes, size_t len, json_t **out, struct err *err);
/* The same of a list. */
int json_text_load_list(const uint8_t *bytes, size_t len, json_t **out, struct err *err);

/* What stands at a path of keys joined by dots; NULL where there is nothing. Of a list its first element; a key that
 * isn't there is looked for in other letter case too. */
const json_t *json_text_at(const json_t *value, const char *path);
/* Its text; "" where there is none, or a list or an object stands there. Borrowed from the tree. */
const char *json_text_of(const json_t *value, const char *path);
/* The first of the paths (NULL-terminated) that has a text. */
const char *json_text_first(const json_t *value, const char *const *paths);

#endif
