/* replace: a file that replaces all of its feed's rows of its day. The rows of a day are those of the file with the
 * highest number: a function of the set of files that came, whatever their order.
 *
 * A row's version is its file's number, so that a later file's row goes before an earlier one's by the rule of
 * effect.h. A record that the highest file doesn't have gets an empty row of that file's version: it counts for
 * nothing, and an earlier file that comes late finds it there.
 */
#ifndef BIHUAN_FEEDBACK_REPLACE_H
#define BIHUAN_FEEDBACK_REPLACE_H

#include "feedback/files/file_store.h"
#include "feedback/mapping/mapping.h"

/* After a file of the feed was read to its end: takes back what the day's highest file doesn't have, marks the other
 * files as superseded and row->state with them. All in the caller's transaction. */
int replace_settle(struct tx *tx, const struct mapping *mapping, struct file_row *row, struct err *err);

#endif
