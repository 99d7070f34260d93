/* ask_hub: a feed's registration at its sender's hub.
 *
 * What is about to be registered is noted before the sender hears of it ("joining"). Where the answer never came, or
 * was never noted, the sender's list of registrations tells whether it took it; only a sender that doesn't list them is
 * asked once more, and then it may keep both.
 */
#include "feedback/tmf/asker_internal.h"

#include "feedback/tmf/ask_plan.h"
#include "feedback/tmf/json_text.h"
#include "obs/log.h"

#include <string.h>

#define RENEW_US (60 * 60 * US_PER_SECOND)

static void set_hub(struct asking *a, const char *state, const char *wish, const char *id, const char *error)
{
    struct arena *arena = &a->asker->arena;

    a->source->hub = arena_strdup(arena, state);
    a->source->hub_for = arena_strdup(arena, wish);
    a->source->hub_id = arena_strdup(arena, id);
    a->source->hub_error = arena_strdup(arena, error);
    a->source->hub_at = a->now;
}

/* --- taking back ---------------------------------------------------------------------------------------------------
 */

/* A sender that doesn't know the registration any more has taken it back itself. */
static int remove_at(struct asking *a, const char *base, const char *id, struct err *err)
{
    struct http_answer answer;
    struct buf url = { 0 };
    int rc;

    buf_printf(&url, "%s/hub/", base);
    http_put_escaped(&url, id);
    rc = asking_call(a, "DELETE", buf_text(&url), NULL, &answer, err);
    buf_fini(&url);
    if (rc == 0)
        buf_fini(&answer.body);
    if (rc != 0 && err->cls == ERR_NOT_FOUND) {
        err_clear(err);
        rc = 0;
    }
    return rc;
}

/* Where it was made. */
static int leave(struct asking *a, struct err *err)
{
    char *base = arena_strdup(&a->asker->arena, a->source->hub_for);

    if (!*a->source->hub_id)
        return 0;
    base[strcspn(base, "\n")] = 0;
    return remove_at(a, base, a->source->hub_id, err);
}

/* --- registering ---------------------------------------------------------------------------------------------------
 */

static bool is_ours(const struct asking *a, const json_t *registration)
{
    return *json_text_of(registration, "id") &&
           strcmp(json_text_of(registration, "callback"), a->asks->callback) == 0 &&
           strcmp(json_text_of(registration, "query"), a->asks->query) == 0;
}

/* Keeps the first of ours that the sender lists; takes others back, which an older fault may have left. *listed false:
 * it lists none, or can't. */
static int adopt(struct asking *a, const char *wish, bool *listed, struct err *err)
{
    const char *kept = NULL;
    struct http_answer answer;
    struct buf url = { 0 };
    json_t *root = NULL;
    int rc = 0;

    *listed = false;
    buf_printf(&url, "%s/hub", a->asks->url);
    if (asking_call(a, "GET", buf_text(&url), NULL, &answer, err) != 0) {
        buf_fini(&url);
        if (!a->status)
            return -1;
        err_clear(err); /* most senders have no such list */
        return 0;
    }
    buf_fini(&url);
    if (json_text_load_list(answer.body.data, answer.body.len, &root, NULL) != 0)
        root = NULL;
    buf_fini(&answer.body);
    *listed = json_is_array(root);
    for (size_t i = 0; rc == 0 && i < json_array_size(root); i++) {
        const json_t *one = json_array_get(root, i);

        if (!is_ours(a, one))
            continue;
        if (kept)
            rc = remove_at(a, a->asks->url, json_text_of(one, "id"), err);
        else
            kept = json_text_of(one, "id");
    }
    if (rc == 0 && kept)
        set_hub(a, "registered", wish, kept, "");
    json_decref(root);
    return rc;
}

static int join(struct asking *a, const char *wish, const char *doubt, struct err *err)
{
    struct buf url = { 0 }, body = { 0 };
    struct http_answer answer;
    json_t *root = NULL;
    int rc;

    buf_printf(&url, "%s/hub", a->asks->url);
    ask_hub_body(&body, a->asks);
    rc = asking_call(a, "POST", buf_text(&url), &body, &answer, err);
    buf_fini(&url);
    buf_fini(&body);
    if (rc != 0)
        return -1;
    if (json_text_load(answer.body.data, answer.body.len, &root, NULL) != 0)
        root = NULL;
    set_hub(a, "registered", wish, root ? json_text_of(root, "id") : "", doubt);
    log_info("tmf_hub_registered", "feed=%s id=%s", a->mapping->feed->code, a->source->hub_id);
    json_decref(root);
    buf_fini(&answer.body);
    return 0;
}

/* Registers once, whatever became of an attempt before. A refusal is final until the feed or the hour is another; an
 * answer that never came leaves it open. */
static void register_once(struct asking *a, const char *wish)
{
    bool in_doubt = strcmp(a->source->hub, "joining") == 0 && strcmp(a->source->hub_for, wish) == 0, listed = false;
    struct err err;

    err_clear(&err);
    if (in_doubt && adopt(a, wish, &listed, &err) != 0) {
        a->source->hub_error = arena_strdup(&a->asker->arena, err.text);
        return;
    }
    if (strcmp(a->source->hub, "registered") == 0)
        return; /* adopted */
    set_hub(a, "joining", wish, "", "");
    if (!asker_note(a->asker, a->source))
        return;
    if (join(a, wish,
             in_doubt && !listed ? "an answer was lost and the sender lists no registrations: it may keep two" : "",
             &err) == 0)
        return;
    if (!a->status)
        set_hub(a, "joining", wish, "", err.text);
    else
        set_hub(a, err.cls == ERR_CONFLICT ? "taken" : "failed", err.cls == ERR_CONFLICT ? wish : "", "", err.text);
}

/* Is it as it should be? A sender may forget a registration; then events are missed that it had been asked to send. */
static bool suits(const struct asking *a, const char *wish)
{
    if (strcmp(a->source->hub_for, wish) != 0 || strcmp(a->source->hub, "failed") == 0 ||
        strcmp(a->source->hub, "joining") == 0)
        return false;
    return !a->missed || strcmp(a->source->hub, "registered") != 0 || a->now - a->source->hub_at < RENEW_US;
}

void ask_hub_tend(struct asking *a)
{
    struct buf wish = { 0 };
    struct err err;

    err_clear(&err);
    ask_hub_wish(&wish, a->asks);
    if (!suits(a, buf_text(&wish))) {
        if (leave(a, &err) != 0) {
            set_hub(a, "failed", a->source->hub_for, a->source->hub_id, err.text);
        } else if (!wish.len) {
            set_hub(a, "", "", "", "");
        } else {
            if (*a->source->hub_id) /* it is no longer registered, whatever comes */
                set_hub(a, "", "", "", "");
            register_once(a, buf_text(&wish));
        }
    }
    buf_fini(&wish);
}

void ask_hub_leave(struct asking *a)
{
    struct err err;

    err_clear(&err);
    if (leave(a, &err) == 0)
        set_hub(a, "", "", "", "");
    else
        set_hub(a, "failed", a->source->hub_for, a->source->hub_id, err.text);
}
