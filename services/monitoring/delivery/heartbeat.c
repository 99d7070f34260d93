/* heartbeat: each morning one message that says the service is there, and what is open: where it doesn't come,
 * something is wrong. */
#include "monitoring/delivery/channel.h"
#include "monitoring/delivery/delivery.h"

#include "obs/log.h"
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

static const struct stmt SENT = { "heartbeat_sent", "SELECT 1 FROM delivery WHERE id = $1" };
static const struct stmt FIGURES = { "heartbeat_figures",
                                     "SELECT (SELECT count(*) FROM alert WHERE state IN ('firing', 'taken', 'acting')),"
                                     " (SELECT count(*) FROM delivery WHERE state = 'waiting'),"
                                     " (SELECT count(*) FROM delivery WHERE state = 'dead')" };

/* Microseconds from midnight of "08:30"; -1 where it is none. */
static int64_t time_of_day(const char *text)
{
    int hour, minute;
    char end;

    if (sscanf(text, "%d:%d%c", &hour, &minute, &end) != 2 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return -1;
    return (hour * INT64_C(60) + minute) * 60 * SECOND;
}

static int is_sent(struct tx *tx, const char *id, bool *sent, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (db_query(tx_db(tx), &SENT, &args, &rows, err) != 0)
        return -1;
    *sent = rows.count > 0;
    db_rows_fini(&rows);
    return 0;
}

static int say(struct tx *tx, const struct receiver *receiver, const char *day, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    bool zh = strcmp(receiver->language, "zh") == 0;
    const char *lines[3];
    struct db_rows rows;

    if (db_query(tx_db(tx), &FIGURES, NULL, &rows, err) != 0)
        return -1;
    lines[0] = arena_printf(arena, zh ? "未恢复预警：%lld" : "open alerts: %lld", (long long)db_i64(&rows, 0, 0));
    lines[1] = arena_printf(arena, zh ? "待发送通知：%lld" : "notices waiting: %lld", (long long)db_i64(&rows, 0, 1));
    lines[2] = arena_printf(arena, zh ? "发送失败通知：%lld" : "notices given up: %lld",
                            (long long)db_i64(&rows, 0, 2));
    db_rows_fini(&rows);
    return delivery_say(
        tx, NOTICE_HEARTBEAT, receiver->code, day,
        arena_printf(arena, zh ? "【每日自检】%s 监测服务正常" : "[alive] %s monitoring is running", day), lines, 3,
        err);
}

int heartbeat_due(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    const char *code = runtime_setting(tx_runtime(tx), "heartbeat_receiver");
    const struct receiver *receiver = receiver_find(m, code);
    const struct clock *clock = runtime_clock(tx_runtime(tx));
    int64_t at = time_of_day(runtime_setting(tx_runtime(tx), "heartbeat_at"));
    char day[DATE_TEXT_MAX], id[ALERT_ID_LEN];
    bool sent;

    (void)message;
    if (!receiver || receiver->off || m->heartbeat_day == today(tx))
        return 0;
    if (receiver->channel->state) {
        log_warn("bad_setting", "heartbeat_receiver=\"%s\" is an Alertmanager, which takes no messages", code);
        m->heartbeat_day = today(tx);
        return 0;
    }
    if (at < 0) {
        log_warn("bad_setting", "heartbeat_at=\"%s\" is no time such as 08:30",
                 runtime_setting(tx_runtime(tx), "heartbeat_at"));
        m->heartbeat_day = today(tx);
        return 0;
    }
    if (tx_now(tx) < clock_day_start(clock, today(tx)) + at)
        return 0;
    date_print(day, today(tx));
    make_id(id, "", day, code, notice_event_word(NOTICE_HEARTBEAT));
    if (is_sent(tx, id, &sent, err) != 0 || (!sent && say(tx, receiver, day, err) != 0))
        return -1;
    m->heartbeat_day = today(tx); /* only spares a question: whether it was said stands in the outbox */
    return 0;
}
