/* upload: files of deliverables and guides, to the gateway and back. */
#ifndef BIHUAN_CLI_UPLOAD_H
#define BIHUAN_CLI_UPLOAD_H

#include "cli/cli.h"

/* Of attachments. */
extern const struct column upload_columns[];

/* Sends a file in pieces below `folder` ("/api/v1/guides/g1/attachments"); its name is the last part of `file`.
 * revision 0: the owner has none. Returns the exit code. */
int upload_attachment(struct cli *cli, const char *folder, const char *file, long long revision);

/* Writes the attachment to `file`. Returns the exit code. */
int upload_fetch(struct cli *cli, const char *id, const char *file);

#endif
