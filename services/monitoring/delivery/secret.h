/* secret: what a receiver keeps to itself: its keys, and its address where that carries one. Pure but for reading the
 * file.
 *
 * As text: keys and at most one address, apart by spaces or lines. What begins with http://, https://, smtp:// or
 * smtps:// is the address. That is the form of the field `secret` as it is stored, and of a file in secrets_dir. */
#ifndef BIHUAN_SERVICES_MONITORING_SECRET_H
#define BIHUAN_SERVICES_MONITORING_SECRET_H

#include "monitoring/delivery/channel.h"

#include "base/arena.h"
#include "base/err.h"

/* The parts of a text, in the arena. More than CHANNEL_KEYS_MAX keys: the rest is left out. */
struct channel_secret secret_parse(struct arena *arena, const char *text);
/* The text of parts, in the arena. */
char *secret_text(struct arena *arena, const struct channel_secret *secret);

/* The address as it may be shown: values of a query, the last segment of a robot's path and what stands before an @ as
 * ***. The same text where nothing in it is a key. In the arena. */
char *secret_mask(struct arena *arena, const char *channel, const char *url);

/* Reads <folder>/<name>; at most 4 kB. ERR_NOT_FOUND where it can't be read; the text names the file, never what is in
 * it. */
int secret_read(struct arena *arena, const char *folder, const char *name, struct channel_secret *out, struct err *err);
/* A name of a file without folders. */
bool secret_name_valid(const char *name);

#endif
