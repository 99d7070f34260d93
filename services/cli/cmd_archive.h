/* cmd_archive: archived rows of the streams: shown, read anew, made now. */
#ifndef BIHUAN_CLI_CMD_ARCHIVE_H
#define BIHUAN_CLI_CMD_ARCHIVE_H

#include "cli/cli.h"

extern const struct flag archive_list_flags[], archive_run_flags[];
int cmd_archive_list(struct cli *cli);
int cmd_archive_verify(struct cli *cli);
int cmd_archive_run(struct cli *cli);

/* What reading archived files anew found. */
struct archive_findings {
    long long files, rows;
    json_t *differences; /* texts; the caller's */
};
/* Asks one service, or all where `service` is NULL, and appends what differs. Returns an exit code, already explained.
 */
int archive_check(struct cli *cli, const char *service, struct archive_findings *findings);

#endif
