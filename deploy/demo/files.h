/* files: rows as the three systems write them, each in its own fashion. */
#ifndef BIHUAN_DEMO_FILES_H
#define BIHUAN_DEMO_FILES_H

#include "orders.h"

/* Writes DIR/inbox/<feed>/<the day's file>. 0, or -1 with a message on stderr. */
int files_write(const struct province *province, const char *dir, enum feed feed, int32_t day,
                const struct day_file *file);
int files_make_folders(const char *dir);

#endif
