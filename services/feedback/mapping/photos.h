/* photos: references to photos as a row has them, parted by blanks, each REF#sha256=64 hex digits, behind which
 * &taken=ISO 8601 may stand. The photos themselves are kept elsewhere. Pure.
 */
#ifndef BIHUAN_FEEDBACK_MAPPING_PHOTOS_H
#define BIHUAN_FEEDBACK_MAPPING_PHOTOS_H

#include "text/dates.h"

#include <stddef.h>
#include <stdint.h>

#define PHOTOS_MAX    20  /* of a row */
#define PHOTO_REF_MAX 500 /* bytes of a path or URL */

/* Borrowed from the text. */
struct photo {
    const char *ref, *sha256; /* 64 digits */
    size_t ref_len;
    int64_t taken_at; /* microseconds UTC; 0 not said */
};

/* The photo at *at or behind it, and moves on behind it. 1: there is one, 0: none more, -1: what stands there is none.
 */
int photo_next(const char *text, size_t len, size_t *at, const struct zone *zone, struct photo *out);

#endif
