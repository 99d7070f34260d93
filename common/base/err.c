/* err: see err.h. */
#define BIHUAN_BASE_ERR_C
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct err *err, enum err_class cls, const char *code, const char *fmt, va_list ap)
{
    if (!err)
        return;
    err->cls = cls;
    snprintf(err->code, sizeof err->code, "%s", code);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
}

int err_set(struct err *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fill(err, ERR_INTERNAL, "", fmt, ap);
    va_end(ap);
    return -1;
}

int err_fail(struct err *err, enum err_class cls, const char *code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fill(err, cls, code, fmt, ap);
    va_end(ap);
    return -1;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
    char old[ERR_TEXT_MAX];
    size_t n;
    va_list ap;

    if (!err)
        return -1;
    memcpy(old, err->text, sizeof old);
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", old);
    return -1;
}

void err_clear(struct err *err)
{
    if (err)
        *err = (struct err) { .cls = ERR_NONE };
}

int err_http_status(enum err_class cls)
{
    switch (cls) {
    case ERR_NONE:
        return 200;
    case ERR_INVALID:
        return 422;
    case ERR_NOT_FOUND:
        return 404;
    case ERR_CONFLICT:
        return 409;
    case ERR_FORBIDDEN:
        return 403;
    case ERR_UNAUTHORIZED:
        return 401;
    case ERR_BUSY:
        return 429;
    case ERR_UNAVAILABLE:
    case ERR_FENCED:
        return 503;
    case ERR_TOO_LARGE:
        return 413;
    case ERR_DEADLINE:
        return 504;
    case ERR_INTERNAL:
    default:
        return 500;
    }
}
