/* pay_statement_store: see pay_statement_store.h. */
#include "incentive/paysheets/pay_statement_store.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL 1

static const char COPY_SQL[] = "COPY pay_statement (period_id, unit_id, hash, file) FROM STDIN (FORMAT binary)";
static const struct stmt GET = { "pay_statement_get",
                                 "SELECT file FROM pay_statement WHERE period_id = $1 AND unit_id = $2" };

int pay_statement_store_begin(struct tx *tx, struct copy_in *copy, struct err *err)
{
    return copy_in_begin(copy, tx_db(tx), COPY_SQL, err);
}

int pay_statement_store_copy(struct copy_in *copy, uint32_t period_id, uint32_t unit_id, const char *hash,
                             const struct buf *file, struct err *err)
{
    size_t room = ZSTD_compressBound(file->len), len;
    uint8_t *packed = malloc(room);

    if (!packed)
        abort();
    len = ZSTD_compress(packed, room, file->data, file->len, LEVEL);
    if (ZSTD_isError(len) || copy_row(copy, 4, err) != 0) {
        free(packed);
        return ZSTD_isError(len) ? err_set(err, "a statement can't be compressed") : -1;
    }
    copy_i32(copy, (int32_t)period_id);
    copy_i32(copy, (int32_t)unit_id);
    copy_text(copy, hash, strlen(hash));
    copy_bytes(copy, packed, len);
    free(packed);
    return 0;
}

int pay_statement_store_get(struct tx *tx, uint32_t period_id, uint32_t unit_id, char **file, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    *file = NULL;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)unit_id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        size_t len;
        const uint8_t *packed = db_bytes(&rows, 0, 0, &len);
        unsigned long long size = ZSTD_getFrameContentSize(packed, len);

        if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > (1ULL << 31)) {
            rc = err_set(err, "a stored statement can't be read");
        } else {
            *file = arena_alloc(tx_arena(tx), size + 1);
            if (ZSTD_decompress(*file, size, packed, len) != size)
                rc = err_set(err, "a stored statement can't be read");
        }
    }
    db_rows_fini(&rows);
    return rc;
}
