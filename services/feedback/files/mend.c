/* mend: waiting rows are recorded as somebody says they should have come. */
#include "feedback/files/release.h"
#include "feedback/handlers.h"
#include "feedback/state.h"

#include <string.h>

#define ROWS_MAX 500
#define NOTE_MAX 500

static const char *pointer_of(struct tx *tx, size_t i, const char *member)
{
    return arena_printf(tx_arena(tx), "/rows/%zu/%s", i, member);
}

/* The widths of such a feed count bytes of its own encoding. */
static bool is_readable(const struct mapping *mapping, const char *data)
{
    bool ascii = true;

    for (const char *c = data; *c; c++)
        ascii = ascii && (signed char)*c >= 0;
    return ascii || !mapping || !mapping->rows.in_bytes || mapping->rows.csv.encoding == ENCODING_UTF8;
}

static int why_not(struct tx *tx, const struct reject_filter *at, size_t i, struct err *err)
{
    struct db_rows rows;

    if (reject_store_list(tx, at, &rows, err) != 0)
        return -1;
    if (rows.count)
        tx_problem(tx, pointer_of(tx, i, "data"), arena_strdup(tx_arena(tx), db_text(&rows, 0, 4)), "%s",
                   arena_strdup(tx_arena(tx), db_text(&rows, 0, 7)));
    db_rows_fini(&rows);
    return 0;
}

static int check_row(struct tx *tx, const struct db_rows *rows, const Bihuan__MendedRow *row, size_t i, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    if (rows->count && !is_readable(snapshot_feed(snapshot, db_text(rows, 0, 10)), row->data))
        tx_problem(
            tx, pointer_of(tx, i, "data"), "bad_encoding",
            "the feed's widths count bytes of another encoding than UTF-8: mend it in ASCII, or ask the sender for"
            " the row again");
    return 0;
}

/* Mends one row and records it; what is in its way becomes a problem of the request. */
static int mend_row(struct tx *tx, const Bihuan__MendRejectsRequest *request, size_t i, uint64_t *released,
                    struct err *err)
{
    const Bihuan__MendedRow *row = request->rows[i];
    const Bihuan__Principal *principal = tx_principal(tx);
    uint64_t file_id = row->id >> 32, number = row->id & UINT32_MAX, before = *released;
    const struct reject_filter at = {
        .feed = "", .reason = "", .file_id = file_id, .after_file = file_id, .after_row = number - 1, .limit = 1
    };
    struct reject_filter moving = at;
    struct db_rows rows;
    bool found = false;
    int rc;

    if (number && reject_store_mend(tx, file_id, number, row->data, principal ? principal->person : "", request->note,
                                    &found, err) != 0)
        return -1;
    if (!found) {
        tx_problem(tx, pointer_of(tx, i, "id"), "not_waiting", "no such row waits");
        return 0;
    }
    if (reject_store_list(tx, &at, &rows, err) != 0)
        return -1;
    rc = check_row(tx, &rows, row, i, err);
    if (rc == 0)
        rc = release_rows(tx, &moving, &rows, released, err);
    db_rows_fini(&rows);
    if (rc == 0 && *released == before)
        rc = why_not(tx, &at, i, err);
    return rc;
}

int on_mend_rejects(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MendRejectsRequest *request = message;
    Bihuan__MendRejectsReply reply = BIHUAN__MEND_REJECTS_REPLY__INIT;

    if (!request->note[0] || strlen(request->note) > NOTE_MAX)
        tx_problem(tx, "/note", "missing", "say in 1 to %d bytes why the rows are mended", NOTE_MAX);
    if (!request->n_rows || request->n_rows > ROWS_MAX)
        tx_problem(tx, "/rows", "missing", "name 1 to %d rows", ROWS_MAX);
    for (size_t i = 0; i < request->n_rows && i < ROWS_MAX; i++)
        if (strlen(request->rows[i]->data) >= REJECT_RAW_MAX)
            tx_problem(tx, pointer_of(tx, i, "data"), "too_long", "a row is at most %zu bytes", REJECT_RAW_MAX - 1);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    for (size_t i = 0; i < request->n_rows; i++)
        if (mend_row(tx, request, i, &reply.released, err) != 0)
            return -1;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : tx_reply(tx, &reply.base, err);
}
