/* paysheet: a statement of pay as a file that anybody can recompute: what was sold, by which rules, every step, every
 * line, every entry of the ledger; sealed by a hash and an Ed25519 signature.
 *
 * The file is one line of JSON and a newline, and each of its bytes counts:
 *   {"bihuan_statement":1,"hash":"...","key":"...","signature":"...","body":{...}}
 * hash is the SHA-256 of the body's bytes, signature that of "bihuan-statement-1\n" and the hash by `key`; all in
 * lower-case hex. A draft has "" for key and signature, and isn't accepted as a statement. The 1 is the format: a
 * program reads all formats up to its own, and what a format means never changes. A file is written in the lowest
 * format that can say it, so that older programs read what they can. 1  plans whose rate tables have one dimension 2
 * also those whose budget is a cap or that release by cash; those with contests, whose components have `contest`, what
 * was sold for it; and those with axes: such a component has `axes`, in order, each with what it went by (known, given,
 * volume, late), where it stood (value) and the number of the band that held it (band, from 1)
 *
 * In the body amounts of pay are integers of the plan's smallest unit, measures integers of their stored unit.
 */
#ifndef BIHUAN_PAYPLAN_PAYSHEET_H
#define BIHUAN_PAYPLAN_PAYSHEET_H

#include "base/buf.h"
#include "payplan/payplan_compute.h"
#include "text/json_out.h"

#include <jansson.h>

#define PAYSHEET_FORMAT     2
#define PAYSHEET_HASH_TEXT  65
#define PAYSHEET_KEY_TEXT   65
#define PAYSHEET_SECRET_LEN 64

struct paysheet_head {
    const char *unit, *unit_name, *unit_type;
    const char *period;
    int32_t from_day, until_day;
    uint32_t run;
    int money_scale;
};

struct paysheet_result {
    struct payplan_input in; /* with its lines, computed */
    struct payplan_output out;
};

struct paysheet_line {
    const char *id;
    int32_t day;
    int64_t amount;
};

struct paysheet_entry {
    uint64_t id;
    const char *period; /* which it is for */
    const char *plan, *component, *kind, *cause, *by;
    int64_t amount, at;
    const struct paysheet_line *lines;
    size_t line_count;
};

struct paysheet_total {
    const char *plan, *currency;
    int digits;
    int64_t earned, held, draw, other, payable;
};

/* --- writing: begin, plan (each), entries, entry (each), end --- */
void paysheet_begin(struct json_out *out, const struct paysheet_head *head);
void paysheet_plan(struct json_out *out, const struct payplan *plan, const struct paysheet_result *results);
void paysheet_entries(struct json_out *out);
void paysheet_entry(struct json_out *out, const struct paysheet_entry *entry);
void paysheet_end(struct json_out *out, const struct paysheet_total *totals, size_t count);

/* The lowest format that can say a plan. */
int paysheet_format_of(const struct payplan *plan);

/* Appends the file around a body; secret NULL: a draft. `hash` gets the hash. */
void paysheet_seal(const struct buf *body, int format, const uint8_t secret[PAYSHEET_SECRET_LEN], struct buf *file,
                   char hash[PAYSHEET_HASH_TEXT]);

/* --- reading --- */
struct paysheet {
    json_t *body;
    int format;
    char hash[PAYSHEET_HASH_TEXT];
    char key[PAYSHEET_KEY_TEXT]; /* "" of a draft */
    bool draft;
};
/* Takes a file apart and checks hash and signature. ERR_INVALID with codes bad_file, bad_format, bad_hash,
 * bad_signature. */
int paysheet_read(struct paysheet *out, const char *file, size_t len, struct err *err);
void paysheet_fini(struct paysheet *sheet);

/* What a check found. */
struct paysheet_report {
    size_t components, lines, entries;
};
/* Recomputes all of it from the body: each component, each line, entries against both, totals against entries.
 * ERR_INVALID with code "differs" and the place. */
int paysheet_recompute(const struct paysheet *sheet, struct paysheet_report *report, struct err *err);

#endif
