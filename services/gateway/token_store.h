/* token_store: the SQL of bearer tokens. All calls run inside the caller's transaction. */
#ifndef BIHUAN_GATEWAY_TOKEN_STORE_H
#define BIHUAN_GATEWAY_TOKEN_STORE_H

#include "auth/token.h"
#include "base/arena.h"
#include "base/err.h"
#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

/* A token as it is kept. Texts are in the arena of the call that gave it. */
struct token_row {
    uint32_t id;
    const char *name;
    struct token_hash hash;
    const char *const *permissions;
    size_t permission_count;
    const char *subtree;
    int64_t created_at_us;
    int64_t ends_at_us; /* 0 never */
    bool revoked;
    const char *made_by, *made_key; /* of an insertion only */
};

/* Gives row->id the next number; 0 where (made_by, made_key) made another token before: then nothing
 * is inserted. The very same token again (a commit whose outcome was unknown) is found. */
int token_store_insert(struct db *db, struct arena *arena, struct token_row *row, struct err *err);
/* ERR_NOT_FOUND where there is no such token; revoking twice is no error. *row is the token. */
int token_store_revoke(struct db *db, struct arena *arena, uint32_t id, int64_t now_us, struct token_row *row,
                       struct err *err);
/* Tokens with id > after in order of id, at most `limit`. *rows is in the arena. */
int token_store_list(struct db *db, struct arena *arena, uint32_t after, uint32_t limit, struct token_row **rows,
                     size_t *count, struct err *err);

#endif
