/* companion: what the text of a companion file says. Pure. Its first line is a record like those of a file: what is cut
 * are characters, not bytes. */
#ifndef BIHUAN_SERVICES_FEEDBACK_COMPANION_H
#define BIHUAN_SERVICES_FEEDBACK_COMPANION_H

#include "feedback/control/control.h"
#include "text/encoding.h"

/* declared: the encoding of the feed, which a mark of the text's own overrides; plain ASCII and UTF-8 are read as such
 * whatever is declared. -1 with *err where it can't be read, or a value in it can't. */
int companion_read(const struct control_plan *plan, enum encoding declared, const uint8_t *bytes, size_t len,
                   struct control_said *said, struct err *err);

#endif
