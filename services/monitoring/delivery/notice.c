/* notice: what receivers are told, in words: one row of the outbox for each receiver, and its place in the ledger. */
#include "monitoring/delivery/channel.h"
#include "monitoring/delivery/outbox.h"
#include "monitoring/delivery/wording.h"
#include "monitoring/telling/people_store.h"
#include "monitoring/telling/retell.h"

#include "bus/wire.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX   20
#define LABELS_MAX   12 /* levels of a tree */
#define DIGEST_ITEMS 100

static const char *const WORDS[NOTICE_EVENT_COUNT] = { "",         "fired",   "worsened", "reminded",  "escalated",
                                                       "resolved", "expired", "digest",   "heartbeat", "test" };

const char *notice_event_word(enum notice_event event)
{
    return WORDS[event];
}

enum notice_event notice_event_parse(const char *word)
{
    for (int i = 1; i < NOTICE_EVENT_COUNT; i++)
        if (strcmp(WORDS[i], word) == 0)
            return (enum notice_event)i;
    return NOTICE_NONE;
}

bool notice_event_closes(enum notice_event event)
{
    return event == NOTICE_RESOLVED || event == NOTICE_EXPIRED;
}

/* --- values of templates -------------------------------------------------------------------------------------------
 */

struct values {
    struct wording_value list[VALUES_MAX];
    size_t count;
    struct arena *arena;
};

static void put_value(struct values *values, const char *name, const char *value)
{
    if (values->count < VALUES_MAX)
        values->list[values->count++] = (struct wording_value) { name, value };
}

/* Without zeros at its end. */
static char *amount_text(struct arena *arena, int64_t amount, uint32_t scale)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = decimal_print(text, amount, (int)scale, 0);

    while (scale && len && (text[len - 1] == '0' || text[len - 1] == '.')) {
        bool point = text[len - 1] == '.';

        text[--len] = 0;
        if (point)
            break;
    }
    return arena_strdup(arena, text);
}

static void put_amount(struct values *values, const char *name, int64_t amount, uint32_t scale)
{
    put_value(values, name, amount_text(values->arena, amount, scale));
}

/* Behind the landing: within what it will lie in four of five cases. */
static const char *band_of(const Bihuan__AlertInputs *in, bool zh, struct arena *arena)
{
    if (!in->landing_banded)
        return "";
    return arena_printf(arena, zh ? "（80%%区间%s至%s）" : " (80 %%: %s to %s)",
                        amount_text(arena, in->landing_low, in->scale),
                        amount_text(arena, in->landing_high, in->scale));
}

static void fill_values(const Bihuan__Alert *alert, const struct rule *rule, bool zh, struct values *values)
{
    const Bihuan__AlertInputs *in = alert->inputs;
    int points = in->gap_bp < 0 ? -in->gap_bp : 0, days = in->days_behind_milli > 0 ? in->days_behind_milli : 0;

    put_value(values, "unit", alert->unit_name[0] ? alert->unit_name : alert->unit);
    put_value(values, "code", alert->unit);
    put_value(values, "measure", alert->measure_title[0] ? alert->measure_title : alert->subject);
    put_value(values, "severity", wording_severity(alert->severity, zh));
    put_value(values, "gap", arena_printf(values->arena, "%d.%02d", points / 100, points % 100));
    put_value(values, "days", arena_printf(values->arena, "%d.%d", days / 1000, days % 1000 / 100));
    put_amount(values, "actual", in->actual, in->scale);
    put_amount(values, "planned", in->planned, in->scale);
    put_amount(values, "target", in->target, in->scale);
    put_amount(values, "landing", in->landing, in->scale);
    put_value(values, "band", band_of(in, zh, values->arena));
    put_value(values, "hit", arena_printf(values->arena, "%u %%", in->hit_ppm / 10000));
    put_value(values, "as_of", in->as_of);
    put_value(values, "period", alert->period);
    put_value(values, "rule", alert->rule);
    put_value(values, "title", rule && rule->title[zh][0] ? rule->title[zh] : alert->rule);
    put_value(values, "reason", zh && in->reason_zh[0] ? in->reason_zh : in->reason);
    put_value(values, "count", arena_printf(values->arena, "%zu", alert->n_contributors));
}

static char *fill(struct arena *arena, const char *text, const struct values *values)
{
    struct buf out = { 0 };
    char *filled;

    wording_fill(text, values->list, values->count, &out);
    filled = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return filled;
}

/* --- one notice ----------------------------------------------------------------------------------------------------
 */

/* Whose words fit: a lag of a ratio or of a level isn't behind a phased target, a feed or a duty has no figures. */
static const char *group_of(const Bihuan__Alert *alert)
{
    bool lag = strcmp(alert->kind, "lag") == 0;

    if (alert->inputs->unwatched)
        return "unwatched";
    if (alert->subject[0])
        return "about";
    return lag && (alert->inputs->ratio || alert->inputs->level) ? "ratio" : alert->kind;
}

static void add_item(Bihuan__Notice *out, char *text)
{
    out->items[out->n_items++] = text;
}

/* "80 % of the shortfall comes from these 3 of 14", then each of them. */
static void add_items(struct arena *arena, const struct notice *notice, bool zh, Bihuan__Notice *out)
{
    const Bihuan__Alert *alert = out->data;
    unsigned of = alert->contributors_of > alert->n_contributors ? alert->contributors_of : 0;
    uint64_t share = 0;

    out->items = arena_array(arena, char *, alert->n_contributors + notice->people_count + 3);
    if (zh ? notice->note_zh != NULL : notice->note_en != NULL)
        add_item(out, arena_strdup(arena, zh ? notice->note_zh : notice->note_en));
    for (size_t i = 0; i < alert->n_contributors; i++)
        share += alert->contributors[i]->share_ppm;
    if (alert->n_contributors && !notice_event_closes(notice->event)) {
        add_item(out,
                 arena_printf(arena, zh ? "缺口的%u%%来自以下%zu个%s" : "%u %% of the shortfall comes from these %zu%s",
                              (unsigned)(share / 10000), alert->n_contributors,
                              of ? arena_printf(arena, zh ? "（共%u个下级）" : " of %u", of) : ""));
        for (size_t i = 0; i < alert->n_contributors; i++)
            add_item(out, arena_printf(arena, "%s: %u %%", alert->contributors[i]->name,
                                       alert->contributors[i]->share_ppm / 10000));
    }
    if (alert->provisional && !notice_event_closes(notice->event))
        add_item(out,
                 arena_strdup(arena, zh ? "暂定：部分数据源可疑或迟到，数据补齐后可能变化"
                                        : "provisional: a feed is suspect or behind; it may change with its data"));
}

/* Whom it is for, by name. */
static int add_people(struct tx *tx, const struct notice *notice, bool zh, Bihuan__Notice *out, struct err *err)
{
    for (size_t i = 0; i < notice->people_count; i++) {
        char *name;

        if (people_store_name(tx, notice->people[i], &name, err) != 0)
            return -1;
        add_item(out, arena_printf(tx_arena(tx), zh ? "责任人：%s" : "for %s", name));
    }
    return 0;
}

static void add_mentions(struct arena *arena, const struct notice *notice, const struct receiver *receiver,
                         Bihuan__Notice *out)
{
    const Bihuan__Receiver *document = receiver->document;
    bool calls = notice->alert->severity >= receiver->mention_severity && !notice_event_closes(notice->event);

    if (!receiver->channel->chat)
        return;
    out->mentions = arena_array(arena, char *, document->n_mentions + notice->mention_count + 1);
    for (size_t i = 0; calls && i < document->n_mentions; i++)
        out->mentions[out->n_mentions++] = document->mentions[i];
    for (size_t i = 0; i < notice->mention_count; i++)
        out->mentions[out->n_mentions++] = arena_strdup(arena, notice->mentions[i]);
}

/* The units above, by their types: other tools group by them. */
static void add_labels(struct tx *tx, const struct alert *alert, Bihuan__Notice *out)
{
    const struct monitoring *m = monitoring_of(tx);
    uint32_t at = alert->unit_id;

    out->labels = arena_array(tx_arena(tx), Bihuan__NoticeLabel *, LABELS_MAX);
    while (at && out->n_labels < LABELS_MAX) {
        const struct ref_unit *unit = refdata_unit(m->refdata, at);
        Bihuan__NoticeLabel *label = arena_new(tx_arena(tx), Bihuan__NoticeLabel);

        if (!unit)
            break;
        bihuan__notice_label__init(label);
        label->name = arena_strdup(tx_arena(tx), unit->type);
        label->value = arena_strdup(tx_arena(tx), unit->code);
        out->labels[out->n_labels++] = label;
        at = tree_parent(refdata_tree(m->refdata), at, today(tx));
    }
}

static char *link_of(struct tx *tx, const char *alert_id)
{
    const char *base = runtime_setting(tx_runtime(tx), "public_url");
    size_t len = strlen(base);

    while (len && base[len - 1] == '/')
        len--;
    if (!len)
        return (char *)(uintptr_t) "";
    return arena_printf(tx_arena(tx), *alert_id ? "%.*s/alerts/%s" : "%.*s/%s", (int)len, base, alert_id);
}

static void init_notice(struct tx *tx, const struct receiver *receiver, enum notice_event event, const char *id,
                        Bihuan__Notice *out)
{
    bihuan__notice__init(out);
    out->id = arena_strdup(tx_arena(tx), id);
    out->event = (char *)(uintptr_t)notice_event_word(event);
    out->at = tx_now(tx);
    out->language = arena_strdup(tx_arena(tx), receiver->language);
}

/* In the receiver's language, in the call's arena. */
static void word_notice(struct tx *tx, const struct notice *notice, const struct receiver *receiver, const char *id,
                        const char *thread, Bihuan__Notice *out)
{
    const struct monitoring *m = monitoring_of(tx);
    struct arena *arena = tx_arena(tx);
    bool zh = strcmp(receiver->language, "zh") == 0;
    const struct ref_measure *measure = refdata_measure(m->refdata, notice->alert->measure_id);
    struct values values = { .arena = arena };
    struct wording words;

    init_notice(tx, receiver, notice->event, id, out);
    out->data = alert_message(tx, notice->alert);
    if (measure)
        out->data->measure_title = arena_strdup(arena, zh ? measure->title_zh : measure->title_en);
    out->alert = out->data->id;
    out->severity = out->data->severity;
    out->thread = arena_strdup(arena, thread);
    fill_values(out->data, rule_by_id(m, notice->alert->rule_id), zh, &values);
    words = wording_find(receiver->document->templates, receiver->document->n_templates, out->event, out->data->kind,
                         group_of(out->data), zh);
    out->title = fill(arena, words.title, &values);
    out->text = fill(arena, words.text, &values);
    out->url = link_of(tx, notice->alert->id);
    add_items(arena, notice, zh, out);
    add_mentions(arena, notice, receiver, out);
    add_labels(tx, notice->alert, out);
}

/* Some minutes: all but what is critical, and a test that somebody waits for. */
static bool may_wait(const Bihuan__Notice *notice)
{
    return strcmp(notice->severity, "critical") != 0 && notice_event_parse(notice->event) != NOTICE_TEST;
}

static int put(struct tx *tx, const struct receiver *receiver, const Bihuan__Notice *notice, struct err *err)
{
    struct buf body = { 0 };
    int rc;

    wire_pack(&notice->base, &body);
    rc = outbox_put(tx,
                    &(struct outbox_row) { .id = notice->id,
                                           .receiver = receiver->code,
                                           .channel = receiver->channel->name,
                                           .alert = notice->alert,
                                           .event = notice->event,
                                           .title = notice->title,
                                           .thread = notice->thread,
                                           .body = body.data,
                                           .len = body.len,
                                           .busy_every_s = may_wait(notice) ? receiver->channel->busy_every_s : 0 },
                    err);
    buf_fini(&body);
    return rc;
}

/* What makes it this message: the change that it tells. What goes on without one, as getting worse or a reminder, by
 * what is said: it may be said again before the state changes. */
static const char *key_of(struct tx *tx, const struct notice *notice)
{
    const struct alert *alert = notice->alert;

    if (notice->key)
        return notice->key;
    if (notice->event != NOTICE_WORSENED && notice->event != NOTICE_REMINDED)
        return arena_printf(tx_arena(tx), "%ld", (long)alert->version);
    return arena_printf(tx_arena(tx), "%ld:%d:%d:%d:%s", (long)alert->version, alert->inputs.as_of, alert->severity,
                        alert->inputs.gap_bp, notice->note_en ? notice->note_en : "");
}

/* told: what the ledger has of it. */
static int tell(struct tx *tx, const struct notice *notice, const struct receiver *receiver, const struct told *told,
                struct err *err)
{
    Bihuan__Notice message;
    char id[ALERT_ID_LEN];
    const char *thread;
    int severity = retell_severity(told->open, told->severity, notice->alert->severity, receiver->channel->state);

    make_id(id, notice->alert->id, key_of(tx, notice), receiver->code, notice_event_word(notice->event));
    thread = told->thread[0] && (told->open || notice_event_closes(notice->event)) ? told->thread : id;
    word_notice(tx, notice, receiver, id, thread, &message);
    if (add_people(tx, notice, strcmp(receiver->language, "zh") == 0, &message, err) != 0 ||
        put(tx, receiver, &message, err) != 0)
        return -1;
    return told_put(tx, notice->alert, receiver->code, notice->event, severity, thread, err);
}

/* --- to whom -------------------------------------------------------------------------------------------------------
 */

bool delivery_concerns(struct tx *tx, const struct receiver *receiver, const struct alert *alert)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *root = refdata_unit_by_code(m->refdata, receiver->subtree);

    if (receiver->off || alert->severity < receiver->min_severity)
        return false;
    if (!receiver->subtree[0])
        return true;
    return root && tree_is_under(refdata_tree(m->refdata), alert->unit_id, root->id, today(tx));
}

/* The ledger is read only where the message goes on with something. */
static int tell_one(struct tx *tx, const struct notice *notice, const struct receiver *receiver, struct err *err)
{
    struct told told = { .event = NOTICE_NONE };

    if (notice->event != NOTICE_FIRED && delivery_told(tx, notice->alert->id, receiver->code, &told, err) != 0)
        return -1;
    if (receiver->off && !(notice_event_closes(notice->event) && told.open))
        return 0;
    return tell(tx, notice, receiver, &told, err);
}

int delivery_tell(struct tx *tx, const struct notice *notice, const char *receiver, struct err *err)
{
    const struct receiver *found = receiver_find(monitoring_of(tx), receiver);

    return found ? tell_one(tx, notice, found, err) : 0;
}

int delivery_tell_routed(struct tx *tx, const struct notice *notice, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);

    for (size_t i = 0; i < m->receiver_count; i++)
        if (delivery_concerns(tx, &m->receivers[i], notice->alert) && tell_one(tx, notice, &m->receivers[i], err) != 0)
            return -1;
    return 0;
}

int delivery_tell_told(struct tx *tx, const struct notice *notice, struct err *err)
{
    struct told *all;
    size_t count;

    if (delivery_told_all(tx, notice->alert->id, &all, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct receiver *receiver = receiver_find(monitoring_of(tx), all[i].receiver);

        if (all[i].open && receiver && (!receiver->off || notice_event_closes(notice->event)) &&
            tell(tx, notice, receiver, &all[i], err) != 0)
            return -1;
    }
    return 0;
}

/* --- several, or none ----------------------------------------------------------------------------------------------
 */

/* The line of an alert in a digest: its own title, as when it fired, and whether it comes and goes: nothing more is
 * said of that once the digest told it. */
static char *line_of(struct tx *tx, const struct receiver *receiver, const struct alert *alert)
{
    struct notice notice = { .event = NOTICE_FIRED, .alert = alert };
    Bihuan__Notice message;

    word_notice(tx, &notice, receiver, "", "", &message);
    if (!alert->life.flap.on)
        return message.title;
    return arena_printf(tx_arena(tx), strcmp(receiver->language, "zh") == 0 ? "%s（反复出现）" : "%s (comes and goes)",
                        message.title);
}

static void add_part(struct tx *tx, Bihuan__Notice *out, const struct alert *alert)
{
    Bihuan__NoticePart *part = arena_new(tx_arena(tx), Bihuan__NoticePart);

    bihuan__notice_part__init(part);
    part->alert = arena_strdup(tx_arena(tx), alert->id);
    part->event = (char *)(uintptr_t)notice_event_word(NOTICE_FIRED);
    out->parts[out->n_parts++] = part;
}

bool delivery_takes_state(const struct monitoring *monitoring, const char *receiver)
{
    const struct receiver *found = receiver_find(monitoring, receiver);

    return found && found->channel->state;
}

void notice_digest(struct tx *tx, const struct receiver *receiver, const char *id, const struct alert *const *alerts,
                   size_t count, Bihuan__Notice *out)
{
    struct arena *arena = tx_arena(tx);
    bool zh = strcmp(receiver->language, "zh") == 0;

    init_notice(tx, receiver, NOTICE_DIGEST, id, out);
    out->thread = out->id;
    out->title = arena_printf(arena, zh ? "【每日摘要】%zu 项预警未恢复" : "[digest] %zu alerts are open", count);
    out->url = link_of(tx, "");
    out->items = arena_array(arena, char *, DIGEST_ITEMS);
    out->parts = arena_array(arena, Bihuan__NoticePart *, count);
    for (size_t i = 0; i < count; i++) {
        if (out->n_items < DIGEST_ITEMS)
            out->items[out->n_items++] = line_of(tx, receiver, alerts[i]);
        else
            out->more++;
        add_part(tx, out, alerts[i]);
    }
}

/* It tells how the alert stands: of what the receiver knows already, the ledger goes on in its thread from there. */
static int note_in_digest(struct tx *tx, const struct alert *alert, const char *receiver, const struct told *told,
                          const char *id, struct err *err)
{
    if (!told->open)
        return told_put(tx, alert, receiver, NOTICE_FIRED, alert->severity, id, err);
    return told_put(tx, alert, receiver, told->event, retell_severity(true, told->severity, alert->severity, false),
                    told->thread, err);
}

int delivery_digest(struct tx *tx, const char *receiver, const char *key, const struct alert *const *alerts,
                    size_t count, struct err *err)
{
    const struct receiver *found = receiver_find(monitoring_of(tx), receiver);
    Bihuan__Notice message;
    char id[ALERT_ID_LEN];

    if (!found || found->off || found->channel->state || !count)
        return 0;
    make_id(id, "", key, receiver, notice_event_word(NOTICE_DIGEST));
    notice_digest(tx, found, id, alerts, count, &message);
    for (size_t i = 0; i < count; i++) {
        struct told told;

        if (delivery_revive(tx, alerts[i], receiver, &told, err) != 0)
            return -1;
        if (note_in_digest(tx, alerts[i], receiver, &told, id, err) != 0)
            return -1;
    }
    return put(tx, found, &message, err);
}

int delivery_say(struct tx *tx, enum notice_event event, const char *receiver, const char *key, const char *title,
                 const char *const *lines, size_t count, struct err *err)
{
    const struct receiver *found = receiver_find(monitoring_of(tx), receiver);
    Bihuan__Notice message;
    char id[ALERT_ID_LEN];

    if (!found || ((found->off || found->channel->state) && event != NOTICE_TEST))
        return 0;
    make_id(id, "", key, receiver, notice_event_word(event));
    init_notice(tx, found, event, id, &message);
    message.thread = message.id;
    message.title = arena_strdup(tx_arena(tx), title);
    message.items = arena_array(tx_arena(tx), char *, count + 1);
    for (size_t i = 0; i < count; i++)
        message.items[message.n_items++] = arena_strdup(tx_arena(tx), lines[i]);
    message.url = link_of(tx, "");
    return put(tx, found, &message, err);
}
