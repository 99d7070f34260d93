/* commands: the tables of commands with their flags and what they say about themselves, a file a group. */
#ifndef BIHUAN_CLI_COMMANDS_H
#define BIHUAN_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command commands_setup[];
extern const struct command commands_targets[];
extern const struct command commands_cycle[];
extern const struct command commands_results[];
extern const struct command commands_pay[];
extern const struct command commands_contracts[];
extern const struct command commands_reports[];
extern const struct command commands_operation[];

/* Flags that commands of several groups take. */
extern const struct flag import_flags[];

#endif
