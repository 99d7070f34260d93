/* catalog: what the files of this room share. */
#ifndef BIHUAN_SERVICES_PLANNING_CATALOG_H
#define BIHUAN_SERVICES_PLANNING_CATALOG_H

#include "planning/planning.h"

/* A problem where the text is empty. */
void catalog_require(struct tx *tx, const char *pointer, const char *field, const char *text);
/* Publishes what changed, in pieces; `event` is a message {repeated X items = 1}. */
int catalog_publish(struct tx *tx, uint32_t type, const ProtobufCMessageDescriptor *event,
                    const struct documents_result *result, struct err *err);
/* Takes what changed into memory and answers. */
int catalog_finish(struct tx *tx, bool dry_run, const struct documents_result *result, struct err *err);

#endif
