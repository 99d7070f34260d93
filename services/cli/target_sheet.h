/* target_sheet: targets as a spreadsheet for offices, and what people changed in it. No network.
 *
 * The file has a sheet that people see and edit (rows may be sorted, deleted, added), and a hidden one that holds what
 * was exported, by which a change is known from a cell that merely changed elsewhere meanwhile: a target's revision
 * counts its changes. Rows are JSON objects like the API's: period, unit, channel, product, measure, amount (a decimal
 * as text).
 */
#ifndef BIHUAN_CLI_TARGET_SHEET_H
#define BIHUAN_CLI_TARGET_SHEET_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

/* Writes `rows`; `names` maps unit codes to names, for people to read. */
int target_sheet_write(const char *path, const json_t *rows, const json_t *names, struct err *err);

/* `seen`: rows of the sheet, each with its number as "row"; `exported`: what the file says it was exported with, by
 * key. Both new. */
int target_sheet_read(const char *path, json_t **seen, json_t **exported, struct err *err);

/* What identifies a target: everything but its amount. */
const char *target_sheet_key(const json_t *row, struct buf *out);

/* The same number: "1000.5" and "1000.5000". */
bool target_sheet_same(const char *a, const char *b);

/* Compares: `changed` are the rows to send, each with the revision that was exported, which planning checks once more;
 * `conflicts` those that were changed here, and meanwhile there (fields "exported", "current" and "amount"). Both new.
 * `current`: rows of now by key. */
void target_sheet_compare(const json_t *seen, const json_t *exported, const json_t *current, json_t **changed,
                          json_t **conflicts);

#endif
