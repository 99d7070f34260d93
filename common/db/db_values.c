/* db_values: parameters in and columns out, in PostgreSQL's binary formats. See db.h. */
#include "db/db_internal.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* Type numbers of array elements, from PostgreSQL's catalogue (fixed for built-in types). */
enum { OID_BYTES = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_DATE = 1082, OID_TIME = 1184 };

void db_args_init(struct db_args *args, struct arena *arena)
{
    args->arena = arena;
    args->count = 0;
}

static void add(struct db_args *args, const void *bytes, size_t len, int format)
{
    assert(args->count < DB_ARGS_MAX);
    args->values[args->count] = bytes;
    args->lengths[args->count] = (int)len;
    args->formats[args->count] = format;
    args->count++;
}

static void add_copy(struct db_args *args, const void *bytes, size_t len)
{
    add(args, arena_memdup(args->arena, bytes, len), len, 1);
}

void db_arg_bool(struct db_args *args, bool v)
{
    uint8_t b = v;

    add_copy(args, &b, 1);
}

void db_arg_i16(struct db_args *args, int16_t v)
{
    uint16_t b = htobe16((uint16_t)v);

    add_copy(args, &b, sizeof b);
}

void db_arg_i32(struct db_args *args, int32_t v)
{
    uint32_t b = htobe32((uint32_t)v);

    add_copy(args, &b, sizeof b);
}

void db_arg_i64(struct db_args *args, int64_t v)
{
    uint64_t b = htobe64((uint64_t)v);

    add_copy(args, &b, sizeof b);
}

static int32_t pg_date(int32_t day)
{
    return day == INT32_MAX || day == INT32_MIN ? day : day - PG_EPOCH_DAYS;
}

void db_arg_date(struct db_args *args, int32_t day)
{
    db_arg_i32(args, pg_date(day));
}

void db_arg_time(struct db_args *args, int64_t time_us)
{
    db_arg_i64(args, time_us - PG_EPOCH_US);
}

void db_arg_text(struct db_args *args, const char *text)
{
    if (!text)
        db_arg_null(args);
    else
        add(args, arena_strdup(args->arena, text), strlen(text), 1);
}

void db_arg_bytes(struct db_args *args, const void *bytes, size_t len)
{
    add_copy(args, bytes, len);
}

void db_arg_null(struct db_args *args)
{
    add(args, NULL, 0, 1);
}

/* Header of a one-dimensional array. */
static void array_header(struct buf *buf, uint32_t oid, size_t count)
{
    buf_put_be32(buf, count ? 1 : 0);
    buf_put_be32(buf, oid == OID_TIME); /* it may hold NULLs */
    buf_put_be32(buf, oid);
    if (count) {
        buf_put_be32(buf, (uint32_t)count);
        buf_put_be32(buf, 1);
    }
}

static void add_buf(struct db_args *args, struct buf *buf)
{
    add_copy(args, buf->data, buf->len);
    buf_fini(buf);
}

void db_arg_i16_array(struct db_args *args, const int16_t *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, OID_INT2, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_be32(&buf, 2);
        buf_put_be16(&buf, (uint16_t)v[i]);
    }
    add_buf(args, &buf);
}

static void i32_array(struct db_args *args, uint32_t oid, const int32_t *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, oid, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_be32(&buf, 4);
        buf_put_be32(&buf, (uint32_t)(oid == OID_DATE ? pg_date(v[i]) : v[i]));
    }
    add_buf(args, &buf);
}

void db_arg_i32_array(struct db_args *args, const int32_t *v, size_t count)
{
    i32_array(args, OID_INT4, v, count);
}

void db_arg_date_array(struct db_args *args, const int32_t *v, size_t count)
{
    i32_array(args, OID_DATE, v, count);
}

void db_arg_i64_array(struct db_args *args, const int64_t *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, OID_INT8, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_be32(&buf, 8);
        buf_put_be64(&buf, (uint64_t)v[i]);
    }
    add_buf(args, &buf);
}

void db_arg_text_array(struct db_args *args, const char *const *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, OID_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(v[i]);

        buf_put_be32(&buf, (uint32_t)len);
        buf_append(&buf, v[i], len);
    }
    add_buf(args, &buf);
}

void db_arg_time_array(struct db_args *args, const int64_t *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, OID_TIME, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_be32(&buf, v[i] ? 8 : UINT32_MAX); /* a length of -1 is NULL */
        if (v[i])
            buf_put_be64(&buf, (uint64_t)(v[i] - PG_EPOCH_US));
    }
    add_buf(args, &buf);
}

void db_arg_bytes_array(struct db_args *args, const struct buf *v, size_t count)
{
    struct buf buf = { 0 };

    array_header(&buf, OID_BYTES, count);
    for (size_t i = 0; i < count; i++) {
        buf_put_be32(&buf, (uint32_t)v[i].len);
        buf_append(&buf, v[i].data, v[i].len);
    }
    add_buf(args, &buf);
}

/* --- columns -------------------------------------------------------------------------------------------------------
 */

static int64_t be_int(const uint8_t *bytes, int len)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (len) {
    case 2:
        memcpy(&u16, bytes, 2);
        return (int16_t)be16toh(u16);
    case 4:
        memcpy(&u32, bytes, 4);
        return (int32_t)be32toh(u32);
    case 8:
        memcpy(&u64, bytes, 8);
        return (int64_t)be64toh(u64);
    default:
        return 0;
    }
}

bool db_is_null(const struct db_rows *rows, int row, int col)
{
    return PQgetisnull(rows->result, row, col);
}

int64_t db_i64(const struct db_rows *rows, int row, int col)
{
    return be_int((const uint8_t *)PQgetvalue(rows->result, row, col), PQgetlength(rows->result, row, col));
}

int32_t db_i32(const struct db_rows *rows, int row, int col)
{
    return (int32_t)db_i64(rows, row, col);
}

int16_t db_i16(const struct db_rows *rows, int row, int col)
{
    return (int16_t)db_i64(rows, row, col);
}

bool db_bool(const struct db_rows *rows, int row, int col)
{
    return PQgetlength(rows->result, row, col) == 1 && *PQgetvalue(rows->result, row, col) != 0;
}

static int32_t unix_day(int32_t day)
{
    return day == INT32_MAX || day == INT32_MIN ? day : day + PG_EPOCH_DAYS;
}

int32_t db_date(const struct db_rows *rows, int row, int col)
{
    return unix_day(db_i32(rows, row, col));
}

int64_t db_time(const struct db_rows *rows, int row, int col)
{
    return db_is_null(rows, row, col) ? 0 : db_i64(rows, row, col) + PG_EPOCH_US;
}

const char *db_text(const struct db_rows *rows, int row, int col)
{
    return PQgetvalue(rows->result, row, col);
}

const uint8_t *db_bytes(const struct db_rows *rows, int row, int col, size_t *len)
{
    *len = (size_t)PQgetlength(rows->result, row, col);
    return (const uint8_t *)PQgetvalue(rows->result, row, col);
}

int64_t copy_cell_int(const struct copy_cell *cell)
{
    return cell->bytes ? be_int(cell->bytes, cell->len) : 0;
}

int32_t copy_cell_date(const struct copy_cell *cell)
{
    return unix_day((int32_t)copy_cell_int(cell));
}

int64_t copy_cell_time(const struct copy_cell *cell)
{
    return cell->bytes ? copy_cell_int(cell) + PG_EPOCH_US : 0;
}

int copy_cell_ints(const struct copy_cell *cell, int64_t *out, int cap)
{
    const uint8_t *p = cell->bytes;
    const uint8_t *end = p ? p + cell->len : NULL;
    int64_t count;

    if (!p || cell->len < 12)
        return -1;
    if (be_int(p, 4) == 0)
        return 0;
    if (be_int(p, 4) != 1 || be_int(p + 4, 4) != 0 || cell->len < 20)
        return -1;
    count = be_int(p + 12, 4);
    p += 20;
    for (int64_t i = 0; i < count; i++) {
        int32_t len;

        if (end - p < 4 || (len = (int32_t)be_int(p, 4)) < 0 || end - p - 4 < len)
            return -1;
        if (i < cap)
            out[i] = be_int(p + 4, len);
        p += 4 + len;
    }
    return (int)count;
}
