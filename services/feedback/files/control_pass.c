/* control_pass: see control_pass.h. */
#include "feedback/files/control_pass.h"

#include <stdio.h>
#include <string.h>

struct pass {
    const struct mapping *mapping;
    const char *name;
    struct control_said *said;
    struct binding binding;
    struct control_unread *unread;
    int64_t rows, amount, sums[SUMS_MAX];
    int bad_line;       /* a control line that can't be read ... */
    struct err bad_why; /* ... because */
};

static void on_line(void *arg, enum line_kind kind, const struct csv_record *line)
{
    struct pass *pass = arg;

    if (!pass->bad_line &&
        control_read(&pass->mapping->control, kind, &pass->mapping->rows, line, pass->said, &pass->bad_why) != 0)
        pass->bad_line = -1;
}

/* A record's own error says its line. */
static void note_unread(struct pass *pass, const struct csv_record *record, const struct err *amount)
{
    if (pass->unread->rows++)
        return;
    if (record->why)
        snprintf(pass->unread->because, sizeof pass->unread->because, "%.190s", record->why->text);
    else
        snprintf(pass->unread->because, sizeof pass->unread->because, "line %llu: %.150s",
                 (unsigned long long)record->pos.line, amount->text);
}

static int add_to(int64_t *sum, int64_t amount, struct err *err)
{
    int64_t next;

    if (__builtin_add_overflow(*sum, amount, &next))
        return err_fail(err, ERR_INVALID, "out_of_range", "with it the sum is larger than one may be");
    *sum = next;
    return 0;
}

/* False with *err where one can't be read. */
static bool add_sums(struct pass *pass, const struct csv_record *record, struct err *err)
{
    bool fine = true;

    for (size_t i = 0; i < pass->mapping->sum_count; i++) {
        int32_t column = pass->binding.sums[i];
        int64_t amount;

        if (column < 0 || (uint32_t)column >= record->field_count)
            continue;
        if (mapping_sum(pass->mapping, i, &record->fields[column], &amount, err) != 0 ||
            add_to(&pass->sums[i], amount, err) != 0)
            fine = false;
    }
    return fine;
}

static bool add_amount(struct pass *pass, const struct csv_record *record, struct err *err)
{
    int32_t column = pass->binding.columns[FIELD_AMOUNT];
    struct csv_field field;
    int64_t amount = 0;

    if (column < 0 || (uint32_t)column >= record->field_count)
        return true;
    field = record->fields[column];
    rows_trim(pass->mapping->fields[FIELD_AMOUNT].trim, &field.text, &field.len);
    if (!field.len)
        return true;
    return mapping_amount(pass->mapping, field.text, field.len, &amount, err) == 0 &&
           add_to(&pass->amount, amount, err) == 0;
}

static void add_row(struct pass *pass, const struct csv_record *record)
{
    bool fine;
    struct err why;

    pass->rows++;
    if (record->why) {
        note_unread(pass, record, NULL);
        return;
    }
    fine = add_amount(pass, record, &why);
    if (!add_sums(pass, record, &why) || !fine)
        note_unread(pass, record, &why);
}

static int read_rows(struct pass *pass, struct rows *rows, struct err *err)
{
    struct csv_record record;
    int rc = 1;

    rows_watch(rows, on_line, pass);
    if (pass->mapping->rows.csv.header) {
        rc = rows_next(rows, &record, err);
        if (rc == 1)
            rc = record.why                                                                        ? 0
                 : mapping_bind_file(pass->mapping, pass->name, &record, &pass->binding, err) == 0 ? 1
                                                                                                   : -1;
    } else if (mapping_bind_file(pass->mapping, pass->name, NULL, &pass->binding, err) != 0) {
        rc = -1;
    }
    while (rc == 1 && (rc = rows_next(rows, &record, err)) == 1)
        if (record.why || record.field_count)
            add_row(pass, &record);
    return rc;
}

int control_pass(const struct mapping *mapping, const char *name, byte_source_fn *source, void *arg,
                 struct control_said *said, struct control_said *found, struct control_unread *unread, struct err *err)
{
    struct pass pass = { .mapping = mapping, .name = name, .said = said, .unread = unread };
    struct rows *rows = NULL;
    int rc = rows_open(&rows, &mapping->rows, source, arg, err);

    if (rc == 0)
        rc = read_rows(&pass, rows, err);
    rows_close(&rows);
    if (rc == 0 && pass.bad_line) {
        *err = pass.bad_why;
        rc = -1;
    }
    found->has[CONTROL_ROWS] = found->has[CONTROL_SUM] = true;
    found->number[CONTROL_ROWS] = pass.rows;
    found->number[CONTROL_SUM] = pass.amount;
    for (size_t i = 0; i < mapping->sum_count; i++) {
        found->has_sum[i] = true;
        found->sums[i] = pass.sums[i];
    }
    return rc;
}
