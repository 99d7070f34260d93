/* err: what went wrong, in words and in a class that callers act on.
 *
 * A function that can fail returns 0, or -1 with *err filled; err_set() returns -1 so that it can be returned. Success
 * outputs are written on success only. Libraries return errors, programs log them; nothing is logged twice.
 * Messages: lower case, no full stop, what could not be done and why, names in quotes, then the remedy where we know
 * it.
 */
#ifndef BIHUAN_BASE_ERR_H
#define BIHUAN_BASE_ERR_H

#include <stddef.h>

/* What a caller may do about an error. */
enum err_class {
    ERR_NONE = 0,
    ERR_INTERNAL,     /* our own mistake or the machine's: not to be retried blindly */
    ERR_INVALID,      /* the input breaks a rule; the same input will fail again (HTTP 400/422) */
    ERR_NOT_FOUND,    /* the thing named does not exist, or not in the caller's scope (404) */
    ERR_CONFLICT,     /* the state does not allow it, or a version is stale (409) */
    ERR_FORBIDDEN,    /* the caller lacks the right (403) */
    ERR_UNAUTHORIZED, /* the caller is not known (401) */
    ERR_BUSY,         /* a queue is full or a limit reached; try later (429) */
    ERR_UNAVAILABLE,  /* a peer or the data base is away; retry with back-off (503) */
    ERR_TOO_LARGE,    /* a size limit (413) */
    ERR_DEADLINE,     /* the time allowed ran out (504) */
    ERR_FENCED,       /* a write was refused because another instance holds the bucket */
};

#define ERR_TEXT_MAX 512
#define ERR_CODE_MAX 48

/* Embedded by value; no resources. `code` is a stable word for programs ("unknown_unit"), "" where none was given. */
struct err {
    enum err_class cls;
    char code[ERR_CODE_MAX];
    char text[ERR_TEXT_MAX];
};

/* Fill *err (NULL is allowed: then nothing is kept). Always return -1. err_set() makes it ERR_INTERNAL. */
int err_set(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_fail(struct err *err, enum err_class cls, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "context: " before the text that is there. Returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void err_clear(struct err *err);

/* An analyser reads one file at a time; this tells it that the failing ways fail. */
#if defined(__clang_analyzer__) && !defined(BIHUAN_BASE_ERR_C)
#define err_set(...)                                                                                                   \
    (__extension__({                                                                                                   \
        (void)err_set(__VA_ARGS__);                                                                                    \
        -1;                                                                                                            \
    }))
#define err_fail(...)                                                                                                  \
    (__extension__({                                                                                                   \
        (void)err_fail(__VA_ARGS__);                                                                                   \
        -1;                                                                                                            \
    }))
#define err_prefix(...)                                                                                                \
    (__extension__({                                                                                                   \
        (void)err_prefix(__VA_ARGS__);                                                                                 \
        -1;                                                                                                            \
    }))
#endif

/* The HTTP status that stands for a class, 500 for ERR_INTERNAL, 200 for ERR_NONE. */
int err_http_status(enum err_class cls);

#endif
