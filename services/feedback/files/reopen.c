/* reopen: see reopen.h. */
#include "feedback/files/reopen.h"

#include "feedback/files/again_store.h"
#include "feedback/files/release.h"
#include "feedback/mapping/reasons.h"
#include "obs/log.h"

#include <inttypes.h>

#define PAGE_ROWS 2000
#define TURN_US   (400 * INT64_C(1000)) /* of the writer's time, once a second */

int reopen_ask(struct tx *tx, struct err *err)
{
    return again_store_reopen(tx, err);
}

static int read_page(struct tx *tx, struct reject_filter *filter, bool *more, uint64_t *released, struct err *err)
{
    struct db_rows rows;
    int rc;

    if (reject_store_list(tx, filter, &rows, err) != 0)
        return -1;
    *more = rows.count == PAGE_ROWS;
    rc = release_rows(tx, filter, &rows, released, err);
    db_rows_fini(&rows);
    return rc;
}

int reopen_go_on(struct tx *tx, const void *message, struct err *err)
{
    int64_t rest_us = runtime_setting_int(tx_runtime(tx), "reopen_rest_ms") * 1000;
    int64_t until = clock_monotonic_us() + TURN_US;
    struct reject_filter filter = { .feed = "", .reason = reason_word(REASON(UNIT_CLOSED)), .limit = PAGE_ROWS };
    uint64_t released = 0;
    bool more;

    (void)message;
    if (again_store_reopening(tx, tx_now(tx) - rest_us, &filter, &more, err) != 0)
        return -1;
    if (!more)
        return 0;
    while (more && clock_monotonic_us() < until)
        if (read_page(tx, &filter, &more, &released, err) != 0)
            return -1;
    if (released)
        log_info("reopened_rows_released", "rows=%" PRIu64, released);
    return again_store_reopened(tx, &filter, !more, err);
}

int reopen_reversals(struct tx *tx, const void *message, struct err *err)
{
    struct reject_filter filter = { .feed = "" };
    uint64_t released = 0;
    struct db_rows rows;
    int rc;

    (void)message;
    if (reject_store_due(tx, PAGE_ROWS, &rows, err) != 0)
        return -1;
    rc = release_rows(tx, &filter, &rows, &released, err);
    db_rows_fini(&rows);
    if (released)
        log_info("reversals_released", "rows=%" PRIu64, released);
    return rc;
}
