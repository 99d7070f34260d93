/* told_ahead: see told_ahead.h. */
#include "monitoring/delivery/told_ahead.h"

#include "monitoring/delivery/outbox.h"

#include <stdlib.h>
#include <string.h>

#define FEW 16

/* Ids in the order of their bytes; the rows of ids[i] are rows[from[i]] .. rows[from[i + 1] - 1]. */
struct told_ahead {
    const char **ids;
    size_t *from;
    struct told *rows;
    size_t count, cap;
};

static int collect(void *arg, struct alert *alert, struct err *err)
{
    struct told_ahead *ahead = arg;

    (void)err;
    if (!alert->dirty || !alert->told || alert->fired_now) /* what fired anew may be told of before it is read */
        return 0;
    if (ahead->ids && ahead->count < ahead->cap)
        ahead->ids[ahead->count] = alert->id;
    ahead->count++;
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_rows(struct tx *tx, struct told_ahead *ahead, struct err *err)
{
    struct db_rows rows;
    size_t at = 0;

    if (told_query(tx, ahead->ids, ahead->count, &rows, err) != 0)
        return -1;
    ahead->rows = arena_array(tx_arena(tx), struct told, (size_t)rows.count + 1);
    for (int i = 0; i < rows.count; i++) {
        told_take(&rows, i, &ahead->rows[i]);
        while (at < ahead->count && strcmp(ahead->ids[at], told_alert_of(&rows, i)) < 0)
            ahead->from[++at] = (size_t)i;
    }
    while (at < ahead->count)
        ahead->from[++at] = (size_t)rows.count;
    db_rows_fini(&rows);
    return 0;
}

int told_ahead_begin(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct told_ahead *ahead = arena_new(tx_arena(tx), struct told_ahead);

    m->told_ahead = NULL;
    if (alerts_each(m, collect, ahead, err) != 0)
        return -1;
    if (ahead->count < FEW)
        return 0;
    ahead->cap = ahead->count;
    ahead->count = 0;
    ahead->ids = arena_array(tx_arena(tx), const char *, ahead->cap);
    ahead->from = arena_array(tx_arena(tx), size_t, ahead->cap + 1);
    if (alerts_each(m, collect, ahead, err) != 0)
        return -1;
    qsort(ahead->ids, ahead->count, sizeof *ahead->ids, compare);
    if (read_rows(tx, ahead, err) != 0)
        return -1;
    m->told_ahead = ahead;
    return 0;
}

void told_ahead_end(struct monitoring *m)
{
    m->told_ahead = NULL;
}

bool told_ahead_find(const struct monitoring *m, const char *alert_id, struct told **out, size_t *count)
{
    const struct told_ahead *ahead = m->told_ahead;
    const char **at = ahead ? bsearch(&alert_id, ahead->ids, ahead->count, sizeof *ahead->ids, compare) : NULL;

    if (!at)
        return false;
    *out = ahead->rows + ahead->from[at - ahead->ids];
    *count = ahead->from[at - ahead->ids + 1] - ahead->from[at - ahead->ids];
    return true;
}
