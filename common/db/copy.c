/* copy: binary COPY in and out. See db.h. */
#include "db/db_internal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_LEN ((size_t)64 << 10)

static const uint8_t SIGNATURE[19] = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n', 0
}; /* flags, extension 0 */

/* A handful goes as INSERTs. */
#define INSERT_LEN_MAX ((size_t)32 << 10)
#define COLUMNS_MAX    64

static int start(struct copy_in *copy, struct err *err)
{
    struct db *db = copy->db;
    PGresult *result;
    int64_t begin;

    if (copy->open)
        return 0;
    if (db_flush(db, err) != 0)
        return -1;
    db->writes++;
    begin = db_wait_begin();
    result = PQexec(db->conn, copy->sql);
    db_wait_end(db, "copy", begin);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        db_fail(db, result, "could not begin COPY", err);
        PQclear(result);
        return -1;
    }
    PQclear(result);
    copy->open = db->copying = true;
    if (PQputCopyData(db->conn, (const char *)SIGNATURE, sizeof SIGNATURE) != 1) {
        db_fail(db, NULL, "could not send COPY data", err);
        copy_in_abort(copy);
        return -1;
    }
    return 0;
}

static int send_pieces(struct copy_in *copy, const struct buf *rows, struct err *err)
{
    for (size_t at = 0; at < rows->len; at += FLUSH_LEN) {
        size_t len = rows->len - at < FLUSH_LEN ? rows->len - at : FLUSH_LEN;

        if (PQputCopyData(copy->db->conn, (const char *)rows->data + at, (int)len) != 1) {
            db_fail(copy->db, NULL, "could not send COPY data", err);
            copy_in_abort(copy);
            return -1;
        }
    }
    return 0;
}

static int flush(struct copy_in *copy, struct err *err)
{
    if (start(copy, err) != 0) {
        copy_in_abort(copy);
        return -1;
    }
    if (send_pieces(copy, &copy->buf, err) != 0)
        return -1;
    buf_reset(&copy->buf);
    return 0;
}

int copy_in_begin(struct copy_in *copy, struct db *db, const char *sql, struct err *err)
{
    (void)err;
    *copy = (struct copy_in) { .db = db, .sql = sql };
    return 0;
}

int copy_row(struct copy_in *copy, int columns, struct err *err)
{
    if (copy->buf.len >= FLUSH_LEN && flush(copy, err) != 0)
        return -1;
    buf_put_be16(&copy->buf, (uint16_t)columns);
    copy->rows++;
    return 0;
}

int copy_encoded(struct copy_in *copy, const struct buf *rows, uint64_t count, struct err *err)
{
    copy->rows += count;
    if (copy->rows <= DB_INSERT_ROWS && copy->buf.len + rows->len <= INSERT_LEN_MAX) {
        buf_append(&copy->buf, rows->data, rows->len);
        return 0;
    }
    return flush(copy, err) != 0 ? -1 : send_pieces(copy, rows, err);
}

/* Parameters of a handful of rows, pointing into the encoded rows. */
struct params {
    const char *values[COLUMNS_MAX * DB_INSERT_ROWS];
    int lengths[COLUMNS_MAX * DB_INSERT_ROWS];
    int formats[COLUMNS_MAX * DB_INSERT_ROWS];
};

/* Takes `rows` encoded rows of `columns` apart. */
static void take_apart(const uint8_t *at, int rows, int columns, struct params *params)
{
    int n = 0;

    for (int r = 0; r < rows; r++) {
        at += 2;
        for (int c = 0; c < columns; c++, n++) {
            uint32_t be;
            int32_t len;

            memcpy(&be, at, 4);
            len = (int32_t)be32toh(be);
            at += 4;
            params->values[n] = len < 0 ? NULL : (const char *)at;
            params->lengths[n] = len < 0 ? 0 : len;
            params->formats[n] = 1;
            at += len < 0 ? 0 : len;
        }
    }
}

/* One statement for just that many rows: the server begins each one anew, at the price of some ten rows.
 * 1: they can't go this way. */
static int insert_rows(struct copy_in *copy, struct err *err)
{
    const uint8_t *at = copy->buf.data;
    int columns = at[0] << 8 | at[1], rows = (int)copy->rows;
    const struct stmt *stmt = columns > COLUMNS_MAX ? NULL : db_insert_stmt(copy->db, copy->sql, columns, rows);
    struct params *params;
    int rc;

    if (!stmt)
        return 1;
    params = malloc(sizeof *params);
    if (!params)
        abort();
    take_apart(at, rows, columns, params);
    rc = db_later_raw(copy->db, stmt, columns * rows, params->values, params->lengths, params->formats, err);
    free(params);
    return rc;
}

/* Length word and value in one reservation: this is the hot path of intake. */
static void put(struct copy_in *copy, const void *bytes, uint32_t len)
{
    uint8_t *p = buf_reserve(&copy->buf, 4 + (size_t)len);
    uint32_t be = htobe32(len);

    memcpy(p, &be, 4);
    memcpy(p + 4, bytes, len);
    copy->buf.len += 4 + (size_t)len;
}

void copy_bool(struct copy_in *copy, bool v)
{
    uint8_t b = v;

    put(copy, &b, 1);
}

void copy_i16(struct copy_in *copy, int16_t v)
{
    uint16_t b = htobe16((uint16_t)v);

    put(copy, &b, sizeof b);
}

void copy_i32(struct copy_in *copy, int32_t v)
{
    uint32_t b = htobe32((uint32_t)v);

    put(copy, &b, sizeof b);
}

void copy_i64(struct copy_in *copy, int64_t v)
{
    uint64_t b = htobe64((uint64_t)v);

    put(copy, &b, sizeof b);
}

void copy_date(struct copy_in *copy, int32_t day)
{
    copy_i32(copy, day == INT32_MAX || day == INT32_MIN ? day : day - PG_EPOCH_DAYS);
}

void copy_time(struct copy_in *copy, int64_t time_us)
{
    copy_i64(copy, time_us - PG_EPOCH_US);
}

void copy_text(struct copy_in *copy, const char *text, size_t len)
{
    put(copy, text, (uint32_t)len);
}

void copy_bytes(struct copy_in *copy, const void *bytes, size_t len)
{
    if (len)
        put(copy, bytes, (uint32_t)len);
    else
        buf_put_be32(&copy->buf, 0);
}

void copy_null(struct copy_in *copy)
{
    buf_put_be32(&copy->buf, UINT32_MAX);
}

static void array_begin(struct copy_in *copy, uint32_t oid, size_t count, uint32_t element_len)
{
    buf_put_be32(&copy->buf, (uint32_t)(count ? 20 + count * (4 + element_len) : 12));
    buf_put_be32(&copy->buf, count ? 1 : 0);
    buf_put_be32(&copy->buf, 0);
    buf_put_be32(&copy->buf, oid);
    if (count) {
        buf_put_be32(&copy->buf, (uint32_t)count);
        buf_put_be32(&copy->buf, 1);
    }
}

void copy_i16_array(struct copy_in *copy, const int16_t *v, size_t count)
{
    array_begin(copy, 21, count, 2);
    for (size_t i = 0; i < count; i++)
        copy_i16(copy, v[i]);
}

void copy_i64_array(struct copy_in *copy, const int64_t *v, size_t count)
{
    array_begin(copy, 20, count, 8);
    for (size_t i = 0; i < count; i++)
        copy_i64(copy, v[i]);
}

/* Reads results to the end, as libpq wants before the next command. */
static int drain(struct db *db, struct err *err)
{
    PGresult *result;
    int rc = 0;

    while ((result = PQgetResult(db->conn)) != NULL) {
        ExecStatusType status = PQresultStatus(result);

        if (status != PGRES_COMMAND_OK && rc == 0)
            rc = db_fail(db, result, "COPY failed", err);
        PQclear(result);
        if (status == PGRES_COPY_IN || PQstatus(db->conn) == CONNECTION_BAD)
            break;
    }
    return rc;
}

static int end_copy(struct copy_in *copy, struct err *err)
{
    int64_t begin;
    int rc;

    buf_put_be16(&copy->buf, UINT16_MAX);
    if (flush(copy, err) != 0)
        return -1;
    copy->open = copy->db->copying = false;
    begin = db_wait_begin();
    if (PQputCopyEnd(copy->db->conn, NULL) != 1) {
        rc = db_fail(copy->db, NULL, "could not end COPY", err);
        (void)drain(copy->db, NULL);
    } else {
        rc = drain(copy->db, err);
    }
    db_wait_end(copy->db, "copy", begin);
    return rc;
}

int copy_in_end(struct copy_in *copy, struct err *err)
{
    int rc = 1;

    if (!copy->rows)
        rc = 0;
    else if (!copy->open && copy->rows <= DB_INSERT_ROWS && copy->buf.len <= INSERT_LEN_MAX)
        rc = insert_rows(copy, err);
    if (rc == 1)
        rc = end_copy(copy, err);
    buf_fini(&copy->buf);
    return rc;
}

void copy_in_abort(struct copy_in *copy)
{
    buf_fini(&copy->buf);
    if (!copy->open)
        return;
    copy->open = copy->db->copying = false;
    if (PQputCopyEnd(copy->db->conn, "given up") == 1)
        (void)drain(copy->db, NULL);
}

/* --- out -----------------------------------------------------------------------------------------------------------
 */

/* Splits one CopyData message into cells. 0 rows at the trailer (*end set), 1 a row, -1 malformed. */
static int read_row(const uint8_t *p, size_t len, struct copy_cell *cells, int *count, bool *end)
{
    const uint8_t *stop = p + len;
    int16_t columns;

    if (len < 2)
        return -1;
    columns = (int16_t)(p[0] << 8 | p[1]);
    p += 2;
    if (columns == -1) {
        *end = true;
        return 0;
    }
    if (columns < 0 || columns > COLUMNS_MAX)
        return -1;
    for (int i = 0; i < columns; i++) {
        uint32_t be;
        int32_t cell_len;

        if (stop - p < 4)
            return -1;
        memcpy(&be, p, 4);
        cell_len = (int32_t)be32toh(be);
        p += 4;
        if (cell_len > stop - p)
            return -1;
        cells[i] = (struct copy_cell) { .bytes = cell_len < 0 ? NULL : p, .len = cell_len };
        p += cell_len < 0 ? 0 : cell_len;
    }
    *count = columns;
    return 1;
}

static int take_message(const char *message, int len, bool *first, copy_row_cb *row_cb, void *arg, uint64_t *rows,
                        struct err *err)
{
    const uint8_t *p = (const uint8_t *)message;
    size_t left = (size_t)len;
    struct copy_cell cells[COLUMNS_MAX];
    int count = 0;
    bool end = false;
    int got;

    if (*first) { /* the header travels with the first row */
        if (left < sizeof SIGNATURE)
            return err_set(err, "COPY data without its header");
        p += sizeof SIGNATURE;
        left -= sizeof SIGNATURE;
        *first = false;
        if (!left)
            return 0;
    }
    got = read_row(p, left, cells, &count, &end);
    if (got < 0)
        return err_set(err, "malformed COPY row");
    if (got == 0)
        return 0;
    (*rows)++;
    return row_cb(arg, cells, count, err);
}

int copy_out(struct db *db, const char *sql, copy_row_cb *row_cb, void *arg, uint64_t *rows, struct err *err)
{
    PGresult *result;
    uint64_t seen = 0;
    bool first = true;
    char *message;
    int len;
    int rc = 0;

    if (db_flush(db, err) != 0)
        return -1;
    result = PQexec(db->conn, sql);
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        rc = db_fail(db, result, "could not begin COPY", err);
        PQclear(result);
        return rc;
    }
    PQclear(result);
    while ((len = PQgetCopyData(db->conn, &message, 0)) > 0) {
        if (rc == 0) /* after a failure the rest is read and dropped: libpq wants it so */
            rc = take_message(message, len, &first, row_cb, arg, &seen, err);
        PQfreemem(message);
    }
    if (len == -2 && rc == 0)
        rc = db_fail(db, NULL, "could not read COPY data", err);
    if (drain(db, rc == 0 ? err : NULL) != 0)
        rc = -1;
    if (rows)
        *rows = seen;
    return rc;
}
