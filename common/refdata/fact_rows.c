/* fact_rows: see fact_rows.h. */
#include "refdata/fact_rows.h"

static int bad(struct err *err, const char *column)
{
    return err_fail(err, ERR_INVALID, "bad_columns", "column %s doesn't fit the rows of a batch of facts", column);
}

/* Lengths, one a row or none at all, that come to the bytes that are there. */
static bool texts_fit(const ProtobufCBinaryData *bytes, const uint32_t *lens, size_t count, size_t rows)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += lens[i];
    return sum == bytes->len && (count == rows || count == 0);
}

static bool fits(size_t count, size_t rows)
{
    return count == 0 || count == rows;
}

int fact_rows_init(struct fact_rows *rows, const Bihuan__FactsRecorded *batch, struct err *err)
{
    size_t n = batch->n_record_key;

    *rows = (struct fact_rows) { .batch = batch, .kind = fact_kind_parse(batch->fact) };
    if (!texts_fit(&batch->customer, batch->customer_len, batch->n_customer_len, n))
        return bad(err, "customer");
    if (!texts_fit(&batch->reference, batch->reference_len, batch->n_reference_len, n))
        return bad(err, "reference");
    if (!fits(batch->state.len, n))
        return bad(err, "state");
    if (!fits(batch->n_amount, n) || !fits(batch->n_quantity, n))
        return bad(err, "amount or quantity");
    return batch->n_taken_back == n && batch->n_contributions == n ? 0 : bad(err, "taken_back or contributions");
}

static const char *take_text(const ProtobufCBinaryData *bytes, size_t *at, uint32_t len)
{
    const char *text = len ? (const char *)bytes->data + *at : NULL;

    *at += len;
    return text;
}

bool fact_rows_next(struct fact_rows *rows, struct fact_row *row)
{
    const Bihuan__FactsRecorded *batch = rows->batch;
    size_t i = rows->next;

    if (i == batch->n_record_key)
        return false;
    *row = (struct fact_row) { .index = i,
                               .contributions = rows->contributions,
                               .customer_len = batch->n_customer_len ? batch->customer_len[i] : 0,
                               .reference_len = batch->n_reference_len ? batch->reference_len[i] : 0,
                               .undoes = batch->taken_back[i] != 0,
                               .amount = batch->n_amount ? batch->amount[i] : 0,
                               .quantity = batch->n_quantity ? batch->quantity[i] : 0 };
    row->customer = take_text(&batch->customer, &rows->customer, row->customer_len);
    row->reference = take_text(&batch->reference, &rows->reference, row->reference_len);
    if (batch->state.len) {
        row->state = batch->state.data[i] & (FACT_ROW_UNDOES - 1);
        row->undoes = (batch->state.data[i] & FACT_ROW_UNDOES) != 0;
    }
    rows->contributions += batch->contributions[i];
    rows->next++;
    return true;
}
