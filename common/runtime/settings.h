/* settings: one table of settings per program; file, environment, flag (the later wins); unknown keys are errors.
 *
 * File: lines "key = value", # comments. Environment: BIHUAN_<KEY>. Flag: --key value or --key=value, '_' or '-'.
 * --help and --print-config come from the same table.
 */
#ifndef BIHUAN_RUNTIME_SETTINGS_H
#define BIHUAN_RUNTIME_SETTINGS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum setting_type { SETTING_TEXT, SETTING_INT, SETTING_BOOL, SETTING_SECRET };

struct setting {
    const char *key;
    enum setting_type type;
    const char *value; /* default */
    const char *help;
    int64_t min, max; /* of an INT; both 0: no limit */
};

struct settings;

/* tables: arrays that end with {NULL}; `tables` itself ends with NULL. */
int settings_new(struct settings **out, const struct setting *const *tables, struct err *err);
void settings_destroy(struct settings **settings);

/* Reads --config FILE if given (else BIHUAN_CONFIG), then environment, then flags. *action is 0, or 'h' for --help, 'p'
 * for --print-config, 'c' for --check-config, 'v' for --version, 'H' for --health. */
int settings_read(struct settings *settings, int argc, char **argv, int *action, struct err *err);
const char *settings_text(const struct settings *settings, const char *key); /* asserts that the key exists */
int64_t settings_int(const struct settings *settings, const char *key);
bool settings_bool(const struct settings *settings, const char *key);
void settings_help(const struct settings *settings, const char *program, FILE *out);
void settings_print(const struct settings *settings, FILE *out); /* secrets as *** */

#endif
