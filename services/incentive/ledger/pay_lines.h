/* pay_lines: the order lines of a ledger entry, as they are stored, and what differs between what is wanted and what is
 * booked. Pure.
 *
 * Stored: count, then for each line day, amount, length and text of its id, big-endian, compressed by zstd.
 */
#ifndef BIHUAN_INCENTIVE_PAY_LINES_H
#define BIHUAN_INCENTIVE_PAY_LINES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pay_line {
    const char *id; /* "sender|record"; "" what no order line earned; borrowed */
    int32_t day;
    int64_t amount;
};

/* What (un)packing works with, made once for many entries: setting it up costs more than a small entry does. Zeroed is
 * empty; one thread at a time. */
struct pay_packer {
    struct ZSTD_CCtx_s *packing;
    struct ZSTD_DCtx_s *unpacking;
    struct buf raw;
};
void pay_packer_fini(struct pay_packer *packer);

/* Appends the stored form to `out`. */
void pay_lines_pack(struct pay_packer *packer, const struct pay_line *lines, size_t count, struct buf *out);
/* In the arena; ERR_INTERNAL where the bytes aren't ours. */
int pay_lines_unpack(struct pay_packer *packer, const uint8_t *bytes, size_t len, struct arena *arena,
                     struct pay_line **lines, size_t *count, struct err *err);

/* Sorts by id and adds up lines of the same id, the day being that of the last; lines of nothing go. Returns the new
 * count. */
size_t pay_lines_sum(struct pay_line *lines, size_t count);

/* What is to be added to `have` to make it `want`, in the arena, by id; both summed. *amount is their sum. */
size_t pay_lines_differ(const struct pay_line *want, size_t want_count, const struct pay_line *have, size_t have_count,
                        struct arena *arena, struct pay_line **difference, int64_t *amount);

#endif
