/* effects: see effects.h. */
#include "support/effects.h"

#include "support/check.h"
#include "support/content.h"

#include "bus/message.h"

#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One kind of event, and the table whose rows it moves. */
struct effect {
    const char *schema;
    uint32_t type;
    content_event_fn *note; /* adds to a json_t: key: [what the last event says, how many there were] */
    bool counted;           /* the number of events stands behind what the last one says */
    const char *table;      /* rows as "key what", a line each */
};

static void note(json_t *known, const char *key, const char *what)
{
    const json_t *before = json_object_get(known, key);
    json_int_t events = before ? json_integer_value(json_array_get(before, 1)) : 0;

    json_object_set_new(known, key, json_pack("[sI]", what, events + 1));
}

/* What the stream says, line by line as the table would. */
static void lines_of_stream(const struct pg *pg, const struct effect *effect, struct content *out)
{
    json_t *known = json_object(), *last;
    const char *key;

    content_each_event(pg, effect->schema, effect->type, effect->note, known);
    json_object_foreach(known, key, last)
    {
        const char *what = json_string_value(json_array_get(last, 0));
        char line[300];

        if (effect->counted)
            snprintf(line, sizeof line, "%s %s %lld", key, what,
                     (long long)json_integer_value(json_array_get(last, 1)));
        else
            snprintf(line, sizeof line, "%s %s", key, what);
        content_add(out, line);
    }
    json_decref(known);
}

static void lines_of_table(const struct pg *pg, const struct effect *effect, struct content *out)
{
    char sql[700], *rows, *rest = NULL;

    snprintf(sql, sizeof sql, "SELECT string_agg(line, E'\\n') FROM (%s) t", effect->table);
    rows = pg_value(pg, sql);
    for (char *row = rows ? strtok_r(rows, "\n", &rest) : NULL; row; row = strtok_r(NULL, "\n", &rest))
        content_add(out, row);
    free(rows);
}

static void check(const struct pg *pg, const struct effect *effect)
{
    struct content stream = { 0 }, table = { 0 };

    lines_of_stream(pg, effect, &stream);
    lines_of_table(pg, effect, &table);
    assert_true(table.count > 0);
    if (content_differences(&stream, &table))
        fail_msg("%s's stream (want) and table (have) differ", effect->schema);
    content_free(&stream);
    content_free(&table);
}

static void on_alert(void *arg, const char *key, const ProtobufCMessage *message)
{
    const Bihuan__AlertChanged *event = (const Bihuan__AlertChanged *)message;

    assert_string_equal(key, event->alert->id);
    note(arg, key, event->alert->state);
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

void effects_check_alerts(const struct pg *pg)
{
    check(pg, &(struct effect) { "monitoring", MSG(ALERT_CHANGED), on_alert, true,
                                 "SELECT a.id || ' ' || a.state || ' ' || (SELECT count(*) FROM"
                                 " monitoring.alert_transition t WHERE t.alert_id = a.id) AS line FROM"
                                 " monitoring.alert a" });
}

void effects_check_scores(const struct pg *pg)
{
    check(pg, &(struct effect) { "incentive", MSG(SCORES_MOVED), on_scores, false,
                                 "SELECT u.code || ' ' || s.score_milli || ' ' || s.rank || ' ' || s.as_of AS line"
                                 " FROM incentive.score s JOIN incentive.document u ON u.kind = 'unit' AND"
                                 " u.id = s.unit_id" });
}
