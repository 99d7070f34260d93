/* http_strict: what the library lets pass and we don't. */
#include "gateway/http_internal.h"

#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMS_MAX 64

struct head {
    int hosts, lengths, encodings;
    const char *length, *encoding;
};

static enum MHD_Result count_header(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct head *head = arg;

    (void)kind;
    if (strcasecmp(key, "Host") == 0) {
        head->hosts++;
    } else if (strcasecmp(key, "Content-Length") == 0) {
        head->lengths++;
        head->length = value;
    } else if (strcasecmp(key, "Transfer-Encoding") == 0) {
        head->encodings++;
        head->encoding = value;
    }
    return MHD_YES;
}

static void refuse(struct http_request *request, uint32_t status, const char *code, const char *detail)
{
    if (!request->defect.status)
        request->defect = (struct http_defect) { .status = status, .code = code, .detail = detail };
}

static void check_length(struct http_request *request, const char *length)
{
    if (!length || !*length || strspn(length, "0123456789") != strlen(length))
        refuse(request, 400, "bad_length", "Content-Length is not a number");
    else if (strlen(length) > 18 || strtoull(length, NULL, 10) > request->server->options.body_len_max)
        refuse(request, 413, "body_too_large", "the body is larger than the limit; send less at a time");
}

void http_check_head(struct http_request *request, const char *version)
{
    struct head head = { 0 };

    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_header, &head);
    if (head.lengths + head.encodings > 1)
        refuse(request, 400, "bad_length", "more than one header gives the length of the body");
    if (head.encodings == 1 && (!head.encoding || strcasecmp(head.encoding, "chunked") != 0))
        refuse(request, 400, "bad_length", "the only Transfer-Encoding known is chunked");
    if (head.hosts > 1 || (head.hosts == 0 && strcmp(version, "HTTP/1.0") != 0))
        refuse(request, 400, "bad_host", "a request needs exactly one Host header");
    if (head.lengths == 1)
        check_length(request, head.length);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *http_unescape(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_alloc(arena, len + 1), *at = out;

    for (size_t i = 0; i < len; i++) {
        int byte = (unsigned char)text[i];
        if (text[i] == '%') {
            int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            byte = high * 16 + low;
            i += 2;
        }
        if (byte == 0)
            return NULL;
        *at++ = (char)byte;
    }
    return utf8_valid(out, (size_t)(at - out)) ? out : NULL;
}

static enum MHD_Result take_param(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct http_request *request = arg;
    struct http_param param;

    (void)kind;
    if (!value)
        value = "";
    param.key = http_unescape(&request->arena, key, strlen(key));
    param.value = http_unescape(&request->arena, value, strlen(value));
    if (!param.key || !param.value)
        refuse(request, 400, "bad_escape", "the query has a broken percent escape, a NUL or invalid UTF-8");
    else if (request->query_count == PARAMS_MAX)
        refuse(request, 400, "too_many_parameters", "the query has too many parameters");
    else
        request->query[request->query_count++] = param;
    return MHD_YES;
}

void http_read_target(struct http_request *request, const char *url)
{
    request->path = arena_strdup(&request->arena, url);
    request->query = arena_array(&request->arena, struct http_param, PARAMS_MAX);
    if (!http_unescape(&request->arena, url, strlen(url)))
        refuse(request, 400, "bad_escape", "the path has a broken percent escape, a NUL or invalid UTF-8");
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_param, request);
}
