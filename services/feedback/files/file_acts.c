/* file_acts: what an operator does with a file: release, retry, write off. */
#include "feedback/control/control_store.h"
#include "feedback/control/sum_store.h"
#include "feedback/files/inbox.h"
#include "feedback/files/loader.h"
#include "feedback/handlers.h"
#include "feedback/state.h"
#include "obs/log.h"

#include <inttypes.h>
#include <string.h>

#define REASON_MAX 500

struct act {
    struct tx *tx;
    const Bihuan__ActOnFileRequest *request;
    struct file_row file;
};

static bool is_one_of(const char *state, const char *const *states)
{
    for (; *states; states++)
        if (strcmp(state, *states) == 0)
            return true;
    return false;
}

static int refuse_state(const struct act *act, const char *could, struct err *err)
{
    return err_fail(err, ERR_CONFLICT, "wrong_state", "file %" PRIu64 " is %s; only a file that is %s can be %s",
                    act->file.id, act->file.state, could,
                    strcmp(act->request->action, "write_off") == 0 ? "written off"
                    : strcmp(act->request->action, "release") == 0 ? "released"
                                                                   : "read again");
}

/* Out of the archive, where the loader finds it. */
static int bring_back(const struct act *act, struct err *err)
{
    return inbox_bring_back(tx_runtime(act->tx), act->file.feed, act->file.id, act->file.name, err);
}

static int release(struct act *act, struct err *err)
{
    struct feedback *feedback = tx_state(act->tx);

    if (strcmp(act->file.state, "waiting") == 0) {
        atomic_fetch_add(&feedback->releases, 1);
        return file_store_release_file(act->tx, act->file.id, "waiting", act->request->reason, err);
    }
    if (strcmp(act->file.state, "refused") != 0)
        return refuse_state(act, "waiting or refused", err);
    if (file_store_release_file(act->tx, act->file.id, "loading", act->request->reason, err) != 0)
        return -1;
    return bring_back(act, err);
}

/* A refused file is judged by its control again, so its companion comes along. */
static int bring_back_companion(const struct act *act, struct err *err)
{
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    char name[256];

    if (state_snapshot(act->tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed_by_id(snapshot, act->file.feed_id);
    if (!mapping || mapping->control.by != CONTROL_COMPANION || act->file.released ||
        strcmp(act->file.state, "refused") != 0)
        return 0;
    control_companion(&mapping->control, act->file.name, name, sizeof name);
    if (inbox_bring_back(tx_runtime(act->tx), act->file.feed, act->file.id, name, err) == 0)
        return 0;
    return err_prefix(err, "companion \"%s\"; release the file to read it without", name);
}

static int retry(struct act *act, struct err *err)
{
    static const char *const read[] = { "loaded", "partial", "refused", "superseded", NULL };

    if (!is_one_of(act->file.state, read))
        return refuse_state(act, "loaded, partial, refused or superseded", err);
    if (bring_back_companion(act, err) != 0)
        return -1;
    if (file_store_retry(act->tx, act->file.id, act->request->row ? act->request->row : 1, act->request->reason, err) !=
            0 ||
        sum_store_retry(act->tx, act->file.id, err) != 0)
        return -1;
    return bring_back(act, err);
}

static int write_off(struct act *act, struct err *err)
{
    static const char *const open[] = { "waiting", "refused", NULL };

    if (!is_one_of(act->file.state, open))
        return refuse_state(act, "waiting or refused", err);
    if (!act->request->reason[0])
        tx_problem(act->tx, "/reason", "missing", "say why the file is given up");
    if (tx_problem_count(act->tx))
        return tx_refuse(act->tx, err);
    if (file_store_write_off(act->tx, act->file.id, act->request->reason, err) != 0)
        return -1;
    return strcmp(act->file.state, "waiting") == 0
               ? inbox_put_away(tx_runtime(act->tx), act->file.feed, act->file.id, act->file.name, err)
               : 0;
}

int on_act_on_file(struct tx *tx, const void *message, struct err *err)
{
    static const struct {
        const char *word;
        int (*fn)(struct act *act, struct err *err);
    } acts[] = { { "release", release }, { "retry", retry }, { "write_off", write_off } };
    Bihuan__ActOnFileReply reply = BIHUAN__ACT_ON_FILE_REPLY__INIT;
    struct act act = { .tx = tx, .request = message };
    struct feedback *feedback = tx_state(tx);
    Bihuan__FeedFile file;
    bool found;
    size_t i = 0;

    while (i < sizeof acts / sizeof acts[0] && strcmp(acts[i].word, act.request->action) != 0)
        i++;
    if (i == sizeof acts / sizeof acts[0])
        tx_problem(tx, "/action", "unknown_action", "action \"%.20s\" is none of release, retry, write_off",
                   act.request->action);
    if (strlen(act.request->reason) > REASON_MAX)
        tx_problem(tx, "/reason", "too_long", "a reason has at most %d bytes", REASON_MAX);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (file_store_get(tx, act.request->id, &found, &act.file, err) != 0)
        return -1;
    if (!found)
        return err_fail(err, ERR_NOT_FOUND, "unknown_file", "there is no file %" PRIu64, act.request->id);
    if (acts[i].fn(&act, err) != 0 || file_store_get(tx, act.request->id, &found, &act.file, err) != 0)
        return -1;
    log_info("file_act", "feed=%s file=\"%s\" action=%s", act.file.feed, act.file.name, acts[i].word);
    file_row_to_message(&act.file, tx_arena(tx), &file);
    reply.file = &file;
    loader_wake(feedback->loader);
    return tx_reply(tx, &reply.base, err);
}
