/* outcome: on the writer: what became of a try, kept with its place in the ledger and the receiver's rate. See
 * sender.h. */
#include "monitoring/delivery/outbox.h"
#include "monitoring/delivery/sender.h"

#include <string.h>

static const struct stmt LANE_PUT = { "delivery_lane_put",
                                      "INSERT INTO delivery_lane (receiver, tokens_milli, filled_at, blocked_until)"
                                      " VALUES ($1, $2, $3, $4) ON CONFLICT (receiver) DO UPDATE SET tokens_milli ="
                                      " excluded.tokens_milli, filled_at = excluded.filled_at, blocked_until ="
                                      " excluded.blocked_until" };

static int keep_lane(struct tx *tx, const struct outcome *outcome, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, outcome->receiver);
    db_arg_i64(&args, outcome->rate.tokens_milli);
    db_arg_time(&args, outcome->rate.filled_us);
    db_arg_time(&args, outcome->blocked_us);
    return db_later(tx_db(tx), &LANE_PUT, &args, NULL, err);
}

int on_delivered(struct tx *tx, const void *message, struct err *err)
{
    const struct outcome *outcome = message;
    const struct outbox_result result = { .id = outcome->id,
                                          .state = outcome->state,
                                          .attempts = outcome->attempts,
                                          .part = outcome->part,
                                          .next_us = outcome->next_us,
                                          .error = outcome->error };
    bool changed;

    if (outbox_result(tx, &result, &changed, err) != 0)
        return -1;
    if (outcome->rated && keep_lane(tx, outcome, err) != 0)
        return -1;
    if (changed && strcmp(outcome->state, "sent") == 0)
        return outbox_reached(tx, outcome->id, err);
    if (changed && strcmp(outcome->state, "dead") == 0)
        return outbox_unreached(tx, outcome->id, err);
    return 0;
}

/* --- state of alertmanagers ----------------------------------------------------------------------------------------
 */

/* Of all alerts, or of one that it refused. What was over for long before it could be told has lapsed. */
static const struct stmt COVERED = {
    "delivery_covered", "WITH d AS (UPDATE delivery d SET state = CASE WHEN $4 = 'sent' AND NOT t.open AND d.queued_at"
                        " < $8 THEN 'lapsed' ELSE $4 END, attempts = attempts + 1, next_at = $5, last_error = $6,"
                        " sent_at = CASE $4 WHEN 'sent' THEN $7::timestamptz END FROM told t WHERE d.receiver = $1 AND"
                        " d.state = 'waiting' AND d.event <> 'test' AND d.queued_at <= $2 AND ($3 = '' OR d.alert_id ="
                        " $3) AND t.alert_id = d.alert_id AND t.receiver = d.receiver RETURNING d.alert_id,"
                        " d.receiver, d.event, d.state, d.queued_at), last AS (SELECT DISTINCT ON (alert_id) * FROM d"
                        " ORDER BY alert_id, queued_at DESC) UPDATE told t SET reached = CASE last.state WHEN 'sent'"
                        " THEN last.event ELSE t.reached END, reached_at = CASE last.state WHEN 'sent' THEN"
                        " $7::timestamptz ELSE t.reached_at END, open = t.open AND last.state <> 'dead' FROM last"
                        " WHERE t.alert_id = last.alert_id AND t.receiver = last.receiver"
};

int on_state_told(struct tx *tx, const void *message, struct err *err)
{
    const struct outcome *outcome = message;
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, outcome->receiver);
    db_arg_time(&args, outcome->covered_us);
    db_arg_text(&args, outcome->alert);
    db_arg_text(&args, outcome->state);
    db_arg_time(&args, outcome->next_us);
    db_arg_text(&args, outcome->error);
    db_arg_time(&args, clock_real_us());
    db_arg_time(&args, clock_real_us() - STATE_OVER_US);
    return db_exec(tx_db(tx), &COVERED, &args, NULL, err);
}
