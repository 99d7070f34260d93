/* prune: messages that are done with are forgotten after the setting delivery_days; see settings.c. What the ledger may
 * still ask for stays: those about alerts that are open at the receiver. A few at a time, so that nothing waits long.
 */
#include "monitoring/delivery/delivery.h"

#define A_TURN   5000
#define EVERY_US (600 * SECOND)

/* By real time, as the outbox goes. A message that others were merged into goes no sooner than they. */
static const struct stmt PRUNE = {
    "delivery_prune",
    "DELETE FROM delivery WHERE id IN (SELECT d.id FROM delivery d WHERE d.queued_at < $1 AND d.state <> 'waiting'"
    " AND NOT EXISTS (SELECT 1 FROM told t WHERE t.alert_id = d.alert_id AND t.receiver = d.receiver AND t.open)"
    " AND NOT EXISTS (SELECT 1 FROM delivery m WHERE m.merged_into = d.id AND (m.queued_at >= $1 OR EXISTS (SELECT 1"
    " FROM told t WHERE t.alert_id = m.alert_id AND t.receiver = m.receiver AND t.open)))"
    " ORDER BY d.queued_at LIMIT $2::int)"
};

int delivery_prune(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int64_t days = runtime_setting_int(tx_runtime(tx), "delivery_days");
    struct db_args args;

    (void)message;
    if (!days || (m->pruned_us && clock_monotonic_us() - m->pruned_us < EVERY_US))
        return 0;
    m->pruned_us = clock_monotonic_us();
    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, clock_real_us() - days * 86400 * SECOND);
    db_arg_i32(&args, A_TURN);
    return db_exec(tx_db(tx), &PRUNE, &args, NULL, err);
}
