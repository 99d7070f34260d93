/* answers: see answers.h. */
#include "feedback/tmf/answers.h"

#include "feedback/tmf/listening.h"
#include "obs/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As if the sender had told the resource whole at that time: what events told before and since is weighed against it.
 */
static json_t *as_event(const struct tmf_page_answer *page, json_t *resource)
{
    static const struct zone utc = { "UTC", 0 };
    char at[TIME_TEXT_MAX], type[64];
    const char *name = tmf_resource_name(page->resource);

    time_print(at, page->at, &utc);
    snprintf(type, sizeof type, "%sCreateEvent", name);
    return json_pack("{s:s, s:s, s:{s:O}}", "eventType", type, "eventTime", at, "event", name, resource);
}

/* Of an answer only what told something is kept: the same resources come again and again. */
static int keep(struct listening *l, const json_t *root, struct err *err)
{
    char *text = json_dumps(root, JSON_COMPACT);
    bool is_new;
    int rc;

    if (!text)
        abort(); /* no memory */
    rc = tmf_store_event(l->tx, &l->key, l->digest, (const uint8_t *)text, strlen(text), &is_new, err);
    free(text);
    return rc;
}

static int take_one(struct listening *l, struct tmf_page_answer *page, const json_t *root, struct err *err)
{
    uint32_t before = l->rows;
    bool taken;

    if (listening_read(l, root, "", &taken, err) != 0) {
        if (err->cls != ERR_INVALID)
            return -1;
        log_warn("tmf_answer_unnamed", "feed=%s error=\"%s\"", page->feed, err->text);
        page->unnamed++;
        err_clear(err);
        return 0;
    }
    if (!taken)
        return 0;
    if (listening_take(l, err) != 0)
        return -1;
    if (l->rows == before)
        return 0;
    page->missed++;
    return keep(l, root, err);
}

static int take_all(struct listening *l, struct tmf_page_answer *page, const json_t *list, struct err *err)
{
    size_t i;
    json_t *resource;
    int rc = 0;

    json_array_foreach((json_t *)(uintptr_t)list, i, resource)
    {
        json_t *root = as_event(page, resource);

        page->seen++;
        rc = take_one(l, page, root, err);
        json_decref(root);
        if (rc != 0)
            return -1;
    }
    return l->rows ? listening_record(l, arena_printf(tx_arena(l->tx), "asked-%s", l->id), err) : 0;
}

int tmf_take_answer(struct tx *tx, const void *message, struct err *err)
{
    struct tmf_page_answer *page = (struct tmf_page_answer *)(uintptr_t)message;
    struct listening l = { .tx = tx };
    json_t *list = NULL;
    int rc;

    page->seen = page->missed = page->unnamed = 0; /* it may run again */
    if (json_text_load_list(page->body.data, page->body.len, &list, err) != 0)
        return -1;
    rc = listening_begin(&l, tx, page->feed, err);
    l.answering = true;
    if (rc == 0)
        rc = take_all(&l, page, list, err);
    if (rc == 0 && *page->id) {
        const struct tmf_key key = { l.mapping->feed_id, page->resource, page->id };

        rc = page->at_once && !page->missed ? tmf_store_prompted(tx, &key, page->referred_at, err)
                                            : tmf_store_tried(tx, &key, page->referred_at, err);
    }
    json_decref(list);
    buf_fini(&l.lines);
    return rc;
}

int tmf_note_source(struct tx *tx, const void *message, struct err *err)
{
    return source_store_put(tx, message, err);
}
