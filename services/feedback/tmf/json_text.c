/* json_text: see json_text.h. */
#include "feedback/tmf/json_text.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- reading -------------------------------------------------------------------------------------------------------
 */

static size_t digits(const uint8_t *at, size_t len)
{
    size_t n = 0;

    while (n < len && at[n] >= '0' && at[n] <= '9')
        n++;
    return n;
}

/* Length of the number that begins here; 0: none that JSON knows. */
static size_t number_len(const uint8_t *at, size_t len)
{
    size_t n = len && at[0] == '-', more = digits(at + n, len - n);

    if (!more || (more > 1 && at[n] == '0'))
        return 0;
    n += more;
    if (n < len && at[n] == '.') {
        more = digits(at + n + 1, len - n - 1);
        if (!more)
            return 0;
        n += 1 + more;
    }
    if (n < len && (at[n] | 0x20) == 'e') {
        size_t sign = n + 1 < len && (at[n + 1] == '+' || at[n + 1] == '-');

        more = digits(at + n + 1 + sign, len - n - 1 - sign);
        if (!more)
            return 0;
        n += 1 + sign + more;
    }
    return n;
}

/* Length of the text in quotes that begins here. */
static size_t quoted_len(const uint8_t *at, size_t len)
{
    size_t n = 1;

    while (n < len && at[n] != '"')
        n += at[n] == '\\' && n + 1 < len ? 2 : 1;
    return n < len ? n + 1 : len;
}

/* The digits of a number without sign and exponent, its point left out; false: too many. */
struct mantissa {
    char digits[JSON_DIGITS_MAX];
    long count, point; /* how many stand before the point */
};

static bool read_mantissa(const uint8_t *at, size_t len, struct mantissa *out)
{
    *out = (struct mantissa) { .point = -1 };
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '.') {
            out->point = out->count;
            continue;
        }
        if (out->count == JSON_DIGITS_MAX)
            return false;
        out->digits[out->count++] = (char)at[i];
    }
    if (out->point < 0)
        out->point = out->count;
    return true;
}

/* Appends a number with an exponent as one without; false, and nothing: it would be too long. `e`: where the exponent's
 * letter stands. */
static bool write_out(const uint8_t *at, size_t len, size_t e, struct buf *out)
{
    size_t sign = at[0] == '-';
    struct mantissa m;
    char power[8];
    long first, last;

    if (len - e - 1 >= sizeof power || !read_mantissa(at + sign, e - sign, &m))
        return false;
    snprintf(power, sizeof power, "%.*s", (int)(len - e - 1), (const char *)at + e + 1);
    m.point += strtol(power, NULL, 10);
    first = m.point < 1 ? m.point - 1 : 0; /* before the point stands a digit at least */
    last = m.point > m.count ? m.point : m.count;
    if (last - first > JSON_DIGITS_MAX)
        return false;
    if (sign)
        buf_append_text(out, "-");
    for (long i = first; i < last; i++) {
        if (i == m.point)
            buf_append_text(out, ".");
        buf_put_u8(out, (uint8_t)(i >= 0 && i < m.count ? m.digits[i] : '0'));
    }
    return true;
}

static void put_number(const uint8_t *at, size_t len, struct buf *out)
{
    size_t e = 0;

    while (e < len && (at[e] | 0x20) != 'e')
        e++;
    if (e == len || !write_out(at, len, e, out))
        buf_append(out, at, len);
}

/* Puts quotes around numbers: what reads the text next keeps their digits. What is no number stays as it is, and fails
 * there. */
static void quote_numbers(const uint8_t *bytes, size_t len, struct buf *out)
{
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        bool number = bytes[at] == '-' || (bytes[at] >= '0' && bytes[at] <= '9');

        n = bytes[at] == '"' ? quoted_len(bytes + at, len - at) : number ? number_len(bytes + at, len - at) : 1;
        number = number && n;
        n = n ? n : 1;
        if (number) {
            buf_put_u8(out, '"');
            put_number(bytes + at, n, out);
            buf_put_u8(out, '"');
        } else {
            buf_append(out, bytes + at, n);
        }
    }
}

static bool is_xml(const uint8_t *bytes, size_t len)
{
    while (len && (*bytes == ' ' || *bytes == '\t' || *bytes == '\r' || *bytes == '\n')) {
        bytes++;
        len--;
    }
    return len && *bytes == '<';
}

/* *out NULL: it isn't JSON. */
static int load(const uint8_t *bytes, size_t len, json_t **out, struct err *err)
{
    struct buf text = { 0 };
    json_error_t error;
    size_t mark = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    bytes += mark;
    len -= mark;
    *out = NULL;
    if (is_xml(bytes, len))
        return err_fail(err, ERR_INVALID, "xml_body",
                        "the body is XML; events are taken as JSON (application/json): have the sender's gateway turn"
                        " them into it");
    quote_numbers(bytes, len, &text);
    *out = json_loadb(buf_text(&text), text.len, 0, &error);
    buf_fini(&text);
    return *out ? 0
                : err_fail(err, ERR_INVALID, "bad_json", "the body is not JSON at line %d: %.160s", error.line,
                           error.text);
}

static int want(json_t **root, bool is_so, const char *what, struct err *err)
{
    if (is_so)
        return 0;
    json_decref(*root);
    *root = NULL;
    return err_fail(err, ERR_INVALID, "bad_json", "the body is not a JSON %s", what);
}

int json_text_load(const uint8_t *bytes, size_t len, json_t **out, struct err *err)
{
    return load(bytes, len, out, err) != 0 ? -1 : want(out, json_is_object(*out), "object", err);
}

int json_text_load_list(const uint8_t *bytes, size_t len, json_t **out, struct err *err)
{
    return load(bytes, len, out, err) != 0 ? -1 : want(out, json_is_array(*out), "list", err);
}

/* --- looking -------------------------------------------------------------------------------------------------------
 */

static const json_t *member(const json_t *object, const char *key, size_t len)
{
    const char *name;
    json_t *value;
    const json_t *exact = json_object_getn(object, key, len);

    if (exact)
        return exact;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (strlen(name) == len && strncasecmp(name, key, len) == 0)
            return value;
    }
    return NULL;
}

const json_t *json_text_at(const json_t *value, const char *path)
{
    while (value && *path) {
        size_t len = strcspn(path, ".");

        if (json_is_array(value))
            value = json_array_get(value, 0);
        value = member(value, path, len);
        path += len + (path[len] == '.');
    }
    return value;
}

const char *json_text_of(const json_t *value, const char *path)
{
    const json_t *at = json_text_at(value, path);

    if (json_is_string(at))
        return json_string_value(at);
    if (json_is_boolean(at))
        return json_is_true(at) ? "true" : "false";
    return "";
}

const char *json_text_first(const json_t *value, const char *const *paths)
{
    const char *text = "";

    for (; *paths && !*text; paths++)
        text = json_text_of(value, *paths);
    return text;
}
