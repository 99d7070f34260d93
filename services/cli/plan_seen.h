/* plan_seen: the version of a plan that a command acts on, and what it shows of it before it does. */
#ifndef BIHUAN_CLI_PLAN_SEEN_H
#define BIHUAN_CLI_PLAN_SEEN_H

#include "cli/cli.h"

/* The newest version of the period's plan, as it is now: 0 and a new reference, NULL where there is none; or the exit
 * code, already explained. */
int plan_seen_read(struct cli *cli, const char *period, json_t **version);
/* `body` names it: the one that was read, or what --version and --revision say was seen before. */
void plan_seen_name(struct cli *cli, const json_t *version, json_t *body);
/* ... and the others that take the step with it, as they were read; those that --with names (PERIOD, or
 * PERIOD/VERSION/REVISION as they were seen before) are added, or named so. Returns the exit code. */
int plan_seen_name_set(struct cli *cli, const json_t *version, json_t *body);
/* What else took the step, for people: a line each. */
void plan_seen_show_set(struct cli *cli, const json_t *reply, const char *state);
/* For people: what is about to be approved, published, handed in. Nothing in other formats. */
void plan_seen_show(struct cli *cli, const json_t *version);

#endif
