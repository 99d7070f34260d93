/* channel: one kind of receiver: a message in, bytes out; an answer in, verdict out. Pure: no socket, no clock, no
 * table. One small file for each kind; channel.c has the table of them and what they share.
 */
#ifndef BIHUAN_SERVICES_MONITORING_CHANNEL_H
#define BIHUAN_SERVICES_MONITORING_CHANNEL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bihuan/monitoring.pb-c.h"

#define CHANNEL_KEYS_MAX    4
#define CHANNEL_HEADERS_MAX 8
#define CHANNEL_ERROR_MAX   160
#define PEERS_MAX           8 /* members of an Alertmanager cluster */

/* What a receiver keeps secret: its address, where that carries a key, and keys, the newest first. Borrowed texts. */
struct channel_secret {
    const char *address; /* "" where the address that is shown is all of it */
    const char *keys[CHANNEL_KEYS_MAX];
    size_t key_count;
};

/* One try of one part of a message. */
struct channel_job {
    const Bihuan__Notice *notice;
    const Bihuan__Receiver *receiver;
    const struct channel_secret *secret;
    int64_t now_us; /* real time: signatures carry it */
    int part;       /* from 0 */
};

/* What goes out. Zero-initialised is empty; channel_bytes_fini frees. */
struct channel_bytes {
    struct buf url;
    struct buf headers[CHANNEL_HEADERS_MAX]; /* "Name: value" */
    size_t header_count;
    struct buf body;
};
void channel_bytes_fini(struct channel_bytes *bytes);
void channel_header(struct channel_bytes *bytes, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What came back. */
struct channel_answer {
    long status; /* HTTP or SMTP */
    const uint8_t *body;
    size_t len;
    int64_t retry_after_s; /* 0: it didn't say */
};

enum channel_said {
    SAID_DELIVERED = 1,
    SAID_RETRY,     /* this message again, later */
    SAID_THROTTLED, /* nothing to this receiver for a while, then the message again */
    SAID_REFUSED,   /* for good */
};
struct channel_verdict {
    enum channel_said verdict;
    int64_t after_s; /* not sooner than this; 0: by the schedule */
    char error[CHANNEL_ERROR_MAX];
};

struct channel {
    const char *name;    /* "wecom" */
    const char *schemes; /* of its address: "http https" */
    int per_minute;      /* what the vendor takes; 0 no limit */
    int at_once;         /* messages that may follow each other without a pause */
    bool chat;           /* a robot in a chat: merged when there are too many */
    bool state;          /* takes no messages but what is true, again and again (state.c); of messages only a test */
    int busy_every_s;    /* everybody sends at these moments, so messages are spread around them; 0 none */
    bool needs_key;      /* nothing works without one */
    /* Messages that one notice takes; NULL: 1. */
    int (*parts)(const struct channel_job *job);
    /* 0, or -1 and why not: then the notice is refused for good. */
    int (*make)(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX]);
    void (*judge)(const struct channel_answer *answer, struct channel_verdict *out);
};

const struct channel *channel_find(const char *name); /* NULL unknown; "" is webhook */
extern const char CHANNEL_NAMES[];                    /* for messages: "webhook, wecom, ..." */

extern const struct channel channel_webhook, channel_wecom, channel_dingtalk, channel_feishu, channel_smtp,
    channel_alertmanager;

/* --- shared --- */

/* The address with its key. */
const char *channel_address(const struct channel_job *job);
/* Base64 of HMAC-SHA256 appended. */
void channel_hmac(const void *key, size_t key_len, const void *data, size_t len, struct buf *out);
/* By the HTTP status alone: 2xx delivered; 408, 425, 429 and 5xx again; the rest refused. */
void channel_judge_http(const struct channel_answer *answer, struct channel_verdict *out);
/* The number at `name` in a JSON answer; false where there is none. */
bool channel_json_code(const struct channel_answer *answer, const char *name, long *code, char *words, size_t cap);
void channel_verdict_set(struct channel_verdict *out, enum channel_said verdict, int64_t after_s, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The notice as lines of text: what comes before the items, each item behind `bullet`, "and N more", the link. At most
 * max bytes (0 any), cut between items and never within a character; what was left out is counted in "and N more".
 * link: "[%s](%s)" style of the channel is `markdown`, else the plain URL. */
void channel_text(const Bihuan__Notice *notice, bool markdown, size_t max, struct buf *out);
/* Appends text cut at a character's end so that at most max bytes are added. */
void channel_append_cut(struct buf *out, const char *text, size_t max);

/* alertmanager: what it is sent is no message but what is true now. Appends one element of the array. `generator` must
 * be a URL or "". Times are real, microseconds UTC. */
struct json_out;
void alertmanager_put(struct json_out *json, const Bihuan__Notice *notice, int64_t starts_us, int64_t ends_us);

#endif
