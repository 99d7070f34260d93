/* endpoint: see endpoint.h. */
#include "bus/endpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libzmq refuses longer paths (sockaddr_un). */
#define IPC_PATH_MAX 100

int endpoint_parse(struct endpoint *out, const char *text, struct err *err)
{
    char base[ENDPOINT_MAX];
    char *key;
    char *colon;
    char *end;
    long port;

    *out = (struct endpoint) { .server_key = "" };
    if (strlen(text) >= sizeof base - 8)
        return err_set(err, "bus address \"%s\" is too long", text);
    snprintf(base, sizeof base, "%s", text);
    if ((key = strchr(base, '|')) != NULL) {
        *key++ = 0;
        if (strlen(key) != 40)
            return err_set(err, "the key behind bus address \"%s\" is not 40 characters of Z85", base);
        memcpy(out->server_key, key, 41);
    }
    if (strncmp(base, "ipc://", 6) == 0) {
        if (strlen(base) - 6 > IPC_PATH_MAX)
            return err_set(err, "bus address \"%s\" is longer than a socket path may be; use a shorter run_dir", base);
        snprintf(out->pub, sizeof out->pub, "%.*s.pub", ENDPOINT_MAX - 8, base);
        snprintf(out->req, sizeof out->req, "%.*s.req", ENDPOINT_MAX - 8, base);
        return 0;
    }
    colon = strrchr(base, ':');
    if (strncmp(base, "tcp://", 6) != 0 || !colon || colon <= base + 6)
        return err_set(err, "bus address \"%s\" is neither ipc://path nor tcp://host:port", base);
    port = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || port < 1 || port >= UINT16_MAX) /* the next port is ours, too */
        return err_set(err, "bus address \"%s\" needs a port from 1 to %d", base, UINT16_MAX - 1);
    snprintf(out->pub, sizeof out->pub, "%s", base);
    snprintf(out->req, sizeof out->req, "%.*s:%ld", (int)(colon - base), base, port + 1);
    return 0;
}

static int usual(const char *run_dir, const char *service, struct endpoint *out, int cap, struct err *err)
{
    static const char *const names[] = { "a", "b" };
    int count = 0;

    for (int i = 0; i < 2 && i < cap; i++) {
        char base[ENDPOINT_MAX];

        snprintf(base, sizeof base, "ipc://%s/%s-%s", run_dir, service, names[i]);
        if (endpoint_parse(&out[count++], base, err) != 0)
            return -1;
    }
    return count;
}

/* Splits "base,base" up to `end`. */
static int listed(const char *at, const char *end, struct endpoint *out, int cap, struct err *err)
{
    int count = 0;

    while (at < end && count < cap) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        char base[ENDPOINT_MAX];

        snprintf(base, sizeof base, "%.*s", (int)(stop - at), at);
        if (endpoint_parse(&out[count++], base, err) != 0)
            return -1;
        at = stop + 1;
    }
    return count;
}

int endpoint_peers(const char *setting, const char *run_dir, const char *service, struct endpoint *out, int cap,
                   struct err *err)
{
    size_t len = strlen(service);

    for (const char *at = setting; *at;) {
        const char *end = at + strcspn(at, ";");

        if (strncmp(at, service, len) == 0 && at[len] == '=')
            return listed(at + len + 1, end, out, cap, err);
        at = *end ? end + 1 : end;
    }
    return usual(run_dir, service, out, cap, err);
}
