/* fact_rows: what records say of themselves in a batch of FACTS_RECORDED, row by row, without memory of its own. No
 * I/O.
 *
 *     struct fact_rows rows;
 *     struct fact_row row;
 *
 *     if (fact_rows_init(&rows, batch, err) != 0) ...
 *     while (fact_rows_next(&rows, &row)) ...
 */
#ifndef BIHUAN_REFDATA_FACT_ROWS_H
#define BIHUAN_REFDATA_FACT_ROWS_H

#include "base/err.h"
#include "refdata/fact_kinds.h"

#include "bihuan/feedback.pb-c.h"

#define FACT_ROW_UNDOES 0x80 /* in a byte of FactsRecorded.state, beside the rank */

struct fact_row {
    size_t index;         /* in the batch's other columns */
    size_t contributions; /* place of its first one among measure_id and value; their count is contributions[index] */
    const char *customer; /* borrowed, not terminated; NULL where the length is 0 */
    const char *reference;
    uint32_t customer_len, reference_len;
    uint8_t state;            /* rank; 0 not said */
    bool undoes;              /* takes the record back, or cancels it */
    int64_t amount, quantity; /* of the record, whatever the row undoes */
};

struct fact_rows {
    const Bihuan__FactsRecorded *batch;
    enum fact_kind kind; /* FACT_NONE where the batch doesn't say */
    size_t next, contributions, customer, reference;
};

/* ERR_INVALID, code bad_columns, where columns don't fit each other. `batch` is borrowed. Of batches that were written
 * before records said anything, `undoes` is what taken_back says. */
int fact_rows_init(struct fact_rows *rows, const Bihuan__FactsRecorded *batch, struct err *err);
/* False behind the last row. */
bool fact_rows_next(struct fact_rows *rows, struct fact_row *row);

#endif
