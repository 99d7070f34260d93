/* secret: see secret.h. */
#include "monitoring/delivery/secret.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES 4096

static bool is_address(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0 || strncmp(text, "smtp://", 7) == 0 ||
           strncmp(text, "smtps://", 8) == 0;
}

struct channel_secret secret_parse(struct arena *arena, const char *text)
{
    struct channel_secret out = { .address = "" };

    while (*text) {
        size_t skip = strspn(text, " \t\r\n"), len = strcspn(text + skip, " \t\r\n");
        const char *word = len ? arena_strndup(arena, text + skip, len) : "";

        if (len && is_address(word))
            out.address = word;
        else if (len && out.key_count < CHANNEL_KEYS_MAX)
            out.keys[out.key_count++] = word;
        text += skip + len;
    }
    return out;
}

char *secret_text(struct arena *arena, const struct channel_secret *secret)
{
    char *out = arena_strdup(arena, secret->address);

    for (size_t i = 0; i < secret->key_count; i++)
        out = arena_printf(arena, "%s%s%s", out, *out ? " " : "", secret->keys[i]);
    return out;
}

/* --- showing an address --------------------------------------------------------------------------------------------
 */

/* Values of the query, but for empty ones. */
static void mask_query(const char *query, struct buf *out)
{
    while (*query) {
        size_t name = strcspn(query, "=&#"), len = strcspn(query, "&#");

        buf_append(out, query, name);
        if (name < len)
            buf_append_text(out, len - name > 1 ? "=***" : "=");
        query += len;
        if (*query)
            buf_put_u8(out, (uint8_t)*query++);
    }
}

char *secret_mask(struct arena *arena, const char *channel, const char *url)
{
    const char *scheme = strstr(url, "://"), *query = strchr(url, '?'), *host = scheme ? scheme + 3 : url, *at,
               *segment;
    size_t head = query ? (size_t)(query - url) : strlen(url), host_len = strcspn(host, "/?#");
    struct buf out = { 0 };
    char *text;

    at = memchr(host, '@', host_len);
    buf_append(&out, url, (size_t)(host - url));
    if (at)
        buf_append_text(&out, "***");
    host = at ? at : host;
    segment = memrchr(host, '/', (size_t)(url + head - host));
    if (strcmp(channel, "feishu") == 0 && segment && segment + 1 < url + head) { /* .../hook/<key> */
        buf_append(&out, host, (size_t)(segment + 1 - host));
        buf_append_text(&out, "***");
    } else {
        buf_append(&out, host, (size_t)(url + head - host));
    }
    if (query) {
        buf_append_text(&out, "?");
        mask_query(query + 1, &out);
    }
    text = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

bool secret_name_valid(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/') && strlen(name) <= 64;
}

int secret_read(struct arena *arena, const char *folder, const char *name, struct channel_secret *out, struct err *err)
{
    char path[1024], text[FILE_MAX_BYTES + 1];
    FILE *file;
    size_t len;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "re");
    if (!file)
        return err_fail(err, ERR_NOT_FOUND, "no_secret", "the secret can't be read: %.300s: %m", path);
    len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = 0;
    *out = secret_parse(arena, text);
    explicit_bzero(text, sizeof text);
    return 0;
}
