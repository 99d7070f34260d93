/* try_feed: what a feed would read from a sample: rows mapped, problems by line and column, what isn't mapped. Stores
 * nothing. On reader threads. */
#include "feedback/files/row_batch.h"
#include "feedback/handlers.h"
#include "feedback/state.h"

#include "text/inflate.h"
#include "text/nearest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DATA_MAX     ((size_t)768 << 10)
#define TEXT_MAX_LEN (UINT64_C(16) << 20) /* decompressed */
#define ROWS_MAX     20000
#define SHOWN_MAX    200
#define GROUPS_MAX   50

struct trial {
    struct tx *tx;
    const Bihuan__TryFeedRequest *request;
    struct snapshot *snapshot;
    struct mapping own; /* compiled from the request */
    const struct mapping *mapping;
    struct row_batch batch;
    struct binding binding;
    Bihuan__TryFeedReply *reply;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    char full[200];

    snprintf(full, sizeof full, "/definition%s", pointer);
    tx_problem(arg, full, code, "%s", message);
}

static int find_mapping(struct trial *t, struct err *err)
{
    const Bihuan__TryFeedRequest *request = t->request;
    struct runtime *rt = tx_runtime(t->tx);
    struct nearest nearest;
    struct zone zone;

    if (request->definition) {
        if (zone_parse(runtime_setting(rt, "utc_offset"), &zone, err) != 0)
            return -1;
        mapping_compile(&t->own, snapshot_with_maps(t->snapshot, request->definition, tx_arena(t->tx)), &zone,
                        runtime_money_scale(rt), runtime_bucket_count(rt), tx_arena(t->tx), add_problem, t->tx);
        t->mapping = &t->own;
        return tx_problem_count(t->tx) ? tx_refuse(t->tx, err) : 0;
    }
    t->mapping = snapshot_feed(t->snapshot, request->feed);
    if (t->mapping)
        return 0;
    nearest_init(&nearest, request->feed);
    for (size_t i = 0; i < t->snapshot->mapping_count; i++)
        nearest_offer(&nearest, t->snapshot->mappings[i].feed->code);
    return err_fail(err, ERR_NOT_FOUND, "unknown_feed", "there is no feed \"%s\"%s", request->feed,
                    nearest_hint(&nearest));
}

/* The sample as a file that nobody else sees: it may be compressed. */
static int open_sample(const struct trial *t, struct in **in, struct err *err)
{
    int fd = memfd_create("sample", MFD_CLOEXEC);

    if (fd < 0 || write(fd, t->request->data.data, t->request->data.len) != (ssize_t)t->request->data.len ||
        lseek(fd, 0, SEEK_SET) != 0) {
        if (fd >= 0)
            close(fd);
        return err_set(err, "could not keep the sample in memory");
    }
    return in_open_fd(in, fd, t->request->name, t->mapping->format, TEXT_MAX_LEN, err);
}

/* A sample that is only the beginning of a file ends in the middle of something: that is no fault of the file. */
static void read_sample(struct trial *t, struct in *in, struct err *why)
{
    struct row_batch *batch = &t->batch;
    struct rows *rows = NULL;
    int rc = rows_open(&rows, &t->mapping->rows, in_source, in, why);

    if (rc == 0)
        rc = row_batch_header(batch, rows, t->mapping, t->request->name, &t->binding, why);
    if (rc == 0)
        rc = row_batch_read(batch, rows, t->mapping, &t->binding, ROWS_MAX, why) < 0 ? -1 : 0;
    rows_close(&rows);
    if (rc != 0 && !(t->request->cut && batch->rows_read))
        t->reply->error = arena_strdup(tx_arena(t->tx), why->text);
}

/* --- the answer ------------------------------------------------------------------------------------------------------
 */

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

static const char *unit_code(const struct trial *t, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(t->snapshot->reference, id);

    return unit ? unit->code : "";
}

static Bihuan__TriedRow *new_row(struct trial *t, const struct row_place *place)
{
    Bihuan__TriedRow *row = arena_new(tx_arena(t->tx), Bihuan__TriedRow);

    bihuan__tried_row__init(row);
    row->row = place->row;
    row->line = place->line;
    t->reply->rows[t->reply->n_rows++] = row;
    return row;
}

/* NULL without further money columns. */
static Bihuan__ColumnAmount **show_sums(const struct trial *t, const int64_t *sums, size_t count)
{
    struct arena *arena = tx_arena(t->tx);
    Bihuan__ColumnAmount **items = count ? arena_array(arena, Bihuan__ColumnAmount *, count) : NULL;

    for (size_t i = 0; i < count; i++) {
        items[i] = arena_new(arena, Bihuan__ColumnAmount);
        bihuan__column_amount__init(items[i]);
        items[i]->column = borrow(t->mapping->sums[i].name);
        items[i]->amount = sums[i];
    }
    return items;
}

static void show_line(struct trial *t, const struct order_line *line, const struct row_place *place)
{
    const struct ref_channel *channel = reference_channel(t->snapshot->reference, line->channel);
    const struct ref_product *product = reference_product(t->snapshot->reference, line->product);
    struct arena *arena = tx_arena(t->tx);
    Bihuan__TriedRow *row = new_row(t, place);

    row->record_key = arena_strdup(arena, line->key);
    row->occurred_at = line->occurred_at;
    row->unit = borrow(unit_code(t, line->unit));
    row->seller = borrow(unit_code(t, line->seller));
    row->channel = borrow(channel ? channel->code : "");
    row->product = borrow(product ? product->code : "");
    row->sums = show_sums(t, line->sums, line->sum_count);
    row->n_sums = row->sums ? line->sum_count : 0;
    row->quantity = line->quantity;
    row->amount = line->amount;
    row->state = borrow(fact_state_name(t->mapping->kind, line->state));
    row->version = (uint32_t)order_version_own(line->version);
    row->operation = borrow(line->operation == OPERATION_CANCEL ? "cancel" : "record");
}

static void show_reject(struct trial *t, const struct reject_row *reject)
{
    struct arena *arena = tx_arena(t->tx);
    Bihuan__TriedRow *row = new_row(t, &reject->place);

    row->reason = arena_strdup(arena, reject->why.reason);
    row->column = arena_strdup(arena, reject->why.column);
    row->value = arena_strdup(arena, reject->why.value);
    row->message = arena_strdup(arena, reject->why.message);
}

/* The first rows in the order of the file. */
static void show_rows(struct trial *t, size_t limit)
{
    const struct row_batch *batch = &t->batch;
    size_t line = 0, reject = 0;

    t->reply->rows = arena_array(tx_arena(t->tx), Bihuan__TriedRow *, limit + 1);
    while (t->reply->n_rows < limit && (line < batch->line_count || reject < batch->reject_count)) {
        bool good = reject == batch->reject_count ||
                    (line < batch->line_count && batch->places[line].row < batch->rejects[reject].place.row);

        if (good) {
            show_line(t, &batch->lines[line], &batch->places[line]);
            line++;
        } else {
            show_reject(t, &batch->rejects[reject++]);
        }
    }
}

static int by_cause(const void *a, const void *b)
{
    const struct reject_reason *x = &((const struct reject_row *)a)->why, *y = &((const struct reject_row *)b)->why;
    int order = strcmp(x->reason, y->reason);

    if (!order)
        order = strcmp(x->column, y->column);
    return order ? order : strcmp(x->value, y->value);
}

static int by_count(const void *a, const void *b)
{
    const Bihuan__RejectGroup *x = *(Bihuan__RejectGroup *const *)a, *y = *(Bihuan__RejectGroup *const *)b;

    return x->rows < y->rows ? 1 : x->rows > y->rows ? -1 : 0;
}

static Bihuan__RejectGroup *new_group(struct trial *t, const struct reject_row *first)
{
    struct arena *arena = tx_arena(t->tx);
    Bihuan__RejectGroup *group = arena_new(arena, Bihuan__RejectGroup);

    bihuan__reject_group__init(group);
    group->feed = t->mapping->feed->code;
    group->reason = arena_strdup(arena, first->why.reason);
    group->column = arena_strdup(arena, first->why.column);
    group->value = arena_strdup(arena, first->why.value);
    group->message = arena_strdup(arena, first->why.message);
    return group;
}

static void show_groups(struct trial *t)
{
    struct row_batch *batch = &t->batch;
    Bihuan__TryFeedReply *reply = t->reply;

    reply->problems = arena_array(tx_arena(t->tx), Bihuan__RejectGroup *, batch->reject_count + 1);
    qsort(batch->rejects, batch->reject_count, sizeof batch->rejects[0], by_cause);
    for (size_t i = 0; i < batch->reject_count; i++) {
        if (!i || by_cause(&batch->rejects[i - 1], &batch->rejects[i]) != 0)
            reply->problems[reply->n_problems++] = new_group(t, &batch->rejects[i]);
        reply->problems[reply->n_problems - 1]->rows++;
        reply->problems[reply->n_problems - 1]->amount += batch->rejects[i].amount;
    }
    qsort(reply->problems, reply->n_problems, sizeof reply->problems[0], by_count);
    if (reply->n_problems > GROUPS_MAX)
        reply->n_problems = GROUPS_MAX;
}

static int try_sample(struct trial *t, struct err *err)
{
    struct in *in = NULL;
    struct err why;

    err_clear(&why);
    if (find_mapping(t, err) != 0)
        return -1;
    if (mapping_check_name(t->mapping, t->request->name, &why) != 0)
        t->reply->name_problem = arena_strdup(tx_arena(t->tx), why.text);
    if (open_sample(t, &in, err) != 0)
        return -1;
    row_batch_reset(&t->batch, t->snapshot, t->mapping->feed_id, tx_now(t->tx), ROWS_MAX);
    read_sample(t, in, &why);
    in_close(&in);
    t->reply->read = t->batch.rows_read;
    t->reply->taken = t->batch.line_count;
    t->reply->filtered = t->batch.filtered;
    t->reply->bad = t->batch.reject_count;
    t->reply->amount = t->batch.read_amount;
    t->reply->sums = show_sums(t, t->batch.read_sums, t->mapping->sum_count);
    t->reply->n_sums = t->mapping->sum_count;
    t->reply->scale = (uint32_t)t->mapping->money_scale;
    show_rows(t, t->request->limit && t->request->limit < SHOWN_MAX ? t->request->limit : SHOWN_MAX);
    show_groups(t);
    return tx_reply(t->tx, &t->reply->base, err);
}

int on_try_feed(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__TryFeedReply reply = BIHUAN__TRY_FEED_REPLY__INIT;
    struct feedback *feedback = tx_state(tx);
    struct trial t = { .tx = tx, .request = message, .snapshot = state_shown(feedback), .reply = &reply };
    int rc;

    if (!t.snapshot)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "this instance is not active; try again");
    if (t.request->data.len > DATA_MAX) {
        snapshot_drop(&t.snapshot);
        return err_fail(err, ERR_TOO_LARGE, "too_large", "a sample is at most %zu bytes: send the beginning, with cut",
                        DATA_MAX);
    }
    row_batch_init(&t.batch);
    rc = try_sample(&t, err);
    row_batch_fini(&t.batch);
    mapping_fini(&t.own);
    snapshot_drop(&t.snapshot);
    return rc;
}
