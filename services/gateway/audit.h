/* audit: the record of requests with effect: rows chained by hash. The chain is pure; the SQL stands below it.
 *
 * Row n's hash is BLAKE2b-256 over the hash of row n-1 and all fields of row n, each with its length before it, so that
 * no two different rows give the same bytes.
 */
#ifndef BIHUAN_GATEWAY_AUDIT_H
#define BIHUAN_GATEWAY_AUDIT_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

#define AUDIT_HASH_LEN 32

struct audit_head {
    int64_t id; /* of the last row; 0 none */
    uint8_t hash[AUDIT_HASH_LEN];
};

struct audit_row {
    int64_t at_us;
    const char *stage; /* asked, answered */
    const char *request_id, *person, *address, *method, *path;
    int32_t status;
    uint8_t body_hash[AUDIT_HASH_LEN];
};

/* Head after `row` is appended behind `head`. */
struct audit_head audit_next(const struct audit_head *head, const struct audit_row *row);
void audit_hash_body(uint8_t out[AUDIT_HASH_LEN], const uint8_t *body, size_t len);

int audit_store_head(struct db *db, struct audit_head *out, struct err *err);
/* Appends behind *head and moves it; a row of the same request and stage that is there already stays as it is. */
int audit_store_append(struct db *db, struct arena *arena, struct audit_head *head, const struct audit_row *row,
                       struct err *err);
/* Walks the whole chain: *rows counts it; *broken_id is the first row that doesn't fit, 0 when all do. */
int audit_store_check(struct db *db, struct arena *arena, int64_t *rows, int64_t *broken_id, struct err *err);

#endif
