/* photos: see photos.h. */
#include "feedback/mapping/photos.h"

#include <stdbool.h>
#include <string.h>

#define HASH_MARK   "#sha256="
#define HASH_DIGITS 64
#define TAKEN_MARK  "&taken="

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hash(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && i < HASH_DIGITS && strchr("0123456789abcdefABCDEF", text[i]) && text[i])
        i++;
    return i == HASH_DIGITS;
}

static bool read_taken(const char *text, size_t len, const struct zone *zone, int64_t *out)
{
    static const struct time_pattern iso = { .text = "iso8601", .iso = true };
    struct moment moment;

    *out = 0;
    if (!len)
        return true;
    if (len <= strlen(TAKEN_MARK) || memcmp(text, TAKEN_MARK, strlen(TAKEN_MARK)) != 0 ||
        time_parse(text + strlen(TAKEN_MARK), len - strlen(TAKEN_MARK), &iso, zone, &moment, NULL) != 0)
        return false;
    *out = moment.us;
    return true;
}

int photo_next(const char *text, size_t len, size_t *at, const struct zone *zone, struct photo *out)
{
    const char *from, *mark;
    size_t size = 0, rest;

    while (*at < len && is_blank(text[*at]))
        ++*at;
    if (*at == len)
        return 0;
    from = text + *at;
    while (*at + size < len && !is_blank(from[size]))
        size++;
    *at += size;
    mark = memmem(from, size, HASH_MARK, strlen(HASH_MARK));
    if (!mark || mark == from || mark - from > PHOTO_REF_MAX)
        return -1;
    *out = (struct photo) { .ref = from, .ref_len = (size_t)(mark - from), .sha256 = mark + strlen(HASH_MARK) };
    rest = size - out->ref_len - strlen(HASH_MARK);
    if (!is_hash(out->sha256, rest))
        return -1;
    return read_taken(out->sha256 + HASH_DIGITS, rest - HASH_DIGITS, zone, &out->taken_at) ? 1 : -1;
}
