/* stream_store: the SQL of the bus tables: heads, positions, stream rows, parked events, kept answers.
 *
 * All calls run inside the caller's transaction. The fence: heads move by compare-and-set on (seq, epoch); a miss is
 * ERR_FENCED and the transaction must be rolled back.
 */
#ifndef BIHUAN_BUS_STREAM_STORE_H
#define BIHUAN_BUS_STREAM_STORE_H

#include "db/db.h"

#include <stdbool.h>
#include <stdint.h>

struct stream_row {
    uint16_t bucket;
    uint64_t seq;
    uint32_t type;
    const uint8_t *envelope;
    size_t envelope_len;
    const uint8_t *payload;
    size_t payload_len;
};

struct head_move {
    uint16_t bucket;
    uint64_t from, to;
};

struct position_move {
    uint16_t bucket;
    const char *source;
    uint64_t from, to;
    uint64_t incarnation;
};

/* What is fixed for ever; incarnation names the streams of this data base. */
struct installation {
    uint32_t buckets;
    uint64_t incarnation;
    int32_t money_scale;
    char utc_offset[16]; /* as in the settings: +08:00 */
};

/* Fixes money_scale and utc_offset where neither is yet, and reads what there is. */
int stream_store_installation(struct db *db, int32_t money_scale, const char *utc_offset, struct installation *out,
                              struct err *err);
/* seq has `buckets` elements. */
int stream_store_heads(struct db *db, uint64_t *seq, uint32_t buckets, struct err *err);
/* Calls set(arg, bucket, source, seq, incarnation) for each row. */
typedef void stream_store_position_fn(void *arg, uint16_t bucket, const char *source, uint64_t seq,
                                      uint64_t incarnation);
int stream_store_positions(struct db *db, stream_store_position_fn *set, void *arg, struct err *err);

/* These three wait in the queue of db_later(); what went wrong shows with the next flush or the commit. */
int stream_store_move_heads(struct db *db, struct arena *arena, const struct head_move *moves, size_t count,
                            uint64_t epoch, struct err *err);
int stream_store_move_positions(struct db *db, struct arena *arena, const struct position_move *moves, size_t count,
                                struct err *err);
int stream_store_append(struct db *db, const struct stream_row *rows, size_t count, struct err *err);

/* Last sequence of a stream, and the first one that is still in the table; behind the last where it is empty. */
int stream_store_extent(struct db *db, struct arena *arena, uint16_t bucket, uint64_t *head, uint64_t *horizon,
                        struct err *err);
/* Rows of a bucket from `from` on, at most max_rows, in order, as far as they are in the table. Columns: seq, envelope,
 * payload. */
int stream_store_read(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t max_rows,
                      struct db_rows *rows, struct err *err);
/* The first row of a type, from `from` up to `to`: 0 or 1 row. Columns: seq, envelope, payload. */
int stream_store_next(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint64_t to, uint32_t type,
                      struct db_rows *rows, struct err *err);

int stream_store_park(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                      uint32_t type, const uint8_t *envelope, size_t envelope_len, const uint8_t *payload,
                      size_t payload_len, const char *error, int64_t now_us, struct err *err);
/* Columns: bucket, source, seq, type, error, parked_at. */
int stream_store_parked(struct db *db, struct arena *arena, uint32_t limit, struct db_rows *rows, struct err *err);
int stream_store_parked_count(struct db *db, uint64_t *count, struct err *err);
/* Columns: envelope, payload; 0 or 1 row. */
int stream_store_parked_get(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                            struct db_rows *rows, struct err *err);
int stream_store_unpark(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                        struct err *err);

/* Answer kept for (person, key), if any: *found, body hash, status, reply (in the arena). */
int stream_store_answer(struct db *db, struct arena *arena, const char *person, const char *key, bool *found,
                        uint64_t *body_hash, uint32_t *status, const uint8_t **reply, size_t *reply_len,
                        struct err *err);
/* Later (db_later): the transaction fails where an answer is kept for (person, key). */
int stream_store_expect_unanswered(struct db *db, struct arena *arena, const char *person, const char *key,
                                   struct err *err);
int stream_store_keep_answer(struct db *db, struct arena *arena, const char *person, const char *key,
                             uint64_t body_hash, uint32_t status, const uint8_t *reply, size_t reply_len,
                             int64_t now_us, struct err *err);
/* Forgets answers older than a day (real time). */
int stream_store_forget_answers(struct db *db, struct arena *arena, int64_t before_us, struct err *err);

#endif
