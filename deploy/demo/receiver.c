/* receiver: see receiver.h. Signatures are those of Standard Webhooks: HMAC-SHA256 over "id.timestamp.body". */
#include "receiver.h"

#include "base/buf.h"
#include "text/base64.h"
#include "text/json_out.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX   ((size_t)1 << 20)
#define HEAD_MAX      16384
#define WAIT_SECONDS  5
#define SECRET_PREFIX "whsec_"

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

struct delivery {
    struct buf bytes; /* head and body as they came */
    const char *body;
    size_t body_len;
    char id[256], timestamp[64], signature[1024];
};

/* --- reading --- */

/* Value of a header in the head (NUL-terminated); "" where it isn't there. */
static void header(const char *head, const char *name, char *out, size_t cap)
{
    size_t name_len = strlen(name);

    out[0] = 0;
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        const char *value = line + 2 + name_len + 1;
        size_t len;

        if (strncasecmp(line + 2, name, name_len) != 0 || line[2 + name_len] != ':')
            continue;
        value += strspn(value, " ");
        len = strcspn(value, "\r");
        if (len < cap) {
            memcpy(out, value, len);
            out[len] = 0;
        }
        return;
    }
}

/* Reads until `want` bytes are there (0: until the head's end); false when they don't come. */
static bool read_until(int fd, struct buf *bytes, size_t want)
{
    while (want ? bytes->len < want : !bytes->len || !memmem(bytes->data, bytes->len, "\r\n\r\n", 4)) {
        ssize_t got;

        if (!want && bytes->len > HEAD_MAX)
            return false;
        got = read(fd, buf_reserve(bytes, 8192), 8192);
        if (got <= 0)
            return false;
        bytes->len += (size_t)got;
    }
    return true;
}

/* HTTP status: 0 when the delivery is there. */
static int read_delivery(int fd, struct delivery *d)
{
    char length[32], *end;
    size_t head_len, body_len;

    if (!read_until(fd, &d->bytes, 0))
        return 400;
    end = memmem(d->bytes.data, d->bytes.len, "\r\n\r\n", 4);
    *end = 0; /* the head as text */
    head_len = (size_t)((uint8_t *)end - d->bytes.data) + 4;
    if (strncmp((const char *)d->bytes.data, "POST ", 5) != 0)
        return 405;
    header((const char *)d->bytes.data, "content-length", length, sizeof length);
    header((const char *)d->bytes.data, "webhook-id", d->id, sizeof d->id);
    header((const char *)d->bytes.data, "webhook-timestamp", d->timestamp, sizeof d->timestamp);
    header((const char *)d->bytes.data, "webhook-signature", d->signature, sizeof d->signature);
    if (!length[0])
        return 411;
    body_len = strtoul(length, NULL, 10);
    if (body_len > REQUEST_MAX)
        return 413;
    if (body_len && !read_until(fd, &d->bytes, head_len + body_len))
        return 400;
    d->body = (const char *)d->bytes.data + head_len;
    d->body_len = body_len;
    return 0;
}

/* --- checking --- */

static bool matches(const struct delivery *d, const uint8_t mac[crypto_auth_hmacsha256_BYTES])
{
    struct buf want = { 0 };
    bool found = false;
    char *save = NULL, list[sizeof d->signature];

    base64_encode(mac, crypto_auth_hmacsha256_BYTES, &want);
    snprintf(list, sizeof list, "%s", d->signature);
    for (char *one = strtok_r(list, " ", &save); one; one = strtok_r(NULL, " ", &save))
        if (strncmp(one, "v1,", 3) == 0 && strlen(one + 3) == want.len &&
            sodium_memcmp(one + 3, want.data, want.len) == 0)
            found = true;
    buf_fini(&want);
    return found;
}

static bool signature_ok(const struct delivery *d, const struct buf *key)
{
    crypto_auth_hmacsha256_state state;
    uint8_t mac[crypto_auth_hmacsha256_BYTES];

    crypto_auth_hmacsha256_init(&state, key->data, key->len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)d->id, strlen(d->id));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)d->timestamp, strlen(d->timestamp));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)".", 1);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)d->body, d->body_len);
    crypto_auth_hmacsha256_final(&state, mac);
    return matches(d, mac);
}

/* --- writing down --- */

static int write_down(int log_fd, const struct delivery *d, bool checked, bool verified)
{
    struct buf line = { 0 };
    struct json_out json;
    json_t *body = json_loadb(d->body, d->body_len, JSON_DECODE_ANY, NULL);
    char *compact = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    ssize_t wrote;
    size_t len;

    json_out_init(&json, &line);
    json_out_object(&json);
    json_out_field_int(&json, "received_at", (int64_t)time(NULL));
    json_out_field_text(&json, "id", d->id);
    json_out_field_text(&json, "timestamp", d->timestamp);
    json_out_key(&json, "verified");
    if (checked)
        json_out_bool(&json, verified);
    else
        json_out_null(&json);
    json_out_key(&json, "body");
    if (compact)
        json_out_raw(&json, compact, strlen(compact));
    else
        json_out_text_n(&json, d->body, d->body_len);
    json_out_object_end(&json);
    buf_append_text(&line, "\n");
    wrote = write(log_fd, line.data, line.len);
    len = line.len;
    free(compact);
    json_decref(body);
    buf_fini(&line);
    return wrote == (ssize_t)len && fsync(log_fd) == 0 ? 0 : -1;
}

static int take(int fd, int log_fd, const struct buf *key)
{
    struct delivery d = { .body = "" };
    bool checked = key->len > 0;
    bool verified;
    int status = read_delivery(fd, &d);

    if (status == 0) {
        verified = checked && signature_ok(&d, key);
        status = checked && !verified ? 401 : 204;
        if (write_down(log_fd, &d, checked, verified) != 0)
            status = 500;
    }
    buf_fini(&d.bytes);
    return status;
}

static void answer(int fd, int status)
{
    char text[128];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %d %s\r\n%sConnection: close\r\n\r\n", status,
                       status == 204 ? "No Content" : "Refused", status == 204 ? "" : "Content-Length: 0\r\n");
    ssize_t wrote = write(fd, text, (size_t)len);

    (void)wrote;
}

/* --- serving --- */

static int listen_on(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 64) != 0) {
        fprintf(stderr, "bihuan-demo: could not listen on 127.0.0.1:%d: %s\n", port, strerror(errno));
        return -1;
    }
    return fd;
}

static int read_secret(const char *secret, struct buf *key)
{
    size_t skip = strlen(SECRET_PREFIX);

    if (!secret[0])
        return 0;
    if (strncmp(secret, SECRET_PREFIX, skip) == 0 && base64_decode(secret + skip, strlen(secret) - skip, key) == 0 &&
        key->len)
        return 0;
    fprintf(stderr, "bihuan-demo: --secret must be whsec_ and base64\n");
    return -1;
}

static void serve(int listener, int log_fd, const struct buf *key)
{
    const struct timeval wait = { .tv_sec = WAIT_SECONDS };

    while (!stopping) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            continue; /* a signal, or a peer that went away */
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        answer(fd, take(fd, log_fd, key));
        close(fd);
    }
}

int receiver_run(int port, const char *log, const char *secret)
{
    struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: accept must come back */
    struct buf key = { 0 };
    int listener = -1, log_fd = -1, rc = 1;

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || read_secret(secret, &key) != 0)
        goto done;
    log_fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        fprintf(stderr, "bihuan-demo: could not open \"%s\": %s\n", log, strerror(errno));
        goto done;
    }
    listener = listen_on(port);
    if (listener < 0)
        goto done;
    serve(listener, log_fd, &key);
    rc = 0;
done:
    if (listener >= 0)
        close(listener);
    if (log_fd >= 0)
        close(log_fd);
    buf_fini(&key);
    return rc;
}
