/* pattern: file name patterns of feeds, such as "orders_{yyyyMMdd}_{nnn}.csv.gz".
 *
 * Braces hold a date pattern of dates.h made of digits only by widths (yyyyMMdd, yyyy-MM-dd, yyyyMMddHHmm, ...), n's
 * for a sequence number of just so many digits, n+ for one of any length up to 18, the word city for a text of one
 * character or more that says whose file it is, or * for any text. Everything else stands for itself. At most one of
 * each.
 */
#ifndef BIHUAN_TEXT_PATTERN_H
#define BIHUAN_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "text/dates.h"

#define PATTERN_TEXT_MAX  128
#define PATTERN_PIECE_MAX 16

struct pattern_piece {
    enum { PIECE_LITERAL, PIECE_DATE, PIECE_SEQUENCE, PIECE_CITY, PIECE_ANY } kind;
    uint16_t at;  /* the literal, or what stands between the braces, in text */
    uint16_t len; /* characters it takes up in a name; 0 for *, city and n+ */
};

struct pattern {
    char text[PATTERN_TEXT_MAX];
    struct pattern_piece pieces[PATTERN_PIECE_MAX];
    size_t piece_count;
    struct time_pattern time; /* of the date */
    bool has_date, has_sequence, has_city;
};

struct pattern_match {
    bool has_date, has_sequence, has_city;
    struct moment moment; /* of the date in the name, in the installation's zone */
    uint64_t sequence;
    const char *city; /* within the name */
    uint32_t city_len;
};

/* ERR_INVALID, code bad_pattern: names the place and what may stand there. */
int pattern_parse(const char *text, struct pattern *out, struct err *err);

/* The whole name (without folders) must match. ERR_INVALID with code no_match when its shape is another, bad_date when
 * only the date in it doesn't exist. */
int pattern_match(const struct pattern *pattern, const char *name, const struct zone *zone, struct pattern_match *out,
                  struct err *err);

#endif
