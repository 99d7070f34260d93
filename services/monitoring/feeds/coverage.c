/* coverage: see coverage.h. */
#include "monitoring/feeds/coverage.h"

#include "calc/cube.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stmt PUT = { "sender_unit_put",
                                 "INSERT INTO sender_unit (sender, unit_id, records) SELECT $1, u, n FROM"
                                 " unnest($2::int[], $3::bigint[]) r(u, n) ON CONFLICT (sender, unit_id) DO UPDATE"
                                 " SET records = excluded.records" };
static const struct stmt ALL = { "sender_unit_all", "SELECT sender, unit_id, records FROM sender_unit" };

/* Rows of one transaction: where each unit sells as much as the others all of them double with the same batch, and
 * alerts would wait for thousands of rows. What is left over goes with the next ones, at the latest with the ticks of
 * the clock. */
#define BITE 500

struct sender_units {
    char name[65];
    uint64_t *records; /* by unit id */
    uint64_t *written; /* the same as they stand in the table, or will once what is due is written */
    uint32_t limit;
    int32_t *due; /* units whose records have doubled */
    size_t due_count, due_cap;
};

struct coverage {
    struct sender_units senders[SENDERS_MAX];
    size_t count, last; /* last: that was asked for, records come in batches of one sender */
};

struct coverage *coverage_new(void)
{
    struct coverage *coverage = calloc(1, sizeof *coverage);

    if (!coverage)
        abort();
    return coverage;
}

static void clear(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        struct sender_units *sender = &coverage->senders[i];

        free(sender->records);
        free(sender->written);
        free(sender->due);
        memset(sender, 0, sizeof *sender);
    }
    coverage->count = coverage->last = 0;
}

void coverage_destroy(struct coverage **coverage)
{
    if (!*coverage)
        return;
    clear(*coverage);
    free(*coverage);
    *coverage = NULL;
}

static struct sender_units *sender_of(struct coverage *coverage, const char *name)
{
    if (coverage->count && strcmp(coverage->senders[coverage->last].name, name) == 0)
        return &coverage->senders[coverage->last];
    for (size_t i = 0; i < coverage->count; i++)
        if (strcmp(coverage->senders[i].name, name) == 0) {
            coverage->last = i;
            return &coverage->senders[i];
        }
    if (coverage->count == SENDERS_MAX || strlen(name) >= sizeof coverage->senders[0].name)
        return NULL;
    coverage->last = coverage->count++;
    snprintf(coverage->senders[coverage->last].name, sizeof coverage->senders[0].name, "%s", name);
    return &coverage->senders[coverage->last];
}

/* A larger array with zeros behind what was there. */
static void *grow(void *array, size_t from, size_t to, size_t size)
{
    char *grown = calloc(to, size);

    if (!grown)
        abort();
    if (from)
        memcpy(grown, array, from * size);
    free(array);
    return grown;
}

static void make_room(struct sender_units *sender, uint32_t unit_id)
{
    uint32_t limit = unit_id + 1024;

    if (unit_id < sender->limit)
        return;
    sender->records = grow(sender->records, sender->limit, limit, sizeof *sender->records);
    sender->written = grow(sender->written, sender->limit, limit, sizeof *sender->written);
    sender->limit = limit;
}

void coverage_add(struct coverage *coverage, const char *name, uint32_t unit_id)
{
    struct sender_units *sender = sender_of(coverage, name);

    if (!sender || unit_id >= CUBE_UNIT_MAX)
        return;
    make_room(sender, unit_id);
    if (++sender->records[unit_id] < 2 * sender->written[unit_id] || !sender->records[unit_id])
        return;
    sender->written[unit_id] = sender->records[unit_id];
    if (sender->due_count == sender->due_cap) {
        size_t cap = sender->due_cap ? 2 * sender->due_cap : 64;

        sender->due = grow(sender->due, sender->due_cap, cap, sizeof *sender->due);
        sender->due_cap = cap;
    }
    sender->due[sender->due_count++] = (int32_t)unit_id;
}

static int by_number(const void *a, const void *b)
{
    return *(const int32_t *)a < *(const int32_t *)b ? -1 : *(const int32_t *)a > *(const int32_t *)b;
}

/* Each unit once, by id: one that doubled twice stands there twice. At most `room` of them, which is lowered. */
static int write_sender(struct tx *tx, struct sender_units *sender, size_t *room, struct err *err)
{
    int64_t *records = arena_array(tx_arena(tx), int64_t, *room);
    int32_t *units = arena_array(tx_arena(tx), int32_t, *room);
    struct db_args args;
    size_t n = 0, at = 0;

    qsort(sender->due, sender->due_count, sizeof *sender->due, by_number);
    for (; at < sender->due_count; at++) {
        if (n && units[n - 1] == sender->due[at])
            continue;
        if (n == *room)
            break;
        units[n] = sender->due[at];
        records[n++] = (int64_t)sender->written[sender->due[at]];
    }
    *room -= n;
    sender->due_count -= at;
    memmove(sender->due, sender->due + at, sender->due_count * sizeof *sender->due);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, sender->name);
    db_arg_i32_array(&args, units, n);
    db_arg_i64_array(&args, records, n);
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

int coverage_write(struct coverage *coverage, struct tx *tx, struct err *err)
{
    size_t room = BITE;

    for (size_t i = 0; i < coverage->count && room; i++)
        if (coverage->senders[i].due_count && write_sender(tx, &coverage->senders[i], &room, err) != 0)
            return -1;
    return 0;
}

int coverage_load(struct coverage *coverage, struct tx *tx, struct err *err)
{
    struct db_rows rows;

    clear(coverage);
    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        struct sender_units *sender = sender_of(coverage, db_text(&rows, i, 0));
        uint32_t unit = (uint32_t)db_i32(&rows, i, 1);

        if (!sender || unit >= CUBE_UNIT_MAX)
            continue;
        make_room(sender, unit);
        sender->records[unit] = sender->written[unit] = (uint64_t)db_i64(&rows, i, 2);
    }
    db_rows_fini(&rows);
    return 0;
}

void coverage_each(const struct coverage *coverage, coverage_each_fn *each, void *arg)
{
    for (size_t i = 0; i < coverage->count; i++)
        for (uint32_t unit = 0; unit < coverage->senders[i].limit; unit++)
            if (coverage->senders[i].written[unit])
                each(arg, coverage->senders[i].name, unit, coverage->senders[i].written[unit]);
}
