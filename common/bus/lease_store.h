/* lease_store: who holds the buckets of a service. Control tables: own short transactions, never with data.
 *
 * One instance holds all buckets and is active; the others stand by. (Rows are per bucket so that sharing needs no other
 * table; today a claim takes all or nothing.) A claim raises the epoch of every lease and, in one transaction after it,
 * of every head: from then on no write of an earlier holder passes its fence. Times are the data base's own.
 */
#ifndef BIHUAN_BUS_LEASE_STORE_H
#define BIHUAN_BUS_LEASE_STORE_H

#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes all buckets when they are free, run out, or were this owner's before (a crash takes its own back at once).
 * *epoch is set when *held. */
int lease_store_claim(struct db *db, const char *owner, int ttl_s, uint32_t buckets, bool *held, uint64_t *epoch,
                      struct err *err);
/* Extends; *held false when any bucket went to someone else. */
int lease_store_renew(struct db *db, const char *owner, uint64_t epoch, int ttl_s, uint32_t buckets, bool *held,
                      struct err *err);
int lease_store_release(struct db *db, const char *owner, uint64_t epoch, struct err *err);

#endif
