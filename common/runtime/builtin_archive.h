/* builtin_archive: handlers of every daemon's requests about archived rows. Not for services. */
#ifndef BIHUAN_RUNTIME_BUILTIN_ARCHIVE_H
#define BIHUAN_RUNTIME_BUILTIN_ARCHIVE_H

#include "runtime/runtime.h"

int builtin_list_archive(struct tx *tx, const void *message, struct err *err);
int builtin_list_archive_files(struct tx *tx, const void *message, struct err *err);
int builtin_verify_archive(struct tx *tx, const void *message, struct err *err);
int builtin_run_archive(struct tx *tx, const void *message, struct err *err);

#endif
