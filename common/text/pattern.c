/* pattern: see pattern.h. */
#include "text/pattern.h"

#include <stdio.h>
#include <string.h>

#define SEQUENCE_LEN_MAX 18

static int bad(struct err *err, const char *text, size_t at, const char *why)
{
    return err_fail(err, ERR_INVALID, "bad_pattern",
                    "file name pattern \"%s\", character %zu: %s; write it like orders_{yyyyMMdd}_{nnn}.csv.gz", text,
                    at + 1, why);
}

static bool all_n(const char *text, size_t len)
{
    return strspn(text, "n") == len;
}

static const char *take_date(struct pattern *pattern, const char *body, size_t len)
{
    char text[TIME_PATTERN_MAX];

    if (len >= sizeof text || memchr(body, 'S', len) || memchr(body, 'X', len) || memchr(body, '/', len))
        return "a date in a name is written by yyyy MM dd HH mm ss";
    snprintf(text, sizeof text, "%.*s", (int)len, body);
    if (pattern->has_date)
        return "there is a date already";
    if (time_pattern_parse(text, &pattern->time, NULL) != 0 || pattern->time.iso)
        return "braces hold a date like yyyyMMdd, a sequence like nnn or n+, city, or *";
    for (const char *letter = "MdHms"; *letter; letter++) {
        const char *first = strchr(text, *letter);
        if (first && first[1] != *letter)
            return "in a name every part of a date takes two digits";
    }
    pattern->has_date = true;
    return NULL;
}

/* Takes what stands between braces. */
static const char *take_braces(struct pattern *pattern, struct pattern_piece *piece, const char *body, size_t len)
{
    piece->len = (uint16_t)len;
    if (len == 1 && *body == '*') {
        piece->kind = PIECE_ANY;
        piece->len = 0;
        for (size_t i = 0; i < pattern->piece_count; i++)
            if (pattern->pieces[i].kind == PIECE_ANY)
                return "there is a * already";
        return NULL;
    }
    if (len == 4 && memcmp(body, "city", 4) == 0) {
        if (pattern->has_city)
            return "there is a city already";
        piece->kind = PIECE_CITY;
        piece->len = 0;
        pattern->has_city = true;
        return NULL;
    }
    if (len && (all_n(body, len) || (len == 2 && memcmp(body, "n+", 2) == 0))) {
        if (pattern->has_sequence)
            return "there is a sequence number already";
        if (len > SEQUENCE_LEN_MAX)
            return "a sequence number has at most 18 digits";
        piece->kind = PIECE_SEQUENCE;
        if (body[len - 1] == '+')
            piece->len = 0;
        pattern->has_sequence = true;
        return NULL;
    }
    piece->kind = PIECE_DATE;
    return take_date(pattern, body, len);
}

int pattern_parse(const char *text, struct pattern *out, struct err *err)
{
    struct pattern made = { 0 };
    size_t at = 0;

    if (!*text || strlen(text) >= sizeof made.text)
        return err_fail(err, ERR_INVALID, "bad_pattern", "a file name pattern has 1 to %zu characters",
                        sizeof made.text - 1);
    snprintf(made.text, sizeof made.text, "%s", text);
    while (text[at]) {
        struct pattern_piece *piece = &made.pieces[made.piece_count];
        size_t len = strcspn(text + at, "{}/");
        const char *why = NULL;

        if (made.piece_count == PATTERN_PIECE_MAX)
            return bad(err, text, at, "it has too many parts");
        if (len) {
            *piece = (struct pattern_piece) { PIECE_LITERAL, (uint16_t)at, (uint16_t)len };
        } else if (text[at] != '{' || text[at + 1 + (len = strcspn(text + at + 1, "{}"))] != '}') {
            return bad(err, text, at, "a brace has no partner, or there is a folder in it");
        } else {
            piece->at = (uint16_t)(at + 1);
            why = take_braces(&made, piece, text + at + 1, len);
            len += 2;
        }
        if (why)
            return bad(err, text, at, why);
        made.piece_count++;
        at += len;
    }
    *out = made;
    return 0;
}

/* Where each kind of part was found. */
struct found {
    const char *date, *sequence, *city;
    size_t sequence_len, city_len;
};

static size_t digits_len(const char *text)
{
    return strspn(text, "0123456789");
}

static bool date_shape(const struct pattern *pattern, const struct pattern_piece *piece, const char *name)
{
    for (size_t i = 0; i < piece->len; i++) {
        char c = pattern->text[piece->at + i];
        bool digit = name[i] >= '0' && name[i] <= '9';
        if (strchr("yMdHms", c) ? !digit : name[i] != c)
            return false;
    }
    return true;
}

static bool match_from(const struct pattern *pattern, size_t i, const char *name, struct found *found);

/* A part of open length: tries every length, the longest first. */
static bool match_open(const struct pattern *pattern, size_t i, const char *name, size_t least, size_t most,
                       struct found *found)
{
    for (size_t len = most + 1; len-- > least;) {
        if (pattern->pieces[i].kind == PIECE_SEQUENCE) {
            found->sequence = name;
            found->sequence_len = len;
        }
        if (pattern->pieces[i].kind == PIECE_CITY) {
            found->city = name;
            found->city_len = len;
        }
        if (match_from(pattern, i + 1, name + len, found))
            return true;
    }
    return false;
}

static bool match_from(const struct pattern *pattern, size_t i, const char *name, struct found *found)
{
    const struct pattern_piece *piece = &pattern->pieces[i];
    size_t digits = digits_len(name);

    if (i == pattern->piece_count)
        return *name == '\0';
    switch (piece->kind) {
    case PIECE_LITERAL:
        return strncmp(name, pattern->text + piece->at, piece->len) == 0 &&
               match_from(pattern, i + 1, name + piece->len, found);
    case PIECE_DATE:
        found->date = name;
        return date_shape(pattern, piece, name) && match_from(pattern, i + 1, name + piece->len, found);
    case PIECE_SEQUENCE:
        if (!piece->len)
            return match_open(pattern, i, name, 1, digits < SEQUENCE_LEN_MAX ? digits : SEQUENCE_LEN_MAX, found);
        found->sequence = name;
        found->sequence_len = piece->len;
        return digits >= piece->len && match_from(pattern, i + 1, name + piece->len, found);
    case PIECE_CITY:
        return match_open(pattern, i, name, 1, strlen(name), found);
    case PIECE_ANY:
        return match_open(pattern, i, name, 0, strlen(name), found);
    }
    return false;
}

int pattern_match(const struct pattern *pattern, const char *name, const struct zone *zone, struct pattern_match *out,
                  struct err *err)
{
    struct pattern_match made = { .has_date = pattern->has_date,
                                  .has_sequence = pattern->has_sequence,
                                  .has_city = pattern->has_city };
    struct found found = { 0 };

    if (strchr(name, '/') || !match_from(pattern, 0, name, &found))
        return err_fail(err, ERR_INVALID, "no_match", "file name \"%.200s\" does not match \"%s\"", name,
                        pattern->text);
    if (pattern->has_date &&
        time_parse(found.date, strlen(pattern->time.text), &pattern->time, zone, &made.moment, err) != 0)
        return err_prefix(err, "file name \"%.200s\"", name);
    for (size_t i = 0; pattern->has_sequence && i < found.sequence_len; i++)
        made.sequence = made.sequence * 10 + (uint64_t)(found.sequence[i] - '0');
    made.city = found.city;
    made.city_len = (uint32_t)found.city_len;
    *out = made;
    return 0;
}
