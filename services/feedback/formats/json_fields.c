/* json_fields: see json_fields.h. */
#include "feedback/formats/json_fields.h"

#include "text/utf8.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32

int json_path_parse(const char *text, struct arena *arena, struct json_path *out, struct err *err)
{
    bool pointer = *text == '/';
    char *copy = arena_strdup(arena, pointer ? text + 1 : text), *to = copy;

    *out = (struct json_path) { .text = text, .segments = { copy }, .count = 1 };
    for (const char *from = copy; *from; from++) {
        if (*from == (pointer ? '/' : '.')) {
            if (out->count == JSON_SEGMENTS_MAX)
                return err_fail(err, ERR_INVALID, "bad_path", "path \"%.80s\" has more than %d levels", text,
                                JSON_SEGMENTS_MAX);
            *to++ = 0;
            out->segments[out->count++] = to;
        } else if (pointer && *from == '~' && (from[1] == '0' || from[1] == '1')) {
            *to++ = *++from == '0' ? '~' : '/';
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
    for (uint32_t i = 0; i < out->count; i++)
        if (!*out->segments[i])
            return err_fail(err, ERR_INVALID, "bad_path", "path \"%.80s\" has an empty level", text);
    return 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

/* Bit i of a mask: path i leads here. */
struct scan {
    const char *start, *at, *end;
    const struct json_path *paths;
    uint32_t count;
    struct csv_field *fields;
    uint64_t found;
    struct buf *scratch;
    size_t *where;
    struct err *err;
};

static int value(struct scan *s, uint64_t mask, uint32_t depth);

static int fail(struct scan *s, const char *at, const char *code, const char *what)
{
    *s->where = (size_t)(at - s->start);
    return err_fail(s->err, ERR_INVALID, code, "character %zu of the line: %s", *s->where + 1, what);
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool next_is(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* Four hex digits at `at`, or -1. */
static int32_t hex4(const struct scan *s, const char *at)
{
    int32_t out = 0;

    if (s->end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digit = strchr("0123456789abcdef", at[i] | 0x20);

        if (!at[i] || !digit || (at[i] >= 0x10 && at[i] < 0x20))
            return -1;
        out = out * 16 + (int32_t)(digit - "0123456789abcdef");
    }
    return out;
}

static int unicode(struct scan *s)
{
    const char *at = s->at; /* behind "\u" */
    int32_t high = hex4(s, at), low;
    uint32_t cp = (uint32_t)high;
    uint8_t bytes[4];

    if (high < 0)
        return fail(s, at, "bad_json", "\\u is not followed by four hex digits");
    if (high == 0)
        return fail(s, at, "nul_byte", "a NUL character");
    s->at += 4;
    if (high >= 0xD800 && high < 0xE000) {
        low = high < 0xDC00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' ? hex4(s, s->at + 2) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(s, at, "bad_json", "half of a surrogate pair");
        cp = 0x10000 + (((uint32_t)high - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
        s->at += 6;
    }
    buf_append(s->scratch, bytes, utf8_encode(cp, bytes));
    return 0;
}

static int escape(struct scan *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *known;

    if (++s->at == s->end)
        return fail(s, s->at, "bad_json", "the text is not closed");
    if (*s->at == 'u') {
        s->at++;
        return unicode(s);
    }
    known = *s->at ? strchr(from, *s->at) : NULL;
    if (!known)
        return fail(s, s->at, "bad_json", "an escape that JSON does not know");
    buf_append(s->scratch, &to[known - from], 1);
    s->at++;
    return 0;
}

/* A text, behind its opening quote. The scratch buffer was made large enough at the start: it doesn't move. */
static int string(struct scan *s, struct csv_field *out)
{
    const char *from = s->at;
    size_t kept = s->scratch->len;
    bool escaped = false;

    while (s->at < s->end && *s->at != '"') {
        if ((unsigned char)*s->at < 0x20)
            return fail(s, s->at, "bad_json", "a control character inside a text");
        if (*s->at != '\\') {
            s->at++;
            continue;
        }
        buf_append(s->scratch, from, (size_t)(s->at - from));
        escaped = true;
        if (escape(s) != 0)
            return -1;
        from = s->at;
    }
    if (s->at == s->end)
        return fail(s, s->at, "bad_json", "the text is not closed");
    *out = (struct csv_field) { from, (uint32_t)(s->at - from), true };
    if (escaped) {
        buf_append(s->scratch, from, (size_t)(s->at - from));
        *out = (struct csv_field) { (const char *)s->scratch->data + kept, (uint32_t)(s->scratch->len - kept), true };
    }
    s->at++;
    return 0;
}

static const char *digits(const struct scan *s, const char *at)
{
    while (at < s->end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static int number(struct scan *s, struct csv_field *out)
{
    const char *from = s->at, *at = from + (*from == '-'), *stop = digits(s, at);

    if (stop == at || (*at == '0' && stop - at > 1))
        return fail(s, from, "bad_json", "neither a value nor a number that JSON knows");
    if (stop < s->end && *stop == '.') {
        at = stop + 1;
        stop = digits(s, at);
        if (stop == at)
            return fail(s, at, "bad_json", "a number ends in its point");
    }
    if (stop < s->end && (*stop == 'e' || *stop == 'E')) {
        at = stop + 1;
        at += at < s->end && (*at == '+' || *at == '-');
        stop = digits(s, at);
        if (stop == at)
            return fail(s, at, "bad_json", "a number ends in its exponent");
    }
    *out = (struct csv_field) { from, (uint32_t)(stop - from), false };
    s->at = stop;
    return 0;
}

static bool word(struct scan *s, const char *text)
{
    size_t len = strlen(text);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
        return false;
    s->at += len;
    return true;
}

static int scalar(struct scan *s, struct csv_field *out)
{
    const char *from = s->at;

    if (*s->at == '"') {
        s->at++;
        return string(s, out);
    }
    if (word(s, "true") || word(s, "false")) {
        *out = (struct csv_field) { from, (uint32_t)(s->at - from), false };
        return 0;
    }
    if (word(s, "null")) {
        *out = (struct csv_field) { "", 0, false };
        return 0;
    }
    return number(s, out);
}

/* The paths of `mask` whose level `depth` is that key. */
static uint64_t narrow(const struct scan *s, uint64_t mask, uint32_t depth, const char *key, size_t len)
{
    uint64_t out = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        const struct json_path *path = &s->paths[i];

        if (mask >> i & 1 && depth < path->count && strlen(path->segments[depth]) == len &&
            memcmp(path->segments[depth], key, len) == 0)
            out |= UINT64_C(1) << i;
    }
    return out;
}

/* The paths of `mask` that end at `depth`. */
static uint64_t ending(const struct scan *s, uint64_t mask, uint32_t depth)
{
    uint64_t out = 0;

    for (uint32_t i = 0; i < s->count; i++)
        if (mask >> i & 1 && s->paths[i].count == depth)
            out |= UINT64_C(1) << i;
    return out;
}

static int members(struct scan *s, uint64_t mask, uint32_t depth)
{
    if (next_is(s, '}'))
        return 0;
    do {
        struct csv_field key;
        const char *at;

        skip_space(s);
        at = s->at;
        if (!next_is(s, '"'))
            return fail(s, s->at, "bad_json", "a key in quotes is expected");
        if (string(s, &key) != 0)
            return -1;
        if (!next_is(s, ':'))
            return fail(s, s->at, "bad_json", "a colon is expected behind the key");
        if (ending(s, narrow(s, mask, depth, key.text, key.len), depth + 1) & s->found)
            return fail(s, at, "twice", "a key that the feed reads comes twice");
        if (value(s, narrow(s, mask, depth, key.text, key.len), depth + 1) != 0)
            return -1;
    } while (next_is(s, ','));
    return next_is(s, '}') ? 0 : fail(s, s->at, "bad_json", "a comma or } is expected");
}

static int elements(struct scan *s, uint64_t mask, uint32_t depth)
{
    unsigned long index = 0;

    if (next_is(s, ']'))
        return 0;
    do {
        char key[24];
        int len = snprintf(key, sizeof key, "%lu", index++);

        if (value(s, narrow(s, mask, depth, key, (size_t)len), depth + 1) != 0)
            return -1;
    } while (next_is(s, ','));
    return next_is(s, ']') ? 0 : fail(s, s->at, "bad_json", "a comma or ] is expected");
}

static int value(struct scan *s, uint64_t mask, uint32_t depth)
{
    uint64_t here = ending(s, mask, depth);
    struct csv_field field;
    char open;

    skip_space(s);
    if (s->at == s->end)
        return fail(s, s->at, "bad_json", "the line ends where a value is expected");
    open = *s->at;
    if (open == '{' || open == '[') {
        if (here)
            return fail(s, s->at, "not_scalar", "a list or an object stands where the feed reads a value");
        if (depth == DEPTH_MAX)
            return fail(s, s->at, "bad_json", "more than 32 levels");
        s->at++;
        return open == '{' ? members(s, mask, depth) : elements(s, mask, depth);
    }
    if (scalar(s, &field) != 0)
        return -1;
    for (uint32_t i = 0; i < s->count; i++)
        if (here >> i & 1)
            s->fields[i] = field;
    s->found |= here;
    return 0;
}

int json_fields_read(const char *line, size_t len, const struct json_path *paths, uint32_t count,
                     struct csv_field *fields, struct buf *scratch, size_t *at, struct err *err)
{
    struct scan s = { line, line, line + len, paths, count, fields, 0, scratch, at, err };

    buf_reset(scratch);
    buf_reserve(scratch, len + 4); /* an escape is never shorter than what it stands for */
    for (uint32_t i = 0; i < count; i++)
        fields[i] = (struct csv_field) { "", 0, false };
    skip_space(&s);
    if (s.at == s.end || *s.at != '{')
        return fail(&s, s.at, "bad_json", "a line must be one JSON object");
    if (value(&s, count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX, 0) != 0)
        return -1;
    skip_space(&s);
    return s.at == s.end ? 0 : fail(&s, s.at, "bad_json", "something stands behind the object");
}
