/* json_pointer: names of places in a JSON tree (RFC 6901), built while walking it. */
#ifndef BIHUAN_TEXT_JSON_POINTER_H
#define BIHUAN_TEXT_JSON_POINTER_H

#include "base/buf.h"

/* Appends "/" and the key, ~ and / escaped. Cut buf->len back to leave the place. */
void json_pointer_push(struct buf *pointer, const char *key);

#endif
