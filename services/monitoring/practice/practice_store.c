/* practice_store: see practice_store.h. */
#include "monitoring/practice/practice_store.h"

#include "bus/message.h"

static const struct stmt PUT = { "practice_put", "INSERT INTO practice_card (code, version, body) VALUES ($1, $2, $3)"
                                                 " ON CONFLICT DO NOTHING" };
static const struct stmt GET = { "practice_get", "SELECT body FROM practice_card WHERE code = $1"
                                                 " AND ($2::int = 0 OR version = $2::int)"
                                                 " ORDER BY version DESC LIMIT 1" };

int practice_store_put(struct tx *tx, const Bihuan__GuideIssued *card, struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&card->base);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    protobuf_c_message_pack(&card->base, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, card->guide->code);
    db_arg_i32(&args, (int32_t)card->guide->version);
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int practice_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__GuideIssued **out, struct err *err)
{
    ProtobufCMessage *card = NULL;
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)version);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, 0, 0, &len);

        rc = message_unpack(&bihuan__guide_issued__descriptor, arena_memdup(tx_arena(tx), bytes, len), len,
                            tx_arena(tx), &card, err);
    }
    db_rows_fini(&rows);
    *out = (Bihuan__GuideIssued *)card;
    return rc;
}
