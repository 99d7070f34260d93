/* options: the command line taken apart by tables: command, arguments, flags. Pure.
 *
 * Flags may stand anywhere behind the command; those for all commands also before it. "--name value", "--name=value",
 * "-n value"; "--" ends the flags.
 */
#ifndef BIHUAN_CLI_OPTIONS_H
#define BIHUAN_CLI_OPTIONS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct cli;

struct flag {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* what it takes, for the help; NULL: it takes nothing */
    const char *en, *zh;
};

struct command {
    const char *name;      /* one or two words */
    const char *arguments; /* for the help: "UNIT", "FEED FILE..." */
    size_t arguments_min, arguments_max;
    const struct flag *flags; /* ends with {NULL}; may be NULL */
    const char *en, *zh;
    int (*run)(struct cli *cli); /* returns the exit code */
};

/* Commands that belong together, under a title in the help. */
struct command_group {
    const char *en, *zh;
    const struct command *commands; /* ends with a NULL name */
};

struct option {
    const struct flag *flag;
    const char *value; /* "" where the flag takes none */
};

struct options {
    const struct command *command; /* NULL: none given */
    char of[64];                   /* then: the first word of several commands, or "" */
    bool help;
    const char **arguments;
    size_t argument_count;
    struct option *given;
    size_t given_count;
};

/* Tables end with a NULL name, groups with NULL commands. Texts are borrowed from argv. ERR_INVALID says what is wrong
 * and what is near. */
int options_parse(struct options *out, const struct command_group *groups, const struct flag *globals, int argc,
                  char **argv, struct err *err);
void options_fini(struct options *options);

/* Value of the last such flag, or `fallback`. */
const char *option_text(const struct options *options, const char *name, const char *fallback);
bool option_given(const struct options *options, const char *name);
/* The n-th value (from 0) of a flag given several times, or NULL. */
const char *option_nth(const struct options *options, const char *name, size_t n);
/* The n-th argument, or NULL. */
const char *option_argument(const struct options *options, size_t n);

/* Help: of one command; where `command` is NULL the list of those whose first word is `of`, of all where that is "". */
void options_help(const struct command *command, const char *of, const struct command_group *groups,
                  const struct flag *globals, struct buf *out);

#endif
