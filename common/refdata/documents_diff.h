/* documents_diff: what changed between two versions of a document, for people. Pure. */
#ifndef BIHUAN_REFDATA_DOCUMENTS_DIFF_H
#define BIHUAN_REFDATA_DOCUMENTS_DIFF_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>

/* 'name: "Old" -> "New"; relations: + {parent: "C2", from: "2026-11-01"}': fields that differ, in the message's order,
 * but for id and secret. Of a list the elements that came and went, at most DOCUMENTS_DIFF_PARTS of a field. In the
 * arena. */
#define DOCUMENTS_DIFF_PARTS 8
char *documents_diff(struct arena *arena, const ProtobufCMessage *old, const ProtobufCMessage *now);

#endif
