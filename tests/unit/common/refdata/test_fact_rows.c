/* What records say in a batch, by hand: texts of several lengths and none, columns that are left out, and batches that
 * don't fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "refdata/fact_rows.h"

#include <string.h>

static char *keys[] = { (char *)(uintptr_t) "a", (char *)(uintptr_t) "b", (char *)(uintptr_t) "c" };
static protobuf_c_boolean taken_back[] = { 0, 1, 1 };
static uint32_t contributions[] = { 2, 0, 1 }, customer_len[] = { 3, 0, 2 }, reference_len[] = { 0, 4, 0 };
static int64_t amounts[] = { 100, -5, 0 }, quantities[] = { 1, 2, 3 };
static uint8_t states[] = { 4, 4 | FACT_ROW_UNDOES, 1 };
static uint8_t customers[] = "annbo", references[] = "O|17";

static Bihuan__FactsRecorded whole(void)
{
    Bihuan__FactsRecorded batch = BIHUAN__FACTS_RECORDED__INIT;

    batch.fact = (char *)(uintptr_t) "payment";
    batch.n_record_key = batch.n_taken_back = batch.n_contributions = 3;
    batch.record_key = keys;
    batch.taken_back = taken_back;
    batch.contributions = contributions;
    batch.n_customer_len = batch.n_reference_len = batch.n_amount = batch.n_quantity = 3;
    batch.customer_len = customer_len;
    batch.customer = (ProtobufCBinaryData) { 5, customers };
    batch.reference_len = reference_len;
    batch.reference = (ProtobufCBinaryData) { 4, references };
    batch.state = (ProtobufCBinaryData) { 3, states };
    batch.amount = amounts;
    batch.quantity = quantities;
    return batch;
}

static void expect_text(const char *text, uint32_t len, const char *want)
{
    assert_int_equal(len, strlen(want));
    if (len)
        assert_memory_equal(text, want, len);
    else
        assert_null(text);
}

static void test_rows(void **state)
{
    Bihuan__FactsRecorded batch = whole();
    struct fact_rows rows;
    struct fact_row row;
    struct err err;

    (void)state;
    assert_int_equal(fact_rows_init(&rows, &batch, &err), 0);
    assert_int_equal(rows.kind, FACT_PAYMENT);
    assert_true(fact_rows_next(&rows, &row));
    expect_text(row.customer, row.customer_len, "ann");
    expect_text(row.reference, row.reference_len, "");
    assert_int_equal(row.state, 4);
    assert_false(row.undoes);
    assert_int_equal(row.contributions, 0);
    assert_int_equal(row.amount, 100);
    assert_true(fact_rows_next(&rows, &row));
    expect_text(row.customer, row.customer_len, "");
    expect_text(row.reference, row.reference_len, "O|17");
    assert_int_equal(row.state, 4);
    assert_true(row.undoes);
    assert_int_equal(row.contributions, 2);
    assert_int_equal(row.amount, -5);
    assert_int_equal(row.quantity, 2);
    assert_true(fact_rows_next(&rows, &row));
    expect_text(row.customer, row.customer_len, "bo");
    assert_false(row.undoes); /* it takes back what took back */
    assert_int_equal(row.index, 2);
    assert_int_equal(row.contributions, 2);
    assert_false(fact_rows_next(&rows, &row));
}

/* As batches were before records said anything of themselves. */
static void test_nothing_said(void **state)
{
    Bihuan__FactsRecorded batch = BIHUAN__FACTS_RECORDED__INIT;
    struct fact_rows rows;
    struct fact_row row;
    struct err err;

    (void)state;
    batch.n_record_key = batch.n_taken_back = batch.n_contributions = 3;
    batch.record_key = keys;
    batch.taken_back = taken_back;
    batch.contributions = contributions;
    assert_int_equal(fact_rows_init(&rows, &batch, &err), 0);
    assert_int_equal(rows.kind, FACT_NONE);
    for (int i = 0; i < 3; i++) {
        assert_true(fact_rows_next(&rows, &row));
        expect_text(row.customer, row.customer_len, "");
        assert_int_equal(row.undoes, taken_back[i]);
        assert_int_equal(row.state, 0);
        assert_int_equal(row.amount, 0);
    }
    assert_false(fact_rows_next(&rows, &row));
}

static void refuse(Bihuan__FactsRecorded batch)
{
    struct fact_rows rows;
    struct err err;

    assert_int_equal(fact_rows_init(&rows, &batch, &err), -1);
    assert_string_equal(err.code, "bad_columns");
}

static void test_damaged(void **state)
{
    Bihuan__FactsRecorded batch;

    (void)state;
    batch = whole();
    batch.customer.len = 4;
    refuse(batch);
    batch = whole();
    batch.n_reference_len = 2;
    refuse(batch);
    batch = whole();
    batch.n_reference_len = 0; /* bytes of nobody */
    refuse(batch);
    batch = whole();
    batch.state.len = 2;
    refuse(batch);
    batch = whole();
    batch.n_amount = 1;
    refuse(batch);
    batch = whole();
    batch.n_quantity = 4;
    refuse(batch);
    batch = whole();
    batch.n_contributions = 2;
    refuse(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nothing_said),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
