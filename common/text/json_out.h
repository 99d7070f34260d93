/* json_out: writes JSON into a buffer, in order, without building a tree.
 *
 * Commas are put by the writer. Using it wrongly (a value without a key in an object, an unclosed array) is the
 * caller's bug: assert. Output is always valid UTF-8: an invalid byte becomes U+FFFD. Depth at most 63.
 */
#ifndef BIHUAN_TEXT_JSON_OUT_H
#define BIHUAN_TEXT_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

struct json_out {
    struct buf *buf;
    int depth;
    uint64_t objects; /* bit per level: an object, not an array */
    uint64_t filled;  /* bit per level: something is in it already */
    bool keyed;       /* a key waits for its value */
};

void json_out_init(struct json_out *out, struct buf *buf);

void json_out_object(struct json_out *out); /* { */
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out); /* [ */
void json_out_array_end(struct json_out *out);

void json_out_key(struct json_out *out, const char *key);

void json_out_text(struct json_out *out, const char *text); /* NULL writes null */
void json_out_text_n(struct json_out *out, const char *text, size_t len);
void json_out_int(struct json_out *out, int64_t value);
void json_out_uint(struct json_out *out, uint64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);
void json_out_double(struct json_out *out, double value); /* shortest text that reads back the same; NaN, Inf: null */
/* An amount of units of 10^-scale as a number with `digits` decimals, rounded half up. */
void json_out_decimal(struct json_out *out, int64_t value, int scale, int digits);
/* JSON made elsewhere, put in as one value. */
void json_out_raw(struct json_out *out, const void *json, size_t len);

/* Key and value at once. */
void json_out_field_text(struct json_out *out, const char *key, const char *text);
void json_out_field_int(struct json_out *out, const char *key, int64_t value);
void json_out_field_bool(struct json_out *out, const char *key, bool value);
void json_out_field_decimal(struct json_out *out, const char *key, int64_t value, int scale, int digits);

#endif
