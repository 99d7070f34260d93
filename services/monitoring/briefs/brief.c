/* brief: the request for a brief; see brief.h. */
#include "monitoring/briefs/brief.h"

#include "text/dates.h"

#include <string.h>

/* Up to the last complete day, or the day asked for where that lies before it. */
static int find_day(struct tx *tx, const char *as_of, int32_t *day, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    int64_t through = marks_through(m);
    int32_t asked;

    *day = through ? clock_day(runtime_clock(m->rt), through) - 1 : today(tx) - 1;
    if (!as_of[0])
        return 0;
    if (date_parse(as_of, strlen(as_of), &asked, err) != 0)
        return -1;
    *day = asked < *day ? asked : *day;
    return 0;
}

static int gather(struct tx *tx, const Bihuan__GetBriefRequest *request, Bihuan__Brief *brief, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const char *code = request->unit[0] ? request->unit : tx_principal(tx)->subtree;
    const struct ref_unit *unit;
    struct brief_span span;
    char text[DATE_TEXT_MAX];
    int32_t day;

    if (find_day(tx, request->as_of, &day, err) != 0)
        return -1;
    unit = code[0] ? refdata_unit_by_code(m->refdata, code) : refdata_root(m->refdata, day);
    if (!unit || check_scope(tx, unit->id, NULL) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
    if (!brief_span_of(request->span, day, &span))
        return err_fail(err, ERR_INVALID, "unknown_word", "span \"%s\" is none of day, week, month", request->span);
    brief->unit = unit->code;
    brief->unit_name = unit->name;
    brief->span = arena_strdup(tx_arena(tx), span.word);
    date_print(text, span.from);
    brief->from = arena_strdup(tx_arena(tx), text);
    date_print(text, span.as_of);
    brief->as_of = arena_strdup(tx_arena(tx), text);
    brief->made_at = tx_now(tx);
    return brief_measures(tx, unit, &span, brief, err) != 0 ? -1 : brief_work(tx, unit, &span, brief, err);
}

static int render(struct tx *tx, const char *format, const Bihuan__Brief *brief, Bihuan__GetBriefReply *reply,
                  struct buf *out, struct err *err)
{
    bool zh = strcmp(tx_language(tx), "zh") == 0;

    if (strcmp(format, "text") == 0) {
        reply->content_type = (char *)(uintptr_t) "text/plain; charset=utf-8";
        brief_text(brief, zh, out);
    } else if (strcmp(format, "html") == 0) {
        reply->content_type = (char *)(uintptr_t) "text/html; charset=utf-8";
        brief_html(brief, zh, out);
    } else if (strcmp(format, "xlsx") == 0) {
        reply->content_type = (char *)(uintptr_t) "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        if (brief_xlsx(brief, zh, out, err) != 0)
            return -1;
    } else {
        return err_fail(err, ERR_INVALID, "unknown_word", "format \"%s\" is none of text, html, xlsx", format);
    }
    reply->name = arena_printf(tx_arena(tx), "brief-%s-%s-%s.%s", brief->unit, brief->span, brief->as_of,
                               strcmp(format, "text") == 0 ? "txt" : format);
    return 0;
}

static int get_brief(struct tx *tx, const Bihuan__GetBriefRequest *request, struct err *err)
{
    Bihuan__GetBriefReply reply = BIHUAN__GET_BRIEF_REPLY__INIT;
    Bihuan__Brief brief = BIHUAN__BRIEF__INIT;
    struct buf document = { 0 };
    int rc;

    if (gather(tx, request, &brief, err) != 0)
        return -1;
    if (!request->format[0]) {
        reply.brief = &brief;
        return tx_reply(tx, &reply.base, err);
    }
    rc = render(tx, request->format, &brief, &reply, &document, err);
    reply.content.data = document.data;
    reply.content.len = document.len;
    if (rc == 0)
        rc = tx_reply(tx, &reply.base, err);
    buf_fini(&document);
    return rc;
}

int on_get_brief(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = get_brief(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
