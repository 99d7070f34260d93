/* receivers: where notices go, as documents and as the engine uses them. Secrets are written, never read back: keys in
 * an address are kept apart from what is shown of it. */
#include "monitoring/delivery/channel.h"
#include "monitoring/delivery/delivery.h"
#include "monitoring/delivery/secret.h"
#include "monitoring/delivery/wording.h"
#include "net/http.h"

#include <stdio.h>
#include <string.h>

#define LIST_MAX     20
#define TEMPLATE_MAX 40
#define URL_MAX      500
#define SECRET_MAX   1000

static const char *at(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- checking ------------------------------------------------------------------------------------------------------
 */

/* One item; `old` is what is stored under its code, NULL none. */
struct check {
    struct tx *tx;
    const char *pointer;
    Bihuan__Receiver *item;
    const Bihuan__Receiver *old;
    const struct channel *channel;
};

static void problem(const struct check *c, const char *field, const char *code, const char *text)
{
    tx_problem(c->tx, at(c->tx, c->pointer, field), code, "%s", text);
}

static bool scheme_fits(const char *schemes, const char *url)
{
    const char *colon = strstr(url, "://");
    size_t len = colon ? (size_t)(colon - url) : 0;

    while (len && *schemes) {
        size_t word_len = strcspn(schemes, " ");

        if (word_len == len && strncmp(schemes, url, len) == 0)
            return url[len + 3] != 0;
        schemes += word_len + strspn(schemes + word_len, " ");
    }
    return false;
}

static bool url_valid(const struct check *c, const char *url)
{
    char host[URL_MAX + 1];

    return strlen(url) <= URL_MAX && scheme_fits(c->channel->schemes, url) &&
           http_url_authority(url, host, sizeof host);
}

/* Is it sent to the same host as before? A secret goes to whom it was given for, to nobody else. */
static bool same_place(const struct check *c)
{
    char before[URL_MAX + 1], now[URL_MAX + 1];

    if (channel_find(c->old->kind) != c->channel)
        return false;
    return strcmp(c->old->url, c->item->url) == 0 ||
           (http_url_authority(c->old->url, before, sizeof before) &&
            http_url_authority(c->item->url, now, sizeof now) && strcmp(before, now) == 0);
}

/* Keeps what is secret in the address apart; what is left out stays as it was. The stored item then holds all. */
static void keep_secret(const struct check *c)
{
    struct arena *arena = tx_arena(c->tx);
    Bihuan__Receiver *item = c->item;
    struct channel_secret given = secret_parse(arena, item->secret);
    struct channel_secret had = secret_parse(arena, c->old ? c->old->secret : "");
    char *shown;

    if (!item->url[0] && c->old)
        item->url = c->old->url;
    shown = secret_mask(arena, c->channel->name, item->url);
    if (strcmp(shown, item->url) != 0)
        given.address = item->url;
    else if (!given.address[0] && c->old && strcmp(item->url, c->old->url) == 0)
        given.address = had.address;
    if (!given.key_count && !item->secret[0] && had.key_count && !item->secret_file[0] && !same_place(c)) {
        problem(c, "secret", "secret_again", "the address is of another host: give the secret for it");
    } else if (!given.key_count && !item->secret[0]) {
        memcpy(given.keys, had.keys, sizeof given.keys);
        given.key_count = had.key_count;
    }
    item->url = shown;
    item->secret = secret_text(arena, &given);
}

static void check_address(const struct check *c)
{
    struct channel_secret secret = secret_parse(tx_arena(c->tx), c->item->secret);
    const char *address = secret.address[0] ? secret.address : c->item->url;

    if (c->item->secret_file[0] && !secret_name_valid(c->item->secret_file))
        problem(c, "secret_file", "bad_name", "a file name in monitoring's secrets_dir, without folders");
    if (!c->item->url[0] && c->item->secret_file[0])
        return; /* the file has it */
    if (!url_valid(c, address))
        tx_problem(
            c->tx, at(c->tx, c->pointer, "url"), "bad_url",
            "\"%.200s\" is no address for %s: it begins with %s://, has no user name, no spaces and at most %d bytes",
            c->item->url, c->channel->name, strncmp(c->channel->schemes, "smtp", 4) == 0 ? "smtp" : "https", URL_MAX);
    else if (strstr(address, "***"))
        problem(c, "url", "no_key", "the address is masked and no earlier one is known: give it with its key");
    if (strlen(c->item->secret) > SECRET_MAX)
        problem(c, "secret", "too_long", "the secret is too long");
}

static void check_keys(const struct check *c)
{
    struct channel_secret secret = secret_parse(tx_arena(c->tx), c->item->secret);

    if (c->channel->needs_key && !secret.key_count && !c->item->secret_file[0])
        problem(c, "secret", "bad_secret", "secret must be whsec_ and the base64 of 24 to 64 random bytes");
    for (size_t i = 0; c->channel == &channel_webhook && i < secret.key_count; i++)
        if (strncmp(secret.keys[i], "whsec_", 6) != 0)
            problem(c, "secret", "bad_secret", "each key must be whsec_ and the base64 of 24 to 64 random bytes");
}

static bool mail_valid(const char *address)
{
    const char *sign = strchr(address, '@');

    for (const char *p = address; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p > '~' || strchr("<>,;\"\\()", *p))
            return false;
    return sign && sign > address && sign[1] && !strchr(sign + 1, '@') && strlen(address) <= 200;
}

static void check_mail(const struct check *c)
{
    Bihuan__Receiver *item = c->item;

    if (c->channel != &channel_smtp) {
        if (item->from[0] || item->n_to || item->user[0] || item->tls[0])
            problem(c, "from", "not_used", "from, to, user and tls belong to receivers of kind smtp");
        return;
    }
    if (!item->tls[0])
        item->tls = word("required");
    if (strcmp(item->tls, "required") != 0 && strcmp(item->tls, "none") != 0)
        tx_problem(c->tx, at(c->tx, c->pointer, "tls"), "unknown_word", "tls \"%s\" is none of required, none",
                   item->tls);
    if (!mail_valid(item->from))
        problem(c, "from", "bad_address", "from must be a mail address such as bihuan@example.com");
    if (!item->n_to || item->n_to > LIST_MAX)
        tx_problem(c->tx, at(c->tx, c->pointer, "to"), "bad_count", "mail goes to 1 to %d addresses", LIST_MAX);
    for (size_t i = 0; i < item->n_to; i++)
        if (!mail_valid(item->to[i]))
            tx_problem(c->tx, arena_printf(tx_arena(c->tx), "%s/to/%zu", c->pointer, i), "bad_address",
                       "\"%.200s\" is no mail address", item->to[i]);
}

static void check_mentions(const struct check *c)
{
    Bihuan__Receiver *item = c->item;

    if (!item->mention_severity[0])
        item->mention_severity = word("critical");
    if (severity_rank(item->mention_severity) < 0)
        tx_problem(c->tx, at(c->tx, c->pointer, "mention_severity"), "unknown_word",
                   "mention_severity \"%s\" is none of info, warning, major, critical", item->mention_severity);
    if (item->n_mentions > LIST_MAX)
        tx_problem(c->tx, at(c->tx, c->pointer, "mentions"), "too_many", "at most %d are called at once", LIST_MAX);
    if (item->n_mentions && !c->channel->chat)
        problem(c, "mentions", "not_used", "only chats call people: wecom, dingtalk and feishu");
    for (size_t i = 0; i < item->n_mentions; i++)
        if (!code_valid(item->mentions[i]))
            tx_problem(c->tx, arena_printf(tx_arena(c->tx), "%s/mentions/%zu", c->pointer, i), "bad_name",
                       "\"%.64s\" is no id or mobile number", item->mentions[i]);
}

static void check_peers(const struct check *c)
{
    if (c->item->n_peers && c->channel != &channel_alertmanager)
        problem(c, "peers", "not_used", "peers belong to receivers of kind alertmanager");
    if (c->item->n_peers > PEERS_MAX - 1)
        tx_problem(c->tx, at(c->tx, c->pointer, "peers"), "too_many", "at most %d peers", PEERS_MAX - 1);
    for (size_t i = 0; i < c->item->n_peers; i++)
        if (!url_valid(c, c->item->peers[i]))
            tx_problem(c->tx, arena_printf(tx_arena(c->tx), "%s/peers/%zu", c->pointer, i), "bad_url",
                       "\"%.200s\" is no http or https address", c->item->peers[i]);
}

static void check_templates(const struct check *c)
{
    if (c->item->n_templates > TEMPLATE_MAX)
        tx_problem(c->tx, at(c->tx, c->pointer, "templates"), "too_many", "at most %d templates", TEMPLATE_MAX);
    for (size_t i = 0; i < c->item->n_templates; i++) {
        const Bihuan__NoticeTemplate *template = c->item->templates[i];
        const char *pointer = arena_printf(tx_arena(c->tx), "%s/templates/%zu", c->pointer, i);
        const char *bad = wording_unknown(tx_arena(c->tx), template->title);

        if (!bad)
            bad = wording_unknown(tx_arena(c->tx), template->text);
        if (!wording_event(template->event))
            tx_problem(c->tx, at(c->tx, pointer, "event"), "unknown_word", "event \"%s\" is none of %s",
                       template->event, WORDING_EVENTS);
        if (!template->title[0])
            tx_problem(c->tx, at(c->tx, pointer, "title"), "missing_value", "a template needs a title");
        if (bad)
            tx_problem(c->tx, at(c->tx, pointer, "title"), "unknown_name", "{%s} is none of %s", bad, WORDING_NAMES);
    }
}

static void check_words(const struct check *c)
{
    Bihuan__Receiver *item = c->item;

    if (!item->language[0])
        item->language = word("zh");
    if (!item->min_severity[0])
        item->min_severity = word("info");
    if (strcmp(item->language, "zh") != 0 && strcmp(item->language, "en") != 0)
        tx_problem(c->tx, at(c->tx, c->pointer, "language"), "unknown_word", "language \"%s\" is none of zh, en",
                   item->language);
    if (severity_rank(item->min_severity) < 0)
        tx_problem(c->tx, at(c->tx, c->pointer, "min_severity"), "unknown_word",
                   "min_severity \"%s\" is none of info, warning, major, critical", item->min_severity);
}

static void check_form(const struct check *c)
{
    const char *form = c->item->form;

    if (!form[0])
        return;
    if (strcmp(form, "each") != 0 && strcmp(form, "digest") != 0)
        tx_problem(c->tx, at(c->tx, c->pointer, "form"), "unknown_word", "form \"%s\" is none of each, digest", form);
    else if (c->channel->state)
        problem(c, "form", "not_used", "who is told what is true takes neither messages nor digests");
}

/* Mail is read in the morning, unless its receiver says otherwise. */
static bool takes_digest(const Bihuan__Receiver *item)
{
    const struct channel *channel = channel_find(item->kind);

    return item->form[0] ? strcmp(item->form, "digest") == 0 : channel && strcmp(channel->name, "smtp") == 0;
}

static int check_receiver(struct tx *tx, ProtobufCMessage *message, const ProtobufCMessage *existing,
                          const char *pointer, struct err *err)
{
    struct check c = { tx, pointer, (Bihuan__Receiver *)message, (const Bihuan__Receiver *)existing, NULL };

    (void)err;
    c.channel = channel_find(c.item->kind);
    if (!c.channel) {
        tx_problem(tx, at(tx, pointer, "kind"), "unknown_word", "kind \"%s\" is none of %s", c.item->kind,
                   CHANNEL_NAMES);
        return 0;
    }
    c.item->kind = word(c.channel->name);
    keep_secret(&c);
    check_address(&c);
    check_keys(&c);
    check_words(&c);
    check_mail(&c);
    check_mentions(&c);
    check_peers(&c);
    check_templates(&c);
    check_form(&c);
    return 0;
}

static const struct documents_kind RECEIVER = { "receiver", &bihuan__receiver__descriptor, check_receiver };

/* --- as the engine uses them ---------------------------------------------------------------------------------------
 */

static Bihuan__Receiver *copy(struct arena *arena, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, len + 1);

    protobuf_c_message_pack(message, bytes);
    return bihuan__receiver__unpack(NULL, len, bytes);
}

static int take_receiver(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct tx *tx = arg;
    struct monitoring *m = monitoring_of(tx);
    const Bihuan__Receiver *item = (const Bihuan__Receiver *)message;
    struct receiver *receiver;

    if (m->receiver_count == RECEIVERS_MAX)
        return err_set(err, "more than %d receivers", RECEIVERS_MAX);
    receiver = &m->receivers[m->receiver_count];
    *receiver = (struct receiver) { .off = item->off,
                                    .min_severity = severity_rank(item->min_severity),
                                    .mention_severity = severity_rank(item->mention_severity[0] ? item->mention_severity
                                                                                                : "critical"),
                                    .channel = channel_find(item->kind),
                                    .digest = takes_digest(item),
                                    .document = copy(tx_arena(tx), message) };
    if (!receiver->document || !receiver->channel)
        return err_set(err, "receiver \"%s\" can't be read", item->code);
    snprintf(receiver->code, sizeof receiver->code, "%.64s", item->code);
    snprintf(receiver->language, sizeof receiver->language, "%.7s", item->language);
    snprintf(receiver->subtree, sizeof receiver->subtree, "%.64s", item->subtree);
    m->receiver_count++;
    return 0;
}

void receivers_clear(struct monitoring *m)
{
    for (size_t i = 0; i < m->receiver_count; i++)
        bihuan__receiver__free_unpacked(m->receivers[i].document, NULL);
    m->receiver_count = 0;
}

int receivers_load(struct tx *tx, struct err *err)
{
    receivers_clear(monitoring_of(tx));
    return documents_each(tx, "receiver", &bihuan__receiver__descriptor, take_receiver, tx, err);
}

const struct receiver *receiver_find(const struct monitoring *m, const char *code)
{
    for (size_t i = 0; i < m->receiver_count; i++)
        if (strcmp(m->receivers[i].code, code) == 0)
            return &m->receivers[i];
    return NULL;
}

/* --- requests ------------------------------------------------------------------------------------------------------
 */

int on_apply_receivers(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyReceiversRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &RECEIVER, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    if (!request->dry_run) {
        monitoring_write(tx)->new_deliveries = true; /* one that was off may be on again */
        if (receivers_load(tx, err) != 0)
            return -1;
    }
    return tx_reply(tx, &result.reply->base, err);
}

int on_list_receivers(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListReceiversRequest *request = message;
    Bihuan__ListReceiversReply reply = BIHUAN__LIST_RECEIVERS_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, "receiver", &bihuan__receiver__descriptor, request->page, NULL, NULL, &items, &reply.n_items,
                       &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__Receiver **)(void *)items;
    for (size_t i = 0; i < reply.n_items; i++) {
        const struct channel *channel = channel_find(reply.items[i]->kind);

        reply.items[i]->secret = word(""); /* written, never read back */
        reply.items[i]->kind = word(channel ? channel->name : "");
        reply.items[i]->url = secret_mask(tx_arena(tx), reply.items[i]->kind, reply.items[i]->url);
    }
    return tx_reply(tx, &reply.base, err);
}
