/* migrate: numbered SQL files of a service, applied in order under a lock, each in a transaction, never edited later.
 *
 * A service's schema directory holds NNNN_name.sql; they are compiled into its binary (see services/<name>/schema).
 * The applied ones are kept in <schema>.schema_migration with a hash; a file that changed after it was applied is an
 * error. The text may use :buckets for the number of buckets.
 */
#ifndef BIHUAN_DB_MIGRATE_H
#define BIHUAN_DB_MIGRATE_H

#include "db/db.h"

struct migration {
    int number;
    const char *name;
    const char *sql;
};

/* Applies what is missing; `migrations` ends with {0, NULL, NULL}. *applied counts. */
int migrate_apply(struct db *db, const struct migration *migrations, uint32_t bucket_count, int *applied,
                  struct err *err);

#endif
