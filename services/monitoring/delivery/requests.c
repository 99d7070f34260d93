/* requests: what people ask of delivery: what went out and what didn't, a test. Dead ones again: again.c. */
#include "monitoring/delivery/channel.h"
#include "monitoring/delivery/outbox.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "SELECT id, receiver, alert_id, event, state, attempts, next_at, last_error, created_at, sent_at, channel, title," \
    " merged_into FROM delivery "

static const struct stmt OF_ALERT = { "deliveries_of_alert",
                                      COLUMNS "WHERE alert_id = $1 ORDER BY queued_at, id LIMIT 200" };
static const struct stmt PAGE = { "deliveries_page",
                                  COLUMNS "WHERE ($1 = '' OR state = $1) AND ($2 = '' OR alert_id = $2) AND"
                                          " ($5 = '' OR receiver = $5) AND id > $3 ORDER BY id LIMIT $4::int" };
static const struct stmt BY_ID = { "delivery_by_id", COLUMNS "WHERE id = $1" };
/* --- listing -------------------------------------------------------------------------------------------------------
 */

static Bihuan__Delivery *read_row(struct arena *arena, const struct db_rows *rows, int row)
{
    Bihuan__Delivery *d = arena_new(arena, Bihuan__Delivery);

    bihuan__delivery__init(d);
    d->id = arena_strdup(arena, db_text(rows, row, 0));
    d->receiver = arena_strdup(arena, db_text(rows, row, 1));
    d->alert = arena_strdup(arena, db_text(rows, row, 2));
    d->event = arena_strdup(arena, db_text(rows, row, 3));
    d->state = arena_strdup(arena, db_text(rows, row, 4));
    d->attempts = (uint32_t)db_i32(rows, row, 5);
    d->next_at = db_time(rows, row, 6);
    d->last_error = arena_strdup(arena, db_text(rows, row, 7));
    d->created_at = db_time(rows, row, 8);
    d->sent_at = db_time(rows, row, 9);
    d->channel = arena_strdup(arena, db_text(rows, row, 10));
    d->title = arena_strdup(arena, db_text(rows, row, 11));
    d->merged_into = arena_strdup(arena, db_text(rows, row, 12));
    return d;
}

static int read_rows(struct tx *tx, const struct stmt *stmt, const struct db_args *args, Bihuan__Delivery ***out,
                     size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), Bihuan__Delivery *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = read_row(tx_arena(tx), &rows, i);
    db_rows_fini(&rows);
    return 0;
}

int deliveries_of(struct tx *tx, const char *alert_id, Bihuan__Delivery ***out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert_id);
    return read_rows(tx, &OF_ALERT, &args, out, count, err);
}

int on_list_deliveries(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListDeliveriesRequest *request = message;
    Bihuan__ListDeliveriesReply reply = BIHUAN__LIST_DELIVERIES_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->state);
    db_arg_text(&args, request->alert);
    db_arg_text(&args, request->page ? request->page->cursor : "");
    db_arg_i32(&args, (int32_t)limit);
    db_arg_text(&args, request->receiver);
    if (read_rows(tx, &PAGE, &args, &reply.items, &reply.n_items, err) != 0)
        return -1;
    if (reply.n_items == limit)
        reply.next = reply.items[limit - 1]->id;
    return tx_reply(tx, &reply.base, err);
}

int delivery_find(struct tx *tx, const char *id, Bihuan__Delivery **out, struct err *err)
{
    struct db_args args;
    Bihuan__Delivery **items;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (read_rows(tx, &BY_ID, &args, &items, &count, err) != 0)
        return -1;
    if (!count)
        return err_fail(err, ERR_NOT_FOUND, "unknown_delivery", "there is no notice \"%.64s\"", id);
    *out = items[0];
    return 0;
}

int on_get_delivery(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetDeliveryRequest *request = message;
    Bihuan__GetDeliveryReply reply = BIHUAN__GET_DELIVERY_REPLY__INIT;

    if (delivery_find(tx, request->id, &reply.delivery, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

int on_test_receiver(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TestReceiverRequest *request = message;
    Bihuan__TestReceiverReply reply = BIHUAN__TEST_RECEIVER_REPLY__INIT;
    const struct monitoring *m = monitoring_write(tx);
    const struct receiver *receiver = receiver_find(m, request->receiver);
    char key[32], id[ALERT_ID_LEN];
    const char *title;

    if (!receiver)
        return err_fail(err, ERR_NOT_FOUND, "unknown_receiver", "there is no receiver \"%.64s\"", request->receiver);
    title = strcmp(receiver->language, "zh") == 0 ? "【测试】这是一条测试消息，无需处理"
                                                  : "[test] this is a test, nothing has to be done";
    snprintf(key, sizeof key, "%lld", (long long)clock_real_us());
    make_id(id, "", key, receiver->code, notice_event_word(NOTICE_TEST));
    if (delivery_say(tx, NOTICE_TEST, receiver->code, key, title, NULL, 0, err) != 0 ||
        delivery_find(tx, id, &reply.delivery, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}
