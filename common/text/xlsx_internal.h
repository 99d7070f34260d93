/* xlsx_internal: what the files of the spreadsheet reader share. */
#ifndef BIHUAN_TEXT_XLSX_INTERNAL_H
#define BIHUAN_TEXT_XLSX_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "text/xlsx.h"

#include <expat.h>

struct xlsx_sheet {
    const char *name;
    const char *relation; /* id in the workbook's relations */
    const char *part;     /* path in the package, "" unknown */
    bool hidden;
};

/* How a number of a style is shown. */
enum xlsx_shown { XLSX_NUMBER = 0, XLSX_DATE };

struct xlsx {
    void *package; /* unzFile */
    struct arena arena;
    size_t unpacked;
    bool since_1904;
    struct xlsx_sheet sheets[XLSX_SHEETS_MAX];
    size_t sheet_count;
    const char **texts; /* shared ones */
    size_t text_count, text_cap, text_bytes;
    uint8_t *styles; /* enum xlsx_shown, by style number */
    size_t style_count;
};

/* One part walked by expat. Handlers get local names (without namespace); set `failed` through xlsx_stop(). */
struct xlsx_walk {
    struct xlsx *xlsx;
    XML_Parser parser;
    struct err *err;
    bool failed;
    void *arg;
};
struct xlsx_handlers {
    void (*start)(struct xlsx_walk *walk, const char *name, const char **attributes);
    void (*end)(struct xlsx_walk *walk, const char *name);
    void (*text)(struct xlsx_walk *walk, const char *text, int len);
};

/* Ends the walk with ERR_INVALID "bad_xlsx" or, with too_large, ERR_TOO_LARGE. */
void xlsx_stop(struct xlsx_walk *walk, bool too_large, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* *found false where the part isn't there; then nothing is called. */
int xlsx_walk_part(struct xlsx *xlsx, const char *part, const struct xlsx_handlers *handlers, void *arg, bool *found,
                   struct err *err);
/* The value of an attribute by local name, NULL where there is none. */
const char *xlsx_attribute(const char **attributes, const char *name);

/* Fills sheets, texts and styles. */
int xlsx_load_workbook(struct xlsx *xlsx, struct err *err);
int xlsx_load_styles(struct xlsx *xlsx, struct err *err);
int xlsx_load_texts(struct xlsx *xlsx, struct err *err);
/* What a number is shown as; the text is appended. */
void xlsx_print_number(const struct xlsx *xlsx, const char *value, unsigned style, struct buf *out);

#endif
