/* content: what a service's tables and streams say, as sorted lines of text without the moments at which it was said:
 * two runs that did the same have the same lines. */
#ifndef BIHUAN_TESTS_SUPPORT_CONTENT_H
#define BIHUAN_TESTS_SUPPORT_CONTENT_H

#include "base/buf.h"
#include "support/pg.h"

#include <protobuf-c/protobuf-c.h>

struct content {
    char **lines; /* NULL-initialised is empty */
    size_t count, cap;
};

/* Adds every row of the tables of a schema whose names match the regular expression: JSON by column, without columns of
 * type timestamptz; packed messages that hold moments are decoded. */
void content_tables(struct content *out, const struct pg *pg, const char *schema, const char *names);
/* Adds every event of a schema's streams: type, key and payload. */
void content_events(struct content *out, const struct pg *pg, const char *schema);
/* Calls each(arg, key, message) for every event of a type in a schema's streams, those of a stream in their order. */
typedef void content_event_fn(void *arg, const char *key, const ProtobufCMessage *message);
void content_each_event(const struct pg *pg, const char *schema, uint32_t type, content_event_fn *each, void *arg);
void content_add(struct content *out, const char *line);
void content_free(struct content *content);

/* Prints the first lines that only one of them has, to stderr, and returns how many there are in all. A line that
 * stands twice must stand twice in the other. */
size_t content_differences(struct content *want, struct content *have);

/* The message as JSON behind what `out` holds, with '#' for the digits of moments. */
void content_write(const ProtobufCMessage *message, struct buf *out);

#endif
