/* quarantine: what waits, by cause and value, and rows that are given up. */
#include "feedback/control/sum_store.h"
#include "feedback/files/file_store.h"
#include "feedback/handlers.h"

#include "bihuan/common.pb-c.h"

#include <string.h>

#define GROUPS_MAX 500
#define NOTE_MAX   500

int on_summarize_rejects(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__SummarizeRejectsRequest *request = message;
    Bihuan__SummarizeRejectsReply reply = BIHUAN__SUMMARIZE_REJECTS_REPLY__INIT;
    struct arena *arena = tx_arena(tx);
    struct db_rows rows;

    if (reject_store_summary(tx, request->feed, request->reason, GROUPS_MAX, &rows, err) != 0)
        return -1;
    reply.items = arena_array(arena, Bihuan__RejectGroup *, rows.count + 1);
    for (int i = 0; i < rows.count; i++) {
        Bihuan__RejectGroup *group = arena_new(arena, Bihuan__RejectGroup);

        bihuan__reject_group__init(group);
        group->feed = arena_strdup(arena, db_text(&rows, i, 0));
        group->reason = arena_strdup(arena, db_text(&rows, i, 1));
        group->column = arena_strdup(arena, db_text(&rows, i, 2));
        group->value = arena_strdup(arena, db_text(&rows, i, 3));
        group->rows = (uint64_t)db_i64(&rows, i, 4);
        group->amount = db_i64(&rows, i, 5);
        group->files = (uint64_t)db_i64(&rows, i, 6);
        group->message = arena_strdup(arena, db_text(&rows, i, 7));
        group->scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
        reply.items[reply.n_items++] = group;
    }
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}

int on_write_off_rejects(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__WriteOffRejectsRequest *request = message;
    Bihuan__WriteOffRejectsReply reply = BIHUAN__WRITE_OFF_REJECTS_REPLY__INIT;
    const struct reject_filter filter = {
        .feed = request->feed, .reason = request->reason, .value = request->value, .file_id = request->file_id
    };
    const Bihuan__Principal *principal = tx_principal(tx);

    if (!request->note[0] || strlen(request->note) > NOTE_MAX)
        tx_problem(tx, "/note", "missing", "say in 1 to %d bytes why the rows are given up", NOTE_MAX);
    if (!request->feed[0])
        tx_problem(tx, "/feed", "missing", "name the feed");
    if (!request->reason[0] && !request->value[0] && !request->file_id)
        tx_problem(tx, "/reason", "missing", "name a reason, a value or a file: not all that waits at once");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (sum_store_write_off(tx, &filter, err) != 0 ||
        reject_store_write_off(tx, &filter, request->note, principal ? principal->person : "", &reply.written_off,
                               err) != 0 ||
        reject_store_count(tx, request->feed, request->reason, &reply.still_waiting, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}
