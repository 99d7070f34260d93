/* effects: see effects.h. */
#include "support/effects.h"

#include "support/check.h"
#include "support/content.h"

#include "bus/message.h"

#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX 1000

/* What events said last of each key. */
struct known {
    size_t count;
    struct {
        char key[64], what[128];
        int events;
    } items[KNOWN_MAX];
};

static void note(struct known *known, const char *key, const char *what)
{
    size_t at = 0;

    while (at < known->count && strcmp(known->items[at].key, key) != 0)
        at++;
    assert_true(at < KNOWN_MAX);
    if (at == known->count)
        snprintf(known->items[known->count++].key, sizeof known->items[at].key, "%s", key);
    snprintf(known->items[at].what, sizeof known->items[at].what, "%s", what);
    known->items[at].events++;
}

/* `sql`, with a key behind it, answers what it should be; `rows`: how many keys there are. */
static void compare(const struct pg *pg, const struct known *known, const char *sql, const char *rows)
{
    for (size_t i = 0; i < known->count; i++) {
        char query[600], said[200];
        char *is;

        snprintf(query, sizeof query, "%s'%s'", sql, known->items[i].key);
        snprintf(said, sizeof said, "%s %d", known->items[i].what, known->items[i].events);
        is = pg_value(pg, query);
        if (!is || strncmp(is, said, strlen(is)) != 0)
            fail_msg("%s: the stream says %s, the table %s", known->items[i].key, said, is ? is : "nothing");
        free(is);
    }
    CHECK_INT(known->count, pg_number(pg, rows));
}

static void on_alert(void *arg, const char *key, const ProtobufCMessage *message)
{
    const Bihuan__AlertChanged *event = (const Bihuan__AlertChanged *)message;

    assert_string_equal(key, event->alert->id);
    note(arg, key, event->alert->state);
}

void effects_check_alerts(const struct pg *pg)
{
    struct known *known = calloc(1, sizeof *known);

    assert_non_null(known);
    content_each_event(pg, "monitoring", MSG(ALERT_CHANGED), on_alert, known);
    compare(pg, known,
            "SELECT state || ' ' || (SELECT count(*) FROM monitoring.alert_transition t WHERE t.alert_id = a.id)"
            " FROM monitoring.alert a WHERE id = ",
            "SELECT count(*) FROM monitoring.alert");
    free(known);
}

static void on_scores(void *arg, const char *key, const ProtobufCMessage *message)
{
    const Bihuan__ScoresMoved *event = (const Bihuan__ScoresMoved *)message;

    (void)key;
    for (size_t i = 0; i < event->n_items; i++) {
        const Bihuan__Score *score = event->items[i];
        char what[128];

        snprintf(what, sizeof what, "%lld %u %s", (long long)score->score_milli, score->rank, score->as_of);
        note(arg, score->unit, what);
    }
}

void effects_check_scores(const struct pg *pg)
{
    struct known *known = calloc(1, sizeof *known);

    assert_non_null(known);
    content_each_event(pg, "incentive", MSG(SCORES_MOVED), on_scores, known);
    compare(pg, known,
            "SELECT s.score_milli || ' ' || s.rank || ' ' || s.as_of FROM incentive.score s JOIN incentive.document u"
            " ON u.kind = 'unit' AND u.id = s.unit_id WHERE u.code = ",
            "SELECT count(*) FROM incentive.score");
    free(known);
}
