/* pay_lines: see pay_lines.h. */
#include "incentive/ledger/pay_lines.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL    1
#define HEAD_LEN 14 /* day, amount, length */

void pay_packer_fini(struct pay_packer *packer)
{
    ZSTD_freeCCtx(packer->packing);
    ZSTD_freeDCtx(packer->unpacking);
    buf_fini(&packer->raw);
    *packer = (struct pay_packer) { 0 };
}

void pay_lines_pack(struct pay_packer *packer, const struct pay_line *lines, size_t count, struct buf *out)
{
    struct buf *raw = &packer->raw;
    size_t room, len;

    if (!packer->packing && !(packer->packing = ZSTD_createCCtx()))
        abort();
    buf_reset(raw);
    buf_put_be32(raw, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        size_t id_len = strlen(lines[i].id);

        buf_put_be32(raw, (uint32_t)lines[i].day);
        buf_put_be64(raw, (uint64_t)lines[i].amount);
        buf_put_be16(raw, (uint16_t)id_len);
        buf_append(raw, lines[i].id, id_len);
    }
    room = ZSTD_compressBound(raw->len);
    len = ZSTD_compressCCtx(packer->packing, buf_reserve(out, room), room, raw->data, raw->len, LEVEL);
    if (ZSTD_isError(len))
        abort(); /* there is room, so only for want of memory */
    out->len += len;
}

static int bad(struct err *err)
{
    return err_fail(err, ERR_INTERNAL, "bad_lines", "the lines of a ledger entry can't be read");
}

/* Ids stay where they are: each moves a byte towards its length, which is known by then, and ends with a NUL. */
static int read_lines(uint8_t *raw, size_t len, struct arena *arena, struct pay_line **lines, size_t *count,
                      struct err *err)
{
    uint32_t n, day;
    uint64_t amount;
    uint16_t id_len;
    size_t at = sizeof n;

    if (len < sizeof n)
        return bad(err);
    memcpy(&n, raw, sizeof n);
    *count = be32toh(n);
    if (*count > len / HEAD_LEN)
        return bad(err);
    *lines = arena_array(arena, struct pay_line, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        if (len - at < HEAD_LEN)
            return bad(err);
        memcpy(&day, raw + at, sizeof day);
        memcpy(&amount, raw + at + 4, sizeof amount);
        memcpy(&id_len, raw + at + 12, sizeof id_len);
        at += HEAD_LEN;
        id_len = be16toh(id_len);
        if (len - at < id_len)
            return bad(err);
        memmove(raw + at - 1, raw + at, id_len);
        raw[at - 1 + id_len] = 0;
        (*lines)[i] = (struct pay_line) { (const char *)raw + at - 1, (int32_t)be32toh(day), (int64_t)be64toh(amount) };
        at += id_len;
    }
    return at == len ? 0 : bad(err);
}

int pay_lines_unpack(struct pay_packer *packer, const uint8_t *bytes, size_t len, struct arena *arena,
                     struct pay_line **lines, size_t *count, struct err *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(bytes, len);
    uint8_t *raw;

    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > (1ULL << 31))
        return bad(err);
    if (!packer->unpacking && !(packer->unpacking = ZSTD_createDCtx()))
        abort();
    raw = arena_alloc(arena, size + 1);
    if (ZSTD_decompressDCtx(packer->unpacking, raw, size, bytes, len) != size)
        return bad(err);
    return read_lines(raw, size, arena, lines, count, err);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct pay_line *)a)->id, ((const struct pay_line *)b)->id);
}

size_t pay_lines_sum(struct pay_line *lines, size_t count)
{
    size_t n = 0, sorted = 1;

    while (sorted < count && by_id(&lines[sorted - 1], &lines[sorted]) <= 0)
        sorted++;
    if (sorted < count) /* mostly they are: records are numbered as they come */
        qsort(lines, count, sizeof *lines, by_id);
    for (size_t i = 0, next; i < count; i = next) {
        struct pay_line line = lines[i];

        for (next = i + 1; next < count && strcmp(lines[next].id, line.id) == 0; next++) {
            line.amount += lines[next].amount;
            line.day = lines[next].day > line.day ? lines[next].day : line.day;
        }
        if (line.amount)
            lines[n++] = line;
    }
    return n;
}

size_t pay_lines_differ(const struct pay_line *want, size_t want_count, const struct pay_line *have, size_t have_count,
                        struct arena *arena, struct pay_line **difference, int64_t *amount)
{
    size_t w = 0, h = 0, n = 0;

    *difference = arena_array(arena, struct pay_line, want_count + have_count + 1);
    *amount = 0;
    while (w < want_count || h < have_count) {
        int order = w == want_count ? 1 : h == have_count ? -1 : strcmp(want[w].id, have[h].id);
        struct pay_line line = order <= 0 ? want[w] : have[h];

        if (order > 0)
            line.amount = -line.amount;
        else if (order == 0)
            line.amount -= have[h].amount;
        w += order <= 0;
        h += order >= 0;
        *amount += line.amount;
        if (line.amount)
            (*difference)[n++] = line;
    }
    return n;
}
