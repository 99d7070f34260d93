/* csv_scan: where a record ends in raw bytes. Internal to the CSV reader. */
#ifndef BIHUAN_TEXT_CSV_SCAN_H
#define BIHUAN_TEXT_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_NOWHERE SIZE_MAX

/* What has been seen of one record; positions count from the record's start, so the bytes may move. */
struct csv_scan {
    size_t at;         /* bytes looked at */
    bool quoted;       /* inside a quoted field */
    bool saw_quote;    /* any quoted field */
    bool spoiled;      /* text behind a closing quote: quotes mean nothing until the line ends */
    size_t nul_at;     /* first NUL, or CSV_NOWHERE */
    size_t spoiled_at; /* where that text stands */
    size_t open_at;    /* the quote that opened the present field */
    size_t break_at;   /* first line end inside quotes */
    size_t break_len;  /* 1, or 2 for CRLF */
    uint32_t breaks;   /* line ends inside quotes */
};

struct csv_dialect {
    char delimiter;
    char quote; /* 0: none */
    bool gb18030;
};

void csv_scan_init(struct csv_scan *scan);

/* Looks further through bytes[0..len), the record so far; `last`: nothing follows them. True when the record ends:
 * *end is its length and *next the start of what follows. False: more bytes are needed. */
bool csv_scan_run(struct csv_scan *scan, const struct csv_dialect *dialect, const uint8_t *bytes, size_t len, bool last,
                  size_t *end, size_t *next);

/* First LF or CR in bytes[at..len), or len. */
size_t csv_find_break(const uint8_t *bytes, size_t at, size_t len);

#endif
