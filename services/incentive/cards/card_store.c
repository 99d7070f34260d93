/* card_store: see card_store.h. */
#include "incentive/cards/card_store.h"

static const struct stmt PUT = { "scorecard_version_put",
                                 "INSERT INTO scorecard_version (scorecard_id, version, body, applied_at, applied_by)"
                                 " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scorecard_id, version) DO NOTHING" };
static const struct stmt ALL = {
    "scorecard_version_all",
    "SELECT body FROM (SELECT scorecard_id, version, body FROM scorecard_version UNION ALL SELECT d.id, 0, d.body FROM"
    " document d WHERE d.kind = 'scorecard' AND NOT EXISTS (SELECT FROM scorecard_version v WHERE v.scorecard_id ="
    " d.id)) all_versions ORDER BY scorecard_id, version"
};

int card_store_put(struct tx *tx, const Bihuan__Scorecard *card, const char *by, struct err *err)
{
    size_t len = bihuan__scorecard__get_packed_size(card);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    bihuan__scorecard__pack(card, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)card->id);
    db_arg_i32(&args, (int32_t)card->version);
    db_arg_bytes(&args, body, len);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, by);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int card_store_each(struct tx *tx, card_version_fn *each, void *arg, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int r = 0; rc == 0 && r < rows.count; r++) {
        ProtobufCMessage *message = NULL;
        size_t len;
        const uint8_t *body = db_bytes(&rows, r, 0, &len);

        rc = message_unpack(&bihuan__scorecard__descriptor, arena_memdup(tx_arena(tx), body, len), len, tx_arena(tx),
                            &message, err);
        if (rc == 0)
            rc = each(arg, (const Bihuan__Scorecard *)message, err);
    }
    db_rows_fini(&rows);
    return rc;
}
